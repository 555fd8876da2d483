"""Readings that come by themselves keep no core busy."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from techdesk.screens.resting import REST, Owner, Rested


class Slow:
    """A screen whose time is told, and whose timers go off when they are let."""

    def __init__(self) -> None:
        self.time = 0.0
        self.reads = 0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.workbench = SimpleNamespace(clock=SimpleNamespace(monotonic=lambda: self.time))
        self.rested = Rested(cast("Owner", self), self.read)

    def read(self) -> None:
        self.reads += 1

    def set_timer(self, delay: float, callback: Callable[[], None], *, name: str) -> object:
        self.timers.append((delay, callback))
        return self


def test_what_has_not_been_read_yet_is_read_at_once() -> None:
    slow = Slow()
    slow.rested.ask()
    assert (slow.reads, slow.timers) == (1, [])


def test_after_a_long_reading_changes_wait_and_are_read_together() -> None:
    slow = Slow()
    slow.rested.took(0.2)
    for _ in range(3):
        slow.rested.ask()
    assert slow.reads == 0
    ((delay, goes_off),) = slow.timers
    assert delay == 0.2 * REST
    slow.time += delay
    goes_off()
    assert slow.reads == 1
    slow.rested.ask()
    assert slow.reads == 2, "it has rested: the next change is seen at once"
