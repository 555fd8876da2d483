"""A model of Request Tracker's REST2, in the shapes recorded from 5.0.3, quirks included.

Rights are applied after paging, deleted and merged tickets show in no search, a PUT answers 200 whatever
happened, a merged ticket's number answers with the other ticket, and unset dates are in 1970.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

UNSET = "1970-01-01T00:00:00Z"
START = 1_795_000_000
LABELS = {"3": "First Line", "4": "Connectivity"}
USERS = {
    "mara": (27, "Mara Field", "", 1),
    "jonas": (29, "Jonas Brückner", "", 1),
    "kim": (57, "Kim", "Linden Schools", 0),
    "lee": (58, "Lee", "Linden Schools", 0),
    "Nobody": (6, "Nobody in particular", "", 0),
    "RT_System": (1, "The RT System itself", "", 0),
}
FIELDS = {"2": "Severity", "3": "Channel", "4": "Tags"}
INACTIVE = ("resolved", "rejected", "deleted", "archived")
Row = dict[str, Any]


def stamp(seconds: int) -> str:
    """An instant as RT writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Model:
    """One Request Tracker. ``login`` is whose token is used; ``requests`` is what was asked of it."""

    def __init__(self, login: str = "mara") -> None:
        self.login = login
        self.now = START
        self.tickets: dict[int, Row] = {}
        self.transactions: list[Row] = []
        self.parts: list[Row] = []
        self.requests: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        """RT's names of fields that this user may not set."""
        self.counts = True
        """Whether ``total`` is told (RT 5.0.5 and later tell it to administrators only)."""
        self.broken: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
        """Stands in for an answer, where it gives one."""
        self.after_write: Callable[[], None] = lambda: None
        """Something that happens just after a write was let in: a colleague, a customer."""

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    # -- what happens at the desk

    def happen(self, ticket: int, kind: str, login: str, *, hidden: bool = False, **values: str) -> int:
        """A transaction; its id."""
        self.now += 60
        number = self.transactions[-1]["id"] + 1 if self.transactions else 101
        row = {"id": number, "Type": kind, "ObjectId": str(ticket), "Creator": login, "hidden": hidden}
        row |= {"Field": "", "OldValue": "", "NewValue": "", "Created": stamp(self.now)} | values
        self.transactions.append(row)
        if ticket in self.tickets:
            self.tickets[ticket]["LastUpdated"] = stamp(self.now)
        return int(number)

    def make(self, *, requestor: str = "kim", text: str = "It does not work.", **values: Any) -> int:
        """A new ticket; its id."""
        number = len(self.tickets) + 1
        row: Row = {"Subject": f"Ticket {number}", "Status": "new", "Queue": "3", "Owner": "Nobody"}
        row |= {"Priority": "0", "Resolved": UNSET, "Due": UNSET, "SLA": "", "EffectiveId": number}
        row |= {"Requestor": [requestor], "fields": {"2": [], "3": [], "4": []}, "hidden": False}
        self.tickets[number] = row | values
        created = self.happen(number, "Create", requestor)
        self.tickets[number]["Created"] = self.tickets[number]["LastUpdated"]
        self.part(created, text)
        return number

    def part(self, transaction: int, text: str, **values: str) -> None:
        """A part of a message."""
        row = {"id": len(self.parts) + 1, "TransactionId": str(transaction), "Content": text}
        row |= {"ContentType": "text/plain", "Filename": "", "Headers": f"Content-Length: {len(text)}"}
        self.parts.append(row | values)

    def say(self, ticket: int, login: str, text: str, kind: str = "Correspond", **values: str) -> int:
        """A message; its transaction's id."""
        number = self.happen(ticket, kind, login)
        self.part(number, text, **values)
        return number

    def set(self, ticket: int, login: str, field: str, value: str) -> None:
        """One change of one field, with its transaction."""
        row = self.tickets[ticket]
        old, row[field] = row[field], value
        if field == "Owner":
            old, value = str(USERS[old][0]), str(USERS[value][0])
        kind = "Status" if field == "Status" else "Set"
        self.happen(ticket, kind, login, Field=field, OldValue=old, NewValue=value)
        if field == "Status":
            row["Resolved"] = stamp(self.now) if value in INACTIVE else UNSET

    def merge(self, ticket: int, into: int) -> None:
        """Two tickets become one."""
        for each in (ticket, into):
            link = f"fsck.com-rt://example.test/ticket/{into}"
            self.happen(each, "AddLink", "jonas", Field="MergedInto", NewValue=link)
        self.tickets[ticket]["EffectiveId"] = into

    def etag(self, ticket: int) -> int:
        """Id of the last transaction that may be seen."""
        into = self.tickets[ticket]["EffectiveId"]
        return max(
            int(row["id"])
            for row in self.transactions
            if self.tickets[int(row["ObjectId"])]["EffectiveId"] == into and not row["hidden"]
        )

    # -- REST2

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/REST/2.0")
        self.requests.append((request.method, path))
        stand_in = self.broken(request)
        if stand_in is not None:
            return stand_in
        if request.headers.get("Authorization") != "token 1-27-abc":
            return httpx.Response(401, json={"message": "Unauthorized"})
        params = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        match path.strip("/").split("/"):
            case ["rt"]:
                return httpx.Response(200, json={"Version": "5.0.3+dfsg"})
            case ["user", name]:
                return self._user(name)
            case ["queues", "all"]:
                rows = [{"id": number, "Name": name, "type": "queue"} for number, name in LABELS.items()]
                return self._listing(rows if params["page"] == "1" else [], None)
            case ["tickets"]:
                return self._tickets(params)
            case ["transactions"]:
                return self._transactions(params)
            case ["attachments"]:
                return self._attachments(params, json.loads(request.content))
            case ["transaction", number]:
                found = [row for row in self.transactions if row["id"] == int(number)]
                hidden = found and found[0]["hidden"]
                return httpx.Response(403 if hidden else 200 if found else 500, json={"message": ""})
            case ["ticket"]:
                return self._create(json.loads(request.content))
            case ["ticket", number]:
                return self._ticket(int(number), request)
            case ["ticket", number, "correspond" | "comment" as verb]:
                body = json.loads(request.content)
                assert "If-Match" not in request.headers, "a conditional POST always fails"
                kind = "Correspond" if verb == "correspond" else "Comment"
                headers = f"Content-Type: {body['ContentType']}\nX-RT-Interface: REST"
                made = self.say(int(number), self.login, body["Content"], kind, Headers=headers)
                self.after_write()
                return httpx.Response(
                    201, headers={"Location": f"/REST/2.0/transaction/{made}"}, json=["Correspondence added"]
                )
        raise AssertionError(f"the adapter asks for what RT does not have: {request.method} {path}")

    def _user(self, name: str) -> httpx.Response:
        for login, (number, real, _, privileged) in USERS.items():
            if name in (login, str(number)):
                links = [{"ref": "self", "id": number, "type": "user"}]
                row = {"Name": login, "RealName": real, "EmailAddress": f"{login}@example.test"}
                return httpx.Response(200, json={**row, "Privileged": privileged, "_hyperlinks": links})
        return httpx.Response(404, json={"message": "Not Found"})

    def _person(self, login: str) -> Row:
        _, real, organisation, _ = USERS[login]
        return {
            "id": login,
            "RealName": real,
            "EmailAddress": f"{login}@x.test",
            "Organization": organisation,
        }

    def _row(self, number: int, *, single: bool = False) -> Row:
        row = self.tickets[number]
        named = {name: row[name] for name in ("Subject", "Status", "Priority", "Created", "LastUpdated")}
        named |= {name: row[name] for name in ("Due", "Resolved", "SLA")}
        fields = [{"id": key, "name": FIELDS[key], "values": held} for key, held in row["fields"].items()]
        queue: Row = {"id": row["Queue"], "type": "queue"}
        owner: Row = {"id": row["Owner"]}
        people: list[Row] = [{"id": login} for login in row["Requestor"]]
        if not single:
            queue["Name"] = LABELS[row["Queue"]]
            owner = self._person(row["Owner"])
            people = [self._person(login) for login in row["Requestor"]]
        named |= {"Queue": queue, "Owner": owner, "Requestor": people, "CustomFields": fields}
        return {"id": number if single else str(number), "EffectiveId": str(row["EffectiveId"]), **named}

    def _listing(self, rows: list[Row], total: int | None) -> httpx.Response:
        return httpx.Response(200, json={"items": rows, "count": len(rows), "total": total, "pages": None})

    def _paged(self, rows: list[Row], params: dict[str, str]) -> list[Row]:
        ordered = rows[::-1] if params.get("order") == "DESC" else rows
        size = int(params["per_page"])
        assert size <= 100, "RT caps at 100 without a word"
        start = (int(params.get("page", "1")) - 1) * size
        return ordered[start : start + size]

    def _tickets(self, params: dict[str, str]) -> httpx.Response:
        query = params["query"]
        merged = "EffectiveId" in query
        found = []
        for number, row in sorted(self.tickets.items()):
            facts = {"id": number, "EffectiveId": row["EffectiveId"], **row}
            shown = row["Status"] != "deleted" and not row["hidden"]
            if shown and (merged or row["EffectiveId"] == number) and holds(query, facts, self.now):
                found.append(self._row(number))
        return self._listing(self._paged(found, params), len(found) if self.counts else None)

    def _transactions(self, params: dict[str, str]) -> httpx.Response:
        rows = [row for row in self.transactions if holds(params["query"], row, self.now)]
        shown = [
            {
                **{name: value for name, value in row.items() if name != "hidden"},
                "id": str(row["id"]),
                "Creator": self._person(row["Creator"]),
            }
            for row in self._paged(rows, params)
            if not row["hidden"] and not self.tickets[int(row["ObjectId"])]["hidden"]
        ]
        return self._listing(shown, None)

    def _attachments(self, params: dict[str, str], query: list[Row]) -> httpx.Response:
        wanted = {(limit["field"], str(limit["value"])) for limit in query}
        assert all(limit["operator"] == "=" for limit in query)
        rows = [
            row
            for row in self.parts
            if ("id", str(row["id"])) in wanted or ("TransactionId", row["TransactionId"]) in wanted
        ]
        fields = {"id", *params["fields"].split(",")}
        named = [{name: row[name] for name in row if name in fields} for row in self._paged(rows, params)]
        return self._listing(named, None)

    def _ticket(self, number: int, request: httpx.Request) -> httpx.Response:
        if number not in self.tickets:
            return httpx.Response(404, json={"message": "Not Found"})
        number = self.tickets[number]["EffectiveId"]
        if self.tickets[number]["hidden"]:
            return httpx.Response(403, json={"message": "Forbidden"})
        if request.method == "GET":
            headers = {"ETag": f'"{self.etag(number)}"'}
            return httpx.Response(200, headers=headers, json=self._row(number, single=True))
        if request.headers["If-Match"] != f'"{self.etag(number)}"':
            return httpx.Response(412, json={"message": "Precondition Failed"})
        said = [self._put(number, name, value) for name, value in json.loads(request.content).items()]
        self.after_write()
        return httpx.Response(200, json=[each for each in said if each])

    def _put(self, number: int, name: str, value: Any) -> str:
        row = self.tickets[number]
        if name in self.refused:
            return f"Ticket {number}: Permission Denied"
        if name == "CustomFields":
            for key, field in FIELDS.items():
                if field in value:
                    row["fields"][key] = value[field] if isinstance(value[field], list) else [value[field]]
            return "Custom field changed"
        if name == "Status" and value not in ("new", "open", "stalled", *INACTIVE):
            return f"Ticket {number}: Status '{value}' isn't a valid status for this ticket."
        if str(row[name]) == str(value):
            return ""
        self.set(number, self.login, name, str(value))
        return f"Ticket {number}: {name} changed"

    def _create(self, body: Row) -> httpx.Response:
        if "Queue" in self.refused:
            return httpx.Response(403, json={"message": "No permission to create tickets in the queue '3'"})
        names = ("Subject", "Priority", "Owner", "Queue")
        values = {name: str(body[name]) for name in names if name in body}
        number = self.make(requestor=self.login, text=body["Content"], **values)
        self.parts[-1]["Headers"] = f"Content-Type: {body['ContentType']}\nX-RT-Interface: REST"
        self.after_write()
        return httpx.Response(201, json={"id": str(number), "type": "ticket"})


