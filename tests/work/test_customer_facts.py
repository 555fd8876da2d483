"""What is known of a customer, as the ticket screen shows it: standing against, unknown, with its source."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from techdesk.model import Channel, Status
from techdesk.policies.book import PolicyBook
from techdesk.rules.customer import Customer
from techdesk.rules.facts import Facts
from techdesk.work.customer_facts import State, banner, customer_lines, fact_lines

NOW = 1_793_714_520
DAY = 86_400
BOOK = PolicyBook.load()


def facts(policy: str, **known: object) -> Facts:
    """A ticket of Acme under a policy; ``known``: what the site's file says of them."""
    customer = Customer(name="Acme", source="customers.toml, 2026-11-01", **known) if known else None
    return Facts(
        number="TD-1",
        subject="x",
        status=Status.OPEN,
        organisation_name="Acme",
        policy=BOOK.get(policy),
        customer=customer,
    )


@pytest.mark.parametrize(
    ("policy", "labels"),
    [
        ("dynamix", {"contract", "hold", "may open", "see every request", "key contacts"}),
        ("phonism", {"emergency on-call", "end users of a reseller", "authorised agents"}),
        ("wildix", {"tier", "end users of a reseller"}),
        ("zynstra", {"service provider"}),
        ("data-dynamics", {"licence", "maintenance plan", "version"}),
    ],
)
def test_what_nobody_knows_is_said_to_be_unknown(policy: str, labels: set[str]) -> None:
    """Unknown is a line of its own: it is never left out, as if all were well."""
    lines = fact_lines(facts(policy), NOW)
    assert {line.label for line in lines} == labels
    assert all(line.state is State.UNKNOWN for line in lines if line.label != "may open")
    assert banner(facts(policy), NOW) == ""
    page = "\n".join(line.words for line in customer_lines(facts(policy), NOW))
    assert "no customer file names them" in page
    assert "never allows" in page


@pytest.mark.parametrize(
    ("policy", "known", "words"),
    [
        ("dynamix", {"on_hold": True}, "account ON HOLD"),
        ("dynamix", {"contract_ends": NOW - DAY}, "contract ENDED 2026-11-02"),
        ("wildix", {"tier": "Bronze", "partner": "Rete Nord"}, "support runs through Rete Nord"),
        ("phonism", {"end_users": True}, "end users of a reseller yes"),
        ("data-dynamics", {"licence_ends": NOW - DAY}, "licence ENDED"),
        (
            "data-dynamics",
            {"product": "StorageX", "version": "7.6.0", "licence_ends": NOW + DAY},
            "GENERAL SUPPORT ENDED",
        ),
    ],
)
def test_what_stands_against_is_a_banner_with_its_source(
    policy: str, known: dict[str, object], words: str
) -> None:
    told = banner(facts(policy, **known), NOW)
    assert told.startswith("! Acme: ")
    assert words in told
    assert told.endswith("(customers.toml, 2026-11-01)")


def test_what_is_in_order_is_no_banner() -> None:
    known = facts("dynamix", on_hold=False, contract_ends=NOW + 10 * DAY)
    assert banner(known, NOW) == ""
    lines = {line.label: (line.words, line.state) for line in fact_lines(known, NOW)}
    assert lines["contract"] == ("to 2026-11-13", State.FINE)
    assert lines["hold"] == ("no", State.FINE)


def test_a_contract_ends_while_one_looks() -> None:
    """The same facts a second later stand against: the screen asks again at each crossing."""
    known = facts("dynamix", contract_ends=NOW + 1)
    assert banner(known, NOW) == ""
    assert "ENDED" in banner(known, NOW + 1)


def test_without_a_policy_nothing_is_asked() -> None:
    assert fact_lines(replace(facts("dynamix", on_hold=True), policy=None), NOW) == []


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PORTAL, Channel.CHAT])
def test_what_is_urgent_is_marked_as_what_should_be_a_call(channel: Channel) -> None:
    """D22: until somebody begins with it."""
    new = replace(facts("dynamix"), channel=channel, priority=1, status=Status.NEW)
    assert "belong on the phone" in banner(new, NOW)
    assert "belong on the phone" in banner(replace(new, customer=Customer(name="Dunmore", on_hold=True)), NOW)
    for other in ({"channel": Channel.PHONE}, {"priority": 3}, {"status": Status.OPEN}):
        assert banner(replace(new, **other), NOW) == ""
