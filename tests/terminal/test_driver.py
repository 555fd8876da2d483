"""The driver under programs, through pseudo-terminals: the same picture as Textual's, and never a wait."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.terminal.desk import Desk, Places
from tests.terminal.session import Session

SIZE = (72, 20)


def moving(driver: str, *arguments: str, **variables: str) -> Session:
    """The moving program on one driver."""
    return Session(
        [sys.executable, "-m", "tests.terminal.moving", driver, *arguments],
        columns=SIZE[0],
        lines=SIZE[1],
        environment=variables,
    )


def until(happened: Callable[[], bool], timeout: float = 20.0) -> bool:
    """Wait for something that no terminal tells, without reading one."""
    end = time.monotonic() + timeout
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def looks(session: Session) -> list[list[tuple[object, ...]]]:
    """Every cell, without what cannot be seen on a blank."""
    _ = session.text  # feeds the emulator
    shown = []
    for y in range(session.screen.lines):
        row: list[tuple[object, ...]] = []
        for x in range(session.screen.columns):
            cell = session.screen.buffer[y][x]
            if not cell.data and cell_len(session.screen.buffer[y][x - 1].data) < 2:
                cell = cell._replace(
                    data=" "
                )  # pyte keeps a half of what was written over; terminals blank it
            lined = cell.reverse or cell.underscore or cell.strikethrough
            row.append((" ", cell.bg) if cell.data == " " and not lined else tuple(cell))
        shown.append(row)
    return shown


def different(one: Session, other: Session) -> list[object]:
    """The cells that are not alike, with their places."""
    rows = enumerate(zip(looks(one), looks(other), strict=True))
    return [
        (y, x, *pair)
        for y, row in rows
        for x, pair in enumerate(zip(*row, strict=True))
        if pair[0] != pair[1]
    ]


@pytest.mark.parametrize("seed", range(int(os.environ.get("DRIVER_SEEDS", "1"))))
def test_the_screen_is_the_same_as_with_textual_s_own_driver(seed: int) -> None:
    chance = random.Random(seed)
    with moving("stock") as stock, moving("thrifty") as ours:
        for session in (stock, ours):
            session.wait_for("turn|side")
            session.settle(0.3)
        for step in range(24):
            key = chance.choice([*"jjjjkknnppGto", "o", "w", "ctrl+l", "resize"])
            for session in (stock, ours):
                if key == "resize":
                    session.resize(60 + step, 16 + step % 5)
                elif key == "o":
                    session.type("o", "x" if step % 2 else "j", "x")
                elif key == "w":
                    session.type("w", "漢", "a", "enter", "b", "backspace", "escape")
                else:
                    session.type(key)
                session.settle(0.15)
            if key == "resize":
                ours.type("ctrl+l")
                stock.type("ctrl+l")
            for _ in range(40):  # a busy machine paints late
                if not different(ours, stock):
                    break
                stock.settle(0.1, limit=0.2)
                ours.settle(0.1, limit=0.2)
            assert different(ours, stock) == [], f"after {key}, step {step}:\n{ours.text}\n\n{stock.text}"
        assert len(ours.output) * 3 < len(stock.output)


def test_a_terminal_that_does_not_read_stops_nothing(tmp_path: Path) -> None:
    told = tmp_path / "turns"
    with moving("thrifty", str(told)) as session:
        session.wait_for("turn 1")
        start = int(told.read_text() or 0)
        assert until(lambda: int(told.read_text() or 0) >= start + 80)  # four seconds, nothing read
        written = len(session.output)
        now = int(told.read_text() or 0)
        screen = session.wait_for(rf"turn ({now}|{now + 1}|{now + 2}|{now + 3}|{now + 4})\b", timeout=5)
        assert "top line with a word" in screen
        assert len(session.output) - written < 200_000  # the newest picture, not eighty of them
        session.press("ctrl+q")
        assert session.wait_end() == 0


def test_a_terminal_that_never_reads_again_does_not_keep_the_program(tmp_path: Path) -> None:
    told = tmp_path / "turns"
    with moving("thrifty", str(told)) as session:
        session.wait_for("turn 1")
        start = int(told.read_text() or 0)
        assert until(lambda: int(told.read_text() or 0) >= start + 40)
        session.press("ctrl+q")
        assert until(lambda: session.process.poll() is not None, 10)


def test_a_draft_is_kept_while_the_terminal_does_not_read(places: Places, desk: Desk) -> None:
    places.connect(desk)
    store = places.folder / "state" / "profiles" / "test" / "techdesk.db"
    with places.open("--profile", "test") as session:
        session.wait_for("SYNC ok")
        session.type("r")
        session.wait_for("REPLY")
        session.press(*["ctrl+l"] * 60)  # more pictures than a terminal holds
        session.press("written to nobody")

        def drafted() -> bool:
            with sqlite3.connect(store, timeout=5) as database:
                return "written to nobody" in str(database.execute("SELECT * FROM draft").fetchall())

        assert until(drafted)


def test_a_paste_is_never_a_key(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        session.wait_for("SYNC ok")
        session.press("\x1b[200~q\x1b\x11r\x1b[201~")  # on the queue: nobody takes it
        session.type("r")
        session.wait_for("REPLY")
        session.press("\x1b[200~log \x1b[31mred\x1b[0m\r\x1b\x1b[15~\x11second\x07 line\x1b[201~")
        session.wait_for("log red\n *second line")
        session.press("\x1b[200~ no end")
        session.wait_for("second line no end")
        session.press("!")
        session.wait_for("second line no end!")


def test_standard_error_may_be_a_file(places: Places, desk: Desk) -> None:
    places.connect(desk)
    command = f"exec {sys.executable} -m techdesk --profile test 2>{places.folder / 'log'}"
    for driver in ("thrifty", "stock"):
        variables = {**places.environment, "TECHDESK_DRIVER": driver}
        with Session(["sh", "-c", command], environment=variables) as session:
            session.wait_for(r"TD-\d+")
            session.press("ctrl+q")
            assert session.wait_end() == 0
    assert (places.folder / "log").read_text() == ""


@pytest.mark.parametrize(
    ("redirected", "variables", "words"),
    [
        ("</dev/null", {}, "need a terminal"),
        (">/dev/null", {}, "need a terminal"),
        ("", {"TERM": "dumb"}, "TERM is dumb"),
    ],
)
def test_where_there_is_nothing_to_draw_on_it_says_so(
    places: Places, redirected: str, variables: dict[str, str], words: str
) -> None:
    command = f"{sys.executable} -m techdesk {redirected}"
    with Session(["sh", "-c", command], environment={**places.environment, **variables}) as session:
        session.wait_for(words)
        assert session.wait_end() == 2


def test_stopped_by_the_shell_and_back_again() -> None:
    with moving("thrifty") as session:
        session.wait_for("top line with a word")
        session.type("j", "j")
        before = looks(session)
        os.kill(session.process.pid, signal.SIGTSTP)
        assert until(lambda: _state(session.process.pid) == "T")
        session.settle()
        assert b"\x1b[?1049l" in session.output
        session.screen.reset()  # the shell's screen
        os.kill(session.process.pid, signal.SIGCONT)
        session.wait_for("top line with a word")
        session.settle(0.3)
        assert looks(session) == before
        session.press("ctrl+q")
        assert session.wait_end() == 0


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("term", ["linux", "screen", "vt100", "tmux-256color"])
def test_on_other_terminals(term: str) -> None:
    with moving("thrifty", TERM=term, COLORTERM="") as session:
        session.wait_for("top line with a word")
        session.type("j", "n", "o")
        session.wait_for("a dialog")


def test_escape_is_a_key_again_after_its_delay() -> None:
    with moving("thrifty") as session:
        session.wait_for("top line")
        session.type("w", "a", "escape", "j")
        session.wait_for("^> +1")


def test_the_terminal_s_own_cursor_is_where_somebody_writes() -> None:
    with moving("thrifty") as session:
        session.wait_for("top line")
        session.settle()
        assert session.screen.cursor.hidden
        session.type("w", "a", "漢")
        session.wait_for("a漢")
        cursor = session.screen.cursor
        assert not cursor.hidden
        line = session.text.splitlines()[cursor.y]
        text = range(line.index("a漢"), line.index("a漢") + 6)
        assert cursor.x == text[3]
        assert not session.screen.buffer[cursor.y][cursor.x].reverse
        session.type("left")
        _ = session.text
        assert cursor.x == text[1]
        assert not any(session.screen.buffer[cursor.y][x].reverse for x in text)
        session.type("escape")
        _ = session.text
        assert session.screen.cursor.hidden
        assert not any(session.screen.buffer[cursor.y][x].reverse for x in text)
