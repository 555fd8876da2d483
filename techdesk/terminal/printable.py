"""The second wall between a stranger's text and the terminal (the first is ``text.safe_text`` in the store).

Whatever a widget draws passes here last, so a text that some path forgot to make safe still cannot send an
escape sequence (DESIGN guarantee 5, UX section 11).
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from techdesk.text import REPLACEMENT

_NOT_PRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class PrintableOnly(LineFilter):
    """Puts a visible mark in the place of every control and direction character."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments as they are where nothing is wrong with them, which is nearly always."""
        search = _NOT_PRINTABLE.search
        if not any(search(text) for text, _, control in segments if not control):
            return segments
        return [
            segment
            if segment.control
            else Segment(_NOT_PRINTABLE.sub(REPLACEMENT, segment.text), segment.style)
            for segment in segments
        ]
