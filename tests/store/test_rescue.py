"""Unsent work out of a damaged file, and into a new one."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from techdesk.desks.port import Account
from techdesk.model import Draft, FieldValue, NewFile, OperationKind, OperationState, Person, Role
from techdesk.store import rescue
from techdesk.store.connection import connect
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.store.trouble import StoreUnusable, Trouble, unusable
from techdesk.work.doctor import passes_its_check
from tests.store.desk import NOW, PlainBook, operation, page, reply, ticket

BEA = Person(id="bea", name="Bea", role=Role.TECHNICIAN)

PAGE = 4096


def filled(folder: Path) -> Database:
    """Two hundred tickets, a change of the first, a reply's draft on the second."""
    database = Database.open(folder, PlainBook())
    feed = database.feed()
    feed.stamp(Account(server="https://desk.example", epoch="1", person=BEA, product="desk"), "A")
    feed.apply(page(*(ticket(number) for number in range(1, 201))), now=NOW)
    writer = database.writer()
    writer.enqueue([operation(1, sets={"priority": 1}, base={"priority": 3})]).result(10)
    writer.save_draft(Draft(ticket=2, kind=OperationKind.REPLY, body="Dear Kim", updated=NOW)).result(10)
    database.close()
    connection = connect(database.path, writable=True)
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    connection.close()
    return database


def damage(path: Path, table: str) -> None:
    """Overwrite every leaf page of one table, found from its root (SQLite file format, section 1.6)."""
    connection = connect(path, writable=False)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        node = file.read(PAGE)
        assert node[0] == 5, "an interior page: the table has several"
        count = int.from_bytes(node[3:5], "big")
        cells = [int.from_bytes(node[12 + 2 * n : 14 + 2 * n], "big") for n in range(count)]
        leaves = [int.from_bytes(node[at : at + 4], "big") for at in cells]
        for number in (*leaves, int.from_bytes(node[8:12], "big")):
            file.seek((number - 1) * PAGE)
            file.write(os.urandom(PAGE))


def test_what_is_unsent_is_read_from_a_file_whose_tickets_cannot_be(tmp_path: Path) -> None:
    database = filled(tmp_path)
    damage(database.path, "ticket")
    saved = rescue.read_unsent(database.path)
    (change,) = saved.operations
    (draft,) = saved.drafts
    assert (change.ticket_id, change.values["state"]) == ("1", "held"), "the index knows the ticket's id"
    assert (draft.ticket_id, draft.values["body"]) == ("2", "Dear Kim")
    assert [line.partition(":")[2] for line in rescue.readable(saved)] == [
        " priority P3 -> P1 (held)",
        " draft of 8 characters",
    ]


def test_damage_is_known_by_its_name_whatever_the_words(tmp_path: Path) -> None:
    """Of a damaged index of words SQLite says "vtable constructor failed", and nothing of damage."""
    database = filled(tmp_path)
    connection = connect(database.path, writable=False)
    (root,) = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'message_search_config'"
    ).fetchone()
    connection.close()
    with database.path.open("r+b") as file:
        file.seek((root - 1) * PAGE)
        file.write(os.urandom(PAGE))
    connection = connect(database.path, writable=False)
    with pytest.raises(sqlite3.DatabaseError) as raised:
        connection.execute("SELECT 1 FROM message_search LIMIT 1").fetchall()
    connection.close()
    assert unusable(raised.value, database.path).trouble is Trouble.DAMAGED
    assert not passes_its_check(database.path)
    assert len(rescue.read_unsent(database.path).operations) == 1


def test_a_file_that_is_no_database_gives_nothing_and_raises_nothing(tmp_path: Path) -> None:
    path = tmp_path / "techdesk.db"
    path.write_bytes(os.urandom(100_000))
    saved = rescue.read_unsent(path)
    assert saved.count == 0
    assert "not a database" in saved.damage


