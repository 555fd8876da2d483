"""The adapter against a real Request Tracker 5: writing, and what RT says afterwards."""

from __future__ import annotations

from itertools import count

import httpx
import pytest

from techdesk.desks.port import (
    Accepted,
    Ambiguous,
    AuthNeeded,
    Conflict,
    Gone,
    Page,
    Prepared,
    Rejected,
    Unreachable,
)
from techdesk.desks.rt import RequestTrackerDesk
from techdesk.model import (
    Channel,
    Direction,
    FieldValue,
    Operation,
    OperationKind,
    Status,
    Ticket,
    TombstoneReason,
    Visibility,
)
from tests.live.asking import Asking
from tests.live.conftest import Desks

_NUMBERS = count(1)


class LosesAnswers(httpx.AsyncHTTPTransport):
    """The real network; answers to writes are lost on the way while ``lossy``, after RT has done its work."""

    def __init__(self) -> None:
        super().__init__()
        self.lossy = True
        self.written = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        is_write = request.method == "PUT" or not request.url.path.endswith("/attachments")
        if request.method != "GET" and is_write:
            self.written += 1
            if self.lossy:
                await answer.aread()
                await answer.aclose()
                raise httpx.ReadError("the answer was lost", request=request)
        return answer


def operation(
    kind: OperationKind,
    ticket: str = "",
    *,
    text: str = "",
    base: dict[str, FieldValue] | None = None,
    **sets: FieldValue,
) -> Operation:
    number = next(_NUMBERS)
    return Operation(
        id=f"0199aaaa-bbbb-7ccc-8ddd-{number:012d}",
        batch="b",
        ticket=number,
        ticket_id=ticket,
        kind=kind,
        action="t",
        sets=sets,
        base=base or {},
        text=text,
        created=0,
        hold_until=0,
    )


async def held(desk: RequestTrackerDesk, number: str) -> Ticket:
    page = await desk.get(number)
    assert isinstance(page, Page)
    return page.tickets[0]


async def pushed(desk: RequestTrackerDesk, what: Operation, ticket: Ticket | None = None) -> object:
    if ticket is None and what.ticket_id:
        ticket = await held(desk, what.ticket_id)
    return await desk.push(what, desk.prepare(what, ticket))


