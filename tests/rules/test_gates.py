"""What the gates say, as a table: who may do what to which ticket, on which evidence."""

# ruff: noqa: E501 - one case a line can be read as a table

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from techdesk.model import Channel, Direction, Status, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.rules.closure import BY_CALL, HOUSE_REASONS, reasons
from techdesk.rules.facts import Evidence, Facts, Wish, gather
from techdesk.rules.gates import GATES, can
from techdesk.rules.verdicts import Ok, Refuse, Warn
from techdesk.sla.history import Change, History, MessageFact
from techdesk.sla.policy import Reopen

NOW = 1_793_714_520
HOUR, DAY = 3600, 86_400
ME = "bea"
DYNAMIX = PolicyBook.load().get("dynamix")
assert DYNAMIX is not None


def facts(**more: Any) -> Facts:
    values: dict[str, Any] = {"number": "TD-1", "subject": "Phones", "status": Status.OPEN, "owner": ME}
    return Facts(**{**values, **more})


def dynamix(**more: Any) -> Facts:
    return facts(policy=DYNAMIX, organisation_name="Dunmore Cloud", **more)


def told(**more: Any) -> Evidence:
    """Resolved and notified two days ago."""
    values: dict[str, Any] = {"resolved_at": NOW - 2 * DAY, "notice_at": NOW - 2 * DAY}
    return Evidence(**{**values, **more})


def asked(*hours_ago: int, unsent: int = 0) -> Evidence:
    """The notice and inquiries so long ago; the first one is the notice."""
    at = tuple(NOW - hours * HOUR for hours in hours_ago)
    queued = tuple(NOW - n for n in range(unsent))
    return told(resolved_at=at[0], notice_at=at[0], inquiries=at, inquiries_unsent=queued)


def closing(reason: str) -> Wish:
    return Wish(reason=reason, status=Status.CLOSED)


