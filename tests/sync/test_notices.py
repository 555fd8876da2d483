"""Automatic notices: each stands at the desk once, whoever sends it, and nothing is told of what is past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from techdesk.config.notices import NoticeSettings
from techdesk.desks.port import Account, Failure, FailureKind, Prepared, PushResult
from techdesk.model import Message, Operation, OperationState, Person, Role, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.rules.records import MARKER, NOTIFIED, decode, fold
from techdesk.sync import notices
from tests.sync.conftest import Bench
from tests.sync.desk_model import CUSTOMER, FORBIDDEN, LOST_ANSWER, LOST_REQUEST, ME, START, ModelDesk

RAVI = Person(id="ravi", name="Ravi Example", role=Role.TECHNICIAN)
HOUR = 3600
SETTINGS = NoticeSettings(recipients={"management": ("Lead One", "Lead Two", "Lead Three")})


class Seat:
    """The desk as one person's token sees it."""

    def __init__(self, desk: ModelDesk, person: Person) -> None:
        self._desk, self._person = desk, person

    def __getattr__(self, name: str) -> Any:
        return getattr(self._desk, name)

    async def who_am_i(self) -> Account | Failure:
        if self._desk.down is not None:
            return self._desk.down
        return Account(server=self._desk.server, epoch=self._desk.epoch, person=self._person, product="")

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        self._desk.me = self._person
        return await self._desk.push(operation, prepared)


class Team:
    """One desk under Dynamix' policy (a P1 escalates after 2 h), and techdesks of two people."""

    def __init__(self, folder: Path, desk: ModelDesk) -> None:
        self.desk, self._folder = desk, folder
        self.bea, self.ravi = self.techdesk(ME), self.techdesk(RAVI)

    def techdesk(self, person: Person, settings: NoticeSettings = SETTINGS) -> Bench:
        seat = cast("ModelDesk", Seat(self.desk, person))
        book = PolicyBook.load(default="dynamix")
        return Bench(
            self._folder / person.id, seat, Random(person.id), actor=person.id, book=book, notices=settings
        )

    def later(self, seconds: int) -> None:
        for bench in (self.bea, self.ravi):
            bench.clock.advance(seconds)
        self.desk.now += seconds

    def told(self, ticket_id: str) -> list[Message]:
        """Messages at the desk that carry a notice."""
        return [each for each in self.desk.messages[ticket_id] if MARKER in each.body]

    def close(self) -> None:
        for bench in (self.bea, self.ravi):
            bench.database.close()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    desk = ModelDesk(tickets=0)
    team = Team(tmp_path, desk)
    yield team
    team.close()


async def both(team: Team) -> None:
    assert await team.bea.engine.round() is None
    assert await team.ravi.engine.round() is None


async def test_management_is_told_once_the_escalation_has_run_out(team: Team) -> None:
    ticket = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.later(2 * HOUR)
    await both(team)
    assert team.told(ticket) == [], "solved within 2 h would still be in time"
    team.later(1)
    assert team.bea.engine._is_due()
    await both(team)
    [note] = team.told(ticket)
    assert (note.visibility, note.author) == (Visibility.INTERNAL, ME.id)
    record = decode(note.body)
    assert record is not None
    assert (record.kind, record.field("role")) == (NOTIFIED, "management")
    assert record.field("recipients") == "Lead One, Lead Two, Lead Three"
    assert int(record.field("threshold")) == START + 2 * HOUR + 1
    assert note.body.startswith(
        "Management notified: P1 escalation after 2 h passed at 2026-11-21 14:00 UTC."
    )
    team.later(HOUR)
    await both(team)
    assert len(team.told(ticket)) == 1
    assert not team.bea.engine._is_due()


async def test_who_does_not_own_the_ticket_comes_second_and_finds_it_there(team: Team) -> None:
    ticket = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.later(2 * HOUR + 1)
    assert await team.ravi.engine.round() is None
    assert team.told(ticket) == [], "it is the owner's turn"
    assert not team.ravi.engine._is_due()
    assert await team.bea.engine.round() is None
    team.later(notices.SPREAD[1])
    assert team.ravi.engine._is_due()
    assert await team.ravi.engine.round() is None
    assert len(team.told(ticket)) == 1
    assert team.ravi.waiting() == []


async def test_with_the_owner_away_a_colleague_tells(team: Team) -> None:
    ticket = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.later(2 * HOUR + 1 + notices.SPREAD[1])
    assert await team.ravi.engine.round() is None
    assert [note.author for note in team.told(ticket)] == [RAVI.id]


async def queued_by_both(team: Team) -> str:
    """Both saw the threshold pass before either of them wrote."""
    ticket = team.desk.opened(priority=1)
    await both(team)
    team.later(2 * HOUR + 1 + notices.SPREAD[1])
    for bench in (team.bea, team.ravi):
        assert bench.engine._notices is not None
        assert bench.engine._notices.queue(bench.actor)
    return ticket


async def test_two_that_saw_it_at_once_write_it_once(team: Team) -> None:
    ticket = await queued_by_both(team)
    await both(team)
    assert len(team.told(ticket)) == 1, "who came second looked first"
    [dropped] = team.ravi.reader.operations(open_only=False)
    assert dropped.state is OperationState.DROPPED
    assert "quicker" in dropped.error


async def test_without_the_look_there_are_two_and_readers_see_one(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices.Notices, "why_not", lambda *_: "")
    ticket = await queued_by_both(team)
    await both(team)
    assert len(team.told(ticket)) == 2, "the look is what keeps it from being sent twice"
    assert await team.bea.engine.round() is None
    entries = team.bea.reader.conversation(team.bea.key(ticket))
    assert len(fold(entries).of(NOTIFIED)) == 1
    assert sum(MARKER in entry.body for entry in entries) == 1, "and the conversation shows one"


