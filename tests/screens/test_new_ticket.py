"""The form of a new ticket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.actions.workbench import Queued
from techdesk.model import OperationKind
from techdesk.screens.choosing import is_address
from techdesk.screens.new_ticket import NewTicket, NewTicketResult
from techdesk.screens.writing import Writing
from tests.screens.desk_fixture import OneScreenApp, SmallDesk, drive, screen_text, small_desk

ANA = ("tab", "a", "n", "a", "enter")
"""From the subject to the requester, and the person of that name; the next field has the focus then."""
KIM = ("tab", *"kim", "enter")
VOICE = ("enter", *"voi", "enter")
TO_TEXT = ("tab",) * 4
"""From the type, past priority, owner and channel, to the message."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile", messages=3) as opened:
        yield opened


def form(desk: SmallDesk) -> OneScreenApp:
    return OneScreenApp(NewTicket, desk.workbench)


def filled(desk: SmallDesk, *keys: str) -> list[Any]:
    app = form(desk)

    async def script(pilot: Any) -> None:
        for key in keys:
            await pilot.press(key)
        await pilot.pause()

    drive(app, script)
    return app.answers


def test_a_whole_ticket_by_keyboard(desk: SmallDesk) -> None:
    answers = filled(desk, *"No dial tone", *ANA, *VOICE, *TO_TEXT, *"All dead.", "escape", "y")
    assert answers == [
        NewTicketResult(
            {
                "subject": "No dial tone",
                "requester": "p2",
                "requester_name": "Ana Lopes",
                "organisation": "o2",
                "queue": "q1",
                "owner": "t1",
                "channel": "phone",
            },
            "All dead.",
        )
    ]


def test_the_workbench_takes_what_the_form_gives(desk: SmallDesk) -> None:
    (result,) = filled(desk, *"No dial tone", *ANA, *VOICE, *TO_TEXT, *"All dead.", "alt+y")
    queued = desk.workbench.perform("ticket.new", None, fields=result.fields, text=result.text)
    assert isinstance(queued, Queued)
    key = queued.commit.result(timeout=5)
    row = desk.workbench.reader.row(key)
    assert row is not None
    assert row.number == f"NEW-{key}"
    assert row.subject == "No dial tone"
    app = form(desk)

    async def opened_again(pilot: Any) -> None:
        assert app.screen.fields().get("subject") is None  # the draft has done its service

    drive(app, opened_again)
    assert row.requester_name == "Ana Lopes"
    assert row.organisation_name == "Tasman Phones"


def test_a_new_person_by_address(desk: SmallDesk) -> None:
    keys = ("tab", *"jo@new.example", "enter")
    (result,) = filled(desk, *"Hello", *keys, *VOICE, *TO_TEXT, *"Text", "escape", "y")
    assert result.fields["requester"] == "jo@new.example"
    assert "organisation" not in result.fields


def test_a_severity_where_the_policy_has_severities_and_nobody(desk: SmallDesk) -> None:
    severity = ("enter", *"Major", "enter")
    nobody = ("enter", *"nobo", "enter")
    (result,) = filled(desk, *"Hello", *ANA, *VOICE, "tab", *severity, *nobody, "tab", *"Text", "escape", "y")
    assert result.fields["severity"] == 3
    assert "priority" not in result.fields
    assert "owner" not in result.fields


def test_a_priority_where_the_policy_has_priorities(desk: SmallDesk) -> None:
    keys = (*"Hello", *KIM, *VOICE, "tab", "enter", *"P2", "enter", "tab", "tab", *"x", "escape", "y")
    (result,) = filled(desk, *keys)
    assert result.fields["priority"] == 2
    assert "severity" not in result.fields


def test_a_type_is_chosen_and_sent_with_it(desk: SmallDesk) -> None:
    """DD1, Z4, D6: rules tell types apart; what is not chosen is the desk's."""
    kind = ("enter", *"requ", "enter")
    keys = (*"New starter", *ANA, *VOICE, *kind, "tab", "tab", "tab", *"An account.", "escape", "y")
    (result,) = filled(desk, *keys)
    assert result.fields["kind"] == "request"
    outcome = desk.workbench.perform("ticket.new", None, fields=result.fields, text=result.text)
    assert isinstance(outcome, Queued)
    outcome.commit.result(timeout=5)
    (line,) = desk.workbench.reader.operations()
    assert line.sets["kind"] == "request"


