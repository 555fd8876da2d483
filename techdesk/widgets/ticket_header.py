"""The head of a ticket: what it is about, where it stands, whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from techdesk.model import Channel, Colleague, Instant, Status
from techdesk.rules.rail import Rail
from techdesk.rules.wording import STATUS_WORDS
from techdesk.store.rows import Linked, TicketView
from techdesk.text import minutes_words, safe_text
from techdesk.widgets.cells import Line, Words, both_ends, paint, wrap, wrap_items
from techdesk.widgets.moments import age, due_time
from techdesk.widgets.ticket_columns import NO_SUBJECT

CHANNEL_WORDS = {
    Channel.EMAIL: "e-mail",
    Channel.PHONE: "phone",
    Channel.PORTAL: "portal",
    Channel.CHAT: "chat",
    Channel.MONITORING: "monitoring",
    Channel.SOCIAL: "social media",
    Channel.UNKNOWN: "",
}


def priority_words(priority: int | None, label: str) -> str:
    """``P1``, ``P1 Critical``, ``no priority``; the number is not said twice."""
    if priority is None:
        return label or "no priority"
    number = f"P{priority}"
    if not label or label.casefold() in (number.casefold(), str(priority)):
        return number
    return label if label.startswith((number, f"{priority} ")) else f"{number} {label}"


def fact(label: str, *words: Words) -> Line:
    """A dim label and what it labels."""
    return ((f"{label} ", "ticket-header--label"), *words) if label else words


class TicketHeader(Widget):
    """Two to five lines: number and subject, then the facts, as many a line as there is room for."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ticket-header--number",
        "ticket-header--subject",
        "ticket-header--label",
        "ticket-header--status",
        "ticket-header--closed",
        "ticket-header--urgent",
        "ticket-header--nobody",
        "ticket-header--vip",
        "ticket-header--mark",
        "ticket-header--attention",
        "ticket-header--place",
        "ticket-header--here",
    }
    DEFAULT_CSS = """
    TicketHeader { height: auto; width: 1fr; padding: 0 1; }
    TicketHeader > .ticket-header--number { color: $secondary; text-style: bold; }
    TicketHeader > .ticket-header--subject { text-style: bold; }
    TicketHeader > .ticket-header--label { text-style: dim; }
    TicketHeader > .ticket-header--status { color: $success; text-style: bold; }
    TicketHeader > .ticket-header--closed { text-style: dim; }
    TicketHeader > .ticket-header--urgent { color: $error; text-style: bold; }
    TicketHeader > .ticket-header--nobody { color: $warning; }
    TicketHeader > .ticket-header--vip { color: $accent; text-style: bold; }
    TicketHeader > .ticket-header--mark { color: $secondary; }
    TicketHeader > .ticket-header--attention { color: $error; text-style: bold; }
    TicketHeader > .ticket-header--here { color: $warning; text-style: bold; }
    TicketHeader > .ticket-header--place { text-style: dim; }
    """

    def __init__(self, *, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self._view: TicketView | None = None
        self._now: Instant = 0
        self._place = ""
        self._rail: Rail | None = None
        self._snoozed: Instant | None = None
        self._priorities: Sequence[tuple[int, str, str]] = ()
        self._lines: list[Line] = []
        self._colleagues: tuple[Colleague, ...] = ()
        self._laid_out_for: tuple[int, int] = (0, 0)

    def show(
        self,
        view: TicketView | None,
        now: Instant,
        place: str = "",
        rail: Rail | None = None,
        snoozed: Instant | None = None,
    ) -> None:
        """Show a ticket as it stands at ``now``; ``place`` is where it is in the list (``3 of 41``).

        ``snoozed``: until when this profile has put it out of sight.
        """
        self._view, self._now, self._place, self._rail = view, now, place, rail
        self._snoozed = snoozed
        height = len(self._lines)
        self._lay_out(self.size.width)
        self.refresh(layout=len(self._lines) != height)

    def meet(self, people: tuple[Colleague, ...]) -> None:
        """Show who else is on the ticket."""
        self._colleagues = people
        height = len(self._lines)
        self._lay_out(self.size.width)
        self.refresh(layout=len(self._lines) != height)

    @property
    def text(self) -> str:
        """What it says, line by line."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        self._lay_out(width)
        return max(1, len(self._lines))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._laid_out_for[0] != width:
            self._lay_out(width)
        return paint(self, self._lines[y] if y < len(self._lines) else (), width)

    def _lay_out(self, width: int) -> None:
        self._laid_out_for = (width, self._now)
        view = self._view
        if view is None or width <= 0:
            self._lines = []
            return
        row = view.row
        number: Words = (f"{row.number}  ", "ticket-header--number")
        marks = self._marks(view)
        title = both_ends(
            (number, (row.subject if row.subject.strip() else NO_SUBJECT, "ticket-header--subject")),
            (*marks, (f"  {self._place}" if self._place else "", "ticket-header--place")),
            width,
            keep=30,
        )
        lines: list[Line] = [title]
        indent = len(row.number) + 2
        rest = self._subject_rest(row.subject, title, width - indent)
        if rest:
            lines.append(((" " * indent, ""), (rest, "ticket-header--subject")))
        lines.extend(wrap_items(self._facts(view), width, gap=3 if width >= 100 else 2))
        self._lines = lines

    def _subject_rest(self, subject: str, title: Line, room: int) -> str:
        """What of a long subject goes on the second line: none in a narrow window, where lines are dear."""
        shown = title[1][0] if len(title) > 1 else ""
        if not shown.endswith("…") or subject.endswith(shown) or self.app.size.height < 30:
            return ""
        lines = wrap(subject[len(shown) - 1 :].lstrip(), room)
        return lines[0] + ("…" if len(lines) > 1 else "")

    def _marks(self, view: TicketView) -> Line:
        row = view.row
        marks: list[Words] = []
        if row.attention:
            marks.append((f"  {row.attention.upper()}", "ticket-header--attention"))
        if row.escalation_level:
            marks.append((f"  escalated {row.escalation_level}", "ticket-header--urgent"))
        if row.pending:
            marks.append((f"  {row.pending} unsent", "ticket-header--nobody"))
        if row.draft:
            marks.append(("  ✎ draft", "ticket-header--mark"))
        return tuple(marks)

    def _facts(self, view: TicketView) -> list[Line]:
        row = view.row
        now, zone = self._now, self._zone
        status = STATUS_WORDS[row.status]
        if row.status is Status.CLOSED and view.close_reason:
            status = f"closed: {safe_text(view.close_reason, 80)}"
        priority = priority_words(row.priority, row.priority_label)
        if row.severity is not None:
            priority += f" S{row.severity}"
        here: list[Line] = [
            (
                (f"{'✎' if each.writing else '◉'} {safe_text(each.name, 60)}", "ticket-header--here"),
                (" writing" if each.writing else " is here", "ticket-header--here"),
            )
            for each in self._colleagues
        ]
        facts: list[Line] = [
            *here,
            ((status, "ticket-header--status" if row.status.is_active else "ticket-header--closed"),),
            *(
                [fact("snoozed until", (due_time(self._snoozed, now, zone), "ticket-header--nobody"))]
                if self._snoozed is not None
                else []
            ),
            ((priority, "ticket-header--urgent" if row.priority == 1 else ""),),
            fact("owner", (row.owner_name or "nobody", "" if row.owner_name else "ticket-header--nobody")),
        ]
        # Of an open ticket it tells what lies ahead, which is not worth a line of a small window.
        roomy = row.status.is_active and self.app.size.height >= 30
        if self._rail is not None and (roomy or row.status is Status.RESOLVED):
            facts.append(((self._rail.words, "ticket-header--mark"),))
            if counter := self._rail.counter:
                facts.append(((counter, "ticket-header--nobody"),))
        requester: list[Words] = [(row.requester_name or "unknown", "")]
        if row.vip:
            requester.append((" VIP", "ticket-header--vip"))
        facts.append(fact("from", *requester))
        if row.organisation_name:
            facts.append(fact("of", (row.organisation_name, "")))
        if row.queue_name:
            facts.append(fact("queue", (row.queue_name, "")))
        if view.kind:
            facts.append(fact("type", (safe_text(view.kind, 60), "")))
        if channel := CHANNEL_WORDS[row.channel]:
            facts.append(fact("by", (channel, "")))
        facts.append(fact("created", (due_time(row.created, now, zone), "")))
        if row.updated != row.created:
            changed = age(max(0, now - row.updated))
            facts.append(fact("changed", (changed if changed == "just now" else f"{changed} ago", "")))
        if view.closed is not None:
            # Desks keep one instant for both: it is when the ticket was done.
            done = "resolved" if row.status is Status.RESOLVED else "closed"
            facts.append(fact(done, (due_time(view.closed, now, zone), "")))
        if view.server_due is not None:
            facts.append(fact("desk's own due", (due_time(view.server_due, now, zone), "")))
        if view.time_worked:
            facts.append(fact("worked", (minutes_words(view.time_worked), "")))
        if view.watchers:
            facts.append(fact("copies to", (_some(view.watchers), "")))
        facts.extend(_link(link) for link in view.links)
        if view.merging_into:
            facts.append(fact("will be merged into", (view.merging_into, "ticket-header--attention")))
        facts.extend(((f"#{tag}", "ticket-header--mark"),) for tag in row.tags)
        return facts


def _some(names: Sequence[str]) -> str:
    """The first two of several names, and how many more."""
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"{', '.join(names[:2])}{more}"


def _link(link: Linked) -> Line:
    status = f" ({link.status.value})" if link.status is not None else ""
    return fact(link.words, (f"{link.number}{status}", "ticket-header--mark"))


class People(Widget):
    """Who asks, for whom, who answers, and when either wrote last: beside a wide conversation."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "people--title",
        "people--name",
        "people--label",
        "people--vip",
        "people--nobody",
    }
    DEFAULT_CSS = """
    People { height: auto; width: 1fr; padding: 0 1; }
    People > .people--title { text-style: bold; }
    People > .people--name { text-style: bold; }
    People > .people--label { text-style: dim; }
    People > .people--vip { color: $accent; text-style: bold; }
    People > .people--nobody { color: $warning; }
    """

    def __init__(self, *, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self._lines: list[Line] = []

    def show(self, view: TicketView | None, now: Instant) -> None:
        """Show the people of a ticket as it stands at ``now``."""
        before, self._lines = len(self._lines), [] if view is None else self._made(view, now)
        self.refresh(layout=len(self._lines) != before)

    @property
    def text(self) -> str:
        """What it says, line by line."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._lines))

    def render_line(self, y: int) -> Strip:
        return paint(self, self._lines[y] if y < len(self._lines) else (), self.size.width)

    def _made(self, view: TicketView, now: Instant) -> list[Line]:
        row, requester = view.row, view.requester
        lines: list[Line] = [(("PEOPLE", "people--title"),)]
        name: list[Words] = [(row.requester_name or "unknown requester", "people--name")]
        if row.vip:
            name.append(("  VIP", "people--vip"))
        lines.append(tuple(name))
        if requester is not None and requester.email:
            lines.append(((requester.email, "people--label"),))
        if row.organisation_name:
            region = f", {view.organisation.region}" if view.organisation and view.organisation.region else ""
            lines.append(((f"{row.organisation_name}{region}", ""),))
        lines.append((("wrote ", "people--label"), (self._when(view.last_customer_message, now), "")))
        lines.append(())
        if row.owner_name:
            lines.append((("owner ", "people--label"), (row.owner_name, "people--name")))
        else:
            lines.append((("owner ", "people--label"), ("nobody, a takes it", "people--nobody")))
        lines.append((("answered ", "people--label"), (self._when(view.last_public_reply, now), "")))
        return lines

    def _when(self, instant: Instant | None, now: Instant) -> str:
        if instant is None:
            return "not yet"
        old = age(max(0, now - instant))
        return f"{due_time(instant, now, self._zone)}, {old if old == 'just now' else f'{old} ago'}"
