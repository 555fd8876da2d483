"""What the cache does not take is put into a plain file."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from techdesk.actions.put_down import put_down
from techdesk.model import Draft, FieldValue, OperationKind


def draft(
    body: str, kind: OperationKind = OperationKind.REPLY, fields: dict[str, FieldValue] | None = None
) -> Draft:
    return Draft(ticket=1, kind=kind, body=body, fields=fields or {}, updated=0)


def test_a_private_file_of_its_own_each_time(tmp_path: Path) -> None:
    paths = [put_down(tmp_path, "reply ../TD-1", draft(body)) for body in ("one", "two")]
    assert [path.name for path in paths if path] == [
        "techdesk-reply----TD-1-1.txt",
        "techdesk-reply----TD-1-2.txt",
    ]
    for path, body in zip(paths, ("one", "two"), strict=True):
        assert path is not None
        assert path.parent == tmp_path / "saved"
        assert body in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_ticket_comes_with_its_fields(tmp_path: Path) -> None:
    filled = draft("It smokes.", OperationKind.CREATE, {"subject": "Printer", "priority": 1})
    path = put_down(tmp_path, "new ticket", filled)
    assert path is not None
    assert path.read_text() == "new ticket\nsubject: Printer\npriority: 1\n\nIt smokes.\n"


def test_where_the_profile_takes_nothing_the_temporary_folder_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, other = tmp_path / "profile", tmp_path / "tmp"
    profile.touch()  # no folder: nothing can be made in it, whoever asks
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(other))
    path = put_down(profile, "reply", draft("kept"))
    assert path is not None
    assert path.parent == other
    other.rename(tmp_path / "gone")
    other.touch()
    assert put_down(profile, "reply", draft("kept")) is None
