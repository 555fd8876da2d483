"""The ticket screen, in the real app on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.widgets import Input

from techdesk.actions.outcomes import Queued
from techdesk.model import OperationKind, Status, Tombstone, TombstoneReason
from techdesk.screens.ticket import TicketScreen
from techdesk.widgets.conversation import Conversation
from techdesk.widgets.pending_list import PendingList
from techdesk.widgets.targets import Targets
from techdesk.widgets.ticket_header import People, TicketHeader
from tests.screens.desk_fixture import (
    HOUR,
    KIM,
    LONG,
    NOW,
    SITE_DOWN,
    STRANGE,
    Script,
    SmallDesk,
    drive,
    message,
    screen_text,
    small_desk,
    ticket,
)

NUMBERS = (SITE_DOWN, STRANGE, LONG)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile", messages=120) as opened:
        yield opened


async def open_ticket(desk: SmallDesk, pilot: Any, number: int = SITE_DOWN) -> TicketScreen:
    pilot.app.open_ticket(desk.key(number), [desk.key(each) for each in NUMBERS])
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, TicketScreen)
    return screen


def on_ticket(
    desk: SmallDesk, script: Script, number: int = SITE_DOWN, size: tuple[int, int] = (80, 24)
) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot, number)
        await script(pilot)

    drive(desk.app(), main, size)


def parts(pilot: Any) -> tuple[TicketScreen, Conversation]:
    screen = pilot.app.screen
    assert isinstance(screen, TicketScreen)
    return screen, screen.query_one(Conversation)


async def committed(desk: SmallDesk, pilot: Any) -> None:
    """Everything that was queued is in the database, and the app has looked."""
    desk.workbench.writer.mark_read(0).result(timeout=5)
    pilot.app.nudge()
    await pilot.pause()


def reading(pilot: Any) -> list[str]:
    """The lines of the conversation on the screen, without the scrollbar."""
    return [line[:78].rstrip() for line in screen_text(pilot.app).splitlines()[6:18]]


# What is shown


def test_the_head_has_every_fact(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        text = pilot.app.screen.query_one(TicketHeader).text
        for words in (
            "TD-10442",
            "Whole site down",
            "open",
            "P1",
            "owner Bea Moreau",
            "from Kim Lee VIP",
            "of Dunmore Cloud",
            "queue Voice",
            "type incident",
            "by e-mail",
            "created 10:02",
            "changed 20m ago",
            "desk's own due Wed 4 Nov 15:02 CET",
            "#firmware",
            "#voice",
            "1 of 3",
        ):
            assert words in text, words

    on_ticket(desk, script)


@pytest.mark.parametrize(("status", "words"), [(Status.RESOLVED, "resolved"), (Status.CLOSED, "closed")])
def test_the_head_calls_the_end_what_it_is(desk: SmallDesk, status: Status, words: str) -> None:
    """Desks keep one instant for both; a resolved ticket is not closed yet."""
    view = desk.workbench.reader.ticket(desk.key(SITE_DOWN))
    assert view is not None
    row = msgspec.structs.replace(view.row, status=status)
    done = msgspec.structs.replace(view, row=row, closed=NOW - 300)

    async def script(pilot: Any) -> None:
        head = pilot.app.screen.query_one(TicketHeader)
        head.show(done, NOW)
        other = "resolved" if words == "closed" else "closed"
        assert (f"{words} 14:57 CET" in head.text, f"{other} 14:57" in head.text) == (True, False)

    on_ticket(desk, script)


def test_a_narrow_window_has_one_line_of_targets(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        text = screen_text(pilot.app)
        assert "!! -3h 00m ESC due 12:02 CET" in text
        assert "TARGETS" not in text

    on_ticket(desk, script)


def test_a_wide_window_has_targets_and_people_beside(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        text = screen_text(pilot.app)
        for words in ("TARGETS", "escalation  late", "P1 escalation after 2 h", "regraded 11:00", "PEOPLE"):
            assert words in text, words
        assert "kim@dunmore.example" in pilot.app.screen.query_one(People).text
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "TARGETS" not in screen_text(pilot.app)

    on_ticket(desk, script, size=(120, 40))


def test_without_rules_the_age_and_the_reason_are_shown(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        text = pilot.app.screen.query(Targets).last().text
        assert "age 60d" in text
        assert "Phonism" in text or "phonism" in text

    on_ticket(desk, script, LONG, (120, 40))


def test_countdowns_go_on_with_the_clock(desk: SmallDesk) -> None:
    desk.pull(messages=(message("new", SITE_DOWN, NOW - 30, KIM, "Any news?"),))

    async def script(pilot: Any) -> None:
        screen, _ = parts(pilot)
        assert "-3h 00m" in screen.query(Targets).first().text
        desk.clock.advance(HOUR)
        screen.tick(desk.clock.now())
        assert "-4h 00m" in screen.query(Targets).first().text
        assert "4 h of business time over" in screen.query(Targets).last().text

    on_ticket(desk, script, size=(120, 40))


def test_the_conversation_stands_at_its_end_and_is_marked_read(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        assert conversation.at_end
        assert "58 more quoted lines, 60 levels deep" in screen_text(pilot.app)
        await committed(desk, pilot)
        row = desk.workbench.reader.row(desk.key(SITE_DOWN))
        assert row is not None
        assert not row.unread

    on_ticket(desk, script)


def test_notes_and_notices_are_told_by_words(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        text = pilot.app.screen.query_one(Conversation).text
        assert "# Ravi Kapoor  INTERNAL NOTE" in text
        assert "~ Help desk  automatic notice, by e-mail" in text
        assert "> Kim Lee  customer, by e-mail" in text
        assert "< Bea Moreau  reply, by e-mail" in text
        assert "attached: registrations.log  48 kB  text/plain" in text

    on_ticket(desk, script)


def test_hostile_text_is_only_text(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        for size in ((80, 24), (120, 40), (60, 20)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            text = screen_text(pilot.app)
            assert "[red]not" in text
            for character in ("\x1b", "\x07", "\u202e", "\u202c", "\u200b"):
                assert character not in text
            for strip in pilot.app.screen._compositor.render_strips():
                assert strip.cell_length == size[0]
                assert not any(segment.style and segment.style.meta.get("@click") for segment in strip)

    on_ticket(desk, script, STRANGE)


# Moving


def test_keys_scroll(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        end = conversation.scroll_offset.y
        await pilot.press("k", "k")
        assert conversation.scroll_offset.y == end - 2
        await pilot.press("j")
        assert conversation.scroll_offset.y == end - 1
        await pilot.press("pageup")
        assert conversation.scroll_offset.y < end - 5
        await pilot.press("space", "space")
        assert conversation.scroll_offset.y == end
        await pilot.press("home")
        assert conversation.scroll_offset.y == 0
        await pilot.press("G")
        assert conversation.at_end

    on_ticket(desk, script)


def test_n_goes_from_message_to_message(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        await pilot.press("N")
        top = screen_text(pilot.app)
        assert "> Kim Lee" in top or "< Bea Moreau" in top
        place = conversation.scroll_offset.y
        await pilot.press("N")
        assert conversation.scroll_offset.y < place

    on_ticket(desk, script)


def test_older_messages_come_as_one_scrolls_and_nothing_jumps(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        assert len(conversation.entries) == 50
        assert conversation.more
        seen = 0
        while conversation.more or conversation.scroll_offset.y:
            before = reading(pilot)
            await pilot.press("k")
            assert reading(pilot)[1:] == before[:-1] or conversation.scroll_offset.y == 0
            await pilot.press("pageup")
            seen += 1
            assert seen < 120
        assert len(conversation.entries) == 120
        assert "Message 0:" in screen_text(pilot.app)

    on_ticket(desk, script, LONG)


def test_top_loads_everything(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        await pilot.press("g", "g")
        await pilot.pause()
        assert len(conversation.entries) == 120
        assert "Message 0:" in screen_text(pilot.app)

    on_ticket(desk, script, LONG)


def test_next_and_previous_ticket(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        await pilot.press("J")
        assert "TD-10443" in screen_text(pilot.app)
        await pilot.press("J", "J")
        assert "TD-10444" in screen_text(pilot.app)
        assert "last ticket of the list" in screen_text(pilot.app)
        await pilot.press("K", "K", "K")
        assert "TD-10442" in screen_text(pilot.app)
        assert "first ticket of the list" in screen_text(pilot.app)

    on_ticket(desk, script)


def test_tab_goes_to_the_next_unread_ticket(desk: SmallDesk) -> None:
    desk.workbench.writer.mark_read(desk.key(STRANGE)).result(timeout=5)
    desk.pull(messages=(message("new", LONG, NOW, KIM, "And now?"),))

    async def script(pilot: Any) -> None:
        await pilot.press("tab")
        assert "TD-10444" in screen_text(pilot.app)
        await pilot.press("tab")
        assert "No unread ticket after this one" in screen_text(pilot.app)

    on_ticket(desk, script)


@pytest.mark.parametrize("key", ["escape", "q", "backspace"])
def test_back_to_the_list(desk: SmallDesk, key: str) -> None:
    async def script(pilot: Any) -> None:
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(pilot.app.screen, TicketScreen)

    on_ticket(desk, script)


# Quotes, log, finding


def test_quotes_unfold_and_fold(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        assert "level 60 of the quoted mail" not in conversation.text
        await pilot.press("z")
        assert "level 60 of the quoted mail" in conversation.text
        await pilot.press("z")
        assert "level 60 of the quoted mail" not in conversation.text

    on_ticket(desk, script)


def test_the_log_between_the_messages(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        await pilot.press("h")
        text = conversation.text
        assert "Ravi Kapoor changed priority" in text
        assert "Bea Moreau changed owner" in text
        assert text.index("changed priority") < text.index("INTERNAL NOTE")
        await pilot.press("h")
        assert "changed priority" not in conversation.text

    on_ticket(desk, script)


def test_finding_reaches_messages_that_are_not_loaded(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        await pilot.press("/")
        assert pilot.app.screen.query_one("#ticket-find", Input).has_focus
        await pilot.press(*"LINE 7.", "enter")
        await pilot.pause()
        assert "Message 7:" in screen_text(pilot.app)
        assert "1 message has it" in screen_text(pilot.app)
        await pilot.press("escape")
        assert not conversation.finding
        assert isinstance(pilot.app.screen, TicketScreen)

    on_ticket(desk, script, LONG)


def test_n_goes_through_the_matches_and_round(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        await pilot.press("/", *"registrar", "enter")
        await pilot.pause()
        assert "rolling the registrar back" in screen_text(pilot.app)
        await pilot.press("N")
        assert "the registrar refuses" in screen_text(pilot.app)
        await pilot.press("N")
        assert "From the last match again" in screen_text(pilot.app)

    on_ticket(desk, script)


def test_what_is_not_there_is_said(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        await pilot.press("/", *"[red]x", "enter")
        await pilot.pause()
        assert "No message has '[red]x'" in screen_text(pilot.app)
        await pilot.press("/", "escape")
        assert isinstance(pilot.app.screen, TicketScreen)
        assert not pilot.app.screen.query_one("#ticket-find", Input).display

    on_ticket(desk, script)


# Changes


def test_a_new_message_at_the_end_is_followed(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        desk.clock.advance(5)
        desk.pull(messages=(message("new", SITE_DOWN, desk.clock.now(), KIM, "All back, thank you!"),))
        await committed(desk, pilot)
        assert "All back, thank you!" in screen_text(pilot.app)

    on_ticket(desk, script)


def test_a_new_message_does_not_move_what_is_being_read(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        await pilot.press("home", "j", "j")
        before = reading(pilot)
        desk.pull(messages=(message("new", SITE_DOWN, NOW, KIM, "All back, thank you!"),))
        await committed(desk, pilot)
        assert reading(pilot) == before
        assert "All back" in conversation.text

    on_ticket(desk, script)


def test_resizing_keeps_the_message_that_is_being_read(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        _, conversation = parts(pilot)
        await pilot.press("home")
        for _ in range(3):
            await pilot.press("n")
        key = conversation._anchor()[0]
        for size in ((120, 40), (60, 20), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert conversation.at_end or conversation._anchor()[0] == key

    on_ticket(desk, script)


def test_an_unsent_reply_is_in_the_conversation_and_below(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        screen, conversation = parts(pilot)
        desk.workbench.perform("ticket.reply", desk.key(SITE_DOWN), text="Ten minutes.", then="")
        await committed(desk, pilot)
        assert "waiting to be sent" in conversation.text
        pending = screen.query_one(PendingList)
        assert pending.display
        assert "sent in 5 s, u undoes" in pending.text
        desk.clock.advance(2)
        screen.tick(desk.clock.now())
        assert "sent in 3 s, u undoes" in pending.text
        await pilot.press("u")
        await committed(desk, pilot)
        assert not pending.display
        assert "Ten minutes." not in conversation.text

    on_ticket(desk, script)


def test_a_rejection_says_what_to_do(desk: SmallDesk) -> None:
    commit = desk.workbench.perform("ticket.reply", desk.key(SITE_DOWN), text="Ten minutes.", then="").commit
    (operation,) = commit.result(timeout=5)
    desk.clock.advance(10)
    desk.feed.reject(operation, "the ticket has open tasks", None, desk.clock.now())

    async def script(pilot: Any) -> None:
        text = pilot.app.screen.query_one(PendingList).text
        assert "the desk refused it: the ticket has open tasks" in text
        assert "g c shows both sides" in text
        assert "NOT SENT" in pilot.app.screen.query_one(Conversation).text

    on_ticket(desk, script)


def test_a_ticket_that_goes_away_is_told(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        gone = Tombstone(id=f"id-{SITE_DOWN}", reason=TombstoneReason.DELETED)
        desk.pull(tombstones=(gone,))
        await committed(desk, pilot)
        assert "no longer here" in screen_text(pilot.app)
        await pilot.press("a")
        assert "No ticket is selected" in screen_text(pilot.app)

    on_ticket(desk, script)


def test_a_change_of_the_facts_is_shown(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        changed = ticket(SITE_DOWN, "Half the site down", owner="t2", updated=NOW)
        desk.pull(tickets=(msgspec.structs.replace(changed, revision=8, version="2"),))
        await committed(desk, pilot)
        text = pilot.app.screen.query_one(TicketHeader).text
        assert "Half the site down" in text
        assert "owner Ravi Kapoor" in text

    on_ticket(desk, script)


# Writing from here


def test_reply_from_the_ticket_is_queued_once(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        await pilot.press("r", *"Ten minutes.", "alt+y", "y")
        await pilot.pause()
        await committed(desk, pilot)
        replies = [op for op in desk.workbench.reader.operations() if op.text == "Ten minutes."]
        assert len(replies) == 1
        assert isinstance(pilot.app.screen, TicketScreen)
        assert "waiting to be sent" in pilot.app.screen.query_one(Conversation).text

    on_ticket(desk, script)


def test_a_draft_goes_when_its_operation_is_there_and_stays_when_refused(desk: SmallDesk) -> None:
    reader = desk.workbench.reader

    async def script(pilot: Any) -> None:
        await pilot.press("r", *"Ten minutes.", "alt+y")
        await pilot.pause(0.8)
        await committed(desk, pilot)
        assert reader.draft(desk.key(SITE_DOWN), OperationKind.REPLY) is None
        await pilot.press("c", *"for us", "escape")
        desk.workbench.read_only = True
        await pilot.press("y")
        await pilot.pause(0.8)
        await committed(desk, pilot)
        kept = reader.draft(desk.key(SITE_DOWN), OperationKind.COMMENT)
        assert kept is not None
        assert kept.body == "for us"

    on_ticket(desk, script)


def test_a_draft_survives_leaving_the_ticket(desk: SmallDesk) -> None:
    async def script(pilot: Any) -> None:
        await pilot.press("c", *"for us", "escape", "d")
        await committed(desk, pilot)
        kept = desk.workbench.reader.draft(desk.key(SITE_DOWN), OperationKind.COMMENT)
        assert kept is not None
        assert kept.body == "for us"
        await pilot.press("J", "K", "c")
        await pilot.pause()
        assert "for us" in screen_text(pilot.app)
        assert "restored" in screen_text(pilot.app)

    on_ticket(desk, script)


# Look


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((60, 20), id="60x20"),
        pytest.param((80, 24), id="80x24"),
        pytest.param((120, 40), id="120x40"),
    ],
)
def test_look(desk: SmallDesk, size: tuple[int, int], snap_compare: Any) -> None:
    async def show(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await committed(desk, pilot)

    assert snap_compare(desk.app(), run_before=show, terminal_size=size)


@pytest.mark.parametrize("size", [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")])
def test_look_of_hostile_text(desk: SmallDesk, size: tuple[int, int], snap_compare: Any) -> None:
    async def show(pilot: Any) -> None:
        await open_ticket(desk, pilot, STRANGE)
        await committed(desk, pilot)

    assert snap_compare(desk.app(), run_before=show, terminal_size=size)


def test_look_of_what_is_unsent(desk: SmallDesk, snap_compare: Any) -> None:
    async def show(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        desk.workbench.perform("ticket.reply", desk.key(SITE_DOWN), text="Ten minutes.", then="")
        await committed(desk, pilot)

    assert snap_compare(desk.app(), run_before=show, terminal_size=(80, 24))


@pytest.mark.parametrize("refused", [False, True])
def test_a_ticket_that_the_desk_has_not_got_has_no_older_messages(desk: SmallDesk, refused: bool) -> None:
    fields = {"subject": "Made here", "queue": "q1", "requester": "kim@client.example"}
    outcome = desk.workbench.perform("ticket.new", None, fields=fields, text="It rang.", confirmed=True)
    assert isinstance(outcome, Queued)
    key = outcome.commit.result(timeout=5)
    reply = desk.workbench.perform("ticket.reply", key, text="We are on it.", confirmed=True)
    assert isinstance(reply, Queued)
    reply.commit.result(timeout=5)
    if refused:
        [create, _] = desk.workbench.reader.operations(ticket=key)
        feed = desk.workbench.database.feed()
        feed.reject(create.key, "The queue is closed.", None, NOW)
        feed.close()

    async def script(pilot: Any) -> None:
        pilot.app.open_ticket(key, [key])
        await pilot.pause()
        screen, conversation = parts(pilot)
        assert len(screen.entries) == 2
        assert not conversation.more

    on_ticket(desk, script)
