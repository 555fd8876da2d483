"""Many more tickets behind the scenes, for measuring: templates times customers, quick to write."""

from __future__ import annotations

from random import Random
from typing import Any

from techdesk.demo.case import signed
from techdesk.demo.cast import BEA, CUSTOMERS, DATALITH, LENA, OMAR, RAVI, Customer
from techdesk.demo.incidents import Incident, tell
from techdesk.demo.storage import Storage
from techdesk.model import Status

ROWS_AT_ONCE = 20_000
DAY = 86_400
_FOREIGN = 6
"""Per cent of subjects that begin in another script."""
_FOREIGN_WORDS = (
    "電話が繋がらない",
    "الهاتف لا يعمل",
    "הטלפון לא עובד",
    "전화 연결 불가",
    "โทรศัพท์ใช้ไม่ได้",
    "Το τηλέφωνο δεν λειτουργεί",
)
_ACTIVE = 30
"""Per cent of tickets that are not done; the rest were closed in the last 85 days."""
_STALE, _STALE_DAYS = 12, 9
"""Per cent that have waited for their customer for more than a week, and the days at least: enough to close
ten thousand at once."""
_STORIES = 420
_SEED = 20_317
_OWNERS = (BEA, RAVI, LENA, OMAR, "")
_ACTIVE_STATUSES = (Status.NEW, Status.OPEN, Status.OPEN, Status.WAITING, Status.HOLD, Status.VENDOR)


class _Told:
    """Stories prepared once: formatting a million would take longer than writing them."""

    def __init__(self, customer: Customer, number: int) -> None:
        self.customer = customer
        self.person = customer.person(number)
        self.story: Incident = tell(customer, number, name=self.person.name)


def fill(storage: Storage, count: int, *, first_id: int) -> None:
    """Write ``count`` tickets with about two messages each, in transactions of ``ROWS_AT_ONCE`` tickets."""
    sql = storage.sql
    sql.execute("PRAGMA synchronous=OFF")
    told = [_Told(customer, number) for number in range(_STORIES) for customer in CUSTOMERS[:7]]
    asked = [story for story in told if story.customer is DATALITH]
    random = Random(_SEED)  # noqa: S311 - made-up data, the same at each run
    for start in range(0, count, ROWS_AT_ONCE):
        tickets: list[tuple[Any, ...]] = []
        messages: list[tuple[Any, ...]] = []
        events: list[tuple[Any, ...]] = []
        for number in range(start, min(start + ROWS_AT_ONCE, count)):
            stale = random.random() * 100 < _STALE
            stories = asked if stale else told
            story = stories[random.randrange(len(stories))]
            _add(first_id + number, story, random, tickets, messages, events, stale=stale)
        with storage.transaction():
            sql.executemany(
                "INSERT INTO tickets(id, seq, revision, subject, status, priority, severity, kind, queue,"
                " owner, requester, organisation, channel, tags, created, updated, closed, close_reason,"
                " escalation, scene, gone, merged_into)"
                " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', ?, ?, ?, ?, 0, '',"
                " '', '')",
                tickets,
            )
            sql.executemany(
                "INSERT INTO messages(ticket, seq, at, author, direction, visibility, channel, automatic,"
                " body,"
                " operation, attachments) VALUES(?, ?, ?, ?, ?, 'public', 'email', 0, ?, '', '[]')",
                messages,
            )
            sql.executemany(
                "INSERT INTO events(ticket, seq, at, actor, field, old, new) VALUES(?, ?, ?, ?, ?, ?, ?)",
                events,
            )
    sql.execute("PRAGMA synchronous=NORMAL")


def _add(
    ticket: int,
    told: _Told,
    random: Random,
    tickets: list[tuple[Any, ...]],
    messages: list[tuple[Any, ...]],
    events: list[tuple[Any, ...]],
    *,
    stale: bool,
) -> None:
    """One ticket: open, waiting or done, with a life to match; ``stale``: waiting for more than a week."""
    story, customer, person = told.story, told.customer, told.person.id
    dice = random.random() * 100
    done = dice >= (_ACTIVE - _STALE) * 100 / (100 - _STALE) and not stale
    age = int((random.random() ** 2) * (84 if done else 20) * DAY) + 900
    owner = _OWNERS[int(dice * 7) % len(_OWNERS)]
    status = Status.CLOSED if done else _ACTIVE_STATUSES[int(dice * 3) % len(_ACTIVE_STATUSES)]
    if not done and status == Status.NEW:
        owner = ""
    if stale:
        age, status = _STALE_DAYS * DAY + age, Status.WAITING
    created, seq = -age, ticket
    if not owner and status != Status.NEW:
        owner = BEA
    answered = created + 300 + int(age * 0.1 * random.random())
    ended = answered + int((age - 300) * 0.5 * random.random()) if done else None
    grade = 1 + int(dice * 11) % 4
    priority, severity = _graded(customer.organisation.policy, grade)
    subject = story.subject
    if int(dice * 1_000) % 100 < _FOREIGN:
        subject = f"{_FOREIGN_WORDS[ticket % len(_FOREIGN_WORDS)]} \u00b7 {subject}"
    updated = created if status == Status.NEW else ended or answered
    tickets.append(
        (
            ticket, seq, 2, subject, status, priority, severity, story.kind, customer.queue, owner, person,
            customer.id, "portal", created, updated, ended, "confirmed" if done else "",
        )
    )  # fmt: skip
    messages.append((ticket, seq, created, person, "in", story.opening))
    events.append((ticket, seq, created, person, "status", None, "new"))
    if status != Status.NEW:
        answer = signed(story.fix if done else story.question, owner)
        messages.append((ticket, seq, answered, owner, "out", answer))
        events.append((ticket, seq, answered, owner, "status", "new", status if ended is None else "open"))
    if ended is not None:
        events.append((ticket, seq, ended, owner, "status", "open", "closed"))


def _graded(policy: str, grade: int) -> tuple[int | None, int | None]:
    """Priority and severity, in the fields that the customer's policy grades by."""
    if policy == "phonism":
        return None, grade + 1
    if policy == "wildix":
        return None, 1 if grade == 1 else 2
    if policy == "data-dynamics":
        return min(grade, 3), grade
    return grade, None
