"""To which rule a reason belongs: to those that were shown when it was typed, and to no other.

A reason lets pass what a policy lets a reason pass. Typed into the line that a rule asked for, it answers
that rule; where another one appears behind it, that is asked by itself. Typed beforehand (an option of a
verb, the form of a hand-over) it answers the first rule that wants one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from techdesk.rules.facts import Wish
    from techdesk.rules.verdicts import Verdict

REASONS = "reasons"
"""Value of an action: reasons by the id of the rule that each answers; None: one stands for all of them."""


def words_of(values: Mapping[str, Any]) -> str:
    """Everything that was given as a reason, each sentence once, on one line."""
    given = [str(values.get("because") or ""), *(values.get(REASONS) or {}).values()]
    return "; ".join(dict.fromkeys(words for each in given if (words := " ".join(str(each).split()))))


def reasons_of(values: Mapping[str, Any]) -> dict[str, str] | None:
    """The same by rule; None where nobody has said which rule it is for."""
    given = values.get(REASONS)
    return (
        None if given is None else {str(rule): " ".join(str(words).split()) for rule, words in given.items()}
    )


def with_reasons(values: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    """Values of an action, with reasons for rules that were shown beside those that it has.

    One without a rule's id stands for all that was asked (a macro's parts, an operation that is kept).
    """
    if "" in reasons:
        return {**values, "because": reasons[""]}
    return {**values, REASONS: {**(values.get(REASONS) or {}), **reasons}}


def belonging(wish: Wish, values: Mapping[str, Any], ask: Callable[[Wish], Verdict]) -> Wish:
    """The wish with its reason given to the first rule that wants one, where it was typed before any.

    It stays that rule's while reasons for others follow. A form that asks for one rule's reason says so
    itself.
    """
    typed, given = str(values.get("because") or ""), values.get(REASONS, {})
    if not typed or given is None or typed in given.values():
        return wish
    from msgspec.structs import replace

    from techdesk.rules.verdicts import reason_wanted_by  # screens know this module before they know a rule

    wanted = reason_wanted_by(ask(replace(wish, because="", reasons={})))
    first = dict.fromkeys(wanted[:1], " ".join(typed.split()))
    return replace(wish, reasons={**first, **(reasons_of(values) or {})})
