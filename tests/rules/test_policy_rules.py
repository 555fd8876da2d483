"""Each rule of the shipped policies that a gate runs: once refused or asked about, once allowed."""

# ruff: noqa: E501 - one case a line can be read as a table

from __future__ import annotations

import time
from typing import Any

import pytest

from techdesk.model import Channel, Direction, Person, Role, Status, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.rules import records
from techdesk.rules.customer import Customer
from techdesk.rules.facts import CUSTOMER, Evidence, Facts, Wish, gather
from techdesk.rules.gates import GATES, can
from techdesk.rules.records import Record, Records
from techdesk.rules.verdicts import Ok, Refuse, Verdict, Warn
from techdesk.rules.wording import moment
from techdesk.sla.history import Change, History, MessageFact
from techdesk.sla.steps import StepState

NOW = 1_793_714_520
HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
BOOK = PolicyBook.load()
KIM = Person(id="kim", name="Kim Lee", email="kim@customer.example", organisation="o1")
LEE = Person(id="lee", name="Lee Fox", email="lee@customer.example", organisation="o1")
RAVI = Person(id="ravi", name="Ravi", email="ravi@desk.example", role=Role.TECHNICIAN)
OUTSIDER = Person(id="", name="", email="pat@bakery.example")


def facts(policy: str, **more: Any) -> Facts:
    values: dict[str, Any] = {
        "number": "TD-1",
        "subject": "Phones",
        "status": Status.OPEN,
        "owner": "bea",
        "organisation": "o1",
        "organisation_name": "Dunmore",
        "requester": KIM,
        "channel": Channel.PORTAL,
        "support_open": True,
        "support_opens": NOW,
    }
    return Facts(policy=BOOK.get(policy), **{**values, **more})


def dyn(**more: Any) -> Facts:
    return facts("dynamix", **{"priority": 3, **more})


def pho(**more: Any) -> Facts:
    return facts("phonism", **{"severity": 3, **more})


def wil(**more: Any) -> Facts:
    return facts("wildix", **{"severity": 2, "customer": GOLD, **more})


def zyn(**more: Any) -> Facts:
    return facts("zynstra", **{"priority": 3, **more})


def dat(**more: Any) -> Facts:
    return facts("data-dynamics", **{"severity": 1, "priority": 1, "customer": LICENSED, **more})


def customer(**more: Any) -> Customer:
    return Customer(name="Dunmore", **more)


GOLD = customer(tier="Gold", product="PBX 1")
LICENSED = customer(licence_ends=NOW + DAY, maintenance_ends=NOW + DAY)
CLOSED_HOURS = {"support_open": False, "support_opens": NOW + 9 * HOUR}
FULL = "WMS 5.03.2 at 10.0.0.1, login: x, pbx trace of 12:10, what exactly is the error"


def noted(*notes: tuple[str, dict[str, str]], **more: Any) -> Evidence:
    made = [
        Record(id=f"r{n}", kind=kind, at=NOW - 1000 + n, by="bea", fields=fields)
        for n, (kind, fields) in enumerate(notes)
    ]
    return Evidence(records=Records(all=tuple(made)), **more)


def ticks(checklist: str, *items: str) -> list[tuple[str, dict[str, str]]]:
    return [(records.TICK, {"checklist": checklist, "item": item}) for item in items]


FIRST_LEVEL = ticks("first-level", "user", "authority", "symptoms", "logged", "transient")
SERVER = (records.LOCATED, {"located": "server"})
LAN = (records.LOCATED, {"located": "LAN"})
AT_L2 = (records.LEVEL, {"level": "L2"})
AT_L3 = (records.LEVEL, {"level": "L3"})
COMPONENT = (records.CONSOLE, {"component": "failed", "located": "server"})
REQUEST = ticks("request", "user", "user-authority", "precise")
ACTIONED = ticks(
    "request", "user", "user-authority", "precise", "level-authority", "reasonable", "actionable"
)
MASTER = (records.MASTER_LIST, {"step": "2", "version": "2026-10"})


def outage(cause: str, counts: str) -> Wish:
    given = {"service": "voice", "cause": cause, "counts": counts, "from": str(NOW - HOUR)}
    return Wish(kind="outage", fields=given)


def step(name: str, **more: Any) -> Evidence:
    return Evidence(steps=(StepState(step=name, **more),))


def gone(reason: str, **more: Any) -> dict[str, Any]:
    return {"status": Status.CLOSED, "close_reason": reason, **more}


NEW = Wish(text="It does not ring.")
WAITED = Wish(reason="no-answer", status=Status.CLOSED)
PROVIDER = customer(service_provider=True)

