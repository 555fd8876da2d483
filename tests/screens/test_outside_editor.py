"""The user's own editor: whatever it does, the text is safe, and words say what happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.screens.outside_editor import LONGEST, Edited, edit_outside


def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, text: str = "old") -> Edited:
    command = tmp_path / "editor.sh"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(command))
    folder = tmp_path / "profile"
    folder.mkdir()
    return edit_outside(text, folder)


def left(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "profile").iterdir())


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (': > "$1"', "The editor left nothing"),
        ("printf ' \\n' > \"$1\"", "The editor left nothing"),
        ("true", "Nothing was changed"),
        ('printf new > "$1"; exit 3', "ended with error 3"),
        ("kill -9 $$", "ended by signal 9"),
        ('rm "$1"', "The editor left no file; the text is as it was."),
    ],
)  # fmt: skip
def test_what_leaves_no_text_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    answer = edited(tmp_path, monkeypatch, script)
    assert words in answer.problem
    assert answer.text in ("", "old")
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("printf 'saved before the end' > \"$1\"; kill -9 $$", "ended by signal 9"),
        ("printf 'a\\000b' > \"$1\"", "no text in UTF-8"),
        ("printf '\\377\\376' > \"$1\"", "no text in UTF-8"),
        (f"head -c {LONGEST + 1} /dev/zero | tr '\\0' x > \"$1\"", "1,000,001 characters are too much"),
        (f"head -c {4 * LONGEST + 1} /dev/zero | tr '\\0' x > \"$1\"", "4,000,001 bytes are too much"),
    ],
)
def test_what_cannot_be_taken_back_is_kept_in_a_private_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    answer = edited(tmp_path, monkeypatch, script)
    assert words in answer.problem
    assert "the text is as it was" in answer.problem
    (kept,) = left(tmp_path)
    assert str(kept) in answer.problem
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.stat().st_size > 0


def test_an_empty_text_may_stay_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = edited(tmp_path, monkeypatch, "printf '\\n' > \"$1\"", text="")
    assert (answer.text, answer.problem) == ("", "")


def test_an_editor_with_arguments_and_a_text_of_many_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = edited(tmp_path, monkeypatch, "printf ' 電話' >> \"$1\"", text="עברית")
    assert answer.text == "עברית 電話"
