"""The whole way in the page, with the real programs: hello, health questions, a consultation, moved, cancelled.

The engine is killed while it books, so that the way also shows that nothing held is lost and nothing is booked twice.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import icalendar
import pytest
import vobject
from playwright.sync_api import BrowserContext, Locator, expect
from sqlalchemy import select

from bot.settings import ROOT, Settings
from bot.storage import handovers
from bot.storage.booking_tables import bookings
from bot.storage.database import open_database
from bot.storage.tables import now
from tests.servers import free_port
from tests.system.programs import Real

from .conftest import Visitor

HEALTH = re.compile(r"meso|treat|health|inject|pregnan|verdict|questionnaire|no_flag", re.IGNORECASE)
ENGINE_START = 300  # seconds: a model is loaded, on a machine that may do other things


@dataclass
class Served:
    url: str
    engine: Real
    folder: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("journey")
    port, engine_port = free_port(), free_port()
    environment = {
        "MESOBOT_DATA_DIR": str(folder / "var"),
        "MESOBOT_PORT": str(port),
        "MESOBOT_ENGINE_PORT": str(engine_port),
    }
    programs = [Real(kind, environment, folder / f"{kind}.log") for kind in ("gateway", "engine")]
    gateway, engine = programs
    # No more than a look when the model of this data is there already.
    subprocess.run([sys.executable, "-m", "bot.cli", "train"], cwd=ROOT, check=True, capture_output=True)
    try:
        gateway.start()
        engine.start()
        _until(lambda: httpx.get(f"http://127.0.0.1:{engine_port}/healthz").is_success)
        _until(lambda: httpx.get(f"http://127.0.0.1:{port}/healthz").json()["status"] == "ok")
        yield Served(f"http://127.0.0.1:{port}", engine, folder / "var")
    finally:
        for program in programs:
            if program.process is not None and program.process.poll() is None:
                program.kill()


@pytest.fixture
def patient(context: BrowserContext, served: Served) -> Visitor:
    return Visitor(context.new_page(), served)  # type: ignore[arg-type]


def test_from_hello_to_a_consultation_that_is_moved_and_cancelled(patient: Visitor, served: Served) -> None:
    title = patient.visit().page.title()
    patient.begin().say("hello").sees("automated assistant")
    patient.say("I would like to book a consultation")
    answer_the_questions(patient)
    patient.button("Consultation").click()
    patient.sees("When would suit you?")
    patient.say("mornings only").sees("These times fit")
    chosen = pick_time(patient, 0)
    patient.sees("I'm keeping this time free")
    patient.say("Maria Example").sees("How can the clinic reach you?")
    patient.say("maria@exmaple").sees("I could not read that")
    patient.say("maria@example.org").sees("Is this right?")
    patient.say("sorry, my email is maria.example@example.org").sees("maria.example@example.org")
    patient.button("Yes, book it").last.click()
    served.engine.kill()
    served.engine.start()
    booked = patient.sees("Your appointment is booked", ENGINE_START)
    assert re.search(chosen, booked.inner_text())
    expect(patient.messages.filter(has_text="Your appointment is booked")).to_have_count(1)
    code = re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}", booked.inner_text())[0]
    made = calendar(patient, booked, "Add to your calendar")
    assert (made["sequence"], made["status"]) == (0, "CONFIRMED")
    patient.button("Yes, remind me").click()
    patient.sees("we will remind you")

    patient.say("can I move it to a morning next week, but not on Monday?").sees("These times fit")
    other = pick_time(patient, -1)
    patient.sees("Move your appointment from")
    patient.button("Yes, move it").click()
    moved = patient.sees("Your appointment is moved")
    assert re.search(other, moved.inner_text())
    assert "Monday" not in other
    replaced = calendar(patient, moved, "Add to your calendar")
    assert (replaced["uid"], replaced["sequence"]) == (made["uid"], 1)
    assert replaced["dtstart"].dt != made["dtstart"].dt

    patient.say("when is my appointment?").sees(code)
    patient.button("Cancel it").last.click()
    patient.sees("Do you want to cancel")
    patient.button("Yes, cancel it").click()
    removed = calendar(patient, patient.sees("is cancelled"), "Remove from your calendar")
    assert (removed["uid"], removed["sequence"], removed["status"]) == (made["uid"], 2, "CANCELLED")

    assert not [url for url in patient.asked if HEALTH.search(url)]
    assert patient.page.title() == title
    assert not [line for line in patient.complaints if "/api/events" not in line]
    sent = "To: maria.example@example.org"
    _until(lambda: _letters(served).count(sent) >= 3)  # a job sends them, after the patient has read of it
    assert _letters(served).count(sent) == 3
    assert "maria@" not in _letters(served)


def test_the_link_of_a_reminder_opens_the_chat_once_and_new_answers_rule_the_appointment_out(
    patient: Visitor, served: Served, context: BrowserContext
) -> None:
    patient.begin().say("I would like to book a consultation, nothing else")
    answer_the_questions(patient)
    patient.button("Consultation").click()
    patient.sees("When would suit you?")
    pick_time(patient, 0)
    patient.sees("What is your name?")
    patient.say("Maria Example, +44 7400 123456").sees("Is this right?")
    patient.button("Yes, book it").last.click()
    patient.sees("Your appointment is booked", 20)
    patient.button("Yes, remind me").click()
    patient.sees("we will remind you")
    link = reminder_link(served)

    later = Visitor(context.browser.new_page(), served)  # type: ignore[arg-type, union-attr]
    later.page.goto(link)
    later.page.get_by_role("checkbox").check()
    later.page.get_by_role("button", name="Go on here").click()
    later.sees("You are in the web chat now", 20)
    assert "#" not in later.page.url
    later.button("Check my answers").last.click()
    later.sees("changed", 20)
    later.say("I am breastfeeding now").sees("cannot take place as planned", 20)
    later.say("a person please").sees("Our team", 20)
    assert not [url for url in later.asked if link.split("#")[1] in url]
    later.page.context.close()

    again = context.new_page()
    again.goto(link)
    again.get_by_role("checkbox").check()
    again.get_by_role("button", name="Go on here").click()
    expect(again.get_by_role("alert")).to_contain_text("used already")


def reminder_link(served: Served) -> str:
    """What a reminder would carry."""
    settings = Settings(data_dir=served.folder)
    database = open_database(settings, upgrade=False)
    with database.write() as connection:
        room = connection.execute(
            select(bookings.c.conversation).order_by(bookings.c.made.desc()).limit(1)
        ).scalar_one()
        token = handovers.offer(connection, room, now(), now() + timedelta(days=1))
    database.close()
    return f"{served.url}/continue#{token}"


def answer_the_questions(patient: Visitor) -> None:
    """Of a healthy person who thinks about the face, from consent to the list of services."""
    patient.sees("May I ask you health questions", 20)
    patient.button("Yes, you may ask").click()
    patient.sees("Are you 18 or older?")
    patient.button("Yes").click()
    patient.sees("Do any of these apply?")
    patient.say("none of these").sees("Which area are you thinking about?")
    patient.panel.get_by_label("Face", exact=True).check()
    patient.button("Send my answers").click()
    for question in ("right now", "blood and medicines", "have you had", "your skin", "allergies", "Last one"):
        patient.sees(question)
        patient.say("none of these")
    patient.sees("Please check your answers")
    patient.button("Yes, it is all right, as far as I know").click()
    patient.sees("Nothing you told me rules out booking")
    patient.button("Book a consultation").last.click()
    patient.sees("What would you like to book?")


def pick_time(patient: Visitor, number: int) -> str:
    """Pick the first time of one of the days offered; how a confirmation says it, as an expression."""
    day = patient.panel.locator(".slots .day").nth(number)
    weekday, clock = day.locator("h3").inner_text().split()[0], day.get_by_role("button").first.inner_text()
    day.get_by_role("button").first.click()
    return f"{weekday} .* at {clock}"


def calendar(patient: Visitor, message: Locator, link: str) -> Any:
    """The event of the calendar file that a message links to, downloaded as a patient would, read by two programs."""
    with patient.page.expect_download() as download:
        message.get_by_role("link", name=link).click()
    assert download.value.suggested_filename == "appointment.ics"
    content = Path(download.value.path()).read_bytes()
    event = icalendar.Calendar.from_ical(content).walk("VEVENT")[0]
    assert vobject.readOne(content.decode()).vevent.uid.value == event["uid"]
    assert not HEALTH.search(content.decode().replace("Mesobot", "").replace("mesobot.invalid", ""))
    return event


def _letters(served: Served) -> str:
    return "".join(path.read_text() for path in (served.folder / "mail").glob("*.eml"))


def _until(works: Any) -> None:
    deadline = time.monotonic() + ENGINE_START
    while time.monotonic() < deadline:
        try:
            if works():
                return
        except (httpx.HTTPError, KeyError):
            pass
        time.sleep(0.2)
    raise AssertionError("waited in vain")