def test_what_was_saved_is_private_and_never_written_over(tmp_path: Path) -> None:
    saved = rescue.read_unsent(filled(tmp_path).path)
    target = tmp_path / "unsent.json"
    rescue.write(saved, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert msgspec.json.decode(target.read_bytes(), type=rescue.Rescued) == saved
    with pytest.raises(FileExistsError):
        rescue.write(saved, target)


def test_a_new_file_goes_on_with_what_was_saved(tmp_path: Path) -> None:
    old = filled(tmp_path)
    before = connect(old.path, writable=False)
    (operation_id,) = before.execute("SELECT id FROM operation").fetchone()
    before.close()
    saved = rescue.read_unsent(old.path)
    aside = rescue.set_aside(old.path)
    assert aside.exists()
    assert not old.path.exists()
    database = Database.open(tmp_path, PlainBook())
    assert database.put_back(saved, NOW) == 2
    feed = database.feed()
    assert feed.account() == ("https://desk.example", "1", "bea")
    (change,) = feed.due(NOW + 60)
    assert (change.id, change.ticket_id, change.state) == (operation_id, "1", OperationState.HELD)
    feed.apply(page(ticket(1), ticket(2)), now=NOW)
    reader = database.reader()
    assert [line.number for line in reader.operations()] == ["TD-1"]
    key = reader.key_of("TD-2")
    draft = reader.draft(key, OperationKind.REPLY)
    assert draft is not None
    assert draft.body == "Dear Kim"
    database.close()


def test_of_nobody_known_nothing_is_sent_by_itself(tmp_path: Path) -> None:
    old = filled(tmp_path)
    saved = msgspec.structs.replace(rescue.read_unsent(old.path), stamps={})
    rescue.set_aside(old.path)
    database = Database.open(tmp_path, PlainBook())
    database.put_back(saved, NOW)
    (line,) = database.reader().operations()
    assert line.state is OperationState.CONFLICT
    assert database.feed().due(NOW + 60) == []
    database.close()


def with_files(folder: Path) -> Database:
    """A reply with two files and a draft with one of them."""
    filled(folder)
    database = Database.open(folder, PlainBook())
    writer = database.writer()
    for name, content in (("scan.pdf", b"S" * 20_000), ("log.txt", b"L" * 30_000)):
        writer.keep_file(NewFile(id=name, name=name, content=content), NOW).result(10)
    sets: dict[str, FieldValue] = {"files": ["scan.pdf", "log.txt"]}
    writer.enqueue([reply(3, "Both are here.", sets=sets)]).result(10)
    writer.save_draft(
        Draft(ticket=4, kind=OperationKind.REPLY, body="And that", fields={"files": ["log.txt"]}, updated=NOW)
    ).result(10)
    database.close()
    connection = connect(database.path, writable=True)
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    connection.close()
    return database


def lose_the_end_of(path: Path, content: bytes) -> None:
    """Overwrite the pages that a file's bytes went on to."""
    whole = path.read_bytes()
    with path.open("r+b") as file:
        for at in range(0, len(whole), PAGE):
            # The first four bytes of such a page name the next one (SQLite file format, section 1.6).
            if whole[at + 4 : at + PAGE - 100] == content[: PAGE - 104]:
                file.seek(at)
                file.write(b"\xff" * PAGE)


def anew(folder: Path, old: Database) -> tuple[Database, rescue.Rescued]:
    """Through the saved JSON, as ``doctor --recover`` and a person's own copy of it."""
    saved = msgspec.json.decode(msgspec.json.encode(rescue.read_unsent(old.path)), type=rescue.Rescued)
    rescue.set_aside(old.path)
    database = Database.open(folder, PlainBook())
    database.put_back(saved, NOW)
    return database, saved


def test_a_reply_comes_back_with_its_files(tmp_path: Path) -> None:
    old = with_files(tmp_path)
    damage(old.path, "ticket")
    database, saved = anew(tmp_path, old)
    assert any(line.endswith(", with 2 files") for line in rescue.readable(saved))
    (sent,) = [row for row in database.feed().due(NOW + 60) if row.kind is OperationKind.REPLY]
    assert [(file.name, file.content) for file in sent.files] == [
        ("scan.pdf", b"S" * 20_000),
        ("log.txt", b"L" * 30_000),
    ]
    key = database.reader().key_of("4")
    draft = database.reader().draft(key, OperationKind.REPLY)
    assert draft is not None
    assert draft.fields == {"files": ["log.txt"]}
    database.close()


def test_a_reply_whose_file_is_lost_waits_and_names_it(tmp_path: Path) -> None:
    old = with_files(tmp_path)
    lose_the_end_of(old.path, b"L" * PAGE)
    database, saved = anew(tmp_path, old)
    told = "\n".join(rescue.readable(saved))
    assert "with 1 file, WITHOUT log.txt: the bytes cannot be read" in told
    assert saved.damage
    (line,) = [row for row in database.reader().operations() if row.kind is OperationKind.REPLY]
    assert line.state is OperationState.CONFLICT
    assert "without log.txt" in line.error
    assert [row.kind for row in database.feed().due(NOW + 60)] == [OperationKind.UPDATE]
    draft = database.reader().draft(database.reader().key_of("4"), OperationKind.REPLY)
    assert draft is not None
    assert (draft.body, draft.fields) == ("And that", {"files": []})
    database.close()


def test_what_went_out_already_is_repeated_in_its_bytes_whatever_became_of_its_file(tmp_path: Path) -> None:
    old = with_files(tmp_path)
    lose_the_end_of(old.path, b"L" * PAGE)
    connection = connect(old.path, writable=True)
    connection.execute("UPDATE operation SET state = 'sent', request = x'00ff' WHERE kind = 'reply'")
    connection.close()
    database, _ = anew(tmp_path, old)
    (sent,) = [row for row in database.feed().due(NOW + 60) if row.kind is OperationKind.REPLY]
    assert (sent.state, sent.request) == (OperationState.SENT, b"\x00\xff")
    database.close()


def test_a_second_damaged_file_does_not_take_the_first_one_s_place(tmp_path: Path) -> None:
    path = tmp_path / "techdesk.db"
    names = []
    for content in (b"one", b"two"):
        path.write_bytes(content)
        names.append(rescue.set_aside(path))
    assert [name.read_bytes() for name in names] == [b"one", b"two"]


def newer(folder: Path) -> Database:
    database = filled(folder)
    connection = connect(database.path, writable=True)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    return database


def test_a_newer_file_is_looked_at_and_left_alone(tmp_path: Path) -> None:
    path = newer(tmp_path).path
    before = path.read_bytes()
    database = Database.open_or_look(tmp_path, PlainBook())
    assert database.read_only
    assert database.trouble is not None
    assert database.trouble.trouble is Trouble.NEWER
    assert database.reader().key_of("TD-1") == 1
    refused = database.writer().enqueue([operation(1, sets={"priority": 1})])
    assert isinstance(refused.exception(), StoreUnusable)
    with pytest.raises(StoreUnusable):
        database.feed()
    database.close()
    assert path.read_bytes() == before


def test_a_newer_file_without_what_is_read_here_is_refused(tmp_path: Path) -> None:
    path = newer(tmp_path).path
    connection = connect(path, writable=True)
    connection.execute("ALTER TABLE operation RENAME COLUMN text TO words")
    connection.close()
    with pytest.raises(StoreUnusable, match="newer techdesk"):
        Database.open_or_look(tmp_path, PlainBook())


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system")]
)
def test_a_folder_that_cannot_be_written_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    filled(tmp_path)

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("techdesk.store.database._make_private", refuse)
    database = Database.open_or_look(tmp_path, PlainBook())
    assert database.trouble is not None
    assert database.trouble.trouble is Trouble.NOT_WRITABLE
    assert [line.what for line in database.reader().operations()] == ["priority P3 -> P1"]
    database.close()


