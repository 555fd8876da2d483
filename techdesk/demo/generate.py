"""Writes the demo's data into an empty storage."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from techdesk.demo.case import Case
from techdesk.demo.cast import CUSTOMERS, PEOPLE, QUEUES
from techdesk.demo.storage import INDEXES, Storage
from techdesk.demo.volume import fill
from techdesk.model import Person, Relation

FIRST_NUMBER = 10_000
SIZES = {"small": 0, "1k": 1_000, "100k": 100_000, "1m": 1_000_000}
"""Tickets in all, by the name of the size; ``small`` is the 275 of the scenes alone."""


def generate(storage: Storage, cases: Iterable[Case], size: str = "small") -> None:
    """Make everything. Scenes first: they have the same numbers at every size."""
    ordered = sorted(cases, key=lambda case: case.created)
    for number, case in enumerate(ordered, FIRST_NUMBER):
        case.id = number
    people: dict[str, Person] = {person.id: person for person in PEOPLE}
    people |= {case.person.id: case.person for case in ordered}
    sql = storage.sql
    with storage.transaction():
        sql.executemany(
            "INSERT INTO organisations VALUES(?, ?, ?, ?, 1)",
            [(o.id, o.name, o.policy, o.region) for o in (customer.organisation for customer in CUSTOMERS)],
        )
        sql.executemany("INSERT INTO queues VALUES(?, ?, 1)", [(queue.id, queue.name) for queue in QUEUES])
        sql.executemany(
            "INSERT INTO people VALUES(?, ?, ?, ?, ?, ?, 1)",
            [(p.id, p.name, p.email, p.role, p.organisation, p.vip) for p in people.values()],
        )
        for seq, case in enumerate(ordered, 1):
            _insert(storage, case, seq)
        for case in ordered:
            _link(storage, case)
        if size == "small":
            _finish(storage, size)
    if size != "small":
        fill(storage, SIZES[size] - len(ordered), first_id=FIRST_NUMBER + len(ordered))
        with storage.transaction():
            _finish(storage, size)


def _finish(storage: Storage, size: str) -> None:
    for statement in INDEXES.strip().split(";\n"):
        storage.sql.execute(statement)
    storage.put("generated", size)


def _link(storage: Storage, case: Case) -> None:
    """The parts of a known problem: each is linked to it, and it to each."""
    whole = [f"{Relation.HAS_PART}:{part.id}" for part in case.parts]
    links = [(msgspec.json.encode(whole).decode(), case.id)] if whole else []
    links += [
        (msgspec.json.encode([f"{Relation.PART_OF}:{case.id}"]).decode(), part.id) for part in case.parts
    ]
    storage.sql.executemany("UPDATE tickets SET links = ? WHERE id = ?", links)


def _insert(storage: Storage, case: Case, seq: int) -> None:
    values = case.values
    sql = storage.sql
    sql.execute(
        "INSERT INTO tickets(id, seq, revision, subject, status, priority, severity, kind, queue, owner,"
        " requester, organisation, channel, tags, created, updated, closed, close_reason, escalation, scene,"
        " gone, merged_into) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            case.id,
            seq,
            len(case.lines) + len(case.events),
            case.subject,
            values["status"],
            values["priority"],
            values["severity"],
            case.kind,
            values["queue"],
            values["owner"],
            case.person.id,
            case.customer.id,
            case.channel,
            msgspec.json.encode(case.tags).decode(),
            case.created,
            case.latest,
            case.closed,
            values["close_reason"],
            case.escalation,
            case.scene,
            case.gone or "",
            str(case.into.id) if case.into else "",
        ),
    )
    sql.executemany(
        "INSERT INTO messages(ticket, seq, at, author, direction, visibility, channel, automatic, body,"
        " operation,"
        " attachments) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)",
        [
            (
                case.id,
                seq,
                line.at,
                line.author,
                line.direction,
                line.visibility,
                line.channel,
                line.automatic,
                case.told(line.body),
                msgspec.json.encode(line.attachments).decode() if line.attachments else "[]",
            )
            for line in case.lines
        ],
    )
    sql.executemany(
        "INSERT INTO events(ticket, seq, at, actor, field, old, new) VALUES(?, ?, ?, ?, ?, ?, ?)",
        [(case.id, seq, at, actor, field, old, new) for at, actor, field, old, new in case.events],
    )
