"""Which priority somebody has given, and which one is only the help desk's own (POLICIES D2, reading 19)."""

from __future__ import annotations

from msgspec.structs import replace

from techdesk.model import Channel, Direction, Visibility
from techdesk.sla.history import Change, History
from techdesk.sla.policy import GradedBy, Policy

_PRIORITY = "priority"
REVIEWED = "reviewed"
"""Field of a change that records a review without a priority (POLICIES D17)."""


def graded_by_people(history: History, policy: Policy) -> History:
    """The history in which a ticket that is reviewed first has no priority until somebody has looked at it.

    Only for desks that give each ticket a priority (RT: its queue's). Whoever sets another one, notes a
    review or answers has looked: from then on the priority counts, and its targets from the ticket's receipt.
    """
    if not history.graded_by_desk or history.priority is None or policy.graded_by is not GradedBy.PRIORITY:
        return history
    rule = policy.channel(history.channel)
    if rule is None or not rule.reviewed_first:
        return history
    regrades = [change for change in history.changes if change.field == _PRIORITY]
    looked = [change.at for change in history.changes if change.field == REVIEWED]
    looked += [
        message.at
        for message in history.messages
        if message.direction is Direction.OUTBOUND
        and not message.automatic
        and (message.visibility is Visibility.PUBLIC or message.channel is Channel.PHONE)
    ]
    at = min(looked, default=None)
    if regrades and (at is None or regrades[0].at <= at):
        first = regrades[0]
        changes = tuple(replace(each, old=None) if each is first else each for each in history.changes)
        return replace(history, changes=changes)
    if at is None:
        return replace(history, priority=None)
    own = regrades[0].old if regrades else str(history.priority)
    given = Change(at=at, field=_PRIORITY, old=None, new=own)
    return replace(history, changes=tuple(sorted((given, *history.changes), key=lambda change: change.at)))
