"""Undo after the hold: the opposite is sent where it may be, and where not, that was said before."""

from __future__ import annotations

from techdesk.actions.outcomes import Confirm, Queued, Refused
from techdesk.desks.port import Accepted, Page, Prepared
from techdesk.model import Operation, Status
from tests.actions.conftest import HOUR, NOW, Bench, make_ticket


def sent(bench: Bench, action: str, number: str, **values: object) -> list[Operation]:
    """Do it, and let the desk have it; ``after``: what the ticket looks like there then."""
    after = values.pop("after")
    made = bench.queued(action, number, confirmed=True, **values)
    feed = bench.database.feed()
    page = Page(tickets=(after,), cursor="", more=False)
    for operation in made:
        feed.mark_sent(operation.key, Prepared(body=b"{}"), NOW)
        feed.accept(operation.key, Accepted(page=page, ticket_id=operation.ticket_id), NOW)
    feed.close()
    return made


def test_the_opposite_of_an_assignment_asks_and_is_sent(bench: Bench) -> None:
    sent(bench, "ticket.assign", "TD-2", owner="ravi", after=make_ticket(2, owner="ravi", revision=2))
    asked = bench.workbench.undo()
    assert isinstance(asked, Confirm)
    assert "owner" in asked.question
    assert "It has been sent" in asked.question
    assert asked.detail.startswith(
        "The desk has: owner you -> Ravi Kapoor. With yes it gets a change of its own: owner Ravi Kapoor ->"
        " you, after 5 s. No message to the customer goes with it; r writes one."
    )
    outcome = bench.workbench.undo(confirmed=True, batch=bench.workbench.last_sent()[0].batch)
    assert isinstance(outcome, Queued)
    (made,) = bench.operations(outcome.commit.result(timeout=5))
    assert (made.sets, made.base) == ({"owner": "bea"}, {"owner": "ravi"})


def test_the_opposite_of_a_close_is_to_reopen_with_the_gates(bench: Bench) -> None:
    after = make_ticket(5, status=Status.CLOSED, revision=2, closed=NOW)
    sent(bench, "ticket.close", "TD-5", reason="standard+call", after=after)
    asked = bench.workbench.undo()
    assert isinstance(asked, Confirm)
    assert "reopen" in asked.question
    outcome = bench.workbench.undo(confirmed=True)
    assert isinstance(outcome, Queued)
    (made,) = bench.operations(outcome.commit.result(timeout=5))
    assert made.sets["status"] == "open"


def test_what_a_colleague_changed_since_is_left_alone(bench: Bench) -> None:
    sent(bench, "ticket.assign", "TD-2", owner="ravi", after=make_ticket(2, owner="kim", revision=2))
    outcome = bench.workbench.undo()
    assert isinstance(outcome, Refused)
    assert outcome.rule == "generic.changed_since"


def test_a_message_is_final_and_it_said_so_before(bench: Bench) -> None:
    outcome = bench.do("ticket.reply", "TD-2", text="We come.", confirmed=True)
    assert isinstance(outcome, Queued)
    assert outcome.final == "then it is final"
    (made,) = bench.operations(outcome.commit.result())
    feed = bench.database.feed()
    feed.mark_sent(made.key, Prepared(body=b"{}"), NOW)
    feed.accept(made.key, Accepted(page=Page(cursor="", more=False), ticket_id="id-2"), NOW)
    feed.close()
    refused = bench.workbench.undo()
    assert isinstance(refused, Refused)
    assert refused.rule == "generic.final"

    assert "customer of TD-2 has the message" in refused.why


def test_what_can_be_changed_back_is_not_called_final(bench: Bench) -> None:
    outcome = bench.do("ticket.assign", "TD-2", owner="ravi", confirmed=True)
    assert isinstance(outcome, Queued)
    assert outcome.final == ""


def test_what_was_sent_long_ago_is_not_offered(bench: Bench) -> None:
    sent(bench, "ticket.assign", "TD-2", owner="ravi", after=make_ticket(2, owner="ravi", revision=2))
    bench.clock.advance(2 * HOUR)
    outcome = bench.workbench.undo()
    assert isinstance(outcome, Refused)
    assert outcome.rule == "generic.nothing_to_undo"


def test_undo_speaks_of_you_as_the_change_did(bench: Bench) -> None:
    """It named you by your name, as if a third had taken the ticket."""
    sent(bench, "ticket.assign", "TD-2", owner="ravi", after=make_ticket(2, owner="ravi", revision=2))
    taking = bench.do("ticket.assign", "TD-2", owner="bea", confirmed=True)
    assert isinstance(taking, Queued)
    taking.commit.result(timeout=5)
    undone = bench.workbench.undo()
    assert isinstance(undone, Queued)
    done = taking.words
    assert done.endswith("-> you")
    assert undone.words == f"taken back: {done}"
    undone.commit.result(timeout=5)
    asked = bench.workbench.undo()
    assert isinstance(asked, Confirm)
    assert asked.detail.startswith("The desk has: owner you -> ")
