"""The one-line bars: what they say, and how little they repaint."""

from __future__ import annotations

from rich.cells import cell_len

from techdesk.desks.port import FailureKind
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.widgets.counters import Count, big_number, fitting
from techdesk.widgets.hint_bar import fit_hints
from techdesk.widgets.list_header import view_pieces
from techdesk.widgets.one_line import changed_to, fitted, spread
from techdesk.widgets.status_bar import Facts, age_words, is_stale, status_pieces, wait_words
from techdesk.work.sync_trouble import _REMEDIES

NOW = 1_793_714_520


def words(facts: Facts, width: int = 200) -> str:
    return "".join(text for text, _ in status_pieces(facts, width))


def facts(**more: object) -> Facts:
    values: dict[str, object] = {"phase": SyncPhase.IDLE, "last_sync": NOW - 12, "guarantee": "A"}
    other = {name: more.pop(name) for name in list(more) if name in Facts.__struct_fields__}
    values.update(more)
    return Facts(state=SyncState(**values), now=NOW, **other)  # type: ignore[arg-type]


def test_fitted_is_exact_also_with_wide_characters() -> None:
    for width in range(1, 12):
        assert sum(cell_len(text) for text, _ in fitted([("電話会議", "a"), ("x", "")], width)) == width


def test_spread_keeps_the_right_end() -> None:
    line = "".join(text for text, _ in spread([("left side", "")], [("14:02", "")], 12))
    assert line == "left si14:02"


def test_only_the_part_up_to_the_last_difference_is_sent() -> None:
    assert changed_to([("abc", "")], [("abc", "")]) == 0
    assert changed_to([("abc", "")], [("abd", "")]) == 3
    assert changed_to([("SYNC ok 10s", ""), (" rest", "")], [("SYNC ok 20s", ""), (" rest", "")]) == 9
    assert changed_to([("電x", "")], [("電y", "")]) == 3
    assert changed_to([("abc", "")], [("abc", "bold")]) == 3


def test_hints_keep_help_and_the_way_out() -> None:
    hints = [("Enter", "open"), ("a", "take"), ("p", "priority"), ("?", "help"), ("q", "quit")]
    assert fit_hints(hints, 200) == hints
    assert fit_hints(hints, 30) == [("Enter", "open"), ("?", "help"), ("q", "quit")]
    assert fit_hints(hints, 1) == hints[-2:]


def test_state_of_the_connection() -> None:
    assert words(facts()).startswith(" SYNC ok 10s")
    assert "next try 30s" in words(facts(phase=SyncPhase.OFFLINE, next_try=NOW + 30))
    assert "OFFLINE never synced" in words(facts(phase=SyncPhase.OFFLINE, last_sync=None))
    assert "AUTH token refused" in words(facts(phase=SyncPhase.AUTH))
    assert "FIRST PULL ░░░░░░░░░░ 120 of 4,000   " in words(
        facts(phase=SyncPhase.FIRST_PULL, done=120, total=4000)
    )
    assert "SYNC OLD data 5m old" in words(facts(last_sync=NOW - 300))
    back = facts(last_sync=NOW - 86_400, phase=SyncPhase.PULLING, outbox=500)
    assert "SYNCING data 1d old   OUTBOX 500" in words(back), "coming back is no failure"
    pulls = facts(
        last_sync=NOW - 86_400, phase=SyncPhase.PULLING, done=300, total=500, rate=25.0,
        outbox=431, outbox_left="20 s left", conflicts=14, key="g c",
    )  # fmt: skip
    whole = " SYNCING 300 of 500, 8 s left   OUTBOX 431, 20 s left    CONFLICT 14  g c shows"
    assert words(pulls, 80).rstrip() == whole, "all of it at 80 columns"
    assert "SYNC FAILED" in words(facts(phase=SyncPhase.ERROR))
    assert " DISK FULL data 10s old" in words(facts(phase=SyncPhase.ERROR, trouble="file:full"))


