"""Verbs that change tickets: each asks the same workbench as the keys do, and waits until it has arrived."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from techdesk.actions.because import REASONS, with_reasons, words_of
from techdesk.actions.outcomes import Confirm, Outcome, Queued, Refused
from techdesk.model import Channel, OperationState, Role, Status
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.verbs.looking import find
from techdesk.verbs.options import choices, common, seconds
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, may_ask, say

Function = TypeVar("Function", bound=Callable[..., Any])

_ROUND_SECONDS = 3.0
WANTS_REASON = "the policy wants a reason with it, and a yes is none. --because WORDS gives one."
REASON_HELPS = "--because WORDS, a reason that is recorded, lets it pass."
_OF_RULE = re.compile(r"(?is)([a-z]{1,2}\d{1,2})(\.[a-z-]+)?=\s*(.*)")
CHANNELS = [channel.value for channel in Channel if channel is not Channel.UNKNOWN]


def changing(function: Function) -> Function:
    """The options of every verb that changes something."""
    for option in (
        common,
        click.option("--yes", is_flag=True, help="Answer yes to what it asks."),
        click.option(
            "--wait", type=seconds, default=20.0, show_default=True, help="Seconds to wait for the desk."
        ),
        click.option("--json", "json_", is_flag=True, help="The outcome as one JSON object."),
    ):
        function = option(function)
    return function


def because(function: Function) -> Function:
    """The option of verbs that a recorded reason lets past a rule."""
    words = (
        "Why, in words: recorded; lets the rule that wants a reason pass. Of several, RULE=WORDS for each."
    )
    return click.option("--because", multiple=True, metavar="WORDS", help=words)(function)


def reasons_typed(typed: Sequence[str]) -> dict[str, Any]:
    """Values of an action, of what ``--because`` was given: words, or ``RULE=WORDS`` any number of times.

    A rule with several conditions that a reason lets pass has a name for each: ``Z1.located=WORDS``.
    """
    named = [
        (found[1].upper() + (found[2] or "").lower(), found[3])
        for each in typed
        if (found := _OF_RULE.fullmatch(each))
    ]
    if len(named) < len(typed) and len(typed) > 1:
        raise click.UsageError(
            "Say of each reason which rule it is for: --because DD8=WORDS --because DD9=WORDS."
        )
    return {REASONS: dict(named)} if named else {"because": "".join(typed)}


@click.command()
@click.argument("ticket", metavar="ID")
@because
@changing
def take(ticket: str, because: tuple[str, ...], **how: Any) -> None:
    """Make yourself the owner of a ticket that nobody has."""
    perform("ticket.take", ticket, how, because=because)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("owner", metavar="PERSON")
@because
@changing
def assign(ticket: str, owner: str, because: tuple[str, ...], **how: Any) -> None:
    """Give a ticket to PERSON: an id, a name, an e-mail address, 'me' or 'nobody'."""

    def values(session: Session) -> dict[str, Any]:
        return {"owner": person_id(session, owner)}

    perform("ticket.assign", ticket, how, values=values, because=because)


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("level", type=click.IntRange(1), required=False)
@click.option("--severity", type=click.IntRange(1), help="Set the severity, where there are both.")
@click.option("--by-customer", is_flag=True, help="The customer asks for it.")
@click.option("--channel", type=click.Choice(CHANNELS), help="How the customer asked.")
@click.option("--caller", help="Who asked: an id, a name or an e-mail address.")
@click.option("--exclusion", default="", help="Id of what extended support leaves out and this falls under.")
@because
@changing
def priority(ticket: str, level: int | None, by_customer: bool, **how: Any) -> None:
    """Set the grade: the priority, or the severity where the policy grades by that; 1 is the most urgent.

    Without LEVEL and --severity, list the grades with the target that each would mean.
    """
    given = {name: how.pop(name) for name in ("severity", "channel", "caller", "exclusion", "because")}
    if level is None and given["severity"] is None:
        _grades(ticket, how)
        return
    if level is not None:
        both = given["severity"] is not None
        given["priority" if both else "level"] = level
    given["asked_by"] = "customer" if by_customer else ""
    perform("ticket.priority", ticket, how, **given)


def set_status(ticket: str, status: str, how: dict[str, Any]) -> None:
    """What ``techdesk status ID STATUS`` does; the verb itself is with those that read."""
    perform("ticket.status", ticket, how, status=Status(status))


@click.command()
@click.argument("ticket", metavar="ID")
@click.argument("tags", metavar="[TAG]...", nargs=-1)
@click.option("--remove", "-r", multiple=True, metavar="TAG", help="Take this one off; may be repeated.")
@changing
def tag(ticket: str, tags: tuple[str, ...], remove: tuple[str, ...], **how: Any) -> None:
    """Put tags on a ticket, and take others off."""
    if not any(each.strip() for each in (*tags, *remove)):
        raise click.UsageError("Name the tags to put on, or those to take off with --remove.")
    perform("ticket.tag", ticket, how, add=tags, remove=remove)


@click.command()
@changing
def undo(**how: Any) -> None:
    """Take back your newest change: what is still here leaves no trace.

    Where it has been sent, the opposite is sent, if the policy and the help desk allow it; that asks.
    """
    with need_session(choices()) as session:
        session.workbench.hold_seconds = 0
        outcome = session.workbench.undo()
        if isinstance(outcome, Confirm):
            batch = session.workbench.last_sent()[0].batch
            agreed(outcome, yes=how["yes"])
            outcome = session.workbench.undo(confirmed=True, batch=batch)
            if isinstance(outcome, Queued):
                outcome.commit.result(timeout=30)
                _deliver(session, outcome, outcome.ticket, how)
                return
        if not isinstance(outcome, Queued):
            _end(outcome)
            return
        if not outcome.commit.result(timeout=30):
            raise Failed(Exit.REFUSED, "It has been sent meanwhile; nothing was taken back.")
        if how["json_"]:
            data(as_json({"outcome": "undone", "what": outcome.words}))
        say(outcome.words)


def perform(
    action_id: str,
    ticket: str | None,
    how: dict[str, Any],
    *,
    values: Callable[[Session], dict[str, Any]] | None = None,
    **given: Any,
) -> None:
    """Do an action as every verb does it: ask the rules, queue it, and wait until it has arrived."""
    with need_session(choices()) as session:
        session.workbench.hold_seconds = 0  # who types a command has decided; undo works until it is sent
        key = find(session, ticket, how["wait"]) if ticket is not None else None
        given |= reasons_typed(given.pop("because", ()))
        if values is not None:
            given |= values(session)
        outcome = session.workbench.perform(action_id, key, **given)
        while not isinstance(outcome, Queued) and outcome.reason_for:
            given = with_reasons(given, _reasons(outcome, words_of(given), yes=how["yes"]))
            sure = isinstance(outcome, Confirm)
            outcome = session.workbench.perform(action_id, key, confirmed=sure, **given)
        if isinstance(outcome, Confirm):
            if typed := agreed(outcome, yes=how["yes"]):
                given = {**given, "because": typed}
            outcome = session.workbench.perform(action_id, key, confirmed=True, **given)
        if not isinstance(outcome, Queued):
            _end(outcome)
            return
        kept = outcome.commit.result(timeout=30)
        for words in outcome.hints:
            say(words)
        _deliver(session, outcome, kept if action_id == "ticket.new" else outcome.ticket, how)


def _reasons(asked: Refused | Confirm, given: str, *, yes: bool) -> dict[str, str]:
    """The reason that its rules want, by rule; ``given``: those that other rules got.

    Raises ``Failed`` where nobody can be asked, or says none.
    """
    words = asked.words if isinstance(asked, Refused) else f"{asked.detail} {asked.question}"
    rules = asked.reason_for
    several = len(rules) > 1 or given
    options = " ".join(f"--because {rule}=WORDS" for rule in rules) if several else "--because WORDS"
    also = f", beside the one that was given ({given})" if given else ""
    if yes or not may_ask():
        passes = f"One that is recorded lets it pass: {options}{also}."
        raise Failed(
            Exit.REFUSED,
            f"{words} [{', '.join(rules)}]",
            f"Nothing was changed: a yes is no reason. {passes}",
        )
    say(words)
    reason = click.prompt("Reason (empty: leave it)", default="", show_default=False, err=True).strip()
    if not reason:
        raise Failed(Exit.REFUSED, "Nothing was changed.")
    return dict.fromkeys(asked.reason_for, reason)


def agreed(question: Confirm, *, yes: bool) -> str:
    """Ask it. The reason that was typed where the policy wants one, else empty. Raises ``Failed`` for a no.

    A yes is no reason: where one is wanted, ``--yes`` alone changes nothing (UX 5: the gates of one ticket).
    """
    if question.detail:
        say(question.detail)
    if question.wants_reason:
        if yes or not may_ask():
            raise Failed(Exit.REFUSED, question.question, f"Nothing was changed: {WANTS_REASON}")
        words = str(click.prompt(f"{question.question} Why", default="", show_default=False, err=True))
        if words.strip():
            return words
        raise Failed(Exit.REFUSED, "Nothing was changed: no reason was given.")
    if yes:
        return ""
    if not may_ask():
        raise Failed(Exit.REFUSED, question.question, "Nothing was changed: --yes says yes to this.")
    if click.confirm(question.question, default=False, err=True):
        return ""
    raise Failed(Exit.REFUSED, "Nothing was changed.")


def _end(outcome: Outcome) -> None:
    """Raise what stands against it."""
    if isinstance(outcome, Refused):
        passes = f" {REASON_HELPS}" if outcome.wants_reason else ""
        raise Failed(Exit.REFUSED, f"{outcome.words} [{outcome.rule}]{passes}")
    raise Failed(Exit.REFUSED, "Nothing was changed.")


def _deliver(session: Session, outcome: Queued, ticket: int, how: dict[str, Any]) -> None:
    """Sync until the batch has arrived, and tell what became of it."""
    number = _number(session, ticket)
    if session.offline:
        say(f"{number}: {outcome.words}. It waits in the outbox until the next sync.")
        _report(how, "queued", number, outcome.words)
        return
    from techdesk.verbs.waiting import syncing

    try:
        session.need_token()
    except Failed:
        say(f"{number}: {outcome.words}. It waits in the outbox.")
        _report(how, "queued", number, outcome.words)
        raise
    if any(line.held_back_by for line in session.reader.operations(ticket=ticket)):
        _told(session, ticket, number, outcome, how, None)
        return
    thread = session.sync_thread()
    thread.start()
    try:
        state = syncing(session, thread, lambda _: not _waiting(session, ticket, outcome.batch), how["wait"])
        if state is not None:
            # Let the round end: a pull that is cut leaves its phase behind for every other techdesk to show.
            syncing(session, thread, lambda now: now.phase is not SyncPhase.PULLING, _ROUND_SECONDS)
    finally:
        thread.stop()
    number = _number(session, ticket)
    _told(session, ticket, number, outcome, how, state)


def _told(
    session: Session, ticket: int, number: str, outcome: Queued, how: dict[str, Any], state: SyncState | None
) -> None:
    """What became of the batch, as words and exit status. ``state``: None where the time ran out."""
    from techdesk.verbs.waiting import failure

    lines = [line for line in session.reader.operations(ticket=ticket) if line.batch == outcome.batch]
    decide = next((line for line in lines if line.state.needs_decision), None)
    if decide is not None:
        _report(how, decide.state.value, number, outcome.words, decide.error)
        verdict = (
            "met another change"
            if decide.state is OperationState.CONFLICT
            else "is held here by a rule"
            if decide.error.startswith("[")
            else "was refused by the desk"
        )
        remedy = "'techdesk conflicts' shows both sides."
        raise Failed(Exit.DECISION, f"{number}: {decide.what} {verdict}. {decide.error}", remedy)
    held = next((line for line in lines if line.held_back_by), None)
    if held is not None:
        _report(how, "held_back", number, outcome.words, held.held_back_by)
        raise Failed(
            Exit.DECISION,
            f"{number}: {outcome.words} is kept, but held back by an earlier change of this ticket that waits"
            f" for you: {held.held_back_by}.",
            "'techdesk conflicts' shows it; once it is decided, this one goes out too.",
        )
    if not lines:
        say(f"{number}: {outcome.words}. The help desk has it.")
        _report(how, "sent", number, outcome.words)
        return
    _report(how, "queued", number, outcome.words)
    say(f"{number}: {outcome.words}. It waits in the outbox.")
    if state is None:
        raise Failed(Exit.WAITING, f"The help desk has not confirmed it within {how['wait']:.0f} s.")
    raise failure(state)


def _waiting(session: Session, ticket: int, batch: str) -> bool:
    """Whether anything of the batch is still on its way, with nothing that a person must decide."""
    lines = [line for line in session.reader.operations(ticket=ticket) if line.batch == batch]
    return bool(lines) and not any(line.state.needs_decision or line.held_back_by for line in lines)


def _report(how: dict[str, Any], outcome: str, number: str, what: str, error: str = "") -> None:
    if how["json_"]:
        data(as_json({"outcome": outcome, "ticket": number, "what": what, "error": error}))
    elif outcome in ("sent", "queued"):
        data(number)


def _number(session: Session, ticket: int) -> str:
    row = session.reader.row(ticket)
    return row.number if row is not None else f"NEW-{ticket}"


_NAMED = 12
"""Technicians that a mistyped name is answered with."""


def person_id(session: Session, wanted: str) -> str:
    """Id of a technician. Raises ``Failed`` for nobody and for more than one."""
    if wanted in ("nobody", "none", ""):
        return ""
    if wanted == "me":
        if not session.workbench.me.id:
            raise Failed(Exit.ERROR, "The desk has not said yet who you are.", "'techdesk sync' connects.")
        return session.workbench.me.id
    people = session.reader.people(Role.TECHNICIAN)
    exact = [
        p for p in people if wanted.casefold() in (p.id.casefold(), p.name.casefold(), p.email.casefold())
    ]
    found = exact or [p for p in people if wanted.casefold() in p.name.casefold().split()]
    if len(found) == 1:
        return found[0].id
    if found:
        raise Failed(Exit.NOT_FOUND, f"'{wanted}' may be {' or '.join(f'{p.name} ({p.id})' for p in found)}.")
    known = ", ".join(f"{p.name} ({p.id})" for p in people[:_NAMED]) + (
        ", ..." if len(people) > _NAMED else ""
    )
    there = (
        f"There are: {known}; or me, or nobody." if known else "None is known: 'techdesk sync' fetches them."
    )
    raise Failed(Exit.NOT_FOUND, f"There is no technician '{wanted}' here.", there)


def _grades(ticket: str, how: dict[str, Any]) -> None:
    with need_session(choices()) as session:
        key = find(session, ticket, how["wait"])
        offered = session.workbench.grades(key)
        if how["json_"]:
            data(as_json(offered))
            return
        from techdesk.work.explain import moment

        for choice in offered:
            mark = "*" if choice.current else " "
            due = moment(choice.due) if choice.due is not None else ""
            data(f"{mark} {choice.axis:<9} {choice.words} | {choice.detail(due)}")
