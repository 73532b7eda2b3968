"""A browser, a served clinic, and a patient who clicks and types."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from bot.clinic import Clinic, load_clinic
from bot.settings import ROOT

from .served import House, house

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}


def chromium() -> str:
    """Path of the browser; without one the tests are skipped, or fail in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        message = "chromium is not installed: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


expect.set_options(timeout=20_000)  # a busy machine is no fault of the page


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def clinic() -> Clinic:
    """The demo clinic, with Arabic besides its own languages."""
    return replace(load_clinic(ROOT / "clinic.yml"), languages=("en", "tr", "ar"))


@pytest.fixture(scope="package")
def served(clinic: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(clinic, tmp_path_factory.mktemp("gateway")) as running:
        yield running


class Visitor:
    """Someone on a page with the widget."""

    def __init__(self, page: Page, served: House) -> None:
        self.page = page
        self.served = served
        self.complaints: list[str] = []  # errors and refused things on the console
        self.asked: list[str] = []  # every address that was asked for
        self.follow(page)

    def follow(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: self.asked.append(request.url))

    def visit(self, path: str = "/", base: str = "") -> Visitor:
        self.page.goto((base or self.served.url) + path)
        self.page.wait_for_selector("mesobot-chat .launcher, mesobot-chat .panel", state="attached")
        return self

    def open(self) -> Visitor:
        self.launcher.click()
        expect(self.messages.last).to_be_visible()
        return self

    def begin(self) -> Visitor:
        """On the page, with an open chat that has greeted."""
        self.visit().open()
        self.sees("Hello!")
        return self

    def say(self, text: str) -> Visitor:
        self.input.fill(text)
        self.input.press("Enter")
        return self

    def sees(self, text: str, seconds: float = 25) -> Locator:
        found = self.messages.filter(has_text=text).last
        expect(found).to_be_visible(timeout=seconds * 1000)
        return found

    @property
    def panel(self) -> Locator:
        return self.page.locator("mesobot-chat .panel")

    @property
    def launcher(self) -> Locator:
        return self.page.locator("mesobot-chat .launcher")

    @property
    def messages(self) -> Locator:
        return self.page.locator("mesobot-chat .log > .message")

    @property
    def alert(self) -> Locator:
        return self.page.locator("mesobot-chat .alerts [role=alert]")

    @property
    def input(self) -> Locator:
        return self.page.locator("mesobot-chat #message")

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name, exact=True)

    def focused(self) -> str:
        """Text or id of what has the focus, inside the widget or outside."""
        return str(
            self.page.evaluate(
                "() => { let at = document.activeElement;"
                " while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
                " return at?.id || at?.getAttribute('aria-label') || at?.textContent.trim() || '' }"
            )
        )

    @property
    def conversation(self) -> str:
        """The id of this visitor's conversation."""
        from bot.storage.tables import now

        session = self.served.gateway.api._sessions.read(self.token, now(), self.served.url)
        assert session is not None
        return session.conversation

    @property
    def token(self) -> str:
        kept = self.page.evaluate("() => Object.values(sessionStorage).map((one) => JSON.parse(one).token)[0]")
        return str(kept or "")

    def violations(self) -> list[str]:
        """What axe-core finds: each rule with its first target."""
        results = Axe().run(self.page, options=RULES)
        return [
            f"{found['id']}: {found['nodes'][0]['target']} {found['nodes'][0]['failureSummary']}"
            for found in results.response["violations"]
        ]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def visitor(context: BrowserContext, served: House) -> Visitor:
    return Visitor(context.new_page(), served)


@pytest.fixture
def visitors(browser: Browser, served: House) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors with other screens, languages or settings."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> Visitor:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(30_000)
        made.append(context)
        return Visitor(context.new_page(), served)

    yield make
    for context in made:
        context.close()


PICTURES = Path(ROOT) / "docs" / "widget"
