"""The real console on a loopback port, beside the served gateway and on its database; and its pictures.

`python -m tests.browser.console_served [name…]` takes the pictures of docs/console.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import Connection, select

from bot.clinic import load_clinic
from bot.console.app import create_app
from bot.console.ground import Ground
from bot.gateway.channels.looks import looks
from bot.knowledge.library import Library
from bot.settings import ROOT
from bot.storage import casework, content, conversations, retraining, staff
from bot.storage.bookings import StoredBookings
from bot.storage.database import open_database
from bot.storage.inbox import i
from bot.storage.tables import new_id, now
from bot.storage.turns import TurnStore
from tests.servers import free_port
from tests.unit.console import staffed

from .conftest import FLAGS, RULES, chromium
from .served import House, _server, house

PICTURES = ROOT / "docs" / "console"
DESKTOP = {"viewport": {"width": 1320, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 800}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}


@dataclass
class Desk:
    """A colleague's browser at the console."""

    page: Page
    url: str
    name: str
    complaints: list[str]
    house: ConsoleHouse

    def visit(self, path: str) -> Desk:
        self.page.goto(self.url + path)
        return self

    def violations(self) -> list[str]:
        """What axe-core finds: each rule with its first target."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found]

    def fits(self) -> bool:
        """Nothing is wider than the screen."""
        return bool(self.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"))


class ConsoleHouse:
    """The console of a served gateway."""

    def __init__(self, served: House) -> None:
        self.served = served
        settings = replace(served.gateway.settings, console_port=free_port())
        self.url = f"http://127.0.0.1:{settings.console_port}"
        clinic, library = served.gateway.clinic, Library()
        self.ground = Ground(settings, clinic, open_database(settings), library, looks=looks(settings, clinic, library))
        self._server = _server(create_app(self.ground), settings.console_port)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/healthz").status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)
        raise RuntimeError("the console did not start")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.ground.database.close()

    def desk(self, context: BrowserContext, role: str = "admin", name: str = "") -> Desk:
        """Somebody signed in."""
        token, name = f"token-{new_id()}", name or f"{role.title()} {new_id()[:4]}"
        with self.ground.database.write() as connection:
            staff.begin(connection, _colleague(self.ground, connection, name, role), token, now())
        context.add_cookies([{"name": "mesobot_staff", "value": token, "url": self.url}])
        return self.watched(context.new_page(), name)

    def watched(self, page: Page, name: str = "") -> Desk:
        """The page with whatever its browser complains about."""
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda line: complaints.append(f"{line.text} {line.location}") if line.type == "error" else None
        )
        return Desk(page, self.url, name, complaints, self)


@contextmanager
def console_of(served: House) -> Iterator[ConsoleHouse]:
    """Served until the block ends."""
    running = ConsoleHouse(served)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@dataclass(frozen=True)
class Furnished:
    """Ids of what stands on the pages."""

    talk: str
    assessment: str
    booking: str
    model: str


def furnish(console: ConsoleHouse) -> Furnished:
    """Something on every page."""
    ground = console.ground
    talk = staffed.conversation(ground, "Does it hurt on the scalp? I'm not pregnant.")
    staffed.request(ground, talk)
    staffed.alert(ground, staffed.conversation(ground, "My throat is closing up"), now() - timedelta(minutes=7))
    staffed.alert(ground, staffed.conversation(ground, "Breathing is hard", channel="whatsapp"))
    for text in ("How much?", "And afterwards?", "is it ok w my meds", "the thing on my cheek"):
        staffed.conversation(ground, text)
    assessment = staffed.assessment(ground, talk)
    for name in ("Pat Example", "Sam Sample", "Robin Model"):
        booking = staffed.booking(ground, talk if name.startswith("Pat") else staffed.conversation(ground), name)
        if name.startswith("Pat"):
            first = booking.id
    _away(ground, booking.slot.start)
    return Furnished(talk, assessment, first, _taught(ground))


def _away(ground: Ground, start: datetime) -> None:
    """A practitioner is away for an afternoon two days later."""
    person, at = ground.clinic.practitioners[0].id, now()
    begins = (start + timedelta(days=2)).replace(hour=14, minute=30)
    ends = begins + timedelta(hours=2, minutes=15)
    id = StoredBookings(ground.database).block(person, begins, ends, at=at)
    with ground.database.write() as connection:
        rae = _colleague(ground, connection, "Rae Desk", "reception")
        casework.note_block(connection, id, person, begins, ends, rae, at)


def _colleague(ground: Ground, connection: Connection, name: str, role: str) -> str:
    """The id of a colleague, who may have been there before: the database is shared by all browser tests."""
    known = staff.by_login(ground.database, connection, name)
    return known.id if known else staff.add(connection, name, role, now())


def _taught(ground: Ground) -> str:
    """A card that waits for a signature, corrections, and a measured model whose gate is closed."""
    database, at = ground.database, now()
    room = staffed.conversation(ground, "will it sting after")
    card = ground.library.card("pain_numbing")
    better = {
        **dict(card.texts()),
        "short": "Yes, a little. Most people feel quick pricks. Tell us if you want a break.",
    }
    with database.write() as connection:
        eda = _colleague(ground, connection, "Eda Writer", "editor")
        content.submit(connection, content.begin(database, connection, card.topic, "en", better, eda, at), at)
        content.begin(database, connection, "price_payment", "tr", {"short": "Taslak."}, eda, at)
        told = [("can my husband wait with me", "hours_location"), ("will it sting after", "price_payment")]
        for text, topic in told:
            retraining.correct(database, connection, new_id(), room, topic, text, eda, at)
        id = retraining.propose(connection, eda, [], at)
        wrong = retraining.every_correction(database, connection)[-1]
        retraining.measured(database, connection, str(id), "b" * 16, "c" * 16, report_on(wrong.id), at)
        retraining.release(connection, "a" * 16, "b" * 16, eda, at)
    return str(id)


def report_on(wrong: str) -> dict[str, Any]:
    """As `bot.engine.retraining` measured it with the project's own data and one wrong label."""
    before = {
        **{"right": 0.919, "first_right": 0.79, "confidently_wrong": 0.038, "asked_back": 0.125},
        **{"beyond_answered_as_ours": 0.231, "stories_complete": 0.656, "false_alarms": 0.232, "corrections": 0.0},
        "danger": {"emergency": 0.975, "safeguarding": 0.854, "self_harm": 0.885, "urgent": 0.922},
        "by_language": {"ar": 0.933, "tr": 0.978},
        "by_topic": {"pain_numbing": 0.91},
    }
    after = {**before, "asked_back": 0.126, "by_topic": {"pain_numbing": 0.78}}
    lost = {"why": "loss", "figure": "by_topic.pain_numbing", "before": 0.91, "after": 0.78, "bound": 0.1}
    return {
        **{"before": before, "after": after, "corrections": 2, "held_out": 0, "reasons": [lost]},
        **{"surprises": [{"id": wrong, "thought": "pain_numbing", "confidence": 0.61}], "past": 10, "changes": []},
    }


