"""The SLA engine: deadlines a second, re-timing, compiling; beside workclock and an engine that walks days.

`python -m benchmarks.sla` prints and saves benchmarks/out/sla.json. All engines run in the same process on
the same questions; workclock is called as its users call it, with aware datetimes, and once more in bulk.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as datetime_time
from functools import partial
from zoneinfo import ZoneInfo

from workclock import Break, Holidays, Schedule, WorkDay

from benchmarks.report import Figure, median, save, show
from techdesk.model import Channel, Direction, Status, Visibility
from techdesk.policies.book import SHIPPED, PolicyBook
from techdesk.sla.calendar import Calendar, CalendarSpec, Span
from techdesk.sla.evaluate import Evaluator
from techdesk.sla.history import Change, History, MessageFact
from techdesk.sla.policy_text import parse_policy
from techdesk.work.simulate import simulate

HOUR = 3600
DAY = 24 * HOUR
ZONE = "Europe/Rome"
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
HOLIDAYS = frozenset(
    date(year, month, day) for year in range(2020, 2031) for month, day in ((1, 1), (8, 15), (12, 25))
)
SPEC = CalendarSpec(
    name="office",
    zone=ZONE,
    hours=(((9 * HOUR, 13 * HOUR), (14 * HOUR, 18 * HOUR)),) * 5 + ((), ()),
    holidays=HOLIDAYS,
)
OFFICE_POLICY = """
schema = 1
name = "office"
title = "Office"
version = "1"
source = "benchmark"
[calendars.office]
zone = "Europe/Rome"
hours = { mon-fri = ["09:00-13:00", "14:00-18:00"] }
[[targets]]
metric = "first_response"
name = "Response"
source = "1"
kind = "duration"
amount = "4h"
calendar = "office"
[[targets]]
metric = "resolution"
name = "Resolution"
source = "1"
kind = "duration"
amount = "16h"
calendar = "office"
pause_on = ["waiting"]
"""


class DayWalk:
    """The usual simple engine: goes day by day from the start, and asks the zone for each opening."""

    def __init__(self, spec: CalendarSpec) -> None:
        self._spec = spec
        self._zone = ZoneInfo(spec.zone)

    def due(self, start: int, seconds: int) -> int:
        """Earliest instant at which ``seconds`` are used up."""
        day = datetime.fromtimestamp(start, self._zone).date()
        while True:
            if day not in self._spec.holidays:
                midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # the zone is put on below
                for opening, closing in self._spec.hours[day.weekday()]:
                    opens = (midnight + timedelta(seconds=opening)).replace(tzinfo=self._zone).timestamp()
                    closes = (midnight + timedelta(seconds=closing)).replace(tzinfo=self._zone).timestamp()
                    begun = max(int(opens), start)
                    if begun < closes:
                        if begun + seconds <= closes:
                            return begun + seconds
                        seconds -= int(closes) - begun
            day += timedelta(days=1)


def measure() -> list[Figure]:
    """Every figure of the engine."""
    source = random.Random(1)
    questions = [
        (
            START + source.randrange(365 * DAY),
            source.choice((HOUR // 2, HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR, 40 * HOUR)),
        )
        for _ in range(50_000)
    ]
    calendar = Calendar(SPEC)
    calendar.due(START, 1)
    ours = _rate(lambda: [calendar.due(start, amount) for start, amount in questions], len(questions))
    paused: list[tuple[int, int, Sequence[Span]]] = [
        (start, amount, ((start + HOUR, start + 3 * HOUR), (start + DAY, start + DAY + HOUR)))
        for start, amount in questions
    ]
    pausing = _rate(lambda: [calendar.due(*question) for question in paused], len(paused))

    schedule = Schedule(
        [WorkDay(_wall(9), _wall(18)), Break(_wall(13), _wall(14)), Holidays(HOLIDAYS)], time_zone=ZONE
    )
    moments = [(datetime.fromtimestamp(start, UTC), timedelta(seconds=amount)) for start, amount in questions]
    starts, amounts = [moment for moment, _ in moments], [amount for _, amount in moments]
    theirs = _rate(lambda: [schedule.add(moment, amount) for moment, amount in moments], len(moments))
    bulk = _rate(lambda: schedule.add_many(starts, amounts), len(moments))
    walk = DayWalk(SPEC)
    few = questions[:5_000]
    walking = _rate(lambda: [walk.due(start, amount) for start, amount in few], len(few))
    for (start, amount), (moment, span) in zip(few, moments, strict=False):
        answers = {
            calendar.due(start, amount),
            walk.due(start, amount),
            int(schedule.add(moment, span).timestamp()),
        }
        assert len(answers) == 1, (start, amount, answers)

    return [
        Figure(name="deadlines a second", value=ours, unit="/s", budget=300_000, at_least=True),
        Figure(
            name="deadlines a second, two pauses", value=pausing, unit="/s", budget=100_000, at_least=True
        ),
        Figure(name="deadlines a second, beside workclock", value=ours, unit="/s", floor=theirs),
        Figure(name="deadlines a second, beside workclock in bulk", value=ours, unit="/s", floor=bulk),
        Figure(name="deadlines a second, beside a walk over days", value=ours, unit="/s", floor=walking),
        Figure(name="compile ten years", value=_compiled(), unit="ms", budget=50),
        *_retimed(source),
        *_read(),
        *_simulated(),
    ]


def _compiled() -> float:
    """Milliseconds to compile ten years from nothing."""

    def once() -> float:
        calendar = Calendar(SPEC)
        begun = time.perf_counter()
        calendar.elapsed(
            int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()),
            int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()),
        )
        return (time.perf_counter() - begun) * 1000

    return median([once() for _ in range(7)])


def _retimed(source: random.Random) -> list[Figure]:
    """Milliseconds to re-time 10,000 tickets of six log entries each, without writes."""
    book = PolicyBook.load()
    policies = []
    for name in ("phonism", "wildix", "data-dynamics"):
        tickets = [_graded(START + source.randrange(300 * DAY), source) for _ in range(10_000)]
        book.evaluate(name, tickets[0], START)
        taken = _seconds(partial(_evaluated, book, name, tickets)) * 1000
        title = f"re-time 10,000 tickets, {book.title(name)}"
        policies.append(Figure(name=title, value=taken, unit="ms", budget=400))
    office = parse_policy(OFFICE_POLICY, "office.toml")
    evaluator = Evaluator(office, {name: Calendar(spec) for name, spec in office.calendars.items()})
    tickets = [_ticket(START + source.randrange(300 * DAY), source) for _ in range(10_000)]
    now = START + 300 * DAY
    book.evaluate("dynamix", tickets[0], now)
    evaluator.evaluate(tickets[0], START)
    dynamix = _seconds(lambda: [book.evaluate("dynamix", ticket, now) for ticket in tickets]) * 1000
    hours = _seconds(lambda: [evaluator.evaluate(ticket, now) for ticket in tickets]) * 1000
    return [
        *policies,
        Figure(name="re-time 10,000 tickets, Dynamix", value=dynamix, unit="ms", budget=400),
        Figure(name="re-time 10,000 tickets, office hours and pauses", value=hours, unit="ms", budget=400),
    ]


def _evaluated(book: PolicyBook, name: str, tickets: Sequence[History]) -> None:
    for ticket in tickets:
        book.evaluate(name, ticket, START + 300 * DAY)


def _read() -> list[Figure]:
    """Milliseconds to read a policy file, the slowest of those that ship, and its calendars."""
    names = PolicyBook.load().names()
    slowest = max(_seconds(partial(_first_read, name)) for name in names)
    return [Figure(name="read a policy file, the slowest", value=slowest * 1000, unit="ms")]


def _first_read(name: str) -> object:
    return PolicyBook.load().get(name)


def _simulated() -> list[Figure]:
    """Seconds to replay 100,000 tickets under another policy, beside today's; their logs are in memory."""
    source = random.Random(2)
    book = PolicyBook.load()
    text = (SHIPPED / "dynamix.toml").read_text(encoding="utf-8").replace('amount = "1h"', 'amount = "30min"')
    candidate = parse_policy(text, "candidate.toml")
    cases = [
        (key, f"TD-{key}", "dynamix", _ticket(START + source.randrange(300 * DAY), source))
        for key in range(100_000)
    ]
    begun = time.perf_counter()
    report = simulate(cases, book, candidate, START, START + 300 * DAY)
    taken = time.perf_counter() - begun
    assert report.replayed == len(cases)
    return [Figure(name="simulate 100,000 tickets, logs in memory", value=taken, unit="s", budget=30)]


