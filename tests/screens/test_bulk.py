"""The preview of many tickets, the typed number, the run and what it leaves behind (UX 5, A2)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from techdesk.app import TechdeskApp
from techdesk.desks.port import Accepted, Prepared
from techdesk.model import OperationKind, Status
from techdesk.screens.bulk import Bulk
from techdesk.screens.bulk_run import BulkRun
from techdesk.screens.bulk_words import BulkWords
from techdesk.screens.conflicts import ConflictsScreen
from techdesk.screens.form import FormDialog
from techdesk.screens.queue import QueueScreen
from techdesk.screens.typed_count import TypedCount
from techdesk.store.rows import BatchState
from techdesk.store.trouble import StoreUnusable
from techdesk.widgets.hint_bar import HintBar
from techdesk.work.plans import Notice, Outcome
from tests.screens.conftest import settled
from tests.screens.desk_fixture import LONG, SITE_DOWN, STRANGE, drive, small_desk
from tests.screens.seeded import NOW, Desk, page, ticket


def words(app: TechdeskApp, name: str) -> str:
    return str(app.screen.query_one(name, Static).render())


def said(app: TechdeskApp) -> str:
    from techdesk.widgets.notice import Notice as Panel
    from techdesk.widgets.status_bar import StatusBar

    bar = app.screen.query_one(StatusBar)
    return f"{bar.text} {app.screen.query_one(Panel).render()}"


async def previewed(
    pilot: Pilot[None], action: str, keys: Sequence[int], marked: bool = True, **values: object
) -> Bulk:
    app = pilot.app
    assert isinstance(app, TechdeskApp)
    await settled(pilot)
    if marked:
        app.set_marks(keys)
    app.open_bulk(action, keys, values)
    await settled(pilot)
    screen = app.screen
    assert isinstance(screen, Bulk)
    return screen


def app_on(desk: Desk) -> TechdeskApp:
    return TechdeskApp(desk.workbench, None, title="test")


async def stored(pilot: Pilot[None], desk: Desk) -> None:
    """Until the run has been queued and its screen shows that."""
    for _ in range(200):
        await settled(pilot)
        found = desk.workbench.reader.batches()
        if found and found[0].state is not BatchState.QUEUEING:
            break
        await asyncio.sleep(0.005)
    app = pilot.app
    assert isinstance(app, TechdeskApp)
    app.bulk_watch.follow()
    await settled(pilot)
    # The clock stands still: what the next second would draw is drawn now.
    app.screen.tick(app.now)  # type: ignore[attr-defined]
    app.show_status()
    await settled(pilot)


async def test_groups_are_shown_and_looked_into(desk: Desk) -> None:
    keys = [desk.key(number) for number in (1, 2, 5, 20, 30)]
    app = app_on(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await previewed(pilot, "ticket.priority", keys, priority=3)
        assert screen.plan is not None
        assert screen.words()[0] == "4 set the priority to 3 · 1 refused in 1 group"
        assert "y does it" in screen.words()[-1]
        lines = [screen.entries.render_line(y).text for y in range(screen.entries.count * 2)]
        assert "will do" in lines[0]
        assert any("REFUSED" in line and "Closed" in line for line in lines)
        await pilot.press("enter")
        assert screen.opened is not None
        assert screen.current_ticket() in keys
        await pilot.press("j", "escape")
        assert screen.opened is None
        await pilot.press("escape")
        assert isinstance(app.screen, QueueScreen)
        assert "Nothing was changed." in said(app)
        assert list(app.marks.present.keys()) == sorted(keys)
    assert desk.workbench.reader.batches() == []


async def test_what_is_read_for_a_preview_that_was_left_goes_nowhere(desk: Desk) -> None:
    app, gate = app_on(desk), Event()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.reading.submit("before it", lambda reader: gate.wait(5), lambda _: None, lambda error: None)
        app.open_bulk("ticket.priority", [desk.key(1), desk.key(2)], {"priority": 3})
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)
        gate.set()
        await settled(pilot)
        assert isinstance(app.screen, QueueScreen)


async def test_a_second_may_pass_while_the_screen_of_the_run_is_put_up(desk: Desk) -> None:
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        mounted = app.push_screen(BulkRun())
        desk.clock.advance(1)
        app._tick()
        await mounted
        await settled(pilot)
        assert "No bulk run has been made here yet" in words(app, "#run-words")


async def test_left_before_it_is_queued_nothing_is(desk: Desk) -> None:
    """What has changed since is still being looked at as the screen is left."""
    app, gate = app_on(desk), Event()
    keys = [desk.key(1), desk.key(2)]
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.priority", keys, priority=4)
        app.reading.submit("before it", lambda reader: gate.wait(5), lambda _: None, lambda error: None)
        await pilot.press("y")
        assert "queueing" in words(app, "#bulk-words")
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)
        assert "Nothing was changed." in said(app)
        gate.set()
        await settled(pilot)
        assert isinstance(app.screen, QueueScreen)
        assert desk.workbench.reader.batches() == []
        assert list(app.marks.present.keys()) == sorted(keys)


async def test_the_queue_is_two_keys_away_from_a_preview(desk: Desk) -> None:
    app = app_on(desk)
    async with app.run_test(size=(60, 20)) as pilot:
        await previewed(pilot, "ticket.priority", [desk.key(1)], priority=3)
        await pilot.press("g", "q")
        await settled(pilot)
        assert isinstance(app.screen, QueueScreen)
        assert desk.workbench.reader.batches() == []


async def test_yes_queues_the_run_and_the_refused_stay_marked(desk: Desk) -> None:
    keys = [desk.key(number) for number in (1, 2, 5, 30)]
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.priority", keys, priority=3)
        await pilot.press("y")
        await stored(pilot, desk)
        assert isinstance(app.screen, BulkRun)
        assert list(app.marks.present.keys()) == [desk.key(30)]
        assert "0 of" in words(app, "#run-words")
        assert "Held 20 s more: u takes all of it back" in words(app, "#run-words")
        view = desk.workbench.reader.batches()[0]
        assert (view.state, view.tickets) == (BatchState.RUNNING, view.waiting)
        await pilot.press("u")
        await stored(pilot, desk)
        assert desk.workbench.reader.batches()[0].state is BatchState.UNDONE
        said_now = words(app, "#run-words")
        assert (
            "░ 0 of 3\n0 done, 3 given back; 1 refused in the preview\nTaken back: nothing of it" in said_now
        )
        assert app.screen.current_ticket() == keys[0]
        assert "undo" not in [word for _, word in app.screen.query_one(HintBar).hints]
        assert set(app.marks.present.keys()) == set(keys), "what was taken back is marked again"
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)


async def test_a_run_that_the_disk_does_not_take_leaves_the_marks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        keys = [desk.key(number) for number in (1, 2, 5, 30)]
        await previewed(pilot, "ticket.priority", keys, priority=3)
        full: Future[str] = Future()
        full.set_exception(StoreUnusable("The disk is full.", "Make room."))
        monkeypatch.setattr(desk.workbench.writer, "enqueue_batch", lambda *_: full)
        monkeypatch.setattr(desk.workbench.writer, "mark", lambda *_: full)
        await pilot.press("y")
        await settled(pilot)
        assert "Not kept: The disk is full. Make room." in said(app), "and not only that the marks are not"
        assert set(app.marks.present.keys()) == set(keys)
        assert desk.workbench.reader.batches() == []


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_the_number_is_typed_for_many_messages(desk: Desk, size: tuple[int, int]) -> None:
    """Any other number, Enter alone, and Escape are no."""
    made = [ticket(100 + n, due_in=0, status=Status.RESOLVED) for n in range(30)]
    desk.feed.apply(page(*made, cursor="2"), now=NOW)
    keys = [desk.key(100 + n) for n in range(30)]
    app = app_on(desk)
    async with app.run_test(size=size) as pilot:
        screen = await previewed(pilot, "ticket.close", keys)
        assert screen.plan is not None
        assert (screen.plan.count(Outcome.DO), screen.plan.messages) == (30, 30)
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(app.screen, TypedCount)
        assert app.screen.query_one(Input).region.bottom <= size[1]
        await pilot.press("enter", "y", "enter", "2", "9", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TypedCount)
        assert "That is not 30" in words(app, "#typed-count-foot")
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is screen
        assert desk.workbench.reader.batches() == []
        await pilot.press("y", "3", "0", "enter")
        await stored(pilot, desk)
        assert isinstance(app.screen, BulkRun)
        assert desk.workbench.reader.batches()[0].messages == 30


async def test_a_ticket_is_left_out_and_customers_are_told_in_other_words(desk: Desk) -> None:
    desk.feed.apply(
        page(*[ticket(100 + n, due_in=0, status=Status.RESOLVED) for n in range(3)], cursor="2"), now=NOW
    )
    keys = [desk.key(100 + n) for n in range(3)]
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await previewed(pilot, "ticket.close", keys)
        await pilot.press("enter", "x")
        await settled(pilot)
        assert screen.plan is not None
        assert screen.plan.count(Outcome.EXCLUDED) == 1
        await pilot.press("r", "w")
        await settled(pilot)
        assert isinstance(app.screen, BulkWords)
        area = app.screen.query_one(TextArea)
        assert "{number}" in area.text
        area.text = "Closed: {number}."
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert (screen.plan.notice, screen.plan.text) == (Notice.TEXT, "Closed: {number}.")
        assert "in your words" in "\n".join(screen.words())
        await pilot.press("r", "s")
        await settled(pilot)
        assert screen.plan.notice is Notice.SILENT
        await pilot.press("y")
        await stored(pilot, desk)
        view = desk.workbench.reader.batches()[0]
        assert (view.tickets, view.messages) == (2, 0)
        left = [key for key in keys if key in app.marks.present]
        assert len(left) == 1, "what was left out stays marked"


async def test_what_changes_while_one_looks_is_shown_before_anything_is_done(desk: Desk) -> None:
    """A5's other half: nobody is asked twice about what has not changed, and nothing slips through."""
    keys = [desk.key(number) for number in (1, 2)]
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await previewed(pilot, "ticket.priority", keys, priority=3)
        desk.feed.apply(page(ticket(1, due_in=0, priority=2, revision=9, version="9"), cursor="3"), now=NOW)
        await pilot.press("y")
        await settled(pilot)
        assert app.screen is screen
        assert screen.plan is not None
        assert screen.plan.count(Outcome.CHANGED) == 1
        assert "1 changed since" in said(app)
        assert desk.workbench.reader.batches() == []
        await pilot.press("y")
        await stored(pilot, desk)
        assert desk.workbench.reader.batches()[0].tickets == 1


