"""The stale set: 96 tickets that look as if they could be closed; 52 can, 44 cannot, for six reasons.

Which and why is for the policies to find out; the scene names tell what was meant (POLICIES 2.1 D9-D12,
2.4 Z1, 2.5 DD7). None of them runs a countdown, so the live fuses stay on top of the list.
"""

from __future__ import annotations

from techdesk.demo.case import DAY, HOUR, MINUTE, Case
from techdesk.demo.cast import BEA, DATALITH, DUNMORE, GREYFORD, HARBOUR, OLDFIELD, RAVI, Customer
from techdesk.demo.incidents import chapter
from techdesk.model import Channel, Status

WEEK = 7 * DAY
_OWNERS = (BEA, BEA, RAVI)

_INQUIRIES = (
    (
        "Hello {name},\n\na short question: has the problem been resolved for you? If we hear nothing we ask"
        " once"
        " or twice more and close the ticket then.\n\n{me}"
    ),
    (
        "Hello {name},\n\nwe have not heard from you yet. Could you please confirm that the problem has been"
        " resolved?\n\n{me}"
    ),
)


def stale() -> list[Case]:
    """All 96."""
    return [
        *_waiting_a_week(),
        *_inquired(18, times=3, scene="stale:three-inquiries"),
        *_account(6, OLDFIELD, "stale:contract"),
        *_account(8, GREYFORD, "stale:hold"),
        *_inquired(14, times=2, scene="stale:two-inquiries"),
        *_spoke_last(),
        *_away(),
        *_nearly(),
        *_never_graded(),
        *_open_tasks(),
    ]


def _asked(scene: str, number: int, asked: int) -> Case:
    """A Data Dynamics ticket that waits for an answer since ``asked``."""
    created = asked - (3 + number % 4) * DAY
    owner = _OWNERS[number % len(_OWNERS)]
    case = Case(
        scene,
        DATALITH,
        created,
        story=chapter(scene) + number,
        who=number,
        priority=2 + number % 2,
        severity=3 + number % 2,
    )
    case.take(created + HOUR, owner).reply(
        created + 2 * HOUR,
        owner,
        "Hello,\n\nthank you for the report. I look through what you sent and come back.\n\nSupport",
    )
    case.reply(asked, owner)
    return case.set(asked, owner, status=Status.WAITING)


def _waiting_a_week() -> list[Case]:
    cases = []
    for number in range(20):
        case = _asked(
            "stale:waiting-week", number, -WEEK - (1 + number * 37 % 19) * DAY - number * 17 * MINUTE
        )
        if number % 4 == 0:
            case.reply(
                case.latest + 4 * DAY,
                BEA,
                "Hello,\n\njust a reminder of my question above, so that we can go on.\n\nBea",
            )
        cases.append(case)
    return cases


def _resolved(scene: str, number: int, resolved: int, *, priority: int | None, channel: Channel) -> Case:
    owner = _OWNERS[number % len(_OWNERS)]
    created = resolved - (5 + number % 9) * HOUR
    case = Case(
        scene, DUNMORE, created, story=chapter(scene) + number, who=number, priority=priority, channel=channel
    )
    case.take(created + 20 * MINUTE, owner).reply(created + 40 * MINUTE, owner)
    case.customer_says(created + 3 * HOUR)
    return case.resolve(resolved, owner)


def _inquire(case: Case, number: int, times: int) -> Case:
    """Ask for a confirmation; the resolution notice was the first time (reading 23)."""
    owner = str(case.values["owner"])
    name, me = case.person.name.split()[0], "Bea" if owner == BEA else "Ravi"
    for time in range(times - 1):
        case.reply(
            case.latest + 2 * DAY + number * 11 * MINUTE, owner, _INQUIRIES[time].format(name=name, me=me)
        )
    return case


def _inquired(count: int, *, times: int, scene: str) -> list[Case]:
    channels = (Channel.PORTAL, Channel.PHONE, Channel.EMAIL)
    return [
        _inquire(
            _resolved(
                scene,
                number,
                -(6 + number % 9) * DAY - number * 23 * MINUTE,
                priority=3 + number % 2,
                channel=channels[number % 3],
            ),
            number,
            times,
        )
        for number in range(count)
    ]


def _account(count: int, customer: Customer, scene: str) -> list[Case]:
    """Left lying since the account has no valid contract, or is on hold: never graded, on hold."""
    cases = []
    for number in range(count):
        created = -(15 + number * 5) * DAY - number * 41 * MINUTE
        case = Case(
            scene, customer, created, story=chapter(scene) + number, who=number, channel=Channel.PORTAL
        )
        case.reply(
            created + HOUR,
            BEA,
            "Hello,\n\nthank you for your message. Your account needs to be settled with our account team"
            " before we can"
            " work on it; they know about your request.\n\nBea",
        )
        case.set(created + HOUR, BEA, owner=BEA, status=Status.HOLD)
        cases.append(case)
    return cases


def _spoke_last() -> list[Case]:
    cases = []
    for number in range(5):
        case = _asked("stale:customer-last", 1 + 2 * number, -(9 + number) * DAY)
        cases.append(case.customer_says(-(1 + number) * DAY))
    for number in range(4):
        case = _resolved(
            "stale:customer-last", number, -(9 + number) * DAY, priority=3, channel=Channel.PORTAL
        )
        _inquire(case, number, 3)
        cases.append(
            case.customer_says(-(1 + number) * DAY - HOUR, "Sorry, I was busy. I will test it this week.")
        )
    return cases


def _away() -> list[Case]:
    cases = []
    for number in range(5):
        case = _asked("stale:away", number, -(10 + number) * DAY)
        case.customer_says(
            case.latest + 3 * HOUR,
            "I am out of office for the next three weeks and answer your question when I am back.",
            automatic=True,
        )
        name = case.person.name.split()[0]
        cases.append(
            case.record(
                case.latest + HOUR,
                BEA,
                f"{name} told us before: on leave for three weeks, keep it open.",
                "away",
                until=f"{{at:{(14 + number) * DAY}}}",
            )
        )
    return cases


def _nearly() -> list[Case]:
    """Six that wait for 6 days and 23 hours; two of them reach the week while you watch."""
    left = (60, 120, 35 * MINUTE, 48 * MINUTE, 57 * MINUTE, HOUR)
    return [_asked("stale:nearly", number, -WEEK + seconds) for number, seconds in enumerate(left)]


def _never_graded() -> list[Case]:
    return [
        _inquire(
            _resolved("stale:ungraded", number, -(7 + number) * DAY, priority=None, channel=Channel.EMAIL),
            number,
            3,
        )
        for number in range(6)
    ]


def _open_tasks() -> list[Case]:
    cases = []
    for number, story in enumerate((0, 1, 3, 4)):  # faults: a request has its own list, and Z9 besides
        created = -(12 + number * 2) * DAY
        case = Case("stale:open-tasks", HARBOUR, created, story=story, who=number, priority=4, tags=("l1",))
        case.take(created + 30 * MINUTE).reply(created + HOUR, BEA).set(
            created + HOUR, BEA, status=Status.WAITING
        )
        done = _FIRST_LEVEL[: 3 + number % 3]
        for place, item in enumerate(done):
            at = created + HOUR + place * MINUTE
            case.record(at, BEA, f"Checked: {item}.", "tick", checklist="first-level", item=item, done="yes")
        cases.append(
            case.note(case.latest, BEA, f"First level, {len(done)} of 6; the location of the fault is open.")
        )
    return cases


_FIRST_LEVEL = ("user", "symptoms", "logged", "transient", "authority", "located")
"""Points of the first level's list, in the order in which they get done here."""
