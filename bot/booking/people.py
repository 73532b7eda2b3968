"""Handing over to people: why, what staff read first, and when the patient can expect an answer.

    requests.ask(...)  ->  waiting  ->  taken (a staff member speaks)  ->  closed
                                    ->  missed (nobody came in time; the patient is told how else to reach the clinic)

Until a staff member takes the conversation over, the bot goes on answering: someone who asked for a person at night can
still read the opening hours, and danger is still seen. From the take-over on it is silent on every path, which the
gateway checks again right before a reply is delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from bot.booking.availability import openings
from bot.booking.repository import Booking
from bot.booking.wording import Wording
from bot.clinic import Clinic

Reason = Literal["asked", "two_failures", "review", "withdrawn", "danger", "complaint", "call_back", "booking_page"]
FOR_REVIEW = ("clinician_review", "not_suitable_now")  # verdicts that a clinician is asked about
PATIENCE = timedelta(minutes=10)  # of opening time, then the patient is told that nobody was free
FAR = 60  # days


@dataclass(frozen=True)
class Summary:
    """What staff read first. `lines` are facts, no transcript: that is one click away."""

    reason: Reason
    topic: str = ""
    verdict: str = ""
    appointment: str = ""
    lines: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """JSON form, kept encrypted."""
        given = {"topic": self.topic, "verdict": self.verdict, "appointment": self.appointment}
        return {"reason": self.reason, **{key: value for key, value in given.items() if value}, "lines": self.lines}


@dataclass(frozen=True)
class Request:
    """A wish for a person. `state`: waiting, taken, closed, missed."""

    id: str
    conversation: str
    reason: str
    state: str
    asked: datetime
    taken_by: str | None


class Requests(Protocol):
    """`bot/storage/requests.py` keeps them. Every call is one transaction."""

    def ask(self, conversation: str, summary: Summary, *, at: datetime, give_up: datetime | None) -> Request:
        """Put on the staff's list. A conversation waits once: asking again returns the request that waits. `give_up` is
        when the patient is told that nobody came.
        """

    def is_open(self, conversation: str) -> bool:
        """Did the patient ask for somebody who has not come yet?"""

    def withdraw(self, conversation: str, *, at: datetime) -> bool:
        """The patient no longer needs anybody."""


def summary(
    wording: Wording,
    reason: Reason,
    *,
    topic: str = "",
    verdict: str = "",
    bookings: Sequence[Booking] = (),
    doing: str = "",
) -> Summary:
    """What staff read first. `doing` is the dialogue that is open: questionnaire, booking, aftercare."""
    lines = [
        wording.say("summary_appointment", moment=wording.moment(one.slot.start), code=one.code) for one in bookings
    ]
    if doing:
        lines.append(wording.say(f"summary_{doing}"))
    return Summary(reason, topic, verdict, bookings[0].code if bookings else "", tuple(lines))


def is_open(clinic: Clinic, now: datetime) -> bool:
    """Is somebody there now? Public holidays and closed days count."""
    return any(start <= now < end for start, end in openings(clinic, now.astimezone(clinic.time_zone).date()))


def next_opening(clinic: Clinic, now: datetime) -> datetime | None:
    """When somebody is there next, in the clinic's zone; `now` when open, None when closed for long."""
    local = now.astimezone(clinic.time_zone)
    if is_open(clinic, now):
        return local
    for ahead in range(FAR):
        for start, _ in openings(clinic, local.date() + timedelta(days=ahead)):
            if start > now:
                return start.astimezone(clinic.time_zone)
    return None


def give_up_at(clinic: Clinic, now: datetime, patience: timedelta = PATIENCE) -> datetime | None:
    """When to say that nobody was free: `patience` after the clinic is, or will be, open."""
    opening = next_opening(clinic, now)
    return None if opening is None else opening + patience


def opens(clinic: Clinic, wording: Wording, now: datetime, language: str = "en") -> str | None:
    """When the clinic opens next, to be said after "We open": "tomorrow at 09:00". None while it is open."""
    if is_open(clinic, now):
        return None
    opening = next_opening(clinic, now)
    if opening is None:
        return wording.say("open_unknown", language)
    days = (opening.date() - now.astimezone(clinic.time_zone).date()).days
    key = {0: "open_today", 1: "open_tomorrow"}.get(days, "open_day")
    return wording.say(key, language, time=f"{opening:%H:%M}", day=wording.day(opening.date(), language))
