"""Request Tracker asked directly: what techdesk's answers are compared with, and how others change things.

Knows nothing of the adapter, so that the adapter's mistakes cannot prove themselves right.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any, cast


class Asking:
    """REST2 as any of the made-up users."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self.url = url
        self.tokens = tokens

    def call(self, method: str, path: str, body: object = None, *, name: str = "root", **params: str) -> Any:
        """One request; the answer's JSON. Raises ``urllib.error.HTTPError`` for a refusal."""
        query = f"?{urllib.parse.urlencode(params)}" if params else ""
        headers = {"Authorization": f"token {self.tokens[name]}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.url}/REST/2.0{path}{query}"
        request = urllib.request.Request(address, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def ticket(self, number: int | str) -> dict[str, Any]:
        """A ticket as RT tells it to its administrator."""
        return cast("dict[str, Any]", self.call("GET", f"/ticket/{number}"))

    def etag(self, number: int | str, *, name: str) -> int:
        """What RT sends as the ticket's ETag to a user."""
        headers = {"Authorization": f"token {self.tokens[name]}"}
        request = urllib.request.Request(f"{self.url}/REST/2.0/ticket/{number}", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.headers["ETag"].strip('"'))

    def ids(self, query: str, *, name: str = "root") -> set[str]:
        """Ids of all tickets that a search finds."""
        found: set[str] = set()
        page = 1
        while True:
            answer = self.call(
                "GET", "/tickets", name=name, query=query, orderby="id", per_page="100", page=str(page)
            )
            if not answer["items"]:
                return found
            found |= {str(item["id"]) for item in answer["items"]}
            page += 1

    def bodies(self, number: int | str) -> list[tuple[str, str]]:
        """(Type, text) of every message of a ticket, in order, by the ticket's own history."""
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self.call(
                "GET", f"/ticket/{number}/history", fields="Type", per_page="100", page=str(page)
            )
            if not answer["items"]:
                break
            rows += [row for row in answer["items"] if row["Type"] in ("Create", "Correspond", "Comment")]
            page += 1
        said: list[tuple[str, str]] = []
        for row in rows:
            wanted = json.dumps([{"field": "TransactionId", "operator": "=", "value": int(row["id"])}])
            parts = self.call("GET", "/attachments", query=wanted, fields="Content,Filename,ContentType")
            text = [
                part["Content"]
                for part in parts["items"]
                if not part["Filename"] and part["ContentType"] in ("text/plain", "text/html")
            ]
            said.append((row["Type"], text[0] if text else ""))
        return said

    def put(self, number: int | str, name: str = "root", **values: object) -> list[str]:
        """Change a ticket as somebody else."""
        return cast("list[str]", self.call("PUT", f"/ticket/{number}", values, name=name))

    def make(self, subject: str, *, queue: str = "First Line", name: str = "mara", **values: object) -> str:
        """A new ticket; its id."""
        body = {
            "Queue": queue,
            "Subject": subject,
            "Requestor": "kim@linden.test",
            "Content": "It does not work.",
            "ContentType": "text/plain",
            **values,
        }
        return str(self.call("POST", "/ticket", body, name=name)["id"])
