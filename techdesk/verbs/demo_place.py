"""Where the demo's desk listens: it says so in a file beside its data, for every other techdesk."""

from __future__ import annotations

from pathlib import Path

import msgspec

from techdesk.config.places import DEMO, profile_folder
from techdesk.config.problems import Problem
from techdesk.config.settings import ProfileSettings

CONNECTION = "connection.json"
NO_DEMO = "The demo desk is not running: start it with 'techdesk demo', and leave it running"


class DemoDesk(msgspec.Struct, frozen=True, kw_only=True):
    """Where the demo desk listens: what it prints when it is up, kept beside its data for other verbs."""

    url: str
    token_file: str
    pid: int = 0


def demo_connection() -> Path:
    """The file in which the demo says where its desk listens."""
    return profile_folder(DEMO) / CONNECTION


def demo_profile(desk: DemoDesk) -> ProfileSettings:
    """The profile that belongs to the demo; it is never written to the settings."""
    return ProfileSettings(name=DEMO, kind="native", url=desk.url, token_file=desk.token_file, poll_seconds=5)


def demo_desk(folder: Path) -> DemoDesk | None:
    """Where the desk of this folder's demo says that it listens; None while it is not running."""
    try:
        return msgspec.json.decode((folder / CONNECTION).read_bytes(), type=DemoDesk)
    except (OSError, msgspec.DecodeError):
        return None


def running_demo() -> ProfileSettings | Problem:
    """The demo's profile for other verbs, which find its desk while the demo runs."""
    path = demo_connection()
    desk = demo_desk(path.parent)
    if desk is not None:
        return demo_profile(desk)
    if (path.parent / "techdesk.db").exists():
        return demo_profile(DemoDesk(url="", token_file=str(path.parent / "desk" / "token")))
    remedy = "Start it with 'techdesk demo', and leave it running."
    return Problem(file=str(path), line=0, what="the demo has not been started", remedy=remedy)
