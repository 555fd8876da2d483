"""Policy files: what is read, and that every fault is told with its line and its remedy."""

from __future__ import annotations

from datetime import date

import pytest

from techdesk.model import Channel, Status
from techdesk.sla.calendar import DayMode
from techdesk.sla.evaluation import Metric
from techdesk.sla.policy import Need, OpenedWhen, StartEvent, StopEvent, TargetKind
from techdesk.sla.policy_error import PolicyError
from techdesk.sla.policy_lines import Lines
from techdesk.sla.policy_text import parse_overlay, parse_policy
from tests.sla.policies import HEAD, policy, target

TARGET = target()


def fault(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "acme.toml")
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "at", "words"),
    [
        ("", "\nnonsense = 3", "nonsense", "nonsense: is not known here; allowed: amount"),
        ('"duration"', '"durations"', "durations", "targets.0.kind: 'durations' is not one of its words"),
        ('"1h"', '"1 day"', "1 day", "'1 day' is no span of time; allowed: \"24h\""),
        (
            '"1h"',
            '"1000000000h"',
            "00h",
            "'1000000000h' is longer than a year of 366 days; allowed: up to \"8784h\"",
        ),
        ('"1h"', '"0h"', "0h", "targets.0.amount: is zero"),
        ('"always"', '"alway"', "calendar =", "there is no calendar 'alway'; allowed: always, office"),
        ('"first_response"', '"answer"', "metric", "allowed: review, first_response"),
        ('source = "1"', "source = 1", "source = 1", "targets.0.source: 1 is no text"),
        ('name = "first_response"\n', "", "[[targets]]", "targets.0 needs 'name'"),
        ('kind = "duration"', 'kind = "none"', "amount", "amount: is not known here"),
        ("", "\nstrict = 1", "strict", "1 is neither true nor false; allowed: true, false"),
        ("", "\nmatch = { priority = 9 }", "match", "the policy has no priority 9; allowed: 1, 2"),
        ("", '\nmatch = { opened = "always" }', "match", "allowed: in_hours, out_of_hours"),
        ("", '\nsoft_amount = "2h"', "soft_amount", "is over the amount"),
        ("", '\nwhen = { mood = "good" }', "when", "there is no reading 'mood'"),
        ("", '\npause_on = ["asleep"]', "pause_on", "allowed: new, open, waiting"),
        ("", "\nthresholds = { critical_share = 10 }", "thresholds", "comes before the warning"),
        ("", '\nstop = "closing_time"', "stop", "allowed: graded, public_reply, resolved"),
    ],
)
def test_a_fault_in_a_target(old: str, new: str, at: str, words: str) -> None:
    changed = TARGET.replace(old, new) if old else TARGET.rstrip() + new + "\n"
    text = HEAD + changed
    error = fault(text)
    assert words in str(error)
    assert str(error).startswith(f"acme.toml:{error.line}: ")
    assert at in text.splitlines()[error.line - 1]
    assert error.line > HEAD.count("\n")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('zone = "Etc/UTC"', 'zone = "Etc/Nowhere"', "not an IANA time zone; allowed: an IANA name"),
        ('hours = "24x7"', 'hours = "always"', 'are missing; allowed: "24x7"'),
        ("mon-fri", "mo-fri", "is no weekday; allowed: mon, tue"),
        ("09:00-17:00", "9-17", "are no opening hours; allowed"),
        ("level = 2", "level = 1", "1 is there twice"),
        ("level = 2", "level = true", "a whole number from"),
        ("schema = 1", "schema = 2", "reads schema 1, not 2"),
        ('zone = "Etc/UTC"\nhours', 'zone = "Etc/UTC"\nholidays = ["2026-12-25"]\nhours', "without quotes"),
        ('title = "High"', 'title = ""', "'' is no text"),
    ],
)
def test_a_fault_elsewhere(old: str, new: str, words: str) -> None:
    text = HEAD.replace(old, new)
    error = fault(text)
    assert words in str(error)
    assert text.splitlines()[error.line - 1] in new or new in text.splitlines()[error.line - 1]


def test_a_fault_in_a_later_table_has_that_table_s_line() -> None:
    text = HEAD + target() + target("escalation", kind='"duratio"')
    assert fault(text).line == text.splitlines().index('kind = "duratio"') + 1


def test_broken_toml_has_a_line() -> None:
    error = fault('schema = 1\nname = "x\n')
    assert error.line == 2
    assert "no valid TOML" in str(error)


def test_targets_of_one_metric_start_and_stop_alike() -> None:
    error = fault(HEAD + target(match="{ priority = 1 }") + target(stop='"resolved"'))
    assert "unlike the other targets of first_response" in str(error)


