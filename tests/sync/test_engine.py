"""Rounds of sync against a desk in memory, on a real store."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import msgspec

from techdesk.desks.port import Failure, FailureKind
from techdesk.model import OperationState, Status
from techdesk.store.rows import SyncPhase
from techdesk.sync.engine import SWEEP_SECONDS
from tests.sync.conftest import Bench
from tests.sync.desk_model import ME, ModelDesk

REFUSED = Failure(kind=FailureKind.REFUSED)


async def test_a_first_pull_brings_everything_and_says_so(bench: Bench, desk: ModelDesk) -> None:
    assert await bench.engine.round() is None
    assert bench.agrees()
    state = bench.reader.sync_state()
    assert (state.phase, state.error, state.last_sync) == (SyncPhase.IDLE, "", bench.clock.now())
    assert (state.account_name, state.product, state.guarantee) == (ME.name, "model desk", "A")
    assert bench.reports > 0


async def test_rounds_of_one_second_are_told_apart(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    first = bench.reader.sync_state()
    await bench.engine.round()
    second = bench.reader.sync_state()
    assert (second.last_sync, second.rounds) == (first.last_sync, first.rounds + 1)


async def test_progress_of_a_first_pull_is_in_the_state(bench: Bench, desk: ModelDesk) -> None:
    seen: list[tuple[SyncPhase, int, int | None, float]] = []
    apply = bench.feed.apply

    def watched(*args: object, **options: object) -> list[int]:
        state = bench.reader.sync_state()
        seen.append((state.phase, state.done, state.total, state.rate))
        bench.advance(5)
        return apply(*args, **options)  # type: ignore[arg-type]

    bench.feed.apply = watched  # type: ignore[method-assign]
    for _ in range(3):
        desk.opened()
    await bench.engine.round()
    pulling = SyncPhase.FIRST_PULL
    assert seen == [(pulling, 0, None, 0.0), (pulling, 2, 6, 0.0), (pulling, 4, 6, 0.4)]
    assert bench.reader.sync_state().rate == 0.0, "there is nothing left to wait for"


async def test_changes_messages_and_deletions_arrive(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    desk.changes("1", priority=1)
    desk.wrote("2", "Any news?")
    desk.delete("3")
    new = desk.opened(subject="Another")
    assert await bench.engine.round() is None
    assert bench.agrees()
    assert bench.reader.key_of("3") is None
    assert bench.reader.key_of(new) is not None


async def test_offline_and_back(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    desk.down = REFUSED
    operation = bench.queue("1", {"priority": 1})
    assert await bench.engine.round() == REFUSED
    state = bench.reader.sync_state()
    assert (state.phase, state.error) == (SyncPhase.OFFLINE, REFUSED.words)
    assert state.last_sync is not None, "when it was true last stays known"
    assert bench.state(operation) is OperationState.READY, "it never left"
    another = bench.queue("2", {"priority": 1})
    assert await bench.engine.round() == REFUSED
    assert len(desk.pushed) == 1, (
        "a connection known to be dead is asked who it is, and nothing is tried on it"
    )
    assert bench.operation(another).attempts == 0, "so it can still be undone"
    row = bench.reader.row(bench.key("1"))
    assert row is not None
    assert (row.priority, row.pending) == (1, 1), "the change shows at once"
    desk.down = None
    assert await bench.engine.round() is None
    assert bench.state(operation) is OperationState.DONE
    assert desk.tickets["1"].priority == 1
    assert bench.agrees()


async def test_a_connection_that_dies_in_mid_pull_goes_on_where_it_was(bench: Bench, desk: ModelDesk) -> None:
    pull = desk.pull

    async def dies(cursor: str, scope: object) -> object:
        return REFUSED if cursor else await pull(cursor, scope)  # type: ignore[arg-type]

    desk.pull = dies  # type: ignore[method-assign, assignment]
    assert await bench.engine.round() == REFUSED
    assert len(bench.reader.keys(None, me="", now=bench.clock.now())) == 2
    desk.pull = pull  # type: ignore[method-assign]
    bench.restarted()
    desk.asked.clear()
    assert await bench.engine.round() is None
    assert "pull " not in desk.asked, "not from the beginning"
    assert bench.agrees()


async def test_a_lost_cursor_means_a_sweep(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    desk.delete("2")
    del desk.changed["2"]  # the feed no longer tells
    desk.changes("1", subject="Renamed")
    desk.opened()
    desk.forgets()
    desk.asked.clear()
    assert await bench.engine.round() is None
    assert [what.split()[0] for what in desk.asked] == ["pull", "who_am_i", "sweep", "sweep", "pull"]
    assert bench.agrees()
    assert bench.reader.key_of("2") is None


async def test_a_sweep_that_was_cut_goes_on_and_forgets_nothing_too_early(
    bench: Bench, desk: ModelDesk
) -> None:
    await bench.engine.round()
    desk.forgets()
    sweep = desk.sweep

    async def dies(after: str, scope: object) -> object:
        return REFUSED if after else await sweep(after, scope)  # type: ignore[arg-type]

    desk.sweep = dies  # type: ignore[method-assign, assignment]
    assert await bench.engine.round() == REFUSED
    assert len(bench.reader.keys(None, me="", now=bench.clock.now())) == 3
    desk.sweep = sweep  # type: ignore[method-assign]
    desk.wrote("1", "Written while the sweep was cut")
    bench.restarted()
    desk.asked.clear()
    assert await bench.engine.round() is None
    assert not any(what == "sweep " for what in desk.asked), "not from the beginning"
    assert bench.agrees()


async def test_another_epoch_means_a_sweep_also_after_a_kill_in_between(
    bench: Bench, desk: ModelDesk
) -> None:
    await bench.engine.round()
    desk.delete("3")
    del desk.changed["3"]
    desk.forgets(new_epoch=True)
    desk.capabilities = msgspec.structs.replace(desk.capabilities)
    assert await bench.restarted().identify() is None  # and killed right here
    assert await bench.restarted().round() is None
    assert bench.agrees()
    assert bench.feed.account() == (desk.server, desk.epoch, ME.id)
    desk.asked.clear()
    assert await bench.restarted().round() is None
    assert not any(what.startswith("sweep") for what in desk.asked), "once is enough"


async def test_another_account_or_desk_writes_nothing(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    before = bench.reader.last_change()
    held = {key: bench.feed.base(key) for key in (1, 2, 3)}
    operation = bench.queue("1", {"priority": 1})
    desk.changes("2", subject="Of another desk")
    for server, me, kind in (
        ("server-2", ME, FailureKind.OTHER_DESK),
        ("server-1", msgspec.structs.replace(ME, id="other"), FailureKind.OTHER_ACCOUNT),
    ):
        desk.server, desk.me = server, me
        desk.asked.clear()
        failure = await bench.restarted().round()
        assert failure is not None
        assert failure.kind is kind
        assert desk.asked == ["who_am_i"]
    assert desk.pushed == []
    assert bench.feed.account() == ("server-1", "e1", ME.id)
    assert {key: bench.feed.base(key) for key in (1, 2, 3)} == held
    assert bench.state(operation) is OperationState.HELD
    assert bench.reader.last_change() == before + 1, "only what was queued here"
    assert bench.reader.sync_state().phase is SyncPhase.ERROR


async def test_a_refused_token_pauses_pushing_and_says_so(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    operation = bench.queue("1", {"priority": 1})
    other = bench.queue("2", {"priority": 1})
    desk.faults.append("unauthorised")
    failure = await bench.engine.round()
    assert failure is not None
    assert bench.reader.sync_state().phase is SyncPhase.AUTH
    assert len(desk.pushed) == 1, "the other one is not even tried"
    assert bench.state(operation) is OperationState.READY
    desk.down = Failure(kind=FailureKind.UNAUTHORISED)
    await bench.engine.round()
    assert len(desk.pushed) == 1
    desk.down = None
    assert await bench.engine.round() is None
    assert bench.state(operation) is OperationState.DONE
    assert bench.state(other) is OperationState.DONE


async def test_a_desk_without_tombstones_is_swept_each_hour(bench: Bench, desk: ModelDesk) -> None:
    desk.capabilities = msgspec.structs.replace(desk.capabilities, tombstones=False)
    await bench.engine.round()
    desk.delete("3")
    del desk.changed["3"]
    await bench.engine.round()
    assert bench.reader.key_of("3") is not None
    bench.advance(SWEEP_SECONDS)
    await bench.engine.round()
    assert bench.reader.key_of("3") is None
    assert bench.agrees()


async def test_a_feed_that_does_not_move_on_ends_the_round(bench: Bench, desk: ModelDesk) -> None:
    pull = desk.pull

    async def stuck(cursor: str, scope: object) -> object:
        return await pull("", scope)  # type: ignore[arg-type]

    desk.pull = stuck  # type: ignore[method-assign, assignment]
    failure = await bench.engine.round()
    assert failure is not None
    assert "does not move on" in failure.detail


async def test_run_polls_backs_off_and_stops(bench: Bench, desk: ModelDesk) -> None:
    stop = asyncio.Event()
    rounds: list[float] = []
    who_am_i = desk.who_am_i

    async def watched() -> object:
        rounds.append(bench.clock.monotonic())
        if len(rounds) == 13:
            stop.set()
        return await who_am_i()

    desk.who_am_i = watched  # type: ignore[method-assign, assignment]
    desk.down = REFUSED
    await asyncio.wait_for(bench.engine.run(stop), 10)
    gaps = [after - before for before, after in pairwise(rounds)]
    assert max(gaps[:3]) <= 8, "the first tries come soon"
    assert max(gaps) > 20, "later ones do not"
    assert max(gaps) <= 302
    next_try = bench.reader.sync_state().next_try
    assert next_try is not None


async def test_a_server_that_says_when_is_believed(bench: Bench, desk: ModelDesk) -> None:
    stop = asyncio.Event()
    asked: list[float] = []

    async def throttled() -> Failure:
        asked.append(bench.clock.monotonic())
        if len(asked) == 3:
            stop.set()
        return Failure(kind=FailureKind.THROTTLED, retry_after=77.0)

    desk.who_am_i = throttled  # type: ignore[method-assign, assignment]
    await asyncio.wait_for(bench.engine.run(stop), 10)
    assert all(after - before >= 77 for before, after in pairwise(asked))


async def test_a_poke_and_a_due_operation_cut_the_wait_short(bench: Bench, desk: ModelDesk) -> None:
    stop = asyncio.Event()
    pulls: list[float] = []
    pull = desk.pull

    async def watched(cursor: str, scope: object) -> object:
        pulls.append(bench.clock.monotonic())
        match len(pulls):
            case 2:
                bench.engine.poke()
            case 4:
                bench.queue("1", {"status": "waiting"}, hold=5)
            case 5:
                stop.set()
        return await pull(cursor, scope)  # type: ignore[arg-type]

    desk.pull = watched  # type: ignore[method-assign, assignment]
    await asyncio.wait_for(bench.engine.run(stop), 10)
    # the first pull has two pages; then a poke, then an operation that falls due, long before the poll
    assert pulls[2] - pulls[1] <= 1
    assert pulls[3] - pulls[2] >= 29
    assert 5 <= pulls[4] - pulls[3] <= 7
    assert desk.tickets["1"].status is Status.WAITING
