"""What is wrong with a settings file, in a form that a person can act on."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Problem(Struct, frozen=True, kw_only=True):
    """One mistake in a settings file."""

    file: str
    line: int
    """First line of the mistake, counted from 1; 0 where the whole file is meant."""
    what: str
    """What is wrong, with the value as written; never a secret."""
    remedy: str
    """What is allowed, or what to do."""

    @property
    def words(self) -> str:
        """``config.toml:7: no such setting 'pol_seconds' ...``: the form that editors can jump to."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}. {self.remedy}"


def near(word: str, allowed: Iterable[str]) -> str:
    """A question that offers the nearest allowed word, or nothing if none is near."""
    import difflib

    found = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f"Did you mean '{found[0]}'? " if found else ""
