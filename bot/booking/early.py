"""When somebody would like to come, told before a time can be arranged: as an opening, among the health questions."""

from __future__ import annotations

from bot.booking.contacts import read_address
from bot.booking.desk import Desk, Visitor
from bot.booking.replies import Replies
from bot.booking.wish_reading import read_wish
from bot.booking.wishes import Wanted
from bot.booking.wording import Wording
from bot.dialogue import State, Turn
from bot.envelope import Reply

FEW = 6  # words of a plain wish
SOME = 10  # words of "can I come in tomorrow at about ten please"
ABOUT_ANOTHER = ("move", "cancel", "look", "late", "other_time")  # an appointment that is there already
ASKS_FOR_ONE = "book_appointment"


class Early:
    """Holds no state of a conversation."""

    def __init__(self, desk: Desk, replies: Replies, wording: Wording) -> None:
        self._desk = desk
        self._replies = replies
        self._wording = wording

    def is_wish(self, turn: Turn) -> bool:
        """Do these few words only say when somebody would like to come: "mornings please"?"""
        text = turn.text
        if len(text.split()) > FEW or self._wording.is_question(text):
            return False
        return self._wanted(turn) is not None

    def asks_for_time(self, turn: Turn) -> bool:
        """Do the words ask for a time: "anything on Tuesday?"? `turn.topics` are what the message is likely about."""
        return ASKS_FOR_ONE in turn.topics and self.is_for_new(turn)

    def is_for_new(self, turn: Turn) -> bool:
        """Does a short message name a time, and no appointment that is there: "Monday?"?"""
        return self.names_time(turn) and not any(self._wording.means(name, turn.text) for name in ABOUT_ANOTHER)

    def is_about_theirs(self, turn: Turn, visitor: Visitor) -> bool:
        """Whether something is to be done with the appointment that the conversation has: moved, or a new address."""
        names_it = any(self._wording.means(name, turn.text) for name in ("move", "cancel", "look", "late"))
        may_be = names_it or read_address(turn.text, self._desk.clinic.country) is not None
        asks_rules = self._wording.means("policy", turn.text)
        return may_be and not asks_rules and bool(self._desk.bookings.coming(visitor.conversation, turn.now))

    def wants_reminder(self, turn: Turn) -> bool:
        """ "Remind me later", after a "not now"."""
        return len(turn.text.split()) <= SOME and self._wording.means("remind_me", turn.text)

    def names_time(self, turn: Turn) -> bool:
        """Does a short message name a day or an hour?"""
        wanted = self._wanted(turn) if len(turn.text.split()) <= SOME else None
        return wanted is not None and not wanted.anything

    def wished(self, turn: Turn, before: State | None) -> tuple[State, Reply] | None:
        """What to keep for the dialogue's `start`, and the answer. None for words that are no wish."""
        said = self._wanted(turn) if self.is_wish(turn) else None
        if said is None or (said.last and said.last < turn.now.date()):
            return None
        kept = Wanted.from_state(ahead(before, turn).get("wanted", {}))
        if why := self._desk.rules_out(said, turn.now):
            return {"wanted": kept.as_state()}, self._replies.hindered(why, said, turn.language)
        return {"wanted": kept.narrowed(said).as_state()}, self._replies.notice("noted_when", turn.language)

    def _wanted(self, turn: Turn) -> Wanted | None:
        return read_wish(self._wording.plain(turn.text), turn.now).wanted


def ahead(wished: State | None, turn: Turn) -> State:
    """What was wished earlier, as a part of a state, unless its days have gone by meanwhile."""
    wanted = Wanted.from_state((wished or {}).get("wanted", {}))
    is_over = wanted.last is not None and wanted.last < turn.now.date()
    return {} if is_over else {"wanted": wanted.as_state()}
