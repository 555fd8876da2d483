"""A bulk change before it is made: one object for the screen, the command line and the file between them.

A plan names each ticket with the version and the evidence it was decided on, and holds what would be sent. It
changes nothing by itself. Who makes it asks the same gates as a single change (``actions.planning``); who
applies it asks again for every ticket that has changed since (``actions.applying``). UX section 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import Channel, FieldValue, Instant, OperationKind

FORMAT = 1
TYPED_TICKETS = 100
"""Above so many tickets the number is typed (UX 5 and 7.2)."""
TYPED_RECIPIENTS = 25
"""Above so many messages to customers, too."""


class Notice(StrEnum):
    """What customers hear of a bulk change."""

    NOTIFY = "notify"
    """The standing words for it, as a message of ours before the change."""
    TEXT = "text"
    """Words of the technician's own."""
    SILENT = "silent"
    """Nothing from us; refused for each ticket whose policy wants the customer told."""
    NONE = "none"
    """The change is nothing that customers hear of."""


class Outcome(StrEnum):
    """What a plan means for one ticket."""

    DO = "do"
    REFUSED = "refused"
    CHANGED = "changed"
    EXCLUDED = "excluded"


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One operation of a ticket, as it will be queued."""

    kind: OperationKind
    sets: dict[str, FieldValue] = {}
    base: dict[str, FieldValue] = {}
    text: str = ""
    channel: Channel = Channel.UNKNOWN


class Item(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One ticket of a plan. Texts are safe to show."""

    ticket: int
    """Local key; another cache finds the ticket by its id."""
    id: str
    """The desk's id; empty before the desk has given one."""
    number: str
    subject: str
    version: str = ""
    """The desk's version that was decided on."""
    outcome: Outcome
    group: str
    """Key of the group that it is shown in."""
    title: str
    """Heading of that group."""
    words: str = ""
    """Why: ``stale 31 d, last reply ours``; of a refusal its reason."""
    remedy: str = ""
    rule: str = ""
    warning: str = ""
    """What stands against it and is answered with yes."""
    wants_reason: bool = False
    """Whether the policy wants a reason with the yes, and the plan has none: so it is not applied."""
    reason: str = ""
    """Id of the closure reason."""
    reason_words: str = ""
    requester: str = ""
    """Id of whoever would be told."""
    requester_name: str = ""
    obliged: str = ""
    """Why the policy wants the customer told; empty where silence is allowed."""
    final: bool = False
    """Whether the change cannot be taken back once the desk has it."""
    evidence: Instant | None = None
    """When the customer wrote last, as it was known."""
    steps: tuple[Step, ...] = ()


class Plan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What would be done to which tickets, and why to the others not."""

    format: int
    id: str
    action: str
    title: str
    """What is done, as a heading: ``Close``."""
    values: dict[str, Any] = {}
    made: Instant
    actor: str
    server: str = ""
    """The desk, as its cache is stamped: a plan is applied to no other."""
    limit: str = ""
    items: tuple[Item, ...] = ()
    notice: Notice = Notice.NONE
    text: str = ""
    """The technician's own words, where ``notice`` says so."""
    standing_text: str = ""
    """The standing words."""

    # What it comes to

    def outcome_of(self, item: Item) -> Outcome:
        """What becomes of a ticket under the notice that is chosen now."""
        if item.outcome is Outcome.DO and self.notice is Notice.SILENT and item.obliged:
            return Outcome.REFUSED
        return item.outcome

    def doing(self) -> list[Item]:
        """The tickets that will be changed, in order."""
        return [item for item in self.items if self.outcome_of(item) is Outcome.DO]

    def left_out(self) -> list[Item]:
        """All others."""
        return [item for item in self.items if self.outcome_of(item) is not Outcome.DO]

    def count(self, outcome: Outcome) -> int:
        """How many tickets have an outcome."""
        return sum(self.outcome_of(item) is outcome for item in self.items)

    @property
    def messages(self) -> int:
        """Messages that customers would get: the notice, and what a macro writes."""
        doing = self.doing()
        notices = len(doing) if self.notice in (Notice.NOTIFY, Notice.TEXT) else 0
        return notices + sum(step.kind is OperationKind.REPLY for item in doing for step in item.steps)

    @property
    def recipients(self) -> int:
        """People who would get them."""
        heard = self.notice in (Notice.NOTIFY, Notice.TEXT)
        return len(
            {
                item.requester or item.requester_name or item.number
                for item in self.doing()
                if heard or any(step.kind is OperationKind.REPLY for step in item.steps)
            }
        )

    @property
    def final(self) -> int:
        """Tickets whose change cannot be taken back."""
        return sum(item.final for item in self.doing())

    @property
    def unreasoned(self) -> list[Item]:
        """Tickets whose policy wants a reason for the change, where the plan was made without one."""
        return [item for item in self.doing() if item.wants_reason]

    def typed_because(self) -> str:
        """Why the number has to be typed; empty where yes is enough (UX 7.2, T3)."""
        doing = self.doing()
        if any(item.final for item in doing):
            return f"{sum(item.final for item in doing):,} cannot be taken back"
        if len(doing) > TYPED_TICKETS:
            return f"more than {TYPED_TICKETS} tickets"
        if self.messages > TYPED_RECIPIENTS:
            return f"more than {TYPED_RECIPIENTS} messages"
        return ""

    def groups(self) -> list[Group]:
        """The tickets by what becomes of them and why; the largest group of each kind first."""
        found: dict[tuple[Outcome, str], list[Item]] = {}
        for item in self.items:
            outcome = self.outcome_of(item)
            silenced = outcome is Outcome.REFUSED and item.outcome is Outcome.DO
            found.setdefault((outcome, "obliged" if silenced else item.group), []).append(item)
        made = [
            Group(
                outcome=outcome,
                key=key,
                title=SILENCED if key == "obliged" else items[0].title,
                remedy=_SPEAK if key == "obliged" else items[0].remedy,
                items=tuple(items),
            )
            for (outcome, key), items in found.items()
        ]
        return sorted(made, key=lambda group: (_ORDER[group.outcome], -len(group.items), group.title))

    # Changing it before it is applied

    def told(self, notice: Notice, text: str = "") -> Plan:
        """The same with another notice; where customers hear nothing of it anyway, as it is."""
        if self.notice is Notice.NONE:
            return self
        return replace(self, notice=notice, text=text)

    def toggled(self, tickets: Iterable[int]) -> Plan:
        """The same with these tickets left out, or taken in again."""
        wanted = set(tickets)
        flip = {Outcome.DO: Outcome.EXCLUDED, Outcome.EXCLUDED: Outcome.DO}
        items = tuple(
            replace(item, outcome=flip[item.outcome])
            if item.ticket in wanted and item.outcome in flip
            else item
            for item in self.items
        )
        return replace(self, items=items)

    def message_for(self, item: Item) -> str:
        """What the customer of one ticket is told; empty where nothing."""
        match self.notice:
            case Notice.NOTIFY:
                words = self.standing_text
            case Notice.TEXT:
                words = self.text
            case _:
                return ""
        return filled(words, item)


