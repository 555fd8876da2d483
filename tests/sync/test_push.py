"""Operations on their way: nothing lost, nothing doubled, nothing unseen overwritten."""

from __future__ import annotations

import asyncio
import errno

import msgspec
import pytest

from techdesk.desks.port import FailureKind, Page
from techdesk.model import FieldValue, Operation, OperationKind, OperationState, Status
from techdesk.sync.push import KEY_WINDOW, QUIET_SECONDS
from tests.sync.conftest import Bench
from tests.sync.desk_model import ME, ModelDesk

DONE, CONFLICT, READY, SENT = (
    OperationState.DONE,
    OperationState.CONFLICT,
    OperationState.READY,
    OperationState.SENT,
)


@pytest.fixture(autouse=True)
async def pulled(bench: Bench) -> None:
    """Every test begins with everything here."""
    assert await bench.engine.round() is None


# -- answers that are lost (rules 2 and 3)


async def test_a_lost_answer_is_repeated_byte_for_byte_and_stored_once(bench: Bench, desk: ModelDesk) -> None:
    desk.keeps_operation = False
    reply = bench.queue("1", kind=OperationKind.REPLY, text="Try again now.")
    desk.faults.append("lost answer")
    await bench.engine.round()
    assert bench.state(reply) is SENT
    for _ in range(2):
        bench.advance(400)
        await bench.restarted().round()
    assert bench.state(reply) is DONE
    (first, one), (second, two) = desk.pushed
    assert (first, one) == (second, two)
    assert [message.body for message in desk.messages["1"]].count("Try again now.") == 1
    assert bench.agrees()
    assert [entry.body for entry in bench.reader.conversation(bench.key("1"))].count("Try again now.") == 1


async def test_a_lost_answer_that_the_pull_shows_needs_no_repeat(bench: Bench, desk: ModelDesk) -> None:
    reply = bench.queue("1", kind=OperationKind.REPLY, text="Try again now.")
    desk.faults.append("lost answer")
    await bench.engine.round()
    assert bench.state(reply) is DONE
    assert len(desk.pushed) == 1
    assert bench.agrees()


async def test_a_lost_request_is_repeated_until_it_arrives(bench: Bench, desk: ModelDesk) -> None:
    change = bench.queue("1", {"priority": 1})
    desk.faults.extend(["lost request", "broken", "lost request"])
    for _ in range(4):
        await bench.engine.round()
        bench.advance(400)
    assert bench.state(change) is DONE
    assert len(desk.pushed) == 4
    assert len(set(desk.pushed)) == 1
    assert bench.agrees()


async def test_the_repeat_keeps_its_precondition_though_the_ticket_moved_on(
    bench: Bench, desk: ModelDesk
) -> None:
    change = bench.queue("1", {"priority": 1})
    desk.faults.append("lost answer")
    await bench.engine.round()
    desk.changes("1", priority=4)  # after ours arrived: a colleague's last word
    await bench.engine.round()  # the pull brings it
    bench.advance(400)
    await bench.engine.round()
    assert bench.state(change) is DONE
    assert desk.tickets["1"].priority == 4, "the repeat did not undo the colleague's change"
    assert desk.pushed[0] == desk.pushed[1]
    assert bench.agrees()


async def test_a_throttled_repeat_stays_in_doubt(bench: Bench, desk: ModelDesk) -> None:
    desk.keeps_operation = False
    reply = bench.queue("1", kind=OperationKind.REPLY, text="Once")
    desk.faults.extend(["lost answer", "throttled"])
    await bench.engine.round()
    bench.advance(400)
    assert await bench.engine.round() is None, "reading goes on while writes wait"
    assert bench.state(reply) is SENT
    await bench.engine.round()
    assert len(desk.pushed) == 2, "not before the server's time"
    bench.advance(30)
    await bench.engine.round()
    assert bench.state(reply) is DONE
    assert len(set(desk.pushed)) == 1
    assert bench.agrees()


async def test_killed_between_sending_and_the_answer(bench: Bench, desk: ModelDesk) -> None:
    reply = bench.queue("1", kind=OperationKind.REPLY, text="Once")
    perform, performed = desk.push, asyncio.Event()

    async def hangs(*arguments: object) -> None:
        await perform(*arguments)  # type: ignore[arg-type]
        performed.set()
        await asyncio.Event().wait()

    desk.push = hangs  # type: ignore[method-assign, assignment]
    running = asyncio.create_task(bench.engine.round())
    await performed.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert bench.state(reply) is SENT
    desk.push = perform  # type: ignore[method-assign]
    await bench.restarted().round()
    assert bench.state(reply) is DONE
    assert len(set(desk.pushed)) == 1
    assert bench.agrees()


