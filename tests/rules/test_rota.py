"""Who is on call and at the desk, for a moment; expected hours reckoned by hand."""

from __future__ import annotations

from techdesk.model import Person, Role
from techdesk.rules.rota import Duty, Place, Presence, Rota, Shifts, Turn
from techdesk.sla.calendar import Calendar, CalendarSpec
from techdesk.widgets.duty_words import name_of, on_call_words, presence_words

MONDAY = 1_795_392_000  # Mon 23 Nov 2026 00:00 UTC
HOUR, DAY = 3600, 86_400
KIM = Person(id="kim", name="Kim Osei", email="kim@desk.example", role=Role.TECHNICIAN)
RAVI = Person(id="ravi", name="Ravi Kulkarni", email="ravi@desk.example", role=Role.TECHNICIAN)
LENA = Person(id="lena", name="Lena Vogt", email="lena@desk.example", role=Role.TECHNICIAN)
OFFICE = Calendar(CalendarSpec(name="office", zone="UTC", hours=((((9 * HOUR, 17 * HOUR)),),) * 5 + ((), ())))


def shifts(*spans: tuple[int, int]) -> Shifts:
    return Shifts((MONDAY + start * HOUR, MONDAY + end * HOUR) for start, end in spans)


ROTA = Rota(
    on_call=(
        Turn(who="On call: Kim Osei (primary)", hours=shifts((0, 8), (8, 12), (36, 48))),
        Turn(who="ravi@desk.example", hours=shifts((12, 20))),
    ),
    hours=(Turn(who="ravi", hours=OFFICE),),
)


def test_turns_that_touch_are_one_and_the_next_is_somebody_elses() -> None:
    (on,) = ROTA.on_call_at(MONDAY + HOUR)
    assert on == Duty(who="On call: Kim Osei (primary)", begins=MONDAY + HOUR, until=MONDAY + 12 * HOUR)
    following = ROTA.next_on_call(MONDAY + HOUR)
    assert following == Duty(who="ravi@desk.example", begins=MONDAY + 12 * HOUR, until=MONDAY + 20 * HOUR)
    words = on_call_words(ROTA, [KIM, RAVI], MONDAY + HOUR)
    assert words.startswith("Kim Osei to ")
    assert words.endswith(", next Ravi Kulkarni"), "whose turn begins as this one ends needs no hour"


def test_a_gap_has_nobody_and_says_when_somebody_is() -> None:
    at = MONDAY + 25 * HOUR
    assert ROTA.on_call_at(at) == ()
    words = on_call_words(ROTA, [KIM, RAVI], at)
    assert words.startswith("nobody, next Kim Osei from ")


def test_a_rota_that_has_ended_says_so() -> None:
    assert on_call_words(ROTA, [KIM], MONDAY + 9 * DAY) == "nobody: the rota has ended"
    assert ROTA.next_on_call(MONDAY + 9 * DAY) is None


def test_the_last_turn_has_no_next() -> None:
    words = on_call_words(ROTA, [KIM], MONDAY + 40 * HOUR)
    assert words.startswith("Kim Osei to ")
    assert "next" not in words


def test_on_call_stands_before_the_hours_at_the_desk() -> None:
    assert ROTA.presence(RAVI, MONDAY + 13 * HOUR) == Presence(place=Place.ON_CALL, until=MONDAY + 20 * HOUR)
    assert ROTA.presence(RAVI, MONDAY + 10 * HOUR) == Presence(place=Place.HERE, until=MONDAY + 17 * HOUR)
    assert ROTA.presence(RAVI, MONDAY + 21 * HOUR) == Presence(
        place=Place.AWAY, until=MONDAY + DAY + 9 * HOUR
    )


def test_who_stands_in_no_file_is_not_known_and_not_taken_to_be_there() -> None:
    assert ROTA.presence(LENA, MONDAY + 10 * HOUR) is None
    assert presence_words(ROTA, LENA, MONDAY + 10 * HOUR) == "hours not known"
    assert presence_words(Rota(), LENA, MONDAY) == "", (
        "where no file tells of anybody there is nothing to say"
    )
    assert on_call_words(Rota(hours=ROTA.hours), [RAVI], MONDAY) == ""


def test_a_name_is_looked_for_as_a_whole() -> None:
    assert name_of("Primary: kim osei until noon", [KIM, RAVI]) == "Kim Osei"
    assert name_of("Kim Oseiwa", [KIM]) == "Kim Oseiwa"
    assert name_of("\x1b[2Jnobody we know", [KIM]) == "�[2Jnobody we know"


def test_hours_that_never_end_and_turns_side_by_side() -> None:
    always = Calendar(CalendarSpec(name="always", zone="UTC", hours=((((0, DAY)),),) * 7))
    both = Rota(on_call=(Turn(who="kim", hours=always), Turn(who="ravi", hours=shifts((0, 8)))))
    assert [duty.who for duty in both.on_call_at(MONDAY)] == ["ravi", "kim"], "whose turn ends stands first"
    words = on_call_words(both, [KIM, RAVI], MONDAY)
    assert words.startswith("Ravi Kulkarni to ")
    assert words.endswith(" and Kim Osei")
    assert presence_words(both, KIM, MONDAY) == "on call"
