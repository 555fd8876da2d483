"""Names as somebody types them who has no such letters: without accents, and as German spells its umlauts.

SQLite's own LIKE knows upper and lower case of ASCII alone. Names that are all ASCII never come here.
"""

from __future__ import annotations

import unicodedata

from techdesk.store.driver import sqlite3

FOREIGN = "*[^ -~]*"
"""GLOB of a name with a letter outside ASCII."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})


def folded(text: str) -> str:
    """Small letters without their marks: ``SÜD`` is ``sud``.

    >>> folded("Čeněk Straße")
    'cenek strasse'
    """
    small = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in small if not unicodedata.combining(each)).translate(_LETTERS)


def spellings(text: str) -> str:
    """Both ways in which a name is typed, one after the other: ``sud sued``.

    >>> spellings("Süd")
    'sud sued'
    """
    composed = unicodedata.normalize("NFC", text.casefold())
    return f"{folded(text)} {folded(composed.translate(_UMLAUTS))}"


def teach(connection: sqlite3.Connection) -> None:
    """Let statements of this connection ask for ``spellings(name)``."""
    connection.create_function("spellings", 1, _spellings, deterministic=True)


def _spellings(name: object) -> str:
    return spellings(name) if isinstance(name, str) else ""
