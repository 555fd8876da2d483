"""What a gate answers: yes, yes with a warning, or no with the reason and the way out."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Ok(Struct, frozen=True, kw_only=True):
    """Nothing speaks against it."""


class Warn(Struct, frozen=True, kw_only=True):
    """It may be done, but a person has to say so once more."""

    reason: str
    """Sentences for people, with policy, section and numbers."""
    rule: str
    """``D11``, or ``generic.steal``: what the journal keeps."""
    case: str = ""
    """Which case of the rule it is, by the policy's own name for it: a bulk preview groups by it."""
    wants_reason: bool = False
    """Whether the policy wants a reason for going on, and none was given."""
    wanting: tuple[str, ...] = ()
    """Of several in one: the rules that want one; of one condition of a rule: its own name."""


class Refuse(Struct, frozen=True, kw_only=True):
    """It is not done."""

    reason: str
    """Why: policy, section, numbers."""
    remedy: str
    """What to do now. ``<ticket.reply>`` stands for that action's key, or its verb on the command line."""
    rule: str
    case: str = ""
    """As of a warning."""
    wants_reason: bool = False
    """Whether a recorded reason lets it pass."""
    wanting: tuple[str, ...] = ()
    """What that reason is for, where it is not the rule as a whole: ``Z1.located``."""


Verdict: TypeAlias = Ok | Warn | Refuse

OK = Ok()


def reason_wanted_by(verdict: Verdict) -> tuple[str, ...]:
    """Ids of the rules that a reason would let pass; a reason belongs to those that were shown."""
    if not isinstance(verdict, Warn | Refuse) or not verdict.wants_reason:
        return ()
    return verdict.wanting or (verdict.rule,)


def worst(verdicts: list[Verdict]) -> Verdict:
    """The first refusal that stands, else the first that a reason lets pass, else all warnings in one, or ok.

    Nobody is to write a reason and then hear that it could not be done at all.
    """
    refusals = [verdict for verdict in verdicts if isinstance(verdict, Refuse)]
    if refusals:
        return next((verdict for verdict in refusals if not verdict.wants_reason), refusals[0])
    warnings = [verdict for verdict in verdicts if isinstance(verdict, Warn)]
    if not warnings:
        return OK
    return Warn(
        reason=" ".join(warning.reason for warning in warnings),
        rule=", ".join(dict.fromkeys(warning.rule for warning in warnings)),
        wants_reason=any(warning.wants_reason for warning in warnings),
        wanting=tuple(dict.fromkeys(rule for warning in warnings for rule in reason_wanted_by(warning))),
    )
