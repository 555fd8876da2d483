"""Bulk plans: the demo's stale set by name (A2), each ticket through the gates of a single change (A1)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from techdesk.actions.outcomes import Confirm
from techdesk.actions.plan_words import Asked, summary
from techdesk.actions.planning import BULK, Planner
from techdesk.model import Direction, Message, Status, Visibility
from techdesk.work.plans import NotAPlan, Notice, Outcome, Plan, decode, encode
from tests.actions.conftest import HOUR, NOW, Bench, make_ticket, page_of
from tests.actions.demo_bench import DemoBench
from tests.sync.demo_desk import demo_desk


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Plan, dict[str, str]]]:
    """The plan of closing the stale set, and the scene of each ticket by its number."""
    folder = tmp_path_factory.mktemp("demo")
    with demo_desk(folder / "desk") as demo:
        bench = DemoBench(folder / "cache", demo, folder / "desk")

        async def pull() -> None:
            assert await bench.engine.round() is None
            await bench.desk.close()

        asyncio.run(pull())
        keys = bench.stale()
        plan = Planner(bench.workbench, bench.workbench.reader, Asked(action="ticket.close")).plan(list(keys))
        yield plan, {item.number: keys[item.ticket] for item in plan.items}
        bench.database.close()


def scenes_of(plan: Plan, scenes: dict[str, str], outcome: Outcome) -> dict[str, Counter[str]]:
    return {
        group.title: Counter(scenes[item.number].removeprefix("stale:") for item in group.items)
        for group in plan.groups()
        if group.outcome is outcome
    }


def test_the_stale_set_closes_52_and_refuses_44_in_six_groups(stale: tuple[Plan, dict[str, str]]) -> None:
    plan, scenes = stale
    assert summary(plan) == "52 close · 44 refused in 6 groups"
    assert scenes_of(plan, scenes, Outcome.REFUSED) == {
        "Too few unanswered inquiries": {"two-inquiries": 14},
        "The customer spoke last": {"customer-last": 9},
        "No reviewed priority": {"ungraded": 6},
        "Not waiting long enough yet": {"nearly": 6},
        "The customer noted an absence": {"away": 5},
        "Tasks of the first level are open": {"open-tasks": 4},
    }
    assert scenes_of(plan, scenes, Outcome.DO) == {
        "Waited for the customer for more than a week (Data Dynamics 5.5)": {"waiting-week": 20},
        "No answer to three confirmation inquiries (Dynamix 4.2.2)": {"three-inquiries": 18},
        "Account on hold (Dynamix 4.2.2)": {"hold": 8},
        "Support contract expired (Dynamix 4.2.2)": {"contract": 6},
    }


def test_every_ticket_says_why_and_every_refusal_what_to_do(stale: tuple[Plan, dict[str, str]]) -> None:
    plan, scenes = stale
    assert all(item.words for item in plan.items)
    assert all(item.remedy and item.rule for item in plan.left_out())
    week = next(item for item in plan.doing() if scenes[item.number] == "stale:waiting-week")
    assert week.words.startswith("stale ")
    assert week.words.endswith(" d, last reply ours")
    assert [step.sets["status"] for step in week.steps] == ["closed"]
    assert week.steps[0].base["last_customer_message"] == week.evidence


def test_messages_are_counted_and_the_number_is_typed(stale: tuple[Plan, dict[str, str]]) -> None:
    plan, _ = stale
    assert (plan.notice, plan.messages) == (Notice.NOTIFY, 52)
    assert 0 < plan.recipients <= 52
    assert plan.typed_because() == "more than 25 messages"


def test_silence_is_refused_where_the_policy_wants_the_customer_told(
    stale: tuple[Plan, dict[str, str]],
) -> None:
    """Who has had three inquiries has been told; who is closed for an account's standing has not."""
    plan, scenes = stale
    silent = plan.told(Notice.SILENT)
    silenced = [item for item in silent.left_out() if item.outcome is Outcome.DO]
    assert Counter(scenes[item.number] for item in silenced) == {"stale:hold": 8, "stale:contract": 6}
    assert (silent.messages, silent.recipients, silent.typed_because()) == (0, 0, "")
    assert "The policy wants the customer told" in [group.title for group in silent.groups()]
    assert silent.told(Notice.NOTIFY) == plan


