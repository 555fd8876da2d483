"""What was said on the command line besides the verb, and the plain call without one.

``techdesk``, perhaps with a profile, is what people start all day: it is read here, so that the library which
reads verbs, their options and their help is not loaded before the first picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_FLAGS = {"--offline": "offline", "--read-only": "read_only"}
_COMPLETING = "_TECHDESK_COMPLETE"
"""Set by a shell that asks for completions of a command line, which it does not give as arguments."""


class Choices:
    """What was said on the command line, wherever it stood."""

    def __init__(self, *, profile: str = "", offline: bool = False, read_only: bool = False) -> None:
        self.profile = profile
        self.offline = offline
        self.read_only = read_only


def plain(arguments: Sequence[str], environment: Mapping[str, str]) -> Choices | None:
    """The choices of a call without a verb; None for every other, and for what only looks like one."""
    if _COMPLETING in environment:
        return None
    chosen = Choices()
    left = iter(arguments)
    for argument in left:
        if argument in _FLAGS:
            setattr(chosen, _FLAGS[argument], True)
        elif argument == "--profile":
            chosen.profile = next(left, "")
            if not chosen.profile:
                return None
        else:
            return None
    return chosen
