"""Time, watchers, links and merging at a real Request Tracker 5."""

from __future__ import annotations

import msgspec

from techdesk.desks.port import Accepted, Failure, Page, Rejected
from techdesk.desks.rt import RequestTrackerDesk
from techdesk.model import FieldValue, NewFile, OperationKind, Scope, Ticket
from tests.live.asking import Asking
from tests.live.conftest import Desks
from tests.live.test_rt_writing import operation


def made(asking: Asking, subject: str) -> str:
    """A new ticket that mara may change; its id."""
    body = {"Subject": subject, "Queue": "General", "Requestor": ["toni@harbour.test"], "Content": "Hello"}
    return str(asking.call("POST", "/ticket", body)["id"])


async def held(desk: RequestTrackerDesk, number: str) -> Ticket:
    page = await desk.get(number)
    assert isinstance(page, Page), page
    return page.tickets[0]


async def test_links_watchers_and_time_are_written_and_read_back(desks: Desks, asking: Asking) -> None:
    desk = desks("root")
    one, two = made(asking, "one"), made(asking, "two")
    links: list[str] = [f"depends_on:{two}"]
    sets: dict[str, FieldValue] = {"links": links, "watchers": ["mara", "boss@customer.test"]}
    change = operation(OperationKind.UPDATE, one, **sets)
    done = await desk.push(change, desk.prepare(change, await held(desk, one)))
    assert isinstance(done, Accepted), done
    ticket = await held(desk, one)
    assert ticket.links == (f"depends_on:{two}",)
    assert set(ticket.watchers) == {"mara", "boss@customer.test"}
    assert (await held(desk, two)).links == (f"needed_by:{one}",)

    time = operation(OperationKind.COMMENT, one, text="Worked 25 min.", minutes=25)
    done = await desk.push(time, desk.prepare(time, ticket))
    assert isinstance(done, Accepted), done
    assert (await held(desk, one)).time_worked == 25
    assert asking.ticket(one)["TimeWorked"] == "25"

    off = operation(OperationKind.UPDATE, one, links=[], watchers=["mara"])
    done = await desk.push(off, desk.prepare(off, await held(desk, one)))
    assert isinstance(done, Accepted), done
    ticket = await held(desk, one)
    assert (ticket.links, ticket.watchers) == ((), ("mara",))


async def test_the_first_pull_reads_links_from_the_log(desks: Desks, asking: Asking) -> None:
    one, two, three = (made(asking, name) for name in ("one", "two", "three"))
    asking.call("PUT", f"/ticket/{one}", {"DependsOn": [two, three]})
    asking.call("PUT", f"/ticket/{one}", {"DependsOn": [three]})
    desk = desks("root")
    found: dict[str, Ticket] = {}
    cursor, more = "", True
    while more:
        page = await desk.pull(cursor, Scope(closed_days=36500))
        assert isinstance(page, Page), page
        found |= {ticket.id: ticket for ticket in page.tickets}
        cursor, more = page.cursor, page.more
    assert found[one].links == (f"depends_on:{three}",)
    assert found[two].links == ()
    assert found[three].links == (f"needed_by:{one}",)


async def test_a_merge_is_done_once_and_told(desks: Desks, asking: Asking) -> None:
    desk = desks("root")
    one, two = made(asking, "one"), made(asking, "two")
    merge = operation(OperationKind.UPDATE, one, merge_into=two)
    prepared = desk.prepare(merge, await held(desk, one))
    done = await desk.push(merge, prepared)
    assert isinstance(done, Accepted), done
    (gone,) = done.page.tombstones
    assert (gone.id, gone.merged_into) == (one, two)
    assert {ticket.id for ticket in done.page.tickets} == {two}
    again = await desk.find_sent(msgspec.structs.replace(merge, request=prepared.body))
    assert isinstance(again, Accepted), again
    assert again.replayed


async def test_a_merge_into_nothing_is_refused(desks: Desks, asking: Asking) -> None:
    desk = desks("root")
    one = made(asking, "one")
    merge = operation(OperationKind.UPDATE, one, merge_into="999999")
    done = await desk.push(merge, desk.prepare(merge, await held(desk, one)))
    assert isinstance(done, Rejected), done
    assert done.fields == ("merge_into",)


async def test_a_file_goes_with_a_reply_and_comes_back_the_same(desks: Desks, asking: Asking) -> None:
    desk = desks("root")
    one = made(asking, "one")
    content = bytes(range(256)) * 40
    reply = msgspec.structs.replace(
        operation(OperationKind.REPLY, one, text="See the files.", files=["f1", "f2"]),
        files=(
            NewFile(id="f1", name="data.bin", content=content),
            NewFile(id="f2", name="Überblick.txt", media_type="text/plain", content="Grüße".encode()),
        ),
    )
    prepared = desk.prepare(reply, await held(desk, one))
    done = await desk.push(reply, prepared)
    assert isinstance(done, Accepted), done
    page = await desk.get(one)
    assert isinstance(page, Page)
    message = next(each for each in page.messages if each.id == done.message_id)
    assert message.body == "See the files."
    assert message.operation == reply.id
    assert {file.name: file.size for file in message.attachments} == {
        "data.bin": len(content),
        "Überblick.txt": len("Grüße".encode()),
    }
    data = next(file for file in message.attachments if file.name == "data.bin")
    assert await desk.file(data.id, 100_000) == content
    too_large = await desk.file(data.id, 100)
    assert isinstance(too_large, Failure)
    again = await desk.find_sent(msgspec.structs.replace(reply, request=prepared.body))
    assert isinstance(again, Accepted), "found by its marker, so never sent twice"
