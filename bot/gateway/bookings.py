"""Bookings beside the chat: the calendar file, and the jobs by which clinic and patient hear of changes.

booking.changed   fans out: one `booking.deliver` for each outlet of the clinic, one for the patient's e-mail or phone;
                  what the clinic itself changed is also told in the chat
booking.deliver   one attempt; temporary failures are tried again, permanent ones are dead at once for staff to see
booking.reminder  72 and 24 hours before, if the patient asked for it and the appointment is still the same
booking.freed     finds those who wait longest for such a time; `booking.free` tells one of them
booking.return    the reminder that someone asked for after a "not now"
person.missed     nobody took the conversation in time: the patient hears how else to reach the clinic
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.booking.calendar import calendar_file
from bot.booking.outlets import Outlet, OutletError, notice_of
from bot.booking.replies import Replies
from bot.booking.repository import Booking, Contact
from bot.booking.wishes import NOON
from bot.booking.wording import Wording
from bot.clinic import Clinic
from bot.eligibility.dialogue import RECHECK
from bot.envelope import Choice, Reply
from bot.gateway.booking_outlets import ClinicMail
from bot.gateway.ground import Ground, delivery_of
from bot.gateway.logs import log
from bot.gateway.post import Post, letter
from bot.gateway.problems import ProblemError
from bot.storage import appointments, conversations, handovers, jobs, outbox, requests
from bot.storage.bookings import PATIENT
from bot.storage.jobs import Job

# Who is not told of a change, because it is their own doing.
SPARED = {"late": frozenset({PATIENT}), "confirmed": frozenset({ClinicMail.name})}


class Bookings:
    """`routes` for the application, `handlers` for the worker."""

    def __init__(
        self,
        ground: Ground,
        clinic: Clinic,
        wording: Wording,
        outlets: Sequence[Outlet],
        post: Post,
        text: Callable[[str, str], Awaitable[None]],
        public: str,
    ) -> None:
        """`text` sends an SMS to a number (raises `OutletError`); `public` is our address, "" when nobody knows it."""
        self._ground = ground
        self._database = ground.database
        self._clinic = clinic
        self._wording = wording
        self._replies = Replies(clinic, wording)
        self._outlets = {outlet.name: outlet for outlet in outlets}
        self._post = post
        self._text = text
        self._public = public
        self.handlers = {
            "booking.changed": self._changed,
            "booking.deliver": self._deliver,
            "booking.reminder": self._remind,
            "booking.freed": self._freed,
            "booking.free": self._free,
            "booking.return": self._return,
            "person.missed": self._missed,
        }

    def routes(self) -> list[Route]:
        """`GET /calendar/<random>.ics`."""
        return [Route("/calendar/{name}.ics", self._calendar, methods=["GET"])]

    async def _calendar(self, request: Request) -> Response:
        found = await self._database.run(self._by_calendar, request.path_params["name"])
        if found is None:
            raise ProblemError(404)
        booking, language = found
        return Response(
            calendar_file(booking, self._clinic, self._wording, language),
            media_type="text/calendar; charset=utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="appointment.ics"',
                "Cache-Control": "no-store",
                "X-Robots-Tag": "noindex",
            },
        )

    # ---- jobs

    async def _changed(self, job: Job) -> None:
        await self._database.run(self._fan_out, job)

    async def _deliver(self, job: Job) -> None:
        found = await self._database.run(self._find, job.payload["booking"])
        if found is None:
            return
        booking, contact, language = found
        if booking.sequence != job.payload["sequence"]:
            return  # a later change tells it all
        change = job.payload["change"]
        if job.payload["outlet"] != PATIENT:
            if outlet := self._outlets.get(job.payload["outlet"]):
                await self._attempt(job, outlet.send(notice_of(booking, change, self._clinic)))
            return
        if change == "withdrawn":
            text = self._wording.say("withdrawn", language, **self._values(booking, language))
            human = Choice("human", self._wording.title("human", language))
            await self._say(booking.conversation, Reply("notice", "withdrawn", text, (human,)), job.id)
        elif job.payload.get("by_clinic"):
            await self._say(booking.conversation, self._replies.by_clinic(booking, change, language), job.id)
            change = f"clinic_{change}"
        calendar = calendar_file(booking, self._clinic, self._wording, language)
        values = self._values(booking, language)
        await self._attempt(job, self._write(contact, change, values, language, calendar=calendar))

    async def _remind(self, job: Job) -> None:
        found = await self._database.run(self._find, job.payload["booking"])
        if found is None:
            return
        booking, contact, language = found
        if booking.state == "cancelled" or booking.sequence != job.payload["sequence"]:
            return
        if booking.slot.start <= self._ground.clock():
            return
        values = self._values(booking, language)
        text = self._wording.say("mail_reminder", language, **values)
        check = Choice(RECHECK, self._wording.title("recheck", language))
        # A job may come twice; the chat message is keyed by the job, so that it stands there once.
        await self._say(booking.conversation, Reply("notice", "reminder", text, (check,)), job.id)
        link = await self._database.run(self._link, booking) if self._public else ""
        more = self._wording.say("recheck", language, link=link) if link else ""
        await self._attempt(job, self._write(contact, "reminder", values, language, more=more))

    async def _freed(self, job: Job) -> None:
        if datetime.fromisoformat(job.payload["starts"]) > self._ground.clock():
            await self._database.run(self._plan_free, job)

    async def _free(self, job: Job) -> None:
        contact, language = await self._database.run(self._contact, job)
        values = {"moment": self._wording.moment(datetime.fromisoformat(job.payload["starts"]), language)}
        start = Choice("booking:start", self._wording.title("start", language))
        reply = Reply("notice", "time_free", self._wording.say("mail_free", language, **values), (start,))
        await self._say(str(job.conversation), reply, job.id)
        await self._attempt(job, self._write(contact, "free", values, language))

    async def _return(self, job: Job) -> None:
        contact, language = await self._database.run(self._contact, job)
        await self._attempt(job, self._write(contact, "return", {}, language))

    async def _missed(self, job: Job) -> None:
        conversation = await self._database.run(self._miss, job.payload["request"])
        if conversation is not None:
            self._ground.hub.wake(conversation)

    async def _say(self, conversation: str, reply: Reply, id: str) -> None:
        if await self._database.run(self._append, conversation, reply, id):
            self._ground.hub.wake(conversation)

    # ---- letters and text messages

    async def _attempt(self, job: Job, sending: Awaitable[None]) -> None:
        """A temporary fault is tried again by the worker; a permanent one is dead at once, for staff to see."""
        try:
            await sending
        except OutletError as error:
            log.warning("booking.not_delivered", job=job.id, kind=job.kind, error=str(error))
            if not error.permanent:
                raise
            await self._database.run(self._bury, job.id, str(error))

    async def _write(
        self,
        contact: Contact | None,
        kind: str,
        values: dict[str, str],
        language: str,
        *,
        calendar: bytes | None = None,
        more: str = "",
    ) -> None:
        """To the address or the number that was given. Never a word about health."""
        if contact is None:
            return
        text = "\n\n".join(filter(None, (self._wording.say(f"mail_{kind}", language, **values), more)))
        if contact.channel == "phone":
            await self._text(contact.address, text)
            return
        subject = self._wording.say(f"mail_subject_{kind}", language)
        sender = self._clinic.values["email"]
        await self._post.deliver(letter(sender, contact.address, subject, text, calendar=calendar))

    def _values(self, booking: Booking, language: str) -> dict[str, str]:
        return {"moment": self._wording.moment(booking.slot.start, language), "code": booking.code}

    # ---- transactions

    def _by_calendar(self, name: str) -> tuple[Booking, str] | None:
        with self._database.read() as connection:
            booking = appointments.by_calendar(self._database, connection, name)
            return None if booking is None else (booking, _language(connection, booking.conversation))

    def _find(self, id: str) -> tuple[Booking, Contact | None, str] | None:
        with self._database.read() as connection:
            booking = appointments.by_id(self._database, connection, id)
            if booking is None:
                return None
            contact = appointments.contact_of(self._database, connection, id)
            return booking, contact, _language(connection, booking.conversation)

    def _contact(self, job: Job) -> tuple[Contact | None, str]:
        """Who is to be written to, and in which language."""
        with self._database.read() as connection:
            contact = appointments.contact_by_id(self._database, connection, job.payload["contact"])
            return contact, _language(connection, str(job.conversation))

    def _link(self, booking: Booking) -> str:
        """Opens the chat once, until the appointment begins. No log and no Referer header holds what is after "#"."""
        with self._database.write() as connection:
            token = handovers.offer(connection, booking.conversation, self._ground.clock(), booking.slot.start)
        return f"{self._public}/continue#{token}"

    def _fan_out(self, job: Job) -> None:
        with self._database.write() as connection:
            booking = appointments.by_id(self._database, connection, job.payload["booking"])
            if booking is None:
                return
            change = job.payload["change"]
            told = {*self._outlets, PATIENT} - SPARED.get(change, frozenset())
            for name in sorted(told):
                payload = {**job.payload, "sequence": booking.sequence, "outlet": name}
                jobs.add(
                    self._database,
                    connection,
                    "booking.deliver",
                    payload,
                    self._ground.clock(),
                    unique_key=f"booking.deliver:{job.id}:{name}",
                    conversation=booking.conversation,
                )

    def _bury(self, job: str, fault: str) -> None:
        with self._database.write() as connection:
            appointments.bury(connection, job, fault)

    def _plan_free(self, job: Job) -> None:
        start = datetime.fromisoformat(job.payload["starts"])
        local, at = start.astimezone(self._clinic.time_zone), self._ground.clock()
        part = "morning" if local.time() < NOON else "afternoon"
        with self._database.write() as connection:
            service = job.payload["service"]
            for conversation, contact in appointments.take_waiting(connection, service, local.date(), part, at):
                payload = {"starts": job.payload["starts"], "contact": contact}
                key = f"booking.free:{job.id}:{contact}"
                jobs.add(
                    self._database, connection, "booking.free", payload, at, unique_key=key, conversation=conversation
                )

    def _append(self, conversation: str, reply: Reply, id: str) -> bool:
        """Put a message into the chat; False when it cannot be, stands there already, or a person speaks there now."""
        try:
            with self._database.write() as connection:
                room, _ = conversations.lock(connection, conversation)
                if room is None or room.owner is not None:
                    return False
                at, delivery = self._ground.clock(), delivery_of(room.channel)
                outbox.append(self._database, connection, conversation, reply, at, delivery=delivery, id=id)
        except (conversations.ErasedError, IntegrityError):
            return False
        return True

    def _miss(self, request: str) -> str | None:
        with self._database.write() as connection:
            conversation = requests.missed(connection, request, self._ground.clock())
            room = conversations.lock(connection, conversation)[0] if conversation else None
            if room is None or room.owner is not None or room.erased_at is not None:
                return None
            notice = self._ground.wording.notice("human_still_waiting", room.language)
            at, delivery = self._ground.clock(), delivery_of(room.channel)
            outbox.append(self._database, connection, room.id, notice, at, delivery=delivery)
            return room.id


def _language(connection: Connection, conversation: str) -> str:
    """The language in which the conversation is held."""
    room = conversations.find(connection, conversation)
    return (room.language if room else None) or "en"
