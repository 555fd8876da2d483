"""What became of a bulk run, ticket by ticket: for a file, CSV or JSON.

A cell of the CSV never begins like a formula: a spreadsheet would carry out what a customer wrote.
"""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from techdesk.model import Instant
from techdesk.store.rows import BatchTicket, BatchView
from techdesk.work.export import instant
from techdesk.work.plans import Item, Outcome, Plan

COLUMNS = (
    "number", "subject", "requester", "planned", "group", "why", "remedy", "rule", "result", "error", "told"
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_RESULTS = {
    "done": "done",
    "conflict": "conflict",
    "rejected": "refused by the desk",
    "dropped": "given back",
    "waiting": "not sent yet",
    "sent": "sent, no answer yet",
}


class Line(Struct, frozen=True, kw_only=True):
    """One ticket of the report."""

    number: str
    subject: str
    requester: str
    planned: str
    group: str
    why: str
    remedy: str
    rule: str
    result: str
    """What became of it; empty where nothing was to be done."""
    error: str
    told: str
    """``yes`` where the customer has had the run's message, also where the change was refused then."""


def lines(plan: Plan, results: Iterable[BatchTicket] = ()) -> list[Line]:
    """Every ticket of a plan, in its order, with what became of it."""
    found = {result.ticket: result for result in results}
    return [_line(plan, item, found.get(item.ticket)) for item in plan.items]


def _line(plan: Plan, item: Item, result: BatchTicket | None) -> Line:
    outcome = plan.outcome_of(item)
    silenced = outcome is Outcome.REFUSED and item.outcome is Outcome.DO
    return Line(
        number=item.number,
        subject=item.subject,
        requester=item.requester_name,
        planned=outcome.value,
        group=item.title,
        why=item.obliged if silenced else item.words,
        remedy=item.remedy,
        rule=item.rule,
        result=_result(result),
        error=result.error if result is not None else "",
        told="yes" if result is not None and result.told else "",
    )


def _result(result: BatchTicket | None) -> str:
    if result is None:
        return ""
    return "refused by a rule as it was to go out" if result.by_rule else _RESULTS[result.state]


def as_csv(made: Sequence[Line]) -> str:
    """Comma-separated, with a heading, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(getattr(line, name)) for name in COLUMNS] for line in made)
    return out.getvalue()


def write(path: Path, text: str) -> None:
    """Write a report that only its owner can read, whole or not at all; one that is there is replaced.

    A pipe or a device (``/dev/stdout``) is written to as it is. Raises OSError.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        return
    path = path.resolve()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, in whatever width its first sign is written."""
    narrow = unicodedata.normalize("NFKC", cell[:80]).lstrip()
    return f"'{cell}" if narrow.startswith(_FORMULA) or cell.lstrip(" ").startswith(_FORMULA) else cell


def as_data(plan: Plan, view: BatchView | None, made: Sequence[Line], now: Instant) -> dict[str, Any]:
    """The same as plain data for JSON."""
    data: dict[str, Any] = {
        "written": instant(now),
        "plan": plan.id,
        "action": plan.action,
        "title": plan.title,
        "planned": instant(plan.made),
        "limit": plan.limit,
        "notice": plan.notice.value,
        "tickets": [{name: getattr(line, name) for name in COLUMNS} for line in made],
    }
    if view is not None:
        data["run"] = {
            "id": view.id,
            "state": view.state.value,
            "queued": instant(view.created),
            "ended": instant(view.ended),
            "tickets": view.tickets,
            "done": view.done,
            "refused": view.refused,
            "conflicts": view.conflicts,
            "given_back": view.dropped,
            "still_to_go": view.waiting + view.in_flight,
        }
    return data