async def test_an_undone_operation_never_goes_out(bench: Bench, desk: ModelDesk) -> None:
    change = bench.queue("1", {"priority": 1}, hold=10)
    await bench.engine.round()
    assert desk.pushed == []
    assert bench.writer.undo(bench.operation(change).batch, bench.clock.now()).result()
    bench.advance(20)
    await bench.engine.round()
    assert desk.pushed == []
    assert desk.tickets["1"].priority == 3


# -- somebody else's changes (rules 4, 5, 10)


async def test_another_field_changed_meanwhile_is_no_conflict(bench: Bench, desk: ModelDesk) -> None:
    change = bench.queue("1", {"priority": 1})
    desk.changes("1", owner="colleague")  # not pulled yet: the first try meets a 412
    await bench.engine.round()
    assert bench.state(change) is DONE
    assert [prepared.precondition for _, prepared in desk.pushed] == ["3", "4"]
    assert (desk.tickets["1"].priority, desk.tickets["1"].owner) == (1, "colleague")
    assert bench.agrees()


@pytest.mark.parametrize("pulled_first", [True, False])
async def test_the_same_field_changed_meanwhile_is_a_conflict(
    bench: Bench, desk: ModelDesk, pulled_first: bool
) -> None:
    if pulled_first:
        change = bench.queue("1", {"priority": 1}, hold=10)
        desk.changes("1", priority=4)
        await bench.engine.round()
        bench.advance(20)
    else:
        change = bench.queue("1", {"priority": 1})
        desk.changes("1", priority=4)
    await bench.engine.round()
    assert bench.state(change) is CONFLICT
    assert "priority is now P4, was P3" in bench.operation(change).error
    assert len(desk.pushed) == (0 if pulled_first else 1)
    assert desk.tickets["1"].priority == 4
    await bench.engine.round()
    assert bench.state(change) is CONFLICT, "until a person decides"
    row = bench.reader.row(bench.key("1"))
    assert row is not None
    assert (row.priority, row.attention) == (4, "conflict")


@pytest.mark.parametrize("pulled_first", [True, False])
async def test_the_same_value_set_by_a_colleague_is_done(
    bench: Bench, desk: ModelDesk, pulled_first: bool
) -> None:
    change = bench.queue("1", {"priority": 1}, hold=10)
    desk.changes("1", priority=1)
    if pulled_first:
        await bench.engine.round()
    bench.advance(20)
    await bench.engine.round()
    assert bench.state(change) is DONE
    assert len(desk.pushed) == (0 if pulled_first else 1)
    assert bench.agrees()


@pytest.mark.parametrize("pulled_first", [True, False])
async def test_a_close_that_met_a_customers_message_is_always_a_conflict(
    bench: Bench, desk: ModelDesk, pulled_first: bool
) -> None:
    seen = bench.feed.last_customer_message(bench.key("1"))
    base = {"status": "open", "last_customer_message": seen}
    close = bench.queue("1", {"status": "resolved"}, base=base, hold=10)
    bench.advance(5)
    desk.wrote("1", "It still does not work!")
    if pulled_first:
        await bench.engine.round()
    bench.advance(20)
    await bench.engine.round()
    assert bench.state(close) is CONFLICT
    assert "customer" in bench.operation(close).error
    assert desk.tickets["1"].status is Status.OPEN
    assert bench.agrees()


@pytest.mark.parametrize("pulled_first", [True, False])
async def test_an_out_of_office_answer_holds_nothing_up(
    bench: Bench, desk: ModelDesk, pulled_first: bool
) -> None:
    seen = bench.feed.last_customer_message(bench.key("1"))
    base = {"status": "open", "last_customer_message": seen}
    close = bench.queue("1", {"status": "resolved"}, base=base, hold=10)
    bench.advance(5)
    desk.wrote("1", "I am out of the office.", automatic=True)
    if pulled_first:
        await bench.engine.round()
    bench.advance(20)
    await bench.engine.round()
    assert bench.state(close) is DONE
    assert bench.agrees()


