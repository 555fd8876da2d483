"""What the terminal can show, from the environment alone; nothing is asked and nothing waits."""

from __future__ import annotations

from collections.abc import Mapping


def wants_no_color(environ: Mapping[str, str]) -> bool:
    """Whether the user wants no colour: NO_COLOR with any value but the empty one (no-color.org)."""
    return bool(environ.get("NO_COLOR"))


def unusable(environ: Mapping[str, str], *, is_terminal: bool) -> str:
    """Why no screen can be drawn here, as a sentence with the way out; empty when one can."""
    if not is_terminal:
        return "Standard input and output are not a terminal: use techdesk list, show, status instead."
    if environ.get("TERM", "") in ("", "dumb"):
        return "This terminal cannot place text (TERM is dumb or not set): use techdesk list or show instead."
    return ""


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
