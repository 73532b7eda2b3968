"""Where the clinic hears of bookings: a signed webhook and e-mail (`bot.booking.outlets.Outlet`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.booking.outlets import Notice, Outlet, signature
from bot.booking.wording import Wording
from bot.clinic import Clinic
from bot.gateway.post import Post, letter, post_signed
from bot.settings import Settings
from bot.storage.tables import now


class BookingWebhook:
    """POST with `Mesobot-Signature` and `Idempotency-Key`; any 2xx is a receipt."""

    name = "webhook"

    def __init__(self, url: str, secret: str, clock: Callable[[], datetime] = now) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock

    async def send(self, notice: Notice) -> None:
        body = notice.body()
        await post_signed(self._url, body, signature(self._secret, body, self._clock()), notice.key)


class ClinicMail:
    """An e-mail to the clinic's reception."""

    name = "email"

    def __init__(self, post: Post, to: str, clinic: Clinic, wording: Wording) -> None:
        self._post = post
        self._to = to
        self._sender = clinic.values["email"]
        self._wording = wording

    async def send(self, notice: Notice) -> None:
        values = {
            "code": notice.code,
            "change": self._wording.say(f"change_{notice.change}"),
            "title": notice.title,
            "moment": self._wording.moment(datetime.fromisoformat(notice.start)),
            "practitioner": notice.practitioner,
        }
        subject, text = (self._wording.say(key, **values) for key in ("staff_subject", "staff_body"))
        await self._post.deliver(letter(self._sender, self._to, subject, text))


def make_booking_outlets(settings: Settings, clinic: Clinic, post: Post, wording: Wording) -> list[Outlet]:
    """The outlets that clinic.yml names under `booking`: `webhook` (an address), `email` (true, or an address).

    Without any, the built-in calendar is all there is, and it is complete.
    """
    outlets: list[Outlet] = []
    if clinic.booking.get("webhook"):
        outlets.append(BookingWebhook(str(clinic.booking["webhook"]), settings.secret_key))
    mail = clinic.booking.get("email")
    if mail:
        outlets.append(ClinicMail(post, clinic.values["email"] if mail is True else str(mail), clinic, wording))
    return outlets