async def test_a_close_with_nothing_new_goes_through(bench: Bench, desk: ModelDesk) -> None:
    seen = bench.feed.last_customer_message(bench.key("1"))
    base = {"status": "open", "last_customer_message": seen}
    close = bench.queue("1", {"status": "resolved"}, base=base)
    desk.wrote("1", "For colleagues only", author="colleague")
    await bench.engine.round()
    assert bench.state(close) is DONE
    assert desk.tickets["1"].status is Status.RESOLVED


async def test_a_ticket_that_keeps_changing_is_left_for_a_later_round(bench: Bench, desk: ModelDesk) -> None:
    change = bench.queue("1", {"priority": 1})
    push = desk.push

    async def raced(*arguments: object) -> object:
        desk.changes("1", subject=f"Changed {len(desk.pushed)}")
        return await push(*arguments)  # type: ignore[arg-type]

    desk.push = raced  # type: ignore[method-assign, assignment]
    await bench.engine.round()
    assert bench.state(change) is READY
    assert len(desk.pushed) == 3
    assert bench.feed.due(bench.clock.now()) == []
    desk.push = push  # type: ignore[method-assign]
    bench.advance(400)
    await bench.engine.round()
    assert bench.state(change) is DONE
    assert bench.agrees()


async def test_an_own_reply_that_opens_the_ticket_is_no_conflict_for_the_close_after_it(
    bench: Bench, desk: ModelDesk
) -> None:
    new = desk.opened(status="new")
    await bench.engine.round()
    reply = bench.queue(new, kind=OperationKind.REPLY, text="Done.")
    close = bench.queue(new, {"status": "resolved"}, base={"status": "new"})
    await bench.engine.round()
    assert (bench.state(reply), bench.state(close)) == (DONE, DONE)
    assert desk.tickets[new].status is Status.RESOLVED


@pytest.mark.parametrize("colleague", [False, True])
async def test_it_is_none_after_a_restart_between_the_two_either(
    bench: Bench, desk: ModelDesk, colleague: bool
) -> None:
    """A bulk run that is killed in its middle: what its first half did is known by the ticket's log."""
    new = desk.opened(status="new")
    await bench.engine.round()
    ticket = bench.key(new)
    reply = bench.made_up(ticket, OperationKind.REPLY, {}, {}, "Done.")
    close = bench.made_up(
        ticket, OperationKind.UPDATE, {"status": "resolved"}, {"status": "new"}, "", hold=60
    )
    both = [msgspec.structs.replace(each, batch="run") for each in (reply, close)]
    first, second = bench.writer.enqueue(both).result()
    await bench.engine.round()
    assert (bench.state(first), desk.tickets[new].status) == (DONE, Status.OPEN)
    if colleague:
        desk.changes(new, status="hold")
    bench.advance(60)
    await bench.restarted().round()
    assert bench.state(second) is (CONFLICT if colleague else DONE)


# -- order and independence (rule 9)


async def test_one_stuck_ticket_holds_back_only_its_own(bench: Bench, desk: ModelDesk) -> None:
    desk.stuck.add("1")
    stuck = [bench.queue("1", {"priority": 1}), bench.queue("1", kind=OperationKind.COMMENT, text="After it")]
    free = [bench.queue("2", {"priority": 1}), bench.queue("3", {"priority": 2})]
    for _ in range(3):
        await bench.engine.round()
        bench.advance(400)
    assert [bench.state(key) for key in free] == [DONE, DONE]
    assert bench.state(stuck[0]) is SENT
    assert bench.operation(stuck[1]).attempts == 0, "order within a ticket"
    desk.stuck.clear()
    await bench.engine.round()
    assert [bench.state(key) for key in stuck] == [DONE, DONE]
    assert bench.agrees()


async def test_many_stuck_tickets_do_not_starve_the_others(bench: Bench, desk: ModelDesk) -> None:
    others = [desk.opened() for _ in range(10)]
    await bench.engine.round()
    desk.stuck.update(others)
    for ticket in others:
        bench.queue(ticket, {"priority": 1})
    free = bench.queue("1", {"priority": 1})
    for _ in range(8):
        await bench.engine.round()
        bench.advance(1)
    assert bench.state(free) is DONE


