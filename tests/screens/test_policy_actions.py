"""What a policy wants to know, asked by keys: grades, calls, facts, passing on, reopening."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.actions.questions import fact_kinds
from techdesk.app import TechdeskApp
from techdesk.model import Operation, OperationKind
from techdesk.rules.customer import Customer, CustomerBook
from techdesk.rules.records import decode
from techdesk.screens.compose import Compose
from techdesk.screens.confirm import Confirm
from techdesk.screens.form import FormDialog
from techdesk.screens.new_ticket import NewTicket
from techdesk.screens.pick import Pick
from techdesk.screens.ticket import TicketScreen
from tests.actions.conftest import HOUR, NOW, Bench
from tests.screens.desk_fixture import berlin, drive, screen_text

ASKED_BY = ("up", "up")
"""From the reason, where the form of a grade begins, to who asks for it."""
TO_TEXT = ("tab",) * 7
"""From the subject of a new ticket to its message."""
SIZES = pytest.mark.parametrize("size", [(80, 24), (60, 20)])


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with berlin():
        made = Bench(tmp_path / "profile")
        yield made
        made.database.close()


def on_ticket(
    bench: Bench, number: str, *keys: str, size: tuple[int, int] = (80, 24)
) -> tuple[TechdeskApp, list[str]]:
    """Open a ticket, press keys; the app and what the terminal showed after each key."""
    app = TechdeskApp(bench.workbench, None, title="test")
    shown: list[str] = []

    async def script(pilot: Any) -> None:
        app.open_ticket(bench.key(number), ())
        await pilot.pause()
        assert isinstance(app.screen, TicketScreen)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            shown.append(screen_text(app))
        bench.kinds = [type(screen) for screen in app.screen_stack]  # type: ignore[attr-defined]

    drive(app, script, size)
    return app, shown


def top(bench: Bench) -> type:
    """The screen that lay on top at the end."""
    kinds: list[type] = bench.kinds  # type: ignore[attr-defined]
    return kinds[-1]


def notes(bench: Bench, number: str) -> list[dict[str, str]]:
    """Fields of the records that were queued for a ticket, oldest first, with their kind."""
    made = []
    for operation in queued(bench, number):
        record = decode(operation.text) if operation.kind is OperationKind.COMMENT else None
        if record is not None:
            made.append({"kind": record.kind, **record.fields})
    return made


def queued(bench: Bench, number: str = "") -> list[Operation]:
    """What waits in the outbox, of one ticket or of all, oldest first."""
    lines = bench.workbench.reader.operations(ticket=bench.key(number) if number else None)
    return bench.operations(sorted(line.key for line in lines))


def plain(shown: str) -> str:
    """A picture of the terminal in one line, without the frames of dialogs."""
    return " ".join(re.sub("[│╭╮╰╯─▁▂▃▄▅▆▇█]", " ", shown).split())


def knows(bench: Bench, name: str, **facts: Any) -> None:
    """Let the site know something of a customer."""
    bench.workbench.customers = CustomerBook(customers={name.casefold(): Customer(name=name, **facts)})


def test_a_correction_of_the_desks_own_has_a_reason_that_is_recorded(bench: Bench) -> None:
    """D3: the technician's own correction needs a reason."""
    on_ticket(bench, "TD-2", "p", "1", *"site down", "enter", "y")
    assert [operation.sets for operation in queued(bench, "TD-2") if operation.sets] == [{"priority": 1}]
    (reason,) = notes(bench, "TD-2")
    assert reason == {
        "kind": "reason",
        "action": "ticket.priority",
        "because": "site down",
        "asked by": "desk",
        "for": "D3",
    }


def test_without_a_reason_it_is_asked_once_more(bench: Bench) -> None:
    """D3: a correction of the desk's own needs a reason: an empty one changes nothing, a reason does."""
    _, shown = on_ticket(bench, "TD-2", "p", "3", "enter")
    assert top(bench) is FormDialog
    assert "needs a reason" in plain(shown[-1])
    on_ticket(bench, "TD-2", "p", "3", "enter", "enter")
    assert top(bench) is FormDialog
    assert not bench.workbench.reader.operations(ticket=bench.key("TD-2"))
    on_ticket(bench, "TD-2", "p", "3", "enter", *"two users", "enter")
    assert {each.what for each in bench.workbench.reader.operations(ticket=bench.key("TD-2"))} >= {
        "priority P2 -> P3"
    }


