"""The file itself: who may read it, what a newer or broken one does, how an upgrade goes."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from techdesk.model import NewFile
from techdesk.store import migrations, schema
from techdesk.store.connection import choose_journal, connect, wal_is_safe
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.store.marks import MarkSet
from techdesk.store.trouble import StoreUnusable, Trouble, unusable
from techdesk.store.version import LATEST, version_of
from tests.store.desk import NOW, Desk, PlainBook, operation, page, ticket

if TYPE_CHECKING:
    from sqlite_utils import Database as UtilsDatabase


def open_at(folder: Path, **options: bool) -> Database:
    return Database.open(folder, PlainBook(), **options)


def test_nobody_else_may_read_any_file_of_it(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        database = open_at(tmp_path / "state" / "profile")
        database.feed().apply(page(ticket(1)), now=NOW)
        folder = database.folder
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
        database.close()
    finally:
        os.umask(before)


def test_looser_permissions_are_tightened(tmp_path: Path) -> None:
    open_at(tmp_path / "p").close()
    (tmp_path / "p").chmod(0o755)
    (tmp_path / "p" / "techdesk.db").chmod(0o644)
    open_at(tmp_path / "p").close()
    assert (tmp_path / "p").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "p" / "techdesk.db").stat().st_mode & 0o777 == 0o600


def test_every_connection_keeps_what_it_promises(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    connection = connect(database.path, writable=True)
    values = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("synchronous", "foreign_keys", "trusted_schema", "secure_delete", "mmap_size")
    }
    assert values == {
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "secure_delete": 1,
        "mmap_size": 0,
    }
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    assert mode == ("wal" if wal_is_safe(sqlite3.sqlite_version_info) else "truncate")
    connection.close()
    database.close()


def test_a_sqlite_with_the_wal_bug_uses_a_rollback_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("techdesk.store.connection.wal_is_safe", lambda version: False)
    database = open_at(tmp_path)
    connection = connect(database.path, writable=True)
    assert choose_journal(connection, database.path) == "truncate"
    connection.close()
    made = Desk(database)
    made.pull(ticket(1))
    made.enqueue(operation(made.key(1), sets={"priority": 1}))
    assert made.reader.rows([made.key(1)])[0].priority == 1
    database.close()


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    reader = database.reader()
    with pytest.raises(sqlite3.OperationalError):
        reader._connection.execute("DELETE FROM ticket")
    database.close()


def test_a_read_only_database_reads_and_hands_out_no_writer(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no cache"):
        open_at(tmp_path, read_only=True)
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    other = open_at(tmp_path, read_only=True)
    assert other.reader().key_of("TD-1") is not None
    assert isinstance(other.writer().mark_read(1).exception(), StoreUnusable)
    with pytest.raises(StoreUnusable):
        other.feed()
    other.close()
    database.close()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.close()
    connection = connect(database.path, writable=True)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = database.path.read_bytes()
    with pytest.raises(StoreUnusable, match="newer techdesk") as raised:
        open_at(tmp_path)
    assert "nothing was changed" in raised.value.remedy
    assert database.path.read_bytes() == before


def test_a_file_that_is_no_database_says_so_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "techdesk.db"
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreUnusable, match="damaged") as raised:
        open_at(tmp_path)
    assert "doctor" in raised.value.remedy
    assert path.read_bytes().startswith(b"not a database")


def test_trouble_has_words_for_a_full_disk_and_a_lock() -> None:
    path = Path("x.db")
    assert "full" in unusable(sqlite3.OperationalError("database or disk is full"), path).words
    assert "locked" in unusable(sqlite3.OperationalError("database is locked"), path).words
    assert "0600" in unusable(PermissionError(13, "Permission denied"), path).remedy


def add_colour(database: UtilsDatabase) -> None:
    database["queue"].add_column("colour", str)


def break_off(database: UtilsDatabase) -> None:
    database["organisation"].add_column("colour", str)
    raise RuntimeError("half way")


NO_WAS = "ALTER TABLE change DROP COLUMN was"


def as_of_version_1(database: Database, *taken_away: str) -> sqlite3.Connection:
    connection = connect(database.path, writable=True)
    for statement in taken_away:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    return connection


def test_the_last_step_leads_to_the_schema_that_new_files_get() -> None:
    assert 1 + len(migrations.MIGRATIONS) == LATEST


def test_a_file_of_version_1_gets_the_indexes_of_the_orders(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    made = "SELECT sql FROM sqlite_master WHERE name IN ('list_still', 'list_number', 'list_subject')"
    with closing(connect(database.path, writable=False)) as reading:
        new = reading.execute(made).fetchall()
    assert len(new) == 3
    gone = [f"DROP INDEX {name}" for name in ("list_still", "list_number", "list_subject")]
    connection = as_of_version_1(database, *gone)
    assert connection.execute(made).fetchall() == []
    migrations.migrate(connection, database.path, migrations.MIGRATIONS[:1])
    assert sorted(connection.execute(made).fetchall()) == sorted(new)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_file_of_version_2_gets_the_table_of_marks(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    with closing(connect(database.path, writable=True)) as connection:
        connection.execute("DROP TABLE mark")
        connection.execute("DROP TABLE file")
        connection.execute("ALTER TABLE operation DROP COLUMN waits_since")
        for statement in NO_BULK:
            connection.execute(statement)
        connection.execute(NO_WAS)
        connection.execute(NO_NOTICES)
        connection.execute(NO_FIRST)
        connection.execute(NO_REVIEWS)
        connection.execute("PRAGMA user_version = 2")
    again = open_at(tmp_path)
    again.writer().mark(MarkSet.of([1]), MarkSet()).result()
    assert list(again.reader().marks().keys()) == [1]
    assert again.reader().row(1) is not None
    again.close()


def test_a_file_of_version_3_learns_since_when_an_operation_waits(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.writer().enqueue([operation(1, sets={"priority": 1})]).result(10)
    database.close()
    connection = connect(database.path, writable=True)
    connection.execute("ALTER TABLE operation DROP COLUMN waits_since")
    connection.execute(NO_WAS)
    connection.execute("PRAGMA user_version = 3")
    migrations.migrate(connection, database.path, migrations.MIGRATIONS[:3])
    assert connection.execute("SELECT waits_since FROM operation").fetchall() == [(0,)]
    connection.close()
    assert database.path.with_name("techdesk.db.3.backup").exists()


NO_NOTICES = "DROP TABLE due_notice"
NO_REVIEWS = "DROP TABLE unreviewed"
NO_FIRST = "ALTER TABLE operation DROP COLUMN first_sent"
NO_BULK = ("DROP INDEX operation_bulk", "ALTER TABLE operation DROP COLUMN bulk", "DROP TABLE batch")


def test_a_file_of_version_4_gets_bulk_runs(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    made = Desk(database)
    made.pull(ticket(1))
    made.enqueue(operation(made.key(1), sets={"priority": 1}))
    database.close()
    tell = "SELECT name FROM sqlite_master UNION SELECT name FROM pragma_table_info('operation') ORDER BY 1"
    with closing(connect(database.path, writable=False)) as reading:
        new = reading.execute(tell).fetchall()
    connection = as_of_version_1(database, *NO_BULK)
    connection.execute(NO_WAS)
    connection.execute(NO_FIRST)
    connection.execute("PRAGMA user_version = 4")
    migrations.migrate(connection, database.path, migrations.MIGRATIONS[:4])
    assert connection.execute(tell).fetchall() == [each for each in new if each != ("first_sent",)]
    assert connection.execute("SELECT bulk, count(*) FROM operation").fetchall() == [(0, 1)]
    connection.close()


def test_a_file_of_version_5_gets_the_table_of_files(tmp_path: Path) -> None:
    open_at(tmp_path).close()
    with closing(connect(tmp_path / "techdesk.db", writable=True)) as connection:
        connection.execute("DROP TABLE file")
        connection.execute(NO_WAS)
        connection.execute(NO_NOTICES)
        connection.execute(NO_FIRST)
        connection.execute(NO_REVIEWS)
        connection.execute("PRAGMA user_version = 5")
    again = open_at(tmp_path)
    again.writer().keep_file(NewFile(id="f", name="a", content=b"x"), NOW).result()
    assert [file.size for file in again.reader().files(["f"])] == [1]
    again.close()


def test_an_old_change_log_learns_what_rows_were(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    connection = as_of_version_1(database, NO_WAS)
    migrations.migrate(connection, database.path, [migrations._what_was])
    assert connection.execute("SELECT DISTINCT was FROM change").fetchall() == [(None,)]
    connection.close()


def test_a_file_of_version_7_learns_which_tickets_are_told_of(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    connection = as_of_version_1(database, NO_NOTICES)
    migrations.migrate(connection, database.path, [migrations._due_notices])
    assert connection.execute("SELECT count(*) FROM due_notice").fetchone() == (0,)
    built_again = [row[0] for row in connection.execute("SELECT ticket FROM stale")]
    assert len(built_again) == 1, "its row is built again, and with it its place in the table"
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'due_notice_at'").fetchone()
    connection.close()


def test_a_file_of_version_8_takes_what_went_out_as_sent_when_it_was_made(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.writer().enqueue(
        [operation(1, sets={"priority": 1}), operation(1, sets={"priority": 2})]
    ).result(10)
    database.close()
    connection = as_of_version_1(database, NO_FIRST, "UPDATE operation SET attempts = 1 WHERE key = 1")
    migrations.migrate(connection, database.path, [migrations._first_sent])
    assert connection.execute("SELECT first_sent = created, first_sent FROM operation").fetchall()[0][0] == 1
    assert connection.execute("SELECT first_sent FROM operation WHERE key = 2").fetchone() == (0,)
    connection.close()


def test_a_file_of_version_9_is_told_of_what_stands_still_by_an_index_alone(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    before = "CREATE INDEX list_still ON list_row (status, status_since)"
    connection = as_of_version_1(database, "DROP INDEX list_still", before)
    migrations.migrate(connection, database.path, [migrations._still_open])
    looked = (
        "SELECT key FROM list_row WHERE status IN ('waiting', 'hold') AND status_since < 9 AND +active = 1"
    )
    (step,) = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {looked}")]
    assert "USING COVERING INDEX list_still" in step
    connection.close()


def test_an_upgrade_keeps_the_rows_and_leaves_a_private_copy(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    connection = as_of_version_1(database)
    backup = migrations.migrate(connection, database.path, [add_colour])
    assert version_of(connection) == 2
    assert connection.execute("SELECT name, colour FROM queue ORDER BY id").fetchall() == [
        ("Network", None),
        ("Telephony", None),
    ]
    assert migrations.migrate(connection, database.path, [add_colour]) is None
    connection.close()
    assert backup is not None
    assert backup.stat().st_mode & 0o777 == 0o600
    old = connect(backup, writable=False)
    assert version_of(old) == 1
    assert old.execute("SELECT count(*) FROM ticket").fetchone() == (1,)
    old.close()


def test_an_upgrade_that_breaks_off_changes_nothing(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.close()
    connection = as_of_version_1(database)
    with pytest.raises(RuntimeError):
        migrations.migrate(connection, database.path, [add_colour, break_off])
    assert version_of(connection) == 1
    columns = {row[1] for row in connection.execute("PRAGMA table_info(queue)")}
    assert "colour" not in columns
    connection.close()


def test_opening_imports_neither_sqlite_utils_nor_the_network() -> None:
    code = (
        "import sys, techdesk.store.database, techdesk.store.volume\n"
        "heavy = {'sqlite_utils', 'httpx', 'textual', 'holidays', 'importlib.metadata'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


_PROCESS = """
import sys
from pathlib import Path
from techdesk.store.database import Database
from tests.store.desk import NOW, PlainBook, operation
import msgspec
folder, who = Path(sys.argv[1]), sys.argv[2]
database = Database.open(folder, PlainBook())
writer = database.writer()
for n in range(40):
    made = operation(1 + n % 3, sets={"priority": 1 + n % 4})
    writer.enqueue([msgspec.structs.replace(made, id=f"{who}-{n}", batch=f"{who}-{n}")]).result(60)
