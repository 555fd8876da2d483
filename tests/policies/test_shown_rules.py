"""Rules that refuse nothing: what they promise is shown, offered or counted."""

from __future__ import annotations

from pathlib import Path

from techdesk.actions.grading import grade_choices
from techdesk.actions.policy_words import filled_words
from techdesk.config.macros import Canned
from techdesk.model import Channel, Direction, Visibility
from techdesk.query import parse
from techdesk.screens.choosing import CHANNELS
from techdesk.sla.evaluation import Metric
from techdesk.sla.history import MessageFact
from techdesk.sla.policy import Policy
from tests.actions.conftest import NOW, Bench
from tests.policies.running import Desk, ticket
from tests.policies.test_rules import BOOK, shipped


def test_every_channel_of_dynamix_opens_a_ticket_and_is_offered() -> None:
    """D1: phone, e-mail, form and chat; the form of a new ticket names them all."""
    offered = set(CHANNELS)
    for channel in (Channel.PHONE, Channel.EMAIL, Channel.PORTAL, Channel.CHAT):
        rule = shipped("dynamix").channel(channel)
        assert rule is not None
        assert rule.opens
        assert channel in offered


def test_what_misses_its_objective_today_is_one_limit(tmp_path: Path) -> None:
    """D16: what is late or will be within a day, for whoever looks; every agent of a customer (PH6) sees the
    customer's cases by another."""
    bench = Bench(tmp_path / "profile")
    reader = bench.workbench.reader

    def numbers(limit: str) -> set[str]:
        keys = reader.keys(parse(limit), me="bea", now=NOW)
        rows = (reader.row(key) for key in keys)
        return {row.number for row in rows if row is not None}

    late = numbers("sla:<24h org:dunmore")
    assert "TD-2" in late, "its escalation after four hours is over"
    assert numbers('org:"Tasman Phones"') == {"TD-6"}
    bench.database.close()


def refers(policy: Policy, resolution: str) -> tuple[str, str]:
    """Whom a way to end work sends the customer to, and the words for it."""
    way = next(each for each in policy.rulebook.resolutions if each.id == resolution)
    template = policy.rulebook.template(way.template)
    assert template is not None
    return way.refers_to, template.text


def test_what_is_not_support_ends_with_words_and_a_way_on(tmp_path: Path) -> None:
    """W11 (pre-sales, the documentation) and DD17 (services, licences): how it ended brings both."""
    bench = Bench(tmp_path / "profile")
    row = bench.workbench.reader.row(bench.key("TD-9"))
    assert row is not None
    for name, way in (("wildix", "sales"), ("wildix", "documentation"), ("data-dynamics", "sales")):
        _, text = refers(shipped(name), way)
        values = {"number": row.number, "reason": "consulting", "section": "1"}
        made = filled_words(Canned(id="x", title="x", text=text), values, None, NOW)
        assert made.text
        assert not made.unknown
    assert refers(shipped("data-dynamics"), "sales")[0]
    bench.database.close()


def test_what_may_be_said_of_a_fix_stands_beside_the_severity() -> None:
    """DD5: by the severity, in the picker."""
    policy = shipped("data-dynamics")
    choices = grade_choices(policy, BOOK, ticket(NOW, severity=2, kind="Problem"), NOW)
    told = {choice.level: choice.detail() for choice in choices if choice.axis == "severity"}
    assert "a fix: a patch at once" in told[1]
    assert "a fix: in the next service pack" in told[2]
    assert "a fix: not promised" in told[4]


def test_updates_go_on_after_the_first_answer() -> None:
    """DD11: each message of the customer that nobody answered has a clock of its own."""
    desk = Desk("data-dynamics", "America/Chicago")
    start = desk.at("2026-11-02 09:00")
    messages = (
        MessageFact(at=start, direction=Direction.INBOUND, visibility=Visibility.PUBLIC),
        MessageFact(at=start + 600, direction=Direction.OUTBOUND, visibility=Visibility.PUBLIC),
        MessageFact(at=start + 7200, direction=Direction.INBOUND, visibility=Visibility.PUBLIC),
    )
    evaluation = desk.evaluate(
        "2026-11-02 09:00", "2026-11-02 12:00", severity=1, priority=2, kind="Problem", messages=messages
    )
    (state,) = [each for each in evaluation.targets if each.metric is Metric.NEXT_RESPONSE]
    assert state.due == start + 7200 + 4 * 3600
