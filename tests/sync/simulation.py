"""One schedule: the real engine on the real store, and everything that can happen to them in a long day.

A schedule is a list of steps. Each has a seed of its own, from which all that chance decides within it comes:
the network, the kills, what people do. So a failing schedule stays a failing one when steps are left out.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from msgspec import Struct, structs

from techdesk.desks.port import Failure, Guarantee
from techdesk.model import FieldValue, Operation, OperationKind, OperationState
from techdesk.store.batches import Head
from techdesk.store.database import Database
from techdesk.store.rows import Pending
from techdesk.sync.comparison import LAST_CUSTOMER_MESSAGE
from tests.sync.conftest import Bench
from tests.sync.desk_model import toggled
from tests.sync.life import Killed, Life
from tests.sync.no_policies import NoPolicies
from tests.sync.oracles import complaints
from tests.sync.rough_desk import RoughDesk

OPERATIONS = 60
"""Of the technician, in each schedule."""
KILL_CHANCE = 0.004
_HEALING = 14
"""Rounds in which everything works, at the end."""
_OTHERS = {
    "round": 60.0,
    "colleague": 22.0,
    "customer": 12.0,
    "decide": 6.0,
    "undo": 2.0,
    "delete": 1.5,
    "merge": 1.0,
    "opened": 2.0,
    "forget": 0.7,
    "compact": 0.4,
    "epoch": 0.4,
    "backup": 0.8,
    "restore": 0.5,
    "days": 0.5,
    "hand_over": 2.0,
    "bulk": 1.5,
    "halt": 0.5,
}
"""How often, beside sixty operations of the technician."""


class Step(Struct, frozen=True):
    """One thing that happens, with the seed of its details."""

    number: int
    what: str
    seed: int


def schedule(seed: int, operations: int = OPERATIONS, **often: float) -> list[Step]:
    """The steps of a seed; ``often`` changes how often something happens."""
    random = Random(seed)
    others = _OTHERS | often
    kinds, weights = list(others), list(others.values())
    mine = ["work"] * operations
    whats = mine + random.choices(kinds, weights, k=int(sum(weights) * operations / OPERATIONS))
    random.shuffle(whats)
    return [Step(number, what, random.getrandbits(48)) for number, what in enumerate(whats)]


class Simulation:
    """Two techdesks on one profile (one syncs, the other takes over), a desk, and people."""

    def __init__(self, folder: Path, seed: int, guarantee: Guarantee = Guarantee.A) -> None:
        self.random = Random(seed)
        self.life = Life(self.random)
        self.desk = RoughDesk(self.random, self.life, guarantee)
        self.desk.colleague = self._somebody_else
        self.desk.change_behind = self._change_behind
        self.bench = Bench(folder, self.desk, self.random)
        other = Database.open(folder, NoPolicies())
        self._databases = [self.bench.database, other]
        self._feeds = [self.bench.feed, other.feed()]
        self.made: dict[int, Operation] = {}
        """Every operation of the technician, by key."""
        self.decided: set[str] = set()
        """Ids of those that a person took back or gave up."""
        self.undone: set[str] = set()
        """Of those, ids of the operations that were to leave no trace."""
        self.told: set[str] = set()
        """Ids of those that were ever shown as in conflict or rejected."""
        self.last_failure: Failure | None = None
        self.kill_chance = KILL_CHANCE
        self.lived = 0
        """Points of the process's life before everything began to work."""
        self.before: Callable[[Step], None] = lambda _: None
        """Called before each step."""
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        """Let go of the files."""
        self._loop.close()
        for database in self._databases:
            database.close()

    def run(self, steps: Sequence[Step], trace: Callable[[str], None] = lambda _: None) -> list[str]:
        """Everything that went wrong; empty where nothing did."""
        with self.life.in_the_store():
            for step in steps:
                self.before(step)
                self.random.seed(step.seed)
                self.life.chance = self.kill_chance
                pause = self.random.choice([0, 1, 2, 5, 30, 300])
                trace(f"{step.number:4} {step.what:10} at {self.bench.clock.now()}")
                getattr(self, f"_{step.what}")()
                self.life.chance = 0.0
                self._look()
                self.bench.advance(pause)
            self._heal()
            self.life.sealed = True
            return complaints(self)

    def fingerprint(self) -> str:
        """A digest of all that happened: two runs of a seed with different ones had other causes than it."""
        operations = [self.bench.feed.operation(key) for key in self.made]
        happened = (
            self.desk.asked, self.desk.pushed, self.life.count, operations, sorted(self.desk.tickets.items()),
        )  # fmt: skip
        return hashlib.sha256(repr(happened).encode()).hexdigest()[:16]

    # -- steps

    def _work(self) -> None:
        """One operation of the technician, as the screen shows the ticket at this moment."""
        bench, random = self.bench, self.random
        held = list(bench.reader.keys(None, me="", now=bench.clock.now()))
        what = random.choices(["update", "reply", "comment", "close", "create"], [8, 3, 3, 2, 1])[0]
        if not held or what == "create":
            self._create()
            return
        key = random.choice(held)
        view = bench.reader.ticket(key)
        assert view is not None
        hold = random.choice([0, 0, 5])
        if what in ("reply", "comment"):
            kind = OperationKind.REPLY if what == "reply" else OperationKind.COMMENT
            evidence: dict[str, FieldValue] = {}
            if what == "reply" and random.random() < 0.5:
                evidence = {"last_customer_message": view.last_customer_message}
            text = f"{what} {len(self.made)}"
            self._made(bench.queue("", kind=kind, base=evidence, text=text, key=key, hold=hold))
            return
        if what == "close":
            base: dict[str, FieldValue] = {
                "status": str(view.row.status), "last_customer_message": view.last_customer_message,
            }  # fmt: skip
            close = bench.made_up(key, OperationKind.UPDATE, {"status": "resolved"}, base, "", hold)
            both = [close]
            if len(self.made) % 2:
                told = bench.made_up(key, OperationKind.REPLY, {}, _evidence(base), f"end {close.id}", hold)
                both = [structs.replace(told, batch=close.batch), close]
            for made in bench.writer.enqueue(both).result():
                self._made(made)
            return
        sets: dict[str, FieldValue] = random.choice(
            [
                {"priority": random.randint(1, 5)},
                {"owner": random.choice(["bea", "ravi", ""])},
                {"subject": f"v{random.randint(1, 3)}"},
                {"status": random.choice(["open", "waiting"])},
                {"priority": random.randint(1, 5), "owner": "bea"},
                {"tags": toggled(list(view.row.tags), random)},
            ]
        )
        seen: dict[str, FieldValue] = {
            "priority": view.row.priority, "owner": view.row.owner,
            "subject": view.row.subject, "status": str(view.row.status), "tags": list(view.row.tags),
        }  # fmt: skip
        base = {name: seen[name] for name in sets}
        self._made(bench.queue("", sets, base=base, key=key, hold=hold))

    def _create(self) -> None:
        local = self.bench.create({"subject": "Made here", "queue": "q1", "requester": "carl"}, "It rang.")
        for operation in self.bench.reader.operations(ticket=local):
            self._made(operation.key)

    def _bulk(self) -> None:
        """A bulk run over most of what is held: one value for all, or a close, sometimes with words."""
        bench, random = self.bench, self.random
        held = list(bench.reader.keys(None, me="", now=bench.clock.now()))
        chosen = random.sample(held, random.randint(1, len(held))) if held else []
        now, hold = bench.clock.now(), random.choice([0, 5, 20])
        identity = f"run-{len(self.made)}"
        closes, words, value = random.random() < 0.4, random.random() < 0.3, random.randint(1, 5)
        tickets: list[list[Operation]] = []
        for key in chosen:
            view = bench.reader.ticket(key)
            assert view is not None
            sets: dict[str, FieldValue] = {"status": "resolved"} if closes else {"priority": value}
            base: dict[str, FieldValue] = {"priority": view.row.priority}
            if closes:
                base = {"status": str(view.row.status), "last_customer_message": view.last_customer_message}
            mine = [bench.made_up(key, OperationKind.UPDATE, sets, base, "", hold)]
            if words:
                kind = OperationKind.REPLY if closes else OperationKind.COMMENT
                mine.insert(0, bench.made_up(key, kind, {}, _evidence(base), f"all {identity} {key}", hold))
            tickets.append([structs.replace(each, batch=identity, bulk=True, created=now) for each in mine])
        head = Head(
            id=identity, plan=identity, action="test", title="all", actor="bea", created=now,
            hold_seconds=hold, tickets=len(tickets), messages=0, canary=random.choice([0, 0, 2]),
        )  # fmt: skip
        if not tickets:
            return
        assert bench.writer.enqueue_batch(head, tickets, bench.clock.now).result() == identity
        self.life.sealed = True
        bench.feed.rebuild_stale(now)  # the writer does so beside us, some time: no point of this life
        self.life.sealed = False
        for key in chosen:
            for row in bench.reader.operations(ticket=key):
                if row.batch == identity:
                    self._made(row.key)

    def _halt(self) -> None:
        """Somebody stops the newest bulk run, or lets the rest of it go after the first few."""
        runs = [each.batch for each in self.made.values() if each.bulk]
        if not runs:
            return
        if self.random.random() < 0.5:
            self.bench.writer.go_on_with_batch(runs[-1]).result()
            return
        self.bench.writer.halt_batch(runs[-1], self.bench.clock.now()).result()
        for key, made in self.made.items():
            now = self.bench.feed.operation(key)
            if made.batch == runs[-1] and now is not None and now.state is OperationState.DROPPED:
                self.decided.add(made.id)

    def _let_all_go(self) -> None:
        for batch in {each.batch: None for each in self.made.values() if each.bulk}:
            self.bench.writer.go_on_with_batch(batch).result()

    def _change_behind(self, message: Operation) -> Operation | None:
        """What was to follow a message, as it is meant now; None where nothing does, or it was given up."""
        for key, made in self.made.items():
            if (made.batch, made.ticket) == (message.batch, message.ticket) and key > message.key:
                now = self.bench.feed.operation(key)
                if now is not None and now.kind is OperationKind.UPDATE and now.state.is_pending:
                    return now
        return None

    def _made(self, key: int) -> None:
        operation = self.bench.feed.operation(key)
        assert operation is not None
        self.made[key] = operation
        self.desk.meant[operation.id] = operation

    def _round(self) -> None:
        """A round, and the other process where this one was killed in it."""
        try:
            self.last_failure = self._loop.run_until_complete(self.bench.engine.round())
        except Killed:
            pass
        except ExceptionGroup as error:
            rest = error.split(Killed)[1]
            if rest is not None:
                raise
        else:
            return
        self._take_over()

    def _hand_over(self) -> None:
        """The leader is ended in the middle of a round, as by its window being closed."""
        self.life.chance = 0.1
        self._round()

    def _take_over(self) -> None:
        self.life.reborn()
        chance, self.life.chance = self.life.chance, 0.0
        self._feeds.reverse()
        self.bench.feed = self._feeds[0]
        self.bench.restarted()
        self.life.chance = chance

    def _decide(self, *, all_of_them: bool = False) -> None:
        """A person looks at what is in conflict or was refused."""
        now = self.bench.clock.now()
        for row in self.bench.reader.operations():
            if row.state not in (OperationState.CONFLICT, OperationState.REJECTED):
                continue
            if self.random.random() < 0.4 and not all_of_them and _can_be_told(row):
                self.bench.writer.retry(row.key, now).result()
                continue
            made = self.made[row.key]
            if made.kind is OperationKind.CREATE:
                self.decided |= {each.id for each in self.made.values() if each.ticket == made.ticket}
            if self.bench.writer.drop(row.key, now).result():
                self.decided.add(row.id)

    def _undo(self) -> None:
        last = self.bench.reader.undoable()
        if last is None:
            return
        batch = [row.id for row in self.made.values() if row.batch == last.batch]
        if self.bench.writer.undo(last.batch, self.bench.clock.now()).result():
            self.decided |= set(batch)
            self.undone |= set(batch)

    def _somebody_else(self) -> None:
        acts = [self._colleague] * 12 + [self._customer] * 6 + [self._delete, self._merge]
        self.random.choice(acts)()

    def _colleague(self) -> None:
        ticket = self._any_ticket()
        if not ticket:
            return
        changes: dict[str, FieldValue] = self.random.choice(
            [
                {"priority": self.random.randint(1, 5)},
                {"owner": self.random.choice(["ravi", "lena"])},
                {"status": self.random.choice(["waiting", "open"])},
                {"subject": "v9"},
                {"tags": toggled(list(self.desk.tickets[ticket].tags), self.random)},
                {},
            ]
        )
        if changes:
            self.desk.changes(ticket, **changes)
        else:
            self.desk.wrote(ticket, "I am on it.", "ravi")

    def _customer(self) -> None:
        ticket = self._any_ticket()
        if ticket:
            self.desk.wrote(ticket, f"Any news? {self.desk.seq}")

    def _delete(self) -> None:
        if len(self.desk.tickets) > 2:
            self.desk.delete(self._any_ticket())

    def _merge(self) -> None:
        if len(self.desk.tickets) > 2:
            one, other = self.random.sample(sorted(self.desk.tickets), 2)
            self.desk.merge(one, other)

    def _opened(self) -> None:
        self.desk.opened()

    def _forget(self) -> None:
        self.desk.forgets()

    def _compact(self) -> None:
        self.desk.compacts()

    def _epoch(self) -> None:
        self.desk.forgets(new_epoch=True)

    def _backup(self) -> None:
        self.desk.backs_up()

    def _restore(self) -> None:
        self.desk.delivers_late()
        self.desk.restores()

    def _days(self) -> None:
        """So long that the desk forgets keys, and nothing is under way any more."""
        self.desk.delivers_late()
        self.bench.advance(9 * 86_400)
        self.desk.expires()

    # -- the end

    def _heal(self) -> None:
        self.lived = self.life.count
        self.desk.rough = False
        self.desk.delivers_late()
        self._let_all_go()
        # Operations of one ticket come to a decision one after another: seed 1005587 had sixteen in a row.
        patience = _HEALING + self._unsettled()
        for number in range(patience):
            if number >= _HEALING and not self._unsettled():
                break
            self.bench.advance(400)
            self._round()
            self._look()
            self.random.seed(number)
            self._decide(all_of_them=True)

    def _unsettled(self) -> int:
        found = (self.bench.feed.operation(key) for key in self.made)
        return sum(
            each is not None and (each.state.is_pending or each.state.needs_decision) for each in found
        )

    def _look(self) -> None:
        for row in self.bench.reader.operations():
            if row.state in (OperationState.CONFLICT, OperationState.REJECTED):
                self.told.add(row.id)

    def _any_ticket(self) -> str:
        return self.random.choice(sorted(self.desk.tickets)) if self.desk.tickets else ""


def _evidence(base: dict[str, FieldValue]) -> dict[str, FieldValue]:
    return {name: value for name, value in base.items() if name == LAST_CUSTOMER_MESSAGE}


def _can_be_told(row: Pending) -> bool:
    """Whether a person who looks at the desk would send it again: not what may have arrived long ago."""
    return "lost days ago" not in row.error


def simulate(
    folder: Path,
    seed: int,
    guarantee: Guarantee = Guarantee.A,
    steps: Sequence[Step] | None = None,
    trace: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Run one schedule (or what is left of it); its complaints. The last line traced is its fingerprint."""
    world = Simulation(folder, seed, guarantee)
    try:
        complaints = world.run(schedule(seed) if steps is None else steps, trace)
        trace(f"seed {seed} of class {guarantee} is {world.fingerprint()}")
        return complaints
    finally:
        world.close()
