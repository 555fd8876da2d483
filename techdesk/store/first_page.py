"""A file whose first page was overwritten: SQLite opens none of it, although every other page is as it was.

That page says where each table begins. In every file that began with this schema it is the same, so a copy
with the first page of a new file lets the rest be read.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from techdesk.store import migrations
from techdesk.store.driver import sqlite3

_PAGE_COUNT = slice(28, 32)
"""Where the header says how many pages there are (SQLite file format, section 1.3)."""
_CHANGED, _VALID_FOR = slice(24, 28), slice(92, 96)
"""That count holds where these two are equal."""
_LOGS = ("-wal", "-journal")


@contextlib.contextmanager
def readable_copy(path: Path) -> Iterator[Path]:
    """``path`` itself where its first page can be read; else a copy with a new one, while the block lasts.

    Also itself where no copy can be made, or that is not readable either.
    """
    if _schema_can_be_read(path):
        yield path
        return
    with contextlib.ExitStack() as stack:
        copy = path
        with contextlib.suppress(OSError, sqlite3.Error):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=path.parent, prefix="rescue-")))
            made = _spliced(path, folder)
            copy = made if _schema_can_be_read(made) else path
        yield copy


def _spliced(path: Path, folder: Path) -> Path:
    """Raises OSError or ``sqlite3.Error``."""
    new = folder / "new.db"
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        migrations.create(connection)
        size = int(connection.execute("PRAGMA page_size").fetchone()[0])
    finally:
        connection.close()
    with new.open("rb") as file:
        first = bytearray(file.read(size))
    copy = folder / path.name
    shutil.copyfile(path, copy)
    first[_PAGE_COUNT] = (copy.stat().st_size // size).to_bytes(4, "big")
    first[_VALID_FOR] = first[_CHANGED]
    with copy.open("r+b") as file:
        file.write(first)
    for log in _LOGS:
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path.with_name(path.name + log), copy.with_name(copy.name + log))
    return copy


def _schema_can_be_read(path: Path) -> bool:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return False
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
        return "not a database" not in said and "malformed" not in said
    finally:
        connection.close()
    return True
