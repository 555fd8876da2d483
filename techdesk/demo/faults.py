"""Fault switches, so that every failure of a help desk can be rehearsed and tested."""

from __future__ import annotations

from msgspec import Struct, structs


class FailNext(Struct, frozen=True, forbid_unknown_fields=True):
    """The next ``count`` requests fail with ``status``, without any effect."""

    status: int
    count: int = 1
    writes_only: bool = False
    retry_after: int | None = None
    """Seconds; sent as the Retry-After header."""


class Throttle(Struct, frozen=True, forbid_unknown_fields=True):
    """The next ``count`` requests get 429 with Retry-After."""

    retry_after: int = 2
    count: int = 1


class Act(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a colleague or a customer does, at once."""

    kind: str
    """``update``, ``reply``, ``note``, ``customer``, ``auto_reply``, ``create``, ``merge`` or ``delete``."""
    ticket: str = ""
    actor: str = "ravi"
    sets: dict[str, str | int | bool | list[str] | None] = {}
    text: str = ""
    into: str = ""
    """Merge only: id of the ticket that stays."""


class Control(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /_control``: what is left out stays as it is."""

    skew_seconds: float | None = None
    fail_next: FailNext | None = None
    throttle: Throttle | int | None = None
    drop_answers: int | None = None
    """Answers of the next so many writes break off after they had their effect."""
    latency_ms: int | None = None
    forbid_tickets: list[str] | None = None
    expire_cursors: bool = False
    new_epoch: bool = False
    act: Act | None = None


class Faults:
    """What is switched on at the moment. Kept in memory: a restart clears it."""

    def __init__(self) -> None:
        self.latency_ms = 0
        self.drop_answers = 0
        self.forbidden: frozenset[str] = frozenset()
        self._fail: FailNext | None = None
        self._throttle: Throttle | None = None

    def apply(self, control: Control) -> None:
        """Set the switches that ``control`` names."""
        if control.latency_ms is not None:
            self.latency_ms = control.latency_ms
        if control.drop_answers is not None:
            self.drop_answers = control.drop_answers
        if control.forbid_tickets is not None:
            self.forbidden = frozenset(control.forbid_tickets)
        if control.fail_next is not None:
            self._fail = control.fail_next
        if control.throttle is not None:
            given = control.throttle
            self._throttle = Throttle(retry_after=given) if isinstance(given, int) else given

    def next_refusal(self, *, write: bool) -> FailNext | None:
        """The refusal that this request gets, counted down; None lets it through."""
        if self._throttle is not None and self._throttle.count > 0:
            self._throttle = structs.replace(self._throttle, count=self._throttle.count - 1)
            return FailNext(429, retry_after=self._throttle.retry_after)
        if self._fail is not None and self._fail.count > 0 and (write or not self._fail.writes_only):
            self._fail = structs.replace(self._fail, count=self._fail.count - 1)
            return self._fail
        return None

    def take_drop(self) -> bool:
        """Whether the answer of this write is to break off."""
        if self.drop_answers <= 0:
            return False
        self.drop_answers -= 1
        return True
