"""The outbox: what waits, where it stands, and the decisions that a person takes."""

from __future__ import annotations

import asyncio

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from techdesk.actions.applying import Ready, prepare, queue
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.app import TechdeskApp
from techdesk.desks.port import Prepared
from techdesk.model import OperationKind, OperationState
from techdesk.screens.compose import Compose
from techdesk.screens.new_ticket import NewTicket
from techdesk.screens.outbox import OutboxScreen
from techdesk.store.rows import Pending
from techdesk.widgets.hint_bar import HintBar
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.notice import Notice as Panel
from techdesk.widgets.operation_list import standing
from techdesk.widgets.status_bar import StatusBar
from techdesk.work.plans import Notice
from tests.screens.conftest import settled
from tests.screens.seeded import NOW, Desk, page, ticket


async def queued(desk: Desk, action: str, number: int, **values: object) -> int:
    """Do something, and wait until it is stored; the key of its operation."""
    outcome = desk.workbench.perform(action, desk.key(number), confirmed=True, **values)
    return (await asyncio.wrap_future(outcome.commit))[0]  # type: ignore[union-attr, no-any-return]


async def on_outbox(pilot: Pilot[None]) -> OutboxScreen:
    await settled(pilot)
    await pilot.press("U")
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, OutboxScreen)
    return screen