def test_a_ticket_is_left_out_and_taken_in_again(stale: tuple[Plan, dict[str, str]]) -> None:
    plan, _ = stale
    some = [item.ticket for item in plan.doing()][:3]
    refused = plan.left_out()[0].ticket
    fewer = plan.toggled([*some, refused])
    assert (fewer.count(Outcome.DO), fewer.count(Outcome.EXCLUDED), fewer.count(Outcome.REFUSED)) == (
        49,
        3,
        44,
    )
    assert fewer.toggled(some) == plan


def test_a_plan_goes_through_a_file(stale: tuple[Plan, dict[str, str]]) -> None:
    plan, _ = stale
    assert decode(encode(plan)) == plan


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"format":1}', b'{"format":99}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_plan_is_told(data: bytes) -> None:
    with pytest.raises(NotAPlan):
        decode(data)


def made(bench: Bench, action: str, *numbers: str, **values: object) -> Plan:
    keys = [bench.key(number) for number in numbers]
    return Planner(bench.workbench, bench.workbench.reader, Asked(action=action, values=values)).plan(keys)


def test_the_gates_are_those_of_a_single_change(bench: Bench) -> None:
    """What a plan refuses, the single change refuses with the same rule and words; what it does, it does."""
    numbers = [f"TD-{number}" for number in range(1, 10)]
    changes: list[tuple[str, dict[str, object]]] = [
        ("ticket.close", {"reason": "no-response"}),
        ("ticket.close", {"reason": "no-answer"}),
        ("ticket.close", {"reason": "solved"}),
        ("ticket.assign", {"owner": "ravi"}),
        ("ticket.assign", {"owner": ""}),
        ("ticket.take", {}),
        ("ticket.priority", {"priority": 1}),
        ("ticket.priority", {"priority": 9}),
        ("ticket.raise", {}),
        ("ticket.lower", {}),
        ("ticket.status", {"status": "waiting"}),
        ("ticket.tag", {"add": ["vpn"]}),
    ]
    seen = Counter()
    for action, values in changes:
        for item in made(bench, action, *numbers, **values).items:
            asked = values | ({"reason": item.reason} if item.reason else {})  # a plan knows both spellings
            outcome = bench.workbench.perform(action, item.ticket, **asked)
            kind = type(outcome).__name__
            seen[kind] += 1
            if item.outcome is Outcome.REFUSED:
                assert kind == "Refused", (action, values, item)
                assert outcome.rule == item.rule
                assert outcome.why == item.words
            else:
                assert kind != "Refused", (action, values, item, outcome)
                assert bool(item.warning) == bool(getattr(outcome, "detail", "")), (action, item, outcome)
                if kind == "Queued":
                    outcome.commit.result(timeout=5)
                    assert bench.workbench.undo().commit.result(timeout=5)
    assert min(seen["Refused"], seen["Queued"], seen["Confirm"]) > 5, "all kinds of answer are compared"


def test_a_close_without_a_reason_takes_the_one_that_holds(bench: Bench) -> None:
    plan = made(bench, "ticket.close", "TD-7", "TD-5", "TD-8", "TD-4")
    chosen = {item.number: (item.outcome, item.reason, item.group) for item in plan.items}
    assert chosen["TD-7"] == (Outcome.DO, "no-answer", "data-dynamics no-answer")
    assert chosen["TD-5"][0::2] == (Outcome.REFUSED, "inquiries")
    assert chosen["TD-8"][0::2] == (Outcome.REFUSED, "to-be-chosen"), "the log proves nothing"
    assert chosen["TD-4"][0] is Outcome.REFUSED


