"""Appointments, blocked times and the calendar's secret address."""

from __future__ import annotations

import re
from datetime import date, timedelta

from fhir.resources.R4B.bundle import Bundle
from icalendar import Calendar

from bot.booking.availability import free_slots
from bot.storage import staff
from bot.storage.bookings import StoredBookings

from .staffed import Office, booking, conversation


async def test_an_appointment_is_confirmed_moved_and_cancelled(here: Office) -> None:
    one = await here.colleague("reception")
    made = booking(here.ground, conversation(here.ground))
    page, path = (await one.get(f"/bookings/{made.id}")).text, f"/bookings/{made.id}"
    slots = re.findall(r'<option value="([^"]+)"', page)
    assert (await one.post(f"{path}/confirm")).headers["location"].endswith("confirmed")
    assert (await one.post(f"{path}/confirm")).headers["location"].endswith("already")
    assert (await one.post(f"{path}/no-show")).headers["location"].endswith("too_early")
    assert (await one.post(f"{path}/move", slot=slots[5])).headers["location"].endswith("moved")
    other = booking(here.ground, conversation(here.ground))  # takes the time that became free
    assert other.slot.start == made.slot.start
    assert (
        (await one.post(f"{path}/move", slot=f"{other.slot.start.isoformat()}|{other.slot.practitioner}"))
        .headers["location"]
        .endswith("slot_gone")
    )
    day = other.slot.start.date().isoformat()
    week = (await one.get(f"/bookings?show=week&day={day}")).text
    assert '<table class="calendar">' in week
    assert "Pat Example" in week
    assert made.code in (await one.get(f"/bookings?show=list&day={day}")).text
    assert (await one.post(f"{path}/cancel")).headers["location"].endswith("cancelled")
    assert StoredBookings(here.ground.database).coming(made.conversation, here.ground.clock()) == []
    here.turned = timedelta(days=14)
    again = await here.colleague("reception")
    assert (await again.post(f"/bookings/{other.id}/no-show")).headers["location"].endswith("no_show")
    assert "did not come" in (await again.get(f"/bookings/{other.id}")).text


async def test_an_appointment_leaves_as_fhir_without_a_word_about_health(here: Office) -> None:
    one = await here.colleague("reception")
    made = booking(here.ground, conversation(here.ground))
    answer = await one.get(f"/bookings/{made.id}/fhir")
    assert answer.headers["content-type"].startswith("application/fhir+json")
    bundle = Bundle.parse_raw(answer.text)
    assert [entry.resource.resource_type for entry in bundle.entry] == ["Appointment", "Slot", "Schedule"]
    assert bundle.entry[0].resource.contained[0].name[0].text == "Pat Example"
    assert "no_flag" not in answer.text
    assert "answers" not in answer.text


async def test_a_blocked_time_cannot_be_booked_until_it_is_freed(here: Office) -> None:
    one = await here.colleague("reception")
    first = booking(here.ground, conversation(here.ground)).slot
    zone = here.ground.clinic.time_zone
    day = first.start.astimezone(zone).date() + timedelta(days=7)
    span = {"starts": f"{day}T00:00", "ends": f"{day}T23:55", "practitioner": ""}
    assert (
        (await one.post("/bookings/blocks", **{**span, "ends": f"{day}T00:00"})).headers["location"].endswith("wrong")
    )
    assert "told=blocked" in (await one.post("/bookings/blocks", **span)).headers["location"]
    assert _offered(here, day) == 0
    page = (await one.get(f"/bookings?day={day}")).text
    assert "Blocked, Ada Okafor" in page
    for path in dict.fromkeys(re.findall(r'action="(/bookings/blocks/\w+/free)"', page)):
        assert (await one.post(path)).headers["location"].endswith("freed")
    assert _offered(here, day) > 0


def _offered(office: Office, day: date) -> int:
    ground, at = office.ground, office.ground.clock()
    busy = StoredBookings(ground.database).busy(at, at + timedelta(days=30), at)
    slots = free_slots(ground.clinic, ground.clinic.services["consultation"], now=at, busy=busy)
    return sum(1 for slot in slots if slot.start.astimezone(ground.clinic.time_zone).date() == day)


async def test_a_calendar_follows_a_secret_address(here: Office) -> None:
    one = await here.colleague("reception")
    made = booking(here.ground, conversation(here.ground))
    link = re.search(r"http://console.test(/calendar/\S+\.ics)", (await one.post("/bookings/feed")).text)
    assert link
    async with here.browser() as program:  # no cookie, only the address
        calendar = (await program.get(link[1])).text
        assert [event["summary"] for event in Calendar.from_ical(calendar).walk("VEVENT")] == [
            f"{made.code} · {here.ground.clinic.services['consultation'].title}"
        ]
        assert "Pat Example" not in calendar
        assert (await program.get("/calendar/guessed.ics")).status_code == 403
        again = re.search(r"http://console.test(/calendar/\S+\.ics)", (await one.post("/bookings/feed")).text)
        assert again
        assert (await program.get(link[1])).status_code == 403  # the new address ended the old one
        with here.ground.database.write() as connection:
            staff.disable(connection, one.id, here.ground.clock())
        assert (await program.get(again[1])).status_code == 403
