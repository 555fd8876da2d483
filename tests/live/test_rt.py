"""The adapter against a real Request Tracker 5: reading."""

from __future__ import annotations

import copy
import urllib.error

import httpx
import msgspec
import pytest

from techdesk.desks.port import Account, CursorGone, Failure, FailureKind, Gone, Page
from techdesk.desks.rt import RequestTrackerDesk
from techdesk.desks.rt.position import Position, read_position
from techdesk.model import Direction, Message, Scope, Status, Ticket, Tombstone, TombstoneReason, Visibility
from tests.live.asking import Asking
from tests.live.conftest import Desks

SCOPE = Scope(closed_days=90)
EVERYTHING = "Status = '__Active__' OR (Status = '__Inactive__' AND Resolved > '90 days ago')"


class Counting(httpx.AsyncHTTPTransport):
    """The real network, with a list of what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path.removeprefix("/REST/2.0"))
        return await super().handle_async_request(request)


class Kept:
    """What a client has after its pulls: pages laid over each other."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.messages: dict[str, Message] = {}
        self.tombstones: list[Tombstone] = []
        self.cursor = ""
        self.pages = 0

    def lay(self, page: Page) -> None:
        assert page.unreadable == ()
        self.tickets |= {ticket.id: ticket for ticket in page.tickets}
        self.messages |= {message.id: message for message in page.messages}
        self.tombstones += page.tombstones
        for tombstone in page.tombstones:
            self.tickets.pop(tombstone.id, None)
        self.cursor = page.cursor
        self.pages += 1


async def pulled(desk: RequestTrackerDesk, kept: Kept | None = None, scope: Scope = SCOPE) -> Kept:
    kept = kept or Kept()
    while True:
        page = await desk.pull(kept.cursor, scope)
        assert isinstance(page, Page)
        kept.lay(page)
        if not page.more:
            return kept


_FIRST: dict[str, Kept] = {}


async def caught_up(desks: Desks, name: str = "mara") -> Kept:
    """What a user has after one first pull in this run and a pull now."""
    if name not in _FIRST:
        _FIRST[name] = await pulled(desks(name))
    return await pulled(desks(name), copy.deepcopy(_FIRST[name]))


async def test_who_am_i(asking: Asking, desks: Desks) -> None:
    account = await desks("ming").who_am_i()
    assert isinstance(account, Account)
    assert (account.person.id, account.person.name) == ("ming", "Ming Zhao 赵明")
    assert account.server == asking.url
    assert account.product.startswith("Request Tracker 5.")


async def test_a_wrong_token_is_told_as_such(asking: Asking, desks: Desks) -> None:
    asking.tokens["stranger"] = "1-27-00000000000000000000000000000000"
    failure = await desks("stranger").who_am_i()
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.UNAUTHORISED


@pytest.mark.parametrize("name", ["root", "mara", "reader"])
async def test_the_first_pull_brings_what_rt_finds(asking: Asking, desks: Desks, name: str) -> None:
    kept = await caught_up(desks, name)
    assert set(kept.tickets) == asking.ids(EVERYTHING, name=name)
    active = {ticket.id for ticket in kept.tickets.values() if ticket.status.is_active}
    counted = asking.call("GET", "/tickets", name=name, query="Status = '__Active__'")["total"]
    assert len(active) == counted > 50
    assert kept.pages > 1


async def test_every_revision_is_rts_etag(asking: Asking, desks: Desks) -> None:
    kept = await caught_up(desks)
    for ticket in list(kept.tickets.values())[::7]:
        assert ticket.revision == asking.etag(ticket.id, name="mara"), ticket.id


async def test_conversations_are_whole_and_in_order(asking: Asking, desks: Desks) -> None:
    kept = await caught_up(desks)
    talked = sorted(kept.tickets, key=lambda each: -sum(m.ticket == each for m in kept.messages.values()))
    for number in talked[:5]:
        said = [message for message in kept.messages.values() if message.ticket == number]
        said.sort(key=lambda message: int(message.id))
        kinds = {"Comment": Visibility.INTERNAL}
        expected = asking.bodies(number)
        assert [each.visibility for each in said] == [
            kinds.get(kind, Visibility.PUBLIC) for kind, _ in expected
        ]
        for message, (_, text) in zip(said, expected, strict=True):
            if "<" not in text:
                assert message.body == text.strip("\n")


async def test_who_speaks(desks: Desks) -> None:
    kept = await caught_up(desks)
    staff = {"root", "mara", "jonas", "ming", "ada", "reader", "RT_System"}
    replies = [message for message in kept.messages.values() if message.visibility is Visibility.PUBLIC]
    outbound = [message for message in replies if message.direction is Direction.OUTBOUND]
    assert len(outbound) > 100
    assert {message.author for message in outbound} <= staff
    customers = [message for message in replies if message.author not in staff]
    assert len(customers) > 50
    assert {message.direction for message in customers} == {Direction.INBOUND}


