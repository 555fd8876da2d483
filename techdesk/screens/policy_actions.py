"""Actions for which a policy wants to know more than a key says: grades, calls, facts, passing on, reopening.

Each asks its form (``actions.questions``), and what it answers goes to the workbench like any other change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from techdesk.actions.because import with_reasons
from techdesk.actions.outcomes import Queued, Refused
from techdesk.model import OperationKind, Status
from techdesk.rules.verdicts import Refuse
from techdesk.screens.how_it_ended import HowItEnded

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.actions.forms import Form
    from techdesk.actions.grading import GradeChoice
    from techdesk.actions.outcomes import Outcome
    from techdesk.actions.workbench import Workbench
    from techdesk.rules.facts import Evidence, Facts
    from techdesk.store.rows import Row

_FINAL = ("W7", "generic.final")
"""Rules that refuse to reopen or to answer, and leave a new ticket that names the old one."""


class PolicyActions(HowItEnded):
    """Mixed into every main screen, beneath ``TicketActions``."""

    if TYPE_CHECKING:
        app: App[Any]
        pressed: str

        @property
        def workbench(self) -> Workbench: ...
        def current_ticket(self) -> int | None: ...
        def say(self, words: str, *, severity: Any = "info") -> None: ...
        def perform(self, action_id: str, ticket: int | None, *, kept: str = "", **values: Any) -> None: ...
        def present(
            self,
            outcome: Outcome,
            confirmed: Callable[[], None],
            kept: str = "",
            failed: Callable[[str], None] | None = None,
            reasoned: Callable[[dict[str, str], bool], None] | None = None,
        ) -> None: ...
        def _row(self) -> Row | None: ...

    def _form(self, form: Form | None, filled: Callable[[Mapping[str, str]], None]) -> None:
        """Ask a form; where there is none, go on at once with no answers."""
        from techdesk.screens.form import FormDialog

        if form is None:
            filled({})
            return

        def answered(answers: dict[str, str] | None) -> None:
            if answers is not None:
                filled(answers)
            else:
                self.say("Nothing was changed.")

        self.app.push_screen(FormDialog(form), answered)

    def _standing(self) -> tuple[int, Facts, Evidence] | None:
        """The current ticket, and how it stands; None where there is none."""
        key = self.current_ticket()
        standing = self.workbench.standing(key)
        if key is None or standing is None:
            self.say("No ticket is selected: move to a line with j and k, then again.", severity="warning")
            return None
        return key, *standing

    # Grades

    def do_ticket_priority(self) -> None:
        from techdesk.screens.pick import Choice, Pick
        from techdesk.work.explain import moment

        row = self._row()
        if row is None:
            return
        grades = {f"{grade.axis}:{grade.level}": grade for grade in self.workbench.grades(row.key)}
        if not grades:
            self.say("Neither the policy nor the desk names any priority.", severity="warning")
            return
        choices = [
            Choice(
                id=name,
                # The key before it is the level: not once more, unless it has none.
                label=grade.name if grade.graded_by else grade.words,
                detail=grade.detail(moment(grade.due) if grade.due else ""),
                hint_key=str(grade.level) if grade.graded_by else "",
            )
            for name, grade in grades.items()
        ]
        now = next((name for name, grade in grades.items() if grade.current and grade.graded_by), "")

        def chosen(choice: str | None) -> None:
            if choice is not None:
                self._grade("ticket.priority", row.key, grades[choice])

        self.app.push_screen(Pick(f"Priority of {row.number}", choices, typed=False, current=now), chosen)

    def do_ticket_raise(self) -> None:
        self._one_grade("ticket.raise")

    def do_ticket_lower(self) -> None:
        self._one_grade("ticket.lower")

    def _one_grade(self, action_id: str) -> None:
        """One step up or down: with the same questions as a grade that is chosen."""
        row = self._row()
        if row is None:
            return
        graded = [grade for grade in self.workbench.grades(row.key) if grade.graded_by]
        at = next((n for n, grade in enumerate(graded) if grade.current), None)
        if at is None:
            wanted = len(graded) - 1 if action_id == "ticket.raise" else -1
        else:
            wanted = at - 1 if action_id == "ticket.raise" else at + 1
        if 0 <= wanted < len(graded):
            self._grade(action_id, row.key, graded[wanted])
        else:
            self.perform(action_id, row.key)  # which says that this is the end of the scale

    def _grade(self, action_id: str, ticket: int, choice: GradeChoice) -> None:
        from techdesk.actions import questions

        standing = self.workbench.standing(ticket)
        form = questions.grade_form(standing[0], choice) if standing is not None else None
        if form is None:
            plain: dict[str, Any] = {choice.axis: choice.level} if action_id == "ticket.priority" else {}
            self.perform(action_id, ticket, **plain)
            return

        def filled(answers: Mapping[str, str]) -> None:
            values = questions.grade_values(choice, answers)
            outcome = self.workbench.perform("ticket.priority", ticket, **values)
            if isinstance(outcome, Refused) and outcome.rule == "D3":
                self.ask_to_call(ticket, outcome)
                return
            self.present(
                outcome,
                lambda: self.perform("ticket.priority", ticket, confirmed=True, **values),
                reasoned=lambda reasons, sure: self.perform(
                    "ticket.priority", ticket, **{**with_reasons(values, reasons), "confirmed": sure}
                ),
            )

        self._form(form, filled)

    # Calls and facts

    def do_ticket_call(self) -> None:
        from techdesk.actions import questions

        standing = self._standing()
        if standing is None:
            return
        key, facts, evidence = standing
        self._form(
            questions.call_form(facts, evidence),
            lambda answers: self.perform("ticket.call", key, **questions.call_values(answers)),
        )

    def do_ticket_record(self) -> None:
        from techdesk.actions import questions
        from techdesk.rules import records
        from techdesk.screens.pick import Choice, Pick

        standing = self._standing()
        if standing is None:
            return
        key, facts, evidence = standing
        choices = [
            Choice(id=kind.id, label=kind.label, detail=kind.detail, hint_key=kind.key)
            for kind in questions.fact_kinds(facts)
        ]

        def chosen(kind: str | None) -> None:
            if kind == questions.CALL_KIND:
                self.do_ticket_call()
            elif kind == records.TICK:
                self._checklist(key, facts, evidence)
            elif kind is not None:
                row = self.workbench.reader.row(key)
                received = row.created if row is not None else None
                tried = next((each.step for each in reversed(evidence.records.attempts())), "")
                self._note_fact(key, kind, questions.record_form(facts, kind, received, tried))

        self.app.push_screen(Pick(f"Note on {facts.number}", choices, typed=False), chosen)

    def _note_fact(self, key: int, kind: str, form: Form | None) -> None:
        """Ask and note a fact; one that cannot be comes back as it was filled in, with the reason above."""
        from techdesk.actions import questions

        def filled(answers: Mapping[str, str]) -> None:
            values = questions.record_values(kind, form, answers)
            outcome = self.workbench.perform("ticket.record", key, **values)
            if form is not None and isinstance(outcome, Refused):
                self._note_fact(key, kind, form.again(answers, outcome.words))
                return
            self.present(outcome, lambda: self.perform("ticket.record", key, confirmed=True, **values))

        self._form(form, filled)

    def _checklist(self, key: int, facts: Facts, evidence: Evidence) -> None:
        from techdesk.actions import checklist_questions as questions
        from techdesk.screens.pick import Choice, Pick

        lists = {each.id: each for each in questions.checklists(facts.policy, facts.kind)}

        def chosen(name: str | None) -> None:
            if name is None:
                return
            form = questions.checklist_form(facts, evidence, lists[name])

            def filled(answers: Mapping[str, str]) -> None:
                values = questions.checklist_values(lists[name], evidence.records, answers)
                if values is None:
                    self.say("No point was changed.")
                else:
                    self.perform("ticket.record", key, **values)

            self._form(form, filled)

        if len(lists) == 1:
            chosen(next(iter(lists)))
            return
        choices = []
        for each in lists.values():
            known = evidence.records.ticked(each.id) | set(questions.found_points(facts, evidence, each))
            done = len(known & {item.id for item in each.items})
            choices.append(Choice(id=each.id, label=each.title, detail=f"{done} of {len(each.items)} done"))
        self.app.push_screen(Pick(f"Checklist of {facts.number}", choices, typed=False), chosen)

    # Passing on

    def do_ticket_escalate(self) -> None:
        self._pass_on(with_path=True)

    def do_ticket_hand_off(self) -> None:
        self._pass_on(with_path=False)

    def _pass_on(self, *, with_path: bool) -> None:
        """Where a ticket can go: steps of the path, teams, other levels. The shut ones say why."""
        from techdesk.actions import passing_questions
        from techdesk.screens.pick import Choice, Pick

        standing = self._standing()
        if standing is None:
            return
        key, facts, evidence = standing
        choices = []
        for way in self.workbench.ways_on(key, with_path=with_path):
            why = f"{way.verdict.reason} {way.verdict.remedy}" if isinstance(way.verdict, Refuse) else ""
            shut = why if way.shut else ""
            detail = why or way.detail
            choices.append(
                Choice(id=way.id, label=way.label, detail=detail, hint_key=way.key, disabled_reason=shut)
            )
        if not choices:
            self.perform("ticket.escalate" if with_path else "ticket.hand_off", key)  # which says why
            return

        def chosen(choice: str | None) -> None:
            if choice is None:
                return
            kind, _, name = choice.partition(":")
            make: tuple[Form | None, str, Callable[[Mapping[str, str]], dict[str, Any]]]
            match kind:
                case "step":
                    form = passing_questions.step_form(facts, evidence, name)
                    make = (form, "ticket.escalate", lambda given: passing_questions.step_values(name, given))
                case "team":
                    form = passing_questions.team_form(facts, name)
                    make = (
                        form,
                        "ticket.escalate",
                        lambda given: passing_questions.team_values(name, given, facts.policy),
                    )
                case _:
                    form = passing_questions.hand_off_form(facts, evidence, name)
                    make = (form, "ticket.hand_off", lambda given: {"hand_off": name, **given})
            asked, action_id, values = make
            self._pass_by(asked, action_id, key, values)

        title = f"Escalate or hand over {facts.number}" if with_path else f"Hand over {facts.number}"
        self.app.push_screen(Pick(title, choices, typed=False), chosen)

    def _pass_by(
        self,
        form: Form | None,
        action_id: str,
        key: int,
        values: Callable[[Mapping[str, str]], dict[str, Any]],
    ) -> None:
        """Ask, and pass it on; what is refused for good comes back as it was filled in, as a fact does."""

        def filled(answers: Mapping[str, str]) -> None:
            given = values(answers)
            outcome = self.workbench.perform(action_id, key, **given)
            if form is not None and isinstance(outcome, Refused) and not outcome.wants_reason:
                self._pass_by(form.again(answers, outcome.words), action_id, key, values)
                return
            self.present(
                outcome,
                lambda: self.perform(action_id, key, confirmed=True, **given),
                reasoned=lambda reasons, sure: self.perform(
                    action_id, key, **{**with_reasons(given, reasons), "confirmed": sure}
                ),
            )

        self._form(form, filled)

    # Reopening, or a new ticket in its place

    def do_ticket_reopen(self) -> None:
        key = self.current_ticket()
        outcome = self.workbench.perform("ticket.reopen", key, same_problem=True)
        if key is not None and isinstance(outcome, Refused) and outcome.rule in _FINAL:
            self.follow_up(key, outcome)
        elif key is None or isinstance(outcome, Queued | Refused):
            self.present(outcome, lambda: None)
        else:
            self._same_problem(key, outcome.detail)

    def _same_problem(self, key: int, detail: str) -> None:
        """D13: the reported problem brings a ticket back; another one gets a ticket of its own."""
        from techdesk.screens.pick import Choice, Pick

        row = self.workbench.reader.row(key)
        number = row.number if row is not None else ""
        choices = [
            Choice(id="same", label="The reported problem persists", detail="opens it again", hint_key="s"),
            Choice(
                id="other", label="It is another problem", detail=f"a new ticket names {number}", hint_key="o"
            ),
        ]

        def chosen(choice: str | None) -> None:
            if choice == "other":
                self.follow_up(key, None)
            elif choice == "same" and detail:
                self.perform("ticket.reopen", key, same_problem=True)  # which asks about what it warns of
            elif choice == "same":
                self.perform("ticket.reopen", key, same_problem=True, confirmed=True)

        self.app.push_screen(Pick(f"Reopen {number}: why?", choices, typed=False), chosen)

    def follow_up(self, key: int, refused: Refused | None) -> None:
        """A new ticket in the place of one that stays closed (W7): filled in, and sent only by a person."""
        from techdesk.screens.new_ticket import NewTicket

        fields, text = self.workbench.follow_up(key)
        row = self.workbench.reader.row(key)
        number = row.number if row is not None else ""

        def filled(result: Any) -> None:
            if result is None:
                self.say(f"{number} stays as it is. {form.left_with}".strip())
                return
            self._open_instead(key, result)

        why = f"{refused.why} " if refused is not None else ""
        words = f"{why}This opens a new ticket that names {number}."
        form = NewTicket(fields=fields, text=text, follows=key, words=words)
        self.app.push_screen(form, filled)

    def _open_instead(
        self, key: int, result: Any, *, confirmed: bool = False, reasons: dict[str, str] | None = None
    ) -> None:
        given = reasons or {}
        outcome = self.workbench.perform(
            "ticket.new",
            None,
            confirmed=confirmed,
            fields=result.fields,
            text=result.text,
            reasons=given,
            follows=key,
        )
        if isinstance(outcome, Queued):  # it is in the outbox now, and no longer a draft beside the old one
            self.workbench.writer.drop_draft(key, OperationKind.CREATE)
        self.present(
            outcome,
            lambda: self._open_instead(key, result, confirmed=True, reasons=given),
            "It is kept as a draft.",
            reasoned=lambda more, sure: self._open_instead(
                key, result, confirmed=sure, reasons={**given, **more}
            ),
        )

    def answers_by_follow_up(self, key: int, refused: Refused) -> bool:
        """Whether a refused reply was answered with a follow-up (W7: what support closed takes no reply)."""
        row = self.workbench.reader.row(key)
        if refused.rule not in _FINAL or row is None or row.status is not Status.CLOSED:
            return False
        self.follow_up(key, refused)
        return True