REFUSED: list[tuple[str, str, Facts, Wish, Evidence, type]] = [
    ("D2", "ticket.close", dyn(priority=None, channel=Channel.EMAIL), Wish(reason="standard"), Evidence(resolved_at=1, notice_at=1, confirmed_at=2), Refuse),
    ("D2", "ticket.close", dyn(channel=Channel.EMAIL, graded_by_desk=True, status=Status.RESOLVED), Wish(reason="standard"), Evidence(resolved_at=1, notice_at=1, confirmed_at=2), Warn),
    ("D3", "ticket.priority", dyn(), Wish(priority=2, asked_by="customer", channel=Channel.EMAIL), Evidence(told="12 users"), Refuse),
    ("D3", "ticket.priority", dyn(), Wish(priority=4, asked_by="desk"), Evidence(), Warn),
    ("D6", "ticket.lower", dyn(vip=True), Wish(priority=4), Evidence(), Warn),
    ("D6", "ticket.status", dyn(kind="change", status=Status.WAITING), Wish(status=Status.OPEN), Evidence(), Refuse),
    ("D6", "ticket.status", dyn(kind="change", status=Status.WAITING, customer=customer(key_contacts=("Kim Lee",))), Wish(status=Status.OPEN), noted((records.APPROVAL, {"approver": "Lee Fox"})), Warn),
    ("D6", "ticket.record", dyn(customer=customer(key_contacts=("Kim Lee",))), Wish(kind="approval", approver=LEE), Evidence(), Refuse),
    ("D6", "ticket.record", dyn(customer=customer(key_contacts=("Kim Lee",))), Wish(kind="approval"), Evidence(), Refuse),
    ("D6", "ticket.record", dyn(), Wish(kind="approval", approver=KIM), Evidence(), Warn),
    ("D8", "ticket.close", dyn(status=Status.RESOLVED), Wish(reason="standard"), Evidence(resolved_at=1), Refuse),
    ("D11", "ticket.close", dyn(), Wish(reason="contract-expired"), Evidence(contract_ends=NOW + 1), Refuse),
    ("D12", "ticket.close", dyn(), Wish(reason="on-hold"), Evidence(on_hold=False), Refuse),
    ("D13", "ticket.reopen", dyn(**gone("standard")), Wish(same_problem=False), Evidence(), Refuse),
    ("D18", "ticket.raise", dyn(), Wish(priority=2), Evidence(told="Nobody can call"), Warn),
    ("D18", "ticket.new", dyn(priority=1), NEW, Evidence(), Warn),
    ("D20", "ticket.new", dyn(requester=OUTSIDER), NEW, Evidence(), Refuse),
    ("D20", "ticket.new", dyn(requester=LEE, customer=customer(openers=("kim",))), NEW, Evidence(), Refuse),
    ("D21", "ticket.call", dyn(customer=customer(account_wide=("kim",))), Wish(caller=LEE), Evidence(), Refuse),
    ("D21", "ticket.call", dyn(), Wish(caller=LEE), Evidence(), Warn),
    ("D21", "ticket.call", dyn(customer=customer(account_wide=("lee",))), Wish(), Evidence(), Warn),
    ("D21", "ticket.priority", dyn(), Wish(priority=2, asked_by="customer", channel=Channel.PHONE), Evidence(told="12 users"), Warn),
    ("D14", "ticket.resolve", dyn(), Wish(text="Not ours.", resolution="out-of-scope", status=Status.RESOLVED), Evidence(), Warn),
    ("PH2", "ticket.priority", pho(), Wish(severity=1), Evidence(), Refuse),
    ("PH2", "ticket.priority", pho(**CLOSED_HOURS, customer=customer(emergency_on_call=False)), Wish(severity=1), Evidence(), Refuse),
    ("PH2", "ticket.priority", pho(**CLOSED_HOURS), Wish(severity=1), Evidence(), Warn),
    ("PH4", "ticket.status", pho(), Wish(status=Status.WAITING), Evidence(noted=True), Refuse),
    ("PH5", "ticket.take", pho(owner="", requester=OUTSIDER, customer=customer(end_users=True, partner="Bay Voice")), Wish(owner="bea"), Evidence(), Refuse),
    ("PH5", "ticket.take", pho(owner="", requester=OUTSIDER), Wish(owner="bea"), Evidence(), Warn),
    ("PH9", "ticket.resolve", pho(), Wish(text="So it is.", resolution="answer", status=Status.RESOLVED), Evidence(), Warn),
    ("PH10", "ticket.priority", pho(), Wish(severity=2, criteria=()), Evidence(), Warn),
    ("PH10", "ticket.priority", pho(), Wish(severity=2, asked_by="customer", caller=LEE), Evidence(), Warn),
    ("W1", "ticket.take", wil(owner="", customer=customer(tier="Bronze", partner="Rete Nord")), Wish(owner="bea"), Evidence(), Refuse),
    ("W1", "ticket.take", wil(owner="", customer=customer(tier="Bronze")), Wish(owner="bea", because="an outage"), Evidence(), Warn),
    ("W1", "ticket.take", wil(owner="", customer=customer(tier="silver")), Wish(owner="bea"), Evidence(), Warn),
    ("W1", "ticket.take", wil(owner="", customer=None), Wish(owner="bea"), Evidence(), Warn),
    ("W3", "ticket.priority", wil(**CLOSED_HOURS), Wish(severity=1), Evidence(), Warn),
    ("W4", "ticket.priority", wil(**CLOSED_HOURS), Wish(severity=1, exclusion="hardware"), Evidence(), Refuse),
    ("W4", "ticket.raise", wil(**CLOSED_HOURS), Wish(severity=1), noted((records.QUALIFICATION, {"qualifies": "no", "exclusion": "internet"})), Refuse),
    ("W5", "ticket.new", wil(channel=Channel.EMAIL), NEW, Evidence(told=FULL), Refuse),
    ("W6", "ticket.new", wil(customer=customer(tier="Gold")), NEW, Evidence(told="It rings"), Refuse),
    ("W6", "ticket.new", wil(), NEW, Evidence(told="pbx"), Warn),
    ("W7", "ticket.reopen", wil(**gone("solved")), Wish(), Evidence(), Refuse),
    ("W7", "ticket.reply", wil(**gone("solved")), Wish(text="Hello"), Evidence(), Refuse),
    ("W7", "ticket.close", wil(), Wish(reason="duplicate"), Evidence(responded_at=1), Warn),
    ("W8", "ticket.new", wil(channel=Channel.CHAT), NEW, Evidence(told=FULL), Refuse),
    ("W8", "ticket.call", wil(**CLOSED_HOURS), Wish(channel=Channel.CHAT), Evidence(), Refuse),
    ("W9", "ticket.close", wil(channel=Channel.MONITORING), Wish(reason="duplicate"), Evidence(), Refuse),
    ("W12", "ticket.priority", wil(channel=Channel.SOCIAL), Wish(severity=1), Evidence(), Refuse),
    ("W13", "ticket.new", wil(channel=Channel.MONITORING, region="", severity=1), NEW, Evidence(told=FULL), Warn),
    ("W14", "ticket.new", wil(**CLOSED_HOURS, channel=Channel.PHONE, severity=None), NEW, Evidence(told=FULL), Refuse),
    ("Z1", "ticket.hand_off", zyn(), Wish(hand_off="L1-L2"), noted(*FIRST_LEVEL[:4], SERVER), Refuse),
    ("Z1", "ticket.hand_off", zyn(), Wish(hand_off="L1-L2"), noted(*FIRST_LEVEL, LAN), Refuse),
    ("Z1", "ticket.hand_off", zyn(), Wish(hand_off="L1-L2"), noted(*FIRST_LEVEL), Refuse),
    ("Z1", "ticket.hand_off", zyn(), Wish(hand_off="L1-L2", because="the site is down"), noted(SERVER), Warn),
    ("Z2", "ticket.hand_off", zyn(), Wish(hand_off="L2-L3"), noted(AT_L2, LAN), Refuse),
    ("Z2", "ticket.hand_off", zyn(), Wish(hand_off="L2-L3-component"), noted(AT_L2, SERVER), Refuse),
    ("Z2", "ticket.hand_off", zyn(), Wish(hand_off="L2-L3"), noted(AT_L2, SERVER), Refuse),
    ("Z3", "ticket.reply", zyn(), Wish(text="Done."), noted(AT_L3), Refuse),
    ("Z4", "ticket.hand_off", zyn(kind="request"), Wish(hand_off="L1-L2-request"), noted(*REQUEST[:1]), Refuse),
    ("Z4", "ticket.resolve", zyn(kind="request"), Wish(text="Done.", status=Status.RESOLVED), noted(*REQUEST), Refuse),
    ("Z5", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="2", master_list="2026-10"), step("2", recorded=False), Refuse),
    ("Z5", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="2"), step("2", open_since=1), Refuse),
    ("Z6", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="3", master_list="x"), step("3", attempts=1, needed=2), Refuse),
    ("Z6", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="3", master_list="x"), step("3", reached=True, opens_at=NOW + DAY), Refuse),
    ("Z7", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="3b", master_list="x"), step("3b", attempts=1, needed=2, first=NOW - 9, day_ends=NOW + DAY), Refuse),
    ("Z7", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="3b", master_list="x"), step("3b", reached=True, first=NOW - 9), Refuse),
    ("Z8", "ticket.hand_off", zyn(), Wish(hand_off="L3-L2"), noted(AT_L3), Refuse),
    ("Z9", "ticket.close", zyn(kind="request"), Wish(reason="duplicate"), Evidence(), Refuse),
    ("Z10", "ticket.escalate", zyn(customer=customer(service_provider=False)), Wish(step="1", master_list="x"), step("1", open_since=1), Refuse),
    ("Z10", "ticket.escalate", zyn(), Wish(step="1", master_list="x"), step("1", open_since=1), Warn),
    ("DD1", "ticket.escalate", dat(severity=3), Wish(team="swat"), Evidence(), Refuse),
    ("DD1", "ticket.escalate", dat(kind="feature request"), Wish(team="swat"), Evidence(), Refuse),
    ("DD4", "ticket.assign", dat(), Wish(owner="ravi", in_team=False), Evidence(), Warn),
    ("DD4", "ticket.assign", dat(), Wish(owner="ravi"), Evidence(), Warn),
    ("DD4", "ticket.new", dat(), Wish(owner="ravi", in_team=False, text="It fails"), Evidence(told="steps, log files, system"), Warn),
    ("DD6", "ticket.escalate", dat(), Wish(team="swat", missing=("reason",)), Evidence(), Warn),
    ("DD7", "ticket.close", dat(), WAITED, Evidence(waiting_since=NOW - WEEK + HOUR), Refuse),
    ("DD7", "ticket.close", dat(), WAITED, Evidence(waiting_since=NOW - WEEK), Refuse),
    ("DD7", "ticket.close", dat(), WAITED, Evidence(answered_at=NOW - DAY), Refuse),
    ("DD7", "ticket.close", dat(), WAITED, Evidence(), Refuse),
    ("DD7", "ticket.close", dat(), WAITED, noted((records.AWAY, {"until": str(NOW + DAY)}), waiting_since=NOW - 2 * WEEK), Refuse),
    ("DD8", "ticket.take", dat(owner="", customer=customer(licence_ends=NOW + 1, product="StorageX", version="7.6.0")), Wish(owner="bea", in_team=True), Evidence(), Warn),
    ("DD9", "ticket.escalate", dat(customer=customer(licence_ends=NOW - DAY)), Wish(team="swat"), Evidence(), Refuse),
    ("DD9", "ticket.escalate", dat(customer=customer(licence_ends=NOW - DAY)), Wish(team="swat", because="contract under way"), Evidence(), Warn),
    ("DD9", "ticket.new", dat(customer=None), NEW, Evidence(told="steps, log files"), Warn),
    ("DD14", "ticket.new", dat(), NEW, Evidence(told="It fails"), Warn),
    ("DD15", "ticket.close", dat(status=Status.RESOLVED), Wish(reason="solved"), noted((records.DIAGNOSTIC_DROP, {"what": "tracer"}), resolved_at=1, notice_at=1), Warn),
    ("DD16", "ticket.resolve", dat(customer=customer(maintenance_ends=NOW - 1)), Wish(text="Patch", resolution="fix", status=Status.RESOLVED), Evidence(), Refuse),
    ("DD16", "ticket.resolve", dat(customer=None), Wish(text="Patch", resolution="fix", status=Status.RESOLVED), Evidence(), Warn),
    ("D7", "ticket.watch", dyn(), Wish(plain={"watchers": ["x"]}, copies=(OUTSIDER,)), Evidence(), Refuse),
    ("D7", "ticket.watch", dyn(customer=customer(account_wide=("kim",))), Wish(plain={"watchers": ["x"]}, copies=(LEE,)), Evidence(), Refuse),
    ("D7", "ticket.watch", dyn(), Wish(plain={"watchers": ["x"]}, copies=(LEE,)), Evidence(), Warn),
    ("D19", "ticket.record", dyn(), outage("last-mile", "yes"), Evidence(), Refuse),
    # D15: what results from scheduled maintenance does not count, even past the window.
    ("D19", "ticket.record", dyn(), outage("scheduled-maintenance", "yes"), Evidence(), Refuse),
    ("W10", "ticket.close", wil(problems=("TD-7",)), Wish(reason="duplicate"), Evidence(), Refuse),
    ("DD13", "ticket.watch", dat(), Wish(plain={"watchers": ["x"]}, copies=(OUTSIDER,)), Evidence(), Refuse),
    ("D3", "ticket.priority", dyn(), Wish(priority=4), Evidence(), Warn),
]  # fmt: skip

