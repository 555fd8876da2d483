"""The full-text index stays what the texts say, through every change (the fixture checks it at the end)."""

from __future__ import annotations

import pytest

from techdesk.model import Person, Tombstone, TombstoneReason
from techdesk.store.search import match_expression
from tests.store.desk import NOW, Desk, message, operation, ticket


def test_a_changed_text_is_found_by_its_new_words_only(desk: Desk) -> None:
    desk.pull(ticket(1, subject="Rotary phone"), messages=(message("m1", 1, "crackles"),))
    desk.pull(ticket(1, revision=2, subject="Touch phone"), messages=(message("m1", 1, "hisses"),))
    assert desk.numbers("rotary") == desk.numbers("crackles") == []
    assert desk.numbers("touch hisses") == ["TD-1"]
    desk.enqueue(operation(desk.key(1), sets={"subject": "Unsent words"}))
    assert desk.numbers("unsent") == ["TD-1"]
    assert desk.numbers("touch") == []


def test_names_addresses_and_numbers_are_found(desk: Desk) -> None:
    desk.pull(ticket(10_431), people=(Person(id="c1", name="Zoë Ångström", email="zoe@acme.example"),))
    for words in (
        "zoe",
        "Angstrom",
        "zoë",
        "acme",
        '"zoe@acme.example"',
        "TD-10431",
        "10431",
        "td-104",
        "104",
    ):
        assert desk.numbers(words) == ["TD-10431"], words
    assert desk.numbers("TD-1043 ") == [], "only the last word may be unfinished"
    assert desk.numbers('"TD-1043"') == []


def test_characters_that_nobody_sees_do_not_hide_a_word(desk: Desk) -> None:
    desk.pull(ticket(1, subject="pass\u200bword \u202eesrever"), messages=(message("m1", 1, "se\u00adcret"),))
    assert desk.numbers("password") == desk.numbers("secret") == ["TD-1"]


def test_deletes_take_everything_out(desk: Desk) -> None:
    desk.pull(
        *(ticket(n, subject=f"common word{n}") for n in range(1, 31)),
        messages=tuple(message(f"m{n}", n, f"body\u200b text{n}") for n in range(1, 31)),
    )
    desk.pull(
        tombstones=tuple(Tombstone(id=str(n), reason=TombstoneReason.DELETED) for n in range(1, 30)),
        cursor="x",
    )
    assert desk.numbers("common") == desk.numbers("text") == ["TD-30"]
    assert desk.scalar("SELECT count(*) FROM ticket_search WHERE ticket_search MATCH 'common'") == 1
    assert desk.scalar("SELECT count(*) FROM message_search WHERE message_search MATCH 'body'") == 1


@pytest.mark.parametrize(
    ("text", "prefix", "expected"),
    [
        ("vpn", True, '"vpn" *'),
        ("vpn", False, '"vpn"'),
        ('say "hi"', False, '"say ""hi"""'),
        ("TD-10", True, '"TD-10" *'),
        ("v", True, None),
        ("v", False, '"v"'),
        ("日", True, '"日" *'),
        ("---", True, None),
        ("\x00", False, None),
        ("end-", True, '"end-"'),
    ],
)
def test_match_expressions(text: str, prefix: bool, expected: str | None) -> None:
    assert match_expression(text, prefix=prefix) == expected


def test_messages_that_come_while_a_load_goes_on_are_found_when_it_ends(desk: Desk) -> None:
    desk.pull(ticket(1), messages=(message("m1", 1, "early"),))
    desk.feed._connection.execute("DELETE FROM meta WHERE name = 'first_pull' OR name = 'cursor'")
    desk.pull(ticket(2), cursor="1", more=True, messages=(message("m2", 2, "during"),))
    desk.pull(
        cursor="2", more=True, messages=(message("m3", 1, "during", at=NOW), message("m2", 2, "edited"))
    )
    desk.pull(tombstones=(Tombstone(id="9", reason=TombstoneReason.DELETED),), cursor="3")
    assert set(desk.numbers("during")) == {"TD-1"}
    assert desk.numbers("edited") == ["TD-2"]
    assert desk.numbers("early") == ["TD-1"]
