"""``techdesk demo``: the demo desk as a child process, and a profile that keeps everything in one folder.

The child's standard input is a pipe from us: when we end, however that happens, it reads the end and ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, NamedTuple

import click
import msgspec

from techdesk.actions.forms import instant_of
from techdesk.actions.wording import Surface
from techdesk.config.edit import write_private
from techdesk.config.places import DEMO, make_private, profile_folder
from techdesk.verbs.choices import Choices
from techdesk.verbs.demo_place import DemoDesk, demo_connection, demo_profile
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import Session, settings_or_fail
from techdesk.verbs.speech import Exit, Failed, as_json, data, say

_SIZES = ("small", "1k", "100k", "1m")
_END_SECONDS = 5.0


@click.command()
@common
@click.option(
    "--size", type=click.Choice(_SIZES), default="small", show_default=True, help="Tickets to make."
)
@click.option("--reset", is_flag=True, help="Start over: new data, a new cache.")
@click.option("--no-script", is_flag=True, help="Colleagues and customers keep still.")
@click.option("--serve-only", is_flag=True, help="Only the demo desk; its address and token file on stdout.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where the desk listens; the same again after a restart keeps connections to it. 0: a free one.",
)
@click.option(
    "--at",
    metavar="TIME",
    default="",
    help="When it is at the desk, '2026-11-30 10:00': see a policy in its hours, and out of them.",
)
def demo(size: str, reset: bool, no_script: bool, serve_only: bool, port: int, at: str) -> None:
    """Start a demo help desk on this machine, and open its queue.

    Nothing leaves this machine, no settings are written, and everything is kept in one folder.
    """
    begins = instant_of(at) if at else None
    if at and begins is None:
        raise Failed(
            Exit.USAGE, f"'{at}' is no time. Nothing was started. Write --at '2026-11-30 10:00', local time."
        )
    start = Start(size=size, reset=reset, script=not no_script, port=port, at=begins)
    raise SystemExit(serve(start) if serve_only else run_demo(choices(), start))


class Start(NamedTuple):
    """How the demo desk is to begin."""

    size: str = "small"
    reset: bool = False
    script: bool = True
    port: int = 0
    """0 chooses a free one."""
    at: int | None = None
    """When the desk's time begins, epoch seconds; the machine's time where None."""


class Child:
    """The demo desk's process. Leaving the ``with`` statement ends it."""

    def __init__(self, start: Start) -> None:
        """Start it and wait until it answers. Raises ``Failed`` when it ends instead."""
        folder = profile_folder(DEMO)
        make_private(folder)
        command = [sys.executable, "-m", "techdesk.demo", "--folder", str(folder / "desk")]
        command += ["--size", start.size, "--port", str(start.port)]
        if start.reset:
            command.append("--reset")
        if not start.script:
            command.append("--no-script")
        if start.at is not None:
            command += ["--clock", str(start.at)]
        self._complaints: list[str] = []
        # A group of its own: ctrl+c in the terminal is ours to handle, and its end follows from the pipe.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._drain = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._drain.start()
        line = self._process.stdout.readline()
        try:
            self.desk = msgspec.json.decode(line, type=DemoDesk)
        except msgspec.DecodeError:
            self.end()
            said = " ".join(self._complaints[-3:]) or "it gave no reason."
            raise Failed(Exit.ERROR, f"The demo desk did not start: {said}") from None

    def _listen(self, stream: IO[str]) -> None:
        """Keep the last lines that it says, so that its pipe never fills."""
        for line in stream:
            self._complaints.append(line.strip())
            del self._complaints[:-20]

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def wait(self) -> None:
        """Until it ends by itself."""
        self._process.wait()

    def end(self) -> None:
        """Close its standard input, which ends it; take it down if it does not."""
        process = self._process
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._drain.join(1.0)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def serve(start: Start) -> int:
    """Run only the server, for other programs; its address is one line of JSON on standard output."""
    with Child(start) as child:
        _remember(child.desk)
        data(as_json(child.desk))
        sys.stdout.flush()
        say("the demo desk is up; ctrl+c or the end of standard input ends it.")
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        watch = threading.Thread(target=_until_input_ends, daemon=True)
        if not sys.stdin.isatty():
            watch.start()
        try:
            child.wait()
        except KeyboardInterrupt:
            say("ending.")
        finally:
            forget(child.desk)
    return Exit.DONE


def _stop(number: int, _: object) -> None:
    raise KeyboardInterrupt


def _until_input_ends() -> None:
    """Standard input given as a pipe is a lifeline, as the desk's own is."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def run_demo(choices: Choices, start: Start) -> int:
    """Start the desk, open its profile, run the screens; the exit status."""
    from techdesk.verbs.opening import need_terminal, run

    need_terminal()
    # The user's own keys, views and texts; which policy a ticket gets is the demo's to show.
    settings = msgspec.structs.replace(settings_or_fail(), default_policy="")
    made = (profile_folder(DEMO) / "desk" / "demo.db").exists() and not start.reset
    if start.size in ("100k", "1m") and not made:
        say(f"making {start.size} tickets, once; this takes a moment ...")
    with Child(start) as child:
        _remember(child.desk)
        try:
            if start.reset:
                forget_cache(profile_folder(DEMO))
            with Session(
                demo_profile(child.desk),
                settings,
                profile_folder(DEMO),
                offline=choices.offline,
                read_only=choices.read_only,
                surface=Surface.KEYS,
            ) as session:
                return run(session, "demo")
        finally:
            forget(child.desk)


def forget_cache(folder: Path) -> None:
    """Begin with an empty cache, since the desk is another one; unsent work is kept in a copy."""
    path = folder / "techdesk.db"
    if not path.exists():
        return
    if _has_unsent(folder):
        kept = folder / "techdesk.db.before-reset"
        shutil.copy2(path, kept)
        say(f"the old cache held unsent changes; it is kept as {kept}.")
    for name in ("techdesk.db", "techdesk.db-wal", "techdesk.db-shm", "techdesk.db-journal"):
        (folder / name).unlink(missing_ok=True)


def _has_unsent(folder: Path) -> bool:
    from techdesk.policies.book import PolicyBook
    from techdesk.store.database import Database
    from techdesk.store.trouble import StoreUnusable

    try:
        database = Database.open(folder, PolicyBook.load())
    except StoreUnusable:
        return True  # nobody can tell, so it is kept
    try:
        return bool(database.reader().operations())
    finally:
        database.close()


def _remember(desk: DemoDesk) -> None:
    """Tell other verbs where the desk listens; the token itself stays in its own 0600 file."""
    write_private(demo_connection(), msgspec.json.encode(desk).decode() + "\n", follow=False)


def forget(desk: DemoDesk) -> None:
    """Take the address back, unless another demo has written its own meanwhile."""
    path = demo_connection()
    try:
        now = msgspec.json.decode(path.read_bytes(), type=DemoDesk)
    except (OSError, msgspec.DecodeError):
        return
    if now == desk:
        path.unlink(missing_ok=True)
