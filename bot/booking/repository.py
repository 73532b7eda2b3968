"""What booking needs kept, and the values it keeps. `bot/storage/bookings.py` implements it.

The promise that nobody is booked twice is a database constraint on (practitioner, 5-minute unit): `hold` inserts, and
the insert that comes second fails. Nothing here is decided by looking first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from bot.booking.availability import Busy, Slot

HOURS_BEFORE = (72, 24)  # when an appointment is reminded of


class SlotTakenError(Exception):
    """Somebody else was first."""


class HoldGoneError(Exception):
    """The hold was withdrawn, or ran out and somebody else took the time."""


class NotFoundError(Exception):
    """No such booking, or it is over."""


class LockedError(NotFoundError):
    """Wrong pairs of code and contact came too often; for a while not even the right one is looked at."""


@dataclass(frozen=True)
class Contact:
    """Who comes and how to reach them. `channel` is "email" or "phone"; kept apart from everything about health."""

    name: str
    channel: str
    address: str


@dataclass(frozen=True)
class Hold:
    """A slot kept free for one conversation until `expires`."""

    id: str
    slot: Slot
    expires: datetime


@dataclass(frozen=True)
class Booking:
    """An appointment. `state`: pending (made; the clinic has not looked yet), confirmed, cancelled.

    `code` is what the patient quotes; `calendar` the random name of the calendar file; `sequence` grows with every
    change. `claims` are those of the verdict it was made with, {} for a call-back.
    """

    id: str
    conversation: str
    code: str
    state: str
    slot: Slot
    sequence: int
    calendar: str
    claims: Mapping[str, Any]
    made: datetime
    changed: datetime


@dataclass(frozen=True)
class Wish:
    """A place on the waiting list."""

    service: str
    part: str = ""  # "", morning, afternoon, evening
    first: date | None = None
    last: date | None = None


class Bookings(Protocol):
    """Every call is one transaction. `at` is the time of asking; all times are aware. Nothing is written for a
    conversation that was erased: the caller's storage says so with an error of its own.
    """

    def busy(self, start: datetime, end: datetime, at: datetime) -> list[Busy]:
        """What is taken between two moments: live holds, bookings, blocked times."""

    def hold(self, conversation: str, slot: Slot, *, at: datetime, until: datetime) -> Hold:
        """Keep a slot free. A conversation holds one slot: an older hold of it is given back. Asking again for the
        slot that one holds already returns that hold, renewed. Raises `SlotTakenError`.
        """

    def withdraw(self, conversation: str) -> bool:
        """Give back what the conversation holds, because an answer changed; False when it holds nothing."""

    def confirm(
        self, conversation: str, hold: str, contact: Contact, claims: Mapping[str, Any], *, at: datetime
    ) -> Booking:
        """Make the hold a booking. The same hold again returns the same booking. Raises `HoldGoneError`."""

    def move(self, booking: str, hold: str, *, at: datetime) -> Booking:
        """Give a booking the time of a hold. The same hold again changes nothing. Raises `HoldGoneError`,
        `NotFoundError`.
        """

    def cancel(self, booking: str, *, at: datetime, withdrawn: bool = False) -> Booking:
        """Free the time. Again changes nothing. `withdrawn`: it was not the patient who wanted it, but a new verdict
        that rules it out. Raises `NotFoundError`.
        """

    def correct(self, booking: str, contact: Contact, *, at: datetime) -> None:
        """Give a booking another contact; an empty name keeps the old one. Raises `NotFoundError`."""

    def coming(self, conversation: str, at: datetime) -> list[Booking]:
        """The conversation's appointments that are not over, soonest first."""

    def find(self, code: str, address: str, at: datetime) -> Booking:
        """By reference code and contact, from any conversation. Raises `NotFoundError` for either being wrong,
        `LockedError` after too many wrong ones.
        """

    def remind(self, booking: str, *, at: datetime) -> None:
        """The patient wants reminders, `HOURS_BEFORE` the appointment, also when it is moved."""

    def late(self, booking: str, *, at: datetime) -> None:
        """Tell the clinic that the patient is running late."""

    def wait(self, conversation: str, wish: Wish, contact: Contact, *, at: datetime) -> None:
        """Put on the waiting list; a conversation has one place per service."""

    def refer(self, conversation: str, *, at: datetime) -> str:
        """An opaque reference by which staff find the conversation of someone who books on the clinic's own page."""

    def remind_to_return(self, conversation: str, contact: Contact, day: date, *, at: datetime) -> None:
        """Write once, on that day, that the patient may come back to the chat."""
