"""Checking and emptying the file."""

from __future__ import annotations

from techdesk.model import Draft, OperationKind
from techdesk.store import changes, meta, upkeep
from tests.store.desk import NOW, Desk, create, message, operation, reply, ticket


def fill(desk: Desk) -> None:
    desk.pull(
        *(ticket(n) for n in range(1, 41)),
        messages=tuple(message(f"m{n}", n, f"confidential-{n:03}-words") for n in range(1, 41)),
    )


def test_of_a_sound_file_nothing_is_said(desk: Desk) -> None:
    fill(desk)
    assert upkeep.disagreements(desk.database) == ()


def test_a_search_index_that_lies_is_found_and_made_anew(desk: Desk) -> None:
    fill(desk)
    desk.feed._connection.execute("UPDATE ticket_text SET subject = 'changed behind its back' WHERE key = 5")
    assert upkeep.disagreements(desk.database) == (upkeep.SEARCH_LIES,)
    upkeep.mend(desk.database)
    assert upkeep.disagreements(desk.database) == ()
    assert len(desk.numbers()) == 40


def test_a_wrong_count_is_found_and_counted_again(desk: Desk) -> None:
    fill(desk)
    desk.feed._connection.execute("UPDATE tally SET active = 7")
    assert upkeep.disagreements(desk.database) == (upkeep.COUNTS_LIE,)
    upkeep.mend(desk.database)
    assert upkeep.disagreements(desk.database) == ()


def test_a_wipe_keeps_unsent_work_and_nothing_else_even_in_the_file(desk: Desk) -> None:
    fill(desk)
    answered, drafted, done = desk.key(1), desk.key(2), desk.key(3)
    desk.enqueue(reply(answered, "my answer"))
    desk.enqueue(operation(done, batch="b", sets={"priority": 1}))
    desk.writer.undo("b", NOW).result(10)
    desk.writer.save_draft(
        Draft(ticket=drafted, kind=OperationKind.REPLY, body="my draft", updated=NOW)
    ).result(10)
    new = desk.writer.create(create()).result(10)
    seq = desk.reader.last_change()
    desk.writer.remember(
        meta.SNOOZED.removeprefix(meta.REMEMBERED), f'{{"{answered}": {{}}, "{done}": {{}}}}'
    ).result(10)
    assert upkeep.wipe(desk.database, NOW) == (38, 3)
    assert desk.reader.remembered("snoozed") == f'{{"{answered}":{{}}}}', "of the others nothing is left"
    assert set(desk.numbers()) == {"TD-1", "TD-2", f"NEW-{new}"}
    assert [pending.text for pending in desk.reader.operations()] == ["my answer", "No dial tone."]
    assert [draft.body for draft in desk.reader.drafts()] == ["my draft"]
    assert desk.reader.conversation(answered)[0].body == "confidential-001-words"
    assert desk.feed.cursor() == ""
    assert desk.reader.changes_since(seq)[1] == [changes.EVERYTHING]
    for file in desk.database.folder.iterdir():
        assert b"confidential-017" not in file.read_bytes(), file
    fill(desk)
    assert len(desk.numbers()) == 41
    assert upkeep.disagreements(desk.database) == ()