ALLOWED: list[tuple[str, str, Facts, Wish, Evidence]] = [
    ("D2", "ticket.close", dyn(priority=None, channel=Channel.EMAIL), Wish(reason="on-hold"), Evidence(on_hold=True)),
    ("D2", "ticket.close", dyn(priority=None, channel=Channel.EMAIL, status=Status.RESOLVED), Wish(reason="standard"), noted((records.REVIEW, {}), resolved_at=1, notice_at=1, confirmed_at=2)),
    ("D2", "ticket.close", dyn(channel=Channel.EMAIL, graded_by_desk=True, status=Status.RESOLVED), Wish(reason="standard"), Evidence(resolved_at=1, notice_at=1, confirmed_at=2, regraded=True)),
    ("D2", "ticket.close", dyn(channel=Channel.EMAIL, graded_by_desk=True, status=Status.RESOLVED), Wish(reason="standard"), Evidence(resolved_at=1, notice_at=1, confirmed_at=2, responded_at=1)),
    ("D2", "ticket.close", dyn(channel=Channel.EMAIL, status=Status.RESOLVED), Wish(reason="standard"), Evidence(resolved_at=1, notice_at=1, confirmed_at=2)),
    ("D3", "ticket.priority", dyn(), Wish(priority=2, asked_by="customer", channel=Channel.PHONE, caller=KIM), Evidence(told="12 users")),
    ("D3", "ticket.priority", dyn(), Wish(priority=4, asked_by="desk", because="a typing mistake"), Evidence()),
    ("D6", "ticket.lower", dyn(vip=True), Wish(priority=4, because="agreed with Kim"), Evidence()),
    ("D6", "ticket.status", dyn(kind="change", status=Status.WAITING), Wish(status=Status.OPEN), noted((records.APPROVAL, {"approver": "Kim"}))),
    ("D6", "ticket.status", dyn(kind="change", status=Status.WAITING, customer=customer(key_contacts=("Kim Lee",))), Wish(status=Status.OPEN), noted((records.APPROVAL, {"approver": "kim lee"}))),
    ("D6", "ticket.record", dyn(customer=customer(key_contacts=("kim@customer.example",))), Wish(kind="approval", approver=KIM), Evidence()),
    ("D14", "ticket.resolve", dyn(), Wish(text="Not ours.", resolution="out-of-scope", exclusion="uncertified", status=Status.RESOLVED), Evidence()),
    ("D11", "ticket.close", dyn(), Wish(reason="contract-expired"), Evidence(contract_ends=NOW - 1)),
    ("D12", "ticket.close", dyn(), Wish(reason="on-hold"), Evidence(on_hold=True)),
    ("D13", "ticket.reopen", dyn(**gone("standard")), Wish(same_problem=True), Evidence()),
    ("D18", "ticket.raise", dyn(), Wish(priority=2), Evidence(told="All phones are down, 40 users affected")),
    ("D18", "ticket.raise", dyn(), Wish(priority=2), noted((records.TICK, {"checklist": "intake", "item": "affected"}))),
    ("D18", "ticket.lower", dyn(priority=1), Wish(priority=2), Evidence()),
    ("D20", "ticket.new", dyn(), NEW, Evidence()),
    ("D20", "ticket.new", dyn(customer=customer(openers=("kim@customer.example",))), NEW, Evidence()),
    ("D21", "ticket.call", dyn(), Wish(caller=KIM), Evidence()),
    ("D21", "ticket.call", dyn(customer=customer(account_wide=("Lee Fox",))), Wish(caller=LEE), Evidence()),
    ("PH2", "ticket.priority", pho(**CLOSED_HOURS, customer=customer(emergency_on_call=True)), Wish(severity=1), Evidence()),
    ("PH2", "ticket.priority", pho(), Wish(severity=2), Evidence()),
    ("PH4", "ticket.status", pho(), Wish(status=Status.WAITING), Evidence(noted=True, responded_at=NOW - 9)),
    ("PH5", "ticket.take", pho(owner=""), Wish(owner="bea"), Evidence()),
    ("PH9", "ticket.resolve", pho(severity=5), Wish(text="So it is.", resolution="answer", status=Status.RESOLVED), Evidence()),
    ("PH10", "ticket.priority", pho(customer=customer(agents=("lee",))), Wish(severity=2, criteria=("many users cannot work",), asked_by="customer", caller=LEE), Evidence()),
    ("W1", "ticket.take", wil(owner=""), Wish(owner="bea"), Evidence()),
    ("W3", "ticket.priority", wil(**CLOSED_HOURS), Wish(severity=1), noted((records.CALL, {}))),
    ("W3", "ticket.priority", wil(**CLOSED_HOURS, channel=Channel.MONITORING), Wish(severity=1), Evidence()),
    ("W4", "ticket.priority", wil(), Wish(severity=1, exclusion="hardware"), Evidence()),
    ("W5", "ticket.new", wil(), NEW, Evidence(told=FULL + " exact error")),
    ("W6", "ticket.new", wil(severity=1), NEW, Evidence(told="pbx")),
    ("W7", "ticket.reopen", wil(status=Status.RESOLVED), Wish(), Evidence()),
    ("W8", "ticket.call", wil(), Wish(channel=Channel.CHAT), Evidence()),
    ("W12", "ticket.priority", wil(channel=Channel.SOCIAL, severity=1), Wish(severity=2), Evidence()),
    ("W13", "ticket.new", wil(channel=Channel.MONITORING, region="IT", severity=1), NEW, Evidence(told="serial 12, pbx")),
    ("W14", "ticket.new", wil(**CLOSED_HOURS, channel=Channel.PHONE, severity=1), NEW, Evidence(told="pbx")),
    ("Z1", "ticket.hand_off", zyn(), Wish(hand_off="L1-L2"), noted(*FIRST_LEVEL, SERVER)),
    ("Z2", "ticket.hand_off", zyn(), Wish(hand_off="L2-L3"), noted(AT_L2, (records.CONSOLE, {"component": "healthy", "located": "unclear"}))),
    ("Z2", "ticket.hand_off", zyn(), Wish(hand_off="L2-L3-component"), noted(AT_L2, COMPONENT)),
    ("Z3", "ticket.reply", zyn(), Wish(text="Done."), noted(AT_L2)),
    ("Z4", "ticket.hand_off", zyn(kind="request"), Wish(hand_off="L1-L2-request"), noted(*REQUEST)),
    ("Z4", "ticket.resolve", zyn(kind="request"), Wish(text="Done.", status=Status.RESOLVED), noted(*ACTIONED)),
    ("Z5", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="2"), noted(MASTER, steps=(StepState(step="2", open_since=1),))),
    ("Z6", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="3", master_list="x"), step("3", open_since=NOW - 1)),
    ("Z7", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="3b", master_list="x"), step("3b", open_since=NOW - 1)),
    ("Z8", "ticket.hand_off", zyn(), Wish(hand_off="L3-L2"), noted(AT_L3, *ticks("hand-back", "findings"))),
    ("Z8", "ticket.hand_off", zyn(), Wish(hand_off="L3-L2", text="The cable was loose."), noted(AT_L3)),
    ("Z9", "ticket.close", zyn(kind="request"), Wish(reason="duplicate"), noted((records.USER_TOLD, {}))),
    ("Z10", "ticket.escalate", zyn(customer=PROVIDER), Wish(step="1", master_list="x"), step("1", open_since=1)),
    ("DD1", "ticket.escalate", dat(kind="Problem"), Wish(team="swat"), Evidence()),
    ("DD1", "ticket.escalate", dat(severity=4), Wish(team="swat"), noted((records.ESCALATION, {"by": "customer"}))),
    ("DD4", "ticket.assign", dat(), Wish(owner="lena", in_team=True), Evidence()),
    ("DD4", "ticket.assign", dat(severity=4), Wish(owner="ravi"), Evidence()),
    ("DD4", "ticket.new", dat(), Wish(owner="lena", in_team=True, text="It fails"), noted(*ticks("information", "system"), told="steps, log files")),
    ("DD4", "ticket.new", dat(), Wish(owner="ravi", in_team=False, because="knows it"), noted(*ticks("information", "system"), told="steps, log files")),
    ("DD6", "ticket.escalate", dat(), Wish(team="swat"), Evidence()),
    ("DD7", "ticket.close", dat(), WAITED, Evidence(waiting_since=NOW - WEEK - 1)),
    ("DD7", "ticket.close", dat(), WAITED, noted((records.AWAY, {"until": str(NOW - 1)}), waiting_since=NOW - 2 * WEEK)),
    ("DD8", "ticket.take", dat(owner="", customer=customer(version="7.8.0")), Wish(owner="bea", in_team=True), Evidence()),
    ("DD9", "ticket.escalate", dat(), Wish(team="swat"), Evidence()),
    ("DD14", "ticket.new", dat(), NEW, noted(*ticks("information", "system"), told="steps, log files")),
    ("DD15", "ticket.close", dat(status=Status.RESOLVED), Wish(reason="solved"), noted((records.DIAGNOSTIC_DROP, {"what": "tracer"}), (records.DIAGNOSTIC_DROP, {"what": "tracer", "removed": "yes"}), resolved_at=1, notice_at=1)),
    ("DD16", "ticket.resolve", dat(), Wish(text="Patch", resolution="fix", status=Status.RESOLVED), Evidence()),
    ("D7", "ticket.watch", dyn(customer=customer(account_wide=("Lee Fox",))), Wish(plain={"watchers": ["x"]}, copies=(LEE, KIM, RAVI)), Evidence()),
    ("D19", "ticket.record", dyn(), outage("last-mile", "no"), Evidence()),
    ("D19", "ticket.record", dyn(), outage("ours", "yes"), Evidence()),
    ("W10", "ticket.close", wil(), Wish(reason="duplicate"), Evidence()),
    ("DD13", "ticket.watch", dat(), Wish(plain={"watchers": ["x"]}, copies=(LEE, RAVI)), Evidence()),
]  # fmt: skip