class Group(Struct, frozen=True, kw_only=True):
    """Tickets of a plan with the same fate for the same reason."""

    outcome: Outcome
    key: str
    title: str
    remedy: str
    items: tuple[Item, ...]


class Shown(Struct, frozen=True, kw_only=True):
    """What a plan comes to, counted once: ten thousand tickets take longer than a key press may."""

    groups: tuple[Group, ...]
    doing: int
    messages: int
    recipients: int
    final: int
    writes: int
    """Requests to the desk."""
    typed: str
    """As ``Plan.typed_because``."""
    silenced: int
    """Tickets that silence would refuse."""
    unreasoned: int
    """Tickets whose policy wants a reason that the plan has not got."""
    against: str
    """What stands against the first of those."""


def shown(plan: Plan) -> Shown:
    """Count a plan."""
    doing = plan.doing()
    messages = plan.messages
    told = len(doing) if plan.notice in (Notice.NOTIFY, Notice.TEXT) else 0
    unreasoned = plan.unreasoned
    return Shown(
        groups=tuple(plan.groups()),
        doing=len(doing),
        messages=messages,
        recipients=plan.recipients,
        final=plan.final,
        writes=sum(len(item.steps) for item in doing) + told,
        typed=plan.typed_because(),
        silenced=sum(bool(item.obliged) for item in plan.items if item.outcome is Outcome.DO),
        unreasoned=len(unreasoned),
        against=unreasoned[0].warning if unreasoned else "",
    )


_ORDER: Mapping[Outcome, int] = {
    Outcome.DO: 0,
    Outcome.CHANGED: 1,
    Outcome.REFUSED: 2,
    Outcome.EXCLUDED: 3,
}
SILENCED = "The policy wants the customer told"
_SPEAK = "Let the customers be told, or leave these out."
PLACEHOLDERS = ("{number}", "{subject}", "{reason}", "{requester}")
"""What may stand in a notice."""


def filled(words: str, item: Item) -> str:
    """A notice with its placeholders filled in; other braces stay as they are."""
    values = (item.number, item.subject, item.reason_words, item.requester_name)
    for placeholder, value in zip(PLACEHOLDERS, values, strict=True):
        words = words.replace(placeholder, value)
    return words


class NotAPlan(ValueError):
    """A file that is no plan, in words for people."""


def encode(plan: Plan) -> bytes:
    """A plan as JSON, for a file."""
    return msgspec.json.encode(plan)


def decode(data: bytes) -> Plan:
    """A plan from a file. Raises ``NotAPlan``."""
    try:
        version = msgspec.json.decode(data, type=_Version).format
    except (msgspec.DecodeError, UnicodeError) as error:
        raise NotAPlan(f"It is not a plan: {error}.") from None
    if version != FORMAT:
        raise NotAPlan(f"It is a plan of format {version}; this techdesk knows {FORMAT}.")
    try:
        return msgspec.json.decode(data, type=Plan)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise NotAPlan(f"It is not a whole plan: {error}.") from None


class _Version(Struct, frozen=True):
    format: int
