"""OSC 52, which asks the terminal to take a text into its clipboard. Whether it does, nobody tells us."""

from __future__ import annotations

import base64
from collections.abc import Mapping

MAX_BYTES = 74_994
"""Of text: what terminals commonly take (xterm's limit of 100,000 characters of base64)."""


def copy_sequence(text: str, environ: Mapping[str, str]) -> str:
    """The sequence to write; wrapped for tmux and screen, which swallow it otherwise. Empty when too long."""
    data = text.encode("utf-8", "replace")
    if len(data) > MAX_BYTES:
        return ""
    plain = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    if environ.get("TMUX"):
        # tmux takes OSC 52 itself with set-clipboard on; wrapped, it also passes with allow-passthrough.
        doubled = plain.replace("\x1b", "\x1b\x1b")
        return f"{plain}\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY"):
        return f"\x1bP{plain}\x1b\\"
    return plain
