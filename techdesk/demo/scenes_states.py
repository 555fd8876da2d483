"""Scenes about states and people: every state under every policy, reopening, conflicts, special customers."""

from __future__ import annotations

from techdesk.demo.case import DAY, HOUR, MINUTE, Case
from techdesk.demo.cast import (
    ALPENRUF,
    ALPENRUF_SUED,
    BEA,
    DATALITH,
    DUNMORE,
    HARBOUR,
    HARROW,
    LENA,
    OMAR,
    QUARRY,
    RAVI,
    RETE_NORD,
    TASMAN,
    Customer,
)
from techdesk.demo.incidents import chapter
from techdesk.model import Channel, Status

_GRADES: tuple[tuple[Customer, int | None, int | None], ...] = (
    (DUNMORE, 3, None),
    (TASMAN, None, 4),
    (RETE_NORD, None, 2),
    (HARBOUR, 3, None),
    (DATALITH, 2, 3),
)
"""Customer, priority and severity: one row a policy, graded as that policy grades."""


_CHANGE = (
    "Change: move the main number of Dock Street to the new trunk",
    "Hello,\n\nplease move our main number at Dock Street to the new trunk, outside working hours.\n\nYuki",
    "change",
)
"""Subject, first message and kind of a ticket that a key contact has to approve (POLICIES D6)."""


def states() -> list[Case]:
    """Forty: each of eight states under each of five policies."""
    cases: list[Case] = []
    for row, (customer, priority, severity) in enumerate(_GRADES):
        cases += _lives(row, customer, priority, severity)
    return cases


def _lives(row: int, customer: Customer, priority: int | None, severity: int | None) -> list[Case]:
    owners = (BEA, RAVI, OMAR)

    def begin(
        state: str, number: int, age: int, subject: str = "", opening: str = "", kind: str = ""
    ) -> Case:
        # The one customer with emergency on-call has the ticket that nobody has begun (POLICIES PH2).
        whose = HARROW if (customer, state) == (TASMAN, "new") else customer
        return Case(
            f"state:{customer.organisation.policy}:{state}",
            whose,
            -age,
            story=chapter("state") + number,
            who=number,
            subject=subject,
            opening=opening,
            kind=kind,
            priority=priority,
            severity=severity,
            channel=Channel.PORTAL if number % 3 else Channel.PHONE,
        )

    new = begin("new", 0, 50 * MINUTE + row * 7 * MINUTE)
    opened = begin("open", 1, 3 * HOUR)
    opened.take(-170 * MINUTE, owners[row % 3]).reply(-165 * MINUTE, owners[row % 3]).customer_says(-2 * HOUR)
    opened.note(-100 * MINUTE, owners[row % 3]).reply(
        -95 * MINUTE, owners[row % 3], "Thank you, that helps. I come back to you as soon as I have tried it."
    )
    waiting = begin("waiting", 2, 20 * HOUR)
    waiting.take(-19 * HOUR).reply(-18 * HOUR, BEA).set(-18 * HOUR, BEA, status=Status.WAITING)
    change = _CHANGE if customer is DUNMORE else ("", "", "")
    hold = begin("hold", 3, 30 * HOUR, *change)
    hold.take(-29 * HOUR, RAVI).reply(
        -28 * HOUR,
        RAVI,
        "Hello,\n\nas agreed on the phone we do this in the maintenance window of Thursday night.\n\nRavi",
    )
    hold.set(-28 * HOUR, RAVI, status=Status.HOLD)
    escalated = begin("escalated", 4, 95 * MINUTE)
    escalated.take(-90 * MINUTE).reply(-85 * MINUTE, BEA).customer_says(-70 * MINUTE).note(-66 * MINUTE, BEA)
    escalated.escalate(-65 * MINUTE, BEA).set(-60 * MINUTE, LENA, owner=LENA)
    escalated.reply(
        -55 * MINUTE, LENA, "Hello,\n\nI have taken over from Bea and have all the details.\n\nLena"
    )
    resolved = begin("resolved", 5, 26 * HOUR)
    resolved.take(-25 * HOUR).reply(-24 * HOUR, BEA).customer_says(-8 * HOUR)
    if customer is DUNMORE:  # resolved, and nobody has told the customer (POLICIES D8)
        resolved.note(
            -5 * HOUR, BEA, "Solved on the spot with a colleague of theirs. Notice still to be sent."
        )
        resolved.set(-5 * HOUR, BEA, status=Status.RESOLVED)
    else:
        resolved.resolve(-5 * HOUR)
    closed = begin("closed", 6, 5 * DAY)
    closed.take(-5 * DAY + HOUR, RAVI).reply(-5 * DAY + 2 * HOUR, RAVI).customer_says(-5 * DAY + 6 * HOUR)
    closed.resolve(-4 * DAY, RAVI).customer_says(-3 * DAY, closed.story.thanks).close(-3 * DAY + HOUR, RAVI)
    merged = begin("merged", 1, 2 * HOUR + 30 * MINUTE)
    merged.merge_into(-2 * HOUR, owners[row % 3], opened)
    return [new, opened, waiting, hold, escalated, resolved, closed, merged]


