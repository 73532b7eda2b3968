from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.booking.outlets import Notice, OutletError
from bot.booking.people import Summary
from bot.booking.repository import Booking, Contact, Wish
from bot.booking.wording import Wording
from bot.clinic import Clinic
from bot.gateway.booking_outlets import BookingWebhook, make_booking_outlets
from bot.gateway.bookings import Bookings
from bot.gateway.ground import Ground
from bot.gateway.hub import Hub
from bot.gateway.metrics import Metrics
from bot.gateway.post import DropPost
from bot.gateway.problems import ProblemError
from bot.gateway.wording import Wording as Sentences
from bot.gateway.worker import Worker
from bot.knowledge.library import Library
from bot.settings import Settings
from bot.storage import conversations, handovers, jobs, outbox
from bot.storage.bookings import StoredBookings
from bot.storage.database import Database, open_database
from bot.storage.requests import StoredRequests
from bot.storage.tables import new_id
from tests.unit.storage.test_bookings import slot

NOW = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
START = NOW + timedelta(days=10)
SAM = Contact("Sam Lee", "email", "sam@example.org")
KIM = Contact("Kim Lee", "phone", "+447400123456")


class Receiver:
    """A clinic's system that answers as told."""

    name = "webhook"

    def __init__(self) -> None:
        self.faults: list[OutletError] = []
        self.got: list[Notice] = []

    async def send(self, notice: Notice) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.got.append(notice)


class Clinic_:  # noqa: N801 - everything around one booking
    def __init__(self, database: Database, settings: Settings, clinic: Clinic) -> None:
        self.now = NOW
        self.database = database
        self.folder = settings.data_dir / "mail"
        self.receiver = Receiver()
        sentences = Sentences(clinic, Library())
        ground = Ground(database, Hub(database), sentences, Metrics(), lambda: self.now)
        self.texts: list[tuple[str, str]] = []
        post = DropPost(self.folder)
        self.parts = Bookings(
            ground, clinic, Wording(clinic), [self.receiver], post, self.text, "https://chat.example.org"
        )
        self.worker = Worker(ground, self.parts.handlers)
        self.book = StoredBookings(database)
        self.room = new_id()
        with database.write() as connection:
            conversations.ensure(connection, self.room, "web", NOW)

    async def text(self, number: str, text: str) -> None:
        self.texts.append((number, text))

    def booked(self, contact: Contact = SAM) -> Booking:
        held = self.book.hold(self.room, slot(START), at=NOW, until=NOW + timedelta(minutes=10))
        return self.book.confirm(self.room, held.id, contact, {}, at=NOW)

    async def work(self, at: datetime | None = None) -> None:
        self.now = at or self.now
        while await self.worker.step():
            pass

    def letters(self) -> list[Any]:
        files = (
            sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if self.folder.exists() else []
        )
        return [email.message_from_bytes(Path(file).read_bytes(), policy=email.policy.default) for file in files]

    def chat(self) -> list[str]:
        with self.database.read() as connection:
            return [envelope.reply.ref for envelope in outbox.after(self.database, connection, self.room, 0)]

    def dead(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.scalars(select(jobs.j.fault).where(jobs.j.state == "dead")))


@pytest.fixture
def desk(settings: Settings, clinic: Clinic) -> Iterator[Clinic_]:
    database = open_database(settings)
    yield Clinic_(database, settings, clinic)
    database.close()


async def test_patient_and_clinic_hear_of_a_booking_once(desk: Clinic_) -> None:
    booking = desk.booked()
    await desk.work()
    await desk.work()
    assert [(one.change, one.code) for one in desk.receiver.got] == [("booked", booking.code)]
    (letter,) = desk.letters()
    assert letter["To"] == "sam@example.org"
    assert letter["Subject"] == "Your appointment at Linden Skin Clinic"
    assert [part.get_filename() for part in letter.iter_attachments()] == ["appointment.ics"]


async def test_a_slow_receiver_is_asked_again(desk: Clinic_) -> None:
    desk.receiver.faults = [OutletError("status 503"), OutletError("ReadTimeout")]
    desk.booked()
    await desk.work()
    assert desk.receiver.got == []
    for minutes in (1, 2, 3):
        await desk.work(NOW + timedelta(minutes=minutes))
    assert len(desk.receiver.got) == 1
    assert len(desk.letters()) == 1


async def test_a_receiver_that_refuses_for_good_is_a_dead_letter_at_once(desk: Clinic_) -> None:
    desk.receiver.faults = [OutletError("status 404", permanent=True)]
    desk.booked()
    await desk.work()
    await desk.work(NOW + timedelta(hours=1))
    assert desk.receiver.got == []
    assert desk.dead() == ["status 404"]


async def test_reminders_come_72_and_24_hours_before_in_the_chat_and_by_mail(desk: Clinic_) -> None:
    booking = desk.booked()
    desk.book.remind(booking.id, at=NOW)
    await desk.work()
    assert desk.chat() == []
    await desk.work(START - timedelta(hours=72))
    await desk.work(START - timedelta(hours=24))
    assert desk.chat() == ["reminder", "reminder"]
    assert len(desk.letters()) == 3