async def test_values_are_mapped(asking: Asking, desks: Desks) -> None:
    kept = await caught_up(desks)
    statuses = {ticket.raw["status"]: ticket.status for ticket in kept.tickets.values()}
    assert statuses["with carrier"] is Status.VENDOR
    assert statuses["stalled"] is Status.WAITING
    assert statuses["rejected"] is Status.CLOSED
    labels = {
        (ticket.raw["queue_name"], ticket.raw["priority"]): (ticket.priority, ticket.priority_label)
        for ticket in kept.tickets.values()
    }
    assert labels["Connectivity", "40"] == (1, "P1")
    assert labels["Connectivity", "10"] == (4, "P4")
    assert labels["First Line", "100"] == (1, "High")
    assert labels["First Line", "0"] == (3, "Low")
    for ticket in list(kept.tickets.values())[::23]:
        told = asking.ticket(ticket.id)
        assert ticket.subject == told["Subject"]
        assert (ticket.owner or "Nobody") == told["Owner"]["id"]
        assert ticket.requester == told["Requestor"][0]["id"]
        held = {field["name"]: sorted(field["values"]) for field in told["CustomFields"]}
        assert list(ticket.tags) == held["Tags"]
        assert (ticket.closed is None) == ticket.status.is_active
    assert {ticket.organisation for ticket in kept.tickets.values()} == {
        "Harbour Clinics",
        "Linden Schools",
        "Orchard Foods",
        "Quay Logistics",
    }


async def test_files_are_listed(desks: Desks) -> None:
    kept = await caught_up(desks)
    files = [file for message in kept.messages.values() for file in message.attachments]
    assert files
    assert {(file.name, file.size) for file in files} == {("trace.log", 2800)}


async def test_any_time_zone_pulls_the_same(desks: Desks) -> None:
    """TicketSQL reads times in the token owner's zone (RT quirk 1): Shanghai and New York are 13 h apart."""
    east, west = await caught_up(desks, "ming"), await caught_up(desks, "ada")
    assert east.tickets == west.tickets
    assert east.messages == west.messages


async def test_nothing_new_costs_one_request_and_no_ticket(desks: Desks) -> None:
    network = Counting()
    desk = desks("mara", transport=network)
    kept = await caught_up(desks)
    network.paths.clear()
    page = await desk.pull(kept.cursor, SCOPE)
    assert isinstance(page, Page)
    assert (page.tickets, page.messages, page.more) == ((), (), False)
    assert network.paths == ["/transactions"]


async def test_a_change_at_rt_arrives(asking: Asking, desks: Desks) -> None:
    network = Counting()
    desk = desks("mara", transport=network)
    kept = await caught_up(desks)
    number = next(
        each.id for each in kept.tickets.values() if each.raw["status"] == "open" and each.owner != "jonas"
    )
    asking.put(number, "jonas", Priority=asking_priority(kept.tickets[number]), Owner="jonas")
    asking.call(
        "POST",
        f"/ticket/{number}/correspond",
        {"Content": "A word from Jonas.", "ContentType": "text/plain"},
        name="jonas",
    )
    network.paths.clear()
    page = await desk.pull(kept.cursor, SCOPE)
    assert isinstance(page, Page)
    assert [ticket.id for ticket in page.tickets] == [number]
    assert page.tickets[0].owner == "jonas"
    assert page.tickets[0].priority != kept.tickets[number].priority
    assert [message.body for message in page.messages] == ["A word from Jonas."]
    assert {"priority", "owner"} <= {event.field for event in page.events}
    assert network.paths.count("/tickets") <= 3
    again = await desk.pull(page.cursor, SCOPE)
    assert isinstance(again, Page)
    assert again.tickets == ()


def asking_priority(ticket: Ticket) -> int:
    """A number of the ticket's queue that is another priority than it has."""
    numbers = (10, 20, 30, 40) if ticket.raw["queue_name"] == "Connectivity" else (0, 50, 100)
    return next(number for number in numbers if str(number) != ticket.raw["priority"])


async def test_new_deleted_merged_and_undeleted(asking: Asking, desks: Desks) -> None:
    desk = desks("mara")
    kept = await caught_up(desks)
    first, second, third = (asking.make(f"Vanishing {each}") for each in range(3))
    await pulled(desk, kept)
    assert {first, second, third} <= set(kept.tickets)
    asking.put(first, "mara", Status="deleted")
    asking.put(second, "mara", MergeInto=third)
    await pulled(desk, kept)
    assert Tombstone(id=first, reason=TombstoneReason.DELETED) in kept.tombstones
    assert Tombstone(id=second, reason=TombstoneReason.MERGED, merged_into=third) in kept.tombstones
    assert third in kept.tickets
    talk = [message for message in kept.messages.values() if message.ticket == third]
    assert len(talk) == 2, "the merged ticket's words are the other one's now"
    assert kept.tickets[third].revision == asking.etag(third, name="mara")
    asking.put(first, "mara", Status="open")
    await pulled(desk, kept)
    assert kept.tickets[first].status is Status.OPEN


