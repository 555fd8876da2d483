"""Files at the keys: attached from the bar, kept with the draft, listed, fetched and saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.desks.port import Capabilities, Guarantee
from techdesk.model import Attachment, OperationKind
from techdesk.screens.compose import Compose
from techdesk.screens.path_prompt import PathPrompt, completion
from tests.screens.desk_fixture import (
    KIM,
    NOW,
    SITE_DOWN,
    SmallDesk,
    drive,
    message,
    screen_text,
    small_desk,
)
from tests.screens.test_ticket import committed, open_ticket


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile", messages=3) as opened:
        yield opened


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.txt"
    path.write_text("All is well.")
    return path


def reply(desk: SmallDesk) -> Any:
    return desk.workbench.reader.draft(desk.key(SITE_DOWN), OperationKind.REPLY)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_a_file_is_attached_from_the_bar_and_goes_with_the_reply(
    desk: SmallDesk, report: Path, size: tuple[int, int]
) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r", *"Here", "escape", "a")
        assert isinstance(pilot.app.screen, PathPrompt)
        await pilot.press(*str(report)[:-3], "tab", "enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, Compose)
        assert "report.txt (12 bytes)" in screen_text(pilot.app)
        report.unlink()  # noqa: ASYNC240 - a test
        await pilot.press("escape", "y")
        await committed(desk, pilot)
        (line,) = desk.workbench.reader.operations(ticket=desk.key(SITE_DOWN))
        assert line.what == "reply (4 characters), 1 file"
        assert reply(desk) is None

    drive(desk.app(), main, size)


def test_a_file_stays_with_the_draft_and_is_taken_off_again(desk: SmallDesk, report: Path) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r", "escape", "a", *str(report), "enter", "escape", "d")
        await committed(desk, pilot)
        assert len(reply(desk).fields["files"]) == 1
        await pilot.press("r")
        await pilot.pause()
        assert "report.txt" in screen_text(pilot.app)
        await pilot.press("escape", "a", "down", "enter")
        await pilot.pause()
        assert "report.txt" not in screen_text(pilot.app)
        await committed(desk, pilot)
        assert reply(desk) is None

    drive(desk.app(), main)


def test_a_file_that_cannot_be_is_told_and_the_text_stays(desk: SmallDesk, tmp_path: Path) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r", *"Here", "escape", "a", *str(tmp_path / "nosuch"), "enter")
        await pilot.pause()
        assert "No such file" in pilot.app.screen.said
        await pilot.press("escape", "a", "escape", *"!", "escape", "y")
        await committed(desk, pilot)
        (line,) = desk.workbench.reader.operations(ticket=desk.key(SITE_DOWN))
        assert line.text == "Here!"

    drive(desk.app(), main)


def test_a_text_that_the_desk_would_refuse_is_refused_here_and_kept(desk: SmallDesk) -> None:
    desk.workbench.capabilities = Capabilities(
        guarantee=Guarantee.A, keys=True, precondition=True, tombstones=True, text_limit=500
    )

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r")
        pilot.app.screen.query_one("Writing").insert("x" * 501)
        await pilot.press("escape", "y")
        await pilot.pause()
        assert "this has 501 characters, and this help desk takes 500" in pilot.app.screen.said
        await pilot.press("escape", "d")
        await committed(desk, pilot)
        assert len(reply(desk).body) == 501
        assert desk.workbench.reader.operations(ticket=desk.key(SITE_DOWN)) == []

    drive(desk.app(), main)


def with_file(desk: SmallDesk, name: str, size: int = 5) -> None:
    file = Attachment(id="a7", name=name, size=size)
    desk.pull(messages=(message("file", SITE_DOWN, NOW - 60, KIM, "See the log", attachments=(file,)),))


def test_an_attachment_is_fetched_and_saved_under_a_safe_name(desk: SmallDesk, tmp_path: Path) -> None:
    with_file(desk, "../../evil.sh")
    asked: list[str] = []

    async def main(pilot: Any) -> None:
        def fetch(attachment: str, done: Any) -> bool:
            asked.append(attachment)
            done(b"#!/bin/sh")
            return True

        pilot.app.fetch_file = fetch
        await open_ticket(desk, pilot)
        await pilot.press("v", "enter")
        assert isinstance(pilot.app.screen, PathPrompt)
        await pilot.press("ctrl+u", *f"{tmp_path}/", "enter")
        await pilot.pause()
        assert asked == ["a7"]
        saved = tmp_path / "_._evil.sh"
        assert saved.read_bytes() == b"#!/bin/sh"
        assert saved.stat().st_mode & 0o777 == 0o600
        assert "It was not opened" in screen_text(pilot.app)

    drive(desk.app(), main)


def test_what_cannot_be_fetched_says_why(desk: SmallDesk, tmp_path: Path) -> None:
    with_file(desk, "log.txt")

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("v", "enter", "ctrl+u", *f"{tmp_path}/", "enter")
        await pilot.pause()
        assert "there is no connection" in screen_text(pilot.app)
        pilot.app.fetch_file = lambda _, done: done("The help desk does not know it") or True
        await pilot.press("v", "enter", "ctrl+u", *f"{tmp_path}/", "enter")
        await pilot.pause()
        assert "Not saved: The help desk does not know it" in screen_text(pilot.app)
        assert not (tmp_path / "log.txt").exists()

    drive(desk.app(), main)


def test_a_file_that_is_too_large_is_not_fetched(desk: SmallDesk) -> None:
    with_file(desk, "disk.img", 40_000_000)

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("v", "enter")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, PathPrompt)
        assert "it has 40.0 MB" in screen_text(pilot.app)

    drive(desk.app(), main)


def test_paths_are_completed_like_in_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("report-1.txt", "report-2.txt", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    here = f"{tmp_path}/"
    assert completion(f"{here}fo") == (f"{here}folder/", [])
    assert completion(f"{here}re") == (f"{here}report-", ["report-1.txt", "report-2.txt"])
    assert completion(f"{here}.h") == (f"{here}.hidden", [])
    assert completion(here)[1] == ["folder/", "report-1.txt", "report-2.txt"]
    assert completion(f"{here}nosuch/x") == (f"{here}nosuch/x", [])
    assert completion("\0") == ("\0", [])
    monkeypatch.setenv("HOME", str(tmp_path))
    assert completion("~") == ("~/", [])
    assert completion("~/fo") == ("~/folder/", [])