_TOKEN = re.compile(r"\s*(\(|\)|AND\b|OR\b|'(?:[^'\\]|\\.)*'|!=|>=|<=|[=<>]|LIKE\b|[\w.{}]+)")


def holds(query: str, facts: Row, now: int) -> bool:
    """Whether a row matches a query in the part of TicketSQL and TransactionSQL that the adapter writes."""
    tokens = _TOKEN.findall(query)
    assert not _TOKEN.sub("", query).strip(), query
    value, rest = _either(tokens, facts, now)
    assert not rest, rest
    return value


def _either(tokens: list[str], facts: Row, now: int) -> tuple[bool, list[str]]:
    value, tokens = _both(tokens, facts, now)
    while tokens[:1] == ["OR"]:
        other, tokens = _both(tokens[1:], facts, now)
        value = value or other
    return value, tokens


def _both(tokens: list[str], facts: Row, now: int) -> tuple[bool, list[str]]:
    value, tokens = _one(tokens, facts, now)
    while tokens[:1] == ["AND"]:
        other, tokens = _one(tokens[1:], facts, now)
        value = value and other
    return value, tokens


def _one(tokens: list[str], facts: Row, now: int) -> tuple[bool, list[str]]:
    if tokens[0] == "(":
        value, tokens = _either(tokens[1:], facts, now)
        assert tokens[0] == ")"
        return value, tokens[1:]
    field, operator, literal = tokens[:3]
    wanted = re.sub(r"\\(.)", r"\1", literal[1:-1]) if literal.startswith("'") else literal
    return _compare(field, operator, wanted, facts, now), tokens[3:]


def _compare(field: str, operator: str, wanted: str, facts: Row, now: int) -> bool:
    if field == "ObjectType":
        return wanted == "RT::Ticket"
    if wanted in ("__Active__", "__Inactive__"):
        return (facts["Status"] in INACTIVE) == (wanted == "__Inactive__")
    if wanted.endswith(" days ago"):
        since = stamp(now - 86_400 * int(wanted.split()[0]))
        return str(facts[field]) > since
    if operator == "LIKE":
        return wanted.casefold() in str(facts.get(field, "")).casefold()
    held, against = facts[field], facts.get(wanted, wanted)
    if operator == "=":
        return str(held) == str(against)
    if operator == "!=":
        return str(held) != str(against)
    low, high = int(held), int(against)
    return {">": low > high, "<": low < high, ">=": low >= high, "<=": low <= high}[operator]