async def test_a_conflict_or_rejection_of_one_ticket_blocks_no_other(bench: Bench, desk: ModelDesk) -> None:
    desk.changes("1", priority=4)
    clash = bench.queue("1", {"priority": 1})
    after = bench.queue("1", kind=OperationKind.COMMENT, text="After the conflict")
    desk.faults.extend(["", "forbidden"])
    refused = bench.queue("2", {"priority": 1})
    free = bench.queue("3", {"priority": 1})
    await bench.engine.round()
    assert bench.state(clash) is CONFLICT
    assert bench.state(refused) is OperationState.REJECTED
    assert bench.operation(refused).error == "Not yours"
    assert bench.state(free) is DONE
    assert bench.operation(after).attempts == 0


async def test_changes_of_one_ticket_arrive_in_their_order(bench: Bench, desk: ModelDesk) -> None:
    desk.capabilities = msgspec.structs.replace(desk.capabilities, parallel=4)
    keys = [
        bench.queue("1", {"priority": 1}),
        bench.queue("1", {"priority": 2}, base={"priority": 1}),
        bench.queue("1", kind=OperationKind.COMMENT, text="Why"),
        bench.queue("2", {"priority": 5}),
    ]
    await bench.restarted().round()
    assert all(bench.state(key) is DONE for key in keys)
    mine = [event.new for event in desk.events["1"] if event.field == "priority"]
    assert mine == ["1", "2"]
    assert bench.agrees()


async def test_what_ends_one_of_several_side_by_side_keeps_its_name(bench: Bench, desk: ModelDesk) -> None:
    """As a full disk does: who tells of it must not see a group of errors, which is nobody's answer."""
    desk.capabilities = msgspec.structs.replace(desk.capabilities, parallel=4)
    for ticket in ("1", "2"):
        bench.queue(ticket, {"priority": 1})

    async def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    desk.push = full  # type: ignore[assignment, method-assign]
    with pytest.raises(OSError, match="no space"):
        await bench.restarted().round()


async def test_a_ticket_made_offline_and_its_reply_arrive_in_order(bench: Bench, desk: ModelDesk) -> None:
    ticket = bench.create({"subject": "Phone call", "queue": "q1", "requester": "carl"}, "It rang.")
    reply = bench.queue("", kind=OperationKind.REPLY, text="We are on it.", key=ticket)
    urgent = bench.queue("", {"priority": 1}, base={"priority": 3}, key=ticket)
    desk.faults.append("lost answer")
    for _ in range(3):
        await bench.engine.round()
        bench.advance(400)
    row = bench.reader.row(ticket)
    assert row is not None
    assert row.number == "TD-4"
    assert (bench.state(reply), bench.state(urgent)) == (DONE, DONE)
    assert [message.body for message in desk.messages["4"]] == ["It rang.", "We are on it."]
    assert desk.tickets["4"].priority == 1
    assert len(desk.tickets) == 4, "made once"
    assert bench.agrees()


async def test_a_ticket_that_is_gone_leaves_words_for_what_was_unsent(bench: Bench, desk: ModelDesk) -> None:
    change = bench.queue("1", {"priority": 1})
    desk.delete("1")
    await bench.engine.round()
    assert bench.state(change) is CONFLICT
    assert bench.operation(change).error
    assert bench.waiting()[0].text == ""


async def test_an_adapter_with_a_bug_stops_only_that_operation(
    bench: Bench, desk: ModelDesk, caplog: pytest.LogCaptureFixture
) -> None:
    prepare = desk.prepare

    def buggy(operation: object, ticket: object) -> object:
        if getattr(operation, "ticket_id", "") == "1":
            raise KeyError("no such thing")
        return prepare(operation, ticket)  # type: ignore[arg-type]

    desk.prepare = buggy  # type: ignore[method-assign, assignment]
    broken, free = bench.queue("1", {"priority": 1}), bench.queue("2", {"priority": 1})
    await bench.engine.round()
    assert (bench.state(broken), bench.state(free)) == (READY, DONE)
    assert "KeyError" in bench.operation(broken).error
    assert "could not be sent" in caplog.text


# -- desks that lack something


async def test_without_keys_the_effect_is_looked_for_before_a_retry(bench: Bench, desk: ModelDesk) -> None:
    desk.capabilities = msgspec.structs.replace(desk.capabilities, keys=False)
    desk.faults.extend(["lost answer", "lost request"])
    there = bench.queue("1", kind=OperationKind.REPLY, text="Arrived")
    lost = bench.queue("2", kind=OperationKind.REPLY, text="Did not")
    for _ in range(4):
        await bench.engine.round()
        bench.advance(400)
    assert (bench.state(there), bench.state(lost)) == (DONE, DONE)
    assert len(desk.pushed) == 3, "only the one that was not found went again"
    for ticket, text in (("1", "Arrived"), ("2", "Did not")):
        assert [message.body for message in desk.messages[ticket]].count(text) == 1
    assert bench.agrees()