def _graded(created: int, source: random.Random) -> History:
    """A ticket as policies with severities see it: of a region, a type, and mostly answered."""
    level = source.choice((1, 2, 3, 4))
    messages = (
        MessageFact(at=created, direction=Direction.INBOUND, visibility=Visibility.PUBLIC),
        MessageFact(at=created + 5000, direction=Direction.OUTBOUND, visibility=Visibility.PUBLIC),
        MessageFact(at=created + 9000, direction=Direction.INBOUND, visibility=Visibility.PUBLIC),
    )
    return History(
        created=created,
        status=Status.OPEN,
        priority=source.choice((1, 2, 3)),
        severity=level,
        kind="problem",
        region=source.choice(("US", "DE", "IT")),
        channel=source.choice((Channel.EMAIL, Channel.PHONE, Channel.PORTAL)),
        changes=(Change(at=created + 300, field="severity", old=None, new=str(level)),),
        messages=messages if source.random() < 0.8 else messages[:1],
    )


def _ticket(created: int, source: random.Random) -> History:
    level = source.choice((1, 2, 3, 4))
    waiting = source.random() < 0.3
    return History(
        created=created,
        status=Status.WAITING if waiting else Status.OPEN,
        priority=level,
        channel=source.choice((Channel.EMAIL, Channel.PHONE, Channel.PORTAL)),
        organisation=str(source.randrange(300)),
        changes=(
            Change(at=created + 300, field="priority", old=None, new=str(level)),
            Change(at=created + 400, field="owner", old=None, new="7"),
            Change(at=created + 7200, field="status", old="open", new="waiting")
            if waiting
            else Change(at=created + 500, field="status", old="new", new="open"),
        ),
        messages=(
            MessageFact(at=created, direction=Direction.INBOUND, visibility=Visibility.PUBLIC),
            MessageFact(at=created + 900, direction=Direction.OUTBOUND, visibility=Visibility.INTERNAL),
            MessageFact(at=created + 5000, direction=Direction.OUTBOUND, visibility=Visibility.PUBLIC),
        ),
    )


def _rate(work: Callable[[], object], count: int) -> float:
    return count / _seconds(work)


def _seconds(work: Callable[[], object], runs: int = 5) -> float:
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def _wall(hour: int) -> datetime_time:
    return datetime_time(hour)


def main() -> int:
    """Measure, print, save; gives the exit code."""
    figures = measure()
    for figure in figures:
        print(show(figure))
    print(save(figures, "sla"))
    return 1 if any(figure.kept is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
