"""A few fields asked for together, small enough for 60x20: Enter keeps them, Esc leaves."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from techdesk.actions.forms import FieldKind, Form, fault
from techdesk.screens.dialog import Dialog
from techdesk.text import safe_text
from techdesk.widgets.form_fields import Cycle, Ticks

Answers = dict[str, str]
_EDGES = 5
"""Lines that the frame and the foot take."""


class FormDialog(Dialog[Answers]):
    """Asks a form's fields; gives their values by name, or None when it was left."""

    CSS_PATH = "form.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("enter,ctrl+s", "take", show=False, priority=True),
        Binding("up,shift+tab", "app.focus_previous", show=False),
        Binding("down,tab", "app.focus_next", show=False),
    ]

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._fields: dict[str, Input | Cycle | Ticks] = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="form") as dialog:
            dialog.border_title = Content(safe_text(self._form.title, 200))
            with VerticalScroll(id="form-fields", can_focus=False):
                if self._form.note:
                    yield Static(Content(safe_text(self._form.note, 600)), id="form-note")
                for field in self._form.fields:
                    options = [(option.id, safe_text(option.label, 200)) for option in field.options]
                    made: Input | Cycle | Ticks
                    if field.kind is FieldKind.CHOICE:
                        made = Cycle(options, field.value)
                    elif field.kind is FieldKind.TICKS:
                        done = {each.id: safe_text(each.done, 60) for each in field.options if each.done}
                        made = Ticks(options, field.value, done)
                    else:
                        made = Input(
                            safe_text(field.value, 300),
                            placeholder=safe_text(field.hint, 120),
                            compact=True,
                            select_on_focus=True,
                        )
                        made.cursor_blink = False
                    self._fields[field.name] = made
                    if isinstance(made, Ticks):
                        if field.label:
                            yield Static(Content(safe_text(field.label, 60)), classes="form-label -above")
                        yield made
                    else:
                        yield Horizontal(
                            Static(Content(safe_text(field.label, 14)), classes="form-label"),
                            made,
                            classes="form-line",
                        )
            yield Static(id="form-foot")

    def on_mount(self) -> None:
        self._fit()
        self._say("")
        start = self._form.start or next(iter(self._fields), "")
        if start:
            self._fields[start].focus()

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        # The foot is always on the screen, however many fields there are.
        self.query_one("#form-fields").styles.max_height = max(3, self.size.height - _EDGES)

    @property
    def answers(self) -> Answers:
        """What is filled in, by the name of the field."""
        return {
            name: field.value.strip() if isinstance(field, Input) else field.value
            for name, field in self._fields.items()
        }

    @property
    def said(self) -> str:
        """What stands under the fields."""
        return str(self.query_one("#form-foot", Static).content)

    def _say(self, words: str) -> None:
        foot = self.query_one("#form-foot", Static)
        foot.set_class(bool(words), "-refusal")
        turned = any(isinstance(field, Cycle) for field in self._fields.values())
        marked = any(isinstance(field, Ticks) for field in self._fields.values())
        keys = f"enter {self._form.yes}   esc leave   tab next"
        keys += "   space other" if turned else ""
        keys += "   space tick" if marked and not turned else ""
        foot.update(Content(words or keys))

    @on(Input.Changed)
    @on(Cycle.Changed)
    @on(Ticks.Changed)
    def _changed(self, event: Input.Changed | Cycle.Changed | Ticks.Changed) -> None:
        event.stop()
        self._say("")

    @on(Ticks.NeedsNone)
    def _needs_none(self, event: Ticks.NeedsNone) -> None:
        event.stop()
        self._say(f"It needs no tick: {event.why}.")

    def action_take(self) -> None:
        name, words = fault(self._form, self.answers)
        if name:
            self._fields[name].focus()
            self._say(words)
            return
        self.answer(self.answers)

    def action_leave(self) -> None:
        self.answer(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.answer(None)
