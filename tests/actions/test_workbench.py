"""The one way to change a ticket: from what is asked to what lies in the outbox, or why it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.actions.outcomes import Confirm, Queued, Refused
from techdesk.actions.registry import ACTIONS
from techdesk.actions.wording import Surface, not_done
from techdesk.actions.workbench import Workbench
from techdesk.desks.port import Capabilities, Guarantee, Page
from techdesk.model import Channel, OperationKind, OperationState, Organisation, Status
from techdesk.rules.verdicts import Ok, Refuse, Warn
from tests.actions.conftest import HOUR, NOW, Bench, make_ticket


def test_taking_queues_one_operation_with_its_base_and_holds_it(bench: Bench) -> None:
    (operation,) = bench.queued("ticket.take", "TD-1")
    assert operation.kind is OperationKind.UPDATE
    assert operation.sets == {"owner": "bea"}
    assert operation.base == {"owner": ""}
    assert operation.state is OperationState.HELD
    assert operation.hold_until == NOW + 5
    assert (operation.action, operation.actor, operation.ticket_id) == ("ticket.take", "bea", "id-1")
    row = bench.workbench.reader.row(bench.key("TD-1"))
    assert row is not None
    assert row.owner_name == "Bea Moreau"


def test_the_base_is_what_the_screen_showed_unsent_changes_included(bench: Bench) -> None:
    bench.queued("ticket.priority", "TD-2", priority=1, confirmed=True)
    (second,) = bench.queued("ticket.priority", "TD-2", priority=3, confirmed=True)
    assert second.base == {"priority": 1}


def test_raise_and_lower_go_by_the_policys_levels(bench: Bench) -> None:
    (up,) = bench.queued("ticket.raise", "TD-2", confirmed=True)
    assert up.sets == {"priority": 1}
    assert bench.refused("ticket.raise", "TD-2").rule == "generic.same"
    (first,) = bench.queued("ticket.raise", "TD-3")
    assert first.sets == {"priority": 4}, "without a priority, the least urgent one"


def test_priorities_come_with_the_policys_criteria(bench: Bench) -> None:
    offered = bench.workbench.priorities(bench.key("TD-2"))
    assert [level for level, _, _ in offered] == [1, 2, 3, 4]
    assert offered[0][1].startswith("P1")
    assert offered[0][2], "criteria"
    elsewhere = bench.workbench.priorities(bench.key("TD-6"))
    assert [label.split(" ")[0].strip(",") for _, label, _ in elsewhere] == [
        "Emergency", "Critical", "Major", "Moderate", "Minor",
    ]  # fmt: skip


def test_without_a_policy_the_priorities_are_the_desks_own(bench: Bench) -> None:
    unknown = 999  # a ticket that is gone has no policy
    assert [label for _, label, _ in bench.workbench.priorities(unknown)] == ["P1", "P2", "P3", "P4", "P5"]
    bench.workbench.capabilities = Capabilities(
        guarantee=Guarantee.C,
        keys=False,
        precondition=True,
        tombstones=True,
        priorities={"*": ("High", "Low")},
    )
    assert bench.workbench.priorities(unknown) == [(1, "High", ""), (2, "Low", "")]


def test_resolving_is_a_reply_and_a_status_in_one_batch(bench: Bench) -> None:
    reply, status = bench.queued("ticket.resolve", "TD-2", text="  All phones work again.\n")
    assert reply.kind is OperationKind.REPLY
    assert reply.text == "All phones work again."
    assert reply.base == {"last_customer_message": NOW - 2 * HOUR}
    assert status.sets == {"status": "resolved"}
    assert status.base == {"status": "open", "last_customer_message": NOW - 2 * HOUR}
    assert reply.batch == status.batch
    assert len({reply.id, status.id}) == 2


def test_a_reply_can_set_the_status_and_never_sets_the_one_there_is(bench: Bench) -> None:
    _, status = bench.queued("ticket.reply", "TD-2", text="Please send the log.", then="waiting")
    assert status.sets == {"status": "waiting"}
    assert len(bench.queued("ticket.reply", "TD-2", text="And the trace.", then="waiting")) == 1


def test_writing_a_notice_may_end_as_waiting(bench: Bench) -> None:
    _, status = bench.queued("ticket.resolve", "TD-2", text="Is it better?", then="waiting")
    assert status.sets == {"status": "waiting"}


def test_a_comment_can_be_the_log_of_a_call(bench: Bench) -> None:
    (note,) = bench.queued("ticket.comment", "TD-2", text="Called", channel="phone")
    assert (note.kind, note.channel) == (OperationKind.COMMENT, Channel.PHONE)
    assert note.base == {}, "a note needs no evidence"


def test_the_first_lights_path_to_a_standard_closure(bench: Bench) -> None:
    """Take, reply, resolve, confirm on the phone, close (issue: first light)."""
    bench.queued("ticket.take", "TD-1")
    bench.queued("ticket.reply", "TD-1", text="I am looking at it.")
    bench.clock.advance(60)
    bench.queued("ticket.resolve", "TD-1", text="Solved. Please confirm.")
    bench.clock.advance(60)
    refused = bench.refused("ticket.close", "TD-1", reason="standard", confirmed=True)
    assert refused.rule == "D9"
    note, close = bench.queued("ticket.close", "TD-1", reason="standard+call", confirmed=True)
    assert (note.kind, note.channel) == (OperationKind.COMMENT, Channel.PHONE)
    assert close.sets == {"status": "closed", "close_reason": "standard"}
    assert close.base["last_customer_message"] == NOW - 9 * HOUR


def test_closing_asks_first_and_names_the_ticket(bench: Bench) -> None:
    question = bench.do("ticket.close", "TD-5", reason="standard+call")
    assert isinstance(question, Confirm)
    assert "TD-5 Subject 5" in question.question
    assert bench.workbench.operations_left() == 0


def test_what_is_not_known_is_asked_and_the_rule_kept(bench: Bench) -> None:
    question = bench.do("ticket.close", "TD-2", reason="on-hold")
    assert isinstance(question, Confirm)
    assert "Dunmore Cloud is on hold is not known here (Dynamix 4.2.2)" in question.detail
    outcome = bench.do("ticket.close", "TD-2", reason="on-hold", confirmed=True)
    assert isinstance(outcome, Queued)
    assert outcome.rule == "D12"


def test_reasons_come_with_each_gates_answer(bench: Bench) -> None:
    offered = {reason: verdict for reason, _, verdict in bench.workbench.close_reasons(bench.key("TD-5"))}
    assert list(offered) == ["standard", "standard+call", "no-response", "contract-expired", "on-hold"]
    assert isinstance(offered["standard"], Refuse)
    assert isinstance(offered["standard+call"], Ok)
    assert isinstance(offered["no-response"], Refuse)
    assert "1 of 3 unanswered inquiries" in offered["no-response"].reason
    assert offered["no-response"].remedy == "r sends inquiry 2."
    assert isinstance(offered["on-hold"], Warn)


def test_an_unsent_inquiry_is_counted_apart(bench: Bench) -> None:
    bench.clock.advance(25 * HOUR)
    bench.queued("ticket.reply", "TD-5", text="Does it work?")
    verdict = {reason: v for reason, _, v in bench.workbench.close_reasons(bench.key("TD-5"))}["no-response"]
    assert isinstance(verdict, Refuse)
    assert verdict.reason.startswith("1 of 3")
    assert "1 inquiry not yet sent" in verdict.reason


def test_policies_that_do_not_ship_yet_have_the_reasons_of_the_house(bench: Bench) -> None:
    offered = [reason for reason, _, _ in bench.workbench.close_reasons(bench.key("TD-6"))]
    assert "duplicate" in offered
    (close,) = bench.queued("ticket.close", "TD-6", reason="duplicate", confirmed=True)
    assert close.sets["close_reason"] == "duplicate"


def test_reopening_clears_the_reason(bench: Bench) -> None:
    assert isinstance(bench.do("ticket.reopen", "TD-4"), Confirm)
    (operation,) = bench.queued("ticket.reopen", "TD-4", confirmed=True)
    assert operation.sets == {"status": "open", "close_reason": ""}


def test_a_desk_without_closed_and_reasons_gets_a_status_and_a_note(bench: Bench) -> None:
    bench.workbench.capabilities = Capabilities(
        guarantee=Guarantee.C,
        keys=False,
        precondition=False,
        tombstones=False,
        settable=("status", "owner", "priority"),
        statuses=("new", "open", "waiting", "resolved"),
    )
    note, close = bench.queued("ticket.close", "TD-6", reason="duplicate", confirmed=True)
    assert note.text == "Closed: Duplicate of another ticket."
    assert close.sets == {"status": "resolved"}
    assert bench.refused("ticket.status", "TD-2", status=Status.VENDOR).rule == "generic.status_unknown"
    assert bench.refused("ticket.close", "TD-5", reason="standard+call").rule == "generic.status_unknown"


def test_a_refusal_says_what_why_and_what_now_and_is_in_the_journal(bench: Bench) -> None:
    refused = bench.refused("ticket.status", "TD-1", status=Status.OPEN)
    assert refused.words == (
        "The status of TD-1 is not changed: It cannot leave new: it has no dedicated technician"
        " (Dynamix 4.1). a takes it."
    )
    bench.workbench.writer.close()
    (entry,) = bench.workbench.reader.journal()
    assert (entry.outcome, entry.action, entry.number) == ("refused", "ticket.status", "TD-1")
    assert entry.detail.startswith("[D4] ")


def test_the_command_line_hears_verbs_where_the_screens_name_keys(bench: Bench) -> None:
    bench.workbench.surface = Surface.VERBS
    assert bench.refused("ticket.status", "TD-1", status=Status.OPEN).remedy == "'techdesk take' takes it."


def test_undo_takes_the_newest_batch_back_whole(bench: Bench) -> None:
    bench.queued("ticket.take", "TD-1")
    bench.queued("ticket.resolve", "TD-2", text="Solved.")
    outcome = bench.workbench.undo()
    assert isinstance(outcome, Queued)
    assert outcome.commit.result(timeout=5) is True
    assert not outcome.can_undo
    assert "reply" in outcome.words
    assert "resolved" in outcome.words
    left = bench.workbench.reader.operations()
    assert [line.number for line in left] == ["TD-1"]


def test_undo_with_nothing_held_says_so(bench: Bench) -> None:
    outcome = bench.workbench.undo()
    assert isinstance(outcome, Refused)
    assert outcome.rule == "generic.nothing_to_undo"


def test_read_only_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "profile", read_only=True)
    for act in ACTIONS:
        if act.changes:
            outcome = bench.workbench.perform(act.id, bench.key("TD-2"))
            assert isinstance(outcome, Refused)
            assert outcome.rule == "generic.read_only"
    assert isinstance(bench.workbench.undo(), Refused)
    assert bench.workbench.operations_left() == 0
    bench.database.close()


def test_no_ticket_is_a_refusal_not_an_error(bench: Bench) -> None:
    for ticket in (None, 999_999):
        outcome = bench.workbench.perform("ticket.take", ticket)
        assert isinstance(outcome, Refused)
        assert outcome.rule == "generic.no_ticket"


def test_a_new_ticket_has_a_number_of_its_own_and_its_reply_follows(bench: Bench) -> None:
    fields = {"subject": " Phone  dead ", "requester": "new@dunmore.example", "queue": "voice", "priority": 2}
    outcome = bench.workbench.perform("ticket.new", None, fields=fields, text="It rings not.")
    assert isinstance(outcome, Queued)
    key = outcome.commit.result(timeout=5)
    row = bench.workbench.reader.row(key)
    assert row is not None
    assert (row.number, row.subject, row.queue_name) == (f"NEW-{key}", "Phone dead", "Voice")
    reply = bench.workbench.perform("ticket.reply", key, text="On my way.")
    assert isinstance(reply, Queued)
    (operation,) = bench.operations(reply.commit.result(timeout=5))
    assert (operation.ticket, operation.ticket_id) == (key, "")
    assert operation.base == {}, "the first message, once it is at the desk, is no news against the reply"


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"requester": "a@b.example", "queue": "q1"}, "subject"),
        ({"subject": "x", "queue": "q1"}, "requester"),
        ({"subject": "x", "requester": "a@b.example"}, "queue"),
        ({"subject": "x", "requester": "a@b.example", "queue": "Nowhere"}, "Nowhere"),
    ],
)
def test_a_new_ticket_needs_its_fields(bench: Bench, fields: dict[str, str], missing: str) -> None:
    outcome = bench.workbench.perform("ticket.new", None, fields=fields)
    assert isinstance(outcome, Refused)
    assert missing in outcome.why
    assert bench.workbench.operations_left() == 0


def test_an_outbox_line_is_dropped_only_after_yes(bench: Bench) -> None:
    bench.queued("ticket.take", "TD-1")
    (line,) = bench.workbench.reader.operations()
    question = bench.workbench.perform("outbox.drop", None, operation=line.key)
    assert isinstance(question, Confirm)
    assert "TD-1" in question.question
    dropped = bench.workbench.perform("outbox.drop", None, operation=line.key, confirmed=True)
    assert isinstance(dropped, Queued)
    assert dropped.commit.result(timeout=5) is True
    assert bench.workbench.operations_left() == 0
    gone = bench.workbench.perform("outbox.retry", None, operation=line.key)
    assert isinstance(gone, Refused)


def test_what_only_waited_for_its_time_was_not_tried_before(bench: Bench) -> None:
    bench.queued("ticket.take", "TD-1")
    (line,) = bench.workbench.reader.operations()
    assert line.state is OperationState.HELD
    now = bench.workbench.perform("outbox.retry", None, operation=line.key)
    assert isinstance(now, Queued)
    assert now.words.startswith("held no longer: owner ")
    assert now.commit.result(timeout=5) is True
    again = bench.workbench.perform("outbox.retry", None, operation=line.key)
    assert isinstance(again, Queued)
    assert again.words.startswith("tried again: owner ")


def test_nobody_is_me_before_the_desk_has_said_so(tmp_path: Path) -> None:
    from techdesk.clock import FrozenClock
    from techdesk.config.settings import ProfileSettings
    from techdesk.policies.book import PolicyBook
    from techdesk.store.database import Database

    database = Database.open(tmp_path / "new", PolicyBook.load())
    workbench = Workbench(database, PolicyBook.load(), FrozenClock(NOW), ProfileSettings(name="new"))
    assert (workbench.me.id, workbench.me.name) == ("", "")
    database.close()


def test_every_change_has_words_for_not_being_done() -> None:
    for act in ACTIONS:
        if act.changes or act.id == "app.undo":
            assert not_done(act.id, "TD-1")


def test_who_leaves_is_told_which_tickets_wait_for_their_review(bench: Bench) -> None:
    """D17: the first few by number, and how many more there are; nothing where none waits."""
    office = Organisation(id="o9", name="Dunmore Cloud", policy="dynamix", region="US")
    night = tuple(make_ticket(n, organisation="o9", created=NOW - 9 * HOUR) for n in range(11, 17))
    feed = bench.database.feed()
    feed.apply(Page(tickets=night, organisations=(office,), cursor="2", more=False), now=NOW)
    feed.close()
    count = sum(each.count for each in bench.workbench.reader.unreviewed(4))
    assert count >= 6
    told = bench.workbench.leaving()
    assert f"not reviewed yet: {count} (Dynamix 2.3)." in told
    assert f" and {count - 4} more. " in told
    assert told.count("TD-") == 4
