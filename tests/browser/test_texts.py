"""The widget's words and those of its pages: complete, honest and easy to read. Needs no browser."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.clinic import PLACEHOLDER, load_clinic
from bot.console.grade import HIGHEST, grade
from bot.safety.guards import Guards
from bot.settings import ROOT, Settings
from bot.widget.bundle import STATIC, script
from bot.widget.pages import routes
from bot.widget.texts import choose, configuration, load_strings

STRINGS = load_strings()
CLINIC = load_clinic(ROOT / "clinic.yml")


@pytest.fixture(scope="module")
def guards() -> Guards:
    return Guards()


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes(CLINIC, Settings())))


class Words(HTMLParser):
    """The text of a page that a visitor reads."""

    def __init__(self) -> None:
        super().__init__()
        self.sentences: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "pre")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.sentences.append(" ".join(data.split()))


@pytest.mark.parametrize("language", STRINGS)
def test_every_language_is_complete(language: str) -> None:
    own = json.loads((ROOT / "bot/widget/strings" / f"{language}.json").read_text(encoding="utf-8"))
    assert own.keys() == STRINGS["en"].keys()
    for key, text in own.items():
        assert text, key
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(STRINGS["en"][key])), key
    assert own["translation"] == ("original" if language == "en" else "unreviewed")


def test_no_string_is_missing_or_idle() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    used = set(re.findall(r'(?:say|count|item)\("([a-z_]+)"', source, re.IGNORECASE))
    used |= set(re.findall(r'#(?:item|confirm|leave|again)\("([a-z_]+)"', source))
    spelled = set(re.findall(r'"([a-z_]+)"', source)) | used
    for key in STRINGS["en"].keys() - {"translation", "direction"}:
        stem = re.sub(r"_(one|many|title|text|yes)$", "", key)
        assert key in spelled or stem in spelled, key


def test_no_patient_wording_in_the_script() -> None:
    literal = re.compile(r'"([A-Z][a-z]+(?: [a-z]+)+[^"]*)"')
    assert literal.findall(script("x")) == []


@pytest.mark.parametrize("language", STRINGS)
def test_the_strings_make_no_forbidden_claim(guards: Guards, language: str) -> None:
    filled = configuration(language, CLINIC, STRINGS)["strings"]
    assert [found for text in filled.values() for found in guards.violations(text, language)] == []


@pytest.mark.parametrize("path", ["/", "/embed"])
def test_the_pages_make_no_forbidden_claim_and_read_easily(client: TestClient, guards: Guards, path: str) -> None:
    words = Words()
    words.feed(client.get(path).text)
    assert [found for text in words.sentences for found in guards.violations(text)] == []
    assert grade(" ".join(text for text in words.sentences if text.endswith("."))) <= HIGHEST


def test_english_strings_read_easily() -> None:
    texts = [text for text in STRINGS["en"].values() if text.endswith(".")]
    assert grade(" ".join(texts)) <= HIGHEST


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("tr-TR,en", "tr"), ("fr,tr", "tr"), ("ar", "en"), ("", "en"), ("EN-gb", "en"), (",;-" * 99, "en")],
)
def test_only_languages_of_the_clinic_are_spoken(wanted: str, given: str) -> None:
    assert choose(wanted, CLINIC, STRINGS) == given


def test_files_are_packed_and_known_again(client: TestClient) -> None:
    first = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["content-type"].startswith("text/javascript")
    again = client.get("/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/widget.js", headers={"Accept-Encoding": "identity"}).text == first.text


def test_pages_have_nothing_inline(client: TestClient) -> None:
    for path in ("/", "/embed"):
        page = client.get(path).text
        assert not re.search(r"<style| style=| on[a-z]+=\"|<script(?![^>]* src=)", page.replace("&lt;", ""))
        assert "{{" not in page


def test_an_address_in_the_host_header_is_only_text(client: TestClient) -> None:
    page = client.get("/embed", headers={"Host": 'x"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page
