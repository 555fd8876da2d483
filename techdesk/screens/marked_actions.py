"""Actions on many tickets: what is to be chosen is asked once, then a preview shows what would happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from techdesk.actions.registry import Action
from techdesk.model import Relation, Role, Status
from techdesk.rules.verdicts import Warn
from techdesk.screens.marking import AT_ONCE, Marking, counted
from techdesk.screens.ticket_actions import STATUSES

if TYPE_CHECKING:
    from techdesk.actions.grading import Level
    from techdesk.screens.pick import Pick
    from techdesk.sla.policy import Policy
    from techdesk.store.lists import Graded
    from techdesk.store.reader import Reader

    Go = Callable[[Mapping[str, Any]], None]
    """Goes on to the preview with the values that were asked for."""


class MarkedActions(Marking, layer=True):
    """A list whose marks get what a key asks for."""

    def act_on_marks(self, act: Action) -> bool:
        marks = self.marks
        if not marks or not act.changes or not act.id.startswith("ticket.") or act.id == "ticket.new":
            return False
        only = marks.keys()[0] if len(marks) == 1 else None
        if act.id not in _ASKS:
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
        ask = _ASKS[act.id]
        title = f"{act.title}: {counted(len(marks), 'marked ticket')}"
        if ask is None:
            self._open_bulk(act, {})
        else:
            ask(self, act, title)
        return True

    def pick(self, act: Action, picker: Pick, values: Callable[[str], dict[str, Any] | None]) -> None:
        """Ask, and go on to the preview; ``values``: None for what was no choice."""

        def chosen(choice: str | None) -> None:
            found = values(choice) if choice is not None else None
            if found is None:
                self.say("Nothing was changed.")
            else:
                self._open_bulk(act, found)

        self.app.push_screen(picker, chosen)

    def read_of_marks(self, group: str, work: Callable[[Reader], Any], done: Callable[[Any], None]) -> None:
        """Read what a picker shows; the keys that follow wait for it."""
        self.read(group, work, done, self._not_marked)

    def ask_grade(self, act: Action, title: str, values: dict[str, Any], policies: list[Policy]) -> None:
        """Who asked for a grade and why: once for all, where any of the policies wants to know."""
        from techdesk.actions.questions import asked_values, grade_form_for_many
        from techdesk.screens.form import FormDialog

        form = grade_form_for_many(title, policies)
        if form is None:
            self._open_bulk(act, values)
            return

        def answered(answers: dict[str, str] | None) -> None:
            if answers is None:
                self.say("Nothing was changed.")
            else:
                self._open_bulk(act, {**values, **asked_values(answers)})

        self.app.push_screen(FormDialog(form), answered)

    def ask_outside_team(
        self, act: Action, title: str, grades: Mapping[Graded, int], owner: str, values: dict[str, Any]
    ) -> None:
        """Why somebody owns what a team should (POLICIES DD4): once for all, where one of them wants it."""
        count, against = self.workbench.judging.outside_team(grades, owner)
        if not isinstance(against, Warn):
            self._open_bulk(act, values)
            return
        from techdesk.actions.because import with_reasons
        from techdesk.actions.questions import reason_form_for_many
        from techdesk.screens.form import FormDialog

        def answered(answers: dict[str, str] | None) -> None:
            if answers is None:
                self.say("Nothing was changed.")
            else:
                self._open_bulk(act, with_reasons(values, {"DD4": answers["because"]}))

        self.app.push_screen(FormDialog(reason_form_for_many(title, count, against.reason)), answered)

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


def _ask_owner(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.choosing import owner_choices
    from techdesk.screens.pick import Pick

    me, marks = screen.workbench.me.id, screen.marks

    def offer(found: Any) -> None:
        loads, grades = found
        people = screen.workbench.reader.people(Role.TECHNICIAN)
        bench = screen.workbench
        choices = owner_choices(
            people,
            loads,
            me=me,
            current="",
            queue="",
            customers=bench.customers,
            rota=bench.rota_read,
            now=bench.clock.now(),
            team=bench.judging.owning_team_of_many(grades),
        )
        owners = Pick(title, choices)

        def chosen(choice: str | None) -> None:
            if choice is None:
                screen.say("Nothing was changed.")
            else:
                screen.ask_outside_team(act, title, grades, choice, {"owner": choice})

        screen.app.push_screen(owners, chosen)

    screen.read_of_marks(
        "owners", lambda reader: (reader.owner_loads("", me), reader.grades_of(marks.keys())), offer
    )


def _ask_take(screen: MarkedActions, act: Action, title: str) -> None:
    me, marks = screen.workbench.me.id, screen.marks
    screen.read_of_marks(
        "grades",
        lambda reader: reader.grades_of(marks.keys()),
        lambda grades: screen.ask_outside_team(act, title, grades, me, {}),
    )


def _ask_queue(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.pickers import queue_picker

    def offer(loads: dict[str, int]) -> None:
        queues = screen.workbench.reader.queues()
        names = {queue.id: queue.name for queue in queues}
        picker = queue_picker(title, queues, loads)
        screen.pick(act, picker, lambda choice: {"queue": choice, "queue_name": names.get(choice, choice)})

    screen.read_of_marks("queues", lambda reader: reader.queue_loads(), offer)


def _with_policies(screen: MarkedActions, then: Callable[[list[Level], list[Policy]], None]) -> None:
    """What the marked tickets' policies call their grades."""
    from techdesk.actions.grading import levels_for_many
    from techdesk.actions.standing import policy_of

    book, marks = screen.workbench.book, screen.marks

    def take(counts: dict[str, int]) -> None:
        found = [(policy_of(book, name), count) for name, count in counts.items()]
        then(levels_for_many(found), [policy for policy, _ in found if policy is not None])

    screen.read_of_marks("policies", lambda reader: reader.policies_of(marks.keys()), take)


