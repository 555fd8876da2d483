"""Key to paint: the first byte of the answer, beside a list of a hundred constant rows."""

from __future__ import annotations

from benchmarks.program import FIRST_ROW, floor, techdesk
from benchmarks.report import Figure, percentile
from tests.terminal.session import Session

COUNT = 100
OPENED = 40
"""Tickets opened: of twenty the 95th percentile would be the worst."""


def key_times(session: Session, keys: tuple[str, ...]) -> list[float]:
    """Milliseconds to the first byte for each key that was answered."""
    paints = [session.time_key(keys[turn % len(keys)], quiet=0.03, limit=0.5) for turn in range(COUNT)]
    return [paint.first * 1000 for paint in paints if paint.size]


def measure(size: int) -> list[Figure]:
    """95th percentiles in milliseconds, as ratios to the floor list."""
    moves = {
        "cursor in view": (("j", "k"), ("down", "up"), 1.5),
        "scroll by one": (("j",), ("down",), 2.0),
        "page": (("pagedown", "pageup"), ("pagedown", "pageup"), 2.0),
    }
    figures = []
    with floor("list") as bare, techdesk(size) as session:
        bare.wait_bytes(b"READY")
        bare.settle(0.5)
        session.wait_bytes(FIRST_ROW)
        session.settle(1.5, limit=8)
        for name, (keys, floor_keys, budget) in moves.items():
            if name == "scroll by one":
                for one in (session, bare):
                    one.type("pagedown")
            ours, least = key_times(session, keys), key_times(bare, floor_keys)
            figures.append(
                Figure(
                    name=f"{name}, p95, {size:,} tickets",
                    value=percentile(ours, 0.95),
                    unit="ms",
                    floor=percentile(least, 0.95),
                    budget=budget,
                )
            )
            figures.append(
                Figure(
                    name=f"{name}, p99, {size:,} tickets",
                    value=percentile(ours, 0.99),
                    unit="ms",
                    budget=25,
                )
            )
        figures += _screens(session, size)
    return figures


def _screens(session: Session, size: int) -> list[Figure]:
    """Open a ticket, the next one, back: milliseconds to the first byte, 95th percentile; and the very first
    ticket opened, which finds ready what was loaded and read while nobody typed."""
    times: dict[str, list[float]] = {"open a ticket": [], "next ticket": [], "back": []}
    keys = {"open a ticket": "enter", "next ticket": "J", "back": "q"}
    budgets = {"open a ticket": 30, "next ticket": 30, "back": 15}
    for _ in range(OPENED):
        for name, key in keys.items():
            paint = session.time_key(key, quiet=0.1, limit=1)
            times[name].append(paint.first * 1000)
    first = Figure(
        name=f"first ticket opened, {size:,} tickets",
        value=times["open a ticket"][0],
        unit="ms",
        note="one measurement",
    )
    return [
        first,
        *(
            Figure(
                name=f"{name}, p95, {size:,} tickets",
                value=percentile(taken, 0.95),
                unit="ms",
                budget=budgets[name],
            )
            for name, taken in times.items()
        ),
    ]
