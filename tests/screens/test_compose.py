"""Writing: nothing is lost, nothing is sent by accident, and one sees to whom it goes."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste

from techdesk.model import Draft, OperationKind, Visibility
from techdesk.screens import drafts
from techdesk.screens.compose import Compose, ComposeResult
from techdesk.screens.outside_editor import edit_outside
from techdesk.screens.writing import FinishBar, Writing, typed_text
from techdesk.store.trouble import StoreUnusable
from tests.screens.desk_fixture import (
    ESC,
    KIM,
    SITE_DOWN,
    OneScreenApp,
    SmallDesk,
    drive,
    message,
    screen_text,
    small_desk,
)

REPLY, COMMENT = OperationKind.REPLY, OperationKind.COMMENT


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile", messages=3) as opened:
        yield opened


def composer(desk: SmallDesk, kind: OperationKind = REPLY, **more: Any) -> OneScreenApp:
    return OneScreenApp(lambda: Compose(desk.key(SITE_DOWN), kind, **more), desk.workbench)


def written(desk: SmallDesk, *keys: str, kind: OperationKind = REPLY, **more: Any) -> list[Any]:
    app = composer(desk, kind, **more)

    async def script(pilot: Any) -> None:
        await pilot.press(*keys)
        await pilot.pause()

    drive(app, script)
    return app.answers


def draft(desk: SmallDesk, kind: OperationKind = REPLY) -> Draft | None:
    desk.workbench.writer.mark_read(desk.key(SITE_DOWN)).result(timeout=5)  # behind whatever was written
    found: Draft | None = desk.workbench.reader.draft(desk.key(SITE_DOWN), kind)
    return found


# The keys


@pytest.mark.parametrize(
    ("keys", "then"), [(("escape", "y"), ""), (("escape", "w"), "waiting"), (("escape", "r"), "resolved")]
)
def test_the_bar_sends(desk: SmallDesk, keys: tuple[str, ...], then: str) -> None:
    assert written(desk, *"Hello", *keys) == [ComposeResult("Hello", then)]


@pytest.mark.parametrize(("key", "then"), [("alt+y", ""), ("alt+w", "waiting"), ("alt+r", "resolved")])
def test_escape_and_letter_typed_fast_are_alt_and_send_once(desk: SmallDesk, key: str, then: str) -> None:
    assert written(desk, *"Hello", key, "y", "y") == [ComposeResult("Hello", then)]


def test_control_s_is_escape(desk: SmallDesk) -> None:
    assert written(desk, *"Hi", "ctrl+s", "y") == [ComposeResult("Hi", "")]


def test_escape_twice_goes_on_writing(desk: SmallDesk) -> None:
    assert written(desk, *"Hi", "escape", "escape", *" you", "escape", "y") == [ComposeResult("Hi you", "")]


def test_keys_that_the_bar_does_not_have_do_nothing(desk: SmallDesk) -> None:
    assert written(desk, *"Hi", "escape", "q", "j", "enter", "space", "y") == [ComposeResult("Hi", "")]


def test_letters_of_the_bar_are_letters_while_writing(desk: SmallDesk) -> None:
    assert written(desk, *"y w r d x e", "escape", "y") == [ComposeResult("y w r d x e", "")]


def test_a_note_has_no_sending_to_the_customer(desk: SmallDesk) -> None:
    assert written(desk, *"abc", "escape", "w", "alt+r", kind=COMMENT) == []
    assert written(desk, "escape", "y", kind=COMMENT) == [ComposeResult("abc", "")]


def test_resolving_resolves(desk: SmallDesk) -> None:
    assert written(desk, *"Fixed", "escape", "y", resolve=True) == [ComposeResult("Fixed", "resolved")]


@pytest.mark.parametrize("keys", [("escape", "y"), (" ", "enter", "escape", "y"), ("alt+y",)])
def test_an_empty_text_is_refused_with_words(desk: SmallDesk, keys: tuple[str, ...]) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*keys)
        assert "Nothing was sent: the reply is empty" in app.screen.said
        assert app.answers == []
        assert isinstance(app.focused, Writing)

    drive(app, script)


def test_discard_asks_first_and_no_keeps_everything(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello", "escape", "x")
        assert "Discard what you wrote for TD-10442?" in screen_text(app)
        await pilot.press("x", "enter")
        await pilot.pause()
        assert app.answers == []
        assert app.screen.query_one(Writing).text == "Hello"

    drive(app, script)


def test_discard_with_yes_takes_the_draft_too(desk: SmallDesk) -> None:
    assert written(desk, *"Hello", "escape", "x", "y") == [None]
    assert draft(desk) is None


def test_discard_of_nothing_does_not_ask(desk: SmallDesk) -> None:
    assert written(desk, "escape", "x") == [None]


# Drafts


def test_a_pause_saves_the_draft(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello")
        await pilot.pause(0.7)
        kept = draft(desk)
        assert kept is not None
        assert kept.body == "Hello"
        await pilot.pause()
        assert "draft saved" in app.screen.said

    drive(app, script)


def test_leaving_keeps_the_draft_and_opening_restores_it(desk: SmallDesk) -> None:
    assert written(desk, *"Hello", "enter", *"Kim", "escape", "d") == [None]
    desk.clock.advance(600)
    app = composer(desk)

    async def script(pilot: Any) -> None:
        assert app.screen.query_one(Writing).text == "Hello\nKim"
        assert "restored" in app.screen.said
        await pilot.press(*", hi", "escape", "y")
        await pilot.pause()

    drive(app, script)
    assert app.answers == [ComposeResult("Hello\nKim, hi", "")]


def test_the_end_of_the_program_keeps_what_was_typed_last(desk: SmallDesk) -> None:
    written(desk, *"cut off")
    kept = draft(desk)
    assert kept is not None
    assert kept.body == "cut off"


def test_a_hang_up_keeps_what_was_typed_last(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"hung up")
        app.screen.save_work()
        kept = desk.workbench.reader.draft(desk.key(SITE_DOWN), REPLY)
        assert kept is not None
        assert kept.body == "hung up"

    drive(app, script)


def test_sending_keeps_the_draft_until_the_operation_is_there(desk: SmallDesk) -> None:
    written(desk, *"Hello", "escape", "y")
    kept = draft(desk)
    assert kept is not None
    assert kept.body == "Hello"
    # Queuing the message drops its draft, in one transaction.
    commit = desk.workbench.perform("ticket.reply", desk.key(SITE_DOWN), text="Hello", then="").commit
    commit.result(timeout=5)
    app = composer(desk)

    async def script(pilot: Any) -> None:
        assert app.screen.query_one(Writing).text == ""

    drive(app, script)
    assert draft(desk) is None


def test_a_note_and_a_reply_have_drafts_of_their_own(desk: SmallDesk) -> None:
    written(desk, *"to Kim", "escape", "d")
    written(desk, *"for us", "escape", "d", kind=COMMENT)
    first, second = draft(desk), draft(desk, COMMENT)
    assert first is not None
    assert first.body == "to Kim"
    assert second is not None
    assert second.body == "for us"


def test_a_draft_that_cannot_be_saved_is_said_and_stays(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import Future

    broken: Future[None] = Future()
    broken.set_exception(OSError("disk full"))
    monkeypatch.setattr(desk.workbench.writer, "save_draft", lambda _: broken)
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello")
        await pilot.pause(0.7)
        assert "NOT saved" in app.screen.said
        assert "disk full" in app.screen.said
        assert app.screen.query_one(Writing).text == "Hello"

    drive(app, script)


# The customer writes meanwhile


def arrive(desk: SmallDesk, text: str = "Please stop, it is solved", **more: Any) -> None:
    desk.clock.advance(60)
    desk.pull(messages=(message("new", SITE_DOWN, desk.clock.now(), KIM, text, **more),))


@pytest.mark.parametrize("keys", [("escape", "y"), ("alt+y",)])
def test_a_newer_message_of_the_customer_is_shown_before_sending(
    desk: SmallDesk, keys: tuple[str, ...]
) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello")
        arrive(desk)
        await pilot.press(*keys[:1])
        assert app.answers == []
        bar = app.screen.query_one(FinishBar)
        assert bar.is_open
        assert "Kim Lee wrote again at" in bar.warning
        assert "Please stop, it is solved" in screen_text(app)
        await pilot.press("y")
        await pilot.pause()

    drive(app, script)
    assert app.answers == [ComposeResult("Hello", "")]


def test_it_is_shown_as_it_comes_to_who_sits_and_thinks(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello")
        screen = app.screen
        assert isinstance(screen, Compose)
        arrive(desk)
        screen.look_again([desk.key(SITE_DOWN) + 1])
        assert "Please stop, it is solved" not in screen_text(app), "another ticket's change is no news"
        screen.look_again([desk.key(SITE_DOWN)])
        await pilot.pause()
        assert "Please stop, it is solved" in screen_text(app)
        assert "Kim Lee wrote again at" in screen.said

    drive(app, script)


def test_under_the_open_bar_nothing_moves(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello", "escape")
        screen = app.screen
        assert isinstance(screen, Compose)
        arrive(desk)
        screen.look_again([desk.key(SITE_DOWN)])
        await pilot.pause()
        assert "Please stop, it is solved" not in screen_text(app)
        await pilot.press("y")
        assert app.answers == [], "what is sent looks once more, and asks"
        assert "Please stop, it is solved" in screen_text(app)

    drive(app, script)


def test_a_newer_note_of_a_colleague_holds_nothing(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello")
        arrive(desk, visibility=Visibility.INTERNAL)
        await pilot.press("alt+y")
        await pilot.pause()

    drive(app, script)
    assert app.answers == [ComposeResult("Hello", "")]


def test_a_message_that_came_after_the_draft_is_told_when_it_is_opened_again(desk: SmallDesk) -> None:
    written(desk, *"Hello", "escape", "d")
    draft(desk)
    arrive(desk)
    app = composer(desk)

    async def script(pilot: Any) -> None:
        assert "restored; Kim Lee wrote again" in app.screen.said
        await pilot.press("alt+y")
        assert app.answers == []
        await pilot.press("y")
        await pilot.pause()

    drive(app, script)
    assert app.answers == [ComposeResult("Hello", "")]


# What is typed and pasted


def test_pasted_control_characters_are_not_kept(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        app.post_message(Paste(f"a{ESC}[2Jb\x07\r\nc\u202ed\ttab"))
        await pilot.pause()
        assert app.screen.query_one(Writing).text == "a[2Jb\ncd    tab"

    drive(app, script)


def test_a_replacement_character_that_was_meant_is_kept() -> None:
    assert typed_text("what does � mean") == "what does � mean"


# To whom


def test_the_head_says_to_whom_and_what(desk: SmallDesk) -> None:
    for kind, resolve, words in (
        (REPLY, False, "REPLY to Kim Lee <kim@dunmore.example>"),
        (REPLY, True, "RESOLVED: notice to Kim Lee <kim@dunmore.example>"),
        (COMMENT, False, "INTERNAL NOTE: Kim Lee never sees it"),
    ):
        app = composer(desk, kind, resolve=resolve)

        async def script(pilot: Any, app: OneScreenApp = app, words: str = words) -> None:
            text = screen_text(app)
            assert words in text
            assert "TD-10442" in text
            assert "Half of the handsets are back" in text

        drive(app, script)


def test_the_message_above_folds(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press("ctrl+o")
        assert "level 4 of the quoted mail" in screen_text(app)
        await pilot.press("ctrl+o")
        assert "Half of the handsets" not in screen_text(app)
        assert "^o shows it" in screen_text(app)
        await pilot.press("ctrl+o")
        assert "Half of the handsets" in screen_text(app)

    drive(app, script)


# The editor


def editor(tmp_path: Path, script: str) -> str:
    path = tmp_path / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


def test_the_editor_gets_a_private_file_that_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = editor(
        tmp_path, f'stat -c %a "$1" > {tmp_path}/mode; cp "$1" "$1~"; printf "new \\033[2J" > "$1"'
    )
    monkeypatch.setenv("VISUAL", command)
    folder = tmp_path / "profile"
    folder.mkdir()
    edited = edit_outside("old", folder)
    assert (edited.text, edited.problem) == ("new [2J", "")
    assert (tmp_path / "mode").read_text().strip() == "600"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [("false", "error 1"), ("/no/such/editor", "could not be used"), ("'", "cannot be read")],
)
def test_an_editor_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, words: str
) -> None:
    monkeypatch.setenv("VISUAL", command)
    edited = edit_outside("old", tmp_path)
    assert words in edited.problem
    assert "as it was" in edited.problem
    assert list(tmp_path.iterdir()) == []


def test_control_g_saves_first_and_takes_the_text_back(
    desk: SmallDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", editor(tmp_path, 'printf "%s from the editor" "$(cat "$1")" > "$1"'))
    app = composer(desk)
    saved: list[Draft | None] = []

    @contextlib.contextmanager
    def suspended() -> Iterator[None]:
        saved.append(draft(desk))
        yield

    monkeypatch.setattr(app, "suspend", suspended)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello")
        good = os.environ["VISUAL"]
        monkeypatch.setenv("VISUAL", "false")
        await pilot.press("ctrl+g")
        assert "error 1; the text is as it was" in app.screen.said
        monkeypatch.setenv("VISUAL", good)
        await pilot.press("ctrl+g")
        await pilot.pause()
        assert app.screen.query_one(Writing).text == "Hello from the editor"
        assert "as it was" not in app.screen.said
        await pilot.press("escape", "y")
        await pilot.pause()

    drive(app, script)
    assert saved[0] is not None
    assert saved[0].body == "Hello"
    assert app.answers == [ComposeResult("Hello from the editor", "")]
    assert stat.S_IMODE(desk.database.folder.stat().st_mode) == 0o700


def test_where_nothing_can_be_suspended_it_says_so(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello", "ctrl+g")
        assert "No editor can be started" in app.screen.said

    drive(app, script)


# Size and look


@pytest.mark.parametrize("size", [(30, 8), (40, 10), (60, 13)])
def test_in_few_rows_one_sees_what_one_writes_and_how_it_can_end(
    desk: SmallDesk, size: tuple[int, int]
) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello", "enter", *"Kim")
        await pilot.pause()
        shown = screen_text(app)
        assert "REPLY to" in shown
        assert "Hello" in shown
        assert "Kim" in shown
        assert "esc send" in shown
        await pilot.press("escape")
        await pilot.pause()
        assert "x discard" in screen_text(app)

    drive(app, script, size)


def test_resizing_keeps_the_text_and_the_place(desk: SmallDesk) -> None:
    app = composer(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hello")
        for size in ((60, 20), (120, 40), (40, 12), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await pilot.press(*"!", "escape", "y")
        await pilot.pause()

    drive(app, script)
    assert app.answers == [ComposeResult("Hello!", "")]


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((60, 20), id="60x20"),
        pytest.param((80, 24), id="80x24"),
        pytest.param((120, 40), id="120x40"),
    ],
)
def test_look(desk: SmallDesk, size: tuple[int, int], snap_compare: Any) -> None:
    async def type_and_stop(pilot: Any) -> None:
        await pilot.press(*"Hello Kim,", "enter", *"the first floor is next.", "escape")
        draft(desk)
        await pilot.pause(0.1)

    assert snap_compare(composer(desk), run_before=type_and_stop, terminal_size=size)


def test_look_of_a_note(desk: SmallDesk, snap_compare: Any) -> None:
    assert snap_compare(composer(desk, COMMENT), terminal_size=(80, 24))


def test_look_of_a_warning(desk: SmallDesk, snap_compare: Any) -> None:
    async def news(pilot: Any) -> None:
        await pilot.press(*"Hello")
        arrive(desk)
        await pilot.press("escape")
        draft(desk)
        await pilot.pause(0.1)

    assert snap_compare(composer(desk), run_before=news, terminal_size=(80, 24))


# The store does not take it


def refused() -> Future[None]:
    answer: Future[None] = Future()
    answer.set_exception(StoreUnusable("The disk is full.", "Make room."))
    return answer


def test_a_draft_that_is_not_kept_is_not_left(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = composer(desk)
    kept = desk.workbench.writer.save_draft

    async def script(pilot: Any) -> None:
        monkeypatch.setattr(desk.workbench.writer, "save_draft", lambda _: refused())
        await pilot.press(*"Hello", "escape", "d")
        await pilot.pause()
        assert isinstance(app.screen, Compose)
        assert app.screen.query_one(Writing).text == "Hello"
        assert "NOT saved" in app.screen.said
        assert "Make room" in app.screen.said
        monkeypatch.setattr(desk.workbench.writer, "save_draft", kept)
        await pilot.press("escape", "d")  # there is room again: the same text, once more
        await pilot.pause()

    drive(app, script)
    assert app.answers == [None]
    found = draft(desk)
    assert found is not None
    assert found.body == "Hello"


def test_what_is_not_kept_is_tried_again_by_itself(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "RETRY_AFTER", 0.01)
    app = composer(desk)
    tries = [refused(), refused()]
    kept = desk.workbench.writer.save_draft

    async def script(pilot: Any) -> None:
        monkeypatch.setattr(
            desk.workbench.writer, "save_draft", lambda each: tries.pop() if tries else kept(each)
        )
        await pilot.press(*"Hello")
        app.screen.keep_draft()
        for _ in range(100):
            await pilot.pause()
            if "draft saved" in app.screen.said:
                break
        assert "draft saved" in app.screen.said, "what was said of it is unsaid"

    drive(app, script)
    assert tries == []
    found = draft(desk)
    assert found is not None
    assert found.body == "Hello"


def test_the_end_puts_down_what_the_store_does_not_take(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = composer(desk)
    said: list[str] = []

    async def script(pilot: Any) -> None:
        monkeypatch.setattr(desk.workbench.writer, "save_draft", lambda _: refused())
        await pilot.press(*"Hello")
        said.append(app.screen.save_work())

    drive(app, script)
    (path,) = (desk.workbench.database.folder / "saved").iterdir()
    assert str(path) in said[0]
    assert path.read_text().endswith("\n\nHello\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
