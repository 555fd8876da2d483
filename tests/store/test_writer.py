"""What a technician decides: stored when the future says so, shown at once, taken back without trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from techdesk.desks.port import Accepted, Prepared
from techdesk.model import (
    RECORD_MARKER,
    Draft,
    OperationKind,
    OperationState,
    Status,
    Tombstone,
    TombstoneReason,
)
from techdesk.store import edits
from techdesk.store.connection import connect, transaction
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.store.rows import EntryState
from techdesk.store.trouble import StoreUnusable
from tests.store.desk import (
    DAY,
    HOUR,
    NOW,
    Desk,
    PlainBook,
    create,
    message,
    operation,
    page,
    reply,
    reply_message,
    ticket,
)


def test_a_change_shows_at_once_with_its_clock_and_its_words(desk: Desk) -> None:
    desk.pull(ticket(1, priority_label="normal"))
    key = desk.key(1)
    seq = desk.reader.last_change()
    desk.enqueue(
        operation(
            key,
            sets={"priority": 1, "owner": "u1", "status": "waiting", "tags": ["vpn"], "subject": "New"},
            base={"priority": 3, "owner": "", "status": "open"},
        )
    )
    row = desk.reader.rows([key])[0]
    assert (row.priority, row.priority_label, row.owner_name) == (1, "P1", "Ada Alder")
    assert (row.status, row.tags, row.subject, row.pending) == (Status.WAITING, ("vpn",), "New", 1)
    assert row.clock.left == 60
    assert desk.reader.changes_since(seq)[1] == [key]
    (pending,) = desk.reader.operations()
    assert pending.what == (
        "priority P3 -> P1, owner nobody -> Ada Alder, status open -> waiting, tags vpn, subject New"
    )
    assert desk.reader.journal()[0].outcome == "queued"
    assert desk.numbers("tag:vpn owner:me") == ["TD-1"]
    view = desk.reader.ticket(key)
    assert view is not None
    assert view.base is not None
    assert view.base.priority == 3


def test_the_log_of_a_ticket_says_what_is_unsent_and_when(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    desk.enqueue(operation(key, sets={"status": "resolved"}, created=NOW - 5))
    history = desk.reader.history(key)
    assert history.status is Status.RESOLVED
    assert [(change.at, change.old, change.new) for change in history.changes] == [
        (NOW - 5, "open", "resolved")
    ]
    view = desk.reader.ticket(key)
    assert view is not None
    assert view.closed == NOW - 5
    assert desk.numbers("status:active") == []


def test_a_known_label_of_the_queue_is_used_for_an_unsent_priority(desk: Desk) -> None:
    desk.pull(ticket(1, priority_label="low"), ticket(2, priority=1, priority_label="very high"))
    desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    assert desk.reader.rows([desk.key(1)])[0].priority_label == "very high"


def test_a_reply_stands_in_the_conversation_and_answers_the_customer(desk: Desk) -> None:
    desk.pull(ticket(1), messages=(message("m1", 1),))
    key = desk.key(1)
    assert desk.reader.rows([key])[0].clock.metric == "RSP"
    desk.enqueue(reply(key, "We come.\x1b[2J"), operation(key, OperationKind.COMMENT, text="Bring foam."))
    first, second, third = desk.reader.conversation(key)
    assert (first.state, second.state, third.state) == (
        EntryState.SENT,
        EntryState.PENDING,
        EntryState.PENDING,
    )
    assert second.key < 0
    assert second.body == "We come.�[2J"
    assert (second.author_name, second.visibility, third.visibility) == ("Ada Alder", "public", "internal")
    assert desk.reader.rows([key])[0].clock.metric == "RES"
    view = desk.reader.ticket(key)
    assert view is not None
    assert (view.last_customer_message, view.last_public_reply, view.message_count) == (NOW - HOUR, NOW, 3)
    assert "reply (" in desk.reader.operations()[0].what


def test_undo_within_the_hold_leaves_nothing_anywhere(desk: Desk) -> None:
    desk.pull(ticket(1), ticket(2))
    one, two = desk.key(1), desk.key(2)
    before = desk.reader.rows([one, two])
    desk.enqueue(
        operation(one, batch="b", sets={"priority": 1}),
        reply(one, batch="b"),
        operation(two, batch="b", sets={"owner": "u1"}),
    )
    assert desk.writer.undo("b", NOW + 5).result(10) is True
    kept = [msgspec.structs.replace(before[0], draft=True), before[1]]
    assert desk.reader.rows([one, two]) == kept, "what was written is a draft again"
    assert desk.reader.operations() == []
    assert desk.reader.undoable() is None
    assert desk.feed.due(NOW + DAY) == []
    assert [entry.outcome for entry in desk.reader.journal()][:3] == ["undone"] * 3
    assert desk.writer.undo("b", NOW + 6).result(10) is False


def test_undo_takes_all_or_nothing_once_one_is_on_its_way(desk: Desk) -> None:
    desk.pull(ticket(1), ticket(2))
    sent, _ = desk.enqueue(
        operation(desk.key(1), batch="b", sets={"priority": 1}),
        operation(desk.key(2), batch="b", sets={"priority": 1}),
    )
    assert desk.feed.mark_sent(sent, Prepared(body=b"{}"), NOW + 30) is not None
    assert desk.writer.undo("b", NOW + 31).result(10) is False
    assert [pending.state for pending in desk.reader.operations()] == ["sent", "held"]
    assert {row.pending for row in desk.reader.rows([desk.key(1), desk.key(2)])} == {1}


def test_a_hold_does_not_outlive_a_clock_that_was_set_back(desk: Desk) -> None:
    desk.pull(ticket(1))
    made = NOW + 2 * HOUR  # the desk's clock, or this machine's before it was corrected, was two hours ahead
    (key,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}, created=made, hold_until=made + 5))
    assert [each.key for each in desk.feed.due(NOW)] == [key]
    assert desk.feed.due(made + 1) == [], "by the clock that wrote it, it is still held"


def test_what_was_undone_is_never_sent(desk: Desk) -> None:
    desk.pull(ticket(1))
    (key,) = desk.enqueue(operation(desk.key(1), batch="b", sets={"priority": 1}))
    (due,) = desk.feed.due(NOW + 20)
    assert desk.writer.undo("b", NOW + 20).result(10) is True
    assert due.key == key
    assert desk.feed.mark_sent(key, Prepared(body=b"{}"), NOW + 20) is None


def test_an_operation_that_never_left_the_machine_can_be_undone_later(desk: Desk) -> None:
    desk.pull(ticket(1))
    (key,) = desk.enqueue(operation(desk.key(1), batch="b", sets={"priority": 1}))
    desk.feed.mark_sent(key, Prepared(body=b"{}"), NOW + 20)
    desk.feed.later(key, NOW + 60, "No network.", sent=False, now=NOW + 20)
    undoable = desk.reader.undoable()
    assert undoable is not None
    assert (undoable.batch, undoable.error) == ("b", "No network.")
    assert desk.writer.undo("b", NOW + 30).result(10) is True


def test_a_new_ticket_is_there_with_its_words_until_it_is_undone(desk: Desk) -> None:
    key = desk.writer.create(create(batch="new")).result(10)
    row = desk.reader.row(key)
    assert row is not None
    assert (row.number, row.subject, row.priority, row.owner_name) == (
        f"NEW-{key}",
        "Phone is dead",
        1,
        "Ada Alder",
    )
    assert (row.requester_name, row.organisation_name, row.queue_name) == (
        "Cleo Cedar",
        "Acme Logistics",
        "Telephony",
    )
    (entry,) = desk.reader.conversation(key)
    assert (entry.author_name, entry.direction, entry.body) == ("Cleo Cedar", "in", "No dial tone.")
    assert desk.reader.key_of(f"new-{key}") == key
    assert desk.numbers("is:new dead") == [f"NEW-{key}"]
    assert desk.reader.operations()[0].what == "new ticket: Phone is dead"
    desk.enqueue(reply(key, batch="later"))
    assert desk.writer.undo("new", NOW).result(10) is False, "a reply hangs on it"
    assert desk.writer.undo("later", NOW).result(10) is True
    assert desk.writer.undo("new", NOW).result(10) is True
    assert desk.reader.row(key) is None
    assert desk.numbers() == []
    assert desk.writer.create(create()).result(10) > key, "a key is for life"


def test_a_rejected_change_shows_the_desks_value_and_waits_for_a_person(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(operation(key, sets={"priority": 1}, base={"priority": 3}))
    (later_op,) = desk.enqueue(operation(key, sets={"owner": "u1"}))
    desk.feed.mark_sent(op, Prepared(body=b"{}"), NOW + 30)
    desk.feed.reject(op, "priority is locked", None, NOW + 31)
    row = desk.reader.rows([key])[0]
    assert (row.priority, row.attention, row.pending, row.owner) == (3, "rejected", 1, "u1")
    assert desk.reader.operations()[0].error == "priority is locked"
    assert desk.feed.due(NOW + DAY) == [], "the later one waits behind it"
    assert desk.writer.drop(op, NOW + 40).result(10) is True
    assert [each.key for each in desk.feed.due(NOW + DAY)] == [later_op]
    assert desk.reader.rows([key])[0].attention == ""


def test_keep_mine_decides_again_from_what_the_desk_holds_now(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(
        operation(key, sets={"status": "closed"}, base={"status": "open", "last_customer_message": None})
    )
    desk.feed.mark_sent(op, Prepared(body=b"{}", precondition="1"), NOW + 30)
    newer = page(ticket(1, revision=2, status=Status.HOLD), messages=(message("m1", 1, at=NOW + 25),))
    desk.feed.conflict(op, newer, "The customer has written since.", NOW + 31)
    assert desk.reader.rows([key])[0].status is Status.HOLD
    assert desk.writer.retry(op, NOW + 40).result(10) is True
    (again,) = desk.feed.due(NOW + 40)
    assert again.base == {"status": "hold", "last_customer_message": NOW + 25}
    assert (again.request, again.precondition, again.attempts, again.id) == (b"", "", 0, again.id)
    assert desk.reader.rows([key])[0].status is Status.CLOSED


def test_what_is_on_its_way_can_be_neither_dropped_nor_retried(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    desk.feed.mark_sent(op, Prepared(body=b"{}"), NOW)
    assert desk.writer.drop(op, NOW).result(10) is False
    assert desk.writer.retry(op, NOW).result(10) is False
    assert desk.writer.drop(999, NOW).result(10) is False


def test_retry_of_a_waiting_one_goes_now(desk: Desk) -> None:
    desk.pull(ticket(1))
    (op,) = desk.enqueue(operation(desk.key(1), sets={"priority": 1}))
    assert desk.feed.due(NOW) == []
    assert desk.writer.retry(op, NOW).result(10) is True
    assert [each.key for each in desk.feed.due(NOW)] == [op]


def test_dropping_a_refused_create_takes_the_ticket_and_what_hangs_on_it(desk: Desk) -> None:
    key = desk.writer.create(create()).result(10)
    (op,) = (pending.key for pending in desk.reader.operations())
    desk.enqueue(reply(key))
    desk.feed.mark_sent(op, Prepared(body=b"{}"), NOW + 30)
    desk.feed.reject(op, "no such queue", None, NOW + 31)
    row = desk.reader.row(key)
    assert row is not None
    assert (row.subject, row.attention) == ("Phone is dead", "rejected")
    assert desk.writer.drop(op, NOW + 40).result(10) is True
    assert desk.reader.row(key) is None
    assert desk.reader.operations() == []


def test_an_operation_on_a_ticket_that_went_away_is_kept_as_a_conflict(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    desk.pull(tombstones=(Tombstone(id="1", reason=TombstoneReason.DELETED),))
    desk.enqueue(reply(key, "Long text"))
    (pending,) = desk.reader.operations()
    assert pending.state is OperationState.CONFLICT
    assert "removed" in pending.error
    assert pending.text == "Long text"


def test_a_bulk_run_starts_only_when_it_is_whole(desk: Desk) -> None:
    desk.pull(*(ticket(n) for n in range(1, 131)))
    keys = [desk.key(n) for n in range(1, 131)]
    made = [operation(key, batch="bulk", sets={"status": "closed"}, hold_until=NOW) for key in keys]
    steps = edits.enqueue_many(desk.feed._lines, desk.feed._connection, made)
    connection = desk.feed._connection
    connection.execute("BEGIN IMMEDIATE")
    assert next(steps) is None
    connection.execute("COMMIT")
    assert len(desk.reader.operations()) == edits.CHUNK
    assert desk.feed.due(NOW + 10) == [], "the run is not whole"
    assert desk.feed.due(NOW + 1000) == [], "and by now it was cut off"
    assert desk.reader.operations() == []
    desk.feed.rebuild_stale(NOW)
    assert len(desk.numbers("status:active")) == 130
    assert "cut off" in desk.reader.journal()[0].detail
    stored = desk.writer.enqueue(
        [operation(key, batch="again", sets={"status": "closed"}, hold_until=NOW) for key in keys]
    ).result(30)
    assert len(stored) == 130
    assert len(desk.feed.due(NOW)) == 130
    assert len(desk.feed.due(NOW, count=7)) == 7
    assert desk.numbers("status:active") == []
    assert desk.writer.undo("again", NOW).result(30) is True
    assert len(desk.numbers("status:active")) == 130


def test_key_presses_get_their_turn_during_a_bulk_run(desk: Desk) -> None:
    desk.pull(*(ticket(n) for n in range(1, 401)))
    keys = [desk.key(n) for n in range(1, 401)]
    bulk = desk.writer.enqueue([operation(key, batch="bulk", sets={"status": "closed"}) for key in keys])
    single = desk.writer.enqueue([operation(keys[0], sets={"priority": 1})])
    order: list[str] = []
    bulk.add_done_callback(lambda _: order.append("bulk"))
    single.add_done_callback(lambda _: order.append("single"))
    bulk.result(30)
    single.result(30)
    assert order == ["single", "bulk"]


def test_one_bad_job_does_not_take_its_neighbours_with_it(desk: Desk) -> None:
    desk.pull(ticket(1))
    same = operation(desk.key(1), sets={"priority": 1})
    futures = [
        desk.writer.enqueue([each]) for each in (same, same, operation(desk.key(1), sets={"priority": 2}))
    ]
    assert futures[0].result(10)
    with pytest.raises(sqlite3.IntegrityError):
        futures[1].result(10)
    assert futures[2].result(10)
    assert len(desk.reader.operations()) == 2


def test_a_full_disk_is_said_and_nothing_is_half_written(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    pages = desk.scalar("PRAGMA page_count")
    desk.writer.mark_read(key).result(10)  # so that the writer's connection is there
    limited = desk.writer
    limited._submit(
        lambda _, connection: iter([connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()])
    ).result(10)
    with pytest.raises(StoreUnusable, match="full") as raised:
        desk.enqueue(reply(key, "x" * 500_000))
    assert "safe" in raised.value.remedy
    assert desk.reader.operations() == []
    assert desk.reader.rows([key])[0].pending == 0
    limited._submit(
        lambda _, connection: iter([connection.execute("PRAGMA max_page_count = 1000000").fetchone()])
    ).result(10)
    assert desk.enqueue(reply(key, "short"))


def test_drafts_are_kept_one_of_a_kind_for_a_ticket(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    for n in range(3):
        desk.writer.save_draft(
            Draft(ticket=key, kind=OperationKind.REPLY, body=f"Dear {n}", base_revision=1, updated=NOW + n)
        ).result(10)
    desk.writer.save_draft(Draft(ticket=None, kind=OperationKind.CREATE, body="New", updated=NOW)).result(10)
    draft = desk.reader.draft(key, OperationKind.REPLY)
    assert draft is not None
    assert (draft.body, draft.base_revision, draft.updated) == ("Dear 2", 1, NOW + 2)
    assert [each.body for each in desk.reader.drafts()] == ["Dear 2", "New"]
    assert desk.numbers("is:draft") == ["TD-1"]
    shown = desk.reader.row(key)
    assert shown is not None
    assert shown.draft, "what is kept can be seen in the list"
    desk.pull(tombstones=(Tombstone(id="1", reason=TombstoneReason.DELETED),))
    assert desk.reader.row(key) is not None, "somebody's writing hangs on it"
    assert desk.numbers() == []
    desk.writer.drop_draft(key, OperationKind.REPLY).result(10)
    assert desk.reader.row(key) is None
    assert desk.reader.draft(None, OperationKind.CREATE) is not None


def test_unread_until_read_and_again_with_the_next_message(desk: Desk) -> None:
    desk.pull(ticket(1), messages=(message("m1", 1),))
    key = desk.key(1)
    assert desk.numbers("is:unread") == ["TD-1"]
    desk.writer.mark_read(key).result(10)
    assert desk.numbers("is:unread") == []
    desk.pull(messages=(message("m1", 1), reply_message("m2", 1)))
    assert desk.numbers("is:unread") == [], "an answer of ours is nothing new"
    desk.pull(messages=(message("m3", 1, at=NOW + 5),))
    assert desk.numbers("is:unread") == ["TD-1"]


def test_a_note_tells_of_a_refusal(desk: Desk) -> None:
    desk.pull(ticket(1))
    desk.writer.note(
        actor="u1", action="ticket.close", ticket=desk.key(1), outcome="refused", detail="no owner", now=NOW
    ).result(10)
    entry = desk.reader.journal()[0]
    assert (entry.number, entry.outcome, entry.detail) == ("TD-1", "refused", "no owner")


def test_retime_follows_a_changed_policy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.pull(ticket(1), ticket(2, priority=None))
    due = desk.reader.rows([desk.key(1)])[0].clock.due
    assert desk.writer.retime(NOW).result(10) == 0
    clock = PlainBook.clock
    monkeypatch.setattr(
        PlainBook,
        "clock",
        lambda book, policy, history: clock(book, f"{policy} 2" if policy else "", history),
    )
    seq = desk.reader.last_change()
    assert desk.writer.retime(NOW, [desk.key(1)]).result(10) == 1
    row = desk.reader.rows([desk.key(1)])[0]
    assert (row.clock.policy, row.clock.due) == ("plain 2", due)
    assert desk.reader.changes_since(seq)[1] == [desk.key(1)]


def test_closing_the_writer_stores_what_waits(tmp_path: Path) -> None:
    database = Database.open(tmp_path, PlainBook())
    made = Desk(database)
    made.pull(*(ticket(n) for n in range(1, 121)))
    keys = [made.key(n) for n in range(1, 121)]
    future = made.writer.enqueue([operation(key, batch="b", sets={"priority": 1}) for key in keys])
    database.close()
    assert len(future.result(0)) == 120
    with pytest.raises(RuntimeError):
        made.writer.mark_read(1)


_KILLED = """
import os, signal, sys
from pathlib import Path
from techdesk.store.database import Database
from tests.store.desk import PlainBook, operation, reply
database = Database.open(Path(sys.argv[1]), PlainBook())
writer = database.writer()
writer.enqueue([operation(1, sets={"priority": 1}), reply(1, "acknowledged")]).result(60)
sys.stdout.write("acknowledged\\n")
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    database = Database.open(tmp_path, PlainBook())
    made = Desk(database)
    made.pull(ticket(1))
    for _ in range(3):
        process = subprocess.run(
            [sys.executable, "-c", _KILLED, str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
            check=False,
        )
        assert process.returncode == -signal.SIGKILL, process.stderr
        assert process.stdout == "acknowledged\n"
        assert [pending.text for pending in made.reader.operations()] == ["", "acknowledged"]
        assert made.reader.rows([made.key(1)])[0].pending == 2
        for pending in made.reader.operations():
            made.writer.drop(pending.key, NOW).result(10)
        made.feed._connection.execute("DELETE FROM operation")  # their ids come again
    made.check_search()
    made.check_tally()
    database.close()


def test_the_answer_to_a_message_settles_it(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    (op,) = desk.enqueue(reply(key, "We come."))
    desk.feed.mark_sent(op, Prepared(body=b"{}"), NOW + 30)
    answer = page(ticket(1, revision=2), messages=(reply_message("m9", 1),), people=())
    desk.feed.accept(op, Accepted(page=answer, ticket_id="1", message_id="m9"), NOW + 31)
    (entry,) = desk.reader.conversation(key)
    assert (entry.state, entry.body) == (EntryState.SENT, "We come.")
    assert desk.reader.operations() == []
    assert [entry.outcome for entry in desk.reader.journal()] == ["sent", "queued"], "told once"
    assert desk.reader.operations(ticket=key, open_only=False)[0].state is OperationState.DONE


def test_a_draft_becomes_its_message_in_one_transaction_and_undo_gives_it_back(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    draft = Draft(ticket=key, kind=OperationKind.REPLY, body="Dear customer\n", updated=NOW)
    desk.writer.save_draft(draft).result(10)
    sent = reply(key, "Dear customer")
    desk.enqueue(sent)
    assert desk.reader.draft(key, OperationKind.REPLY) is None
    assert desk.writer.undo(sent.batch, NOW + 1).result(10)
    again = desk.reader.draft(key, OperationKind.REPLY)
    assert again is not None
    assert again.body == "Dear customer"


def test_a_draft_that_says_something_else_is_left_alone(desk: Desk) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    desk.writer.save_draft(
        Draft(ticket=key, kind=OperationKind.REPLY, body="Still writing", updated=NOW)
    ).result(10)
    desk.enqueue(reply(key, "Sent from the command line"))
    kept = desk.reader.draft(key, OperationKind.REPLY)
    assert kept is not None
    assert kept.body == "Still writing"


def test_clocks_are_computed_anew_when_the_policies_are_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.pull(ticket(1), ticket(2))
    desk.writer.follow_policies("first", NOW).result(10)
    before = desk.reader.row(desk.key(1))
    monkeypatch.setattr(PlainBook, "hour", 2 * HOUR)
    assert desk.writer.follow_policies("first", NOW).result(10) == 0
    assert desk.reader.row(desk.key(1)) == before
    assert desk.writer.follow_policies("second", NOW).result(10) == 2
    after = desk.reader.row(desk.key(1))
    assert before is not None
    assert after is not None
    assert before.clock.due is not None
    assert after.clock.due == before.clock.due + 3 * HOUR


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_taken_away_keeps_nothing_and_says_so(desk: Desk, *, replaced: bool) -> None:
    desk.pull(ticket(1))
    key = desk.key(1)
    desk.enqueue(operation(key, sets={"priority": 1}, base={"priority": 3}))
    path = desk.database.path
    path.rename(path.with_name("aside.db"))
    if replaced:
        path.write_bytes(b"")
    with pytest.raises(StoreUnusable, match="removed or replaced"):
        desk.enqueue(operation(key, sets={"priority": 2}, base={"priority": 1}))
    path.unlink(missing_ok=True)
    path.with_name("aside.db").rename(path)
    desk.enqueue(operation(key, sets={"priority": 2}, base={"priority": 1}))
    assert len(desk.reader.operations()) == 2


def test_new_policies_are_followed_behind_everything_else_and_never_hold_up_the_end(desk: Desk) -> None:
    """Nobody waits for it: a key is stored between two of its steps, and who quits goes at once."""
    desk.pull(*(ticket(number) for number in range(1, 1_000)))
    following = desk.writer.follow_policies("new", NOW)
    assert desk.writer.enqueue([operation(desk.key(1), sets={"priority": 1})]).result(10)
    assert not following.done()
    desk.writer.close()
    assert following.cancelled()
    stored = sqlite3.connect(desk.database.path)
    assert stored.execute("SELECT count(*) FROM meta WHERE value = 'new'").fetchone() == (0,), "not done yet"
    stored.close()


def test_a_change_of_policies_that_was_cut_off_goes_on_where_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Open tickets first; under yet other policies it begins anew."""
    closed = [ticket(number, status=Status.CLOSED, closed=NOW) for number in range(200, 300)]
    desk.pull(*(ticket(number) for number in range(1, 200)), *closed)
    connection = connect(desk.database.path, writable=True)
    lines = Lines(connection, desk.database.clocks)
    rebuilt: list[int] = []
    rebuild = Lines.rebuild

    def noted(self: Lines, keys: Sequence[int], now: int) -> list[int]:
        rebuilt.extend(keys)
        return rebuild(self, keys, now)

    monkeypatch.setattr(Lines, "rebuild", noted)

    def steps(fingerprint: str, most: int) -> None:
        following = edits.follow_policies(lines, connection, fingerprint, NOW)
        for _ in range(most):
            with transaction(connection):
                if next(following) is not None:
                    return

    steps("new", 5)
    first = list(rebuilt)
    assert len(first) == 199 + edits.CHUNK
    assert set(first) >= {desk.key(number) for number in range(1, 200)}, "open ones first"
    steps("new", 100)
    assert sorted(rebuilt) == sorted(desk.key(number) for number in range(1, 300)), "each once"
    rebuilt.clear()
    steps("new", 100)
    assert rebuilt == []
    steps("newer", 2)
    steps("newest", 100)
    assert len(rebuilt) == 2 * edits.CHUNK + 299
    connection.close()


def test_a_page_that_is_damaged_is_told_with_what_to_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one job only: others do not touch that page."""
    desk.pull(ticket(1))

    def damaged(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(edits, "mark_read", damaged)
    with pytest.raises(StoreUnusable, match="--recover"):
        desk.writer.mark_read(desk.key(1)).result()
    desk.enqueue(operation(desk.key(1), sets={"priority": 1}, base={"priority": 3}))
    assert len(desk.reader.operations()) == 1


def test_a_note_goes_behind_the_ticket_that_is_opened_and_behind_the_one_that_takes_its_place(
    desk: Desk,
) -> None:
    key = desk.writer.create(create(batch="new"), [reply(0, "Because.", batch="new")]).result(10)
    made, note = desk.reader.operations(ticket=key)
    assert (made.kind, note.text) == (OperationKind.CREATE, "Because.")
    again = desk.writer.recreate(made.key, create(batch="other"), [reply(0, "Again.", batch="other")])
    assert again.result(10) is True
    waiting = desk.reader.operations(ticket=key)
    assert [line.text for line in waiting][1:] == ["Because.", "Again."]
    assert {line.batch for line in waiting} == {"new"}, "one undo takes all of it"


def test_a_secret_stands_in_no_line_of_the_outbox_the_journal_or_a_list(desk: Desk) -> None:
    """POLICIES W6, DD14: what is sent is the text itself."""
    desk.pull(ticket(1, subject="Password: hunter2 is refused"))
    key = desk.key(1)
    words = f"Called, password: hunter2\n{RECORD_MARKER} {{}}"
    desk.enqueue(operation(key, kind=OperationKind.COMMENT, sets={}, text=words))
    desk.writer.note(
        actor="bea",
        action="ticket.new",
        ticket=key,
        outcome="refused",
        detail="pwd=hunter2 was given",
        now=NOW,
    ).result(10)
    row = desk.reader.row(key)
    assert row is not None
    assert row.subject == "Password: •••••• is refused"
    (line,) = desk.reader.operations()
    assert "hunter2" not in line.what + line.subject
    assert line.text == words
    assert [each.detail for each in desk.reader.journal()] == [
        "pwd=•••••• was given",
        "note: Called, password: ••••••",
    ]
    stored = desk.feed._connection.execute("SELECT group_concat(detail) FROM journal").fetchone()[0]
    assert "hunter2" not in stored
