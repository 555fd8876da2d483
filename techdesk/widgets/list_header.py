"""The lines above a list: where one is, which views there are, what the columns are."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from techdesk.widgets import sla_clock
from techdesk.widgets.cells import fit
from techdesk.widgets.one_line import OneLine, Piece, fitted, spread
from techdesk.widgets.ticket_columns import SORTED_BY, Column

_LIMIT = 16
"""Cells of a limit that are shown in any case."""


class HeaderLine(OneLine):
    """Profile, view, count and limit at the left; news and the time at the right."""

    COMPONENT_CLASSES = {
        "header-line--name",
        "header-line--view",
        "header-line--quiet",
        "header-line--limit",
        "header-line--news",
        "header-line--marks",
        "header-line--stale",
    }
    DEFAULT_CSS = """
    HeaderLine { color: $foreground; }
    HeaderLine > .header-line--name { text-style: bold; color: $primary; }
    HeaderLine > .header-line--view { text-style: bold; }
    HeaderLine > .header-line--quiet { text-style: dim; }
    HeaderLine > .header-line--limit { color: $accent; }
    HeaderLine > .header-line--marks { color: $accent; text-style: bold; }
    HeaderLine > .header-line--news { color: $success; text-style: bold; }
    HeaderLine > .header-line--stale { color: $error; text-style: bold reverse; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._right: list[Piece] = []
        self._between: Sequence[str] = ()
        self._order: Sequence[str] = ()

    def show_both(
        self,
        left: Sequence[Piece],
        right: Sequence[Piece],
        between: Sequence[str] = (),
        order: Sequence[str] = (),
    ) -> None:
        """Show these at the two edges. ``between``: ways to say what goes before the time does, the longest
        first; the first that fits is shown. ``order``: the same of how the list is sorted, for the shortest
        of which the time goes."""
        self._right, self._between, self._order = list(right), between, order
        self.show(left)

    def laid_out(self, width: int) -> list[Piece]:
        right, pieces = self._right, _with_short_limit(self._pieces, width)

        def room() -> int:
            return width - sum(cell_len(text) for text, _ in (*pieces, *right))

        # The time goes before the view's name does, and before how the list is sorted does.
        if room() < (cell_len(self._order[-1]) + 2 if self._order else 0):
            right = right[:1] if right and right[0][1] == "header-line--news" else []
        for ways in (self._order, self._between if right == self._right else ()):
            said = next((f"  {words}" for words in ways if cell_len(words) + 2 <= room()), "")
            pieces = [*pieces, (said, "header-line--quiet")] if said else pieces
        return spread(pieces, right, width)


def _with_short_limit(pieces: list[Piece], width: int) -> list[Piece]:
    """A long limit is cut so that what stands behind it, the key that clears it first, is seen."""
    over = sum(cell_len(text) for text, _ in pieces) - width
    if over <= 0:
        return pieces

    def cut(text: str) -> str:
        size = cell_len(text)
        return fit(text, max(min(size, _LIMIT), size - over))

    return [(cut(text) if style == "header-line--limit" else text, style) for text, style in pieces]


def view_pieces(titles: Sequence[str], counts: Sequence[int | None], chosen: int, width: int) -> list[Piece]:
    """The views in one line. Where they do not fit, counts go from the end; where
    that is not enough, whole views far from the chosen go instead, and the others keep their counts."""

    def label(index: int, *, count: bool) -> str:
        number = counts[index] if count else None
        return f" {index + 1} {titles[index]}{'' if number is None else f' {number:,}'} "

    def total(labels: Sequence[str]) -> int:
        return 1 + sum(cell_len(text) for text in labels)

    labels = [label(i, count=True) for i in range(len(titles))]
    if total([label(i, count=i == chosen) for i in range(len(titles))]) <= width:
        for index in reversed(range(len(titles))):
            if total(labels) <= width:
                break
            labels[index] = label(index, count=index == chosen)
    first, last = 0, len(labels)
    while total(labels[first:last]) + 2 > width and last - first > 1:
        if chosen - first > last - 1 - chosen:
            first += 1
        else:
            last -= 1
    pieces: list[Piece] = [("‹" if first else " ", "view-bar--quiet")]
    pieces += [
        (labels[index], "view-bar--chosen" if index == chosen else "view-bar--quiet")
        for index in range(first, last)
    ]
    if last < len(labels):
        pieces.append(("›", "view-bar--quiet"))
    return pieces


class ViewBar(OneLine):
    """The saved views with their counts; the chosen one stands out."""

    COMPONENT_CLASSES = {"view-bar--chosen", "view-bar--quiet"}
    DEFAULT_CSS = """
    ViewBar { color: $foreground; }
    ViewBar > .view-bar--chosen { text-style: bold reverse; }
    ViewBar > .view-bar--quiet { text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._titles: list[str] = []
        self._counts: list[int | None] = []
        self._chosen = 0

    def show_views(self, titles: Sequence[str], counts: Sequence[int | None], chosen: int) -> None:
        """Show these views."""
        self._titles, self._counts, self._chosen = list(titles), list(counts), chosen
        self.show([])

    def laid_out(self, width: int) -> list[Piece]:
        self._pieces = view_pieces(self._titles, self._counts, self._chosen, width) if self._titles else []
        return fitted(self._pieces, width)


class Headings(OneLine):
    """Names of the columns, over them."""

    COMPONENT_CLASSES = {"headings--words"}
    DEFAULT_CSS = """
    Headings { color: $foreground; }
    Headings > .headings--words { text-style: dim underline; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._columns: Sequence[Column] = ()
        self._order = ""

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show the headings of these columns."""
        self._columns = columns
        self._show()

    def sorted_by(self, order: str) -> None:
        """Point at the column that the list is sorted by; empty where it is the view's own order."""
        self._order = order
        self._show()

    def _show(self) -> None:
        arrow = "↓" if self._order.startswith("-") else "↑"
        by = self._order.removeprefix("-")
        due = f"DUE{arrow}" if by == "urgency" else "DUE"
        words = f"    {due:>{sla_clock.WIDTH}} "
        for column in self._columns:
            sorts = bool(by) and SORTED_BY.get(column.id) == by
            title = f"{column.title[: column.width - 1]}{arrow}" if sorts else column.title
            words += fit(title, column.width) + " "
        self.show([(words, "headings--words")])
