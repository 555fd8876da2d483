"""The Request Tracker adapter: reading, against a model of RT's quirks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from techdesk.desks.port import Account, Connection, CursorGone, Failure, FailureKind, Gone, Page
from techdesk.desks.rt import RequestTrackerDesk
from techdesk.desks.rt.position import Position, read_position
from techdesk.model import Channel, Direction, Role, Scope, Status, Tombstone, TombstoneReason, Visibility
from tests.desks.heard import Heard
from tests.desks.rt_model import UNSET, Model, stamp

SCOPE = Scope(closed_days=90)


def desk_of(model: Model, token: str = "1-27-abc", **options: object) -> RequestTrackerDesk:
    connection = Connection(url="http://127.0.0.1:1/", token=token, options=options)
    return RequestTrackerDesk(connection, Heard(), transport=model.transport)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
async def desk(model: Model) -> AsyncIterator[RequestTrackerDesk]:
    made = desk_of(model)
    yield made
    await made.close()


async def pulled(desk: RequestTrackerDesk, cursor: str = "", scope: Scope = SCOPE) -> list[Page]:
    pages: list[Page] = []
    while True:
        page = await desk.pull(cursor, scope)
        assert isinstance(page, Page)
        assert page.unreadable == ()
        pages.append(page)
        cursor = page.cursor
        if not page.more:
            return pages


async def all_of(desk: RequestTrackerDesk, cursor: str = "") -> Page:
    """What all pages of a pull come to, as one."""
    pages = await pulled(desk, cursor)
    return Page(
        tickets=tuple(each for page in pages for each in page.tickets),
        messages=tuple(each for page in pages for each in page.messages),
        events=tuple(each for page in pages for each in page.events),
        people=tuple({each.id: each for page in pages for each in page.people}.values()),
        organisations=tuple(each for page in pages for each in page.organisations),
        queues=tuple({each.id: each for page in pages for each in page.queues}.values()),
        tombstones=tuple(each for page in pages for each in page.tombstones),
        cursor=pages[-1].cursor,
        more=False,
        total=pages[0].total,
    )


def ids(pages: list[Page]) -> list[str]:
    return [ticket.id for page in pages for ticket in page.tickets]


async def test_who_am_i(desk: RequestTrackerDesk) -> None:
    account = await desk.who_am_i()
    assert isinstance(account, Account)
    assert account.person.id == "mara"
    assert account.person.role is Role.TECHNICIAN
    assert (account.server, account.product) == ("http://127.0.0.1:1", "Request Tracker 5.0.3")


async def test_an_unknown_token_and_one_of_another_kind(model: Model) -> None:
    for token in ("1-27-wrong", "a password"):
        failure = await desk_of(model, token).who_am_i()
        assert isinstance(failure, Failure)
        assert failure.kind is FailureKind.UNAUTHORISED


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(302, headers={"Location": "/"}), FailureKind.REDIRECTED),
        (httpx.Response(404, json={"message": "Not Found"}), FailureKind.NOT_A_DESK),
        (httpx.Response(200, text="<html>hello</html>"), FailureKind.NOT_A_DESK),
        (httpx.Response(500, text=""), FailureKind.SERVER_ERROR),
    ],
)
async def test_what_is_no_desk(
    model: Model, desk: RequestTrackerDesk, answer: httpx.Response, kind: FailureKind
) -> None:
    model.broken = lambda request: answer
    failure = await desk.who_am_i()
    assert isinstance(failure, Failure)
    assert failure.kind is kind


async def test_a_ticket_in_neutral_words(model: Model, desk: RequestTrackerDesk) -> None:
    number = model.make(Queue="4", Priority="50", Status="stalled", SLA="Gold", Owner="jonas")
    model.tickets[number]["fields"] = {"2": ["2 - major"], "3": ["Phone"], "4": ["vpn", "recall"]}
    model.tickets[number]["Due"] = stamp(1_795_100_000)
    page = await all_of(desk)
    (ticket,) = page.tickets
    assert (ticket.status, ticket.priority, ticket.priority_label) == (Status.WAITING, 2, "Medium")
    assert (ticket.severity, ticket.channel, ticket.tags) == (2, Channel.PHONE, ("recall", "vpn"))
    assert (ticket.owner, ticket.requester, ticket.organisation) == ("jonas", "kim", "Linden Schools")
    assert (ticket.server_due, ticket.closed) == (1_795_100_000, None)
    assert ticket.raw["sla"] == "Gold"
    assert ticket.revision == model.etag(number)
    assert {person.id: person.role for person in page.people} == {
        "jonas": Role.TECHNICIAN,
        "kim": Role.REQUESTER,
    }
    assert [organisation.id for organisation in page.organisations] == ["Linden Schools"]
    assert {queue.id: queue.name for queue in page.queues} == {"3": "First Line", "4": "Connectivity"}


async def test_unset_dates_are_none(model: Model, desk: RequestTrackerDesk) -> None:
    number = model.make()
    assert model.tickets[number]["Due"] == UNSET
    (ticket,) = (await all_of(desk)).tickets
    assert (ticket.server_due, ticket.closed) == (None, None)


@pytest.mark.parametrize(
    ("number", "rank", "label"),
    [("100", 1, "High"), ("9999", 1, "High"), ("99", 2, "Medium"), ("50", 2, "Medium"), ("0", 3, "Low")],
)
async def test_priority_bands(
    model: Model, desk: RequestTrackerDesk, number: str, rank: int, label: str
) -> None:
    model.make(Priority=number)
    (ticket,) = (await all_of(desk)).tickets
    assert (ticket.priority, ticket.priority_label) == (rank, label)


async def test_priorities_by_queue(model: Model) -> None:
    model.make(Queue="4", Priority="30")
    model.make(Queue="3", Priority="30")
    labels = {"*": {"Urgent": 90, "Normal": 10}, "Connectivity": {"P1": 40, "P2": 30, "P3": 20}}
    pages = await pulled(desk_of(model, priorities=labels))
    assert [(t.priority, t.priority_label) for t in pages[0].tickets] == [(2, "P2"), (2, "Normal")]


async def test_a_sites_own_statuses(model: Model) -> None:
    model.make(Status="with carrier")
    model.make(Status="parked")
    model.make(Status="archived", Resolved=stamp(model.now))
    pages = await pulled(desk_of(model, statuses={"with carrier": "vendor"}))
    held = {ticket.raw["status"]: ticket for page in pages for ticket in page.tickets}
    assert held["with carrier"].status is Status.VENDOR
    assert held["parked"].status is Status.OPEN, "unknown, but __Active__ finds it"
    assert held["archived"].status is Status.CLOSED
    assert held["archived"].close_reason == "archived"
    asked = model.requests.count(("GET", "/tickets"))
    await pulled(desk_of(model, statuses={"with carrier": "vendor", "parked": "hold", "archived": "closed"}))
    assert model.requests.count(("GET", "/tickets")) - asked < asked, "what is mapped is not asked about"


async def test_the_conversation(model: Model, desk: RequestTrackerDesk) -> None:
    number = model.make(text="Help\r\n\r\nplease\n")
    reply = model.say(number, "mara", "We look.")
    model.say(number, "jonas", "Third this week.", "Comment")
    model.say(number, "kim", "", ContentType="multipart/mixed", Headers="Received: from mail")
    model.part(
        model.transactions[-1]["id"], "<p>Still<br>broken &amp; <b>bad</b></p>", ContentType="text/html"
    )
    model.part(model.transactions[-1]["id"], "PNG", ContentType="image/png", Filename="shot.png")
    model.say(number, "lee", "Me too.", Headers="Auto-Submitted: auto-replied")
    model.happen(number, "EmailRecord", "RT_System", hidden=True)
    page = await all_of(desk)
    told = [(m.author, m.direction, m.visibility, m.body) for m in page.messages]
    inbound, outbound = Direction.INBOUND, Direction.OUTBOUND
    assert told == [
        ("kim", inbound, Visibility.PUBLIC, "Help\n\nplease"),
        ("mara", outbound, Visibility.PUBLIC, "We look."),
        ("jonas", outbound, Visibility.INTERNAL, "Third this week."),
        ("kim", inbound, Visibility.PUBLIC, "Still\nbroken & bad"),
        ("lee", inbound, Visibility.PUBLIC, "Me too."),
    ]
    assert [(a.name, a.size, a.media_type) for a in page.messages[3].attachments] == [
        ("shot.png", 3, "image/png")
    ]
    assert page.messages[3].channel is Channel.EMAIL
    assert [m.automatic for m in page.messages] == [False] * 4 + [True]
    assert page.messages[1].id == str(reply)


async def test_a_call_that_a_technician_wrote_down_is_no_response(
    model: Model, desk: RequestTrackerDesk
) -> None:
    number = model.make()
    model.transactions[0]["Creator"] = "mara"
    page = await all_of(desk)
    assert page.tickets[0].id == str(number)
    assert page.messages[0].direction is Direction.INBOUND


async def test_events_in_neutral_values(model: Model) -> None:
    number = model.make(Queue="4", Priority="10")
    model.set(number, "mara", "Priority", "40")
    model.set(number, "mara", "Queue", "3")
    model.set(number, "mara", "Priority", "60")
    model.set(number, "mara", "Owner", "jonas")
    model.set(number, "jonas", "Status", "stalled")
    model.happen(number, "CustomField", "jonas", Field="2", OldValue="3", NewValue="1")
    model.happen(number, "Set", "RT_System", Field="Due", OldValue="1970-01-01 00:00:00", NewValue="soon")
    labels = {"*": {"High": 100, "Medium": 50, "Low": 0}, "Connectivity": {"P1": 40, "P2": 30, "P3": 20}}
    page = await all_of(desk_of(model, priorities=labels))
    assert [(event.field, event.old, event.new) for event in page.events] == [
        ("priority", "3", "1"),  # by the queue that it was in then
        ("queue", "4", "3"),
        ("priority", "3", "2"),  # 40 is the other queue's Low
        ("owner", None, "jonas"),
        ("status", "new", "waiting"),
        ("severity", "3", "1"),
    ]
    assert {event.actor for event in page.events} == {"mara", "jonas"}


async def test_rows_hidden_after_paging_lose_nothing(model: Model, desk: RequestTrackerDesk) -> None:
    """RT quirk 2: whole pages of the feed may be empty, and others follow."""
    first = model.make()
    for _ in range(260):
        model.happen(first, "EmailRecord", "RT_System", hidden=True)
    model.say(first, "kim", "Hello?")
    for _ in range(150):
        model.happen(first, "EmailRecord", "RT_System", hidden=True)
    page = await all_of(desk)
    assert [message.body for message in page.messages] == ["It does not work.", "Hello?"]
    for _ in range(230):
        model.happen(first, "EmailRecord", "RT_System", hidden=True)
    model.say(first, "kim", "Anybody?")
    for _ in range(120):
        model.happen(first, "EmailRecord", "RT_System", hidden=True)
    news = await all_of(desk, page.cursor)
    assert [message.body for message in news.messages] == ["Anybody?"]


@pytest.mark.parametrize("counts", [True, False])
async def test_many_tickets_come_by_pages(model: Model, desk: RequestTrackerDesk, counts: bool) -> None:
    model.counts = counts
    for each in range(250):
        model.make(Status="resolved" if each % 5 == 0 else "open", Resolved=stamp(model.now))
    pages = await pulled(desk)
    assert sorted(ids(pages), key=int) == [str(number) for number in range(1, 251)]
    assert pages[0].total == (250 if counts else None)
    assert all(len(page.tickets) <= 100 for page in pages)
    active = [ticket.status.is_active for page in pages for ticket in page.tickets]
    assert active == sorted(active, reverse=True), "what is still to do comes first"


async def test_nothing_new_is_one_request(model: Model, desk: RequestTrackerDesk) -> None:
    model.make()
    page = await all_of(desk)
    model.requests.clear()
    again = await desk.pull(page.cursor, SCOPE)
    assert again == Page(cursor=page.cursor, more=False)
    assert model.requests == [("GET", "/transactions")]


async def test_only_what_changed_is_read(model: Model, desk: RequestTrackerDesk) -> None:
    numbers = [model.make() for _ in range(40)]
    page = await all_of(desk)
    model.set(numbers[7], "jonas", "Priority", "50")
    model.requests.clear()
    news = await desk.pull(page.cursor, SCOPE)
    assert isinstance(news, Page)
    assert [(t.id, t.priority, t.revision) for t in news.tickets] == [("8", 2, model.etag(numbers[7]))]
    assert ("POST", "/attachments") not in model.requests, "no message came"
    assert len(model.requests) <= 4


async def test_a_long_absence_is_made_up_for_in_pieces(model: Model, desk: RequestTrackerDesk) -> None:
    numbers = [model.make() for _ in range(3)]
    page = await all_of(desk)
    for each in range(2_500):
        model.set(numbers[each % 3], "jonas", "Priority", str(each % 100))
    pages = await pulled(desk, page.cursor)
    assert len(pages) == 3
    assert sum(len(each.events) for each in pages) > 10
    assert {t.id: t.revision for t in pages[-1].tickets} == {str(each): model.etag(each) for each in numbers}
    assert await desk.pull(pages[-1].cursor, SCOPE) == Page(cursor=pages[-1].cursor, more=False)


async def test_an_id_that_is_committed_late_is_not_lost(model: Model, desk: RequestTrackerDesk) -> None:
    slow, quick = model.make(), model.make()
    late = model.say(slow, "kim", "I was slow.")
    model.say(quick, "kim", "I was quick.")
    row = next(row for row in model.transactions if row["id"] == late)
    model.transactions.remove(row)
    page = await all_of(desk)
    assert [message.body for message in page.messages].count("I was slow.") == 0
    model.transactions.insert(-1, row)
    news = await all_of(desk, page.cursor)
    assert [message.body for message in news.messages] == ["I was slow."]
    assert [ticket.revision for ticket in news.tickets] == [model.etag(slow)]
    assert await desk.pull(news.cursor, SCOPE) == Page(cursor=news.cursor, more=False)


async def test_deleted_and_merged(model: Model, desk: RequestTrackerDesk) -> None:
    one, two, three, four = (model.make(text=f"Words {each}") for each in range(4))
    model.merge(four, three)
    page = await all_of(desk)
    assert ids([page]) == ["1", "2", "3"]
    assert [m.body for m in page.messages if m.ticket == "3"] == ["Words 2", "Words 3"]
    assert page.tickets[2].revision == model.etag(three)
    model.merge(two, three)
    model.set(one, "jonas", "Status", "deleted")
    news = await all_of(desk, page.cursor)
    assert set(news.tombstones) == {
        Tombstone(id="1", reason=TombstoneReason.DELETED),
        Tombstone(id="2", reason=TombstoneReason.MERGED, merged_into="3"),
    }
    assert ids([news]) == ["3"]
    assert [m.body for m in news.messages] == ["Words 1", "Words 2", "Words 3"]
    gone = await desk.get("2")
    assert gone == Gone(tombstone=Tombstone(id="2", reason=TombstoneReason.MERGED, merged_into="3"))
    model.set(one, "jonas", "Status", "open")
    back = await all_of(desk, news.cursor)
    assert ids([back]) == ["1"]
    assert [m.body for m in back.messages] == ["Words 0"], "its conversation comes again with it"


async def test_tickets_leave_and_enter_the_scope(model: Model, desk: RequestTrackerDesk) -> None:
    old = model.make(text="Long ago", Status="resolved", Resolved=stamp(model.now - 100 * 86_400))
    page = await all_of(desk)
    assert ids([page]) == []
    model.say(old, "mara", "For the record.", "Comment")
    news = await all_of(desk, page.cursor)
    assert news.tombstones == (Tombstone(id="1", reason=TombstoneReason.OUT_OF_SCOPE),)
    model.set(old, "kim", "Status", "open")
    news = await all_of(desk, news.cursor)
    assert ids([news]) == ["1"]
    assert [m.body for m in news.messages] == ["Long ago", "For the record."]


async def test_a_ticket_moved_out_of_sight(model: Model, desk: RequestTrackerDesk) -> None:
    model.make()
    secret = model.make()
    page = await all_of(desk)
    model.tickets[secret]["hidden"] = True
    for row in model.transactions:
        row["hidden"] = row["ObjectId"] == str(secret)
    news = await all_of(desk, page.cursor)
    assert news.tombstones == (Tombstone(id="2", reason=TombstoneReason.OUT_OF_SCOPE),)
    assert await desk.pull(news.cursor, SCOPE) == Page(cursor=news.cursor, more=False)


async def test_a_restored_backup_is_noticed(model: Model, desk: RequestTrackerDesk) -> None:
    first, second = model.make(), model.make()
    page = await all_of(desk)
    kept = list(model.transactions)
    model.transactions.pop()
    assert isinstance(await desk.pull(page.cursor, SCOPE), CursorGone)
    model.say(first, "kim", "Another history.")
    model.say(second, "kim", "Quite another.")
    assert isinstance(await desk.pull(page.cursor, SCOPE), CursorGone)
    model.transactions = kept
    assert isinstance(await desk.pull(page.cursor, SCOPE), Page)


@pytest.mark.parametrize("cursor", ["7", "{}", '{"v":2,"at":1}', '{"v":1,"phase":"elsewhere","at":1}'])
async def test_a_cursor_of_another_version(desk: RequestTrackerDesk, cursor: str) -> None:
    assert isinstance(await desk.pull(cursor, SCOPE), CursorGone)


def test_a_position_survives_as_text() -> None:
    place = Position(phase="tickets", at=7, recent=((5, 1), (7, 2)), part="closed", after=3, last=9, total=4)
    assert read_position(place.cursor) == place


async def test_an_empty_desk(model: Model, desk: RequestTrackerDesk) -> None:
    page = await all_of(desk)
    assert (page.tickets, page.total) == ((), 0)
    model.make()
    news = await all_of(desk, page.cursor)
    assert ids([news]) == ["1"]


async def test_a_sweep_is_a_walk_of_its_own(model: Model, desk: RequestTrackerDesk) -> None:
    for _ in range(120):
        model.make()
    first = await desk.sweep("", SCOPE)
    assert isinstance(first, Page)
    assert first.more
    model.make()
    last = await desk.sweep(first.cursor, SCOPE)
    assert isinstance(last, Page)
    while last.more:
        following = await desk.sweep(last.cursor, SCOPE)
        assert isinstance(following, Page)
        last = following
    news = await all_of(desk, last.cursor)
    assert ids([news]) == ["121"], "the place is from before the sweep"


async def test_a_row_that_cannot_be_read_is_set_aside(model: Model, desk: RequestTrackerDesk) -> None:
    model.make()
    model.make(Subject={"not": "text"})
    model.make()
    pages: list[Page] = []
    while not pages or pages[-1].more:
        page = await desk.pull(pages[-1].cursor if pages else "", SCOPE)
        assert isinstance(page, Page)
        pages.append(page)
    assert ids(pages) == ["1", "3"]
    assert {where for page in pages for where, _ in page.unreadable} == {"tickets 2"}


@pytest.mark.parametrize("path", ["/transactions", "/tickets", "/queues/all", "/attachments"])
async def test_a_failure_in_the_middle_is_told(model: Model, desk: RequestTrackerDesk, path: str) -> None:
    model.make()

    def broken(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(503, text="busy") if request.url.path.endswith(path) else None

    model.broken = broken
    failure = await desk.pull("", SCOPE)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.SERVER_ERROR


async def test_a_huge_message_does_not_stop_the_others(model: Model, desk: RequestTrackerDesk) -> None:
    model.make(text="x" * 9_000_000)
    model.make(text="small")
    page = await all_of(desk)
    assert [message.body for message in page.messages][1] == "small"
    assert "too long" in page.messages[0].body


async def test_search_and_get(model: Model, desk: RequestTrackerDesk) -> None:
    model.make(Subject="It's a 'quoted' \\ subject")
    model.make(Subject="Other", hidden=True)
    found = await desk.search("it's a 'QUOTED' \\")
    assert isinstance(found, Page)
    assert [(ticket.id, ticket.version) for ticket in found.tickets] == [("1", "")]
    assert await desk.search("  ") == Page(cursor="", more=False)
    page = await desk.get("#1")
    assert isinstance(page, Page)
    assert page.tickets[0].revision == model.etag(1)
    for name, reason in (
        ("2", TombstoneReason.OUT_OF_SCOPE),
        ("99", TombstoneReason.PURGED),
        ("x", TombstoneReason.PURGED),
    ):
        gone = await desk.get(name)
        assert isinstance(gone, Gone)
        assert gone.tombstone.reason is reason
