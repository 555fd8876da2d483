"""The app itself: colours, walls, signals, quitting, the palette."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.command import CommandList
from textual.events import AppBlur, AppFocus

from techdesk.actions.keymap import Keymap
from techdesk.actions.outcomes import Queued
from techdesk.actions.registry import ACTIONS, Where, actions_on
from techdesk.app import TechdeskApp
from techdesk.clock import Sleeps
from techdesk.desks.port import Account, Failure, FailureKind
from techdesk.screens.base import DeskScreen
from techdesk.screens.compose import Compose
from techdesk.screens.confirm import Confirm
from techdesk.screens.conflicts import ConflictsScreen
from techdesk.screens.keys import bindings, key_name, sequences
from techdesk.screens.outbox import OutboxScreen
from techdesk.screens.pick import Pick
from techdesk.screens.queue import QueueScreen
from techdesk.screens.sla import SlaScreen
from techdesk.screens.ticket import TicketScreen
from techdesk.store.rows import SyncPhase
from techdesk.store.trouble import StoreUnusable, Trouble
from techdesk.terminal.printable import PrintableOnly
from techdesk.widgets.choice_list import Choice
from techdesk.widgets.notice import Notice
from techdesk.widgets.status_bar import StatusBar
from tests.screens.conftest import settled
from tests.screens.seeded import BEA, HOUR, NOW, Desk, page, state, ticket


class FakeSync:
    """Stands in for the sync thread: notes what the app asks of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.answer: Future[object] = Future()

    def start(self) -> None:
        self.calls.append("start")

    def stop(self, timeout: float = 5.0) -> bool:
        self.calls.append("stop")
        return True

    def poke(self) -> None:
        self.calls.append("poke")

    is_follower = False
    file_trouble: StoreUnusable | None = None

    def watch(self, *, watched: bool) -> None:
        self.calls.append("watch" if watched else "look away")

    def search(self, text: str) -> Future[object]:
        self.calls.append(f"search {text}")
        return self.answer


SCREENS: tuple[type[DeskScreen], ...] = (
    QueueScreen,
    SlaScreen,
    OutboxScreen,
    ConflictsScreen,
    TicketScreen,
)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_action_of_a_screen_is_implemented_there(screen: type[DeskScreen]) -> None:
    missing = [
        action.id
        for action in actions_on(screen.where)
        if not hasattr(screen, f"do_{action.id.replace('.', '_')}")
    ]
    assert missing == []


@pytest.mark.parametrize("where", [Where.QUEUE, Where.TICKET, Where.SLA, Where.OUTBOX])
def test_no_key_means_two_things_on_one_screen(where: Where) -> None:
    keys = [binding.key for binding in bindings(where)]
    assert len(keys) == len(set(keys))
    for first, choices in sequences(where).items():
        seconds = [second for second, _ in choices]
        assert len(seconds) == len(set(seconds)), first


def test_every_binding_carries_the_id_of_its_action() -> None:
    known = {action.id for action in ACTIONS}
    for binding in bindings(Where.QUEUE):
        assert binding.id in known or binding.action.startswith("prefix(")


def test_names_of_keys() -> None:
    assert [key_name(k) for k in ("ctrl+p", "g q", "pagedown", "f5", "a", "?", "escape")] == [
        "^P", "g q", "PgDn", "F5", "a", "?", "Esc",
    ]  # fmt: skip


