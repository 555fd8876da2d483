"""Open a ticket, for instance for somebody on the phone; also without a network.

Until the desk has numbered it, the ticket is called ``NEW-`` and its local key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from msgspec import Struct
from textual import on
from textual.app import ComposeResult as Widgets
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from techdesk.actions.grading import PRIORITY, SEVERITY
from techdesk.model import Channel, Draft, FieldValue, OperationKind, Person
from techdesk.screens.choosing import CHANNELS, NEWCOMER, newcomer
from techdesk.screens.draft_dialog import DraftDialog
from techdesk.screens.drafts import DraftKeeper
from techdesk.screens.new_ticket_offers import TITLES, Offers
from techdesk.screens.pick import Pick
from techdesk.screens.writing import Ending, FinishBar, Writing
from techdesk.text import safe_text
from techdesk.widgets.chooser import Chooser
from techdesk.widgets.moments import due_time

if TYPE_CHECKING:
    from techdesk.screens.desk_app import DeskApp


_CHANNELS = {channel.value: words for channel, words in CHANNELS.items()}


class NewTicketResult(Struct, frozen=True):
    """What ``workbench.perform('ticket.new', None, fields=..., text=...)`` takes."""

    fields: dict[str, FieldValue]
    """By neutral name; empty ones are left out. ``requester`` is a person's id, or an e-mail address."""
    text: str


def missing(fields: dict[str, FieldValue], text: str, queues: int) -> tuple[str, str]:
    """The first field that is wanted and not there, and the sentence that says so; empty when all are."""
    if not str(fields.get("subject", "")).strip():
        return "subject", "The subject is empty: say in a line what it is about."
    if not fields.get("requester"):
        return "requester", "Nobody is named as requester: choose a person, or type an e-mail address."
    if queues > 1 and not fields.get("queue"):
        return "queue", "No queue is chosen: press Enter on it to choose one."
    if not text.strip():
        return "text", "The first message is empty: write what the customer reports."
    return "", ""


def _is_empty(draft: Draft) -> bool:
    """Whether nothing was said yet: what is only chosen beforehand is no draft."""
    return not draft.body.strip() and not draft.fields.get("subject") and not draft.fields.get("requester")