async def test_halting_gives_the_rest_back_as_marks(desk: Desk) -> None:
    keys = [desk.key(number) for number in (3, 5, 9)]
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await previewed(pilot, "ticket.priority", keys, priority=4)
        await pilot.press("y")
        await stored(pilot, desk)
        count = desk.workbench.reader.batches()[0].tickets
        assert count == len(keys) - screen_refused(screen)
        first = desk.feed.due(NOW + 20)[0]
        desk.feed.mark_sent(first.key, Prepared(body=b"{}"), NOW + 20)
        await pilot.press("escape")
        await stored(pilot, desk)
        assert "Halted: nothing new goes out" in words(app, "#run-words")
        assert isinstance(app.screen, BulkRun)
        hints = dict(app.screen.hints())
        assert hints[app.screen.key_of_action("run.halt")] == "back"
        assert app.screen.key_of_action("app.undo") not in hints
        desk.feed.reject(first.key, "Forbidden.", None, NOW + 20)
        desk.feed.end_batches(NOW + 20)
        await stored(pilot, desk)
        view = desk.workbench.reader.batches()[0]
        assert (view.state, view.refused, view.dropped) == (BatchState.HALTED, 1, count - 1)
        assert set(app.marks.present.keys()) == set(keys)
        assert "1 refused by the desk" in words(app, "#run-words")
        lines = [app.screen.entries.render_line(y).text for y in range(4)]  # type: ignore[attr-defined]
        assert any("DESK REFUSED" in line for line in lines)
        assert any("Forbidden." in line for line in lines)