def test_queued_inquiries_do_not_count(bench: Bench) -> None:
    """UX A1: the third inquiry counts when the desk has it."""
    for _ in range(2):
        bench.queued("ticket.reply", "TD-5", text="Is it solved?")
    refused = made(bench, "ticket.close", "TD-5").items[0]
    assert refused.group == "inquiries"
    assert refused.words.startswith("1 of 3 unanswered inquiries")
    assert refused.words.endswith("2 inquiries not yet sent.")


def test_what_waits_for_a_decision_is_not_queued_behind(bench: Bench) -> None:
    operation = bench.queued("ticket.priority", "TD-2", priority=3, confirmed=True)[0]
    feed = bench.database.feed()
    feed.reject(operation.key, "No.", None, NOW)
    item = made(bench, "ticket.priority", "TD-2", priority=4, confirmed=True).items[0]
    assert (item.outcome, item.group) == (Outcome.REFUSED, "blocked")


def test_a_ticket_that_has_gone_is_told(bench: Bench) -> None:
    plan = Planner(bench.workbench, bench.workbench.reader, Asked(action="ticket.take")).plan([9_999])
    assert plan.items[0].outcome is Outcome.CHANGED
    assert plan.groups()[0].title == "No longer here"


def test_what_is_linked_to_an_open_problem_is_closed_with_it_or_not_at_all(bench: Bench) -> None:
    """W10: a key asked about the link, and a bulk run did not."""
    problem = make_ticket(20, organisation="o5", severity=2)
    incident = make_ticket(21, organisation="o5", severity=2, links=("part_of:id-20",))
    feed = bench.database.feed()
    feed.apply(page_of(problem, incident), now=NOW)
    feed.close()
    alone = made(bench, "ticket.close", "TD-21", reason="duplicate").items[0]
    assert (alone.outcome, alone.rule) == (Outcome.REFUSED, "W10")
    assert "TD-20" in alone.words
    together = made(bench, "ticket.close", "TD-21", "TD-20", reason="duplicate")
    assert together.count(Outcome.DO) == 2
    waiting = made(bench, "ticket.status", "TD-21", status="waiting").items[0]
    assert waiting.outcome is Outcome.DO, "only closing asks"


def test_a_version_that_only_the_messages_name_counts_in_bulk_as_well(bench: Bench) -> None:
    """DD8: the key read the conversation, and a bulk run did not."""
    case = make_ticket(22, organisation="o3", owner="", status=Status.NEW)
    told = Message(
        id="m22",
        ticket="id-22",
        at=NOW - HOUR,
        author="kim",
        direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC,
        body="StorageX 7.6.0 stops at noon.",
    )
    feed = bench.database.feed()
    feed.apply(replace(page_of(case), messages=(told,)), now=NOW)
    feed.close()
    single = bench.do("ticket.take", "TD-22")
    assert isinstance(single, Confirm)
    assert (single.rule, "StorageX 7.6.0 ended" in single.detail) == ("DD8", True)
    item = made(bench, "ticket.take", "TD-22").items[0]
    assert (item.rule, "StorageX 7.6.0 ended" in f"{item.words} {item.warning}") == ("DD8", True), item


def test_what_cannot_be_taken_back_is_typed(bench: Bench) -> None:
    """W7: Wildix closes for good, whatever the number; UX 7.2 has that typed."""
    feed = bench.database.feed()
    feed.apply(page_of(make_ticket(9, organisation="o5", status=Status.RESOLVED, revision=2)), now=NOW)
    feed.close()
    plan = made(bench, "ticket.close", "TD-9", "TD-7")
    assert (plan.count(Outcome.DO), plan.final) == (2, 1)
    assert plan.typed_because() == "1 cannot be taken back"
    assert plan.toggled([bench.key("TD-9")]).typed_because() == ""


def test_not_everything_is_done_in_bulk(bench: Bench) -> None:
    with pytest.raises(ValueError, match="one ticket at a time"):
        Planner(bench.workbench, bench.workbench.reader, Asked(action="ticket.reply"))
    for each in BULK:
        assert Planner(bench.workbench, bench.workbench.reader, Asked(action=each))