def paths(there: Furnished, day: str) -> dict[str, str]:
    """Every screen by name."""
    return {
        "today": "/",
        "conversations": "/conversations",
        "conversation": f"/conversations/{there.talk}",
        "eligibility": "/eligibility",
        "assessment": f"/eligibility/{there.assessment}",
        "bookings": f"/bookings?day={day}&show=week",
        "bookings-list": f"/bookings?day={day}&show=list",
        "booking": f"/bookings/{there.booking}",
        "preview": "/preview",
        "content": "/content",
        "card": "/content/pain_numbing",
        "draft": "/content/price_payment?language=tr",
        "danger": "/content/danger?language=tr",
        "phrases": "/content/phrases?of=booking&language=tr",
        "feed": "/bookings/feed",
        "figures": "/figures",
        "review": "/review",
        "corrections": "/review/corrections",
        "models": "/review/models",
        "model": f"/review/models/{there.model}",
        "staff": "/staff",
        "access": "/access",
    }


def week_of(console: ConsoleHouse, booking: str) -> str:
    """A day on which the appointment is."""
    from bot.storage import appointments

    with console.ground.database.read() as connection:
        found = appointments.by_id(console.ground.database, connection, booking)
    assert found
    return found.slot.start.date().isoformat()


def _mine(desk: Desk, there: Furnished) -> None:
    desk.visit(f"/conversations/{there.talk}")
    if desk.page.get_by_role("button", name="Take over").count():
        desk.page.get_by_role("button", name="Take over").click()
    desk.page.get_by_label("Your message").wait_for()


