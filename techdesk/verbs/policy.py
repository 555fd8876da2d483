"""Verbs about support policies: list, show, check, test, simulate; and ``explain`` for one ticket."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from techdesk.actions.wording import Surface, spoken
from techdesk.clock import SystemClock
from techdesk.config.places import config_folder
from techdesk.policies.book import PolicyBook
from techdesk.sla.policy_error import PolicyError
from techdesk.verbs.looking import find
from techdesk.verbs.options import choices, common, seconds
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, page, say

if TYPE_CHECKING:
    from techdesk.model import Instant
    from techdesk.sla.policy import Policy
    from techdesk.work.simulate import Case

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SPAN = re.compile(r"(\d{1,4})\s*([hdw])")
_SECONDS = {"h": 3600, "d": 86_400, "w": 7 * 86_400}
_CHUNK = 500


def site_folder() -> Path:
    """Where a site keeps its own policy files."""
    return config_folder() / "policies"


@click.group()
@common
def policy() -> None:
    """Support policies: what they say, whether they are sound, what another one would mean."""


@policy.command("list")
@common
@click.option("--json", "json_", is_flag=True, help="A JSON array, one object a policy.")
def list_(json_: bool) -> None:
    """List every policy: those that ship, and the site's own."""
    from techdesk.work.policy_report import list_data, list_lines

    book = PolicyBook.load(site_folder())
    if json_:
        data(as_json(list_data(book)))
        return
    page(list_lines(book))


@policy.command()
@common
@click.argument("name")
@click.option("--version", "version", default="", help="One of its versions; without, the one in force.")
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
def show(name: str, version: str, json_: bool) -> None:
    """Show policy NAME: calendars, targets, readings with the sentence they read, rules."""
    from techdesk.work.policy_report import show_data, show_lines

    book = PolicyBook.load(site_folder())
    try:
        found = book.get(name, version)
    except PolicyError as error:
        raise Failed(Exit.ERROR, str(error)) from None
    if found is None:
        if version and name in book.names():
            known = ", ".join(each.version for each in book.versions(name))
            raise Failed(Exit.NOT_FOUND, f"{name} has no version '{version}'.", f"There are: {known}.")
        raise Failed(
            Exit.NOT_FOUND, f"There is no policy '{name}'.", f"There are: {', '.join(book.names())}."
        )
    if json_:
        data(as_json(show_data(found)))
        return
    page(spoken(line, Surface.VERBS) for line in show_lines(found))


@policy.command()
@common
@click.argument("file", required=False, type=_FILE)
@click.option("--refresh", is_flag=True, help="First expand the public holidays that the files name.")
@click.option("--json", "json_", is_flag=True, help="A JSON array of notes.")
def check(file: Path | None, refresh: bool, json_: bool) -> None:
    """Check FILE, or every policy: faults with file and line, dead ends, overlaps, grades without targets.

    Contradictions of the vendors' texts are listed with how they were decided. Exits 1 for a fault.
    """
    from techdesk.work.policy_check import check_book, check_policy, fault_note
    from techdesk.work.policy_report import note_lines

    if refresh:
        _refresh(site_folder() if file is None else file.parent)
    now = SystemClock().now()
    book = PolicyBook.load(site_folder())
    if file is None:
        notes = check_book(book, now)
    else:
        try:
            notes = check_policy(book.read(file), now, book.holidays.beside(file.parent))
        except PolicyError as error:
            notes = [fault_note(error)]
    if json_:
        data(as_json(notes))
    else:
        page(note_lines(notes))
        if not notes:
            say("nothing to remark.")
    if any(note.fault for note in notes):
        raise SystemExit(Exit.ERROR)


def _refresh(folder: Path) -> None:
    from techdesk.policies.expand import refresh

    written, unknown = refresh(folder) if folder.is_dir() else ([], [])
    for path in written:
        say(f"written: {path}")
    for words in unknown:
        say(words)
    if not written and not unknown:
        say(f"no policy in {folder} names a country's holidays.")


@policy.command()
@common
@click.argument("file", metavar="CASES.json", type=_FILE)
@click.option("--json", "json_", is_flag=True, help="A JSON array, one object a case.")
def test(file: Path, json_: bool) -> None:
    """Run business-time cases of another engine, and print each on which this one disagrees.

    Exits 1 for any, and for a malformed case, which is named.
    """
    from techdesk.sla.cases import CaseError, mismatches, run_cases
    from techdesk.work.policy_report import case_lines

    try:
        results = run_cases(file.read_bytes())
    except CaseError as error:
        raise Failed(Exit.ERROR, f"{file}: {error}") from None
    if json_:
        data(as_json(results))
    else:
        for line in case_lines(results):
            data(line)
    if mismatches(results):
        raise SystemExit(Exit.ERROR)