OTHERS = {"owner": "ravi", "owner_name": "Ravi"}
RESOLVED = {"status": Status.RESOLVED}
CASES: list[tuple[str, Facts | None, Wish, Evidence, type, str]] = [
    # Generic
    ("ticket.take", None, Wish(), Evidence(), Refuse, "generic.no_ticket"),
    ("ticket.take", facts(owner=""), Wish(owner=ME), Evidence(), Ok, ""),
    ("ticket.take", facts(), Wish(owner=ME), Evidence(), Refuse, "generic.mine"),
    ("ticket.take", facts(**OTHERS), Wish(owner=ME), Evidence(), Refuse, "generic.owned"),
    ("ticket.take", facts(owner="", status=Status.CLOSED), Wish(owner=ME), Evidence(), Refuse, "generic.closed"),
    ("ticket.assign", facts(), Wish(owner="ravi"), Evidence(), Ok, ""),
    ("ticket.assign", facts(), Wish(owner=""), Evidence(), Ok, ""),
    ("ticket.assign", facts(), Wish(owner=ME), Evidence(), Refuse, "generic.same"),
    ("ticket.assign", facts(), Wish(), Evidence(), Refuse, "generic.value"),
    ("ticket.assign", facts(**OTHERS), Wish(owner=ME), Evidence(), Warn, "generic.steal"),
    ("ticket.priority", facts(priority=3), Wish(priority=1, levels=(1, 2, 3)), Evidence(), Ok, ""),
    ("ticket.priority", facts(priority=3), Wish(priority=3), Evidence(), Refuse, "generic.same"),
    ("ticket.priority", facts(), Wish(priority=9, levels=(1, 2)), Evidence(), Refuse, "generic.value"),
    ("ticket.raise", facts(priority=1), Wish(levels=(1, 2)), Evidence(), Refuse, "generic.same"),
    ("ticket.lower", facts(priority=1), Wish(priority=2, levels=(1, 2)), Evidence(), Ok, ""),
    ("ticket.status", facts(), Wish(status=Status.WAITING), Evidence(), Ok, ""),
    ("ticket.status", facts(), Wish(status=Status.OPEN), Evidence(), Refuse, "generic.same"),
    ("ticket.status", facts(), closing(""), Evidence(), Refuse, "generic.reason"),
    ("ticket.status", facts(), Wish(status=Status.RESOLVED), Evidence(), Warn, "generic.silent"),
    ("ticket.status", facts(status=Status.CLOSED), Wish(status=Status.OPEN), Evidence(), Refuse, "generic.closed"),
    ("ticket.reply", facts(), Wish(text="Hello"), Evidence(), Ok, ""),
    ("ticket.reply", facts(), Wish(text=" \n"), Evidence(), Refuse, "generic.empty"),
    ("ticket.reply", facts(status=Status.CLOSED), Wish(text="Hello"), Evidence(), Refuse, "generic.closed"),
    ("ticket.comment", facts(status=Status.CLOSED), Wish(text="A note"), Evidence(), Ok, ""),
    ("ticket.resolve", facts(**RESOLVED), Wish(text="Done"), Evidence(), Refuse, "generic.same"),
    ("ticket.resolve", facts(), Wish(text=""), Evidence(), Refuse, "generic.empty"),
    ("ticket.close", facts(**RESOLVED), closing("solved"), Evidence(), Ok, ""),
    ("ticket.close", facts(), closing("duplicate"), Evidence(), Ok, ""),
    ("ticket.close", facts(), closing("solved"), Evidence(), Refuse, "house.confirmed"),
    ("ticket.close", facts(), closing("because"), Evidence(), Refuse, "generic.reason"),
    ("ticket.close", facts(), closing(""), Evidence(), Refuse, "generic.reason"),
    ("ticket.close", facts(status=Status.CLOSED), closing("solved"), Evidence(), Refuse, "generic.same"),
    ("ticket.reopen", facts(status=Status.CLOSED), Wish(status=Status.OPEN), Evidence(), Ok, ""),
    ("ticket.reopen", facts(), Wish(status=Status.OPEN), Evidence(), Refuse, "generic.same"),
    # What the desk can hold
    ("ticket.take", facts(owner="", settable=("status",)), Wish(owner=ME), Evidence(), Refuse, "generic.field_unknown"),
    ("ticket.status", facts(statuses=("open",)), Wish(status=Status.VENDOR), Evidence(), Refuse, "generic.status_unknown"),
    ("ticket.reply", facts(statuses=("open",)), Wish(text="x", status=Status.WAITING), Evidence(), Refuse, "generic.status_unknown"),
    ("ticket.reply", facts(settable=()), Wish(text="x"), Evidence(), Ok, ""),
    ("ticket.close", facts(**RESOLVED, statuses=("open", "resolved")), closing("solved"), Evidence(), Refuse, "generic.status_unknown"),
    # D4
    ("ticket.status", dynamix(status=Status.NEW, owner=""), Wish(status=Status.OPEN), Evidence(), Refuse, "D4"),
    ("ticket.resolve", dynamix(status=Status.NEW, owner=""), Wish(text="Done", status=Status.RESOLVED), Evidence(), Refuse, "D4"),
    ("ticket.reply", dynamix(status=Status.NEW, owner=""), Wish(text="x", status=Status.WAITING), Evidence(), Refuse, "D4"),
    ("ticket.reply", dynamix(status=Status.NEW, owner=""), Wish(text="x"), Evidence(), Ok, ""),
    ("ticket.status", dynamix(status=Status.NEW), Wish(status=Status.OPEN), Evidence(), Ok, ""),
    ("ticket.status", facts(status=Status.NEW, owner=""), Wish(status=Status.OPEN), Evidence(), Ok, ""),
    ("ticket.assign", dynamix(), Wish(owner=""), Evidence(), Refuse, "D4"),
    ("ticket.assign", dynamix(status=Status.NEW), Wish(owner=""), Evidence(), Ok, ""),
    # D8, D9: resolved, notified, confirmed
    ("ticket.close", dynamix(), closing("standard"), Evidence(), Refuse, "D9"),
    ("ticket.close", dynamix(**RESOLVED), closing("standard"), Evidence(resolved_at=NOW - DAY), Refuse, "D8"),
    ("ticket.close", dynamix(**RESOLVED), closing("standard"), told(), Refuse, "D9"),
    ("ticket.close", dynamix(**RESOLVED), closing("standard"), told(confirmed_at=NOW - DAY), Ok, ""),
    ("ticket.close", dynamix(**RESOLVED), closing("standard" + BY_CALL), told(), Ok, ""),
    ("ticket.close", dynamix(**RESOLVED), closing("standard" + BY_CALL), Evidence(resolved_at=NOW), Refuse, "D8"),
    ("ticket.close", dynamix(**RESOLVED), closing("no-response" + BY_CALL), told(), Refuse, "generic.reason"),
    ("ticket.close", dynamix(), closing("standard"), told(confirmed_at=NOW - DAY), Warn, "D9"),
    ("ticket.close", dynamix(**RESOLVED, **OTHERS), closing("standard"), told(confirmed_at=NOW), Warn, "D8"),
    # D10: three unanswered inquiries, a day apart
    ("ticket.close", dynamix(**RESOLVED), closing("no-response"), asked(72, 48), Refuse, "D10"),
    ("ticket.close", dynamix(**RESOLVED), closing("no-response"), asked(72, 48, unsent=1), Refuse, "D10"),
    ("ticket.close", dynamix(**RESOLVED), closing("no-response"), asked(72, 48, 24), Ok, ""),
    ("ticket.close", dynamix(**RESOLVED), closing("no-response"), asked(72, 48, 40), Warn, "D10"),
    ("ticket.close", dynamix(), closing("no-response"), Evidence(), Refuse, "D10"),
    # D11, D12: unknown is asked, never allowed in silence
    ("ticket.close", dynamix(), closing("contract-expired"), Evidence(), Warn, "D11"),
    ("ticket.close", dynamix(), closing("contract-expired"), Evidence(contract_ends=NOW + 1), Refuse, "D11"),
    ("ticket.close", dynamix(), closing("contract-expired"), Evidence(contract_ends=NOW - 1), Ok, ""),
    ("ticket.close", dynamix(), closing("on-hold"), Evidence(), Warn, "D12"),
    ("ticket.close", dynamix(), closing("on-hold"), Evidence(on_hold=False), Refuse, "D12"),
    ("ticket.close", dynamix(), closing("on-hold"), Evidence(on_hold=True), Ok, ""),
    # D13
    ("ticket.reopen", dynamix(status=Status.CLOSED, close_reason="standard"), Wish(), Evidence(), Ok, ""),
    ("ticket.reopen", dynamix(status=Status.CLOSED, close_reason="on-hold"), Wish(), Evidence(), Warn, "D13"),
    ("ticket.reopen", dynamix(status=Status.CLOSED, close_reason="on-hold"), Wish(), Evidence(on_hold=True), Refuse, "D13"),
    ("ticket.reopen", dynamix(status=Status.CLOSED, close_reason="on-hold"), Wish(), Evidence(on_hold=False), Ok, ""),
    ("ticket.reopen", dynamix(status=Status.CLOSED, close_reason="contract-expired"), Wish(), Evidence(contract_ends=NOW - 1), Refuse, "D13"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "ticket", "wish", "evidence", "answer", "rule"),
    CASES,
    ids=[f"{n}-{case[0]}-{case[4].__name__}-{case[5]}" for n, case in enumerate(CASES)],
)
def test_the_table(
    action: str, ticket: Facts | None, wish: Wish, evidence: Evidence, answer: type, rule: str
) -> None:
    verdict = can(action, ticket, ME, NOW, evidence, wish)
    assert type(verdict) is answer, verdict
    assert getattr(verdict, "rule", "") == rule
    if isinstance(verdict, Refuse):
        assert verdict.reason.endswith(".")
        assert verdict.remedy, "a refusal says what to do now"


