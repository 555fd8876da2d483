"""The very first screen: no profile exists, so it offers the demo desk or a connection to a real one.

It speaks to no network itself. Whoever opens it passes in how a connection is checked and how it is kept;
without those it only asks for the address, and leaves the rest to the one who opened it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from techdesk.screens.terminal_app import TerminalApp
from techdesk.text import safe_text
from techdesk.widgets.choice_list import Choice, ChoiceList

DEMO = "demo"
SAVED = "profile:"
"""Before the name of the profile that was saved, in the app's answer."""


class Wanted(Struct, frozen=True, kw_only=True):
    """A connection as typed."""

    url: str
    kind: str
    token: str


class Checked(Struct, frozen=True, kw_only=True):
    """What the desk said: who we are there, or why it does not work."""

    words: str
    """``Bea Moreau at Request Tracker 5.0.3, class C``; or the failure and its remedy."""
    works: bool


Check = Callable[[Wanted], Checked]
"""Asks the desk who we are. Called in a thread; must not raise for what goes wrong in the field."""
Save = Callable[[Wanted], str]
"""Keeps the profile and its token; gives the profile's name."""


def address_problem(url: str) -> str:
    """What is wrong with an address, as a sentence; empty when it can be tried."""
    text = url.strip()
    if not text:
        return "Type the address of your help desk, for instance https://helpdesk.example"
    if not text.startswith(("https://", "http://")):
        return "The address begins with https:// (or http:// for a desk on this machine)."
    if any(character.isspace() for character in text) or len(text) <= len("https://"):
        return "This is not an address: it needs a name after https:// and no spaces."
    return ""


class KindLine(Static, can_focus=True):
    """The kind of help desk: the arrows and the space bar choose another."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space,l", "turn(1)", show=False),
        Binding("left,h", "turn(-1)", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed on it."""

    def __init__(self, kinds: Sequence[str]) -> None:
        super().__init__()
        self._kinds = tuple(kinds)
        self._index = 0

    @property
    def kind(self) -> str:
        """The chosen kind."""
        return self._kinds[self._index]

    def on_mount(self) -> None:
        self._draw()

    def action_turn(self, step: int) -> None:
        self._index = (self._index + step) % len(self._kinds)
        self._draw()

    def _draw(self) -> None:
        parts = [
            Content.styled(f" {kind} ", "reverse" if index == self._index else "dim")
            for index, kind in enumerate(self._kinds)
        ]
        self.update(Content(" ").join(parts))

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.post_message(self.Submitted())


