"""Business hours against two oracles, and the properties that any clock must have."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workclock import Holidays, Schedule, WorkDay

from techdesk.sla.calendar import Calendar, CalendarError, CalendarSpec, DayMode, unite
from tests.sla.calendars import DAY, HOUR, MinuteWalk, at, office, spec

ZONES = (
    "Europe/Rome", "America/New_York", "America/Sao_Paulo", "Asia/Tehran", "Australia/Lord_Howe",
    "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Auckland", "America/St_Johns", "Europe/London", "Etc/UTC",
    "Asia/Kolkata", "America/Los_Angeles", "Pacific/Chatham", "Africa/Cairo", "America/Havana",
)  # fmt: skip
WEEKEND = at("2026-05-09 12:00")
MONDAY = at("2026-05-04 00:00")


def random_spec(source: random.Random, zone: str, year: int) -> CalendarSpec:
    """Hours with lunch breaks, nights, overlaps and whole days, and a few holidays."""
    quarter = 900
    hours = [
        tuple(
            (quarter * source.randrange(96), quarter * source.randrange(1, 97))
            for _ in range(source.choice((0, 1, 1, 1, 2, 3)))
        )
        for _ in range(7)
    ]
    hours[source.randrange(7)] = ((9 * HOUR, 17 * HOUR),)
    first = date(year, 1, 1)
    holidays = frozenset(
        first + timedelta(days=source.randrange(400)) for _ in range(source.choice((0, 3, 20)))
    )
    return CalendarSpec(name="random", zone=zone, hours=tuple(hours), holidays=holidays)


def schedule(calendar: CalendarSpec) -> Schedule:
    """The same calendar for workclock, split at midnight as POLICIES says."""

    def wall(seconds: int) -> time:
        return time(seconds // 3600 % 24, seconds // 60 % 60)

    days = [
        WorkDay(wall(opening), wall(closing), days=[weekday])
        for weekday, blocks in enumerate(calendar.weekly())
        for opening, closing in blocks
    ]
    return Schedule([*days, Holidays(calendar.holidays)], time_zone=calendar.zone)


def moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_agrees_with_workclock(zone: str) -> None:
    """10,400 random starts in 16 zones, four questions each."""
    ask_workclock(zone, random.Random(zone), calendars=26)


@pytest.mark.soak
@pytest.mark.parametrize("zone", ZONES)
def test_agrees_with_workclock_for_long(zone: str) -> None:
    ask_workclock(zone, random.Random(f"{zone} soak"), calendars=1000)


def ask_workclock(zone: str, source: random.Random, *, calendars: int) -> None:
    for _ in range(calendars):
        year = source.choice((1995, 2005, 2010, 2014, 2020, 2026, 2033))
        hours = random_spec(source, zone, year)
        calendar, other = Calendar(hours), schedule(hours)
        for _ in range(25):
            start = at(f"{year}-01-01") + source.randrange(400 * DAY)
            amount = source.choice((60, 1800, 8 * HOUR, source.randrange(1, 10**6)))
            end = start + source.randrange(40 * DAY)
            context = (hours, start, amount, end)
            assert calendar.due(start, amount) == other.add(moment(start), seconds=amount).timestamp(), (
                context
            )
            assert calendar.subtract(end, amount) == other.sub(moment(end), seconds=amount).timestamp(), (
                context
            )
            assert calendar.elapsed(start, end) == other.between(moment(start), moment(end)).total_seconds()
            assert calendar.next_open(start) == other.next_period(moment(start))[0].timestamp(), context


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Rome", "America/New_York"])
def test_agrees_with_a_walk_over_minutes_and_pauses(zone: str) -> None:
    source = random.Random(zone)
    for _ in range(20):
        hours = random_spec(source, zone, 2026)
        calendar, walk = Calendar(hours), MinuteWalk(hours)
        start = at("2026-05-04 00:00") + 60 * source.randrange(7 * 1440)  # no clock changes within reach
        pauses = []
        for _ in range(source.choice((0, 1, 2, 3))):
            begun = start + 60 * source.randrange(-600, 2880)
            pauses.append((begun, begun + 60 * source.randrange(0, 900)))
        amount = 60 * source.randrange(1, 1200)
        due = calendar.due(start, amount, pauses)
        assert due == walk.due(start, amount, pauses), (hours, start, amount, pauses)
        end = start + 60 * source.randrange(4000)
        assert calendar.elapsed(start, end, pauses) == walk.elapsed(start, end, pauses)
        assert calendar.is_open(start) == walk.is_open(start)


@pytest.mark.parametrize(("zone", "day"), [("Europe/Rome", "2026-10-25"), ("America/New_York", "2026-11-01")])
def test_the_day_of_a_fold_second_by_second(zone: str, day: str) -> None:
    # Hours of the whole day: then the wall clock alone says whether a repeated second is open.
    hours = spec((0, 24), zone=zone, days=[6])
    calendar, walk = Calendar(hours), MinuteWalk(hours)
    start = at(f"{day} 00:00", zone) - 1800
    used = 0
    for instant in range(start, start + 27 * HOUR, 7):
        assert calendar.elapsed(start, instant) == used or instant == start
        used += sum(walk.is_open(second) for second in range(instant, instant + 7))
    assert used == 25 * HOUR


class TestDue:
    def test_used_up_at_closing_is_due_at_closing(self) -> None:
        assert office().due(MONDAY + 16 * HOUR, HOUR) == MONDAY + 17 * HOUR
        assert office().due(MONDAY + 16 * HOUR, HOUR + 1) == MONDAY + DAY + 9 * HOUR + 1

    def test_nothing_is_due_at_once_also_out_of_hours(self) -> None:
        assert office().due(WEEKEND, 0) == WEEKEND

    def test_around_the_clock_is_plain_addition(self) -> None:
        always = Calendar(spec((0, 24), days=range(7), zone="America/New_York"))
        assert always.due(MONDAY, 5) == MONDAY + 5
        assert always.due(MONDAY, 5, [(MONDAY + 3, MONDAY + 100)]) == MONDAY + 102
        assert always.next_close(MONDAY) is None
        assert always.next_change(MONDAY) is None

    def test_reaches_back_and_forth_over_decades(self) -> None:
        calendar = office("Europe/Rome")
        late = calendar.due(at("2090-01-02 12:00"), 400 * HOUR)
        early = calendar.due(at("1950-01-02 12:00"), 400 * HOUR)
        fresh = office("Europe/Rome")
        assert (early, late) == (
            fresh.due(at("1950-01-02 12:00"), 400 * HOUR),
            fresh.due(at("2090-01-02 12:00"), 400 * HOUR),
        )
        assert calendar.elapsed(at("2026-01-05"), at("2026-01-12")) == 40 * HOUR

    def test_an_instant_that_makes_no_sense_is_an_error_and_no_hang(self) -> None:
        with pytest.raises(CalendarError, match="1900 to 2299"):
            office().due(10**15, 5)
        with pytest.raises(CalendarError, match="before the year 2300"):
            office().due(MONDAY, 10**12)


class TestNeverOpen:
    def test_a_calendar_without_hours_is_refused(self) -> None:
        with pytest.raises(CalendarError, match="never open"):
            Calendar(CalendarSpec(name="empty", zone="Etc/UTC", hours=((),) * 7))

    def test_a_year_of_holidays_is_crossed(self) -> None:
        closed = [(date(2026, 1, 1) + timedelta(days=n)).isoformat() for n in range(900)]
        assert office(holidays=closed).next_open(at("2026-01-01")) == at("2028-06-19 09:00")

    @pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd"])
    def test_an_unknown_zone_is_refused(self, zone: str) -> None:
        with pytest.raises(CalendarError, match="not an IANA time zone"):
            Calendar(spec((9, 17), zone=zone))

    @pytest.mark.parametrize("block", [(-1, 5), (24, 25), (9, 25)])
    def test_hours_out_of_the_day_are_refused(self, block: tuple[int, int]) -> None:
        with pytest.raises(CalendarError, match="not inside one day"):
            Calendar(spec(block))


class TestHours:
    def test_night_hours_end_on_the_next_date_and_its_holiday_closes_them(self) -> None:
        night = spec((22, 6), days=[0], holidays=["2026-05-05"])
        assert Calendar(night).elapsed(MONDAY, MONDAY + 2 * DAY) == 2 * HOUR

    def test_overlapping_blocks_are_united_after_a_gap_moved_one_of_them(self) -> None:
        # Sao Paulo, 2014-10-19: 00:00 to 01:00 is skipped, so 00:45 is 01:45, and 01:30 is still 01:30.
        blocks = ((45 * 60, 8 * HOUR), (90 * 60, 9 * HOUR))
        hours = CalendarSpec(name="x", zone="America/Sao_Paulo", hours=((),) * 6 + (blocks,))
        morning = at("2014-10-19 12:00", "America/Sao_Paulo")
        assert Calendar(hours).elapsed(morning - DAY // 2, morning) == 7 * HOUR + 30 * 60

    def test_equal_hours_are_a_whole_day(self) -> None:
        assert Calendar(spec((9, 9), days=[0])).elapsed(MONDAY, MONDAY + 3 * DAY) == DAY

    def test_overlapping_blocks_count_once(self) -> None:
        assert Calendar(spec((9, 12), (11, 15), days=[0])).elapsed(MONDAY, MONDAY + DAY) == 6 * HOUR

    def test_the_complement_is_open_exactly_when_the_calendar_is_not(self) -> None:
        standard = spec((9, 17), zone="America/New_York", holidays=["2026-05-06"])
        extended = Calendar(standard.complement("extended"))
        base = Calendar(standard)
        assert extended.elapsed(MONDAY, MONDAY + 7 * DAY) == 128 * HOUR + 8 * HOUR
        for instant in range(MONDAY, MONDAY + 7 * DAY, 1800):
            assert base.is_open(instant) != extended.is_open(instant)

    def test_next_change_alternates(self) -> None:
        calendar = office()
        assert calendar.next_change(WEEKEND) == MONDAY + 7 * DAY + 9 * HOUR
        assert calendar.next_change(MONDAY + 9 * HOUR) == MONDAY + 17 * HOUR

    def test_next_open_skips_a_pause_over_the_opening(self) -> None:
        opening = MONDAY + 9 * HOUR
        assert office().next_open(MONDAY, [(opening, opening + 60)]) == opening + 60


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("start", "days", "expected"),
        [
            ("2026-05-06 14:00", 1, "2026-05-07 14:00"),
            ("2026-05-08 14:00", 1, "2026-05-11 14:00"),
            ("2026-05-09 14:00", 1, "2026-05-12 09:00"),  # counts from Monday's opening
            ("2026-05-06 20:00", 1, "2026-05-08 09:00"),  # counts from Thursday's opening
            ("2026-05-06 14:00", 0, "2026-05-06 14:00"),
            ("2026-05-06 07:00", 0, "2026-05-06 09:00"),
        ],
    )
    def test_same_time(self, start: str, days: int, expected: str) -> None:
        assert office().business_day(at(start), days) == at(expected)

    def test_a_shorter_day_ends_at_its_closing(self) -> None:
        hours = CalendarSpec(
            name="short Friday",
            zone="Etc/UTC",
            hours=((((9 * HOUR, 19 * HOUR)),),) * 4 + (((11 * HOUR, 13 * HOUR),),) + ((), ()),
        )
        calendar = Calendar(hours)
        assert calendar.business_day(at("2026-05-07 18:00"), 1) == at("2026-05-08 13:00")
        assert calendar.business_day(at("2026-05-07 09:30"), 1) == at("2026-05-08 11:00")

    def test_end_of_day_is_of_the_local_date_also_in_hours_that_never_close(self) -> None:
        calendar = Calendar(spec((0, 24), zone="America/Chicago"))
        monday = at("2026-05-04 10:00", "America/Chicago")
        assert calendar.business_day(monday, 0, DayMode.END_OF_DAY) == at(
            "2026-05-05 00:00", "America/Chicago"
        )
        assert calendar.business_day(monday, 2, DayMode.END_OF_DAY) == at(
            "2026-05-07 00:00", "America/Chicago"
        )

    def test_a_skipped_date_is_no_business_day(self) -> None:
        calendar = office("Pacific/Apia")
        thursday = at("2011-12-29 10:00", "Pacific/Apia")
        assert calendar.business_day(thursday, 1) == at("2012-01-02 10:00", "Pacific/Apia")

    def test_backward_is_refused(self) -> None:
        with pytest.raises(ValueError, match="forward"):
            office().business_day(MONDAY, -1)


INSTANTS = st.integers(at("2025-01-01"), at("2027-12-31"))
AMOUNTS = st.integers(1, 200 * HOUR)
SPANS = st.lists(st.tuples(INSTANTS, st.integers(0, 5 * DAY)).map(lambda p: (p[0], p[0] + p[1])), max_size=4)
CALENDARS = [
    office("Europe/Rome", ["2026-12-25"]),
    Calendar(spec((22, 6), zone="America/New_York", days=range(7))),
    Calendar(spec((0, 3), (4, 5), (23, 24), zone="Australia/Lord_Howe", days=[0, 2, 6])),
    Calendar(spec((0, 24), days=range(7), zone="America/Sao_Paulo")),
]
CALENDAR = st.sampled_from(CALENDARS)


class TestProperties:
    @settings(deadline=None)
    @given(CALENDAR, INSTANTS, AMOUNTS, SPANS)
    def test_exactly_the_amount_has_passed_at_the_due_time(
        self, calendar: Calendar, start: int, amount: int, pauses: list[tuple[int, int]]
    ) -> None:
        due = calendar.due(start, amount, pauses)
        assert calendar.elapsed(start, due, pauses) == amount
        assert calendar.elapsed(start, due - 1, pauses) == amount - 1  # and not a second earlier

    @settings(deadline=None)
    @given(CALENDAR, INSTANTS, st.integers(0, DAY), AMOUNTS, st.integers(0, DAY), SPANS)
    def test_later_and_longer_is_never_due_earlier(
        self,
        calendar: Calendar,
        start: int,
        later: int,
        amount: int,
        longer: int,
        pauses: list[tuple[int, int]],
    ) -> None:
        assert calendar.due(start, amount, pauses) <= calendar.due(start + later, amount + longer, pauses)

    @settings(deadline=None)
    @given(CALENDAR, INSTANTS, AMOUNTS)
    def test_subtract_undoes_elapsed(self, calendar: Calendar, end: int, amount: int) -> None:
        start = calendar.subtract(end, amount)
        assert calendar.elapsed(start, end) == amount
        assert calendar.elapsed(start + 1, end) == amount - 1

    @settings(deadline=None)
    @given(CALENDAR, INSTANTS, AMOUNTS, SPANS, st.randoms(use_true_random=False))
    def test_pauses_may_come_in_any_order_and_in_pieces(
        self,
        calendar: Calendar,
        start: int,
        amount: int,
        pauses: list[tuple[int, int]],
        source: random.Random,
    ) -> None:
        pieces = [(a, (a + b) // 2) for a, b in pauses] + [((a + b) // 2, b) for a, b in pauses]
        source.shuffle(pieces)
        assert calendar.due(start, amount, pieces) == calendar.due(start, amount, unite(pauses))

    @settings(deadline=None)
    @given(INSTANTS, st.integers(0, 30 * DAY))
    def test_a_calendar_and_its_complement_make_up_all_time(self, start: int, span: int) -> None:
        for calendar in CALENDARS[:3]:
            other = Calendar(calendar.spec.complement("other"))
            if calendar.spec.zone == "Australia/Lord_Howe":
                continue  # a gap inside both moves an opening of each
            assert calendar.elapsed(start, start + span) + other.elapsed(start, start + span) == span

    @settings(deadline=None)
    @given(INSTANTS, st.integers(0, 30 * DAY))
    def test_the_union_counts_what_either_counts(self, start: int, span: int) -> None:
        end = start + span
        morning, noon = spec((8, 12)), spec((10, 14))
        union, overlap = Calendar(spec((8, 12), (10, 14))), Calendar(spec((10, 12)))
        parts = Calendar(morning).elapsed(start, end) + Calendar(noon).elapsed(start, end)
        assert union.elapsed(start, end) == parts - overlap.elapsed(start, end)