def test_who_is_not_known_yet_cannot_take() -> None:
    verdict = can("ticket.take", facts(owner=""), "", NOW, Evidence(), Wish(owner=""))
    assert isinstance(verdict, Refuse)
    assert verdict.rule == "generic.no_account"


def test_the_words_of_a_closure_without_enough_inquiries() -> None:
    verdict = can("ticket.close", dynamix(**RESOLVED), ME, NOW, asked(72, 48), closing("no-response"))
    assert isinstance(verdict, Refuse)
    assert verdict.reason.startswith("2 of 3 unanswered inquiries since ")
    assert "(Dynamix 4.2.2)" in verdict.reason
    assert verdict.remedy == "<ticket.reply> sends inquiry 3."


def test_an_inquiry_in_the_outbox_is_named_and_does_not_count() -> None:
    verdict = can(
        "ticket.close", dynamix(**RESOLVED), ME, NOW, asked(72, 48, unsent=1), closing("no-response")
    )
    assert isinstance(verdict, Refuse)
    assert "1 inquiry not yet sent." in verdict.reason
    assert verdict.remedy.startswith("<app.sync>")


def test_the_notice_counts_only_where_the_policy_reads_it_so() -> None:
    strict = msgspec.structs.replace(
        DYNAMIX, closures=tuple(msgspec.structs.replace(c, notice_counts=False) for c in DYNAMIX.closures)
    )
    verdict = can(
        "ticket.close", facts(**RESOLVED, policy=strict), ME, NOW, asked(72, 48, 24), closing("no-response")
    )
    assert isinstance(verdict, Refuse)
    assert verdict.reason.startswith("2 of 3")


