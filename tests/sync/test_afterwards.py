"""What a write went over within the window of a desk that checks nothing: found in its log, and told."""

from __future__ import annotations

import pytest

from techdesk.desks.port import Page
from techdesk.model import Event, FieldValue, Operation, OperationKind
from techdesk.sync.afterwards import found_afterwards

CREATED = 100


def operation(mine: list[str], base: list[str]) -> Operation:
    sets: dict[str, FieldValue] = {"tags": [*mine]}
    return Operation(
        id="op", batch="op", ticket=1, ticket_id="1", kind=OperationKind.UPDATE, action="ticket.tag",
        sets=sets, base={"tags": [*base]}, created=CREATED, hold_until=CREATED, actor="bea",
    )  # fmt: skip


def log(*changes: tuple[str, str | None, str | None]) -> Page:
    """(who, old, new) one second after another."""
    events = [
        Event(id=f"e{at}", ticket="1", at=CREATED + at, actor=actor, field="tags", old=old, new=new)
        for at, (actor, old, new) in enumerate(changes)
    ]
    return Page(events=tuple(events), cursor="", more=False)


def test_a_tag_that_was_lost_within_the_window_is_told() -> None:
    """Red was put on; green was known when it went out, blue came a moment before it arrived."""
    page = log(
        ("ravi", None, "green"), ("ravi", "green", "green, blue"), ("bea", "green, blue", "green, red")
    )
    assert "somebody had just set tags to green, blue" in found_afterwards(operation(["red"], []), page)


def test_a_tag_that_came_back_within_the_window_is_told() -> None:
    page = log(("ravi", "green", None), ("bea", None, "green, red"))
    assert "somebody had just set tags to nothing" in found_afterwards(
        operation(["green", "red"], ["green"]), page
    )


@pytest.mark.parametrize(
    ("mine", "base", "changes"),
    [
        (["red"], [], [("ravi", None, "green"), ("bea", "green", "green, red")]),
        ([], ["green"], [("ravi", "green", "green, blue"), ("bea", "green, blue", "blue")]),
        (["red", "blue"], ["old"], [("ravi", "old", None), ("bea", None, "blue")]),
        (["red"], [], [("ravi", None, "green")]),
    ],
)
def test_what_goes_together_is_not(
    mine: list[str], base: list[str], changes: list[tuple[str, str | None, str | None]]
) -> None:
    """Put on, taken off, logged value by value, and nothing of ours in the log."""
    assert found_afterwards(operation(mine, base), log(*changes)) == ""
