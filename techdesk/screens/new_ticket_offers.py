"""What the fields of a new ticket may be: people, queues, the grades of the policy that it would get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from techdesk.actions.grading import PRIORITY, SEVERITY, GradeChoice, axes, grades_of
from techdesk.model import Person, Role
from techdesk.screens.choosing import (
    channel_choices,
    grade_choices,
    owner_choices,
    queue_choices,
    requester_choices,
)
from techdesk.widgets.choice_list import Choice

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.sla.policy import Policy
    from techdesk.store.loads import Load

TITLES = {
    "requester": "Who asks?",
    "queue": "Queue",
    "kind": "Type",
    "priority": "Priority",
    "severity": "Severity",
    "owner": "Owner",
    "channel": "How did it come in?",
}
"""Of the list of choices, by field."""


class Offers:
    """The choices of one form, as the cache knows them when it opens."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        reader = workbench.reader
        self.people: dict[str, Person] = {
            person.id: person for person in reader.people() if person.role is not Role.SYSTEM
        }
        self.queues: dict[str, str] = {queue.id: queue.name for queue in reader.queues()}
        """Id and name."""
        self.grades: dict[str, list[GradeChoice]] = {PRIORITY: [], SEVERITY: []}
        """By axis: the grades that the ticket's policy knows."""
        self.types = workbench.types()
        """None where the desk takes no type with a new ticket."""
        if workbench.capabilities is not None and "kind" not in workbench.capabilities.create_fields:
            self.types = ()
        self._queue_loads: dict[str, int] = {}
        self._owner_loads: dict[str, Load] = {}

    def counted(self, loads: tuple[dict[str, int], dict[str, Load]]) -> None:
        """Take in how much there is in each queue and on each desk."""
        self._queue_loads, self._owner_loads = loads

    def grade_by(self, policy: Policy | None) -> None:
        """The grades of a policy; P1 to P5 where there is none."""
        known = axes(policy)
        for axis in self.grades:
            grades = grades_of(policy, axis)
            if not grades and axis == PRIORITY and axis in known:
                grades = [GradeChoice(axis=axis, level=level, label=f"P{level}") for level in range(1, 6)]
            self.grades[axis] = grades

    def choices(self, field: str, fields: Mapping[str, Any]) -> list[Choice]:
        """What one field may be, for a ticket with these ``fields``."""
        workbench = self._workbench
        reader = workbench.reader
        match field:
            case "requester":
                return requester_choices(list(self.people.values()), reader.organisations())
            case "queue":
                return queue_choices(reader.queues(), self._queue_loads)
            case "kind":
                unset = Choice(id="", label="Not set", detail="as the desk has it")
                return [unset, *(Choice(id=each, label=each) for each in self.types)]
            case "priority" | "severity":
                return grade_choices(self.grades[field])
            case "owner":
                return owner_choices(
                    [person for person in self.people.values() if person.role is Role.TECHNICIAN],
                    self._owner_loads,
                    me=workbench.me.id,
                    current="",
                    queue=self.queues.get(str(fields.get("queue", "")), ""),
                    customers=workbench.customers,
                    rota=workbench.rota_read,
                    now=workbench.clock.now(),
                    team=workbench.judging.owning_team_of_new(fields),
                )
            case _:
                return channel_choices()
