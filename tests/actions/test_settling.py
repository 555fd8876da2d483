"""What is decided of a conflict: judged again, with what was said when it was first decided."""

from __future__ import annotations

from typing import Any

from techdesk.actions.outcomes import Confirm, Queued, Refused
from techdesk.config.macros import Macro
from techdesk.desks.port import Accepted, Page, Prepared
from techdesk.model import NOTICE, Operation, OperationKind, OperationState, Status
from techdesk.rules.records import decode
from tests.actions.conftest import NOW, RAVI, Bench, make_ticket


def in_conflict(bench: Bench, number: str, *, theirs: dict[str, Any], made: list[Operation]) -> Operation:
    """The last operation met what a colleague set; what goes before it has reached the desk."""
    *before, last = made
    after = make_ticket(int(number.removeprefix("TD-")), version="2", revision=2, **theirs)
    feed = bench.database.feed()
    for each in before:
        feed.mark_sent(each.key, Prepared(body=b"{}"), NOW)
        feed.accept(each.key, Accepted(page=Page(cursor="", more=False), ticket_id=each.ticket_id), NOW)
    feed.apply(Page(tickets=(after,), people=(RAVI,), cursor="9", more=False), now=NOW)
    feed.conflict(last.key, Page(cursor="", more=False), "Somebody changed the same.", NOW)
    feed.close()
    return last


def settled(bench: Bench, operation: Operation, **values: Any) -> object:
    return bench.workbench.perform("conflict.mine", None, operation=operation.key, **values)


def test_the_reason_that_was_given_is_not_asked_for_again(bench: Bench) -> None:
    made = bench.queued("ticket.priority", "TD-2", priority=3, because="They said so.", confirmed=True)
    assert [each.kind for each in made] == [OperationKind.COMMENT, OperationKind.UPDATE]
    mine = in_conflict(bench, "TD-2", theirs={"priority": 4}, made=made)
    outcome = settled(bench, mine)
    assert isinstance(outcome, Queued), outcome
    assert "mine kept" in outcome.words


def test_without_one_the_rule_is_told_of(bench: Bench) -> None:
    made = bench.queued("ticket.priority", "TD-2", priority=3, confirmed=True)
    mine = in_conflict(bench, "TD-2", theirs={"priority": 4}, made=made)
    outcome = settled(bench, mine)
    assert isinstance(outcome, Confirm)
    assert "needs a reason" in outcome.detail


def test_a_reason_that_is_wanted_now_is_asked_for_and_goes_with_it(bench: Bench) -> None:
    made = bench.queued("ticket.priority", "TD-2", priority=3, confirmed=True)
    mine = in_conflict(bench, "TD-2", theirs={"priority": 4}, made=made)
    asked = settled(bench, mine)
    assert isinstance(asked, Confirm)
    assert asked.wants_reason, "a yes is none"
    outcome = settled(bench, mine, because="They  called.", confirmed=True)
    assert isinstance(outcome, Queued), outcome
    outcome.commit.result(timeout=5)
    kept, note = bench.workbench.reader.operations()
    assert (kept.key, kept.state) == (mine.key, OperationState.READY)
    record = decode(note.text)
    assert record is not None
    assert (record.field("because"), record.field("action")) == ("They called.", "ticket.priority")
    assert note.batch == kept.batch, "decided and taken back as one"


def by_macro(bench: Bench, number: str, **fields: Any) -> list[Operation]:
    bench.workbench.macros = {"m": Macro(id="m", title="The macro", **fields)}
    return bench.queued("ticket.macro", number, macro="m", confirmed=True)


def test_keeping_what_a_macro_closed_asks_as_closing_does(bench: Bench) -> None:
    made = by_macro(bench, "TD-7", close="no-answer", add_tags=("asleep",))
    mine = in_conflict(bench, "TD-7", theirs={"status": Status.OPEN}, made=made)
    outcome = settled(bench, mine)
    assert isinstance(outcome, Refused | Confirm), outcome
    assert mine.action == "ticket.macro"


