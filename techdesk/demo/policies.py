"""The demo's own support policy: it is always after hours, always a holiday, and waiting always pauses.

The five shipped policies follow the real calendar, so at most hours of a week some of these things cannot be
seen. This one is written beside the demo's data at each start, with time zones chosen so that they can. The
customer Kestrel Freight is bound to it; the file goes where techdesk looks for a site's policies.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from techdesk.model import Instant

NAME = "demo-office"

_ZONES = (
    "Europe/Rome",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "Asia/Dubai",
    "Australia/Perth",
    "America/Denver",
    "Pacific/Honolulu",
    "Atlantic/Azores",
)
_EVENING = (18 * 60 + 5, 23 * 60)
_MORNING = (9 * 60 + 30, 15 * 60)
"""Minutes of the local day."""

_TEXT = """\
# Written by the demo desk at each start; changes are lost.

schema = 1
name = "{name}"
title = "Demo office"
version = "{date}"
source = "The demo desk's own rules"
graded_by = "priority"

[calendars.office]
zone = "{evening}"
hours = {{ mon-sun = "09:00-18:00" }}

[calendars.holiday]
zone = "{morning}"
hours = {{ mon-sun = "09:00-17:00" }}
holidays = [{date}]

[calendars.always]
zone = "Etc/UTC"
hours = "24x7"

[[targets]]
metric = "first_response"
name = "Response to a problem within 8 office hours"
source = "1"
kind = "duration"
amount = "8h"
calendar = "office"
match = {{ kind = ["problem"] }}

[[targets]]
metric = "first_response"
name = "Answer to a question within 4 office hours"
source = "2"
kind = "duration"
amount = "4h"
calendar = "holiday"
match = {{ kind = ["question"] }}

[[targets]]
metric = "first_response"
name = "Response to a request within 4 h"
source = "3"
kind = "duration"
amount = "4h"
calendar = "always"
match = {{ kind = ["request"] }}

[[targets]]
metric = "resolution"
name = "Request done within 8 h, without the time that we wait for the customer"
source = "3"
kind = "duration"
amount = "8h"
calendar = "always"
match = {{ kind = ["request"] }}
pause_on = ["waiting"]
"""


def write(folder: Path, now: Instant) -> Path:
    """Write the policy for a start at ``now`` (epoch seconds) into a folder; returns the file."""
    morning = zone_between(now, *_MORNING)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{NAME}.toml"
    fresh = file.with_suffix(".new")
    fresh.write_text(
        _TEXT.format(
            name=NAME,
            evening=zone_between(now, *_EVENING),
            morning=morning,
            date=datetime.fromtimestamp(now, ZoneInfo(morning)).date().isoformat(),
        ),
        encoding="utf-8",
    )
    fresh.replace(file)
    return file


def zone_between(now: Instant, first: int, last: int) -> str:
    """A zone whose clocks are between two minutes of the day now. Raises ``StopIteration`` where none is."""
    return next(zone for zone in _ZONES if first <= _minute_of_day(now, zone) <= last)


def _minute_of_day(now: Instant, zone: str) -> int:
    local = datetime.fromtimestamp(now, ZoneInfo(zone))
    return local.hour * 60 + local.minute
