"""How the clinic's own systems learn of a booking. One contract: `send` returns, or raises `OutletError`.

The built-in calendar is the database itself and needs no outlet. Others get the bare appointment: reference, times,
service, practitioner, and the way to ask for more; never a name, a contact or a word about health.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.booking.repository import Booking
from bot.clinic import Clinic

PURPOSE = b"mesobot.booking-webhook.v1"
SECONDS = 8.0  # an outlet that takes longer has failed for now


class OutletError(Exception):
    """The outlet did not take it. `permanent`: trying again is of no use. The message names the kind of failure."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True)
class Notice:
    """One change of one booking. `key` is the same for every attempt to tell it."""

    key: str
    change: str  # booked | confirmed | moved | cancelled | withdrawn | late
    booking: str
    code: str
    state: str
    sequence: int
    service: str
    title: str
    practitioner: str
    start: str
    end: str

    def body(self) -> bytes:
        """JSON, for a webhook."""
        return json.dumps({"type": "booking", **asdict(self)}, ensure_ascii=False).encode()


class Outlet(Protocol):
    """A way to tell the clinic."""

    name: str

    async def send(self, notice: Notice) -> None:
        """Hand over within `SECONDS`. Raises `OutletError`."""


def notice_of(booking: Booking, change: str, clinic: Clinic) -> Notice:
    """What is told about a change."""
    practitioner = next((one.name for one in clinic.practitioners if one.id == booking.slot.practitioner), "")
    service = clinic.services.get(booking.slot.service)
    return Notice(
        key=f"{booking.id}-{booking.sequence}-{change}",
        change=change,
        booking=booking.id,
        code=booking.code,
        state=booking.state,
        sequence=booking.sequence,
        service=booking.slot.service,
        title=service.title if service else booking.slot.service,
        practitioner=practitioner,
        start=booking.slot.start.astimezone(clinic.time_zone).isoformat(),
        end=booking.slot.end.astimezone(clinic.time_zone).isoformat(),
    )


def signature(secret: str, body: bytes, at: datetime, purpose: bytes = PURPOSE) -> str:
    """`Mesobot-Signature: t=<unix time>,v1=<HMAC-SHA256 of "t.body">`, its key derived from the secret."""
    key = hmac.new(secret.encode(), purpose, hashlib.sha256).digest()
    stamp = str(int(at.timestamp()))
    return f"t={stamp},v1={hmac.new(key, stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def verdict_on(status: int) -> OutletError | None:
    """What an HTTP status says: taken, not now, or never. A full or slow server is "not now"."""
    if 200 <= status < 300:
        return None
    return OutletError(f"status {status}", permanent=400 <= status < 500 and status not in (408, 409, 425, 429))


def page_link(link: str, reference: str) -> str:
    """The clinic's own booking page with an opaque reference, and nothing else of ours."""
    parts = urlsplit(link)
    query = [*parse_qsl(parts.query), ("reference", reference)]
    return urlunsplit(parts._replace(query=urlencode(query)))
