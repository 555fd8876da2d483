"""One conflict in full: base, mine and theirs of each field, what came in between, the keys that decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import ClassVar

from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from techdesk.model import Direction, Instant, OperationKind, OperationState, Visibility
from techdesk.store.disputes import Dispute, FieldDispute
from techdesk.store.rows import Entry, Pending
from techdesk.widgets.cells import Line, fit, paint, wrap, wrap_all, wrap_items
from techdesk.widgets.moments import clock_time

_BODY_LINES = 12
"""Lines of one message; the ticket itself has the rest."""
_NARROW = 64
"""Cells from which the three values stand side by side with room to be read."""
_QUIET, _STRONG, _BAD, _CLASH = (
    "dispute-view--quiet",
    "dispute-view--strong",
    "dispute-view--bad",
    "dispute-view--clash",
)


def choices(line: Pending, dispute: Dispute) -> list[tuple[str, str]]:
    """(action id, what it means here) for each way to decide, the likely first."""
    if dispute.gone == "merged":
        offered = [("conflict.move", f"do it to {dispute.other_number or 'the other ticket'}")]
        offered += [("conflict.save", "save the text in a file")] if line.text else []
        return [*offered, ("conflict.theirs", "drop it")]
    if dispute.gone:
        offered = [("conflict.save", "save the text in a file, drop it here")] if line.text else []
        return [*offered, ("conflict.theirs", "drop it")]
    if dispute.written:
        offered = [("conflict.mine", "leave it as I set it")]
        if dispute.closes:
            offered.insert(0, ("conflict.reopen", "reopen the ticket"))
        return [*offered, ("conflict.edit", "set another value")] if not dispute.closes else offered
    if dispute.closes:
        again = "close again: the rules are asked anew"
        return [("conflict.theirs", "do not close it"), ("conflict.mine", again)]
    refused = line.state is OperationState.REJECTED
    mine = "try again" if refused else "send mine all the same" if line.text else "keep mine"
    if dispute.change is not None:
        mine = "try both again" if refused else "send it, with the change"
    if dispute.kind is OperationKind.CREATE:
        return [("conflict.mine", "try again"), ("conflict.edit", "edit"), ("conflict.theirs", "drop it")]
    theirs = "do not send it (a draft again)" if line.text else "take theirs"
    if dispute.change is not None:
        theirs = "neither (the text a draft again)"
    return [("conflict.mine", mine), ("conflict.theirs", theirs), ("conflict.edit", "edit")]


def dispute_lines(
    line: Pending,
    dispute: Dispute | None,
    keys: Mapping[str, str],
    now: Instant,
    width: int,
    zone: tzinfo | None = None,
) -> list[Line]:
    """The lines for a width in cells. ``keys``: how each action is called; one without is not offered."""
    lines: list[Line] = [((f"{line.number}  ", _STRONG), (line.subject, _STRONG))]
    lines += [((text, _BAD),) for text in wrap(line.error or "The desk refused it.", width)]
    decided = clock_time(line.created, now, zone)
    what = f"{line.what}, {dispute.change_words}" if dispute and dispute.change_words else line.what
    lines += [((text, ""),) for text in wrap(f"You, {decided}: {what}", width)]
    if dispute is None:
        return [*lines, (), (("It is decided.", _QUIET),)]
    offered = tuple(
        ((keys[action_id], "dispute-view--key"), (f" {words}", ""))
        for action_id, words in choices(line, dispute)
        if action_id in keys
    )
    lines += [(), *wrap_items(offered, width)]
    if dispute.other_reader and "conflict.move" in keys:
        lines += [((text, _BAD),) for text in wrap(dispute.other_reader, width)]
    if dispute.fields:
        lines += [(), *_field_lines(dispute.fields, now, width, zone)]
    if dispute.messages:
        lines += [(), (("Written meanwhile", _STRONG),)]
        for entry in reversed(dispute.messages):
            lines += _entry_lines(entry, now, width, zone)
    if dispute.changes:
        lines += [(), (("Changed meanwhile", _STRONG),)]
        for change in reversed(dispute.changes):
            when = clock_time(change.at, now, zone)
            words = f"{when}  {change.actor_name}: {change.field} {change.old or 'none'} -> "
            lines += [((text, ""),) for text in wrap(words + (change.new or "none"), width)]
    if dispute.text:
        lines += [(), (("Your text", _STRONG),)]
        lines += [((f"  {text}", ""),) for text in wrap_all(dispute.text, width - 2)]
    if dispute.behind:
        more = (
            "1 later change of yours waits" if dispute.behind == 1 else f"{dispute.behind} later changes wait"
        )
        lines += [(), ((f"{more} until this is decided.", _QUIET),)]
    return lines


def _field_lines(fields: Sequence[FieldDispute], now: Instant, width: int, zone: tzinfo | None) -> list[Line]:
    """A table where there is room for three columns of words, else a block a field."""
    if width < _NARROW:
        return [line for field in fields for line in _field_block(field, now, width, zone)]
    name = max(8, min(14, max(len(field.name) for field in fields) + 1))
    column = (width - name - 1) // 3
    head = ("", ""), ("you saw", _QUIET), ("you set", _QUIET), ("the desk has", _QUIET)
    out: list[Line] = [
        ((fit(head[0][0], name), ""), *((fit(words, column), style) for words, style in head[1:]))
    ]
    for field in fields:
        values = (field.base or "--", field.mine, field.theirs)
        cells = [wrap(value, column - 2) for value in values]
        for row in range(max(len(cell) for cell in cells)):
            texts = [cell[row] if row < len(cell) else "" for cell in cells]
            out.append(
                (
                    (fit(field.name if row == 0 else "", name), _STRONG),
                    (fit(texts[0], column), ""),
                    (fit(texts[1], column), ""),
                    (texts[2], _CLASH if field.clash else ""),
                )
            )
        if field.by:
            out.append(((" " * (name + 2 * column), ""), (_who(field, now, zone), _QUIET)))
    return out


def _field_block(field: FieldDispute, now: Instant, width: int, zone: tzinfo | None) -> list[Line]:
    by = f"  {_who(field, now, zone)}" if field.by else ""
    out: list[Line] = [((field.name, _STRONG),)]
    for label, value, style in (
        ("you saw", field.base or "--", ""),
        ("you set", field.mine, ""),
        ("desk has", field.theirs + by, _CLASH if field.clash else ""),
    ):
        for row, text in enumerate(wrap(value, width - 12)):
            out.append(((fit(f"  {label}" if row == 0 else "", 12), _QUIET), (text, style)))
    return out


def _who(field: FieldDispute, now: Instant, zone: tzinfo | None) -> str:
    return f"{field.by} {clock_time(field.at, now, zone)}" if field.at is not None else field.by


def _entry_lines(entry: Entry, now: Instant, width: int, zone: tzinfo | None) -> list[Line]:
    kind = "internal note" if entry.visibility is Visibility.INTERNAL else "to the customer"
    what = "wrote" if entry.direction is Direction.INBOUND else kind
    head = f"{clock_time(entry.at, now, zone)}  {entry.author_name} {what}"
    body = wrap_all(entry.body.strip(), width - 2)
    lines: list[Line] = [((text, "dispute-view--who"),) for text in wrap(head, width)]
    lines += [((f"  {text}", ""),) for text in body[:_BODY_LINES]]
    if len(body) > _BODY_LINES:
        lines.append(((f"  {len(body) - _BODY_LINES} more lines in the ticket", _QUIET),))
    return lines


class DisputeView(ScrollView, can_focus=False, inherit_bindings=False):
    """Shows one dispute; scrolls where it is longer than the screen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "dispute-view--quiet",
        "dispute-view--strong",
        "dispute-view--bad",
        "dispute-view--clash",
        "dispute-view--key",
        "dispute-view--who",
    }
    DEFAULT_CSS = """
    DisputeView {
        height: 1fr; width: 1fr; scrollbar-size: 0 1; overflow-x: hidden; padding: 0 1;
        color: $foreground; background: $background;
    }
    DisputeView > .dispute-view--quiet { text-style: dim; }
    DisputeView > .dispute-view--strong { text-style: bold; }
    DisputeView > .dispute-view--bad { color: $error; text-style: bold; }
    DisputeView > .dispute-view--clash { color: $warning; text-style: bold; }
    DisputeView > .dispute-view--key { text-style: bold reverse; }
    DisputeView > .dispute-view--who { color: $primary; text-style: bold; }
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        super().__init__()
        self._keys = keys
        self._shown: tuple[Pending, Dispute | None] | None = None
        self._now: Instant = 0
        self._lines: list[Line] = []

    def show(self, line: Pending, dispute: Dispute | None, now: Instant) -> None:
        """Show this one; another one begins at its top."""
        other = self._shown is None or self._shown[0].key != line.key
        if not other and self._shown == (line, dispute):
            return
        self._shown, self._now = (line, dispute), now
        self._lay_out()
        if other:
            self.scroll_to(y=0, animate=False, force=True)

    def clear(self) -> None:
        """Show nothing."""
        self._shown = None
        self._lay_out()

    @property
    def text(self) -> str:
        """What it says, line by line."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def page(self, direction: int) -> None:
        """Scroll by one page less a line."""
        step = max(1, self.scrollable_content_region.height - 1)
        self.scroll_to(y=self.scroll_offset.y + direction * step, animate=False, force=True)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if self._shown is None or width <= 0:
            self._lines = []
        else:
            self._lines = dispute_lines(*self._shown, self._keys, self._now, max(20, width - 1))
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        line = self._lines[index] if index < len(self._lines) else ()
        return paint(self, line, self.scrollable_content_region.width)
