"""Request Tracker 5 over REST2.

RT keeps no keys of requests and its conditional writes are not atomic, so the guarantee is C (SYNC section
1): every write is read back, and a message carries its operation's id so that it can be found again.
``RT quirk n`` in this package is a numbered finding, measured on 5.0.3, that ``docs/rt.md`` explains.
"""

from __future__ import annotations

from techdesk.desks.rt.desk import RequestTrackerDesk
from techdesk.desks.rt.settings import Settings, UnusableOption, read_settings

__all__ = ["RequestTrackerDesk", "Settings", "UnusableOption", "read_settings"]
