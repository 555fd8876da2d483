"""A screen that is asked something and answers once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.screen import ModalScreen

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench

Answered = TypeVar("Answered")


class Dialog(ModalScreen[Answered]):
    """Base of everything that lies over a main screen and goes with an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._answered = False

    @property
    def workbench(self) -> Workbench:
        """Everything that this profile needs."""
        return cast("Workbench", cast("Any", self.app).workbench)

    @property
    def is_answered(self) -> bool:
        """Whether it has gone, or is going."""
        return self._answered

    def answer(self, result: Answered | None) -> None:
        """Go, with this result. Only the first answer counts.

        Textual delivers keys that were typed before the screen is gone, and a second ``dismiss`` would call
        the callback again: a reply would be sent twice.
        """
        if self._answered:
            return
        self._answered = True
        self.dismiss(result)