def _reach(fits: int, count: int) -> str:
    """That a level is none of every marked ticket's policy; not to be read as what they have now."""
    return "" if fits == count else f"only {fits:,} of the {count:,} can have it"


def _ask_level(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.pick import Choice, Pick

    count = len(screen.marks)

    def offer(levels: list[Level], policies: list[Policy]) -> None:
        choices = [
            Choice(
                id=str(each.level),
                label=each.label,
                hint_key=str(each.level) if each.level < 10 else "",
                detail=_reach(each.fits, count),
            )
            for each in levels
        ]
        labels = {str(each.level): each.label for each in levels}

        def chosen(choice: str | None) -> None:
            if choice is None:
                screen.say("Nothing was changed.")
                return
            values = {"level": int(choice), "label": labels[choice]}
            screen.ask_grade(act, f"{counted(count, 'ticket')}: {labels[choice]}", values, policies)

        screen.app.push_screen(Pick(title, choices, typed=False), chosen)

    _with_policies(screen, offer)


def _ask_step(screen: MarkedActions, act: Action, title: str) -> None:
    _with_policies(screen, lambda levels, policies: screen.ask_grade(act, title, {}, policies))


def _ask_status(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.pick import Choice, Pick

    choices = [Choice(id=s.value, label=label, detail=detail, hint_key=k) for s, k, label, detail in STATUSES]
    screen.pick(act, Pick(title, choices, typed=False), lambda choice: {"status": Status(choice)})


def _ask_tags(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.tagging import tags_chosen, tags_for_many

    def values(choice: str) -> dict[str, Any]:
        added, removed = tags_chosen(choice)
        return {"add": added, "remove": removed}

    screen.pick(act, tags_for_many(title, screen.workbench.reader.tags()), values)


def _ask_time(screen: MarkedActions, act: Action, title: str) -> None:
    """The same time on each of them (UX 3: one value a ticket)."""
    from techdesk.actions.fielding import time_typed
    from techdesk.screens.pickers import time_picker

    def values(line: str) -> dict[str, Any] | None:
        typed = time_typed(line)
        return None if typed is None else {"minutes": typed[0], "text": typed[1]}

    screen.pick(act, time_picker(title), values)


def _ask_hour(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.pickers import hour_picker

    title = f"Snooze {counted(len(screen.marks), 'marked ticket')} until ..."
    picker = hour_picker(title, screen.workbench.clock.now())
    screen.pick(act, picker, lambda choice: {"until": int(choice)})


def _ask_link(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.pick import Choice, Pick
    from techdesk.screens.pickers import relation_picker

    reader = screen.workbench.reader

    def offer(typed: str) -> Choice | None:
        key = reader.key_of(typed)
        row = reader.row(key) if key is not None else None
        if row is None:
            return None
        return Choice(id=row.number, label=f"{row.number}  {row.subject}", detail=row.status.value)

    def chosen(relation: str | None) -> None:
        if relation is None:
            screen.say("Nothing was changed.")
            return
        words = f"Each of them {Relation(relation).words} ..."
        picker = Pick(
            words,
            (),
            offer=offer,
            placeholder="the other ticket's number",
            nothing="No ticket has this number.",
        )
        screen.pick(act, picker, lambda choice: {"relation": relation, "other": choice})

    screen.app.push_screen(relation_picker(title, "each"), chosen)


def _ask_macro(screen: MarkedActions, act: Action, title: str) -> None:
    from techdesk.screens.pickers import macro_picker

    macros = screen.workbench.macros
    if not macros:
        screen.say("There are no macros yet: add [macros.NAME] to the settings file.", severity="warning")
        return
    screen.pick(act, macro_picker(title, macros), lambda choice: {"macro": choice})


_ASKS: dict[str, Callable[[MarkedActions, Action, str], None] | None] = {
    "ticket.take": _ask_take,
    "ticket.assign": _ask_owner,
    "ticket.priority": _ask_level,
    "ticket.raise": _ask_step,
    "ticket.lower": _ask_step,
    "ticket.status": _ask_status,
    "ticket.queue": _ask_queue,
    "ticket.tag": _ask_tags,
    "ticket.time": _ask_time,
    "ticket.snooze": _ask_hour,
    "ticket.link": _ask_link,
    "ticket.macro": _ask_macro,
    "ticket.resolve": None,
    "ticket.close": None,
}
"""What a bulk preview is made for, and how it asks what is to be chosen before; None for nothing."""
