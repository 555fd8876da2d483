"""What a policy asks of whoever ends a shift: what came after hours has been reviewed (POLICIES D17, W3)."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.rules.gate import said
from techdesk.rules.verdicts import Refuse
from techdesk.sla.policy import Policy


def before_leaving(policy: Policy, count: int, numbers: Sequence[str]) -> Refuse | None:
    """The refusal for ``count`` tickets without a review, of which the first are named.

    In the words of the rule that the review belongs to (case ``leaving``). None where the policy asks for no
    review before the end of a shift.
    """
    asked = [f"reviews.{review.id}" for review in policy.rulebook.reviews if review.before_leaving]
    more = f" and {count - len(numbers)} more" if count > len(numbers) else ""
    items = ", ".join(numbers) + more
    for rule in policy.rulebook.rules:
        if not any(use in asked for use in rule.uses):
            continue
        verdict = said(policy, rule.id, "leaving", count=count, items=items)
        if isinstance(verdict, Refuse):
            return verdict
    return None
