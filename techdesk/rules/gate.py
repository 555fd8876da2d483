"""What one gate is, and the words that a policy has for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import Instant
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.verdicts import OK, Refuse, Verdict, Warn
from techdesk.sla.levels import Effect
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import Message, Rule


class Case(Struct, frozen=True, kw_only=True):
    """Everything that one gate may look at."""

    action: str
    ticket: Facts
    actor: str
    """Id of the technician; empty before the desk has told who we are."""
    now: Instant
    evidence: Evidence
    wish: Wish

    @property
    def policy(self) -> Policy:
        """The ticket's policy; only for gates of a rule, which are asked only where there is one."""
        policy = self.ticket.policy
        assert policy is not None
        return policy

    @property
    def who(self) -> str:
        """The customer in a sentence."""
        return self.ticket.organisation_name or "the customer"


Ask: TypeAlias = Callable[[Case], Verdict]


class Gate(Struct, frozen=True, kw_only=True):
    """One question: the actions that it guards, and the rule that it makes true (empty: for every ticket)."""

    actions: frozenset[str]
    ask: Ask
    rule: str = ""
    """Id of the rule (``D10``). The gate is asked for tickets whose policy has that rule."""

    def guards(self, action: str, policy: Policy | None) -> bool:
        """Whether this gate is asked for an action under a policy."""
        if action not in self.actions:
            return False
        return not self.rule or (policy is not None and policy.rulebook.rule(self.rule) is not None)


def only(*actions: str) -> frozenset[str]:
    """The actions that a gate guards."""
    return frozenset(actions)


def say(case: Case, rule_id: str, name: str, **values: object) -> Verdict:
    """A verdict in the words that the policy has for one case of a rule; its effect is the policy's too."""
    return said(case.policy, rule_id, name, **values)


def said(policy: Policy, rule_id: str, name: str, **values: object) -> Verdict:
    """The same from the policy alone. Ok where the policy has no such words, or only a hint.

    Raises KeyError for a placeholder without a value, which is a bug here.
    """
    rule = policy.rulebook.rule(rule_id)
    message = rule.message(name) if rule is not None else None
    if rule is None or message is None or message.effect is Effect.HINT:
        return OK
    reason, remedy = sentence(policy, rule, message, **values)
    if message.effect is Effect.WARN:
        return Warn(reason=f"{reason} {remedy}".strip(), rule=rule_id, case=name)
    return Refuse(reason=reason, remedy=remedy, rule=rule_id, case=name)


def sentence(policy: Policy, rule: Rule, message: Message, **values: object) -> tuple[str, str]:
    """Words and remedy, filled in, with the policy's name before the section."""
    words = message.words
    for beginning in ("Not closed: ", "Not handed over: ", "Not actioned: "):  # the refusal says that itself
        words = words.removeprefix(beginning)
    head, bracket, tail = words.rpartition("(")
    if bracket:
        words = f"{head}({policy.title} {tail}"
    else:
        words = f"{words.rstrip().removesuffix('.')} ({policy.title} {rule.section})."
    reason, remedy = Message(case=message.case, words=words, remedy=message.remedy).filled(**values)
    if "@" in reason.split(" ", 1)[0]:
        return reason, remedy  # an address is written as it is
    return reason[:1].upper() + reason[1:], remedy


def reasoned(verdict: Verdict) -> Verdict:
    """A warning that is answered with a reason, in words, rather than with a yes."""
    return replace(verdict, wants_reason=True) if isinstance(verdict, Warn) else verdict


def overridden(case: Case, verdict: Verdict, *, override: bool, named: str = "") -> Verdict:
    """A refusal that a recorded reason lets pass becomes a warning that names the reason.

    ``named``: what the reason is for, where a rule has several conditions and this is one of them (empty: the
    rule).
    """
    if not override or not isinstance(verdict, Refuse):
        return verdict
    because = case.wish.reason_for(named or verdict.rule)
    if not because:
        return replace(verdict, wants_reason=True, wanting=(named,) if named else ())
    return Warn(reason=f"{verdict.reason} Reason given: {because.removesuffix('.')}.", rule=verdict.rule)
