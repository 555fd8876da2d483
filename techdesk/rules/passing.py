"""Gates of passing a ticket on: support levels, the escalation path, the dedicated team."""

from __future__ import annotations

from techdesk.rules import records
from techdesk.rules.customer import holds
from techdesk.rules.facts import CUSTOMER, Facts
from techdesk.rules.gate import Case, Gate, only, overridden, reasoned, said, say
from techdesk.rules.verdicts import OK, Refuse, Verdict, Warn, worst
from techdesk.rules.wording import moment
from techdesk.sla.levels import EscalationStep, HandOff, SupportLevel, Team, Window
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import Checklist
from techdesk.sla.steps import StepState

HAND_OFF, ESCALATE = only("ticket.hand_off"), only("ticket.escalate")
_LOCATED = "Z1.located"
"""What a reason is for that lets a ticket go on although nobody has said where the fault lies."""
_TAKER_JUDGES = frozenset(("level-authority", "reasonable", "actionable"))
"""Items of a request that the level which gets it answers; the one that passes it on does not."""


def level_of(policy: Policy, noted: records.Records) -> SupportLevel | None:
    """The support level that has a ticket: as noted last, else the first."""
    levels = policy.rulebook.levels
    return next((each for each in levels if each.id == noted.level), levels[0] if levels else None)


def ways(policy: Policy, noted: records.Records) -> tuple[HandOff, ...]:
    """The ways that lead on from the level that has the ticket."""
    level = level_of(policy, noted)
    return tuple(way for way in policy.rulebook.hand_offs if level is not None and way.giver == level.id)


def open_items(checklist: Checklist, noted: records.Records) -> list[str]:
    """Labels of the items that nobody has ticked."""
    done = set(noted.ticked(checklist.id)) | ({"located"} if noted.located else set())
    return [item.label for item in checklist.items if item.id not in done and item.weight == "mandatory"]


def _known_way(case: Case) -> Verdict:
    """Generic: the way exists, and leads on from the level that has the ticket."""
    policy = case.ticket.policy
    choices = ways(policy, case.evidence.records) if policy is not None else ()
    if any(way.id == case.wish.hand_off for way in choices):
        return OK
    if policy is None or not policy.rulebook.hand_offs:
        return Refuse(
            reason="The policy of this ticket knows no support levels.",
            remedy="<ticket.assign> gives it to somebody else.",
            rule="generic.hand_off",
        )
    level = level_of(policy, case.evidence.records)
    at = level.title if level is not None else "no level"
    return Refuse(
        reason=f"No way '{case.wish.hand_off}' leads on: the ticket is at {at}.",
        remedy=f"Choose one of: {', '.join(way.id for way in choices)}.",
        rule="generic.hand_off",
    )


def _way(case: Case) -> HandOff | None:
    return next((way for way in case.policy.rulebook.hand_offs if way.id == case.wish.hand_off), None)


def _first_level(case: Case) -> Verdict:
    """Z1: six points, and the fault appears to lie in the server. A reason lets pass what is still open.

    Where the fault lies wants a reason of its own: why points are open says nothing of that.
    """
    way, noted = _way(case), case.evidence.records
    checklist = case.policy.rulebook.checklist(way.checklist) if way is not None else None
    if way is None or checklist is None or way.giver != "L1" or way.kind != "fault":
        return OK
    if noted.located and noted.located not in way.located:
        return say(case, "Z1", "elsewhere", location=noted.located)
    verdicts: list[Verdict] = []
    if left := open_items(checklist, noted):
        verdict = say(case, "Z1", "open-items", count=len(left), items=", ".join(left))
        verdicts.append(overridden(case, verdict, override=True))
    if not noted.located:  # where it was ticked as well: a tick does not say where
        verdicts.append(overridden(case, say(case, "Z1", "not-located"), override=True, named=_LOCATED))
    return worst(verdicts)


def _second_level(case: Case) -> Verdict:
    """Z2: a failed component at once, else, after a look at the console, the server or an unclear origin."""
    way, noted = _way(case), case.evidence.records
    if way is None or way.giver != "L2" or way.taker != "L3" or way.kind != "fault":
        return OK
    console = noted.last(records.CONSOLE)
    if way.immediate and console is not None and console.field("component") == "failed":
        return OK
    if way.immediate:
        return say(case, "Z2", "no-failure")
    if noted.located not in way.located:
        return say(case, "Z2", "elsewhere", location=noted.located or "no part yet")
    return OK if console is not None else overridden(case, say(case, "Z2", "console"), override=True)


