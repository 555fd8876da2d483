"""Text that strangers wrote, made safe for a terminal.

A ticket's subject may hold anything. What ``safe_text`` returns is made of printable cells only: no escape or
control character, nothing that turns the direction of reading around, no invisible character that makes two
texts look alike, no pile of combining marks. The database keeps what the desk sent; this runs when a text
leaves the store for a screen, an export, a log or the search index (SYNC section 6).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

REPLACEMENT = "�"
MAX_COMBINING = 4
"""Combining marks kept on one base character; a pile of two hundred paints over its neighbours."""
TAB_WIDTH = 4

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = (
    "\u00ad\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_TAGS = "\U000e0000-\U000e0fff"
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_SURROGATE = "\ud800-\udfff"
_BREAKS = "\u2028\u2029\x0b\x0c\x85"
_FILLERS = "\u115f\u1160\u3164\uffa0"  # Hangul fillers: blank, but count as letters

_NEWLINES = re.compile(f"\r\n|[\r{_BREAKS}]")
_HARMFUL = re.compile(f"[{_CONTROL}{_BIDI}{_TAGS}{_INVISIBLE}{_SURROGATE}{_FILLERS}\t\n]")
_KEEP_LINES = re.compile(f"[{_CONTROL}{_BIDI}{_TAGS}{_INVISIBLE}{_SURROGATE}{_FILLERS}\t]")
_NO_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029{_BIDI}{_TAGS}{_INVISIBLE}{_SURROGATE}{_FILLERS}]")
_DROPPED = re.compile(f"[{_INVISIBLE}{_FILLERS}]")
_MAYBE_MARK = re.compile("[^\x00-\u02ff]")


def _replace(match: re.Match[str]) -> str:
    character = match.group()
    if character == "\n":
        return " "
    if character == "\t":
        return " " * TAB_WIDTH
    # A zero-width character is dropped: a mark in its place would break words of scripts that are full of
    # them. The rest (control, direction, tag) has no business in a text, and the reader should see that.
    return "" if _DROPPED.match(character) else REPLACEMENT


def _cap_marks(text: str) -> str:
    if not _MAYBE_MARK.search(text):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            if marks > MAX_COMBINING:
                continue
        else:
            marks = 0
        kept.append(character)
    return "".join(kept)


def safe_text(text: str, limit: int = 3000) -> str:
    """One line of printable cells, at most ``limit`` characters, an ellipsis where it was cut.

    >>> safe_text("\\x1b]52;c;aGk=\\x07 hi")
    '�]52;c;aGk=� hi'
    """
    cut = len(text) > limit
    if cut:
        text = text[: limit - 1]
    if text.isascii() and text.isprintable():
        return text + "…" if cut else text
    text = _cap_marks(_HARMFUL.sub(_replace, _NEWLINES.sub(" ", text)))
    return text + "…" if cut else text


def safe_lines(text: str, limit: int = 1_000_000) -> str:
    """The same for a body of several lines: line breaks are kept, as newlines."""
    cut = len(text) > limit
    if cut:
        text = text[: limit - 1]
    text = _cap_marks(_KEEP_LINES.sub(_replace, _NEWLINES.sub("\n", text)))
    return text + "…" if cut else text


def plain_json(text: str) -> str:
    """JSON of the same meaning in which whatever ``safe_lines`` would not let through is escaped.

    >>> plain_json('["\\u202e"]')
    '["\\\\u202e"]'
    """
    if text.isascii() and "\x7f" not in text:  # every other control character is escaped by JSON itself
        return text
    return _NO_JSON.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def storable(text: str, limit: int) -> str:
    """What may go into the database: lone surrogates replaced (SQLite refuses them), length capped."""
    if len(text) > limit:
        text = text[:limit]
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and re.search(f"[{_SURROGATE}]", text) is not None


DOTS = "•" * 6
"""In the place of a secret, whatever its length."""
_PASSWORD = re.compile(
    r"(?i)\b(?:pass(?:word|wd|phrase|code)|pwd|passwor[dt]|kennwort)\s*[:=]\s*(?P<secret>[^\s•]\S*)"
)


def without_passwords(text: str) -> str:
    """A text with dots in the place of what it calls a password."""
    if ":" not in text and "=" not in text:
        return text
    return _PASSWORD.sub(lambda found: found[0][: found.start("secret") - found.start()] + DOTS, text)


def minutes_words(minutes: int) -> str:
    """``25 min``, ``1 h 30 min``."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    parts += [f"{rest} min"] if rest or not hours else []
    return " ".join(parts)


def zone_name(moment: datetime) -> str:
    """What the zone of a local time is called: ``CET``; ``+05:30`` where it has no letters."""
    name = moment.tzname() or ""
    if name[:1].isalpha():
        return name
    offset = moment.strftime("%z")
    return f"{offset[:3]}:{offset[3:5]}"
