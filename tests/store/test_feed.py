"""What the desk says: applied whole, in order of versions, with nothing brought back from the dead."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from techdesk.desks.port import Accepted, Account, Page, Prepared
from techdesk.model import (
    Attachment,
    OperationState,
    Organisation,
    Person,
    Role,
    Status,
    Tombstone,
    TombstoneReason,
)
from techdesk.store import changes, lines
from techdesk.store.rows import EntryState, SyncPhase, SyncState
from tests.store.desk import (
    DAY,
    HOUR,
    NOW,
    Desk,
    create,
    event,
    message,
    operation,
    page,
    reply,
    reply_message,
    ticket,
)

DELETED = TombstoneReason.DELETED
MERGED = TombstoneReason.MERGED
OUT_OF_SCOPE = TombstoneReason.OUT_OF_SCOPE


def send(desk: Desk, key: int, body: bytes = b"{}") -> None:
    assert desk.feed.mark_sent(key, Prepared(body=body, precondition="1"), NOW + 30) is not None


def test_a_page_of_a_hundred_is_there_whole(desk: Desk) -> None:
    changed = desk.pull(
        *(ticket(n) for n in range(1, 101)),
        messages=tuple(message(f"m{n}", n, f"words of {n}") for n in range(1, 101)),
        events=tuple(event(f"e{n}", n, "priority", "4", "3", NOW - 60) for n in range(1, 101)),
        cursor="next",
    )
    assert len(changed) == 100
    assert len(desk.numbers()) == 100
    assert desk.feed.cursor() == "next"
    key = desk.key(50)
    assert [line.new for line in desk.reader.log(key)] == ["P3"]
    assert [entry.body for entry in desk.reader.conversation(key)] == ["words of 50"]
    assert desk.pull(*(ticket(n) for n in range(1, 101)), cursor="next") == [], "nothing changes twice"


def test_the_cursor_comes_with_the_last_rows_and_never_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.pull(cursor="before")
    rebuild = lines.Lines.rebuild

    def fail_on_the_last(self: lines.Lines, keys: list[int], now: int) -> list[int]:
        if desk.scalar("SELECT count(*) FROM ticket") == 120:
            raise OSError(28, "No space left on device")
        return rebuild(self, keys, now)

    monkeypatch.setattr(lines.Lines, "rebuild", fail_on_the_last)
    with pytest.raises(OSError, match="space"):
        desk.pull(*(ticket(n) for n in range(1, 121)), cursor="after")
    assert desk.feed.cursor() == "before"
    assert 0 < len(desk.numbers()) < 120
    monkeypatch.undo()
    desk.pull(*(ticket(n) for n in range(1, 121)), cursor="after")
    assert desk.feed.cursor() == "after"
    assert len(desk.numbers()) == 120


def test_a_lower_revision_is_never_taken(desk: Desk) -> None:
    desk.pull(ticket(1, revision=5, subject="newest"))
    desk.pull(ticket(1, revision=4, subject="older"))
    desk.feed.absorb(page(ticket(1, revision=3, subject="oldest")), NOW)
    assert desk.reader.rows([desk.key(1)])[0].subject == "newest"
    base = desk.feed.base(desk.key(1))
    assert base is not None
    assert base.revision == 5


def test_an_answer_updates_and_never_inserts_but_for_a_look_up(desk: Desk) -> None:
    assert desk.feed.absorb(page(ticket(7)), NOW) == []
    assert desk.reader.key_of("TD-7") is None
    desk.feed.absorb(page(ticket(7)), NOW, insert=True)
    assert desk.reader.key_of("td-7") is not None


@pytest.mark.parametrize("insert", [False, True])
def test_an_answer_never_revives_what_was_deleted(desk: Desk, insert: bool) -> None:
    desk.pull(ticket(1, revision=3))
    desk.pull(tombstones=(Tombstone(id="1", reason=DELETED),))
    desk.feed.absorb(page(ticket(1, revision=9)), NOW, insert=insert)
    assert desk.numbers() == []
    desk.pull(ticket(1, revision=3))
    assert desk.numbers() == [], "the feed brings it back only in a newer version"
    desk.pull(ticket(1, revision=4))
    assert desk.numbers() == ["TD-1"]


def test_what_left_the_scope_may_be_looked_up(desk: Desk) -> None:
    desk.pull(ticket(1, revision=3))
    desk.pull(tombstones=(Tombstone(id="1", reason=OUT_OF_SCOPE),))
    assert desk.numbers() == []
    desk.feed.absorb(page(ticket(1, revision=3)), NOW, insert=True)
    assert desk.numbers() == ["TD-1"]


def test_a_deleted_ticket_leaves_nothing_behind(desk: Desk) -> None:
    desk.pull(
        ticket(1, tags=("vpn",)),
        messages=(message("m1", 1, "secret words"),),
        events=(event("e1", 1, "status", "new", "open", NOW - 60),),
    )
    key = desk.key(1)
    seq = desk.reader.last_change()
    assert desk.pull(tombstones=(Tombstone(id="1", reason=DELETED),)) == [key]
    assert desk.reader.changes_since(seq)[1] == [key]
    for table in ("ticket", "message", "message_body", "event", "list_row", "ticket_text", "ticket_tag"):
        assert desk.scalar(f"SELECT count(*) FROM {table}") == 0, table
    assert desk.numbers("secret") == []
    assert desk.reader.ticket(key) is None


def test_unsent_work_on_a_merged_ticket_waits_for_a_person_with_clear_words(desk: Desk) -> None:
    desk.pull(ticket(1), ticket(2))
    key = desk.key(1)
    desk.enqueue(reply(key, "Long answer"), operation(key, sets={"status": "closed"}))
    desk.pull(tombstones=(Tombstone(id="1", reason=MERGED, merged_into="2"),))
    assert desk.numbers() == ["TD-2"]
    row = desk.reader.row(key)
    assert row is not None
    assert (row.number, row.attention, row.requester_name) == ("TD-1", "conflict", "Cleo Cedar")
    first, second = desk.reader.operations(ticket=key)
    assert first.state is second.state is OperationState.CONFLICT
    assert first.error == "Not sent: the ticket was merged into TD-2 at the desk."
    assert desk.feed.due(NOW + DAY) == []
    assert desk.reader.conversation(key)[0].state is EntryState.FAILED
    assert desk.writer.retry(first.key, NOW).result(10) is False
    for pending in (first, second):
        desk.writer.drop(pending.key, NOW).result(10)
    assert desk.reader.row(key) is None


def test_gone_as_the_answer_to_a_push_does_the_same(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(reply(key))
    send(desk, op)
    desk.feed.gone(op, Tombstone(id="1", reason=DELETED), NOW + 31)
    (pending,) = desk.reader.operations()
    assert (pending.state, pending.error) == (
        OperationState.CONFLICT,
        "Not sent: the ticket was deleted at the desk.",
    )
    assert desk.numbers() == []


def test_a_ticket_out_of_scope_still_takes_what_is_unsent(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(reply(desk.key(1)))
    desk.pull(tombstones=(Tombstone(id="1", reason=OUT_OF_SCOPE),))
    assert desk.numbers() == []
    (due,) = desk.feed.due(NOW + 30)
    assert (due.key, due.ticket_id) == (op, "1")


# Sweeps


def test_a_sweep_forgets_what_it_did_not_see(desk: Desk) -> None:
    desk.pull(*(ticket(n) for n in range(1, 8)))
    kept = desk.key(3)
    desk.enqueue(reply(kept))
    created = desk.writer.create(create()).result(10)
    generation = desk.feed.begin_sweep()
    desk.feed.apply(
        page(ticket(1), cursor="1", more=True), generation=generation, store_cursor=False, now=NOW
    )
    desk.feed.save_sweep("1")
    assert desk.feed.begin_sweep() == generation, "it was cut off, and goes on"
    assert desk.feed.sweep_after() == "1"
    desk.pull(ticket(4, revision=2), ticket(9), cursor="meanwhile")
    desk.feed.apply(page(ticket(2), cursor="end"), generation=generation, store_cursor=False, now=NOW)
    gone = {desk.key(n) for n in (5, 6, 7)}
    assert set(desk.feed.end_sweep(generation, "end", NOW)) == gone
    assert set(desk.numbers()) == {"TD-1", "TD-2", "TD-3", "TD-4", "TD-9", f"NEW-{created}"}
    assert desk.feed.cursor() == "end"
    assert desk.feed.begin_sweep() == generation + 1


def test_an_answer_during_a_sweep_does_not_lower_a_generation(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    send(desk, op)
    generation = desk.feed.begin_sweep()
    desk.feed.apply(page(ticket(1)), generation=generation, store_cursor=False, now=NOW)
    desk.feed.accept(op, Accepted(page=page(ticket(1, revision=2, priority=1)), ticket_id="1"), NOW + 31)
    assert desk.feed.end_sweep(generation, "end", NOW) == []
    assert desk.numbers() == ["TD-1"]


# Operations


def test_operations_of_a_ticket_go_one_after_another_and_block_no_other(desk: Desk) -> None:
    desk.pull(ticket(1), ticket(2))
    one, two = desk.key(1), desk.key(2)
    first, second, other = desk.enqueue(
        operation(one, sets={"priority": 2}, base={"priority": 3}),
        operation(one, sets={"priority": 1}, base={"priority": 2}),
        operation(two, sets={"priority": 1}),
    )
    assert desk.feed.due(NOW + 19) == []
    assert desk.feed.next_due() == NOW + 20
    assert [each.key for each in desk.feed.due(NOW + 20)] == [first, other]
    send(desk, other)
    assert [each.key for each in desk.feed.due(NOW + 20)] == [other, first], "lost answers first"
    send(desk, first)
    desk.feed.accept(first, Accepted(page=page(ticket(1, revision=2, priority=2)), ticket_id="1"), NOW + 31)
    assert [each.key for each in desk.feed.due(NOW + 31)] == [other, second]
    assert desk.reader.rows([one])[0].priority == 1


def test_a_clock_that_is_set_back_prolongs_no_wait(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    send(desk, op, b"first")
    desk.feed.later(op, NOW + 60, "Timeout.", sent=True, now=NOW + 31)
    assert desk.feed.due(NOW + 40) == []
    assert [each.key for each in desk.feed.due(NOW - 7200)] == [op], "not two hours and a minute later"


def test_a_second_try_repeats_the_first_byte_for_byte(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    send(desk, op, b"first")
    desk.feed.later(op, NOW + 60, "Timeout.", sent=True, now=NOW + 31)
    assert desk.feed.due(NOW + 59) == []
    assert desk.feed.next_due() == NOW + 60
    again = desk.feed.mark_sent(op, Prepared(body=b"second", precondition="2"), NOW + 60)
    assert again is not None
    assert (again.request, again.precondition, again.attempts) == (b"first", "1", 2)
    desk.feed.later(op, NOW + 90, "No network.", sent=False, now=NOW + 61)
    found = desk.feed.operation(op)
    assert found is not None
    assert (found.state, found.request) == (OperationState.SENT, b"first"), "the first may have arrived"
    assert desk.writer.undo(found.batch, NOW + 62).result(10) is False


def test_after_a_crash_what_was_on_its_way_goes_first(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    send(desk, op, b"first")
    assert desk.feed.reschedule_interrupted() == 1
    again = desk.feed.mark_sent(op, Prepared(body=b"second"), NOW + 40)
    assert again is not None
    assert again.request == b"first"
    desk.feed.later(op, NOW, "", sent=False, now=NOW)
    found = desk.feed.operation(op)
    assert found is not None
    assert found.state is OperationState.SENT


def test_a_rebase_forgets_the_bytes_of_a_try_without_effect(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}, base={"priority": 3}))
    send(desk, op, b"first")
    desk.feed.rebase(op, {"priority": 4}, NOW + 31)
    again = desk.feed.mark_sent(op, Prepared(body=b"second", precondition="2"), NOW + 32)
    assert again is not None
    assert (again.request, again.precondition, again.base) == (b"second", "2", {"priority": 4})


def test_a_conflict_shows_their_value_and_keeps_ours(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(operation(key, sets={"priority": 1}, base={"priority": 3}))
    send(desk, op)
    desk.feed.conflict(op, page(ticket(1, revision=2, priority=4)), "Bo set P4.", NOW + 31)
    row = desk.reader.rows([key])[0]
    assert (row.priority, row.attention, row.pending) == (4, "conflict", 0)
    (pending,) = desk.reader.operations()
    assert (pending.sets, pending.base, pending.error) == ({"priority": 1}, {"priority": 3}, "Bo set P4.")
    assert desk.reader.counters(me="u1", now=NOW).attention == 1
    assert desk.numbers("is:attention") == ["TD-1"]


def test_a_new_ticket_gets_its_id_with_the_reply_written_meanwhile(desk: Desk) -> None:
    key = desk.writer.create(create()).result(10)
    (made,) = desk.reader.operations()
    (answer,) = desk.enqueue(reply(key))
    (due,) = desk.feed.due(NOW + 20)
    assert (due.key, due.ticket_id) == (made.key, "")
    send(desk, made.key)
    result = Accepted(
        page=page(
            ticket(77, subject="Phone is dead", priority=1, owner="u1"),
            messages=(message("m1", 77, "No dial tone.", operation=made.id),),
        ),
        ticket_id="77",
    )
    assert desk.feed.accept(made.key, result, NOW + 31) == [key]
    row = desk.reader.row(key)
    assert row is not None
    assert (row.number, row.pending) == ("TD-77", 1)
    assert desk.reader.key_of("TD-77") == key
    assert [entry.body for entry in desk.reader.conversation(key)] == ["No dial tone.", "We come."]
    (next_due,) = desk.feed.due(NOW + 31)
    assert (next_due.key, next_due.ticket_id) == (answer, "77")


def test_the_feed_may_bring_a_new_ticket_before_its_answer_does(desk: Desk) -> None:
    key = desk.writer.create(create()).result(10)
    (made,) = desk.reader.operations()
    send(desk, made.key)
    desk.pull(ticket(77), messages=(message("m1", 77, operation=made.id),))
    assert desk.reader.key_of("TD-77") == key
    assert len(desk.numbers()) == 1
    desk.feed.accept(made.key, Accepted(page=page(ticket(77)), ticket_id="77"), NOW + 40)
    assert desk.reader.operations() == []
    assert len(desk.reader.conversation(key)) == 1


def test_two_rows_that_turn_out_to_be_one_ticket_become_one(desk: Desk) -> None:
    key = desk.writer.create(create()).result(10)
    (made,) = desk.reader.operations()
    send(desk, made.key)
    desk.pull(
        ticket(77),
        messages=(message("m1", 77, "alpha"), reply_message("m2", 77, "beta")),
        events=(event("e1", 77, "status", "new", "open", NOW - 60),),
    )
    other = desk.key(77)
    assert other != key
    desk.enqueue(reply(other, "to the other row"))
    changed = desk.feed.accept(made.key, Accepted(page=page(ticket(77)), ticket_id="77"), NOW + 40)
    assert set(changed) >= {key}
    assert desk.reader.key_of("TD-77") == key
    assert desk.numbers() == ["TD-77"]
    assert [entry.body for entry in desk.reader.conversation(key)] == ["alpha", "beta", "to the other row"]
    assert desk.numbers("alpha") == ["TD-77"]
    assert len(desk.reader.log(key)) == 1
    assert desk.reader.row(other) is None
    _, keys = desk.reader.changes_since(0)
    assert other in keys


def test_a_reply_that_comes_back_through_the_feed_stands_once_and_is_done(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(reply(key))
    send(desk, op)
    found = desk.feed.operation(op)
    assert found is not None
    desk.pull(messages=(reply_message("m1", 1, operation=found.id),))
    assert [entry.state for entry in desk.reader.conversation(key)] == [EntryState.SENT]
    assert desk.reader.operations() == []
    assert desk.reader.rows([key])[0].pending == 0
    desk.feed.accept(op, Accepted(page=page(ticket(1)), ticket_id="1", message_id="m1"), NOW + 40)
    assert len(desk.reader.conversation(key)) == 1


def test_a_reply_that_sets_a_field_too_waits_for_its_own_answer(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(reply(key, sets={"status": "waiting"}))
    send(desk, op)
    found = desk.feed.operation(op)
    assert found is not None
    desk.pull(messages=(reply_message("m1", 1, operation=found.id),))
    assert [entry.state for entry in desk.reader.conversation(key)] == [EntryState.SENT]
    assert desk.reader.operations()[0].state is OperationState.SENT
    assert desk.reader.rows([key])[0].status is Status.WAITING


def test_a_message_that_the_answer_only_names_is_shown_until_the_feed_brings_it(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(reply(key, "We come."))
    send(desk, op)
    desk.feed.accept(op, Accepted(page=page(), ticket_id="1", message_id="m5"), NOW + 31)
    (entry,) = desk.reader.conversation(key)
    assert (entry.body, entry.state) == ("We come.", EntryState.SENT)
    desk.pull(messages=(reply_message("m5", 1, "We come. -- Ada"),))
    assert [each.body for each in desk.reader.conversation(key)] == ["We come. -- Ada"]


# What depends on others


def test_a_new_name_or_policy_reaches_every_row(desk: Desk) -> None:
    desk.pull(*(ticket(n) for n in range(1, 121)))
    seq = desk.reader.last_change()
    renamed = Person(id="c1", name="Quin Reed", email="quin@acme.example", organisation="o1", vip=True)
    desk.pull(people=(renamed,), organisations=(Organisation(id="o1", name="Acme", policy=""),))
    row = desk.reader.rows([desk.key(60)])[0]
    assert (row.requester_name, row.vip, row.organisation_name, row.clock.policy) == (
        "Quin Reed",
        True,
        "Acme",
        "",
    )
    assert len(desk.numbers("quin")) == 120
    assert desk.numbers("cleo") == []
    assert len(desk.reader.changes_since(seq)[1]) == 120


def test_what_cannot_be_read_is_set_apart_and_stops_nothing(desk: Desk) -> None:
    desk.pull(ticket(1, created=2**60), ticket(2), unreadable=(("x9", "no\x1b[2J subject"),))
    assert desk.numbers() == ["TD-2"]
    assert dict(desk.reader.quarantine()) == {"x9": "no�[2J subject", "1": "its created is out of range"}
    desk.pull(ticket(1))
    assert dict(desk.reader.quarantine()).keys() == {"x9"}
    desk.pull(unreadable=(("Ticket 2", "its newest version has a strange status"),))
    desk.pull(ticket(2, revision=2))
    assert dict(desk.reader.quarantine()).keys() == {"x9"}, "held all the while, and readable again"


def test_hostile_text_is_kept_whole_and_handed_out_safe(desk: Desk) -> None:
    evil = "\x1b]52;c;aGk=\x07[/red]\u202e\ud800" + "x" * 5000
    desk.pull(
        ticket(1, subject=evil, tags=("a\nb\x1b",), priority_label="\x1b[1m"),
        people=(
            Person(id="c1", name=evil, role=Role.REQUESTER),
            Person(id="u1", name=evil, role=Role.TECHNICIAN),
        ),
        messages=(
            message("m1", 1, evil, attachments=(Attachment(id="a", name="../\x1b[2Jx\ud800", size=3),)),
        ),
        events=(event("e1", 1, "owner", None, "u1", NOW - 60),),
    )
    key = desk.key(1)
    (entry,) = desk.reader.conversation(key)
    row = desk.reader.rows([key])[0]
    (line,) = desk.reader.log(key)
    person = desk.reader.person("c1")
    assert person is not None
    for text in (
        row.subject, row.requester_name, row.priority_label, *row.tags, entry.body, entry.author_name,
        entry.attachments[0].name, line.new, person.name, desk.reader.people()[0].name,
    ):  # fmt: skip
        assert text.isprintable(), repr(text)
        assert "\u202e" not in text
    base = desk.feed.base(key)
    assert base is not None
    assert base.subject.startswith("\x1b]52")
    assert len(base.subject) == 2000
    assert desk.numbers("red") == ["TD-1"]


def test_the_conversation_by_pages(desk: Desk) -> None:
    desk.pull(ticket(1), messages=tuple(message(f"m{n}", 1, f"{n}", at=NOW - 100 + n) for n in range(10)))
    key = desk.key(1)
    desk.enqueue(reply(key, "unsent", created=NOW - 200))
    newest = desk.reader.conversation(key, count=4)
    assert [entry.body for entry in newest] == ["6", "7", "8", "9", "unsent"]
    older = desk.reader.conversation(key, before=newest[0].key, count=4)
    assert [entry.body for entry in older] == ["2", "3", "4", "5"]
    assert [e.body for e in desk.reader.conversation(key, before=older[0].key, count=4)] == ["0", "1"]


def test_changes_in_one_second_stand_in_the_order_of_the_desk(desk: Desk) -> None:
    at = NOW - HOUR
    closed = event("e99", 1, "status", "open", "closed", at)
    reopened = event("e100", 1, "status", "closed", "open", at)
    desk.pull(ticket(1), events=(closed, reopened))
    key = desk.key(1)
    assert [line.new for line in desk.reader.log(key)] == ["closed", "open"]
    assert [change.new for change in desk.reader.history(key).changes] == ["closed", "open"]


def test_the_change_log_forgets_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEPT", 5)
    desk.pull(ticket(1))
    seq = desk.reader.last_change()
    for n in range(2, 12):
        desk.pull(ticket(n))
    assert desk.reader.changes_since(seq)[1] == [changes.EVERYTHING]
    newest = desk.reader.last_change()
    assert desk.reader.changes_since(newest) == (newest, [])
    assert desk.reader.changes_since(newest - 1)[1] == [desk.key(11)]


def test_the_file_knows_whose_it_is_and_how_sync_goes(desk: Desk) -> None:
    assert desk.feed.account() is None
    account = Account(
        server="s1",
        epoch="e1",
        person=Person(id="u1", name="Ada Alder", role=Role.TECHNICIAN),
        product="Demo",
    )
    desk.feed.stamp(account, "A")
    assert desk.feed.account() == ("s1", "e1", "u1")
    state = desk.reader.sync_state()
    assert (state.account_name, state.guarantee, state.phase) == ("Ada Alder", "A", SyncPhase.NEVER)
    desk.feed.set_state(SyncState(phase=SyncPhase.ERROR, error="no\x1b[2J"))
    assert desk.reader.sync_state().error == "no�[2J"
    assert desk.feed.state().phase is SyncPhase.ERROR


def test_the_first_pull_is_searched_when_it_ends_and_marks_what_the_customer_said_last(desk: Desk) -> None:
    desk.feed._connection.execute("DELETE FROM meta")  # as if nothing had ever been pulled
    desk.pull(
        ticket(1), ticket(2), cursor="1", more=True,
        messages=(message("m1", 1, "alpha"), message("m2", 2, "alpha"), reply_message("m3", 2)),
    )  # fmt: skip
    assert desk.numbers("alpha") == []
    desk.pull(ticket(1, revision=2, subject="other"), tombstones=(), cursor="2", more=True)
    desk.pull(ticket(3), cursor="3", messages=(message("m4", 3, "alpha"),))
    assert set(desk.numbers("alpha")) == {"TD-1", "TD-2", "TD-3"}
    assert desk.numbers("other") == ["TD-1"]
    assert set(desk.numbers("is:unread")) == {"TD-1", "TD-3"}
    assert desk.scalar("SELECT count(*) FROM meta WHERE name LIKE '%mark'") == 0


def test_a_message_told_twice_with_a_new_ticket_stands_once_in_its_last_words(desk: Desk) -> None:
    said = (message("m1", 1, "first"), message("m2", 1, "other"), message("m1", 1, "second"))
    desk.pull(ticket(1), messages=(*said, message("m3", 1, "third")))
    assert [entry.body for entry in desk.reader.conversation(desk.key(1))] == ["second", "other", "third"]


@pytest.mark.parametrize("fails", [False, True])
def test_after_a_page_of_the_first_pull_commits_wait_for_the_disk_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    connection = desk.feed._connection
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        pytest.skip("this SQLite keeps no write-ahead log: its commits always wait")
    connection.execute("DELETE FROM meta")  # as if nothing had ever been pulled
    inside = []

    def look(*_: object) -> None:
        inside.append(connection.execute("PRAGMA synchronous").fetchone())
        if fails:
            raise OSError("gone")

    monkeypatch.setattr(changes, "prune", look)
    with pytest.raises(OSError, match="gone") if fails else nullcontext():
        desk.pull(ticket(1), more=True)
    assert inside == [(1,)]
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    monkeypatch.undo()
    desk.pull(ticket(1), ticket(2))
    assert desk.numbers() == ["TD-1", "TD-2"]


def test_a_close_is_checked_against_the_newest_customer_message(desk: Desk) -> None:
    desk.pull(ticket(1), messages=(message("m1", 1), message("m2", 1, at=NOW - 5, automatic=True)))
    assert desk.feed.last_customer_message(desk.key(1)) == NOW - HOUR
    assert desk.feed.last_customer_message(999) is None


def test_an_answer_without_rows_settles_all_the_same(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    send(desk, op)
    nothing = Page(cursor="", more=False)
    assert desk.feed.accept(op, Accepted(page=nothing, ticket_id="1"), NOW + 31) == [desk.key(1)]
    assert desk.feed.cursor() == "c"
    assert desk.reader.operations(open_only=False)[0].state is OperationState.DONE
    assert desk.feed.accept(999, Accepted(page=nothing, ticket_id="1"), NOW) == []
