"""Files that go with a message, and files that came with one."""

from __future__ import annotations

import mimetypes
import os
import stat
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from techdesk.model import Attachment, NewFile
from techdesk.rules.verdicts import Refuse
from techdesk.text import safe_text

ASSUMED_BYTES = 5_000_000
"""Taken for a message while the desk has not said how much it takes."""
FETCHED_BYTES = 32 * 1024 * 1024
"""Of an attachment that is fetched (SYNC section 5)."""
_LONGEST = 120
"""Characters of a saved file's name; some file systems count bytes, and stop at 255."""
_FORBIDDEN = frozenset('/\\:*?"<>|')


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A file that will be sent, once ``commit`` has its result."""

    file: Attachment
    """Without its bytes; ``id`` is what the message names."""
    commit: Future[None]


def size_words(size: int) -> str:
    """``812 bytes``, ``12 kB``, ``3.4 MB``."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def read_file(path: Path, limit: int, there: int, file_id: str) -> NewFile | Refuse:
    """A file from disk, or why it cannot go with a message.

    ``limit``: bytes of all files of a message; ``there``: bytes of those it has already. What is no plain
    file is not opened: a pipe or a device would never end.
    """
    if not limit:
        return Refuse(
            reason="This help desk takes no files through its interface.",
            remedy="Say where the file lies.",
            rule="generic.no_files",
        )
    path = path.expanduser()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            told = os.fstat(file.fileno())
            if not stat.S_ISREG(told.st_mode):
                return _no_file(path, "it is no plain file")
            if told.st_size + there > limit:
                return _too_large(path, told.st_size, there, limit)
            content = file.read(limit + 1)
    except OSError as error:
        return _no_file(path, error.strerror or str(error))
    except ValueError:
        return _no_file(path, "its name cannot be one")
    if not content:
        return _no_file(path, "it is empty")
    if len(content) + there > limit:
        return _too_large(path, len(content), there, limit)
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return NewFile(id=file_id, name=safe_text(path.name, 255), media_type=guessed, content=content)


def shown(file: NewFile) -> Attachment:
    """The same for a screen, without the bytes."""
    return Attachment(id=file.id, name=file.name, size=len(file.content), media_type=file.media_type)


def safe_name(name: str) -> str:
    """A name under which a stranger's file may lie in a folder: no path, nothing hidden, nothing that a
    program would take for an option."""
    cleaned = "".join("_" if character in _FORBIDDEN else character for character in safe_text(name, 4000))
    cleaned = " ".join(cleaned.split()).strip(". ").lstrip("-")
    while ".." in cleaned:
        cleaned = cleaned.replace("..", ".")
    stem, dot, ending = cleaned.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = cleaned, "", ""
    while len(f"{stem}{dot}{ending}".encode()) > _LONGEST:
        stem = stem[:-1]
    return f"{stem}{dot}{ending}".strip() or "attachment"


def save(content: bytes, target: Path, name: str) -> Path | Refuse:
    """Write a fetched file. ``target``: the file, or a folder, where it gets a safe form of ``name``.

    Nothing is overwritten: a name that is taken gets a number. The file is its owner's alone, and never
    executable.
    """
    target = target.expanduser()
    try:
        folder, wanted = (target, safe_name(name)) if target.is_dir() else (target.parent, target.name)
        stem, dot, ending = wanted.rpartition(".")
        stem, ending = (stem, f".{ending}") if dot and stem else (wanted, "")
        for number in range(1, 1000):
            path = folder / (wanted if number == 1 else f"{stem} ({number}){ending}")
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
            except OSError:
                path.unlink(missing_ok=True)
                raise
            return path
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        return Refuse(
            reason=f"{safe_text(str(target), 300)} cannot be written: {said}.",
            remedy="Name another place.",
            rule="generic.file",
        )
    return Refuse(reason="That name is taken a thousand times.", remedy="Name another.", rule="generic.file")


def _no_file(path: Path, why: str) -> Refuse:
    return Refuse(
        reason=f"{safe_text(str(path), 300)} cannot be attached: {why}.",
        remedy="Name another file.",
        rule="generic.file",
    )


def _too_large(path: Path, size: int, there: int, limit: int) -> Refuse:
    besides = f" beside {size_words(there)} already attached" if there else ""
    return Refuse(
        reason=f"{safe_text(path.name, 200)} has {size_words(size)}{besides};"
        f" this help desk takes {size_words(limit)} with a message.",
        remedy="Make it smaller, or say where it lies.",
        rule="generic.too_large",
    )
