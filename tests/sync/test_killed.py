"""Real processes, real kill -9, a real server behind a bad network: nothing lost, doubled or torn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest

from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from tests.sync.demo_desk import demo_desk
from tests.sync.killed_client import attached
from tests.sync.no_policies import NoPolicies

KILLS = 10
ENOUGH = 30
"""Operations, else there was too little that could be lost: on a busy machine it takes more kills."""

Note = Callable[[str, object], None]


@contextmanager
def spoken_to(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A child that answers on standard output, and ends with its standard input."""
    with subprocess.Popen(
        [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as child:
        try:
            yield child
        finally:
            assert child.stdin is not None
            child.stdin.close()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def say(child: subprocess.Popen[str], words: str) -> None:
    assert child.stdin is not None
    child.stdin.write(words + "\n")


def hear(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def kill_often(folder: Path, kills: int, seed: int) -> None:
    random = Random(seed)
    profile = folder / "profile"
    with demo_desk(folder / "desk") as desk:
        port = str(urlsplit(desk.url).port)
        with spoken_to("tests.sync.proxy", port, str(seed)) as proxy:
            url = f"http://127.0.0.1:{hear(proxy)}"
            with spoken_to("tests.sync.killed_client", url, desk.token, str(profile)) as clients:
                idle = number = 0
                while number < kills or (len(acknowledged(profile)) < ENOUGH and number < 9 * kills):
                    number += 1
                    known = acknowledged(profile)
                    say(clients, f"work {seed * 1000 + number}")
                    client = int(hear(clients))
                    # On a busy machine a life has to be longer for anything to happen in it.
                    time.sleep(random.uniform(0.02, 0.7) * (1 + idle))
                    os.kill(client, signal.SIGKILL)
                    assert hear(clients) == "ended -9", f"seed {seed}: it died before it was killed"
                    check_file(profile, f"seed {seed}, kill {number}")
                    idle = idle + 1 if acknowledged(profile) == known else 0
                say(proxy, "calm")
                say(clients, "drain")
                hear(clients)
                assert hear(clients) == "ended 0"
    check_file(profile, f"seed {seed}, at the end", complete=True)
    check_nothing_lost_or_doubled(profile, folder / "desk" / "demo.db")


def acknowledged(profile: Path) -> list[str]:
    """Ids of the operations that the store has acknowledged."""
    log = profile / "acknowledged"
    return log.read_text().split() if log.exists() else []


def check_file(profile: Path, what: str, *, complete: bool = False) -> None:
    """The file is whole, and so is its search index; ``complete``: which also says what the texts say.

    (A first pull is indexed when it ends, so before that it cannot.)
    """
    if not (profile / "techdesk.db").exists():
        return
    connection = sqlite3.connect(profile / "techdesk.db")
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], what
    for table in ("ticket_search", "message_search"):
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            rank = int(complete)
            connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', {rank})")
    connection.close()


def check_nothing_lost_or_doubled(profile: Path, served: Path) -> None:
    """Every operation that was acknowledged had its effect once, by the server's own log."""
    known = acknowledged(profile)
    assert len(known) >= ENOUGH
    database = Database.open(profile, NoPolicies())
    states = {row.id: row.state.value for row in database.reader().operations(open_only=False)}
    database.close()
    assert set(known) <= set(states), "acknowledged, and not in the file"
    assert {states[each] for each in known} == {"done"}, "nobody else changed anything"
    desk = sqlite3.connect(served)
    print(f"{len(known)} operations acknowledged, {len(states)} stored")
    written = [row[0] for row in desk.execute("SELECT operation FROM messages WHERE operation != ''")]
    answered = {row[0] for row in desk.execute("SELECT key FROM answers")}
    assert len(written) == len(set(written)), "doubled"
    connection = sqlite3.connect(profile / "techdesk.db")
    kinds = dict(connection.execute("SELECT id, kind FROM operation"))
    messages = {each for each in states if kinds[each] in ("reply", "comment")}
    assert messages == set(written), "lost"
    check_files(connection, desk, messages)
    untold = {each for each in states if each not in answered}
    same = connection.execute(
        "SELECT id FROM operation WHERE kind = 'update' AND attempts = 0"
    )  # found to be so already: nothing was sent
    assert untold <= {row[0] for row in same}, "lost"
    connection.close()
    desk.close()


def check_files(connection: sqlite3.Connection, desk: sqlite3.Connection, messages: set[str]) -> None:
    """Every message that carried a file stands at the desk with it once, byte for byte, and no other does."""
    with_file = {
        row[0] for row in connection.execute("SELECT id FROM operation WHERE sets LIKE '%\"files\"%'")
    }
    assert with_file <= messages
    served = desk.execute(
        "SELECT m.operation, f.name, f.content FROM files f JOIN messages m ON m.id = f.message"
    ).fetchall()
    assert sorted(row[0] for row in served) == sorted(with_file), "a file lost or doubled"
    for operation, name, content in served:
        assert (name, content) == (f"{operation}.txt", attached(operation)), "torn"
    print(f"{len(served)} files at the desk, the same in every byte")


@pytest.mark.parametrize("seed", range(3))
def test_thirty_kills(tmp_path: Path, seed: int, record_property: Note) -> None:
    record_property("kills", KILLS)
    kill_often(tmp_path, KILLS, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 110))
def test_five_hundred_kills(tmp_path: Path, seed: int, record_property: Note) -> None:
    record_property("kills", 50)
    kill_often(tmp_path, 50, seed)
