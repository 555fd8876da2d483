"""The demo desk as a process: one line when it listens, gone when its starter is, data kept."""

from __future__ import annotations

import json
import select
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo.client import Client
from tests.demo.conftest import NOW

PATIENCE = 20.0
"""Seconds that a test waits before it calls a process stuck; it never waits that long when all is well."""


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "techdesk.demo", "--folder", str(folder), *options]


@contextmanager
def started(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """A running demo desk and the line it printed; ended, if need be killed, afterwards."""
    process = subprocess.Popen(
        command(folder, *options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    try:
        yield process, json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            process.stdout.close()
            process.stderr.close()


@contextmanager
def client(ready: dict[str, Any]) -> Iterator[Client]:
    with httpx.Client(base_url=ready["url"], trust_env=False) as http:
        yield Client(http, Path(ready["token_file"]).read_text(encoding="ascii").strip())


def test_a_client_that_dies_in_the_middle_of_a_request_leaves_no_traceback(tmp_path: Path) -> None:
    with started(tmp_path / "demo") as (process, ready):
        port = int(ready["url"].rpartition(":")[2])
        token = Path(ready["token_file"]).read_text(encoding="ascii").strip()
        for path in ("/tickets/10001/messages", "/batch", "/tickets"):
            head = f"POST /api/v1{path} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\n"
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as half:
                half.sendall(f"{head}Idempotency-Key: k\r\nContent-Length: 900\r\n\r\n{{".encode())
        with client(ready) as desk:
            assert desk.page("/me")["id"] == "bea", "the others are answered"
        assert process.stdin
        assert process.stderr
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == b""


def test_one_line_then_an_end_with_standard_input(tmp_path: Path) -> None:
    with started(tmp_path / "demo") as (process, ready):
        assert set(ready) == {"url", "token_file", "pid"}
        assert ready["pid"] == process.pid
        assert ready["url"].startswith("http://127.0.0.1:")
        assert stat.S_IMODE(Path(ready["token_file"]).stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "demo").stat().st_mode) == 0o700
        with client(ready) as desk:
            assert desk.page("/me")["id"] == "bea"
            assert len(desk.page("/changes")["tickets"]) == 100
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stdout.read() == b""
        assert process.stderr.read() == b""
        with pytest.raises(httpx.ConnectError):
            httpx.get(ready["url"], trust_env=False)


def test_an_end_on_sigterm_with_an_open_event_stream(tmp_path: Path) -> None:
    with started(tmp_path) as (process, ready), client(ready) as desk:
        stream = desk.http.stream("GET", "/api/v1/events", headers=desk.headers)
        with stream as answer:
            lines = answer.iter_lines()
            assert json.loads(next(lines).removeprefix("data: "))["seq"] >= 275
            process.send_signal(signal.SIGTERM)
            assert list(lines) == [""]
        assert process.wait(PATIENCE) == 0


def test_an_end_when_the_starter_is_killed(tmp_path: Path) -> None:
    starter = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)\n"
        "child.wait()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter, *command(tmp_path)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert parent.stdout
    with parent.stdout as output:
        ready = json.loads(output.readline())
        with client(ready) as desk:
            assert desk.page("/about")["api"] == "techdesk/1"
        parent.send_signal(signal.SIGKILL)
        parent.wait(PATIENCE)
        # The desk is the last one that holds the other end of this pipe: its end is the end of the pipe.
        readable, _, _ = select.select([output], [], [], PATIENCE)
        assert readable, "the demo desk outlived its starter"
        assert output.read() == b""
    with pytest.raises(httpx.ConnectError):
        httpx.get(ready["url"], trust_env=False)


def test_data_and_identity_last_until_a_reset(tmp_path: Path) -> None:
    with started(tmp_path, "--no-script", "--control") as (_, ready), client(ready) as desk:
        first = desk.page("/me")
        ticket = desk.scene("state:dynamix:open")
        assert desk.say(ticket, "kept", key="k").status_code == 201
        conversation = desk.page(f"/tickets/{ticket}")
        token = Path(ready["token_file"]).read_text(encoding="ascii")
    with started(tmp_path, "--no-script", "--control") as (_, ready), client(ready) as desk:
        assert desk.page("/me") == first
        assert desk.page(f"/tickets/{ticket}") == conversation
        assert desk.say(ticket, "kept", key="k").headers["idempotent-replay"] == "true"
    with started(tmp_path, "--no-script", "--reset") as (_, ready), client(ready) as desk:
        second = desk.page("/me")
        assert second["server"] != first["server"]
        assert second["epoch"] != first["epoch"]
        assert [m["body"] for m in desk.page(f"/tickets/{ticket}")["messages"]].count("kept") == 0
        assert Path(ready["token_file"]).read_text(encoding="ascii") == token


def test_time_begins_where_told_and_old_data_follow(tmp_path: Path) -> None:
    options = ("--no-script", "--control")
    with started(tmp_path, *options, "--clock", str(NOW)) as (_, ready), client(ready) as desk:
        fuse = desk.scene("fuse:response-30s")
        created, epoch = desk.ticket(fuse)["created"], desk.page("/me")["epoch"]
        milliseconds = int(desk.get("/me").headers["x-server-time-ms"])
        assert NOW * 1000 <= milliseconds < (NOW + PATIENCE) * 1000
        assert 0 <= created - (NOW + 30 - 3_600) <= PATIENCE
    later = NOW + 3 * 86_400
    with started(tmp_path, *options, "--clock", str(later)) as (_, ready), client(ready) as desk:
        assert 0 <= desk.ticket(fuse)["created"] - (later + 30 - 3_600) <= PATIENCE
        assert desk.page("/me")["epoch"] != epoch


def test_the_address_stays_from_one_start_to_the_next_while_it_is_free(tmp_path: Path) -> None:
    with started(tmp_path) as (_, ready):
        first = ready["url"]
    with started(tmp_path) as (_, ready):
        assert ready["url"] == first, "a second techdesk on the demo goes on with the address that it knows"
    with socket.create_server(("127.0.0.1", int(first.rpartition(":")[2]))), started(tmp_path) as (_, ready):
        assert ready["url"] != first


def test_a_folder_in_use_is_explained(tmp_path: Path) -> None:
    with started(tmp_path):
        second = subprocess.Popen(
            command(tmp_path, "--wait", "0"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert second.stdin
        assert second.stdout
        assert second.stderr
        with second.stdin, second.stdout, second.stderr:
            assert second.wait(PATIENCE) == 3
            assert b"Another demo desk is using" in second.stderr.read()
            assert second.stdout.read() == b""


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = subprocess.Popen(
        command(tmp_path / "file" / "desk"), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin
    assert process.stderr
    with process.stdin, process.stderr:
        assert process.wait(PATIENCE) == 3
        said = process.stderr.read()
    assert "cannot be used: Not a directory" in said
    assert "Traceback" not in said


def test_a_desk_that_is_just_ending_is_waited_for(tmp_path: Path) -> None:
    """techdesk killed and started again at once: the desk of the first may still write its last answer."""
    with started(tmp_path) as (first, _):
        first.send_signal(signal.SIGSTOP)  # it holds the folder, and does not get on
        second = subprocess.Popen(
            command(tmp_path, "--wait", "20"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert second.stdin
        assert second.stdout
        with second.stdin, second.stdout:
            assert select.select([second.stdout], [], [], 1.5)[0] == [], "it waits, and says nothing yet"
            assert second.poll() is None
            first.kill()
            assert json.loads(second.stdout.readline())["url"].startswith("http://127.0.0.1:")
            second.stdin.close()
            assert second.wait(PATIENCE) == 0


def test_a_start_that_was_killed_while_it_made_data_begins_again(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(tmp_path, "--size", "100k"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        while not (tmp_path / "demo.db").exists() and process.poll() is None:
            pass
        process.kill()
        process.wait(PATIENCE)
        assert process.stdout.read() == b""
    with started(tmp_path, "--no-script") as (_, ready), client(ready) as desk:
        assert desk.page("/changes")["total"] == 270


def test_the_clock_is_off_while_the_script_plays(tmp_path: Path) -> None:
    with started(tmp_path, "--control") as (_, ready), client(ready) as desk:
        ahead = int(desk.get("/me").headers["x-server-time-ms"])
        desk.control(skew_seconds=0)
        right = int(desk.get("/me").headers["x-server-time-ms"])
        assert 39_000 < ahead - right <= 40_000


def test_an_answer_that_breaks_off_had_its_effect(tmp_path: Path) -> None:
    with started(tmp_path, "--no-script", "--control") as (_, ready), client(ready) as desk:
        ticket = desk.scene("state:dynamix:open")
        desk.control(drop_answers=1)
        with pytest.raises(httpx.RemoteProtocolError):
            desk.say(ticket, "once", key="k")
        again = desk.say(ticket, "once", key="k")
        assert again.headers["idempotent-replay"] == "true"
        assert [m["body"] for m in desk.page(f"/tickets/{ticket}")["messages"]].count("once") == 1


def test_events_tell_of_changes(tmp_path: Path) -> None:
    with (
        started(tmp_path, "--no-script", "--control") as (_, ready),
        client(ready) as desk,
        desk.http.stream("GET", "/api/v1/events", headers=desk.headers) as answer,
        client(ready) as other,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        first = json.loads(next(lines).removeprefix("data: "))["seq"]
        other.say(other.scene("state:dynamix:open"), "x")
        assert json.loads(next(lines).removeprefix("data: ")) == {"seq": first + 1}
