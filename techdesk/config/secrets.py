"""Where a token comes from (SYNC section 5). It is never in an argument, an address, a log or the cache."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from techdesk.config.settings import ProfileSettings

ENVIRONMENT = "TECHDESK_TOKEN"
"""The variable that is looked at last."""
_COMMAND_SECONDS = 60


class Token(Struct, frozen=True, kw_only=True):
    """A token, and who gave it; never shown by ``repr``."""

    value: str
    source: str
    """For people: ``token file /home/...``, ``TECHDESK_TOKEN``."""

    def __repr__(self) -> str:
        return f"Token(source={self.source!r})"

    __str__ = __repr__


class NoToken(Struct, frozen=True, kw_only=True):
    """No token could be had; what went wrong and what to do."""

    words: str
    remedy: str
    missing: bool = False
    """True where no source is set up at all, so that asking for one is the thing to do."""


def find_token(profile: ProfileSettings, environ: Mapping[str, str] | None = None) -> Token | NoToken:
    """The token of a profile.

    Order: systemd credential, ``token_command``, keyring, token file, ``TECHDESK_TOKEN``. A source that is
    set up and fails ends the search: another token than the one meant would act as somebody else.
    """
    environment = os.environ if environ is None else environ
    for source in (_credential, _command, _keyring, _file):
        found = source(profile, environment)
        if found is not None:
            return found
    value = environment.get(ENVIRONMENT, "")
    if value:
        return _checked(value, ENVIRONMENT)
    return NoToken(
        words=f"There is no token for profile '{profile.name}'",
        remedy=f"Run techdesk connect {profile.url or 'URL'} --profile {profile.name}, which asks for it.",
        missing=True,
    )


def _checked(raw: str, source: str) -> Token | NoToken:
    value = raw.strip()
    if value and value.isascii() and value.isprintable() and " " not in value:
        return Token(value=value, source=source)
    words = f"{source} holds no token" if not value else f"{source} holds something that is no token"
    return NoToken(words=words, remedy="A token is one line of letters, digits and signs.")


def _credential(_: ProfileSettings, environment: Mapping[str, str]) -> Token | NoToken | None:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    path = Path(folder) / "techdesk-token"
    if not path.exists():
        return None
    try:
        return _checked(path.read_text(encoding="utf-8"), "systemd credential techdesk-token")
    except (OSError, UnicodeDecodeError) as error:
        return NoToken(
            words=f"The systemd credential cannot be read ({error})", remedy="See LoadCredential=."
        )


def _command(profile: ProfileSettings, _: Mapping[str, str]) -> Token | NoToken | None:
    if not profile.token_command:
        return None
    import subprocess

    program = profile.token_command[0]
    remedy = f"Try it in a shell: what {program} prints must be the token."
    try:
        # Neither its output nor its complaints are repeated: both may hold the secret.
        done = subprocess.run(
            profile.token_command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=False,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return NoToken(words=f"token_command {program} took over {_COMMAND_SECONDS} s", remedy=remedy)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its output is not text"
        return NoToken(words=f"token_command {program} cannot be run: {reason}", remedy=remedy)
    if done.returncode:
        return NoToken(words=f"token_command {program} ended with status {done.returncode}", remedy=remedy)
    return _checked(done.stdout.partition("\n")[0], f"token_command {program}")


def _keyring(profile: ProfileSettings, _: Mapping[str, str]) -> Token | NoToken | None:
    if not profile.keyring:
        return None
    try:
        import keyring
    except ImportError:
        return NoToken(
            words="keyring = true, but the keyring package is missing", remedy="Install techdesk[keyring]."
        )
    try:
        value = keyring.get_password("techdesk", profile.name)
    except Exception as error:  # noqa: BLE001 - every backend has errors of its own, D-Bus and dlopen ones among them
        words = f"The keyring cannot be asked ({type(error).__name__})"
        return NoToken(words=words, remedy="Unlock it, or use token_command or a token file.")
    return None if value is None else _checked(value, "keyring")


def _file(profile: ProfileSettings, _: Mapping[str, str]) -> Token | NoToken | None:
    path = profile.token_at
    try:
        with path.open(encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & 0o077:
                mode = stat.S_IMODE(status.st_mode)
                words = f"Token file {path} can be read by others (mode {mode:04o}), so it is not used"
                return NoToken(words=words, remedy=f"chmod 600 {path}, and think of a new token.")
            return _checked(file.read(65536), f"token file {path}")
    except FileNotFoundError:
        if not profile.token_file:
            return None
        return NoToken(words=f"Token file {path} does not exist", remedy="Write the token there, mode 0600.")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        return NoToken(
            words=f"Token file {path} cannot be read: {reason}", remedy="Make it yours, mode 0600."
        )
