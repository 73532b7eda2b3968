"""A console without a network, people who work with it, and conversations that they find there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import select

from bot.booking.availability import free_slots
from bot.booking.people import Summary
from bot.booking.repository import Booking, Contact
from bot.console.app import create_app
from bot.console.ground import Ground
from bot.eligibility.assessment import assess
from bot.eligibility.validity import claims
from bot.eligibility.values import read_all
from bot.envelope import Choice, Reply, Source
from bot.storage import alerts, assessments, audit, conversations, inbox, outbox, staff
from bot.storage.bookings import StoredBookings
from bot.storage.requests import StoredRequests
from bot.storage.tables import new_id, now
from bot.storage.turns import TurnStore
from tests.unit.eligibility.conftest import HEALTHY, QUESTIONNAIRE

URL = "http://console.test"
CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Colleague:
    """Someone signed in, with a browser of their own."""

    http: httpx.AsyncClient
    id: str
    role: str
    csrf: str = ""

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf, **form}, headers={"Origin": URL})


@dataclass
class Office:
    """The console with its ground; the clock can be turned."""

    ground: Ground
    app: Any
    turned: timedelta = field(default=timedelta())

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=URL)

    async def colleague(self, role: str, name: str = "") -> Colleague:
        """Signed in, without the pages that lead there (they have tests of their own)."""
        token = f"token-{new_id()}"
        with self.ground.database.write() as connection:
            id = staff.add(connection, name or f"{role} {new_id()[:6]}", role, self.ground.clock())
            staff.begin(connection, id, token, self.ground.clock())
        http = self.browser()
        http.cookies.set("mesobot_staff" if not self.ground.production else "__Host-staff", token)
        found = CSRF.search((await http.get("/")).text)
        assert found
        return Colleague(http, id, role, found[1])


@asynccontextmanager
async def office(ground: Ground) -> AsyncIterator[Office]:
    """Ready to be asked."""
    here = Office(ground, None)
    object.__setattr__(ground, "clock", lambda: now() + here.turned)
    here.app = create_app(ground)
    yield here


# ---- what patients left


def conversation(ground: Ground, text: str = "Does it hurt?", *, channel: str = "web", test: bool = False) -> str:
    """A question that was understood and answered."""
    room, at = new_id(), ground.clock()
    database = ground.database
    with database.write() as connection:
        conversations.ensure(connection, room, channel, at, language="en", person=new_id(), test=test)
        said = outbox.append(database, connection, room, Reply("text", "message", text), at, sender="patient")
        received = inbox.accept(
            database, connection, room, channel=channel, external_id=new_id(), seq=said.seq, at=at, text=text, done=True
        )
        answer = Reply(
            "answer",
            "pain_numbing",
            "Most people feel quick pricks.",
            (Choice("topic:side_effects_risks", "Side effects"),),
            sources=(Source("NHS", "2026-11-02"),),
        )
        outbox.append(database, connection, room, answer, at, inbox=received)
    tracker = b'{"v":1,"slots":{"area":"scalp"},"loop":null,"paused":false}'
    TurnStore(database).commit(received, room, tracker, [answer], reading(text))
    return room


def reading(text: str) -> dict[str, Any]:
    """As an engine would say how it understood this."""
    return {
        "topics": [{"topic": "pain_numbing", "confidence": 0.41, "span": [0, len(text)]}],
        "nearest": [{"topic": "side_effects_risks", "confidence": 0.3, "span": [0, len(text)]}],
        "certainty": "unsure",
        "tier": "expected",
        "flag": "X1",
        "words": ["hurt"],
        "disclosures": [
            {"fact": "preg.pregnant", "polarity": "negated", "subject": "self", "time": "", "value": None, "words": "x"}
        ],
        "language": "en",
        "rule": "X1.2",
        "actions": ["action_answer"],
        "cards": [
            {"card": "pain_numbing", "language": "en", "number": 3, "digest": "0123456789ab", "reviewed": "2026-11-02"},
            {"card": "X1", "language": "en", "digest": "ba9876543210"},
        ],
        "slots": {"area": "scalp"},
    }


def alert(ground: Ground, room: str, at: datetime | None = None) -> str:
    """Danger in a conversation."""
    with ground.database.write() as connection:
        id = alerts.raise_alert(
            ground.database,
            connection,
            room,
            flag="E1",
            tier="emergency",
            at=at or ground.clock(),
            card=Reply("alert", "E1", "Call 999 now."),
            words="my throat is closing",
        )
    assert id
    return id


def request(ground: Ground, room: str) -> None:
    """Someone who wants a person."""
    summary = Summary("asked", topic="price_payment", lines=("Asked about the price.",))
    StoredRequests(ground.database).ask(room, summary, at=ground.clock(), give_up=None)


def assessment(ground: Ground, room: str) -> str:
    """A finished questionnaire: somebody takes a blood thinner."""
    at = ground.clock()
    given = HEALTHY | {"meds.thinner": "Y", "meds.thinner.name": "warfarin"}
    values, _ = read_all(QUESTIONNAIRE, given, at.date())
    outcome = assess(QUESTIONNAIRE, values, at.date())
    finished = {
        "assessment": outcome.as_dict(),
        "answers": values,
        "how": {"meds.thinner": "typed"},
        "conflicts": [],
        "consent": {"version": "1", "at": at.isoformat()},
        "claims": claims(QUESTIONNAIRE, outcome, values, at),
        "amended": False,
    }
    with ground.database.write() as connection:
        return assessments.keep(ground.database, connection, room, new_id(), finished, at)


def booking(ground: Ground, room: str, name: str = "Pat Example") -> Booking:
    """An appointment that the clinic has not looked at yet."""
    at, store = ground.clock(), StoredBookings(ground.database)
    service = ground.clinic.services["consultation"]
    busy = store.busy(at, at + timedelta(days=30), at)
    slot = next(free_slots(ground.clinic, service, now=at, busy=busy))
    hold = store.hold(room, slot, at=at, until=at + timedelta(minutes=5))
    contact = Contact(name, "email", "pat@example.org")
    made = {"verdict": "no_flag", "hold": False, "earliest": None, "constraints": [], "expires": at.isoformat()}
    return store.confirm(room, hold.id, contact, made, at=at)


def trail(office: Office, who: Colleague) -> list[tuple[str, str | None]]:
    """What `who` did, in order: (what, conversation). The chain of the record is unbroken."""
    with office.ground.database.read() as connection:
        query = select(audit.audit.c.what, audit.audit.c.conversation).where(audit.audit.c.who == who.id)
        assert audit.first_break(connection) is None
        return [(row.what, row.conversation) for row in connection.execute(query.order_by(audit.audit.c.number))]
