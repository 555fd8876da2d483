"""Wildix at night and by partner, Data Dynamics by version: cases that one line of a table does not show."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.actions.noting import notes_of
from techdesk.actions.operations import Decision
from techdesk.actions.passing_questions import team_form, team_values
from techdesk.actions.questions import call_form, call_values, record_form
from techdesk.model import Channel, Person, Role, Status
from techdesk.rules import records
from techdesk.rules.customer import CustomerBook
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case
from techdesk.rules.hints import hints
from techdesk.rules.passing import owning_team
from techdesk.rules.rota import Rota
from techdesk.rules.verdicts import Ok, Refuse, Verdict, Warn
from techdesk.screens.choosing import owner_choices
from tests.rules.test_policy_rules import (
    CLOSED_HOURS,
    FULL,
    GOLD,
    NOW,
    ask,
    customer,
    dat,
    noted,
    wil,
    zyn,
)

TAKE = Wish(owner="bea", in_team=True)
NO = (records.QUALIFICATION, {"qualifies": "no", "exclusion": "internet"})
YES = (records.QUALIFICATION, {"qualifies": "yes"})


def night(**more: Any) -> Facts:
    return wil(**{**CLOSED_HOURS, "severity": 1, **more})


def words(verdict: Verdict) -> str:
    assert isinstance(verdict, Warn | Refuse), verdict
    return verdict.reason


def told(action: str, ticket: Facts, wish: Wish, evidence: Evidence | None = None) -> str:
    given = evidence or Evidence()
    return " ".join(
        hints(Case(action=action, ticket=ticket, actor="bea", now=NOW, evidence=given, wish=wish))
    )


class TestPartners:
    """W1."""

    def test_a_bronze_partner_without_a_name_for_its_partner(self) -> None:
        verdict = ask("ticket.take", wil(owner="", customer=customer(tier="Bronze")), TAKE, Evidence())
        assert words(verdict) == (
            "Dunmore is Bronze: support runs through their assigned Platinum or Gold partner (Wildix 1)."
        )

    def test_silver_is_told_both_sections(self) -> None:
        silver = customer(tier="Silver", partner="Rete Nord")
        verdict = ask("ticket.take", wil(owner="", customer=silver), TAKE, Evidence())
        assert isinstance(verdict, Warn)
        assert "section 1 gives Silver partners direct support, section 3 refers them to Rete Nord" in words(
            verdict
        )
        assert "Nothing is blocked" in words(verdict)

    def test_an_unknown_partner_and_no_customer_at_all_are_two_sentences(self) -> None:
        assert words(ask("ticket.take", wil(owner="", customer=None), TAKE, Evidence())).startswith(
            "Which kind of partner Dunmore is, is not known here (Wildix 1, 3)."
        )
        nobody = wil(owner="", customer=None, organisation="", organisation_name="")
        assert words(ask("ticket.take", nobody, TAKE, Evidence())).startswith("No customer is named on it")

    def test_of_a_gold_partner_it_is_the_person_who_is_not_known(self) -> None:
        unknown = wil(owner="", customer=GOLD, requester=None)
        assert words(ask("ticket.take", unknown, TAKE, Evidence())).startswith(
            "Whether the requester is an end user, or of the partner, is not known here (Wildix 1)."
        )
        user = wil(owner="", customer=customer(tier="Gold", end_users=True))
        verdict = ask("ticket.take", user, TAKE, Evidence())
        assert isinstance(verdict, Refuse)
        assert "support runs through the integrator who installed their system" in verdict.reason


class TestTheNight:
    """W3, W4, W14."""

    @pytest.mark.parametrize("action", ["ticket.take", "ticket.assign"])
    def test_what_does_not_qualify_is_not_worked_on_as_critical(self, action: str) -> None:
        verdict = ask(action, night(owner=""), TAKE, noted(NO))
        assert isinstance(verdict, Refuse)
        assert (verdict.rule, verdict.reason) == (
            "W4",
            "Excluded from extended support: check of the internet line (Wildix 2.2).",
        )
        assert isinstance(ask(action, night(owner=""), TAKE, noted(NO, YES)), Ok), "the newest word counts"
        assert isinstance(ask(action, night(owner="", severity=2), TAKE, noted(NO)), Ok)
        assert isinstance(ask(action, wil(owner="", severity=1), TAKE, noted(NO)), Ok), "in hours"

    def test_what_is_standard_and_does_not_qualify_stays_so(self) -> None:
        wish = Wish(severity=1, exclusion="internet")
        verdict = ask("ticket.priority", night(severity=2), wish, Evidence())
        assert isinstance(verdict, Refuse)
        assert verdict.remedy.startswith("It stays Standard: next working day.")
        ungraded = ask("ticket.priority", night(severity=None), wish, Evidence())
        assert isinstance(ungraded, Refuse)
        assert ungraded.remedy.startswith("<ticket.priority> makes it Standard")

    def test_nobody_is_kept_from_putting_it_back(self) -> None:
        verdict = ask("ticket.assign", night(), Wish(owner=""), noted(NO))
        assert not isinstance(verdict, Refuse)

    def test_a_new_critical_ticket_is_asked_whether_it_qualifies(self) -> None:
        new = Wish(text=FULL)
        verdict = ask("ticket.new", night(channel=Channel.PHONE), new, Evidence(told=FULL))
        assert isinstance(verdict, Warn)
        assert (verdict.rule, "Go on if it qualifies" in verdict.reason) == ("W4", True)
        assert isinstance(
            ask("ticket.new", wil(severity=1, channel=Channel.PHONE), new, Evidence(told=FULL)), Ok
        )

    def test_what_is_noted_or_not_noted_is_told(self) -> None:
        record = Wish(kind=records.QUALIFICATION, fields={"qualifies": "no"})
        named = Wish(kind=records.QUALIFICATION, fields={"qualifies": "no", "exclusion": "internet"})
        assert not told("ticket.record", night(), named), "an exclusion makes it Standard at once"
        assert "It is Critical still (Wildix 2.2). <ticket.priority>" in told(
            "ticket.record", night(), record
        )
        assert told("ticket.record", night(severity=2), record) == ""
        assert "whether it qualifies" in told("ticket.take", night(owner=""), TAKE)
        assert told("ticket.take", night(owner=""), TAKE, noted(YES)) == ""
        assert told("ticket.take", night(owner="", channel=Channel.MONITORING), TAKE) == ""

    def test_a_standard_call_at_night_is_told_that_it_waits(self) -> None:
        call = Wish(text="The colour is wrong.", channel=Channel.PHONE)
        assert "in English" in told("ticket.call", night(severity=2), call)
        assert "next working day" in told("ticket.new", night(severity=2, channel=Channel.PHONE), call)
        assert told("ticket.call", night(), call) == ""
        assert told("ticket.call", wil(), call) == ""


class TestChats:
    """W8, and what a chat is not: a telephone call."""

    def test_the_form_asks_how_under_a_policy_with_chats_only(self) -> None:
        form = call_form(wil(), Evidence())
        assert [option.id for option in form.field("channel").options] == ["phone", "chat"]
        assert call_values({"channel": "chat", "text": "x"})["channel"] == "chat"
        assert all(field.name != "channel" for field in call_form(zyn(), Evidence()).fields)

    def test_a_chat_out_of_hours_is_refused_and_in_hours_logged_as_a_chat(self) -> None:
        chat = Wish(text="Hello", channel=Channel.CHAT)
        refused = ask("ticket.call", night(), chat, Evidence())
        assert isinstance(refused, Refuse)
        assert refused.rule == "W8"
        decision = Decision(
            batch="b", action="ticket.call", actor="bea", now=NOW, hold_seconds=5, ticket=1, ticket_id="t1"
        )
        (note,) = notes_of(decision, wil(), chat, {})
        record = records.decode(note.text)
        assert record is not None
        assert (record.kind, record.field("by")) == (records.CALL, "chat")

    def test_a_chat_does_not_make_critical_what_wants_a_call(self) -> None:
        wish = Wish(severity=1)
        group = wil(channel=Channel.SOCIAL)
        by_chat, by_phone = (noted((records.CALL, fields)) for fields in ({"by": "chat"}, {"caller": "Kim"}))
        assert isinstance(ask("ticket.priority", group, wish, by_chat), Refuse)
        assert isinstance(ask("ticket.priority", group, wish, by_phone), Ok)
        portal = wil(**CLOSED_HOURS)
        assert "W3" in rule_of(ask("ticket.priority", portal, wish, by_chat))
        assert isinstance(ask("ticket.priority", portal, wish, by_phone), Ok)


def rule_of(verdict: Verdict) -> str:
    assert isinstance(verdict, Warn | Refuse)
    return verdict.rule


class TestVersions:
    """DD8, and W6: what the ticket says against what the customer's file says."""

    @pytest.mark.parametrize("action", ["ticket.take", "ticket.assign", "ticket.escalate"])
    def test_what_is_not_known_warns(self, action: str) -> None:
        verdict = ask(action, dat(owner=""), Wish(owner="bea", in_team=True, team="swat"), Evidence())
        assert isinstance(verdict, Warn)
        assert verdict.reason.startswith("Which version Dunmore runs is not known here (Data Dynamics 4.6).")

    def test_what_is_not_in_the_table_warns(self) -> None:
        known = customer(licence_ends=NOW + 9, product="StorageX", version="9.1")
        verdict = ask("ticket.take", dat(owner="", customer=known), TAKE, Evidence())
        assert isinstance(verdict, Warn)
        assert verdict.reason.startswith("Version 9.1 of StorageX is not in the table of versions")

    def test_the_ticket_is_read_where_no_file_tells(self) -> None:
        said = Evidence(told="The product crashes.\nWe run StorageX 7.6.0 on two servers.")
        verdict = ask("ticket.take", dat(owner=""), TAKE, said)
        assert isinstance(verdict, Warn)
        assert (verdict.wants_reason, "StorageX 7.6.0 ended 2016-08-31" in verdict.reason) == (True, True)

    def test_two_versions_are_told_apart(self) -> None:
        known = customer(licence_ends=NOW + 9, product="StorageX", version="7.8.0")
        said = Evidence(told="StorageX version 7.7.0 hangs")
        assert "The ticket says version 7.7.0, the customer's file 7.8.0 (Data Dynamics 4.6)." in told(
            "ticket.take", dat(owner="", customer=known), TAKE, said
        )
        same = Evidence(told="StorageX 7.8.0 hangs, logs of server 10.0.0.1")
        assert told("ticket.take", dat(owner="", customer=known), TAKE, same) == ""

    def test_the_system_of_a_pbx_as_well(self) -> None:
        known = customer(tier="Gold", version="6.02")
        assert "The ticket says version 5.03.2, the customer's file 6.02 (Wildix 3.1)." in told(
            "ticket.take", wil(owner="", customer=known), TAKE, Evidence(told=FULL)
        )
        longer = customer(tier="Gold", version="5.03")
        assert told("ticket.take", wil(owner="", customer=longer), TAKE, Evidence(told=FULL)) == ""


