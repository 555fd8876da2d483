"""Verbs that carry out a plan of many tickets, once, and tell what became of its runs."""

from __future__ import annotations

from typing import Any

import click

from techdesk.actions.applying import NotApplied, Ready, Why, prepare, queue, standing
from techdesk.store.rows import BatchView
from techdesk.verbs.bulk_files import read_plan, save_report
from techdesk.verbs.bulk_run import follow
from techdesk.verbs.options import choices, common
from techdesk.verbs.planning import tell, telling
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, may_ask, say
from techdesk.work.plans import Notice, Outcome, Plan


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
@telling
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
        tell(ready.plan)
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
    say(f"{view.title}: {standing(view, session.reader.batch_tickets(view.id))}.")
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
            if not found:
                say("no bulk run has been made here yet.")
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
        say(f"{view.title}: {standing(view, session.reader.batch_tickets(view.id))}")
        for ticket in session.reader.batch_tickets(view.id):
            if ticket.state != "done":
                data(f"{ticket.number}  {ticket.state}  {ticket.error}".rstrip())


def _named(found: list[BatchView], run: str) -> BatchView:
    matching = [view for view in found if view.id.startswith(run)]
    if len(matching) != 1:
        said = "no" if not matching else "more than one"
        raise Failed(Exit.NOT_FOUND, f"There is {said} bulk run '{run}'.", "'techdesk bulk' lists them.")
    return matching[0]
