"""The preview of a change of many tickets: what would be done, what is refused and why (UX 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from techdesk.actions.registry import Where, action
from techdesk.model import Instant
from techdesk.screens.bulk_changing import PlanChanging
from techdesk.screens.bulk_lines import group_lines, item_lines, told, warnings
from techdesk.widgets.cells import Line
from techdesk.widgets.entry_list import EntryList
from techdesk.widgets.hint_bar import Hint, HintBar
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.moments import clock_time, zone_label
from techdesk.work.plans import Group, Item, Notice, Outcome, Plan, Shown, shown

if TYPE_CHECKING:
    from techdesk.actions.applying import NotApplied, Ready
    from techdesk.actions.planning import Planner
    from techdesk.store.reader import Reader

T = TypeVar("T")
PART = 50
"""Tickets planned in one job of the reading thread, so that others get their turn in between."""
_NEED_WORK = ("bulk.go", "bulk.canary", "bulk.save")
"""What is not offered where there is nothing to do."""
AT_ONCE = 500
"""Tickets of a plan up to which it is counted while a key is pressed."""


class Bulk(PlanChanging):
    """Groups with their samples; Enter looks into one, ``y`` does it."""

    where: ClassVar[Where] = Where.BULK
    CSS_PATH = "bulk.tcss"

    def __init__(self, action_id: str, keys: Sequence[int], values: Mapping[str, Any]) -> None:
        super().__init__(name="bulk")
        self._action = action_id
        self._keys = tuple(dict.fromkeys(keys))
        self._values = dict(values)
        self._planner: Planner | None = None
        self._items: list[Item] = []
        self._since = 0
        self._canary = 0
        self._busy = ""
        self._group: str | None = None
        """Key of the group that is looked into."""
        self._groups: list[Group] = []
        self.plan: Plan | None = None
        self._shown: Shown | None = None

    def compose_body(self) -> ComposeResult:
        yield HeaderLine()
        yield Static(classes="bulk-words", id="bulk-words")
        yield EntryList()
        yield Static(classes="bulk-detail", id="bulk-detail")

    def on_mount(self) -> None:
        self.entries.focus()
        self._make()

    def hints(self) -> list[Hint]:
        """What the change knows nothing of is not offered."""
        without = set()
        if self._action not in ("ticket.close", "ticket.resolve"):
            without.add(self.key_of_action("bulk.tell"))
        if self._action != "ticket.close":
            without.add(self.key_of_action("bulk.reason"))
        if self._shown is not None and not self._shown.doing:
            without |= {self.key_of_action(each) for each in _NEED_WORK}
        return [hint for hint in super().hints() if hint[0] not in without]

    # Planning

    def _make(self) -> None:
        """Plan anew, part by part, in the reading thread."""
        from techdesk.actions.plan_words import Asked
        from techdesk.actions.planning import Planner

        left_out = (
            [each.ticket for each in self.plan.items if each.outcome is Outcome.EXCLUDED] if self.plan else []
        )
        self.plan, self._planner, self._items, self._group = None, None, [], None
        self._shown = None
        self._since = self.desk.newest_change
        asked = Asked(action=self._action, values=self._values)
        bench, keys = self.workbench, self._keys

        def part(reader: Reader, begin: int) -> tuple[Planner, list[Item]]:
            planner = self._planner or Planner(bench, reader, asked)
            return planner, planner.part(keys[begin : begin + PART])

        def ask(begin: int) -> None:
            self._ask(lambda reader: part(reader, begin), take)

        def take(found: tuple[Planner, list[Item]]) -> None:
            self._planner = found[0]
            self._items += found[1]
            if len(self._items) < len(keys):
                self._show_words()
                ask(len(self._items))
            else:
                planner = self._planner
                self._present(lambda: planner.whole(self._items).toggled(left_out))

        self._show_words()
        ask(0)

    def _present(self, make: Callable[[], Plan], *, cursor: int | None = 0) -> None:
        """Take another plan; one of many tickets is made and counted in the reading thread."""

        def work(reader: Reader | None) -> tuple[Plan, Shown]:
            plan = make()
            return plan, shown(plan)

        def take(found: tuple[Plan, Shown]) -> None:
            self._busy = ""
            self.plan, self._shown = found
            if self._group is not None and not any(
                self._name_of(group) == self._group for group in found[1].groups
            ):
                self._group = None
            self._show(cursor=cursor)

        if len(self._keys) <= AT_ONCE:
            take(work(None))
            return
        self._busy = "One moment …"
        self._show_words()
        self._ask(work, take)

    def _ask(self, work: Callable[[Reader], T], take: Callable[[T], None]) -> None:
        """Have the reading thread do it. Left meanwhile, nothing comes of it: no more parts, and no run."""
        self.desk.reading.submit("bulk", work, self.unless_left(take), self.unless_left(self._failed))

    def _failed(self, error: Exception) -> None:
        self._busy = ""
        self.say(f"The plan could not be made: {error}. Nothing was changed.", severity="error")

    # What is shown

    def _show(self, *, cursor: int | None = 0) -> None:
        self._groups = list(self._shown.groups) if self._shown is not None else []
        self._show_words()
        self._show_header()
        hints, bar = self.hints(), self.query_one(HintBar)
        if bar.hints != hints:
            bar.show_hints(hints)
        group = self.opened
        if group is None:
            self.entries.show(len(self._groups), self._draw_group, cursor=cursor, empty="Nothing to do.")
        else:
            self.entries.show(len(group.items), self._draw_item, cursor=cursor)
        self._show_detail()

    @property
    def opened(self) -> Group | None:
        """The group that is looked into."""
        return next((group for group in self._groups if self._name_of(group) == self._group), None)

    @staticmethod
    def _name_of(group: Group) -> str:
        return f"{group.outcome} {group.key}"

    def _show_words(self) -> None:
        self.query_one("#bulk-words", Static).update(Content("\n".join(self.words())))

    def words(self) -> list[str]:
        """What the plan comes to, in a few lines."""
        from techdesk.actions.plan_words import summary

        plan, found = self.plan, self._shown
        if plan is None or found is None:
            back = self.key_of_action("app.back")
            so_far = f"Planning: {len(self._items):,} of {len(self._keys):,} tickets."
            return [f"{so_far} Nothing is changed by it; {back} goes back."]
        lines = [summary(plan, found.groups)]
        if (group := self.opened) is not None:
            back = self.key_of_action("app.back")
            lines.append(f"Looking into {len(group.items):,}: {group.title}. {back} leads back.")
        if plan.notice is Notice.NONE and found.messages:
            people = "1 person" if found.recipients == 1 else f"{found.recipients:,} people"
            lines.append(f"Customers: {found.messages:,} messages to {people}, as the macro has them")
        elif plan.notice is not Notice.NONE:
            lines.append(f"Customers: {told(plan, found)} ({self.key_of_action('bulk.tell')} changes it)")
        if self._busy:
            return [*lines, self._busy]
        if not found.doing:
            return [*lines, *self._nothing_to_do(plan)]
        hold = self.workbench.bulk_hold_seconds
        first = f", {self._canary} first" if self._canary else ""
        sent = self._batches(found)
        lines.append(
            f"{self.key_of_action('bulk.go')} does it{first}; held {hold} s, u takes all back; {sent}"
        )
        if found.typed:
            lines[-1] += f"; the number is typed: {found.typed}"
        if found.unreasoned:
            lines.append(f"For {found.unreasoned:,} the policy wants a reason: asked for first")
        return lines

    def _nothing_to_do(self, plan: Plan) -> list[str]:
        """Why nothing would be changed, and how to go on."""
        look, back = self.key_of_action("bulk.open"), self.key_of_action("app.back")
        words = [
            f"There is nothing to do, and nothing is changed. {back} goes back, with the marks as they are."
        ]
        if left := plan.count(Outcome.EXCLUDED):
            take = self.key_of_action("bulk.exclude")
            words.append(f"{left:,} {'is' if left == 1 else 'are'} left out: {take} takes in again.")
        else:
            words.append(f"{look} shows the tickets of a reason; what helps stands beside it.")
        return words

    def _batches(self, found: Shown) -> str:
        desk = self.workbench.capabilities
        size = desk.bulk if desk is not None else 0
        if size < 2:
            return f"sent in {found.writes:,} request{'' if found.writes == 1 else 's'}"
        batches = -(-found.doing // size) * max(1, round(found.writes / max(found.doing, 1)))
        return f"sent in {batches:,} batch{'' if batches == 1 else 'es'} of {size}"

    def _show_header(self) -> None:
        plan, now = self.plan, self.desk.now
        title = plan.title if plan is not None else action(self._action).title
        left = [
            (" techdesk ", "header-line--name"),
            (f" {self.desk.profile_title}  ", "header-line--quiet"),
            (f"Preview: {title}", "header-line--view"),
            (f" · {len(self._keys):,} tickets", ""),
        ]
        right = [(f"{clock_time(now, now)} {zone_label(now)} ", "header-line--quiet")]
        self.query_one(HeaderLine).show_both(left, right)

    def _draw_group(self, index: int) -> tuple[Line, Line]:
        return group_lines(self._groups[index], max(len(group.items) for group in self._groups))

    def _draw_item(self, index: int) -> tuple[Line, Line]:
        group = self.opened
        if group is None or index >= len(group.items):
            return ((), ())
        return item_lines(group, group.items[index])

    def _show_detail(self) -> None:
        """What is under the cursor in full: its line may have been cut."""
        detail = self.query_one("#bulk-detail", Static)
        group = self.opened
        words: list[str] = []
        if group is not None and group.items:
            item = group.items[min(self.entries.cursor, len(group.items) - 1)]
            words = [f"{item.number}  {item.subject}", self._why(item), item.warning, item.remedy]
        elif self._groups:
            group = self._groups[self.entries.cursor]
            words = [f"{group.title}: {len(group.items):,}", *warnings(group)]
            if group.outcome is Outcome.REFUSED:
                words += [f"{group.items[0].number}: {self._why(group.items[0])}", group.remedy]
        lines = [line for line in words if line]
        detail.display = bool(lines)
        detail.update(Content("\n").join(Content(line) for line in lines))

    def _why(self, item: Item) -> str:
        silenced = self.plan is not None and self.plan.outcome_of(item) is not item.outcome
        return item.obliged if silenced else item.words

    @on(EntryList.Moved)
    def _moved(self, event: EntryList.Moved) -> None:
        event.stop()
        self._show_detail()

    @on(EntryList.Opened)
    def _clicked(self, event: EntryList.Opened) -> None:
        event.stop()
        self.do_bulk_open()

    def tick(self, now: Instant) -> None:
        self._show_header()

    # Moving

    def current_ticket(self) -> int | None:
        group = self.opened
        if group is None or not group.items:
            return None
        return group.items[min(self.entries.cursor, len(group.items) - 1)].ticket

    def do_bulk_open(self) -> None:
        if self.opened is not None:
            self.say(f"{self.key_of_action('app.back')} leads back to the groups.")
        elif self._groups:
            self._group = self._name_of(self._groups[self.entries.cursor])
            self._show()

    def do_app_back(self) -> None:
        if self.opened is not None:
            here = [self._name_of(group) for group in self._groups].index(self._group or "")
            self._group = None
            self._show(cursor=here)
        else:
            self.leave()

    def do_app_leave(self) -> None:
        self.leave()

    def do_go_queue(self) -> None:
        self.leave()
        self.desk.go("queue")

    def leave(self) -> None:
        """Back to where it was opened; nothing is changed, and the marks are as they were."""
        self.desk.close_bulk("Nothing was changed.")

    # Doing it

    def do_bulk_go(self) -> None:
        plan = self._idle()
        if plan is None:
            return
        found = self._shown
        if found is None:
            return
        count, because = found.doing, found.typed
        if not count:
            self.say(" ".join(self._nothing_to_do(plan)), severity="warning")
            return
        if found.unreasoned:
            self._ask_why(plan, found)
            return
        if not because:
            self._prepare()
            return
        from techdesk.screens.typed_count import TypedCount

        question = f"{plan.title}: {count:,} ticket{'' if count == 1 else 's'}?"
        detail = [f"The number is asked for: {because}."]
        if found.messages:
            detail.append(f"{found.messages:,} messages go to {found.recipients:,} people.")
        if found.final:
            detail.append(f"{found.final:,} cannot be taken back once the desk has them; until then u does.")

        def answered(yes: bool | None) -> None:
            if yes:
                self._prepare()
            else:
                self.say("Nothing was changed.")

        self.app.push_screen(TypedCount(count, question, "\n".join(detail)), answered)

    def _ask_why(self, plan: Plan, found: Shown) -> None:
        """The reason that a policy wants for some of them, once for all: the plan is made anew with it."""
        from techdesk.actions.because import REASONS, words_of
        from techdesk.actions.questions import reason_form_for_many
        from techdesk.screens.form import FormDialog

        def answered(answers: dict[str, str] | None) -> None:
            if answers is None:
                self.say("Nothing was changed.")
                return
            # Whatever asks stood in the preview: the reason answers all of it.
            reason = words_of({**self._values, "because": answers["because"]})
            self._values = {**self._values, "because": reason, REASONS: None}
            self._make()
            self.say(f"The reason stands in the plan now. {self.key_of_action('bulk.go')} does it.")

        self.app.push_screen(
            FormDialog(reason_form_for_many(plan.title, found.unreasoned, found.against)), answered
        )

    def _prepare(self) -> None:
        """Ask again for what has changed since, then queue; in the reading thread."""
        from techdesk.actions.applying import prepare

        plan, bench, since, canary = self.plan, self.workbench, self._since, self._canary
        if plan is None:
            return
        self._busy = "Looking once more at what has changed, and queueing …"
        self._show_words()

        def work(reader: Reader) -> tuple[int, Ready | NotApplied]:
            seq, changed = reader.changes_since(since)
            return seq, prepare(bench, reader, plan, changed=set(changed), canary=canary)

        self._ask(work, self._prepared)

    def _prepared(self, found: tuple[int, Ready | NotApplied]) -> None:
        from techdesk.actions.applying import NotApplied, queue

        self._busy, (seq, ready) = "", found
        if isinstance(ready, NotApplied):
            self._show_words()
            self.say(f"{ready.words} {ready.remedy}".strip(), severity="error")
            return
        before = self.plan.count(Outcome.CHANGED) if self.plan is not None else 0
        changed = ready.plan.count(Outcome.CHANGED) - before
        if changed:
            self._since = seq
            again = ready.plan
            self._present(lambda: again)
            self.say(
                f"{changed:,} changed since, and {'is' if changed == 1 else 'are'} left alone. Look, then "
                f"{self.key_of_action('bulk.go')} again.",
                severity="warning",
            )
            return
        self.desk.run_bulk(ready, queue(self.workbench, ready))
