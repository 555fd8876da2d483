"""Back-off: full jitter, capped, never below what the server asks for."""

from __future__ import annotations

from random import Random

from techdesk.sync.pacing import CAP_SECONDS, BackOff, wait_seconds


def test_the_ceiling_doubles_up_to_the_cap() -> None:
    random = Random(7)
    for failures, ceiling in (
        (0, 1),
        (1, 1),
        (2, 2),
        (3, 4),
        (6, 32),
        (10, CAP_SECONDS),
        (10**9, CAP_SECONDS),
    ):
        drawn = [wait_seconds(failures, random) for _ in range(300)]
        assert all(0 <= seconds <= ceiling for seconds in drawn)
        assert max(drawn) > 0.9 * ceiling
        assert min(drawn) < 0.1 * ceiling, "full jitter begins at nothing"


def test_retry_after_wins() -> None:
    assert all(wait_seconds(1, Random(seed), 90.0) >= 90.0 for seed in range(20))


def test_success_begins_anew() -> None:
    back_off = BackOff(Random(1))
    for _ in range(20):
        back_off.failed()
    back_off.succeeded()
    assert back_off.failed() <= 1.0
