"""A ticket's log in neutral form: transactions and the parts of their messages become messages and events."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from techdesk.desks.port import Failure, FailureKind
from techdesk.desks.rt.answers import PartAnswer, TicketAnswer, TransactionAnswer, instant, whole
from techdesk.desks.rt.directory import Directory
from techdesk.desks.rt.mapping import NOBODY, SYSTEM, Translator, marks_of
from techdesk.desks.rt.plain_text import from_html
from techdesk.desks.rt.rest import AT_ONCE, Rest
from techdesk.desks.rt.ticket_sql import INACTIVE, PAGE, quote
from techdesk.model import Attachment, Channel, Direction, Event, Message, Person, Visibility

OWNER_TYPES = ("Set", "Take", "Untake", "Steal", "Force", "Give")
NOT_READ = "[This message is too long to be read here. It is at the help desk.]"


class Log(Struct, frozen=True, kw_only=True):
    """What a set of transactions says."""

    messages: tuple[Message, ...] = ()
    events: tuple[Event, ...] = ()
    people: tuple[Person, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()


class LogReader:
    """Makes logs, asking for the parts of messages and for people that nobody has named yet."""

    def __init__(self, rest: Rest, translator: Translator, directory: Directory) -> None:
        self._rest = rest
        self._translator = translator
        self._directory = directory

    async def read(
        self,
        transactions: Iterable[TransactionAnswer],
        tickets: Mapping[int, TicketAnswer],
        merged: Mapping[int, int],
        queue_names: Mapping[str, str],
    ) -> Log | Failure:
        """The log of ``tickets`` (by id); ``merged`` says which ticket another one has become.

        Transactions of tickets that are not among them are left out.
        """
        rows = sorted(
            (each for each in transactions if merged.get(each.ticket, each.ticket) in tickets),
            key=lambda each: each.number,
        )
        failure = await self._learn(rows, tickets)
        if failure is not None:
            return failure
        carrying = [each.number for each in rows if each.carries_message]
        parts = await self._rest.parts(carrying)
        if isinstance(parts, Failure):
            return parts
        by_transaction: dict[int, list[PartAnswer]] = defaultdict(list)
        for part in sorted(parts.items, key=lambda each: each.number):
            by_transaction[whole(part.transaction_id)].append(part)
        bodies = await self._bodies(by_transaction.values())
        if isinstance(bodies, Failure):
            return bodies
        unreadable = list(parts.unreadable)
        messages: list[Message] = []
        for row in rows:
            if not row.carries_message:
                continue
            ticket = tickets[merged.get(row.ticket, row.ticket)]
            message = self._message(row, ticket, by_transaction.get(row.number, []), bodies)
            if message is None:
                unreadable.append((f"transaction {row.number}", "no date"))
            else:
                messages.append(message)
        events = self._events(rows, tickets, merged, queue_names)
        logins = dict.fromkeys(
            [message.author for message in messages]
            + [event.actor for event in events]
            + [
                value
                for event in events
                if event.field == "owner"
                for value in (event.old, event.new)
                if value
            ]
        )
        people = tuple(person for login in logins if (person := self._directory.person(login)) is not None)
        return Log(messages=tuple(messages), events=events, people=people, unreadable=tuple(unreadable))

    # -- within

    async def _learn(
        self, rows: Sequence[TransactionAnswer], tickets: Mapping[int, TicketAnswer]
    ) -> Failure | None:
        for ticket in tickets.values():
            self._directory.meet(ticket.requestor)
            if ticket.owner is not None and ticket.owner.id != NOBODY:
                self._directory.meet([ticket.owner], technician=True)
        self._directory.meet(each.creator for each in rows)
        asking = {user.id for ticket in tickets.values() for user in ticket.requestor}
        writers = [each.login for each in rows if each.login not in asking and each.login != SYSTEM]
        owners = [
            whole(value)
            for each in rows
            if each.field == "Owner" and each.type in OWNER_TYPES
            for value in (each.old_value, each.new_value)
        ]
        failure = await self._directory.ask(writers, owners)
        if failure is not None:
            return failure
        return await learn_statuses(self._rest, self._translator, statuses_in(rows))

    async def _bodies(self, messages: Iterable[Sequence[PartAnswer]]) -> dict[int, str] | Failure:
        """Text of the one part of each message that is its text, by the part's id."""
        chosen: dict[int, PartAnswer] = {}
        for parts in messages:
            body = body_part(parts)
            if body is not None:
                chosen[body.number] = body
        small = [number for number, part in chosen.items() if size_of(part) <= 256 * 1024]
        large = [number for number in chosen if number not in set(small)]
        batches = [small[start : start + PAGE] for start in range(0, len(small), PAGE)]
        batches += [[each] for each in large]
        texts: dict[int, str] = {}
        while batches:
            asked, batches = batches[-AT_ONCE:], batches[:-AT_ONCE]
            answers = await asyncio.gather(*(self._rest.contents(batch) for batch in asked))
            for batch, answer in zip(asked, answers, strict=True):
                if isinstance(answer, Failure):
                    if answer.kind is not FailureKind.TOO_LARGE:
                        return answer
                    if len(batch) == 1:
                        texts[batch[0]] = NOT_READ
                    else:
                        batches += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
                    continue
                for part in answer.items:
                    text = part.content or ""
                    is_html = (chosen[part.number].content_type or "").startswith("text/html")
                    texts[part.number] = from_html(text) if is_html else text
        return texts

    def _message(
        self,
        row: TransactionAnswer,
        ticket: TicketAnswer,
        parts: Sequence[PartAnswer],
        bodies: Mapping[int, str],
    ) -> Message | None:
        at = instant(row.created)
        if at is None:
            return None
        headers = "\n".join(part.headers or "" for part in parts)
        operation, channel = marks_of(headers)
        body = body_part(parts)
        files = tuple(
            Attachment(
                id=str(part.number),
                name=part.filename,
                size=size_of(part),
                media_type=part.content_type or "application/octet-stream",
            )
            for part in parts
            if part.filename
        )
        return Message(
            id=str(row.number),
            ticket=str(whole(ticket.id)),
            at=at,
            author=row.login,
            direction=self._direction(row, ticket),
            visibility=Visibility.INTERNAL if row.type == "Comment" else Visibility.PUBLIC,
            channel=channel or came_by(headers),
            automatic=row.login == SYSTEM or is_automatic(headers),
            body=bodies.get(body.number, "").replace("\r\n", "\n").strip("\n") if body else "",
            operation=operation,
            attachments=files,
        )

    def _direction(self, row: TransactionAnswer, ticket: TicketAnswer) -> Direction:
        """Who speaks: the customer's side, or the desk's.

        The text of a Create is what the customer wants, also where a technician wrote it down on the phone:
        it is nobody's response. A technician who asks for something himself is a customer on that ticket,
        unless he works on it.
        """
        if row.type == "Create":
            return Direction.INBOUND
        if row.type == "Comment":
            return Direction.OUTBOUND
        asks = any(user.id == row.login for user in ticket.requestor)
        works = ticket.owner is not None and ticket.owner.id == row.login
        if asks and not works:
            return Direction.INBOUND
        return Direction.OUTBOUND if works or self._directory.is_technician(row.login) else Direction.INBOUND

    def _events(
        self,
        rows: Sequence[TransactionAnswer],
        tickets: Mapping[int, TicketAnswer],
        merged: Mapping[int, int],
        queue_names: Mapping[str, str],
    ) -> tuple[Event, ...]:
        fields = {
            str(whole(each.id)): each.name
            for ticket in tickets.values()
            if not isinstance(ticket.custom_fields, str)
            for each in ticket.custom_fields
        }
        events: list[Event] = []
        # Backwards, so that the queue of each moment, and with it the meaning of a priority, is known.
        queue_then: dict[int, str] = {}
        for row in reversed(rows):
            number = merged.get(row.ticket, row.ticket)
            ticket = tickets[number]
            queue = queue_then.get(row.ticket) or str(whole(ticket.queue.id) if ticket.queue else 0)
            current = (ticket.queue.name or "") if ticket.queue else ""
            named = queue_names.get(queue) or current
            change = self._change(row, named, fields)
            if row.type == "Set" and row.field == "Queue":
                queue_then[row.ticket] = str(whole(row.old_value))
            at = instant(row.created)
            if change is None or at is None:
                continue
            field, old, new = change
            if old == new:
                continue
            events.append(
                Event(
                    id=str(row.number),
                    ticket=str(number),
                    at=at,
                    actor=row.login,
                    field=field,
                    old=old,
                    new=new,
                )
            )
        return tuple(reversed(events))

    def _change(
        self, row: TransactionAnswer, queue_name: str, fields: Mapping[str, str]
    ) -> tuple[str, str | None, str | None] | None:
        translator, names = self._translator, self._translator.settings.fields
        if row.type == "Status":
            return (
                "status",
                translator.status(row.old_value).value if row.old_value else None,
                translator.status(row.new_value).value if row.new_value else None,
            )
        if row.field == "Owner" and row.type in OWNER_TYPES:
            login = self._directory.login
            return "owner", login(row.old_value) or None, login(row.new_value) or None
        if row.type == "Set":
            match row.field:
                case "Priority":
                    old, _ = translator.priority(whole(row.old_value), queue_name)
                    new, _ = translator.priority(whole(row.new_value), queue_name)
                    return "priority", str(old), str(new)
                case "Queue":
                    return "queue", row.old_value, row.new_value
                case "Subject":
                    return "subject", row.old_value, row.new_value
        if row.type == "CustomField":
            name = fields.get(row.field or "", "")
            old_values, new_values = [row.old_value or ""], [row.new_value or ""]
            if name and name == names.severity:
                before, after = translator.severity(old_values), translator.severity(new_values)
                return "severity", str(before) if before else None, str(after) if after else None
            if name and name == names.tags:
                return "tags", row.old_value or None, row.new_value or None
            if name and name == names.channel:
                before_by, by = translator.channel(old_values), translator.channel(new_values)
                return "channel", before_by.value or None, by.value or None
            if name and name == names.kind:
                return "kind", row.old_value or None, row.new_value or None
        return None


