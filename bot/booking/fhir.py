"""Appointments as FHIR R4 resources (plain dicts): Schedule, Slot, Appointment. Times are instants with an offset."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.booking.availability import Slot
from bot.booking.repository import Booking, Contact
from bot.clinic import Clinic, Practitioner, Service

# Requirement BK-1: what we make is pending until the clinic confirms it.
STATUS = {"pending": "pending", "confirmed": "booked", "cancelled": "cancelled"}
PARTICIPANT = {"pending": "tentative", "confirmed": "accepted", "cancelled": "declined"}
REFERENCE_SYSTEM = "urn:mesobot:booking-reference"


def schedule(clinic: Clinic, practitioner: Practitioner) -> dict[str, Any]:
    """What a practitioner can be booked for."""
    return {
        "resourceType": "Schedule",
        "id": practitioner.id,
        "active": True,
        "serviceType": [_service(clinic.services[id]) for id in practitioner.services],
        "actor": [_actor(practitioner)],
    }


def slot(clinic: Clinic, one: Slot, *, free: bool = True) -> dict[str, Any]:
    """A time, free or busy."""
    return {
        "resourceType": "Slot",
        "id": slot_id(one),
        "schedule": {"reference": f"Schedule/{one.practitioner}"},
        "serviceType": [_service(clinic.services[one.service])],
        "status": "free" if free else "busy",
        "start": _instant(one.start, clinic.time_zone),
        "end": _instant(one.end, clinic.time_zone),
    }


def slot_id(one: Slot) -> str:
    """A stable id for a time with a practitioner."""
    return f"{one.practitioner}-{one.start:%Y%m%dT%H%MZ}"


def appointment(
    clinic: Clinic, booking: Booking, contact: Contact | None = None, response: str | None = None
) -> dict[str, Any]:
    """A booking. `contact` adds a contained Patient; `response` is the id of the QuestionnaireResponse that goes with
    it. Neither stands in the description, which staff see in lists.
    """
    practitioner = next(one for one in clinic.practitioners if one.id == booking.slot.practitioner)
    patient: dict[str, Any] = {"reference": "#patient"} if contact else {"display": booking.code}
    resource: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": booking.id,
        "meta": {"versionId": str(booking.sequence), "lastUpdated": _instant(booking.changed, clinic.time_zone)},
        "identifier": [{"system": REFERENCE_SYSTEM, "value": booking.code}],
        "status": STATUS[booking.state],
        "serviceType": [_service(clinic.services[booking.slot.service])],
        "description": clinic.services[booking.slot.service].title,
        "start": _instant(booking.slot.start, clinic.time_zone),
        "end": _instant(booking.slot.end, clinic.time_zone),
        "created": _instant(booking.made, clinic.time_zone),
        "slot": [{"reference": f"Slot/{slot_id(booking.slot)}"}],
        "participant": [
            {"actor": patient, "status": "declined" if booking.state == "cancelled" else "accepted"},
            {"actor": _actor(practitioner), "status": PARTICIPANT[booking.state]},
        ],
    }
    if contact:
        resource["contained"] = [_patient(contact)]
    if response:
        resource["supportingInformation"] = [{"reference": f"QuestionnaireResponse/{response}"}]
    if booking.state == "cancelled":
        resource["cancelationReason"] = {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat"}
            ]
        }
    return resource


def bundle(resources: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Several resources as one collection."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def _patient(contact: Contact) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "patient",
        "name": [{"text": contact.name}],
        "telecom": [{"system": contact.channel, "value": contact.address}],
    }


def _actor(practitioner: Practitioner) -> dict[str, str]:
    return {"reference": f"Practitioner/{practitioner.id}", "display": practitioner.name}


def _service(service: Service) -> dict[str, Any]:
    return {"coding": [{"system": "urn:mesobot:service", "code": service.id, "display": service.title}]}


def _instant(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
