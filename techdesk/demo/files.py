"""Files of messages at the demo desk."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from techdesk.demo.feed import row_id
from techdesk.demo.problems import Problem, invalid
from techdesk.demo.storage import Storage
from techdesk.desks.wire import WireFile
from techdesk.model import Attachment

FILES_LIMIT = 20
"""Files of a message."""
FILES_BYTES = 10_000_000
"""Of all of them."""


def check_files(files: Sequence[WireFile]) -> None:
    """Raises ``Problem`` 422 for files that a message cannot have."""
    if len(files) > FILES_LIMIT or sum(len(file.content) for file in files) > FILES_BYTES:
        words = f"A message has at most {FILES_LIMIT} files of {FILES_BYTES} bytes in all."
        raise invalid(("files",), words)
    if any(not 0 < len(file.name) <= 255 or len(file.media_type) > 255 for file in files):
        raise invalid(("files",), "A file has a name of 1 to 255 characters.")


class Files:
    """Part of the desk."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def keep(self, message: int, files: Sequence[WireFile]) -> None:
        """Store the files of a message, and name them in it."""
        sql = self._storage.sql
        named = []
        for file in files:
            cursor = sql.execute(
                "INSERT INTO files(message, name, media_type, content) VALUES(?, ?, ?, ?)",
                (message, file.name, file.media_type, file.content),
            )
            number = str(cursor.lastrowid or 0)
            named.append(
                Attachment(id=number, name=file.name, size=len(file.content), media_type=file.media_type)
            )
        stored = msgspec.json.encode(named).decode()
        sql.execute("UPDATE messages SET attachments = ? WHERE id = ?", (stored, message))

    def get(self, attachment: str) -> tuple[bytes, str]:
        """Bytes and media type of an attachment. Made-up data name files that nobody sent: they get made-up
        bytes of the size that was said. Raises ``Problem`` 404."""
        sql = self._storage.sql
        row = sql.execute(
            "SELECT content, media_type FROM files WHERE id = ?", (row_id(attachment),)
        ).fetchone()
        if row is not None:
            return bytes(row["content"]), str(row["media_type"])
        for (stored,) in sql.execute("SELECT attachments FROM messages WHERE attachments <> '[]'"):
            for each in msgspec.json.decode(stored, type=list[Attachment]):
                if each.id == attachment:
                    line = b"This line was made up by the demo desk.\n"
                    return (line * (each.size // len(line) + 1))[: each.size], each.media_type
        raise Problem(404, "unknown-attachment", "There is no such attachment.")