def test_what_a_reason_lets_pass_asks_for_it(bench: Bench) -> None:
    """PH5 on a key that asks nothing else: refused, with a line for the reason."""
    knows(bench, "Tasman Phones", end_users=True, partner="Corner")
    to_ravi = ("A", *"ravi", "enter")
    _, shown = on_ticket(bench, "TD-6", *to_ravi)
    assert top(bench) is FormDialog
    assert "Corner gives first-level support" in plain(shown[-1])
    _, shown = on_ticket(bench, "TD-6", *to_ravi, "escape")
    assert "is not assigned" in plain(shown[-1])
    assert not bench.workbench.reader.operations(ticket=bench.key("TD-6"))
    _, shown = on_ticket(bench, "TD-6", *to_ravi, *"agreed", "enter")
    assert top(bench) is Confirm
    assert "Reason given: agreed" in plain(shown[-1])
    on_ticket(bench, "TD-6", *to_ravi, *"agreed", "enter", "y")
    lines = bench.workbench.reader.operations(ticket=bench.key("TD-6"))
    assert any("because agreed" in line.text for line in lines), "the reason is recorded on the ticket"


def test_a_customers_wish_by_e_mail_is_refused_and_the_words_to_call_are_offered(bench: Bench) -> None:
    """D3: by phone only; the reply that says so is written at one more key."""
    _, shown = on_ticket(bench, "TD-2", "p", "1", *ASKED_BY, "space", "space", "enter")
    assert top(bench) is Confirm
    assert "A change of priority by e-mail is not accepted" in plain(shown[-1])
    _, shown = on_ticket(bench, "TD-2", "p", "1", *ASKED_BY, "space", "space", "enter", "y")
    assert top(bench) is Compose
    assert "Please call us" in shown[-1]
    assert not bench.workbench.reader.operations(ticket=bench.key("TD-2"))


def test_a_caller_without_access_changes_nothing(bench: Bench) -> None:
    """D21 at the keys: the customer asks on the phone, and the caller is not of the account's contacts."""
    knows(bench, "Dunmore Cloud", account_wide=("kim",))
    caller = ("tab", *["backspace"] * 10, *"pat@dunmore.example")
    _, shown = on_ticket(bench, "TD-2", "p", "1", *ASKED_BY, "space", *caller, "enter")
    assert top(bench) is TicketScreen
    assert "has no account-wide access" in plain(shown[-1])
    assert not bench.workbench.reader.operations(ticket=bench.key("TD-2"))


def test_the_contact_on_the_phone_changes_it(bench: Bench) -> None:
    on_ticket(bench, "TD-2", "+", *ASKED_BY, "space", "enter", "y")
    (reason,) = notes(bench, "TD-2")
    assert (reason["asked by"], reason["channel"], reason["caller"]) == ("customer", "phone", "Kim Lee")
    assert bench.workbench.reader.row(bench.key("TD-2")).priority == 1  # type: ignore[union-attr]


def test_a_first_priority_is_not_asked_about(bench: Bench) -> None:
    """D2: the review sets it; nobody corrects anything."""
    on_ticket(bench, "TD-3", "p", "3")
    assert bench.workbench.reader.row(bench.key("TD-3")).priority == 3  # type: ignore[union-attr]


def test_a_severity_without_a_criterion_asks(bench: Bench) -> None:
    """PH10: nothing that the table describes was ticked."""
    _, shown = on_ticket(bench, "TD-6", "p", "3", "enter")
    assert top(bench) is Confirm
    assert "No criterion of Major is ticked" in plain(shown[-1])
    _, shown = on_ticket(bench, "TD-6", "p", "3", "tab", "tab", "tab", "space", "enter")
    assert top(bench) is not Confirm
    assert bench.workbench.reader.row(bench.key("TD-6")).severity == 3  # type: ignore[union-attr]


@SIZES
def test_a_call_is_logged_with_its_caller(bench: Bench, size: tuple[int, int]) -> None:
    on_ticket(bench, "TD-2", "b", "tab", "tab", *"asks for news", "enter", size=size)
    (call,) = notes(bench, "TD-2")
    assert call["kind"] == "caller"
    assert call["caller"] == "Kim Lee"


def test_an_empty_call_is_not_logged(bench: Bench) -> None:
    _, shown = on_ticket(bench, "TD-2", "f", "c", "enter")
    assert top(bench) is FormDialog
    assert "What was said is empty" in shown[-1]
    assert not notes(bench, "TD-2")


