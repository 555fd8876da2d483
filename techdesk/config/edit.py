"""Changes that techdesk itself makes to the settings: it only ever adds, and keeps every line as it was."""

from __future__ import annotations

import json
import os
from pathlib import Path

from techdesk.config.places import config_file, make_private
from techdesk.config.problems import Problem
from techdesk.config.settings import ProfileSettings, Settings, load, parse
from techdesk.config.views import ViewSettings


def add_profile(profile: ProfileSettings, file: Path | None = None) -> Settings | tuple[Problem, ...]:
    """Append a profile to the settings file, comments and all else kept; the new settings, or what is wrong.

    The first profile becomes the default. Nothing is written unless the file as it would become can be read.
    """
    path = config_file() if file is None else file
    before = load(path)
    if not isinstance(before, Settings):
        return before
    if profile.name in before.profiles:
        remedy = "Choose another name with --profile, or change the file by hand."
        what = f"there is a profile '{profile.name}' already"
        return (Problem(file=str(path), line=0, what=what, remedy=remedy),)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not before.profiles and not before.default_profile:
        text = f"default_profile = {_quoted(profile.name)}\n" + ("\n" if text else "") + text
    text = text + ("" if not text or text.endswith("\n") else "\n") + "\n" + _section(profile)
    after = parse(text, str(path))
    if isinstance(after, Settings):
        write_private(path, text)
    return after


def add_view(view: ViewSettings, file: Path | None = None) -> Settings | tuple[Problem, ...]:
    """Append a view of the user's own to the settings file; the new settings, or what is wrong.

    Nothing is written unless the file as it would become can be read. Raises OSError.
    """
    path = config_file() if file is None else file
    before = load(path)
    if not isinstance(before, Settings):
        return before
    there = next((own for own in before.views if own.name == view.name), None)
    if there is not None:
        remedy = "Choose another name, or change it in the file."
        what = f"there is a view '{view.name}' already"
        return (Problem(file=str(path), line=there.line, what=what, remedy=remedy),)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [f"[views.{view.name}]", f"title = {_quoted(view.title)}", f"limit = {_quoted(view.limit)}"]
    if view.order != "urgency":
        lines.append(f"order = {_quoted(view.order)}")
    text += ("" if not text or text.endswith("\n") else "\n") + ("\n" if text else "")
    text += "\n".join(lines) + "\n"
    after = parse(text, str(path))
    if isinstance(after, Settings):
        write_private(path, text)
    return after


def save_token(path: Path, value: str) -> None:
    """Write a token where only its owner can read it; the folder is made 0700."""
    write_private(path, value + "\n")


def write_private(path: Path, text: str, *, follow: bool = True) -> None:
    """Write a file 0600, whole or not at all, in a folder that is made 0700. Raises OSError.

    A settings file may be a link into a folder of dot files: ``follow`` writes what it leads to. What is
    techdesk's own is never meant to be a link, and takes its place.
    """
    make_private(path.parent)
    if follow:
        path = path.resolve()
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _section(profile: ProfileSettings) -> str:
    lines = [f"[profiles.{profile.name}]", f"kind = {_quoted(profile.kind)}", f"url = {_quoted(profile.url)}"]
    if profile.token_command:
        lines.append(f"token_command = [{', '.join(_quoted(part) for part in profile.token_command)}]")
    if profile.token_file:
        lines.append(f"token_file = {_quoted(profile.token_file)}")
    if profile.read_only:
        lines.append("read_only = true")
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