def test_a_grade_that_another_customers_policy_has_not_is_taken_out(desk: SmallDesk) -> None:
    app = form(desk)

    async def script(pilot: Any) -> None:
        for key in (*"x", *KIM, *VOICE, "tab", "enter", *"P4", "enter"):
            await pilot.press(key)
        assert app.screen.fields()["priority"] == 4
        app.screen.query_one("#new-requester").focus()
        for key in (*"ana", "enter"):
            await pilot.press(key)
        await pilot.pause()
        assert "priority" not in app.screen.fields()
        shown = screen_text(app)
        assert "Severity" in shown
        assert "Priority" not in shown

    drive(app, script)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("escape", "y"), "The subject is empty"),
        ((*"Hello", "escape", "y"), "Nobody is named as requester"),
        ((*"Hello", *ANA, "escape", "y"), "No queue is chosen"),
        ((*"Hello", *ANA, *VOICE, "escape", "y"), "The first message is empty"),
    ],
)
def test_what_is_missing_is_said_and_gets_the_focus(
    desk: SmallDesk, keys: tuple[str, ...], words: str
) -> None:
    app = form(desk)

    async def script(pilot: Any) -> None:
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        assert "Not opened." in app.screen.said
        assert words in app.screen.said
        assert app.answers == []
        assert app.focused is not None

    drive(app, script)


def test_escape_twice_goes_on(desk: SmallDesk) -> None:
    app = form(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"Hel", "escape", "escape", *"lo")
        assert app.answers == []
        assert app.screen.fields()["subject"] == "Hello"

    drive(app, script)


def test_leaving_keeps_a_draft_and_opening_restores_it(desk: SmallDesk) -> None:
    assert filled(desk, *"No dial tone", *ANA, *VOICE, *TO_TEXT, *"All", "escape", "d") == [None]
    app = form(desk)

    async def script(pilot: Any) -> None:
        assert "restored" in app.screen.said
        assert "No dial tone" in screen_text(app)
        assert "Ana Lopes" in screen_text(app)
        assert "Voice" in screen_text(app)
        assert "Tasman Phones" in screen_text(app)
        assert app.screen.query_one(Writing).text == "All"

    drive(app, script)


def test_the_end_of_the_program_keeps_a_draft(desk: SmallDesk) -> None:
    assert filled(desk, *"cut off") == []
    desk.workbench.writer.mark_read(1).result(timeout=5)
    draft = desk.workbench.reader.draft(None, OperationKind.CREATE)
    assert draft is not None
    assert draft.fields["subject"] == "cut off"


def test_discard_asks_and_takes_the_draft_too(desk: SmallDesk) -> None:
    assert filled(desk, *"Hello", "escape", "x", "x", "n") == []
    assert filled(desk, "escape", "x", "y") == [None]
    desk.workbench.writer.mark_read(1).result(timeout=5)
    assert desk.workbench.reader.draft(None, OperationKind.CREATE) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a@b.example", True),
        ("a.b+c@d.e.example", True),
        ("a@b", False),
        ("a b@c.example", False),
        ("<a@b.example>", False),
        ("a@b.example, c@d.example", False),
    ],
)
def test_addresses(text: str, answer: bool) -> None:
    assert is_address(text) is answer


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((60, 20), id="60x20"),
        pytest.param((80, 24), id="80x24"),
        pytest.param((120, 40), id="120x40"),
    ],
)
def test_look(desk: SmallDesk, size: tuple[int, int], snap_compare: Any) -> None:
    async def fill(pilot: Any) -> None:
        await pilot.press(*"No dial tone", *ANA)
        await pilot.pause(0.1)

    assert snap_compare(form(desk), run_before=fill, terminal_size=size)


def test_no_other_key_leaves_the_question_at_the_end_while_it_stands(desk: SmallDesk) -> None:
    typed = (*"No dial tone", *ANA, *VOICE, *TO_TEXT, *"All dead.", "escape")
    answers = filled(desk, *typed, "tab", "shift+tab", "down", "z", "f2", "y")
    assert [type(answer) for answer in answers] == [NewTicketResult]
    assert answers[0].text == "All dead."


def test_no_goes_back_to_the_form(desk: SmallDesk) -> None:
    answers = filled(
        desk, *"No dial tone", *ANA, *VOICE, *TO_TEXT, *"All", "escape", "n", *" dead", "escape", "y"
    )
    assert answers[0].text == "All dead"


@pytest.mark.parametrize("size", [(30, 8), (60, 14)])
def test_in_few_rows_one_sees_how_it_can_end(desk: SmallDesk, size: tuple[int, int]) -> None:
    app = form(desk)

    async def script(pilot: Any) -> None:
        await pilot.press(*"ab")
        await pilot.pause()
        shown = screen_text(app)
        assert "tab next field" in shown
        assert "ab" in shown
        await pilot.press("escape")
        await pilot.pause()
        assert "y open the ticket" in screen_text(app)
        assert "x discard" in screen_text(app)
        await pilot.press("escape", "c")
        await pilot.pause()
        assert "abc" in screen_text(app)

    drive(app, script, size)
