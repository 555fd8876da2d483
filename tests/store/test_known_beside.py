"""What the site's own files know of a customer counts for the clocks in the lists."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from techdesk.rules.customer import Customer, CustomerBook, completed
from techdesk.sla.evaluation import Evaluation
from techdesk.sla.history import History
from techdesk.store.database import Database
from tests.store.desk import HOUR, NOW, PlainBook, page, ticket


class Regional(PlainBook):
    """Due an hour later in a region, an hour sooner for a VIP."""

    def evaluate(self, policy_name: str, history: History, now: int) -> Evaluation:
        self.hour = HOUR * (4 if history.region == "US" else 2 if not history.vip else 1)
        return super().evaluate(policy_name, history, now)


def book(**facts: object) -> CustomerBook:
    customer = Customer(name="Acme Logistics", **facts)  # type: ignore[arg-type]
    return CustomerBook(customers={"acme logistics": customer})


@pytest.mark.parametrize(
    ("facts", "hours", "vip"),
    [
        ({}, 2, False),
        ({"vip": ("cleo@acme.example",)}, 1, True),
        ({"vip": ("somebody@acme.example",)}, 2, False),
        ({"region": "US"}, 4, False),
    ],
)
def test_a_vip_and_a_region_of_a_file_count_as_the_desks_do(
    tmp_path: Path, facts: dict[str, object], hours: int, vip: bool
) -> None:
    database = Database.open(tmp_path, Regional(), complete=partial(completed, book=book(**facts)))
    feed = database.feed()
    feed.apply(page(ticket(1, priority=1, requester="c1", organisation="o1", created=NOW)), now=NOW)
    reader = database.reader()
    (row,) = reader.rows(reader.keys(None, "urgency", me="u1", now=NOW))
    assert row.clock.order == NOW + hours * HOUR
    assert row.vip is vip
    assert reader.evaluation(row.key, NOW).row.order == NOW + hours * HOUR
    assert reader.history(row.key).vip is vip
    database.close()


def test_where_the_desk_names_a_region_that_one_stands() -> None:
    history = History(created=NOW, status=ticket(1).status, organisation="Acme Logistics", region="CH")
    assert completed(history, book(region="US")).region == "CH"
    assert completed(history, CustomerBook()) is history


def test_other_facts_of_the_clocks_are_another_fingerprint_and_others_are_not() -> None:
    assert book().fingerprint() == book(tier="Gold").fingerprint() == ""
    told = {book(region="US").fingerprint(), book(region="IT").fingerprint(), book(vip=("x",)).fingerprint()}
    assert len(told) == 3
    assert not any(" " in each for each in told), "it is kept beside other words"
