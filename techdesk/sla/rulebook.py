"""The rules of a support policy beside its clocks, as data for gates, dialogs, templates and reports.

Nothing here decides anything: a gate looks a rule up by its id (``D10``), takes the numbers from the data
that the rule ``uses``, and fills the rule's own words. So a site changes a number or a sentence in the policy
file, and no code.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from techdesk.model import Channel
from techdesk.sla.levels import Effect, EscalationStep, HandOff, SupportLevel, Team


class RunBy(StrEnum):
    """What makes a rule true in the program."""

    CLOCK = "clock"  # the SLA engine computes it
    GATE = "gate"  # a gate answers from the data that the rule uses
    SHOWN = "shown"  # it is shown, proposed, filled in or counted; nothing is refused
    PEOPLE = "people"  # only people can do it or know it: a client cannot run it


class Moment(StrEnum):
    """When a checklist is asked."""

    INTAKE = "intake"
    HAND_OFF = "hand_off"
    REQUEST = "request"
    ESCALATION = "escalation"
    MONITORING = "monitoring"
    HAND_BACK = "hand_back"


class Weight(StrEnum):
    """How much a checklist item counts."""

    MANDATORY = "mandatory"
    ESSENTIAL = "essential"
    OPTIONAL = "optional"


class CustomerFact(StrEnum):
    """A fact about the customer or the person that a desk seldom holds; unknown warns, never allows."""

    TIER = "tier"
    CONTRACT_ENDS = "contract_ends"
    ON_HOLD = "on_hold"
    LICENCE_ENDS = "licence_ends"
    MAINTENANCE_ENDS = "maintenance_ends"
    EMERGENCY_ON_CALL = "emergency_on_call"
    OPENER = "permitted_opener"
    AUTHORISED_AGENT = "authorised_agent"
    ACCOUNT_CONTACT = "account_contact"
    ACCOUNT_WIDE = "account_wide"
    KEY_CONTACT = "key_contact"
    END_USER = "end_user"
    SERVICE_PROVIDER = "service_provider"


PLACEHOLDERS = frozenset((
    "number", "subject", "customer", "person", "caller", "owner", "partner", "reseller", "vendor",
    "recipients", "names", "items", "product", "version", "severity", "priority", "channel", "tier",
    "location", "problem", "reason", "section", "count", "needed", "since", "last", "until", "opens",
    "closes", "left", "due", "date", "level", "wanted", "attempt", "window",
    "quote",
))  # fmt: skip
"""Names that a rule's words may hold in braces; the gate that says them fills them in."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Message(Struct, frozen=True, kw_only=True):
    """What is said in one case of a rule."""

    case: str
    """``inquiries``: names the case for the gate."""
    effect: Effect = Effect.REFUSE
    words: str
    """Why, with placeholders: ``Not closed: {count} of {needed} inquiries ...``."""
    remedy: str = ""
    """What to do now; ``<ticket.reply>`` stands for that action's key or verb."""

    def filled(self, **values: object) -> tuple[str, str]:
        """Words and remedy with their placeholders filled. Raises KeyError for one that has no value."""

        def value(match: re.Match[str]) -> str:
            return str(values[match[1]])

        return _PLACEHOLDER.sub(value, self.words), _PLACEHOLDER.sub(value, self.remedy)


class Rule(Struct, frozen=True, kw_only=True):
    """One sentence, or a few that belong together, of the policy's text."""

    id: str
    section: str
    """Section of the vendor's text."""
    says: str
    """In our own words."""
    run_by: tuple[RunBy, ...]
    uses: tuple[str, ...] = ()
    """Parts of the policy that it is made of: ``closures.no-response``."""
    readings: tuple[str, ...] = ()
    """Keys of the readings that decide it."""
    unable: str = ""
    """Why a client cannot run it, for ``people``."""
    messages: tuple[Message, ...] = ()

    def message(self, case: str) -> Message | None:
        """What is said in a case."""
        return next((message for message in self.messages if message.case == case), None)


class Entitlement(Struct, frozen=True, kw_only=True):
    """What a customer's fact lets happen. Values are compared without case; a fact not listed is unknown."""

    id: str
    title: str
    fact: CustomerFact
    allowed: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()
    """The text says yes in one place and no in another: warned about, never blocked (reading 10)."""
    refused: tuple[str, ...] = ()
    refer_to: str = ""
    """Role that a refused customer is sent to."""
    severity: tuple[int, ...] = ()
    """Only for these severities; empty is all."""
    override: bool = False
    """Whether a recorded reason lets it pass."""
    source: str = ""


