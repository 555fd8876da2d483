"""What a policy has to say to something that may be done: told beside the result, and nothing is asked."""

from __future__ import annotations

import re
from collections.abc import Callable

from techdesk.model import Channel, Status
from techdesk.rules import records, versions
from techdesk.rules.facts import Facts
from techdesk.rules.gate import Case, sentence
from techdesk.rules.grades import BEGINS, GRADING, channel_words
from techdesk.sla.policy import Policy

_FIX = re.compile(r"(?i)\b(fix|patch|hotfix|service pack|release)\b")
_MONTH = (
    "jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?"
    "|nov(ember)?|dec(ember)?"
)
_DATE = re.compile(
    r"(?i)\b(\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}|(by|on|until|before|next) "
    r"(mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|next (week|month)|in \d+ (days|weeks)"
    rf"|\d{{1,2}}(st|nd|rd|th)?( of)? ({_MONTH})|({_MONTH}) \d{{1,2}}(st|nd|rd|th)?)\b"
)
_OUT_OF_SCOPE = "out-of-scope"
_CRITICAL = 2
"""Phonism's severity below Emergency."""
_URGENT = (1, 2)
"""Priorities that belong on the phone (POLICIES D22)."""


def hints(case: Case) -> tuple[str, ...]:
    """The sentences for one action, in the order of the policy's rules; none without a policy."""
    policy = case.ticket.policy
    if policy is None:
        return ()
    told = []
    for rule_id, name, ask in _HINTS:
        rule = policy.rulebook.rule(rule_id)
        message = rule.message(name) if rule is not None else None
        values = ask(case)
        if rule is None or message is None or values is None:
            continue
        reason, remedy = sentence(policy, rule, message, **values)
        told.append(f"{reason} {remedy}".strip())
    return tuple(told)


def _ended_out_of_scope(case: Case) -> dict[str, object] | None:
    """D14: out of scope is how the work ended; closing still needs a reason of its own."""
    ends = case.action == "ticket.resolve" and case.wish.resolution == _OUT_OF_SCOPE
    return {} if ends else None


def _urgent_elsewhere(case: Case) -> dict[str, object] | None:
    """D22: what is urgent belongs on the phone."""
    level = case.ticket.priority if case.action == "ticket.new" else case.wish.priority
    channel = case.ticket.channel
    asked = case.action in GRADING or case.action == "ticket.new"
    return {"channel": channel_words(channel)} if asked and _misplaced(case.policy, level, channel) else None


def should_be_phone(ticket: Facts) -> str:
    """D22's sentence for a ticket that nobody has begun with; empty where it came the right way."""
    policy = ticket.policy
    rule = policy.rulebook.rule("D22") if policy is not None else None
    message = rule.message("should-be-phone") if rule is not None else None
    if policy is None or rule is None or message is None or ticket.status is not Status.NEW:
        return ""
    if not _misplaced(policy, ticket.priority, ticket.channel):
        return ""
    return sentence(policy, rule, message, channel=channel_words(ticket.channel))[0]


def _misplaced(policy: Policy, level: int | None, channel: Channel) -> bool:
    """Whether a grade is urgent, and the policy has a channel for what is, and this is another one."""
    came = policy.channel(channel)
    kept_for_it = any(rule.time_critical for rule in policy.channels)
    return level in _URGENT and kept_for_it and came is not None and not came.time_critical


def _offer(case: Case) -> dict[str, object] | None:
    """PH2: out of standard hours Critical may become Emergency, where that was arranged."""
    graded = case.action in GRADING and case.wish.severity == _CRITICAL and case.ticket.support_open is False
    arranged = case.ticket.customer is not None and case.ticket.customer.emergency_on_call
    return {} if graded and arranged else None


def _raised(case: Case) -> dict[str, object] | None:
    """PH3: what came as Minor by its channel was raised; who asked is recorded with it."""
    wanted, present, rule = case.wish.severity, case.ticket.severity, case.policy.channel(case.ticket.channel)
    defaulted = rule is not None and rule.default_severity == present
    if case.action not in GRADING or wanted is None or present is None or wanted >= present or not defaulted:
        return None
    return {"channel": channel_words(case.ticket.channel)}


