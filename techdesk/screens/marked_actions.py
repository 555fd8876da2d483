"""Actions on many tickets: what is to be chosen is asked once, then a preview shows what would happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from techdesk.actions.registry import Action
from techdesk.model import Role, Status
from techdesk.screens.marking import AT_ONCE, Marking, counted
from techdesk.screens.ticket_actions import STATUSES

if TYPE_CHECKING:
    from techdesk.screens.pick import Choice

Choices = Callable[["MarkedActions"], "list[Choice]"]


class MarkedActions(Marking):
    """A list whose marks get what a key asks for."""

    def act_on_marks(self, act: Action) -> bool:
        marks = self.marks
        if not marks or not act.changes or not act.id.startswith("ticket.") or act.id == "ticket.new":
            return False
        only = marks.keys()[0] if len(marks) == 1 else None
        if act.id not in _VALUES:
            if only is not None:
                return False  # its dialog names the ticket
            self.say(
                f"{len(marks):,} tickets are marked, and this is done to one at a time: "
                f"{self.key_of_action('list.open')} opens the one under the cursor, "
                f"{self.key_of_action('marks.none')} takes the marks off.",
                severity="warning",
            )
            return True
        if only is not None and only == self.table.cursor_key:
            return False
        self._ask_value(act)
        return True

    def _ask_value(self, act: Action) -> None:
        from techdesk.screens.pick import Pick
        from techdesk.screens.tagging import tags_chosen

        choices = _VALUES[act.id]
        if choices is None:
            self._open_bulk(act, {})
            return

        def chosen(choice: str | None) -> None:
            if choice is None:
                self.say("Nothing was changed.")
            elif act.id == "ticket.tag":
                added, removed = tags_chosen(choice)
                self._open_bulk(act, {"add": added, "remove": removed})
            else:
                self._open_bulk(act, _VALUE[act.id](choice))

        title = f"{act.title}: {counted(len(self.marks), 'marked ticket')}"
        if act.id == "ticket.tag":
            from techdesk.screens.tagging import tags_for_many

            self.app.push_screen(tags_for_many(title, self.workbench.reader.tags()), chosen)
        else:
            typed = act.id == "ticket.assign"
            self.app.push_screen(Pick(title, choices(self), typed=typed), chosen)

    def _open_bulk(self, act: Action, values: dict[str, Any]) -> None:
        """The targets are those of now; very many are gathered in the reading thread."""
        marks = self.marks
        if len(marks) <= AT_ONCE:
            self.desk.open_bulk(act.id, self.targets().keys, values)
            return
        self.read(
            "targets",
            lambda reader: tuple(marks.keys()),
            lambda keys: self.desk.open_bulk(act.id, keys, values),
            self._not_marked,
        )


def _people(screen: MarkedActions) -> list[Choice]:
    from techdesk.screens.pick import Choice

    me = screen.workbench.me.id
    people = screen.workbench.reader.people(Role.TECHNICIAN)
    found = [
        Choice(id=p.id, label=f"{p.name} (you)" if p.id == me else p.name, detail=p.email) for p in people
    ]
    return [*found, Choice(id="", label="Nobody", detail="back to the unassigned")]


def _priorities(screen: MarkedActions) -> list[Choice]:
    from techdesk.screens.pick import Choice

    return [
        Choice(id=str(level), label=f"Priority {level}", hint_key=str(level), detail=detail)
        for level, detail in enumerate(("the most urgent", "", "", "", "the least urgent"), 1)
    ]


def _statuses(screen: MarkedActions) -> list[Choice]:
    from techdesk.screens.pick import Choice

    return [Choice(id=s.value, label=label, detail=detail, hint_key=k) for s, k, label, detail in STATUSES]


def _none(screen: MarkedActions) -> list[Choice]:
    return []


_VALUES: dict[str, Choices | None] = {
    "ticket.take": None,
    "ticket.assign": _people,
    "ticket.priority": _priorities,
    "ticket.raise": None,
    "ticket.lower": None,
    "ticket.status": _statuses,
    "ticket.tag": _none,
    "ticket.resolve": None,
    "ticket.close": None,
}
"""What a bulk preview is made for, and what is to be chosen before; None for nothing."""
_VALUE: dict[str, Callable[[str], dict[str, Any]]] = {
    "ticket.assign": lambda choice: {"owner": choice},
    "ticket.priority": lambda choice: {"priority": int(choice)},
    "ticket.status": lambda choice: {"status": Status(choice)},
}
