"""The line that says whether what is shown can be trusted: sync, data age, outbox, conflicts, clock skew.

What a key press had to say takes its left part for a while; what waits in the outbox, and what was refused,
stays at the right all the time.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len
from textual.timer import Timer

from techdesk.clock import skew_words
from techdesk.model import Instant
from techdesk.progress import bar, catching_up_words, pull_words
from techdesk.store.rows import OF_THE_FILE, SyncPhase, SyncState
from techdesk.widgets.notice import GLYPHS
from techdesk.widgets.one_line import OneLine, Piece, fitted, spread

_BAR = 10
"""Cells of the bar of a first pull."""
SAID_FOR = 8.0
"""Seconds for which a report stays; a warning or a failure stays until the next key."""
_STOPPED = {
    f"{OF_THE_FILE}full": "DISK FULL",
    f"{OF_THE_FILE}damaged": "CACHE DAMAGED",
    f"{OF_THE_FILE}locked": "CACHE LOCKED",
    f"{OF_THE_FILE}not_writable": "NOT WRITABLE",
    "other_desk": "OTHER DESK",
    "other_account": "OTHER ACCOUNT",
    "not_a_desk": "NO HELP DESK",
    "not_set_up": "NOT SET UP",
    "not_there": "OFFLINE",
    "redirected": "DESK MOVED",
    "tls": "NOT TRUSTED",
    "server_error": "DESK ERROR",
    "throttled": "DESK BUSY",
}
"""What happened that stops sync, by ``SyncState.trouble``; what is not named here is ``SYNC FAILED``."""


class Facts(Struct, frozen=True, kw_only=True):
    """What the bar is made from."""

    state: SyncState
    now: Instant
    outbox: int = 0
    outbox_left: str = ""
    """How long it takes to send that much: ``20 s left``; empty where it is little, or nobody can tell."""
    conflicts: int = 0
    refused: int = 0
    key: str = ""
    """The key that shows what has to be decided."""
    scope: str = ""
    """``active + 90 d closed``."""
    connected: bool = True
    """Whether this process syncs at all (not so with ``--offline``)."""
    read_only: bool = False
    still: str = ""
    """Why nothing is sent or fetched from here, in a word: ``READ-ONLY``, ``OFFLINE``; empty where it is."""
    followed: bool = False
    """Whether another process of this profile does the syncing."""
    bulk: str = ""
    """How far a bulk run has come: ``BULK 120/250, 40 s left``."""


def age_words(seconds: int) -> str:
    """Age of the data in steps, so that the bar is repainted six times a minute at most."""
    if seconds < 60:
        return f"{max(0, seconds) // 10 * 10}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86_400:
        return f"{seconds // 3600}h {seconds % 3600 // 60}m"
    return f"{seconds // 86_400}d"


def wait_words(seconds: int) -> str:
    """Time until something happens, in the same steps; seconds are rounded up: ``10s``, never ``0s``."""
    return age_words(max(10, -(-seconds // 10) * 10) if seconds < 60 else seconds)


def is_stale(state: SyncState, now: Instant) -> bool:
    """Whether the data is older than two intervals of polling, so that countdowns may be wrong (UX 8.2)."""
    return state.last_sync is not None and now - state.last_sync > 2 * state.poll_seconds + 1


def connection(facts: Facts) -> list[Piece]:
    """The state of the connection in a few words; the first piece carries the verdict."""
    state, now = facts.state, facts.now
    age = "" if state.last_sync is None else age_words(now - state.last_sync)
    if facts.still:  # what sync said last was another time's, or is another process's
        return [(facts.still, "status-bar--bad"), (f" data {age} old" if age else " never synced", "")]
    match state.phase:
        case SyncPhase.AUTH:
            return [("AUTH token refused", "status-bar--bad"), (f" data {age} old" if age else "", "")]
        case SyncPhase.FIRST_PULL:
            drawn = f" {bar(state.done / state.total, _BAR)}" if state.total else ""
            words = pull_words(state.done, state.total, state.rate)
            return [("FIRST PULL", "status-bar--busy"), (f"{drawn} {words}", "")]
        case SyncPhase.OFFLINE | SyncPhase.ERROR:
            word = "OFFLINE" if state.phase is SyncPhase.OFFLINE else "SYNC FAILED"
            word = _STOPPED.get(state.trouble, word)
            since = f" data {age} old" if age else " never synced"
            retry = ""
            if state.next_try is not None and state.next_try > now:
                retry = f" next try {wait_words(state.next_try - now)}"
            return [(word, "status-bar--bad"), (since + retry, "")]
        case SyncPhase.NEVER:
            return [("NOT SYNCED", "status-bar--bad" if facts.connected else "status-bar--quiet")]
        case _:
            pass
    if state.phase is SyncPhase.PULLING and state.done:
        words = catching_up_words(state.done, state.total, state.rate)
        return [("SYNCING", "status-bar--busy"), (f" {words}", "")]
    if is_stale(state, now) and state.phase is SyncPhase.PULLING:
        # Back after a while: the outbox counts down beside it, so it is no failure that the data are old.
        return [("SYNCING", "status-bar--busy"), (f" data {age} old", "")]
    if is_stale(state, now):
        return [("SYNC OLD", "status-bar--bad"), (f" data {age} old", "")]
    verdict = "SYNC" if state.phase is SyncPhase.PULLING else "SYNC ok"
    return [(verdict, "status-bar--good"), (f" {age}" if age else "", "status-bar--quiet")]


def waiting(facts: Facts, *, key: bool = True) -> list[list[Piece]]:
    """What has not reached the desk, and what needs a person: that in a colour of its own, with the key."""
    parts: list[list[Piece]] = []
    if facts.bulk:
        parts.append([(facts.bulk, "status-bar--busy")])
    elif facts.outbox:
        left = f", {facts.outbox_left}" if facts.outbox_left else ""
        parts.append([(f"OUTBOX {facts.outbox}{left}", "status-bar--busy")])
    alerts = [("CONFLICT", facts.conflicts), ("REFUSED", facts.refused)]
    words = "  ".join(f"{word} {count}" for word, count in alerts if count)
    if words:
        shows = [(f" {facts.key} shows", "status-bar--bad")] if key and facts.key else []
        parts.append([(f" {words} ", "status-bar--alert"), *shows])
    return parts


def status_pieces(facts: Facts, width: int) -> list[Piece]:
    """The whole bar for a width: what matters most first, and what does not fit is left out from the end."""
    state = facts.state
    parts: list[list[Piece]] = [connection(facts), *waiting(facts)]
    if facts.followed:
        parts.append([("another techdesk syncs", "status-bar--quiet")])
    if words := skew_words(state.offset):
        short = [[(f"SKEW {state.offset:+.0f}s", "status-bar--busy")]]
        whole = [[(words, "status-bar--busy")]]
        taken = 1 + sum(3 + _cells(part) for part in parts)
        parts += whole if taken + cell_len(words) <= width else short
    if facts.read_only and not facts.still:
        parts.append([("READ-ONLY", "status-bar--busy")])
    if facts.scope:
        parts.append([(facts.scope, "status-bar--quiet")])
    if state.guarantee:
        parts.append([(f"class {state.guarantee}", "status-bar--quiet")])
    out: list[Piece] = [(" ", "")]
    used = 1
    for part in parts:
        cells = _cells(part)
        if len(out) > 1:
            if used + 3 + cells > width:
                continue
            out.append(("   ", ""))
            used += 3
        out.extend(piece for piece in part if piece[0])
        used += cells
    return out


class StatusBar(OneLine):
    """Sync state, or the sentence that the last key press had to say."""

    COMPONENT_CLASSES = {
        "status-bar--good",
        "status-bar--bad",
        "status-bar--alert",
        "status-bar--busy",
        "status-bar--quiet",
        "status-bar--info",
        "status-bar--done",
        "status-bar--warning",
        "status-bar--error",
    }
    DEFAULT_CSS = """
    StatusBar { color: $foreground; }
    StatusBar > .status-bar--good { color: $success; }
    StatusBar > .status-bar--bad { color: $error; text-style: bold; }
    StatusBar > .status-bar--alert { color: $error; text-style: bold reverse; }
    StatusBar > .status-bar--busy { color: $warning; }
    StatusBar > .status-bar--quiet { text-style: dim; }
    StatusBar > .status-bar--info { text-style: bold; }
    StatusBar > .status-bar--done { color: $success; text-style: bold; }
    StatusBar > .status-bar--warning { color: $warning; text-style: bold; }
    StatusBar > .status-bar--error { color: $error; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._facts: Facts | None = None
        self._said: tuple[str, str] | None = None
        self._timer: Timer | None = None

    def show_facts(self, facts: Facts) -> None:
        """Show the connection's state."""
        self._facts = facts
        self.show([])

    def say(self, words: str, severity: str) -> None:
        """Show a sentence until ``unsay``; one that only reports goes by itself, before it is out of date."""
        self._said = (words, severity)
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if severity in ("info", "done"):
            self._timer = self.set_timer(SAID_FOR, self.unsay, name="said")
        self.show([])

    def unsay(self) -> None:
        """Show the whole state again."""
        if self._said is not None:
            self._said = None
            self.show([])

    @property
    def said(self) -> str:
        """The sentence on show; empty when there is none."""
        return "" if self._said is None else self._said[0]

    def room_for(self, words: str, *, queued: bool = False) -> bool:
        """Whether a sentence fits on this line; ``queued``: beside the count of what it tells of, too.

        The count comes when that is stored, a moment later, and would cut the end off: how to undo it.
        """
        beside = _cells(self._right(0))
        if queued:
            beside = max(beside, _FIRST_COUNT)
        return 3 + cell_len(words) + beside <= max(24, self.size.width)

    def laid_out(self, width: int) -> list[Piece]:
        if self._said is None:
            self._pieces = [] if self._facts is None else status_pieces(self._facts, width)
            return fitted(self._pieces, width)
        words, severity = self._said
        style = f"status-bar--{severity}"
        self._pieces = [(f" {GLYPHS[severity]} ", style), (words, style)]
        return spread(self._pieces, self._right(width - 3 - cell_len(words)), width)

    def _right(self, room: int) -> list[Piece]:
        """What stands beside a sentence: the counts always, the connection where there is room for it."""
        if self._facts is None:
            return []
        verdict = connection(self._facts)[:1]
        for parts in (
            [verdict, *waiting(self._facts)],
            waiting(self._facts),
            [verdict, *waiting(self._facts, key=False)],
        ):
            pieces = [piece for part in parts for piece in (("  ", ""), *part)]
            if pieces and _cells(pieces) + 1 <= room:
                return [*pieces, (" ", "")]
        pieces = [piece for part in waiting(self._facts, key=False) for piece in (("  ", ""), *part)]
        return [*pieces, (" ", "")] if pieces else []


_FIRST_COUNT = len("  OUTBOX 1 ")


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _ in pieces)
