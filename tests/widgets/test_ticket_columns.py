"""Which columns a list shows at which width."""

from __future__ import annotations

import pytest

from techdesk.widgets.ticket_columns import Kind, Widths, cell, plan
from tests.widgets.test_ticket_table import row

_NEEDED = {"queue": {"number", "priority", "status", "marks", "subject"}, "sla": {"number", "organisation"}}


@pytest.mark.parametrize("kind", ["queue", "sla"])
@pytest.mark.parametrize("terminal", [40, 60, 80, 100, 120, 160, 200, 300])
def test_columns_fill_the_width_exactly_and_keep_what_is_needed(kind: Kind, terminal: int) -> None:
    width = terminal - 12
    columns = plan(width, kind, Widths())
    assert sum(column.width + 1 for column in columns) - 1 <= width
    assert columns[-1].width >= 12 or terminal == 40
    present = {column.id.removesuffix("_short") for column in columns}
    if terminal >= 60:
        assert present >= _NEEDED[kind]


def test_a_wider_terminal_never_shows_less() -> None:
    for kind in ("queue", "sla"):
        before: set[str] = set()
        for width in range(48, 260):
            now = {column.id.removesuffix("_short") for column in plan(width, kind, Widths())}
            assert before <= now, width
            before = now


def test_long_numbers_and_priorities_take_from_what_tells_least() -> None:
    columns = plan(68, "queue", Widths(number=14, priority_short=8))
    assert columns[-1].width >= 12
    assert {"number", "priority_short", "marks", "subject"} <= {column.id for column in columns}


@pytest.mark.parametrize(
    ("severity", "priority", "label", "whole", "short"),
    [
        (3, 2, "Medium", "S3·Medium", "S3·Med"),
        (1, 1, "High", "S1·High", "S1·High"),
        (2, 3, "", "S2·P3", "S2·P3"),
        (2, None, "Critical", "Critical", "Critical"),
        (2, None, "", "S2", "S2"),
        (None, 2, "P2", "P2", "P2"),
        (None, None, "", "-", "-"),
    ],
)
def test_a_grade_on_two_axes_shows_both(
    severity: int | None, priority: int | None, label: str, whole: str, short: str
) -> None:
    """DD2: severity is impact, priority is urgency, and neither hides the other."""
    graded = row(1, 600, severity=severity, priority=priority, priority_label=label)
    assert cell("priority", graded, 0, "") == whole
    assert cell("priority_short", graded, 0, "") == short
    assert [plan(width, "queue", Widths())[3].id for width in (100, 120)] == ["priority", "priority"]
    assert "priority_short" in {column.id for column in plan(70, "sla", Widths())}


def test_only_a_wide_list_tells_when_the_customer_was_answered_last() -> None:
    """DD11: the age of our last public update, as a column."""
    ids = {width: [column.id for column in plan(width, "queue", Widths())] for width in (150, 160)}
    assert "answered" not in ids[150]
    assert ids[160][-3:] == ["answered", "marks", "subject"]


def test_the_queue_has_every_column_at_eighty() -> None:
    assert [column.id for column in plan(80 - 13, "queue", Widths())] == [
        "metric", "number", "priority_short", "status_short", "owner", "organisation", "marks", "subject",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "shown"), [("", "(no subject)"), ("   ", "(no subject)"), ("No dial", "No dial")]
)
def test_a_subject_of_blanks_is_told_as_none(subject: str, shown: str) -> None:
    assert cell("subject", row(1, 60, subject=subject), 0, "me") == shown
