"""Which form an action asks for, under the policy of a ticket; and what its answers mean to the workbench.

Each function gives None where nothing has to be asked: the key then acts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.actions.because import REASONS
from techdesk.actions.checklist_questions import checklists
from techdesk.actions.forms import Field, FieldKind, Form, Option, date_words, instant_of, ticked
from techdesk.actions.grading import SEVERITY, GradeChoice, graded_axis
from techdesk.actions.outcomes import Confirm, Refused
from techdesk.model import Channel, Instant
from techdesk.rules import records
from techdesk.rules.facts import CUSTOMER, DESK, Evidence, Facts
from techdesk.rules.record_fields import EMAIL, TELEPHONE
from techdesk.sla.policy import Policy

_ASKED = "asked"
_CORRECTED = "D3"
"""The rule that wants to know why a grade is changed."""
_ASKERS = (
    Option(id=DESK, label="the desk corrects it"),
    Option(id=f"{CUSTOMER}:{Channel.PHONE}", label="the customer, on the phone"),
    Option(id=f"{CUSTOMER}:{Channel.EMAIL}", label="the customer, by e-mail"),
    Option(id=f"{CUSTOMER}:{Channel.PORTAL}", label="the customer, in the portal"),
    Option(id=f"{CUSTOMER}:{Channel.CHAT}", label="the customer, in a chat"),
)
_YES, _NO = Option(id="yes", label="yes"), Option(id="no", label="no")
_BECAUSE = Field(name="because", label="Reason", hint="why, in words: recorded on the ticket")


def has(policy: Policy | None, *rules: str) -> bool:
    """Whether a policy has one of these rules."""
    return policy is not None and any(policy.rulebook.rule(rule) is not None for rule in rules)


def reason_form(outcome: Refused | Confirm) -> Form:
    """The one line that lets pass what a policy lets pass with a reason."""
    if isinstance(outcome, Refused):
        title, note = outcome.what, f"{outcome.why} {outcome.remedy}"
    else:
        title, note = outcome.question, outcome.detail
    return Form(title=title, fields=(replace(_BECAUSE, wanted=True),), note=note, yes="go on with it")


def reason_form_for_many(title: str, count: int, against: str) -> Form:
    """The same line, asked once: what stands against it for some of many tickets."""
    note = f"Of {count:,} of them: {against}"
    return Form(title=title, fields=(replace(_BECAUSE, wanted=True),), note=note, yes="preview it")


# Grading


def grade_form(facts: Facts, choice: GradeChoice) -> Form | None:
    """Who asks for a grade and how, where a rule of the policy wants to know (D3, D21, PH10, W3, W4)."""
    policy = facts.policy
    present = facts.severity if choice.axis == SEVERITY else facts.priority
    if policy is None or choice.level == present:
        return None
    regraded = has(policy, "D3") and choice.axis != SEVERITY and present is not None
    chosen = has(policy, "PH10") and choice.axis == SEVERITY
    night = has(policy, "W4") and choice.level == 1 and facts.support_open is False
    if not (regraded or chosen or night):
        return None
    requester = facts.requester
    caller = (requester.name or requester.email) if requester is not None else ""
    fields = [
        Field(name=_ASKED, label="Asked by", kind=FieldKind.CHOICE, options=_ASKERS, value=DESK),
        Field(name="caller", label="Who", value=caller, hint="name or address, where the customer asked"),
        _BECAUSE,
    ]
    note = ""
    if night:
        excluded = [each for each in policy.rulebook.exclusions if each.of == "extended"]
        options = (Option(id="", label="nothing: it qualifies"), *(_option(e.id, e.label) for e in excluded))
        fields.append(Field(name="exclusion", label="Excluded", kind=FieldKind.CHOICE, options=options))
        note = "Outside support hours: does it qualify for extended support (2.2)?"
    if chosen and choice.criteria:
        criteria = tuple(Option(id=str(n), label=words) for n, words in enumerate(choice.criteria))
        fields.append(Field(name="criteria", label="True of it", kind=FieldKind.TICKS, options=criteria))
    return Form(
        title=f"{facts.number}: {choice.axis} {choice.words}",
        fields=tuple(fields),
        note=note,
        yes="set it",
        # Mostly it is the desk that corrects a priority, and all that is missing then is the reason.
        start="because" if regraded else "",
    )


def grade_form_for_many(title: str, policies: Iterable[Policy]) -> Form | None:
    """The same, asked once for many tickets; None where none of their policies wants to know.

    What is asked of one ticket alone (which criteria are true of it, whether it qualifies for extended
    support) is left to the gates: they refuse it, and it is graded by itself.
    """
    asks = any((has(p, "D3") and graded_axis(p) != SEVERITY) or has(p, "PH10") for p in policies)
    if not asks:
        return None
    fields = (
        Field(name=_ASKED, label="Asked by", kind=FieldKind.CHOICE, options=_ASKERS, value=DESK),
        Field(name="caller", label="Who", hint="name or address, where one customer asked for all"),
        _BECAUSE,
    )
    return Form(title=title, fields=fields, yes="preview it", start="because")


def grade_values(choice: GradeChoice, answers: Mapping[str, str]) -> dict[str, Any]:
    """What ``perform('ticket.priority', ...)`` takes, of the answers to ``grade_form``."""
    values = {choice.axis: choice.level, **asked_values(answers)}
    if answers.get("exclusion"):
        values["exclusion"] = answers["exclusion"]
    if "criteria" in answers:
        values["criteria"] = ticked(answers["criteria"])
    return values


def asked_values(answers: Mapping[str, str]) -> dict[str, Any]:
    """Who asked, how, and why: of the answers to either form; nothing where none was asked."""
    if not answers:
        return {}
    reason = answers.get("because", "")
    # It says why it is changed, and nothing of what a rule has to say to the change (a VIP's, D6).
    values: dict[str, Any] = {"because": reason, REASONS: {_CORRECTED: reason} if reason else {}}
    asked, _, channel = answers.get(_ASKED, DESK).partition(":")
    values["asked_by"] = asked
    if asked == CUSTOMER:
        values |= {"channel": channel, "caller": answers.get("caller", "")}
    return values


# Calls and facts


def call_form(facts: Facts, evidence: Evidence) -> Form:
    """The log of a call: who, from which number, what was said."""
    requester = facts.requester
    caller = (requester.name or requester.email) if requester is not None else ""
    fields = [
        Field(name="caller", label="Caller", value=caller, hint="name or address"),
        Field(name="number", label="Number", hint="that they called from"),
        Field(name="text", label="What was said", wanted=True),
        *_how_reached(facts.policy),
    ]
    if evidence.notice_at is not None and evidence.confirmed_at is None:
        fields.append(
            Field(
                name="confirms", label="It is solved", kind=FieldKind.CHOICE, options=(_NO, _YES), value="no"
            )
        )
    return Form(title=f"Call on {facts.number}", fields=tuple(fields), yes="log it")


def _how_reached(policy: Policy | None) -> tuple[Field, ...]:
    """By telephone or in a chat, where a policy has a rule for chats (W8)."""
    chats = policy is not None and any(rule.channel is Channel.CHAT for rule in policy.channels)
    if not chats:
        return ()
    options = (_option(Channel.PHONE.value, "telephone"), _option(Channel.CHAT.value, "chat"))
    return (
        Field(
            name="channel",
            label="By",
            kind=FieldKind.CHOICE,
            options=options,
            value=Channel.PHONE.value,
        ),
    )


def call_values(answers: Mapping[str, str]) -> dict[str, Any]:
    """What ``perform('ticket.call', ...)`` takes."""
    confirms = answers.get("confirms") == "yes"
    return {
        "caller": answers.get("caller", ""),
        "number": answers.get("number", ""),
        "text": answers.get("text", ""),
        "confirms": confirms,
        "channel": answers.get("channel") or Channel.PHONE.value,
    }


class FactKind(Struct, frozen=True, kw_only=True):
    """One line of the list of facts that may be noted on a ticket."""

    id: str
    label: str
    detail: str
    key: str = ""
    """The letter that takes it at once; none of j, k and q, which move and leave."""


CALL_KIND = "call"
_KINDS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    # id, letter, words, detail, rules under which it is offered (none: always)
    (CALL_KIND, "c", "A call", "who called, and what was said", ()),
    (records.AWAY, "a", "The customer is away", "until a day: nothing is closed for want of an answer", ()),
    (records.REVIEW, "r", "Reviewed", "somebody has looked at it, with your name and the time", ()),
    (records.TICK, "t", "Points of a checklist", "what is known or done", ()),
    (records.LOCATED, "l", "Where the fault lies", "the server, or another part", ("Z1",)),
    (records.CONSOLE, "o", "What the console shows", "a failed component, or all healthy", ("Z2",)),
    (records.ATTEMPT, "e", "A try to reach somebody", "of the escalation path", ("Z5",)),
    (records.MASTER_LIST, "m", "Master contact list read", "with its date", ("Z5",)),
    (records.COMMITMENT, "s", "A commitment that was given", "and until when: missed after that", ("Z5",)),
    (records.USER_TOLD, "u", "The user was told", "by first level, that the request is done", ("Z9",)),
    (records.APPROVAL, "p", "An approval", "by a key contact, of a change or purchase", ("D6",)),
    (records.QUALIFICATION, "n", "Extended support", "does it qualify outside hours?", ("W4",)),
    (records.PARTNER_CONTACTED, "b", "The partner was told", "of what monitoring found", ("W9",)),
    (records.DIAGNOSTIC_DROP, "d", "Software for diagnosis", "installed, or removed again", ("DD15",)),
    (records.OUTAGE, "g", "An outage", "of which service, from when to when, by which cause", ("D19",)),
    (records.AVAILABILITY, "v", "When the customer is available", "for a diagnosis", ("DD10",)),
)


def fact_kinds(facts: Facts) -> list[FactKind]:
    """What may be noted on a ticket: what concerns every ticket, then what its policy asks for."""
    made = []
    policy = facts.policy
    for kind, key, label, detail, rules in _KINDS:
        if rules and not has(policy, *rules):
            continue
        if kind == records.TICK and not checklists(policy):
            continue
        made.append(FactKind(id=kind, label=label, detail=detail, key=key))
    known = {kind.id for kind in made} | {records.CALL}
    own = policy.rulebook.records if policy is not None else ()
    made += [
        FactKind(id=kind.id, label=kind.title, detail=", ".join(kind.fields))
        for kind in own
        if kind.id not in known
    ]
    return made


def record_form(facts: Facts, kind: str, received: Instant | None = None, tried: str = "") -> Form | None:
    """The fields of one kind of fact; None where there is nothing to fill in.

    ``received``: when the ticket came, which is the customer's notice of an outage (D15). ``tried``: the step
    of the escalation path whose contact was tried last: the next try is mostly one at the same (Z6).
    """
    policy = facts.policy
    book = policy.rulebook if policy is not None else None
    fields: tuple[Field, ...] = ()
    match kind:
        case records.AWAY:
            day = Field(name="until", label="Until", kind=FieldKind.DATE, wanted=True, hint="2026-11-30")
            fields = (day, Field(name="who", label="Who", hint="said so, and how"))
        case records.LOCATED:
            fields = (_located(policy, wanted=True),)
        case records.CONSOLE:
            states = (
                _option("healthy", "all components healthy"),
                _option("failed", "a component has failed"),
            )
            fields = (
                Field(
                    name="component", label="Console", kind=FieldKind.CHOICE, options=states, value="healthy"
                ),
                _located(policy, wanted=False),
            )
        case records.ATTEMPT if book is not None:
            steps = tuple(_option(step.id, f"{step.id}: {step.contact}") for step in book.escalation)
            known = tried if tried in [step.id for step in steps] else steps[0].id
            fields = (
                Field(name="step", label="Tried", kind=FieldKind.CHOICE, options=steps, value=known),
                Field(
                    name="reached", label="Reached", kind=FieldKind.CHOICE, options=(_NO, _YES), value="no"
                ),
                Field(name="how", label="How", hint="telephone, e-mail"),
            )
        case records.MASTER_LIST if book is not None:
            steps = tuple(_option(step.id, f"{step.id}: {step.contact}") for step in book.escalation)
            fields = (
                Field(name="step", label="For step", kind=FieldKind.CHOICE, options=steps, value=steps[0].id),
                Field(name="version", label="List of", wanted=True, hint="its date: 2026-11-01"),
            )
        case records.APPROVAL:
            customer = facts.customer
            names = ", ".join((customer.key_contacts if customer is not None else None) or ())
            fields = (
                Field(name="approver", label="Approved by", wanted=True, hint=names or "a key contact"),
                Field(name="what", label="What"),
                Field(name="how", label="How", hint="telephone, e-mail"),
            )
        case records.QUALIFICATION if book is not None:
            excluded = (e for e in book.exclusions if e.of == "extended")
            options = (Option(id="", label="nothing"), *(_option(e.id, e.label) for e in excluded))
            fields = (
                Field(
                    name="qualifies",
                    label="Qualifies",
                    kind=FieldKind.CHOICE,
                    options=(_YES, _NO),
                    value="yes",
                ),
                Field(name="exclusion", label="Left out as", kind=FieldKind.CHOICE, options=options),
            )
        case records.DIAGNOSTIC_DROP:
            fields = (
                Field(name="what", label="What", wanted=True, hint="name and version"),
                Field(name="purpose", label="Purpose", wanted=True),
                Field(
                    name="removed", label="Removed", kind=FieldKind.CHOICE, options=(_NO, _YES), value="no"
                ),
            )
        case records.OUTAGE if policy is not None and book is not None:
            services = tuple(
                _option(each.id, f"{each.title}, {each.availability} %") for each in policy.services
            )
            causes = tuple(_option(each.id, each.label) for each in book.causes)
            fields = (
                Field(name="service", label="Service", kind=FieldKind.CHOICE, options=services),
                Field(name="cause", label="Cause", kind=FieldKind.CHOICE, options=causes),
                Field(
                    name="from",
                    label="From",
                    kind=FieldKind.DATE,
                    wanted=True,
                    hint="2026-11-30 09:10",
                    value=date_words(received),
                ),
                Field(name="until", label="Until", kind=FieldKind.DATE, hint="empty while it lasts"),
                Field(name="counts", label="Counts", kind=FieldKind.CHOICE, options=(_YES, _NO), value="yes"),
            )
        case records.PREFERRED_CHANNEL:
            ways = (_option(EMAIL, "by e-mail"), _option(TELEPHONE, "by telephone"))
            fields = (
                Field(name="channel", label="To be told", kind=FieldKind.CHOICE, options=ways, value=EMAIL),
            )
        case records.COMMITMENT:
            day = Field(
                name="until", label="Until", kind=FieldKind.DATE, wanted=True, hint="2026-11-30 12:00"
            )
            fields = (Field(name="what", label="What", wanted=True), day)
        case records.REVIEW:
            return None
        case _:
            own = next((each for each in book.records if each.id == kind), None) if book is not None else None
            names_of = own.fields if own is not None else ()
            fields = tuple(_plain_field(name) for name in names_of)
    words = Field(name="text", label="Words", hint="for colleagues, where there is more to say")
    label = next((k.label for k in fact_kinds(facts) if k.id == kind), kind)
    return Form(title=f"{facts.number}: {label}", fields=(*fields, words), yes="note it")


def record_values(kind: str, form: Form | None, answers: Mapping[str, str]) -> dict[str, Any]:
    """What ``perform('ticket.record', ...)`` takes, of the answers to ``record_form``."""
    fields: dict[str, str] = {}
    for field in form.fields if form is not None else ():
        value = answers.get(field.name, "").strip()
        if field.name == "text" or not value:
            continue
        dated = field.kind is FieldKind.DATE
        at = instant_of(value, beginning=field.name == "from") if dated else None
        fields[field.name] = str(at) if at is not None else value
    return {"kind": kind, "fields": fields, "text": answers.get("text", "")}


def _located(policy: Policy | None, *, wanted: bool) -> Field:
    """Where the fault lies: the parts that a way of the policy names, then those that it does not cover."""
    ways = policy.rulebook.hand_offs if policy is not None else ()
    named = dict.fromkeys(place for way in ways for place in way.located)
    places = (*named, *(p for p in ("server", "unclear", "LAN", "client", "internet") if p not in named))
    options = tuple(_option(place, place) for place in places)
    if not wanted:
        options = (Option(id="", label="not known yet"), *options)
    return Field(
        name="located", label="The fault", kind=FieldKind.CHOICE, options=options, value=options[0].id
    )


_ABOUT = {
    "who": "name or address",
    "when": "a day, hours, a time",
    "how": "telephone, e-mail",
    "since": "2026-11-30",
    "channel": "telephone, or e-mail",
    "reference": "its number there",
}
"""What goes into a plain field of a record, where its name alone does not tell."""


def _plain_field(name: str) -> Field:
    return Field(name=name, label=name.capitalize(), hint=_ABOUT.get(name, ""))


def _option(option_id: str, label: str) -> Option:
    return Option(id=option_id, label=label)
