"""A few lines over the status bar, for a sentence that does not fit on it: a refusal with its remedy."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

GLYPHS = {"info": " ", "done": "+", "warning": "!", "error": "x"}
"""What says how a sentence is meant, where there is no colour."""


class Notice(Static):
    """Covers the lines above the status bar until the next key; moves nothing."""

    DEFAULT_CSS = """
    Notice {
        layer: notice; dock: bottom; display: none; height: auto; max-height: 8; width: 1fr;
        margin: 0 0 2 0; padding: 0 2; border-top: solid $warning; border-bottom: solid $warning;
        background: $background; color: $foreground;
    }
    Notice.-error { border-top: solid $error; border-bottom: solid $error; }
    """

    def say(self, words: str, severity: str) -> None:
        """Show a paragraph of plain words."""
        self.set_class(severity == "error", "-error")
        self.update(Content(words))
        self.display = True
