"""Which tickets are marked: a compact set of local keys, and where it is kept.

A million tickets may be marked with two keys. So the set is kept as pages of bits, in memory and in the file:
asking for one key costs the same at any size, and two sets are joined page by page. What is written is the
difference, so that two techdesks on one profile do not take each other's marks away.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress, islice

from techdesk.store.driver import sqlite3

TABLE = "CREATE TABLE mark (page INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT"
_SHIFT = 12
_SIZE = 1 << _SHIFT
"""Keys of one page."""
_MASK = _SIZE - 1
_ONE = ord("1")
_BLOCK = 10_000
_DIGITS = bytes.maketrans(b"01", b"\0\1")


class MarkSet:
    """An immutable set of local keys."""

    __slots__ = ("_count", "_pages")

    def __init__(self, pages: Mapping[int, int] | None = None) -> None:
        self._pages = {} if pages is None else {page: bits for page, bits in pages.items() if bits}
        self._count = sum(bits.bit_count() for bits in self._pages.values())

    @classmethod
    def of(cls, keys: Iterable[int]) -> MarkSet:
        """The set of these keys, in any order."""
        flags: dict[int, bytearray] = {}
        for key in keys:
            page = flags.get(key >> _SHIFT)
            if page is None:
                page = flags[key >> _SHIFT] = bytearray(b"0" * _SIZE)
            page[_MASK - (key & _MASK)] = _ONE
        return cls({page: int(digits, 2) for page, digits in flags.items()})

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int) and bool(self._pages.get(key >> _SHIFT, 0) >> (key & _MASK) & 1)

    def __len__(self) -> int:
        return self._count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MarkSet) and self._pages == other._pages

    __hash__ = None  # type: ignore[assignment] # nobody needs it as a key, and it would be slow

    def __or__(self, other: MarkSet) -> MarkSet:
        pages = dict(self._pages)
        for page, bits in other._pages.items():
            pages[page] = pages.get(page, 0) | bits
        return MarkSet(pages)

    def __sub__(self, other: MarkSet) -> MarkSet:
        return MarkSet({page: bits & ~other._pages.get(page, 0) for page, bits in self._pages.items()})

    def __and__(self, other: MarkSet) -> MarkSet:
        return MarkSet({page: bits & other._pages.get(page, 0) for page, bits in self._pages.items()})

    def keys(self) -> array[int]:
        """The keys, ascending."""
        found = array("q")
        for page in sorted(self._pages):
            digits = f"{self._pages[page]:b}"[::-1].encode().translate(_DIGITS)
            found.extend(compress(range(page << _SHIFT, (page + 1) << _SHIFT), digits))
        return found

    def count_in(self, keys: Sequence[int]) -> int:
        """How many of ``keys`` are in the set. In blocks, so that a thread that asks lets others run."""
        if not self._count:
            return 0
        flags = {
            page: f"{bits:0{_SIZE}b}"[::-1].encode().translate(_DIGITS) for page, bits in self._pages.items()
        }
        none = bytes(_SIZE)
        rest = iter(keys)
        count = 0
        while block := list(islice(rest, _BLOCK)):
            count += sum(flags.get(key >> _SHIFT, none)[key & _MASK] for key in block)
        return count

    def pages(self) -> Iterator[tuple[int, int]]:
        """Number and bits of each page, for storing."""
        yield from self._pages.items()


def read(connection: sqlite3.Connection) -> MarkSet:
    """What is marked, by whichever techdesk on this profile."""
    rows = connection.execute("SELECT page, bits FROM mark")
    return MarkSet({page: int.from_bytes(bits, "little") for page, bits in rows})


def change(connection: sqlite3.Connection, marked: MarkSet, unmarked: MarkSet) -> None:
    """Mark some keys and unmark others, inside one transaction of the caller."""
    wanted, unwanted = dict(marked.pages()), dict(unmarked.pages())
    for page in {**wanted, **unwanted}:
        raw = connection.execute("SELECT bits FROM mark WHERE page = ?", (page,)).fetchone()
        old = 0 if raw is None else int.from_bytes(raw[0], "little")
        new = (old | wanted.get(page, 0)) & ~unwanted.get(page, 0)
        if not new:
            connection.execute("DELETE FROM mark WHERE page = ?", (page,))
        elif new != old:
            connection.execute(
                "INSERT INTO mark (page, bits) VALUES (?, ?)"
                " ON CONFLICT (page) DO UPDATE SET bits = excluded.bits",
                (page, new.to_bytes(_SIZE // 8, "little")),
            )
