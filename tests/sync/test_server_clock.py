"""The server's time from Date headers, with a local clock that is wrong."""

from __future__ import annotations

from random import Random

from techdesk.sync.server_clock import ServerTime


class Wrong:
    """A local clock that only the test moves."""

    def __init__(self, local: float) -> None:
        self.time = local
        self.offsets: list[float] = []

    def local(self) -> float:
        return self.time

    def set_offset(self, seconds: float) -> None:
        self.offsets.append(seconds)


def answer(server: ServerTime, clock: Wrong, true_offset: float, random: Random, round_trip: float) -> None:
    """One exchange: the server writes its Date at a random moment of it."""
    sent = clock.time
    moment = random.random() * round_trip
    clock.time += round_trip
    server.observe(sent, clock.time, int(sent + moment + true_offset))


def test_one_answer_bounds_the_offset_to_about_half_a_second() -> None:
    clock = Wrong(1_000.0)
    server = ServerTime(clock)
    assert server.error is None
    server.observe(1_000.0, 1_000.08, 1_137)
    assert server.error is not None
    assert abs(server.error - 0.54) < 1e-6
    assert abs(server.offset - 137.46) < 1e-6
    assert clock.offsets == [server.offset]


def test_thirty_answers_come_within_fifty_milliseconds_and_always_hold_the_truth() -> None:
    for seed in range(50):
        random = Random(seed)
        clock = Wrong(random.random() * 1e6)
        true = random.uniform(-1e4, 1e4)
        server = ServerTime(clock)
        for _ in range(30):
            clock.time += random.uniform(1, 30)
            answer(server, clock, true, random, 0.08)
            assert server.error is not None
            assert abs(server.offset - true) <= server.error + 1e-6
        assert abs(server.offset - true) < 0.12
        assert abs(clock.offsets[-1] - true) < 0.2


def test_a_clock_that_was_set_starts_anew() -> None:
    clock = Wrong(1_000.0)
    server = ServerTime(clock)
    for _ in range(5):
        clock.time += 10
        server.observe(clock.time, clock.time + 0.05, int(clock.time))
    server.observe(clock.time, clock.time + 0.05, int(clock.time) + 600)
    assert 599 < server.offset < 601
    assert clock.offsets[-1] == server.offset


def test_milliseconds_bound_it_at_once() -> None:
    clock = Wrong(1_000.0)
    server = ServerTime(clock)
    server.observe(1_000.0, 1_000.02, 1_100.51, 0.001)
    assert server.error is not None
    assert server.error < 0.011
    assert abs(server.offset - 100.5) < 0.011


def test_tiny_corrections_are_not_passed_on() -> None:
    clock = Wrong(1_000.0)
    server = ServerTime(clock)
    for step in range(20):
        server.observe(1_000.0 + step, 1_000.02 + step, 1_100.51 + step + 0.001 * (step % 3), 0.001)
    assert len(clock.offsets) == 1


def test_a_clock_that_ran_backwards_in_between_says_nothing() -> None:
    server = ServerTime(Wrong(0.0))
    server.observe(10.0, 9.0, 100)
    assert server.error is None


def test_a_local_clock_that_was_set_moves_the_bounds_along() -> None:
    clock = Wrong(1_000.0)
    server = ServerTime(clock)
    server.observe(1_000.0, 1_000.0, 1_137, resolution=0.001)
    clock.time += 137.0  # somebody put it right
    server.jumped(137.0)
    assert abs(server.offset) < 0.001
    assert server.error is not None
    before = server.error
    clock.time += 1.0
    server.observe(clock.time, clock.time, clock.time)
    assert server.error <= before + 0.001, "the earlier bounds still count"


def test_a_date_that_no_calendar_can_show_is_not_believed() -> None:
    clock = Wrong(1_000.0)
    server = ServerTime(clock)
    for date in (999_999_999_999.999, float(1 << 36), -62_135_596_800):
        server.observe(1_000.0, 1_000.1, date, 0.001)
    assert server.error is None
    assert clock.offsets == []