def test_where_nothing_is_fetched_it_is_not_said_to_be_well() -> None:
    """A file that is only looked at, and ``--offline``: the last state is of another time."""
    said = words(facts(still="READ-ONLY", read_only=True, last_sync=NOW - 7200))
    assert said.startswith(" READ-ONLY data 2h 0m old")
    assert said.count("READ-ONLY") == 1
    assert words(facts(still="OFFLINE", last_sync=None)).startswith(" OFFLINE never synced")


def test_what_stops_sync_has_its_own_word() -> None:
    def said(trouble: str) -> str:
        return words(facts(phase=SyncPhase.ERROR, trouble=trouble))

    assert "OTHER DESK data 10s old" in said("other_desk")
    assert "OTHER ACCOUNT" in said("other_account")
    known = {trouble for trouble in FailureKind if "SYNC FAILED" not in said(trouble.value)}
    assert {kind.value for kind in known} >= {kind for kind in _REMEDIES if kind != "unauthorised"}


def test_what_waits_and_what_the_protocol_promises() -> None:
    said = words(
        facts(
            outbox=2,
            conflicts=1,
            refused=3,
            key="U",
            offset=40.2,
            scope="active + 90 d closed",
            read_only=True,
        )
    )
    for part in (
        "OUTBOX 2",
        "CONFLICT 1  REFUSED 3  U shows",
        "local clock 40 s slow, corrected",
        "READ-ONLY",
        "active + 90 d closed",
        "class A",
    ):
        assert part in said


def test_a_narrow_bar_keeps_what_matters_most() -> None:
    said = words(facts(outbox=2, conflicts=1, scope="active + 90 d closed"), 40)
    assert cell_len(said) <= 40
    assert "CONFLICT 1" in said
    assert "closed" not in said


def test_data_is_stale_after_two_intervals() -> None:
    assert not is_stale(SyncState(last_sync=NOW - 60, poll_seconds=30), NOW)
    assert is_stale(SyncState(last_sync=NOW - 62, poll_seconds=30), NOW)
    assert not is_stale(SyncState(), NOW)


def test_age_steps() -> None:
    assert [age_words(s) for s in (0, 9, 10, 59, 60, 3700, 90_000)] == [
        "0s", "0s", "10s", "50s", "1m", "1h 1m", "1d",
    ]  # fmt: skip


def test_a_wait_is_never_said_to_be_nothing() -> None:
    assert [wait_words(s) for s in (-1, 0, 1, 9, 10, 11, 50, 51, 60, 90, 301, 3700)] == [
        "10s", "10s", "10s", "10s", "10s", "20s", "50s", "1m", "1m", "1m", "5m", "1h 1m",
    ]  # fmt: skip


def test_views_keep_the_chosen_one_in_sight_at_any_width() -> None:
    titles = ["All open", "Mine", "Unassigned", "Needs review", "Due soon", "Escalated", "Waiting"]
    counts = [61, 12, 7, 3, 5, 0, 9]
    for width in (30, 60, 80, 200):
        for chosen in range(len(titles)):
            pieces = view_pieces(titles, counts, chosen, width)
            assert sum(cell_len(text) for text, _ in pieces) <= max(width, 26)
            assert [text for text, style in pieces if style.endswith("chosen")] == [
                f" {chosen + 1} {titles[chosen]} {counts[chosen]} "
            ]


def test_big_digits_are_three_cells_each() -> None:
    for number in (0, 7, 1234567890):
        assert {len(line) for line in big_number(number)} == {3 * len(str(number))}


def test_counts_that_do_not_fit_are_left_out_whole() -> None:
    """The most urgent stay; first the gaps shrink."""
    counts: list[Count] = [("BREACHED", 1, ""), ("< 15 MIN", 2, ""), ("MINE", 70, ""), ("OPEN", 155, "")]
    words = " 1 breached   2 < 15 min   70 mine   155 open  "
    assert fitting(counts, len(words)) == (counts, "  ")
    assert fitting(counts, len(words) - 1) == (counts, " ")
    assert fitting(counts, len(" 1 breached  2 < 15 min  70 mine")) == (counts[:3], " ")
    assert fitting(counts, 12) == (counts[:1], " ")
    assert fitting(counts, 3) == ([], " ")
