"""Secrets in what people wrote: found, so that they are hidden wherever a text is shown (POLICIES W6, DD14).

A desk keeps what a customer wrote, and so does the cache. On a screen, in what a verb prints and in an export
a secret is dots, until somebody asks to see it. A policy names its secrets: the patterns of the checklist's
``masked`` items. A password by that name is one under every policy.
"""

from __future__ import annotations

import re
from functools import lru_cache

from techdesk.sla.policy import Policy
from techdesk.text import DOTS, without_passwords

_GROUP = "secret"
"""Name of the group that holds the secret in a pattern; without it all that is found is one."""


def hidden(text: str, policy: Policy | None = None) -> str:
    """A text with its secrets as dots: those of its ticket's policy, and passwords that are called so."""
    text = without_passwords(text)
    for pattern in _of(policy):
        text = pattern.sub(_dotted, text)
    return text


def _dotted(found: re.Match[str]) -> str:
    if _GROUP not in found.re.groupindex:
        return DOTS
    start, end = (at - found.start() for at in found.span(_GROUP))
    whole = found[0]
    return f"{whole[:start]}{DOTS}{whole[end:]}" if start >= 0 else whole


def _of(policy: Policy | None) -> tuple[re.Pattern[str], ...]:
    if policy is None:
        return ()
    items = (item for checklist in policy.rulebook.checklists for item in checklist.items if item.masked)
    return _compiled(tuple(pattern for item in items for pattern in item.detect))


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)