async def test_halted_while_it_is_held_it_is_over_at_once(desk: Desk) -> None:
    """Without a sync too, which may be a day away offline: nothing says that it goes out any more."""
    keys = [desk.key(number) for number in (3, 5, 9)]
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.priority", keys, priority=4)
        await pilot.press("y")
        await stored(pilot, desk)
        await pilot.press("escape")
        await stored(pilot, desk)
        view = desk.workbench.reader.batches()[0]
        assert (view.state, view.ended, view.waiting) == (BatchState.HALTED, NOW, 0)
        assert "Halted; what was given back is marked" in words(app, "#run-words")
        assert set(app.marks.present.keys()) == set(keys)
        assert app.bulk_watch.running is None


async def test_who_refused_is_told_apart(desk: Desk) -> None:
    """The preview before it was sent, a rule here as it was to go out, and the desk itself."""
    keys = [desk.key(number) for number in (3, 5, 30)]
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.priority", keys, priority=4)
        await pilot.press("y")
        await stored(pilot, desk)
        for place, error in enumerate(("Forbidden.", "[policy.d10] No longer allowed: it is too early.")):
            operation = desk.feed.due(NOW + 20)[0]
            if place == 0:
                desk.feed.mark_sent(operation.key, Prepared(body=b"{}"), NOW + 20)
            desk.feed.reject(operation.key, error, None, NOW + 20)
        desk.feed.end_batches(NOW + 20)
        await stored(pilot, desk)
        assert "1 refused by the desk, 1 refused by a rule as it was to go out; 1 refused in the preview" in (
            words(app, "#run-words").replace("\n", " ")
        )
        lines = [app.screen.entries.render_line(y).text for y in range(6)]  # type: ignore[attr-defined]
        assert [line[2:15].strip() for line in lines[::2]] == ["DESK REFUSED", "RULE REFUSED", "not sent"]
        assert "Refused in the preview: " in lines[5]
        app._refused = 2  # as the counting, which rests, will have it
        app.show_status()
        assert "g c shows" in said(app)
        await pilot.press("g", "c")
        await settled(pilot)
        assert isinstance(app.screen, ConflictsScreen)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, BulkRun)


