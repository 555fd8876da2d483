"""A ticket's history as the clocks need it: what it was graded when, when it was over, who answered when.

Everything is derived from the log at once and nothing is kept (POLICIES section 1, point 9). Where the log
and the ticket's present values disagree, the present wins: a log may start late or lack an entry.
"""

from __future__ import annotations

from typing import NamedTuple

from techdesk.model import Channel, Direction, Instant, Status, Visibility
from techdesk.sla.calendar import Span
from techdesk.sla.grading import REVIEWED
from techdesk.sla.history import Change, History

_OVER = frozenset({Status.RESOLVED.value, Status.CLOSED.value})
_VALUE_FIELDS = {"priority": 0, "severity": 1, "kind": 2, "channel": 3}


class Values(NamedTuple):
    """What targets are matched on, at one time of a ticket's life."""

    priority: int | None
    severity: int | None
    kind: str
    channel: str
    region: str
    organisation: str
    vip: bool


class Over(NamedTuple):
    """A time in which the ticket was resolved or closed; ``until`` is None while it still is."""

    since: Instant
    until: Instant | None
    closed: bool
    """Whether it was closed, and not only resolved, in that time."""


class Timeline:
    """The derived history of one ticket."""

    __slots__ = ("_organisation", "created", "history", "overs", "replies", "reviewed", "segments")

    def __init__(
        self, history: History, *, automatic_replies_count: bool = False, organisation: str = ""
    ) -> None:
        """``organisation`` is the history's, or empty where no target asks for it: then values are fewer."""
        self.history = history
        self._organisation = organisation
        self.created = history.created
        self.reviewed: Instant | None = None
        regrades: list[Change] = []
        statuses: list[Change] = []
        for change in history.changes:
            field = change.field
            if field == "status":
                statuses.append(change)
            elif field in _VALUE_FIELDS:
                regrades.append(change)
            elif field == REVIEWED and change.new is not None and self.reviewed is None:
                self.reviewed = change.at
        self.replies = [
            message.at
            for message in history.messages
            if message.direction is Direction.OUTBOUND
            and (automatic_replies_count or not message.automatic)
            and (message.visibility is Visibility.PUBLIC or message.channel is Channel.PHONE)
        ]
        self.segments = self._segments(regrades)
        self.overs = self._overs(statuses)

    def values_between(self, start: Instant, end: Instant | None) -> list[tuple[Instant, Values]]:
        """The values in force from ``start`` to ``end`` (inclusive), each with its first instant."""
        segments = self.segments
        if len(segments) == 1:
            return segments
        first, last = 0, len(segments)
        for i, (since, _) in enumerate(segments):
            if since <= start:
                first = i
            if end is not None and since > end:
                last = i
                break
        return segments[first : max(last, first + 1)]

    def graded_at(self, start: Instant, index: int) -> Instant | None:
        """First instant from ``start`` on at which value ``index`` was set, or the ticket reviewed."""
        graded = next(
            (
                max(since, start)
                for since, values in self.values_between(start, None)
                if values[index] is not None
            ),
            None,
        )
        if self.reviewed is None or self.reviewed < start:
            return graded
        return self.reviewed if graded is None else min(graded, self.reviewed)

    def status_spans(self, wanted: tuple[Status, ...]) -> tuple[list[Span], Instant | None]:
        """Finished spans in one of the statuses, and since when the ticket is in one (None if not)."""
        names = {status.value for status in wanted}
        spans: list[Span] = []
        since: Instant | None = None
        changes = [change for change in self.history.changes if change.field == "status"]
        current = changes[0].old if changes else self.history.status.value
        if current in names:
            since = self.created
        for change in changes:
            if change.new in names:
                since = change.at if since is None else since
            elif since is not None:
                spans.append((since, change.at))
                since = None
        if (self.history.status.value in names) != (since is not None):
            since = self._last_entry() if since is None else None
        return spans, since

    def waits(self) -> list[Span | tuple[Instant, None]]:
        """After the first response: from each oldest unanswered customer message to its answer."""
        if not self.replies:
            return []
        first = self.replies[0]
        waits: list[Span | tuple[Instant, None]] = []
        position = 0
        answered = first
        for message in self.history.messages:
            if message.direction is not Direction.INBOUND or message.automatic or message.at <= answered:
                continue
            while position < len(self.replies) and self.replies[position] < message.at:
                position += 1
            if position == len(self.replies):
                waits.append((message.at, None))
                break
            answered = self.replies[position]
            waits.append((message.at, answered))
        return waits

    def _segments(self, regrades: list[Change]) -> list[tuple[Instant, Values]]:
        """Values in order of time, found by undoing the changes from the present backward."""
        history = self.history
        values = Values(
            history.priority,
            history.severity,
            history.kind,
            history.channel.value,
            history.region,
            self._organisation,
            history.vip,
        )
        segments: list[tuple[Instant, Values]] = []
        for change in reversed(regrades):
            if not segments or segments[-1][0] != change.at:
                segments.append((change.at, values))
            values = _undo(values, change)
        segments.append((min(self.created, segments[-1][0]) if segments else self.created, values))
        segments.reverse()
        return segments

    def _overs(self, statuses: list[Change]) -> list[Over]:
        status = self.history.status
        if not statuses:
            return [] if status.is_active else [Over(self._last_entry(), None, status is Status.CLOSED)]
        overs: list[Over] = []
        since: Instant | None = self.created if statuses[0].old in _OVER else None
        closed = statuses[0].old == Status.CLOSED.value
        for change in statuses:
            if change.new in _OVER:
                if since is None:
                    since, closed = change.at, False
                closed = closed or change.new == Status.CLOSED.value
            elif since is not None:
                overs.append(Over(since, change.at, closed))
                since = None
        if status.is_active:
            if (
                since is not None
            ):  # reopened without a word in the log: nothing says when, so no time is left out
                overs.append(Over(since, since, closed))
        else:
            overs.append(Over(self._last_entry() if since is None else since, None, closed))
        return overs

    def _last_entry(self) -> Instant:
        """When something was last logged: the best guess for what the log does not say."""
        entries = [self.created]
        if self.history.changes:
            entries.append(self.history.changes[-1].at)
        if self.history.messages:
            entries.append(self.history.messages[-1].at)
        return max(entries)


def _undo(values: Values, change: Change) -> Values:
    old = change.old
    if change.field == "priority":
        return values._replace(priority=_level(old))
    if change.field == "severity":
        return values._replace(severity=_level(old))
    if change.field == "kind":
        return values._replace(kind=old or "")
    return values._replace(channel=old or "")


def _level(text: str | None) -> int | None:
    """A logged priority as a number; text that is none counts as unset, as a desk's own word would."""
    return int(text) if text is not None and text.strip().isdecimal() else None
