"""What a start imports: a module too many on the way to the first screen is a delay for every user."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("httpx", "httpx2", "sqlite_utils", "holidays", "starlette", "uvicorn", "truststore", "keyring")


def modules_after(code: str) -> set[str]:
    """Top-level modules that are loaded once ``code`` has run in a fresh interpreter."""
    return {name.split(".")[0] for name in all_modules_after(code)}


def all_modules_after(code: str) -> set[str]:
    """Every module, by its whole name."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(told.stdout.split())


def test_the_application_loads_nothing_that_only_sync_or_the_demo_desk_needs() -> None:
    assert modules_after("import techdesk.app") & set(HEAVY) == set()


@pytest.mark.parametrize(
    "module", ["cli", "actions.workbench", "store.database", "sync.thread", "policies.book"]
)
def test_the_command_line_loads_no_screen(module: str) -> None:
    loaded = modules_after(f"import techdesk.{module}")
    assert loaded & {*HEAVY, "textual", "rich"} == set()


def test_a_list_is_read_without_policies_and_without_what_writes_it() -> None:
    loaded = all_modules_after("import techdesk.app\nimport techdesk.store.database")
    later = {"sla.policy", "sla.rulebook", "sla.calendar", "store.lines", "store.effective", "store.tickets"}
    assert loaded & {"zoneinfo", *(f"techdesk.{name}" for name in later)} == set()


def test_the_version_is_told_without_a_screen() -> None:
    code = (
        "import contextlib, io\n"
        "from techdesk.__main__ import main\n"
        "sys.argv = ['techdesk', '--version']\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main()"
    )
    assert modules_after(code) & {*HEAVY, "textual", "rich"} == set()


def test_the_plain_call_does_not_load_what_reads_verbs() -> None:
    code = "import techdesk.__main__\nimport techdesk.verbs.choices, techdesk.verbs.opening, techdesk.app"
    assert modules_after(code) & {"click", "hashlib"} == set()
