"""Verbs that read: list, show, status, journal. None loads textual, and only ``show`` may ask the desk."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from techdesk.clock import skew_words
from techdesk.model import Status
from techdesk.query import Query, QueryError, parse
from techdesk.query.views import VIEWS, View
from techdesk.store.rows import Entry, EntryState, Row
from techdesk.verbs.options import choices, common, seconds
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, say

_LIST_COUNT = 50
_AT_MOST = click.IntRange(1, 1_000_000_000)
_STATUSES = [status.value for status in Status if status is not Status.CLOSED]


@click.command("list")
@common
@click.argument("limit", nargs=-1)
@click.option(
    "--view",
    metavar="ID",
    help="Begin with a saved view: one of yours, or " + ", ".join(v.id for v in VIEWS) + ".",
)
@click.option("--count", type=_AT_MOST, default=_LIST_COUNT, show_default=True, help="At most so many.")
@click.option("--json", "json_", is_flag=True, help="A JSON array, one object a ticket.")
def list_(limit: tuple[str, ...], view: str | None, count: int, json_: bool) -> None:
    """List tickets, most urgent first: those that match LIMIT, else every open one.

    LIMIT is the same as in the queue: words, or terms such as prio:1 owner:me sla:<30m.
    """
    with need_session(choices()) as session:
        query, order = _asked(" ".join(limit), view, session.views)
        now, reader = session.clock.now(), session.reader
        state = reader.sync_state()
        keys = reader.keys(query, order, me=state.account_id, now=now, first=count + 1)
        rows = reader.rows(keys[:count])
        if json_:
            from techdesk.work.export import row_data

            data(as_json([row_data(row, now) for row in rows]))
        else:
            _table(rows, now)
        if state.last_sync is None:
            say("this profile has not been synced yet: 'techdesk sync' fetches the tickets.")
        elif not rows and not json_:
            from techdesk.query.explain import typing_hints

            say("; ".join(["no ticket matches", *typing_hints(query)]) + ".")
        if len(keys) > count and not json_:
            total = reader.count(query, me=state.account_id, now=now)
            say(f"{count} of {total} tickets shown; --count shows more.")


def _asked(text: str, view: str | None, views: Sequence[View]) -> tuple[Query, str]:
    """What to list and in which order. Raises ``Failed`` for a view or a limit that is none."""
    order = "urgency"
    if view is not None or not text:
        chosen = next((each for each in views if each.id == (view or "all")), None)
        if chosen is None:
            known = ", ".join(each.id for each in views)
            raise Failed(Exit.USAGE, f"There is no view '{view}'.", f"There are: {known}.")
        text, order = f"({chosen.limit}) ({text})" if text else chosen.limit, chosen.order
    query = parse(text)
    if isinstance(query, QueryError):
        raise Failed(Exit.USAGE, f"The limit cannot be read: {query.message}.", pointer(text, query.position))
    return query, order


def _width() -> int:
    """Columns of the terminal; 100 for a pipe. (``shutil`` would load every compression there is.)"""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError, AttributeError):  # the last: standard output is closed
        return 100


def pointer(text: str, position: int) -> str:
    """Where in a limit the mistake is."""
    return f"Look at: {text[:position]}>>>{text[position:]}"


def _table(rows: list[Row], now: int) -> None:
    from techdesk.verbs.columns import aligned
    from techdesk.widgets.sla_clock import clock_glyph, clock_text

    lines = [
        (
            clock_glyph(row.clock, row.status, now)
            + f" {clock_text(row.clock, row.created, row.status, now)}",
            row.clock.metric,
            row.number,
            row.grade or "--",
            row.status.value,
            row.owner_name or "-",
            row.organisation_name,
            ("+ " if row.pending else "") + ("! " if row.attention else "") + row.subject,
        )
        for row in rows
    ]
    width = _width()
    for line in aligned(lines, width, most=(12, 3, 12, 9, 8, 14, 18)):
        data(line)


@click.command("next")
@common
@click.argument("limit", nargs=-1)
@click.option("--view", metavar="ID", help="Of a saved view, instead of everything open.")
@click.option("--skip", metavar="ID", help="Pass this ticket over first, for this shift.")
@click.option("--because", metavar="WORDS", help="Why it is passed over; it goes into the journal.")
@click.option("--json", "json_", is_flag=True, help="One JSON object, with why it is the next.")
def next_(
    limit: tuple[str, ...], view: str | None, skip: str | None, because: str | None, json_: bool
) -> None:
    """The next best ticket to work on: yours or nobody's, and not waiting for somebody else.

    An escalation that nobody has acknowledged comes first, then what is late, then the least time left, then
    a VIP's, then the oldest: the order of play mode. Exit status 5 where none is left.
    """
    from techdesk.work import play

    if (skip is None) != (because is None):
        raise click.UsageError("--skip ID and --because WORDS go together.")
    with need_session(choices()) as session:
        query, _ = _asked(" ".join(limit), view, session.views)
        now, reader, passed = session.clock.now(), session.reader, []
        me = reader.sync_state().account_id
        if skip is not None:
            key = reader.key_of(skip)
            if key is None:
                raise Failed(Exit.NOT_FOUND, f"There is no ticket {skip} here.")
            if session.workbench.read_only:
                raise Failed(Exit.REFUSED, "techdesk runs read-only here: nothing was written down.")
            play.skip(session.database.writer(), key, str(because), me=me, now=now).result()
            passed.append(key)
        best = play.next_best(reader, query, me=me, now=now, passed=passed)
        rows = reader.rows([best.key]) if best is not None else []
        if best is None or not rows:
            raise Failed(
                Exit.NOT_FOUND,
                "No ticket is left for you.",
                "What colleagues have, what waits for somebody and what was skipped is not offered.",
            )
        if json_:
            from techdesk.work.export import row_data

            data(as_json({"why": best.why, **row_data(rows[0], now)}))
        else:
            _table(rows, now)
            say(f"next because of: {best.why}")


@click.command()
@common
@click.argument("ticket", metavar="ID")
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
@click.option("--wait", type=seconds, default=20.0, show_default=True, help="Seconds for asking the desk.")
def show(ticket: str, json_: bool, wait: float) -> None:
    """Show one ticket with its conversation.

    ID is the desk's number or id. A ticket that is not in the cache is asked for at the desk, unless
    --offline.
    """
    with need_session(choices()) as session:
        key = find(session, ticket, wait)
        now, reader = session.clock.now(), session.reader
        view = reader.ticket(key)
        if view is None:
            raise Failed(Exit.NOT_FOUND, f"There is no ticket {ticket}.")
        conversation = reader.conversation(key, count=100_000 if json_ else 50)
        evaluation = reader.evaluation(key, now)
        unsent = reader.operations(ticket=key)
        if json_:
            from techdesk.work.export import ticket_data

            data(as_json(ticket_data(view, evaluation, conversation, reader.log(key), unsent, now)))
            return
        from techdesk.rules.records import of_note, words_of
        from techdesk.widgets.moments import due_time
        from techdesk.widgets.sla_clock import clock_text, clock_word

        row = view.row
        requester = view.requester.email if view.requester is not None else ""
        data(f"{row.number}  {row.subject}")
        data(f"Status:       {row.status.value}" + (f" ({view.close_reason})" if view.close_reason else ""))
        data(f"Priority:     {row.grade or '--'}")
        data(f"Owner:        {row.owner_name or 'nobody'}")
        data(f"Requester:    {row.requester_name} <{requester}>" + (" VIP" if row.vip else ""))
        data(f"Organisation: {row.organisation_name}")
        data(f"Queue:        {row.queue_name}   Channel: {row.channel.value or '-'}")
        clock = clock_text(row.clock, row.created, row.status, now).strip()
        data(f"SLA:          {clock} {clock_word(row.clock, row.status, now)} {evaluation.note}".rstrip())
        for target in evaluation.targets:
            due = f", due {due_time(target.due, now)}" if target.due is not None else ""
            data(f"  {target.metric.label} {target.name}: {target.verdict.value}{due} ({target.source})")
        for line in unsent:
            data(f"Unsent:       {line.what} ({line.state.value}) {line.error}".rstrip())
        if len(conversation) < view.message_count:
            data(f"\n({view.message_count - len(conversation)} older messages: --json has all)")
        for entry in conversation:
            data(f"\n--- {due_time(entry.at, now)}  {_about(entry)}")
            # A record that techdesks share is told by its words, as on the screen; --json has it whole.
            data(words_of(entry.body) if of_note(entry) is not None else entry.body)


def _about(entry: Entry) -> str:
    kind = "internal note" if entry.visibility.value == "internal" else f"{entry.direction.value}bound"
    state = "" if entry.state is EntryState.SENT else f", {entry.state.value}: not at the desk"
    how = f", {entry.channel.value}" if entry.channel.value else ""
    return f"{entry.author_name} ({kind}{how}{', automatic' if entry.automatic else ''}{state})"


def find(session: Session, ticket: str, seconds: float) -> int:
    """Local key of a ticket by number or id; asks the desk for one that is not here. Raises ``Failed``."""
    if not ticket.strip():
        raise Failed(Exit.USAGE, "No ticket was named.", "Name one by its number, as the list shows it.")
    key = session.reader.key_of(ticket)
    if key is not None:
        return key
    if session.offline:
        raise Failed(Exit.NOT_FOUND, f"Ticket {ticket} is not in the cache, and --offline asks nobody.")
    from techdesk.verbs.asking import ask_desk

    failure = ask_desk(session, ticket, seconds)
    key = session.reader.key_of(ticket)
    if key is None:
        raise failure or Failed(Exit.NOT_FOUND, f"There is no ticket {ticket}, neither here nor at the desk.")
    return key


@click.command()
@common
@click.argument("ticket", metavar="[ID]", required=False)
@click.argument("status", metavar="[STATUS]", required=False, type=click.Choice(_STATUSES))
@click.option("--format", "format_", type=click.Choice(["text", "tmux", "json"]), default="text")
@click.option("--yes", is_flag=True, help="Answer yes to what it asks.")
@click.option("--wait", type=seconds, default=20.0, show_default=True, help="Seconds to wait for the desk.")
def status(ticket: str | None, status: str | None, format_: str, yes: bool, wait: float) -> None:
    """Set the status of ticket ID to STATUS; alone, one line for a prompt or tmux.

    The line says what is breached or will be soon, what is unsent and how old the data are. STATUS is new,
    open, waiting, hold, vendor or resolved.
    """
    if ticket is not None:
        from techdesk.verbs.changing import set_status

        if status is None:
            raise click.UsageError("Say which status: techdesk status ID STATUS.")
        set_status(ticket, status, {"yes": yes, "wait": wait, "json_": format_ == "json"})
        return
    with need_session(choices()) as session:
        state = session.reader.sync_state()
        now = session.clock.now()
        counted = session.reader.counters(me=state.account_id, now=now)
        age = None if state.last_sync is None else max(0, now - state.last_sync)
        if format_ == "json":
            import msgspec

            data(as_json({**msgspec.structs.asdict(counted), "phase": state.phase.value, "age_seconds": age}))
            return
        parts = [
            f"{counted.breached} breached" if counted.breached else "",
            f"{counted.under_15_minutes} <15m" if counted.under_15_minutes else "",
            f"{counted.attention} to decide" if counted.attention else "",
            f"{counted.outbox} unsent" if counted.outbox else "",
        ]
        if format_ == "text":
            from techdesk.widgets.moments import span  # not for the line that a prompt asks for all the time

            parts = [f"{counted.active} open", f"{counted.mine} mine", *parts]
            parts.append("never synced" if age is None else f"as of {span(age)} ago")
            parts.append("" if state.phase.value == "idle" else state.phase.value)
            parts.append(skew_words(state.offset))
        data(" · ".join(part for part in parts if part) or "ok")


@click.command()
@common
@click.option("--count", type=_AT_MOST, default=50, show_default=True)
@click.option("--json", "json_", is_flag=True, help="A JSON array.")
def journal(count: int, json_: bool) -> None:
    """What was done, sent, refused and undone here, newest last."""
    with need_session(choices()) as session:
        entries = sorted(session.reader.journal(count=count), key=lambda entry: entry.key)
        if json_:
            data(as_json(entries))
            return
        from techdesk.widgets.moments import due_time

        now = session.clock.now()
        for entry in entries:
            data(
                f"{due_time(entry.at, now)}  {entry.outcome:<9} {entry.action:<16} {entry.number:<10}"
                f" {entry.detail}".rstrip()
            )
