"""How far something long has come, in words."""

from __future__ import annotations

import pytest

from techdesk.progress import Countdown, Rate, bar, catching_up_words, pull_words, seconds_left, time_left


def test_a_rate_is_not_told_before_there_is_one() -> None:
    rate = Rate()
    assert rate.per_second == 0.0
    rate.note(100.0, 0)
    rate.note(103.0, 300)
    assert rate.per_second == 0.0, "three seconds prove nothing"
    rate.note(104.0, 400)
    assert rate.per_second == 100.0


def test_a_rate_is_that_of_the_last_quarter_of_a_minute() -> None:
    rate = Rate()
    for second in range(60):
        rate.note(float(second), 10 * second if second < 40 else 400)
    assert rate.per_second == 0.0, "it has stood still for longer than that"
    rate.forget()
    assert rate.per_second == 0.0


def test_what_was_there_before_is_no_speed_of_this_run() -> None:
    rate = Rate()
    rate.note(0.0, 90_000)  # brought by a run that was killed
    rate.note(5.0, 90_500)
    assert rate.per_second == 100.0


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(0.0, "░░░░"), (0.5, "██░░"), (1.0, "████"), (1.7, "████"), (-0.1, "░░░░")],
)
def test_a_bar_never_leaves_its_cells(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


@pytest.mark.parametrize(
    ("left", "rate", "words"),
    [
        (80, 2.0, "40 s left"),
        (400, 2.0, "3 min left"),
        (9_000, 1.0, "2 h 30 min left"),
        (-5, 2.0, "0 s left"),
        (80, 0.0, ""),
    ],
)
def test_time_left(left: int, rate: float, words: str) -> None:
    assert time_left(seconds_left(left, rate)) == words


def test_words_of_a_first_pull() -> None:
    assert pull_words(26_000, 99_995, 1_050.4) == "26,000 of 99,995, 1,050 a second, 1 min left"
    assert pull_words(26_000, None, 1_050.4) == "26,000, 1,050 a second"
    assert pull_words(20, 400, 0.0) == "20 of 400"
    assert pull_words(20, 400, 0.2) == "20 of 400, less than 1 a second, 31 min left"


def test_what_gets_less_is_told_in_time_and_begins_anew_when_more_comes() -> None:
    sending = Countdown()
    assert sending.words == ""
    for second in range(6):
        sending.note(second, 500 - 20 * second)
    assert sending.words == "20 s left"
    sending.note(6, 600)
    assert sending.words == "", "nothing is known of the speed since"
    for second in range(7, 12):
        sending.note(second, 600 - 10 * (second - 6))
    assert sending.words == "55 s left"
    sending.note(12, 0)
    assert sending.words == ""


def test_what_waited_without_moving_does_not_make_it_slow() -> None:
    waiting = Countdown()
    for second in range(20):
        waiting.note(second, 500)
    assert waiting.words == ""
    for second in range(20, 25):
        waiting.note(second, 500 - 20 * (second - 19))
    assert waiting.words == "20 s left"


def test_words_of_catching_up() -> None:
    assert catching_up_words(100, 500, 0) == "100 of 500"
    assert catching_up_words(300, 500, 25) == "300 of 500, 8 s left"
    assert catching_up_words(300, None, 25) == "300"
    assert catching_up_words(502, 500, 25) == "500 of 500, 0 s left", "more came meanwhile"
