"""Settings: one TOML file, read with positions, so that every complaint names a line and what to do.

The names below are loaded from their modules when they are first used: a verb that only lists needs few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from techdesk.config.edit import add_profile, save_token
    from techdesk.config.places import (
        DEMO,
        config_file,
        config_folder,
        profile_folder,
        state_folder,
        token_path,
    )
    from techdesk.config.problems import Problem
    from techdesk.config.secrets import ENVIRONMENT, NoToken, Token, find_token
    from techdesk.config.settings import PolicyRule, ProfileSettings, Settings, load, parse

__all__ = [
    "DEMO",
    "ENVIRONMENT",
    "NoToken",
    "PolicyRule",
    "Problem",
    "ProfileSettings",
    "Settings",
    "Token",
    "add_profile",
    "config_file",
    "config_folder",
    "find_token",
    "load",
    "parse",
    "profile_folder",
    "save_token",
    "state_folder",
    "token_path",
]

_MODULES = {
    "edit": ("add_profile", "save_token"),
    "places": ("DEMO", "config_file", "config_folder", "profile_folder", "state_folder", "token_path"),
    "problems": ("Problem",),
    "secrets": ("ENVIRONMENT", "NoToken", "Token", "find_token"),
    "settings": ("PolicyRule", "ProfileSettings", "Settings", "load", "parse"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"techdesk.config.{_HOMES[name]}"), name)