@pytest.mark.parametrize("killed", [False, True])
async def test_a_desk_without_keys_is_given_time_before_it_is_asked(
    bench: Bench, desk: ModelDesk, killed: bool
) -> None:
    """It may still be at work on the message: whoever looks too soon finds nothing, and sends it again."""
    desk.capabilities = msgspec.structs.replace(desk.capabilities, keys=False)
    desk.faults.append("lost request")
    reply = bench.queue("1", kind=OperationKind.REPLY, text="Slowly")
    await bench.engine.round()
    bench.advance(QUIET_SECONDS - 1)
    if killed:
        bench.restarted()
    await bench.engine.round()
    assert (bench.state(reply), len(desk.pushed)) == (SENT, 1)
    assert f"find_sent {bench.operation(reply).id}" not in desk.asked
    bench.advance(1)
    await bench.engine.round()
    assert (bench.state(reply), len(desk.pushed)) == (DONE, 2)
    assert f"find_sent {bench.operation(reply).id}" in desk.asked


async def test_without_preconditions_the_ticket_is_read_just_before(bench: Bench, desk: ModelDesk) -> None:
    desk.capabilities = msgspec.structs.replace(desk.capabilities, precondition=False)
    change = bench.queue("1", {"priority": 1})
    desk.changes("1", priority=4)
    desk.asked.clear()
    await bench.engine.round()
    assert desk.asked[0] == "get 1"
    assert bench.state(change) is CONFLICT
    assert desk.pushed == []


@pytest.mark.parametrize("arrived", [True, False])
async def test_past_the_keys_life_nothing_is_resent(bench: Bench, desk: ModelDesk, arrived: bool) -> None:
    fault = "lost answer" if arrived else "lost request"
    desk.faults.extend([fault, fault])
    reply = bench.queue("1", kind=OperationKind.REPLY, text="Long ago")
    change = bench.queue("2", {"priority": 1})
    await bench.engine.round()
    assert len(desk.pushed) == 2
    bench.advance(KEY_WINDOW + 1)
    desk.keys.clear()
    await bench.engine.round()
    expected = DONE if arrived else CONFLICT
    assert (bench.state(reply), bench.state(change)) == (expected, expected)
    assert len(desk.pushed) == 2
    assert [message.body for message in desk.messages["1"]].count("Long ago") == (1 if arrived else 0)


async def test_tags_of_both_sides_go_together_without_a_question(bench: Bench, desk: ModelDesk) -> None:
    desk.changes("1", tags=["old", "vpn"])
    await bench.engine.round()
    change = bench.queue("1", {"tags": ["vpn", "mine"]}, base={"tags": ["old", "vpn"]})
    desk.changes("1", tags=["old", "vpn", "theirs"])
    await bench.engine.round()
    assert bench.state(change) is DONE
    assert desk.tickets["1"].tags == ("vpn", "theirs", "mine")


async def test_what_is_shown_before_it_is_sent_has_both_sides(bench: Bench, desk: ModelDesk) -> None:
    bench.queue("1", {"tags": ["mine"]}, base={"tags": []}, hold=3_600)
    desk.changes("1", tags=["theirs"])
    await bench.engine.round()
    row = bench.reader.row(bench.key("1"))
    assert row is not None
    assert row.tags == ("theirs", "mine")


async def test_keeping_mine_of_another_field_takes_no_tag_of_theirs_off(
    bench: Bench, desk: ModelDesk
) -> None:
    sets: dict[str, FieldValue] = {"priority": 1, "tags": ["mine"]}
    change = bench.queue("1", sets, base={"priority": 3, "tags": []})
    desk.changes("1", priority=2, tags=["theirs"])
    await bench.engine.round()
    assert bench.state(change) is CONFLICT
    dispute = bench.reader.dispute(change)
    assert dispute is not None
    assert [(field.name, field.clash) for field in dispute.fields] == [("priority", True), ("tags", False)]
    bench.writer.retry(change, bench.clock.now()).result()
    await bench.engine.round()
    assert (desk.tickets["1"].priority, desk.tickets["1"].tags) == (1, ("theirs", "mine"))


