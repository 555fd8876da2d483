"""Who else is on the ticket, in its head."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.model import Colleague
from techdesk.screens.meeting import EVERY
from tests.screens.desk_fixture import LONG, NOW, SITE_DOWN, SmallDesk, drive, screen_text, small_desk
from tests.screens.test_ticket import open_ticket

RAVI = Colleague(id="t2", name="Ravi Kapoor", since=NOW)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile", messages=3) as opened:
        yield opened


def test_a_colleague_is_shown_asked_every_so_often_and_forgotten_with_the_ticket(desk: SmallDesk) -> None:
    asked: list[tuple[str, bool]] = []
    people: list[tuple[Colleague, ...]] = [(RAVI,)]

    async def main(pilot: Any) -> None:
        def ask(ticket: str, *, writing: bool, done: Any) -> None:
            asked.append((ticket, writing))
            done(people[0])

        pilot.app.ask_presence = ask
        screen = await open_ticket(desk, pilot)
        screen.tick(NOW)
        await pilot.pause()
        assert "Ravi Kapoor is here" in screen_text(pilot.app)
        people[0] = (Colleague(id="t2", name="Ravi Kapoor", writing=True),)
        screen.tick(NOW + EVERY - 1)
        assert len(asked) == 1
        screen.tick(NOW + EVERY)
        await pilot.pause()
        assert "Ravi Kapoor writing" in screen_text(pilot.app)
        await pilot.press("r")
        await pilot.pause()
        assert "Ravi Kapoor is writing here too" in pilot.app.screen.said
        screen.tick(NOW + EVERY + 1)
        assert [writing for _, writing in asked] == [False, False, True]
        await pilot.press("escape", "d")
        people[0] = ()
        screen.show(desk.key(LONG), [desk.key(SITE_DOWN), desk.key(LONG)])
        screen.tick(NOW + EVERY + 2)
        await pilot.pause()
        assert "Ravi Kapoor" not in screen_text(pilot.app).splitlines()[1]
        assert asked[-1][0] != asked[0][0]

    drive(desk.app(), main)


def test_a_late_answer_of_another_ticket_is_not_shown(desk: SmallDesk) -> None:
    answers: list[Any] = []

    async def main(pilot: Any) -> None:
        pilot.app.ask_presence = lambda ticket, *, writing, done: answers.append(done)
        screen = await open_ticket(desk, pilot)
        screen.tick(NOW)
        screen.show(desk.key(LONG))
        screen.tick(NOW + 1)
        answers[0]((RAVI,))
        assert screen.colleagues == ()

    drive(desk.app(), main)