@pytest.mark.parametrize(
    ("status", "reason", "remedy"),
    [
        (Status.HOLD, "It is on hold, neither resolved nor closed.", "<ticket.status> sets it to open."),
        (Status.WAITING, "It is waiting for the customer, neither", "<ticket.status> sets it to open."),
        (Status.VENDOR, "It is with a vendor, neither", "<ticket.status> sets it to open."),
        (Status.NEW, "It is new, neither", "Nothing is left to do."),
    ],
)
def test_what_is_not_at_its_end_is_not_reopened_and_says_what_opens_it(
    status: Status, reason: str, remedy: str
) -> None:
    verdict = can("ticket.reopen", facts(status=status), ME, NOW, Evidence(), Wish())
    assert isinstance(verdict, Refuse)
    assert verdict.reason.startswith(reason)
    assert verdict.remedy == remedy


def test_a_final_policy_does_not_reopen_what_is_closed() -> None:
    final = msgspec.structs.replace(DYNAMIX, name="ours", title="Ours", reopen=Reopen.FORBIDDEN)
    verdict = can("ticket.reopen", facts(status=Status.CLOSED, policy=final), ME, NOW, Evidence(), Wish())
    assert isinstance(verdict, Refuse)
    assert verdict.rule == "generic.final"
    resolved = can("ticket.reopen", facts(status=Status.RESOLVED, policy=final), ME, NOW, Evidence(), Wish())
    assert isinstance(resolved, Ok), "only a closed one is final"


def test_two_warnings_are_one_question() -> None:
    verdict = can("ticket.close", dynamix(**OTHERS), ME, NOW, Evidence(), closing("on-hold"))
    assert isinstance(verdict, Warn)
    assert verdict.rule == "D12, D8"
    assert "not known here" in verdict.reason
    assert "Ravi" in verdict.reason


def test_a_policy_without_reasons_gets_those_of_the_house() -> None:
    assert reasons(facts()) is HOUSE_REASONS
    assert [reason.id for reason in reasons(dynamix())][:2] == ["standard", "no-response"]


def test_every_gate_of_a_rule_is_for_one_that_ships() -> None:
    book = PolicyBook.load()
    policies = [book.get(name) for name in book.names()]
    known = {rule.id for policy in policies if policy is not None for rule in policy.rulebook.rules}
    assert {gate.rule for gate in GATES} - {""} <= known


# Evidence


def outbound(at: int, **more: Any) -> MessageFact:
    values: dict[str, Any] = {"direction": Direction.OUTBOUND, "visibility": Visibility.PUBLIC}
    return MessageFact(at=at, **{**values, **more})


def inbound(at: int, **more: Any) -> MessageFact:
    return MessageFact(at=at, direction=Direction.INBOUND, visibility=Visibility.PUBLIC, **more)


def history(*messages: MessageFact, resolved_at: int | None = NOW - 3 * DAY, **more: Any) -> History:
    changes = (
        () if resolved_at is None else (Change(at=resolved_at, field="status", old="open", new="resolved"),)
    )
    values: dict[str, Any] = {"status": Status.RESOLVED, "changes": changes}
    return History(created=NOW - 9 * DAY, messages=messages, **{**values, **more})


NOTICE = NOW - 3 * DAY - 5


def test_the_notice_is_the_reply_that_came_with_the_status() -> None:
    found = gather(history(inbound(NOW - 9 * DAY), outbound(NOW - 8 * DAY), outbound(NOTICE)))
    assert found.notice_at == NOTICE
    assert found.inquiries == (NOTICE,), "earlier replies ask nothing about the solution"
    assert found.last_customer_message == NOW - 9 * DAY
    assert found.confirmed_at is None


def test_a_later_reply_is_the_notice_where_none_came_with_the_status() -> None:
    assert gather(history(outbound(NOW - 2 * DAY))).notice_at == NOW - 2 * DAY


