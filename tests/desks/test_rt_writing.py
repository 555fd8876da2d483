"""The Request Tracker adapter: writing, against a model of RT's quirks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from techdesk.desks.port import (
    Accepted,
    Ambiguous,
    AuthNeeded,
    Conflict,
    Failure,
    Gone,
    Page,
    Prepared,
    PushResult,
    Rejected,
    Throttled,
    UnknownField,
    Unreachable,
)
from techdesk.desks.rt import RequestTrackerDesk, UnusableOption
from techdesk.model import (
    Channel,
    Direction,
    FieldValue,
    Operation,
    OperationKind,
    Scope,
    Ticket,
    TombstoneReason,
)
from tests.desks.rt_model import Model
from tests.desks.test_rt import desk_of


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
async def desk(model: Model) -> AsyncIterator[RequestTrackerDesk]:
    made = desk_of(model)
    await made.who_am_i()
    yield made
    await made.close()


def operation(
    kind: OperationKind,
    ticket: int = 1,
    *,
    text: str = "",
    base: dict[str, FieldValue] | None = None,
    **sets: Any,
) -> Operation:
    return Operation(
        id="0199aaaa-bbbb",
        batch="b",
        ticket=1,
        ticket_id="" if kind is OperationKind.CREATE else str(ticket),
        kind=kind,
        action="t",
        sets=sets,
        base=base or {},
        text=text,
        created=0,
        hold_until=0,
        actor="mara",
    )


def update(**sets: Any) -> Operation:
    return operation(OperationKind.UPDATE, **sets)


async def held(desk: RequestTrackerDesk, number: int = 1) -> Ticket:
    page = await desk.get(str(number))
    assert isinstance(page, Page)
    return page.tickets[0]


async def pushed(desk: RequestTrackerDesk, what: Operation, ticket: Ticket | None = None) -> PushResult:
    if ticket is None and what.ticket_id:
        ticket = await held(desk, int(what.ticket_id))
    return await desk.push(what, desk.prepare(what, ticket))


def sent(what: Operation, prepared: Prepared) -> Operation:
    return msgspec.structs.replace(what, request=prepared.body, precondition=prepared.precondition)


async def test_the_exact_body(model: Model, desk: RequestTrackerDesk) -> None:
    ticket = await held(desk, model.make(Queue="4"))
    what = update(priority=1, status="waiting", owner="", tags=["b", "a"], severity=2, subject="One\n  line")
    prepared = desk.prepare(what, ticket)
    assert json.loads(prepared.body) == {
        "Priority": 100,
        "Status": "stalled",
        "Owner": "Nobody",
        "Subject": "One line",
        "CustomFields": {"Tags": ["a", "b"], "Severity": "2"},
    }
    assert prepared.precondition == str(model.etag(1))
    assert desk.prepare(what, ticket) == prepared


@pytest.mark.parametrize("rank", [-3, 0, 1, 2, 3, 4, 99])
async def test_priorities_are_always_numbers(model: Model, rank: int) -> None:
    """RT quirk 16: a label of another queue silently becomes 0."""
    labels = {"*": {"High": 100, "Low": 1}, "Connectivity": {"P1": 40, "P2": 30, "P3": 20}}
    desk = desk_of(model, priorities=labels)
    ticket = await held(desk, model.make(Queue="4"))
    body = json.loads(desk.prepare(update(priority=rank), ticket).body)
    assert body == {"Priority": (40, 40, 40, 30, 20, 20, 20)[(-3, 0, 1, 2, 3, 4, 99).index(rank)]}


async def test_a_move_takes_the_numbers_of_the_new_queue(model: Model) -> None:
    labels = {"*": {"High": 100, "Low": 1}, "Connectivity": {"P1": 40, "P2": 30, "P3": 20}}
    desk = desk_of(model, priorities=labels)
    await desk.who_am_i()
    ticket = await held(desk, model.make(Queue="3"))
    assert json.loads(desk.prepare(update(priority=2), ticket).body) == {"Priority": 1}
    moved = desk.prepare(update(priority=2, queue="4"), ticket)
    assert json.loads(moved.body) == {"Priority": 30, "Queue": "4"}


@pytest.mark.parametrize(
    "sets", [{"colour": "red"}, {"status": "hold"}, {"status": "???"}, {"priority": "P1"}]
)
async def test_a_field_that_rt_does_not_have_is_a_bug(
    model: Model, desk: RequestTrackerDesk, sets: dict[str, Any]
) -> None:
    ticket = await held(desk, model.make())
    with pytest.raises(UnknownField):
        desk.prepare(update(**sets), ticket)


async def test_statuses_are_written_as_the_site_says(model: Model) -> None:
    ticket_number = model.make()
    desk = desk_of(model, statuses={"parked": "hold", "done": "closed"}, writes={"closed": "done"})
    assert desk.capabilities.statuses == ("new", "open", "waiting", "hold", "resolved", "closed")
    ticket = await held(desk, ticket_number)
    for neutral, raw in (("hold", "parked"), ("closed", "done"), ("resolved", "resolved")):
        assert json.loads(desk.prepare(update(status=neutral), ticket).body) == {"Status": raw}


def test_what_rt_can_do_as_delivered(model: Model) -> None:
    can = desk_of(model).capabilities
    assert (can.guarantee, can.keys, can.precondition, can.tombstones) == ("C", False, True, True)
    assert can.statuses == ("new", "open", "waiting", "resolved")
    assert "close_reason" not in can.settable
    assert can.priorities == {"*": ("High", "Medium", "Low")}
    own = desk_of(model, priorities={"*": {"Hot": 9, "Cold": 1}, "Vault": {"Now": 5}}).capabilities
    assert own.priorities == {"*": ("Hot", "Cold"), "Vault": ("Now",)}
    bare = desk_of(model, fields={"tags": "", "severity": ""}).capabilities
    assert not {"tags", "severity"} & set(bare.settable)


@pytest.mark.parametrize(
    "options",
    [
        {"priorities": {"*": {}}},
        {"priorities": {"*": {"A": 1, "B": 1}}},
        {"priorities": {"*": {"A": "high"}}},
        {"statuses": {"parked": "asleep"}},
        {"severities": {"Minor": 0}},
        {"colour": "red"},
    ],
)
def test_options_that_cannot_be_used(model: Model, options: dict[str, Any]) -> None:
    with pytest.raises(UnusableOption):
        desk_of(model, **options)


async def test_an_update_is_read_back(model: Model, desk: RequestTrackerDesk) -> None:
    model.make()
    result = await pushed(desk, update(priority=1, owner="jonas", status="open"))
    assert isinstance(result, Accepted)
    (ticket,) = result.page.tickets
    assert (ticket.priority_label, ticket.owner, ticket.revision) == ("High", "jonas", model.etag(1))
    assert {event.field for event in result.page.events} == {"owner", "priority", "status"}


async def test_a_200_that_did_nothing_is_a_refusal(model: Model, desk: RequestTrackerDesk) -> None:
    """RT quirk 15."""
    model.make()
    model.refused = {"Priority", "Owner", "Subject", "Queue", "CustomFields"}
    what = update(priority=1, owner="jonas", subject="x", queue="4", tags=["a"], severity=1, status="open")
    result = await pushed(desk, what)
    assert isinstance(result, Rejected)
    assert set(result.fields) == {"priority", "owner", "subject", "queue", "tags", "severity"}
    assert result.reason.startswith("Permission Denied")
    assert result.page is not None
    (ticket,) = result.page.tickets
    assert (ticket.priority_label, ticket.owner, ticket.status) == ("Low", "", "open")


async def test_a_status_that_the_lifecycle_lacks(model: Model) -> None:
    model.make()
    desk = desk_of(model, statuses={"nowhere": "vendor"})
    result = await pushed(desk, update(status="vendor"))
    assert isinstance(result, Rejected)
    assert result.reason == "Status 'nowhere' isn't a valid status for this ticket."


async def test_an_old_version_is_a_conflict_and_writes_nothing(
    model: Model, desk: RequestTrackerDesk
) -> None:
    ticket = await held(desk, model.make())
    model.set(1, "jonas", "Priority", "50")
    model.say(1, "kim", "And another thing.")
    result = await pushed(desk, update(priority=1), ticket)
    assert isinstance(result, Conflict)
    assert model.tickets[1]["Priority"] == "50"
    assert result.page.tickets[0].revision == model.etag(1)
    assert [message.body for message in result.page.messages] == ["And another thing."]
    again = await pushed(desk, update(priority=1), result.page.tickets[0])
    assert isinstance(again, Accepted)


async def test_two_writes_that_rt_let_pass_together(model: Model, desk: RequestTrackerDesk) -> None:
    """RT quirk 17: the check and the write are not one."""
    ticket = await held(desk, model.make())
    model.after_write = lambda: model.set(1, "jonas", "Priority", "50")
    result = await pushed(desk, update(priority=1), ticket)
    assert isinstance(result, Conflict)
    assert result.page.tickets[0].priority_label == "Medium"
    model.after_write = lambda: model.set(1, "jonas", "Subject", "Another")
    other = await pushed(desk, update(priority=1))
    assert isinstance(other, Accepted), "what nobody else touched is done"


async def test_a_close_that_met_the_customers_words(model: Model, desk: RequestTrackerDesk) -> None:
    ticket = await held(desk, model.make(Status="open"))
    model.after_write = lambda: (model.say(1, "kim", "Wait!"), None)[1]
    result = await pushed(desk, update(status="resolved"), ticket)
    assert isinstance(result, Conflict)
    assert [message.body for message in result.page.messages] == ["Wait!"]
    assert result.page.messages[0].direction is Direction.INBOUND


async def test_without_a_version_the_base_must_hold(model: Model, desk: RequestTrackerDesk) -> None:
    model.make()
    found = await desk.search("Ticket 1")
    assert isinstance(found, Page)
    (ticket,) = found.tickets
    stale = operation(OperationKind.UPDATE, base={"owner": "jonas"}, owner="mara")
    assert isinstance(await pushed(desk, stale, ticket), Conflict)
    assert model.tickets[1]["Owner"] == "Nobody"
    good = operation(OperationKind.UPDATE, base={"owner": ""}, owner="mara")
    assert isinstance(await pushed(desk, good, ticket), Accepted)


async def test_merged_deleted_and_purged_tickets_are_gone(model: Model, desk: RequestTrackerDesk) -> None:
    one, two, three = model.make(), model.make(), model.make()
    tickets = [await held(desk, each) for each in (one, two, three)]
    model.merge(one, three)
    model.set(two, "jonas", "Status", "deleted")
    said = len(model.transactions)
    for ticket, reason in ((tickets[0], TombstoneReason.MERGED), (tickets[1], TombstoneReason.DELETED)):
        for what in (update(priority=1), operation(OperationKind.REPLY, text="Hello?")):
            what = msgspec.structs.replace(what, ticket_id=ticket.id)
            result = await pushed(desk, what, ticket)
            assert isinstance(result, Gone)
            assert result.tombstone.reason is reason
    lost = msgspec.structs.replace(update(priority=1), ticket_id="99")
    result = await pushed(desk, lost, msgspec.structs.replace(tickets[2], id="99"))
    assert isinstance(result, Gone)
    assert len(model.transactions) == said, "nothing was written anywhere"


@pytest.mark.parametrize("kind", [OperationKind.REPLY, OperationKind.COMMENT])
async def test_words_carry_their_operation(
    model: Model, desk: RequestTrackerDesk, kind: OperationKind
) -> None:
    model.make()
    what = msgspec.structs.replace(operation(kind, text="Ünï\ncode"), channel=Channel.PHONE)
    result = await pushed(desk, what)
    assert isinstance(result, Accepted)
    (message,) = result.page.messages
    assert (message.id, message.operation) == (result.message_id, what.id)
    assert (message.body, message.channel) == ("Ünï\ncode", Channel.PHONE)
    assert model.parts[-1]["Content"] == "Ünï\ncode"


async def test_words_set_no_fields(model: Model, desk: RequestTrackerDesk) -> None:
    model.make()
    with pytest.raises(UnknownField):
        await pushed(desk, operation(OperationKind.REPLY, text="x", status="resolved"))


async def test_a_new_ticket(model: Model, desk: RequestTrackerDesk) -> None:
    what = operation(
        OperationKind.CREATE,
        text="It broke.",
        subject="Broken",
        queue="4",
        requester="kim@x.test",
        requester_name="Kim",
        organisation="Linden Schools",
        priority=1,
        owner="",
    )
    body = json.loads(desk.prepare(what, None).body)
    assert set(body) == {"Subject", "Queue", "Requestor", "Priority", "Content", "ContentType"}
    result = await pushed(desk, what)
    assert isinstance(result, Accepted)
    assert result.ticket_id == "1"
    assert result.page.tickets[0].subject == "Broken"
    assert [message.operation for message in result.page.messages] == [what.id]
    model.refused = {"Queue"}
    refused = await pushed(desk, what)
    assert isinstance(refused, Rejected)
    assert "No permission to create tickets" in refused.reason


@pytest.mark.parametrize("kind", list(OperationKind))
async def test_a_lost_answer_is_found(model: Model, desk: RequestTrackerDesk, kind: OperationKind) -> None:
    model.make()
    if kind is OperationKind.CREATE:
        what = operation(kind, text="New.", subject="New", queue="3")
        prepared = desk.prepare(what, None)
    else:
        sets: dict[str, Any] = {"priority": 1} if kind is OperationKind.UPDATE else {}
        what = operation(kind, text="" if sets else "Once.", **sets)
        prepared = desk.prepare(what, await held(desk))
    what = sent(what, prepared)
    assert await desk.find_sent(what) is None
    writes: list[httpx.Request] = []

    def lose(request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if request.method == "GET" or path.endswith("attachments") or writes:
            return None
        writes.append(request)
        model.answer(request)
        raise httpx.ReadError("cut", request=request)

    model.broken = lose
    assert isinstance(await desk.push(what, prepared), Ambiguous)
    before = len(model.transactions)
    found = await desk.find_sent(what)
    assert isinstance(found, Accepted)
    assert found.replayed
    assert len(model.transactions) == before
    if kind is not OperationKind.UPDATE:
        assert [m.operation for m in found.page.messages if m.id == found.message_id] == [what.id]


async def test_fields_changed_again_by_somebody_else_were_written(
    model: Model, desk: RequestTrackerDesk
) -> None:
    what = update(priority=1)
    prepared = desk.prepare(what, await held(desk, model.make()))
    what = sent(what, prepared)
    model.set(1, "jonas", "Priority", "50")
    assert await desk.find_sent(what) is None, "only a colleague's"
    model.set(1, "mara", "Priority", "100")
    model.set(1, "jonas", "Priority", "50")
    assert isinstance(await desk.find_sent(what), Accepted)


ANSWERS = [
    (httpx.Response(401, json={"message": "Unauthorized"}), AuthNeeded),
    (httpx.Response(302, headers={"Location": "/"}), AuthNeeded),
    (httpx.Response(403, json={"message": "Forbidden"}), Rejected),
    (httpx.Response(400, json={"message": "No"}), Rejected),
    (httpx.Response(429, headers={"Retry-After": "7"}), Throttled),
    (httpx.Response(503, text="busy"), Ambiguous),
    (httpx.Response(201, text="<html>"), Ambiguous),
]


@pytest.mark.parametrize(("answer", "meaning"), ANSWERS)
async def test_answers_to_a_write(
    model: Model, desk: RequestTrackerDesk, answer: httpx.Response, meaning: type
) -> None:
    what = operation(OperationKind.CREATE, text="x", subject="y", queue="3")
    prepared = desk.prepare(what, None)
    model.broken = lambda request: answer if request.method == "POST" else None
    result = await desk.push(what, prepared)
    assert isinstance(result, meaning)
    if isinstance(result, Throttled):
        assert result.seconds == 7.0


async def test_a_server_that_is_away(model: Model, desk: RequestTrackerDesk) -> None:
    model.make()
    what = operation(OperationKind.REPLY, text="x")
    prepared = desk.prepare(what, await held(desk))

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    model.broken = away
    assert isinstance(await desk.push(what, prepared), Unreachable)
    assert isinstance(await desk.find_sent(sent(what, prepared)), Failure)
    assert isinstance(await desk.pull("", Scope()), Failure)


async def test_a_read_back_that_fails_leaves_it_in_doubt(model: Model, desk: RequestTrackerDesk) -> None:
    ticket = await held(desk, model.make())
    what = update(priority=1)
    prepared = desk.prepare(what, ticket)

    def broken(request: httpx.Request) -> httpx.Response | None:
        written = model.tickets[1]["Priority"] == "100"
        return httpx.Response(502, text="bad gateway") if written and request.method == "GET" else None

    model.broken = broken
    assert isinstance(await desk.push(what, prepared), Ambiguous)
    model.broken = lambda request: None
    assert isinstance(await desk.find_sent(sent(what, prepared)), Accepted)