def test_an_inverted_reading_is_refused() -> None:
    reading = """
    [[readings]]
    key = "mood"
    question = "?"
    choice = "bad"
    [readings.choices]
    good = "yes"
    """
    assert "'bad' is none of its choices; allowed: good" in str(fault(HEAD + reading))


def test_every_kind_and_option() -> None:
    rules = policy(
        target(strict="true", soft_amount='"30min"', roll_to_open='"office"', notify='["lead"]')
        + target(
            "resolution",
            kind='"business_days"',
            amount=None,
            days=3,
            soft_days=2,
            mode='"end_of_day"',
            calendar='"office"',
            pause_on='["waiting", "hold"]',
            match='{ severity = [], channel = "email", opened = "in_hours", vip = false }',
        )
        + target("next_response", kind='"end_of_day"', amount=None)
        + target("step", kind='"none"', amount=None, calendar=None)
    )
    response, resolution, following, step = rules.targets
    assert (response.strict, response.soft_amount, response.roll_to_open) == (True, 1800, "office")
    assert (resolution.kind, resolution.days, resolution.soft_days) == (TargetKind.BUSINESS_DAYS, 3, 2)
    assert resolution.mode is DayMode.END_OF_DAY
    assert resolution.pause_on == (Status.WAITING, Status.HOLD)
    assert resolution.match.channel == (Channel.EMAIL,)
    assert resolution.match.opened is OpenedWhen.IN_HOURS
    assert (following.start, following.stop) == (StartEvent.CUSTOMER_MESSAGE, StopEvent.PUBLIC_REPLY)
    assert (step.metric, step.calendar) == (Metric.STEP, "")


def test_calendars_with_ranges_nights_lists_and_complements() -> None:
    rules = parse_policy(
        HEAD
        + """
        [calendars.standard]
        zone = "America/New_York"
        hours = { fri-mon = ["22:00-06:00", "12:00-13:00"], wed = "00:00-24:00" }
        holidays = [2026-12-25]
        [calendars.extended]
        complement_of = "standard"
        """,
        "x.toml",
    )
    standard, extended = rules.calendars["standard"], rules.calendars["extended"]
    assert [len(blocks) for blocks in standard.hours] == [2, 0, 1, 0, 2, 2, 2]
    assert standard.holidays == extended.open_days == {date(2026, 12, 25)}
    assert extended.zone == "America/New_York"


def test_closures_ask_for_what_they_name() -> None:
    text = """
    [[closures]]
    id = "no-answer"
    label = "No answer"
    source = "1"
    needs = ["inquiries"]
    """
    assert "needs inquiries and gives no number" in str(fault(HEAD + text))
    closure = parse_policy(HEAD + text + "inquiries = 2\n", "x.toml").closure("no-answer")
    assert closure is not None
    assert (closure.needs, closure.inquiries) == ((Need.INQUIRIES,), 2)


class TestLines:
    TEXT = '''# a comment with [brackets]
name = "x # no comment" # [[nor]] a table
[a.b]
"quoted.key" = """
[not.a.table]
"""
list = [
  "]", # ]
  1,
]
[[c]]
d.e = 1
[[c]]
  [c.f]
  g = { h = 1 }
'''

    @pytest.mark.parametrize(
        ("path", "line"),
        [
            (("name",), 2),
            (("a", "b"), 3),
            (("a", "b", "quoted.key"), 4),
            (("a", "b", "list"), 7),
            (("c", 0), 11),
            (("c", 0, "d", "e"), 12),
            (("c", 1), 13),
            (("c", 1, "f", "g"), 15),
            (("c", 1, "f", "g", "h"), 15),
            (("c", 0, "missing"), 11),
            (("missing",), 1),
        ],
    )
    def test_line(self, path: tuple[str | int, ...], line: int) -> None:
        assert Lines(self.TEXT).line(path) == line


def test_an_overlay_is_told_from_a_policy() -> None:
    assert parse_overlay(HEAD, "acme.toml") is None
    overlay = parse_overlay('schema = 1\nextends = "x"\nversion = "2"\n[readings]\na = "b"\n', "acme.toml")
    assert overlay is not None
    assert (overlay.extends, overlay.choices) == ("x", {"a": "b"})
    with pytest.raises(PolicyError, match=r"acme\.toml:4: targets: is not known here"):
        parse_overlay('schema = 1\nextends = "x"\nversion = "2"\ntargets = []\n', "acme.toml")


@pytest.mark.parametrize("text", ["a = " + "[" * 50_000, HEAD + target(amount=f'"{"9" * 5000}min"')])
def test_what_is_past_all_reason_is_told_with_its_line(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(text, "mine.toml")
