"""What happens at which second of running time."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from techdesk.demo.cast import DUNMORE, HARBOUR, LENA, OMAR, RAVI, TASMAN, Customer
from techdesk.demo.desk import Desk
from techdesk.demo.incidents import tell
from techdesk.model import Channel, Direction, Status, Visibility


class Step(Struct, frozen=True, kw_only=True):
    """One act."""

    at: float
    """Seconds of running time."""
    act: Callable[[Desk], None]


def _scene(desk: Desk, name: str) -> int:
    """The first ticket of a scene; 0 where it is gone."""
    row = desk.storage.sql.execute(
        "SELECT id FROM tickets WHERE scene = ? AND gone = '' ORDER BY id LIMIT 1", (name,)
    ).fetchone()
    return int(row[0]) if row else 0


def _ravi_changes(desk: Desk) -> None:
    """The ticket that you are just editing."""
    ticket = _scene(desk, "conflict:ravi")
    if ticket:
        desk.set(RAVI, ticket, {"owner": RAVI, "priority": 2, "status": Status.OPEN})
        desk.add_message(
            RAVI,
            ticket,
            "Customer called: site B is down as well. Raised to P2 and took it.",
            visibility=Visibility.INTERNAL,
        )


def _writes_again(scene: str, text: str) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        ticket = _scene(desk, scene)
        row = desk.storage.sql.execute("SELECT requester FROM tickets WHERE id = ?", (ticket,)).fetchone()
        if row:
            desk.add_message(row[0], ticket, text, direction=Direction.INBOUND, channel=Channel.EMAIL)

    return act


def _omar_answers(desk: Desk) -> None:
    ticket = _scene(desk, "state:dynamix:new")
    if ticket:
        desk.set(OMAR, ticket, {"owner": OMAR, "status": Status.OPEN})
        desk.add_message(
            OMAR, ticket, "Hello,\n\nI have your ticket and look into it now.\n\nOmar", channel=Channel.EMAIL
        )


def _lena_notes(desk: Desk) -> None:
    ticket = _scene(desk, "state:data-dynamics:escalated")
    if ticket:
        desk.add_message(
            LENA, ticket, "Engineering reproduced it, a patch is being built.", visibility=Visibility.INTERNAL
        )


def _arrives(number: int, customer: Customer, channel: Channel, **values: int) -> Callable[[Desk], None]:
    def act(desk: Desk) -> None:
        person = customer.person(number)
        story = tell(customer, 40 + number, name=person.name)
        desk.open_ticket(
            person.id,
            requester=person.id,
            organisation=customer.id,
            text=story.opening,
            values={
                "subject": story.subject,
                "queue": customer.queue,
                "channel": channel,
                "kind": story.kind,
                **values,
            },
            scene="arrival",
        )

    return act


_ARRIVAL_EVERY = 90.0
_ARRIVALS = (
    _arrives(1, DUNMORE, Channel.EMAIL),
    _arrives(2, TASMAN, Channel.PORTAL, severity=3),
    _arrives(3, DUNMORE, Channel.PORTAL, priority=3),
    _arrives(4, HARBOUR, Channel.PHONE, priority=2),
    _arrives(5, DUNMORE, Channel.MONITORING, priority=1),
    _arrives(6, DUNMORE, Channel.EMAIL),
)

PLOT: tuple[Step, ...] = tuple(
    sorted(
        (
            Step(at=45, act=_ravi_changes),
            Step(
                at=60,
                act=_writes_again(
                    "again:dynamix",
                    "Hello, it is back: the same drop again, twice already. Please reopen.",
                ),
            ),
            Step(
                at=60.5,
                act=_writes_again(
                    "again:wildix", "Guten Tag, the same fault again since today. Can you look once more?"
                ),
            ),
            Step(at=120, act=_omar_answers),
            Step(at=170, act=_lena_notes),
            *(
                Step(at=_ARRIVAL_EVERY * (number + 1), act=_ARRIVALS[number % len(_ARRIVALS)])
                for number in range(4 * len(_ARRIVALS))
            ),
        ),
        key=lambda step: step.at,
    )
)
