"""The conflicts screen: base, mine, theirs, what came in between, and one key for each way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs
from textual.pilot import Pilot

from techdesk.app import TechdeskApp
from techdesk.desks.port import Page
from techdesk.model import Event, Operation, OperationKind, OperationState, Tombstone, TombstoneReason
from techdesk.screens.compose import Compose
from techdesk.screens.confirm import Confirm
from techdesk.screens.conflicts import ConflictsScreen
from techdesk.screens.pick import Pick
from techdesk.widgets.hint_bar import HintBar
from tests.screens.conftest import settled
from tests.screens.seeded import NOW, RAVI, Desk, message, ticket
from tests.screens.test_outbox import queued

SIZES = ((80, 24), (60, 20), (120, 40))


async def on_conflicts(pilot: Pilot[None]) -> ConflictsScreen:
    await settled(pilot)
    await pilot.press("g", "c")
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, ConflictsScreen)
    return screen


async def priority_conflict(desk: Desk) -> int:
    """I wanted P2 where P3 stood; Ravi has set P4 meanwhile."""
    key = await queued(desk, "ticket.priority", 3, priority=2)
    event = Event(id="e9", ticket="3", at=NOW + 30, actor="t2", field="priority", old="3", new="4")
    theirs = ticket(3, due_in=29, priority=4, version="2", revision=2)
    desk.feed.apply(Page(tickets=(theirs,), people=(RAVI,), events=(event,), cursor="9", more=False), now=NOW)
    desk.feed.conflict(key, Page(cursor="", more=False), "Somebody changed the same.", NOW)
    return key


async def reply_conflict(desk: Desk, *, then: str = "") -> int:
    """I answered; the customer wrote before it was sent."""
    key = await queued(desk, "ticket.reply", 5, text="Please restart the phone.", then=then)
    came = Page(messages=(message(77, of=5, at=NOW + 40),), cursor="9", more=False)
    desk.feed.apply(came, now=NOW + 50)
    desk.feed.conflict(key, came, "The customer wrote again after this was decided", NOW)
    return key


async def until(pilot: Pilot[None], done: Callable[[], bool]) -> None:
    """Let the writer's commit arrive."""
    for _ in range(300):
        await settled(pilot)
        if done():
            return
        pilot.app.nudge()  # type: ignore[attr-defined]
        await pilot.pause(0.005)
    raise AssertionError("it did not come about")


def state_of(desk: Desk, key: int) -> OperationState:
    operation = desk.feed.operation(key)
    assert operation is not None
    return operation.state


@pytest.mark.parametrize("size", SIZES)
async def test_three_values_stand_side_by_side_with_who_and_when(desk: Desk, size: tuple[int, int]) -> None:
    await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=size) as pilot:
        screen = await on_conflicts(pilot)
        text = screen.view.text
        for words in ("P3", "P2", "P4", "Ravi Kapoor", "keep mine", "take theirs", "edit"):
            assert words in text
        if size[0] >= 80:
            row = next(line for line in text.splitlines() if line.startswith("priority"))
            assert row.split() == ["priority", "P3", "P2", "P4"]
        shown = [screen.view.render_line(y).text for y in range(screen.view.size.height)]
        assert any("take theirs" in line for line in shown), "the keys are on the screen without scrolling"


async def test_nothing_happens_without_a_key(desk: Desk) -> None:
    key = await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await on_conflicts(pilot)
        await pilot.press("j", "k", "pagedown", "x", "y", "O", "G")
        await settled(pilot)
        assert state_of(desk, key) is OperationState.CONFLICT


async def test_keep_mine_is_based_on_what_the_desk_has_now(desk: Desk) -> None:
    key = await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        await pilot.press("m")
        await until(pilot, lambda: not screen.entries.operations)
    operation = desk.feed.operation(key)
    assert operation is not None
    assert (operation.state, operation.base["priority"]) == (OperationState.READY, 4)


async def test_take_theirs_drops_mine_and_shows_theirs(desk: Desk) -> None:
    key = await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        await pilot.press("d")
        await until(pilot, lambda: not screen.entries.operations)
    assert state_of(desk, key) is OperationState.DROPPED
    row = desk.workbench.reader.row(desk.key(3))
    assert row is not None
    assert row.priority == 4


async def test_another_value_takes_the_place_of_mine(desk: Desk) -> None:
    key = await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        await pilot.press("e")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Pick)
        await pilot.press("1")
        await until(pilot, lambda: not screen.entries.operations)
    assert state_of(desk, key) is OperationState.DROPPED
    (new,) = desk.workbench.reader.operations()
    assert (new.sets, new.base, new.state) == ({"priority": 1}, {"priority": 4}, OperationState.HELD)


async def test_leaving_the_picker_leaves_the_conflict(desk: Desk) -> None:
    key = await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await on_conflicts(pilot)
        await pilot.press("e")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert state_of(desk, key) is OperationState.CONFLICT


