"""Request Tracker's values in neutral words, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from techdesk.desks.port import UnknownField
from techdesk.desks.rt.answers import TicketAnswer, UserAnswer, instant, whole
from techdesk.desks.rt.links import WRITTEN, links_of, written_links
from techdesk.desks.rt.settings import DEFAULT_CHANNELS, Settings
from techdesk.model import Channel, FieldValue, Organisation, Person, Queue, Role, Status, Ticket

NOBODY = "Nobody"
SYSTEM = "RT_System"
DELETED = "deleted"
MARKER = "techdesk-operation"
CHANNEL_MARKER = "techdesk-channel"

SETTABLE = (
    *("status", "priority", "owner", "queue", "subject", "tags", "severity", "requester"),
    *("watchers", "links", "merge_into"),
)
"""Neutral fields that a PUT can hold; severity and tags only where the site names a custom field."""


class Translator:
    """Both directions for one site. Holds no state but the meaning of statuses learned on the way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._active: dict[str, bool] = {}

    # -- statuses

    def unknown(self, statuses: Iterable[str]) -> tuple[str, ...]:
        """Those whose meaning neither the settings nor anything read so far tells."""
        asked = dict.fromkeys(status for status in statuses if status and status != DELETED)
        known = self.settings.status_named
        return tuple(raw for raw in asked if known(raw) is None and raw not in self._active)

    def learn(self, raw: str, *, active: bool) -> None:
        """The class of a status of the site's own lifecycle, as ``__Active__`` told it (RT quirk 12)."""
        self._active[raw] = active

    def status(self, raw: str) -> Status:
        """The neutral status; a site's own word is open or closed by its class until it is mapped."""
        named = self.settings.status_named(raw)
        if named is not None:
            return named
        if raw == DELETED:
            return Status.CLOSED
        return Status.OPEN if self._active.get(raw, True) else Status.CLOSED

    # -- priorities

    def priority(self, number: int, queue_name: str) -> tuple[int, str]:
        """Neutral priority (1 the most urgent) and label: the highest label that the number reaches."""
        labels = sorted(self.settings.priorities_of(queue_name).items(), key=lambda each: -each[1])
        for rank, (label, least) in enumerate(labels, start=1):
            if number >= least:
                return rank, label
        return len(labels), labels[-1][0]

    def priority_number(self, rank: int, queue_name: str) -> int:
        """RT's number for a neutral priority. Only ever a number: a label becomes 0 (RT quirk 16)."""
        numbers = sorted(self.settings.priorities_of(queue_name).values(), reverse=True)
        return numbers[max(1, min(rank, len(numbers))) - 1]

    # -- custom fields

    def severity(self, values: Sequence[str]) -> int | None:
        """``2``, ``S2``, ``2 - major`` or a word that the settings know."""
        if not values:
            return None
        mapped = self.settings.severities.get(values[0])
        if mapped is not None:
            return mapped
        found = re.search(r"(?<!\d)\d{1,2}(?!\d)", values[0])
        return int(found[0]) if found and int(found[0]) > 0 else None

    def severity_written(self, severity: int) -> str:
        """The site's word for a severity, else its number."""
        words = (word for word, level in self.settings.severities.items() if level == severity)
        return next(words, str(severity))

    def channel(self, values: Sequence[str]) -> Channel:
        """How the ticket came in, as the site's field says."""
        if not values:
            return Channel.UNKNOWN
        known = self.settings.channels.get(values[0])
        return known if known is not None else DEFAULT_CHANNELS.get(values[0].casefold(), Channel.UNKNOWN)

    def channel_written(self, channel: Channel) -> str:
        """The site's word for a channel, else its neutral name."""
        words = (word for word, meant in self.settings.channels.items() if meant is channel)
        return next(words, channel.value)

    # -- reading

    def ticket(self, row: TicketAnswer, revision: int, links: tuple[str, ...] = ()) -> Ticket:
        """A row of the wide list. ``revision`` is the last transaction that the row is sure to hold.

        Raises ``ValueError`` for a row without an id or a creation date.
        """
        created = instant(row.created)
        if not whole(row.id) or created is None:
            raise ValueError("no id or no creation date")
        names = self.settings.fields
        queue_name = (row.queue.name if row.queue else None) or ""
        number = whole(row.priority)
        rank, label = self.priority(number, queue_name)
        status = self.status(row.status)
        severity, channel = row.values_of(names.severity), row.values_of(names.channel)
        kind = row.values_of(names.kind)
        requester = row.requestor[0] if row.requestor else None
        raw = {
            "status": row.status,
            "priority": str(number),
            "owner": row.owner.id if row.owner else NOBODY,
            "queue_name": queue_name,
        }
        if row.sla:
            raw["sla"] = row.sla
        if severity:
            raw["severity"] = severity[0]
        if channel:
            raw["channel"] = channel[0]
        return Ticket(
            id=str(whole(row.id)),
            number=str(whole(row.id)),
            version=str(revision) if revision else "",
            revision=revision,
            subject=row.subject or "",
            status=status,
            priority=rank,
            priority_label=label,
            severity=self.severity(severity),
            kind=kind[0] if kind else "",
            queue=str(whole(row.queue.id)) if row.queue else "",
            owner=owner_id(row.owner.id if row.owner else ""),
            requester=requester.id if requester else "",
            organisation=(requester.organization or "") if requester else "",
            channel=self.channel(channel),
            tags=tuple(sorted(row.values_of(names.tags))),
            created=created,
            updated=instant(row.last_updated) or created,
            closed=None if status.is_active else instant(row.resolved),
            close_reason=row.status if status is Status.CLOSED else "",
            server_due=instant(row.due),
            watchers=tuple(sorted(user.id for user in row.cc)),
            links=links,
            time_worked=whole(row.time_worked),
            raw=raw,
        )

    # -- writing

    def body(
        self, sets: Mapping[str, FieldValue], queue_names: Mapping[str, str], ticket: Ticket | None
    ) -> dict[str, object]:
        """RT's fields and values for neutral ones, for a PUT or a create.

        Raises ``UnknownField`` for what this desk does not have.
        """
        queue = str(sets.get("queue") or (ticket.queue if ticket else ""))
        known = ticket.raw.get("queue_name", "") if ticket and queue == ticket.queue else ""
        queue_name = queue_names.get(queue) or known or queue
        body: dict[str, object] = {}
        custom: dict[str, object] = {}
        names = self.settings.fields
        for field, value in sets.items():
            match field, value:
                case "status", str():
                    raw = self.settings.status_written(Status(value)) if value in set(Status) else None
                    if raw is None:
                        raise UnknownField(field, value)
                    body["Status"] = raw
                case "priority", int():
                    body["Priority"] = self.priority_number(value, queue_name)
                case "priority", None:
                    body["Priority"] = 0
                case "owner", str() | None:
                    body["Owner"] = value or NOBODY
                case "queue", str() if value:
                    body["Queue"] = value
                case "subject", str():
                    body["Subject"] = " ".join(value.split())
                case "requester", str() if value:
                    body["Requestor"] = [value]
                case "watchers", list():
                    body["Cc"] = sorted(value)
                case "links", list():
                    body |= written_links(value)
                case "merge_into", str() if whole(value):
                    body["MergeInto"] = str(whole(value))
                case "tags", list() if names.tags:
                    custom[names.tags] = sorted(value)
                case "severity", int() if names.severity:
                    custom[names.severity] = self.severity_written(value)
                case "severity", None if names.severity:
                    custom[names.severity] = []
                case "channel", str() if names.channel:
                    if value:
                        custom[names.channel] = self.channel_written(Channel(value))
                case _:
                    raise UnknownField(field, value)
        if custom:
            body["CustomFields"] = custom
        return body

    def refused(self, body: Mapping[str, object], row: TicketAnswer) -> tuple[str, ...]:
        """Neutral names of the fields that a ticket does not hold as they were sent (RT quirk 15)."""
        names = self.settings.fields
        held: dict[str, object] = {
            "Status": row.status,
            "Priority": whole(row.priority),
            "Owner": row.owner.id if row.owner else NOBODY,
            "Subject": row.subject or "",
        }
        refused = [
            neutral
            for name, neutral in _NEUTRAL.items()
            if name in body and name in held and held[name] != body[name]
        ]
        queue = row.queue
        if "Queue" in body and (queue is None or str(body["Queue"]) not in (str(queue.id), queue.name)):
            refused.append("queue")
        if "Requestor" in body:
            wanted = body["Requestor"]
            people = {each.id.casefold() for each in row.requestor}
            people |= {(each.email_address or "").casefold() for each in row.requestor}
            if isinstance(wanted, list) and not {str(each).casefold() for each in wanted} <= people:
                refused.append("requester")
        if "Cc" in body:
            # Somebody who is named by an address becomes a user of that name, or one that RT knows by it.
            known = {each.id.casefold() for each in row.cc}
            known |= {(each.email_address or "").casefold() for each in row.cc}
            asked = body["Cc"] if isinstance(body["Cc"], list) else []
            if len(asked) != len(row.cc) or not {str(each).casefold() for each in asked} <= known:
                refused.append("watchers")
        if any(name in body for name in WRITTEN.values()) and row.hyperlinks is not None:
            held_links = written_links(list(links_of(row)))
            if any(body.get(name, []) != held_links[name] for name in WRITTEN.values()):
                refused.append("links")
        if "MergeInto" in body and str(whole(row.id)) != body["MergeInto"]:
            refused.append("merge_into")
        custom = body.get("CustomFields")
        if isinstance(custom, dict):
            for neutral, name in (
                ("tags", names.tags),
                ("severity", names.severity),
                ("channel", names.channel),
            ):
                if name in custom:
                    wanted = custom[name]
                    values = sorted(wanted) if isinstance(wanted, list) else [wanted]
                    if sorted(row.values_of(name)) != values:
                        refused.append(neutral)
        return tuple(refused)


