"""The demo clinic, a book kept in memory, and a patient who talks to the dialogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.booking.availability import Busy, Slot, units
from bot.booking.desk import Desk, Visitor
from bot.booking.dialogue import Dialogue
from bot.booking.repository import Booking, Contact, Hold, HoldGoneError, NotFoundError, SlotTakenError, Wish
from bot.booking.token import Tokens
from bot.booking.wording import Wording
from bot.clinic import Clinic, load_clinic
from bot.dialogue import State, Step, Turn
from bot.envelope import Reply
from bot.settings import ROOT

RULES = "rules-1"
SECRET = "a secret for tests"
MONDAY = "2026-11-23T10:00:00+00:00"
NOW = datetime.fromisoformat(MONDAY)
BOOK = "I would like to book a consultation"


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic(ROOT / "clinic.yml")


@pytest.fixture(scope="session")
def wording(clinic: Clinic) -> Wording:
    return Wording(clinic)


class BookInMemory:
    """`Bookings` without a database: one unit belongs to one owner."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, int], tuple[str, datetime | None]] = {}
        self.holds: dict[str, tuple[str, Hold]] = {}
        self.bookings: dict[str, Booking] = {}
        self.consumed: dict[str, str] = {}
        self.contacts: dict[str, Contact] = {}
        self.reminders: set[str] = set()
        self.lates: list[str] = []
        self.waiting: list[tuple[Wish, Contact]] = []
        self.returning: list[tuple[Contact, date]] = []

    def busy(self, start: datetime, end: datetime, at: datetime) -> list[Busy]:
        live = [key for key, (_, expires) in self.taken.items() if expires is None or expires > at]
        return [Busy(_moment(unit), _moment(unit + 1), who) for who, unit in live]

    def hold(self, conversation: str, slot: Slot, *, at: datetime, until: datetime) -> Hold:
        self.withdraw(conversation)
        keys = [(slot.practitioner, unit) for unit in units(slot)]
        if any(key in self.taken and (self.taken[key][1] or until) > at for key in keys):
            raise SlotTakenError
        hold = Hold(f"hold{len(self.consumed) + len(self.holds)}-{conversation}-{slot.start:%d%H%M}", slot, until)
        self.taken |= dict.fromkeys(keys, (hold.id, until))
        self.holds[hold.id] = (conversation, hold)
        return hold

    def withdraw(self, conversation: str) -> bool:
        mine = [id for id, (owner, _) in self.holds.items() if owner == conversation]
        for id in mine:
            del self.holds[id]
            self._free(id)
        return bool(mine)

    def confirm(
        self, conversation: str, hold: str, contact: Contact, claims: Mapping[str, Any], *, at: datetime
    ) -> Booking:
        if hold in self.consumed:
            return self.bookings[self.consumed[hold]]
        slot = self._take(hold)
        number = len(self.bookings)
        booking = Booking(
            f"b{number}", conversation, f"K7QP-2MX{number + 2}", "pending", slot, 0, f"calendar{number}", claims, at, at
        )
        self.bookings[booking.id], self.contacts[booking.id] = booking, contact
        self.consumed[hold] = booking.id
        return booking

    def move(self, booking: str, hold: str, *, at: datetime) -> Booking:
        old = self.bookings[booking]
        slot = self._take(hold)
        self._free(*(id for id, owner in self.consumed.items() if owner == booking))
        self.consumed[hold] = booking
        self.bookings[booking] = replace(old, slot=slot, sequence=old.sequence + 1, changed=at)
        return self.bookings[booking]

    def cancel(self, booking: str, *, at: datetime, withdrawn: bool = False) -> Booking:
        old = self.bookings[booking]
        self._free(*(id for id, owner in self.consumed.items() if owner == booking))
        self.bookings[booking] = replace(old, state="cancelled", sequence=old.sequence + 1, changed=at)
        return self.bookings[booking]

    def correct(self, booking: str, contact: Contact, *, at: datetime) -> None:
        name = contact.name or self.contacts[booking].name
        self.contacts[booking] = replace(contact, name=name)

    def coming(self, conversation: str, at: datetime) -> list[Booking]:
        mine = [one for one in self.bookings.values() if one.conversation == conversation]
        return [one for one in mine if one.state != "cancelled" and one.slot.end > at]

    def find(self, code: str, address: str, at: datetime) -> Booking:
        for one in self.bookings.values():
            if one.code == code and self.contacts[one.id].address == address and one.state != "cancelled":
                return one
        raise NotFoundError

    def remind(self, booking: str, *, at: datetime) -> None:
        if self.bookings[booking].state == "cancelled":
            raise NotFoundError
        self.reminders.add(booking)

    def late(self, booking: str, *, at: datetime) -> None:
        self.lates.append(booking)

    def wait(self, conversation: str, wish: Wish, contact: Contact, *, at: datetime) -> None:
        self.waiting.append((wish, contact))

    def refer(self, conversation: str, *, at: datetime) -> str:
        return f"reference-of-{conversation}"

    def remind_to_return(self, conversation: str, contact: Contact, day: date, *, at: datetime) -> None:
        self.returning.append((contact, day))

    def _take(self, hold: str) -> Slot:
        if hold not in self.holds:
            raise HoldGoneError
        _, held = self.holds.pop(hold)
        self.taken |= {key: (hold, None) for key, (owner, _) in self.taken.items() if owner == hold}
        return held.slot

    def _free(self, *owners: str) -> None:
        self.taken = {key: value for key, value in self.taken.items() if value[0] not in owners}


