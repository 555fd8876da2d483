"""Where techdesk keeps what: settings in one folder, state in another, both the user's own."""

from __future__ import annotations

import os
from pathlib import Path

DEMO = "demo"
"""Name of the profile that belongs to ``techdesk demo``; no settings file knows it."""


def config_folder() -> Path:
    """Folder of ``config.toml``: ``TECHDESK_CONFIG_DIR``, else what the platform wants."""
    chosen = os.environ.get("TECHDESK_CONFIG_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("techdesk"))


def config_file() -> Path:
    """The settings file; it need not exist."""
    return config_folder() / "config.toml"


def state_folder() -> Path:
    """Folder of caches, outboxes and the demo: ``TECHDESK_STATE_DIR``, else what the platform wants."""
    chosen = os.environ.get("TECHDESK_STATE_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_state_dir("techdesk"))


def profile_folder(name: str) -> Path:
    """Everything that one profile keeps; the store creates it 0700."""
    return state_folder() / "profiles" / name


def make_private(folder: Path) -> None:
    """Make a folder, and the missing ones above it, for the user alone (0700). Raises OSError."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def token_path(name: str) -> Path:
    """Where ``connect`` saves a profile's token, 0600, when the settings name no other file."""
    return config_folder() / "tokens" / name
