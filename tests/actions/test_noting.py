"""What technicians write down for each other, and how the next gate sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from techdesk.actions.because import with_reasons
from techdesk.actions.grading import GradeChoice
from techdesk.actions.outcomes import Confirm, Queued, Refused
from techdesk.actions.questions import grade_values
from techdesk.desks.port import Capabilities, Guarantee
from techdesk.model import Channel, OperationKind
from techdesk.rules import records
from techdesk.rules.customer import Customer, CustomerBook
from techdesk.rules.records import decode
from techdesk.rules.verdicts import OK, Ok, Refuse, Warn
from tests.actions.conftest import HOUR, NOW, Bench, make_ticket, page_of


def knows(bench: Bench, name: str, **facts: Any) -> None:
    """Let the bench's site know something of a customer."""
    book = bench.workbench.customers
    customer = replace(book.find(name) or Customer(name=name), **facts)
    bench.workbench.customers = CustomerBook(customers={**book.customers, name.casefold(): customer})


def test_the_week_of_a_waiting_case_ends_and_an_absence_suspends_it(bench: Bench) -> None:
    """DD7: from the first request; the reminder of twenty hours ago does not start it anew."""
    key = bench.key("TD-7")
    assert isinstance(dict(_reasons(bench, key))["no-answer"], Ok)
    bench.queued("ticket.record", "TD-7", kind="away", fields={"until": str(NOW + 5 * 24 * HOUR)})
    away = dict(_reasons(bench, key))["no-answer"]
    assert isinstance(away, Refuse)
    assert away.reason.startswith("The customer noted absence until ")
    assert bench.workbench.records(key).away_until == NOW + 5 * 24 * HOUR
    bench.clock.advance(6 * 24 * HOUR)
    assert isinstance(dict(_reasons(bench, key))["no-answer"], Ok)


def _reasons(bench: Bench, key: int) -> list[tuple[str, Any]]:
    return [(reason, verdict) for reason, _, verdict in bench.workbench.close_reasons(key)]


def test_a_logged_call_is_a_note_by_phone_with_its_caller(bench: Bench) -> None:
    (note,) = bench.queued("ticket.call", "TD-2", text="Kim asks for news.", caller="kim")
    assert (note.kind, note.channel) == (OperationKind.COMMENT, Channel.PHONE)
    assert note.text.startswith("Kim asks for news.\n")
    told = decode(note.text)
    assert told is not None
    assert (told.kind, told.by, told.fields) == (records.CALL, "bea", {"caller": "Kim Lee"})


def test_who_may_not_be_told_is_refused_on_the_phone(bench: Bench) -> None:
    """D21: nothing is disclosed to somebody without access to the whole account."""
    knows(bench, "Dunmore Cloud", account_wide=("kim",))
    assert bench.refused("ticket.call", "TD-2", caller="pat@dunmore.example").rule == "D21"
    knows(bench, "Dunmore Cloud", account_wide=("pat@dunmore.example",))
    assert bench.queued("ticket.call", "TD-2", caller="pat@dunmore.example")


def test_the_way_from_first_to_third_level(bench: Bench) -> None:
    refused = bench.refused("ticket.hand_off", "TD-8", hand_off="L1-L2")
    assert refused.rule == "Z1"
    assert refused.why.startswith("6 items of first level open: user identified")
    assert "L1-L2" in bench.refused("ticket.hand_off", "TD-8", hand_off="L2-L3").remedy
    for item in ("user", "authority", "symptoms", "logged", "transient"):
        fields = {"checklist": "first-level", "item": item}
        bench.queued("ticket.record", "TD-8", kind="tick", fields=fields)
    assert bench.refused("ticket.hand_off", "TD-8", hand_off="L1-L2").why.startswith("1 items")
    bench.queued("ticket.record", "TD-8", kind="located", fields={"located": "server"})
    (note,) = bench.queued("ticket.hand_off", "TD-8", hand_off="L1-L2")
    assert '"level":"L2"' in note.text
    bench.clock.advance(5)
    console = bench.refused("ticket.hand_off", "TD-8", hand_off="L2-L3")
    assert (console.rule, console.reason_for) == ("Z2", ("Z2",))
    bench.queued("ticket.record", "TD-8", kind="console", fields={"component": "healthy"})
    bench.queued("ticket.hand_off", "TD-8", hand_off="L2-L3")
    bench.clock.advance(5)
    assert bench.refused("ticket.reply", "TD-8", text="It is repaired.").rule == "Z3"
    assert bench.refused("ticket.hand_off", "TD-8", hand_off="L3-L2").rule == "Z8"