def ask(action: str, ticket: Facts, wish: Wish, evidence: Evidence) -> Verdict:
    return can(action, ticket, "bea", NOW, evidence, wish)


@pytest.mark.parametrize(
    ("rule", "action", "ticket", "wish", "evidence", "answer"),
    REFUSED,
    ids=[f"{n}-{case[0]}-{case[5].__name__}" for n, case in enumerate(REFUSED)],
)
def test_what_a_rule_refuses_or_asks_about(
    rule: str, action: str, ticket: Facts, wish: Wish, evidence: Evidence, answer: type
) -> None:
    verdict = ask(action, ticket, wish, evidence)
    assert type(verdict) is answer, verdict
    assert isinstance(verdict, Warn | Refuse)
    assert rule in verdict.rule.split(", "), verdict
    title = ticket.policy.title if ticket.policy is not None else ""
    assert title in verdict.reason, "it names the policy and the section"
    assert "{" not in verdict.reason
    if isinstance(verdict, Refuse):
        assert verdict.remedy, "a refusal says what to do now"


@pytest.mark.parametrize(
    ("rule", "action", "ticket", "wish", "evidence"),
    ALLOWED,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(ALLOWED)],
)
def test_what_a_rule_allows(rule: str, action: str, ticket: Facts, wish: Wish, evidence: Evidence) -> None:
    verdict = ask(action, ticket, wish, evidence)
    said = verdict.rule.split(", ") if isinstance(verdict, Warn | Refuse) else []
    assert rule not in said, verdict
    assert not isinstance(verdict, Refuse), verdict


