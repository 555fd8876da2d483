"""The fields of the limit language: their names, what they take, and how they are told in words."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from techdesk.model import Channel, Status


class Takes(StrEnum):
    """What may stand after a field's colon."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    SPAN = "span"  # <30m >7d
    DATES = "dates"  # 2026-11-01.. or today
    CLOCK = "clock"  # a span, or a state of the SLA clock


class FieldSpec(Struct, frozen=True, kw_only=True):
    """One field of the language."""

    name: str
    takes: Takes
    words: str
    """Told as ``<words> <values>``."""
    example: str
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    nullable: bool = False
    """Whether ``none`` and ``any`` mean anything."""


CLOCK_STATES = ("breached", "running", "paused", "immediate", "none")
FLAGS = (
    "unread", "stale", "pending", "attention", "vip", "escalated", "draft", "new", "snoozed", "unreviewed",
)  # fmt: skip
STATUS_GROUPS = ("active", "done")

FIELDS: tuple[FieldSpec, ...] = (
    FieldSpec(
        name="prio",
        aliases=("priority", "p"),
        takes=Takes.NUMBER,
        words="priority",
        nullable=True,
        example="prio:1,2",
    ),
    FieldSpec(
        name="severity",
        aliases=("sev",),
        takes=Takes.NUMBER,
        words="severity",
        nullable=True,
        example="severity:1",
    ),
    FieldSpec(name="owner", takes=Takes.TEXT, words="owner", nullable=True, example="owner:me"),
    FieldSpec(
        name="requester",
        aliases=("from",),
        takes=Takes.TEXT,
        words="requester",
        nullable=True,
        example="requester:cleo",
    ),
    FieldSpec(
        name="org",
        aliases=("organisation", "organization"),
        takes=Takes.TEXT,
        words="organisation",
        nullable=True,
        example='org:"Acme"',
    ),
    FieldSpec(name="queue", takes=Takes.TEXT, words="queue", nullable=True, example="queue:network"),
    FieldSpec(name="tag", takes=Takes.TEXT, words="tag", nullable=True, example="tag:vpn"),
    FieldSpec(name="subject", takes=Takes.TEXT, words="subject with", example="subject:test"),
    FieldSpec(name="number", aliases=("id",), takes=Takes.TEXT, words="number", example="number:TD-10431"),
    FieldSpec(name="kind", takes=Takes.TEXT, words="kind", nullable=True, example="kind:question"),
    FieldSpec(name="policy", takes=Takes.TEXT, words="policy", nullable=True, example="policy:dynamix"),
    FieldSpec(
        name="status",
        takes=Takes.CHOICE,
        words="status",
        example="status:waiting",
        choices=(*STATUS_GROUPS, *(status.value for status in Status)),
    ),
    FieldSpec(
        name="channel",
        takes=Takes.CHOICE,
        words="channel",
        nullable=True,
        example="channel:email",
        choices=tuple(channel.value for channel in Channel if channel.value),
    ),
    FieldSpec(name="is", takes=Takes.CHOICE, words="is", choices=FLAGS, example="is:unread"),
    FieldSpec(name="sla", takes=Takes.CLOCK, words="SLA clock", choices=CLOCK_STATES, example="sla:<30m"),
    FieldSpec(name="waiting", takes=Takes.SPAN, words="waiting for the customer", example="waiting:>7d"),
    FieldSpec(
        name="still",
        takes=Takes.SPAN,
        words="in its present status for",
        example="still:>5d",
    ),
    FieldSpec(name="age", takes=Takes.SPAN, words="age", example="age:>2d"),
    FieldSpec(name="created", takes=Takes.DATES, words="created", example="created:2026-11-01.."),
    FieldSpec(name="updated", takes=Takes.DATES, words="changed", example="updated:2026-11-01"),
    FieldSpec(name="closed", takes=Takes.DATES, words="closed", example="closed:..2026-11-30"),
)

BY_NAME: dict[str, FieldSpec] = {name: spec for spec in FIELDS for name in (spec.name, *spec.aliases)}
NAMES: tuple[str, ...] = tuple(spec.name for spec in FIELDS)