async def test_who_left_a_number_is_reminded_by_text_message(desk: Clinic_) -> None:
    booking = desk.booked(KIM)
    desk.book.remind(booking.id, at=NOW)
    await desk.work()
    await desk.work(START - timedelta(hours=72))
    await desk.work(START - timedelta(hours=24))
    assert [number for number, _ in desk.texts] == [KIM.address] * 3
    assert desk.letters() == []
    assert booking.code in desk.texts[0][1]
    assert "3 December 2026" in desk.texts[1][1]


async def test_a_reminder_opens_the_chat_once_and_names_nobody(desk: Clinic_) -> None:
    booking = desk.booked()
    desk.book.remind(booking.id, at=NOW)
    await desk.work()
    await desk.work(START - timedelta(hours=24))
    text = desk.letters()[-1].get_content()
    (token,) = re.findall(r"https://chat\.example\.org/continue#(\S+)", text)
    assert not re.search(r"Sam|health|treat|mesotherapy|questionnaire", text)
    with desk.database.write() as connection:
        assert handovers.use(connection, token, desk.now + timedelta(hours=20)) == desk.room
        assert handovers.use(connection, token, desk.now + timedelta(hours=20)) is None


async def test_the_link_of_a_reminder_ends_with_the_appointment(desk: Clinic_) -> None:
    desk.book.remind(desk.booked().id, at=NOW)
    await desk.work()
    await desk.work(START - timedelta(hours=72))
    first = re.findall(r"continue#(\S+)", desk.letters()[-1].get_content())[0]
    await desk.work(START - timedelta(hours=24))
    second = re.findall(r"continue#(\S+)", desk.letters()[-1].get_content())[0]
    with desk.database.write() as connection:
        assert handovers.use(connection, first, desk.now + timedelta(hours=1)) is None  # the newer one counts
        assert handovers.use(connection, second, START) is None


async def test_a_withdrawn_appointment_is_told_kindly_everywhere_and_once(desk: Clinic_) -> None:
    booking = desk.booked()
    await desk.work()
    desk.book.cancel(booking.id, at=desk.now, withdrawn=True)
    desk.book.cancel(booking.id, at=desk.now, withdrawn=True)
    await desk.work()
    assert desk.chat() == ["withdrawn"]
    assert [one.change for one in desk.receiver.got] == ["booked", "withdrawn"]
    letter = desk.letters()[-1]
    assert letter["Subject"] == "About your appointment at Linden Skin Clinic"
    assert "answer" not in letter.get_body().get_content()
    assert "METHOD:CANCEL" in next(letter.iter_attachments()).get_content()


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_what_the_clinic_does_with_an_appointment_is_told_in_the_chat_and_by_letter(
    desk: Clinic_, language: str
) -> None:
    with desk.database.write() as connection:
        conversations.set_language(connection, desk.room, language)
    booking = desk.booked()
    await desk.work()
    assert desk.book.approve(booking.id, at=NOW)
    await desk.work()
    later = START + timedelta(hours=2)
    held = desk.book.hold(desk.room, slot(later), at=NOW, until=NOW + timedelta(minutes=2))
    desk.book.move(booking.id, held.id, at=NOW, by_clinic=True)
    await desk.work()
    desk.book.cancel(booking.id, at=NOW, by_clinic=True)
    await desk.work()
    assert desk.chat() == ["clinic_confirmed", "clinic_moved", "clinic_cancelled"]
    assert [one.change for one in desk.receiver.got] == ["booked", "confirmed", "moved", "cancelled"]
    letters = desk.letters()[1:]
    team = {"en": "Our team has", "tr": "Ekibimiz"}[language]
    assert [letter.get_body().get_content().startswith(team) for letter in letters] == [True] * 3
    assert "METHOD:CANCEL" in next(letters[-1].iter_attachments()).get_content()


async def test_what_the_patient_changed_is_not_told_again_in_the_chat(desk: Clinic_) -> None:
    booking = desk.booked()
    desk.book.cancel(booking.id, at=NOW)
    await desk.work()
    assert desk.chat() == []


async def test_the_clinic_gets_no_letter_of_what_it_confirmed_itself(desk: Clinic_) -> None:
    desk.parts._outlets["email"] = reception = Receiver()
    booking = desk.booked()
    desk.book.approve(booking.id, at=NOW)
    await desk.work()
    assert {one.change for one in desk.receiver.got} == {"booked", "confirmed"}  # due at one moment: in any order
    assert [one.change for one in reception.got] == ["booked"]


async def test_nobody_hears_that_an_appointment_which_is_over_was_confirmed(desk: Clinic_) -> None:
    booking = desk.booked()
    await desk.work()
    assert desk.book.approve(booking.id, at=START + timedelta(hours=1))
    await desk.work()
    assert desk.chat() == []
    assert len(desk.letters()) == 1