def test_each_rule_with_a_gate_has_both_sides_here_or_in_the_first_table() -> None:
    first = {
        "D4",
        "D8",
        "D9",
        "D10",
        "D11",
        "D12",
        "D13",
    }  # tests/rules/test_gates.py shows both sides of these
    gated = {gate.rule for gate in GATES} - {""}
    assert gated - {case[0] for case in REFUSED} - first == set()
    only_warned = {"W9", "W7"}  # the other side is every other ticket: see below
    assert gated - {case[0] for case in ALLOWED} - first - only_warned == set()


def test_an_exclusion_that_the_policy_does_not_have_is_refused() -> None:
    wish = Wish(text="Not ours.", resolution="out-of-scope", exclusion="weather", status=Status.RESOLVED)
    verdict = ask("ticket.resolve", dyn(), wish, Evidence())
    assert isinstance(verdict, Refuse)
    assert "uncertified" in verdict.remedy


def test_the_week_says_how_long_is_left() -> None:
    verdict = ask("ticket.close", dat(), WAITED, Evidence(waiting_since=NOW - WEEK + HOUR))
    assert isinstance(verdict, Refuse)
    assert verdict.reason.startswith("Closable in 1 h 00 min, after ")
    assert verdict.reason.endswith("(Data Dynamics 5.5).")