def again() -> list[Case]:
    """Four about coming back: two closed ones whose customer writes at +60 s, one reopened, one follow-up."""
    dynamix = Case("again:dynamix", DUNMORE, -3 * DAY, story=1, who=3, priority=3)
    dynamix.take(-3 * DAY + HOUR).reply(-3 * DAY + 2 * HOUR, BEA).customer_says(-3 * DAY + 5 * HOUR)
    dynamix.resolve(-2 * DAY).customer_says(-2 * DAY + 3 * HOUR, dynamix.story.thanks).close(-DAY)
    wildix = Case("again:wildix", ALPENRUF, -4 * DAY, story=5, who=1, severity=2)
    wildix.take(-4 * DAY + HOUR).reply(-4 * DAY + 2 * HOUR, BEA).customer_says(-3 * DAY)
    wildix.resolve(-2 * DAY).customer_says(-2 * DAY + HOUR, wildix.story.thanks).close(-DAY)
    reopened = Case("again:reopened", DUNMORE, -30 * HOUR, story=3, who=4, priority=3)
    reopened.take(-29 * HOUR, RAVI).reply(-28 * HOUR, RAVI).customer_says(-27 * HOUR).resolve(
        -20 * HOUR, RAVI
    )
    reopened.customer_says(-19 * HOUR, reopened.story.thanks).close(-18 * HOUR, RAVI)
    reopened.customer_says(-2 * HOUR, "I am afraid it is back, the same as before.")
    reopened.set(-110 * MINUTE, RAVI, status=Status.OPEN, close_reason="")
    reopened.reply(
        -100 * MINUTE, RAVI, "Sorry to hear that. I have reopened your ticket and look at it now.\n\nRavi"
    )
    follow_up = Case(
        "again:follow-up",
        ALPENRUF,
        -75 * MINUTE,
        who=1,
        severity=2,
        subject="Follow-up: base at Sonthofen reboots again",
        opening="Guten Tag,\n\nRef {reference}: that ticket is closed, so here is a new one as you ask for"
        " it. The base"
        " rebooted again this night although the energy plan is off.\n\nAnneliese Huber",
    )
    follow_up.reference = wildix
    return [dynamix, wildix, reopened, follow_up]


def conflicts() -> list[Case]:
    """Five on which the script reacts (script.py): the names say how."""
    ravi = Case("conflict:ravi", DUNMORE, -2 * HOUR, story=1, who=2, priority=3)
    ravi.take(-110 * MINUTE).reply(-100 * MINUTE, BEA).customer_says(-40 * MINUTE)
    reply = Case("conflict:reply", DUNMORE, -28 * HOUR, story=3, who=5, priority=3)
    reply.take(-27 * HOUR).reply(-26 * HOUR, BEA).customer_says(-24 * HOUR).resolve(-8 * HOUR)
    reply.customer_says(-3 * HOUR, reply.story.thanks)
    busy = Case("conflict:busy", DUNMORE, -9 * HOUR, story=4, who=6, priority=4)
    busy.take(-8 * HOUR).reply(-7 * HOUR, BEA).customer_says(-5 * HOUR)
    locked = Case(
        "conflict:forbidden",
        DUNMORE,
        -6 * HOUR,
        who=1,
        priority=4,
        subject="Access log of the personnel folder, confidential",
        opening="Hello,\n\nplease send me, and only me, the list of accounts that opened the personnel"
        " folder last month."
        " It is for the works council.\n\nPatricia Lund",
        kind="request",
        queue="requests",
    )
    locked.set(-5 * HOUR, RAVI, owner=RAVI)
    skew = Case(
        "conflict:skew",
        DUNMORE,
        -5 * HOUR,
        who=4,
        priority=4,
        subject="Time on the workstations at Dock Street is 40 seconds behind",
        opening="Hello,\n\nall workstations at Dock Street are 40 seconds slow, the door system next to them"
        " is right. Our"
        " time sheets do not match any more.\n\nLee",
    )
    skew.take(-4 * HOUR).reply(
        -200 * MINUTE,
        BEA,
        "Hello Lee,\n\nwhich time server do they ask? `w32tm /query /source` on one of them tells.\n\nBea",
    )
    return [ravi, reply, busy, locked, skew]