class ConnectScreen(Screen[str]):
    """Two choices; the second opens a form."""

    AUTO_FOCUS = ""  # None would be the app's own: the first field, before there is a form
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("enter", "take", show=False),
        Binding("d", "demo", show=False),
        Binding("c", "connect", show=False),
        Binding("q", "leave", show=False),
    ]

    def __init__(self, kinds: Sequence[str], check: Check | None, save: Save | None) -> None:
        super().__init__()
        self._kinds = tuple(kinds)
        self._check = check
        self._save = save
        self._confirmed: Wanted | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="connect") as box:
            box.border_title = Content("techdesk")
            yield Static(Content("No help desk is connected yet."), id="connect-title")
            yield ChoiceList(
                (
                    Choice(
                        id="demo",
                        label="Try the demo desk",
                        detail="made-up data",
                        hint_key="d",
                    ),
                    Choice(
                        id="connect",
                        label="Connect to a help desk",
                        detail="your team's",
                        hint_key="c",
                    ),
                ),
                rows=2,
            )
            with Vertical(id="connect-form"):
                yield Static(Content("Address"), classes="connect-label")
                yield _field("https://helpdesk.example", "connect-url")
                if self._check is not None:
                    yield Static(Content("Kind"), classes="connect-label")
                    yield KindLine(self._kinds)
                    yield Static(Content("Token"), classes="connect-label")
                    yield _field("it is never shown", "connect-token", password=True)
            yield Static(id="connect-words")

    def on_mount(self) -> None:
        self.query_one("#connect-form").display = False
        self._say("Enter chooses · q ends")

    def _say(self, words: str, *, wrong: bool = False) -> None:
        line = self.query_one("#connect-words", Static)
        line.set_class(wrong, "-wrong")
        line.update(Content(words))

    @property
    def _filling(self) -> bool:
        return bool(self.query_one("#connect-form").display)

    def action_move(self, lines: int) -> None:
        if self._filling:
            if lines > 0:
                self.focus_next()
            else:
                self.focus_previous()
        else:
            self.query_one(ChoiceList).move(lines, wrap=True)

    def action_take(self) -> None:
        if self._confirmed is not None:
            self._keep(self._confirmed)
            return
        choice = self.query_one(ChoiceList).current
        if choice is not None and not self._filling:
            self._choose(choice.id)

    @on(ChoiceList.Chosen)
    def _chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self._choose(event.choice.id)

    def _choose(self, choice: str) -> None:
        if choice == "demo":
            self.action_demo()
        else:
            self.action_connect()

    def action_demo(self) -> None:
        if not self._filling:
            self.app.exit(DEMO)

    def action_connect(self) -> None:
        if self._filling:
            return
        self.query_one(ChoiceList).display = False
        self.query_one("#connect-form").display = True
        self.query_one("#connect-url", Input).focus()
        self._say("Enter goes on · Esc goes back")

    def action_back(self) -> None:
        """Back to the choices; what was typed stays in the form."""
        if not self._filling:
            return
        self._confirmed = None
        self.set_focus(None)
        self.query_one("#connect-form").display = False
        self.query_one(ChoiceList).display = True
        self._say("Enter chooses · q ends")

    def action_leave(self) -> None:
        if not self._filling:
            self.app.exit(None)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._confirmed = None

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._confirmed is not None:
            self._keep(self._confirmed)
        elif event.input.id == "connect-url":
            problem = address_problem(event.value)
            if problem:
                self._say(problem, wrong=True)
            elif self._check is None:
                self.app.exit(event.value.strip())
            else:
                self.query_one(KindLine).focus()
        else:
            self._try()

    @on(KindLine.Submitted)
    def _kind_chosen(self, event: KindLine.Submitted) -> None:
        event.stop()
        self.query_one("#connect-token", Input).focus()

    def _try(self) -> None:
        """Ask the desk who we are, in a thread; nothing is kept before it has answered."""
        check = self._check
        assert check is not None
        url = self.query_one("#connect-url", Input).value.strip()
        token = self.query_one("#connect-token", Input).value.strip()
        problem = address_problem(url) or ("" if token else "The desk needs a token to know you.")
        if problem:
            self._say(problem, wrong=True)
            return
        wanted = Wanted(url=url, kind=self.query_one(KindLine).kind, token=token)
        self._say("Asking the desk who you are …")
        self.run_worker(
            partial(_ask, check, wanted), name="check", thread=True, exclusive=True, exit_on_error=False
        )

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.SUCCESS and event.worker.result is not None:
            wanted, checked = event.worker.result
            if not self._filling:
                return
            if checked.works:
                self._confirmed = wanted
                self._say(f"You are {safe_text(checked.words)}. Enter keeps this connection, Esc goes back.")
            else:
                self._say(safe_text(checked.words), wrong=True)
        elif event.state is WorkerState.ERROR:
            self._say(f"The desk could not be asked: {event.worker.error}. Nothing was kept.", wrong=True)

    def _keep(self, wanted: Wanted) -> None:
        if self._save is not None:
            self.app.exit(SAVED + self._save(wanted))


def _ask(check: Check, wanted: Wanted) -> tuple[Wanted, Checked]:
    return wanted, check(wanted)


def _field(placeholder: str, name: str, *, password: bool = False) -> Input:
    field = Input(placeholder=placeholder, password=password, compact=True, id=name)
    field.cursor_blink = False
    return field


class ConnectApp(TerminalApp[str]):
    """Answers ``demo``, an address, ``profile:NAME`` once one is saved, or None when it was left.

    With ``check`` and ``save`` the whole connection is made here; without, only the address is asked for.
    """

    CSS_PATH = "connect.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        *,
        kinds: Sequence[str] = ("native", "rt"),
        check: Check | None = None,
        save: Save | None = None,
    ) -> None:
        super().__init__()
        if (check is None) is not (save is None):
            raise ValueError("check and save go together")
        self._screen_made = ConnectScreen(kinds, check, save)

    def get_default_screen(self) -> Screen[str]:
        return self._screen_made
