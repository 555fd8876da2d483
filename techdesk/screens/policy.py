"""Why a ticket is due when it is due, and how its policy's sentences are read.

Pages, turned with tab: how the deadlines of the ticket came about; what is known of its customer, with the
source; the readings, each with the section it reads, the choice that counts and the others; the rules with
the words of their refusals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from techdesk.actions.grading import SEVERITY, grade_words
from techdesk.screens.sheet import Sheet
from techdesk.widgets.cells import wrap
from techdesk.work.customer_facts import customer_lines
from techdesk.work.downtime import downtime_lines
from techdesk.work.explain import explanation_lines
from techdesk.work.readings import (
    BLANK,
    Kind,
    Line,
    contradiction_lines,
    plain_lines,
    reading_lines,
    rule_lines,
)

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.sla.policy import Policy

_STYLES = {Kind.HEADING: "bold", Kind.QUESTION: "bold", Kind.CHOICE: "dim"}

Pages = Sequence[tuple[str, Sequence[Line]]]
"""Title and lines of each page."""


def policy_pages(policy: Policy) -> list[tuple[str, Sequence[Line]]]:
    """The pages of a policy without a ticket."""
    return [
        ("Readings", [*reading_lines(policy), BLANK, *contradiction_lines(policy)]),
        ("Rules", rule_lines(policy)),
    ]


def ticket_pages(workbench: Workbench, ticket: int) -> list[tuple[str, Sequence[Line]]]:
    """The pages of one ticket: how its deadlines came about, then those of its policy.

    Empty where the ticket is gone.
    """
    row = workbench.reader.row(ticket)
    if row is None:
        return []
    name = row.clock.policy
    now = workbench.clock.now()
    explanation = workbench.book.explain(name, workbench.reader.history(ticket), now)
    policy = workbench.policy(ticket)
    told = [Line(Kind.HEADING, f"{row.number} {row.subject}"), BLANK]
    if effort := grade_words(policy, SEVERITY, row.severity):
        told += [*plain_lines([effort]), BLANK]
    told += plain_lines(explanation_lines(explanation))
    pages: list[tuple[str, Sequence[Line]]] = [("Deadlines", told)]
    view = workbench.reader.ticket(ticket)
    if policy is None or view is None:
        return pages
    down = downtime_lines(policy, workbench.records(ticket), now)
    if down:
        told += [BLANK, *down]
    return [
        *pages,
        ("Customer", customer_lines(workbench.facts(view, now), now)),
        *policy_pages(policy),
    ]


class PolicyScreen(Sheet):
    """A policy, or how it runs for one ticket: pages to turn."""

    CSS_PATH = "policy.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right,l", "turn(1)", show=False),
        Binding("shift+tab,left,h", "turn(-1)", show=False),
    ]

    def __init__(self, pages: Pages) -> None:
        """``pages``: of ``ticket_pages`` or ``policy_pages``; at least one."""
        super().__init__()
        self._pages = tuple(pages)
        self._page = 0

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="policy", can_focus=False):
            yield Static(id="policy-text")

    def on_mount(self) -> None:
        self._fill()
        # Once laid out it is known how much the frame and the scroll bar leave.
        self.call_after_refresh(self._fill)

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    def _fill(self) -> None:
        """Lay the page out for the present width."""
        text = self.query_one("#policy-text", Static)
        width = text.size.width or self.size.width - 8
        title, lines = self._pages[self._page]
        text.update(Content("\n").join(laid_out(lines, width)))
        count = len(self._pages)
        self.body.border_title = Content(f"{title} ({self._page + 1} of {count})" if count > 1 else title)
        turn = "Tab next page · " if count > 1 else ""
        self.body.border_subtitle = Content(f"{turn}j k scroll · Esc closes")

    def action_turn(self, pages: int) -> None:
        self._page = (self._page + pages) % len(self._pages)
        self._fill()
        self.body.scroll_home(animate=False)


def laid_out(lines: Sequence[Line], width: int) -> list[Content]:
    """Lines wrapped to a width in cells; what is wrapped stays under its beginning."""
    made: list[Content] = []
    for line in lines:
        style = _STYLES.get(line.kind, "")
        first, *more = wrap(line.words, max(10, width - line.indent)) or [""]
        made.append(Content.assemble(" " * line.indent, (first, style)))
        made += [Content.assemble(" " * line.indent, (rest, style)) for rest in more]
    return made
