"""Whole documents of neutral cases, made at random: every answer is found anew by walking minutes.

The walk shares nothing with the engine: it resolves each wall time with ``zoneinfo`` alone, and counts. What
is hard is what the documents are full of: changes of the clocks, lunch, nights, 24:00, leap days, half hours,
the day that Apia never had.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from techdesk.sla.cases import run_cases

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PLACES: tuple[tuple[str, str], ...] = (
    ("Europe/Berlin", "2026-03-27"),  # forward on Sunday, 29 March
    ("Europe/London", "2026-10-23"),  # back on Sunday, 25 October
    ("America/New_York", "2027-03-12"),
    ("America/New_York", "2026-10-30"),
    ("America/Sao_Paulo", "2018-11-02"),  # forward at midnight: the day begins at 01:00
    ("America/Sao_Paulo", "2018-02-16"),  # back at midnight: 23:00 comes twice
    ("America/Havana", "2026-10-30"),
    ("Asia/Kolkata", "2028-02-27"),  # a leap day, half an hour off
    ("Asia/Kathmandu", "2026-01-01"),
    ("Australia/Lord_Howe", "2026-04-03"),  # half an hour back
    ("Australia/Lord_Howe", "2026-10-02"),
    ("Australia/Adelaide", "2026-10-02"),
    ("Asia/Gaza", "2025-04-11"),
    ("Africa/Casablanca", "2026-02-13"),
    ("Pacific/Apia", "2011-12-28"),  # no 30 December
    ("Pacific/Apia", "2011-09-23"),
    ("Pacific/Kiritimati", "1994-12-29"),  # no 1 January 1995
    ("America/St_Johns", "2005-04-01"),  # forward at 00:01
    ("Antarctica/Troll", "2026-03-27"),  # two hours forward
    ("Etc/UTC", "2024-02-27"),
)
BLOCKS = (
    [["09:00", "17:00"]],
    [["08:30", "12:15"], ["13:00", "17:45"]],
    [["22:00", "06:00"]],
    [["00:00", "24:00"]],
    [["01:15", "02:45"], ["03:30", "24:00"]],
    [["02:10", "02:50"]],
    [["00:00", "00:30"], ["23:30", "00:45"]],
    [["10:00", "14:00"], ["12:00", "19:00"]],
    [],
)  # fmt: skip


class Walk:
    """Open minutes of one case, a set from a week before to six weeks after its first day."""

    def __init__(self, case: dict[str, Any], first: date) -> None:
        self.zone = ZoneInfo(case["timezone"])
        holidays = {date.fromisoformat(day) for day in case["holidays"]}
        self.open: set[int] = set()
        for offset in range(-8, 43):
            day = first + timedelta(days=offset)
            for opening, closing in case["hours"].get(DAYS[day.weekday()], ()):
                if closing == "00:00" or closing > opening:
                    self._add(day, opening, closing if closing != "00:00" else "24:00", holidays)
                else:
                    self._add(day, opening, "24:00", holidays)
                    self._add(day + timedelta(days=1), "00:00", closing, holidays)
        for begin, end in case["pauses"]:
            self.open -= set(range(minute(begin), minute(end)))

    def _add(self, day: date, opening: str, closing: str, holidays: set[date]) -> None:
        if day in holidays:
            return
        begin, end = self._wall(day, opening), self._wall(day, closing)
        low, high = self._wall(day, "00:00"), self._wall(day, "24:00")
        self.open |= set(range(max(begin, low), min(end, high)))

    def _wall(self, day: date, text: str) -> int:
        """The minute of a wall time: a gap moves it forward, of two the first."""
        if text == "24:00":
            day, text = day + timedelta(days=1), "00:00"
        local = datetime.combine(day, time.fromisoformat(text), tzinfo=self.zone)
        return int(local.timestamp()) // 60

    def deadline(self, start: int, minutes: int) -> int:
        at = start
        while minutes > 0:
            minutes -= at in self.open
            at += 1
        return at

    def subtract(self, start: int, minutes: int) -> int:
        at = start
        while minutes > 0:
            at -= 1
            minutes -= at in self.open
        return at

    def next_open(self, start: int) -> int:
        at = start
        while at not in self.open:
            at += 1
        return at

    def elapsed(self, start: int, end: int) -> int:
        return sum(each in self.open for each in range(start, end)) * 60


def minute(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) // 60


def iso(minutes: int) -> str:
    return datetime.fromtimestamp(minutes * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def document(seed: int, zone: str, day: str, count: int) -> dict[str, Any]:
    """Cases of one zone around one day, with the answers of the walk."""
    source = random.Random(f"{zone} {day} {seed}")
    first = date.fromisoformat(day)
    cases = []
    for number in range(count):
        hours = {name: source.choice(BLOCKS) for name in DAYS}
        hours[source.choice(DAYS)] = BLOCKS[source.randrange(5)]
        noon = int(datetime.combine(first, time(12), tzinfo=ZoneInfo(zone)).timestamp()) // 60
        start = noon + source.randrange(-2000, 6000)
        pauses = []
        for _ in range(source.randrange(3)):
            begin = start + source.randrange(-300, 3000)
            pauses.append([iso(begin), iso(begin + source.randrange(1, 900))])
        holidays = [
            (first + timedelta(days=source.randrange(-1, 7))).isoformat() for _ in range(source.randrange(3))
        ]
        case: dict[str, Any] = {"timezone": zone, "hours": hours, "holidays": holidays, "pauses": pauses}
        walk = Walk(case, first)
        amount = source.choice((1, 7, 30, 59, 60, 240, 481, 1440))
        op = ("deadline", "elapsed", "next_open", "subtract")[number % 4]
        case |= {"id": f"{zone}-{number}", "op": op}
        if op == "deadline":
            case |= {"start": iso(start), "target_minutes": amount}
            case["expected"] = iso(walk.deadline(start, amount))
        elif op == "elapsed":
            end = start + source.randrange(0, 9000)
            case |= {"from": iso(start), "to": iso(end), "expected_seconds": walk.elapsed(start, end)}
        elif op == "next_open":
            case |= {"from": iso(start), "expected": iso(walk.next_open(start))}
        else:
            case["pauses"] = [[iso(2 * start - minute(to)), iso(2 * start - minute(at))] for at, to in pauses]
            walk = Walk(case, first)
            case |= {"from": iso(start), "target_minutes": amount}
            case["expected"] = iso(walk.subtract(start, amount))
        cases.append(case)
    return {"cases": cases}


def wrong(seed: int, zone: str, day: str, count: int) -> list[str]:
    """Cases on which the engine and the walk disagree, each in one line."""
    made = document(seed, zone, day, count)
    by_id = {case["id"]: case for case in made["cases"]}
    return [
        f"{json.dumps(by_id[result.id])}: {result.actual}"
        for result in run_cases(json.dumps(made))
        if not result.ok
    ]


@pytest.mark.parametrize(("zone", "day"), PLACES, ids=[f"{zone}-{day}" for zone, day in PLACES])
def test_a_document_of_cases_is_answered_as_a_walk_answers_it(zone: str, day: str) -> None:
    assert wrong(1, zone, day, 12) == []


@pytest.mark.soak
@pytest.mark.parametrize(("zone", "day"), PLACES, ids=[f"{zone}-{day}" for zone, day in PLACES])
def test_a_long_document_of_cases(zone: str, day: str) -> None:
    assert wrong(2, zone, day, 1000) == []
