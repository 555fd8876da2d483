"""The one source of time."""

from __future__ import annotations

from techdesk.clock import FrozenClock, Sleeps, SystemClock, skew_words


def test_the_server_s_offset_moves_now_and_nothing_else() -> None:
    clock = SystemClock()
    before, steady = clock.precise(), clock.monotonic()
    clock.set_offset(137.0)
    assert 136.9 < clock.precise() - before < 138
    assert clock.monotonic() - steady < 1
    assert clock.offset == 137.0


def test_a_wall_clock_that_somebody_sets_moves_no_countdown() -> None:
    clock = SystemClock()
    clock._anchor_wall -= 3600  # as if the wall clock had been put forward by an hour since
    before = clock.precise()
    assert 3599 < clock.jump() < 3601
    assert clock.precise() - before < 1
    assert 3599 < clock.rebase() < 3601
    assert abs(clock.jump()) < 1
    assert 3599 < clock.precise() - before < 3601


async def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = FrozenClock(1000)
    assert (clock.now(), clock.precise(), clock.monotonic()) == (1000, 1000.0, 1000.0)
    clock.advance(0.5)
    await clock.sleep(2)
    assert clock.precise() == 1002.5


def test_a_suspension_is_noticed_once() -> None:
    asleep = [100.0]
    sleeps = Sleeps(lambda: asleep[0])
    assert sleeps.lately() == 0.0
    asleep[0] += 3600
    assert sleeps.lately() == 3600.0
    assert sleeps.lately() == 0.0


def test_the_system_tells_of_its_own_suspensions() -> None:
    assert 0.0 <= Sleeps().lately() < 1.0


def test_a_wrong_clock_has_words() -> None:
    assert skew_words(137.2) == "local clock 137 s slow, corrected"
    assert skew_words(-3597) == "local clock 60 min fast, corrected"
    assert skew_words(213_501) == "local clock 2 days slow, corrected"
    assert skew_words(-61.0) == "local clock 61 s fast, corrected"
    assert skew_words(1.9) == skew_words(-1.9) == ""
