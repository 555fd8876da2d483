"""How a ticket's deadlines came about, as lines for the ticket screen and for ``techdesk explain``."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

from techdesk.model import Instant
from techdesk.sla.evaluation import TargetState, Verdict
from techdesk.sla.explain import Cause, CauseKind, Explanation, TargetExplanation
from techdesk.text import safe_text, zone_name

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def explanation_lines(explanation: Explanation, zone: tzinfo | None = None) -> list[str]:
    """Plain lines in the viewer's zone (None is the machine's), each instant with the zone's label.

    A cause may quote what the desk logged, and a note the desk's word for a policy: the lines are made safe.
    """
    return [safe_text(line) for line in _lines(explanation, zone)]


def _lines(explanation: Explanation, zone: tzinfo | None) -> list[str]:
    if not explanation.policy:
        return [explanation.note or "No policy is assigned to this ticket."]
    if not explanation.title:
        return [explanation.note]
    lines = [f"{explanation.title} {explanation.version} ({explanation.source})"]
    for target in explanation.targets:
        lines += ["", *_target(target, zone)]
    if explanation.note:
        lines += ["", explanation.note]
    return lines


def _target(target: TargetExplanation, zone: tzinfo | None) -> list[str]:
    state = target.state
    standing = "breached" if target.breached else state.verdict.value  # which goes on running for the clock
    lines = [f"{state.metric.label} {state.name}: {standing}"]
    lines.append(f"  policy    {state.source}")
    lines.append(f"  start     {moment(state.started, zone)}, {target.start}")
    lines.append(f"  allowed   {target.allowed}")
    if target.calendar:
        lines.append(f"  calendar  {target.calendar} ({target.zone})")
    lines += [f"  {_MARKS[cause.kind]:<9} {_cause(cause, zone)}" for cause in target.causes]
    lines += _end(state, zone)
    if target.notify and state.due is not None:
        lines.append(f"  tells     {', '.join(target.notify)}")
    lines += [
        f"  reading   {_number(reading.number)}{reading.question} {reading.meaning} ({reading.source})"
        for reading in target.readings
    ]
    return lines


_MARKS = {
    CauseKind.CLOSED: "closed",
    CauseKind.PAUSED: "paused",
    CauseKind.REOPENED: "reopened",
    CauseKind.REGRADED: "grade",
    CauseKind.TURNED: "grade",
    CauseKind.ROLLED: "moved",
}


def _cause(cause: Cause, zone: tzinfo | None) -> str:
    if cause.since == cause.until:
        return f"{moment(cause.since, zone)}: {cause.words}"
    what = f"{cause.words}, {span(cause.seconds)}" if cause.seconds else cause.words
    return f"{moment(cause.since, zone)} to {moment(cause.until, zone)}: {what}"


def _end(state: TargetState, zone: tzinfo | None) -> list[str]:
    lines = []
    if state.due is not None:
        note = " (out of hours it is late from the next opening on)" if _waits_for_opening(state) else ""
        lines.append(f"  due       {moment(state.due, zone)}{note}")
    if state.verdict is Verdict.PAUSED:
        lines.append(f"  stands    {span(state.left)} of business time left")
    if state.stopped is not None:
        words = {Verdict.REPLACED: "replaced", Verdict.MET: "met", Verdict.MISSED: "missed"}
        used = f", used {span(state.elapsed)}" if state.amount else ""
        lines.append(f"  {words.get(state.verdict, 'stopped'):<9} {moment(state.stopped, zone)}{used}")
    elif state.amount and state.verdict is Verdict.RUNNING:
        lines.append(f"  used      {span(state.elapsed)} of {span(state.amount)}")
    return lines


def _waits_for_opening(state: TargetState) -> bool:
    return state.due is not None and state.breach_at is not None and state.breach_at > state.due + 1


def _number(number: int) -> str:
    return f"{number}: " if number else ""


def moment(instant: Instant, zone: tzinfo | None = None) -> str:
    """``Fri 27 Nov 2026 02:00 CST``; with seconds where there are any."""
    local = datetime.fromtimestamp(instant, UTC).astimezone(zone)
    seconds = f":{local.second:02d}" if local.second else ""
    time = f"{local.hour:02d}:{local.minute:02d}{seconds}"
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day} {time} {zone_name(local)}"


def span(seconds: int) -> str:
    """``2 d 3 h``, ``1 h 05 min``, ``45 s``: the two largest units."""
    sign = "-" if seconds < 0 else ""
    size = abs(seconds)
    days, rest = divmod(size, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{sign}{days} d {hours} h" if hours else f"{sign}{days} d"
    if hours:
        return f"{sign}{hours} h {minutes:02d} min" if minutes else f"{sign}{hours} h"
    if minutes:
        return f"{sign}{minutes} min {left} s" if left else f"{sign}{minutes} min"
    return f"{sign}{left} s"


def explanation_data(explanation: Explanation) -> dict[str, Any]:
    """The same as plain data; instants are RFC 3339 in UTC."""
    return {
        "policy": explanation.policy,
        "title": explanation.title,
        "version": explanation.version,
        "source": explanation.source,
        "note": safe_text(explanation.note),
        "targets": [
            {
                "metric": target.state.metric.value,
                "name": target.state.name,
                "source": target.state.source,
                "verdict": target.state.verdict.value,
                "breached": target.breached,
                "calendar": target.calendar,
                "zone": target.zone,
                "allowed": target.allowed,
                "start": target.start,
                "started": _written(target.state.started),
                "due": _written(target.state.due),
                "stopped": _written(target.state.stopped),
                "business_seconds_allowed": target.state.amount,
                "business_seconds_used": target.state.elapsed,
                "notify": list(target.notify),
                "causes": [
                    {
                        "kind": cause.kind.value,
                        "since": _written(cause.since),
                        "until": _written(cause.until),
                        "words": safe_text(cause.words),
                        "seconds": cause.seconds,
                    }
                    for cause in target.causes
                ],
                "readings": [
                    {
                        "number": reading.number,
                        "key": reading.key,
                        "question": reading.question,
                        "choice": reading.choice,
                        "meaning": reading.meaning,
                        "source": reading.source,
                    }
                    for reading in target.readings
                ],
            }
            for target in explanation.targets
        ],
    }


def _written(instant: Instant | None) -> str | None:
    return None if instant is None else datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
