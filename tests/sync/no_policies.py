"""A policy book without policies: sync does not care how late a ticket is."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.model import Instant
from techdesk.sla.evaluate import age_only
from techdesk.sla.evaluation import Evaluation
from techdesk.sla.history import History


class NoPolicies:
    """Every ticket shows its age only."""

    def choose(
        self, organisation: str = "", queue: str = "", tags: Sequence[str] = (), hint: str = ""
    ) -> str:
        return ""

    def evaluate(self, policy_name: str, history: History, now: Instant) -> Evaluation:
        return age_only(history, policy_name)
