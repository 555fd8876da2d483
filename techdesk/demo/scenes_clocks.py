"""Scenes about time: live fuses, paused clocks, tickets that nobody graded."""

from __future__ import annotations

from techdesk.demo.case import DAY, HOUR, MINUTE, Case
from techdesk.demo.cast import (
    ALPENRUF,
    BEA,
    DUNMORE,
    END_USER,
    HARBOUR,
    INES,
    KESTREL,
    OMAR,
    RAVI,
    STRANGER,
    TASMAN,
)
from techdesk.model import Channel, Status

P1_RESPONSE, P1_ESCALATION = HOUR, 2 * HOUR
P2_RESPONSE, P2_ESCALATION = 2 * HOUR, 4 * HOUR
P3_RESPONSE, P4_ESCALATION = 24 * HOUR, 96 * HOUR
"""Seconds after creation, POLICIES 2.1 (Dynamix)."""


def fuses() -> list[Case]:
    """Eight Dynamix tickets that are about to be late, or already are; the names tell which."""
    response = Case(
        "fuse:response-30s", DUNMORE, 30 - P1_RESPONSE, story=0, who=0, channel=Channel.PHONE, priority=1
    )
    response.note(
        30 - P1_RESPONSE + 20 * MINUTE, OMAR, "Called back twice, engaged both times. Trying again."
    )

    escalation = Case("fuse:escalation-60s", DUNMORE, 60 - P1_ESCALATION, story=2, who=2, priority=1)
    escalation.take(escalation.created + 6 * MINUTE, RAVI).reply(escalation.created + 8 * MINUTE, RAVI)
    escalation.customer_says(escalation.created + 31 * MINUTE).note(escalation.created + 50 * MINUTE, RAVI)

    five = Case("fuse:response-5min", DUNMORE, 5 * MINUTE - P2_RESPONSE, story=3, who=3, priority=2)

    hour = Case("fuse:escalation-1h", DUNMORE, HOUR - P2_ESCALATION, story=5, who=5, priority=2)
    hour.take(hour.created + 20 * MINUTE).reply(hour.created + 25 * MINUTE, BEA)
    hour.customer_says(hour.created + 70 * MINUTE)

    warning = Case(
        "fuse:warning-15min", DUNMORE, 15 * MINUTE + 40 - P1_RESPONSE, story=7, who=6, priority=1, owner=BEA
    )

    late = Case(
        "fuse:late-unacknowledged",
        DUNMORE,
        -P1_ESCALATION - (4 * MINUTE + 31),
        story=0,
        who=1,
        subject="Whole site down: all handsets deregistered after firmware 5.03",
        opening="Hello,\n\nall 140 handsets at Riverside are dead since the firmware update to 5.03."
        " We cannot be"
        " reached by our customers and cannot call out, mobiles are all we have. Please treat this as an"
        " emergency.\n\n"
        "Patricia Lund",
        channel=Channel.PHONE,
        priority=1,
    )
    late.reply(
        late.created + 12 * MINUTE,
        OMAR,
        "Hello Mrs Lund,\n\nwe are on it: the handsets reach the provisioning"
        " server but refuse its certificate since 5.03. I keep you posted by phone.\n\nOmar",
        channel=Channel.PHONE,
    )
    late.set(late.created + 13 * MINUTE, OMAR, status=Status.OPEN)
    late.note(
        late.created + 115 * MINUTE,
        OMAR,
        "My shift is over, nobody has taken this from me yet. Rollback to 5.02"
        " is prepared but not started. Needs an owner.",
    )

    amber = Case("fuse:three-quarters", DUNMORE, 20 - P3_RESPONSE * 3 // 4, story=1, who=4, priority=3)

    slow = Case("fuse:escalation-10min", DUNMORE, 10 * MINUTE - P4_ESCALATION, story=6, who=0, priority=4)
    slow.take(slow.created + 5 * HOUR, RAVI).reply(slow.created + 6 * HOUR, RAVI)
    slow.customer_says(slow.created + 20 * HOUR).note(slow.created + 30 * HOUR, RAVI)
    return [response, escalation, five, hour, warning, late, amber, slow]


def paused() -> list[Case]:
    """Six clocks that stand still under the demo's own policy: after hours, holiday, waiting."""
    cases = [
        Case("paused:hours", KESTREL, -age * HOUR, story=age, who=age, kind="problem", priority=3)
        for age in (2, 3, 4)
    ]
    cases.append(
        Case(
            "paused:holiday",
            KESTREL,
            -5 * HOUR,
            who=1,
            kind="question",
            priority=3,
            subject="Which ports does the new handheld need at Terminal B?",
            opening="Hello,\n\nwe get new handhelds at Terminal B next month. Which ports must be open"
            " for them, and in which network do they belong?\n\nDev",
        )
    )
    for age, subject, opening in (
        (
            3,
            "Access to the depot share for two drivers",
            "Please give two drivers at Depot 4 access to the share.",
        ),
        (4, "Move the label printer to Terminal B", "Please prepare the label printer's move to Terminal B."),
    ):
        case = Case(
            "paused:waiting",
            KESTREL,
            -age * HOUR,
            who=age,
            kind="request",
            priority=3,
            subject=subject,
            opening=f"Hello,\n\n{opening}\n\nThank you",
        )
        case.take(case.created + 20 * MINUTE)
        case.reply(
            case.created + 30 * MINUTE,
            BEA,
            "Hello,\n\ngladly. From which day on, and who is responsible there?\n\nBea",
        )
        case.set(case.created + 30 * MINUTE, BEA, status=Status.WAITING)
        cases.append(case)
    return cases


def ungraded() -> list[Case]:
    """Seven that nobody graded: D2 mails without a priority, PH3 mails set to Minor, a W3 portal ticket."""
    cases = [
        Case(
            "ungraded:mail",
            DUNMORE,
            -age,
            story=number,
            who=number,
            requester=STRANGER if number == 1 else None,
            channel=Channel.EMAIL,
        )
        for number, age in enumerate((4 * MINUTE, 26 * MINUTE, 95 * MINUTE, 118 * MINUTE))
    ]
    cases += [
        Case(
            "ungraded:defaulted",
            TASMAN,
            -(2 + 3 * number) * HOUR,
            story=1 + number,
            who=number,
            requester=END_USER if number else None,
            channel=Channel.EMAIL,
            severity=5,
            tags=("defaulted",),
        )
        for number in range(2)
    ]
    cases.append(
        Case(
            "ungraded:phone-only",
            ALPENRUF,
            -12 * MINUTE,
            story=0,
            who=0,
            channel=Channel.PORTAL,
            severity=1,
            tags=("please-phone",),
        )
    )
    return cases


def ladder() -> list[Case]:
    """Five Zynstra tickets on their way up: L1 list, L2 decision, dispute at step 2."""
    first = Case("ladder:l1", HARBOUR, -70 * MINUTE, story=0, who=0, priority=2, owner=BEA, tags=("l1",))
    first.set(-60 * MINUTE, BEA, status=Status.OPEN)
    for place, item in enumerate(("user", "symptoms", "logged", "transient")):
        first.record(
            -58 * MINUTE + 30 * place, BEA, f"Done: {item}", "tick", checklist="first-level", item=item
        )
    first.note(-55 * MINUTE, BEA, "4 of 6: the user's authority and the place of the fault are still open.")

    decision = Case("ladder:l2", HARBOUR, -5 * HOUR, story=4, who=1, priority=3, owner=RAVI, tags=("l2",))
    decision.take(-290 * MINUTE, RAVI).reply(-280 * MINUTE, RAVI).customer_says(-3 * HOUR)
    for place, item in enumerate(("user", "authority", "symptoms", "logged", "transient", "located")):
        at = -175 * MINUTE + 10 * place
        decision.record(at, RAVI, f"Done: {item}", "tick", checklist="first-level", item=item)
    decision.record(
        -171 * MINUTE, RAVI, "The fault appears to lie in the server.", "located", located="server"
    )
    decision.escalate(-170 * MINUTE, RAVI, 1, "cloud")
    decision.record(-170 * MINUTE, RAVI, "Handed over to second level with 6 of 6.", "level", level="L2")
    decision.record(
        -165 * MINUTE,
        RAVI,
        "Console: file service healthy, the report process locks the sales table. Server or elsewhere?",
        "console",
        component="healthy",
        located="unclear",
    )

    dispute = Case(
        "ladder:dispute", HARBOUR, -2 * DAY, story=5, who=2, priority=2, owner=INES, tags=("dispute",)
    )
    dispute.take(-47 * HOUR, BEA).reply(-46 * HOUR, BEA).customer_says(-45 * HOUR)
    dispute.record(-44 * HOUR, BEA, "Master contact list read.", "master-list", step="1", version="this week")
    dispute.record(-44 * HOUR, BEA, "Concern raised with the support team.", "escalation", step="1")
    dispute.record(-44 * HOUR, BEA, "The support team has taken it on.", "attempt", step="1", reached="yes")
    dispute.set(-26 * HOUR, INES, owner=INES)
    dispute.record(-8 * HOUR, INES, "Master contact list read.", "master-list", step="2", version="this week")
    dispute.record(-8 * HOUR, INES, "To the head of support.", "escalation", step="2")
    dispute.record(
        -7 * HOUR - 32 * MINUTE,
        INES,
        "Head of support called at the office, no answer (attempt 1 of 2).",
        "attempt",
        step="2",
        reached="no",
    )

    l3 = Case("ladder:l3", HARBOUR, -26 * HOUR, story=3, who=3, priority=2, tags=("l3",))
    l3.take(-25 * HOUR, RAVI).reply(-24 * HOUR, RAVI).customer_says(-23 * HOUR).escalate(-22 * HOUR, RAVI, 2)
    l3.record(
        -22 * HOUR,
        RAVI,
        "Failed software component: the backup agent. To third level at once.",
        "console",
        component="failed",
        located="server",
    )
    l3.record(-22 * HOUR, RAVI, "Handed over to third level, the vendor's team.", "level", level="L3")
    l3.set(-22 * HOUR, RAVI, status=Status.VENDOR)

    request = Case(
        "ladder:request", HARBOUR, -3 * HOUR, story=2, who=0, tags=("l1",), priority=4, kind="request"
    )
    request.take(-170 * MINUTE).note(-165 * MINUTE, BEA)
    request.record(-160 * MINUTE, BEA, "The user is known.", "tick", checklist="request", item="user")
    return [first, decision, dispute, l3, request]
