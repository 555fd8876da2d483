"""The pictures of the README, taken by the program itself on the demo desk: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.terminal.session import Session

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SCREENS = {"queue": "g,g", "ticket": "j,j,enter", "sla": "W"}
"""Name of the picture: keys that lead to it, as TEXTUAL_PRESS takes them."""


def take(name: str, keys: str, state: Path) -> None:
    """Start the demo, press the keys, let the program write the picture and end."""
    environment = {
        "TECHDESK_STATE_DIR": str(state),
        "TECHDESK_CONFIG_DIR": str(state / "config"),
        "TEXTUAL_PRESS": keys,
        "TEXTUAL_SCREENSHOT": "3",
        "TEXTUAL_SCREENSHOT_LOCATION": str(PICTURES),
        "TEXTUAL_SCREENSHOT_FILENAME": f"{name}.svg",
        "TZ": "Europe/Rome",
    }
    command = [sys.executable, "-m", "techdesk", "demo", "--no-script"]
    with Session(command, columns=120, lines=32, environment=environment) as session:
        session.wait_end(30)


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="techdesk-pictures-") as folder:
        with Session(
            [sys.executable, "-m", "techdesk", "demo", "--no-script"],
            environment={"TECHDESK_STATE_DIR": folder, "TECHDESK_CONFIG_DIR": f"{folder}/config"},
        ) as session:  # the first start fills the cache, so that the pictures show a queue that stands still
            session.wait_for("SYNC ok")
        for name, keys in SCREENS.items():
            take(name, keys, Path(folder))
            print(PICTURES / f"{name}.svg")


if __name__ == "__main__":
    main()
