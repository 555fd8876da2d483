"""Verbs that plan a change of many tickets: what would be done, what is refused, why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from techdesk.actions.because import words_of
from techdesk.actions.fielding import time_typed
from techdesk.actions.plan_words import Asked, summary
from techdesk.actions.planning import Planner
from techdesk.model import Status
from techdesk.query import Query, QueryError, parse
from techdesk.verbs.changing import person_id, reasons_typed
from techdesk.verbs.looking import find, pointer
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, say
from techdesk.verbs.tools import RELATIONS, hour_of, queue_of
from techdesk.work.plans import Group, Notice, Outcome, Plan, encode

Function = TypeVar("Function", bound=Callable[..., Any])

_SAMPLES = 3


def telling(function: Function) -> Function:
    """What customers are told."""
    for option in (
        click.option(
            "--notify", "notice", flag_value="notify", help="Tell each customer, in the standing words."
        ),
        click.option(
            "--silent", "notice", flag_value="silent", help="Tell nobody, where the policy allows that."
        ),
        click.option(
            "--text", "text", metavar="WORDS", default=None, help="Tell each customer in these words."
        ),
    ):
        function = option(function)
    return function


def _which(function: Function) -> Function:
    """Which tickets, and where the plan goes."""
    for option in (
        common,
        click.argument("limit", nargs=-1, metavar="LIMIT..."),
        click.option(
            "--ticket", "tickets", multiple=True, metavar="ID", help="This ticket; may be given again."
        ),
        click.option("--most", type=click.IntRange(1), help="At most so many, in the order of the list."),
        click.option("-o", "--output", metavar="FILE", default="-", help="Write the plan there."),
    ):
        function = option(function)
    return function


_because = click.option(
    "--because",
    multiple=True,
    metavar="WORDS",
    help="Why, in words: recorded on each. RULE=WORDS for a rule.",
)


@click.group()
@common
def plan() -> None:
    """Plan a change of many tickets: what would be done, what is refused and why. Nothing is changed.

    The plan is one JSON object for 'techdesk apply'; its summary goes to standard error. LIMIT is the same as
    in the queue: status:waiting waiting:>7d org:"Acme".
    """


@plan.command("close")
@click.option(
    "--reason", default="", metavar="ID", help="For all of them; left out, the one that its log proves."
)
@telling
@_which
def plan_close(reason: str, **how: Any) -> None:
    """Close the tickets of LIMIT."""
    _plan("ticket.close", {"reason": reason} if reason else {}, how)


@plan.command("resolve")
@telling
@_which
def plan_resolve(**how: Any) -> None:
    """Resolve the tickets of LIMIT and tell the customers."""
    _plan("ticket.resolve", {}, how)


@plan.command("take")
@_because
@_which
def plan_take(because: tuple[str, ...], **how: Any) -> None:
    """Make yourself the owner of the tickets of LIMIT."""
    _plan("ticket.take", reasons_typed(because) if because else {}, how)


@plan.command("assign")
@click.argument("person")
@_because
@_which
def plan_assign(person: str, because: tuple[str, ...], **how: Any) -> None:
    """Give the tickets of LIMIT to PERSON: an id, a name, an e-mail address, 'me' or 'nobody'."""
    given = reasons_typed(because) if because else {}
    _plan("ticket.assign", given, how, values=lambda session: {"owner": person_id(session, person)})


@plan.command("priority")
@click.argument("level", type=click.IntRange(1))
@click.option("--severity", is_flag=True, help="LEVEL is the severity.")
@_because
@_which
def plan_priority(level: int, severity: bool, because: tuple[str, ...], **how: Any) -> None:
    """Set the grade of the tickets of LIMIT; 1 is the most urgent."""
    given: dict[str, Any] = {"severity" if severity else "level": level}
    _plan("ticket.priority", {**given, **reasons_typed(because)} if because else given, how)


@plan.command("status")
@click.argument(
    "status", type=click.Choice([s.value for s in Status if s not in (Status.CLOSED, Status.RESOLVED)])
)
@_which
def plan_status(status: str, **how: Any) -> None:
    """Set the status of the tickets of LIMIT."""
    _plan("ticket.status", {"status": status}, how)


@plan.command("tag")
@click.option("--add", multiple=True, metavar="TAG", help="Put this tag on; may be given again.")
@click.option("--remove", multiple=True, metavar="TAG", help="Take this tag off; may be given again.")
@_which
def plan_tag(add: tuple[str, ...], remove: tuple[str, ...], **how: Any) -> None:
    """Put tags on the tickets of LIMIT, and take others off."""
    if not add and not remove:
        raise Failed(Exit.USAGE, "No tag was named.", "Give --add TAG or --remove TAG.")
    _plan("ticket.tag", {"add": list(add), "remove": list(remove)}, how)


@plan.command("queue")
@click.argument("queue")
@_which
def plan_queue(queue: str, **how: Any) -> None:
    """Move the tickets of LIMIT to QUEUE: its id, its name or the beginning of it."""

    def values(session: Session) -> dict[str, Any]:
        found = queue_of(session, queue)
        return {"queue": found.id, "queue_name": found.name}

    _plan("ticket.queue", {}, how, values=values)


@plan.command("time")
@click.argument("amount", metavar="TIME")
@click.option("--for", "words", default="", metavar="WORDS", help="What for.")
@_which
def plan_time(amount: str, words: str, **how: Any) -> None:
    """Log TIME (25, 1h30) on each of the tickets of LIMIT."""
    typed = time_typed(amount)
    if typed is None:
        raise Failed(Exit.USAGE, f"'{amount}' is no time, or more than a day.", "Write 25, 1h30 or 1:30.")
    _plan("ticket.time", {"minutes": typed[0], "text": words or typed[1]}, how)


@plan.command("snooze")
@click.option("--until", required=True, metavar="WHEN", help="2h, 3d, tomorrow, 'monday 14:00', 2026-11-30.")
@_which
def plan_snooze(until: str, **how: Any) -> None:
    """Put the tickets of LIMIT off until an hour."""
    _plan("ticket.snooze", {}, how, values=lambda session: {"until": hour_of(session, until)})


@plan.command("link")
@click.argument("relation", type=click.Choice(RELATIONS))
@click.argument("other", metavar="ID")
@_which
def plan_link(relation: str, other: str, **how: Any) -> None:
    """Link each of the tickets of LIMIT to the ticket ID."""
    _plan("ticket.link", {"relation": relation.replace("-", "_"), "other": other}, how)


@plan.command("macro")
@click.argument("name")
@_because
@_which
def plan_macro(name: str, because: tuple[str, ...], **how: Any) -> None:
    """Apply the macro NAME of the settings to the tickets of LIMIT."""

    def values(session: Session) -> dict[str, Any]:
        macros = session.workbench.macros
        if name not in macros:
            known = ", ".join(sorted(macros)) or "none: add [macros.NAME] to the settings file"
            raise Failed(Exit.NOT_FOUND, f"There is no macro '{name}'.", f"There are: {known}.")
        return {"macro": name}

    _plan(
        "ticket.macro", {"because": words_of(reasons_typed(because))} if because else {}, how, values=values
    )


def _plan(
    action: str,
    given: dict[str, Any],
    how: dict[str, Any],
    *,
    values: Callable[[Session], dict[str, Any]] | None = None,
) -> None:
    with need_session(choices()) as session:
        limit = " ".join(how["limit"])
        keys = _keys(session, limit, how["tickets"], how["most"])
        if values is not None:
            given |= values(session)
        text = how.get("text")
        notice = Notice.TEXT if text is not None else Notice(how.get("notice") or "notify")
        asked = Asked(action=action, values=given, limit=limit, notice=notice, text=text or "")
        planner = Planner(session.workbench, session.reader, asked)
        made = planner.plan(keys)
        tell(made, _SAMPLES)
        if how["output"] == "-":
            data(as_json(made))
        else:
            from pathlib import Path

            from techdesk.work.bulk_report import write

            try:
                write(Path(how["output"]), encode(made).decode() + "\n")
            except OSError as error:
                raise Failed(
                    Exit.ERROR, f"{how['output']} cannot be written: {error.strerror or error}."
                ) from None
        if not made.doing():
            raise Failed(Exit.REFUSED, "Every ticket is refused: applying this plan would do nothing.")


def _keys(session: Session, limit: str, tickets: tuple[str, ...], most: int | None) -> list[int]:
    if not limit and not tickets:
        raise Failed(
            Exit.USAGE, "Name tickets by a LIMIT or with --ticket.", "'status:active' is every open one."
        )
    keys = [find(session, ticket, 20.0) for ticket in tickets]
    if limit:
        query = parse(f"{limit} ")  # its last word is whole: nobody is typing, and TD-1 must not mean TD-10
        if isinstance(query, QueryError):
            words = f"The limit cannot be read: {query.message}."
            raise Failed(Exit.USAGE, words, pointer(limit, query.position))
        now, me = session.clock.now(), session.reader.sync_state().account_id
        keys += session.reader.keys(query, me=me, now=now)
    keys = list(dict.fromkeys(keys))[:most]
    if not keys:
        from techdesk.query.explain import typing_hints

        hints = typing_hints(query) if limit and isinstance(query, Query) else []
        raise Failed(Exit.NOT_FOUND, "No ticket matches.", "; ".join(hints))
    return keys


def tell(made: Plan, samples: int = 0) -> None:
    """What a plan comes to, group by group, with so many tickets of each, on standard error."""
    say(summary(made))
    for group in made.groups():
        say(f"  {_WORDS[group.outcome]:<8} {len(group.items):>6,}  {group.title}")
        for item in group.items[:samples]:
            say(f"             {item.number}  {item.words}")
        if samples and group.outcome is Outcome.REFUSED and group.remedy:
            say(f"             -> {group.remedy}")
        for warning in _warnings(group):
            say(f"             ! {warning}")
    if made.messages:
        people = f"{made.recipients:,} people" if made.recipients != 1 else "1 person"
        silent = (
            "; --silent sends none, where the policy allows that" if made.notice is not Notice.NONE else ""
        )
        say(f"{made.messages:,} messages to {people}{silent}.")
    if wanting := len(made.unreasoned):
        say(f"for {wanting:,} the policy wants a reason: plan again with --because WORDS to apply it.")
    if made.final:
        say(f"{made.final:,} cannot be taken back once the desk has them.")


_WORDS = {
    Outcome.DO: "do",
    Outcome.REFUSED: "refused",
    Outcome.CHANGED: "changed",
    Outcome.EXCLUDED: "left out",
}


def _warnings(group: Group) -> list[str]:
    """Each warning once, with how many tickets it concerns."""
    found: dict[str, int] = {}
    for item in group.items:
        if item.warning:
            found[item.warning] = found.get(item.warning, 0) + 1
    return [f"{count:,}: {words}" for words, count in list(found.items())[:_SAMPLES]]
