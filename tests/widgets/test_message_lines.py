"""Messages as lines."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from techdesk.model import Channel, Direction, Visibility
from techdesk.store.rows import Entry, EntryState, LogLine
from techdesk.widgets.cells import length
from techdesk.widgets.message_lines import kind_of, logged, message, quote_level

NOW = 1_793_714_520
BERLIN = ZoneInfo("Europe/Berlin")


def entry(body: str, **more: Any) -> Entry:
    values: dict[str, Any] = {
        "direction": Direction.INBOUND,
        "visibility": Visibility.PUBLIC,
        "channel": Channel.EMAIL,
        "automatic": False,
    }
    values.update(more)
    return Entry(key=1, at=NOW, author_name="Kim Lee", body=body, **values)


def text(one: Entry, width: int = 40, **more: Any) -> list[str]:
    return ["".join(t for t, _ in line).rstrip() for line in message(one, width, NOW, zone=BERLIN, **more)]


def test_a_short_message() -> None:
    assert text(entry("Hello\n\nthere\n\n\n")) == [
        "> Kim Lee  customer, by e-mail 15:02 CET",
        "│ Hello",
        "│",
        "│ there",
        "",
    ]


@pytest.mark.parametrize(
    ("values", "kind", "head"),
    [
        ({"direction": Direction.OUTBOUND}, "reply", "< Kim Lee  reply, by e-mail"),
        ({"direction": Direction.OUTBOUND, "channel": Channel.PHONE}, "reply", "< Kim Lee  phone call"),
        (
            {"direction": Direction.OUTBOUND, "visibility": Visibility.INTERNAL},
            "note",
            "# Kim Lee  INTERNAL NOTE",
        ),
        ({"visibility": Visibility.INTERNAL}, "note", "# Kim Lee  INTERNAL NOTE"),
        ({"automatic": True}, "automatic", "~ Kim Lee  automatic notice, by e-mail"),
    ],
)
def test_every_kind_has_a_glyph_and_a_word(values: dict[str, Any], kind: str, head: str) -> None:
    one = entry("x", **values)
    assert kind_of(one) == kind
    assert text(one, 60)[0].startswith(head)


def test_what_is_not_at_the_desk_yet_says_so() -> None:
    assert "waiting to be sent" in text(entry("x", state=EntryState.PENDING), 60)[0]
    assert "NOT SENT" in text(entry("x", state=EntryState.FAILED), 60)[0]


@pytest.mark.parametrize(
    ("line", "level"), [("text", 0), ("> a", 1), (">> a", 2), ("> > >> a", 4), ("  > a", 1), ("a > b", 0)]
)
def test_quote_level(line: str, level: int) -> None:
    assert quote_level(line) == level


def test_short_quotes_stay_and_long_ones_fold() -> None:
    short = "Yes.\n> one\n> two"
    assert "│ > two" in text(entry(short))
    long = "Yes.\n" + "\n".join(f"> line {n}" for n in range(20)) + "\nBye"
    folded = text(entry(long), 60)
    assert folded[2:6] == ["│ > line 0", "│ > line 1", "│ [+] 18 more quoted lines: z shows them", "│ Bye"]
    assert "│ > line 19" in text(entry(long), 60, unfolded=True)


def test_sixty_levels_fold_even_when_few() -> None:
    deep = "> " * 60 + "deep"
    assert text(entry(f"x\n{deep}"), 60)[2] == "│ [+] 1 more quoted line, 60 levels deep: z shows them"
    assert all(length(line) <= 40 for line in message(entry(f"x\n{deep}"), 40, NOW, unfolded=True))


def test_an_empty_line_between_quotes_does_not_end_them() -> None:
    lines = text(entry("> a\n\n> b\n\n> c\n> d\n> e\n\nown"), 60)
    assert lines[3] == "│ [+] 5 more quoted lines: z shows them"
    assert "│ own" in lines


def test_a_change_of_a_field() -> None:
    line = LogLine(at=NOW, actor_name="Ravi", field="priority", old="P3", new="P1")
    (first, _) = logged(line, 60, NOW, BERLIN)
    assert "".join(t for t, _ in first).startswith("· Ravi changed priority: P3 -> P1")


@pytest.mark.parametrize("width", [12, 20, 60])
def test_nothing_is_wider_than_the_window(width: int) -> None:
    wide = entry("電" * 90 + " " + "W" * 400 + "\n> " + "q" * 99, state=EntryState.PENDING)
    assert all(length(line) <= max(width, 12) for line in message(wide, width, NOW))
