"""A ticket's targets with their countdowns: all of them in a panel, or the urgent ones on one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import ClassVar

from rich.cells import cell_len
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from techdesk.model import Instant
from techdesk.sla.evaluation import Evaluation, Level, Metric, TargetState, Verdict
from techdesk.widgets.cells import Line, Words, cut, paint, wrap
from techdesk.widgets.moments import age, due_time, span, wall_time, zone_label
from techdesk.widgets.sla_clock import GLYPHS, OVERDUE_GLYPH, countdown_text, reminder_word

METRIC_WORDS = {
    Metric.REVIEW: "review",
    Metric.FIRST_RESPONSE: "first response",
    Metric.NEXT_RESPONSE: "next response",
    Metric.ESCALATION: "escalation",
    Metric.RESOLUTION: "resolution",
    Metric.STEP: "step",
}
LEVEL_WORDS = {
    Level.BREACHED: "late",
    Level.CRITICAL: "critical",
    Level.WARNING: "due soon",
    Level.OK: "",
    Level.NONE: "",
}
_LEVEL_STYLES = {
    Level.BREACHED: "targets--breached",
    Level.CRITICAL: "targets--critical",
    Level.WARNING: "targets--warning",
    Level.OK: "targets--ok",
    Level.NONE: "targets--quiet",
}

_WORD_STYLES = {"targets--breached": "targets--critical"}
"""One reversed field a target is enough."""


def clock_words(target: TargetState, now: Instant) -> Words:
    """Glyph and clock of one target, and the component class of how near it is to its end."""
    match target.verdict:
        case Verdict.MET:
            return "ok met", "targets--met"
        case Verdict.MISSED:
            return "xx missed", "targets--missed"
        case Verdict.REPLACED:
            return "-- replaced", "targets--quiet"
        case Verdict.PAUSED:
            return f"|| {span(target.left)} left", "targets--paused"
        case Verdict.RUNNING if target.immediate and target.due is None:
            return f"!  {countdown_text(target.started - now).lstrip('-')} at once", "targets--critical"
        case Verdict.RUNNING if _past_its_hour(target, now):
            words = f"{OVERDUE_GLYPH} {reminder_word(target.metric.label)}"
            return words, _LEVEL_STYLES[target.level(now)]
        case Verdict.RUNNING if target.due is not None:
            level = target.level(now)
            words = f"{GLYPHS[level]} {countdown_text(target.due - now)}"
            at_once = " at once" if target.immediate and level is Level.CRITICAL else ""
            return f"{words}{at_once}", _LEVEL_STYLES[level]
        case _:
            return f"   {age(max(0, now - target.started))} old", "targets--quiet"


def _past_its_hour(target: TargetState, now: Instant) -> bool:
    return target.reminder and target.due is not None and now >= target.due


def spent_words(target: TargetState, now: Instant) -> str:
    """Business time, in words: what is left, by how much it was missed, when it was met."""
    if not target.amount:
        return ""
    match target.verdict:
        case Verdict.MET | Verdict.MISSED:
            over = target.elapsed - target.amount
            if target.verdict is Verdict.MISSED and over > 0:
                return f"{span(over)} over its {span(target.amount)}"
            return f"used {span(target.elapsed)} of {span(target.amount)}"
        case Verdict.RUNNING if target.left < 0 and target.reminder:
            return f"{span(-target.left)} past its {span(target.amount)}; no objective, so nothing is late"
        case Verdict.RUNNING if target.left < 0:
            return f"{span(target.left)} of business time over"
        case Verdict.RUNNING | Verdict.PAUSED:
            return f"{span(target.left)} of business time left"
        case _:
            return f"was {span(target.amount)}"


def moments_words(target: TargetState, now: Instant, zone: tzinfo | None) -> str:
    """The target's own timeline: start, warning, critical, or when it stopped; with the zone."""
    times = [("from", target.started)]
    if target.verdict is Verdict.RUNNING and target.due is not None:
        if target.warning_at is not None and target.warning_at > now:
            times.append(("warns", target.warning_at))
        if target.critical_at is not None and target.critical_at > now and not target.reminder:
            times.append(("critical", target.critical_at))
    if target.stopped is not None:
        words = {Verdict.REPLACED: "regraded", Verdict.MET: "met", Verdict.MISSED: "answered"}
        times.append((words.get(target.verdict, "stopped"), target.stopped))
    labels = [zone_label(at, zone) for _, at in times]
    if len(set(labels)) == 1:  # said once, at the end; over a change of the clocks each has its own
        return ", ".join(f"{word} {wall_time(at, now, zone)}" for word, at in times) + f" {labels[0]}"
    return ", ".join(f"{word} {due_time(at, now, zone)}" for word, at in times)