@policy.command()
@common
@click.argument("file", type=_FILE)
@click.option(
    "--since", default="30d", show_default=True, help="A span (12h, 30d, 8w) or a date (2026-01-31)."
)
@click.option(
    "--all", "everything", is_flag=True, help="Tickets of every policy, not only of the file's name."
)
@click.option(
    "--count", default=20, show_default=True, type=click.IntRange(0), help="Changed tickets to print."
)
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
def simulate(file: Path, since: str, everything: bool, count: int, json_: bool) -> None:
    """Replay the cached tickets under policy FILE, and compare with today's policies.

    Says for each level how many targets would have been met and missed, and which tickets change. Ctrl+C
    stops it, and what was done so far is reported.
    """
    from techdesk.work.simulate import report_lines
    from techdesk.work.simulate import simulate as replay

    with need_session(choices()) as session:
        now = session.clock.now()
        begun = _since(since, now)
        candidate = _candidate(session.book, file)
        keys = session.reader.keys(None, "urgency", me="", now=now)
        book = PolicyBook.load(site_folder())  # of this thread: the session's belongs to the store
        with click.progressbar(length=len(keys), label="replaying", file=sys.stderr) as bar:
            stop = _Stop()
            report = replay(
                stop.over(_cases(session, list(keys))),
                book,
                candidate,
                begun,
                now,
                lambda done: bar.update(done - bar.pos),
                stop.asked,
                everything=everything,
            )
    if json_:
        data(as_json(report))
    else:
        for line in report_lines(report, most=count):
            data(line)
    if report.cancelled:
        raise SystemExit(Exit.ERROR)


class _Stop:
    """Ctrl+C while tickets are replayed: ends the replay, not the verb."""

    def __init__(self) -> None:
        self._asked = False

    def asked(self) -> bool:
        return self._asked

    def over(self, cases: Iterator[Case]) -> Iterator[Case]:
        """The cases, until somebody presses Ctrl+C."""
        import signal

        def stop(*_: object) -> None:
            self._asked = True

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield from cases
        finally:
            signal.signal(signal.SIGINT, before)


def _cases(session: Session, keys: list[int]) -> Iterator[Case]:
    reader = session.reader
    for begin in range(0, len(keys), _CHUNK):
        for row in reader.rows(keys[begin : begin + _CHUNK]):
            try:
                history = reader.history(row.key)
            except KeyError:  # a sync of another process removed it meanwhile
                continue
            yield row.key, row.number, row.clock.policy, history


def _since(text: str, now: Instant) -> Instant:
    if match := _SPAN.fullmatch(text.strip()):
        return now - int(match[1]) * _SECONDS[match[2]]
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise Failed(
            Exit.USAGE,
            f"--since {text!r} is no time.",
            "Say a span such as 30d, or a date such as 2026-01-31.",
        ) from None
    return int((day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp())


def _candidate(book: PolicyBook, file: Path) -> Policy:
    try:
        return book.read(file)
    except PolicyError as error:
        raise Failed(Exit.ERROR, str(error)) from None


@click.command()
@common
@click.argument("ticket", metavar="ID")
@click.option(
    "--zone", default="", help="Whose wall clock to show, such as Asia/Kolkata; without, this machine's."
)
@click.option("--wait", type=seconds, default=20.0, show_default=True, help="Seconds for asking the desk.")
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
def explain(ticket: str, zone: str, wait: float, json_: bool) -> None:
    """Explain how the deadlines of ticket ID came about.

    Start, calendar, each closed stretch, holiday, pause and regrade, the readings, the policy's line.
    """
    from zoneinfo import ZoneInfo

    from techdesk.work.explain import explanation_data, explanation_lines

    try:
        viewer = ZoneInfo(zone) if zone else None
    except (KeyError, ValueError, OSError):
        raise Failed(
            Exit.USAGE, f"--zone {zone!r} is no IANA time zone.", "Say one such as Europe/Rome."
        ) from None
    with need_session(choices()) as session:
        key = find(session, ticket, wait)
        row = session.reader.row(key)
        if row is None:
            raise Failed(Exit.NOT_FOUND, f"There is no ticket {ticket}.")
        explanation = session.book.explain(row.clock.policy, session.reader.history(key), session.clock.now())
        if json_:
            data(as_json({"number": row.number, **explanation_data(explanation)}))
            return
        page((f"{row.number}  {row.subject}", *explanation_lines(explanation, viewer)))
