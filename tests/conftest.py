"""What every test needs: an environment that does not leak in from the machine it runs on."""

from __future__ import annotations

import os

_OURS = ("TEXTUAL_SNAPSHOT", "TECHDESK_SCHEDULES")
"""What the snapshot plugin tells its workers, and how long the simulator is to search."""

for _name in list(os.environ):
    leaks = _name == "NO_COLOR" or _name.startswith(("TEXTUAL_", "TECHDESK_"))
    if leaks and not _name.startswith(_OURS):
        del os.environ[_name]  # before Textual is imported: it reads them then, and snapshots would differ

os.environ["TEXTUAL_ANIMATIONS"] = "none"
