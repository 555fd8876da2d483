"""The description that ships is the API that answers."""

from __future__ import annotations

import json
from typing import Any

from starlette.routing import Route

from techdesk.demo.server import DemoServer
from techdesk.desks.wire import CREATE_FIELDS, PREFIX, SETTABLE, WireCreate, WireMessage, WireUpdate
from tests.demo.client import Client
from tests.demo.describe import FILE, schemas

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
METHODS = {"get", "post", "patch", "put", "delete"}


def test_it_is_served_as_shipped(desk: Client) -> None:
    assert desk.page("/openapi.json") == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_route_is_described_and_no_other(server: DemoServer) -> None:
    described = {
        (method.upper(), DOCUMENT["servers"][0]["url"] + path)
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS & set(item)
    }
    routed = {
        (method, route.path)
        for route in server.application().routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD" and not route.path.endswith("/_control")
    }
    assert routed == described
    assert all(path.startswith(PREFIX) for _, path in routed)


def test_its_structs_are_those_of_the_wire() -> None:
    for name, schema in schemas().items():
        assert SCHEMAS[name] == schema, f"{name}: python -m tests.demo.describe brings it up to date"


def test_its_bodies_have_the_fields_that_the_client_sends() -> None:
    for name, kind in (("Update", WireUpdate), ("Create", WireCreate), ("NewMessage", WireMessage)):
        assert set(SCHEMAS[name]["properties"]) == set(kind.__struct_fields__)
    assert set(SCHEMAS["Sets"]["properties"]) == set(SETTABLE)
    assert set(SCHEMAS["CreateFields"]["properties"]) == set(CREATE_FIELDS)


def test_every_reference_leads_somewhere() -> None:
    text = FILE.read_text(encoding="utf-8")
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.split('"')[0] in SCHEMAS


def test_every_operation_describes_its_refusals() -> None:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS & set(item):
            operation = item[method]
            answers = set(operation["responses"])
            assert operation["summary"]
            assert answers & {"200", "201"}
            if operation.get("security") != []:
                assert {"401", "403", "429", "503"} <= answers, (method, path)
            if any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", ())):
                assert {"400", "409", "422"} <= answers, (method, path)
    assert {"410", "412", "428"} <= set(DOCUMENT["paths"]["/tickets/{id}"]["patch"]["responses"])
