"""A server clock that only listens."""

from __future__ import annotations


class Heard:
    """Remembers what it was told; its local time stands still unless set."""

    def __init__(self, local: float = 1_000.0) -> None:
        self.now = local
        self.observed: list[tuple[float, float, float, float]] = []

    def local(self) -> float:
        return self.now

    def observe(self, sent: float, received: float, date: float, resolution: float = 1.0) -> None:
        self.observed.append((sent, received, date, resolution))