async def test_a_ticket_that_leaves_the_queues_we_see_is_gone(asking: Asking, desks: Desks) -> None:
    desk = desks("reader")
    kept = await caught_up(desks, "reader")
    number = asking.make("Moves away")
    await pulled(desk, kept)
    assert number in kept.tickets
    asking.put(number, "mara", Queue="Internal")
    await pulled(desk, kept)  # this user is not even shown the move, only that what was shown is no more
    assert Tombstone(id=number, reason=TombstoneReason.OUT_OF_SCOPE) in kept.tombstones
    assert await desk.pull(kept.cursor, SCOPE) == Page(cursor=kept.cursor, more=False)


async def test_a_sweep_brings_what_the_pulls_brought(asking: Asking, desks: Desks) -> None:
    kept = await caught_up(desks, "reader")
    desk = desks("reader")
    swept = Kept()
    while True:
        page = await desk.sweep(swept.cursor, SCOPE)
        assert isinstance(page, Page)
        swept.lay(page)
        if not page.more:
            break
    assert swept.tickets == kept.tickets
    assert swept.messages == kept.messages
    assert await desk.pull(swept.cursor, SCOPE) == Page(cursor=swept.cursor, more=False)


async def test_a_walk_goes_on_where_it_was_cut(asking: Asking, desks: Desks) -> None:
    first = await desks("mara").pull("", SCOPE)
    assert isinstance(first, Page)
    assert first.more
    assert first.total == len(asking.ids(EVERYTHING, name="mara"))
    number = asking.make("Made while others were read")
    kept = Kept()
    kept.lay(first)
    desk = desks("mara")  # another process: nothing is remembered but the cursor
    await pulled(desk, kept)
    await pulled(desk, kept)
    assert number in kept.tickets
    assert set(kept.tickets) == asking.ids(EVERYTHING, name="mara")


async def test_a_narrow_scope(asking: Asking, desks: Desks) -> None:
    kept = await pulled(desks("mara"), scope=Scope(closed_days=1))
    narrow = "Status = '__Active__' OR (Status = '__Inactive__' AND Resolved > '1 days ago')"
    assert set(kept.tickets) == asking.ids(narrow, name="mara")


async def test_an_old_ticket_that_is_touched_stays_out(asking: Asking, desks: Desks) -> None:
    scope = Scope(closed_days=1)
    desk = desks("mara")
    kept = await pulled(desk, scope=scope)
    old = asking.ids("Status = 'resolved' AND Resolved < '10 days ago'", name="mara") - set(kept.tickets)
    number = min(old)
    note = {"Content": "For the record.", "ContentType": "text/plain"}
    asking.call("POST", f"/ticket/{number}/comment", note, name="mara")
    await pulled(desk, kept, scope)
    assert Tombstone(id=number, reason=TombstoneReason.OUT_OF_SCOPE) in kept.tombstones
    asking.put(number, "mara", Status="open")
    await pulled(desk, kept, scope)
    assert kept.tickets[number].status is Status.OPEN
    talk = [message for message in kept.messages.values() if message.ticket == number]
    assert len(talk) == len(asking.bodies(number)), "its old conversation comes with it"


async def test_a_restored_backup_is_noticed(desks: Desks) -> None:
    desk = desks("mara")
    place = read_position((await caught_up(desks)).cursor)
    assert place is not None
    ahead = Position(at=900_000_000, recent=((900_000_000, 5),))
    assert isinstance(await desk.pull(ahead.cursor, SCOPE), CursorGone)
    number, ticket = place.recent[-1]
    other = msgspec.structs.replace(place, recent=((number, ticket + 1),))
    assert isinstance(await desk.pull(other.cursor, SCOPE), CursorGone)
    assert isinstance(await desk.pull(place.cursor, SCOPE), Page)


async def test_get(asking: Asking, desks: Desks) -> None:
    desk = desks("mara")
    number = min(asking.ids("Status = 'open' AND Queue = 'First Line'", name="mara"))
    page = await desk.get(number)
    assert isinstance(page, Page)
    assert [ticket.id for ticket in page.tickets] == [number]
    assert page.tickets[0].revision == asking.etag(number, name="mara")
    assert len(page.messages) == len(asking.bodies(number))
    merged = min(asking.ids("EffectiveId != id"))
    gone = await desk.get(merged)
    assert isinstance(gone, Gone)
    assert gone.tombstone.reason is TombstoneReason.MERGED
    assert gone.tombstone.merged_into == str(asking.ticket(merged)["id"])
    missing = await desk.get("999999")
    assert isinstance(missing, Gone)
    assert missing.tombstone.reason is TombstoneReason.PURGED


async def test_search(asking: Asking, desks: Desks) -> None:
    desk = desks("mara")
    found = await desk.search("handset")
    assert isinstance(found, Page)
    assert {ticket.id for ticket in found.tickets} == asking.ids("Subject LIKE 'handset'", name="mara")
    quoted = await desk.search("it's \\ 100% 'quoted'")
    assert isinstance(quoted, Page)
    assert quoted.tickets == ()
    by_number = await desk.search("#5")
    assert isinstance(by_number, Page)
    assert "5" in {ticket.id for ticket in by_number.tickets}


def test_the_server_is_alone(asking: Asking) -> None:
    """No token, no answer: what the tests rely on when they speak of rights."""
    asking.tokens["nobody"] = "1-1-none"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        asking.call("GET", "/rt", name="nobody")