def _moment(unit: int) -> datetime:
    return datetime.fromtimestamp(unit * 300, timezone.utc)


@dataclass
class Patient:
    """Types and picks; remembers what was offered, the open state, and the events."""

    dialogue: Dialogue
    book: BookInMemory
    token: str | None = None
    conversation: str = "c1"
    answers: str | None = None
    now: datetime = field(default_factory=lambda: datetime.fromisoformat(MONDAY))
    state: State | None = None
    replies: tuple[Reply, ...] = ()
    offered: dict[str, str] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def types(self, text: str, *topics: str, certainty: str = "unsure") -> str:
        """What the bot says to typed words."""
        return self._turn(Turn(now=self.now, text=text, topics=topics, certainty=certainty))

    def picks(self, title: str) -> str:
        """What the bot says to a picked choice, by the beginning of its title or by id."""
        fitting = [id for id, shown in self.offered.items() if shown.startswith(title) or id == title]
        assert fitting, f"{title!r} is not among {self.offered}"
        return self._turn(Turn(now=self.now, choices=(fitting[0],)))

    def picks_slot(self, number: int = 0) -> str:
        """Pick one of the offered times."""
        return self.picks([id for id in self.offered if id.startswith("booking:slot:")][number])

    def slots(self) -> list[str]:
        """Titles of the offered times."""
        return [title for id, title in self.offered.items() if id.startswith("booking:slot:")]

    def _turn(self, turn: Turn) -> str:
        visitor = Visitor(self.conversation, self.token, self.answers)
        if self.state is None:
            self.step = self.dialogue.start(turn, visitor)
        else:
            self.step = self.dialogue.advance(self.state, turn, visitor)
        return self._hear(self.step)

    def _hear(self, step: Step) -> str:
        if step.taken:
            self.state = step.state
        self.replies = step.replies
        self.events += step.events
        self.offered = {one.id: one.title for reply in step.replies for one in reply.choices} or self.offered
        return "\n".join(reply.text for reply in step.replies)


def claims(verdict: str = "no_flag", **more: Any) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "hold": False,
        "earliest": None,
        "constraints": [],
        "answers": "hash-1",
        "questionnaire": "1",
        "rules": RULES,
        "issued": MONDAY,
        "expires": (datetime.fromisoformat(MONDAY) + timedelta(days=90)).isoformat(),
        **more,
    }


def token(verdict: str = "no_flag", **more: Any) -> str:
    return Tokens(SECRET).sign(claims(verdict, **more))


@pytest.fixture
def book() -> BookInMemory:
    return BookInMemory()


@pytest.fixture
def dialogue(clinic: Clinic, wording: Wording, book: BookInMemory) -> Dialogue:
    return Dialogue(Desk(clinic, book, Tokens(SECRET), RULES), wording)


@pytest.fixture
def patient(dialogue: Dialogue, book: BookInMemory) -> Patient:
    return Patient(dialogue, book, token())


def at_review(patient: Patient) -> Patient:
    patient.types(BOOK)
    patient.picks_slot()
    patient.types("Sam Lee")
    patient.types("sam@example.org")
    assert patient.state
    assert patient.state["stage"] == "review"
    return patient


def booked(patient: Patient) -> Patient:
    at_review(patient).picks("Yes, book it")
    patient.picks("No, thank you")
    return patient
