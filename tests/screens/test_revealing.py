"""Secrets are dots wherever a conversation is shown, until somebody asks to see them, for ten seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from techdesk.app import TechdeskApp
from techdesk.screens.revealing import SHOWN_FOR
from techdesk.work.export import ticket_data
from tests.actions.conftest import NOW, Bench
from tests.screens.desk_fixture import berlin, drive, screen_text

SECRET = "hunter2"
SAID = f"VPN login: admin, password: {SECRET}"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with berlin():
        made = Bench(tmp_path / "profile")
        made.queued("ticket.comment", "TD-9", text=SAID)
        yield made
        made.database.close()


def shown_after(bench: Bench, *keys: str, number: str = "TD-9", later: int = 0) -> str:
    app = TechdeskApp(bench.workbench, None, title="test")
    shown: list[str] = []

    async def script(pilot: Any) -> None:
        app.open_ticket(bench.key(number), (bench.key("TD-9"), bench.key("TD-2")))
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        if later:
            bench.clock.advance(later)
            app.screen.tick(bench.clock.now())  # type: ignore[attr-defined]
            await pilot.pause()
        shown.append(screen_text(app))

    drive(app, script, (120, 40))
    return shown[0]


def test_a_key_shows_it_and_the_same_key_hides_it(bench: Bench) -> None:
    masked = shown_after(bench)
    assert SECRET not in masked
    assert "password: ••••••" in masked
    assert SECRET in shown_after(bench, "X")
    again = shown_after(bench, "X", "X")
    assert SECRET not in again
    assert "Hidden again." in again


def test_it_is_dots_again_by_itself(bench: Bench) -> None:
    assert SECRET in shown_after(bench, "X", later=SHOWN_FOR - 1)
    assert SECRET not in shown_after(bench, "X", later=SHOWN_FOR)


def test_another_ticket_hides_it_first(bench: Bench) -> None:
    assert SECRET not in shown_after(bench, "X", "J", "K")


def test_where_nothing_is_hidden_the_key_says_so(bench: Bench) -> None:
    assert "Nothing of this conversation is hidden." in shown_after(bench, "X", number="TD-2")


def test_neither_the_outbox_nor_what_leaves_techdesk_has_it(bench: Bench) -> None:
    """The line of the outbox, the preview beside the list, and an export with its unsent operations."""
    for keys in (("U",), ("q", "z")):
        assert SECRET not in shown_after(bench, *keys)
    reader, key = bench.workbench.reader, bench.key("TD-9")
    view = reader.ticket(key)
    assert view is not None
    exported = ticket_data(
        view,
        reader.evaluation(key, NOW),
        reader.conversation(key),
        reader.log(key),
        reader.operations(ticket=key),
        NOW,
    )
    assert SECRET not in msgspec.json.encode(exported).decode()


def test_what_is_sent_and_what_is_edited_is_the_text_itself(bench: Bench) -> None:
    """Dots are for eyes: the desk gets what was written, and so does whoever writes it anew."""
    (line,) = bench.workbench.reader.operations(ticket=bench.key("TD-9"))
    assert line.text == SAID
