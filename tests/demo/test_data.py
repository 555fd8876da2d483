"""The demo's data: counts, made-up names only, lives that fit together, countdowns as promised."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.case import Case
from techdesk.demo.cast import CUSTOMERS, PEOPLE
from techdesk.demo.feed import Feed
from techdesk.demo.generate import generate
from techdesk.demo.incidents import templates
from techdesk.demo.pages import dated
from techdesk.demo.scenes import all_cases
from techdesk.demo.storage import Storage
from techdesk.demo.volume import fill
from techdesk.model import Channel, Direction, Role, Status, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.rules.records import Record, decode
from techdesk.sla.evaluation import Level, Metric, TargetState, Verdict
from techdesk.sla.history import Change, History, MessageFact
from tests.demo.conftest import NOW

GROUPS = {
    "fuse": 8,
    "paused": 6,
    "ungraded": 7,
    "state": 40,
    "stale": 96,
    "again": 4,
    "conflict": 5,
    "ladder": 5,
    "special": 12,
    "hostile": 14,
    "script": 14,
    "thread": 4,
    "closed": 60,
}
STALE = {
    "stale:waiting-week": 20,
    "stale:three-inquiries": 18,
    "stale:contract": 6,
    "stale:hold": 8,
    "stale:two-inquiries": 14,
    "stale:customer-last": 9,
    "stale:away": 5,
    "stale:nearly": 6,
    "stale:ungraded": 6,
    "stale:open-tasks": 4,
}
WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return all_cases()


def test_every_group_has_its_number(cases: list[Case]) -> None:
    assert Counter(case.scene.split(":")[0] for case in cases) == GROUPS
    assert len(cases) == 275


def test_the_stale_set_can_close_52_and_not_44(cases: list[Case]) -> None:
    stale = Counter(case.scene for case in cases if case.scene.startswith("stale:"))
    assert stale == STALE
    closable = ("stale:waiting-week", "stale:three-inquiries", "stale:contract", "stale:hold")
    assert sum(STALE[name] for name in closable) == 52
    assert sum(STALE.values()) - 52 == 44


def test_every_state_under_every_policy(cases: list[Case]) -> None:
    found = {case.scene for case in cases if case.scene.startswith("state:")}
    policies = ("dynamix", "phonism", "wildix", "zynstra", "data-dynamics")
    states = ("new", "open", "waiting", "hold", "escalated", "resolved", "closed", "merged")
    assert found == {f"state:{policy}:{state}" for policy in policies for state in states}
    for case in cases:
        if case.scene.startswith("state:"):
            _, policy, state = case.scene.split(":")
            assert case.customer.organisation.policy == policy
            assert case.values["status"] == {"escalated": "open", "merged": "new"}.get(state, state)
            assert (case.escalation > 0) == (state == "escalated")
            assert (case.into is not None) == (state == "merged")


def test_the_cast() -> None:
    requesters = [person for person in PEOPLE if person.role is Role.REQUESTER]
    assert sum(person.vip for person in requesters) == 3
    assert len(requesters) >= 30
    assert {customer.organisation.policy for customer in CUSTOMERS} >= {
        "dynamix",
        "phonism",
        "wildix",
        "zynstra",
        "data-dynamics",
    }


def test_only_reserved_names_and_numbers(cases: list[Case]) -> None:
    texts = [person.email for person in PEOPLE] + [person.id for person in PEOPLE]
    for case in cases:
        texts += [case.subject, case.person.email, *(line.body for line in case.lines)]
    everything = "\n".join(texts)
    domains = set(re.findall(r"(?<![\w.-])((?:[\w-]+\.)+[a-z]{2,10})(?![\w@.-])", everything, re.ASCII))
    allowed = re.compile(r".*\.(example|test|invalid)|app\.(quit|bell)|screen\.close_all|[\w\\]+\.(txt|exe)")
    assert "dunmore.example" in domains
    assert {domain for domain in domains if not allowed.fullmatch(domain)} == set()
    assert all(number.startswith("555-01") for number in re.findall(r"\b\d{3}-\d{4}\b", everything))


def test_lives_are_told_in_order_and_are_over_by_now(cases: list[Case]) -> None:
    for case in cases:
        times = [case.created, *(line.at for line in case.lines)]
        assert times == sorted(times), case.scene
        assert case.latest <= 0, case.scene
        values = dict.fromkeys(("status", "priority", "severity", "owner", "queue", "close_reason"), "")
        for _, _, field, old, new in case.events:
            assert (old or "") == values[field] or values[field] == "", case.scene
            values[field] = new or ""
        assert values["status"] == case.values["status"]
        assert (case.closed is None) == Status(str(case.values["status"])).is_active


def test_a_case_cannot_go_back_in_time() -> None:
    with pytest.raises(ValueError, match="before"):
        all_cases()[0].reply(-10_000_000, "bea")


def test_the_same_data_each_time() -> None:
    def dump() -> list[tuple[object, ...]]:
        storage = Storage.open(None, FrozenClock(NOW))
        generate(storage, all_cases())
        rows = [
            tuple(row)
            for query in (
                "SELECT * FROM tickets ORDER BY id",
                "SELECT * FROM messages ORDER BY id",
                "SELECT * FROM events ORDER BY id",
                "SELECT * FROM people ORDER BY id",
            )
            for row in storage.sql.execute(query)
        ]
        storage.close()
        return rows

    assert dump() == dump()


def test_numbers_follow_creation(storage: Storage) -> None:
    rows = storage.sql.execute("SELECT id, created FROM tickets ORDER BY id").fetchall()
    assert rows[0]["id"] == 10_000
    assert [row["created"] for row in rows] == sorted(row["created"] for row in rows)


def test_long_conversations(cases: list[Case]) -> None:
    threads = {case.scene: case for case in cases if case.scene.startswith("thread:")}
    assert len(threads["thread:1200"].lines) == 1_200
    assert len(threads["thread:250"].lines) == 250
    assert "> " * 60 in threads["thread:quotes"].lines[0].body
    assert all(line.visibility is Visibility.INTERNAL for line in threads["thread:notes"].lines[1:])


def test_hostile_text_reaches_the_api_as_it_is(storage: Storage) -> None:
    feed = Feed(storage)
    found = {
        row["scene"]: feed.one(str(row["id"]))
        for row in storage.sql.execute("SELECT scene, id FROM tickets WHERE scene LIKE 'hostile:%'")
    }
    subjects = {scene.removeprefix("hostile:"): page.tickets[0].subject for scene, page in found.items()}
    assert "\x1b]52;c;" in subjects["clipboard"]
    assert "\x1b[2J" in subjects["clear"]
    assert "[/foo]" in subjects["markup"]
    assert "[@click=" in subjects["click"]
    assert "\x00" in subjects["nul"]
    assert "\u202e" in subjects["bidi"]
    assert "\u200b" in subjects["zero-width"]
    assert len(subjects["long-subject"]) == 3_000
    assert max(len(word) for word in subjects["long-word"].split()) >= 400
    assert "\r\n" in subjects["line-breaks"]
    assert subjects["formula"].startswith("=cmd")
    assert subjects["fake-system"].startswith("SYSTEM:")
    (attachment,) = found["hostile:attachment"].messages[0].attachments
    assert attachment.size == 10 * 1024 * 1024
    assert "../" in attachment.name
    assert len(attachment.name) > 3_000


def test_stories_are_varied(cases: list[Case]) -> None:
    for customer in CUSTOMERS:
        assert len(templates(customer.area)) >= 6
    subjects = {case.subject for case in cases}
    assert len(subjects) > 180
    assert not [case.subject for case in cases if re.search(r"\{\w+\}", case.subject)]
    assert not [
        line.body for case in cases for line in case.lines if re.search(r"\{(?!reference)\w+\}", line.body)
    ]


def test_a_follow_up_names_the_ticket_it_follows(storage: Storage) -> None:
    rows = {row["scene"]: row["id"] for row in storage.sql.execute("SELECT scene, id FROM tickets")}
    opening = Feed(storage).one(str(rows["again:follow-up"])).messages[0].body
    assert f"TD-{rows['again:wildix']}" in opening


def history(storage: Storage, ticket_id: int) -> History:
    page = Feed(storage).one(str(ticket_id))
    (ticket,) = page.tickets
    return History(
        created=ticket.created,
        status=ticket.status,
        priority=ticket.priority,
        severity=ticket.severity,
        kind=ticket.kind,
        channel=ticket.channel,
        changes=tuple(
            Change(at=event.at, field=event.field, old=event.old, new=event.new, actor=event.actor)
            for event in page.events
        ),
        messages=tuple(
            MessageFact(
                at=message.at,
                direction=message.direction,
                visibility=message.visibility,
                automatic=message.automatic,
                channel=message.channel,
            )
            for message in page.messages
        ),
    )


def running(storage: Storage, ticket_id: int, book: PolicyBook) -> dict[Metric, TargetState]:
    """Targets of a Dynamix ticket that run now."""
    targets = book.evaluate("dynamix", history(storage, ticket_id), NOW).targets
    return {state.metric: state for state in targets if state.verdict is Verdict.RUNNING}


def fuse(storage: Storage, scene: str) -> dict[Metric, TargetState]:
    row = storage.sql.execute("SELECT id FROM tickets WHERE scene = ?", (scene,)).fetchone()
    return running(storage, row["id"], PolicyBook.load())


@pytest.mark.parametrize(
    ("scene", "metric", "left"),
    [
        ("fuse:response-30s", Metric.FIRST_RESPONSE, 30),
        ("fuse:escalation-60s", Metric.ESCALATION, 60),
        ("fuse:response-5min", Metric.FIRST_RESPONSE, 300),
        ("fuse:escalation-1h", Metric.ESCALATION, 3_600),
        ("fuse:late-unacknowledged", Metric.ESCALATION, -271),
        ("fuse:escalation-10min", Metric.ESCALATION, 600),
        ("fuse:warning-15min", Metric.FIRST_RESPONSE, 940),
        ("fuse:three-quarters", Metric.FIRST_RESPONSE, 21_620),
    ],
)
def test_fuses_burn_as_promised(storage: Storage, scene: str, metric: Metric, left: int) -> None:
    targets = fuse(storage, scene)
    state = min(targets.values(), key=lambda state: state.due or 0)
    assert (state.metric, state.left) == (metric, left)
    assert state.due == NOW + left


def test_warnings_come_while_you_watch(storage: Storage) -> None:
    state = fuse(storage, "fuse:warning-15min")[Metric.FIRST_RESPONSE]
    # A P1 from outside Miami's hours is critical at once, and shows its number from the warning on.
    assert (state.warning_at, state.immediate, state.level(NOW)) == (NOW + 40, True, Level.CRITICAL)
    state = fuse(storage, "fuse:three-quarters")[Metric.FIRST_RESPONSE]
    assert (state.level(NOW + 19), state.level(NOW + 20)) == (Level.OK, Level.WARNING)


def test_nothing_but_the_late_fuse_is_late_in_the_policy_that_runs(storage: Storage) -> None:
    rows = storage.sql.execute(
        "SELECT t.id, t.scene FROM tickets t JOIN organisations o ON o.id = t.organisation"
        " WHERE o.policy = 'dynamix' AND t.gone = ''"
    ).fetchall()
    book = PolicyBook.load()
    late = [
        row["scene"]
        for row in rows
        if any(state.level(NOW) is Level.BREACHED for state in running(storage, row["id"], book).values())
    ]
    assert late == ["fuse:late-unacknowledged"]


def test_the_evidence_of_the_stale_set(cases: list[Case]) -> None:
    for case in cases:
        if not case.scene.startswith("stale:"):
            continue
        lines = [line for line in case.lines if line.visibility is Visibility.PUBLIC and not line.automatic]
        last_customer = max(line.at for line in lines if line.direction is Direction.INBOUND)
        asked = [
            line.at for line in lines if line.direction is Direction.OUTBOUND and line.at > last_customer
        ]
        status, scene = case.values["status"], case.scene
        if scene in ("stale:three-inquiries", "stale:two-inquiries", "stale:ungraded"):
            assert status == Status.RESOLVED
            assert len(asked) == (2 if scene == "stale:two-inquiries" else 3)
            assert all(later - earlier >= 86_400 for earlier, later in pairwise(asked))
        if scene == "stale:ungraded":
            assert (case.channel, case.values["priority"]) == (Channel.EMAIL, None)
        if scene == "stale:waiting-week":
            assert status == Status.WAITING
            assert asked[1] < -WEEK
        if scene == "stale:nearly":
            assert -WEEK < asked[1] <= -WEEK + 3_600
        if scene == "stale:customer-last":
            assert not asked
    nearly = sorted(case.latest + WEEK for case in cases if case.scene == "stale:nearly")
    assert nearly[:2] == [60, 120]


def test_volume_is_believable_and_in_scope(storage: Storage) -> None:
    fill(storage, 3_000, first_id=20_000)
    rows = storage.sql.execute("SELECT * FROM tickets WHERE id >= 20000").fetchall()
    assert len(rows) == 3_000
    assert 0.2 < sum(row["closed"] is None for row in rows) / 3_000 < 0.4
    assert 0.02 < sum(not row["subject"].isascii() for row in rows) / 3_000 < 0.15
    assert min(row["closed"] or 0 for row in rows) > -85 * 86_400
    assert max(row["updated"] for row in rows) <= 0
    page = Feed(storage).one("20000")
    assert page.messages[0].author == page.tickets[0].requester
    for row in rows[:200]:
        last = storage.sql.execute(
            "SELECT new FROM events WHERE ticket = ? ORDER BY id DESC LIMIT 1", (row["id"],)
        ).fetchone()
        assert last["new"] == row["status"]


def test_the_levels_of_zynstra_are_told_by_records_that_the_gates_read(storage: Storage) -> None:
    """Z1, Z2, Z5: what the demo's technicians did is there as techdesk writes it, and not in words alone."""

    def records_of(scene: str) -> list[Record]:
        rows = storage.sql.execute(
            "SELECT m.body FROM messages m JOIN tickets t ON t.id = m.ticket WHERE t.scene = ? ORDER BY m.id",
            (scene,),
        )
        bodies = [str(row["body"]) for row in rows]
        return [found for body in bodies if (found := decode(dated(body, NOW))) is not None]

    first = records_of("ladder:l1")
    assert [(each.kind, each.field("item")) for each in first] == [
        ("tick", item) for item in ("user", "symptoms", "logged", "transient")
    ]
    assert [each.field("level") for each in records_of("ladder:l2") if each.kind == "level"] == ["L2"]
    assert [each.field("level") for each in records_of("ladder:l3") if each.kind == "level"] == ["L3"]
    steps = [(each.kind, each.field("step")) for each in records_of("ladder:dispute")]
    assert steps.count(("attempt", "2")) == 1
    assert ("escalation", "1") in steps


