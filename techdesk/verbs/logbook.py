"""Where log lines go: a file in the profile's folder, never over a screen or between a verb's own words."""

from __future__ import annotations

import contextlib
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

NAME = "techdesk.log"
_LARGEST = 500_000
"""Bytes; one older file is kept."""


class _Private(RotatingFileHandler):
    """Makes each file readable by its owner only."""

    def _open(self) -> IO[str]:  # type: ignore[override]  # the base promises a TextIOWrapper, which it is
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name that logging calls
        """Nothing: a full disk must not write its tracebacks to a terminal that shows something else."""


def keep_log(folder: Path) -> None:
    """From here on our own log lines go to the profile's file; where it cannot be written, nowhere."""
    log = logging.getLogger("techdesk")
    for old in [each for each in log.handlers if isinstance(each, _Private | logging.NullHandler)]:
        log.removeHandler(old)
        old.close()
    log.propagate = False
    handler: logging.Handler = logging.NullHandler()
    with contextlib.suppress(OSError):
        handler = _Private(folder / NAME, maxBytes=_LARGEST, backupCount=1, encoding="utf-8", delay=True)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