def test_why_points_are_open_says_nothing_of_where_the_fault_lies(bench: Bench) -> None:
    """Z1: two conditions that a reason lets pass, and each wants its own."""
    way = {"hand_off": "L1-L2"}
    points = bench.refused("ticket.hand_off", "TD-8", **way)
    assert (points.why[:7], points.reason_for) == ("6 items", ("Z1",))
    typed: dict[str, Any] = {"because": "the site is down"}
    for given in (typed, {"reasons": {"Z1": "the site is down"}}):
        where = bench.refused("ticket.hand_off", "TD-8", **way, **given)
        assert (where.rule, where.reason_for) == ("Z1", ("Z1.located",))
        assert where.why.startswith("Nothing says that the fault appears to lie within the server")
    assert bench.refused("ticket.hand_off", "TD-8", **way, reasons={"Z1.located": "seen"}).reason_for == (
        "Z1",
    )
    both = with_reasons(typed, {"Z1.located": "three sites lost the same server"})
    (level,) = bench.queued("ticket.hand_off", "TD-8", **way, **both, confirmed=True)
    told = decode(level.text)
    assert told is not None
    assert told.field("because") == "the site is down; three sites lost the same server"


def test_the_escalation_path_opens_step_by_step(bench: Bench) -> None:
    """Z5 to Z7: two attempts within one working day open step 3."""
    knows(bench, "Harbour Micro", service_provider=True)
    assert bench.refused("ticket.escalate", "TD-8", step="2", master_list="2026-10").rule == "Z5"
    assert bench.refused("ticket.escalate", "TD-8", step="1").why.startswith("The master contact list")
    assert len(bench.queued("ticket.escalate", "TD-8", step="1", master_list="2026-10")) == 3
    bench.clock.advance(60)
    bench.queued("ticket.escalate", "TD-8", step="2", master_list="2026-10", reached=False)
    three = bench.refused("ticket.escalate", "TD-8", step="3", master_list="2026-10")
    assert (three.rule, "1 of 2 attempts logged" in three.why) == ("Z6", True)
    bench.clock.advance(HOUR)
    bench.queued("ticket.record", "TD-8", kind="attempt", fields={"step": "2", "reached": "no"})
    bench.clock.advance(60)
    bench.queued("ticket.escalate", "TD-8", step="3", master_list="2026-10", reached=False)
    assert bench.refused("ticket.escalate", "TD-8", step="3b", master_list="2026-10").rule == "Z7"
    knows(bench, "Harbour Micro", service_provider=False)
    assert bench.refused("ticket.escalate", "TD-8", step="1", master_list="x").rule == "Z10"


def test_a_reason_that_lets_a_rule_pass_is_kept(bench: Bench) -> None:
    knows(bench, "Rete Nord", tier="Bronze")
    question = bench.do("ticket.assign", "TD-8", owner="ravi")
    assert isinstance(question, Queued), "Zynstra knows no tiers"
    knows(bench, "Datalith", licence_ends=NOW - 1)
    by_customer = {"team": "swat", "asked_by": "customer"}
    assert bench.refused("ticket.escalate", "TD-7", **by_customer).rule == "DD9"
    own = bench.refused("ticket.escalate", "TD-7", team="swat")
    assert (own.rule, own.wants_reason) == ("DD1", False), "severity 3 is none of the team's, with no reason"
    asked = bench.do("ticket.escalate", "TD-7", team="swat", because="renewal is signed", asked_by="customer")
    assert isinstance(asked, Confirm), "any customer may ask for an escalation (DD1, DD6); the licence warns"
    assert asked.rule == "DD9, DD8", "the reason is the licence's: what is not known of the version is told"


def test_a_reason_belongs_to_the_rules_that_were_shown(bench: Bench) -> None:
    """A lapsed licence (DD9) and a version past its end (DD8): each wants a reason of its own."""
    knows(bench, "Datalith", licence_ends=NOW - 1, product="StorageX", version="7.7.0")
    first = {"team": "swat", "asked_by": "customer"}
    assert bench.refused("ticket.escalate", "TD-7", **first).reason_for == ("DD9",)
    reasons = {"DD9": "renewal is signed"}
    second = bench.do("ticket.escalate", "TD-7", reasons=reasons, **first)
    assert isinstance(second, Confirm)
    assert second.reason_for == ("DD8",), "it wants a reason of its own"
    assert "Reason given: renewal is signed." in second.detail
    both = {**reasons, "DD8": "they upgrade on Monday"}
    made = bench.queued("ticket.escalate", "TD-7", reasons=both, confirmed=True, **first)
    (reason,) = [told for each in made if (told := decode(each.text)) is not None and told.kind == "reason"]
    assert reason.field("because") == "renewal is signed; they upgrade on Monday"
    assert reason.field("for") == "DD9, DD8"


