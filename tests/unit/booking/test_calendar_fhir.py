from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import icalendar
import pytest
import vobject
from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.schedule import Schedule
from fhir.resources.R4B.slot import Slot as FhirSlot

from bot.booking import fhir
from bot.booking.availability import Slot
from bot.booking.calendar import calendar_file
from bot.booking.repository import Booking, Contact
from bot.booking.wording import Wording
from bot.clinic import Clinic
from tests.unit.booking.conftest import claims

START = datetime(2026, 11, 24, 16, tzinfo=timezone.utc)
MADE = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
HEALTH = re.compile(r"meso|treatment|review|health|injection|skin(?! Clinic)|pregnan|consultation", re.IGNORECASE)


def booking(start: datetime = START, **more: object) -> Booking:
    slot = Slot(start, start + timedelta(minutes=30), start + timedelta(minutes=40), "okafor", "consultation")
    whole = Booking("b0", "c1", "K7QP-2MX2", "pending", slot, 0, "f" * 32, claims(), MADE, MADE)
    return replace(whole, **more)  # type: ignore[arg-type]


# ---- calendar files


@pytest.mark.parametrize("start", [START, datetime(2026, 7, 1, 8, tzinfo=timezone.utc)])
def test_both_readers_see_the_clinics_time(clinic: Clinic, wording: Wording, start: datetime) -> None:
    content = calendar_file(booking(start), clinic, wording)
    read = icalendar.Calendar.from_ical(content)
    event = read.walk("VEVENT")[0]
    assert event.decoded("dtstart") == start
    assert event.decoded("dtend") == start + timedelta(minutes=30)
    other = vobject.readOne(content.decode()).vevent
    assert other.dtstart.value.astimezone(timezone.utc) == start
    assert (event["status"], read["method"], event["sequence"]) == ("CONFIRMED", "PUBLISH", 0)


def test_the_zone_changes_its_clock_at_the_right_moment(clinic: Clinic, wording: Wording) -> None:
    zone = icalendar.Calendar.from_ical(calendar_file(booking(), clinic, wording)).walk("VTIMEZONE")[0]
    assert zone["tzid"] == "Europe/London"
    onsets = [(part.name, part.decoded("dtstart")) for part in zone.subcomponents]
    assert ("DAYLIGHT", datetime(2026, 3, 29, 1)) in onsets
    assert ("STANDARD", datetime(2026, 10, 25, 2)) in onsets


def test_a_change_replaces_and_a_cancellation_removes_the_same_event(clinic: Clinic, wording: Wording) -> None:
    files = [
        icalendar.Calendar.from_ical(calendar_file(one, clinic, wording))
        for one in (booking(), booking(sequence=1), booking(sequence=2, state="cancelled"))
    ]
    events = [file.walk("VEVENT")[0] for file in files]
    assert len({str(event["uid"]) for event in events}) == 1
    assert [event["sequence"] for event in events] == [0, 1, 2]
    assert (files[2]["method"], events[2]["status"]) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize("service", ["consultation", "first_treatment", "phone_review", "call_back"])
def test_no_calendar_says_what_it_is_about(clinic: Clinic, wording: Wording, service: str) -> None:
    one = booking()
    one = replace(one, slot=replace(one.slot, service=service))
    event = icalendar.Calendar.from_ical(calendar_file(one, clinic, wording)).walk("VEVENT")[0]
    for field in ("summary", "description", "location"):
        assert not HEALTH.search(str(event[field])), event[field]


# ---- FHIR


def test_an_appointment_is_pending_until_the_clinic_confirms_it(clinic: Clinic) -> None:
    states = {
        state: fhir.appointment(clinic, booking(state=state))["status"]
        for state in ("pending", "confirmed", "cancelled")
    }
    assert states == {"pending": "pending", "confirmed": "booked", "cancelled": "cancelled"}


@pytest.mark.parametrize("state", ["pending", "confirmed", "cancelled"])
def test_every_resource_is_valid_r4(clinic: Clinic, state: str) -> None:
    one = booking(state=state)
    contact = Contact("Sam Lee", "email", "sam@example.org")
    resources = [
        (Appointment, fhir.appointment(clinic, one, contact, response="r1")),
        (FhirSlot, fhir.slot(clinic, one.slot, free=False)),
        *((Schedule, fhir.schedule(clinic, person)) for person in clinic.practitioners),
        (Bundle, fhir.bundle([fhir.appointment(clinic, one)])),
    ]
    for model, resource in resources:
        assert json.loads(model.parse_obj(resource).json(exclude_none=True))["resourceType"] == resource["resourceType"]


def test_times_are_instants_and_start_comes_with_end(clinic: Clinic) -> None:
    resource = fhir.appointment(clinic, booking())
    assert resource["start"] == "2026-11-24T16:00:00+00:00"
    assert resource["end"] == "2026-11-24T16:30:00+00:00"
    assert resource["slot"] == [{"reference": "Slot/okafor-20261124T1600Z"}]


def test_the_contact_is_contained_only_when_given(clinic: Clinic) -> None:
    assert "contained" not in fhir.appointment(clinic, booking())
    assert "hash-1" not in json.dumps(fhir.appointment(clinic, booking()))
