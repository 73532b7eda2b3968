"""Names and contacts that are set right: "no, my e-mail is ...", at any stage, also once it is booked."""

from __future__ import annotations

from bot.booking.arranging import Arranging
from bot.booking.contacts import Address, looks_like_name, read_address, read_name, without_address
from bot.booking.desk import Desk
from bot.booking.replies import ARRANGED, Replies, needs_phone
from bot.booking.repository import Contact
from bot.booking.talk import Talk
from bot.booking.wish_reading import read_wish
from bot.booking.wording import Wording
from bot.dialogue import Step


class Correcting:
    """Only words that name the field, or hold an address where one is known already, count as a correction."""

    def __init__(self, desk: Desk, replies: Replies, wording: Wording, arranging: Arranging) -> None:
        self._desk = desk
        self._replies = replies
        self._wording = wording
        self._arranging = arranging

    def words(self, talk: Talk) -> Step | None:
        """A correction while an appointment is arranged, or right after."""
        state, text = talk.state, talk.turn.text
        if state["stage"] in ("remind", "shown"):
            return self.after_booking(talk)
        if state["stage"] in ("code", "address"):
            return None
        changed = False
        address = self._address(text)
        if address is not None and "address" in state and not (needs_phone(state) and address.channel != "phone"):
            self._arranging.keep_address(talk, address)
            changed = True
        if "name" in state and self._wording.means("change_name", text):
            name = read_name(without_address(text) if address else text)
            if name is not None:
                state["name"], changed = name, True
        if not changed:
            return None
        if "slot" in state and state.get("hold"):
            return self._arranging.next_about_contact(talk)
        return Step(state, (self._replies.question(state),))

    def about_contact(self, talk: Talk) -> Step | None:
        """ "Why do you need my number?", "I'd rather not give it": answered, and the open question again."""
        state, text = talk.state, talk.turn.text
        if state["stage"] not in ARRANGED or self._address(text):
            return None
        if self._wording.means("why_contact", text):
            said = "why_contact"
        elif state["stage"] in ("name", "contact") and self._wording.means("keeps_contact", text):
            said = "may_call"
        else:
            return None
        return Step(state, (self._replies.question(state, [self._wording.say(said, talk.language)]),))

    def early(self, talk: Talk) -> str | None:
        """A name or an address while a time is still to be chosen is noted. What else was said; None without one."""
        text = talk.turn.text
        address = self._address(text)
        rest = without_address(text) if address else text
        is_wish = read_wish(self._wording.plain(rest), talk.now).wanted is not None
        is_name = looks_like_name(rest) or self._wording.means("change_name", rest) or (address and not is_wish)
        name = read_name(rest) if is_name else None
        if address is None and name is None:
            return None
        if address is not None:
            self._arranging.keep_address(talk, address)
        if name is not None:
            talk.state["name"] = name
        return "" if name else rest.strip()

    def after_booking(self, talk: Talk) -> Step | None:
        """A new contact for the one appointment that this conversation has."""
        address = self._address(talk.turn.text)
        coming = self._desk.bookings.coming(talk.visitor.conversation, talk.now) if address else []
        if address is None or len(coming) != 1:
            return None
        self._desk.bookings.correct(coming[0].id, Contact("", address.channel, address.value), at=talk.now)
        reply = self._replies.notice("corrected", talk.language, contact=address.shown)
        state = talk.state if talk.state["stage"] in ("remind", "shown") else None
        return Step(state, (reply,))

    def _address(self, text: str) -> Address | None:
        return read_address(text, self._desk.clinic.country)
