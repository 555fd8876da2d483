"""Writes: keys, preconditions, refusals, and what they leave behind."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.server import DemoServer
from techdesk.demo.writes import KEEP, Writes, entity_tag
from tests.demo.client import API, Client, rows
from tests.demo.conftest import NOW, TOKEN

OPEN = "state:dynamix:open"


def test_an_update_sets_fields_and_logs_them(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    before = desk.ticket(ticket)
    answer = desk.patch(ticket, {"priority": 1, "owner": "ravi", "tags": ["vip", "site b"]})
    assert answer.status_code == 200
    (after,) = answer.json()["tickets"]
    assert (after["priority"], after["priority_label"], after["owner"]) == (1, "P1", "ravi")
    assert after["tags"] == ["vip", "site b"]
    assert after["revision"] > before["revision"]
    assert after["version"] != before["version"]
    assert after["updated"] == NOW
    logged = {row["field"]: (row["old"], row["new"], row["actor"]) for row in answer.json()["events"]}
    assert logged == {
        "priority": ("3", "1", "bea"),
        "owner": ("bea", "ravi", "bea"),
        "tags": (None, "vip, site b", "bea"),
    }


def test_setting_what_is_already_so_changes_nothing(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    before = desk.ticket(ticket)
    answer = desk.patch(ticket, {"priority": 3, "owner": "bea"})
    assert answer.status_code == 200
    assert answer.json()["tickets"] == [before]
    assert not answer.json().get("events")


def test_closing_and_reopening_keep_the_closing_time(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    closed = desk.patch(ticket, {"status": "closed", "close_reason": "confirmed"}).json()["tickets"][0]
    assert (closed["closed"], closed["close_reason"]) == (NOW, "confirmed")
    opened = desk.patch(ticket, {"status": "open"}).json()["tickets"][0]
    assert (opened["closed"], opened["close_reason"]) == (None, "")


@pytest.mark.parametrize(
    ("sets", "fields"),
    [
        ({"status": "done"}, ["status"]),
        ({"status": None}, ["status"]),
        ({"priority": 0}, ["priority"]),
        ({"priority": 6, "severity": "1"}, ["priority", "severity"]),
        ({"priority": True}, ["priority"]),
        ({"owner": "patricia.lund@dunmore.example"}, ["owner"]),
        ({"owner": "robot"}, ["owner"]),
        ({"queue": "nowhere"}, ["queue"]),
        ({"queue": None}, ["queue"]),
        ({"subject": ""}, ["subject"]),
        ({"subject": "x" * 4_001}, ["subject"]),
        ({"tags": "vip"}, ["tags"]),
        ({"tags": [""]}, ["tags"]),
        ({"requester": "nobody"}, ["requester"]),
        ({"closed": 1, "id": "5", "status": "open"}, ["closed", "id"]),
        ({"created": 1}, ["created"]),
        ({"priority": 1.5}, ["priority"]),
        ({"owner": {"id": "bea"}}, ["owner"]),
    ],
)
def test_values_that_cannot_be_are_named(desk: Client, sets: dict[str, Any], fields: list[str]) -> None:
    ticket = desk.scene(OPEN)
    before = desk.page(f"/tickets/{ticket}")
    answer = desk.patch(ticket, sets)
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, fields)
    assert desk.page(f"/tickets/{ticket}") == before


def test_missing_headers(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    assert desk.patch(ticket, {"priority": 1}, key="").status_code == 400
    assert desk.patch(ticket, {"priority": 1}, key="k" * 201).status_code == 400
    assert desk.patch(ticket, {"priority": 1}, version="").status_code == 428
    assert desk.say(ticket, "x", key="").status_code == 400
    assert desk.post("/tickets", {"fields": {"subject": "x"}}, key="").status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 422), (b'{"sets": 5}', 422), (b'{"sets":{"a":NaN}}', 400)],
)
def test_bodies_that_cannot_be_read(desk: Client, body: bytes, status: int) -> None:
    headers = desk.headers | {"Idempotency-Key": "k", "If-Match": '"1"'}
    answer = desk.http.patch(f"{API}/tickets/{desk.scene(OPEN)}", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_too_large(desk: Client) -> None:
    headers = desk.headers | {"Idempotency-Key": "k"}
    answer = desk.http.post(f"{API}/tickets", content=b" " * 2_000_001, headers=headers)
    assert answer.status_code == 413


def test_another_version_gets_the_present_state(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    seen = desk.ticket(ticket)["version"]
    desk.act("customer", ticket, text="One more thing.")
    answer = desk.patch(ticket, {"status": "closed"}, version=seen)
    assert answer.status_code == 412
    current = answer.json()["current"]
    assert current["tickets"] == [desk.ticket(ticket)]
    assert current["messages"][-1]["body"] == "One more thing."
    assert current["events"]
    assert desk.ticket(ticket)["status"] == "open"


def test_a_refusal_is_not_stored_under_the_key(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    assert desk.patch(ticket, {"priority": 1}, version="1", key="same").status_code == 412
    assert desk.patch(ticket, {"priority": 1}, version="", key="same").status_code == 428
    desk.control(throttle={"retry_after": 7, "count": 1})
    throttled = desk.patch(ticket, {"priority": 1}, version="1", key="same")
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "7")
    done = desk.patch(ticket, {"priority": 1}, key="same")
    assert done.status_code == 200
    assert "idempotent-replay" not in done.headers


def test_a_repeated_key_has_its_effect_once(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    version = desk.ticket(ticket)["version"]
    first = desk.patch(ticket, {"priority": 1}, version=version, key="update")
    again = desk.patch(ticket, {"priority": 1}, version=version, key="update")
    assert again.status_code == first.status_code == 200
    assert again.content == first.content
    assert again.headers["idempotent-replay"] == "true"

    said = desk.say(ticket, "Hello", key="reply")
    said_again = desk.say(ticket, "Hello", key="reply")
    assert said_again.content == said.content
    messages = desk.page(f"/tickets/{ticket}")["messages"]
    assert [m["body"] for m in messages].count("Hello") == 1

    made = desk.post("/tickets", {"fields": {"subject": "New"}, "text": "x"}, key="create")
    made_again = desk.post("/tickets", {"fields": {"subject": "New"}, "text": "x"}, key="create")
    assert made_again.content == made.content
    assert (
        len(desk.page("/search", q="New")["tickets"])
        == len(
            [
                t
                for t in desk.page("/search", q="New")["tickets"]
                if t["id"] != made.json()["tickets"][0]["id"]
            ]
        )
        + 1
    )


def test_a_replay_answers_even_when_the_ticket_is_gone_since(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    first = desk.patch(ticket, {"priority": 1}, version=desk.ticket(ticket)["version"], key="k")
    desk.act("delete", ticket)
    again = desk.patch(ticket, {"priority": 1}, version="1", key="k")
    assert again.content == first.content
    assert desk.get(f"/tickets/{ticket}").status_code == 410


def test_a_key_belongs_to_one_request(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    version = desk.ticket(ticket)["version"]
    assert desk.patch(ticket, {"priority": 1}, version=version, key="k").status_code == 200
    other = desk.patch(ticket, {"priority": 2}, version=version, key="k")
    assert (other.status_code, other.json()["type"]) == (422, "urn:techdesk:problem:key-reused")
    assert desk.say(ticket, "x", key="k").status_code == 422
    assert desk.ticket(ticket)["priority"] == 1


def test_answers_are_kept_for_more_than_a_week(desk: Client, clock: FrozenClock) -> None:
    ticket = desk.scene(OPEN)
    desk.say(ticket, "Hello", key="k")
    clock.advance(7 * 86_400)
    desk.say(ticket, "later", key="other")
    assert desk.say(ticket, "Hello", key="k").headers["idempotent-replay"] == "true"
    clock.advance(KEEP - 7 * 86_400 + 1)
    desk.say(ticket, "much later", key="third")
    assert "idempotent-replay" not in desk.say(ticket, "Hello", key="k").headers


async def test_a_key_in_progress_is_refused(server: DemoServer) -> None:
    server.faults.latency_ms = 1
    transport = httpx.ASGITransport(server.application())
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as http:
        headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "k"}

        async def post() -> httpx.Response:
            return await http.post(f"{API}/tickets", json={"fields": {"subject": "x"}}, headers=headers)

        answers = await asyncio.gather(post(), post())
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert (await post()).headers["idempotent-replay"] == "true"


def test_a_reply_and_a_note(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    answer = desk.say(ticket, "We are on it.")
    assert answer.status_code == 201
    body = answer.json()
    message = body["messages"][-1]
    assert body["message_id"] == message["id"]
    assert (message["author"], message["direction"], message["visibility"]) == ("bea", "out", "public")
    assert (message["operation"], message["channel"], message["at"]) == ("op", "email", NOW)
    assert body["tickets"][0]["updated"] == NOW
    before = desk.page(f"/tickets/{ticket}")
    assert body["messages"] == before["messages"], "with what the writer may not have seen"
    told = desk.say(ticket, "And this.", version=before["tickets"][0]["version"]).json()
    assert [message["body"] for message in told["messages"]] == ["And this."], "who knew, is told what is new"
    note = desk.say(ticket, "Check the fan.", visibility="internal").json()["messages"][-1]
    assert (note["direction"], note["visibility"]) == ("out", "internal")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "", "visibility": "public"}, "text"),
        ({"text": " \n", "visibility": "public"}, "text"),
        ({"text": "x" * 500_001, "visibility": "public"}, "text"),
        ({"text": "x", "visibility": "secret"}, "visibility"),
        ({"text": "x", "visibility": "public", "channel": "pigeon"}, "channel"),
        ({"visibility": "public"}, "text"),
    ],
)
def test_messages_that_cannot_be(desk: Client, body: dict[str, Any], field: str) -> None:
    answer = desk.post(f"/tickets/{desk.scene(OPEN)}/messages", body)
    assert (answer.status_code, answer.json()["fields"]) == (422, [field])


def test_a_reply_may_have_a_precondition(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    seen = desk.ticket(ticket)["version"]
    desk.act("customer", ticket, text="Wait!")
    assert desk.say(ticket, "Done.", version=seen).status_code == 412
    assert desk.say(ticket, "Done.", version=desk.ticket(ticket)["version"]).status_code == 201


def test_text_of_strangers_is_kept_as_it_is(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    text = (
        "a\x00b \x1b]52;c;eA==\x07 \u202egnp \u200b [@click=app.quit]x[/] =cmd|' /C calc'!A0 \r\n 電話 👩🏽‍💻"
    )
    desk.say(ticket, text)
    assert desk.page(f"/tickets/{ticket}")["messages"][-1]["body"] == text


def test_a_new_ticket_for_somebody_known(desk: Client) -> None:
    fields = {
        "subject": "Call: no sound",
        "requester": "KIM.OSEI@dunmore.example",
        "channel": "phone",
        "priority": 2,
    }
    answer = desk.post("/tickets", {"fields": fields, "text": "No sound since noon.", "operation": "op"})
    assert answer.status_code == 201
    (ticket,) = answer.json()["tickets"]
    assert (ticket["requester"], ticket["organisation"]) == ("kim.osei@dunmore.example", "dunmore")
    assert (ticket["status"], ticket["queue"], ticket["priority_label"]) == ("new", "service-desk", "P2")
    assert ticket["number"] == f"TD-{ticket['id']}" == "TD-10275"
    (message,) = answer.json()["messages"]
    assert (message["author"], message["direction"], message["channel"]) == (
        ticket["requester"],
        "in",
        "phone",
    )
    assert desk.ticket(ticket["id"]) == ticket


def test_a_new_ticket_for_somebody_new(desk: Client) -> None:
    _, cursor = desk.pull()
    fields = {"subject": "Hello", "requester": "New.Person@tasman.example", "requester_name": "New Person"}
    answer = desk.post("/tickets", {"fields": fields | {"organisation": "tasman"}})
    person = rows(desk.pull(cursor)[0], "people")["new.person@tasman.example"]
    assert (person["name"], person["role"], person["organisation"]) == ("New Person", "requester", "tasman")
    assert answer.json()["tickets"][0]["requester"] == person["id"]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "subject"),
        ({"subject": ""}, "subject"),
        ({"subject": "x", "requester": "not an address"}, "requester"),
        ({"subject": "x", "organisation": "nowhere"}, "organisation"),
        ({"subject": "x", "status": "closed"}, "status"),
        ({"subject": "x", "channel": "pigeon"}, "channel"),
        ({"subject": "x", "owner": "kim.osei@dunmore.example"}, "owner"),
    ],
)
def test_new_tickets_that_cannot_be(desk: Client, fields: dict[str, Any], fault: str) -> None:
    answer = desk.post("/tickets", {"fields": fields})
    assert (answer.status_code, answer.json()["fields"]) == (422, [fault])


def test_writes_on_what_is_not_there(desk: Client) -> None:
    gone, into = desk.scene("state:dynamix:new"), desk.scene(OPEN)
    desk.act("merge", gone, into=into)
    for answer in (desk.patch(gone, {"priority": 1}, version="1"), desk.say(gone, "x")):
        assert (answer.status_code, answer.json()["merged_into"]) == (410, into)
    for answer in (desk.patch("99999", {"priority": 1}, version="1"), desk.say("99999", "x")):
        assert answer.status_code == 404


def test_forbidden_tickets_can_be_read_only(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    desk.control(forbid_tickets=[ticket])
    assert desk.patch(ticket, {"priority": 1}).status_code == 403
    assert desk.say(ticket, "x").status_code == 403
    assert desk.get(f"/tickets/{ticket}").status_code == 200
    desk.control(forbid_tickets=[])
    assert desk.patch(ticket, {"priority": 1}).status_code == 200


def test_failures_on_demand_have_no_effect(desk: Client) -> None:
    ticket = desk.scene(OPEN)
    version = desk.ticket(ticket)["version"]
    desk.control(fail_next={"status": 503, "count": 2, "writes_only": True, "retry_after": 3})
    for _ in range(2):
        answer = desk.patch(ticket, {"priority": 1}, version=version, key="k")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert desk.ticket(ticket)["version"] == version
    assert desk.patch(ticket, {"priority": 1}, version=version, key="k").status_code == 200


def test_a_batch_does_each_for_itself(desk: Client) -> None:
    first, second = desk.scene(OPEN), desk.scene("state:dynamix:waiting")
    version = desk.ticket(first)["version"]
    path = f"{API}/tickets/{first}"

    def update(key: str, sets: dict[str, Any], if_match: str) -> dict[str, Any]:
        return {"method": "PATCH", "path": path, "key": key, "if_match": if_match, "body": {"sets": sets}}

    operations = [
        update("a", {"priority": 1}, f'"{version}"'),
        update("b", {"priority": 2}, f'"{version}"'),
        {
            "method": "POST",
            "path": f"/tickets/{second}/messages",
            "key": "c",
            "body": {"text": "x", "visibility": "internal"},
        },
        update("", {"priority": 2}, "*"),
        {"method": "GET", "path": path, "key": "e"},
        {"method": "PATCH", "path": "/elsewhere", "key": "f", "body": {}},
        update("g", {"status": "waiting"}, "*"),
    ]
    answer = desk.post("/batch", {"operations": operations})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [200, 412, 201, 400, 405, 404, 200]
    assert results[1]["body"]["current"]["tickets"][0]["priority"] == 1
    assert desk.ticket(first)["status"] == "waiting"
    again = desk.post("/batch", {"operations": operations})
    assert [r["status"] for r in again.json()["results"]] == [200, 412, 201, 400, 405, 404, 200]
    assert len([m for m in desk.page(f"/tickets/{second}")["messages"] if m["body"] == "x"]) == 1


def test_a_batch_has_at_most_a_hundred(desk: Client) -> None:
    item = {"method": "POST", "path": "/tickets", "key": "k", "body": {"fields": {"subject": "x"}}}
    assert desk.post("/batch", {"operations": [item] * 101}).status_code == 422
    assert desk.post("/batch", {"operations": []}).status_code == 422
    assert desk.post("/batch", {"wrong": 1}).status_code == 422


def test_an_answer_can_be_cut_off_after_the_effect(server: DemoServer) -> None:
    # In process there is no connection to break; test_process.py sees it through a real one.
    server.faults.drop_answers = 1
    assert server.faults.take_drop()
    assert not server.faults.take_drop()


def test_effect_and_key_are_one_transaction(
    desk: Client, server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = desk.scene(OPEN)
    before = desk.page(f"/tickets/{ticket}")
    with monkeypatch.context() as patched:
        patched.setattr(server.desk.feed, "one", _fails)
        with pytest.raises(RuntimeError):
            desk.say(ticket, "half", key="k")
    assert desk.page(f"/tickets/{ticket}") == before
    assert desk.say(ticket, "half", key="k").status_code == 201


def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("the disk is full")


@pytest.mark.parametrize(
    ("header", "version"), [('"12"', "12"), (" 12 ", "12"), ("*", "*"), ('W/"12"', 'W/"12"'), ("", "")]
)
def test_entity_tags(header: str, version: str) -> None:
    assert entity_tag(header) == version


def test_unknown_acts_are_refused(desk: Client) -> None:
    for body in (
        {"act": {"kind": "dance"}},
        {"nonsense": 1},
        {"act": {"kind": "note", "ticket": "1", "text": "x"}},
    ):
        answer = desk.http.post(API + "/_control", json=body, headers=desk.headers)
        assert answer.status_code in (404, 422)


def test_keys_are_released(server: DemoServer) -> None:
    writes: Writes = server.writes
    writes.begin("bea", "k")
    writes.end("bea", "k")
    writes.begin("bea", "k")
