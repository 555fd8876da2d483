"""Rules in policy files: what a name refers to exists, and each complaint says what is allowed."""

from __future__ import annotations

import pytest

from techdesk.sla.levels import Effect
from techdesk.sla.policy import Policy
from techdesk.sla.policy_error import PolicyError
from techdesk.sla.policy_text import parse_policy
from techdesk.sla.rulebook import Message, Moment, RunBy, Weight
from tests.sla.policies import HEAD, target

RULE = '[[rules]]\nid = "T1"\nsection = "1"\nsays = "x"\nrun_by = ["gate"]\n'


def read(text: str) -> Policy:
    return parse_policy(HEAD + target() + "\n" + text, "acme.toml")


def fault(text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        read(text)
    return str(caught.value)


def test_a_rule_with_its_parts() -> None:
    rules = read(
        RULE
        + 'uses = ["targets.first_response", "calendars.office", "checklists.intake"]\n'
        + 'messages = [{ case = "a", effect = "warn", words = "{count} of {needed}", remedy = "wait" }]\n'
        + '[[checklists]]\nid = "intake"\ntitle = "Intake"\nat = "intake"\n'
        + 'items = [{ id = "x", label = "X", weight = "mandatory", detect = [\'\\d+\'] }]\n'
    ).rulebook
    rule, checklist = rules.rule("T1"), rules.checklist("intake")
    assert rule is not None
    assert checklist is not None
    assert (rule.run_by, rule.messages[0].effect) == ((RunBy.GATE,), Effect.WARN)
    assert rule.message("a") is rule.messages[0]
    assert (rule.message("b"), rules.rule("T2"), rules.checklist("x"), rules.step("1")) == (
        None,
        None,
        None,
        None,
    )
    assert (checklist.at, checklist.items[0].weight) == (Moment.INTAKE, Weight.MANDATORY)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RULE + 'uses = ["target"]\n', "there is no part 'target'; allowed: after_hours, calendars"),
        (RULE + 'uses = ["targets.first"]\n', "targets has no 'first'; allowed: review, first_response"),
        (RULE + 'uses = ["calendars.mars"]\n', "calendars has no 'mars'; allowed: always, office"),
        (RULE + 'readings = ["mood"]\n', "there is no reading 'mood'"),
        (
            RULE.replace('["gate"]', '["magic"]'),
            "'magic' is not one of its words; allowed: clock, gate, shown",
        ),
        (RULE.replace('["gate"]', "[]"), "is empty; allowed: clock, gate, shown, people"),
        (RULE.replace('"gate"', '"people"'), "unable: says why only people can do it"),
        (RULE + 'unable = "x"\n', "unable: says why only people can do it"),
        (RULE + RULE, "'T1' is there twice"),
        (RULE + 'colour = "red"\n', "colour: is not known here; allowed: id, messages"),
        (RULE.replace('says = "x"\n', ""), "needs 'says'"),
        (
            RULE + 'messages = [{ case = "a", words = "{mood}" }]\n',
            "'mood' in braces is nothing that a gate fills",
        ),
        (
            '[[templates]]\nid = "t"\ntitle = "T"\ntext = "{mood}"\n',
            "'mood' in braces is nothing that can be",
        ),
        (
            RULE + '[[checklists]]\nid = "c"\ntitle = "C"\nat = "intake"\nitems = [{ id = "x", label = "X",'
            ' detect = ["("] }]\n',
            "'(' is no pattern",
        ),
        ('[[checklists]]\nid = "c"\ntitle = "C"\nat = "intake"\n', "needs 'items'"),
        ('[[resolutions]]\nid = "r"\nlabel = "R"\ntemplate = "gone"\n', "there is no 'gone' in templates"),
        ('[[resolutions]]\nid = "r"\nlabel = "R"\nseverity = [1]\n', "the policy has no severity 1"),
        (
            '[[hand_offs]]\nid = "h"\ngiver = "A"\ntaker = "B"\nkind = "fault"\ncondition = "x"\n',
            "there is no 'A' in levels",
        ),
        ('[[escalation]]\nid = "2"\ncontact = "x"\nafter = "1"\n', "there is no step '1' above"),
        ('[[escalation]]\nid = "2"\ncontact = "x"\nprogress_days = 1\n', "calendar: is missing"),
        (
            '[[escalation]]\nid = "2"\ncontact = "x"\ncalendar = "office"\nwindow = "over"\n',
            "needs at least two",
        ),
        ('[[versions]]\nproduct = "P"\nversion = "1"\nreleased = "May 2017"\n', "'May 2017' is no month"),
        ('[[causes]]\nid = "c"\nlabel = "C"\ncounts = "no"\n', "'no' is neither true nor false"),
        ('[[exclusions]]\nid = "e"\nlabel = "E"\nof = "support"\nseverity = "2"\n', "is out of range"),
        ('[[teams]]\nid = "t"\ntitle = "T"\npriority = "1"\n', "is no list of whole numbers"),
    ],
)
def test_faults(text: str, words: str) -> None:
    complaint = fault(text)
    assert complaint.startswith("acme.toml:")
    assert words in complaint


