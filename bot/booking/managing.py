"""An appointment that is there: shown, moved, cancelled, running late. By this conversation, or by code and contact."""

from __future__ import annotations

import re
from typing import Any

from bot.booking.arranging import Arranging
from bot.booking.contacts import read_address
from bot.booking.desk import Desk, NoVerdictError
from bot.booking.replies import Replies
from bot.booking.repository import Booking, LockedError, NotFoundError
from bot.booking.talk import Talk
from bot.booking.wish_reading import read_wish
from bot.booking.wishes import Wanted
from bot.booking.wording import Wording
from bot.dialogue import Step

CODE = re.compile(r"\b([2-9BCDFGHJKMNP-TV-Z]{4})[\s-]?([2-9BCDFGHJKMNP-TV-Z]{4})\b", re.IGNORECASE)
TRIES = 3  # wrong pairs of code and contact in one conversation, then a person


class Managing:
    """`purpose` in the state says what is wanted: look, move, cancel or late."""

    def __init__(self, desk: Desk, replies: Replies, wording: Wording, arranging: Arranging) -> None:
        self._desk = desk
        self._replies = replies
        self._wording = wording
        self._arranging = arranging

    def begin(self, talk: Talk, code: str = "") -> Step:
        """Find the appointment, asking for the code if this conversation made none."""
        coming = self._desk.bookings.coming(talk.visitor.conversation, talk.now)
        asked = code or read_code(talk.turn.text) or ""
        mine = [one for one in coming if not asked or one.code == asked]
        if len(mine) == 1:
            return self._found(talk, mine[0])
        if len(mine) > 1:
            titles = [[one.code, self._wording.slot_title(one.slot, talk.language)] for one in mine]
            talk.state.update(stage="pick", several=titles)
            return self._ask(talk)
        proof = talk.state.get("proof")
        if asked and proof:
            return self._look_up(talk, asked, proof)
        if talk.state["purpose"] == "late" and not asked:
            # On the way nobody looks for a code: the card says whom to call and how long we wait.
            return Step(None, (), events=(("asks_policy", {}),))
        talk.state["stage"] = "address" if asked else "code"
        if asked:
            talk.state["code"] = asked
        return self._ask(talk)

    def typed_code(self, talk: Talk) -> Step | None:
        """The reference code, perhaps with the contact in the same line."""
        code = read_code(talk.turn.text)
        if code is None:
            return None
        talk.state["code"] = code
        address = read_address(CODE.sub(" ", talk.turn.text), self._desk.clinic.country)
        if address is not None:
            return self._look_up(talk, code, address.value)
        return self.begin(talk, code)

    def typed_address(self, talk: Talk) -> Step | None:
        """The contact given when booking."""
        address = read_address(talk.turn.text, self._desk.clinic.country)
        return None if address is None else self._look_up(talk, talk.state["code"], address.value)

    def cancel(self, talk: Talk) -> Step:
        """Cancel, after the question."""
        try:
            booking = self._booking(talk)
            cancelled = self._desk.bookings.cancel(booking.id, at=talk.now)
        except NotFoundError:
            return self._over(talk)
        reply = self._replies.cancelled(cancelled, talk.language, soon=self._desk.is_soon(booking, talk.now))
        return Step(None, (reply,), events=(("cancelled", {"booking": booking.id, "code": booking.code}),))

    def keep(self, talk: Talk) -> Step:
        """Not cancelled, not moved."""
        self._desk.bookings.withdraw(talk.visitor.conversation)
        return Step(None, (self._replies.notice("kept", talk.language),))

    def _found(self, talk: Talk, booking: Booking) -> Step:
        state = talk.state
        state["code"], state["old"], state["misses"] = booking.code, booking.slot.start.isoformat(), 0
        state["service"] = booking.slot.service
        if state["purpose"] == "cancel":
            state["stage"] = "cancel"
            return self._ask(talk)
        if state["purpose"] == "late":
            self._desk.bookings.late(booking.id, at=talk.now)
            rule = self._desk.clinic.values.get("visit.late", "")
            reply = self._replies.notice("late", talk.language, late_rule=rule or " ")
            return Step(None, (reply,), events=(("late", {"booking": booking.id, "code": booking.code}),))
        if state["purpose"] == "move":
            return self._move(talk, booking)
        reply = self._replies.shown(booking, talk.language)
        # What was found by code and contact stays found for what is asked about it next.
        return Step(state | {"stage": "shown"} if state.get("proof") else None, (reply,))

    def _move(self, talk: Talk, booking: Booking) -> Step:
        try:
            self._desk.claims_of(talk.visitor, booking, talk.now)
        except NoVerdictError:
            return self._arranging.needs_questionnaire(talk)
        reading = (
            read_wish(self._wording.plain(talk.turn.text), talk.now)
            if talk.turn.text and not talk.state.get("proof")
            else None
        )
        wanted = reading.wanted if reading and reading.wanted else Wanted()
        talk.state["offered"] = []
        return self._arranging.times(talk, wanted)

    def _look_up(self, talk: Talk, code: str, address: str) -> Step:
        try:
            booking = self._desk.booking(talk.visitor, code, address, talk.now)
        except NotFoundError as error:
            tries = int(talk.state.get("tries", 0)) + 1
            if tries >= TRIES or isinstance(error, LockedError):
                human = self._replies.choice("human", talk.language)
                reply = self._replies.notice("not_found_twice", talk.language, human)
                return Step(None, (reply,), events=(("not_found", {}),))
            talk.state.update(stage="code", tries=tries)
            talk.state.pop("code", None)
            return self._ask(talk, [self._wording.say("not_found", talk.language)])
        talk.state["proof"] = address
        return self._found(talk, booking)

    def _over(self, talk: Talk) -> Step:
        return Step(None, (self._replies.notice("over", talk.language, self._replies.choice("start", talk.language)),))

    def _booking(self, talk: Talk) -> Booking:
        return self._desk.booking(talk.visitor, talk.state["code"], talk.state.get("proof"), talk.now)

    def _ask(self, talk: Talk, before: Any = ()) -> Step:
        return Step(talk.state, (self._replies.question(talk.state, before),))


def read_code(text: str) -> str | None:
    """A reference code in a text, as we write it. A word of eight letters is no code: one has a digit or a dash."""
    for found in CODE.finditer(text):
        if "-" in found[0] or any(char.isdigit() for char in found[0]):
            return f"{found[1]}-{found[2]}".upper()
    return None