def _preview(desk: Desk, _: Furnished) -> None:
    desk.visit("/preview")
    desk.page.locator("mesobot-chat .launcher").click()
    desk.page.locator("mesobot-chat #message").fill("Does it hurt?")
    desk.page.locator("mesobot-chat #message").press("Enter")
    desk.page.locator("mesobot-chat .log > .message", has_text="quick pricks").last.wait_for()
    _read(desk.house)
    desk.page.locator("#seen .reading").first.wait_for()


def _read(console: ConsoleHouse) -> None:
    """The scripted engine keeps no readings; this one is as the real one would write it."""
    database, c = console.ground.database, conversations.c
    with database.read() as connection:
        newest = select(i.id, i.conversation).join(c.id.table, c.id == i.conversation).where(c.test)
        row = connection.execute(newest.order_by(i.received_at.desc())).first()
    assert row
    understood = {
        "topics": [{"topic": "pain_numbing", "confidence": 0.97, "span": [0, 13]}],
        "certainty": "sure",
        "tier": "none",
        "language": "en",
        "rule": None,
        "actions": ["action_answer"],
        "cards": [asdict(console.ground.library.edition("pain_numbing"))],
        "slots": {"last_topic": "pain_numbing"},
    }
    TurnStore(database).commit(row.id, row.conversation, b'{"slots":{"last_topic":"pain_numbing"}}', [], understood)


def take(browser: Browser, console: ConsoleHouse, there: Furnished, name: str, folder: Path = PICTURES) -> Path:
    """One picture; `phone-` before a screen's name takes it on a phone."""
    screen = name.removeprefix("phone-")
    acts: dict[str, Callable[[Desk, Furnished], None]] = {"take-over": _mine, "preview": _preview}
    options: dict[str, Any] = PHONE if name != screen else DESKTOP
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(30_000)
    who = ("clinician", "Ada Okafor") if screen in (*acts, "card") else ("admin", "Bo Lindqvist")
    desk = console.desk(context, *who)
    if screen in acts:
        acts[screen](desk, there)
    elif screen == "sign-in":
        context.clear_cookies()
        desk.visit("/sign-in")
    else:
        desk.visit(paths(there, week_of(console, there.booking))[screen])
    desk.page.wait_for_timeout(500)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    desk.page.screenshot(path=path)
    context.close()
    return path


SHOTS = (
    *("sign-in", "today", "conversations", "conversation", "take-over", "assessment", "bookings", "booking", "preview"),
    *(
        "content",
        "card",
        "draft",
        "danger",
        "phrases",
        "figures",
        "review",
        "corrections",
        "models",
        "model",
        "staff",
        "access",
        "feed",
    ),
    *("phone-today", "phone-conversation", "phone-bookings", "phone-card"),
)


def main() -> None:
    """Take those that are named, or all."""
    clinic = load_clinic(ROOT / "clinic.yml")
    with (
        tempfile.TemporaryDirectory() as folder,
        house(clinic, Path(folder)) as served,
        console_of(served) as console,
        sync_playwright() as playwright,
    ):
        there = furnish(console)
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for name in sys.argv[1:] or SHOTS:
            take(browser, console, there, name)
        browser.close()


if __name__ == "__main__":
    main()