def test_a_part_that_a_reading_takes_away_may_still_be_used() -> None:
    reading = (
        '[[readings]]\nkey = "r"\nquestion = "?"\nchoice = "a"\n[readings.choices]\na = "A"\nb = "B"\n'
        '[[causes]]\nid = "c"\nlabel = "C"\ncounts = true\nwhen = { r = "b" }\n'
    )
    rules = read(reading + RULE + 'uses = ["causes.c"]\n').rulebook
    assert rules.causes == ()


class TestMaps:
    READING = '[[readings]]\nkey = "r"\nquestion = "?"\nchoice = "b"\n[readings.choices]\na = "A"\nb = "B"\n'

    def test_a_value_for_each_choice(self) -> None:
        changed = target(amount='{ reading = "r", map = { a = "1h", b = "2h" } }')
        mine = parse_policy(HEAD + self.READING + changed, "acme.toml")
        assert mine.targets[0].amount == 7200
        assert mine.targets[0].readings == ("r",)

    def test_a_choice_without_a_value(self) -> None:
        changed = target(amount='{ reading = "r", map = { a = "1h" } }')
        with pytest.raises(PolicyError, match="has not just the choices of 'r'; allowed: a, b"):
            parse_policy(HEAD + self.READING + changed, "acme.toml")


class TestMessage:
    def test_is_filled_once_and_never_reads_values_as_templates(self) -> None:
        message = Message(case="a", words="by {person}", remedy="ask {person}")
        assert message.filled(person="{caller}") == ("by {caller}", "ask {caller}")

    def test_a_value_that_is_missing_is_a_bug(self) -> None:
        with pytest.raises(KeyError):
            Message(case="a", words="{person}").filled()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ungraded = 7\n", "the policy has no priority 7; allowed: 1, 2"),
        ('[[pairs]]\nlevel = 1\nbecomes = 9\nwhile_open = "office"\n', "there is no grade 9; allowed: 1, 2"),
        ('[[pairs]]\nlevel = 1\nbecomes = 2\nwhile_open = "mars"\n', "there is no calendar 'mars'"),
        ('[[support_hours]]\ncalendar = "mars"\n', "there is no calendar 'mars'; allowed: always, office"),
        ('[[channels]]\nchannel = "email"\ndefault_priority = 9\n', "the policy has no priority 9"),
        ('[[channels]]\nchannel = "email"\nnever_severity = [1]\n', "the policy has no severity 1"),
        (
            '[[closures]]\nid = "w"\nlabel = "W"\nsource = "1"\nneeds = ["waited"]\n',
            "the reason needs a wait",
        ),
    ],
)
def test_faults_of_the_other_parts(text: str, words: str) -> None:
    if text.startswith("["):
        assert words in fault(text)
    else:
        with pytest.raises(PolicyError, match=words):
            parse_policy(text + HEAD + target(), "acme.toml")
