"""``techdesk plan``, ``apply`` and ``bulk``: many tickets at once, the same plans as on the screen (UX 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from techdesk.actions.applying import NotApplied, Ready, Why, prepare, queue, standing
from techdesk.actions.plan_words import Asked, summary
from techdesk.actions.planning import Planner
from techdesk.model import Status
from techdesk.query import QueryError, parse
from techdesk.store.rows import BatchView
from techdesk.verbs.bulk_files import read_plan, save_report
from techdesk.verbs.bulk_run import follow
from techdesk.verbs.changing import person_id
from techdesk.verbs.looking import find, pointer
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, may_ask, say
from techdesk.work.plans import Group, Notice, Outcome, Plan, encode

Function = TypeVar("Function", bound=Callable[..., Any])

_SAMPLES = 3


def _telling(function: Function) -> Function:
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
@_telling
@_which
def plan_close(reason: str, **how: Any) -> None:
    """Close the tickets of LIMIT."""
    _plan("ticket.close", {"reason": reason} if reason else {}, how)


@plan.command("resolve")
@_telling
@_which
def plan_resolve(**how: Any) -> None:
    """Resolve the tickets of LIMIT and tell the customers."""
    _plan("ticket.resolve", {}, how)


@plan.command("take")
@_which
def plan_take(**how: Any) -> None:
    """Make yourself the owner of the tickets of LIMIT."""
    _plan("ticket.take", {}, how)


@plan.command("assign")
@click.argument("person")
@_which
def plan_assign(person: str, **how: Any) -> None:
    """Give the tickets of LIMIT to PERSON: an id, a name, an e-mail address, 'me' or 'nobody'."""
    _plan("ticket.assign", {}, how, values=lambda session: {"owner": person_id(session, person)})


@plan.command("priority")
@click.argument("level", type=click.IntRange(1))
@click.option("--severity", is_flag=True, help="LEVEL is the severity.")
@_which
def plan_priority(level: int, severity: bool, **how: Any) -> None:
    """Set the grade of the tickets of LIMIT; 1 is the most urgent."""
    _plan("ticket.priority", {"severity" if severity else "level": level}, how)


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
        _tell(made, _SAMPLES)
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
        raise Failed(Exit.NOT_FOUND, "No ticket matches.")
    return keys


def _tell(made: Plan, samples: int = 0) -> None:
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
        say(f"{made.messages:,} messages to {people}; --silent sends none, where the policy allows that.")
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


@click.command()
@common
@click.argument("file", metavar="FILE")
@click.option(
    "--dry-run", is_flag=True, help="Ask the rules again and say what would be done; change nothing."
)
@click.option(
    "--canary", type=click.IntRange(1), metavar="N", help="Do N first, wait for the answers, then ask."
)
@click.option("--yes", is_flag=True, help="Answer yes to what it asks.")
@click.option("--wait", type=float, default=3600.0, show_default=True, help="Seconds to wait for the desk.")
@click.option("--report", metavar="FILE", help="Write what became of each ticket: .csv or .json.")
@click.option("--json", "json_", is_flag=True, help="The outcome as one JSON object.")
@_telling
def apply(file: str, **how: Any) -> None:
    """Carry out a plan, once. FILE is what 'techdesk plan' wrote, or - for standard input.

    Each ticket is asked about again: what has changed since is left alone. A second apply changes nothing.

    Exit statuses: 0 done, 3 refused or not agreed to, 9 partly done, 10 nothing to do, 6 not confirmed yet.
    """
    made = read_plan(file)
    if how["text"] is not None:
        made = made.told(Notice.TEXT, how["text"])
    elif how["notice"]:
        made = made.told(Notice(how["notice"]))
    with need_session(choices()) as session:
        session.workbench.bulk_hold_seconds = 0  # who applies a file has decided
        ready = prepare(session.workbench, session.reader, made, canary=how["canary"] or 0)
        if isinstance(ready, NotApplied):
            _not_applied(session, ready, how)
            return
        _tell(ready.plan)
        if how["dry_run"]:
            say("nothing was changed: this was a dry run.")
            _outcome(how, "dry_run", ready.plan, None)
            return
        _agree(ready, yes=how["yes"], piped=file == "-")
        batch = queue(session.workbench, ready).result()
        if not batch:
            raise Failed(
                Exit.NOTHING, "Another techdesk has just applied this plan.", "Nothing was changed here."
            )
        view = follow(session, batch, how["wait"], yes=how["yes"])
        if how["report"]:
            save_report(session, batch, how["report"], plan=ready.plan)
        _outcome(how, "applied", ready.plan, view)
        _end(session, ready.plan, view)


def _agree(ready: Ready, *, yes: bool, piped: bool) -> None:
    """Yes, or the number where it has to be typed (UX 7.2). Raises ``Failed`` for anything else."""
    if yes:
        return
    made, count = ready.plan, len(ready.tickets)
    question = f"{made.title}: {count:,} tickets" + (f", {made.messages:,} messages" if made.messages else "")
    if piped or not may_ask():
        raise Failed(Exit.REFUSED, f"{question}?", "Nothing was changed: --yes says yes to this.")
    because = made.typed_because()
    if because:
        answer = click.prompt(
            f"{question} ({because}). Type {count} to go on", default="", show_default=False, err=True
        )
        agreed = str(answer).strip().replace(",", "") == str(count)
    else:
        agreed = click.confirm(f"{question}?", default=False, err=True)
    if not agreed:
        raise Failed(Exit.REFUSED, "Nothing was changed.")


def _not_applied(session: Session, found: NotApplied, how: dict[str, Any]) -> None:
    status = Exit.NOTHING if found.why in (Why.BEFORE, Why.NOTHING) else Exit.REFUSED
    if how["json_"]:
        view = session.reader.batch(found.batch) if found.batch else None
        data(as_json({"outcome": found.why.value, "why": found.words, "run": _run(view)}))
    raise Failed(status, found.words, found.remedy)


def _end(session: Session, made: Plan, view: BatchView) -> None:
    """How it ended, as an exit status."""
    say(f"{view.title}: {standing(view)}.")
    changed = made.count(Outcome.CHANGED)
    if view.waiting or view.in_flight:
        if session.offline:
            say("It waits in the outbox until the next sync.")
            return
        raise Failed(Exit.WAITING, "Not all of it has been confirmed yet.", "It goes on with the next sync.")
    if not view.refused and not view.conflicts and not view.dropped and not changed:
        return
    told = f"{changed:,} changed since it was planned. " if changed else ""
    if not view.done:
        raise Failed(Exit.REFUSED, f"{told}None of it was done.", f"'techdesk bulk {view.id[:8]}' tells why.")
    raise Failed(Exit.PARTIAL, f"{told}Some of it was not done.", f"'techdesk bulk {view.id[:8]}' tells why.")


def _outcome(how: dict[str, Any], outcome: str, made: Plan, view: BatchView | None) -> None:
    if how["json_"]:
        counts = {each.value: made.count(each) for each in Outcome}
        data(as_json({"outcome": outcome, "plan": made.id, "planned": counts, "run": _run(view)}))


def _run(view: BatchView | None) -> dict[str, Any] | None:
    if view is None:
        return None
    return {
        "id": view.id,
        "state": view.state.value,
        "tickets": view.tickets,
        "done": view.done,
        "refused": view.refused,
        "conflicts": view.conflicts,
        "given_back": view.dropped,
        "still_to_go": view.waiting + view.in_flight,
    }


@click.command()
@common
@click.argument("run", metavar="[ID]", required=False)
@click.option("--halt", is_flag=True, help="Stop it after what is in flight, and give the rest back.")
@click.option("--go-on", is_flag=True, help="Send the rest, after the first few.")
@click.option("--report", metavar="FILE", help="Write what became of each ticket: .csv or .json.")
@click.option("--json", "json_", is_flag=True, help="As JSON.")
def bulk(run: str | None, halt: bool, go_on: bool, report: str | None, json_: bool) -> None:
    """Bulk runs and what became of them; with ID (the beginning is enough), one of them ticket by ticket."""
    with need_session(choices()) as session:
        found = session.reader.batches(200)
        if run is None:
            if halt or go_on or report:
                raise Failed(Exit.USAGE, "Name the run.", "'techdesk bulk' lists them.")
            if json_:
                data(as_json([_run(view) for view in found]))
            for view in () if json_ else found:
                data(f"{view.id[:8]}  {view.state.value:<8}  {view.title}: {standing(view)}")
            return
        view = _named(found, run)
        if halt:
            given = session.workbench.writer.halt_batch(view.id, session.clock.now()).result(timeout=60)
            session.workbench.forget_snoozes(given)
            say(f"halted: {len(given):,} tickets are as they were.")
        if go_on and not session.workbench.writer.go_on_with_batch(view.id).result(timeout=30):
            raise Failed(Exit.NOTHING, "Nothing of it was waiting to go on.")
        if report:
            save_report(session, view.id, report)
        view = session.reader.batch(view.id) or view
        if json_:
            data(as_json(_run(view)))
            return
        say(f"{view.title}: {standing(view)}")
        for ticket in session.reader.batch_tickets(view.id):
            if ticket.state != "done":
                data(f"{ticket.number}  {ticket.state}  {ticket.error}".rstrip())


def _named(found: list[BatchView], run: str) -> BatchView:
    matching = [view for view in found if view.id.startswith(run)]
    if len(matching) != 1:
        said = "no" if not matching else "more than one"
        raise Failed(Exit.NOT_FOUND, f"There is {said} bulk run '{run}'.", "'techdesk bulk' lists them.")
    return matching[0]
