"""``connect`` and ``sync``: who we are at a desk before anything is saved, and one round on request."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec

from techdesk.config import (
    ENVIRONMENT,
    NoToken,
    ProfileSettings,
    Settings,
    add_profile,
    find_token,
    save_token,
)
from techdesk.config.places import DEMO
from techdesk.config.settings import PROFILE_NAME, address_problem
from techdesk.verbs.adapter import desk_of
from techdesk.verbs.options import choices, common, seconds
from techdesk.verbs.session import need_session, settings_or_fail
from techdesk.verbs.speech import Exit, Failed, as_json, data, may_ask, say

if TYPE_CHECKING:
    from techdesk.desks.port import Account, Capabilities, Failure, ServerClock

PROMISES = {
    "A": "never lost, never doubled, never overwrites what you have not seen",
    "B": "never lost, never doubled; a field may be overwritten within a moment, and it is reported",
    "C": "never lost, fields never overwritten unseen; a comment can double if the network repeats it",
    "D": "never lost; a field may be overwritten within a moment, and it is reported; a comment can double",
}
"""What each guarantee class means, in words (SYNC section 1)."""


@click.command()
@common
@click.argument("url")
@click.option(
    "--kind", metavar="KIND", help="native or rt (or one that is installed); found out if left out."
)
@click.option(
    "--token-command", metavar="COMMAND", help="A program that prints the token, kept in the profile."
)
@click.option("--yes", is_flag=True, help="Save without asking.")
def connect(url: str, kind: str | None, token_command: str | None, yes: bool) -> None:
    """Connect to the help desk at URL, and keep the connection as a profile.

    The token is taken from the sources of docs/settings.md, else asked for; without a terminal it is read
    from the first line of standard input. It is never an argument. Nothing is saved before the desk has said
    who you are.
    """
    connect_to(url, choices().profile, kind=kind, token_command=token_command, yes=yes)


def connect_to(
    url: str,
    name: str = "",
    *,
    kind: str | None = None,
    token_command: str | None = None,
    yes: bool = False,
) -> str:
    """Connect, tell who we are, ask, save; the profile's name. Raises ``Failed``, with nothing saved."""
    problem = address_problem(url)
    if problem:
        raise Failed(Exit.USAGE, f"The address {problem}.")
    settings = settings_or_fail()
    name = name or _name_for(url)
    existing = _existing(settings, name, url)
    if existing is not None and kind is not None and kind != existing.kind:
        words = f"Profile '{name}' is kept as kind '{existing.kind}', not '{kind}'."
        raise Failed(Exit.USAGE, words, "Leave --kind out, or choose another name with --profile.")
    clock = _LocalClock()
    command = tuple(shlex.split(token_command)) if token_command else ()
    profile = existing or ProfileSettings(
        name=name, kind=kind or _kind_at(url, clock), url=url, token_command=command
    )
    token, asked = _token(profile)
    account, capabilities = _who_am_i(profile, clock, token)
    _tell(account, capabilities, profile)
    if not yes:
        if not may_ask():
            raise Failed(Exit.REFUSED, "Nothing was saved.", "--yes saves it without asking.")
        if not click.confirm(f"Save this as profile '{name}'?", default=False, err=True):
            raise Failed(Exit.REFUSED, "Nothing was saved.")
    _save(profile, token if asked else "", is_new=existing is None)
    default = settings.default_profile or name
    how = "'techdesk'" if default == name else f"'techdesk --profile {name}'"
    say(f"saved as profile '{name}'. {how} opens the queue.")
    return name


def check(url: str, kind: str, token: str) -> str:
    """Who this token is at a desk, in words for people; saves nothing. Raises ``Failed``."""
    from techdesk.text import safe_text

    problem = address_problem(url)
    if problem:
        raise Failed(Exit.USAGE, f"The address {problem}.")
    profile = ProfileSettings(name=_name_for(url), kind=kind, url=url)
    account, capabilities = _who_am_i(profile, _LocalClock(), token)
    person = safe_text(account.person.name or account.person.id)
    return f"{person} at {safe_text(account.product)}, class {capabilities.guarantee.value}"


def keep(url: str, kind: str, token: str, name: str = "") -> str:
    """Save a connection that was checked, and its token; the profile's name. Raises ``Failed``."""
    name = name or _name_for(url)
    existing = _existing(settings_or_fail(), name, url)
    profile = existing or ProfileSettings(name=name, kind=kind, url=url)
    _save(profile, token, is_new=existing is None)
    return name


def _existing(settings: Settings, name: str, url: str) -> ProfileSettings | None:
    """The profile of that name if it is the same connection; None if there is none."""
    if not PROFILE_NAME.fullmatch(name) or name == DEMO:
        words = f"'{name}' cannot be the name of a profile."
        raise Failed(Exit.USAGE, words, "Use letters, digits, - and _ with --profile.")
    existing = settings.profiles.get(name)
    if existing is not None and existing.url.rstrip("/") != url.rstrip("/"):
        words = f"Profile '{name}' is another connection ({existing.url})."
        raise Failed(Exit.ERROR, words, "Choose another name with --profile.")
    return existing


