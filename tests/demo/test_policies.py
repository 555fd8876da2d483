"""The demo's own policy: whatever the hour, it is evening or a holiday somewhere, and waiting pauses."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.demo.feed import Feed
from techdesk.demo.policies import NAME, write
from techdesk.demo.storage import Storage
from techdesk.policies.book import PolicyBook
from techdesk.sla.evaluation import Evaluation, Metric, Urgency, Verdict
from techdesk.sla.history import Change, History, MessageFact
from tests.demo.conftest import NOW

HOUR = 3_600


def evaluations(
    storage: Storage, book: PolicyBook, scene: str, started: int, after: int = 0
) -> list[Evaluation]:
    """What the policy says of a scene's tickets so many seconds after a start at ``started``."""
    found = []
    for row in storage.sql.execute("SELECT id FROM tickets WHERE scene = ? ORDER BY id", (scene,)).fetchall():
        page = Feed(storage).one(str(row["id"]))
        (ticket,) = page.tickets
        moved = started - NOW
        history = History(
            created=ticket.created + moved,
            status=ticket.status,
            priority=ticket.priority,
            kind=ticket.kind,
            changes=tuple(
                Change(at=event.at + moved, field=event.field, old=event.old, new=event.new)
                for event in page.events
            ),
            messages=tuple(
                MessageFact(
                    at=message.at + moved,
                    direction=message.direction,
                    visibility=message.visibility,
                    automatic=message.automatic,
                )
                for message in page.messages
            ),
        )
        found.append(book.evaluate(NAME, history, started + after))
    return found


@pytest.mark.parametrize("offset", [hours * HOUR + 1_234 for hours in range(0, 24, 3)])
@pytest.mark.parametrize("day", [0, 75 * 86_400, 166 * 86_400])
def test_clocks_stand_still_at_any_start(tmp_path: Path, storage: Storage, day: int, offset: int) -> None:
    now = NOW + day + offset
    write(tmp_path, now)
    book = PolicyBook.load(tmp_path)
    assert not [error for error in book.check() if NAME in str(error)]
    for scene in ("paused:hours", "paused:holiday"):
        soon = evaluations(storage, book, scene, now, after=600)
        for evaluation, later in zip(evaluations(storage, book, scene, now), soon, strict=True):
            (state,), (after,) = evaluation.targets, later.targets
            assert state.metric is Metric.FIRST_RESPONSE
            assert 0 < state.left <= state.amount
            assert state.due is not None
            assert state.due - now > state.left + HOUR
            assert (scene, after.left) == (scene, state.left)
    for evaluation in evaluations(storage, book, "paused:waiting", now):
        verdicts = {state.metric: state.verdict for state in evaluation.targets}
        assert verdicts == {Metric.FIRST_RESPONSE: Verdict.MET, Metric.RESOLUTION: Verdict.PAUSED}
        assert evaluation.row.urgency is Urgency.PAUSED
        assert evaluation.row.left == 7 * HOUR + 1_800


@pytest.mark.parametrize("hour", range(0, 24, 4))
def test_nothing_of_this_customer_is_late_at_any_start(tmp_path: Path, storage: Storage, hour: int) -> None:
    """Kestrel's clocks stand still, run, or are none: what is late in the demo is late on purpose."""
    now = NOW + hour * HOUR
    write(tmp_path, now)
    book = PolicyBook.load(tmp_path)
    scenes = [
        str(row["scene"])
        for row in storage.sql.execute("SELECT DISTINCT scene FROM tickets WHERE organisation = 'kestrel'")
    ]
    assert "thread:notes" in scenes
    for scene in scenes:
        for evaluation in evaluations(storage, book, scene, now):
            assert evaluation.row.breach_at is None or evaluation.row.breach_at > now, scene


def test_a_new_start_replaces_the_file(tmp_path: Path) -> None:
    first = write(tmp_path, NOW).read_text(encoding="utf-8")
    second = write(tmp_path, NOW + 3 * 86_400 + 5 * HOUR).read_text(encoding="utf-8")
    assert first != second
    assert [file.name for file in tmp_path.iterdir()] == [f"{NAME}.toml"]
