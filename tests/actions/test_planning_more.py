"""Bulk plans of queues, time, links, snoozes, grades and macros: gates and operations as one by one."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.actions.applying import NotApplied, Ready, prepare, queue
from techdesk.actions.grading import levels_for_many
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.actions.questions import asked_values, grade_form_for_many
from techdesk.config.macros import Macro
from techdesk.model import OperationKind, Relation
from techdesk.query import Query, parse
from techdesk.work.plans import Outcome, Plan, shown
from tests.actions.conftest import HOUR, NOW, Bench


def made(bench: Bench, action: str, *numbers: str, **values: Any) -> Plan:
    planner = Planner(bench.workbench, bench.workbench.reader, Asked(action=action, values=values))
    return planner.plan([bench.key(number) for number in numbers])


def ready(bench: Bench, plan: Plan) -> Ready:
    found = prepare(bench.workbench, bench.workbench.reader, plan)
    assert not isinstance(found, NotApplied), found
    return found


def snoozed(bench: Bench, now: int = NOW) -> set[int]:
    query = parse("is:snoozed")
    assert isinstance(query, Query)
    return set(bench.workbench.reader.keys(query, me="", now=now))


def test_moving_to_another_queue_sets_it_and_says_from_where(bench: Bench) -> None:
    queues = bench.workbench.reader.queues()
    rows = {number: bench.workbench.reader.ticket(bench.key(number)) for number in ("TD-2", "TD-5")}
    there = rows["TD-2"]
    assert there is not None
    other = next(each for each in queues if each.id != there.queue)
    plan = made(bench, "ticket.queue", "TD-2", "TD-5", queue=other.id, queue_name=other.name)
    assert plan.title == f"Move to {other.name}"
    done = plan.doing()
    assert done[0].steps[0].sets == {"queue": other.id}
    assert done[0].steps[0].base == {"queue": there.queue}
    assert done[0].words == f"queue {there.row.queue_name} -> {other.name}"
    apply = ready(bench, plan)
    queue(bench.workbench, apply).result(timeout=5)
    bench.workbench.writer.mark_read(0).result(timeout=5)
    again = made(bench, "ticket.queue", "TD-2", queue=other.id)
    assert again.items[0].rule == "generic.same"


def test_time_is_logged_on_each(bench: Bench) -> None:
    plan = made(bench, "ticket.time", "TD-2", "TD-5", minutes=25, text="read the manual")
    assert plan.title == "Log 25 min on each"
    assert [item.steps[0].sets for item in plan.doing()] == [{"minutes": 25}] * 2
    assert ready(bench, plan).tickets[0][0].text == "Worked 25 min: read the manual"
    assert not made(bench, "ticket.time", "TD-2", minutes=0).doing()


def test_a_link_names_the_other_ticket_and_never_itself(bench: Bench) -> None:
    values = {"relation": Relation.DEPENDS_ON.value, "other": "TD-5"}
    plan = made(bench, "ticket.link", "TD-2", "TD-5", **values)
    two, five = plan.items
    assert two.outcome is Outcome.DO
    assert two.steps[0].sets["links"] == ["depends_on:id-5"]
    assert (five.outcome, five.rule) == (Outcome.REFUSED, "generic.same")
    gone = made(bench, "ticket.link", "TD-2", relation="depends_on", other="TD-99999")
    assert gone.items[0].rule == "generic.no_ticket"


def test_many_are_snoozed_together_and_undo_brings_all_back(bench: Bench) -> None:
    plan = made(bench, "ticket.snooze", "TD-2", "TD-5", "TD-4", until=NOW + HOUR)
    assert {item.number: item.outcome for item in plan.items}["TD-4"] is Outcome.REFUSED
    keys = {item.ticket for item in plan.doing()}
    assert keys
    for item in plan.doing():
        assert item.steps[0].kind is OperationKind.COMMENT
        assert "[techdesk-record]" in item.steps[0].text
    queue(bench.workbench, ready(bench, plan)).result(timeout=5)
    assert snoozed(bench) == keys
    assert snoozed(bench, NOW + HOUR) == set()
    outcome = bench.workbench.undo()
    outcome.commit.result(timeout=5)
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert snoozed(bench) == set()


def test_hundreds_come_back_a_few_at_a_time(bench: Bench) -> None:
    bench.workbench.remember_snoozes("b", NOW, NOW + 60, dict.fromkeys(range(1000, 1060), False))
    bench.workbench.writer.mark_read(0).result(timeout=5)
    left = []
    while left == [] or left[-1]:
        bench.workbench.wake(NOW + 60)
        bench.workbench.writer.mark_read(0).result(timeout=5)
        left.append(len(bench.workbench.snoozes()))
    assert left == [35, 10, 0]


def test_what_a_halt_gives_back_is_not_snoozed(bench: Bench) -> None:
    plan = made(bench, "ticket.snooze", "TD-2", "TD-5", until=NOW + HOUR)
    batch = queue(bench.workbench, ready(bench, plan)).result(timeout=5)
    given = bench.workbench.writer.halt_batch(batch, NOW).result(timeout=5)
    assert set(given) == {item.ticket for item in plan.doing()}
    bench.workbench.forget_snoozes(given)
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert snoozed(bench) == set()


def test_a_macro_on_many_is_one_batch_whose_messages_are_counted(bench: Bench) -> None:
    macro = Macro(id="ask", title="Ask", reply="Hello {requester}, any news?", status="waiting", owner="me")
    bench.workbench.macros = {"ask": macro}
    plan = made(bench, "ticket.macro", "TD-2", "TD-5", "TD-4", macro="ask")
    found = shown(plan)
    assert found.doing == len(plan.doing()) > 0
    assert found.messages == found.doing, "a macro's reply is a message"
    assert found.writes == sum(len(item.steps) for item in plan.doing())
    kinds = [step.kind for step in plan.doing()[0].steps]
    assert kinds == [OperationKind.REPLY, OperationKind.UPDATE]
    closed = next(item for item in plan.items if item.number == "TD-4")
    assert closed.outcome is Outcome.REFUSED
    missing = made(bench, "ticket.macro", "TD-2", macro="nothing")
    assert missing.items[0].rule == "generic.macro"


@pytest.mark.parametrize("count", [26])
def test_a_macro_that_writes_to_many_asks_for_the_number(bench: Bench, count: int) -> None:
    from msgspec.structs import replace

    macro = Macro(id="ask", title="Ask", reply="Any news?")
    bench.workbench.macros = {"ask": macro}
    plan = made(bench, "ticket.macro", "TD-2", macro="ask")
    item = plan.doing()[0]
    many = replace(plan, items=tuple(replace(item, ticket=n) for n in range(count)))
    assert many.typed_because() == "more than 25 messages"


def test_a_grade_for_many_is_recorded_with_who_asked_and_why(bench: Bench) -> None:
    """D3: a grade that is set already wants a reason, also in bulk; asked once for all."""
    form = grade_form_for_many("Set the priority", [bench.workbench.book.get("dynamix")])
    assert form is not None
    assert [field.name for field in form.fields] == ["asked", "caller", "because"]
    assert grade_form_for_many("Set the priority", []) is None
    query = parse("policy:dynamix status:active prio:any")
    assert isinstance(query, Query)
    reader = bench.workbench.reader
    row = reader.row(reader.keys(query, me="", now=NOW)[0])
    assert row is not None
    wanted = 1 if row.priority != 1 else 2
    silent = made(bench, "ticket.priority", row.number, level=wanted)
    told = made(
        bench, "ticket.priority", row.number, level=wanted, **asked_values({"because": "the whole site"})
    )
    assert "needs a reason" in silent.items[0].warning
    assert "needs a reason" not in told.items[0].warning
    assert any("the whole site" in step.text for step in told.items[0].steps)


def test_levels_of_many_are_in_the_words_of_each_policy(bench: Bench) -> None:
    book = bench.workbench.book
    levels = levels_for_many([(book.get("wildix"), 2), (book.get("dynamix"), 5)])
    assert levels[0].label.startswith("P1 / ")
    assert (levels[0].level, levels[0].fits) == (1, 7)
    assert [each.label for each in levels_for_many([(None, 3)])] == ["P1", "P2", "P3", "P4", "P5"]