def test_every_field_of_a_record_is_asked_for() -> None:
    """Who, when and how belong to the fact: an availability without a time tells nobody anything."""
    for ticket, kind, wanted in (
        (dat(), records.AVAILABILITY, ["when", "how"]),
        (wil(), records.PARTNER_CONTACTED, ["how", "when"]),
        (dat(), "engineering", ["reference", "since"]),
    ):
        form = record_form(ticket, kind)
        assert form is not None
        assert [field.name for field in form.fields] == [*wanted, "text"]


def test_the_next_try_is_one_at_the_step_that_was_tried_last() -> None:
    """Z6 says that the key notes the next one: at the first step it would count for nothing."""
    form = record_form(zyn(), records.ATTEMPT, tried="2")
    assert form is not None
    assert form.field("step").value == "2"
    for tried in ("", "of another policy"):
        form = record_form(zyn(), records.ATTEMPT, tried=tried)
        assert form is not None
        assert form.field("step").value == "1"


def test_what_waits_for_a_problem_is_told_how_to_come_off_it() -> None:
    """W10."""
    verdict = ask("ticket.close", wil(problems=("TD-7", "TD-8")), Wish(reason="duplicate"), Evidence())
    assert isinstance(verdict, Refuse)
    assert verdict.reason == "TD-1 is linked to a problem that is still open: TD-7, TD-8 (Wildix 5)."
    assert verdict.remedy.startswith("<ticket.unlink>")