async def test_while_a_person_speaks_the_chat_is_theirs_and_the_letter_still_goes(desk: Clinic_) -> None:
    desk.book.remind(desk.booked().id, at=NOW)
    await desk.work()
    with desk.database.write() as connection:
        conversations.take_over(connection, desk.room, "staff-1", NOW)
    await desk.work(START - timedelta(hours=24))
    assert desk.chat() == []
    assert len(desk.letters()) == 2 + 1  # the 72-hour one was due as well


async def test_letters_are_in_the_language_of_the_chat(desk: Clinic_) -> None:
    with desk.database.write() as connection:
        conversations.set_language(connection, desk.room, "tr")
    desk.booked()
    await desk.work()
    assert "3 Aralık 2026 Perşembe" in desk.letters()[0].get_body().get_content()


async def test_without_the_opt_in_there_are_no_reminders(desk: Clinic_) -> None:
    desk.booked()
    await desk.work(START - timedelta(hours=1))
    assert desk.chat() == []


async def test_a_cancelled_or_moved_appointment_is_not_reminded_of_at_its_old_time(desk: Clinic_) -> None:
    booking = desk.booked()
    desk.book.remind(booking.id, at=NOW)
    held = desk.book.hold(desk.room, slot(START + timedelta(days=5)), at=NOW, until=NOW + timedelta(minutes=10))
    desk.book.move(booking.id, held.id, at=NOW)
    await desk.work(START - timedelta(hours=1))
    assert desk.chat() == []
    desk.book.cancel(booking.id, at=desk.now)
    await desk.work(START + timedelta(days=5))
    assert desk.chat() == []


async def test_those_who_wait_hear_of_a_time_that_got_free(desk: Clinic_) -> None:
    booking = desk.booked()
    waiting = new_id()
    with desk.database.write() as connection:
        conversations.ensure(connection, waiting, "web", NOW)
    desk.book.wait(waiting, Wish("consultation"), Contact("Kim", "email", "kim@example.org"), at=NOW)
    desk.book.cancel(booking.id, at=NOW)
    await desk.work()
    assert [letter["To"] for letter in desk.letters() if "free" in letter["Subject"]] == ["kim@example.org"]
    desk.room = waiting
    assert desk.chat() == ["time_free"]


async def test_someone_whom_nobody_met_in_time_is_told_once(desk: Clinic_) -> None:
    requests = StoredRequests(desk.database)
    assert not requests.is_open(desk.room)
    asked = requests.ask(desk.room, Summary("asked"), at=NOW, give_up=NOW + timedelta(minutes=10))
    assert requests.ask(desk.room, Summary("asked"), at=NOW, give_up=NOW + timedelta(minutes=10)) == asked
    await desk.work(NOW + timedelta(minutes=9))
    assert desk.chat() == []
    await desk.work(NOW + timedelta(minutes=10))
    await desk.work(NOW + timedelta(minutes=30))
    assert desk.chat() == ["human_still_waiting"]
    assert requests.is_open(desk.room)  # what is written from here on is kept for the team all the same


async def test_someone_whom_a_person_already_talks_to_is_not(desk: Clinic_) -> None:
    StoredRequests(desk.database).ask(desk.room, Summary("asked"), at=NOW, give_up=NOW + timedelta(minutes=10))
    with desk.database.write() as connection:
        conversations.take_over(connection, desk.room, "staff-1", NOW)
    await desk.work(NOW + timedelta(minutes=10))
    assert desk.chat() == []


async def test_the_calendar_file_is_served_by_its_random_name_only(desk: Clinic_) -> None:
    booking = desk.booked()

    async def missing(_request: Any, error: Exception) -> Any:
        assert isinstance(error, ProblemError)
        return error.response()

    app = Starlette(routes=desk.parts.routes(), exception_handlers={ProblemError: missing})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        found = await client.get(f"/calendar/{booking.calendar}.ics")
        assert found.headers["content-type"] == "text/calendar; charset=utf-8"
        assert found.headers["cache-control"] == "no-store"
        assert "STATUS:CONFIRMED" in found.text
        desk.book.cancel(booking.id, at=NOW)
        assert "STATUS:CANCELLED" in (await client.get(f"/calendar/{booking.calendar}.ics")).text
        for guess in (booking.id, booking.code, new_id()):
            assert (await client.get(f"/calendar/{guess}.ics")).status_code == 404


async def test_a_webhook_that_cannot_be_reached_is_a_temporary_fault() -> None:
    notice = Notice("k", "booked", "b", "c", "pending", 0, "s", "t", "p", START.isoformat(), START.isoformat())
    with pytest.raises(OutletError) as caught:
        await BookingWebhook("http://127.0.0.1:9", "secret").send(notice)
    assert not caught.value.permanent


def test_the_clinics_file_names_its_outlets(settings: Settings, clinic: Clinic) -> None:
    from dataclasses import replace

    post, wording = DropPost(settings.data_dir), Wording(clinic)
    assert make_booking_outlets(settings, clinic, post, wording) == []
    both = replace(clinic, booking={"webhook": "https://clinic.example.org/hook", "email": True})
    assert [outlet.name for outlet in make_booking_outlets(settings, both, post, wording)] == ["webhook", "email"]