async def two_fields(desk: Desk) -> int:
    """I wanted P2 and the ticket for me in one go; Ravi has set P4 and taken it meanwhile."""
    operation = Operation(
        id="both", batch="both", ticket=desk.key(3), kind=OperationKind.UPDATE, action="ticket.macro",
        sets={"priority": 2, "owner": "t1", "tags": ["mine"]},
        base={"priority": 3, "owner": "", "tags": []}, created=NOW, hold_until=NOW, actor="t1",
    )  # fmt: skip
    [key] = await asyncio.wrap_future(desk.workbench.writer.enqueue([operation]))
    theirs = ticket(3, due_in=29, priority=4, owner="t2", version="2", revision=2)
    theirs = structs.replace(theirs, tags=("theirs",))
    desk.feed.apply(Page(tickets=(theirs,), people=(RAVI,), cursor="9", more=False), now=NOW)
    desk.feed.conflict(key, Page(cursor="", more=False), "Somebody changed the same.", NOW)
    return key


async def test_each_field_is_decided_by_itself(desk: Desk) -> None:
    key = await two_fields(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await on_conflicts(pilot)
        assert "owner" in screen.view.text
        await pilot.press("e")
        await settled(pilot)
        assert isinstance(app.screen, Pick)
        await pilot.press("m")  # the priority is mine
        await settled(pilot)
        assert isinstance(app.screen, Pick), "tags go together: the next question is the owner"
        await pilot.press("d")  # the owner is theirs
        await until(pilot, lambda: state_of(desk, key) is OperationState.READY)
        operation = desk.feed.operation(key)
        assert operation is not None
        assert operation.sets == {"priority": 2, "tags": ["mine"]}
        assert operation.base["priority"] == 4, "on what the desk has now"
        row = desk.workbench.reader.row(desk.key(3))
        assert row is not None
        assert (row.priority, row.owner, row.tags) == (2, "t2", ("theirs", "mine"))


async def test_all_of_theirs_field_by_field_keeps_what_was_in_no_dispute(desk: Desk) -> None:
    key = await two_fields(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        await on_conflicts(pilot)
        await pilot.press("e", "d")
        await settled(pilot)
        await pilot.press("d")
        await until(pilot, lambda: state_of(desk, key) is OperationState.READY)
        operation = desk.feed.operation(key)
        assert operation is not None
        assert operation.sets == {"tags": ["mine"]}


async def test_a_third_value_of_one_field_is_a_change_after_it(desk: Desk) -> None:
    key = await two_fields(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        await on_conflicts(pilot)
        await pilot.press("e", "e")
        await settled(pilot)
        await pilot.press("m")
        await settled(pilot)
        assert isinstance(app.screen, Confirm), "it takes the ticket over from Ravi: that is asked first"
        await pilot.press("y")
        await settled(pilot)
        assert isinstance(app.screen, Pick), "the picker of priorities"
        await pilot.press("1")
        await until(pilot, lambda: len(desk.workbench.reader.operations()) == 2)
        first, second = desk.workbench.reader.operations()
        assert (first.key, first.sets) == (key, {"owner": "t1", "tags": ["mine"]})
        assert (second.sets, second.base["priority"]) == ({"priority": 1}, 4)


async def test_leaving_in_the_middle_decides_nothing(desk: Desk) -> None:
    key = await two_fields(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        await on_conflicts(pilot)
        await pilot.press("e", "m")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        operation = desk.feed.operation(key)
        assert operation is not None
        assert (operation.state, len(operation.sets)) == (OperationState.CONFLICT, 3)


async def test_a_reply_is_shown_with_the_message_that_it_met(desk: Desk) -> None:
    key = await reply_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        assert "It happens again." in screen.view.text
        assert "Please restart the phone." in screen.view.text
        await pilot.press("m")
        await until(pilot, lambda: not screen.entries.operations)
    operation = desk.feed.operation(key)
    assert operation is not None
    assert operation.base["last_customer_message"] == NOW + 40
    assert operation.state is OperationState.READY


async def test_a_reply_and_its_status_are_decided_together(desk: Desk) -> None:
    key = await reply_conflict(desk, then="waiting")
    assert len(desk.workbench.reader.operations()) == 2
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        assert "reply (25 characters), status open -> waiting" in screen.view.text
        assert "neither (the text a draft again)" in screen.view.text
        assert "later change" not in screen.view.text, "it is part of this one"
        await pilot.press("d")
        await until(pilot, lambda: not screen.entries.operations)
    assert desk.workbench.reader.operations() == []
    draft = desk.workbench.reader.draft(desk.key(5), OperationKind.REPLY)
    assert draft is not None
    assert draft.body == "Please restart the phone."
    assert state_of(desk, key) is OperationState.DROPPED


async def test_edit_opens_the_composer_with_what_was_written(desk: Desk) -> None:
    key = await reply_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, Compose))
        await pilot.press("!", "escape", "y")
        await until(pilot, lambda: not screen.entries.operations)
    assert state_of(desk, key) is OperationState.DROPPED
    (new,) = desk.workbench.reader.operations()
    assert new.text == "Please restart the phone.!"
    assert new.base == {"last_customer_message": NOW + 40}
    assert desk.workbench.reader.draft(desk.key(5), OperationKind.REPLY) is None


async def test_a_close_that_met_the_customer_is_kept_open_or_judged_anew(desk: Desk) -> None:
    key = await queued(desk, "ticket.close", 5, reason="withdrawn")
    came = Page(messages=(message(77, of=5, at=NOW + 40),), cursor="9", more=False)
    desk.feed.apply(came, now=NOW + 50)
    desk.feed.conflict(key, came, "The customer wrote again after this was decided", NOW)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        assert "do not close it" in screen.view.text
        assert "close again" in screen.view.text
        await pilot.press("m")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Confirm), "it asks, with what the customer wrote"
        await pilot.press("m", "n")
        await settled(pilot)
        assert state_of(desk, key) is OperationState.CONFLICT
        await pilot.press("d")
        await until(pilot, lambda: not screen.entries.operations)
    row = desk.workbench.reader.row(desk.key(5))
    assert row is not None
    assert row.status.is_active


async def test_merged_work_is_carried_over_to_the_other_ticket(desk: Desk) -> None:
    await queued(desk, "ticket.reply", 5, text="Please restart the phone.")
    merged = Tombstone(id="5", reason=TombstoneReason.MERGED, merged_into="6")
    desk.feed.apply(Page(tombstones=(merged,), cursor="9", more=False), now=NOW)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        assert "do it to TD-10406" in screen.view.text
        bar = screen.query_one(HintBar).hints
        assert bar[:3] == [("v", "carry over"), ("s", "save text"), ("d", "drop it")]
        assert not {key for key, _ in bar} & {"m", "e", "Enter"}, "they know nothing to do with it"
        await pilot.press("m")
        await settled(pilot)
        assert len(screen.entries.operations) == 1, "it cannot go to the ticket that is no more"
        there = "On TD-10406 it would go to "
        assert there in screen.view.text, "another person asked there"
        await pilot.press("v")
        await settled(pilot)
        assert isinstance(app.screen, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: not screen.entries.operations)
        assert not {key for key, _ in screen.query_one(HintBar).hints} & {*"mvsde", "Enter"}, "nothing waits"
    (moved,) = desk.workbench.reader.operations()
    assert (moved.number, moved.text, moved.state) == (
        "TD-10406",
        "Please restart the phone.",
        OperationState.READY,
    )


async def test_the_text_for_a_deleted_ticket_is_saved_before_it_is_dropped(desk: Desk) -> None:
    await queued(desk, "ticket.reply", 5, text="Please restart the phone.")
    gone = Tombstone(id="5", reason=TombstoneReason.DELETED)
    desk.feed.apply(Page(tombstones=(gone,), cursor="9", more=False), now=NOW)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_conflicts(pilot)
        await pilot.press("d")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Confirm), "the text would be lost: it asks"
        await pilot.press("n")
        await settled(pilot)
        await pilot.press("s")
        await until(pilot, lambda: not screen.entries.operations)
    (saved,) = (desk.database.folder / "saved").iterdir()
    assert "Please restart the phone." in saved.read_text()
    assert saved.stat().st_mode & 0o777 == 0o600