def test_a_reason_that_was_typed_before_any_rule_was_shown_answers_the_first(bench: Bench) -> None:
    knows(bench, "Datalith", licence_ends=NOW - 1, product="StorageX", version="7.7.0")
    asked = bench.do("ticket.escalate", "TD-7", team="swat", asked_by="customer", because="renewal is signed")
    assert isinstance(asked, Confirm)
    assert asked.reason_for == ("DD8",)


def test_why_a_grade_is_corrected_says_nothing_of_lowering_a_vips(bench: Bench) -> None:
    """D3 wants to know why, and D6 warns all the same: the form asks for the one before the other is seen."""
    knows(bench, "Dunmore Cloud", vip=("kim",))
    answers = grade_values(GradeChoice(axis="priority", level=4, label="P4"), {"because": "a single phone"})
    asked = bench.do("ticket.priority", "TD-2", **answers)
    assert isinstance(asked, Confirm)
    assert (asked.rule, asked.reason_for) == ("D6", ("D6",))
    given = with_reasons(answers, {"D6": "Kim agrees"})
    note, _ = bench.queued("ticket.priority", "TD-2", confirmed=True, **given)
    assert '"because":"a single phone; Kim agrees"' in note.text


def test_the_reason_for_which_a_ticket_is_opened_goes_to_the_desk_behind_it(bench: Bench) -> None:
    """The key says that it is recorded on the ticket; one undo takes both back."""
    knows(bench, "Datalith", licence_ends=NOW - 1)
    fields = {
        "subject": "It fails",
        "requester": "kim",
        "organisation": "o3",
        "queue": "q1",
        "channel": "phone",
    }
    asked = {"fields": fields, "text": "Steps, log files.", "confirmed": True}
    refused = bench.workbench.perform("ticket.new", None, **asked)
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.reason_for) == ("DD9", ("DD9",))
    opened = bench.workbench.perform("ticket.new", None, because="renewal is signed", **asked)
    assert isinstance(opened, Queued), opened
    key = opened.commit.result(timeout=5)
    created, note = bench.workbench.reader.operations(ticket=key)
    assert created.kind is OperationKind.CREATE
    assert note.kind is OperationKind.COMMENT
    assert '"because":"renewal is signed"' in note.text
    undone = bench.workbench.undo()
    assert isinstance(undone, Queued)
    assert undone.commit.result(timeout=5) is True
    assert bench.workbench.reader.row(key) is None
    assert bench.workbench.reader.operations(ticket=key) == []


def test_what_is_done_though_a_rule_warns_of_it_stands_in_the_journal(bench: Bench) -> None:
    """With the rule's id; not what was only asked, and not what is no policy's."""
    knows(bench, "Datalith", product="StorageX")
    asked = bench.do("ticket.assign", "TD-7", owner="ravi")
    assert isinstance(asked, Confirm)
    assert "DD8" in asked.rule
    bench.do("ticket.assign", "TD-3", owner="bea", confirmed=True)
    assert "warned" not in [line.outcome for line in bench.workbench.reader.journal()]
    bench.queued("ticket.assign", "TD-7", owner="ravi", confirmed=True)
    (line,) = (line for line in bench.workbench.reader.journal() if line.outcome == "warned")
    assert (line.action, line.number) == ("ticket.assign", "TD-7")
    assert line.detail.startswith("[DD8")
    assert "Which version Datalith runs is not known" in line.detail


def test_a_new_case_and_marked_ones_name_the_team_that_should_own_them(bench: Bench) -> None:
    """DD4: severity 1 and 2 with high priority; of many tickets the team of the most of them."""
    knows(bench, "Datalith", licence_ends=NOW + HOUR)
    judging, reader = bench.workbench.judging, bench.workbench.reader
    urgent = {"requester": "kim", "organisation": "o3", "severity": 2, "priority": 1}
    assert judging.owning_team_of_new(urgent) == "swat"
    assert judging.owning_team_of_new({**urgent, "severity": 3}) == ""
    assert judging.owning_team_of_new({**urgent, "organisation": "o1"}) == "", (
        "another policy has no such team"
    )
    feed = bench.database.feed()
    feed.apply(page_of(make_ticket(7, organisation="o3", severity=1, priority=1, revision=2)), now=NOW)
    feed.close()
    grades = reader.grades_of([bench.key("TD-2"), bench.key("TD-7")])
    assert grades == {("dynamix", "", None, 2): 1, ("data-dynamics", "", 1, 1): 1}
    assert judging.owning_team_of_many(grades) == "swat"
    assert judging.owning_team_of_many(reader.grades_of([bench.key("TD-2")])) == ""
    assert judging.outside_team(grades, "ravi") == (0, OK), "no file says who is in it"
    bench.workbench.customers = replace(bench.workbench.customers, teams={"swat": ("bea",)})
    count, said = judging.outside_team(grades, "ravi")
    assert isinstance(said, Warn)
    assert (count, said.wants_reason) == (1, True)
    assert judging.outside_team(grades, "bea") == (0, OK)
    new = {**urgent, "subject": "It fails", "queue": "q1", "owner": "ravi"}
    asked = bench.workbench.perform("ticket.new", None, fields=new, text="Steps, log files, system.")
    assert isinstance(asked, Confirm)
    assert ("DD4" in asked.rule, asked.reason_for) == (True, ("DD4",))
    assert "Ravi Kapoor is not in the dedicated escalation team" in asked.detail


