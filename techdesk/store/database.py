"""The file of a profile: opening it, and handing out what reads and writes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from techdesk.store import version
from techdesk.store.clocks import Assign, Clocks, Complete, PolicyBook
from techdesk.store.connection import choose_journal, connect, scalar
from techdesk.store.driver import sqlite3
from techdesk.store.reader import Reader
from techdesk.store.trouble import StoreUnusable, unusable

if TYPE_CHECKING:
    from techdesk.model import Instant
    from techdesk.store.feed import Feed
    from techdesk.store.rescue import Rescued
    from techdesk.store.writer import Writer

FILE_NAME = "techdesk.db"


class Database:
    """One profile's cache, outbox and journal in one SQLite file. Get one with ``open``."""

    def __init__(
        self,
        folder: Path,
        book: PolicyBook,
        assign: Assign | None = None,
        complete: Complete | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        self.read_only = read_only
        self.clocks = Clocks(book, assign, complete)
        self.trouble: StoreUnusable | None = None
        """Why the file is open for looking only, though it was to be written."""
        self._immutable = False
        self._writer: Writer | None = None
        self._readers: list[Reader] = []
        self._feeds: list[Feed] = []

    @classmethod
    def open(
        cls,
        folder: Path,
        book: PolicyBook,
        *,
        assign: Assign | None = None,
        complete: Complete | None = None,
        read_only: bool = False,
    ) -> Database:
        """Open a profile's file; create it, or bring its schema up to date, unless ``read_only``.

        :param assign: chooses a ticket's policy; ``book.choose`` where None.
        :param complete: what is known of a customer beside the desk; nothing where None.
        :raises StoreUnusable: newer schema, damaged, not writable, disk full, locked for too long.
        """
        database = cls(folder, book, assign, complete, read_only=read_only)
        try:
            database._prepare()
        except (sqlite3.Error, OSError) as error:
            raise unusable(error, database.path) from error
        return database

    @classmethod
    def open_or_look(cls, folder: Path, book: PolicyBook, *, complete: Complete | None = None) -> Database:
        """The same; where the file is newer or cannot be written, for looking at only: ``trouble`` says why.

        :raises StoreUnusable: it cannot even be read.
        """
        try:
            return cls.open(folder, book, complete=complete)
        except StoreUnusable as error:
            if not error.trouble.leaves_it_readable:
                raise
            try:
                database = cls.open(folder, book, complete=complete, read_only=True)
            except StoreUnusable:
                raise error from None
            database.trouble = error
            return database

    def _prepare(self) -> None:
        if self.read_only:
            if not self.path.exists():
                raise StoreUnusable(
                    f"There is no cache at {self.path} yet.", "Start techdesk once to fill it."
                )
            self._look()
            return
        _make_private(self.folder, self.path)
        connection = connect(self.path, writable=True)
        try:
            found = version.version_of(connection)
            version.check(found, self.path)
            choose_journal(connection, self.path)
            if found != version.LATEST:
                from techdesk.store import migrations  # mostly there is nothing to bring up

                if found == 0:
                    migrations.create(connection)
                else:
                    migrations.migrate(connection, self.path)
            # The first read of a table's page is where a damaged file shows.
            scalar(connection, "SELECT count(*) FROM meta")
        finally:
            connection.close()

    def _look(self) -> None:
        """Make sure that the file can be read as it is."""
        try:
            connection = connect(self.path, writable=False, file_writable=False)
            found = version.version_of(connection)
        except sqlite3.OperationalError:
            # A folder that may not be written has no room for SQLite's shared memory beside the file.
            if self._has_unwritten_log():
                raise
            self._immutable = True
            connection = connect(self.path, writable=False, file_writable=False, immutable=True)
            found = version.version_of(connection)
        try:
            if found < version.LATEST:
                raise StoreUnusable(
                    f"{self.path} was written by an older techdesk.", "Start techdesk once to upgrade it."
                )
            if found > version.LATEST:
                from techdesk.store import migrations

                if not migrations.may_be_read(connection):
                    version.check(found, self.path)
            scalar(connection, "SELECT count(*) FROM meta")
        finally:
            connection.close()

    def _has_unwritten_log(self) -> bool:
        log = self.path.with_name(f"{self.path.name}-wal")
        return log.exists() and log.stat().st_size > 0

    def reader(self) -> Reader:
        """A reader with a connection of its own, for one thread."""
        reader = Reader(self.path, self.clocks, file_writable=not self.read_only, immutable=self._immutable)
        self._readers.append(reader)
        return reader

    def writer(self) -> Writer:
        """The one writer of this process; its thread starts with its first job."""
        if self._writer is None:
            from techdesk.store.writer import (  # a verb that only reads loads neither this nor Feed
                RefusingWriter,
                Writer,
            )

            if self.read_only:
                self._writer = RefusingWriter(self.path, self.clocks, self._refusal())
            else:
                self._writer = Writer(self.path, self.clocks)
        return self._writer

    def _refusal(self) -> StoreUnusable:
        return self.trouble or StoreUnusable(
            f"{self.path} is open for reading only.", "Open the profile normally."
        )

    def feed(self) -> Feed:
        """A connection for the sync thread."""
        if self.read_only:
            raise self._refusal()
        from techdesk.store.feed import Feed

        feed = Feed(self.path, self.clocks)
        self._feeds.append(feed)
        return feed

    def put_back(self, rescued: Rescued, now: Instant) -> int:
        """Put what was saved from a damaged file into this new one; how many rows."""
        from techdesk.store import rescue
        from techdesk.store.lines import Lines

        connection = connect(self.path, writable=True)
        try:
            return rescue.put_back(connection, Lines(connection, self.clocks), rescued, now)
        finally:
            connection.close()

    def close(self) -> None:
        """Store what the writer still has, and let go of every connection that was handed out."""
        if self._writer is not None:
            self._writer.close()
        for reader in self._readers:
            reader.close()
        for feed in self._feeds:
            feed.close()


def _make_private(folder: Path, path: Path) -> None:
    """Folder 0700 and file 0600 before SQLite opens it: its -wal and -shm files take over the file's mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
