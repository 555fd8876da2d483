"""Whatever is pressed: no crash, no mark lost in silence, no ticket changed that was not named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from techdesk.app import TechdeskApp
from techdesk.screens.queue import QueueScreen
from tests.screens.any_keys import KEYS, Broken, Player, play, small_cache
from tests.screens.conftest import settled
from tests.screens.desk_fixture import SmallDesk, screen_text

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZES = ((60, 20), (80, 24), (60, 20), (60, 20), (120, 40))
TOGETHER = 10
"""Sequences on one desk, one after another."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that save a plan or a report write into the folder that the program runs in."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("first", range(0, 100, TOGETHER))
async def test_a_hundred_sequences(tmp_path: Path, first: int) -> None:
    pressed = await play(tmp_path, first, TOGETHER, SIZES[first // TOGETHER % len(SIZES)])
    assert pressed >= TOGETHER * KEYS // 4


@pytest.mark.soak
@pytest.mark.parametrize("block", range(50))
async def test_five_thousand_sequences(tmp_path: Path, block: int) -> None:
    """TECHDESK_KEYS_SEED moves the seeds, for a search in another place."""
    begin = int(os.environ.get("TECHDESK_KEYS_SEED", "1000")) + block * 100
    for first in range(begin, begin + 100, TOGETHER):
        await play(tmp_path, first, TOGETHER, SIZES[first // TOGETHER % len(SIZES)])


async def _player(tmp_path: Path, pilot: Pilot[None], desk: SmallDesk) -> Player:
    await settled(pilot)
    app = pilot.app
    assert isinstance(app, TechdeskApp)
    player = Player(app, desk, 0)
    await player.press("space")
    await player.press("space")
    assert app.marks.present, "two presses of space have marked nothing"
    return player


async def test_a_mark_that_is_lost_in_silence_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = small_cache(tmp_path / "profile")
    app = desk.app()
    async with app.run_test(size=(80, 24)) as pilot:
        player = await _player(tmp_path, pilot, desk)
        monkeypatch.setattr(QueueScreen, "do_list_down", lambda queue: queue.set_marks(()))
        with pytest.raises(Broken, match=r"are lost by list.down"):
            await player.press("j")
    desk.close()


async def test_a_change_of_a_ticket_that_was_not_named_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = small_cache(tmp_path / "profile")
    app = desk.app()
    async with app.run_test(size=(80, 24)) as pilot:
        player = await _player(tmp_path, pilot, desk)
        unseen = desk.key(10_500)
        row = desk.workbench.reader.row(unseen)
        assert row is not None
        assert row.number not in screen_text(app)
        monkeypatch.setattr(
            QueueScreen, "do_list_down", lambda queue: queue.perform("ticket.take", unseen, confirmed=True)
        )
        with pytest.raises(Broken, match=r"was changed .*, and never named"):
            await player.press("j")
    desk.close()