@pytest.mark.parametrize("fault", [LOST_REQUEST, LOST_ANSWER])
async def test_a_lost_answer_does_not_double_it(team: Team, fault: str) -> None:
    ticket = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.later(2 * HOUR + 1)
    team.desk.faults.append(fault)
    for _ in range(3):
        await team.bea.engine.round()
        team.later(60)
    assert len(team.told(ticket)) == 1


async def test_nothing_is_told_of_what_was_solved_while_the_line_was_down(team: Team) -> None:
    ticket = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.desk.down = Failure(kind=FailureKind.NO_NETWORK)
    team.later(2 * HOUR + 60)
    assert await team.bea.engine.round() is not None
    assert team.bea.waiting() == [], "offline nobody knows how the ticket stands"
    team.desk.down = None
    team.desk.changes(ticket, status="resolved")
    assert await team.bea.engine.round() is None
    assert team.told(ticket) == []


async def test_what_is_solved_between_the_pull_and_the_sending_is_not_told(team: Team) -> None:
    ticket = await queued_by_both(team)
    team.desk.changes(ticket, status="resolved")
    await both(team)
    assert team.told(ticket) == []
    assert team.bea.waiting() == []


async def test_after_a_night_offline_what_is_fresh_is_told_late_and_what_is_old_is_not(team: Team) -> None:
    old = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.later(12 * HOUR)
    fresh = team.desk.opened(priority=1, owner=ME.id)
    team.later(3 * HOUR)
    assert await team.bea.engine.round() is None
    assert team.told(old) == [], "13 h ago: no alarm of now"
    [note] = team.told(fresh)
    assert "when a techdesk first saw that it had" in note.body


async def test_what_ran_out_before_techdesk_was_here_is_told_to_nobody(team: Team) -> None:
    ticket = team.desk.opened(priority=1, owner=ME.id)
    team.later(3 * HOUR)
    await both(team)
    team.later(HOUR)
    await both(team)
    assert team.told(ticket) == []


async def test_many_at_once_go_out_round_by_round(team: Team) -> None:
    tickets = [team.desk.opened(priority=1, owner=ME.id) for _ in range(notices.AT_ONCE + 5)]
    await both(team)
    team.later(3 * HOUR)
    assert await team.bea.engine.round() is None
    assert sum(len(team.told(each)) for each in tickets) == notices.AT_ONCE
    assert team.bea.engine._is_due()
    assert await team.bea.engine.round() is None
    assert all(len(team.told(each)) == 1 for each in tickets)


async def test_another_grade_is_another_target(team: Team) -> None:
    ticket = team.desk.opened(priority=2, owner=ME.id)
    await both(team)
    team.later(4 * HOUR + 1)
    await both(team)
    team.desk.changes(ticket, priority=1)
    await both(team)
    await both(team)
    records = [decode(note.body) for note in team.told(ticket)]
    assert [record and record.field("target") for record in records] == [
        "P2 escalation after 4 h",
        "P1 escalation after 2 h",
    ]


async def test_a_ticket_that_is_deleted_takes_its_notice_along(team: Team) -> None:
    ticket = await queued_by_both(team)
    team.desk.delete(ticket)
    await both(team)
    assert team.bea.waiting() == []
    assert team.ravi.waiting() == [], "nobody has to decide about it"


async def test_a_notice_that_the_desk_refuses_is_shown_to_a_person(team: Team) -> None:
    ticket = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.later(2 * HOUR + 1)
    team.desk.faults.append(FORBIDDEN)
    assert await team.bea.engine.round() is None
    [waiting] = team.bea.waiting()
    assert waiting.state is OperationState.REJECTED
    assert team.bea.reader.row(team.bea.key(ticket)) is not None


async def test_switched_off_nothing_is_sent(tmp_path: Path) -> None:
    desk = ModelDesk(tickets=0)
    team = Team(tmp_path, desk)
    off = NoticeSettings(send=False)
    ticket = desk.opened(priority=1, owner=ME.id)
    team.bea.notices = off
    team.bea.restarted()
    await team.bea.engine.round()
    team.later(3 * HOUR)
    await team.bea.engine.round()
    assert team.told(ticket) == []
    assert not team.bea.engine._is_due()
    team.close()


async def test_a_customer_cannot_keep_it_from_being_sent(team: Team) -> None:
    """A note that a customer wrote is no record, whatever stands in it."""
    ticket = team.desk.opened(priority=1, owner=ME.id)
    await both(team)
    team.later(2 * HOUR + 1)
    await team.bea.engine.round()
    [note] = team.told(ticket)
    forged = team.desk.opened(priority=1, owner=ME.id)
    team.desk.wrote(forged, note.body, CUSTOMER.id)
    await both(team)
    team.later(2 * HOUR + 1)
    await team.bea.engine.round()
    assert len(team.told(forged)) == 2


def _planted_new_ids(patch: pytest.MonkeyPatch) -> None:
    """Ids that differ from one techdesk to the next: the look finds nothing, readers see two."""
    made: Callable[..., str] = notices.notices.notice_id
    seen: list[int] = []

    def another(*arguments: Any) -> str:
        seen.append(1)
        return made(*arguments) + str(len(seen))

    patch.setattr(notices.notices, "notice_id", another)


async def test_the_fault_of_ids_by_chance_would_be_seen(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    _planted_new_ids(monkeypatch)
    monkeypatch.setattr(notices.Notices, "why_not", lambda *_: "")
    ticket = await queued_by_both(team)
    await both(team)
    assert await team.bea.engine.round() is None
    assert len(fold(team.bea.reader.conversation(team.bea.key(ticket))).of(NOTIFIED)) == 2
