"""How choices are ranked."""

from __future__ import annotations

import pytest

from techdesk.widgets.choice_list import Choice, ChoiceList, folded, match


def ranked(typed: str, *labels: str) -> list[str]:
    listed = ChoiceList([Choice(id=label, label=label) for label in labels])
    listed.limit(typed)
    found = []
    for index in range(listed.count):
        listed._cursor = index
        current = listed.current
        assert current is not None
        found.append(current.id)
    return found


def test_prefix_then_word_then_inside_then_letters() -> None:
    assert ranked("an", "Dan Brown", "Kim Andrews", "Anna Lee", "Alfons Noor", "Zoe") == [
        "Anna Lee",
        "Kim Andrews",
        "Dan Brown",
        "Alfons Noor",
    ]


def test_case_and_accents_do_not_matter() -> None:
    assert ranked("elo", "Éloïse", "Melody", "Zoë") == ["Éloïse", "Melody"]
    assert folded("ÉLOÏSE") == "eloise"


def test_several_words_must_all_fit() -> None:
    assert ranked("lee kim", "Kim Lee", "Kim Ross", "Ana Lee") == ["Kim Lee"]


def test_the_detail_counts_last() -> None:
    listed = ChoiceList(
        [Choice(id="a", label="Ana", detail="voice"), Choice(id="v", label="Viola", detail="network")]
    )
    listed.limit("v")
    assert listed.current is not None
    assert listed.current.id == "v"
    assert listed.count == 2


def test_what_cannot_be_chosen_comes_after_its_equals_but_not_after_worse() -> None:
    listed = ChoiceList(
        [
            Choice(id="1", label="Anna", disabled_reason="away"),
            Choice(id="2", label="Andy"),
            Choice(id="3", label="Dan"),
        ]
    )
    listed.limit("an")
    order = []
    for index in range(3):
        listed._cursor = index
        assert listed.current is not None
        order.append(listed.current.id)
    assert order == ["2", "1", "3"]


@pytest.mark.parametrize(
    ("typed", "label", "places"),
    [("kl", "kim lee", (0, 4)), ("lee", "kim lee", (4, 5, 6)), ("kim", "kim lee", (0, 1, 2))],
)
def test_the_places_that_matched(typed: str, label: str, places: tuple[int, ...]) -> None:
    found = match(Choice(id="x", label=label), typed, label)
    assert found is not None
    assert found.places == places


def test_no_match_is_none() -> None:
    assert match(Choice(id="x", label="kim"), "xyz", "kim") is None


def test_a_short_label_keeps_a_long_detail_cut_at_its_end() -> None:
    """ "Major" lost all of it, where "Critical" had what fits."""
    listed = ChoiceList([Choice(id="3", label="Major", detail="due in an hour " * 9, hint_key="3")])
    line = "".join(text for text, _ in listed._line(listed._matches[0], False, 70))
    assert line.startswith("  3  Major")
    assert "due in an hour due in" in line
    assert len(line) == 70