class TestTheDedicatedTeam:
    """DD4, DD6."""

    def test_it_owns_what_a_customer_escalated_to_it_whatever_the_grade(self) -> None:
        calm = dat(severity=4, priority=3)
        asked = noted((records.ESCALATION, {"by": "customer", "team": "swat"}))
        by_us = noted((records.ESCALATION, {"team": "swat"}))
        assert owning_team(calm, by_us.records) is None
        team = owning_team(calm, asked.records)
        assert team is not None
        assert team.id == "swat"
        verdict = ask("ticket.assign", calm, Wish(owner="ravi", in_team=False), asked)
        assert isinstance(verdict, Warn)
        assert ("DD4" in verdict.rule, verdict.wants_reason) == (True, True)

    def test_its_people_stand_first_in_the_list_of_owners(self) -> None:
        book = CustomerBook(teams={"swat": ("lena", "zoe")})
        people = [
            Person(id=name, name=name.title(), role=Role.TECHNICIAN)
            for name in ("adam", "bea", "lena", "zoe")
        ]
        asked: dict[str, Any] = {"me": "bea", "current": "", "queue": "", "customers": book}
        asked |= {"rota": Rota(), "now": NOW}
        assert [c.id for c in owner_choices(people, {}, team="swat", **asked)] == [
            "lena", "zoe", "bea", "adam", "",
        ]  # fmt: skip
        assert [c.id for c in owner_choices(people, {}, **asked)][:2] == ["bea", "adam"]

    def test_an_escalation_by_the_customer_keeps_how_they_asked(self) -> None:
        form = team_form(dat(), "swat")
        assert form is not None
        assert [option.id for option in form.field("how").options] == ["account-manager", "email", "phone"]
        given = {"asked": "customer", "how": "email", "status": "It hangs", "because": "Too slow"}
        values = team_values("swat", given, dat().policy)
        assert (values["asked_how"], values["missing"]) == ("email", ())
        assert team_values("swat", {**given, "asked": "desk"}, dat().policy)["asked_how"] == ""
        assert team_values("swat", {"asked": "customer"}, dat().policy)["missing"] == (
            "description of the present status",
            "reason for the escalation",
        )


class TestPatches:
    """DD16: the end by a fix is refused, a text that speaks of one asks."""

    def test_a_text_that_speaks_of_a_patch_asks(self) -> None:
        over = dat(customer=customer(licence_ends=NOW + 9, maintenance_ends=NOW - 9))
        verdict = ask("ticket.reply", over, Wish(text="A hotfix is on its way."), Evidence())
        assert isinstance(verdict, Warn)
        assert verdict.reason.startswith(
            "The text speaks of a patch, and the maintenance plan of Dunmore ended"
        )
        assert isinstance(ask("ticket.reply", over, Wish(text="We fix it, despatched."), Evidence()), Ok)
        refused = ask(
            "ticket.resolve",
            over,
            Wish(text="Patched.", resolution="fix", status=Status.RESOLVED),
            Evidence(),
        )
        assert isinstance(refused, Refuse)

    def test_nobody_knows_of_a_plan(self) -> None:
        verdict = ask("ticket.reply", dat(customer=None), Wish(text="The patch is out."), Evidence())
        assert isinstance(verdict, Warn)
        assert "not known here" in verdict.reason
