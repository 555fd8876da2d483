"""Tests of the tests: a sync engine with a known fault must not get through the simulation.

The faults are those that such engines are known for; each has a rule against it (docs/sync.md).
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from techdesk.desks.port import Accepted, Prepared, PushResult
from techdesk.model import Operation
from techdesk.sync import push
from techdesk.sync.comparison import Comparison, Verdict
from tests.sync.desk_model import ModelDesk
from tests.sync.test_simulation import simulate

SCHEDULES = 150


async def caught(folder: Path) -> str:
    """The first complaint of the simulation; empty if it has none."""
    for seed in range(SCHEDULES):
        try:
            await simulate(folder / str(seed), seed)
        except AssertionError as complaint:
            return str(complaint)
    return ""


async def test_a_new_key_for_each_retry_doubles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    perform = ModelDesk._perform

    def with_a_new_key(self: ModelDesk, operation: Operation, prepared: Prepared) -> PushResult:
        renamed = msgspec.structs.replace(operation, id=f"{operation.id}.{operation.attempts}")
        return perform(self, renamed, prepared)

    monkeypatch.setattr(ModelDesk, "_perform", with_a_new_key)
    monkeypatch.setattr(ModelDesk, "wrote", _tells_the_operation(ModelDesk.wrote))
    assert "doubled" in await caught(tmp_path)


def _tells_the_operation(wrote: object) -> object:
    def plain(self: ModelDesk, *arguments: object, **named: object) -> str:
        arguments = tuple(
            part.rpartition(".")[0] if isinstance(part, str) and part.startswith("op-") else part
            for part in arguments
        )
        if str(named.get("operation", "")).startswith("op-"):
            named["operation"] = str(named["operation"]).rpartition(".")[0]
        return wrote(self, *arguments, **named)  # type: ignore[operator, no-any-return]

    return plain


async def test_a_rebase_without_comparing_clobbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "compare", lambda *_arguments: Comparison(Verdict.SEND))
    assert "clobbered" in await caught(tmp_path)


async def test_a_retry_with_a_newer_precondition_clobbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prepared_anew(self: push.Pusher, operation: Operation) -> object:
        ticket = self._feed.base(operation.ticket)
        result = await self._desk.push(operation, self._desk.prepare(operation, ticket))
        return await self._settle(operation, result, in_doubt=True)

    monkeypatch.setattr(push.Pusher, "_repeat", prepared_anew)
    assert await caught(tmp_path)


async def test_ignoring_what_the_customer_wrote_closes_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = push.compare
    monkeypatch.setattr(
        push, "compare", lambda operation, ticket, _at, own: compare(operation, ticket, None, own)
    )
    assert "clobbered" in await caught(tmp_path)


async def test_giving_up_what_is_in_doubt_loses_or_doubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def taken_for_done(self: push.Pusher, operation: Operation) -> None:
        self._feed.accept(
            operation.key, Accepted(page=push._NOTHING, ticket_id=operation.ticket_id), self._clock.now()
        )

    monkeypatch.setattr(push.Pusher, "_repeat", taken_for_done)
    assert "lost" in await caught(tmp_path)
