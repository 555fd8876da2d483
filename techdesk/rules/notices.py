"""Automatic notices: who is told, by techdesk itself, that an escalation target has run out (POLICIES D5).

A notice is a record like those that people write, so that it stands at the desk and every techdesk reads it.
Its id is made of the ticket, the target and the start of the clock that ran out: whoever sends it, however
often, it is one notice. It is an internal note and never reaches the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from techdesk.model import Instant
from techdesk.rules.gate import sentence
from techdesk.rules.records import NOTIFIED, Record, Records, encode
from techdesk.rules.wording import moment
from techdesk.sla.evaluation import Evaluation, Metric, TargetState, Verdict
from techdesk.sla.policy import Policy

_LATE = 120
"""Seconds after the threshold from which a notice says why it comes so late."""


class Told(StrEnum):
    """How far a notice has come."""

    AHEAD = "ahead"  # the threshold has not passed
    DUE = "due"  # it has, and nobody was told yet
    WAITING = "waiting"  # in the outbox
    SENT = "sent"  # stands at the desk
    NOT_SENT = "not_sent"  # over without a notice: no techdesk was open


class Notice(Struct, frozen=True, kw_only=True):
    """What there is to say of one target's notice."""

    roles: tuple[str, ...]
    told: Told
    at: Instant
    """The threshold, or when it was told."""
    recipients: tuple[str, ...] = ()


def notice_id(ticket_id: str, policy: str, target: TargetState) -> str:
    """The same wherever it is computed: by every techdesk, from the desk's own log.

    ``ticket_id`` is the desk's. The start stands for the clock: a reopened ticket whose clock begins anew
    has another notice, one whose clock goes on has not.
    """
    from hashlib import blake2b

    parts = (ticket_id, policy, target.clock, "over")
    return f"notice-{blake2b(chr(31).join(parts).encode(), digest_size=12).hexdigest()}"


def due(ticket_id: str, evaluation: Evaluation, noted: Records, now: Instant) -> list[TargetState]:
    """Targets of a ticket that have run out and of which nobody was told."""
    return [
        target
        for target in evaluation.targets
        if target.tells
        and target.breach_at is not None
        and target.breach_at <= now
        and not noted.has(notice_id(ticket_id, evaluation.policy, target))
    ]


def record_of(
    ticket_id: str, policy: str, target: TargetState, recipients: Sequence[str], now: Instant
) -> Record:
    """The notice of a target, as it is sent at ``now``."""
    return Record(
        id=notice_id(ticket_id, policy, target),
        kind=NOTIFIED,
        at=now,
        fields={
            "role": ", ".join(target.notify),
            "recipients": ", ".join(recipients),
            "target": target.name,
            "threshold": str(target.breach_at or now),
        },
    )


def note_of(record: Record) -> str:
    """The internal note that carries it: words for those without techdesk, then the record."""
    passed = int(record.field("threshold"))
    role = record.field("role")
    words = f"{role[:1].upper()}{role[1:]} notified: {record.field('target')} passed at {_utc(passed)}."
    words += f" To: {record.field('recipients')}."
    if record.at - passed >= _LATE:
        words += f" Told at {_utc(record.at)}, when a techdesk first saw that it had."
    return encode(record, f"{words} Sent by techdesk by itself.")


def standing(
    ticket_id: str, evaluation: Evaluation, sent: Records, waiting: Records, now: Instant, horizon: Instant
) -> dict[str, Notice]:
    """By target's name: what became, or will become, of its notice.

    ``horizon``: what ran out before is not told of any more.
    """
    found: dict[str, Notice] = {}
    for target in evaluation.targets:
        if target.metric is not Metric.ESCALATION or not target.notify:
            continue
        wanted = notice_id(ticket_id, evaluation.policy, target)
        for noted, told in ((sent, Told.SENT), (waiting, Told.WAITING)):
            record = noted.by_id(wanted)
            if record is not None:
                people = tuple(name for name in record.field("recipients").split(", ") if name)
                found[target.name] = Notice(roles=target.notify, told=told, at=record.at, recipients=people)
                break
        else:
            if target.breach_at is None or target.verdict is not Verdict.RUNNING:
                continue
            told = Told.AHEAD if now < target.breach_at else Told.DUE
            if told is Told.DUE and target.breach_at < horizon:
                told = Told.NOT_SENT
            found[target.name] = Notice(roles=target.notify, told=told, at=target.breach_at)
    return found


def all_the_same(policy: Policy | None, evaluation: Evaluation, until: Instant) -> str:
    """What is said to whoever puts a ticket out of sight: nothing of that keeps a notice back (D5).

    Empty where no escalation runs that tells anybody, or where the policy has no words for it.
    """
    rule = policy.rulebook.rule("D5") if policy is not None else None
    message = rule.message("put-off") if rule is not None else None
    ahead = [
        target.breach_at for target in evaluation.targets if target.tells and target.breach_at is not None
    ]
    if policy is None or rule is None or message is None or not ahead:
        return ""
    reason, remedy = sentence(policy, rule, message, until=moment(until), due=moment(min(ahead)))
    return f"{reason} {remedy}".strip()


def _utc(at: Instant) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
