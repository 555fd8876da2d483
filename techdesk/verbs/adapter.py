"""The adapter of a profile's help desk, and the token that it is let in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from techdesk.config.places import DEMO
from techdesk.config.settings import ProfileSettings
from techdesk.verbs.demo_place import NO_DEMO
from techdesk.verbs.speech import Exit

if TYPE_CHECKING:
    from techdesk.desks.port import HelpDesk, ServerClock


class CannotConnect(LookupError):
    """There is nobody to connect to, or no token; ``str()`` is for people, without a full stop."""

    def __init__(self, status: Exit, words: str) -> None:
        super().__init__(words)
        self.status = status


def token_of(profile: ProfileSettings) -> str:
    """The token of a profile. Raises ``CannotConnect``."""
    from techdesk.config.secrets import NoToken, find_token

    if not profile.url and profile.name == DEMO:
        raise CannotConnect(Exit.UNREACHABLE, NO_DEMO)
    found = find_token(profile)
    if isinstance(found, NoToken):
        raise CannotConnect(Exit.TOKEN, f"{found.words}. {found.remedy}".rstrip("."))
    return found.value


def desk_of(profile: ProfileSettings, clock: ServerClock, token: str) -> HelpDesk:
    """The adapter of a profile. Raises LookupError (no such kind) or ValueError (address, options)."""
    from techdesk.desks.catalogue import load as load_kind
    from techdesk.desks.port import Connection

    kind = load_kind(profile.kind)
    desk = kind(Connection(url=profile.url, token=token, options=profile.options), clock)
    if profile.poll_seconds is not None:
        desk.capabilities = msgspec.structs.replace(desk.capabilities, poll_seconds=profile.poll_seconds)
    if profile.bulk_per_minute is not None:
        desk.capabilities = msgspec.structs.replace(
            desk.capabilities, bulk_per_minute=profile.bulk_per_minute
        )
    return desk