def test_nobody_was_told_without_a_public_reply_of_a_person() -> None:
    note = outbound(NOTICE, visibility=Visibility.INTERNAL)
    robot = outbound(NOTICE, automatic=True)
    assert gather(history(note, robot)).notice_at is None


def test_an_answer_resets_the_count_and_confirms() -> None:
    found = gather(
        history(outbound(NOTICE), outbound(NOW - 2 * DAY), inbound(NOW - DAY), outbound(NOW - HOUR))
    )
    assert found.inquiries == (NOW - HOUR,)
    assert found.confirmed_at == NOW - DAY
    assert not found.confirmed_by_call


def test_an_automatic_answer_resets_nothing() -> None:
    found = gather(history(outbound(NOTICE), outbound(NOW - 2 * DAY), inbound(NOW - DAY, automatic=True)))
    assert len(found.inquiries) == 2
    assert found.confirmed_at is None


def test_a_logged_call_confirms() -> None:
    call = outbound(NOW - HOUR, visibility=Visibility.INTERNAL, channel=Channel.PHONE)
    found = gather(history(outbound(NOTICE), call))
    assert found.confirmed_at == NOW - HOUR
    assert found.confirmed_by_call


@pytest.mark.parametrize("overlaid", [True, False])
def test_what_waits_in_the_outbox_is_counted_apart(overlaid: bool) -> None:
    """The store lays unsent replies over the history; the answer is the same if it did not."""
    waiting = (outbound(NOW - HOUR),) if overlaid else ()
    found = gather(history(outbound(NOTICE), *waiting), unsent=[NOW - HOUR])
    assert found.inquiries == (NOTICE,)
    assert found.inquiries_unsent == (NOW - HOUR,)


def test_an_unsent_notice_counts_as_telling_because_it_is_sent_first() -> None:
    found = gather(history(outbound(NOTICE)), unsent=[NOTICE])
    assert found.notice_at == NOTICE
    assert found.inquiries == ()


def test_the_last_resolution_counts_after_a_reopening() -> None:
    changes = (
        Change(at=NOW - 5 * DAY, field="status", old="open", new="resolved"),
        Change(at=NOW - 4 * DAY, field="status", old="resolved", new="open"),
        Change(at=NOW - DAY, field="status", old="open", new="resolved"),
    )
    found = gather(history(outbound(NOW - 5 * DAY), outbound(NOW - DAY), changes=changes))
    assert found.resolved_at == NOW - DAY
    assert found.inquiries == (NOW - DAY,)


def test_a_log_that_starts_late_still_knows_that_it_is_resolved() -> None:
    found = gather(history(outbound(NOTICE), resolved_at=None))
    assert found.resolved_at is not None
    assert found.notice_at == NOTICE


# DD7: who spoke last, and since when the customer owes an answer


def waiting(*messages: MessageFact, at: int | None = None) -> History:
    changes = () if at is None else (Change(at=at, field="status", old="open", new="waiting"),)
    return History(created=NOW - 30 * DAY, status=Status.WAITING, messages=messages, changes=changes)


def test_the_wait_begins_with_the_oldest_request_and_no_reminder_moves_it() -> None:
    asked = NOW - 8 * DAY
    update, reminder = outbound(NOW - 9 * DAY), outbound(NOW - DAY)
    found = gather(waiting(inbound(NOW - 20 * DAY), update, outbound(asked), reminder, at=asked + 2))
    assert found.waiting_since == asked, "neither the update before it nor the reminder after it"
    assert found.answered_at is None


def test_an_update_that_asks_nothing_starts_no_wait() -> None:
    found = gather(
        History(
            created=NOW - 9 * DAY,
            status=Status.OPEN,
            messages=(inbound(NOW - 9 * DAY), outbound(NOW - 8 * DAY)),
        )
    )
    assert found.waiting_since is None


def test_who_spoke_last_is_not_waited_for() -> None:
    found = gather(waiting(outbound(NOW - 8 * DAY), inbound(NOW - DAY), at=NOW - 8 * DAY + 2))
    assert found.answered_at == NOW - DAY
    assert found.waiting_since is None


def test_a_request_in_the_outbox_is_not_asked_yet() -> None:
    asked = NOW - HOUR
    found = gather(waiting(inbound(NOW - DAY), outbound(asked), at=asked + 1), unsent=[asked])
    assert found.waiting_since is None
    assert found.answered_at == NOW - DAY
