"""Where a ticket can go: steps of the escalation path, teams, other support levels (POLICIES Z5, DD4, Z1)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from techdesk.rules.facts import CUSTOMER, Evidence, Facts, Wish
from techdesk.rules.passing import level_of, ways
from techdesk.rules.verdicts import Refuse, Verdict

_REQUEST = "request"
_REASON = "?"
"""Stands for a reason that is still to be given: what it lets pass may be chosen."""


class WayOn(Struct, frozen=True, kw_only=True):
    """One way, and the gates' answer as things stand."""

    id: str
    """``step:2``, ``team:swat``, ``level:L1-L2``."""
    label: str
    detail: str
    key: str
    verdict: Verdict
    shut: bool
    """Whether it stays refused even with a reason and with what its form asks for."""


def ways_on(
    facts: Facts, evidence: Evidence, ask: Callable[[str, Wish], Verdict], *, with_path: bool
) -> list[WayOn]:
    """Every way of the ticket's policy; ``with_path`` false leaves only those to another support level.

    ``ask``: the gates' answer to an action with a wish.
    """
    policy = facts.policy
    if policy is None:
        return []
    offered: list[tuple[str, str, str, str, Wish, Wish]] = []
    if with_path:
        for step in policy.rulebook.escalation:
            bare = Wish(step=step.id, master_list=_REASON)
            told = f"after step {step.after}" if step.after else "first, for any concern"
            offered.append(
                (f"step:{step.id}", f"Step {step.id}: {step.contact}", told, "ticket.escalate", bare, bare)
            )
        for team in policy.rulebook.teams:
            asked = CUSTOMER if team.escalated else ""  # who is not content may ask, whatever the grade
            bare, reason = Wish(team=team.id), Wish(team=team.id, because=_REASON, asked_by=asked)
            offered.append((f"team:{team.id}", team.title, team.source, "ticket.escalate", bare, reason))
    at = level_of(policy, evidence.records)
    # A request goes the way of requests (Z4); the others stay, since a type can be wrong.
    asks = facts.kind.casefold() == _REQUEST
    for way in sorted(ways(policy, evidence.records), key=lambda way: (way.kind == _REQUEST) != asks):
        bare, reason = Wish(hand_off=way.id), Wish(hand_off=way.id, because=_REASON)
        level = next((each for each in policy.rulebook.levels if each.id == way.taker), None)
        taker = f"{level.title}, {level.party}" if level is not None else way.taker
        giver = at.id if at is not None else way.giver
        label = f"{giver} to {way.taker}, {taker} ({way.kind})"
        offered.append((f"level:{way.id}", label, way.condition, "ticket.hand_off", bare, reason))
    made = []
    for place, (way_id, label, detail, action_id, bare, reason) in enumerate(offered, 1):
        verdict = ask(action_id, bare)
        shut = isinstance(verdict, Refuse) and isinstance(ask(action_id, reason), Refuse)
        key = str(place) if place < 10 else ""
        made.append(WayOn(id=way_id, label=label, detail=detail, key=key, verdict=verdict, shut=shut))
    return made