def screen_refused(screen: Bulk) -> int:
    assert screen.plan is not None
    return screen.plan.count(Outcome.REFUSED)


async def test_a_canary_asks_before_the_others_go(desk: Desk) -> None:
    made = [ticket(100 + n, due_in=0, priority=2) for n in range(8)]
    desk.feed.apply(page(*made, cursor="2"), now=NOW)
    keys = [desk.key(100 + n) for n in range(8)]
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.priority", keys, priority=4)
        await pilot.press("f", "y")
        await stored(pilot, desk)
        due = desk.feed.due(NOW + 20)
        assert len(due) == 5
        await pilot.press("y")
        assert "no answers yet" in said(app)
        for operation in due:
            desk.feed.mark_sent(operation.key, Prepared(body=b"{}"), NOW + 20)
            desk.feed.reject(operation.key, "No.", None, NOW + 20)
        await stored(pilot, desk)
        assert "y sends the other 3, Esc gives them back" in words(app, "#run-words")
        assert isinstance(app.screen, BulkRun)
        assert app.screen.entries.count == 5, "the answers that are to be looked at are shown"
        await pilot.press("y")
        await stored(pilot, desk)
        assert len(desk.feed.due(NOW + 20)) == 3


async def test_who_was_told_although_it_was_refused_then_is_named(desk: Desk) -> None:
    """The words go out before the change: where the desk refuses that, the customer has heard wrong."""
    made = [ticket(100 + n, due_in=0, status=Status.RESOLVED) for n in range(2)]
    desk.feed.apply(page(*made, cursor="2"), now=NOW)
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.close", [desk.key(100), desk.key(101)])
        await pilot.press("y")
        await stored(pilot, desk)
        for _ in range(2):
            for operation in desk.feed.due(NOW + 20):
                desk.feed.mark_sent(operation.key, Prepared(body=b"{}"), NOW + 20)
                if operation.kind is OperationKind.REPLY:
                    accepted = Accepted(page=page(), ticket_id=operation.ticket_id)
                    desk.feed.accept(operation.key, accepted, NOW + 20)
                else:
                    desk.feed.reject(operation.key, "No.", None, NOW + 20)
        desk.feed.end_batches(NOW + 20)
        await stored(pilot, desk)
        batch = desk.workbench.reader.batches()[0]
        assert [each.told for each in desk.workbench.reader.batch_tickets(batch.id)] == [True, True]
        assert "2 have had the message and stand as before" in words(app, "#run-words")
        assert isinstance(app.screen, BulkRun)
        assert "The customer has had the message. No." in app.screen.entries.render_line(1).text