def test_each_part_of_a_macro_is_judged_with_what_the_others_set(bench: Bench) -> None:
    """D4 wants a technician before the ticket waits: the macro takes it. It was Ravi's meanwhile."""
    made = by_macro(bench, "TD-1", owner="me", status="waiting")
    mine = in_conflict(bench, "TD-1", theirs={"owner": RAVI.id}, made=made)
    asked = settled(bench, mine)
    assert isinstance(asked, Confirm), asked
    assert "Ravi Kapoor" in asked.detail
    outcome = settled(bench, mine, confirmed=True)
    assert isinstance(outcome, Queued), outcome


def held_with_its_change(bench: Bench, number: str, made: list[Operation]) -> Operation:
    """The message of a closure that met a colleague's status; the change stands behind it."""
    message = next(each for each in made if each.kind is OperationKind.REPLY)
    before = made[: made.index(message)]
    return in_conflict(bench, number, theirs={"status": Status.HOLD}, made=[*before, message])


def test_a_message_and_its_closure_are_judged_and_kept_as_one(bench: Bench) -> None:
    made = bench.queued("ticket.resolve", "TD-2", text="It works again.", confirmed=True)
    message = held_with_its_change(bench, "TD-2", made)
    outcome = settled(bench, message)
    if isinstance(outcome, Confirm):
        assert "-> resolved" in outcome.question
        outcome = settled(bench, message, confirmed=True)
    assert isinstance(outcome, Queued), outcome
    assert "mine kept: reply (15 characters), status " in outcome.words
    outcome.commit.result(timeout=5)
    both = [each for each in bench.workbench.reader.operations() if each.batch == message.batch]
    assert [each.state.is_pending for each in both] == [True, True]
    assert both[1].base["status"] == "hold", "what the desk has was on show"


def test_the_rules_of_the_change_hold_its_message_too(bench: Bench) -> None:
    """A macro that answers and closes: the answer alone would be allowed."""
    made = by_macro(bench, "TD-7", reply="Good bye.", close="no-answer")
    message = held_with_its_change(bench, "TD-7", made)
    outcome = settled(bench, message)
    assert isinstance(outcome, Refused), outcome
    assert ("closed" in outcome.what, message.action) == (True, "ticket.reply"), outcome


def test_a_take_that_met_a_colleagues_asks_as_taking_over_does(bench: Bench) -> None:
    made = bench.queued("ticket.take", "TD-1")
    mine = in_conflict(bench, "TD-1", theirs={"owner": RAVI.id}, made=made)
    asked = settled(bench, mine)
    assert isinstance(asked, Confirm), asked
    assert "Ravi Kapoor" in asked.detail
    outcome = settled(bench, mine, confirmed=True)
    assert isinstance(outcome, Queued)
    outcome.commit.result(timeout=5)
    (again,) = bench.operations([mine.key])
    assert (again.sets, again.base["owner"]) == ({"owner": "bea"}, RAVI.id)


def test_undo_never_means_an_automatic_notice(bench: Bench) -> None:
    own = bench.queued("ticket.assign", "TD-2", owner="ravi", confirmed=True)
    notice = Operation(
        id="n1", batch="n1", ticket=bench.key("TD-1"), ticket_id="id-1", kind=OperationKind.COMMENT,
        action=NOTICE, text="Told.", created=NOW, hold_until=NOW, actor="bea",
    )  # fmt: skip
    [key] = bench.workbench.writer.enqueue([notice]).result(timeout=5)
    undoable = bench.workbench.reader.undoable()
    assert undoable is not None
    assert undoable.batch == own[0].batch
    feed = bench.database.feed()
    for each in (*own, notice):
        feed.mark_sent(each.key or key, Prepared(body=b"{}"), NOW)
        accepted = Accepted(page=Page(cursor="", more=False), ticket_id=each.ticket_id)
        feed.accept(each.key or key, accepted, NOW)
    feed.close()
    assert [line.batch for line in bench.workbench.last_sent()] == [own[0].batch]
