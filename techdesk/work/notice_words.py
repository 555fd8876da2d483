"""What screens say of automatic notices: told, waiting, ahead, or not sent because no techdesk was open."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from techdesk.model import RECORD_MARKER, Instant
from techdesk.sla.evaluation import Evaluation, Metric
from techdesk.store.rows import SyncPhase, SyncState, TicketView
from techdesk.text import zone_name

if TYPE_CHECKING:
    from techdesk.config.notices import NoticeSettings
    from techdesk.rules.notices import Notice
    from techdesk.store.reader import Reader

_AWAY = (SyncPhase.OFFLINE, SyncPhase.AUTH, SyncPhase.ERROR)


def notice_words(
    reader: Reader,
    view: TicketView,
    evaluation: Evaluation,
    settings: NoticeSettings,
    state: SyncState,
    now: Instant,
    zone: tzinfo | None = None,
) -> dict[str, str]:
    """By target's name, one sentence about its notice; empty for a ticket whose policy asks for none."""
    wanted = any(target.notify and target.metric is Metric.ESCALATION for target in evaluation.targets)
    if view.base is None or not wanted:
        return {}
    from techdesk.rules.notices import standing
    from techdesk.rules.records import fold

    sent, unsent = reader.shared_notes(view.row.key, RECORD_MARKER)
    horizon = max(reader.notices_began() or now, now - settings.late_hours * 3600)
    found = standing(view.base.id, evaluation, fold(sent), fold(unsent), now, horizon)
    here = settings.send and state.phase not in _AWAY
    return {name: _said(notice, here, settings, now, zone) for name, notice in found.items()}


def _said(notice: Notice, here: bool, settings: NoticeSettings, now: Instant, zone: tzinfo | None) -> str:
    from techdesk.rules.notices import Told

    who = ", ".join(notice.roles)
    at = _moment(notice.at, now, zone)
    match notice.told:
        case Told.SENT:
            count = len(notice.recipients)
            return f"{who} notified {at} · {count} recipient{'' if count == 1 else 's'}"
        case Told.WAITING:
            return f"{who}: notice of {at} waits to be sent"
        case Told.AHEAD if not settings.send:
            return f"{who}: techdesk tells nobody (notices are off)"
        case Told.AHEAD if here:
            return f"{who} is notified {at}, if a techdesk is connected then"
        case Told.AHEAD:
            return f"{who} is to be notified {at}: not connected, so not from here"
        case Told.DUE if here:
            return f"{who} is being notified"
        case Told.DUE if not settings.send:
            return f"{who} NOT notified: notices are off here"
        case Told.DUE:
            return f"{who} NOT notified yet: not connected"
        case _:
            return f"{who} not notified {at}: no techdesk was connected; tell them yourself"


def next_notice_words(
    reader: Reader, settings: NoticeSettings, state: SyncState, now: Instant, zone: tzinfo | None = None
) -> str:
    """When the next notice is sent, in one clause, or why none is; empty where none is due."""
    at = reader.next_notice(now)
    if at is None:
        return ""
    if not settings.send:
        return "notices off"
    if state.phase in _AWAY:
        return "not connected: no notices are sent"
    return f"next notice {_moment(at, now, zone)}, while techdesk is open"


def _moment(at: Instant, now: Instant, zone: tzinfo | None) -> str:
    """``05:12 CET``, with the day where it is not today's."""
    when = datetime.fromtimestamp(at, UTC).astimezone(zone)
    today = datetime.fromtimestamp(now, UTC).astimezone(zone)
    written = when.strftime("%H:%M" if when.date() == today.date() else "%a %d %b %H:%M")
    return f"{written} {zone_name(when)}"
