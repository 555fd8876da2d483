"""One ticket of the demo data while it is being made up: its life is played, so that everything fits.

Times are seconds relative to the start of the demo: negative is past. A life is told in order; what a ticket
is at the end follows from its events, as at a real desk.
"""

from __future__ import annotations

import msgspec

from techdesk.demo.cast import BEA, ROBOT, TECHNICIANS, Customer
from techdesk.demo.incidents import Incident, tell
from techdesk.demo.pages import MARKER, number_of
from techdesk.model import Attachment, Channel, Direction, Person, Status, TombstoneReason, Visibility

MINUTE = 60
HOUR = 3_600
DAY = 86_400


class Line:
    """A message of a case."""

    __slots__ = ("at", "attachments", "author", "automatic", "body", "channel", "direction", "visibility")

    def __init__(
        self,
        at: int,
        author: str,
        body: str,
        *,
        direction: Direction = Direction.OUTBOUND,
        visibility: Visibility = Visibility.PUBLIC,
        channel: Channel = Channel.EMAIL,
        automatic: bool = False,
        attachments: tuple[Attachment, ...] = (),
    ) -> None:
        self.at = at
        self.author = author
        self.body = body
        self.direction = direction
        self.visibility = visibility
        self.channel = channel
        self.automatic = automatic
        self.attachments = attachments


class Case:
    """A ticket's life."""

    def __init__(
        self,
        scene: str,
        customer: Customer,
        created: int,
        *,
        story: int = 0,
        who: int = 0,
        requester: Person | None = None,
        subject: str = "",
        opening: str = "",
        kind: str = "",
        channel: Channel = Channel.PORTAL,
        priority: int | None = None,
        severity: int | None = None,
        owner: str = "",
        tags: tuple[str, ...] = (),
        queue: str = "",
        attachments: tuple[Attachment, ...] = (),
        acknowledged: bool = True,
    ) -> None:
        self.scene = scene
        self.customer = customer
        self.person = requester or customer.person(who)
        self.story: Incident = tell(customer, story, name=self.person.name)
        self.created = self.latest = created
        self.channel = channel
        self.subject = subject or self.story.subject
        self.kind = kind or self.story.kind
        self.tags = tags
        self.escalation = 0
        self.values: dict[str, str | int | None] = {
            "status": Status.NEW,
            "priority": priority,
            "severity": severity,
            "owner": owner,
            "queue": queue or customer.queue,
            "close_reason": "",
        }
        self.closed: int | None = None
        self.gone: TombstoneReason | None = None
        self.into: Case | None = None
        self.reference: Case | None = None
        """Another ticket whose number stands for ``{reference}`` in the texts."""
        self.parts: list[Case] = []
        """Tickets that are a part of this one: its links at the desk, seen from both sides."""
        self.id = 0
        """Given when all cases are numbered in order of creation."""
        self.lines: list[Line] = []
        self.events: list[tuple[int, str, str, str | None, str | None]] = [
            (created, self.person.id, "status", None, Status.NEW)
        ]
        self.lines.append(
            Line(
                created,
                self.person.id,
                opening or self.story.opening,
                direction=Direction.INBOUND,
                channel=channel,
                attachments=attachments,
            )
        )
        if acknowledged and channel in (Channel.EMAIL, Channel.PORTAL):
            self.lines.append(
                Line(
                    created,
                    ROBOT,
                    "Thank you, we have received your message and given it a number. A technician will read"
                    " it.",
                    channel=Channel.EMAIL,
                    automatic=True,
                )
            )

    def _step(self, at: int) -> int:
        if at < self.latest:
            raise ValueError(f"{self.scene}: {at} is before {self.latest}")
        self.latest = at
        return at

    def set(self, at: int, who: str, **values: str | int | None) -> Case:
        """Somebody sets fields."""
        self._step(at)
        for name, value in values.items():
            old = self.values[name]
            if old == value:
                continue
            self.values[name] = value
            self.events.append((at, who, name, _text(old), _text(value)))
            if name == "status":
                self.closed = at if value in (Status.RESOLVED, Status.CLOSED) else None
        return self

    def take(self, at: int, who: str = BEA) -> Case:
        """Somebody takes the ticket and begins."""
        return self.set(at, who, owner=who, status=Status.OPEN)

    def reply(self, at: int, who: str, body: str = "", *, channel: Channel = Channel.EMAIL) -> Case:
        """A public answer of the desk; the story's question when no text is given."""
        text = signed(body or self.story.question, who)
        self.lines.append(Line(self._step(at), who, text, channel=channel))
        return self

    def note(self, at: int, who: str, body: str = "") -> Case:
        """An internal note."""
        self.lines.append(
            Line(
                self._step(at),
                who,
                body or self.story.note,
                visibility=Visibility.INTERNAL,
                channel=Channel.UNKNOWN,
            )
        )
        return self

    def record(self, at: int, who: str, words: str, kind: str, **fields: str) -> Case:
        """A note that carries a record, as techdesk writes it; ``{at:SECONDS}`` in a value is an instant."""
        stored = {
            "v": 1,
            "id": f"{self.scene}-{self.story.subject}-{len(self.lines)}",
            "kind": kind,
            "at": 0,
            "by": who,
            "fields": fields,
        }
        line = msgspec.json.encode(stored).decode().replace('"at":0', f'"at":{{at:{at}}}')
        return self.note(at, who, f"{words}\n{MARKER} {line}")

    def customer_says(
        self,
        at: int,
        body: str = "",
        *,
        channel: Channel = Channel.EMAIL,
        automatic: bool = False,
        attachments: tuple[Attachment, ...] = (),
    ) -> Case:
        """The requester writes; the story's answer when no text is given."""
        self.lines.append(
            Line(
                self._step(at),
                self.person.id,
                body or self.story.answer,
                direction=Direction.INBOUND,
                channel=channel,
                automatic=automatic,
                attachments=attachments,
            )
        )
        return self

    def resolve(self, at: int, who: str = BEA, body: str = "") -> Case:
        """The resolution notice, and the status."""
        self.reply(at, who, body or self.story.fix)
        return self.set(at, who, status=Status.RESOLVED)

    def close(self, at: int, who: str = BEA, reason: str = "confirmed") -> Case:
        """The end."""
        return self.set(at, who, status=Status.CLOSED, close_reason=reason)

    def escalate(self, at: int, who: str, level: int = 1, queue: str = "swat") -> Case:
        """Hand on to people who know more."""
        self.set(at, who, queue=queue)
        self.escalation = level
        return self

    def told(self, body: str) -> str:
        """A text as it is stored, with the number that only the finished data know."""
        return body if self.reference is None else body.replace("{reference}", number_of(self.reference.id))

    def merge_into(self, at: int, who: str, other: Case) -> Case:
        """The same trouble twice: this one gives way."""
        self._step(at)
        self.note(at, who, "Same trouble as the other ticket of this customer, merged.")
        self.gone, self.into = TombstoneReason.MERGED, other
        return self


_HERS = "\n\nBea"
"""How a story's answers end: they are told as Bea's."""


def signed(text: str, who: str) -> str:
    """An answer with the name of whoever gives it."""
    if who == BEA or not text.endswith(_HERS):
        return text
    name = next((person.name.split()[0] for person in TECHNICIANS if person.id == who), "")
    return f"{text.removesuffix(_HERS)}\n\n{name}" if name else text.removesuffix(_HERS)


def _text(value: str | int | None) -> str | None:
    return None if value is None or value == "" else str(value)
