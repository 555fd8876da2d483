"""What every main screen shares: keys from the registry, changes through the workbench, one line to speak on.

A screen implements an action as a method ``do_<id with dots as underscores>``; what it does not implement is
looked for here. Changes of a ticket are all here (``TicketActions``), so one key does one thing everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap
from textual.content import Content
from textual.events import Key, ScreenResume
from textual.screen import Screen
from textual.widget import Widget

from techdesk.actions.keymap import in_force, key_of, unknown
from techdesk.actions.registry import Action, Where, action, actions_on
from techdesk.model import Instant
from techdesk.screens.keys import bindings, key_name, sequences
from techdesk.screens.playing import Playing
from techdesk.screens.targets import Targets
from techdesk.terminal.compositor import LinesCompositor
from techdesk.widgets.hint_bar import Hint, HintBar
from techdesk.widgets.key_strip import KeyStrip
from techdesk.widgets.notice import Notice
from techdesk.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from textual.css.model import RuleSet

    from techdesk.actions.workbench import Workbench
    from techdesk.screens.desk_app import DeskApp
    from techdesk.store.reader import Reader
    from techdesk.store.rows import Counters
    from techdesk.work.objectives import Digest

T = TypeVar("T")
Severity = Literal["info", "done", "warning", "error"]
"""How a sentence on the status line is meant: information, success, something to look at, a failure."""


_HIDDEN = "hidden widgets"


class DeskScreen(Playing, Screen[None], inherit_bindings=False):
    """A main screen. Subclasses set ``where`` and say what is between the edges in ``compose_body``."""

    where: ClassVar[Where]
    BINDINGS: ClassVar[list[Any]] = [
        Binding("ctrl+c,super+c", "copy_text", "Copy the selected text", show=False),
    ]

    def __init_subclass__(cls, *, layer: bool = False, **options: Any) -> None:
        """``layer``: a part of a screen in a file of its own, never a screen by itself. Textual prepares each
        class of widgets for being made; for the seven below the queue that was 4 ms before the first row."""
        if not layer:
            super().__init_subclass__(**options)

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._compositor = LinesCompositor()
        # Textual makes bindings of a class; these are the user's, read when the program starts.
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(bindings(self.where))])
        self.pressed = ""
        """The key that started the action now being done, in the registry's notation."""
        self.seen = 0
        """Place in the store's change log up to which this screen shows it."""
        self.doing: Action | None = None
        """The action now being done, or done last."""
        self.done_before = ""
        """Id of the action that was done before it; empty for none."""
        self._awaited: set[str] = set()
        self._first_key = ""
        self._sequences = sequences(self.where)
        self._keys_here = in_force().by_key(self.where)
        self._styled_by: list[RuleSet] | None = None
        # Held and not asked for: each key asks both whether they say something.
        self._bar: StatusBar | None = None
        self._notice: Notice | None = None

    # Layout

    def compose(self) -> ComposeResult:
        yield from self.compose_body()
        self._bar = StatusBar()
        yield self._bar
        yield HintBar(self.hints())
        if self.desk.painted:
            yield from self.compose_hidden()
        else:
            self._awaited.add(_HIDDEN)

    def compose_body(self) -> ComposeResult:
        """The widgets between the top edge and the status bar."""
        yield from ()

    def compose_hidden(self) -> ComposeResult:
        """The widgets that lie over the others when they are needed."""
        yield KeyStrip()
        self._notice = Notice()
        yield self._notice

    async def complete(self) -> None:
        """Put up what is hidden: on the first screen only once it is painted, so that it is painted sooner.

        Keys wait for it (``awaits``).
        """
        if _HIDDEN in self._awaited:
            await self.mount_all(list(self.compose_hidden()))
            self._awaited.discard(_HIDDEN)

    def hints(self) -> list[Hint]:
        """Keys for the hint bar, by the registry's rank; the way out last."""
        # Read-only, undo brings back marks that were taken off and nothing else: no key to be reminded of.
        without = ("app.undo",) if self.read_only else ()
        shown = actions_on(self.where, read_only=self.read_only)
        offered = [a for a in shown if a.hint and a.id not in without]
        ranked = sorted(offered, key=lambda a: a.hint)
        return [(self.key_for(a), self._short(a)) for a in ranked if self.key_for(a)]

    def _short(self, act: Action) -> str:
        """The word of the hint bar: only from the queue does the way out end techdesk."""
        return "back" if act.id == "app.leave" and self.where is not Where.QUEUE else act.short

    def key_for(self, act: Action) -> str:
        """The name of the first key that does it, in the user's own keymap; empty for none."""
        return key_name(in_force().first(act))

    def key_of_action(self, action_id: str) -> str:
        """The same, by the action's id: for sentences that name a key."""
        return self.key_for(action(action_id))

    # What a screen is given

    @property
    def desk(self) -> DeskApp:
        """The app, as screens know it."""
        return cast("DeskApp", self.app)

    @property
    def workbench(self) -> Workbench:
        """Everything that this profile needs."""
        return self.desk.workbench

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed."""
        return bool(getattr(self.workbench, "read_only", False))

    def current_ticket(self) -> int | None:
        """Local key of the ticket that the ticket actions act on; None where there is none."""
        return None

    def targets(self) -> Targets:
        """The tickets that an action goes to."""
        key = self.current_ticket()
        return Targets() if key is None else Targets(keys=(key,))

    def refresh_rows(self, keys: Sequence[int] | None) -> None:
        """The store changed: show the new values of these tickets (None: any may have changed)."""

    def store_changed(self, keys: Sequence[int] | None) -> None:
        """What the app calls: nothing is asked of a screen that is not up yet."""
        if self.is_mounted:
            self.refresh_rows(keys)

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Back on show: catch up with what changed meanwhile."""
        # Every widget was given its styles when it was mounted, and is told what changes of them. Only what
        # was read while another screen was on show (a theme, a new dialog's sheet) is news: 10 ms a ticket.
        rules = self.app.stylesheet.rules
        news = self._styled_by is not None and self._styled_by is not rules
        event.refresh_styles, self._styled_by = event.refresh_styles and news, rules
        newest = self.desk.newest_change
        if self.seen != newest and self.is_mounted:
            self.seen = newest
            self.refresh_rows(None)
        self.desk.show_status()

    def show_counters(self, counters: Counters) -> None:
        """New counts were read."""

    def tick(self, now: Instant) -> None:
        """A second has passed. Called once a second, aligned to it; only what changed may be repainted."""

    # Reading

    @property
    def awaits(self) -> bool:
        """Whether something is being read that a key asked for: the next key waits (``TypeAhead``)."""
        return bool(self._awaited)

    def read(
        self,
        group: str,
        work: Callable[[Reader], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Have the reading thread read what a key asked for; keys that follow wait until it is here.

        What the program reads by itself goes to ``desk.reading`` directly: no key waits for it.
        """
        self._awaited.add(group)

        def arrived(result: T) -> None:
            self._awaited.discard(group)
            done(result)

        def not_read(error: Exception) -> None:
            self._awaited.discard(group)
            failed(error)

        self.desk.reading.submit(
            group, work, self.unless_left(arrived), self.unless_left(not_read), asked=True
        )

    def unless_left(self, take: Callable[[T], None]) -> Callable[[T], None]:
        """``take``, as long as this screen is open: what was read for one that was left has nowhere to go."""

        def taken(result: T) -> None:
            if self in self.app.screen_stack:
                take(result)

        return taken

    # Doing things

    def action_perform(self, action_id: str, key: str = "") -> None:
        """What every binding, the palette and the sequences call."""
        if self._first_key:
            self._finish_sequence(key)
            return
        self.quiet()
        act = action(action_id)
        reason = self.disabled_reason(act)
        if reason:
            self.say(reason, severity="warning")
            return
        self.pressed = key
        self.done_before, self.doing = self.doing.id if self.doing is not None else "", act
        self.before_action(action_id)
        if self.act_on_marks(act):
            return
        getattr(self, f"do_{action_id.replace('.', '_')}", self._do_nothing)()

    def before_action(self, action_id: str) -> None:
        """An action is about to be done."""

    def act_on_marks(self, act: Action) -> bool:
        """Do it to the marked tickets; False where it goes to the ticket under the cursor, as where there
        are no marks."""
        return False

    def action_prefix(self, key: str) -> None:
        """The first key of a sequence; pressed as a second key, it belongs to the one before."""
        if self._first_key:
            self._finish_sequence(key)
            return
        self.quiet()
        self._first_key = key
        choices = [(key_name(second), act.title) for second, act in self._sequences[key]]
        self.query_one(KeyStrip).offer(key_name(key), choices)

    def on_key(self, event: Key) -> None:
        """A second key that has no meaning alone never reaches a binding, so it is caught here."""
        key = key_of(event.character, event.key)
        if self._first_key:
            event.stop()
            event.prevent_default()
            self._finish_sequence(key)
        elif key not in self._keys_here and event.key not in self.active_bindings:
            event.stop()
            self.quiet()
            self.say(unknown(key, self.where, key_name), severity="warning")
        elif (
            key != event.character
            and event.character is not None
            and key in self._keys_here
            and len(key) == 1
        ):
            event.stop()
            self.action_perform(self._keys_here[key].id, key)

    def _finish_sequence(self, key: str) -> None:
        first, self._first_key = self._first_key, ""
        self.query_one(KeyStrip).withdraw()
        for second, act in self._sequences[first]:
            if second == key:
                self.action_perform(act.id, f"{first} {second}")
                return
        if key != "escape":
            there = ", ".join(key_name(second) for second, _ in self._sequences[first])
            words = f"{key_name(first)} {key_name(key)} does nothing here; after {key_name(first)}: {there}."
            self.say(words, severity="warning")

    def disabled_reason(self, act: Action) -> str:
        """Why an action cannot be done now, as a sentence; empty when it can."""
        if act.changes and self.read_only:
            return "techdesk runs read-only here: nothing can be changed."
        if act.id in _NEED_A_TICKET and self.current_ticket() is None:
            return f"No ticket is selected, so there is nothing to {act.short}."
        return ""

    def _do_nothing(self) -> None:
        self.say("This does nothing on this screen.", severity="warning")

    # Speaking

    @property
    def status_bar(self) -> StatusBar | None:
        """The line that speaks; None before it is there, and once it has gone."""
        return self._bar if self._bar is not None and self._bar.is_attached else None

    def say(self, words: str | Content, *, severity: Severity = "info") -> None:
        """One line in the status bar; a longer sentence gets a panel over it. Gone with the next key."""
        plain = words.plain if isinstance(words, Content) else words
        bar = self.status_bar
        if bar is None:
            return
        if bar.room_for(plain, queued=severity == "done") or _HIDDEN in self._awaited:
            bar.say(plain, severity)
        else:
            for notice in self.query(Notice):
                notice.say(plain, severity)

    def is_saying(self, words: str) -> bool:
        """Whether this sentence is still on show; never so of the empty one."""
        if not words:
            return False
        bar = self.status_bar
        notices = [notice for notice in self.query(Notice) if notice.display]
        return (bar is not None and bar.said == words) or any(
            str(notice.content) == words for notice in notices
        )

    @property
    def saying(self) -> bool:
        """Whether the status line holds a sentence."""
        bar = self.status_bar
        return (bar is not None and bool(bar.said)) or any(n.display for n in self.query(Notice))

    def quiet(self) -> None:
        """A key was pressed: what was said last is over."""
        self.unsay()

    def unsay(self) -> None:
        """Take away what was said last."""
        if self._bar is not None:
            self._bar.unsay()
        if self._notice is not None and self._notice.display:
            self._notice.display = False

    # Actions that are the same on every screen

    def do_go_queue(self) -> None:
        self.desk.go("queue")

    def do_go_sla(self) -> None:
        self.desk.go("sla")

    def do_go_bulk(self) -> None:
        self.desk.go("run")

    def do_go_outbox(self) -> None:
        self.desk.go("outbox")

    def do_go_conflicts(self) -> None:
        self.desk.go("conflicts")

    def do_go_report(self) -> None:
        from techdesk.work.objectives import digest

        now = self.workbench.clock.now()
        self.say("Reading the objectives ...")
        self.read("objectives", lambda reader: digest(reader, now), self._show_report, self._not_told)

    def _show_report(self, found: Digest) -> None:
        from techdesk.screens.policy import PolicyScreen
        from techdesk.work.objectives import lines, title

        self.unsay()
        self.app.push_screen(PolicyScreen([(title(found), lines(found))]))

    def _not_told(self, error: Exception) -> None:
        self.say(f"The objectives cannot be read: {error}", severity="error")

    def do_app_back(self) -> None:
        self.desk.go_back()

    def do_app_leave(self) -> None:
        if not self.desk.go_back():
            self.desk.leave()

    def do_app_quit(self) -> None:
        self.desk.end()

    def do_app_palette(self) -> None:
        from techdesk.screens.palette import ActionProvider, Palette

        if not Palette.is_open(self.app):
            self.app.push_screen(Palette([ActionProvider], id="--command-palette"))

    def do_app_help(self) -> None:
        from techdesk.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.where, read_only=self.read_only))

    def do_app_redraw(self) -> None:
        self.desk.redraw()

    def do_app_sync(self) -> None:
        self.say(self.desk.sync_now())

    def do_list_urgent(self) -> None:
        self.desk.go_most_urgent()

    def body(self) -> Widget | None:
        """The widget that keys of movement act on; None when the screen has none."""
        return None


_NEED_A_TICKET = frozenset(
    a.id for a in actions_on(Where.TICKETS) if a.id.startswith("ticket.") and a.id != "ticket.new"
)
