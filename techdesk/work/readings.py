"""A policy's readings, rules and holes as lines: which sentence is read how, and how else it could be."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from techdesk.sla.policy import Policy, Reading


class Kind(StrEnum):
    """What a line is, for a screen to paint it."""

    HEADING = "heading"
    QUESTION = "question"
    CHOSEN = "chosen"
    CHOICE = "choice"
    TEXT = "text"
    BLANK = "blank"


class Line(Struct, frozen=True):
    """One line, not yet wrapped."""

    kind: Kind
    words: str = ""
    indent: int = 0


BLANK = Line(Kind.BLANK)


def reading_lines(policy: Policy, only: Sequence[str] = ()) -> list[Line]:
    """Each unclear sentence by its section, the question it leaves, the choice that counts and the others.

    ``only``: keys of the readings to show; empty is all.
    """
    shown = [reading for reading in policy.readings if not only or reading.key in only]
    lines = [Line(Kind.HEADING, f"Readings of {policy.title} {policy.version}")]
    if not shown:
        return [*lines, Line(Kind.TEXT, "The policy leaves nothing to be read in two ways.")]
    for reading in shown:
        lines += [BLANK, *_reading(policy, reading)]
    lines += [BLANK, Line(Kind.TEXT, _how_to_choose(policy, shown[0]))]
    return lines


def _reading(policy: Policy, reading: Reading) -> list[Line]:
    number = f"{reading.number} " if reading.number else ""
    lines = [Line(Kind.QUESTION, f"{number}{reading.key}, section {reading.source}: {reading.question}")]
    lines += [
        Line(Kind.TEXT, f"{rule.id} {rule.section}: {rule.says}", 2)
        for rule in policy.rulebook.rules
        if reading.key in rule.readings
    ]
    for choice in reading.choices:
        chosen = choice.value == reading.choice
        mark = "*" if chosen else "-"
        kind = Kind.CHOSEN if chosen else Kind.CHOICE
        lines.append(Line(kind, f"{mark} {choice.value}: {choice.meaning}", 2))
    return lines


def _how_to_choose(policy: Policy, reading: Reading) -> str:
    other = next((each.value for each in reading.choices if each.value != reading.choice), reading.choice)
    return (
        f"To read one otherwise, write a file policies/{policy.name}.toml beside the settings with"
        f' extends = "{policy.name}" and, under [readings], for instance {reading.key} = "{other}".'
    )


def rule_lines(policy: Policy) -> list[Line]:
    """Each rule with what makes it true, and the words in which it refuses, warns or hints."""
    lines = [Line(Kind.HEADING, f"Rules of {policy.title}")]
    if not policy.rulebook.rules:
        return [*lines, Line(Kind.TEXT, "The policy states no rules beside its clocks.")]
    for rule in policy.rulebook.rules:
        lines += [BLANK, Line(Kind.QUESTION, f"{rule.id} {rule.section}: {rule.says}")]
        lines.append(Line(Kind.TEXT, f"made true by: {', '.join(rule.run_by)}", 2))
        if rule.unable:
            lines.append(Line(Kind.TEXT, f"not by a client: {rule.unable}", 2))
        lines += [Line(Kind.CHOICE, f"{each.effect.value}: {each.words}", 2) for each in rule.messages]
    return lines


def contradiction_lines(policy: Policy) -> list[Line]:
    """Where the text contradicts itself, and what was decided."""
    lines = [Line(Kind.HEADING, f"Where the text of {policy.title} contradicts itself")]
    for each in policy.rulebook.contradictions:
        lines += [BLANK, Line(Kind.QUESTION, f"{each.section}: {each.problem}")]
        lines.append(Line(Kind.CHOSEN, f"* {each.decided}", 2))
    return lines if len(lines) > 1 else [*lines, Line(Kind.TEXT, "Nowhere, as far as is known.")]


def plain_lines(words: Sequence[str]) -> list[Line]:
    """Lines of ``work.explain`` with their indentation kept apart from their words."""
    made = []
    for text in words:
        bare = text.lstrip()
        kind = Kind.BLANK if not bare else Kind.TEXT if text != bare else Kind.QUESTION
        made.append(Line(kind, bare, len(text) - len(bare)))
    return made
