"""Files: what may go with a message, and where a stranger's file may lie."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from techdesk.actions.attaching import Kept, read_file, safe_name, save, size_words
from techdesk.desks.port import Capabilities, Guarantee, UnknownField, sent_files
from techdesk.model import Draft, NewFile, Operation, OperationKind
from techdesk.rules.verdicts import Refuse
from tests.actions.conftest import NOW, Bench

LIMIT = 1000


def refused(path: Path, *, limit: int = LIMIT, there: int = 0) -> str:
    answer = read_file(path, limit, there, "f")
    assert isinstance(answer, Refuse), answer
    return f"{answer.reason} {answer.remedy}"


def test_a_file_is_read_with_name_and_kind(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"x" * LIMIT)
    file = read_file(path, LIMIT, 0, "f1")
    assert isinstance(file, NewFile)
    assert (file.id, file.name, file.media_type, len(file.content)) == (
        "f1",
        path.name,
        "application/pdf",
        LIMIT,
    )


def test_what_cannot_be_attached_says_why(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(b"x" * (LIMIT + 1))
    assert "has 1 kB; this help desk takes 1 kB" in refused(path)
    path.write_bytes(b"x" * 600)
    assert "beside 500 bytes already attached" in refused(path, there=500)
    assert "takes no files" in refused(path, limit=0)
    (tmp_path / "empty").touch()
    assert "it is empty" in refused(tmp_path / "empty")
    assert "Is a directory" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "nosuch")
    os.mkfifo(tmp_path / "pipe")
    assert "no plain file" in refused(tmp_path / "pipe")
    assert "cannot be one" in refused(tmp_path / "a\0b")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../../.ssh/authorized_keys", "_._._.ssh_authorized_keys"),
        ("-rf", "rf"),
        (".bashrc", "bashrc"),
        ("a/b\\c:d", "a_b_c_d"),
        ("evil\u202egnp.exe", "evil�gnp.exe"),
        ("two\r\nlines.txt", "two lines.txt"),
        ("", "attachment"),
        ("...", "attachment"),
        ("x" * 300 + ".log", "x" * 116 + ".log"),
    ],
)
def test_a_strangers_name_becomes_a_plain_one(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["é" * 200, "電" * 200, "a." * 300, "x" * 4000])
def test_a_name_fits_into_a_folder(tmp_path: Path, name: str) -> None:
    path = save(b"x", tmp_path, name)
    assert isinstance(path, Path)
    assert path.parent == tmp_path
    assert path.read_bytes() == b"x"


def test_saving_overwrites_nothing_and_makes_nothing_executable(tmp_path: Path) -> None:
    first, second = save(b"1", tmp_path, "a.sh"), save(b"2", tmp_path, "a.sh")
    assert isinstance(first, Path)
    assert isinstance(second, Path)
    assert (first.name, second.name) == ("a.sh", "a (2).sh")
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"2")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    named = save(b"3", tmp_path / "own.txt", "a.sh")
    assert named == tmp_path / "own.txt"
    nowhere = save(b"4", tmp_path / "no" / "such", "a.sh")
    assert isinstance(nowhere, Refuse)
    assert "No such file" in nowhere.reason


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    (tmp_path / "a.txt").symlink_to(target)
    path = save(b"x", tmp_path, "a.txt")
    assert path == tmp_path / "a (2).txt"
    assert not target.exists()


def test_a_file_waits_with_its_operation_and_goes_when_it_has_arrived(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    kept = bench.workbench.attach(path)
    assert isinstance(kept, Kept)
    kept.commit.result(timeout=5)
    path.unlink()  # the original may go
    (made,) = bench.queued("ticket.reply", "TD-2", text="See the file", files=(kept.file.id,))
    assert made.sets == {"files": [kept.file.id]}
    assert [file.content for file in made.files] == [b"hello"]
    (line,) = bench.workbench.reader.operations(ticket=bench.key("TD-2"))
    assert line.what == "reply (12 characters), 1 file"
    entry = bench.workbench.reader.conversation(bench.key("TD-2"))[-1]
    assert [file.name for file in entry.attachments] == ["a.txt"]


def test_undo_gives_the_files_back_to_the_draft(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"hello")
    kept = bench.workbench.attach(tmp_path / "a.txt")
    assert isinstance(kept, Kept)
    bench.queued("ticket.reply", "TD-2", text="See the file", files=(kept.file.id,))
    outcome = bench.workbench.undo()
    outcome.commit.result(timeout=5)
    draft = bench.workbench.reader.draft(bench.key("TD-2"), OperationKind.REPLY)
    assert isinstance(draft, Draft)
    assert draft.fields == {"files": [kept.file.id]}
    assert [file.name for file in bench.workbench.reader.files([kept.file.id])] == ["a.txt"]


def test_a_desk_that_takes_no_files_says_so_before_one_is_read(bench: Bench, tmp_path: Path) -> None:
    bench.workbench.capabilities = Capabilities(
        guarantee=Guarantee.C, keys=False, precondition=True, tombstones=True
    )
    answer = bench.workbench.attach(tmp_path / "nosuch")
    assert isinstance(answer, Refuse)
    assert "takes no files" in answer.reason


def test_a_message_never_goes_without_a_file_that_it_names() -> None:
    operation = Operation(
        id="o", batch="b", ticket=1, kind=OperationKind.REPLY, action="t", sets={"files": ["gone"]},
        created=NOW, hold_until=NOW,
    )  # fmt: skip
    with pytest.raises(UnknownField, match="no longer kept here"):
        sent_files(operation)


def test_sizes_in_words() -> None:
    assert [size_words(each) for each in (1, 812, 12_345, 3_400_000)] == [
        "1 byte", "812 bytes", "12 kB", "3.4 MB",
    ]  # fmt: skip
