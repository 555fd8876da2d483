"""Plans and reports written into the folder that techdesk was started in."""

from __future__ import annotations

from pathlib import Path

from techdesk.work.bulk_report import write


def save_here(name: str, text: str) -> str:
    """Write a file there; the sentence to show, also where it could not be written."""
    path = Path.cwd() / name
    try:
        write(path, text)
    except OSError as error:
        return (
            f"Not saved: {path}: {error.strerror or error}. Start techdesk in a folder that you may write to."
        )
    return f"Saved as {path}"
