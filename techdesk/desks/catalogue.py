"""Which kinds of help desk there are: the two of the house, and any that a site adds as an entry point.

The group is ``techdesk.desks``; a kind's name is the entry point's. Nothing is imported before it is asked
for: the house's own kinds are known without looking at the installed packages, which takes tens of ms.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from techdesk.desks.port import DeskKind, Failure, FailureKind, ServerClock

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import httpx

    from techdesk.desks.http import Http

GROUP = "techdesk.desks"
_BUILT_IN = {
    "native": ("techdesk.desks.native", "NativeDesk"),
    "rt": ("techdesk.desks.rt", "RequestTrackerDesk"),
}


class UnknownDesk(LookupError):
    """No such kind of desk, or its module cannot be loaded; ``str()`` is one sentence for people."""


class Found(Struct, frozen=True, kw_only=True):
    """What answers at an address."""

    kind: str
    product: str
    """The server's own words: ``techdesk demo desk``."""


def names() -> tuple[str, ...]:
    """Every kind's name, the house's own first. Imports no adapter."""
    return (*_BUILT_IN, *sorted(_foreign()))


def load(kind: str) -> DeskKind:
    """The adapter class of a kind. Raises ``UnknownDesk``."""
    if kind in _BUILT_IN:
        module, name = _BUILT_IN[kind]
        return cast("DeskKind", getattr(importlib.import_module(module), name))
    entry = _foreign().get(kind)
    if entry is None:
        raise UnknownDesk(f"There is no kind of help desk called {kind!r}; known are {', '.join(names())}.")
    try:
        return cast("DeskKind", entry.load())
    except Exception as error:  # whatever a stranger's module does wrong, say whose it is
        raise UnknownDesk(f"The help desk adapter {entry.value} cannot be loaded: {error!r}.") from error


_PASSING = (FailureKind.THROTTLED, FailureKind.SERVER_ERROR)
"""What a server answers for a while, whatever it is: the other kind is still asked for."""


async def probe(
    url: str,
    clock: ServerClock,
    *,
    allow_http: bool = False,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Found | Failure:
    """Which of the house's kinds answers at a URL; asks without a token.

    Raises ``UnusableAddress`` for an address that must not be spoken to. The first failure of the network
    ends it: where nobody answers one kind, nobody answers another.
    """
    from techdesk.desks.http import Http

    http = Http(url, {"Accept": "application/json"}, clock, allow_http=allow_http, transport=transport)
    try:
        trouble: Failure | None = None
        for kind, recognise in (("native", _recognise_native), ("rt", _recognise_rt)):
            answer = await recognise(http)
            if isinstance(answer, Failure) and answer.kind in _PASSING:
                trouble = trouble or answer
            elif isinstance(answer, Failure):
                return answer
            elif answer is not None:
                return Found(kind=kind, product=answer)
        neither = "neither the techdesk API nor Request Tracker 5"
        return trouble or Failure(kind=FailureKind.NOT_A_DESK, detail=neither)
    finally:
        await http.close()


async def _recognise_native(http: Http) -> str | Failure | None:
    from techdesk.desks.native import recognise

    return await recognise(http)


async def _recognise_rt(http: Http) -> str | Failure | None:
    """RT's REST2 refuses a request without a token with 401 and a JSON ``message`` (DESKS, RT quirk 13)."""
    response = await http.request("GET", "/REST/2.0/rt", deadline=10.0)
    if isinstance(response, Failure):
        return None if response.kind in (FailureKind.REDIRECTED, FailureKind.TOO_LARGE) else response
    if response.is_trouble:
        return http.failure_of(response)
    if not response.is_json or response.status not in (200, 401):
        return None
    answer = http.decoded(response, dict[str, object])
    if isinstance(answer, Failure):
        return None
    if response.status == 401:
        return "Request Tracker" if isinstance(answer.get("message"), str) else None
    version = answer.get("Version")
    return f"Request Tracker {http.redacted(version)}" if isinstance(version, str) else None


def _foreign() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=GROUP) if entry.name not in _BUILT_IN}