def _request(case: Case) -> Verdict:
    """Z4: who passes a request on has validated the user; who actions it, that this level may."""
    noted = case.evidence.records
    checklist = case.policy.rulebook.checklist("request")
    way = _way(case)
    passing = case.action == "ticket.hand_off"
    if checklist is None or (passing and (way is None or way.checklist != checklist.id)):
        return OK
    if not passing and case.ticket.kind.casefold() != "request":
        return OK
    done = noted.ticked(checklist.id) | (_TAKER_JUDGES if passing else frozenset())
    left = [item.label for item in checklist.items if item.id not in done]
    return say(case, "Z4", "missing", items=f"open: {', '.join(left)}") if left else OK


def _findings(case: Case) -> Verdict:
    """Z8: third level hands back what it has found, also where the fault lies elsewhere.

    Findings that are written with the hand-over stand in its note: they need no tick as well.
    """
    way = _way(case)
    if way is None or way.checklist != "hand-back":
        return OK
    done = "findings" in case.evidence.records.ticked("hand-back") or (case.wish.text or "").strip()
    return OK if done or case.wish.because else say(case, "Z8", "findings")


def _tells_user(case: Case) -> Verdict:
    """Z3: third level reports to second level, and does not write to the user."""
    level = level_of(case.policy, case.evidence.records)
    if level is None or level.tells_user:
        return OK
    above = next((each.title for each in case.policy.rulebook.levels if each.id == level.reports_to), "")
    return say(case, "Z3", "tells-user", level=level.title, wanted=above or level.reports_to)


# The escalation path


def _known_step(case: Case) -> Verdict:
    policy = case.ticket.policy
    steps = policy.rulebook.escalation if policy is not None else ()
    teams = policy.rulebook.teams if policy is not None else ()
    wish = case.wish
    if any(step.id == wish.step for step in steps) or any(team.id == wish.team for team in teams):
        return OK
    known = ", ".join([*(f"step {step.id}" for step in steps), *(f"team {team.id}" for team in teams)])
    if not known:
        return Refuse(
            reason="The policy of this ticket has neither an escalation path nor a team for it.",
            remedy="<ticket.assign> gives it to somebody else, <ticket.priority> raises it.",
            rule="generic.escalation",
        )
    return Refuse(
        reason="No step and no team that there is was chosen.",
        remedy=f"Choose one of: {known}.",
        rule="generic.escalation",
    )


def _provider(case: Case) -> Verdict:
    """Z10: the service provider is the one who escalates."""
    customer, person = case.ticket.customer, case.ticket.requester
    known = holds(customer.service_provider, person) if customer is not None else None
    if known is None:
        return Warn(
            reason=f"Whether {case.who} is the service provider, who alone may escalate, is not known here"
            f" ({case.policy.title} Issue Escalation).",
            rule="Z10",
        )
    return OK if known else say(case, "Z10", "not-provider")


def _recorded(case: Case) -> Verdict:
    """Z5: the step before is on record, and the master contact list was read for this one."""
    step, state = _step(case)
    if step is None:
        return OK
    if step.after and (state is None or not state.recorded):
        before = case.policy.rulebook.step(step.after)
        first = before is None or not before.after  # the support team, before anybody else is asked
        return say(case, "Z5", "not-recorded" if first else "step-before", wanted=step.id, needed=step.after)
    read = case.evidence.records.of(records.MASTER_LIST, step=step.id)
    return OK if read or case.wish.master_list or not step.master_list else say(case, "Z5", "master-list")


def _commitment(case: Case) -> Verdict:
    """Z5, read as the introduction has it: what is escalated is a commitment that was missed.

    One that is on record is missed once its time is over; where none is, whoever escalates names it.
    """
    step = case.policy.rulebook.step(case.wish.step)
    if step is None or not step.commitment:
        return OK
    given = [(each, each.field("until")) for each in case.evidence.records.of(records.COMMITMENT)]
    timed = [(each, int(until)) for each, until in given if until.isascii() and until.isdigit()]
    if any(until <= case.now for _, until in timed):
        return OK
    if timed:
        items = "; ".join(f"{each.field('what')} until {moment(until)}" for each, until in timed)
        return say(case, "Z5", "kept", items=items)
    return OK if case.wish.reason_for("Z5") else reasoned(say(case, "Z5", "commitment"))


def _unreachable(case: Case) -> Verdict:
    """Z6: two attempts within one working day, or one working day without progress."""
    step, state = _step(case)
    if step is None or state is None or state.open_since is not None or step.window is Window.OVER:
        return OK
    if state.reached:
        return say(case, "Z6", "progress", opens=moment(state.opens_at))
    tries = [moment(each.at) for each in case.evidence.records.attempts() if each.step == step.after]
    items = ", ".join(tries[-max(state.attempts, 1) :]) if tries else "none yet"
    return say(case, "Z6", "attempts", count=state.attempts, needed=state.needed, items=items)


