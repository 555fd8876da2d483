"""Write to the customer, or a note that the customer never sees.

The text is saved half a second after the last key, so nothing that ends techdesk can take it. It is sent only
by a key of the bar that escape shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from msgspec import Struct
from textual import on
from textual.app import ComposeResult as Widgets
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from techdesk.actions.filling import open_places
from techdesk.model import Direction, Draft, FieldValue, Instant, OperationKind, Visibility
from techdesk.screens.attaching import Attaching
from techdesk.screens.canned import CannedReplies
from techdesk.screens.draft_dialog import DraftDialog
from techdesk.screens.drafts import DraftKeeper
from techdesk.screens.outside_editor import OutsideEditor
from techdesk.screens.writing import Ending, FinishBar, Writing
from techdesk.sla.evaluation import Metric, Verdict
from techdesk.store.rows import Entry, TicketView
from techdesk.widgets.cells import fit
from techdesk.widgets.last_message import LastMessage
from techdesk.widgets.moments import due_time, local, zone_label
from techdesk.widgets.targets import METRIC_WORDS

KEPT_CHARACTERS = 1_000_000
"""Of a text, in the store."""
_KINDS = {"note": "note", "resolve": "notice"}
"""What is written, by how it looks; a reply where that is not here."""
LAST_SEEN = "last_customer_message"
"""Field of a draft: when the customer had written last, as the writer saw it."""


class ComposeResult(Struct, frozen=True):
    """What is to be sent, and what the ticket becomes with it: ``waiting``, ``resolved`` or as it is."""

    text: str
    then: str = ""
    files: tuple[str, ...] = ()
    """Ids of the files that go with it."""


class Compose(Attaching, CannedReplies, OutsideEditor, DraftDialog[ComposeResult]):
    """One reply, note or notice of resolution. Gives None when it was left; the draft stays then."""

    CSS_PATH = "compose.tcss"
    AUTO_FOCUS = "Writing"
    VERTICAL_BREAKPOINTS = [(0, "-lowest"), (12, "-low"), (17, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+g", "editor", show=False),
        Binding("ctrl+o", "context", show=False),
        Binding("ctrl+t", "canned", show=False),
    ]

    def __init__(
        self,
        ticket: int | None,
        kind: OperationKind,
        *,
        resolve: bool = False,
        initial: str = "",
        insert: str = "",
        with_macro: str = "",
    ) -> None:
        """``initial``: text to start with where no draft is kept; ``insert``: put in after one that is.
        ``resolve``: sending resolves it. ``with_macro``: title of the macro that goes with sending."""
        super().__init__()
        self._ticket = ticket
        self._kind = kind
        self._resolve = resolve
        self._initial = initial
        self._insert = insert
        self._with_macro = with_macro
        self._zone: tzinfo | None = None
        self._view: TicketView | None = None
        self._customer: Entry | None = None
        self._seen: Instant | None = None
        self._writing = Writing(placeholder="Write here. Esc shows what can be done with it.")
        """Held here, because its text is still wanted when the screen is being taken down."""
        self._drafts = DraftKeeper(
            self,
            self.draft,
            lambda draft: not (draft.body.strip() or self._files),
            self.draft_told,
            self._paused,
            name=lambda: f"{_KINDS.get(self._look, 'reply')} {self._number}".rstrip(),
        )

    # Layout

    def compose(self) -> Widgets:
        yield Static(id="compose-title", classes=f"-{self._look}")
        yield Static(id="compose-about")
        yield LastMessage()
        yield self._writing
        yield Static(id="compose-files")
        yield Static(id="state")
        yield FinishBar(self._endings())
        keys = "esc send, keep, discard  ^g editor  ^t canned  ^o above"
        yield Static(Content(keys), id="keys")

    @property
    def _look(self) -> str:
        if self._kind is OperationKind.COMMENT:
            return "note"
        return "resolve" if self._resolve else "reply"

    def _endings(self) -> list[Ending]:
        """What the bar offers. Nothing is sent by the key that showed it."""
        rest = [
            Ending("a", "attach"),
            Ending("e", "edit (esc)"),
            Ending("d", "keep draft"),
            Ending("x", "discard"),
        ]
        if self._with_macro:
            return [Ending("y", f"send, with {fit(self._with_macro, 40)}"), *rest]
        match self._look:
            case "note":
                return [Ending("y", "save the note"), *rest]
            case "resolve":
                return [Ending("y", "send and resolve"), *rest]
            case _:
                more = [Ending("w", "send + waiting"), Ending("r", "send + resolved")]
                return [Ending("y", "send"), *more, *rest]

    def on_mount(self) -> None:
        reader = self.workbench.reader
        now = self.workbench.clock.now()
        self._view = reader.ticket(self._ticket) if self._ticket is not None else None
        self._seen = self._view.last_customer_message if self._view is not None else None
        self._customer = self._newest_customer_message()
        text, words = self._restored(now)
        self._writing.load_text(text)
        self._writing.move_cursor(self._writing.document.end)
        self._drafts.is_as_saved()
        if self._insert:
            # After is_as_saved: a text of a macro is a draft like any other once it stands here.
            self._writing.insert(f"\n\n{self._insert}" if text.strip() else self._insert)
        self._show_head(now)
        self.query_one(LastMessage).show(self._customer, now)
        also = "" if self._news() else self._also_writing()
        self.say("; ".join(each for each in (words or self._news(), also) if each))

    def _also_writing(self) -> str:
        """A colleague who is writing on the same ticket now."""
        below = getattr(self.app, "desk_screen", lambda: None)()
        people = getattr(below, "colleagues", ()) if below is not None else ()
        names = [each.name for each in people if each.writing]
        return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} writing here too" if names else ""

    def _restored(self, now: Instant) -> tuple[str, str]:
        """The kept draft, and the sentence that says so."""
        draft = self.workbench.reader.draft(self._ticket, self._kind)
        self.restore_files(draft.fields.get("files") if draft is not None else None)
        if draft is None or not (draft.body.strip() or self._files):
            return self._initial, ""
        seen = draft.fields.get(LAST_SEEN)
        if isinstance(seen, int):
            self._seen = seen
        news = self._news()
        restored = f"draft of {due_time(draft.updated, now, self._zone)} restored"
        return draft.body, f"{restored}; {news}" if news else restored

    def _newest_customer_message(self) -> Entry | None:
        if self._ticket is None:
            return None
        for entry in reversed(self.workbench.reader.conversation(self._ticket, count=50)):
            if entry.direction is Direction.INBOUND and entry.visibility is Visibility.PUBLIC:
                return entry
        return None

    def _show_head(self, now: Instant) -> None:
        view = self._view
        if view is None:
            self.query_one("#compose-title", Static).update(Content(" MESSAGE "))
            return
        requester = view.requester
        name = view.row.requester_name or "the customer"
        address = f" <{requester.email}>" if requester is not None and requester.email else ""
        title = {
            "reply": f"REPLY to {name}{address}",
            "resolve": f"RESOLVED: notice to {name}{address}",
            "note": f"INTERNAL NOTE: {name} never sees it",
        }[self._look]
        self.query_one("#compose-title", Static).update(Content(f" {title} "))
        due = self._due(now)
        # The deadline is wanted more than the end of the subject.
        room = self.size.width - 4 - len(view.row.number) - (len(due) + 3 if due else 0)
        about = [
            Content.styled(view.row.number, "bold"),
            Content(f"  {fit(view.row.subject, max(10, room))}"),
            Content.styled(f"   {due}" if due else "", "dim"),
        ]
        self.query_one("#compose-about", Static).update(Content("").join(about))

    def on_resize(self) -> None:
        self._show_head(self.workbench.clock.now())

    def _due(self, now: Instant) -> str:
        """The deadline that this text meets: of the response, or of the resolution."""
        if self._ticket is None or self._kind is OperationKind.COMMENT:
            return ""
        wanted = (
            (Metric.ESCALATION, Metric.RESOLUTION)
            if self._resolve
            else (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)
        )
        for target in self.workbench.reader.evaluation(self._ticket, now).targets:
            if target.verdict is Verdict.RUNNING and target.due is not None and target.metric in wanted:
                is_due = "due" if target.due > now else "was due"
                return f"{METRIC_WORDS[target.metric]} {is_due} {due_time(target.due, now, self._zone)}"
        return ""

    def say(self, words: str, *, passing: bool = False) -> None:
        """One sentence under the text. A passing one (saved) never takes the place of one to be read, until
        the next key says that it was."""
        if passing and self._unread_words:
            return
        self._unread_words = bool(words) and not passing
        super().say(words)

    _unread_words = False

    # What happens meanwhile

    def look_again(self, keys: Sequence[int]) -> None:
        """Tickets changed. Under the open bar nothing moves: what is sent looks once more by itself."""
        if self._ticket in keys and self.is_mounted and not self.query_one(FinishBar).is_open:
            self.refresh_rows()

    def refresh_rows(self, keys: object = None) -> None:
        """Look anew: a message of the customer that came meanwhile is shown at once."""
        if self._ticket is None or not self.is_mounted:
            return
        newest = self._newest_customer_message()
        if newest is not None and newest != self._customer:
            self._customer = newest
            self._view = self.workbench.reader.ticket(self._ticket)
            self.query_one(LastMessage).show(newest, self.workbench.clock.now(), unfold=True)
            if news := self._news():
                self.say(news)

    def _news(self) -> str:
        """Says that the customer wrote after this was begun; empty when not."""
        newest = self._customer
        if newest is None or self._seen is None or newest.at <= self._seen:
            return ""
        when = due_time(newest.at, self.workbench.clock.now(), self._zone)
        return f"{newest.author_name} wrote again at {when}, after you began: read it above"

    # The draft

    @on(TextArea.Changed)
    def _typed(self) -> None:
        if not self._drafts.is_saved(self.draft()):
            self._unread_words = False
        self._drafts.touched()

    def _paused(self) -> None:
        """The writer has stopped for a moment: save, and look whether the customer wrote."""
        self.keep_draft()
        self.refresh_rows()

    def draft(self) -> Draft:
        fields: dict[str, FieldValue] = {LAST_SEEN: self._seen}
        if self._files:
            fields["files"] = self.file_ids
        base = self._view.base if self._view is not None else None
        return Draft(
            ticket=self._ticket,
            kind=self._kind,
            body=self._writing.text,
            fields=fields,
            base_revision=base.revision if base is not None else 0,
            updated=self.workbench.clock.now(),
        )

    def named(self) -> tuple[str, str]:
        action_id = "ticket.comment" if self._look == "note" else f"ticket.{self._look}"
        return f"the {_KINDS.get(self._look, 'reply')} for {self._number or 'the customer'}", action_id

    @property
    def _number(self) -> str:
        return self._view.row.number if self._view is not None else ""

    _unsaved = False
    """Whether it was said that the draft is not saved: what unsays that is no passing word."""

    def draft_told(self, draft: Draft, error: BaseException | None) -> None:
        if error is None and len(draft.body) > KEPT_CHARACTERS:
            self.say(
                f"Only the first {KEPT_CHARACTERS:,} characters of {len(draft.body):,} are kept: cut it."
            )
        elif error is None:
            at = f"{local(draft.updated, self._zone):%H:%M:%S} {zone_label(draft.updated, self._zone)}"
            self.say(f"draft saved {at}", passing=not self._unsaved)
            self._unsaved = False
        else:
            self._unsaved = True
            why = str(error) or "The disk takes long to answer; it is tried again."
            self.say(f"The draft is NOT saved; it is still here, and ^g writes it in your editor. {why}")

    # The end

    def action_finish(self) -> None:
        if not self.query_one(FinishBar).is_open:
            self.refresh_rows()
        super().action_finish()

    def open_bar(self, warning: str = "") -> None:
        if warning := warning or self._news():
            warning = f"{warning}. Send all the same?"
            self.say("")
            if self._customer is not None and self._news():
                self._seen_now = self._customer.at
        super().open_bar(warning)

    _seen_now: Instant | None = None
    """Of the newest message that the bar has warned of."""

    def end_by(self, key: str) -> None:
        match key:
            case "w":
                self._send("waiting")
            case "r":
                self._send("resolved")
            case "a":
                self.attach()
            case _:
                self._send("resolved" if self._resolve else "")

    def _send(self, then: str) -> None:
        text = self._writing.text
        if not text.strip():
            self.edit()
            what = _KINDS.get(self._look, "reply")
            self.say(f"Nothing was sent: the {what} is empty. Write it, or esc and d to leave.")
            return
        if refusal := self._too_long(text):
            self.edit()
            self.say(refusal)
            return
        gaps = open_places(text)
        if gaps and gaps != self._gaps_shown:
            self._gaps_shown = gaps
            self.open_bar(f"{' '.join(gaps)} {'is' if len(gaps) == 1 else 'are'} not filled in")
            return
        self.refresh_rows()
        if self._news() and (self._customer is None or self._customer.at != self._seen_now):
            # Shown before it is sent, whatever was typed ahead.
            self.open_bar()
            return
        self.keep_draft()
        # The store drops the draft in the transaction that queues the message, and not before.
        self.answer(ComposeResult(text.strip("\n").rstrip(), then, tuple(self.file_ids)))

    def _too_long(self, text: str) -> str:
        """Why this help desk would refuse so long a text; empty where it would not."""
        desk = self.workbench.capabilities
        most = min(desk.text_limit, KEPT_CHARACTERS) if desk is not None else KEPT_CHARACTERS
        if len(text) <= most:
            return ""
        return (
            f"Nothing was sent: this has {len(text):,} characters, and this help desk takes"
            f" {most:,}. The draft is kept; cut it, or attach it as a file."
        )

    def discard(self) -> None:
        text = self._writing.text.strip()
        if not text and not self._files:
            self.drop()
            return
        size = f"{len(text):,} characters" if len(text) != 1 else "1 character"
        if self._files:
            size += f" and {len(self._files)} file{'' if len(self._files) == 1 else 's'}"
        number = self._number or "the message"
        self.ask_to_discard(f"Discard what you wrote for {number}?", size)

    # Other keys

    _gaps_shown: tuple[str, ...] = ()
    """Placeholders without a value that the bar has warned of."""

    def action_context(self) -> None:
        self.query_one(LastMessage).next_size()
