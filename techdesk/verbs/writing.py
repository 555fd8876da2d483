"""Verbs that write to the customer or to colleagues, or end a ticket; texts come from a pipe or $EDITOR."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from techdesk.model import Channel
from techdesk.rules.verdicts import Refuse
from techdesk.verbs.changing import CHANNELS, because, changing, perform, person_id
from techdesk.verbs.looking import find
from techdesk.verbs.options import choices
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, say

_ATTACH = click.option("--attach", multiple=True, metavar="FILE", help="Send this file with it; repeatable.")


def _attached(paths: tuple[str, ...]) -> Callable[[Session], dict[str, Any]]:
    """Keep files, all or none; the ids that the message names."""

    def values(session: Session) -> dict[str, Any]:
        ids: list[str] = []
        for path in paths:
            kept = session.workbench.attach(Path(path), ids)
            if isinstance(kept, Refuse):
                raise Failed(Exit.REFUSED, kept.reason, kept.remedy)
            kept.commit.result(timeout=30)
            ids.append(kept.file.id)
        return {"files": tuple(ids)} if ids else {}

    return values


_TEXT = click.argument("text", metavar="[TEXT]", required=False)


@click.command()
@click.argument("ticket", metavar="ID")
@_TEXT
@click.option(
    "--then", type=click.Choice(["waiting", "resolved"]), default=None, help="The status afterwards."
)
@click.option(
    "--canned", metavar="NAME", help="A text of the settings, or of the ticket's policy, instead of TEXT."
)
@click.option(
    "--fill", multiple=True, metavar="NAME=WORDS", help="What a place in it is filled with; repeatable."
)
@_ATTACH
@changing
def reply(
    ticket: str,
    text: str | None,
    then: str | None,
    canned: str | None,
    fill: tuple[str, ...],
    attach: tuple[str, ...],
    **how: Any,
) -> None:
    """Write to the customer. Without TEXT (or with -) the text is read from standard input."""
    files = _attached(attach)
    if canned is None:
        perform("ticket.reply", ticket, how, values=files, text=_text(text), then=then or "")
        return
    if text is not None:
        raise click.UsageError("TEXT and --canned are both given: leave one of them out.")

    def values(session: Session) -> dict[str, Any]:
        from techdesk.verbs.canned import canned_text

        return {**files(session), "text": canned_text(session, ticket, canned, fill, how["wait"])}

    perform("ticket.reply", ticket, how, values=values, then=then or "")


@click.command()
@click.argument("ticket", metavar="ID")
@_TEXT
@click.option("--call", is_flag=True, help="It is the log of a telephone call.")
@_ATTACH
@changing
def comment(ticket: str, text: str | None, call: bool, attach: tuple[str, ...], **how: Any) -> None:
    """Write an internal note, which the customer never sees; with --call, the log of a call."""
    words, channel = _text(text), Channel.PHONE.value if call else ""
    perform("ticket.comment", ticket, how, values=_attached(attach), text=words, channel=channel)


@click.command()
@click.argument("ticket", metavar="ID")
@_TEXT
@click.option("--as", "resolution", default="", help="How the work ended: fix, workaround, answer ...")
@click.option("--left-out", "exclusion", default="", help="What support leaves out, of --as out-of-scope.")
@changing
def resolve(ticket: str, text: str | None, resolution: str, exclusion: str, **how: Any) -> None:
    """Tell the customer that it is resolved, and resolve it."""
    perform("ticket.resolve", ticket, how, text=_text(text), resolution=resolution, exclusion=exclusion)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("reason", required=False)
@because
@changing
def close(ticket: str, reason: str | None, because: str, **how: Any) -> None:
    """Close a ticket for one of its policy's reasons. Without REASON, list them with the gates' answers."""
    if reason is None:
        _reasons(ticket, how)
    else:
        perform("ticket.close", ticket, how, reason=reason, because=because)


@click.command()
@click.argument("ticket", metavar="ID")
@click.option("--same-problem/--other-problem", default=None, help="Whether it is the reported problem.")
@changing
def reopen(ticket: str, same_problem: bool | None, **how: Any) -> None:
    """Open a resolved or closed ticket again, where the policy allows it."""
    perform("ticket.reopen", ticket, how, same_problem=same_problem)


def _types(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """For the shell: the types that rules tell apart. The refusal of an unknown one names the desk's too."""
    from techdesk.actions.opening import TYPES

    return [each for each in TYPES if each.startswith(incomplete.casefold())]


@click.command()
@click.argument("subject")
@click.argument("requester", metavar="REQUESTER")
@_TEXT
@click.option("--name", "requester_name", help="The requester's name, if the desk does not know the address.")
@click.option("--queue", help="Id or name; needed where there are several.")
@click.option("--type", "kind", help="Problem, question, request ...", shell_complete=_types)
@click.option("--priority", type=click.IntRange(1))
@click.option("--severity", type=click.IntRange(1))
@click.option("--owner", help="An id, a name, an e-mail address or 'me'.")
@click.option("--organisation", help="Its id.")
@click.option("--channel", type=click.Choice(CHANNELS), default=Channel.PHONE.value, show_default=True)
@because
@changing
def new(subject: str, requester: str, text: str | None, owner: str | None, **how: Any) -> None:
    """Open a ticket for REQUESTER (an id or an e-mail address). TEXT is the first message."""
    names = ("requester_name", "queue", "kind", "priority", "severity", "organisation", "channel")
    why = how.pop("because")
    given: dict[str, Any] = {name: how.pop(name) for name in names}

    def values(session: Session) -> dict[str, Any]:
        fields = {**given, "subject": subject, "requester": _requester(session, requester)}
        if owner:
            fields["owner"] = person_id(session, owner)
        return {"fields": {name: value for name, value in fields.items() if value is not None}}

    perform("ticket.new", None, how, values=values, text=_text(text, optional=True), because=why)


def _text(given: str | None, *, optional: bool = False) -> str:
    """The text of a message: the argument, else standard input where it is no terminal."""
    if given is not None and given != "-":
        return given
    if given is None and optional:
        return ""
    if given is None and sys.stdin.isatty():
        say("write the text, then ctrl+d on a line of its own:")
    return sys.stdin.read()


def _requester(session: Session, wanted: str) -> str:
    if "@" in wanted:
        return wanted
    people = session.reader.people()
    found = [p for p in people if wanted.casefold() in (p.id.casefold(), p.name.casefold())]
    if len(found) == 1:
        return found[0].id
    raise Failed(Exit.NOT_FOUND, f"'{wanted}' is no one known here.", "Give an id or an e-mail address.")


def _reasons(ticket: str, how: dict[str, Any]) -> None:
    with need_session(choices()) as session:
        key = find(session, ticket, how["wait"])
        offered = session.workbench.close_reasons(key)
        if how["json_"]:
            data(
                as_json(
                    [
                        {"reason": reason, "words": words, "gate": type(verdict).__name__.lower()}
                        | {"why": getattr(verdict, "reason", ""), "remedy": getattr(verdict, "remedy", "")}
                        for reason, words, verdict in offered
                    ]
                )
            )
            return
        for reason, words, verdict in offered:
            why = f"{getattr(verdict, 'reason', '')} {getattr(verdict, 'remedy', '')}".strip()
            gate = {"Ok": "yes", "Warn": "asks", "Refuse": "no"}[type(verdict).__name__]
            data(f"{reason:<20} {gate:<5} {words}" + (f" | {why}" if why else ""))