async def test_an_empty_outbox_says_that_everything_is_at_the_desk(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await on_outbox(pilot)
        assert "Nothing waits to be sent" in "".join(screen.entries.render_line(1).text)
        hints = screen.query_one(HintBar).hints
        assert not {key for key, _ in hints} & {"Enter", "t", "d", "e"}, "there is nothing to do it to"
        assert hints[-1] == ("q", "back"), "it does not end techdesk from here"
        await pilot.press("t", "d", "enter", "j", "G")
        assert screen.current_ticket() is None


async def test_what_a_run_still_sends_waits_too_and_the_run_is_seen_whoever_began_it(desk: Desk) -> None:
    """Begun outside this screen: by a verb, or by another techdesk of the profile."""
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert app.bulk_watch.view is None
        asked = Asked(action="ticket.priority", values={"priority": 4}, notice=Notice.SILENT)
        planner = Planner(desk.workbench, desk.workbench.reader, asked)
        plan = planner.plan([desk.key(number) for number in (3, 4, 5)])
        found = prepare(desk.workbench, desk.workbench.reader, plan)
        assert isinstance(found, Ready)
        queue(desk.workbench, found).result(timeout=5)
        screen = await on_outbox(pilot)
        changes = desk.workbench.operations_left()
        assert changes >= 2
        assert screen.entries.operations == []
        assert screen.entries.render_line(1).text.strip() == "No single change waits."
        words = f"{changes} changes of a bulk run wait to be sent: g b shows how far it has come."
        assert screen.entries.render_line(2).text.strip() == words
        assert f"+ {changes} of a bulk run" in screen.query_one(HeaderLine).render_line(0).text
        for _ in range(50):
            app.nudge()
            await settled(pilot)
            if app.bulk_watch.running is not None:
                break
        assert app.bulk_watch.running is not None


async def test_seconds_are_counted_from_now_when_it_is_shown_again(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        await on_outbox(pilot)
        await pilot.press("g", "q")
        desk.clock.advance(100)
        await queued(desk, "ticket.priority", 3, priority=2)
        screen = await on_outbox(pilot)
        assert f"held here {desk.workbench.hold_seconds} s more" in screen.entries.render_line(1).text


async def test_refusals_stand_on_top_with_their_reason(desk: Desk) -> None:
    held = await queued(desk, "ticket.priority", 3, priority=2)
    refused = await queued(desk, "ticket.priority", 5, priority=3)
    desk.feed.mark_sent(refused, Prepared(body=b"{}"), NOW)
    desk.feed.reject(refused, "You may not do this (403).", None, NOW)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        screen = await on_outbox(pilot)
        assert [line.key for line in screen.entries.operations] == [refused, held]
        assert {"t", "d", "e"} <= {key for key, _ in screen.query_one(HintBar).hints}
        assert "REFUSED" in screen.entries.render_line(0).text
        assert "You may not do this (403)." in screen.entries.render_line(1).text
        detail = str(screen.query_one("#outbox-detail").render())
        assert "t tries again, d drops it" in detail


async def test_after_trying_one_again_the_next_that_waits_is_under_the_cursor(desk: Desk) -> None:
    refused = [await queued(desk, "ticket.comment", number, text=f"Note {number}") for number in (3, 4, 5)]
    behind = await queued(desk, "ticket.comment", 3, text="And another.")
    for key in refused:
        desk.feed.mark_sent(key, Prepared(body=b"{}"), NOW)
        desk.feed.reject(key, "No.", None, NOW)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        screen = await on_outbox(pilot)
        await pilot.press("G", "t")
        await settled(pilot)
        assert "held back by an earlier one" in "".join(str(screen.query_one(Panel).render()).split("\n"))
        await pilot.press("g", "g")
        for left in (2, 1):
            await pilot.press("t")
            for _ in range(50):
                app.nudge()
                await settled(pilot)
                if sum(line.state.needs_decision for line in screen.entries.operations) == left:
                    break
            current = screen.entries.current
            assert current is not None
            assert current.key == refused[3 - left]
        assert [line.key for line in screen.entries.operations] == [refused[2], *refused[:2], behind]


async def test_dropping_asks_first_and_no_is_the_answer_to_everything_but_yes(desk: Desk) -> None:
    refused = await queued(desk, "ticket.priority", 5, priority=3)
    desk.feed.mark_sent(refused, Prepared(body=b"{}"), NOW)
    desk.feed.reject(refused, "No.", None, NOW)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        screen = await on_outbox(pilot)
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("d", "enter")
        await settled(pilot)
        assert len(screen.entries.operations) == 1
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("y")
        await empty(pilot, screen)


async def empty(pilot: Pilot[None], screen: OutboxScreen) -> None:
    for _ in range(200):
        await settled(pilot)
        if not screen.entries.operations:
            return
        pilot.app.nudge()  # type: ignore[attr-defined]
        await pilot.pause(0.005)
    raise AssertionError("the operation is still there")


async def test_the_cursor_stays_on_its_operation(desk: Desk) -> None:
    first = await queued(desk, "ticket.priority", 3, priority=2)
    second = await queued(desk, "ticket.priority", 5, priority=2)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        screen = await on_outbox(pilot)
        await pilot.press("j")
        assert screen.entries.current is not None
        assert screen.entries.current.key == second
        desk.feed.mark_sent(first, Prepared(body=b"{}"), NOW)
        desk.feed.conflict(first, page(ticket(3, due_in=29, version="2", revision=2)), "Ravi was first.", NOW)
        app.nudge()
        await settled(pilot)
        assert screen.entries.current.key == second
        assert screen.entries.operations[0].key == first


async def test_the_hold_counts_down(desk: Desk) -> None:
    await queued(desk, "ticket.priority", 3, priority=2)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        screen = await on_outbox(pilot)
        assert "held here 5 s more" in screen.entries.render_line(1).text
        desk.clock.advance(2)
        app._tick()
        await pilot.pause()
        assert "held here 3 s more" in screen.entries.render_line(1).text


def line(state: OperationState, **more: object) -> Pending:
    values: dict[str, object] = {
        "key": 1, "id": "x", "batch": "b", "ticket": 1, "number": "TD-1", "subject": "s", "what": "w",
        "state": state, "created": NOW, "hold_until": NOW, "not_before": 0, "attempts": 0, "error": "",
        "base": {}, "sets": {}, "text": "",
    }  # fmt: skip
    values.update(more)
    return Pending(**values)  # type: ignore[arg-type]


def test_every_state_is_told_with_what_can_be_done() -> None:
    assert "u takes it back" in standing(line(OperationState.HELD, hold_until=NOW + 3), NOW)
    assert standing(line(OperationState.HELD, hold_until=NOW - 3), NOW) == "about to be sent"
    offline = standing(line(OperationState.HELD, hold_until=NOW - 60), NOW)
    assert "as soon as the desk can be reached" in offline, "no round has come for a minute"
    later = line(OperationState.READY, not_before=NOW + 90, attempts=2, error="No network.")
    assert standing(later, NOW) == "next try in 1m, tried 2 times: No network."
    assert "never sent twice" in standing(line(OperationState.SENT), NOW)
    assert "d drops it" in standing(line(OperationState.CONFLICT, error="Ravi was first."), NOW)
    assert "t tries again" in standing(line(OperationState.REJECTED, error="No."), NOW)


async def test_a_reply_that_waits_goes_back_to_the_composer(desk: Desk) -> None:
    key = await queued(desk, "ticket.reply", 3, text="Have you tried the other portt?")
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        await on_outbox(pilot)
        await pilot.press("e")
        await settled(pilot)
        composer = app.screen
        assert isinstance(composer, Compose)
        assert composer.query_one(TextArea).text == "Have you tried the other portt?"
        assert desk.feed.operation(key).state is OperationState.DROPPED  # type: ignore[union-attr]
        draft = desk.workbench.reader.draft(desk.key(3), OperationKind.REPLY)
        assert draft is not None, "in one of the two, always"
        await pilot.press(*" Or a new cable?")
        await pilot.press("escape", "y")
        await settled(pilot)
        [line] = desk.workbench.reader.operations()
        assert line.text == "Have you tried the other portt? Or a new cable?"
        assert desk.workbench.reader.draft(desk.key(3), OperationKind.REPLY) is None


async def test_a_value_that_waits_is_chosen_again_from_what_was_seen_at_first(desk: Desk) -> None:
    key = await queued(desk, "ticket.priority", 3, priority=2)
    before = desk.feed.operation(key)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        await on_outbox(pilot)
        await pilot.press("e")
        await settled(pilot)
        await pilot.press("1")
        await settled(pilot)
        [line] = desk.workbench.reader.operations()
        assert line.key != key
        assert line.sets == {"priority": 1}
        assert before is not None
        assert line.base["priority"] == before.base["priority"], "the desk never had the one in between"


async def test_after_an_edit_that_was_left_the_next_key_changes_only_its_own(desk: Desk) -> None:
    key = await queued(desk, "ticket.priority", 3, priority=2)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await on_outbox(pilot)
        await pilot.press("e")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("j")
        assert screen.replaces is None
        assert [line.key for line in desk.workbench.reader.operations()] == [key], "nothing is gone"


async def test_what_is_on_its_way_cannot_be_edited(desk: Desk) -> None:
    key = await queued(desk, "ticket.reply", 3, text="On its way")
    desk.feed.mark_sent(key, Prepared(body=b"{}"), NOW)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await on_outbox(pilot)
        await pilot.press("e")
        await settled(pilot)
        assert app.screen is screen
        told = str(screen.query_one(Panel).render()) + screen.query_one(StatusBar).said
        assert "on its way" in told


async def test_a_refused_new_ticket_is_filled_in_again_and_its_replies_follow(desk: Desk) -> None:
    fields = {"subject": "Printer of the ward", "queue": "q1", "requester": "kim@client.example"}
    outcome = desk.workbench.perform("ticket.new", None, fields=fields, text="It jams.", confirmed=True)
    local = await asyncio.wrap_future(outcome.commit)  # type: ignore[union-attr]
    [create] = desk.workbench.reader.operations(ticket=local)
    desk.feed.mark_sent(create.key, Prepared(body=b"{}"), NOW)
    desk.feed.reject(create.key, "The queue is closed (422).", None, NOW)
    reply = desk.workbench.perform("ticket.reply", local, text="We are on it.", confirmed=True)
    await asyncio.wrap_future(reply.commit)  # type: ignore[union-attr]
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 30)) as pilot:
        await on_outbox(pilot)
        await pilot.press("e")
        await settled(pilot)
        form = app.screen
        assert isinstance(form, NewTicket)
        assert "The queue is closed (422)." in form.said
        form.query_one("#new-subject", Input).value = "Printer of ward 7"
        await pilot.press("escape", "y")
        await settled(pilot)
        again, behind = desk.workbench.reader.operations(ticket=local)
        assert (again.key, again.sets["subject"], again.text) == (create.key, "Printer of ward 7", "It jams.")
        assert (again.state, again.attempts, again.error) == (OperationState.HELD, 0, "")
        assert again.id != create.id
        assert behind.text == "We are on it."


async def test_a_new_ticket_is_named_as_it_will_be_called_until_the_desk_numbers_it(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(110, 30)) as pilot:
        screen = await on_outbox(pilot)
        fields = {"subject": "Printer", "queue": "q1", "requester": "kim@client.example"}
        screen.perform("ticket.new", None, fields=fields, text="It jams.", confirmed=True)
        await settled(pilot)
        [line] = desk.workbench.reader.operations()
        assert f"NEW-{line.ticket}: opened: Printer" in screen.query_one(StatusBar).said