def test_incidents_are_linked_to_their_known_problem_from_both_sides(storage: Storage) -> None:
    """W10: closing one of them is refused as long as the problem is not done."""
    (problem,) = storage.sql.execute(
        "SELECT id, links FROM tickets WHERE scene = 'special:problem'"
    ).fetchall()
    parts = storage.sql.execute("SELECT id, links FROM tickets WHERE scene = 'special:incident'").fetchall()
    assert sorted(json.loads(problem["links"])) == sorted(f"has_part:{row['id']}" for row in parts)
    assert {row["links"] for row in parts} == {f'["part_of:{problem["id"]}"]'}


def test_the_numbers_that_the_guide_names_are_those_of_the_scenes() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
    named = [
        (f"{group}:{name}", number)
        for group, row in re.findall(
            r"^\| `(\w+):` \| ((?:[\w-]+ \d{5}(?:, )?)+) \|$", guide, flags=re.MULTILINE
        )
        for name, number in re.findall(r"([\w-]+) (\d{5})", row)
    ]
    assert len(named) > 30
    storage = Storage.open(None, FrozenClock(NOW))
    generate(storage, all_cases())
    scenes = {str(id): scene for scene, id in storage.sql.execute("SELECT scene, id FROM tickets")}
    assert [(scenes.get(number), number) for _, number in named] == named
    storage.close()


def test_no_story_names_an_hour_of_today() -> None:
    """The demo begins at any hour, and at noon 16:40 lies ahead: only what happens each day has its hour."""
    for case in all_cases():
        for text in (case.subject, *(line.body for line in case.lines)):
            assert not re.search(r"since (about )?\d\d:\d\d|since this morning", text), text


def test_who_replies_signs() -> None:
    """A story's answers are Bea's by default: whoever else gives them signs with the own name."""
    names = {person.id: person.name.split()[0] for person in PEOPLE}
    signed = [
        (line.author, line.body.rsplit("\n", 1)[-1])
        for case in all_cases()
        for line in case.lines
        if line.direction is Direction.OUTBOUND and line.body.rsplit("\n", 1)[-1] in names.values()
    ]
    assert {author for author, _ in signed} > {"bea", "ravi"}
    assert [(author, name) for author, name in signed if names[author] != name] == []
