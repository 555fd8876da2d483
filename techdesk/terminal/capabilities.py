"""What the terminal can show, from the environment alone; nothing is asked and nothing waits."""

from __future__ import annotations

from collections.abc import Mapping

_COLOURLESS = ("vt100", "vt102", "vt220", "vt320", "xterm-mono", "linux-m")


def wants_no_color(environ: Mapping[str, str]) -> bool:
    """Whether there is to be no colour: NO_COLOR with any value but the empty one (no-color.org), or a
    terminal that has none."""
    return bool(environ.get("NO_COLOR")) or environ.get("TERM", "") in _COLOURLESS


def unusable(environ: Mapping[str, str], *, is_terminal: bool) -> str:
    """Why no screen can be drawn here, as a sentence with the way out; empty when one can."""
    if not is_terminal:
        return "The screens need a terminal, and standard input or output is none."
    if environ.get("TERM", "") in ("", "dumb"):
        return "The screens need a terminal that can place text, and TERM is dumb or not set."
    return ""


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection."""
    return bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"))
