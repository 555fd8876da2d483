"""A store in a temporary folder, a model desk and an engine between them, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import pytest

from techdesk.clock import FrozenClock
from techdesk.config.notices import NoticeSettings
from techdesk.model import FieldValue, Operation, OperationKind, OperationState, Scope
from techdesk.store.clocks import PolicyBook
from techdesk.store.database import Database
from techdesk.store.rows import Pending
from techdesk.sync.engine import SyncEngine
from techdesk.sync.push import quiet_seconds
from tests.sync.desk_model import ME, START, ModelDesk
from tests.sync.no_policies import NoPolicies


class Bench:
    """What an engine test needs, in one place."""

    def __init__(
        self,
        folder: Path,
        desk: ModelDesk,
        random: Random | None = None,
        *,
        actor: str = ME.id,
        book: PolicyBook | None = None,
        notices: NoticeSettings | None = None,
    ) -> None:
        self.desk = desk
        self.actor = actor
        """Whose techdesk this is."""
        self.random = random or Random(1)
        self.clock = FrozenClock(START)
        self.notices = notices
        self.database = Database.open(folder, book or NoPolicies())
        self.feed = self.database.feed()
        self.reader = self.database.reader()
        self.writer = self.database.writer()
        self.reports = 0
        self._numbers = count(1)
        self.engine = self.restarted()

    def restarted(self) -> SyncEngine:
        """A new engine on the same file, as after a kill."""
        self.feed.reschedule_interrupted(quiet=quiet_seconds(self.desk.capabilities))

        def report() -> None:
            self.reports += 1

        self.engine = SyncEngine(
            self.feed, self.desk, self.clock, self.random, Scope(), report, notices=self.notices
        )
        return self.engine

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.desk.now = self.clock.now()

    def key(self, ticket_id: str) -> int:
        key = self.reader.key_of(ticket_id)
        assert key is not None
        return key

    def queue(
        self,
        ticket_id: str,
        sets: dict[str, FieldValue] | None = None,
        *,
        kind: OperationKind = OperationKind.UPDATE,
        base: dict[str, FieldValue] | None = None,
        text: str = "",
        key: int | None = None,
        hold: int = 0,
    ) -> int:
        """Put one operation into the outbox, due in ``hold`` seconds; base is the row held, unless given."""
        ticket = self.key(ticket_id) if key is None else key
        held = self.feed.base(ticket)
        if base is None:
            base = {name: getattr(held, name) for name in sets or {}} if held else {}
        operation = self.made_up(ticket, kind, sets or {}, base, text, hold)
        return self.writer.enqueue([operation]).result()[0]

    def create(self, sets: dict[str, FieldValue], text: str) -> int:
        """Open a ticket here; its local key."""
        return self.writer.create(self.made_up(0, OperationKind.CREATE, sets, {}, text)).result()

    def made_up(
        self,
        ticket: int,
        kind: OperationKind,
        sets: dict[str, FieldValue],
        base: dict[str, FieldValue],
        text: str,
        hold: int = 0,
    ) -> Operation:
        """An operation that nobody has stored yet."""
        number = next(self._numbers)
        return Operation(
            id=f"op-{number}" if self.actor == ME.id else f"{self.actor}-{number}",
            batch=f"batch-{number}",
            ticket=ticket,
            kind=kind,
            action="test",
            sets=sets,
            base=base,
            text=text,
            created=self.clock.now(),
            hold_until=self.clock.now() + hold,
            actor=self.actor,
        )

    def operation(self, key: int) -> Operation:
        found = self.feed.operation(key)
        assert found is not None
        return found

    def state(self, key: int) -> OperationState:
        return self.operation(key).state

    def waiting(self) -> list[Pending]:
        return self.reader.operations()

    def agrees(self) -> bool:
        """Whether the store holds exactly what the desk holds."""
        keys = self.reader.keys(None, me=ME.id, now=self.clock.now())
        held = {}
        for key in keys:
            base = self.feed.base(key)
            assert base is not None
            held[base.id] = base
        messages = {each: len(self.reader.conversation(self.key(each))) for each in held}
        return held == self.desk.tickets and messages == {
            each: len(found) for each, found in self.desk.messages.items() if each in held
        }


@pytest.fixture
def desk() -> ModelDesk:
    return ModelDesk()


@pytest.fixture
def bench(tmp_path: Path, desk: ModelDesk) -> Iterator[Bench]:
    bench = Bench(tmp_path / "profile", desk)
    yield bench
    bench.database.close()