@pytest.mark.parametrize("fault", ["lost answer", "lost request"])
async def test_the_life_of_a_key_begins_when_it_first_goes_out(
    bench: Bench, desk: ModelDesk, fault: str
) -> None:
    """Queued in a week without a network: its key is fresh, so a lost answer needs nobody's decision."""
    await bench.engine.round()
    reply = bench.queue("1", kind=OperationKind.REPLY, text="From the train")
    change = bench.queue("2", {"priority": 1})
    bench.advance(KEY_WINDOW + 1)
    desk.faults.extend([fault, fault])
    await bench.engine.round()
    assert (bench.state(reply), bench.state(change)) == (SENT, SENT)
    bench.advance(600)
    await bench.engine.round()
    assert (bench.state(reply), bench.state(change)) == (DONE, DONE)
    assert [message.body for message in desk.messages["1"]].count("From the train") == 1


async def test_an_answer_never_brings_back_what_was_deleted(bench: Bench, desk: ModelDesk) -> None:
    reply = bench.queue("1", kind=OperationKind.REPLY, text="Bye")
    desk.faults.append("lost answer")
    await bench.engine.round()
    desk.delete("1")
    await bench.engine.round()  # the pull brings the tombstone
    bench.advance(400)
    await bench.engine.round()  # the replayed answer still shows the ticket
    assert bench.state(reply) is DONE
    assert bench.reader.key_of("1") is None
    assert isinstance(await desk.get("2"), Page)
    await bench.engine.round()
    assert bench.agrees()


async def test_words_of_a_lost_connection_are_in_the_state(bench: Bench, desk: ModelDesk) -> None:
    bench.queue("1", {"priority": 1})
    bench.queue("2", {"priority": 1})
    desk.faults.extend(["lost request", "lost request"])
    failure = await bench.engine.round()
    assert failure is not None
    assert failure.kind is FailureKind.CUT
    assert bench.reader.sync_state().error == failure.words
    assert bench.waiting()[0].error == failure.words
    assert ME.name == bench.reader.sync_state().account_name


async def test_a_ticket_made_here_and_deleted_there_is_not_revived_by_a_late_answer(
    bench: Bench, desk: ModelDesk
) -> None:
    desk.keeps_operation = False
    local = bench.create({"subject": "Rang in", "queue": "q1", "requester": "carl"}, "It broke.")
    note = bench.queue("", kind=OperationKind.COMMENT, text="Called back.", key=local)
    desk.faults.append("lost answer")
    await bench.engine.round()
    made = max(desk.tickets, key=int)
    desk.delete(made)
    assert await bench.engine._pull() is None  # the tombstone comes before the repeat
    bench.advance(400)
    assert await bench.engine.round() is None
    assert bench.state(note) is CONFLICT, "what was to follow is told of"
    assert bench.writer.drop(note, bench.clock.now()).result()
    assert bench.waiting() == []
    assert bench.agrees()


async def test_a_reply_that_says_nothing_of_its_version_shows_what_came_before(
    bench: Bench, desk: ModelDesk
) -> None:
    reply = bench.queue("1", kind=OperationKind.REPLY, text="We are on it.")
    close = bench.queue(
        "1",
        {"status": "resolved"},
        base={"status": "open", "last_customer_message": bench.feed.last_customer_message(bench.key("1"))},
    )
    bench.advance(10)
    desk.wrote("1", "It is worse now!")
    assert await bench.engine.round() is None
    assert bench.state(reply) is DONE
    assert bench.state(close) is CONFLICT, "the customer's message came with the reply's answer"


async def test_a_gate_that_refuses_now_holds_the_operation(bench: Bench, desk: ModelDesk) -> None:
    """POLICIES 2.6: asked once more before it goes; nothing is sent, and the words wait for a person."""
    key = bench.queue("1", {"priority": 1})
    asked: list[int] = []

    def replay(operation: Operation) -> str:
        asked.append(operation.key)
        return "[DD7] No longer allowed: The customer noted absence."

    bench.engine._pusher._replay = replay
    await bench.engine.round()
    assert asked == [key]
    assert bench.state(key) is OperationState.REJECTED
    assert desk.tickets["1"].priority != 1
    (waiting,) = bench.waiting()
    assert "The customer noted absence" in waiting.error
    bench.engine._pusher._replay = lambda _: ""
    bench.writer.retry(key, bench.clock.now()).result()
    await bench.engine.round()
    assert desk.tickets["1"].priority == 1
