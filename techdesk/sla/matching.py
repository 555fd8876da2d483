"""Whether a target is for a ticket: what its ``match`` asks, but for ``opened``, which asks a calendar."""

from __future__ import annotations

from techdesk.sla.policy import Match
from techdesk.sla.timeline import Values


def matches(match: Match, values: Values, *, graded: bool) -> bool:
    """Whether a target is for a ticket with these values, but for ``opened``, which asks a calendar."""
    return (
        (not match.priority or values.priority in match.priority)
        and (not match.severity or values.severity in match.severity)
        and (not match.channel or values.channel in match.channel)
        and (match.graded is None or match.graded == graded)
        and (match.vip is None or match.vip == values.vip)
        and _names(match.kind, values.kind)
        and _names(match.region, values.region)
        and _names(match.organisation, values.organisation)
    )


def _names(wanted: tuple[str, ...], value: str) -> bool:
    return not wanted or value.casefold() in (name.casefold() for name in wanted)