async def test_a_report_and_a_plan_are_saved_where_techdesk_was_started(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.priority", [desk.key(3), desk.key(30)], priority=4)
        await pilot.press("e")
        await settled(pilot)
        assert [file.suffix for file in folder.iterdir()] == [".json"]
        await pilot.press("y")
        await stored(pilot, desk)
        await pilot.press("e")
        await settled(pilot)
        names = sorted(file.name.split("-")[0] + file.suffix for file in folder.iterdir())
        assert names == ["bulk.csv", "bulk.json", "plan.json"]
        text = next(folder.glob("*.csv")).read_text()
        assert text.splitlines()[0].startswith("number,subject")
        folder.chmod(0o500)
        await pilot.press("e")
        await settled(pilot)
    folder.chmod(0o700)


async def test_there_is_a_word_where_no_run_was_made(desk: Desk) -> None:
    app = app_on(desk)
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        await pilot.press("g", "b")
        await settled(pilot)
        assert isinstance(app.screen, BulkRun)
        assert "No bulk run has been made here yet" in words(app, "#run-words")
        await pilot.press("enter", "y", "e", "j", "u", "escape")
        await settled(pilot)
        assert isinstance(app.screen, QueueScreen)


async def test_a_preview_without_anything_to_do_offers_no_yes_and_says_how_to_go_on(desk: Desk) -> None:
    closed = desk.key(30)
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        app.set_marks([closed])
        screen = await previewed(pilot, "ticket.priority", [closed], priority=4)
        assert "There is nothing to do, and nothing is changed. Esc goes back" in words(app, "#bulk-words")
        offered = [key for key, _ in app.screen.query_one(HintBar).hints]
        assert "y" not in offered
        assert "Enter" in offered
        await pilot.press("y")
        assert app.screen is screen
        assert "There is nothing to do" in said(app)
        assert desk.workbench.reader.batches() == []
        await pilot.press("escape")
        assert isinstance(app.screen, QueueScreen)
        assert list(app.marks.present.keys()) == [closed]


async def test_what_was_left_out_by_hand_is_offered_again(desk: Desk) -> None:
    app = app_on(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await previewed(pilot, "ticket.priority", [desk.key(3)], priority=4)
        assert "y" in [key for key, _ in app.screen.query_one(HintBar).hints]
        await pilot.press("x")
        assert "1 is left out: x takes in again." in words(app, "#bulk-words")
        assert "y" not in [key for key, _ in app.screen.query_one(HintBar).hints]
        await pilot.press("x")
        assert "y" in [key for key, _ in app.screen.query_one(HintBar).hints]


async def test_before_the_newest_run_is_read_none_is_said_to_be_missing(desk: Desk) -> None:
    app = app_on(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("g", "b")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BulkRun)
        assert "No bulk run" in screen.words(None, NOW)[0]
        app.bulk_watch.looked = False
        assert screen.words(None, NOW) == ["Reading the newest run ..."]


def test_a_reason_that_is_wanted_is_asked_for_before_anything_is_done(tmp_path: Path) -> None:
    """D3: a yes is none, of many tickets as of one. Who was left out stays left out."""
    with small_desk(tmp_path / "profile", messages=3) as small:
        keys = [small.key(number) for number in (SITE_DOWN, STRANGE, LONG)]

        async def main(pilot: Pilot[None]) -> None:
            app = pilot.app
            assert isinstance(app, TechdeskApp)
            screen = await previewed(pilot, "ticket.priority", keys, marked=False, priority=4)
            assert screen.plan is not None
            await pilot.press("x")
            await settled(pilot)
            left = len(screen.plan.doing())
            assert 0 < left < len(keys)
            assert "the policy wants a reason" in words(app, "#bulk-words")
            await pilot.press("y")
            await settled(pilot)
            assert isinstance(app.screen, FormDialog)
            await pilot.press("escape")
            await settled(pilot)
            assert "Nothing was changed" in said(app)
            await pilot.press("y")
            await settled(pilot)
            await pilot.press(*"One phone only.", "ctrl+s")
            await settled(pilot)
            assert app.screen is screen
            assert small.workbench.operations_left() == 0, "the plan is shown once more, with it"
            assert "the policy wants a reason" not in words(app, "#bulk-words")
            assert len(screen.plan.doing()) == left
            await pilot.press("y")
            await settled(pilot)
            assert isinstance(app.screen, BulkRun)
            assert small.workbench.operations_left() == 2 * left, "a change, and the reason for it"

        drive(small.app(), main)
