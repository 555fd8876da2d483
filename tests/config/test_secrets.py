"""Where the token comes from, in which order, and that it shows nowhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from techdesk.config import NoToken, ProfileSettings, Token, find_token

PROFILE = ProfileSettings(name="work", url="https://desk.example")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TECHDESK_CONFIG_DIR", str(tmp_path))
    return tmp_path


def token_file(folder: Path, text: str = "from-file\n", mode: int = 0o600) -> None:
    path = folder / "tokens" / "work"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def printing(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r})")


def test_the_order_of_the_sources(folders: Path) -> None:
    (folders / "credentials").mkdir()
    (folders / "credentials" / "techdesk-token").write_text("from-systemd")
    environment = {"CREDENTIALS_DIRECTORY": str(folders / "credentials"), "TECHDESK_TOKEN": "from-env"}
    token_file(folders)
    command = ProfileSettings(name="work", token_command=printing("from-command"))
    seen = []
    for profile, steps in ((command, ("CREDENTIALS_DIRECTORY",)), (command, ()), (PROFILE, ())):
        found = find_token(profile, environment)
        assert isinstance(found, Token)
        seen.append(found.value)
        for name in steps:
            del environment[name]
    (folders / "tokens" / "work").unlink()
    last = find_token(PROFILE, environment)
    assert isinstance(last, Token)
    assert [*seen, last.value] == ["from-systemd", "from-command", "from-file", "from-env"]


def test_no_source_at_all_is_told_apart(folders: Path) -> None:
    found = find_token(PROFILE, {})
    assert isinstance(found, NoToken)
    assert found.missing
    assert "techdesk connect https://desk.example --profile work" in found.remedy


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_not_used(folders: Path, mode: int) -> None:
    token_file(folders, mode=mode)
    found = find_token(PROFILE, {"TECHDESK_TOKEN": "from-env"})
    assert isinstance(found, NoToken)
    assert "can be read by others" in found.words
    assert "chmod 600" in found.remedy
    assert not found.missing


def test_a_command_that_fails_ends_the_search_and_repeats_nothing(folders: Path) -> None:
    code = "import sys; print('hunter2'); print('hunter2', file=sys.stderr); sys.exit(3)"
    profile = ProfileSettings(name="work", token_command=(sys.executable, "-c", code))
    found = find_token(profile, {"TECHDESK_TOKEN": "from-env"})
    assert isinstance(found, NoToken)
    assert "status 3" in found.words
    assert "hunter2" not in found.words + found.remedy


def test_a_command_that_is_not_there(folders: Path) -> None:
    found = find_token(ProfileSettings(name="work", token_command=("/nowhere/pass",)), {})
    assert isinstance(found, NoToken)
    assert "cannot be run" in found.words


def test_only_the_first_line_of_a_command_counts(folders: Path) -> None:
    found = find_token(ProfileSettings(name="work", token_command=printing("abc\nlogin: bea")), {})
    assert isinstance(found, Token)
    assert found.value == "abc"


@pytest.mark.parametrize("text", ["", "  \n", "two words", "line\nline", "bell\x07", "ünicode"])
def test_what_is_no_token_is_refused(folders: Path, text: str) -> None:
    token_file(folders, text)
    found = find_token(PROFILE, {})
    assert isinstance(found, NoToken)
    assert text.strip() == "" or text.strip() not in found.words


def test_a_named_file_that_is_missing_is_an_error(folders: Path) -> None:
    profile = ProfileSettings(name="work", token_file=str(folders / "nowhere"))
    found = find_token(profile, {"TECHDESK_TOKEN": "from-env"})
    assert isinstance(found, NoToken)
    assert "does not exist" in found.words


def test_the_keyring_is_asked_only_where_it_is_wanted(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # as if it were not installed
    assert isinstance(find_token(PROFILE, {"TECHDESK_TOKEN": "x"}), Token)
    wanted = find_token(ProfileSettings(name="work", keyring=True), {"TECHDESK_TOKEN": "x"})
    assert isinstance(wanted, NoToken)
    assert "techdesk[keyring]" in wanted.remedy


def test_a_token_is_not_shown(folders: Path) -> None:
    token = find_token(PROFILE, {"TECHDESK_TOKEN": "hunter2"})
    assert "hunter2" not in f"{token!r} {token}"
