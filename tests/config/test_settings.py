"""The settings file: what it may say, and how it is told that it says something else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from techdesk.config import Problem, ProfileSettings, Settings, add_profile, load, parse, save_token
from techdesk.config.edit import write_private
from techdesk.config.positions import Positions
from techdesk.config.settings import address_problem

GOOD = """\
# my desks
default_profile = "work"

[profiles.work]
kind = "rt"
url = "https://rt.example/"
token_command = [
    "pass",   # a comment with ] in it
    "show",
]
scope.closed_days = 30
hold_seconds = 10
read_only = true
poll_seconds = 60

[profiles.work.rt]
create_queue = "General"

[profiles.home]
url = "http://127.0.0.1:8080"

[policies]
default = "dynamix"

[[policies.assign]]
organisation = "Dunmore Cloud"
policy = "dynamix"

[[policies.assign]]
queue = "SWAT"
policy = "data-dynamics"
"""

RULE = '[policies]\n[[policies.assign]]\nqueue = "x"\n'


def problems(text: str) -> tuple[Problem, ...]:
    found = parse(text, "config.toml")
    assert isinstance(found, tuple), found
    return found


def test_everything_that_a_file_may_say() -> None:
    settings = parse(GOOD, "config.toml")
    assert isinstance(settings, Settings)
    work = settings.chosen()
    assert isinstance(work, ProfileSettings)
    assert (work.name, work.kind, work.url) == ("work", "rt", "https://rt.example/")
    assert work.token_command == ("pass", "show")
    assert (work.scope.closed_days, work.hold_seconds, work.poll_seconds) == (30, 10, 60)
    assert work.read_only
    assert work.options == {"create_queue": "General"}
    assert work.options_line == 16
    home = settings.chosen("home")
    assert isinstance(home, ProfileSettings)
    assert (home.kind, home.scope.closed_days, home.hold_seconds) == ("native", 90, 5)
    assert settings.default_policy == "dynamix"
    assert [(rule.organisation, rule.queue, rule.policy) for rule in settings.policy_rules] == [
        ("Dunmore Cloud", "", "dynamix"),
        ("", "SWAT", "data-dynamics"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('default_profile = "a"\nnonsense = 1\n', 2, "no such setting 'nonsense'"),
        ('[profiles.a]\nurl = "https://a.example"\npol_seconds = 5\n', 3, "Did you mean 'poll_seconds'?"),
        ('[profiles.a]\nurl = "https://a.example"\nhold_seconds = "5"\n', 3, "whole numbers from 0 to 3600"),
        ('[profiles.a]\nurl = "https://a.example"\nread_only = 1\n', 3, "true or false"),
        ('[profiles.a]\nurl = "https://a.example"\nscope.closed_days = -1\n', 3, "whole numbers from 0"),
        ('[profiles.a]\nurl = "https://a.example"\n[profiles.a.scope]\nclosed = 1\n', 4, "closed_days"),
        ("[profiles.a]\nkind = 'rt'\n", 1, "has no url"),
        ('[profiles.a]\n\nurl = "ftp://a.example"\n', 3, "must begin with https://"),
        ('[profiles.a]\nurl = "https://bea:secret@a.example"\n', 2, "must not hold a secret"),
        ('[profiles.a]\nurl = "https://a.example"\ntoken_command = "pass"\n', 3, "a list of texts"),
        ('[profiles.a]\nurl = "https://a.example"\ntoken = "x"\n', 3, "no such setting 'token'"),
        ('[profiles.demo]\nurl = "https://a.example"\n', 1, "belongs to techdesk demo"),
        ('[profiles."a b"]\nurl = "https://a.example"\n', 1, "no name of a profile"),
        ('default_profile = "wrok"\n[profiles.work]\nurl = "https://a.example"\n', 1, "Did you mean 'work'?"),
        ('[policies]\n[[policies.assign]]\npolicy = "x"\n', 2, "without a condition"),
        (f'{RULE}policy = "y"\n[[policies.assign]]\ntag = "z"\n', 5, "no policy"),
        ('[profiles.a]\nurl = "https://a.example\n', 2, "not TOML"),
        ("default_profile = work\n", 1, "Text goes in quotes"),
        ('profiles = "x"\n', 1, "must be sections"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_line_and_a_remedy(text: str, line: int, says: str) -> None:
    (problem, *_) = problems(text)
    assert problem.line == line
    assert says in problem.words
    assert problem.words.startswith(f"config.toml:{line}: ")
    assert problem.remedy


def test_all_mistakes_are_told_at_once() -> None:
    text = '[profiles.a]\nurl = "https://a.example"\nkidn = "rt"\nhold_seconds = -1\n[policy]\n'
    assert [problem.line for problem in problems(text)] == [3, 4, 5]


def test_who_is_told_by_itself_and_how_late() -> None:
    people = "management = ['Ada', 'bo@desk.example']\nnoc = 'N'\n"
    settings_text = f"[notices]\nlate_hours = 3\n[notices.recipients]\n{people}"
    settings = parse(settings_text, "config.toml")
    assert isinstance(settings, Settings)
    notices = settings.notices
    assert (notices.send, notices.late_hours) == (True, 3)
    assert notices.named(("management", "noc", "lead")) == ("Ada", "bo@desk.example", "N", "lead")


@pytest.mark.parametrize("people", ["[]", '[""]', '["a, b"]', "7", '["a\\u0007"]'])
def test_recipients_that_name_nobody_are_told_with_their_line(people: str) -> None:
    [problem] = problems(f"[notices]\n[notices.recipients]\nmanagement = {people}\n")
    assert (problem.line, "management must name its recipients" in problem.what) == (3, True)


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    text = '[profiles.a]\nurl = "https://u:hunter2@a.example"\ntoken_command = "hunter2"\n'
    assert not any("hunter2" in problem.words for problem in problems(text))


def test_no_file_is_no_settings(tmp_path: Path) -> None:
    settings = load(tmp_path / "config.toml")
    assert isinstance(settings, Settings)
    assert settings.chosen() is None
    assert isinstance(settings.chosen("work"), Problem)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe")
    found = load(path)
    assert isinstance(found, tuple)
    assert "cannot be read" in found[0].words


def test_several_profiles_without_a_default_ask_for_one() -> None:
    settings = parse(GOOD.replace('default_profile = "work"', ""), "config.toml")
    assert isinstance(settings, Settings)
    found = settings.chosen()
    assert isinstance(found, Problem)
    assert "home, work" in found.remedy


def test_positions_see_through_strings_and_arrays() -> None:
    text = (
        'a = """\n[not.a.table]\nb = 1\n"""\nc = [\n  "x = [",\n  1,\n]\n'
        '[d.e]\n"f g".h = {i = 1}\n[[j]]\nk = 1\n[[j]]\nk = 2\n[j.l]\nm = 3\n'
    )
    positions = Positions(text)
    assert positions.line(("a",)) == 1
    assert positions.line(("b",)) == 0
    assert positions.line(("c",)) == 5
    assert positions.line(("d", "e")) == 9
    assert positions.line(("d", "e", "f g", "h", "i")) == 10
    assert positions.line(("j", 0, "k")) == 12
    assert positions.line(("j", 1, "k")) == 14
    assert positions.line(("j", 1, "l", "m")) == 16


# What techdesk itself writes


def test_the_first_profile_becomes_the_default(tmp_path: Path) -> None:
    path = tmp_path / "techdesk" / "config.toml"
    added = add_profile(ProfileSettings(name="work", kind="rt", url="https://rt.example"), path)
    assert isinstance(added, Settings)
    assert added.default_profile == "work"
    assert load(path) == added
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_profile_is_added_and_every_line_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    profile = ProfileSettings(name="third", url='https://a.example/?q="é', token_command=("pass", "a\\b"))
    added = add_profile(profile, path)
    assert isinstance(added, Settings)
    assert path.read_text().startswith(GOOD)
    assert added.profiles["third"] == profile
    assert added.default_profile == "work"
    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"], "nothing half-written is left"


def test_a_profile_is_never_replaced_and_a_broken_file_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    again = add_profile(ProfileSettings(name="work", url="https://other.example"), path)
    assert isinstance(again, tuple)
    assert path.read_text() == GOOD
    path.write_text("nonsense")
    assert isinstance(add_profile(ProfileSettings(name="x", url="https://a.example"), path), tuple)
    assert path.read_text() == "nonsense"


def test_a_linked_settings_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(GOOD)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    assert isinstance(add_profile(ProfileSettings(name="third", url="https://a.example"), link), Settings)
    assert link.is_symlink()
    assert "third" in real.read_text()


def test_a_token_is_saved_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "tokens" / "work"
    save_token(path, "s3cret")
    assert path.read_text() == "s3cret\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("url", ["https://a.example", "http://127.0.0.1:8080/rt", "https://[::1]/"])
def test_addresses_of_desks(url: str) -> None:
    assert address_problem(url) == ""


@pytest.mark.parametrize(
    "url", ["a.example", "https://", "https://a.example/?token=x", "https://u:p@a", "https://a:b", None]
)
def test_what_is_no_address_of_a_desk(url: object) -> None:
    assert address_problem(url)


def test_the_driver_of_the_terminal() -> None:
    stock = parse('[terminal]\ndriver = "stock"\n', "config.toml")
    assert isinstance(stock, Settings)
    assert stock.driver == "stock"
    nothing = parse("", "config.toml")
    assert isinstance(nothing, Settings)
    assert nothing.driver == "thrifty"
    (problem,) = problems('[terminal]\ndriver = "curses"\n')
    assert problem.line == 2
    assert "thrifty" in problem.remedy


def test_settings_nested_past_all_reason_are_a_mistake_like_another() -> None:
    problems = parse("a = " + "[" * 50_000, "config.toml")
    assert isinstance(problems, tuple)
    assert "nested too deeply" in problems[0].words


@pytest.mark.parametrize("follow", [True, False])
def test_a_link_is_written_through_only_where_it_is_the_user_s(tmp_path: Path, *, follow: bool) -> None:
    theirs, link = tmp_path / "theirs", tmp_path / "own" / "file"
    theirs.write_text("kept")
    link.parent.mkdir()
    link.symlink_to(theirs)
    write_private(link, "new", follow=follow)
    assert link.is_symlink() is follow
    assert link.read_text() == "new"
    assert theirs.read_text() == ("new" if follow else "kept")