class NewTicket(DraftDialog[NewTicketResult]):
    """The form of a new ticket. Gives None when it was left; what was typed stays as a draft then."""

    CSS_PATH = "new_ticket.tcss"
    AUTO_FOCUS = "#new-subject"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,down", "app.focus_next", show=False),
        Binding("shift+tab,up", "app.focus_previous", show=False),
    ]

    _offers: Offers
    """Read when the form opens."""

    def __init__(
        self,
        *,
        fields: Mapping[str, Any] | None = None,
        text: str = "",
        follows: int | None = None,
        words: str = "",
        again: bool = False,
    ) -> None:
        """``fields`` and ``text``: what it begins with. ``follows``: local key of the ticket in whose place
        it is opened; its draft is kept beside that one's. ``words``: said under the form at first.
        ``again``: the text is a whole message, as somebody wrote it."""
        super().__init__()
        self._given = dict(fields or {})
        self._given_text = text
        self._follows = follows
        self._words = words
        self._again = again
        self._drafts = DraftKeeper(self, self.draft, _is_empty, self.draft_told, name=lambda: "new ticket")
        self._subject = Input(
            placeholder="in a line, what it is about", compact=True, select_on_focus=False, id="new-subject"
        )
        self._subject.cursor_blink = False
        self._choosers = {
            "requester": Chooser("requester", "who asks: Enter or type a name or an e-mail address"),
            "queue": Chooser("queue", "Enter chooses"),
            "kind": Chooser("kind", "not set"),
            "priority": Chooser("priority", "not set"),
            "severity": Chooser("severity", "not set"),
            "owner": Chooser("owner", "nobody"),
            "channel": Chooser("channel", "not set"),
        }
        self._writing = Writing(placeholder="What the customer reports, in the customer's words.")

    def compose(self) -> Widgets:
        yield Static(Content(" NEW TICKET "), id="new-title")
        with Vertical(id="new-form"):
            yield self._labelled("Subject", self._subject)
            yield self._labelled("Requester", self._choosers["requester"])
            yield self._labelled("For", Static(id="new-organisation"))
            yield self._labelled("Queue", self._choosers["queue"])
            yield self._labelled("Type", self._choosers["kind"])
            yield self._labelled("Priority", self._choosers["priority"])
            yield self._labelled("Severity", self._choosers["severity"])
            yield self._labelled("Owner", self._choosers["owner"])
            yield self._labelled("Came by", self._choosers["channel"])
        yield Static(Content("First message"), id="new-message-title")
        yield self._writing
        yield Static(id="state")
        yield FinishBar(
            [
                Ending("y", "open the ticket"),
                Ending("e", "edit (esc)"),
                Ending("d", "keep draft"),
                Ending("x", "discard"),
            ]
        )
        yield Static(Content("tab next field   esc open, keep, discard   works offline"), id="keys")

    @staticmethod
    def _labelled(label: str, field: Input | Static) -> Horizontal:
        return Horizontal(Static(Content(label), classes="new-label"), field, classes="new-line")

    def on_mount(self) -> None:
        self._offers = Offers(self.workbench)
        me, queues = self.workbench.me, list(self._offers.queues.items())
        if len(queues) == 1:
            self._choosers["queue"].choose(*queues[0])
        if me.id:
            self._choosers["owner"].choose(me.id, f"{me.name} (you)")
        self._choosers["channel"].choose(Channel.PHONE.value, "Phone")
        self._line_of("kind").display = bool(self._offers.types)
        self._fill()
        self._show_organisation()
        self._restore()
        if self._words and not self.said:
            self.say(self._words)
        self._count()

    def _fill(self) -> None:
        """Put in what it was opened with."""
        given = self._given
        self._subject.value = str(given.get("subject", ""))
        self._writing.load_text(self._given_text)
        self._writing.move_cursor(self._writing.document.end)
        names = self._offers.queues
        requester = str(given.get("requester", ""))
        if requester:
            person = self._offers.people.get(requester)
            self._choosers["requester"].choose(requester, person.name if person is not None else requester)
        if given.get("queue") in names:
            self._choosers["queue"].choose(str(given["queue"]), names[str(given["queue"])])
        for name in ("owner", "kind", "priority", "severity"):
            if name in given:
                value = "" if given[name] is None else str(given[name])
                owner = self._offers.people.get(value) if name == "owner" else None
                self._choosers[name].choose(value, owner.name if owner is not None else value)
        if words := _CHANNELS.get(str(given.get("channel", ""))):
            self._choosers["channel"].choose(str(given["channel"]), words)

    # Choosing

    def _count(self) -> None:
        """How much there is in each queue and on each desk: of a million tickets no key can wait for it."""
        queue, me = self._choosers["queue"].value, self.workbench.me.id
        cast("DeskApp", self.app).reading.submit(
            "loads",
            lambda reader: (reader.queue_loads(), reader.owner_loads(queue, me)),
            self._offers.counted,
            lambda error: None,  # the choices are all there, without their counts
        )

    @on(Chooser.Open)
    def _ask(self, event: Chooser.Open) -> None:
        event.stop()
        chooser = self._choosers[event.field]
        choices = self._offers.choices(event.field, self.fields())
        offer = newcomer if event.field == "requester" else None
        labels = {choice.id: choice.label for choice in choices}

        def chosen(choice: str | None) -> None:
            if choice is None:
                return
            if choice.startswith(NEWCOMER):
                address = choice.removeprefix(NEWCOMER)
                chooser.choose(address, f"{address} (new to this desk)")
            else:
                chooser.choose(choice, labels.get(choice, "") if choice else "")
            if event.field in ("requester", "queue"):
                self._show_organisation()
            if event.field == "queue":
                self._count()
            self._changed()
            self.focus_next()

        hint = "a name, or a whole e-mail address" if offer else "type to find"
        self.app.push_screen(
            Pick(
                TITLES[event.field],
                choices,
                initial=event.typed,
                current=chooser.value,
                offer=offer,
                placeholder=hint,
            ),
            chosen,
        )

    def _show_organisation(self) -> None:
        person = self._offers.people.get(self._choosers["requester"].value)
        words = "their organisation, once somebody is chosen"
        if person is not None:
            organisations = {each.id: each.name for each in self.workbench.reader.organisations()}
            words = organisations.get(self._organisation_of(person), "") or "no organisation is known"
        elif self._choosers["requester"].value:
            words = "the desk finds out by the address"
        self.query_one("#new-organisation", Static).update(Content(words))
        self._show_grades()

    def _organisation_of(self, person: Person) -> str:
        """Their own; of a follow-up the old ticket's, as long as its requester stands here."""
        given = self._given
        if person.id == given.get("requester") and given.get("organisation"):
            return str(given["organisation"])
        return person.organisation

    def _show_grades(self) -> None:
        """The grades of the policy that the customer and the queue lead to; P1 to P5 where there is none.

        A grade that the new policy does not know is taken out again.
        """
        self._offers.grade_by(self.workbench.policy_for(self.fields()))
        for axis, grades in self._offers.grades.items():
            found = {str(grade.level): grade.name for grade in grades}
            chooser = self._choosers[axis]
            chooser.choose(chooser.value if chooser.value in found else "", found.get(chooser.value, ""))
            self._line_of(axis).display = bool(found)

    def _line_of(self, field: str) -> Horizontal:
        line = self._choosers[field].parent
        assert isinstance(line, Horizontal)
        return line

    # What is filled in

    def fields(self) -> dict[str, FieldValue]:
        """What is filled in, by neutral name; empty fields are left out."""
        requester = self._choosers["requester"].value
        found: dict[str, FieldValue] = {"subject": " ".join(safe_text(self._subject.value).split())}
        found |= {name: chooser.value for name, chooser in self._choosers.items()}
        if person := self._offers.people.get(requester):
            found["requester_name"] = person.name
            found["organisation"] = self._organisation_of(person)
        for axis in (PRIORITY, SEVERITY):
            if level := self._choosers[axis].value:
                found[axis] = int(level)
        return {name: value for name, value in found.items() if value not in ("", None)}

    def _changed(self) -> None:
        self._drafts.touched()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._changed()

    @on(TextArea.Changed)
    def _written(self, event: TextArea.Changed) -> None:
        event.stop()
        self._changed()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    def draft(self) -> Draft:
        return Draft(
            ticket=self._follows,
            kind=OperationKind.CREATE,
            body=self._writing.text,
            fields=self.fields(),
            updated=self.workbench.clock.now(),
        )

    def draft_told(self, draft: Draft, error: BaseException | None) -> None:
        if error is not None:
            why = str(error) or "The disk takes long to answer; it is tried again."
            self.say(f"The draft is NOT saved; it is still here. {why}")

    def _restore(self) -> None:
        draft = self.workbench.reader.draft(self._follows, OperationKind.CREATE)
        if draft is None:
            self._drafts.is_as_saved()
            return
        self._subject.value = str(draft.fields.get("subject", ""))
        self._writing.load_text(draft.body)
        queues = self._offers.queues
        for name, chooser in self._choosers.items():
            value = str(draft.fields.get(name, ""))
            person = self._offers.people.get(value)
            words = {
                "queue": queues.get(value, ""),
                "kind": value,
                "priority": value,  # its words are the policy's, and follow with the organisation
                "severity": value,
                "channel": _CHANNELS.get(value, ""),
            }.get(name, person.name if person is not None else value)
            chooser.choose(value if words else "", words)
        self._show_organisation()
        self._drafts.is_as_saved()
        now = self.workbench.clock.now()
        self.say(f"draft of {due_time(draft.updated, now)} restored")

    # The end

    def action_finish(self) -> None:
        if not self.query_one(FinishBar).is_open:
            self._before = self.focused
        super().action_finish()

    _before: object = None

    def focus_text(self, field: str = "") -> None:
        """Where writing goes on: in that field, else where it was."""
        before = self._before
        if field == "text":
            self._writing.focus()
        elif field in self._choosers:
            self._choosers[field].focus()
        elif not field and isinstance(before, Input | Chooser | Writing):
            before.focus()
        else:
            self._subject.focus()

    def named(self) -> tuple[str, str]:
        if self._again:
            return "the new ticket as you changed it", "outbox.edit"
        return "the new ticket", "ticket.new" if self._follows is None else "ticket.reopen"

    def end_by(self, key: str) -> None:
        self._open()

    def _open(self) -> None:
        fields, text = self.fields(), self._writing.text
        unsaid = bool(self._given_text) and not self._again and text.strip() == self._given_text.strip()
        told = "" if unsaid else text  # the reference alone tells nobody anything
        field, words = missing(fields, told, len(self._offers.queues))
        if field:
            self.edit()
            self.focus_text(field)
            self.say(f"Not opened. {words}")
            return
        self.keep_draft()
        # The store drops the draft in the transaction that queues the ticket, and not before.
        self.answer(NewTicketResult(fields, text.strip("\n").rstrip()))

    def discard(self) -> None:
        filled = self._writing.text.strip() or self._subject.value.strip()
        if filled:
            self.ask_to_discard("Discard this new ticket?", "Subject, people and message")
        else:
            self.drop()