class Item(Struct, frozen=True, kw_only=True):
    """One thing to know or to have done."""

    id: str
    label: str
    weight: Weight = Weight.ESSENTIAL
    field: str = ""
    """Field of the ticket that answers it (``subject``)."""
    detect: tuple[str, ...] = ()
    """Patterns (Python ``re``) that find it in the conversation."""
    masked: bool = False
    """A secret: what its patterns find (their group ``secret``, where they have one) is shown as dots."""
    ask: str = ""
    """The question, for the one template that asks for all that is missing."""


class Checklist(Struct, frozen=True, kw_only=True):
    """What has to be known before something is done."""

    id: str
    title: str
    at: Moment
    items: tuple[Item, ...]
    never_holds_up: tuple[int, ...] = ()
    """Severities that missing essentials never hold up."""
    source: str = ""


class Resolution(Struct, frozen=True, kw_only=True):
    """A way in which work on a ticket ends."""

    id: str
    label: str
    severity: tuple[int, ...] = ()
    """Only for these severities; empty is all."""
    refers_to: str = ""
    """Role that the customer is sent to."""
    left_out: bool = False
    """Whether it ends so because support leaves it out: which of the exclusions that is, is asked."""
    template: str = ""
    source: str = ""


class Exclusion(Struct, frozen=True, kw_only=True):
    """Something that a service leaves out."""

    id: str
    label: str
    of: str
    """``support``, or ``extended`` (outside support hours)."""
    severity: int | None = None
    """The severity that the ticket gets instead."""
    source: str = ""


class Review(Struct, frozen=True, kw_only=True):
    """Of tickets that came after hours: somebody looks at them on receipt, and records that it was done."""

    id: str
    title: str
    by: str
    """Role."""
    before_leaving: bool = False
    """Whether the end of a shift asks for it."""
    source: str = ""


class ProductVersion(Struct, frozen=True, kw_only=True):
    """A version of a product and the month in which general support for it ends."""

    product: str
    version: str
    released: str
    """``2016-08``."""
    ends: str = ""
    """``2017-05``: supported through the last day of that month. Empty: not announced, so supported."""
    source: str = ""


class OutageCause(Struct, frozen=True, kw_only=True):
    """Why a service was down, and whether that time counts."""

    id: str
    label: str
    counts: bool
    source: str = ""


class RecordKind(Struct, frozen=True, kw_only=True):
    """A fact that a technician records and that colleagues' gates see."""

    id: str
    title: str
    fields: tuple[str, ...]
    source: str = ""


class Template(Struct, frozen=True, kw_only=True):
    """Words to start a reply with."""

    id: str
    title: str
    text: str
    source: str = ""


class FollowUp(Struct, frozen=True, kw_only=True):
    """How a new ticket takes the place of a closed one that does not reopen."""

    copies: tuple[str, ...]
    channels: tuple[Channel, ...]
    reference: str
    """How it names the old one: ``Ref {number}``."""
    source: str = ""


class Contradiction(Struct, frozen=True, kw_only=True):
    """Where the text contradicts itself or leaves a hole, and what is done about it."""

    section: str
    problem: str
    decided: str
    reading: str = ""
    """Key of the reading that decides it; empty where nothing can be switched."""


Part = TypeVar("Part")


class Rulebook(Struct, frozen=True, kw_only=True):
    """Everything of a policy that is no clock. Every name that a part refers to exists."""

    rules: tuple[Rule, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    levels: tuple[SupportLevel, ...] = ()
    hand_offs: tuple[HandOff, ...] = ()
    escalation: tuple[EscalationStep, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    reviews: tuple[Review, ...] = ()
    versions: tuple[ProductVersion, ...] = ()
    causes: tuple[OutageCause, ...] = ()
    teams: tuple[Team, ...] = ()
    records: tuple[RecordKind, ...] = ()
    templates: tuple[Template, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    follow_up: FollowUp | None = None

    @property
    def left_out_of_support(self) -> tuple[Exclusion, ...]:
        """What support leaves out at all hours."""
        return tuple(each for each in self.exclusions if each.of == "support")

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of an id."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def checklist(self, checklist_id: str) -> Checklist | None:
        """The checklist of an id."""
        return next((checklist for checklist in self.checklists if checklist.id == checklist_id), None)

    def step(self, step_id: str) -> EscalationStep | None:
        """The escalation step of an id."""
        return next((step for step in self.escalation if step.id == step_id), None)

    def template(self, template_id: str) -> Template | None:
        """The template of an id."""
        return next((template for template in self.templates if template.id == template_id), None)


def placeholders(text: str) -> frozenset[str]:
    """Names in braces of a message or a template."""
    return frozenset(_PLACEHOLDER.findall(text))
