"""The JSON of list and show: what other programs rely on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from techdesk.model import Channel, Status
from techdesk.sla.evaluation import RowClock, Urgency
from techdesk.store.rows import Row
from techdesk.work.export import instant, row_data

NOW = 1_793_714_520


def row(clock: RowClock) -> Row:
    values: dict[str, Any] = {
        "key": 7,
        "number": "TD-7",
        "subject": "Phones",
        "status": Status.OPEN,
        "priority": None,
        "priority_label": "",
        "severity": None,
        "owner": "",
        "owner_name": "",
        "requester_name": "Kim",
        "organisation_name": "Dunmore Cloud",
        "queue_name": "Voice",
        "channel": Channel.PHONE,
        "tags": ("a",),
        "created": NOW - 60,
        "updated": NOW,
        "unread": True,
        "vip": False,
        "escalation_level": 0,
        "pending": 2,
        "attention": "conflict",
    }
    return Row(**values, clock=clock)


def test_instants_are_rfc_3339_in_utc() -> None:
    assert instant(NOW) == "2026-11-03T14:02:00Z"
    assert instant(None) is None


def test_a_line_tells_where_its_clock_stands() -> None:
    clock = RowClock(
        policy="dynamix",
        urgency=Urgency.CLOCK,
        order=NOW + 60,
        metric="RSP",
        due=NOW + 60,
        breach_at=NOW + 61,
        warning_at=NOW - 600,
        critical_at=NOW + 30,
    )
    data = row_data(row(clock), NOW)
    assert data["sla"]["level"] == "warning"
    assert data["sla"]["seconds_left"] == 60
    assert (data["unsent"], data["attention"], data["channel"]) == (2, "conflict", "phone")
    assert msgspec.json.encode(data), "all of it is JSON"


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({"immediate": True}, "critical"),
        ({"immediate": True, "breach_at": NOW}, "breached"),
        ({"urgency": Urgency.PAUSED, "left": 60}, "paused"),
    ],
)
def test_clocks_without_a_deadline_have_a_level_too(more: dict[str, Any], level: str) -> None:
    clock = RowClock(**{"policy": "wildix", "urgency": Urgency.CLOCK, "order": NOW, **more})
    assert row_data(row(clock), NOW)["sla"]["level"] == level


def test_a_ticket_without_a_target_has_no_due_time() -> None:
    data = row_data(row(RowClock(policy="", urgency=Urgency.NONE, order=NOW)), NOW)
    assert (data["sla"]["level"], data["sla"]["due"], data["sla"]["seconds_left"]) == ("none", None, None)
