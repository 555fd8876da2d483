"""Countdowns of one ticket."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from techdesk.model import OperationState
from techdesk.sla.evaluation import Evaluation, Metric, RowClock, TargetState, Urgency, Verdict
from techdesk.store.rows import Pending
from techdesk.widgets.pending_list import needs, state_words
from techdesk.widgets.targets import Targets, clock_words, moments_words, spent_words
from tests.screens.desk_fixture import OneScreenApp, drive

NOW = 1_793_714_520
BERLIN = ZoneInfo("Europe/Berlin")


def target(verdict: Verdict = Verdict.RUNNING, **more: Any) -> TargetState:
    values: dict[str, Any] = {
        "metric": Metric.FIRST_RESPONSE,
        "name": "P1 response within 1 h",
        "source": "Dynamix 6.1",
        "calendar": "always",
        "started": NOW - 1800,
        "amount": 3600,
        "elapsed": 1800,
    }
    if verdict is Verdict.RUNNING:
        values |= {
            "due": NOW + 1800,
            "breach_at": NOW + 1801,
            "warning_at": NOW + 900,
            "critical_at": NOW + 1440,
        }
    values.update(more)
    return TargetState(verdict=verdict, **values)


def evaluation(*targets: TargetState, note: str = "") -> Evaluation:
    clock = RowClock(policy="dynamix", urgency=Urgency.CLOCK, order=NOW)
    return Evaluation(policy="dynamix", version="1", targets=targets, row=clock, note=note)


@pytest.mark.parametrize(
    ("one", "words", "style"),
    [
        (target(), "   30m", "ok"),
        (target(warning_at=NOW), "*  30m", "warning"),
        (target(due=NOW + 599, critical_at=NOW, warning_at=NOW - 9), "!  +09:59", "critical"),
        (
            target(due=NOW - 271, breach_at=NOW - 270, critical_at=NOW - 900, warning_at=NOW - 999),
            "!! -04:31",
            "breached",
        ),
        (
            target(
                metric=Metric.REVIEW, due=NOW - 1, breach_at=None, warning_at=NOW - 999, critical_at=NOW - 900
            ),
            "?  untriaged",
            "warning",
        ),
        (target(Verdict.PAUSED), "|| 30 min left", "paused"),
        (target(Verdict.MET), "ok met", "met"),
        (target(Verdict.MISSED), "xx missed", "missed"),
        (target(Verdict.REPLACED), "-- replaced", "quiet"),
        (target(Verdict.NONE), "   30m old", "quiet"),
        (target(immediate=True, due=None, breach_at=None), "!  30m at once", "critical"),
        (target(immediate=True), "!  30m at once", "critical"),
        (target(immediate=True, due=NOW - 271, breach_at=NOW - 270), "!! -04:31", "breached"),
    ],
)
def test_every_state_has_a_glyph_and_a_style(one: TargetState, words: str, style: str) -> None:
    assert clock_words(one, NOW) == (words, f"targets--{style}")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (target(), "30 min of business time left"),
        (target(elapsed=4500), "15 min of business time over"),
        (target(Verdict.MISSED, elapsed=4500), "15 min over its 1 h"),
        (target(Verdict.MET), "used 30 min of 1 h"),
        (target(Verdict.REPLACED), "was 1 h"),
        (target(amount=0), ""),
    ],
)
def test_business_time(one: TargetState, words: str) -> None:
    assert spent_words(one, NOW) == words


class _Shown(OneScreenApp):
    def __init__(self, widget: Targets) -> None:
        super().__init__(lambda: None)
        self.widget = widget

    def compose(self) -> Any:
        yield self.widget

    def show_dialog(self) -> None:
        """There is none: the widget stands alone."""


def test_a_second_repaints_only_the_lines_that_changed() -> None:
    widget = Targets(zone=BERLIN)
    regions: list[Any] = []

    async def script(pilot: Any) -> None:
        widget.show(evaluation(target(due=NOW + 300, amount=0), target(Verdict.MET)), NOW, NOW)
        await pilot.pause()
        assert "+05:00" in widget.text
        widget.refresh = lambda *found, **_: regions.append(found)
        widget.tick(NOW)
        assert regions == []
        widget.tick(NOW + 1)
        ((region,),) = regions
        assert (region.x, region.y, region.width, region.height) == (0, 2, 9, 1)
        assert "+04:59" in widget.text

    drive(_Shown(widget), script, (40, 24))


def test_urgent_first_then_what_is_past() -> None:
    widget = Targets(zone=BERLIN)
    later = target(metric=Metric.ESCALATION, due=NOW + 7200)

    async def script(pilot: Any) -> None:
        widget.show(evaluation(target(Verdict.REPLACED), later, target()), NOW, NOW)
        await pilot.pause()
        text = widget.text
        assert text.index("30m") < text.index("2h 00m") < text.index("replaced")
        assert "due 15:32 CET" in text
        assert "Dynamix 6.1" in text

    drive(_Shown(widget), script, (40, 40))


def test_a_note_takes_the_place_of_countdowns() -> None:
    widget = Targets(zone=BERLIN)

    async def script(pilot: Any) -> None:
        widget.show(evaluation(note="The rules of Phonism are not here yet."), NOW - 7200, NOW)
        await pilot.pause()
        assert "age 2h" in widget.text
        assert "The rules of Phonism" in widget.text

    drive(_Shown(widget), script, (60, 24))


def test_the_next_crossing_is_the_nearest_change_of_level() -> None:
    widget = Targets()

    async def script(pilot: Any) -> None:
        widget.show(evaluation(target(), target(Verdict.MET)), NOW, NOW)
        assert widget.next_crossing() == NOW + 900
        widget.show(evaluation(target(Verdict.PAUSED)), NOW, NOW)
        assert widget.next_crossing() is None

    drive(_Shown(widget), script)


def operation(state: OperationState, **more: Any) -> Pending:
    values: dict[str, Any] = {
        "hold_until": 0,
        "not_before": 0,
        "attempts": 0,
        "error": "",
        "created": NOW,
        "base": {},
        "sets": {},
        "text": "",
    }
    values.update(more)
    return Pending(
        key=1, id="a", batch="b", ticket=1, number="TD-1", subject="s", what="reply", state=state, **values
    )


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (operation(OperationState.HELD, hold_until=NOW + 5), "sent in 5 s, u undoes"),
        (operation(OperationState.HELD, hold_until=NOW), "waits to be sent"),
        (operation(OperationState.READY), "waits to be sent"),
        (
            operation(OperationState.READY, not_before=NOW + 60, attempts=2, error="No network."),
            "tried 2 times, again at 15:03 CET: No network.",
        ),
        (operation(OperationState.SENT, attempts=1), "being sent"),
        (operation(OperationState.SENT, attempts=2), "sent, no answer yet"),
        (operation(OperationState.REJECTED, error="no\x1b[2J"), "the desk refused it: no�[2J"),
        (operation(OperationState.CONFLICT), "somebody changed the same"),
    ],
)
def test_states_of_operations(one: Pending, words: str) -> None:
    assert state_words(one, NOW, BERLIN) == words
    assert bool(needs(one)) is one.state.needs_decision


def test_a_timeline_names_its_zone_once_and_over_a_change_of_the_clocks_each_time() -> None:
    kolkata, new_york = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
    assert moments_words(target(), NOW, kolkata) == "from 19:02, warns 19:47, critical 19:56 IST"
    assert moments_words(target(), NOW, new_york) == "from 08:32, warns 09:17, critical 09:26 EST"
    before = target(started=NOW - 4 * 86_400)
    assert moments_words(before, NOW, kolkata) == "from Fri 30 Oct 19:32, warns 19:47, critical 19:56 IST"
    assert moments_words(before, NOW, new_york) == (
        "from Fri 30 Oct 10:02 EDT, warns 09:17 EST, critical 09:26 EST"
    )


def test_when_a_past_target_was_met_is_never_cut_at_the_edge() -> None:
    widget = Targets(zone=BERLIN)
    met = target(Verdict.MET, started=NOW - 14 * 86_400, stopped=NOW - 14 * 86_400 + 1800)

    async def script(pilot: Any) -> None:
        widget.show(evaluation(met), NOW, NOW)
        await pilot.pause()
        assert "from Tue 20 Oct 16:02, met Tue 20 Oct 16:32" in " ".join(widget.text.split())
        assert all(len(line) <= 38 for line in widget.text.splitlines())

    drive(_Shown(widget), script, (40, 24))


@pytest.mark.parametrize(
    ("width", "head"),
    [
        (60, ["!  30m at once  first response  critical"]),
        (40, ["!  30m at once", "   first response  critical"]),
    ],
)
def test_how_urgent_it_is_is_never_cut_at_the_edge(width: int, head: list[str]) -> None:
    """UX 5: at the width of the side panel each word stands whole; the clock has a line of its own then."""
    widget = Targets(zone=BERLIN)

    async def script(pilot: Any) -> None:
        widget.show(evaluation(target(immediate=True, critical_at=NOW)), NOW, NOW)
        await pilot.pause()
        lines = widget.text.splitlines()
        assert lines[2 : 2 + len(head)] == head
        assert all(len(line) <= width - 2 for line in lines)

    drive(_Shown(widget), script, (width, 24))
