"""Whom to give a ticket: the likely first, with how much they have to do."""

from __future__ import annotations

from techdesk.model import Person, Queue, Role
from techdesk.rules.customer import CustomerBook
from techdesk.rules.rota import Rota, Shifts, Turn
from techdesk.screens.choosing import owner_choices, queue_choices
from techdesk.screens.pick import Pick
from techdesk.store.loads import Load
from techdesk.widgets.choice_list import ChoiceList
from tests.screens.conftest import settled
from tests.screens.desk_fixture import screen_text
from tests.screens.seeded import Desk
from tests.screens.test_queue import an_app

PEOPLE = [Person(id=name[0], name=name, role=Role.TECHNICIAN) for name in ("Ada", "Bea", "Cy", "Dov", "Eli")]


def test_the_likely_come_first() -> None:
    loads = {"A": Load(3), "B": Load(1_200, recent=1), "C": Load(4), "D": Load(0, here=7), "E": Load(9)}
    book = CustomerBook(teams={"swat": ("D",)})
    choices = owner_choices(
        PEOPLE, loads, me="E", current="C", queue="Voice", customers=book, rota=Rota(), now=0
    )
    assert [choice.id for choice in choices] == ["E", "C", "B", "D", "A", ""]
    details = {choice.id: choice.detail for choice in choices}
    assert details["C"] == "has it now · 4 open"
    assert details["D"] == "0 open · swat · 7 in Voice"
    assert details["B"] == "1,200 open"


def test_hours_are_told_and_who_is_away_comes_after_the_others_of_the_like() -> None:
    here, away = Shifts([(0, 3_600)]), Shifts([(86_400, 90_000)])
    rota = Rota(hours=(Turn(who="A", hours=away), Turn(who="C", hours=here), Turn(who="D", hours=away)))
    loads = {"D": Load(9, here=7)}
    choices = owner_choices(
        PEOPLE, loads, me="E", current="", queue="Voice", customers=CustomerBook(), rota=rota, now=0
    )
    assert [choice.id for choice in choices] == ["E", "D", "B", "C", "A", ""]
    details = {choice.id: choice.detail for choice in choices}
    assert details["B"] == "hours not known"
    assert details["C"].startswith("here to ")
    assert details["D"].startswith("away to ")
    assert details["D"].endswith("9 open · 7 in Voice")


def test_queues_tell_their_load() -> None:
    queues = [Queue(id="1", name="Voice"), Queue(id="2", name="Network")]
    choices = queue_choices(queues, {"1": 5}, current="1")
    told = [(choice.id, choice.detail) for choice in choices]
    assert told == [("1", "it is here now · 5 open"), ("2", "0 open")]
    assert [choice.detail for choice in queue_choices(queues, {})] == ["", ""]


async def test_a_burst_of_keys_chooses_from_the_list(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("A")
        await settled(pilot)
        assert isinstance(app.screen, Pick)
        assert "Bea Moreau (you)" in screen_text(app)
        current = app.screen.query_one(ChoiceList).current
        assert current is not None
        assert current.label == "Bea Moreau (you)"
        assert current.detail.startswith(("7 open", "has it now · 7 open"))
        await pilot.press(*"len", "enter")
        await settled(pilot)
        await pilot.press("A")
        await settled(pilot)
        # Whoever was given one lately stands before those who were not.
        labels = [one.choice.label for one in app.screen.query_one(ChoiceList)._matches]
        assert labels.index("Lena Orth") < labels.index("Ravi Kapoor")
