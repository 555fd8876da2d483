"""Closing what was left lying, by keys and by a file: two demo desks that are alike end alike (UX 5, A2)."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from techdesk.actions.wording import Surface
from techdesk.app import TechdeskApp
from techdesk.config.settings import Settings
from techdesk.screens.bulk import Bulk
from techdesk.screens.bulk_run import BulkRun
from techdesk.store.driver import sqlite3
from techdesk.store.rows import BatchState
from techdesk.verbs.demo_place import DemoDesk, demo_profile
from techdesk.verbs.session import Session
from techdesk.verbs.speech import Exit
from techdesk.work.plans import Outcome, Plan, decode
from tests.cli.conftest import Run
from tests.screens.conftest import settled
from tests.sync.demo_desk import DemoDesk as Switches

MORNING = 1_793_786_400
"""Wednesday 4 November 2026, 10:00 UTC: when both desks begin."""
_SPAN = re.compile(r"\b(\d+ (d|h|min|s)\b ?)+")


@contextmanager
def demo(state: Path) -> Iterator[DemoDesk]:
    """The demo desk of this state folder as a process, found by ``--profile demo``."""
    folder = state / "profiles" / "demo"
    folder.mkdir(parents=True, mode=0o700)
    command = [sys.executable, "-m", "techdesk.demo", "--folder", str(folder / "desk"), "--no-script"]
    with subprocess.Popen(
        [*command, "--clock", str(MORNING), "--control"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            (folder / "connection.json").write_bytes(line)
            yield msgspec.json.decode(line, type=DemoDesk)
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def events(state: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What the desk wrote down of each ticket since it began (0 in its own file), in its order."""
    desk = sqlite3.connect(state / "profiles" / "demo" / "desk" / "demo.db")
    found: dict[str, list[tuple[Any, ...]]] = {}
    for ticket, *what in desk.execute(
        "SELECT ticket, actor, field, old, new FROM events WHERE at >= 0 ORDER BY id"
    ):
        found.setdefault(str(ticket), []).append(tuple(what))
    for ticket, *what in desk.execute(
        "SELECT ticket, author, direction, visibility, body FROM messages WHERE at >= ? ORDER BY id",
        (MORNING,),
    ):
        found.setdefault(str(ticket), []).append(tuple(what))
    desk.close()
    return found


