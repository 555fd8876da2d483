"""The one source of time."""

from __future__ import annotations

from techdesk.clock import FrozenClock, SystemClock


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
    clock.rebase()
    assert abs(clock.jump()) < 1
    assert 3599 < clock.precise() - before < 3601


async def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = FrozenClock(1000)
    assert (clock.now(), clock.precise(), clock.monotonic()) == (1000, 1000.0, 1000.0)
    clock.advance(0.5)
    await clock.sleep(2)
    assert clock.precise() == 1002.5
