"""Names with accents and umlauts are found by who has no such keys."""

from __future__ import annotations

import pytest

from techdesk.desks.port import Page
from techdesk.model import Organisation, Person
from techdesk.query import Query, parse
from techdesk.store.folding import folded, spellings
from tests.store.desk import NOW, PEOPLE, Desk, ticket


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("org:sued", ["T1"]),
        ("org:SUD", ["T1"]),
        ("org:Süd", ["T1"]),
        ("org:SÜD", ["T1"]),
        ('org:"alpenruf sued"', ["T1"]),
        ("org:cenek", ["T2"]),
        ("org:acme", ["T3"]),
        ("org:s%d", []),
        ("requester:mueller", ["T1"]),
        ("requester:jorg", ["T1"]),
        ("requester:ueller", []),
    ],
)
def test_a_name_is_found_without_its_accents(desk: Desk, limit: str, found: list[str]) -> None:
    organisations = (
        Organisation(id="s", name="Alpenruf Süd Bronze", policy="plain"),
        Organisation(id="c", name="Čeněk a synové", policy="plain"),
        Organisation(id="a", name="Acme", policy="plain"),
    )
    kim = Person(id="m", name="Jörg Müller", email="jm@sued.example", organisation="s")
    page = Page(
        organisations=organisations,
        people=(*PEOPLE, kim),
        tickets=(
            ticket("1", organisation="s", requester="m"),
            ticket("2", organisation="c"),
            ticket("3", organisation="a"),
        ),
        cursor="1",
        more=False,
    )
    desk.feed.apply(page, now=NOW)
    query = parse(limit)
    assert isinstance(query, Query)
    rows = desk.reader.rows(desk.reader.keys(query, "number", me="u1", now=NOW))
    assert [row.number[-1] for row in rows] == [each[-1] for each in found]
    assert desk.reader.count(query, me="u1", now=NOW) == len(found)


def test_spellings_are_of_plain_letters() -> None:
    assert folded("ÆØÅ ß İ") == "aeoa ss i"
    assert spellings("Süd") == "sud sued"
    assert spellings("Süd") == "sud sued", "composed or not"
    assert spellings("") == " "
