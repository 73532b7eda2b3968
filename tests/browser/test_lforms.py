"""The exported Questionnaire is a form that another program shows: LHC-Forms, from disk, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from bot.eligibility.fhir import questionnaire_resource
from bot.eligibility.questionnaire import load_questionnaire
from tests.node_tools import package

PLACE = "http://lforms.test"
SCRIPTS = (
    "webcomponent/assets/lib/zone.min.js",
    "webcomponent/runtime.js",
    "webcomponent/polyfills.js",
    "webcomponent/main.js",
    "fhir/R4/lformsFHIR.min.js",
)
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>LHC-Forms</title>'
    '<link rel="stylesheet" href="webcomponent/styles.css"></head><body><div id="form"></div>'
    + "".join(f'<script src="{script}"></script>' for script in SCRIPTS)
    + "</body></html>"
)
QUESTIONNAIRE = load_questionnaire()
FORM = questionnaire_resource(QUESTIONNAIRE, datetime(2026, 11, 22, tzinfo=timezone.utc), "Linden Skin Clinic")


@pytest.fixture(scope="module")
def shown(browser: Browser) -> Iterator[Page]:
    """LHC-Forms with our Questionnaire in it."""
    files = package("lforms") / "dist" / "lforms"

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{PLACE}/")
        if name:
            route.fulfill(path=files / name)
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    page = browser.new_page()
    page.route(f"{PLACE}/**", serve)
    page.goto(f"{PLACE}/", wait_until="load")
    page.evaluate("form => LForms.Util.addFormToPage(form, 'form', {prepopulate: false})", FORM)
    page.get_by_text(FORM["title"]).first.wait_for()
    yield page
    page.close()


def test_every_question_that_is_always_asked_is_shown(shown: Page) -> None:
    text = " ".join(shown.locator("#form").inner_text().split())
    asked = [item.text for item in QUESTIONNAIRE.items.values() if not item.enable_when]
    assert [question for question in asked if " ".join(question.split()) not in text] == []
    assert QUESTIONNAIRE.items["organ.heart.recent"].text not in text


def test_it_gives_back_a_response_that_names_our_questions(shown: Page) -> None:
    response: dict[str, Any] = shown.evaluate("LForms.Util.getFormFHIRData('QuestionnaireResponse', 'R4', '#form')")
    assert response["resourceType"] == "QuestionnaireResponse"
    back: dict[str, Any] = shown.evaluate("LForms.Util.getFormFHIRData('Questionnaire', 'R4', '#form')")
    assert _links(back) >= set(QUESTIONNAIRE.items)


def _links(resource: dict[str, Any]) -> set[str]:
    return {item["linkId"] for item in resource.get("item", ())} | {
        link for item in resource.get("item", ()) for link in _links(item)
    }
