"""The one way in which a policy file is wrong."""

from __future__ import annotations


class PolicyError(ValueError):
    """What is wrong with a policy file, where, and what is allowed there."""

    def __init__(self, source: str, line: int, problem: str, allowed: str = "") -> None:
        self.source = source
        self.line = line
        self.problem = problem
        self.allowed = allowed
        remedy = f"; allowed: {allowed}" if allowed else ""
        super().__init__(f"{source}:{line}: {problem}{remedy}")
