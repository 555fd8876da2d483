"""Runs the shipped policies in tests: a ticket in a few words, and wall times of a zone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from techdesk.model import Status
from techdesk.policies.book import PolicyBook
from techdesk.sla.evaluation import Evaluation, TargetState
from techdesk.sla.history import History
from tests.sla.calendars import at


def ticket(created: int, **fields: object) -> History:
    """An open ticket."""
    values: dict[str, object] = {"created": created, "status": Status.OPEN} | fields
    return History(**values)


class Desk:
    """One policy in one zone; every wall time is of that zone."""

    def __init__(self, name: str, zone: str, book: PolicyBook | None = None) -> None:
        self.name = name
        self.zone = zone
        self.book = book or PolicyBook.load()

    def at(self, text: str) -> int:
        return at(text, self.zone)

    def wall(self, instant: int | None) -> str:
        """``Mon 2027-01-18 09:20``."""
        assert instant is not None
        return datetime.fromtimestamp(instant, ZoneInfo(self.zone)).strftime("%a %Y-%m-%d %H:%M")

    def evaluate(self, created: str, now: str = "", **fields: object) -> Evaluation:
        history = ticket(self.at(created), **fields)
        return self.book.evaluate(self.name, history, self.at(now or created))

    def first(self, created: str, now: str = "", **fields: object) -> TargetState:
        """The first target."""
        return self.evaluate(created, now, **fields).targets[0]

    def due(self, created: str, **fields: object) -> str:
        """Wall time at which the first target is due."""
        return self.wall(self.first(created, **fields).due)


def choosing(folder: Path, policy: str, **readings: str) -> PolicyBook:
    """A book of a site that reads some sentences otherwise."""
    lines = "\n".join(f'{key.replace("_", "-")} = "{value}"' for key, value in readings.items())
    text = f'schema = 1\nextends = "{policy}"\nversion = "site"\n[readings]\n{lines}\n'
    (folder / f"{policy}.toml").write_text(text, encoding="utf-8")
    return PolicyBook.load(folder)
