"""Doing: from what is asked to what lies in the outbox, or why it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from techdesk.actions.attaching import ASSUMED_BYTES, Kept, read_file, shown
from techdesk.actions.because import REASONS, words_of
from techdesk.actions.bench_part import BenchPart
from techdesk.actions.effects import DeskFields, noted_words, operations_of
from techdesk.actions.effects import words_of as effect_words
from techdesk.actions.linking import plain_words
from techdesk.actions.macros import named, operations_for
from techdesk.actions.noting import notes_of
from techdesk.actions.opening import NewTicket, checked, tagged
from techdesk.actions.operations import Decision, new_id
from techdesk.actions.outcomes import Confirm, Outcome, Queued
from techdesk.actions.registry import Tier, action
from techdesk.actions.wording import asked, spoken
from techdesk.model import Instant, Operation, OperationState
from techdesk.rules.closure import reason_of
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case
from techdesk.rules.gates import NO_TICKET, READ_ONLY, can
from techdesk.rules.hints import hints
from techdesk.rules.verdicts import Refuse, Warn, reason_wanted_by
from techdesk.store.follow import Follow
from techdesk.store.rows import Pending, TicketView

if TYPE_CHECKING:
    from pathlib import Path

_REASON = ("because", REASONS)
"""Values of an action that say why."""


class Performing(BenchPart):
    """The changes of one workbench."""

    def perform(
        self, action_id: str, ticket: int | None, *, confirmed: bool = False, **values: Any
    ) -> Outcome:
        """Do an action to a ticket, if the gates allow it.

        ``values``: ``priority`` (1 is the most urgent), ``owner`` (a person's id, or empty for nobody),
        ``status``, ``text``, ``files`` (ids that ``attach`` gave),
        ``then`` (``waiting``, ``resolved`` or empty), ``reason`` (id of a closure
        reason), ``channel`` (``phone`` makes a comment the log of a call; how a customer asked), ``fields``
        (of a new ticket, or of a record) and ``operation`` (key of an outbox line). Grading takes
        ``severity``, or ``level`` on the axis that the policy grades by; ``asked_by`` (``customer``,
        ``desk``), ``caller`` (id or address), ``because`` (a reason, recorded), ``reasons`` (by rule, where
        rules asked for them: ``actions.because``) and ``criteria`` (those that were ticked).
        ``resolution`` is how the work ended, ``same_problem`` false keeps a reopening from another problem.
        ``ticket.call``: ``caller``, ``confirms``; ``ticket.record``: ``kind``, ``fields``,
        ``at``; ``replaces``: key of an operation in conflict that this takes the place of;
        ``ticket.escalate``: ``step``, ``team``, ``master_list`` (its date), ``reached``,
        ``missing``; ``ticket.new``: ``follows`` (local key of the ticket whose place it takes);
        ``ticket.hand_off``: ``hand_off`` (id of the way). ``ticket.tag``: ``add`` and
        ``remove``; so ``ticket.watch`` (ids or addresses) and ``ticket.unlink`` (links as the desk has
        them); ``ticket.link``: ``relation`` and ``other`` (number or id), ``ticket.merge``: ``other``;
        ``ticket.time``: ``minutes``, ``text``; ``ticket.queue``: ``queue``
        (its id); ``ticket.macro``: ``macro`` (its name), ``text`` instead of its reply, ``shown``: the
        ``changes`` of the plan that was agreed to.
        """
        act = action(action_id)
        if act.changes and self._bench.read_only:
            return self._bench.refuse(action_id, ticket, "", self._why_read_only())
        if action_id == "app.undo":
            return self.undo(confirmed=confirmed)
        if action_id in ("outbox.retry", "outbox.drop"):
            return self._outbox(action_id, int(values["operation"]), confirmed=confirmed)
        if action_id.startswith("conflict."):
            from techdesk.actions.settling import settle  # most sessions have nothing to settle

            return settle(
                self._bench,
                action_id,
                int(values["operation"]),
                confirmed=confirmed,
                without=tuple(values.get("without") or ()),
                because=str(values.get("because") or ""),
            )
        if action_id == "ticket.new":
            text, because = str(values.get("text") or ""), {k: values[k] for k in _REASON if k in values}
            follows = self._followed(values.get("follows"))
            fields, replaces = values.get("fields") or {}, values.get("replaces")
            return self._open_ticket(fields, text, because, confirmed, follows, replaces)
        view = self._reader.ticket(ticket) if ticket is not None else None
        if view is None or ticket is None:
            return self._bench.refuse(action_id, ticket, "", NO_TICKET)
        if action_id == "ticket.resolve" and values.get("then") == "waiting":
            action_id = "ticket.reply"  # the writer chose otherwise while writing
        if action_id == "ticket.snooze":
            return self._bench.put_off(ticket, view, values, confirmed)
        if action_id == "ticket.macro":
            return self._macro(ticket, view, values, confirmed)
        return self._change(action_id, ticket, view, values, confirmed=confirmed)

    def undo(self, *, confirmed: bool = False, batch: str = "") -> Outcome:
        """Take back the newest batch that is still here: nothing of it reaches the desk.

        Where all has been sent, the opposite of what was sent last, or of ``batch``: that asks first.
        """
        if self._bench.read_only:
            return self._bench.refuse("app.undo", None, "", self._why_read_only())
        newest = self._reader.undoable() if not batch else None
        if newest is None:
            sent = self.last_sent(batch)
            if sent:
                from techdesk.actions.reversing import take_back_sent  # most sessions undo what is held

                return take_back_sent(self._bench, sent, confirmed=confirmed)
            nothing = Refuse(
                reason="Nothing of yours is still held here, and nothing was sent lately.",
                remedy="What has been sent is changed back with the same keys.",
                rule="generic.nothing_to_undo",
            )
            return self._bench.refuse("app.undo", None, "", nothing)
        lines = [line for line in self._reader.operations(ticket=newest.ticket) if line.batch == newest.batch]
        from techdesk.actions.reversing import as_done

        what = ", ".join(as_done(line, self._bench.name_of) for line in lines) or newest.what
        self._bench.forget_snooze(newest.batch)
        run = self._reader.batch(newest.batch)
        if run is not None:
            what = run.title
        commit = self._bench.writer.undo(newest.batch, self._now)
        words = f"taken back: {what}"
        ticket = newest.ticket if run is None else 0  # a run has no ticket of its own
        return Queued(batch=newest.batch, words=words, commit=commit, ticket=ticket, can_undo=False)

    def last_sent(self, batch: str = "") -> list[Pending]:
        """The batch that reached the desk last, if that was lately; or that very batch."""
        from techdesk.actions.reversing import RECENT

        return self._reader.last_sent(self._me, since=self._now - RECENT, batch=batch)

    def _change(
        self, action_id: str, ticket: int, view: TicketView, values: Mapping[str, Any], *, confirmed: bool
    ) -> Outcome:
        desk = DeskFields.of(self._bench.capabilities)
        judged = self._bench.judge(action_id, ticket, view, values)
        facts, wish, verdict = judged.facts, judged.wish, judged.verdict
        if isinstance(verdict, Refuse):
            return self._bench.refuse(action_id, ticket, view.row.number, verdict)
        warning = verdict if isinstance(verdict, Warn) else None
        final = self._final(action_id, ticket, facts, wish)
        if not confirmed and (warning is not None or action(action_id).tier >= Tier.CONFIRM):
            told = [judged.proof] if judged.proof else []
            told += [spoken(warning.reason, self._surface)] if warning is not None else []
            if final:
                told.append(f"Held {self._bench.hold_seconds} s, {final}.")
            return Confirm(
                question=asked(f"{action(action_id).title}: {view.row.number} {view.row.subject}"),
                detail=" ".join(told),
                rule=warning.rule if warning is not None else "",
                wants_reason=bool(reason_wanted_by(verdict)),
                reason_for=reason_wanted_by(verdict),
            )
        if warning is not None:
            self._bench.agree(action_id, ticket, warning)
        decision = self.decision(action_id, ticket, view)
        reason = reason_of(facts, wish.reason)
        label = reason.label if reason is not None else wish.reason
        operations = [
            *notes_of(decision, facts, wish, values),
            *operations_of(decision, view, wish, desk, label, values),
        ]
        return Queued(
            batch=decision.batch,
            words=effect_words(action_id, view.row, wish, self._bench.name_of, facts.policy)
            or plain_words(action_id, view, wish, self._bench.name_of, self._reader)
            or noted_words(action_id, wish, values),
            commit=self._queue(operations, values.get("replaces"), decision.now),
            ticket=ticket,
            final=final,
            hints=judged.hints,
            rule=warning.rule if warning is not None else "",
        )

    def _final(self, action_id: str, ticket: int, facts: Facts, wish: Wish) -> str:
        """What is said before of a change that undo cannot take back once it is sent; mostly empty."""
        if wish.text is None and (wish.status is None or wish.status.is_active):
            return ""
        from techdesk.actions.reversing import final_words

        return final_words(self._bench, action_id, ticket, facts, wish)

    def _queue(self, operations: Sequence[Operation], replaces: int | None, now: Instant) -> Future[Any]:
        """Store operations, also in the place of one that waited for a decision."""
        if replaces is None:
            return self._bench.writer.enqueue(operations)
        return self._bench.writer.replace(replaces, operations, now)

    def decision(self, action_id: str, ticket: int, view: TicketView) -> Decision:
        return Decision(
            batch=new_id(),
            action=action_id,
            actor=self._me,
            now=self._now,
            hold_seconds=self._bench.hold_seconds,
            ticket=ticket,
            ticket_id=view.base.id if view.base is not None else "",
            evidence=view.last_customer_message,
            judged=view.base is not None,
        )

    def _macro(self, ticket: int, view: TicketView, values: Mapping[str, Any], confirmed: bool) -> Outcome:
        """Never done at once: the difference is the question, asked anew where it is another by now."""
        macro = named(self._bench.macros, str(values.get("macro") or ""))
        if isinstance(macro, Refuse):
            return self._bench.refuse("ticket.macro", ticket, view.row.number, macro)
        decision = self.decision("ticket.macro", ticket, view)
        text, files = values.get("text"), tuple(values.get("files") or ())
        plan, operations = operations_for(self._bench, decision, view, macro, text, files)
        because = words_of(values)
        shown = plan.changes
        if because and plan.wants_reason:
            plan, operations = operations_for(self._bench, decision, view, macro, text, files, because)
        if plan.refusal is not None:
            return self._bench.refuse("ticket.macro", ticket, view.row.number, plan.refusal)
        agreed = confirmed and values.get("shown", shown) == shown
        if not agreed or plan.wants_reason:
            question = asked(f"{macro.title}: {view.row.number} {view.row.subject}")
            detail = plan.asks if agreed else plan.difference
            return Confirm(question=question, detail=detail, wants_reason=plan.wants_reason)
        return Queued(
            batch=decision.batch,
            words=f"{macro.title}: {', '.join(step.words for step in plan.steps if not step.unchanged)}",
            commit=self._bench.writer.enqueue(operations),
            ticket=ticket,
        )

    def _followed(self, key: int | None) -> Follow | None:
        """The ticket whose place a new one takes, and how it is to tell so at the desk (POLICIES W7)."""
        view = self._reader.ticket(key) if key is not None else None
        if view is None or view.base is None:
            return None
        desk = self._bench.capabilities
        return Follow(ticket_id=view.base.id, linked=desk is not None and "links" in desk.settable)

    def _open_ticket(
        self,
        fields: Mapping[str, Any],
        text: str,
        because: Mapping[str, Any],
        confirmed: bool,
        follows: Follow | None,
        replaces: int | None = None,
    ) -> Outcome:
        if self._bench.capabilities is not None and not self._bench.capabilities.create:
            cannot = Refuse(
                reason="This help desk lets nobody open tickets through its interface.",
                remedy="Open it on the desk's own pages; it appears here with the next sync.",
                rule="generic.no_create",
            )
            return self._bench.refuse("ticket.new", None, "", cannot)
        known = self._bench.capabilities.create_fields if self._bench.capabilities is not None else None
        new = checked(fields, self._reader.queues(), known, self._bench.types())
        if not isinstance(new, NewTicket):
            return self._bench.refuse("ticket.new", None, "", new)
        now = self._now
        facts = self._bench.judging.new_facts(new.sets)
        told = Evidence(told=f"{new.subject}\n{text}")
        wish = self._bench.judging.new_wish(facts, str(new.sets.get("owner") or ""), text, because)
        verdict = can("ticket.new", facts, self._me, now, told, wish)
        case = Case(action="ticket.new", ticket=facts, actor=self._me, now=now, evidence=told, wish=wish)
        if isinstance(verdict, Refuse):
            return self._bench.refuse("ticket.new", None, "", verdict)
        if isinstance(verdict, Warn) and not confirmed:
            question = asked(f"Open a ticket: {new.subject}")
            return Confirm(
                question=question,
                detail=spoken(verdict.reason, self._surface),
                rule=verdict.rule,
                wants_reason=bool(reason_wanted_by(verdict)),
                reason_for=reason_wanted_by(verdict),
            )
        if isinstance(verdict, Warn):
            self._bench.agree("ticket.new", None, verdict)
        decision = Decision(
            batch=new_id(),
            action="ticket.new",
            actor=self._me,
            now=now,
            hold_seconds=self._bench.hold_seconds,
            ticket=0,
        )
        made = decision.create(tagged(new.sets, facts, known), text.strip(), follows)
        notes = notes_of(decision, facts, wish, {})
        if replaces is not None:
            line = next((each for each in self._reader.operations() if each.key == replaces), None)
            return Queued(
                batch=decision.batch,
                words=f"{line.number if line is not None else 'new ticket'} changed: {new.subject}",
                commit=self._bench.writer.recreate(replaces, made, notes),
                ticket=line.ticket if line is not None else 0,
                can_undo=False,
            )
        commit = self._bench.writer.create(made, notes)
        words = f"opened: {new.subject}"
        return Queued(
            batch=decision.batch,
            words=words,
            commit=commit,
            ticket=0,
            creates=True,
            hints=tuple(spoken(each, self._surface) for each in hints(case)),
        )

    def _outbox(self, action_id: str, operation: int, *, confirmed: bool) -> Outcome:
        line = next((line for line in self._reader.operations() if line.key == operation), None)
        if line is None:
            gone = Refuse(
                reason="This line is no longer in the outbox.",
                remedy="Look again.",
                rule="generic.no_operation",
            )
            return self._bench.refuse(action_id, None, "", gone)
        if action_id == "outbox.drop" and line.state is OperationState.SENT:
            on_its_way = Refuse(
                reason=f"It has been sent to the desk, and the answer is not here yet ({line.what}).",
                remedy="<app.sync> asks for it.",
                rule="generic.sent",
            )
            return self._bench.refuse(action_id, line.ticket, line.number, on_its_way)
        if action_id == "outbox.retry" and line.held_back_by:
            behind = Refuse(
                reason=f"It is held back by an earlier one, which waits for you: {line.held_back_by}.",
                remedy="Try that one again or drop it; this one follows by itself.",
                rule="generic.behind",
            )
            return self._bench.refuse(action_id, line.ticket, line.number, behind)
        if action_id == "outbox.drop" and not confirmed:
            return Confirm(
                question=asked(f"Drop for good: {line.what} of {line.number} {line.subject}"),
                detail="The ticket keeps the desk's value." + (" The text is lost." if line.text else ""),
            )
        act: Callable[[int, Instant], Future[bool]] = (
            self._bench.writer.drop if action_id == "outbox.drop" else self._bench.writer.retry
        )
        # What only waited for its time was not tried before.
        again = "held no longer" if line.state is OperationState.HELD else "tried again"
        words = f"{'dropped' if action_id == 'outbox.drop' else again}: {line.what}"
        commit = act(operation, self._now)
        return Queued(batch=line.batch, words=words, commit=commit, ticket=line.ticket, can_undo=False)

    def attach(self, path: Path, with_files: Sequence[str] = ()) -> Kept | Refuse:
        """Read a file and keep it here until it is sent; ``with_files``: those of the same message."""
        limit = (
            self._bench.capabilities.upload_bytes if self._bench.capabilities is not None else ASSUMED_BYTES
        )
        there = sum(file.size for file in self._reader.files(with_files))
        file = read_file(path, limit, there, new_id())
        if isinstance(file, Refuse):
            return file
        return Kept(file=shown(file), commit=self._bench.writer.keep_file(file, self._now))

    def _why_read_only(self) -> Refuse:
        trouble = self._bench.database.trouble
        if trouble is None:
            return READ_ONLY
        return Refuse(reason=trouble.words, remedy=trouble.remedy, rule="generic.read_only")
