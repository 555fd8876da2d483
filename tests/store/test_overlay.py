"""The arithmetic of laying unsent operations over a ticket, without a database."""

from __future__ import annotations

from techdesk.model import OperationKind, Status
from techdesk.store.overlay import lay_over, number_of, of_base, value_in
from tests.store.desk import DAY, NOW, operation, reply, ticket


def test_an_unsent_change_is_the_last_in_the_log_even_if_the_desks_is_younger() -> None:
    fields = of_base(ticket(1))
    lay_over(fields, [operation(1, sets={"priority": 1}, created=NOW - 100)], newest=NOW)
    assert [(change.at, change.old, change.new) for change in fields.changes] == [(NOW, "3", "1")]


def test_setting_what_is_so_already_is_no_change() -> None:
    fields = of_base(ticket(1))
    lay_over(fields, [operation(1, sets={"priority": 3, "status": "open", "owner": None})], newest=0)
    assert fields.changes == []


def test_closing_and_reopening_unsent() -> None:
    fields = of_base(ticket(1))
    close = operation(1, sets={"status": "closed", "close_reason": "standard"}, created=NOW - DAY)
    lay_over(fields, [close], newest=0)
    assert (fields.closed, fields.close_reason) == (NOW - DAY, "standard")
    lay_over(fields, [operation(1, sets={"status": "open"})], newest=0)
    assert (fields.status, fields.closed, fields.close_reason) == (Status.OPEN, None, "")


def test_only_a_reply_is_public() -> None:
    fields = of_base(ticket(1))
    lay_over(fields, [reply(1), operation(1, OperationKind.COMMENT, text="x")], newest=0)
    assert [fact.visibility for fact in fields.messages] == ["public", "internal"]


def test_values_that_make_no_sense_change_nothing() -> None:
    fields = of_base(ticket(1))
    lay_over(fields, [operation(1, sets={"status": "no such", "colour": "red"})], newest=0)
    assert fields.status is Status.OPEN
    assert [number_of(value) for value in ("7", 7, "x", None, ["1"], "9" * 30)] == [
        7,
        7,
        None,
        None,
        None,
        None,
    ]


def test_base_values_have_the_form_of_an_operations() -> None:
    one = ticket(1, tags=("a",), owner="u1")
    assert [value_in(one, name) for name in ("tags", "status", "owner", "priority", "no_such")] == [
        ["a"],
        "open",
        "u1",
        3,
        None,
    ]
