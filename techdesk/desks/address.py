"""Addresses of help desks: which may be spoken to, and what counts as the same place."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urlsplit


class UnusableAddress(ValueError):
    """A base address that techdesk does not speak to; ``str()`` says why and what to do, for people."""


def quoted(segment: str) -> str:
    """An id as one path segment: no slash, query or dot segment of it survives."""
    text = quote(segment, safe="")
    return text.replace(".", "%2E") if set(text) <= {"."} else text


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_address(url: str, *, allow_http: bool = False) -> str:
    """The base address without a trailing slash.

    Raises ``UnusableAddress`` for anything but https, or http to this machine (anywhere with ``allow_http``),
    and for an address that holds a password, a query or a fragment.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UnusableAddress(f"The address cannot be read: {error}.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise UnusableAddress("The address needs a form like https://desk.example.org.")
    if parts.username is not None or parts.password is not None:
        raise UnusableAddress("The address must not hold a name or a password: give the token by itself.")
    if parts.query or parts.fragment:
        raise UnusableAddress("The address must not have a ? or # part.")
    if port == 0:
        raise UnusableAddress("The address needs a port other than 0.")
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise UnusableAddress(
            "Plain http would show the token to the network: use https, or set allow_http = true."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL; None if it has no http origin."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        return (parts.scheme, (parts.hostname or "").lower(), port) if parts.hostname and port else None
    except ValueError:
        return None


def shown_origin(url: str) -> str:
    """A URL's origin for people, without its path and query; empty if it has none."""
    origin = origin_of(url)
    return f"to {origin[0]}://{origin[1]}:{origin[2]}" if origin else ""