async def test_keys_can_be_moved_by_the_id_of_their_action(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test", keymap=Keymap(moved={"go.outbox": ("Q", "g y")}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("U")
        await pilot.pause()
        assert app.screen.name == "queue"
        await pilot.press("Q")
        await pilot.pause()
        assert app.screen.name == "outbox"
        await pilot.press("g", "q", "g", "y")
        await pilot.pause()
        assert app.screen.name == "outbox"


@pytest.fixture
def no_color() -> Iterator[None]:
    os.environ["NO_COLOR"] = "1"
    yield
    os.environ.pop("NO_COLOR", None)


def colours(app: TechdeskApp) -> set[str]:
    found: set[str] = set()
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            style = segment.style
            if style is not None:
                found |= {colour.name for colour in (style.color, style.bgcolor) if colour is not None}
    return found


async def test_only_the_terminals_own_sixteen_colours_are_sent(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert colours(app) <= {"default", *(f"color({number})" for number in range(16))}
        assert "color(1)" in colours(app)


@pytest.mark.usefixtures("no_color")
async def test_no_color_means_none_and_glyphs_and_words_remain(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert colours(app) <= {"default"}
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "!!" in text
        assert "breached" in text
        assert "||" in text


def test_an_empty_no_color_is_no_wish(desk: Desk) -> None:
    os.environ["NO_COLOR"] = ""
    try:
        assert not TechdeskApp(desk.workbench, None, title="test").no_color
    finally:
        os.environ.pop("NO_COLOR", None)


def test_the_second_wall_lets_no_control_character_through() -> None:
    wall = PrintableOnly()
    bad = [Segment("a\x1b]52;c;x\x07b\u202e\x9bc\n", Style(bold=True))]
    out = wall.apply(bad, Color(0, 0, 0))
    assert out[0].text == "a�]52;c;x�b��c�"
    assert out[0].style == Style(bold=True)
    good = [Segment("fine 電話 🙂")]
    assert wall.apply(good, Color(0, 0, 0)) is good


async def test_sync_starts_after_the_first_paint(desk: Desk) -> None:
    sync = FakeSync()
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert sync.calls == ["start", "watch"]
        await pilot.press("dollar_sign")
        assert sync.calls == ["start", "watch", "poke"]


async def test_quitting_asks_only_with_unsent_work(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        outcome = desk.workbench.perform("ticket.take", desk.key(4))
        outcome.commit.result(5)  # type: ignore[union-attr]
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, Confirm)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, QueueScreen)
        assert app.is_running


async def test_a_signal_saves_work_and_ends_with_its_code(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        saved: list[str] = []
        app.screen.save_work = lambda: saved.append("saved") or ""  # type: ignore[attr-defined]
        app.end_by_signal(1)
        await pilot.pause()
        assert saved == ["saved"]
        assert app.return_code == 129


async def test_a_page_of_a_palette_that_has_no_lines_yet_is_nothing(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("colon")
        palette = app.screen
        commands = palette.query_one(CommandList)
        commands.add_option("one")
        for way in ("page_up", "page_down", "cursor_down", "first"):
            palette._action_command_list(way)  # type: ignore[attr-defined]
        assert app.is_running


async def test_the_palette_has_every_action_with_its_key_or_its_reason(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 40)) as pilot:
        await settled(pilot)
        await pilot.press("l", *"zzzz", "enter")
        await settled(pilot)
        await pilot.press("colon", *"take")
        for _ in range(50):
            await pilot.pause(0.02)
            if app.screen.query_one(CommandList).option_count:
                break
        prompt = str(app.screen.query_one(CommandList).get_option_at_index(0).prompt)
        assert "Take the ticket" in prompt
        assert "No ticket is selected" in prompt
        await pilot.press("enter")
        await settled(pilot)
        await pilot.pause(0.05)
        assert "No ticket is selected" in app.screen.query_one(StatusBar).said


async def test_results_come_from_the_reading_thread_to_the_screens(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        threads: list[str] = []
        app.reading.submit(
            "x",
            lambda reader: threads.append(threading.current_thread().name),
            lambda result: threads.append(threading.current_thread().name),
            lambda error: None,
        )
        await settled(pilot)
        assert threads == ["techdesk-reading", threading.main_thread().name]


async def test_a_newer_query_takes_the_place_of_the_one_that_runs(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        done: list[str] = []
        started, go_on = threading.Event(), threading.Event()

        def slow(reader: object) -> str:
            started.set()
            go_on.wait(5)
            return "old"

        app.reading.submit("g", slow, done.append, lambda error: done.append("failed"))
        started.wait(5)
        app.reading.submit("g", lambda reader: "new", done.append, lambda error: None)
        go_on.set()
        await settled(pilot)
        assert done == ["new"]


async def test_a_second_in_which_nothing_changes_repaints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path / "quiet", filled=False)
    desk.feed.stamp(Account(server="desk", person=BEA, product="test desk"), "A")
    desk.feed.apply(page(*(ticket(i, due_in=3 * HOUR + 30, priority=2) for i in range(1, 9))), now=NOW)
    desk.feed.set_state(state())
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        painted: list[object] = []
        show = TechdeskApp._display

        def noting(self: TechdeskApp, screen: object, renderable: object) -> None:
            painted.append(renderable)
            show(self, screen, renderable)  # type: ignore[arg-type]

        monkeypatch.setattr(TechdeskApp, "_display", noting)
        for _ in range(5):
            desk.clock.advance(1)
            app._tick()
            await settled(pilot)
        assert painted == []
        desk.clock.advance(4)  # the age of the data reaches its next step
        app._tick()
        await settled(pilot)
        assert len(painted) == 1
    desk.close()


async def test_a_failed_commit_is_told_and_nothing_pretends_to_have_changed(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        failed: Future[object] = Future()
        failed.set_exception(OSError("no space left on device"))
        app.after(failed)
        await pilot.pause()
        assert "Not kept: no space left on device" in app.screen.query_one(StatusBar).said


async def test_a_text_that_the_disk_does_not_take_comes_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: Future[object] = Future()
    refused.set_exception(StoreUnusable("The disk is full.", "Make room."))
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("r", *"Dear", "escape")
        await settled(pilot)
        monkeypatch.setattr(desk.workbench.writer, "enqueue", lambda operations: refused)
        monkeypatch.setattr(desk.workbench.writer, "save_draft", lambda draft: refused)
        await pilot.press("y")
        for _ in range(50):
            await settled(pilot)
            if isinstance(app.screen, Compose) and app.screen._writing.text:
                break
        assert isinstance(app.screen, Compose)
        assert app.screen._writing.text == "Dear"
        await settled(pilot)
        assert "The disk is full" in app.screen.said
        assert desk.workbench.reader.operations() == []


async def test_another_account_is_told_once_with_what_is_kept(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        wrong = state(phase=SyncPhase.ERROR, error="Another account than last time.", trouble="other_account")
        desk.feed.set_state(wrong)
        app.nudge()
        await settled(pilot)
        (notice,) = app.screen.query(Notice)
        assert "This cache belongs to Bea Moreau" in str(notice.content)
        await pilot.press("j")
        desk.feed.set_state(msgspec.structs.replace(wrong, next_try=NOW + 300))
        app.nudge()
        await settled(pilot)
        assert not notice.display, "the next failure of the same kind is no news"
        desk.feed.set_state(state())
        app.nudge()
        desk.feed.set_state(wrong)
        app.nudge()
        await settled(pilot)
        assert notice.display
        desk.feed.set_state(state())
        app.nudge()
        await settled(pilot)
        assert not notice.display, "mended: nothing is said beside SYNC ok"


async def test_undo_that_comes_too_late_says_so(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        late: Future[object] = Future()
        late.set_result(False)
        screen = app.screen
        assert isinstance(screen, DeskScreen)
        screen.present(Queued(batch="b", words="taken back: owner", commit=late, ticket=1), lambda: None)
        await pilot.pause()
        row = desk.workbench.reader.row(1)
        assert row is not None
        words = f"Too late for {row.number}: owner is on its way to the desk, or there already."
        assert screen.query_one(StatusBar).said == words


async def test_somebody_looks_until_the_terminal_loses_the_focus(desk: Desk) -> None:
    sync = FakeSync()
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert "watch" in sync.calls
        app.post_message(AppBlur())
        await settled(pilot)
        assert sync.calls[-1] == "look away"
        app.post_message(AppFocus())
        await settled(pilot)
        assert sync.calls[-1] == "watch"


async def test_after_a_suspension_it_says_so_and_syncs(desk: Desk) -> None:
    sync, asleep = FakeSync(), [0.0]
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    app._sleeps = Sleeps(lambda: asleep[0])
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        asleep[0] = 7_300.0
        desk.clock.advance(7_300)
        app._tick()
        await settled(pilot)
        assert "slept for 2h 1m" in app.screen.query_one(StatusBar).said
        assert sync.calls[-1] == "poke"


async def test_the_status_bar_says_that_another_techdesk_syncs(desk: Desk) -> None:
    sync = FakeSync()
    sync.is_follower = True
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert "another techdesk syncs" in str(app.screen.query_one(StatusBar).text)


async def test_a_disk_that_takes_no_word_of_being_full_is_told_of_all_the_same(desk: Desk) -> None:
    sync = FakeSync()
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        sync.file_trouble = StoreUnusable("The disk is full.", "Make room.", Trouble.FULL)
        app._poll()
        await settled(pilot)
        assert "Make room. Nothing is sent or fetched" in app.screen.query_one(StatusBar).said
        await pilot.press("down")
        assert "DISK FULL" in str(app.screen.query_one(StatusBar).text)
        sync.file_trouble = None
        app._poll()
        await settled(pilot)
        assert "DISK FULL" not in str(app.screen.query_one(StatusBar).text)


async def test_what_a_key_lost_is_not_covered_by_what_sync_says_of_the_file(desk: Desk) -> None:
    sync = FakeSync()
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        full = StoreUnusable("The disk is full.", "Make room.", Trouble.FULL)
        refused: Future[object] = Future()
        refused.set_exception(full)
        app.after(refused)
        await settled(pilot)
        sync.file_trouble = full
        app._poll()
        await settled(pilot)
        assert "Not kept: The disk is full." in told(app.screen)
        await pilot.press("down")
        assert "DISK FULL" in str(app.screen.query_one(StatusBar).text)


async def test_why_a_file_is_only_looked_at_is_told_whole_at_the_start(desk: Desk) -> None:
    words = "/a/folder/with/a/long/name/techdesk.db was written by a newer techdesk."
    desk.workbench.database.trouble = StoreUnusable(words, "Use the newer one.", Trouble.NEWER)
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        notice = app.screen.query_one(Notice)
        assert notice.display
        assert str(notice.content).endswith("you can look, but nothing is changed or sent.")


def told(screen: DeskScreen) -> str:
    """Every sentence on show: on the status line and in the panel above it."""
    notice = screen.query_one(Notice)
    return screen.query_one(StatusBar).said + (str(notice.content) if notice.display else "")


@pytest.mark.parametrize("columns", [100, 72, 62])  # at 72 the count of the outbox, when it came, cut it
async def test_the_offer_to_undo_ends_with_the_hold(desk: Desk, columns: int) -> None:
    """On the line where it fits, in the panel above it where it does not."""
    app = TechdeskApp(desk.workbench, None, title="test")
    desk.workbench.hold_seconds = 0
    async with app.run_test(size=(columns, 24)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, DeskScreen)
        screen.perform("ticket.reply", desk.key(4), text="Seen.", confirmed=True)
        offered = told(screen)
        assert "u undoes" in offered
        assert screen.query_one(Notice).display is (columns < 100)
        for _ in range(100):
            await pilot.pause(0.02)
            if told(screen) != offered:
                break
        assert told(screen).endswith("waits for the desk · u takes it back")


async def test_a_number_that_is_not_here_is_asked_of_the_desk(desk: Desk) -> None:
    sync = FakeSync()
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"td", "minus", *"10499", "enter")
        await settled(pilot)
        assert "search td-10499" in sync.calls
        assert "asking the desk" in app.screen.query_one(StatusBar).said
        desk.feed.apply(page(ticket(99, due_in=HOUR), cursor="2"), now=NOW)
        sync.answer.set_result(("99",))
        for _ in range(100):
            await settled(pilot)
            if isinstance(app.screen, TicketScreen):
                break
        assert isinstance(app.screen, TicketScreen)
        assert app.screen.current_ticket() == desk.workbench.reader.key_of("TD-10499")


async def test_a_desk_that_cannot_be_asked_is_told_as_such(desk: Desk) -> None:
    sync = FakeSync()
    app = TechdeskApp(desk.workbench, sync, title="test")  # type: ignore[arg-type]
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"99", "enter")
        await settled(pilot)
        sync.answer.set_result(Failure(kind=FailureKind.NO_NETWORK))
        await settled(pilot)
        said = app.screen.query_one(StatusBar).said
        assert said.startswith("99: No network.")
        assert app.screen.name == "queue"


async def test_a_dialog_that_opens_while_the_program_ends_ends_nothing_with_a_traceback(desk: Desk) -> None:
    """A SIGHUP may come between the key and its dialog: Textual mounts no widgets then."""
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.exit()
        app.push_screen(Pick("Which?", [Choice(id="a", label="a")]))
    assert app.return_code == 0


async def test_no_screen_has_styles_left_to_parse_once_idle(desk: Desk) -> None:
    """A style sheet that comes late has all of them parsed anew: 80 ms in which no key is answered."""
    from techdesk.screens.bulk import Bulk
    from techdesk.screens.bulk_run import BulkRun
    from techdesk.screens.pick import Pick
    from techdesk.screens.warming import Warming

    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        Warming(app)._style()  # as the app does once nothing else is to do
        for screen in (Bulk("ticket.close", (), {}), BulkRun(), Pick("", ())):
            for path in screen.css_path:
                assert app.stylesheet.has_source(str(path)), path