async def test_fields_are_in_rts_answer(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("To be changed", queue="Connectivity", Priority=10), desks()
    result = await pushed(
        desk,
        operation(
            OperationKind.UPDATE,
            number,
            priority=1,
            owner="jonas",
            status="waiting",
            subject="Changed  by\ntechdesk",
            tags=["vpn", "recall"],
            severity=2,
        ),
    )
    assert isinstance(result, Accepted)
    told = asking.ticket(number)
    assert told["Priority"] == "40"
    assert told["Owner"]["id"] == "jonas"
    assert told["Status"] == "stalled"
    assert told["Subject"] == "Changed by techdesk"
    fields = {field["name"]: sorted(field["values"]) for field in told["CustomFields"]}
    assert fields["Tags"] == ["recall", "vpn"]
    assert fields["Severity"] == ["2"]
    (ticket,) = result.page.tickets
    assert (ticket.priority, ticket.owner, ticket.status) == (1, "jonas", Status.WAITING)
    assert ticket.revision == asking.etag(number, name="mara")
    assert {event.field for event in result.page.events} >= {"priority", "owner", "status", "subject"}


async def test_values_are_unset_and_the_queue_changes(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("To be moved", Owner="mara"), desks()
    first = await pushed(desk, operation(OperationKind.UPDATE, number, tags=["vpn"]))
    assert isinstance(first, Accepted)
    connectivity = str(asking.call("GET", "/queue/Connectivity")["id"])
    what = operation(OperationKind.UPDATE, number, owner="", tags=[], queue=connectivity, priority=2)
    result = await pushed(desk, what)
    assert isinstance(result, Accepted)
    told = asking.ticket(number)
    assert (told["Owner"]["id"], told["Queue"]["id"], told["Priority"]) == ("Nobody", connectivity, "30")
    assert result.page.tickets[0].tags == ()
    assert result.page.tickets[0].priority_label == "P2"


@pytest.mark.parametrize("status", ["resolved", "closed"])
async def test_resolve_and_close_are_one(asking: Asking, desks: Desks, status: str) -> None:
    number, desk = asking.make("To be done with"), desks()
    result = await pushed(desk, operation(OperationKind.UPDATE, number, status=status))
    assert isinstance(result, Accepted)
    assert asking.ticket(number)["Status"] == "resolved"
    assert result.page.tickets[0].status is Status.RESOLVED
    assert result.page.tickets[0].closed is not None
    assert "closed" not in desk.capabilities.statuses
    again = await pushed(desk, operation(OperationKind.UPDATE, number, status="open"))
    assert isinstance(again, Accepted)
    assert again.page.tickets[0].closed is None


@pytest.mark.parametrize(
    ("kind", "said", "visibility"),
    [
        (OperationKind.REPLY, "Correspond", Visibility.PUBLIC),
        (OperationKind.COMMENT, "Comment", Visibility.INTERNAL),
    ],
)
async def test_words_are_in_rts_answer(
    asking: Asking, desks: Desks, kind: OperationKind, said: str, visibility: Visibility
) -> None:
    number, desk = asking.make("To be answered"), desks()
    what = operation(kind, number, text="Grüße aus Techdesk.\n\nZweiter Absatz – 电话")
    result = await pushed(desk, what)
    assert isinstance(result, Accepted)
    assert asking.bodies(number)[-1] == (said, what.text)
    message = next(message for message in result.page.messages if message.id == result.message_id)
    assert (message.body, message.operation, message.visibility) == (what.text, what.id, visibility)
    assert (message.author, message.direction) == ("mara", Direction.OUTBOUND)
    assert result.page.tickets[0].revision == asking.etag(number, name="mara")


async def test_a_call_keeps_its_channel(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("To be rung up"), desks()
    what = operation(OperationKind.COMMENT, number, text="Rang; nobody answered.")
    ticket = await held(desk, number)
    spoken = Operation(
        **{name: getattr(what, name) for name in what.__struct_fields__} | {"channel": Channel.PHONE}
    )
    result = await pushed(desk, spoken, ticket)
    assert isinstance(result, Accepted)
    read = await desk.get(number)
    assert isinstance(read, Page)
    assert [message.channel for message in read.messages if message.operation] == [Channel.PHONE]


async def test_a_new_ticket(asking: Asking, desks: Desks) -> None:
    desk = desks()
    await desk.who_am_i()
    queue = str(asking.call("GET", "/queue/Connectivity")["id"])
    what = operation(
        OperationKind.CREATE,
        text="The line at the shop is dead.",
        subject="Line dead",
        queue=queue,
        requester="new.person@harbour.test",
        requester_name="New Person",
        priority=1,
        owner="mara",
        channel="phone",
    )
    result = await pushed(desk, what)
    assert isinstance(result, Accepted)
    told = asking.ticket(result.ticket_id)
    assert (told["Subject"], told["Priority"], told["Owner"]["id"]) == ("Line dead", "40", "mara")
    assert told["Queue"]["id"] == queue
    assert told["Requestor"][0]["id"] == "new.person@harbour.test"
    assert asking.bodies(result.ticket_id) == [("Create", what.text)]
    (ticket,) = result.page.tickets
    assert (ticket.channel, ticket.priority_label) == (Channel.PHONE, "P1")
    assert [message.operation for message in result.page.messages] == [what.id]
    assert result.message_id == result.page.messages[0].id
    assert result.page.messages[0].direction is Direction.INBOUND


async def test_a_reader_is_refused_with_the_old_value(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("Not to be touched", Priority=50), desks("reader")
    result = await pushed(desk, operation(OperationKind.UPDATE, number, priority=1))
    assert isinstance(result, Rejected)
    assert "ermission" in result.reason
    assert result.fields == ("priority",)
    assert result.page is not None
    assert result.page.tickets[0].priority_label == "Medium"
    assert asking.ticket(number)["Priority"] == "50"
    said = await pushed(desk, operation(OperationKind.COMMENT, number, text="May I?"))
    assert isinstance(said, Rejected)
    assert "ermission" in said.reason
    assert len(asking.bodies(number)) == 1


async def test_what_is_refused_of_several_is_named(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("Half and half", Priority=0), desks()
    what = operation(OperationKind.UPDATE, number, priority=1, owner="kim@linden.test")
    result = await pushed(desk, what)
    assert isinstance(result, Rejected)
    assert result.fields == ("owner",)
    assert result.page is not None
    assert result.page.tickets[0].priority == 1
    assert result.page.tickets[0].owner == ""
    assert asking.ticket(number)["Priority"] == "100"


async def test_a_newer_version_is_a_conflict(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("Two at once", Priority=0), desks()
    seen = await held(desk, number)
    asking.put(number, "jonas", Priority=50)
    result = await pushed(desk, operation(OperationKind.UPDATE, number, priority=1), seen)
    assert isinstance(result, Conflict)
    (ticket,) = result.page.tickets
    assert ticket.priority_label == "Medium"
    assert [(event.actor, event.old, event.new) for event in result.page.events] == [("jonas", "3", "2")]
    assert asking.ticket(number)["Priority"] == "50"
    assert isinstance(
        await pushed(desk, operation(OperationKind.UPDATE, number, priority=1), ticket), Accepted
    )


async def test_a_close_meets_the_customers_words(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("Nearly closed"), desks()
    seen = await held(desk, number)
    words = {"Content": "Still broken!", "ContentType": "text/plain"}
    asking.call("POST", f"/ticket/{number}/correspond", words)
    result = await pushed(desk, operation(OperationKind.UPDATE, number, status="resolved"), seen)
    assert isinstance(result, Conflict)
    assert [message.body for message in result.page.messages] == ["Still broken!"]
    assert asking.ticket(number)["Status"] != "resolved"


async def test_without_a_version_the_base_is_compared(asking: Asking, desks: Desks) -> None:
    number, desk = asking.make("Found by a search", Priority=0), desks()
    found = await desk.search("Found by a search")
    assert isinstance(found, Page)
    ticket = next(ticket for ticket in found.tickets if ticket.id == number)
    assert ticket.version == ""
    stale = operation(OperationKind.UPDATE, number, base={"priority": 2}, priority=1)
    assert isinstance(await pushed(desk, stale, ticket), Conflict)
    good = operation(OperationKind.UPDATE, number, base={"priority": 3}, priority=1)
    assert isinstance(await pushed(desk, good, ticket), Accepted)
    assert asking.ticket(number)["Priority"] == "100"


async def test_merged_and_deleted_tickets_are_gone(asking: Asking, desks: Desks) -> None:
    desk = desks()
    one, two, three = (asking.make(f"Going {each}") for each in range(3))
    merged, deleted = await held(desk, one), await held(desk, three)
    asking.put(one, "mara", MergeInto=two)
    asking.put(three, "mara", Status="deleted")
    for number, ticket, reason in (
        (one, merged, TombstoneReason.MERGED),
        (three, deleted, TombstoneReason.DELETED),
    ):
        for what in (
            operation(OperationKind.UPDATE, number, priority=1),
            operation(OperationKind.REPLY, number, text="Anybody there?"),
        ):
            result = await pushed(desk, what, ticket)
            assert isinstance(result, Gone)
            assert result.tombstone.reason is reason
    assert [text for _, text in asking.bodies(two)] == ["It does not work."] * 2


@pytest.mark.parametrize("kind", [OperationKind.REPLY, OperationKind.COMMENT])
async def test_words_are_not_doubled_after_a_lost_answer(
    asking: Asking, desks: Desks, kind: OperationKind
) -> None:
    number = asking.make("Lost on the way")
    network = LosesAnswers()
    desk = desks(transport=network)
    what = operation(kind, number, text="Said once.")
    prepared = desk.prepare(what, await held(desk, number))
    what = sent(what, prepared)
    assert await desk.find_sent(what) is None
    assert isinstance(await desk.push(what, prepared), Ambiguous)
    network.lossy = False
    found = await desk.find_sent(what)
    assert isinstance(found, Accepted)
    assert found.replayed
    assert found.page.tickets[0].revision == asking.etag(number, name="mara")
    assert [message.id for message in found.page.messages if message.operation == what.id] == [
        found.message_id
    ]
    assert [text for _, text in asking.bodies(number)].count("Said once.") == 1
    assert network.written == 1


async def test_fields_are_found_by_value_after_a_lost_answer(asking: Asking, desks: Desks) -> None:
    number = asking.make("Lost on the way, too", Priority=0)
    network = LosesAnswers()
    desk = desks(transport=network)
    what = operation(OperationKind.UPDATE, number, priority=1, owner="mara")
    prepared = desk.prepare(what, await held(desk, number))
    what = sent(what, prepared)
    assert await desk.find_sent(what) is None
    assert isinstance(await desk.push(what, prepared), Ambiguous)
    network.lossy = False
    assert isinstance(await desk.find_sent(what), Accepted)
    asking.put(number, "jonas", Priority=50)
    found = await desk.find_sent(what)
    assert isinstance(found, Accepted), "it was done, and somebody changed it again"
    assert found.page.tickets[0].priority_label == "Medium"


async def test_a_new_ticket_is_found_after_a_lost_answer(asking: Asking, desks: Desks) -> None:
    network = LosesAnswers()
    desk = desks(transport=network)
    await desk.who_am_i()
    queue = str(asking.call("GET", "/queue/Internal")["id"])
    what = operation(OperationKind.CREATE, text="Once.", subject="Made only once", queue=queue)
    prepared = desk.prepare(what, None)
    what = sent(what, prepared)
    assert await desk.find_sent(what) is None
    assert isinstance(await desk.push(what, prepared), Ambiguous)
    found = await desk.find_sent(what)
    assert isinstance(found, Accepted)
    assert asking.ids("Subject = 'Made only once'") == {found.ticket_id}


def sent(what: Operation, prepared: Prepared) -> Operation:
    values = {name: getattr(what, name) for name in what.__struct_fields__}
    return Operation(**values | {"request": prepared.body, "precondition": prepared.precondition})


async def test_a_dead_server_and_a_dead_token(asking: Asking, desks: Desks) -> None:
    number = asking.make("Unreachable")
    desk = desks()
    what = operation(OperationKind.UPDATE, number, priority=1)
    prepared = desk.prepare(what, await held(desk, number))

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    dead = desks(transport=httpx.MockTransport(refuse))
    assert isinstance(await dead.push(what, prepared), Unreachable)
    asking.tokens["expired"] = asking.tokens["mara"][:-4] + "0000"
    assert isinstance(await desks("expired").push(what, prepared), AuthNeeded)
