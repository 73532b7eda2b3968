"""The desk: what may be booked with a verdict, when, and how a slot becomes an appointment.

It joins the pure parts (availability, wishes, token) with what is kept (`Bookings`). Nothing here asks "is it free?"
before taking it: it takes, and hears if somebody else was first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.booking.availability import Slot, free_slots, openings, slot_at
from bot.booking.repository import Booking, Bookings, Contact, Hold, NotFoundError, SlotTakenError
from bot.booking.token import Tokens
from bot.booking.wishes import Wanted, matching, spread
from bot.clinic import Clinic, Service
from bot.eligibility.validity import allows_booking

CALL_BACK = "call_back"
BY_PHONE = (CALL_BACK, "phone_review")
SHOWN = 4  # slots offered at once


class NoVerdictError(Exception):
    """There is no live verdict that allows this: the health questions come first, or again."""


@dataclass(frozen=True)
class Visitor:
    """Who is talking. `token` is the signed verdict the conversation keeps, `answers` the hash of its answers now, when
    known: a token made for other answers is dead.
    """

    conversation: str
    token: str | None = None
    answers: str | None = None


@dataclass(frozen=True)
class Offer:
    """Slots to choose from. `exact` False: none fits the wish, these are the nearest; `more`: there are later ones."""

    slots: tuple[Slot, ...]
    exact: bool = True
    more: bool = False


class Desk:
    """Holds no state of a conversation. `rules` is the version of the rules a verdict must have been made with."""

    def __init__(self, clinic: Clinic, bookings: Bookings, tokens: Tokens, rules: str) -> None:
        self.clinic = clinic
        self.bookings = bookings
        self._tokens = tokens
        self._rules = rules

    # ---- what a verdict allows

    def verdict(self, visitor: Visitor, now: datetime) -> dict[str, Any] | None:
        """The claims of the visitor's live verdict."""
        return self._tokens.live(visitor.token, rules=self._rules, now=now, answers=visitor.answers)

    def services(self, claims: Mapping[str, Any]) -> tuple[Service, ...]:
        """What can be booked (ruling 2): a hold allows a call-back, "not now" nothing; with clinician review nothing
        that may treat.
        """
        offered = [
            service
            for service in self.clinic.services.values()
            if any(service.id in person.services for person in self.clinic.practitioners)
        ]
        if claims["hold"] and claims["verdict"] != "not_suitable_now":
            return tuple(service for service in offered if service.id == CALL_BACK)
        if not allows_booking(claims):
            return ()
        review = claims["verdict"] == "clinician_review"
        return tuple(one for one in offered if one.id != CALL_BACK and not (review and one.may_treat))

    def not_before(self, service: Service, claims: Mapping[str, Any]) -> date | None:
        """The first day allowed, which binds only what may treat (ruling 7); that day itself is allowed."""
        earliest = claims.get("earliest")
        return date.fromisoformat(earliest) if earliest and service.may_treat else None

    def withdraw_ruled_out(self, conversation: str, claims: Mapping[str, Any], now: datetime) -> list[Booking]:
        """After a changed answer: give up what the conversation holds, and the appointments that the new verdict does
        not allow. {} for claims: no verdict allows anything any more.
        """
        self.bookings.withdraw(conversation)
        return [
            self.bookings.cancel(booking.id, at=now, withdrawn=True)
            for booking in self.bookings.coming(conversation, now)
            if not (claims and self._allows(claims, booking.slot))
        ]

    def _allows(self, claims: Mapping[str, Any], slot: Slot) -> bool:
        service = self.clinic.services.get(slot.service)
        if service is None or service.id == CALL_BACK:
            return True  # talking with someone is always allowed
        earliest = self.not_before(service, claims)
        too_soon = earliest is not None and slot.start.astimezone(self.clinic.time_zone).date() < earliest
        return service in self.services(claims) and not too_soon

    # ---- when

    def offer(
        self,
        service: Service,
        claims: Mapping[str, Any],
        wanted: Wanted,
        now: datetime,
        *,
        after: datetime | None = None,
        count: int = SHOWN,
    ) -> Offer:
        """Free slots that suit, later than `after`; when none does, the nearest from the wished day on."""
        free = self._free(service, claims, now)
        found = [slot for slot in matching(free, wanted, self.clinic.time_zone) if after is None or slot.start > after]
        if found:
            picked = spread(found, self.clinic.time_zone, count)
            return Offer(tuple(picked), more=found[-1].start > picked[-1].start)
        if after is not None:
            return Offer((), exact=False)
        near = matching(free, Wanted(first=wanted.first), self.clinic.time_zone)
        near = near or matching(free, Wanted(), self.clinic.time_zone)
        return Offer(tuple(spread(near, self.clinic.time_zone, count)), exact=False, more=len(near) > count)

    def why_none(self, wanted: Wanted, now: datetime) -> str | None:
        """Why a wish for one day, or from a day on, finds nothing: none_far, none_closed, none_soon; None when it is
        full.
        """
        if wanted.first is None:
            return None
        if wanted.first > now.date() + timedelta(days=int(self.clinic.booking["horizon_days"])):
            return "none_far"
        if wanted.last != wanted.first:
            return None
        if not openings(self.clinic, wanted.first):
            return "none_closed"
        notice = timedelta(hours=float(self.clinic.booking["notice_hours"]))
        return "none_soon" if wanted.first <= (now + notice).date() else None

    def rules_out(self, wanted: Wanted, now: datetime) -> str | None:
        """Why a wish cannot be met whatever is free, as `why_none` says it; None when it may be met."""
        why, notice = self.why_none(wanted, now), timedelta(hours=float(self.clinic.booking["notice_hours"]))
        may_be_late_enough = why == "none_soon" and wanted.first == (now + notice).date()
        return None if may_be_late_enough else why

    def at(self, service: Service, claims: Mapping[str, Any], start: datetime, now: datetime) -> list[Slot]:
        """The free slots that begin at this very time, one for each practitioner."""
        return [slot for slot in self._free(service, claims, now) if slot.start == start]

    def _free(self, service: Service, claims: Mapping[str, Any], now: datetime) -> list[Slot]:
        end = now + timedelta(days=int(self.clinic.booking["horizon_days"]) + 1)
        busy = self.bookings.busy(now, end, now)
        return list(free_slots(self.clinic, service, now=now, busy=busy, not_before=self.not_before(service, claims)))

    # ---- hold, then book

    def hold(
        self, visitor: Visitor, service: Service, start: datetime, now: datetime, practitioner: str | None = None
    ) -> Hold:
        """Keep the time free with this practitioner, or with whoever can. Raises `NoVerdictError`, `SlotTakenError`."""
        claims = self.verdict(visitor, now)
        if claims is None or service not in self.services(claims):
            raise NoVerdictError
        return self._hold(visitor.conversation, service, claims, start, now, practitioner)

    def hold_to_move(
        self, visitor: Visitor, booking: Booking, start: datetime, now: datetime, practitioner: str | None = None
    ) -> Hold:
        """Keep a new time for an appointment. Its own verdict binds it, or a newer one of this conversation."""
        claims = self.claims_of(visitor, booking, now)
        service = self.clinic.services[booking.slot.service]
        return self._hold(visitor.conversation, service, claims, start, now, practitioner)

    def claims_of(self, visitor: Visitor, booking: Booking, now: datetime) -> Mapping[str, Any]:
        """The claims that bind a change of this appointment. Raises `NoVerdictError` when none that allows it lives."""
        fresh = self.verdict(visitor, now)
        if fresh is not None and booking.conversation == visitor.conversation:
            claims: Mapping[str, Any] = fresh
        else:
            claims = booking.claims
        allowed = [service.id for service in self.services(claims)]
        if booking.slot.service not in allowed or now >= datetime.fromisoformat(claims["expires"]):
            raise NoVerdictError
        return claims

    def confirm(self, visitor: Visitor, hold: str, slot: Slot, contact: Contact, now: datetime) -> Booking:
        """Book what is held. Raises `NoVerdictError` (the hold is withdrawn then) and `HoldGoneError`."""
        claims = self.verdict(visitor, now)
        if claims is None or not self._allows(claims, slot):
            self.bookings.withdraw(visitor.conversation)
            raise NoVerdictError
        return self.bookings.confirm(visitor.conversation, hold, contact, claims, at=now)

    def move(self, booking: Booking, hold: str, now: datetime) -> Booking:
        """Give the appointment the held time. Raises `HoldGoneError`, `NotFoundError`."""
        return self.bookings.move(booking.id, hold, at=now)

    def booking(self, visitor: Visitor, code: str, address: str | None, now: datetime) -> Booking:
        """An appointment of this conversation by its code, or anybody's by code and contact. Raises `NotFoundError`."""
        mine = next((one for one in self.bookings.coming(visitor.conversation, now) if one.code == code), None)
        if mine is not None:
            return mine
        if not address:
            raise NotFoundError
        return self.bookings.find(code, address, now)

    def remind(self, booking: str, now: datetime) -> None:
        """The patient wants reminders."""
        self.bookings.remind(booking, at=now)

    def is_soon(self, booking: Booking, now: datetime) -> bool:
        """Within the hours in which the clinic would rather be called."""
        return booking.slot.start - now < timedelta(hours=float(self.clinic.booking["cancel_hours"]))

    def _hold(
        self,
        conversation: str,
        service: Service,
        claims: Mapping[str, Any],
        start: datetime,
        now: datetime,
        practitioner: str | None,
    ) -> Hold:
        until = now + timedelta(minutes=float(self.clinic.booking["hold_minutes"]))
        # What this conversation holds already counts as free for it.
        grid = list(free_slots(self.clinic, service, now=now, not_before=self.not_before(service, claims)))
        people = [slot.practitioner for slot in grid if slot.start == start]
        for person in people if practitioner is None else [one for one in people if one == practitioner]:
            try:
                return self.bookings.hold(conversation, slot_at(service, person, start), at=now, until=until)
            except SlotTakenError:
                continue
        raise SlotTakenError