def outcomes(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Of each ticket what is done or refused, and in which words; how long something lasts runs on."""
    return {
        item.number: (item.outcome.value, item.title, _SPAN.sub("... ", item.words), item.reason, item.rule)
        for item in plan.items
    }


async def by_keys(state: Path, desk: DemoDesk) -> Plan:
    """``* s C``, the number, and all of it sent by the program's own sync; the plan that was shown."""
    folder = state / "profiles" / "demo"
    with Session(demo_profile(desk), Settings(file=""), folder, surface=Surface.KEYS) as session:
        session.workbench.bulk_hold_seconds = 0
        sync = session.sync_thread()
        app = TechdeskApp(session.workbench, sync, title="demo")
        try:
            async with app.run_test(size=(80, 24)) as pilot:
                for _ in range(400):
                    await pilot.pause(0.02)
                    if session.workbench.reader.sync_state().last_sync is not None:
                        break
                await settled(pilot)
                await pilot.press("asterisk", "s")
                await settled(pilot)
                await pilot.press("C")
                await settled(pilot)
                screen = app.screen
                assert isinstance(screen, Bulk)
                for _ in range(200):
                    if screen.plan is not None:
                        break
                    await settled(pilot)
                assert screen.plan is not None
                assert screen.words()[0] == "52 close · 44 refused in 6 groups"
                plan = screen.plan
                await pilot.press("y", *"52", "enter")
                for _ in range(400):
                    await pilot.pause(0.02)
                    found = session.workbench.reader.batches()
                    if found and found[0].ended is not None:
                        break
                assert isinstance(app.screen, BulkRun)
                assert (found[0].state, found[0].done) == (BatchState.DONE, 52)
                await settled(pilot)
                refused = {item.ticket for item in plan.left_out()}
                assert set(app.marks.present.keys()) == refused, "the refused ones stay marked"
        finally:
            sync.stop(5.0)
    return plan


async def test_the_keys_and_the_file_close_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    monkeypatch.setenv("TECHDESK_STATE_DIR", str(first))
    file, report = tmp_path / "plan.json", tmp_path / "report.csv"
    with demo(first):
        assert run("--profile", "demo", "sync").exit_code == 0
        planned = run("--profile", "demo", "plan", "close", "is:stale")
        assert planned.exit_code == 0, planned.stderr
        assert "52 close · 44 refused in 6 groups" in planned.stderr
        file.write_text(planned.stdout)
        assert events(first) == {}, "a plan changes nothing"
        applied = run("--profile", "demo", "apply", str(file), "--yes", "--report", str(report))
        assert applied.exit_code == 0, applied.stderr
        after = events(first)
        again = run("--profile", "demo", "apply", str(file), "--yes")
        assert again.exit_code == Exit.NOTHING
        assert "applied before" in again.stderr
        assert run("--profile", "demo", "sync").exit_code == 0
        assert events(first) == after, "a second apply changes nothing"
    plan = decode(file.read_bytes())
    with demo(second) as desk:
        shown = await by_keys(second, desk)
        assert events(second) == after, "event by event the same at both desks"
    assert outcomes(shown) == outcomes(plan), "the same tickets, reasons, refusals and words"
    doing = {item.id for item in plan.doing()}
    assert Counter(item.outcome for item in plan.items) == {Outcome.DO: 52, Outcome.REFUSED: 44}
    assert set(after) == doing, "nothing was written on a ticket that was refused"
    for ticket, written in after.items():
        closings = [what for what in written if what[1:2] == ("status",) and what[3] == "closed"]
        assert len(closings) == 1, (ticket, written)
    rows = {row["number"]: row for row in csv.DictReader(io.StringIO(report.read_text()))}
    assert {number for number, row in rows.items() if row["result"] == "done"} == {
        item.number for item in plan.doing()
    }
    assert all(rows[item.number]["why"] == item.words for item in plan.left_out())


def test_what_the_desk_refuses_and_who_wrote_meanwhile_make_it_partial(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 9 with each named; 3 where the desk refuses all of it; the server's data say the same."""
    state = tmp_path / "state"
    monkeypatch.setenv("TECHDESK_STATE_DIR", str(state))
    file = tmp_path / "plan.json"
    with demo(state) as served:
        desk = demo_control(served)
        assert run("--profile", "demo", "sync").exit_code == 0
        assert run("--profile", "demo", "plan", "close", "is:stale", "-o", str(file)).exit_code == 0
        plan = decode(file.read_bytes())
        week = [item for item in plan.doing() if item.words.startswith("stale ")]
        forbidden, answered = week[0], week[1]
        desk.control(forbid_tickets=[forbidden.id])
        desk.control(act={"kind": "customer", "ticket": answered.id, "text": "Still broken!"})
        result = run("--profile", "demo", "apply", str(file), "--yes")
        assert result.exit_code == Exit.PARTIAL, result.stderr
        assert "50 done, 1 refused by the desk, 1 conflict" in result.stderr
        told = run("--profile", "demo", "bulk", plan.id[:8]).stdout
        assert {line.split()[0] for line in told.splitlines()} == {forbidden.number, answered.number}
        assert f"{answered.number}  conflict  The customer wrote again" in told
        for item in (*plan.left_out(), forbidden, answered):
            assert desk.get(f"/tickets/{item.id}")["tickets"][0]["status"] != "closed"
        desk.control(forbid_tickets=[])
        limit = f"number:{week[2].number}"
        assert run("--profile", "demo", "plan", "close", limit, "-o", str(file)).exit_code == Exit.REFUSED
        desk.control(forbid_tickets=[plan.left_out()[0].id])
        limit = f"number:{plan.left_out()[0].number}"
        tag = ("plan", "tag", "--add", "seen", limit, "-o", str(file))
        assert run("--profile", "demo", *tag).exit_code == 0
        assert run("--profile", "demo", "apply", str(file), "--yes").exit_code == Exit.REFUSED


def demo_control(desk: DemoDesk) -> Switches:
    """The fault switches of a desk."""
    return Switches(desk.url, Path(desk.token_file).read_text().strip())