async def test_an_empty_screen_says_so(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(60, 20)) as pilot:
        screen = await on_conflicts(pilot)
        assert "Nothing waits for you" in "".join(screen.entries.render_line(1).text)
        await pilot.press("m", "d", "e", "v", "s", "enter", "pagedown", "G")
        assert screen.current_ticket() is None


async def test_the_outbox_opens_the_conflict_and_sends_nothing_unseen(desk: Desk) -> None:
    key = await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key_pressed in ("enter", "t"):
            await pilot.press("U")
            await settled(pilot)
            await pilot.press(key_pressed)
            await settled(pilot)
            assert isinstance(pilot.app.screen, ConflictsScreen)
            assert state_of(desk, key) is OperationState.CONFLICT


async def test_read_only_decides_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "p")
    try:
        key = await priority_conflict(desk)
        desk.workbench.read_only = True
        app = TechdeskApp(desk.workbench, None, title="test")
        async with app.run_test(size=(80, 24)) as pilot:
            await on_conflicts(pilot)
            await pilot.press("m", "d", "e")
            await settled(pilot)
            assert state_of(desk, key) is OperationState.CONFLICT
    finally:
        await asyncio.sleep(0)
        desk.close()


async def test_quitting_says_what_is_sent_only_after_a_decision(desk: Desk) -> None:
    await priority_conflict(desk)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, Confirm)
        assert "sent only once you have decided (g c)" in app.screen._detail
