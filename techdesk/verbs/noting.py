"""Verbs that pass a ticket on, and those that write down what the rules ask for."""

from __future__ import annotations

from typing import Any

import click

from techdesk.actions.forms import instant_of
from techdesk.actions.passing_questions import HOW
from techdesk.model import Channel
from techdesk.rules.records import TITLES
from techdesk.verbs.changing import because, changing, perform
from techdesk.verbs.speech import Exit, Failed

_INSTANTS = ("from", "until")
"""Fields of records that hold epoch seconds."""
_CHANNELS = [channel.value for channel in Channel if channel is not Channel.UNKNOWN]


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("text", metavar="[TEXT]", required=False)
@click.option("--caller", help="Who called: an id, a name or an e-mail address.")
@click.option("--number", help="The number that they called from.")
@click.option("--confirms", is_flag=True, help="The customer confirms on the phone that it is solved.")
@click.option("--channel", type=click.Choice(_CHANNELS), default=Channel.PHONE.value, show_default=True)
@changing
def call(
    ticket: str,
    text: str | None,
    caller: str | None,
    number: str | None,
    confirms: bool,
    channel: str,
    **how: Any,
) -> None:
    """Log a call; the rules check who may be told about the ticket."""
    given: dict[str, Any] = {"caller": caller, "number": number, "confirms": confirms, "channel": channel}
    perform("ticket.call", ticket, how, text=text or "", **given)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("kind", metavar="KIND")
@click.argument("fields", metavar="[NAME=VALUE]...", nargs=-1)
@click.option("--text", default="", help="Words for people; made from the values where left out.")
@changing
def record(ticket: str, kind: str, fields: tuple[str, ...], text: str, **how: Any) -> None:
    """Note a fact of KIND, which colleagues' rules then see: 'away until=2026-11-30', 'attempt step=2
    reached=no', 'tick checklist=first-level item=user', 'located located=server', 'approval approver=Kim'.
    """
    values: dict[str, str] = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not name:
            raise Failed(Exit.USAGE, f"'{field}' is no NAME=VALUE.", f"Kinds: {', '.join(sorted(TITLES))}.")
        values[name] = _instant(value, beginning=name == "from") if name in _INSTANTS else value
    perform("ticket.record", ticket, how, kind=kind, fields=values, text=text)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("text", metavar="[TEXT]", required=False)
@click.option("--step", default="", help="Step of the escalation path: 1, 2, 3, 3b.")
@click.option("--team", default="", help="Id of a dedicated team, such as swat.")
@click.option("--master-list", default="", help="Date of the master contact list that was read.")
@click.option("--reached/--not-reached", default=None, help="Whether the step's contact was reached.")
@click.option("--by-customer", is_flag=True, help="The customer escalates it.")
@click.option("--asked", type=click.Choice([option.id for option in HOW]), help="How the customer asked.")
@click.option("--state", default="", metavar="WORDS", help="Where the case stands now, in words.")
@because
@changing
def escalate(ticket: str, text: str | None, by_customer: bool, state: str, **how: Any) -> None:
    """Take a step of the policy's escalation path, or ask for its dedicated team. TEXT is the reason."""
    names = ("step", "team", "master_list", "reached", "because")
    given = {name: how.pop(name) for name in names}
    asked = how.pop("asked")
    if by_customer:
        given["asked_by"] = "customer"
        given["asked_how"] = asked or ""
        told = {"description of the present status": state, "reason for the escalation": text}
        given["missing"] = tuple(words for words, said in told.items() if not said)
    words = "\n".join(part for part in (state, text) if part)
    perform("ticket.escalate", ticket, how, text=words, **given)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("way", metavar="WAY")
@click.argument("text", metavar="[TEXT]", required=False)
@because
@changing
def handoff(ticket: str, way: str, text: str | None, because: tuple[str, ...], **how: Any) -> None:
    """Hand over to another support level by a WAY of the policy, such as L1-L2."""
    perform("ticket.hand_off", ticket, how, hand_off=way, text=text or "", because=because)


def _instant(text: str, *, beginning: bool) -> str:
    """A date (through its last second, local time) or date and time as epoch seconds in text."""
    at = instant_of(text, beginning=beginning)
    if at is None:
        raise Failed(Exit.USAGE, f"'{text}' is no date.", "Write 2026-11-30, or 2026-11-30T12:00.")
    return str(at)
