"""Instants, spans and counts inside a gate's sentence."""

from __future__ import annotations

from datetime import datetime

from techdesk.model import Instant, Status
from techdesk.text import zone_name

STATUS_WORDS = {
    Status.NEW: "new",
    Status.OPEN: "open",
    Status.WAITING: "waiting for the customer",
    Status.HOLD: "on hold",
    Status.VENDOR: "with a vendor",
    Status.RESOLVED: "resolved",
    Status.CLOSED: "closed",
}


def moment(at: Instant | None) -> str:
    """``2026-11-09 10:12 CET`` in this machine's time zone: a technician compares it with the wall clock.

    The label tells two viewers that they read one instant, and which of two equal hours in autumn it is.
    """
    if at is None:
        return "never"
    local = datetime.fromtimestamp(at).astimezone()
    return f"{local:%Y-%m-%d %H:%M} {zone_name(local)}"


def span(seconds: int) -> str:
    """A length of time in its two largest units: ``6 d 23 h``, ``45 min``."""
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts: list[str] = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def exactly(seconds: int) -> str:
    """A length of time that is waited for: ``6 d 23 h``, ``1 h 00 min``, ``4 min 05 s``."""
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {left:02d} s"


def quantity(count: int, one: str, many: str) -> str:
    """``1 inquiry``, ``no inquiries``, ``3 inquiries``."""
    if count == 1:
        return f"1 {one}"
    return f"{count:,} {many}" if count else f"no {many}"