def test_what_is_known_of_the_customer_decides_the_closure(bench: Bench) -> None:
    """D11, D12: known facts allow or refuse; what is not known asks."""
    key = bench.key("TD-2")
    knows(bench, "Dunmore Cloud", on_hold=True, contract_ends=NOW + HOUR)
    reasons = dict(_reasons(bench, key))
    assert isinstance(reasons["on-hold"], Ok)
    assert isinstance(reasons["contract-expired"], Refuse)
    assert "runs to" in reasons["contract-expired"].reason
    knows(bench, "Dunmore Cloud", on_hold=False, contract_ends=NOW - HOUR)
    reasons = dict(_reasons(bench, key))
    assert isinstance(reasons["on-hold"], Refuse)
    assert isinstance(reasons["contract-expired"], Ok)


def test_a_closed_wildix_ticket_goes_on_as_a_follow_up(bench: Bench) -> None:
    refused = bench.refused("ticket.reopen", "TD-9")
    assert (refused.rule, refused.why) == ("W7", "Closed Wildix tickets do not reopen (Wildix 3.1).")
    assert refused.remedy == "i opens another one; name TD-9 in it."
    fields, text = bench.workbench.follow_up(bench.key("TD-9"))
    assert fields["subject"] == "Subject 9 (Ref TD-9)"
    assert (fields["requester"], fields["organisation"], fields["channel"]) == ("kim", "o5", "phone")
    assert text == "Ref TD-9: "


def test_a_follow_up_is_of_the_type_of_the_ticket_before(bench: Bench) -> None:
    """W7: it is the same matter; where a desk takes no type with a new ticket it is left out."""
    assert bench.workbench.follow_up(bench.key("TD-8"))[0]["kind"] == "problem"
    bench.workbench.capabilities = Capabilities(
        guarantee=Guarantee.C,
        keys=False,
        precondition=True,
        tombstones=True,
        create_fields=("subject", "requester", "queue"),
    )
    assert "kind" not in bench.workbench.follow_up(bench.key("TD-8"))[0]


def test_a_new_ticket_meets_the_rules_of_its_customer(bench: Bench) -> None:
    fields = {"subject": "Down", "requester": "kim", "queue": "q1", "organisation": "o5", "channel": "email"}
    outcome = bench.workbench.perform("ticket.new", None, fields=fields, text="It does not ring")
    assert not isinstance(outcome, Queued)
    assert outcome.rule == "W5"
    asked = bench.workbench.perform(
        "ticket.new", None, fields={**fields, "organisation": "o3", "channel": "phone"}
    )
    assert isinstance(asked, Confirm)
    assert "DD9" in asked.rule, "whether there is a licence is not known"


def test_no_kind_that_nobody_reads(bench: Bench) -> None:
    refused = bench.refused("ticket.record", "TD-2", kind="mood", fields={})
    assert refused.rule == "generic.record"
    assert "approval" in refused.remedy


def test_another_techdesk_reads_what_this_one_wrote(bench: Bench, tmp_path: Path) -> None:
    """The note arrives as a message of the desk; a second copy of it changes nothing."""
    from techdesk.desks.port import Page
    from techdesk.model import Direction, Message, Visibility

    (note,) = bench.queued("ticket.record", "TD-7", kind="away", fields={"until": str(NOW + HOUR)})
    other = Bench(tmp_path / "other")
    feed = other.database.feed()
    copies = tuple(
        Message(
            id=f"x{n}",
            ticket="id-7",
            at=NOW + n,
            author="ravi",
            direction=Direction.OUTBOUND,
            visibility=Visibility.INTERNAL,
            body=note.text,
        )
        for n in range(2)
    )
    feed.apply(Page(messages=copies, cursor="2", more=False), now=NOW)
    feed.close()
    seen = other.workbench.records(other.key("TD-7"))
    assert len(seen.all) == 1
    assert seen.away_until == NOW + HOUR
    other.database.close()
