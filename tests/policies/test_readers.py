"""Each field that a policy file may hold is read by the program, and so is each part that a rule is made of.

A field that only the decoder knows promises something that nothing keeps. The table says which module runs,
asks or shows it; the test looks for the attribute in that module's source, so neither side can drift: a field
without a line, a line without a field, and a module that no longer reads it all fail.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from msgspec import Struct
from msgspec.structs import fields

import techdesk
from techdesk.policies.book import PolicyBook
from techdesk.rules import records
from techdesk.sla.calendar import CalendarSpec
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import CustomerFact, Rulebook
from techdesk.work.customer_facts import _SHOWN

PACKAGE = Path(techdesk.__file__).parent
BOOK = PolicyBook.load()
LOADERS = {
    "sla/policy_text.py", "sla/policy_targets.py", "sla/policy_calendars.py", "sla/policy_struct.py",
    "sla/policy_table.py", "sla/rulebook_text.py",
}  # fmt: skip
"""What decodes and validates: being read here makes nothing true."""

CLOCK, EVALUATE, EXPLAIN, MATCH = (
    "sla/target_clock.py",
    "sla/evaluate.py",
    "sla/explain.py",
    "sla/matching.py",
)
CLOSURE, GRADES, INTAKE, PASSING = (
    "rules/closure.py",
    "rules/grades.py",
    "rules/intake.py",
    "rules/passing.py",
)
SHOW, ASKED, TEXTS = "work/policy_report.py", "actions/questions.py", "actions/policy_words.py"
READ, DOWN, CHECK = "work/readings.py", "work/downtime.py", "work/policy_check.py"
WAYS, JUDGED, TICKED = "actions/passing_on.py", "actions/judging.py", "actions/checklist_questions.py"

READERS: Mapping[str, Mapping[str, str]] = {
    "Policy": {
        "name": EVALUATE, "title": SHOW, "version": EVALUATE, "valid_from": "policies/versions.py",
        "source": SHOW, "graded_by": EVALUATE, "calendars": "policies/book.py", "targets": EVALUATE,
        "priorities": "actions/grading.py", "severities": "actions/grading.py", "channels": EVALUATE,
        "closures": CLOSURE, "reopen": EVALUATE, "readings": READ, "services": DOWN,
        "support_hours": "sla/policy.py", "after_hours": "sla/policy.py", "pairs": EVALUATE,
        "ungraded": EVALUATE, "holiday_sources": SHOW, "holiday_names": EXPLAIN, "rulebook": "rules/gate.py",
        "automatic_replies_count": EVALUATE, "vip_bump": EVALUATE,
        "availability_period": DOWN, "last_month": "rules/versions.py", "origin": SHOW,
    },
    "Target": {
        "metric": EVALUATE, "name": CLOCK, "source": CLOCK, "kind": CLOCK, "calendar": EVALUATE,
        "match": EVALUATE, "amount": CLOCK, "soft_amount": CLOCK, "days": CLOCK, "soft_days": CLOCK,
        "mode": CLOCK, "strict": CLOCK, "roll_to_open": EVALUATE, "immediate": CLOCK, "informational": CLOCK,
        "objective": CLOCK, "start": EVALUATE, "stop": EVALUATE, "pause_on": EVALUATE, "thresholds": CLOCK,
        "notify": CLOCK, "readings": EXPLAIN,
    },
    "Match": {
        "priority": MATCH, "severity": MATCH, "kind": MATCH, "channel": MATCH, "region": MATCH,
        "organisation": MATCH, "vip": MATCH, "graded": MATCH, "opened": EVALUATE, "opened_calendar": EVALUATE,
    },
    "Thresholds": {
        "warning_share": CLOCK, "critical_share": CLOCK, "warning_left": CLOCK, "warning_left_minimum": CLOCK,
    },
    "Grade": {
        "level": "actions/grading.py", "label": "actions/grading.py", "title": "actions/grading.py",
        "criteria": "actions/grading.py", "effort": TEXTS, "fix": TEXTS, "source": SHOW,
    },
    "ChannelRule": {
        "channel": EVALUATE, "opens": INTAKE, "reviewed_first": "rules/ending.py", "changes_priority": GRADES,
        "time_critical": "rules/hints.py", "needs_ticket": INTAKE, "in_hours_only": INTAKE,
        "out_of_hours_severity": INTAKE, "never_severity": GRADES, "default_priority": EVALUATE,
        "default_severity": EVALUATE, "default_tag": "work/customer_facts.py", "source": SHOW,
    },
    "ClosureReason": {
        "id": CLOSURE, "label": JUDGED, "source": CLOSURE, "standard": CLOSURE, "needs": CLOSURE,
        "inquiries": CLOSURE, "notice_counts": CLOSURE, "spacing_warning": CLOSURE, "waiting": CLOSURE,
        "away_suspends": CLOSURE, "denied_by": CLOSURE, "blocks_reopening": "rules/gates.py",
    },
    "Reading": {
        "key": READ, "number": READ, "question": READ,
        "choice": READ, "choices": READ, "source": READ,
    },
    "Choice": {"value": READ, "meaning": READ},
    "ServiceClass": {
        "id": DOWN, "title": DOWN, "availability": DOWN,
        "source": SHOW,
    },
    "SupportHours": {"calendar": "sla/policy.py", "region": "sla/policy.py"},
    "AfterHours": {"office": SHOW, "calendar": EVALUATE, "region": "sla/policy.py"},
    "LevelPair": {
        "level": EVALUATE, "becomes": EVALUATE, "while_open": EVALUATE, "source": SHOW, "readings": EXPLAIN,
    },
    "HolidaySource": dict.fromkeys(("country", "subdivision", "observed"), "policies/public_holidays.py"),
    "Rulebook": {
        "rules": READ, "entitlements": "work/customer_facts.py", "checklists": TICKED,
        "levels": PASSING, "hand_offs": PASSING, "escalation": WAYS,
        "resolutions": "screens/how_it_ended.py", "exclusions": GRADES, "reviews": "rules/leaving.py",
        "versions": "rules/versions.py", "causes": DOWN, "teams": PASSING, "records": ASKED,
        "templates": TEXTS, "contradictions": READ, "follow_up": "actions/opening.py",
    },
    "Rule": {
        "id": READ, "section": "rules/gate.py", "says": READ, "run_by": SHOW,
        "uses": "rules/leaving.py", "readings": CHECK, "unable": READ,
        "messages": "sla/rulebook.py",
    },
    "Message": {
        "case": "sla/rulebook.py", "effect": "rules/gate.py", "words": "rules/gate.py",
        "remedy": "rules/gate.py",
    },
    "Entitlement": {
        "id": "rules/entitlement.py", "title": SHOW, "fact": "work/customer_facts.py",
        "allowed": "rules/entitlement.py", "disputed": "rules/entitlement.py",
        "refused": "rules/entitlement.py", "refer_to": "rules/entitlement.py", "severity": GRADES,
        "override": "rules/entitlement.py", "source": SHOW,
    },
    "Checklist": {
        "id": INTAKE, "title": TICKED, "at": TEXTS, "items": "rules/checklists.py", "never_holds_up": INTAKE,
        "source": SHOW,
    },
    "Item": {
        "id": "rules/checklists.py", "label": "rules/checklists.py", "weight": "rules/checklists.py",
        "field": "rules/checklists.py", "detect": "rules/checklists.py", "masked": "rules/secrets.py",
        "ask": "rules/checklists.py",
    },
    "SupportLevel": {
        "id": PASSING, "title": PASSING, "party": WAYS, "reports_to": PASSING,
        "tells_user": PASSING, "source": SHOW,
    },
    "HandOff": {
        "id": PASSING, "giver": PASSING, "taker": PASSING, "kind": PASSING, "condition": WAYS,
        "checklist": PASSING, "located": PASSING, "immediate": PASSING, "source": SHOW,
    },
    "EscalationStep": {
        "id": PASSING, "contact": WAYS, "after": PASSING, "attempts": "sla/steps.py",
        "window": "sla/steps.py", "progress_days": "sla/steps.py", "calendar": "actions/standing.py",
        "commitment": PASSING, "master_list": PASSING, "source": SHOW,
    },
    "Team": {
        "id": PASSING, "title": PASSING, "severity": PASSING, "priority": PASSING, "kind": PASSING,
        "escalated": PASSING, "source": PASSING,
    },
    "Resolution": {
        "id": "rules/ending.py", "label": "screens/how_it_ended.py", "severity": "rules/ending.py",
        "refers_to": "screens/how_it_ended.py", "left_out": "rules/ending.py",
        "template": "screens/how_it_ended.py", "source": "screens/how_it_ended.py",
    },
    "Exclusion": {
        "id": "rules/ending.py", "label": GRADES, "of": "sla/rulebook.py", "severity": JUDGED,
        "source": "screens/how_it_ended.py",
    },
    "Review": {
        "id": "rules/leaving.py", "title": SHOW, "by": SHOW, "before_leaving": "rules/leaving.py",
        "source": SHOW,
    },
    "ProductVersion": {
        "product": "rules/versions.py", "version": "rules/versions.py", "released": CHECK,
        "ends": "rules/versions.py", "source": SHOW,
    },
    "OutageCause": {
        "id": DOWN, "label": DOWN, "counts": DOWN, "source": SHOW,
    },
    "RecordKind": {"id": ASKED, "title": ASKED, "fields": ASKED, "source": SHOW},
    "Template": {"id": TEXTS, "title": TEXTS, "text": TEXTS, "source": SHOW},
    "FollowUp": {
        "copies": "actions/opening.py", "channels": "actions/opening.py", "reference": "actions/opening.py",
        "source": SHOW,
    },
    "Contradiction": dict.fromkeys(("section", "problem", "decided", "reading"), CHECK),
}  # fmt: skip

NOTED_ONLY = {"engineering", "progress-report"}
"""Facts that a technician notes for colleagues to read, and that no gate asks about."""


OF_THE_DESK = {CustomerFact.ACCOUNT_CONTACT}
"""What the desk's own directory tells: D7, D20 and DD13 compare a person's organisation with the ticket's."""


