"""A part of the workbench: one subject, with the workbench's own store, clock and person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from techdesk.model import Instant

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench


class BenchPart:
    """What ``Judging`` and ``Performing`` share."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._reader = bench.reader
        self._surface = bench.surface

    @property
    def _now(self) -> Instant:
        return self._bench.clock.now()

    @property
    def _me(self) -> str:
        """Our own id; another after the first connection."""
        return self._bench.me.id
