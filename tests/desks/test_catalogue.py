"""Kinds of help desk, and which of them answers at a URL."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest

from techdesk.desks import catalogue
from techdesk.desks.native import NativeDesk
from techdesk.desks.port import Failure, FailureKind
from tests.desks.heard import Heard


def test_the_houses_kinds_come_first_and_load() -> None:
    assert catalogue.names()[:2] == ("native", "rt")
    assert len(set(catalogue.names())) == len(catalogue.names())
    assert catalogue.load("native") is NativeDesk


def test_an_unknown_kind_is_said_to_be_one() -> None:
    with pytest.raises(catalogue.UnknownDesk, match="native, rt"):
        catalogue.load("no-such-desk")


def test_knowing_the_houses_kinds_costs_no_import() -> None:
    program = (
        "import sys; import techdesk.desks.catalogue, techdesk.desks.wire;"
        "print([name for name in ('httpx', 'httpx2', 'importlib.metadata') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def probed(answers: dict[str, httpx.Response]) -> catalogue.Found | Failure:
    transport = httpx.MockTransport(lambda request: answers.get(request.url.path, httpx.Response(404)))
    return await catalogue.probe("https://desk.example", Heard(), transport=transport)


async def test_the_native_api_is_recognised() -> None:
    about = {"product": "techdesk demo desk", "server": "u", "epoch": "1", "api": "techdesk/1"}
    found = await probed({"/api/v1/about": httpx.Response(200, json=about)})
    assert found == catalogue.Found(kind="native", product="techdesk demo desk")


async def test_a_newer_native_api_is_no_desk_and_says_so() -> None:
    about = {"product": "d", "server": "u", "epoch": "1", "api": "techdesk/9"}
    found = await probed({"/api/v1/about": httpx.Response(200, json=about)})
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.NOT_A_DESK
    assert "techdesk/9" in found.detail


async def test_request_tracker_is_recognised_by_its_refusal() -> None:
    refusal = httpx.Response(401, json={"message": "Unauthorized"})
    assert await probed({"/REST/2.0/rt": refusal}) == catalogue.Found(kind="rt", product="Request Tracker")


async def test_a_web_site_is_no_desk() -> None:
    page = httpx.Response(200, html="<h1>Hello</h1>")
    login = httpx.Response(302, headers={"Location": "https://desk.example/login"})
    found = await probed({"/api/v1/about": page, "/REST/2.0/rt": login})
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.NOT_A_DESK


async def test_where_nobody_answers_the_network_is_to_blame() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    found = await catalogue.probe("https://desk.example", Heard(), transport=httpx.MockTransport(broken))
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.REFUSED


@pytest.mark.parametrize(("status", "kind"), [(429, FailureKind.THROTTLED), (503, FailureKind.SERVER_ERROR)])
async def test_a_desk_that_cannot_answer_now_is_not_said_to_be_none(status: int, kind: FailureKind) -> None:
    tired = httpx.Response(status, headers={"Retry-After": "7"})
    found = await probed({"/api/v1/about": tired, "/REST/2.0/rt": tired})
    assert isinstance(found, Failure)
    assert found.kind is kind
    refusal = httpx.Response(401, json={"message": "Unauthorized"})
    other = await probed({"/api/v1/about": tired, "/REST/2.0/rt": refusal})
    assert other == catalogue.Found(kind="rt", product="Request Tracker"), "what it is shows elsewhere"