def statuses_in(rows: Iterable[TransactionAnswer]) -> list[str]:
    """RT's names of the statuses that a log speaks of."""
    changes = [row for row in rows if row.type == "Status"]
    return [raw for row in changes for raw in (row.old_value, row.new_value) if raw]


async def learn_statuses(rest: Rest, translator: Translator, statuses: Iterable[str]) -> Failure | None:
    """Ask for the class of statuses that are a site's own, once each.

    RT tells no lifecycle, but ``__Active__`` finds a ticket of a status if, and only if, it is an active one.
    """
    for raw in translator.unknown(statuses):
        query = f"Status = {quote(raw)} AND {INACTIVE}"
        found = await rest.tickets(query, rows=1, wide=False)
        if isinstance(found, Failure):
            if found.kind is not FailureKind.BAD_REQUEST:
                return found
            continue
        translator.learn(raw, active=not found.items)
    return None


def body_part(parts: Sequence[PartAnswer]) -> PartAnswer | None:
    """The part that is what somebody wrote: plain text before HTML, never a file (RT quirk 10)."""
    unnamed = [part for part in parts if not part.filename]
    for wanted in ("text/plain", "text/html"):
        for part in unnamed:
            if (part.content_type or "").startswith(wanted):
                return part
    return None


def size_of(part: PartAnswer) -> int:
    """Bytes of a part, as RT noted them in its headers; 0 where it did not."""
    found = re.search(r"^Content-Length:\s*(\d{1,15})\s*$", part.headers or "", re.MULTILINE | re.IGNORECASE)
    return int(found[1]) if found else 0


def came_by(headers: str) -> Channel:
    """How a message reached RT: its own interfaces sign what they make, and mail has passed a server."""
    found = re.search(r"^X-RT-Interface:\s*(\w+)", headers, re.MULTILINE | re.IGNORECASE)
    if found:
        return {"email": Channel.EMAIL, "web": Channel.PORTAL, "mobile": Channel.PORTAL}.get(
            found[1].casefold(), Channel.UNKNOWN
        )
    mailed = re.search(r"^(Received|Return-Path):", headers, re.MULTILINE | re.IGNORECASE)
    return Channel.EMAIL if mailed else Channel.UNKNOWN


def is_automatic(headers: str) -> bool:
    """Whether a machine says that it wrote the message (RFC 3834, and the headers that came before it)."""
    return _AUTOMATIC.search(headers) is not None


_AUTOMATIC = re.compile(
    r"^(Auto-Submitted:\s*(?!no\b)\S|Precedence:\s*(auto_reply|bulk|junk)|X-Autoreply:)",
    re.MULTILINE | re.IGNORECASE,
)
