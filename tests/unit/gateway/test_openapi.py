"""The description is true: valid, complete, and kept by the gateway under random requests."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import schemathesis
import yaml
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.clinic import Clinic
from bot.gateway.app import OPENAPI, create_app
from bot.gateway.limits import Limits, Rule
from bot.settings import Settings

from .house import House, house

ENDLESS = Limits(*(Rule(name, 1e6, 10**6) for name in ("messages", "messages_long", "address", "sessions", "reads")))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_it_is_valid_openapi() -> None:
    validate(yaml.safe_load(OPENAPI.read_text()))


async def test_it_is_served(here: House) -> None:
    assert (await here.http.get("/openapi.json")).json() == yaml.safe_load(OPENAPI.read_text())


async def test_every_route_of_the_api_is_in_it_and_nothing_else(here: House) -> None:
    described = {
        (path, method.upper())
        for path, operations in yaml.safe_load(OPENAPI.read_text())["paths"].items()
        for method in operations
    }
    routes = {
        (route.path, method)
        for route in create_app(here.gateway).routes
        for method in route.methods or ()
        if method != "HEAD" and (route.path.startswith("/api/") or route.path in ("/openapi.json", "/healthz"))
    }
    assert described == routes


async def test_random_requests_get_the_answers_it_promises(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic, limits=ENDLESS) as here:
        patient = await here.patient()
        await asyncio.to_thread(_attack, here.url, patient.headers)


def _attack(url: str, headers: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in ("/api/events", "/api/conversation"):  # never ends; ends the session
            continue
        examples = int(os.environ.get("MESOBOT_TEST_EXAMPLES", "25"))

        @hypothesis_settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        @_given(operation)
        def check(case: Any) -> None:
            if case.query and "wait" in case.query:
                case.query = {**case.query, "wait": 0}
            case.call_and_validate(headers=headers, checks=CHECKS)

        check()


def _given(operation: Any) -> Any:
    from hypothesis import given

    return given(case=operation.as_strategy())
