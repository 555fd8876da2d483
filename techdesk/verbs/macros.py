"""The verb for macros: shows the difference on standard error, and asks."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from techdesk.rules.verdicts import Refuse
from techdesk.verbs.changing import because, changing, perform
from techdesk.verbs.looking import find
from techdesk.verbs.options import choices
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data


@click.command()
@click.argument("name", required=False)
@click.argument("ticket", metavar="[ID]", required=False)
@click.option("--dry-run", is_flag=True, help="Show the difference and change nothing.")
@click.option("--text", default=None, help="Instead of the macro's reply to the customer.")
@because
@changing
def macro(
    name: str | None,
    ticket: str | None,
    dry_run: bool,
    text: str | None,
    because: tuple[str, ...],
    **how: Any,
) -> None:
    """Apply the macro NAME to a ticket. Alone it lists the macros of the settings file."""
    if name is None or ticket is None:
        with need_session(choices()) as session:
            _list(session, name, json=how["json_"])
        return
    if dry_run:
        with need_session(choices()) as session:
            _show(session, name, find(session, ticket, how["wait"]), text, json=how["json_"])
        return
    given: dict[str, Any] = {} if text is None else {"text": text}
    perform("ticket.macro", ticket, how, macro=name, because=because, **given)


def _list(session: Session, name: str | None, *, json: bool) -> None:
    made = session.workbench.macros
    if name is not None and name not in made:
        known = ", ".join(sorted(made)) or "none"
        raise Failed(Exit.NOT_FOUND, f"There is no macro '{name}'.", f"There are: {known}.")
    wanted = [made[name]] if name is not None else list(made.values())
    if json:
        data(as_json(wanted))
        return
    for each in wanted:
        data(f"{each.id:<20} {each.title}")


def _show(session: Session, name: str, ticket: int, text: str | None, *, json: bool) -> None:
    plan = session.workbench.macro_plan(ticket, name, text)
    if plan is None:
        raise Failed(Exit.NOT_FOUND, f"There is no macro '{name}'.", "'techdesk macro' lists them.")
    refusal = plan.refusal
    if json:
        steps = [
            {"action": step.action, "words": step.words, "unchanged": step.unchanged}
            | {"gate": type(step.verdict).__name__.lower(), "why": getattr(step.verdict, "reason", "")}
            for step in plan.steps
        ]
        told = msgspec.to_builtins(refusal) if refusal is not None else None
        data(as_json({"ticket": plan.number, "steps": steps, "note": plan.note, "reply": plan.reply,
                      "refusal": told}))  # fmt: skip
    else:
        data(plan.difference)
    if isinstance(refusal, Refuse):
        raise Failed(Exit.REFUSED, f"{plan.number}: {refusal.reason} {refusal.remedy} [{refusal.rule}]")
