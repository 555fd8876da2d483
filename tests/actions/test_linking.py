"""Time, watchers, links and merging through the workbench: what is asked, what is sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from techdesk.actions.fielding import minutes_of, time_typed
from techdesk.actions.linking import likely, likely_words, likeness
from techdesk.actions.outcomes import Confirm, Queued
from techdesk.desks.port import Capabilities, Guarantee
from techdesk.model import OperationKind, Relation, link_of
from techdesk.store.rows import Row
from techdesk.text import minutes_words
from tests.actions.conftest import Bench


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("25", 25), ("25m", 25), ("25min", 25), ("1h", 60), ("1h30", 90), ("1h5m", 65), ("1:30", 90),
        ("1.5h", 90), ("0,25h", 15), ("1440", 1440), ("1441", None), ("0", None), ("-5", None), ("", None),
        ("1:75", None), ("x", None), ("99h", None), ("1e3", None),
    ],
)  # fmt: skip
def test_time_is_typed_as_people_write_it(typed: str, minutes: int | None) -> None:
    assert minutes_of(typed) == minutes


def test_words_follow_the_time() -> None:
    assert time_typed("25 called Kim") == (25, "called Kim")
    assert time_typed("25 min called Kim") == (25, "called Kim")
    assert time_typed("1h30  on  site") == (90, "on site")
    assert time_typed("called Kim") is None
    assert [minutes_words(each) for each in (25, 60, 90)] == ["25 min", "1 h", "1 h 30 min"]


def test_every_relation_has_its_other_side() -> None:
    assert all(relation.inverse.inverse is relation for relation in Relation)
    assert link_of("depends_on:10") == (Relation.DEPENDS_ON, "10")
    assert [link_of(each) for each in ("x:1", "depends_on", "depends_on:")] == [None, None, None]


def test_time_is_an_addition_with_a_note(bench: Bench) -> None:
    (made,) = bench.queued("ticket.time", "TD-2", minutes=25, text="called Kim")
    assert made.kind is OperationKind.COMMENT
    assert made.sets == {"minutes": 25}
    assert made.base == {}
    assert made.text == "Worked 25 min: called Kim"
    view = bench.workbench.reader.ticket(bench.key("TD-2"))
    assert view is not None
    assert view.time_worked == 25
    assert bench.refused("ticket.time", "TD-2", minutes=0).rule == "generic.value"
    assert bench.refused("ticket.time", "TD-2", minutes=5000).rule == "generic.value"


def test_watchers_are_put_on_and_taken_off(bench: Bench) -> None:
    outcome = bench.do("ticket.watch", "TD-6", add=["ravi", "new@example.test"])
    assert isinstance(outcome, Queued)
    assert outcome.words == "watchers +Ravi Kapoor +new@example.test"
    view = bench.workbench.reader.ticket(bench.key("TD-6"))
    assert view is not None
    assert view.watchers == ("Ravi Kapoor", "new@example.test")
    (made,) = bench.queued("ticket.watch", "TD-6", remove=["ravi"])
    assert made.base == {"watchers": ["ravi", "new@example.test"]}
    assert made.sets == {"watchers": ["new@example.test"]}


def test_a_link_names_the_other_ticket_by_its_number(bench: Bench) -> None:
    outcome = bench.do("ticket.link", "TD-2", relation="depends_on", other="TD-3")
    assert isinstance(outcome, Queued)
    assert outcome.words == "links +depends on TD-3"
    view = bench.workbench.reader.ticket(bench.key("TD-2"))
    assert view is not None
    (link,) = view.links
    assert (link.text, link.number, link.words) == ("depends_on:id-3", "TD-3", "depends on")
    (made,) = bench.queued("ticket.unlink", "TD-2", remove=[link.text])
    assert made.sets == {"links": []}


@pytest.mark.parametrize(
    ("other", "rule"),
    [("TD-2", "generic.same"), ("TD-99", "generic.no_ticket"), ("", "generic.no_ticket")],
)
def test_links_and_merges_that_cannot_be(bench: Bench, other: str, rule: str) -> None:
    assert bench.refused("ticket.link", "TD-2", relation="depends_on", other=other).rule == rule
    assert bench.refused("ticket.merge", "TD-2", other=other, confirmed=True).rule == rule


def test_a_merge_asks_and_says_that_it_is_for_good(bench: Bench) -> None:
    asked = bench.do("ticket.merge", "TD-2", other="TD-3")
    assert isinstance(asked, Confirm)
    assert "TD-3 Subject 3" in asked.detail
    assert "nothing brings it back" in asked.detail
    assert "ANOTHER CUSTOMER" not in asked.detail
    (made,) = bench.queued("ticket.merge", "TD-2", other="TD-3", confirmed=True)
    assert made.sets == {"merge_into": "id-3"}
    view = bench.workbench.reader.ticket(bench.key("TD-2"))
    assert view is not None
    assert view.merging_into == "TD-3"
    assert bench.refused("ticket.merge", "TD-1", other="TD-2", confirmed=True).rule == "generic.merge"


def test_a_merge_with_another_customers_ticket_is_shouted(bench: Bench) -> None:
    asked = bench.do("ticket.merge", "TD-2", other="TD-6")
    assert isinstance(asked, Confirm)
    assert "ANOTHER CUSTOMER" in asked.detail


def test_a_desk_says_what_it_cannot(bench: Bench) -> None:
    bench.workbench.capabilities = Capabilities(
        guarantee=Guarantee.C, keys=False, precondition=True, tombstones=True, settable=("status",)
    )
    assert "no working time" in bench.refused("ticket.time", "TD-2", minutes=5).why
    assert "no watchers" in bench.refused("ticket.watch", "TD-2", add=["ravi"]).why
    refused = bench.refused("ticket.link", "TD-2", relation="refers_to", other="TD-3")
    assert "no links" in refused.why
    assert "cannot merge" in bench.refused("ticket.merge", "TD-2", other="TD-3", confirmed=True).why


def test_subjects_are_alike_by_their_words() -> None:
    assert likeness("Printer 4 offline", "RE: printer 4 OFFLINE!") == 1
    assert likeness("Printer offline", "Phones offline") == pytest.approx(1 / 3)
    assert likeness("...", "...") == 0


def test_the_likely_ones_stand_first(bench: Bench) -> None:
    reader = bench.workbench.reader
    row = reader.row(bench.key("TD-2"))
    assert row is not None

    def other(key: int, subject: str, requester: str = "Kim", **more: Any) -> Row:
        return msgspec.structs.replace(
            row, key=key, number=f"TD-{key}", subject=subject, requester_name=requester, **more
        )

    mine = msgspec.structs.replace(
        row, subject="Printer 4 is offline", requester_name="Kim", organisation_name="Acme"
    )
    acme, elsewhere = {"organisation_name": "Acme"}, {"organisation_name": "Other Ltd"}
    others = [
        other(901, "New laptop", "Lee", **acme),
        other(902, "Choppy audio", "Pat", **elsewhere),
        other(903, "Second screen", **acme),
        other(904, "Printer 4 is offline again", "Lee", **acme),
        other(905, "RE: Printer 4 is offline", **acme),
        mine,
    ]
    opened = (902, 904)
    found = likely(mine, others, opened)
    assert [each.key for each in found] == [905, 904, 903, 902, 901]
    assert [likely_words(mine, each, opened).split(" · ")[1:] for each in found] == [
        ["same requester", "alike"],
        ["Lee", "alike", "just looked at"],
        ["same requester"],
        ["Pat", "Other Ltd", "just looked at"],
        ["Lee"],
    ]
    assert [each.key for each in likely(mine, others)][-2:] == [901, 902]  # of the like, the order stays
