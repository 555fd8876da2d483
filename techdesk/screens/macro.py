"""A macro: which one, and the difference that it makes, shown before anything is done."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from techdesk.actions.macros import MacroPlan, Step
from techdesk.rules.verdicts import Refuse, Warn
from techdesk.screens.dialog import Dialog
from techdesk.text import safe_lines, safe_text


class MacroPreview(Dialog[str]):
    """Gives ``y`` to apply it, ``e`` to edit its reply first, None to leave. No is the answer to Enter."""

    CSS_PATH = "macro.tcss"
    AUTO_FOCUS = "#macro-difference"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,n,enter", "leave", show=False),
        Binding("y", "apply", show=False),
        Binding("e", "edit", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, plan: MacroPlan) -> None:
        super().__init__()
        self._plan = plan
        refusal = plan.refusal
        edits = refusal is None or refusal.rule == "generic.placeholder"
        self._may_apply = refusal is None
        self._may_edit = bool(plan.reply) and edits

    def compose(self) -> ComposeResult:
        with Vertical(id="macro") as dialog:
            dialog.border_title = Content(safe_text(f"{self._plan.macro.title}: {self._plan.number}", 80))
            with VerticalScroll(id="macro-difference"):
                yield Static(self._difference())
            yield Static(id="macro-foot")

    def on_mount(self) -> None:
        self._say_foot()

    def on_resize(self, event: events.Resize) -> None:
        self.query_one("#macro-difference").styles.max_height = max(3, event.size.height - 6)

    def _difference(self) -> Content:
        plan = self._plan
        lines: list[Content] = [_line(step) for step in plan.steps]
        if plan.note:
            lines += [Content(""), Content.styled("Internal note", "bold"), _body(plan.note)]
        if plan.reply:
            to = safe_text(plan.recipient, 120) or "the customer"
            lines += [Content(""), Content.styled(f"Sent to {to}", "bold"), _body(plan.reply)]
        if plan.draft:
            words = f"Your draft ({plan.draft:,} characters) stays a draft: it is not sent."
            lines += [Content(""), Content(words)]
        refusal = plan.refusal
        if refusal is not None:
            words = safe_text(f"Not applied: {refusal.reason} {refusal.remedy}", 1000)
            lines += [Content(""), Content.styled(words, "bold")]
        return Content("\n").join(lines)

    def _say_foot(self, words: str = "") -> None:
        keys = ["y apply"] if self._may_apply else []
        keys += ["e edit the reply first"] if self._may_edit else []
        self.query_one("#macro-foot", Static).update(Content(words or "   ".join([*keys, "esc leave"])))

    def action_scroll(self, lines: int) -> None:
        self.query_one("#macro-difference").scroll_relative(y=lines, animate=False)

    def action_apply(self) -> None:
        if self._may_apply:
            self.answer("y")
        else:
            self._say_foot("It cannot be applied: the reason stands above. esc leaves.")

    def action_edit(self) -> None:
        if self._may_edit:
            self.answer("e")
        else:
            self._say_foot("There is no reply to edit. esc leaves.")

    def action_leave(self) -> None:
        self.answer(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.answer(None)


def _line(step: Step) -> Content:
    words = safe_text(step.words, 200)
    match step.verdict:
        case Refuse(reason=reason, remedy=remedy):
            return Content(f"✗ {words}\n    refused: {safe_text(f'{reason} {remedy}', 600)}")
        case Warn(reason=reason):
            return Content(f"! {words}\n    {safe_text(reason, 600)}")
        case _:
            return (
                Content.styled(f"= {words}: so already", "dim") if step.unchanged else Content(f"> {words}")
            )


def _body(text: str) -> Content:
    return Content("\n".join(f"  {line}" for line in safe_lines(text).splitlines()))