def test_a_damaged_file_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "techdesk.db").write_bytes(b"x" * 50_000)
    with pytest.raises(StoreUnusable, match="--recover"):
        Database.open_or_look(tmp_path, PlainBook())


def test_a_full_file_keeps_what_was_stored_and_says_so(tmp_path: Path) -> None:
    database = Database.open(tmp_path, PlainBook())
    database.feed().apply(page(ticket(1)), now=NOW)
    writer = database.writer()
    writer.enqueue([operation(1, sets={"priority": 1})]).result(10)
    connection = connect(database.path, writable=True)
    (size,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    # The writer's own connection is held to the pages that there are: SQLite says then what a full disk says.
    writer._once(lambda _, held: held.execute(f"PRAGMA max_page_count = {size}").fetchall()).result(10)
    draft = Draft(ticket=1, kind=OperationKind.REPLY, body="x" * 900_000, updated=NOW)
    error = writer.save_draft(draft).exception(10)
    assert isinstance(error, StoreUnusable)
    assert error.trouble is Trouble.FULL
    assert "nothing was half-written" in error.words
    assert [line.what for line in database.reader().operations()] == ["priority P1"]
    assert database.reader().draft(1, OperationKind.REPLY) is None
    database.close()


@pytest.mark.parametrize("written", [16, PAGE])
def test_what_is_unsent_is_read_though_the_first_page_is_overwritten(tmp_path: Path, written: int) -> None:
    """The header alone, or all of the page that tells where the tables begin."""
    path = filled(tmp_path).path
    whole = rescue.read_unsent(path)
    with path.open("r+b") as file:
        file.write(bytes(written))
    saved = rescue.read_unsent(path)
    assert "first page" in saved.damage
    assert msgspec.structs.replace(saved, damage="") == whole
    assert saved.count == 2
    assert saved.stamps
    assert [each.name for each in tmp_path.iterdir()] == ["techdesk.db"], "no copy is left"
    rescue.set_aside(path)
    new = Database.open(tmp_path, PlainBook())
    assert new.put_back(saved, NOW) == 2
    new.close()


def test_the_first_page_of_a_file_with_an_open_log_is_replaced_too(tmp_path: Path) -> None:
    database = Database.open(tmp_path, PlainBook())
    database.feed().apply(page(ticket(1)), now=NOW)
    database.writer().enqueue([operation(1, sets={"priority": 1}, base={"priority": 3})]).result(10)
    kept = tmp_path / "killed"
    kept.mkdir()
    for each in tmp_path.glob("techdesk.db*"):  # as a kill leaves it: the last changes are in the log
        (kept / each.name).write_bytes(each.read_bytes())
    database.close()
    with (kept / "techdesk.db").open("r+b") as file:
        file.write(bytes(PAGE))
    (change,) = rescue.read_unsent(kept / "techdesk.db").operations
    assert change.values["sets"]
