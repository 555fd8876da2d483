"""The one SQLite driver of this process.

Two drivers on one file in one process break its POSIX locks (sqlite.org/howtocorrupt), so everybody imports
``sqlite3`` from here. The rule is sqlite_utils' own, without the cost of importing it: pysqlite3 where its
wheel is installed (a newer SQLite than the system's), else the standard library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:
        import sqlite3

__all__ = ["sqlite3"]