class Targets(Widget):
    """Every target of one ticket; ``one_line`` shows only those that count, side by side."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "targets--title",
        "targets--breached",
        "targets--critical",
        "targets--warning",
        "targets--ok",
        "targets--paused",
        "targets--met",
        "targets--missed",
        "targets--quiet",
        "targets--label",
        "targets--name",
        "targets--note",
    }
    DEFAULT_CSS = """
    Targets { height: auto; width: 1fr; padding: 0 1; }
    Targets > .targets--title { text-style: bold; }
    Targets > .targets--breached { color: $error; text-style: bold reverse; }
    Targets > .targets--critical { color: $error; text-style: bold; }
    Targets > .targets--warning { color: $warning; text-style: bold; }
    Targets > .targets--ok { color: $success; }
    Targets > .targets--paused { color: $secondary; }
    Targets > .targets--met { color: $success; text-style: dim; }
    Targets > .targets--missed { color: $error; text-style: dim; }
    Targets > .targets--quiet { text-style: dim; }
    Targets > .targets--label { text-style: bold; }
    Targets > .targets--name { text-style: none; }
    Targets > .targets--note { color: $warning; }
    """

    def __init__(self, *, one_line: bool = False, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._one_line = one_line
        self._zone = zone
        self._evaluation: Evaluation | None = None
        self._created: Instant = 0
        self._now: Instant = 0
        self._lines: list[Line] = []
        self._notices: Mapping[str, str] = {}

    def show(
        self,
        evaluation: Evaluation | None,
        created: Instant,
        now: Instant,
        notices: Mapping[str, str] | None = None,
    ) -> None:
        """Show what an evaluation gave; ``created`` gives the age where no target counts.

        ``notices``: by a target's name, who is or was told that it ran out.
        """
        self._notices = notices or {}
        self._evaluation, self._created, self._now = evaluation, created, now
        before = len(self._lines)
        self._lines = self._made(now, self.size.width)
        self.refresh(layout=len(self._lines) != before)

    def tick(self, now: Instant) -> None:
        """A second has passed: repaint the lines whose words changed, up to where they changed."""
        if self._evaluation is None:
            return
        self._now = now
        width = self.size.width
        lines = self._made(now, width)
        if len(lines) != len(self._lines):
            self._lines = lines
            self.refresh(layout=True)
            return
        regions = [
            Region(0, y, min(width, _changed(old, new)), 1)
            for y, (old, new) in enumerate(zip(self._lines, lines, strict=True))
            if old != new
        ]
        self._lines = lines
        if regions:
            self.refresh(*regions)

    @property
    def text(self) -> str:
        """What it says, line by line."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def next_crossing(self) -> Instant | None:
        """The next instant at which some target changes its level, for a new evaluation."""
        if self._evaluation is None:
            return None
        instants = [
            at
            for target in self._evaluation.targets
            if target.verdict is Verdict.RUNNING
            for at in (target.warning_at, target.critical_at, target.due, target.breach_at)
            if at is not None and at > self._now
        ]
        return min(instants, default=None)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._lines = self._made(self._now, width)
        return max(1, len(self._lines)) if self._evaluation is not None else 1

    def on_resize(self) -> None:
        self._lines = self._made(self._now, self.size.width)

    def render_line(self, y: int) -> Strip:
        return paint(self, self._lines[y] if y < len(self._lines) else (), self.size.width)

    # Lines

    def _made(self, now: Instant, width: int) -> list[Line]:
        evaluation = self._evaluation
        if evaluation is None:
            return []
        if self._one_line:
            return [self._summary(evaluation, now)]
        return self._panel(evaluation, now, width) if width > 0 else []

    def _summary(self, evaluation: Evaluation, now: Instant) -> Line:
        """What counts now, most urgent first; then, in short, what came of the others."""
        counting = [t for t in evaluation.targets if t.verdict in (Verdict.RUNNING, Verdict.PAUSED)]
        counting.sort(key=lambda t: (t.informational, t.due is None and not t.immediate, t.due or 0))
        words: list[Words] = []
        for target in counting:
            text, style = clock_words(target, now)
            words += [
                (text, style),
                (f" {target.metric.label}", "targets--label"),
                (f" due {due_time(target.due, now, self._zone)}" if target.due is not None else "", ""),
                ("   ", ""),
            ]
        for target in evaluation.targets:
            if target.verdict in (Verdict.MET, Verdict.MISSED):
                text, style = clock_words(target, now)
                words += [(f"{target.metric.label} {text[3:]}", style), ("   ", "")]
        words += [(f"{told}   ", "targets--note") for target in counting if (told := self._told(target, now))]
        if not words:
            words = [(self._age_words(now), "targets--quiet")]
            if evaluation.note:
                words += [("   ", ""), (evaluation.note, "targets--note")]
        return tuple(words)

    def _told(self, target: TargetState, now: Instant) -> str:
        """For the one line: who was told that a target ran out, or should have been."""
        over = target.breach_at is not None and target.breach_at <= now
        return self._notices.get(target.name, "") if over else ""

    def _age_words(self, now: Instant) -> str:
        old = age(max(0, now - self._created))
        return "opened just now" if old == "just now" else f"age {old}"

    def _panel(self, evaluation: Evaluation, now: Instant, width: int) -> list[Line]:
        policy = evaluation.policy
        lines: list[Line] = [
            (
                ("TARGETS", "targets--title"),
                (f"  {policy} {evaluation.version}".rstrip() if policy else "", "targets--quiet"),
            ),
        ]
        if evaluation.note:
            lines.append(((self._age_words(now), ""),))
            lines += [((text, "targets--note"),) for text in wrap(evaluation.note, width)]
        elif not evaluation.targets:
            lines.append(((self._age_words(now), "targets--quiet"),))
            lines.append((("no target counts here", "targets--quiet"),))
        for target in _in_order(evaluation.targets):
            lines += self._target(target, now, width)
        return lines

    def _target(self, target: TargetState, now: Instant, width: int) -> list[Line]:
        text, style = clock_words(target, now)
        level = "" if _past_its_hour(target, now) else LEVEL_WORDS[target.level(now)]
        over = target.verdict in (Verdict.MET, Verdict.MISSED, Verdict.REPLACED)
        metric: Words = (METRIC_WORDS[target.metric], "targets--quiet" if over else "targets--label")
        heads = _heads((text, style), metric, (level, _WORD_STYLES.get(style, style)), width)
        details: list[tuple[str, str]] = [(target.name, "targets--quiet" if over else "targets--name")]
        if not over and target.due is not None:
            details.append((f"due {due_time(target.due, now, self._zone)}", "targets--name"))
        elif target.verdict is Verdict.PAUSED:
            details.append(("paused: the clock stands still", "targets--paused"))
        details.append((spent_words(target, now), "targets--quiet"))
        details.append((moments_words(target, now, self._zone), "targets--quiet"))
        details.append((target.source, "targets--quiet"))
        notice = self._notices.get(target.name, "")
        body: list[Line] = [
            (("   ", ""), (line, name)) for words, name in details if words for line in wrap(words, width - 3)
        ]
        if over:
            # What is past says what it was, and when it ended: its times stand whole.
            (was, of_was), (times, of_times) = details[0], details[-2]
            body = [(("   ", ""), (cut(was, width - 3), of_was))]
            body += [(("   ", ""), (line, of_times)) for line in wrap(times, width - 3)]
        body += [(("   ", ""), (line, "targets--note")) for line in wrap(notice, width - 3) if notice]
        return [(), *heads, *body]