def test_an_absence_holds_up_the_closure_for_want_of_an_answer(bench: Bench) -> None:
    """DD7 at the keys: noted with f, seen by C."""
    _, shown = on_ticket(bench, "TD-7", "f", "a", *"2026-12-24", "enter", "C")
    assert notes(bench, "TD-7")[0]["kind"] == "away"
    assert "The customer noted absence until" in plain(shown[-1])


def test_a_date_that_is_none_is_said_and_kept(bench: Bench) -> None:
    _, shown = on_ticket(bench, "TD-7", "f", "a", *"soon", "enter")
    assert top(bench) is FormDialog
    assert "'soon' is no date" in shown[-1]
    assert "Until soon" in plain(shown[-1])


@SIZES
def test_points_of_a_checklist_are_ticked_in_one_go(bench: Bench, size: tuple[int, int]) -> None:
    """Z1: each point is a record of its own, and one undo takes all back."""
    on_ticket(bench, "TD-8", "f", "t", "enter", "space", "down", "space", "enter", size=size)
    made = notes(bench, "TD-8")
    assert [(each["kind"], each["item"]) for each in made] == [("tick", "user"), ("tick", "authority")]
    bench.workbench.undo().commit.result(timeout=5)  # type: ignore[union-attr]
    assert not notes(bench, "TD-8")


@SIZES
def test_what_the_ticket_says_needs_no_tick(bench: Bench, size: tuple[int, int]) -> None:
    """DD14: the form shows as done what the gate finds; space on it says why, and nothing is recorded."""
    told = bench.workbench.perform("ticket.comment", bench.key("TD-7"), text="Steps: start a scan.")
    told.commit.result(timeout=5)  # type: ignore[union-attr]
    _, shown = on_ticket(bench, "TD-7", "f", "t", "space", "enter", size=size)
    assert re.search(r"ok [^\n]*\(the ticket says it\)", shown[1])
    assert "1 of " in shown[1]
    assert "It needs no tick: the ticket says it." in shown[2]
    assert not notes(bench, "TD-7")


@SIZES
def test_the_way_to_second_level_says_what_is_open(bench: Bench, size: tuple[int, int]) -> None:
    """Z1: open points are named before anything is asked; a reason lets it pass, and is recorded."""
    number = ("e", "5")
    _, shown = on_ticket(bench, "TD-8", *number, size=size)
    assert top(bench) is FormDialog
    assert "authority of the user validated" in plain(shown[-1])
    _, shown = on_ticket(bench, "TD-8", *number, "tab", *"urgent", "enter", size=size)
    assert "Nothing says that the fault appears to lie within the server" in plain(shown[-1])
    where = (*"all agree", "enter", "y")
    on_ticket(bench, "TD-8", *number, "tab", *"urgent", "enter", *where, size=size)
    (level,) = notes(bench, "TD-8")
    assert (level["kind"], level["level"], level["because"]) == ("level", "L2", "urgent; all agree")


def test_a_step_that_is_shut_says_why(bench: Bench) -> None:
    """Z5: step 2 without a recorded step 1."""
    _, shown = on_ticket(bench, "TD-8", "e", "2")
    assert top(bench) is Pick
    assert "Step 2 is not open: raise it with the support team first" in plain(shown[-1])
    assert not notes(bench, "TD-8")


def test_step_one_is_taken_and_recorded(bench: Bench) -> None:
    knows(bench, "Harbour Micro", service_provider=True)
    keys = ("e", "1", *"2026-11-01", "tab", "tab", *"no answer for days", "enter")
    on_ticket(bench, "TD-8", *keys)
    assert [each["kind"] for each in notes(bench, "TD-8")] == ["master-list", "escalation", "attempt"]


def test_a_step_without_the_date_of_the_list_is_asked_for_it_and_keeps_what_was_written(
    bench: Bench,
) -> None:
    """Z5: the gate would refuse it, and the words of the concern would be gone with the form."""
    knows(bench, "Harbour Micro", service_provider=True)
    keys = ("e", "1", "tab", "tab", *"no answer for days", "enter")
    _, shown = on_ticket(bench, "TD-8", *keys)
    assert top(bench) is FormDialog
    assert "List of is empty: fill it in" in plain(shown[-1])
    assert "no answer for days" in plain(shown[-1])
    on_ticket(bench, "TD-8", *keys, *"2026-11-01", "enter")
    assert [each["kind"] for each in notes(bench, "TD-8")] == ["master-list", "escalation", "attempt"]


