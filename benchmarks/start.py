"""Start to the first painted row of the queue, beside the first frame of an empty Textual program."""

from __future__ import annotations

from benchmarks.program import FIRST_ROW, floor, techdesk
from benchmarks.report import Figure, median


def measure(sizes: tuple[int, ...], runs: int = 15) -> list[Figure]:
    """Median of ``runs`` interleaved starts at each size; milliseconds."""
    empty: list[float] = []
    starts: dict[int, list[float]] = {size: [] for size in sizes}
    for run in range(runs + 1):
        with floor("empty") as session:
            bare = session.wait_bytes(b"READY") * 1000
        if run:  # the first of each warms the page cache
            empty.append(bare)
        for size in sizes:
            with techdesk(size) as session:
                taken = session.wait_bytes(FIRST_ROW) * 1000
            if run:
                starts[size].append(taken)
    figures = [
        Figure(
            name=f"first queue at {size:,} tickets",
            value=median(times),
            unit="ms",
            floor=median(empty),
            budget=1.3,
        )
        for size, times in starts.items()
    ]
    medians = [figure.value for figure in figures]
    figures.append(
        Figure(name="slowest size over fastest size", value=max(medians) / min(medians), unit="x", budget=1.2)
    )
    return figures
