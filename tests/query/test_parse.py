"""The limit language: what it understands, what it says when it does not, and that it never breaks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techdesk.query import (
    Above,
    Absent,
    And,
    Below,
    Between,
    Field,
    Not,
    Number,
    Or,
    Present,
    Query,
    QueryError,
    Text,
    Words,
    parse,
)
from techdesk.query.explain import explain, typing_hints
from techdesk.query.fields import FIELDS


def tree(text: str) -> object:
    read = parse(text)
    assert isinstance(read, Query), read
    return read.tree


def error(text: str) -> QueryError:
    read = parse(text)
    assert isinstance(read, QueryError), read
    return read


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_nothing_is_every_ticket(text: str) -> None:
    assert tree(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prio:1,2", Field("prio", (Number(1), Number(2)))),
        ("priority:P1", Field("prio", (Number(1),))),
        ("owner:me", Field("owner", (Text("me"),))),
        ("owner:none", Field("owner", (Absent(),))),
        ('owner:"none"', Field("owner", (Text("none"),))),
        ("owner:any", Field("owner", (Present(),))),
        ("sla:<30m", Field("sla", (Below(1800),))),
        ("sla:breached", Field("sla", (Text("breached"),))),
        ("waiting:>7d", Field("waiting", (Above(604_800),))),
        ("status:waiting,HOLD", Field("status", (Text("waiting"), Text("hold")))),
        ('org:"Acme, Inc",Dune', Field("org", (Text("Acme, Inc"), Text("Dune")))),
        ("created:2026-11-01..", Field("created", (Between("2026-11-01", None),))),
        ("created:..2026-11-30", Field("created", (Between(None, "2026-11-30"),))),
        ("updated:2026-11-01", Field("updated", (Between("2026-11-01", "2026-11-01"),))),
        ("created:today", Field("created", (Text("today"),))),
        ("is:unread", Field("is", (Text("unread"),))),
        ("vpn", Words("vpn", prefix=True)),
        ("vpn ", Words("vpn")),
        ('"no dial tone"', Words("no dial tone")),
        ("http://desk.example/x", Words("http://desk.example/x", prefix=True)),
        ("10:30 ", Words("10:30")),
        ("-subject:test", Not(Field("subject", (Text("test"),)))),
        ("NOT is:vip", Not(Field("is", (Text("vip"),)))),
        ("follow-up ", Words("follow-up")),
    ],
)
def test_a_term(text: str, expected: object) -> None:
    assert tree(text) == expected


def test_negation_binds_tightest_and_or_loosest() -> None:
    a, b, c, d = (Words(letter) for letter in "abcd")
    assert tree("a -b OR (c d ) ") == Or((And((a, Not(b))), And((c, d))))
    assert tree("a (b OR c ) AND d ") == And((a, Or((b, c)), d))
    assert tree("a or b ") == And((a, Words("or"), b))


@pytest.mark.parametrize(
    ("text", "position", "part", "allowed"),
    [
        ("ownr:me", 0, "did you mean owner:", "owner:"),
        ("vpn zzz:1", 4, "quote it", "prio:"),
        ("prio:high", 5, "prio:", "1"),
        ("prio:1,x", 7, "'x'", "2"),
        ("status:opened", 7, "'opened'", "open"),
        ("sla:soon", 4, "'soon'", "breached"),
        ("waiting:7d", 8, "'7d'", "<15m"),
        ("created:2026-13-01", 8, "2026-13-01", "today"),
        ("owner:", 6, "owner:me", "me"),
        ("(a b", 0, "never closed", ")"),
        ("a )", 2, "no '('", None),
        ('a "b', 2, "quote", '"'),
        ("a OR", 4, "missing", "owner:"),
        ("()", 1, "missing", None),
    ],
)
def test_an_error_says_where_what_and_what_else(
    text: str, position: int, part: str, allowed: str | None
) -> None:
    found = error(text)
    assert found.position == position
    assert part in found.message
    assert allowed is None or allowed in found.allowed


def test_a_pile_of_parentheses_or_terms_is_refused_and_not_run_into_the_ground() -> None:
    assert "deeply" in error("(" * 60 + "a" + ")" * 60).message
    assert "deeply" in error("-" * 60 + "a").message
    assert "characters" in error("a" * 100_000).message
    assert "terms" in error("a " * 900).message


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "(",
                    ")",
                    "-",
                    "OR",
                    "AND",
                    "NOT",
                    '"',
                    ",",
                    ":",
                    "prio:",
                    "sla:<",
                    "9" * 30,
                    "org:",
                    "é",
                    "\x00",
                ]
            ),
            max_size=20,
        ).map("".join),
    )
)
def test_no_text_raises(text: str) -> None:
    read = parse(text)
    if isinstance(read, QueryError):
        assert 0 <= read.position <= len(text)
        assert read.message
    else:
        assert explain(read)


@pytest.mark.parametrize("spec", FIELDS, ids=lambda spec: spec.name)
def test_the_example_of_each_field_is_understood_and_told(spec: object) -> None:
    read = parse(spec.example)
    assert isinstance(read, Query)
    assert explain(read).startswith("tickets: ")


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("waiting>11d", ["waiting needs a colon: waiting:>11d"]),
        ("-sla<30m vpn", ["sla needs a colon: sla:<30m"]),
        ("(prio=1 OR owner=me)", ["prio needs a colon: prio:1", "owner needs a colon: owner:me"]),
        ("waiting:>11d a>b x=1 waiting", []),
        ("(prio:1 | prio:2)", ["| is looked for as text; write OR"]),
        ("prio:1 or -owner:me", ["or is looked for as text; write OR"]),
        ("vpn && owner:me", ["&& is looked for as text; write AND"]),
        ("left or right", []),
        ("", []),
    ],
)
def test_a_field_without_its_colon_is_told(text: str, hints: list[str]) -> None:
    read = parse(text)
    assert isinstance(read, Query)
    assert typing_hints(read) == hints
    assert explain(read).startswith(hints[0] if hints else ("tickets: " if text else "every"))


def test_explain_tells_a_whole_limit() -> None:
    read = parse('prio:1,2 owner:none sla:<30m (tag:vpn OR org:"Acme") -is:unread waiting:>7d dial')
    assert isinstance(read, Query)
    assert explain(read) == (
        "tickets: priority 1 or 2, and owner not set, and due in less than 30 min, or breached,"
        " and (tag vpn, or organisation Acme), and not (with an unread customer message),"
        " and waiting for the customer more than 1 week, and with a word beginning with 'dial'"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a " * 500_000,
        "(" * 1_000_000,
        '"' * 999_999,
        "-" * 1_000_000,
        "owner:" * 166_000,
        "prio:" + "1," * 500_000,
        "\x00" * 1_000_000,
    ],
    ids=["words", "parentheses", "quotes", "minus", "fields", "values", "nul"],
)
def test_a_million_characters_are_refused_at_once(text: str) -> None:
    assert error(text).position <= 2000