def _over_a_day(case: Case) -> Verdict:
    """Z7: more than one attempt over a working day; nothing opens it once somebody answered."""
    step, state = _step(case)
    if step is None or state is None or state.open_since is not None or step.window is not Window.OVER:
        return OK
    if state.reached:
        return say(case, "Z7", "reached", since=moment(state.first))
    return say(
        case,
        "Z7",
        "attempts",
        since=moment(state.first),
        opens=moment(state.day_ends),
        count=state.attempts,
        needed=state.needed,
    )


def _step(case: Case) -> tuple[EscalationStep | None, StepState | None]:
    step = case.policy.rulebook.step(case.wish.step)
    return step, next((each for each in case.evidence.steps if each.step == case.wish.step), None)


# The dedicated team


def team_for(policy: Policy, kind: str, severity: int | None, priority: int | None) -> Team | None:
    """The team that should own such a ticket."""
    for team in policy.rulebook.teams:
        kinds = [each.casefold() for each in team.kind]
        if (
            (not kinds or kind.casefold() in kinds)
            and (not team.severity or severity in team.severity)
            and (not team.priority or priority in team.priority)
        ):
            return team
    return None


def owning_team(facts: Facts, noted: records.Records) -> Team | None:
    """The team that should own a ticket: by its grade, or because the customer escalated it to that team."""
    if facts.policy is None:
        return None
    graded = team_for(facts.policy, facts.kind, facts.severity, facts.priority)
    if graded is not None:
        return graded
    asked = {record.field("team") for record in noted.of(records.ESCALATION, by=CUSTOMER)}
    return next((t for t in facts.policy.rulebook.teams if t.escalated and t.id in asked), None)


def _team(case: Case) -> Verdict:
    """DD1: the dedicated team is for problems of severity 1 and 2 with high priority, and for escalations.

    Any customer who is not content may ask for one (4.3), whatever the ticket is graded.
    """
    ticket, policy = case.ticket, case.policy
    team = next((team for team in policy.rulebook.teams if team.id == case.wish.team), None)
    if team is None or team_for(policy, ticket.kind, ticket.severity, ticket.priority) is team:
        return OK
    asked = case.wish.asked_by == CUSTOMER or case.evidence.records.of(records.ESCALATION, by=CUSTOMER)
    if team.escalated and asked:
        return OK
    severity, priority = policy.severity(ticket.severity), policy.priority(ticket.priority)
    kind = f"a {ticket.kind}, " if ticket.kind and ticket.kind.casefold() not in team.kind else ""
    return say(
        case,
        "DD1",
        "team",
        severity=kind + (severity.label if severity is not None else "no severity"),
        priority=f"priority {priority.label}" if priority is not None else "no priority",
    )


def _team_owner(case: Case) -> Verdict:
    """DD4: who is not in the team owns such a ticket only with a reason."""
    wish = case.wish
    team = owning_team(case.ticket, case.evidence.records)
    if team is None or not wish.owner or wish.in_team or wish.reason_for("DD4"):
        return OK
    if wish.in_team is None:
        return Warn(
            reason=f"Who is in the {team.title.lower()} is not known here"
            f" ({case.policy.title} {team.source}).",
            rule="DD4",
        )
    return not_in_team(case.policy, wish.person.name if wish.person is not None else wish.owner)


def not_in_team(policy: Policy, owner: str) -> Verdict:
    """DD4: what is said of an owner by name, who is none of the team; a reason lets it pass."""
    return reasoned(said(policy, "DD4", "not-in-team", owner=owner))


def _customer_escalates(case: Case) -> Verdict:
    """DD6: case number, status and reason; never refused."""
    if not case.wish.missing:
        return OK
    return say(case, "DD6", "missing", items=", ".join(case.wish.missing))


PASSING_GATES: tuple[Gate, ...] = (
    Gate(actions=HAND_OFF, ask=_known_way),
    Gate(actions=ESCALATE, ask=_known_step),
    Gate(rule="Z1", actions=HAND_OFF, ask=_first_level),
    Gate(rule="Z2", actions=HAND_OFF, ask=_second_level),
    Gate(rule="Z4", actions=HAND_OFF | only("ticket.resolve"), ask=_request),
    Gate(rule="Z8", actions=HAND_OFF, ask=_findings),
    Gate(rule="Z3", actions=only("ticket.reply", "ticket.resolve"), ask=_tells_user),
    Gate(rule="Z10", actions=ESCALATE, ask=_provider),
    Gate(rule="Z5", actions=ESCALATE, ask=_recorded),
    Gate(rule="Z5", actions=ESCALATE, ask=_commitment),
    Gate(rule="Z6", actions=ESCALATE, ask=_unreachable),
    Gate(rule="Z7", actions=ESCALATE, ask=_over_a_day),
    Gate(rule="DD1", actions=ESCALATE, ask=_team),
    Gate(rule="DD4", actions=only("ticket.assign", "ticket.take", "ticket.new"), ask=_team_owner),
    Gate(rule="DD6", actions=ESCALATE, ask=_customer_escalates),
)