database.close()
"""


def test_several_processes_write_to_one_file(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    made = Desk(database)
    made.pull(ticket(1), ticket(2), ticket(3))
    version, seq = made.reader.data_version(), made.reader.last_change()
    processes = [
        subprocess.Popen([sys.executable, "-c", _PROCESS, str(tmp_path), who], cwd=Path.cwd())
        for who in ("a", "b", "c")
    ]
    for n in range(20):  # and the feed beside them
        made.pull(*(ticket(each, revision=n + 2, subject=f"round {n}") for each in (1, 2, 3)))
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert len(made.reader.operations()) == 120
    assert made.reader.data_version() != version
    newest, keys = made.reader.changes_since(seq)
    assert newest > seq
    assert sorted(keys) == [1, 2, 3]
    assert {row.pending for row in made.reader.rows([1, 2, 3])} == {39, 42}
    made.check_search()
    made.check_tally()
    database.close()


def test_an_io_error_on_a_full_disk_says_that_it_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, path = sqlite3.OperationalError("disk I/O error"), tmp_path / "techdesk.db"
    assert "Make room" not in unusable(error, path).remedy
    there = os.statvfs(tmp_path)
    full = os.statvfs_result((*there[:3], 0, 0, *there[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    assert "Make room" in unusable(error, path).remedy


def test_an_io_error_where_nothing_may_be_written_any_more_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error, path = sqlite3.OperationalError("disk I/O error"), tmp_path / "techdesk.db"
    path.touch()
    assert unusable(error, path).trouble is Trouble.OTHER
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert unusable(error, path).trouble is Trouble.NOT_WRITABLE


def test_a_file_of_version_10_learns_what_waits_for_its_review(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    connection = as_of_version_1(database, NO_REVIEWS)
    migrations.migrate(connection, database.path, [migrations._unreviewed])
    assert connection.execute("SELECT count(*) FROM unreviewed").fetchone() == (0,)
    assert len(connection.execute("SELECT ticket FROM stale").fetchall()) == 1, "its row is built again"
    connection.close()


def test_a_file_of_version_11_gets_the_order_by_last_answer(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    tell = "SELECT sql FROM sqlite_master WHERE name = 'list_answered'"
    connection = as_of_version_1(database, "DROP INDEX list_answered")
    assert connection.execute(tell).fetchone() is None
    migrations.migrate(connection, database.path, [migrations._answered])
    assert connection.execute(tell).fetchone() == (schema.ANSWERED,)
    assert connection.execute("SELECT count(*) FROM stale").fetchone() == (0,), "no row is built again for it"
    connection.close()


def test_a_file_of_version_12_tells_whose_tickets_of_a_grade_without_looking_at_them(tmp_path: Path) -> None:
    database = open_at(tmp_path)
    database.feed().apply(page(ticket(1)), now=NOW)
    database.close()
    old = "CREATE INDEX list_owner ON list_row (owner, active DESC, urgency, clock_order, key)"
    tell = "SELECT sql FROM sqlite_master WHERE name = 'list_owner'"
    connection = as_of_version_1(database, "DROP INDEX list_owner", old)
    assert connection.execute(tell).fetchone() == (old,)
    migrations.migrate(connection, database.path, [migrations._owned])
    assert connection.execute(tell).fetchone() == (schema.OWNED,)
    assert connection.execute("SELECT count(*) FROM stale").fetchone() == (0,), "no row is built again for it"
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT key FROM list_row"
        " WHERE +active = 1 AND owner = 'u1' AND priority = 1 AND status = 'open'"
    ).fetchall()
    assert "COVERING INDEX list_owner" in plan[0][3]
    connection.close()
