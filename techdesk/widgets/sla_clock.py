"""The text of a countdown. Pure: a row's stored instants and the present in, a few cells out.

The text is coarse where seconds mean nothing, so that a screen full of countdowns repaints a handful of
cells a minute (TEXTUAL A2). Time is wall-clock time to the deadline, which makes two tickets of different
business hours comparable; business time left is on the ticket's own screen.
"""

from __future__ import annotations

from techdesk.model import Instant, Status
from techdesk.sla.evaluation import Level, Metric, RowClock, Urgency, is_reminder, level_at

WIDTH = 7
"""Cells of a countdown: ``-04:31``, ``1h 12m``, ``-3d 04h``, ``age 12d``."""
FINE = 600
"""Seconds to the deadline under which the text counts seconds."""

GLYPHS = {
    Level.BREACHED: "!!",
    Level.CRITICAL: "! ",
    Level.WARNING: "* ",
    Level.OK: "  ",
    Level.NONE: "  ",
}
"""One glyph a level, in characters that every font has."""
PAUSED_GLYPH = "||"
OVERDUE_GLYPH = "? "
"""Of a reminder past its hour: nothing is late, and somebody has still to look."""
UNTRIAGED = "untriaged"

_WORDS = {
    Level.BREACHED: "breached",
    Level.CRITICAL: "critical",
    Level.WARNING: "soon",
    Level.OK: "running",
    Level.NONE: "",
}


def span_text(seconds: int) -> str:
    """A duration that is not negative, in six cells at most: ``45s``, ``59m``, ``1h 12m``, ``3d 04h``."""
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86_400:
        return f"{seconds // 3600}h {seconds % 3600 // 60:02d}m"
    if seconds < 100 * 86_400:
        return f"{seconds // 86_400}d {seconds % 86_400 // 3600:02d}h"
    return f"{min(seconds // 86_400, 99_999)}d"


def countdown_text(seconds: int) -> str:
    """Seconds to a deadline, negative when it is over: ``+09:59``, ``-04:31``, ``47m``, ``-1h 12m``."""
    over = seconds < 0
    size = -seconds if over else seconds
    if size < FINE:
        return f"{'-' if over else '+'}{size // 60:02d}:{size % 60:02d}"
    text = f"-{span_text(size)}" if over else span_text(size)
    return text if len(text) <= WIDTH else text.replace(" ", "")


def age_text(seconds: int) -> str:
    """How long a ticket without a target has waited: ``age 5m``, ``age 3d``; whole units only."""
    seconds = max(0, seconds)
    if seconds >= 100 * 86_400:
        weeks = seconds // (7 * 86_400)
        return f"age {weeks}w" if weeks < 100 else f"age {min(weeks // 52, 99)}y"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"age {seconds // size}{unit}"
    return "age 0m"


def is_paused(clock: RowClock) -> bool:
    """Whether the target waits, so that nothing runs out meanwhile."""
    return clock.urgency is Urgency.PAUSED


def clock_text(clock: RowClock, created: Instant, status: Status, now: Instant) -> str:
    """What the clock column says, at most ``WIDTH`` cells."""
    if not status.is_active:
        return "done"
    if is_paused(clock):
        return "paused" if clock.left is None else span_text(max(0, clock.left))
    if _at_once(clock, now):
        return "NOW"
    deadline = clock.due if clock.due is not None else clock.breach_at
    if deadline is None or _past_its_hour(clock, now):
        return age_text(now - created)
    return countdown_text(deadline - now)


def clock_level(clock: RowClock, status: Status, now: Instant) -> Level:
    """How near the row's target is to its end."""
    if not status.is_active or clock.urgency is not Urgency.CLOCK:
        return Level.NONE
    level = level_at(now, clock.warning_at, clock.critical_at, clock.breach_at)
    return max(level, Level.CRITICAL) if clock.immediate else level


def _past_its_hour(clock: RowClock, now: Instant) -> bool:
    """Whether it reminds of what nobody has done by its hour: no breach, so no time with a minus."""
    reminds = clock.urgency is Urgency.CLOCK and is_reminder(clock.due, clock.breach_at)
    return reminds and clock.due is not None and now >= clock.due


def _at_once(clock: RowClock, now: Instant) -> bool:
    """Whether *at once* says more than a number: there is none, or its first warning lies ahead."""
    return clock.immediate and (clock.due is None or clock.warning_at is None or now < clock.warning_at)


def clock_glyph(clock: RowClock, status: Status, now: Instant) -> str:
    """Two cells that tell the level without colour."""
    if status.is_active and is_paused(clock):
        return PAUSED_GLYPH
    if status.is_active and _past_its_hour(clock, now):
        return OVERDUE_GLYPH
    return GLYPHS[clock_level(clock, status, now)]


def clock_word(clock: RowClock, status: Status, now: Instant) -> str:
    """The level in a word; empty for a ticket without a target."""
    if not status.is_active:
        return ""
    if is_paused(clock):
        return "paused"
    if _past_its_hour(clock, now):
        return reminder_word(clock.metric)
    level = clock_level(clock, status, now)
    return "at once" if clock.immediate and level is Level.CRITICAL else _WORDS[level]


def reminder_word(label: str) -> str:
    """What stands beside a reminder past its hour: an e-mailed ticket without a grade is *untriaged*."""
    return UNTRIAGED if label == Metric.REVIEW.label else "reminder"