def special() -> list[Case]:
    """Twelve: two VIPs, two for SWAT, one on an unsupported version, one problem with its six incidents."""
    vips = [
        Case("special:vip", DUNMORE, -5 * HOUR, story=5, who=1, priority=3, tags=("vip",)),
        Case("special:vip", TASMAN, -90 * MINUTE, story=2, who=1, severity=4, tags=("vip",)),
    ]
    swat = []
    for number, age in enumerate((70 * MINUTE, 160 * MINUTE)):
        case = Case(
            "special:swat",
            DATALITH,
            -age,
            story=number,
            who=number,
            priority=1,
            severity=1,
            queue="swat",
            tags=("swat",),
        )
        case.take(-age + 5 * MINUTE, LENA).reply(-age + 12 * MINUTE, LENA).customer_says(-age + 40 * MINUTE)
        case.reply(
            -age + 45 * MINUTE, LENA, "Thank you. Development has the bundle, I stay on the line.\n\nLena"
        )
        swat.append(case)
    old = Case(
        "special:unsupported",
        QUARRY,
        -4 * HOUR,
        who=0,
        priority=3,
        severity=3,
        subject="Scan agent 3.1 crashes on start at Tempe",
        opening="The scan agent on our Tempe server crashes on start since the last operating system patch."
        " Version 3.1.\n\n"
        "Nadia",
        tags=("version-3.1",),
    )
    problem = Case(
        "special:problem",
        RETE_NORD,
        -6 * HOUR,
        who=0,
        severity=2,
        kind="known-problem",
        subject="Known problem: carrier in Lombardy loses inbound calls",
        opening="We see it on all our sites and our colleagues of other partners report the same: inbound"
        " calls over the"
        " carrier's gateway in Milan fail about every third time.\n\nGiulia",
        tags=("problem-7",),
        owner=RAVI,
    )
    problem.set(-350 * MINUTE, RAVI, status=Status.VENDOR)
    problem.reply(
        -345 * MINUTE,
        RAVI,
        "Hello Giulia,\n\nthe carrier confirms a fault of its Milan gateway. We announced it"
        " on the status page and write to all who are affected.\n\nRavi",
    )
    incidents = []
    for number, customer in enumerate(
        (RETE_NORD, RETE_NORD, RETE_NORD, ALPENRUF_SUED, ALPENRUF_SUED, RETE_NORD)
    ):
        person = customer.person(number)
        site = customer.sites[number % len(customer.sites)]
        case = Case(
            "special:incident",
            customer,
            -330 * MINUTE + number * 25 * MINUTE,
            requester=person,
            severity=2,
            subject=f"Inbound calls at {site} fail now and then",
            opening=f"Hello,\n\nfor some hours now about every third inbound call at {site} does not reach"
            f" us. Is something"
            f" known?\n\n{person.name.split()[0]}",
            tags=("problem-7",),
        )
        case.take(case.created + 6 * MINUTE, RAVI)
        case.reply(
            case.created + 8 * MINUTE,
            RAVI,
            "Hello,\n\nyes: a fault of the carrier, see the status page. I link your"
            " ticket to it and write again when it is over.\n\nRavi",
        )
        case.set(case.created + 9 * MINUTE, RAVI, status=Status.VENDOR)
        incidents.append(case)
    problem.parts = incidents
    return [*vips, *swat, old, problem, *incidents]
