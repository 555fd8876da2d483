"""Tickets as plain data for other programs: the JSON of ``list`` and ``show``. Texts are safe already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from techdesk.model import Instant
from techdesk.sla.evaluation import Evaluation, Level, TargetState, Urgency, level_at
from techdesk.store.rows import Entry, LogLine, Pending, Row, TicketView


def instant(at: Instant | None) -> str | None:
    """RFC 3339 in UTC, which sorts as text."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def level_word(row: Row, now: Instant) -> str:
    """``none``, ``ok``, ``warning``, ``critical``, ``breached``; ``paused`` for a clock that stands still."""
    clock = row.clock
    if not row.status.is_active:
        return "none"
    if clock.urgency is Urgency.PAUSED:
        return "paused"
    if clock.urgency is not Urgency.CLOCK:
        return "none"
    level = level_at(now, clock.warning_at, clock.critical_at, clock.breach_at)
    return (max(level, Level.CRITICAL) if clock.immediate else level).name.lower()


def row_data(row: Row, now: Instant) -> dict[str, Any]:
    """One line of a list."""
    clock = row.clock
    return {
        "number": row.number,
        "subject": row.subject,
        "status": row.status.value,
        "priority": row.priority,
        "priority_label": row.priority_label,
        "severity": row.severity,
        "owner": row.owner,
        "owner_name": row.owner_name,
        "requester": row.requester_name,
        "organisation": row.organisation_name,
        "queue": row.queue_name,
        "channel": row.channel.value,
        "tags": list(row.tags),
        "vip": row.vip,
        "created": instant(row.created),
        "updated": instant(row.updated),
        "unread": row.unread,
        "unsent": row.pending,
        "draft": row.draft,
        "attention": row.attention,
        "sla": {
            "policy": clock.policy,
            "metric": clock.metric,
            "level": level_word(row, now),
            "due": instant(clock.due),
            "seconds_left": None if clock.due is None else clock.due - now,
            "paused_business_seconds_left": clock.left,
            "immediate": clock.immediate,
        },
    }


def ticket_data(
    view: TicketView,
    evaluation: Evaluation,
    conversation: Sequence[Entry],
    log: Sequence[LogLine],
    unsent: Sequence[Pending],
    now: Instant,
) -> dict[str, Any]:
    """One ticket with everything that is known of it."""
    data = row_data(view.row, now)
    data |= {
        "requester_email": view.requester.email if view.requester is not None else "",
        "close_reason": view.close_reason,
        "closed": instant(view.closed),
        "desk_due": instant(view.server_due),
        "last_customer_message": instant(view.last_customer_message),
        "last_public_reply": instant(view.last_public_reply),
        "watchers": list(view.watchers),
        "links": [
            {"words": link.words, "number": link.number, "subject": link.subject} for link in view.links
        ],
        "time_worked": view.time_worked,
        "policy_version": evaluation.version,
        "sla_note": evaluation.note,
        "targets": [target_data(target, now) for target in evaluation.targets],
        "conversation": [entry_data(entry) for entry in conversation],
        "log": [
            {
                "at": instant(line.at),
                "actor": line.actor_name,
                "field": line.field,
                "old": line.old,
                "new": line.new,
            }
            for line in log
        ],
        "outbox": [pending_data(line) for line in unsent],
    }
    return data


def target_data(target: TargetState, now: Instant) -> dict[str, Any]:
    """One promise and where it stands."""
    return {
        "metric": target.metric.value,
        "name": target.name,
        "source": target.source,
        "calendar": target.calendar,
        "verdict": target.verdict.value,
        "level": target.level(now).name.lower(),
        "started": instant(target.started),
        "due": instant(target.due),
        "stopped": instant(target.stopped),
        "business_seconds_allowed": target.amount,
        "business_seconds_used": target.elapsed,
    }


def entry_data(entry: Entry) -> dict[str, Any]:
    """One message."""
    return {
        "at": instant(entry.at),
        "author": entry.author_name,
        "direction": entry.direction.value,
        "visibility": entry.visibility.value,
        "channel": entry.channel.value,
        "automatic": entry.automatic,
        "state": entry.state.value,
        "body": entry.body,
        "attachments": [attachment.name for attachment in entry.attachments],
    }


def pending_data(line: Pending) -> dict[str, Any]:
    """One operation that the desk does not have yet."""
    return {
        "key": line.key,
        "ticket": line.number,
        "what": line.what,
        "state": line.state.value,
        "created": instant(line.created),
        "attempts": line.attempts,
        "error": line.error,
    }
