"""A text that the cache does not take: put into a plain file, so that no end of the program loses it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from techdesk.model import Draft, OperationKind
from techdesk.text import safe_text

_TRIES = 100


def put_down(folder: Path, name: str, draft: Draft) -> Path | None:
    """Write a draft into a new file that only its owner reads; None where no place takes it.

    :param folder: the profile's; where it takes nothing either, the system's folder for temporary files does.
    """
    filled = draft.fields.items() if draft.kind is OperationKind.CREATE else ()
    fields = "".join(f"{field}: {value}\n" for field, value in filled if value)
    content = f"{name}\n{fields}\n{draft.body}\n".encode("utf-8", "replace")
    for place in (folder / "saved", Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            return _written(place, name, content)
    return None


def _written(place: Path, name: str, content: bytes) -> Path:
    """A file of that name, with a number that is free; raises OSError."""
    plain = "".join(letter if letter.isalnum() or letter == "-" else "-" for letter in safe_text(name))[:60]
    for number in range(1, _TRIES):
        path = place / f"techdesk-{plain}-{number}.txt"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except FileExistsError:
            continue
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError:  # full: half of a text must not look like all of it
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        return path
    raise FileExistsError(place)
