"""Facts in internal notes: written, read back, and never believed from anybody else."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.model import Channel, Direction, Instant, Visibility
from techdesk.rules import records
from techdesk.rules.records import MARKER, Record, decode, encode, fold, of_note, summary, words_of
from techdesk.store.rows import Entry

AT = 1_793_714_520


def note(body: str, at: Instant = AT, key: int = 1, **more: object) -> Entry:
    values: dict[str, object] = {"direction": Direction.OUTBOUND, "visibility": Visibility.INTERNAL} | more
    return Entry(
        key=key,
        at=at,
        author_name="Bea",
        channel=Channel.UNKNOWN,
        automatic=False,
        body=body,
        **values,
    )


def record(kind: str = records.ATTEMPT, name: str = "a", at: Instant = AT, **fields: str) -> Record:
    return Record(id=name, kind=kind, at=at, by="bea", fields=fields)


def test_a_note_says_it_in_words_and_in_data() -> None:
    text = encode(record(step="2", reached="no"), "Called the head of support, nobody answered")
    first, second = text.split("\n")
    assert first == "Called the head of support, nobody answered"
    assert second.startswith(MARKER)
    assert decode(text) == record(step="2", reached="no")
    assert words_of(text) == first
    assert encode(record(step="2")).split("\n")[0] == summary(record(step="2")) == "Attempt to reach: step 2"


@given(
    st.text(min_size=1, max_size=30).filter(lambda kind: kind.strip() != ""),
    st.dictionaries(st.text(max_size=10), st.text(max_size=60), max_size=5),
    st.text(max_size=80),
)
def test_whatever_is_in_it_comes_back_on_one_line(kind: str, fields: dict[str, str], words: str) -> None:
    made = Record(id="r", kind=kind, at=AT, fields=fields)
    text = encode(made, words)
    assert text.count("\n") == 1 or not text.split("\n")[0]
    found = decode(text)
    assert found is not None
    assert (found.kind, found.at) == (kind, AT)
    for name, value in found.fields.items():
        assert value == " ".join(fields[name].replace(MARKER, "").split())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Called Kim.",
        f"{MARKER} not json",
        f"{MARKER} []",
        f'{MARKER} {{"v":2,"id":"a","kind":"call","at":1}}',
        f'{MARKER} {{"v":1,"id":"","kind":"call","at":1}}',
        f'{MARKER} {{"v":1,"id":"a","kind":"call","at":"now"}}',
        f'{MARKER} {{"v":1,"id":"a","kind":"call","at":1,"fields":{{"x":{{}}}}}}',
        f"{MARKER} {{" + "x" * 30_000 + "}",
    ],
)
def test_everything_else_is_just_a_note(body: str) -> None:
    assert decode(body) is None


def test_only_a_note_of_ours_is_believed() -> None:
    text = encode(record())
    assert of_note(note(text)) is not None
    assert of_note(note(text, direction=Direction.INBOUND)) is None
    assert of_note(note(text, visibility=Visibility.PUBLIC)) is None


def test_nothing_happened_after_it_was_told() -> None:
    told = of_note(note(encode(record(at=AT + 999)), at=AT))
    assert told is not None
    assert told.at == AT


def test_doubles_count_once_and_the_order_is_that_of_time() -> None:
    first, second = record(name="a", at=AT - 50), record(name="b", at=AT - 90)
    notes = [note(encode(first)), note(encode(second), key=2), note(encode(first), AT + 5, key=3)]
    assert [each.id for each in fold(notes).all] == ["b", "a"]


def test_of_two_words_in_one_second_the_later_counts() -> None:
    ticked = record(records.TICK, "z", AT, checklist="major", item="bridge")
    unticked = record(records.TICK, "a", AT, checklist="major", item="bridge", done="no")
    notes = [note(encode(ticked)), note(encode(unticked), key=2)]
    assert fold(notes).ticked("major") == frozenset()
    assert fold(reversed(notes)).ticked("major") == {"bridge"}


def test_the_newest_word_on_an_item_counts() -> None:
    def tick(n: int, item: str, done: str = "") -> Record:
        return record(records.TICK, str(n), AT + n, checklist="first-level", item=item, done=done)

    folded = records.Records(all=(tick(1, "user"), tick(2, "symptoms"), tick(3, "user", "no")))
    assert folded.ticked("first-level") == {"symptoms"}
    assert folded.ticked("another") == frozenset()


def test_what_gates_ask_of_the_records() -> None:
    folded = records.Records(
        all=(
            record(records.ATTEMPT, "1", AT, step="2", reached="no"),
            record(records.ATTEMPT, "2", AT + 1, step="2", reached="yes"),
            record(records.LOCATED, "3", AT + 2, located="LAN"),
            record(records.CONSOLE, "4", AT + 3, component="failed", located="server"),
            record(records.AWAY, "5", AT + 4, until="1893456000"),
            record(records.LEVEL, "6", AT + 5, level="L2"),
        )
    )
    assert [attempt.reached for attempt in folded.attempts()] == [False, True]
    assert (folded.located, folded.level, folded.away_until) == ("server", "L2", 1_893_456_000)
    empty = records.Records()
    assert (empty.located, empty.level, empty.away_until, empty.last("away")) == ("", "", None, None)


def test_an_instant_is_told_as_people_read_it_with_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The note about an absence said 'until 1796079600' to everybody who has no techdesk."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        night = int(datetime.fromisoformat("2026-12-01T00:00-05:00").timestamp())
        noon = int(datetime.fromisoformat("2026-10-30T12:00-04:00").timestamp())
        whole, exact = (
            encode(Record(id="a", kind=records.AWAY, at=AT, fields={"until": str(at)}))
            for at in (night, noon)
        )
    finally:
        monkeypatch.undo()
        time.tzset()
    assert words_of(whole) == "Customer away: until the end of 2026-11-30 EST"
    assert words_of(exact) == "Customer away: until 2026-10-30 12:00 EDT"
    read = decode(whole)
    assert read is not None
    assert read.field("until") == str(night)