def test_what_was_written_for_a_team_that_does_not_take_it_comes_back(bench: Bench) -> None:
    """DD1: the desk asked for the team; the customer did, as the form is corrected to say."""
    knows(bench, "Datalith", licence_ends=NOW + 86_400)
    keys = ("e", "1", "tab", "tab", *"copy stopped", "tab", *"no progress", "enter")
    _, shown = on_ticket(bench, "TD-7", *keys)
    assert top(bench) is FormDialog
    assert "TD-7 is not escalated: The dedicated team is for problems" in plain(shown[-1])
    assert "copy stopped" in plain(shown[-1])
    on_ticket(bench, "TD-7", *keys, "right", "enter", "y")
    (escalation, reason) = notes(bench, "TD-7")
    assert (escalation["team"], escalation["by"], reason["because"]) == ("swat", "customer", "no progress")


def test_where_no_policy_knows_a_way_the_key_says_so(bench: Bench) -> None:
    _, shown = on_ticket(bench, "TD-2", "E")
    assert "knows no support levels" in plain(shown[-1])


def test_a_closed_wildix_ticket_gets_a_follow_up(bench: Bench) -> None:
    """W7, UX A7: O, and r as well, lead to a new ticket that names the old one."""
    for key in ("O", "r"):
        _, shown = on_ticket(bench, "TD-9", key)
        assert top(bench) is NewTicket
        assert "Subject 9 (Ref TD-9)" in shown[-1]
        assert "Kim Lee" in shown[-1]
    knows(bench, "Rete Nord", product="PBX", tier="Gold", end_users=False)
    _, shown = on_ticket(bench, "TD-9", "O", *TO_TEXT, *"Again.", "escape", "y")
    assert top(bench) is Confirm
    assert "Missing" in plain(shown[-1])
    on_ticket(bench, "TD-9", "O", "escape", "y", "y")  # the draft came back
    (made,) = queued(bench)
    assert made.kind is OperationKind.CREATE
    assert made.sets["subject"] == "Subject 9 (Ref TD-9)"
    assert made.sets["channel"] == "phone"
    assert bench.workbench.reader.draft(bench.key("TD-9"), OperationKind.CREATE) is None


def test_what_was_written_for_a_follow_up_is_kept_beside_the_old_ticket(bench: Bench) -> None:
    """A draft of another new ticket is not overwritten, and the follow-up's own comes back."""
    _, shown = on_ticket(bench, "TD-9", "O", *TO_TEXT, *"More", "escape", "d")
    assert "TD-9 stays as it is. Not sent: the new ticket is kept as a draft. O goes on" in shown[-1]
    plain = bench.workbench.reader.draft(None, OperationKind.CREATE)
    kept = bench.workbench.reader.draft(bench.key("TD-9"), OperationKind.CREATE)
    assert plain is None
    assert kept is not None
    assert kept.fields["subject"] == "Subject 9 (Ref TD-9)"


def test_a_closed_dynamix_ticket_is_reopened_for_the_same_problem_only(bench: Bench) -> None:
    """D13: the question is asked; another problem gets a ticket of its own."""
    _, shown = on_ticket(bench, "TD-4", "O")
    assert top(bench) is Pick
    assert "The reported problem persists" in shown[-1]
    on_ticket(bench, "TD-4", "O", "s")
    assert bench.workbench.reader.row(bench.key("TD-4")).status.value == "open"  # type: ignore[union-attr]


def test_another_problem_opens_a_new_ticket(bench: Bench) -> None:
    on_ticket(bench, "TD-4", "O", "o")
    assert top(bench) is NewTicket
    assert bench.workbench.reader.row(bench.key("TD-4")).status.value == "closed"  # type: ignore[union-attr]


@SIZES
def test_every_form_fits(bench: Bench, size: tuple[int, int]) -> None:
    """The foot with the keys is on the screen, whatever the form asks."""
    for number, keys in (("TD-2", "p1"), ("TD-6", "p3"), ("TD-2", "b"), ("TD-8", "e1"), ("TD-8", "ft")):
        _, shown = on_ticket(bench, number, *keys, *(["enter"] if keys == "ft" else []), size=size)
        assert "esc leave" in shown[-1], (number, keys)


def test_how_it_ended_is_asked_and_recorded(bench: Bench) -> None:
    """PH9: an answer ends Minor only; the way is a record beside the notice."""
    _, shown = on_ticket(bench, "TD-6", "R")
    assert top(bench) is Pick
    assert "how did it end?" in shown[-1]
    _, shown = on_ticket(bench, "TD-2", "R", "2", "3")
    assert "what leaves it out?" in shown[1]
    assert "past its end of support" in plain(shown[1])
    assert top(bench) is Compose
    assert "product or version past its end of support (4.3.2)" in plain(shown[-1]), "D14 names it"
    _, shown = on_ticket(bench, "TD-2", "R", "2", "3", "escape", "y")
    ended = {"kind": "resolution", "resolution": "out-of-scope", "exclusion": "end-of-support"}
    assert ended in notes(bench, "TD-2")
    assert "closing still needs a reason of 4.2" in plain(shown[-1]), "D14: told, and nothing is asked"


