"""Figures: what was measured, the floor of the same run, the budget, and how they are told."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec

OUT = Path(__file__).parent / "out"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured number."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    """The same measure of the least program that could do it, in the same run."""
    budget: float | None = None
    """Greatest (or least, with ``at_least``) value allowed: of the ratio where there is a floor."""
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over floor."""
        return self.value / self.floor if self.floor else None

    @property
    def kept(self) -> bool | None:
        """Whether the budget is kept; None where there is none."""
        if self.budget is None:
            return None
        judged = self.value if self.ratio is None else self.ratio
        return judged >= self.budget if self.at_least else judged <= self.budget


def percentile(values: Sequence[float], share: float) -> float:
    """Value below which ``share`` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """Middle value."""
    return statistics.median(values)


def show(figure: Figure) -> str:
    """One line for people."""
    parts = [f"{figure.name:<52} {figure.value:>11.5g} {figure.unit:<6}"]
    if figure.ratio is not None:
        parts.append(f"floor {figure.floor:>8.4g}  ratio {figure.ratio:>5.2f}")
    if figure.budget is not None:
        sign = ">=" if figure.at_least else "<="
        parts.append(f"budget {sign} {figure.budget:g}  {'kept' if figure.kept else 'MISSED'}")
    if figure.note:
        parts.append(figure.note)
    return "  ".join(parts)


def save(figures: Sequence[Figure], name: str) -> Path:
    """Write the figures as JSON beside a word on the machine; gives the file."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"{name}.json"
    told = {
        "python": platform.python_version(),
        "system": platform.system(),
        "figures": [
            {**msgspec.to_builtins(figure), "ratio": figure.ratio, "kept": figure.kept} for figure in figures
        ],
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1))
    return path