def _name_for(url: str) -> str:
    """A profile's name from the host: ``rt`` for rt.example.com, ``desk-8080`` for a port of this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    label = "local" if host in ("localhost", "::1") or host.replace(".", "").isdigit() else host.split(".")[0]
    name = f"{label}-{parts.port}" if parts.port else label
    kept = "".join(each for each in name if each.isascii() and (each.isalnum() or each == "-"))
    return kept.strip("-")[:40] or "desk"


def _kind_at(url: str, clock: ServerClock) -> str:
    from techdesk.desks.catalogue import probe
    from techdesk.desks.port import Failure, FailureKind

    try:
        found = asyncio.run(probe(url, clock))
    except ValueError as error:
        raise Failed(Exit.USAGE, str(error)) from None
    if isinstance(found, Failure):
        known = found.kind is not FailureKind.NOT_A_DESK
        raise _failed(
            found, "Nothing was saved." if known else "Name it with --kind, if you know what it is."
        )
    say(f"found: {found.product} ({found.kind})")
    return found.kind


def _token(profile: ProfileSettings) -> tuple[str, bool]:
    """The token, and whether a person gave it just now (and so wants it kept)."""
    found = find_token(profile)
    if not isinstance(found, NoToken):
        say(f"token from {found.source}")
        if found.source == ENVIRONMENT:
            say(
                f"the token is not stored: techdesk needs {ENVIRONMENT} at each start. To keep it, unset that"
                f" and connect again: it is asked for, and kept in {profile.token_at}."
            )
        return found.value, False
    if not found.missing:
        raise Failed(Exit.TOKEN, f"{found.words}.", found.remedy)
    if may_ask():
        given = click.prompt("Token (not shown)", hide_input=True, err=True, default="", show_default=False)
    else:
        given = sys.stdin.readline()
    given = given.strip()
    if not given or not given.isascii() or not given.isprintable() or " " in given:
        raise Failed(Exit.TOKEN, "That is no token.", "A token is one line of letters, digits and signs.")
    return given, True


def _who_am_i(profile: ProfileSettings, clock: ServerClock, token: str) -> tuple[Account, Capabilities]:
    from techdesk.desks.port import Failure

    try:
        desk = desk_of(profile, clock, token)
    except (LookupError, ValueError) as error:
        raise Failed(Exit.USAGE, str(error)) from None

    async def ask() -> Account | Failure:
        try:
            return await desk.who_am_i()
        finally:
            await desk.close()

    answer = asyncio.run(ask())
    if isinstance(answer, Failure):
        raise _failed(answer, "Nothing was saved.")
    return answer, desk.capabilities


def _failed(failure: Failure, remedy: str) -> Failed:
    from techdesk.verbs.asking import status_of

    return Failed(status_of(failure), failure.words, remedy)


def _tell(account: Account, capabilities: Capabilities, profile: ProfileSettings) -> None:
    from techdesk.text import safe_text

    person = account.person
    email = f" <{safe_text(person.email)}>" if person.email else ""
    guarantee = capabilities.guarantee.value
    data(f"You are:    {safe_text(person.name or person.id)}{email}")
    data(f"Help desk:  {safe_text(account.product)} at {profile.url} ({profile.kind})")
    data(f"Guarantee:  class {guarantee}: {PROMISES[guarantee]}")


def _save(profile: ProfileSettings, token: str, *, is_new: bool) -> None:
    try:
        if token:
            save_token(profile.token_at, token)
        if is_new:
            saved = add_profile(profile)
            if not isinstance(saved, Settings):
                raise Failed(Exit.ERROR, "; ".join(problem.words for problem in saved))
    except OSError as error:
        raise Failed(
            Exit.ERROR, f"{error.filename or Path.cwd()} cannot be written: {error.strerror}."
        ) from None


class _LocalClock:
    """Hears the server's time and forgets it: before there is a profile, nothing counts down."""

    def local(self) -> float:
        from techdesk.clock import SystemClock

        return SystemClock().local()

    def observe(self, sent: float, received: float, date: float, resolution: float = 1.0) -> None:
        return None


@click.command()
@common
@click.option("--wait", type=seconds, default=600.0, show_default=True, help="Seconds, for a first pull too.")
@click.option("--json", "json_", is_flag=True, help="The state as one JSON object.")
def sync(wait: float, json_: bool) -> None:
    """Send what waits and fetch what changed, once."""
    from techdesk.verbs.waiting import round_of

    with need_session(choices()) as session:
        if session.offline:
            raise Failed(Exit.USAGE, "--offline and sync exclude one another.")
        session.workbench.follow_policies().result()
        state = round_of(session, wait)
        counted = session.reader.counters(me=state.account_id, now=session.clock.now())
        if json_:
            data(as_json(msgspec.structs.asdict(state)))
        left = f", {counted.outbox} still to send" if counted.outbox else ""
        decide = f", {counted.attention} to decide in the outbox" if counted.attention else ""
        unread = len(session.reader.quarantine())
        strange = f"; {unread} not readable, see 'techdesk doctor'" if unread else ""
        product = state.product or session.profile.url
        say(f"in step with {product}: {counted.active} open{left}{decide}{strange}.")
