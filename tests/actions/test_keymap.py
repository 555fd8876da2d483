"""Keys as data: profiles, the settings' own, and what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techdesk.actions.key_profiles import HABITS, MUTT, PROFILES
from techdesk.actions.keymap import Keymap, key_of, read, unknown
from techdesk.actions.registry import ACTIONS, Where, action
from techdesk.config import Settings, parse
from techdesk.config.keys import KeySettings


def keymap(text: str) -> Keymap | list[str]:
    settings = parse(text, "config.toml")
    assert isinstance(settings, Settings), settings
    found = read(settings.keys, settings.file)
    return found if isinstance(found, Keymap) else [problem.words for problem in found]


def problems(text: str) -> list[str]:
    found = keymap(text)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_no_profile_clashes(profile: str) -> None:
    # Only where something is moved are clashes looked for.
    own = PROFILES[profile].get("app.sync")
    as_it_is = {"app.sync": own[0] if own is not None else action("app.sync").keys}
    found = read(KeySettings(profile=profile, moved=as_it_is), "config.toml")
    assert isinstance(found, Keymap), [problem.words for problem in found]


def test_every_id_in_a_profile_is_an_action() -> None:
    known = {act.id for act in ACTIONS}
    assert set(MUTT) <= known
    assert {act for act, _ in HABITS.values()} <= known
    assert all(reason for _, reason in MUTT.values())


def test_keys_and_sequences_are_moved_by_their_action() -> None:
    found = keymap(
        '[keys]\nticket.take = "d"\ngo.outbox = ["g y", "F7"]\n"marks.none" = "* x"\nticket.copy = []\n'
    )
    assert isinstance(found, Keymap)
    assert found.keys(action("ticket.take")) == ("d",)
    assert found.keys(action("go.outbox")) == ("g y", "f7")
    assert found.keys(action("marks.none")) == ("* x",)
    assert found.keys(action("ticket.copy")) == ()
    assert found.first(action("ticket.copy")) == ""
    assert found.keys(action("ticket.close")) == ("C",)
    assert found.by_key(Where.QUEUE)["* x"].id == "marks.none"


def test_a_profile_and_keys_of_one_s_own() -> None:
    found = keymap('[keys]\nprofile = "mutt"\nmarks.next = ["t", "insert"]\n')
    assert isinstance(found, Keymap)
    assert found.keys(action("marks.next")) == ("t", "insert")
    assert found.keys(action("ticket.new")) == ("m",)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[keys]\n\nticket.take = "C"\n', 3, "'C' is the key of both ticket.take and ticket.close"),
        ('[keys]\nticket.take = "g"\n', 2, "'g' cannot be a key where 'g"),
        ('[keys]\nticket.take = "C x"\n', 2, "'C' cannot be a key where 'C x' begins with it"),
        ('[keys]\nticket.take = "ctrl+c"\n', 2, "'ctrl+c' cannot be used: it copies"),
        ('[keys]\nticket.take = "ctrl+i"\n', 2, "terminals send the same for tab"),
        ('[keys]\nticket.take = "alt+x"\n', 2, "'alt+x' is no key"),
        ('[keys]\nticket.take = "hyper"\n', 2, "'hyper' is no key"),
        ('[keys]\nticket.take = "a b c"\n', 2, "longer than two keys"),
        ('[keys]\nticket.tkae = "Q"\n', 2, "there is no action 'ticket.tkae'. Did you mean 'ticket.take'?"),
        ('[keys]\nprofile = "muttt"\n', 2, "no profile of keys 'muttt'. Did you mean 'mutt'?"),
        ("[keys]\napp.quit = []\n", 2, "app.quit would have no key"),
        ('[keys]\nticket.take = "d"\nticket.close = "Q"\n', 3, "'Q' is the key of both"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, words: str) -> None:
    found = problems(text)
    assert len(found) == 1, found
    assert found[0].startswith(f"config.toml:{line}: "), found
    assert words in found[0]


def test_a_clash_names_keys_that_are_free() -> None:
    told = problems('[keys]\nticket.take = "C"\n')[0]
    free = told.rpartition("screens: ")[2].rstrip(".").split(", ")
    assert len(free) == 4
    where = action("ticket.take").where
    others = [act for act in ACTIONS if act.where & where and act.id != "ticket.take"]
    taken = {key.split(" ")[0] for act in others for key in act.keys}
    assert not taken & set(free)


@pytest.mark.parametrize("value", ["3", "true", "[1]", "{ x = { y = 2 } }"])
def test_what_is_no_key_is_refused_by_the_settings(value: str) -> None:
    found = parse(f"[keys]\nticket.take = {value}\n", "config.toml")
    assert not isinstance(found, Settings)
    assert found[0].line == 2


def test_a_key_press_in_the_registry_s_notation() -> None:
    assert key_of("!", "exclamation_mark") == "!"
    assert key_of(" ", "space") == "space"
    assert key_of("\r", "enter") == "enter"
    assert key_of("１", "fullwidth_digit_one") == "1"
    assert key_of(None, "shift+down") == "shift+down"


def test_an_unknown_key_tells_what_is_near() -> None:
    told = unknown("d", Where.QUEUE, str)
    assert told.startswith("d is not a key here; C (close the ticket); D (how the deadlines")
    assert told.endswith("; ? shows them all.")
    assert unknown("ctrl+x", Where.OUTBOX, lambda key: key.upper()).startswith("CTRL+X is not a key here; ?")


def test_the_page_about_settings_has_the_mutt_profile_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, (keys, why) in MUTT.items():
        assert f"| {action(name).title} | {' '.join(f'`{key}`' for key in keys)} | {why} |" in page


def test_the_example_of_the_page_about_settings_is_accepted() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(\[keys\]\n.*?)```", page, re.DOTALL)
    assert examples
    for example in examples:
        assert isinstance(keymap(example), Keymap), keymap(example)