def _differs(case: Case) -> dict[str, object] | None:
    """DD12: priority and severity typically match."""
    if case.action not in GRADING:
        return None
    wish, ticket = case.wish, case.ticket
    priority = case.policy.priority(ticket.priority if wish.priority is None else wish.priority)
    severity = case.policy.severity(ticket.severity if wish.severity is None else wish.severity)
    if priority is None or severity is None or not _apart(priority.level, severity.level):
        return None
    return {"priority": priority.label, "severity": severity.label}


def _apart(priority: int, severity: int) -> bool:
    """Three priorities beside four severities: High is 1, Medium 2, Low 3 and 4."""
    return min(severity, 3) != priority


def _customer_away(case: Case) -> dict[str, object] | None:
    """DD10: a diagnosis of high priority needs the customer; waiting is allowed where they are not there."""
    if case.action not in ("ticket.status", "ticket.reply") or case.wish.status is not Status.WAITING:
        return None
    urgent = case.ticket.priority == 1
    known = case.evidence.records.of(records.AVAILABILITY)
    return {} if urgent and not known else None


def _preferred(case: Case) -> dict[str, object] | None:
    """DD18: e-mail or phone, as the customer asked."""
    last = case.evidence.records.last(records.PREFERRED_CHANNEL)
    asked = last.field("channel").casefold() if last is not None else ""
    writes, calls = case.action in ("ticket.reply", "ticket.resolve"), case.action == "ticket.call"
    if writes and ("phone" in asked or "call" in asked):
        return {"channel": "telephone"}
    return {"channel": "e-mail"} if calls and "mail" in asked else None


def _promise(case: Case) -> dict[str, object] | None:
    """DD5: what may be expected of a fix depends on the severity; no date is promised."""
    text = case.wish.text or ""
    told = case.action in ("ticket.reply", "ticket.resolve")
    return {} if told and _FIX.search(text) and _DATE.search(text) else None


def _still_critical(case: Case) -> dict[str, object] | None:
    """W4: what does not qualify does not stay Critical; an exclusion regrades it at once."""
    left_out = case.wish.kind == records.QUALIFICATION and case.wish.fields.get("qualifies") == "no"
    named = case.wish.fields.get("exclusion")
    if any(each.id == named and each.severity is not None for each in case.policy.rulebook.exclusions):
        return None
    told = case.action == "ticket.record" and left_out
    return {} if told and case.ticket.severity == 1 and case.ticket.support_open is False else None


def _undecided(case: Case) -> dict[str, object] | None:
    """W4: somebody decides whether a Critical ticket of the night qualifies; monitoring has (W13)."""
    if case.action not in BEGINS or case.ticket.severity != 1 or case.ticket.support_open is not False:
        return None
    known = case.ticket.channel is Channel.MONITORING or case.evidence.records.of(records.QUALIFICATION)
    return None if known else {}


def _standard_call(case: Case) -> dict[str, object] | None:
    """W14: who calls outside hours about something else than Critical waits for the next working day."""
    new = case.action == "ticket.new"
    channel = case.ticket.channel if new else case.wish.channel
    rule = case.policy.channel(channel)
    if not (new or case.action == "ticket.call") or rule is None or not rule.out_of_hours_severity:
        return None
    urgent = case.ticket.severity in rule.out_of_hours_severity
    return None if urgent or case.ticket.support_open is not False else {}


_HINTS: tuple[tuple[str, str, Callable[[Case], dict[str, object] | None]], ...] = (
    ("D14", "closing", _ended_out_of_scope),
    ("D22", "should-be-phone", _urgent_elsewhere),
    ("PH2", "offer", _offer),
    ("PH3", "raised", _raised),
    ("W4", "keeps", _still_critical),
    ("W4", "undecided", _undecided),
    ("W14", "standard", _standard_call),
    ("W6", "differs", versions.apart),
    ("DD8", "differs", versions.apart),
    ("DD12", "differs", _differs),
    ("DD10", "unavailable", _customer_away),
    ("DD18", "preferred", _preferred),
    ("DD5", "date", _promise),
)
RULES = tuple(rule for rule, _, _ in _HINTS)
"""Ids of the rules that have something to say."""