_NEUTRAL = {"Status": "status", "Priority": "priority", "Owner": "owner", "Subject": "subject"}


def owner_id(login: str) -> str:
    """A technician's login; empty for RT's Nobody."""
    return "" if login == NOBODY else login


def person(user: UserAnswer, role: Role) -> Person:
    """A user as RT names him inside another answer."""
    name = user.real_name or user.id
    return Person(
        id=user.id,
        name=name,
        email=user.email_address or "",
        role=Role.SYSTEM if user.id == SYSTEM else role,
        organisation=user.organization or "",
    )


def organisations(people: Iterable[Person]) -> tuple[Organisation, ...]:
    """The customers that people belong to: RT knows them by name only, so the name is the id."""
    names = dict.fromkeys(each.organisation for each in people if each.organisation)
    return tuple(Organisation(id=name, name=name) for name in names)


def queues(names: Mapping[str, str]) -> tuple[Queue, ...]:
    """Queues by id."""
    return tuple(Queue(id=number, name=name) for number, name in names.items())


def marked_type(operation: str, channel: Channel) -> str:
    """A message's content type with the operation's id in it.

    RT keeps unknown parameters of the type in the stored headers, hands them out again, and puts them into
    no mail and on no page (measured): so a message can be found again after its answer was lost.
    """
    kept = re.sub(r"[^A-Za-z0-9._-]", "", operation)
    typed = f'text/plain; charset="utf-8"; {MARKER}="{kept}"'
    return f'{typed}; {CHANNEL_MARKER}="{channel.value}"' if channel is not Channel.UNKNOWN else typed


def marks_of(headers: str) -> tuple[str, Channel]:
    """Operation id and channel in stored headers, each empty where there is none."""
    operation = re.search(rf'{MARKER}="?([A-Za-z0-9._-]+)', headers)
    channel = re.search(rf'{CHANNEL_MARKER}="?([a-z]+)', headers)
    named = channel[1] if channel and channel[1] in set(Channel) else ""
    return operation[1] if operation else "", Channel(named)


def encoded(body: Mapping[str, object]) -> bytes:
    """The exact bytes of a write: the same for the same content."""
    return msgspec.json.encode(body, order="deterministic")
