"""Tests of the tests: a sync engine with a known fault must not get through the simulation.

The faults are those that such engines are known for; each has a rule against it (docs/sync.md). ``FAULTS``
says with which complaint. The last number is a seed that showed it when it was planted, and is tried first:
all is random, so when the simulation changes, another one among ``SCHEDULES`` will.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from techdesk.desks.port import Accepted, Guarantee, Page, Prepared, PushResult
from techdesk.model import Instant, Operation, OperationState
from techdesk.store import delivery, ingest, meta, outbox, tickets
from techdesk.store import feed as feed_module
from techdesk.store.feed import Feed
from techdesk.sync import clearance, engine, push
from techdesk.sync.comparison import Comparison, Verdict
from tests.sync.rough_desk import RoughDesk
from tests.sync.simulate import outcome
from tests.sync.simulation import schedule

Patch = pytest.MonkeyPatch


def new_key_for_each_retry(patch: Patch) -> None:
    perform = RoughDesk._perform

    def with_a_new_key(self: RoughDesk, operation: Operation, prepared: Prepared) -> PushResult:
        if operation.attempts > 1:
            self.keys.pop(operation.id, None)
        return perform(self, operation, prepared)

    patch.setattr(RoughDesk, "_perform", with_a_new_key)


def rebased_blindly(patch: Patch) -> None:
    patch.setattr(clearance, "compare", lambda *_arguments: Comparison(Verdict.SEND))


def set_written_as_it_was_meant(patch: Patch) -> None:
    patch.setattr(push, "as_sent", lambda operation, _ticket: operation)


def cursor_before_rows(patch: Patch) -> None:
    apply = Feed.apply

    def too_early(self: Feed, page: Page, **options: Any) -> list[int]:
        if options.get("store_cursor", True):
            with feed_module.transaction(self._connection) as connection:
                meta.put(connection, meta.CURSOR, page.cursor)
        return apply(self, page, **options)

    patch.setattr(Feed, "apply", too_early)


def newer_precondition_on_retry(patch: Patch) -> None:
    async def prepared_anew(self: push.Pusher, operation: Operation) -> object:
        ticket = self._feed.base(operation.ticket)
        result = await self._desk.push(operation, self._desk.prepare(operation, ticket))
        return await self._settle(operation, result, in_doubt=True)

    patch.setattr(push.Pusher, "_repeat", prepared_anew)


def answer_revives_a_deleted_row(patch: Patch) -> None:
    # Two rules have to be broken: that a tombstone takes what is unsent off its way, and that an answer
    # brings no row back.
    patch.setattr(tickets, "outbox", SimpleNamespace(open_of=lambda *_: [], has_open=outbox.has_open))
    patch.setattr(ingest.Ingest, "_may_update", lambda *_arguments, **_named: True)
    patch.setattr(push, "wait_seconds", lambda *_: 600.0)  # else the repeat comes before the tombstone


def customer_ignored(patch: Patch) -> None:
    compare = clearance.compare
    patch.setattr(clearance, "compare", lambda mine, ticket, _at, *more: compare(mine, ticket, None, *more))


def doubt_taken_for_done(patch: Patch) -> None:
    async def taken_for_done(self: push.Pusher, operation: Operation) -> None:
        accepted = Accepted(page=clearance.NOTHING, ticket_id=operation.ticket_id)
        self._feed.accept(operation.key, accepted, self._clock.now())

    patch.setattr(push.Pusher, "_repeat", taken_for_done)


def marked_after_sending(patch: Patch) -> None:
    async def send(
        self: push.Pusher, operation: Operation, prepared: Prepared, *, fresh: bool = False
    ) -> object:
        result = await self._desk.push(operation, prepared)
        marked = self._feed.mark_sent(operation.key, prepared, self._clock.now())
        return None if marked is None else await self._settle(marked, result, in_doubt=False)

    patch.setattr(push.Pusher, "_send", send)


def generation_lowered_by_an_answer(patch: Patch) -> None:
    answer = delivery._store_answer

    def lowers(connection: Any, *arguments: Any, **named: Any) -> list[int]:
        touched = answer(connection, *arguments, **named)
        connection.executemany("UPDATE ticket SET generation = 0 WHERE key = ?", ((key,) for key in touched))
        return touched

    patch.setattr(delivery, "_store_answer", lowers)


def sweep_ends_at_the_feed_of_now(patch: Patch) -> None:
    # Cursor = position after the sweep: what changed while it went on is never pulled.
    end = Feed.end_sweep

    def late(self: Feed, generation: int, cursor: str, now: Instant) -> list[int]:
        return end(self, generation, _DESKS[-1]._position(), now)

    init = RoughDesk.__init__

    def remembered(self: RoughDesk, *arguments: Any) -> None:
        init(self, *arguments)
        _DESKS[:] = [self]

    patch.setattr(RoughDesk, "__init__", remembered)
    patch.setattr(Feed, "end_sweep", late)


_DESKS: list[RoughDesk] = []


def conflict_decided_by_the_machine(patch: Patch) -> None:
    settle = Feed._settle

    def takes_theirs(self: Feed, operation: int, state: Any, *arguments: Any) -> list[int]:
        changed = settle(self, operation, state, *arguments)
        with feed_module.transaction(self._connection) as connection:
            outbox.settle(connection, (operation,), OperationState.DROPPED)
        return changed

    patch.setattr(Feed, "_settle", takes_theirs)


def key_resent_after_its_life(patch: Patch) -> None:
    patch.setattr(push, "KEY_WINDOW", 1 << 40)


def lower_version_taken(patch: Patch) -> None:
    def update(connection: Any, key: int, ticket: Any) -> bool:
        base = tickets.effective.encode_ticket(ticket)
        statement = "UPDATE ticket SET number = ?, revision = ?, base = ?, gone = '' WHERE key = ?"
        return bool(connection.execute(statement, (ticket.number, ticket.revision, base, key)).rowcount)

    patch.setattr(tickets, "update", update)


def restored_history_not_renewed(patch: Patch) -> None:
    patch.setattr(Feed, "renew", lambda *_: None)


def message_answer_hides_what_came_before(patch: Patch) -> None:
    perform = RoughDesk._perform

    def partly(self: RoughDesk, operation: Operation, prepared: Prepared) -> PushResult:
        before = self.seq
        result = perform(self, operation, prepared)
        if isinstance(result, Accepted):
            result = msgspec.structs.replace(result, page=self._since(result.page, before))
        return result

    patch.setattr(RoughDesk, "_perform", partly)


def sent_again_without_a_look(patch: Patch) -> None:
    async def nothing(self: RoughDesk, operation: Operation) -> None:
        return None

    patch.setattr(RoughDesk, "find_sent", nothing)


def overwriting_is_not_told(patch: Patch) -> None:
    patch.setattr(push, "found_afterwards", lambda *_: "")


def never_swept(patch: Patch) -> None:
    patch.setattr(engine, "SWEEP_SECONDS", 1e12)


def looked_for_too_soon(patch: Patch) -> None:
    patch.setattr(push, "QUIET_SECONDS", 0)


def out_of_order(patch: Patch) -> None:
    patch.setattr(outbox, "_SINGLE", outbox._SINGLE.replace(outbox.IS_HEAD, "1"))


def deletions_overlooked(patch: Patch) -> None:
    patch.setattr(Feed, "_bury", lambda *_: [])


def unseen_rows_kept_by_a_sweep(patch: Patch) -> None:
    patch.setattr(Feed, "_forget", lambda *_: [])


def undo_of_what_was_sent(patch: Patch) -> None:
    patch.setattr(outbox, "UNTRIED", "(o.state IN ('held', 'ready', 'sent'))")


def told_before_its_change_is_compared(patch: Patch) -> None:
    patch.setattr(Feed, "change_behind", lambda *_: None)


SCHEDULES = 1_000
A, C, D = Guarantee.A, Guarantee.C, Guarantee.D
FAULTS: Iterable[tuple[Callable[[Patch], None], Guarantee, str, int]] = [
    (new_key_for_each_retry, A, "doubled", 0),
    (rebased_blindly, A, "clobbered", 0),
    (set_written_as_it_was_meant, A, "clobbered", 0),
    (cursor_before_rows, A, "diverged", 6),
    (newer_precondition_on_retry, A, "", 6),
    (answer_revives_a_deleted_row, A, "", 52),
    (customer_ignored, A, "clobbered", 0),
    (doubt_taken_for_done, A, "lost", 0),
    (marked_after_sending, A, "traced", 0),
    (generation_lowered_by_an_answer, A, "diverged", 26),
    (sweep_ends_at_the_feed_of_now, A, "diverged", 111),
    (conflict_decided_by_the_machine, A, "lost", 0),
    (key_resent_after_its_life, A, "doubled", 2),
    (lower_version_taken, A, "diverged", 17),
    (restored_history_not_renewed, A, "diverged", 23),
    (message_answer_hides_what_came_before, A, "clobbered", 18),
    (sent_again_without_a_look, C, "doubled", 1),
    (overwriting_is_not_told, D, "clobbered", 13),
    (never_swept, D, "diverged", 2),
    (looked_for_too_soon, C, "doubled", 3),
    (out_of_order, A, "misordered", 1),
    (deletions_overlooked, A, "diverged", 17),
    (unseen_rows_kept_by_a_sweep, A, "diverged", 17),
    (undo_of_what_was_sent, A, "traced", 1),
    (told_before_its_change_is_compared, A, "clobbered", 0),
]


OFTEN: dict[Callable[[Patch], None], dict[str, Any]] = {
    cursor_before_rows: {"hand_over": 20},
    answer_revives_a_deleted_row: {"delete": 12, "merge": 6, "round": 20},  # a rest between doubt and repeat
    lower_version_taken: {"operations": 20, "colleague": 30, "round": 80},  # what comes later hides it
    marked_after_sending: {"undo": 25, "hand_over": 15},
    key_resent_after_its_life: {"days": 6},
    generation_lowered_by_an_answer: {"forget": 6, "delete": 5},
    restored_history_not_renewed: {"backup": 4, "restore": 3},
    message_answer_hides_what_came_before: {"colleague": 40, "customer": 25},
    deletions_overlooked: {"delete": 6, "merge": 3},
    unseen_rows_kept_by_a_sweep: {"delete": 6, "forget": 4},
    undo_of_what_was_sent: {"undo": 15},
    never_swept: {"delete": 6},
}
"""What has to happen for a fault to show, and is made to happen more often than in a usual day."""


@pytest.mark.parametrize(("plant", "guarantee", "complaint", "likely"), FAULTS)
def test_the_fault_is_caught(
    plant: Callable[[Patch], None], guarantee: Guarantee, complaint: str, likely: int, monkeypatch: Patch
) -> None:
    plant(monkeypatch)
    for seed in (likely, *range(SCHEDULES)):
        steps = schedule(seed, **OFTEN.get(plant, {}))
        if any(each.startswith(complaint) for each in outcome(seed, guarantee, steps)):
            print(f"caught by seed {seed}")
            return
    pytest.fail(f"{plant.__name__} got through {SCHEDULES} schedules")