def test_words_that_want_a_reason_are_not_sent_without_one(bench: Bench) -> None:
    """W11, D22: what a person has to say stands marked in the policy's words, and sending names it once."""
    _, shown = on_ticket(bench, "TD-2", "R", "3", "escape", "y")
    assert "how did it end?" in shown[0]
    assert "On-site" in plain(shown[0])
    assert "needs somebody on site: {reason?}" in plain(shown[1])
    assert "{reason?} is not filled in" in plain(shown[-1])
    assert top(bench) is Compose
    assert not queued(bench, "TD-2")


def test_an_outage_by_a_cause_that_is_left_out_does_not_count(bench: Bench) -> None:
    """D19, D15 at the keys."""
    cause = ("tab", "s", "tab", *"2026-11-03 09:10", "enter")
    _, shown = on_ticket(bench, "TD-2", "f", "g", *cause)
    assert "Not counted: Scheduled maintenance" in plain(shown[-1])
    assert not notes(bench, "TD-2")
    on_ticket(bench, "TD-2", "f", "g", *cause[:-1], "tab", "tab", "n", "enter")
    (outage,) = notes(bench, "TD-2")
    assert (outage["cause"], outage["counts"]) == ("scheduled-maintenance", "no")


def test_an_outage_begins_with_the_customers_notice_unless_somebody_says_otherwise(bench: Bench) -> None:
    """D15: down time runs from the notice, which is when the ticket came."""
    row = bench.workbench.reader.row(bench.key("TD-2"))
    assert row is not None
    on_ticket(bench, "TD-2", "f", "g", "enter")
    (outage,) = notes(bench, "TD-2")
    assert outage["from"] == str(row.created)


def test_a_copy_for_somebody_outside_is_refused(bench: Bench) -> None:
    """D7 through the key of the watchers."""
    _, shown = on_ticket(bench, "TD-2", "F", *"pat@bakery.example", "enter")
    assert "is no contact of Dunmore Cloud" in plain(shown[-1])
    assert not queued(bench, "TD-2")


def test_a_fix_without_a_maintenance_plan_is_refused_before_anybody_writes(bench: Bench) -> None:
    """DD16: how it ended is chosen first, so what stands against it is told then and there."""
    knows(bench, "Datalith", maintenance_ends=NOW - HOUR, licence_ends=NOW + HOUR)
    _, shown = on_ticket(bench, "TD-7", "R", "2")
    assert "The maintenance plan of Datalith" in plain(shown[-1])
    assert top(bench) is TicketScreen, "no composer: nothing was written in vain"
    knows(bench, "Datalith", maintenance_ends=NOW + HOUR)
    on_ticket(bench, "TD-7", "R", "2")
    assert top(bench) is Compose


def test_an_outage_that_cannot_be_comes_back_as_it_was_filled_in(bench: Bench) -> None:
    """D15: an end before the beginning is told in the form, which keeps what was typed."""
    keys = ("f", "g", "tab", "tab", "tab", *"2026-01-02", "enter")
    _, shown = on_ticket(bench, "TD-2", *keys)
    assert top(bench) is FormDialog
    assert "not after its beginning at" in plain(shown[-1])
    assert "2026-01-02" in shown[-1]
    assert not notes(bench, "TD-2")


def test_how_a_customer_wants_to_be_told_is_chosen(bench: Bench) -> None:
    """DD18: there is no blank to be kept."""
    standing = bench.workbench.standing(bench.key("TD-7"))
    assert standing is not None
    names = [kind.id for kind in fact_kinds(standing[0])]
    place = names.index("preferred-channel")
    on_ticket(bench, "TD-7", "f", *["down"] * place, "enter", "space", "enter")
    (asked,) = notes(bench, "TD-7")
    assert (asked["kind"], asked["channel"]) == ("preferred-channel", "telephone")
    on_ticket(bench, "TD-7", "f", *["down"] * names.index("engineering"), "enter", *"ENG-7", "enter")
    last = next(reversed([each.text for each in queued(bench, "TD-7") if each.text]))
    assert last.startswith("Escalation to software engineering: reference ENG-7")
