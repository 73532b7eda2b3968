"""Asks a patient to write again, after the platform's time for free answers: by a template message, or by e-mail."""

from __future__ import annotations

from bot.booking.outlets import OutletError
from bot.clinic import Clinic
from bot.gateway.channels.contract import Channel, SendError
from bot.gateway.ground import Ground
from bot.gateway.post import Post, letter
from bot.storage import appointments, deliveries
from bot.storage.deliveries import Outgoing


class Inviting:
    """One per gateway. Neither way says anything about health."""

    def __init__(self, ground: Ground, clinic: Clinic, post: Post) -> None:
        self._database = ground.database
        self._wording = ground.wording
        self._clock = ground.clock
        self._clinic = clinic
        self._post = post

    async def ask(self, outgoing: Outgoing, channel: Channel, address: str) -> bool:
        """Whether the patient was asked to write; once is enough for all that is held."""
        if await self._database.run(self._asked, outgoing):
            return True
        if not (await self._by_template(channel, address) or await self._by_mail(outgoing)):
            return False
        await self._database.run(self._note, outgoing)
        return True

    @staticmethod
    async def _by_template(channel: Channel, address: str) -> bool:
        try:
            return await channel.invite(address)
        except SendError:
            return False

    async def _by_mail(self, outgoing: Outgoing) -> bool:
        """To the address that an appointment was booked with."""
        to = await self._database.run(self._mail_address, outgoing)
        if to is None:
            return False
        subject = self._wording.say("channel_letter_subject", outgoing.language)
        text = self._wording.say("channel_letter", outgoing.language)
        try:
            await self._post.deliver(letter(self._clinic.values["email"], to, subject, text))
        except OutletError:
            return False
        return True

    def _asked(self, outgoing: Outgoing) -> bool:
        with self._database.read() as connection:
            heard = deliveries.last_heard(connection, outgoing.person or "", outgoing.channel)
            return deliveries.noted(connection, outgoing.conversation, deliveries.INVITATION, since=heard)

    def _mail_address(self, outgoing: Outgoing) -> str | None:
        with self._database.read() as connection:
            return appointments.email_of(self._database, connection, outgoing.person or "")

    def _note(self, outgoing: Outgoing) -> None:
        with self._database.write() as connection:
            message, at = outgoing.envelope.id, self._clock()
            deliveries.part_sent(connection, outgoing.conversation, message, deliveries.INVITATION, "", at)