def structs(form: Any, found: dict[str, type[Struct]] | None = None) -> dict[str, type[Struct]]:
    """Every struct that a policy is made of, found by the types of its fields."""
    found = {} if found is None else found
    if isinstance(form, type) and issubclass(form, Struct) and form is not CalendarSpec:
        if form.__name__ not in found:
            found[form.__name__] = form
            for field in fields(form):
                structs(field.type, found)
    elif get_origin(form) is not None or isinstance(form, types.UnionType):
        for inner in get_args(form):
            structs(inner, found)
    return found


@cache
def read_in(module: str) -> frozenset[str]:
    """Attributes that a module reads."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


def lines() -> Iterator[tuple[str, str, str]]:
    for struct, table in READERS.items():
        for field, module in table.items():
            yield struct, field, module


def test_the_table_has_every_field_of_every_struct_and_no_other() -> None:
    held = {name: {field.name for field in fields(form)} for name, form in structs(Policy).items()}
    assert {name: set(table) for name, table in READERS.items()} == held


@pytest.mark.parametrize(("struct", "field", "module"), lines())
def test_what_a_policy_holds_is_read(struct: str, field: str, module: str) -> None:
    assert module not in LOADERS, "decoding makes nothing true"
    assert field in read_in(module), f"{module} does not read {struct}.{field}"


def test_a_field_that_nothing_reads_is_found() -> None:
    """The look into the source can fail: what was in the files once, and in no gate, is in none of these."""
    for field in ("open_at_close", "explain_whither", "covers"):
        assert not any(field in read_in(module) for _, _, module in lines())


def used() -> list[tuple[str, str]]:
    return [
        (name, use)
        for name in BOOK.names()
        if (policy := BOOK.get(name)) is not None
        for rule in policy.rulebook.rules
        for use in rule.uses
    ]


@pytest.mark.parametrize(("policy", "use"), used())
def test_each_part_that_a_rule_is_made_of_is_read(policy: str, use: str) -> None:
    """Sections are read as a whole; a record by its kind too, a fact of a customer by the panel of facts."""
    section, _, name = use.partition(".")
    assert section in READERS["Policy"] or section in READERS["Rulebook"]
    found = BOOK.get(policy)
    assert found is not None
    if section == "records" and name:
        assert (name in records.TITLES) != (name in NOTED_ONLY), f"nothing but the form knows {name!r}"
    if section == "entitlements":
        facts = {each.id: each.fact for each in found.rulebook.entitlements}
        assert facts[name] in _SHOWN or facts[name] in OF_THE_DESK, f"nothing asks for {facts[name]}"


def test_every_exclusion_is_left_out_of_something_that_asks() -> None:
    for name in BOOK.names():
        policy = BOOK.get(name)
        assert policy is not None
        book: Rulebook = policy.rulebook
        assert {each.of for each in book.exclusions} <= {"support", "extended"}
        if book.left_out_of_support:
            assert any(way.left_out for way in book.resolutions), f"{name}: no way to end asks which it is"
