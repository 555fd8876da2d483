"""``python -m techdesk.demo``: start the demo desk (see docs/demo.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from techdesk.clock import SystemClock
from techdesk.demo import facts, policies, texts
from techdesk.demo.generate import SIZES, generate
from techdesk.demo.process import ENDING, Folder, Lifeline, listening, serve, token_in
from techdesk.demo.scenes import all_cases
from techdesk.demo.server import DemoServer
from techdesk.demo.storage import Storage

SKEW_SECONDS = 40.0
"""How far the demo desk's clock is ahead when its script plays: the client has to notice and correct it."""


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m techdesk.demo", description="The techdesk demo desk.")
    parser.add_argument("--folder", type=Path, required=True, help="where its data are kept")
    parser.add_argument("--size", choices=sorted(SIZES), default="small", help="of the first generation")
    parser.add_argument("--reset", action="store_true", help="begin anew: another identity, new data")
    parser.add_argument("--no-script", action="store_true", help="colleagues and customers keep still")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free one")
    parser.add_argument(
        "--wait", type=float, default=ENDING, metavar="SECONDS", help="for another desk there to end"
    )
    parser.add_argument("--token-file", type=Path, help="default: FOLDER/token")
    parser.add_argument("--control", action="store_true", help="serve the fault switches")
    parser.add_argument("--clock", type=int, metavar="EPOCH", help="seconds: the desk's time begins there")
    parser.add_argument("--skew", type=float, metavar="SECONDS", help="desk's clock minus the machine's")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run until standard input ends; 0, or 3 where the folder is in use or its file cannot be used."""
    options = _arguments(arguments)
    lifeline = Lifeline()
    clock = SystemClock()
    script = not options.no_script
    if options.clock is not None:
        clock.set_offset(options.clock - clock.local())
    elif options.skew is not None or script:
        clock.set_offset(SKEW_SECONDS if options.skew is None else options.skew)
    try:
        folder = Folder.once_free(options.folder, clock, options.wait)
    except BlockingIOError:
        sys.stderr.write(
            f"Another demo desk is using {options.folder}. End it first, or choose another folder.\n"
        )
        return 3
    except OSError as error:
        sys.stderr.write(
            f"{options.folder} cannot be used: {error.strerror}. Name another, or make it writable.\n"
        )
        return 3
    if options.reset:
        folder.reset()
    try:
        storage = Storage.open(folder.database, clock)
        if storage.is_empty():  # new, or left half-made by a start that was cut short
            storage.close()
            folder.reset()
            storage = Storage.open(folder.database, clock)
    except ValueError as error:
        sys.stderr.write(f"{folder.database}: {error}\n")
        return 3
    if storage.is_empty():
        generate(storage, all_cases(), options.size)
    else:
        storage.shift_if_stale()
    policies.write(options.folder / "policies", storage.origin)
    facts.write(options.folder, clock.now())
    texts.write(options.folder)
    token_file = (options.token_file or options.folder / "token").resolve()
    server = DemoServer(storage, token_in(token_file), control=options.control)
    listener = listening(options.port, options.folder / "port")
    serve(server, lifeline, token_file, listener, script=script)
    storage.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
