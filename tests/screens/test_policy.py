"""The screen that says why a ticket is due when it is due, and how its policy is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App

from techdesk.policies.book import PolicyBook
from techdesk.screens.policy import PolicyScreen, laid_out, policy_pages, ticket_pages
from techdesk.widgets.cells import wrap
from techdesk.work.readings import Kind, contradiction_lines, plain_lines, reading_lines, rule_lines
from tests.actions.conftest import Bench
from tests.screens.any_keys import small_cache
from tests.screens.conftest import settled

BOOK = PolicyBook.load()
SHIPPED = sorted(set(BOOK.names()) - {"office-hours"})


@pytest.mark.parametrize("name", SHIPPED)
def test_every_reading_stands_with_its_section_and_all_its_choices(name: str) -> None:
    policy = BOOK.get(name)
    assert policy is not None
    lines = reading_lines(policy)
    words = [line.words for line in lines]
    for reading in policy.readings:
        assert any(f"{reading.key}, section {reading.source}: {reading.question}" in each for each in words)
        for choice in reading.choices:
            kind = Kind.CHOSEN if choice.value == reading.choice else Kind.CHOICE
            assert any(l.kind is kind and f"{choice.value}: {choice.meaning}" in l.words for l in lines)  # noqa: E741
    assert f'extends = "{name}"' in words[-1]
    only = reading_lines(policy, [policy.readings[0].key])
    assert len([line for line in only if line.kind is Kind.CHOSEN]) == 1


@pytest.mark.parametrize("name", SHIPPED)
def test_every_rule_stands_with_its_words(name: str) -> None:
    policy = BOOK.get(name)
    assert policy is not None
    words = "\n".join(line.words for line in rule_lines(policy))
    for rule in policy.rulebook.rules:
        assert f"{rule.id} {rule.section}: {rule.says}" in words
        assert all(message.words in words for message in rule.messages)
    holes = "\n".join(line.words for line in contradiction_lines(policy))
    assert all(each.problem in holes for each in policy.rulebook.contradictions)


def test_a_policy_without_rules_and_readings_says_so() -> None:
    import msgspec

    policy = BOOK.get("dynamix")
    assert policy is not None
    bare = msgspec.structs.replace(policy, readings=(), rulebook=type(policy.rulebook)())
    for lines in (reading_lines(bare), rule_lines(bare), contradiction_lines(bare)):
        assert len(lines) == 2


def test_lines_are_wrapped_under_their_beginning() -> None:
    lines = plain_lines(
        ["RSP P1: running", "  start     Mon 1 Jan 2027 10:00 UTC, the ticket was created", ""]
    )
    assert [line.indent for line in lines] == [0, 2, 0]
    shown = [content.plain for content in laid_out(lines, 30)]
    assert all(len(line) <= 30 for line in shown)
    assert shown[1].startswith("  start")
    assert shown[2].startswith("  ")
    assert wrap("a b", 10) == ["a b"]


async def test_its_pages_are_turned_and_it_closes(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "profile")
    pages = ticket_pages(bench.workbench, bench.key("TD-2"))
    assert [title for title, _ in pages] == ["Deadlines", "Customer", "Readings", "Rules"]
    told = "\n".join(line.words for line in pages[0][1])
    assert "TD-2 Subject 2" in told
    assert "P2 response within 2 h" in told
    assert "Dynamix 6.1" in told
    assert ticket_pages(bench.workbench, 0) == []
    app: App[None] = App()
    async with app.run_test(size=(60, 20)) as pilot:
        screen = PolicyScreen(pages)
        await app.push_screen(screen)
        await pilot.pause()
        body = screen.query_one("#policy")
        assert "Deadlines (1 of 4)" in str(body.border_title)
        await pilot.press("tab", "tab", "j", "pagedown")
        await pilot.pause()
        assert "Readings (3 of 4)" in str(body.border_title)
        assert body.scroll_offset.y > 0
        await pilot.press("tab", "tab")
        await pilot.pause()
        assert "Deadlines" in str(body.border_title)
        assert body.scroll_offset.y == 0
        await pilot.press("shift+tab", "end", "home", "k", "pageup", "escape")
        await pilot.pause()
        assert app.screen is not screen
    bench.database.close()


def test_a_policy_has_its_own_pages() -> None:
    policy = BOOK.get("wildix")
    assert policy is not None
    assert [title for title, _ in policy_pages(policy)] == ["Readings", "Rules"]


async def test_the_objectives_of_the_day_are_shown_at_their_key(tmp_path: Path) -> None:
    desk = small_cache(tmp_path / "profile")
    app = desk.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("g", "r")
        await settled(pilot)
        assert isinstance(app.screen, PolicyScreen)
        assert "Objectives of " in str(app.screen.query_one("#policy").border_title)
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.name == "queue"
    desk.close()
