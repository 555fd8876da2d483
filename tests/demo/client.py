"""Speaks the API in tests: few words for each request."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Any

import httpx
from starlette.applications import Starlette

API = "/api/v1"
_KEYS = count(1)


class InProcess(httpx.BaseTransport):
    """Carries requests straight to an application, one after the other."""

    def __init__(self, application: Starlette) -> None:
        self._inner = httpx.ASGITransport(application)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def carry() -> httpx.Response:
            answer = await self._inner.handle_async_request(request)
            content = await answer.aread()
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)

        return self._runner.run(carry())

    def close(self) -> None:
        self._runner.close()


def http_to(application: Starlette) -> httpx.Client:
    """A client of an application in this process."""
    return httpx.Client(transport=InProcess(application), base_url="http://desk.test")


class Client:
    """One technician's requests."""

    def __init__(self, http: httpx.Client, token: str) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(API + path, params=params, headers=self.headers)

    def page(self, path: str, **params: Any) -> dict[str, Any]:
        """The body of a GET that must succeed."""
        response = self.get(path, **params)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def patch(
        self, ticket: str, sets: dict[str, Any], *, version: str | None = None, key: str | None = None
    ) -> httpx.Response:
        """Set fields; the newest version and a new key unless told otherwise, empty text for none."""
        if version is None:
            version = self.ticket(ticket)["version"]
        return self.http.patch(
            f"{API}/tickets/{ticket}",
            json={"sets": sets, "operation": "op"},
            headers=self._write(key, version),
        )

    def post(self, path: str, body: Any, *, key: str | None = None, version: str = "") -> httpx.Response:
        return self.http.post(API + path, json=body, headers=self._write(key, version))

    def say(
        self, ticket: str, text: str, *, key: str | None = None, version: str = "", visibility: str = "public"
    ) -> httpx.Response:
        body = {"text": text, "visibility": visibility, "operation": "op", "channel": "email"}
        return self.post(f"/tickets/{ticket}/messages", body, key=key, version=version)

    def control(self, **switches: Any) -> dict[str, Any]:
        response = self.http.post(API + "/_control", json=switches, headers=self.headers)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def act(self, kind: str, ticket: str = "", **rest: Any) -> str:
        """Let a colleague or customer do something; the id of the ticket."""
        done: str = self.control(act={"kind": kind, "ticket": ticket, **rest})["ticket"]
        return done

    def ticket(self, ticket: str) -> dict[str, Any]:
        found: dict[str, Any] = self.page(f"/tickets/{ticket}")["tickets"][0]
        return found

    def scene(self, name: str) -> str:
        """Id of the first ticket of a scene."""
        first: str = self.page("/_control")["scenes"][name][0]
        return first

    def pull(self, cursor: str = "", **params: Any) -> tuple[list[dict[str, Any]], str]:
        """Every page of the feed from a cursor, and the cursor at its end."""
        return self._walk("/changes", "cursor", cursor, params)

    def sweep(self, **params: Any) -> tuple[list[dict[str, Any]], str]:
        """Every page of the sweep, and the feed position it ends with."""
        return self._walk("/tickets", "after_id", "0", params)

    def _walk(
        self, path: str, name: str, position: str, params: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], str]:
        pages = [self.page(path, **{name: position}, **params)]
        while pages[-1].get("more"):
            if pages[0].get("feed_cursor"):
                params["feed_cursor"] = pages[0]["feed_cursor"]
            pages.append(self.page(path, **{name: pages[-1]["cursor"]}, **params))
        return pages, pages[-1]["cursor"]

    def _write(self, key: str | None, version: str) -> dict[str, str]:
        key = f"key-{next(_KEYS)}" if key is None else key
        headers = dict(self.headers)
        if key:
            headers["Idempotency-Key"] = key
        if version:
            headers["If-Match"] = f'"{version}"'
        return headers


def rows(pages: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Rows of all pages by id."""
    return {row["id"]: row for page in pages for row in page.get(kind, ())}
