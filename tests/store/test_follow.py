"""A ticket in the place of another: the old one is told, once, when the new one has a number (W7)."""

from __future__ import annotations

import pytest

from techdesk.desks.port import Accepted
from techdesk.model import Operation, OperationKind
from techdesk.store.follow import Follow
from tests.store.desk import NOW, Desk, create, message, page, ticket
from tests.store.test_feed import send


def opened(desk: Desk, *, linked: bool) -> Operation:
    """A follow-up of TD-1, on its way to the desk."""
    desk.pull(ticket(1))
    desk.writer.create(create(base=Follow(ticket_id="1", linked=linked).base())).result(10)
    (made,) = desk.feed.due(NOW + 30)
    send(desk, made.key)
    return made


def told(desk: Desk) -> list[Operation]:
    return [each for each in desk.feed.due(NOW + 60) if each.kind is not OperationKind.CREATE]


ANSWER = Accepted(page=page(ticket(77, subject="Phone is dead")), ticket_id="77")


def test_a_desk_without_links_gets_a_note_on_the_old_ticket(desk: Desk) -> None:
    made = opened(desk, linked=False)
    assert told(desk) == [], "not before it has a number"
    desk.feed.accept(made.key, ANSWER, NOW + 31)
    (note,) = told(desk)
    assert (note.kind, note.ticket_id, note.text) == (OperationKind.COMMENT, "1", "Continued in TD-77.")


def test_a_desk_with_links_links_them(desk: Desk) -> None:
    made = opened(desk, linked=True)
    desk.feed.accept(made.key, ANSWER, NOW + 31)
    (link,) = told(desk)
    assert (link.kind, link.ticket_id, link.sets) == (OperationKind.UPDATE, "77", {"links": ["refers_to:1"]})


@pytest.mark.parametrize("linked", [True, False])
def test_it_is_told_once_however_often_the_answer_comes(desk: Desk, linked: bool) -> None:
    """The feed may bring the new ticket first; and an answer may be heard twice."""
    made = opened(desk, linked=linked)
    desk.pull(ticket(77), messages=(message("m1", 77, operation=made.id),))
    desk.feed.accept(made.key, ANSWER, NOW + 31)
    desk.feed.accept(made.key, ANSWER, NOW + 32)
    assert len(told(desk)) == 1


def test_a_plain_new_ticket_tells_nobody(desk: Desk) -> None:
    desk.pull(ticket(1))
    desk.writer.create(create()).result(10)
    (made,) = desk.reader.operations()
    send(desk, made.key)
    desk.feed.accept(made.key, ANSWER, NOW + 31)
    assert told(desk) == []
