"""The calendar file of an appointment (RFC 5545). The same UID with a higher SEQUENCE replaces, CANCEL removes.

Calendars are shared and shown on locked phones: title and text name the clinic and the reference, nothing about health.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from bot.booking.desk import BY_PHONE
from bot.booking.repository import Booking
from bot.booking.wording import Wording
from bot.clinic import Clinic

PRODUCT = "-//Mesobot//Booking//EN"


def calendar_file(booking: Booking, clinic: Clinic, wording: Wording, language: str = "en") -> bytes:
    """The file behind `/calendar/<booking.calendar>.ics`, with the clinic's time zone in it."""
    cancelled = booking.state == "cancelled"
    by_phone = booking.slot.service in BY_PHONE
    event = icalendar.Event()
    event.add("uid", f"{booking.calendar}@mesobot.invalid")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", booking.changed)
    event.add("created", booking.made)
    event.add("last-modified", booking.changed)
    event.add("dtstart", booking.slot.start.astimezone(clinic.time_zone))
    event.add("dtend", booking.slot.end.astimezone(clinic.time_zone))
    event.add("summary", wording.say("event_call" if by_phone else "event_title", language))
    event.add("description", wording.say("event_text", language, code=booking.code))
    event.add("location", clinic.numbers["clinic"].say if by_phone else clinic.values["address"])
    event.add("organizer", f"mailto:{clinic.values['email']}")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(_zone(clinic.time_zone, booking.slot.start))
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _zone(zone: ZoneInfo, around: datetime) -> icalendar.Timezone:
    """The zone with the changes of clock from a year before to a year after: some programs choke on a century of rules.

    `icalendar.Timezone.from_tzinfo` gives the onset of summer time an hour late, so it is written here.
    """
    found = icalendar.Timezone()
    found.add("tzid", zone.key)
    moment, end = around - timedelta(days=366), around + timedelta(days=366)
    before = moment.astimezone(zone).utcoffset()
    found.add_component(_observance(moment.replace(hour=0, minute=0), before, before, zone))
    while moment < end:
        following = moment + timedelta(hours=1)
        offset = following.astimezone(zone).utcoffset()
        if offset != before:
            found.add_component(_observance(following.replace(minute=0), before, offset, zone))
            before = offset
        moment = following
    return found


def _observance(
    onset: datetime, before: timedelta | None, after: timedelta | None, zone: ZoneInfo
) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    local = onset.astimezone(zone)
    found = icalendar.TimezoneDaylight() if local.dst() else icalendar.TimezoneStandard()
    # RFC 5545: the onset is said in the clock time that was valid until then.
    found.add("dtstart", (onset + (before or timedelta(0))).replace(tzinfo=None))
    found.add("tzoffsetfrom", before)
    found.add("tzoffsetto", after)
    found.add("tzname", f"{local:%Z}")
    return found
