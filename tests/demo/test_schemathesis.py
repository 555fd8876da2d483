"""Requests that nobody thought of: every answer is one that the description allows, and never a 500.

What it does not ask: that unknown parameters are refused. Both sides ignore what they do not know, so that a
newer client can speak to an older desk.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import (
    content_type_conformance,
    ignored_auth,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from techdesk.demo.server import DemoServer
from tests.demo.conftest import TOKEN

_CHECKS: list[Any] = [
    content_type_conformance,
    ignored_auth,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


@pytest.fixture
def api(server: DemoServer) -> Any:
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", server.application())


_API = schemathesis.pytest.from_fixture("api").exclude(path="/events")  # a stream has no end


@_API.parametrize()
@settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(checks=_CHECKS, headers={"Authorization": f"Bearer {TOKEN}"})