def test_a_component_that_has_not_failed_is_not_said_to_lie_elsewhere() -> None:
    """Z2: the fault may lie in the server, and still it is not the way of a failed component."""
    wish = Wish(hand_off="L2-L3-component")
    verdict = ask("ticket.hand_off", zyn(), wish, noted(AT_L2, SERVER))
    assert isinstance(verdict, Refuse)
    assert "No software component is noted as failed" in verdict.reason
    assert "located" not in verdict.reason
    verdict = ask("ticket.hand_off", zyn(), Wish(hand_off="L2-L3"), noted(AT_L2, LAN))
    assert isinstance(verdict, Refuse)
    assert "located at LAN" in verdict.reason


def test_one_try_is_told_with_the_day_that_has_to_pass() -> None:
    """Z7, in its own words: what was tried, when the working day is over, how many tries there are."""
    state = step("3b", attempts=1, needed=2, first=NOW - HOUR, day_ends=NOW + DAY)
    verdict = ask("ticket.escalate", zyn(customer=PROVIDER), Wish(step="3b", master_list="x"), state)
    assert isinstance(verdict, Refuse)
    assert verdict.reason == (
        f"3b is not open: first attempt {moment(NOW - HOUR)}, the working day ends {moment(NOW + DAY)};"
        " 1 of 2 attempts logged (Zynstra after step 3)."
    )


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_the_end_of_a_version_is_one_date_for_every_viewer(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DD8: support ends with a month, wherever one reads of it."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        old = customer(licence_ends=NOW + DAY, product="StorageX", version="7.6.0")
        wish = Wish(owner="bea", in_team=True)
        verdict = ask("ticket.take", dat(owner="", customer=old), wish, Evidence())
    finally:
        monkeypatch.undo()
        time.tzset()
    assert isinstance(verdict, Warn | Refuse)
    assert "2016-08-31" in verdict.reason


def test_who_mails_to_a_closed_ticket_is_answered_once_and_with_nothing_but_words() -> None:
    """W5 for a closed ticket: the reply is asked about; what would bring the ticket back stays refused (W7)."""
    closed, words = wil(**gone("solved")), Wish(text="Please use the portal.")
    mailed = Evidence(mailed_since_closed=NOW - 60)
    verdict = ask("ticket.reply", closed, words, mailed)
    assert isinstance(verdict, Warn)
    assert (
        verdict.rule,
        verdict.reason.startswith("TD-1 is closed; e-mail cannot reopen it (Wildix 3, 3.1)."),
    ) == ("W5", True)
    for action, wish, evidence in (
        ("ticket.reply", words, Evidence()),
        ("ticket.reply", Wish(text="x", status=Status.WAITING), mailed),
        ("ticket.reopen", Wish(same_problem=True), mailed),
    ):
        refused = ask(action, closed, wish, evidence)
        assert isinstance(refused, Refuse)
        assert refused.rule == "W7"
    assert isinstance(ask("ticket.reply", dyn(**gone("standard")), words, mailed), Refuse), (
        "D has no such words"
    )


def test_only_a_mail_after_the_closing_counts_as_one_to_a_closed_ticket() -> None:
    """W5: neither a call, nor a machine, nor what was written before, nor what has its answer."""

    def mailed(*messages: MessageFact, status: Status = Status.CLOSED) -> int | None:
        change = Change(at=NOW - HOUR, field="status", old="resolved", new="closed", actor="bea")
        history = History(created=NOW - DAY, status=status, changes=(change,), messages=messages)
        return gather(history).mailed_since_closed

    def wrote(at: int, **more: Any) -> MessageFact:
        values = {"direction": Direction.INBOUND, "visibility": Visibility.PUBLIC, "channel": Channel.EMAIL}
        return MessageFact(at=at, **{**values, **more})

    assert mailed(wrote(NOW - 60)) == NOW - 60
    assert mailed(wrote(NOW - 60), status=Status.OPEN) is None
    assert mailed(wrote(NOW - 2 * HOUR)) is None
    assert mailed(wrote(NOW - 60, channel=Channel.PHONE)) is None
    assert mailed(wrote(NOW - 60, automatic=True)) is None
    assert mailed(wrote(NOW - 60), wrote(NOW - 30, direction=Direction.OUTBOUND)) is None


def test_a_step_names_the_one_that_comes_before_it() -> None:
    """Z5: only step 2 is told of the support team; further on that would contradict what is on record."""
    verdict = ask(
        "ticket.escalate", zyn(), Wish(step="3b", master_list="2026-11-01"), step("3b", recorded=False)
    )
    assert isinstance(verdict, Refuse)
    assert "step 3 comes first" in verdict.reason
    verdict = ask(
        "ticket.escalate", zyn(), Wish(step="2", master_list="2026-11-01"), step("2", recorded=False)
    )
    assert isinstance(verdict, Refuse)
    assert "support team first" in verdict.reason


def test_what_monitoring_found_is_closed_once_the_partner_was_told() -> None:
    ticket = wil(channel=Channel.MONITORING)
    for evidence in (Evidence(responded_at=NOW), noted((records.PARTNER_CONTACTED, {"how": "phone"}))):
        verdict = ask("ticket.close", ticket, Wish(reason="duplicate"), evidence)
        assert isinstance(verdict, Warn)
        assert verdict.rule == "W7", "closing is final, and nothing else is asked"


def test_a_site_that_writes_other_words_hears_them() -> None:
    import msgspec

    policy = BOOK.get("phonism")
    assert policy is not None
    rules = tuple(
        msgspec.structs.replace(
            rule,
            messages=tuple(msgspec.structs.replace(m, words="Not by day (here).") for m in rule.messages),
        )
        if rule.id == "PH2"
        else rule
        for rule in policy.rulebook.rules
    )
    ours = msgspec.structs.replace(policy, rulebook=msgspec.structs.replace(policy.rulebook, rules=rules))
    verdict = ask(
        "ticket.priority", msgspec.structs.replace(pho(), policy=ours), Wish(severity=1), Evidence()
    )
    assert isinstance(verdict, Refuse)
    assert verdict.reason == "Not by day (Phonism here)."


def test_without_the_rule_there_is_no_gate() -> None:
    import msgspec

    policy = BOOK.get("phonism")
    assert policy is not None
    bare = msgspec.structs.replace(policy, rulebook=msgspec.structs.replace(policy.rulebook, rules=()))
    ticket = msgspec.structs.replace(pho(), policy=bare)
    assert isinstance(ask("ticket.priority", ticket, Wish(severity=1), Evidence()), Ok)


def test_an_address_at_the_beginning_of_a_sentence_is_written_as_it_is() -> None:
    stranger = Person(id="s", name="", email="lee@elsewhere.example")
    verdict = ask("ticket.watch", dyn(), Wish(plain={"watchers": ["s"]}, copies=(stranger,)), Evidence())
    assert isinstance(verdict, Refuse)
    assert verdict.reason.startswith("lee@elsewhere.example is no contact of ")


def test_what_no_reason_lets_pass_is_said_before_a_reason_is_asked_for() -> None:
    """DD9 stands before DD1, and takes a reason; DD1 takes none."""
    lapsed = dat(customer=customer(licence_ends=NOW - DAY), severity=3)
    verdict = ask("ticket.escalate", lapsed, Wish(team="swat"), Evidence())
    assert isinstance(verdict, Refuse)
    assert (verdict.rule, verdict.wants_reason) == ("DD1", False)
    by_customer = Wish(team="swat", asked_by=CUSTOMER)
    verdict = ask("ticket.escalate", lapsed, by_customer, Evidence())
    assert isinstance(verdict, Refuse)
    assert (verdict.rule, verdict.wants_reason) == ("DD9", True)