def _heads(clock: Words, metric: Words, level: Words, width: int) -> list[Line]:
    """What stands above a target: on one line where that has room; else the clock has one of its own, so that
    no word of how urgent it is gets lost at the edge."""
    after: Line = (metric, (f"  {level[0]}" if level[0] else "", level[1]))
    whole: Line = (clock, (f"  {metric[0]}", metric[1]), after[1])
    if sum(cell_len(words) for words, _ in whole) <= width:
        return [whole]
    return [(clock,), (("   ", ""), *after)]


def _in_order(targets: tuple[TargetState, ...]) -> list[TargetState]:
    """What counts first, the nearest due first; then what is past, in order of start."""
    return sorted(
        targets,
        key=lambda t: (
            t.verdict in (Verdict.MET, Verdict.MISSED, Verdict.REPLACED),
            t.informational,
            not t.immediate,
            t.due if t.due is not None else t.started,
        ),
    )


def _changed(old: Line, new: Line) -> int:
    """Cells from the left edge up to the last difference (Textual paints a region from the left edge)."""
    before = [(character, name) for text, name in old for character in text]
    after = [(character, name) for text, name in new for character in text]
    if len(before) != len(after):
        return 10_000
    last = max((i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b), default=-1)
    # Twice the characters is never less than their cells.
    return 10_000 if any(ord(c) > 0x2FF for c, _ in after[: last + 1]) else last + 1
