"""HTML mail as plain lines. Only for reading: what RT keeps stays as it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    (
        *("address", "article", "blockquote", "div", "dl", "fieldset", "figure", "footer", "form", "header"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "main", "nav", "ol", "p", "pre", "section", "table"),
        *("tr", "ul"),
    )
)
_SILENT = frozenset(("head", "script", "style", "title"))


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0
        self._kept_as_is = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag in _BLOCKS:
            self.pieces.append("\n")
            self._kept_as_is += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.pieces.append("\n\n" if tag == "p" else "\n")
            self._kept_as_is -= tag == "pre" and self._kept_as_is > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data if self._kept_as_is else re.sub(r"\s+", " ", data))


def from_html(source: str) -> str:
    """The words of an HTML body, a paragraph to a block of lines. Never raises: bad markup gives its text."""
    parser = _Lines()
    parser.feed(source)
    parser.close()
    lines = [line.strip() for line in "".join(parser.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
