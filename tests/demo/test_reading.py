"""What the demo desk tells: access, feed, sweep, single tickets, search."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.server import DemoServer
from techdesk.demo.storage import Storage
from tests.demo.client import API, Client, http_to, rows
from tests.demo.conftest import NOW


def test_about_needs_no_token(desk: Client, storage: Storage) -> None:
    answer = desk.http.get(f"{API}/about")
    assert answer.json() == {
        "product": "techdesk demo desk",
        "server": storage.server,
        "epoch": storage.epoch,
        "api": "techdesk/1",
    }


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", "Basic token-of-bea", "Bearer token-of-bea2"]
)
def test_other_tokens_are_refused(desk: Client, header: str) -> None:
    for path in ("/me", "/changes", "/tickets", "/tickets/10000", "/search?q=x", "/events", "/_control"):
        answer = desk.http.get(API + path, headers={"Authorization": header} if header else {})
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_me_is_bea(desk: Client, storage: Storage) -> None:
    me = desk.page("/me")
    assert (me["id"], me["role"], me["server"]) == ("bea", "technician", storage.server)


def test_every_answer_tells_the_time(desk: Client, clock: FrozenClock) -> None:
    clock.advance(0.25)
    for path in ("/about", "/me", "/nowhere", "/tickets/1"):
        answer = desk.get(path)
        assert parsedate_to_datetime(answer.headers["date"]).timestamp() == NOW
        assert answer.headers["x-server-time-ms"] == str(NOW * 1000 + 250)


def test_framework_refusals_are_problems_too(desk: Client) -> None:
    missing = desk.get("/nowhere")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    wrong = desk.http.delete(f"{API}/tickets/10000", headers=desk.headers)
    assert (wrong.status_code, wrong.json()["status"]) == (405, 405)
    assert wrong.headers["content-type"] == "application/problem+json"


def test_first_pull_and_sweep_bring_the_same(desk: Client) -> None:
    pulled, end = desk.pull(limit=17)
    swept, feed = desk.sweep(limit=23)
    assert feed == end
    for kind in ("tickets", "messages", "events"):
        assert rows(pulled, kind) == rows(swept, kind)
        assert len(rows(pulled, kind)) == sum(len(page.get(kind, ())) for page in pulled)
    assert len(rows(pulled, "tickets")) == pulled[0]["total"] == swept[0]["total"] == 270


def test_a_first_pull_brings_everybody_named(desk: Client) -> None:
    pages, _ = desk.pull()
    people, organisations, queues = (rows(pages, kind) for kind in ("people", "organisations", "queues"))
    assert {"bea", "ravi", "lena", "omar", "ines"} <= set(people)
    for ticket in rows(pages, "tickets").values():
        assert ticket["requester"] in people
        assert ticket["owner"] == "" or ticket["owner"] in people
        assert ticket["organisation"] in organisations
        assert ticket["queue"] in queues
    assert {message["author"] for message in rows(pages, "messages").values()} <= set(people)


def test_scope_leaves_out_what_was_closed_before(desk: Client) -> None:
    wide, _ = desk.pull()
    narrow, _ = desk.pull(closed_days=10)
    limit = NOW - 10 * 86_400
    expected = {
        name
        for name, ticket in rows(wide, "tickets").items()
        if ticket["closed"] is None or ticket["closed"] >= limit
    }
    assert set(rows(narrow, "tickets")) == expected
    assert narrow[0]["total"] == len(expected) < 270
    assert set(rows(desk.sweep(closed_days=10)[0], "tickets")) == expected


def test_feed_brings_only_what_is_new(desk: Client) -> None:
    _, cursor = desk.pull()
    quiet = desk.page("/changes", cursor=cursor)
    assert not quiet.get("tickets")
    assert quiet["cursor"] == cursor
    ticket = desk.scene("state:dynamix:open")
    desk.act("customer", ticket, text="Any news?")
    desk.act("update", ticket, sets={"priority": 2})
    pages, _ = desk.pull(cursor)
    (page,) = pages
    assert [row["id"] for row in page["tickets"]] == [ticket]
    assert [row["body"] for row in page["messages"]] == ["Any news?"]
    assert [(row["field"], row["old"], row["new"]) for row in page["events"]] == [("priority", "3", "2")]
    assert page["events"][0]["actor"] == "ravi"


def test_a_ticket_that_moves_on_between_pages_arrives_complete(desk: Client) -> None:
    _, cursor = desk.pull()
    early = desk.scene("state:dynamix:open")
    others = [desk.scene(f"state:{policy}:open") for policy in ("phonism", "wildix", "zynstra")]
    desk.act("note", early, text="first")
    for other in others:
        desk.act("note", other, text="between")
    one = desk.page("/changes", cursor=cursor, limit=2)
    desk.act("note", early, text="second")
    rest, _ = desk.pull(one["cursor"], limit=2)
    bodies = [m["body"] for page in rest for m in page.get("messages", ()) if m["ticket"] == early]
    assert bodies == ["first", "second"]


def test_a_ticket_that_moves_on_before_its_page_is_not_lost(desk: Client) -> None:
    _, cursor = desk.pull()
    first, second = desk.scene("state:dynamix:open"), desk.scene("state:dynamix:waiting")
    desk.act("note", first, text="a")
    desk.act("note", second, text="b")
    page = desk.page("/changes", cursor=cursor, limit=1)
    assert [row["id"] for row in page["tickets"]] == [first]
    desk.act("note", second, text="c")
    rest, _ = desk.pull(page["cursor"], limit=1)
    assert [m["body"] for p in rest for m in p.get("messages", ())] == ["b", "c"]


def test_a_reopened_ticket_comes_with_its_whole_conversation(desk: Client) -> None:
    _, cursor = desk.pull(closed_days=0)
    ticket = desk.scene("closed")
    desk.act("update", ticket, sets={"status": "open"})
    pages, _ = desk.pull(cursor, closed_days=0)
    whole = desk.page(f"/tickets/{ticket}")
    assert rows(pages, "messages") == rows([whole], "messages")
    assert rows(pages, "tickets")[ticket]["closed"] is None


def test_a_closed_ticket_leaves_a_narrow_scope(desk: Client, clock: FrozenClock) -> None:
    _, cursor = desk.pull(closed_days=1)
    old = desk.scene("closed")
    desk.act("note", old, text="Filed.")
    page = desk.page("/changes", cursor=cursor, closed_days=1)
    assert page["tombstones"] == [{"id": old, "reason": "out_of_scope", "merged_into": ""}]


def test_merge_and_deletion_leave_tombstones(desk: Client) -> None:
    _, cursor = desk.pull()
    gone, into = desk.scene("state:dynamix:new"), desk.scene("state:dynamix:open")
    deleted = desk.scene("state:phonism:new")
    desk.act("merge", gone, into=into)
    desk.act("delete", deleted)
    page = desk.page("/changes", cursor=cursor)
    assert not page.get("tickets")
    assert page["tombstones"] == [
        {"id": gone, "reason": "merged", "merged_into": into},
        {"id": deleted, "reason": "deleted", "merged_into": ""},
    ]
    answer = desk.get(f"/tickets/{gone}")
    assert answer.status_code == 410
    assert (answer.json()["reason"], answer.json()["merged_into"]) == ("merged", into)
    assert desk.get(f"/tickets/{deleted}").json()["reason"] == "deleted"
    swept, _ = desk.sweep()
    assert not {gone, deleted} & set(rows(swept, "tickets"))


def test_a_change_during_a_sweep_is_in_the_feed_after_it(desk: Client) -> None:
    first = desk.page("/tickets", limit=50)
    swept = rows([first], "tickets")
    changed = next(iter(swept))
    desk.act("note", changed, text="meanwhile")
    params = {"feed_cursor": first["feed_cursor"]}
    page = desk.page("/tickets", after_id=first["cursor"], **params)
    while page.get("more"):
        page = desk.page("/tickets", after_id=page["cursor"], **params)
    assert page["cursor"] == first["feed_cursor"]
    after, _ = desk.pull(page["cursor"])
    assert [m["body"] for m in rows(after, "messages").values()] == ["meanwhile"]


def test_expired_cursors_and_a_new_epoch_are_gone(desk: Client) -> None:
    _, cursor = desk.pull()
    desk.control(expire_cursors=True)
    answer = desk.get("/changes", cursor=cursor)
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:techdesk:problem:cursor-expired")
    assert desk.get("/changes").status_code == 200
    _, cursor = desk.sweep()
    assert desk.get("/changes", cursor=cursor).status_code == 200, "one given out since is as good as any"
    epoch = desk.page("/me")["epoch"]
    desk.control(new_epoch=True)
    answer = desk.get("/changes", cursor=cursor)
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:techdesk:problem:epoch-changed")
    assert desk.page("/me")["epoch"] != epoch


def test_a_cursor_of_later_than_its_log_means_a_sweep(desk: Client, storage: Storage) -> None:
    """Given out before a backup was put back: the data are of before, and the epoch is the same."""
    answer = desk.get("/changes", cursor=f"{storage.epoch}.1.99999999.0")
    assert (answer.status_code, answer.json()["type"]) == (410, "urn:techdesk:problem:cursor-unknown")


@pytest.mark.parametrize("tail", ["", ".1", ".1.2", ".a.b.c", ".5.2.1", ".-1.2.3", ".1.1.1.1"])
def test_other_cursors_of_this_epoch_cannot_be_read(desk: Client, storage: Storage, tail: str) -> None:
    assert desk.get("/changes", cursor=storage.epoch + tail).status_code == 400


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/changes", "limit", "0"),
        ("/changes", "limit", "101"),
        ("/changes", "closed_days", "-1"),
        ("/tickets", "after_id", "x"),
        ("/tickets", "limit", "1e2"),
        ("/search", "q", " "),
    ],
)
def test_parameters_out_of_range_are_named(desk: Client, path: str, name: str, value: str) -> None:
    answer = desk.get(path, **{name: value})
    assert (answer.status_code, answer.json()["fields"]) == (422, [name])


def test_one_ticket_with_everything(desk: Client) -> None:
    long = desk.scene("thread:1200")
    answer = desk.get(f"/tickets/{long}")
    page = answer.json()
    assert len(page["messages"]) == 1_200
    assert answer.headers["etag"] == f'"{page["tickets"][0]["version"]}"'
    assert [m["at"] for m in page["messages"]] == sorted(m["at"] for m in page["messages"])


@pytest.mark.parametrize("name", ["1", "99999", "abc", "-1", "١٢", "99999999999999999999", "10000 OR 1=1"])
def test_unknown_tickets(desk: Client, name: str) -> None:
    assert desk.get(f"/tickets/{name}").status_code == 404


def test_search_finds_by_number_subject_and_requester(desk: Client) -> None:
    late = desk.scene("fuse:late-unacknowledged")
    ticket = desk.ticket(late)
    for text in (ticket["number"], ticket["number"].lower(), late, "HANDSETS DEREGISTERED", "patricia"):
        assert late in rows([desk.page("/search", q=text)], "tickets"), text
    assert len(desk.page("/search", q="e")["tickets"]) == 100
    assert not desk.page("/search", q="_no_such_%").get("tickets")
    assert not desk.page("/search", q=ticket["number"]).get("messages")


def test_control_is_not_there_unless_asked_for(storage: Storage) -> None:
    with http_to(DemoServer(storage, "t").application()) as http:
        assert Client(http, "t").get("/_control").status_code == 404
