"""Booking as a dialogue (`bot.dialogue`): a time, a contact, a read-back, an appointment; and what becomes of it.

    dialogue = load_dialogue(clinic, bookings, secret, rules)
    step = dialogue.start(turn, visitor)            visitor: `desk.Visitor`, with the conversation's verdict token
    dialogue.early                                  reads when somebody would like to come, before it can be arranged
    step = dialogue.advance(state, turn, visitor)
    replies = dialogue.resume(state, language)

The times held and booked are kept by `bookings` (`repository.Bookings`) within the call, so that an appointment that
was confirmed to the patient exists; a repeated call with the same state and turn gives the same appointment.

Choice ids: booking:start | mine | service:<id> | slot:<start>:<practitioner> | day:<date> | more | mornings |
afternoons | wait | other_time | yes | change_name | change_contact | stop | move_yes | remind_yes | remind_no |
look:<code> | move:<code> | cancel:<code> | late:<code> | cancel_yes | cancel_no | return

Events, each `(name, payload)`:

    needs_questionnaire  {"wanted"?}         no live verdict: open the questionnaire, booking begins again after it;
                         what was said about when is kept, and handed to `start` as `wished`
    needs_person         {"reason"}          nothing can be booked here: hand off (`bot.booking.people`)
    booked, moved, cancelled, late  {"booking", "code"}    done and kept; for what shows or counts it
    waiting              {}                  is on the waiting list
    asks_policy          {}                  asks what our rules are: answer from the card
    not_found            {}                  code and contact were wrong several times
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial

from bot.booking.arranging import Arranging
from bot.booking.contacts import is_attempt, looks_like_name
from bot.booking.correcting import Correcting
from bot.booking.desk import CALL_BACK, Desk, Visitor
from bot.booking.early import FEW, Early, ahead
from bot.booking.managing import Managing
from bot.booking.replies import NAME, Replies
from bot.booking.repository import Bookings, NotFoundError
from bot.booking.service_words import named_service
from bot.booking.talk import Talk, new_state
from bot.booking.token import Tokens
from bot.booking.wish_reading import read_wish
from bot.booking.wishes import Wanted
from bot.booking.wording import Wording
from bot.clinic import Clinic
from bot.dialogue import State, Step, Turn
from bot.envelope import Reply

OWN = ("book_appointment", "reschedule_cancel", "start_eligibility", "unclear_fragment")
MANAGING = ("look", "move", "cancel", "late")
CHOOSING = ("service", "when", "day")  # stages before the name and the contact are asked for
LOOKING = ("code", "address")  # stages that look for an appointment that this conversation did not make
# What a name may be taken for when it is classified like a message.
NAMELIKE = ("greeting_smalltalk", "out_of_scope_other", "other_services_reviews", "who_performs")
SHORT = 3  # words of a plain "no"
NEAR = timedelta(days=7)  # a longer span is a month, and April, May and June are names too


class Dialogue:
    """Advances booking one turn at a time. Holds no state of a conversation."""

    def __init__(self, desk: Desk, wording: Wording) -> None:
        self.desk = desk
        self._wording = wording
        self._replies = Replies(desk.clinic, wording)
        self.early = Early(desk, self._replies, wording)
        self._arranging = Arranging(desk, self._replies, wording)
        self._managing = Managing(desk, self._replies, wording, self._arranging)
        self._correcting = Correcting(desk, self._replies, wording, self._arranging)

    def start(self, turn: Turn, visitor: Visitor, wished: State | None = None) -> Step:
        """Open with what the patient wants: a new appointment, or one that is there. `wished`: when, told earlier."""
        talk = Talk(new_state("book", turn.language) | ahead(wished, turn), turn, visitor)
        if turn.choices:
            return self._chosen(talk) or Step(None, taken=False)
        if self._wording.means("policy", turn.text):
            return Step(None, (), events=(("asks_policy", {}),))
        purpose = self._purpose(turn)
        if corrected := self._correcting.after_booking(talk):
            return corrected
        # "10 December at 3" looks like a change of something.
        new = turn.certainty != "sure" and (self.early.is_wish(turn) or self.early.asks_for_time(turn))
        if purpose or (turn.topics[:1] == ("reschedule_cancel",) and not new):
            return self._manage(talk, purpose or "look")
        coming = self.desk.bookings.coming(visitor.conversation, turn.now)
        if coming and not self._wording.means("wait", turn.text):
            already = Reply("notice", "already", self._wording.say("already", turn.language))
            step = self._manage(talk, "look")
            return Step(step.state, (already, *step.replies), events=step.events)
        return self._begin(talk)

    def advance(self, state: State, turn: Turn, visitor: Visitor) -> Step:
        """One turn of the patient."""
        talk = Talk({**state, "language": turn.language}, turn, visitor)
        try:
            if turn.choices:
                return self._chosen(talk) or Step(state, taken=False)
            explained = self._correcting.about_contact(talk) if self._replies.can_ask(state) else None
            return explained or self._heard(talk, state)
        except NotFoundError:
            return self._over(talk)

    def _heard(self, talk: Talk, state: State) -> Step:
        """Typed words."""
        turn = talk.turn
        if self._is_aside(talk):
            return self._beside(talk, state)
        if not self._replies.can_ask(state):
            return self._stop(talk) if self._stops(talk) else self._anew(talk)
        step = self._correcting.words(talk) or self._commanded(talk) or self._typed(talk)
        if step is not None:
            return step
        asked = self._wording.is_question(turn.text)
        no_code = state["stage"] in LOOKING and not asked and len(turn.text.split()) <= FEW  # "I lost it"
        agrees = state["stage"] in CHOOSING and self._wording.is_just("yes", turn.text)  # to one of several
        ours = no_code or agrees or (turn.topics[:1] and turn.topics[0] in OWN)
        if not ours and (turn.topics or asked):
            return Step(state, taken=False)
        if state["stage"] in ("remind", "shown"):
            return Step(state, taken=False)  # nothing that must be answered
        return self._given_up(talk) if state["stage"] in LOOKING else self._arranging.missed(talk)

    def _beside(self, talk: Talk, state: State) -> Step:
        """Something else is asked. While we look for an appointment: who asks twice has no code to give."""
        looking = state["stage"] in LOOKING and talk.turn.topics[:1] != ("human_handoff",)
        if not looking and not self._wording.means("policy", talk.turn.text):
            return Step(state, taken=False)
        asides = int(state.get("asides", 0)) + 1
        over = state["stage"] in LOOKING and asides > 1
        return Step(None if over else {**state, "asides": asides}, taken=False)

    def _given_up(self, talk: Talk) -> Step:
        """Two attempts at a code that are none, or "I lost it": a person can look for the appointment."""
        if int(talk.state.get("misses", 0)) < 1 and not self._wording.means("no_code", talk.turn.text):
            return self._arranging.missed(talk)
        human = self._replies.choice("human", talk.language)
        return Step(None, (self._replies.notice("no_code", talk.language, human),))

    def resume(self, state: State, language: str) -> tuple[Reply, ...]:
        """The open question again."""
        if state["stage"] in ("remind", "shown") or not self._replies.can_ask(state):
            return ()
        return (self._replies.question({**state, "language": language}),)

    # ---- picks

    def _chosen(self, talk: Talk) -> Step | None:
        parts = next((choice.split(":") for choice in talk.turn.choices if choice.startswith(f"{NAME}:")), None)
        if parts is None:
            return None
        name, value = parts[1], parts[2] if len(parts) > 2 else ""
        if name == "start":
            # What was being arranged before is left; what was wished before anything was arranged is not.
            wanted = {} if "service" in talk.state else {"wanted": talk.state["wanted"]}
            return self._begin(Talk(new_state("book", talk.turn.language) | wanted, talk.turn, talk.visitor))
        if name in MANAGING or name == "mine":
            proof = {"proof": talk.state["proof"]} if "proof" in talk.state else {}
            fresh = Talk(new_state("book", talk.turn.language) | proof, talk.turn, talk.visitor)
            return self._manage(fresh, "look" if name == "mine" else name, value)
        if name == "return":
            return self._arranging.come_back(talk)
        if name == "stop":
            return self._stop(talk)
        return self._answered(talk, name, parts[2:]) if self._replies.can_ask(talk.state) else self._anew(talk)

    def _answered(self, talk: Talk, name: str, values: list[str]) -> Step:
        """A choice of the open question, or of an earlier one that can still be taken up."""
        state, arranging = talk.state, self._arranging
        if name == "service" and values:
            return arranging.choose_service(talk, values[0])
        if state.get("service") in self.desk.clinic.services and (step := self._about_time(talk, name, values)):
            return step
        settled: dict[tuple[str, str], Callable[[Talk], Step]] = {
            ("review", "yes"): arranging.confirm,
            ("review", "wrong"): arranging.wrong,
            ("move_review", "move_yes"): arranging.confirm_move,
            ("move_review", "cancel_no"): self._managing.keep,
            ("cancel", "cancel_yes"): self._managing.cancel,
            ("cancel", "cancel_no"): self._managing.keep,
            ("remind", "remind_yes"): partial(arranging.reminded, wants=True),
            ("remind", "remind_no"): partial(arranging.reminded, wants=False),
        }
        if (state["stage"], name) in settled:
            return settled[state["stage"], name](talk)
        # A choice whose dialogue is over: begin where it makes sense.
        return self._begin(talk) if "service" not in state else Step(state, self.resume(state, talk.language))

    def _about_time(self, talk: Talk, name: str, values: list[str]) -> Step | None:
        """Picks about when, and about whom to write down, once the service is known."""
        arranging = self._arranging
        if name == "slot" and len(values) == 2:
            start = datetime.strptime(values[0], "%Y%m%dT%H%M").replace(tzinfo=timezone.utc)
            return arranging.take(talk, start, values[1])
        if name == "day" and values:
            return arranging.day(talk, values[0])
        if name in ("mornings", "afternoons"):
            return arranging.part(talk, name)
        if name in ("change_name", "change_contact") and "slot" in talk.state:
            return arranging.change(talk, name.removeprefix("change_"))
        simple = {"more": arranging.more, "wait": arranging.waiting_list, "other_time": arranging.other_time}
        return simple[name](talk) if name in simple else None

    # ---- words

    def _purpose(self, turn: Turn) -> str | None:
        """Do the words name an appointment that is there, and what to do with it?"""
        text = turn.text
        if self._wording.is_question(text) and turn.topics[:1] and turn.topics[0] not in OWN:
            return None
        meant = [purpose for purpose in ("late", "cancel", "move", "look") if self._wording.means(purpose, text)]
        if turn.topics[:1] == ("book_appointment",):
            meant = [purpose for purpose in meant if purpose != "move"]
        return meant[0] if meant else None

    def _commanded(self, talk: Talk) -> Step | None:
        """Words that change the course, whatever is asked just now."""
        turn, state = talk.turn, talk.state
        arranging_now = _is_first(state)
        if self._stops(talk):
            return self._stop(talk)
        if state["stage"] in (*LOOKING, "pick"):
            return self._while_looking(talk)
        if self._wording.means("wait", turn.text) and "service" in state:
            return self._arranging.waiting_list(talk)
        purpose = self._purpose(turn)
        if arranging_now and purpose == "cancel" and not self.desk.bookings.coming(talk.visitor.conversation, talk.now):
            # Nothing is booked that could be cancelled: "I can't come on Friday" chooses, "cancel it" stops.
            return None if self.early.names_time(talk.turn) else self._stop(talk)
        # While a first appointment is being arranged, "move it to Friday" is about the time being chosen.
        if purpose is None or state["stage"] == "cancel" or (arranging_now and purpose in ("move", "look")):
            return None
        proof = {"proof": state["proof"]} if "proof" in state else {}
        fresh = Talk(new_state("book", turn.language) | proof, turn, talk.visitor)
        return self._manage(fresh, purpose, str(state.get("code", "")) if proof else "")

    def _while_looking(self, talk: Talk) -> Step | None:
        """Who has no code may want a new appointment, or have none and only ask."""
        turn = talk.turn
        if self._wording.means("not_booked", turn.text):
            start = self._replies.choice("start", turn.language)
            return Step(None, (self._replies.notice("stopped", turn.language, start),))
        again = turn.topics[:1] == ("book_appointment",) and turn.certainty == "sure"
        return self._begin(Talk(new_state("book", turn.language), turn, talk.visitor)) if again else None

    def _stops(self, talk: Talk) -> bool:
        text = talk.turn.text
        return self._wording.is_just("stop", text) or (_is_first(talk.state) and self._wording.is_just("cancel", text))

    def _typed(self, talk: Talk) -> Step | None:
        """An answer to the open question in words; None when it is none."""
        stage = str(talk.state["stage"])
        readers = {
            "service": self._typed_service,
            "when": self._arranging.typed_when,
            "day": self._arranging.typed_when,
            "name": self._typed_name,
            "contact": self._typed_contact,
            "code": self._managing.typed_code,
            "address": self._managing.typed_address,
            "pick": self._managing.typed_code,
        }
        if stage not in readers:
            return self._typed_yes_or_no(talk)
        if stage in CHOOSING and (rest := self._correcting.early(talk)) is not None:
            said = readers[stage](replace(talk, turn=replace(talk.turn, text=rest))) if rest else None
            noted = self._wording.say("noted_contact", talk.language)
            return said or Step(talk.state, (self._replies.question(talk.state, [noted]),))
        return readers[stage](talk)

    def _typed_service(self, talk: Talk) -> Step | None:
        services = talk.state["services"]
        place = self._wording.ordinal(talk.turn.text)
        if place is not None and place < len(services):
            return self._arranging.choose_service(talk, services[place])
        spoken = self.desk.clinic.speaking(talk.turn.language).services
        titles = {id: spoken[id].title.casefold() for id in services}
        service = named_service(self._wording.service(talk.turn.text), titles)
        if service is None and self._says_when(talk):
            # When comes before what: the wish is kept for the times that follow.
            reading = read_wish(self._wording.plain(talk.turn.text), talk.turn.now)
            talk.state["wanted"] = (reading.wanted or Wanted()).as_state()
            noted = self._wording.say("noted_when", talk.language)
            return Step(talk.state, (self._replies.question(talk.state, [noted]),))
        return self._arranging.choose_service(talk, service) if service else None

    def _typed_name(self, talk: Talk) -> Step | None:
        text = talk.turn.text
        asks_other = self._wording.is_just("more", text) or self._wording.means("other_time", text)
        about_time = asks_other or self._says_when(talk)
        if talk.state.get("hold") and (about_time or self._wording.asks(text)):
            # "Can I come at 11 instead?", while the name is asked for.
            return self._arranging.typed_when(talk) or (self._arranging.other_time(talk) if about_time else None)
        return self._arranging.missed(talk) if self._purpose(talk.turn) else self._arranging.typed_name(talk)

    def _typed_contact(self, talk: Talk) -> Step | None:
        """An address or a number; a time is still a wish for another one."""
        if talk.state.get("hold") and self._says_when(talk):
            return self._arranging.typed_when(talk)
        return self._arranging.typed_contact(talk)

    def _says_when(self, talk: Talk) -> bool:
        """ "Next Tuesday afternoon" is nobody's name; "Sabah Demir" is no morning."""
        words = talk.turn.text.split()
        written_as_name = len(words) > 1 and all(map(str.istitle, words))
        if written_as_name or is_attempt(talk.turn.text) or not self.early.is_wish(talk.turn):
            return False
        wanted = read_wish(self._wording.plain(talk.turn.text), talk.turn.now).wanted
        is_near = wanted and wanted.first and wanted.last and wanted.last - wanted.first < NEAR
        return bool(wanted and (wanted.days or wanted.after or wanted.before or is_near))

    def _typed_yes_or_no(self, talk: Talk) -> Step | None:
        text, stage, say = talk.turn.text, talk.state["stage"], self._wording
        if stage in ("review", "wrong"):
            if say.means("change_name", text):
                return self._arranging.change(talk, "name")
            if say.means("change_contact", text):
                return self._arranging.change(talk, "contact")
        if stage in ("review", "wrong", "move_review") and (say.is_just("more", text) or say.means("other_time", text)):
            return self._arranging.typed_when(talk) or self._arranging.other_time(talk)
        if say.is_just("no", text) and len(text.split()) <= SHORT:
            answers = {"review": "wrong", "move_review": "cancel_no", "cancel": "cancel_no", "remind": "remind_no"}
        elif say.is_just("yes", text) or (stage == "cancel" and say.is_just("cancel", text)):
            answers = {"review": "yes", "move_review": "move_yes", "cancel": "cancel_yes", "remind": "remind_yes"}
        else:
            # At the read-back, other words about a time ask for another time.
            return self._arranging.typed_when(talk) if stage in ("review", "wrong", "move_review") else None
        return self._answered(talk, answers[stage], []) if stage in answers else None

    def _is_aside(self, talk: Talk) -> bool:
        """Surely about something else. Only certain readings count: names and codes look like anything."""
        turn = talk.turn
        if self._wording.means("policy", turn.text):
            return True  # our rules, whatever of ours they are about
        is_contact = is_attempt(turn.text) and not self._wording.means("call_back", turn.text)
        if is_contact or turn.certainty != "sure" or not turn.topics or turn.topics[0] in OWN:
            return False  # an address or a number is for us, whatever it was taken for
        stage, namelike = talk.state["stage"], turn.topics[0] in NAMELIKE
        if stage == "name":
            return not namelike and not looks_like_name(turn.text)
        if stage in ("contact", "code", "address"):
            return self._wording.is_question(turn.text) or turn.topics[0] == "human_handoff"
        if stage in CHOOSING and namelike and looks_like_name(turn.text):
            return False
        return self._wording.is_question(turn.text) or not self._typed_is_plain(talk)

    def _typed_is_plain(self, talk: Talk) -> bool:
        """Short words that answer the question however they are classified: "yes", "mornings", "the first one"."""
        text = talk.turn.text
        names = ("yes", "no", "more", "stop")
        return len(text.split()) <= 6 and (
            any(self._wording.is_just(name, text) for name in names)
            or self._wording.ordinal(text) is not None
            or talk.state["stage"] in ("when", "day", "review", "wrong", "move_review", "service")
        )

    # ---- helpers

    def _begin(self, talk: Talk) -> Step:
        if self._wording.means("call_back", talk.turn.text) and self.desk.verdict(talk.visitor, talk.now) is None:
            return Step(None, (), events=(("needs_person", {"reason": CALL_BACK}),))
        return self._arranging.begin(talk)

    def _anew(self, talk: Talk) -> Step:
        """What the state names is gone: begin again with what was wanted."""
        self.desk.bookings.withdraw(talk.visitor.conversation)
        state = talk.state
        proof = {"proof": state["proof"]} if "proof" in state else {}
        fresh = Talk(new_state("book", talk.language) | proof, talk.turn, talk.visitor)
        if state["purpose"] in MANAGING:
            return self._manage(fresh, str(state["purpose"]), str(state.get("code", "")))
        return self._begin(fresh)

    def _manage(self, talk: Talk, purpose: str, code: str = "") -> Step:
        talk.state["purpose"] = purpose
        return self._managing.begin(talk, code)

    def _over(self, talk: Talk) -> Step:
        """The clinic cancelled the appointment while the patient dealt with it."""
        self.desk.bookings.withdraw(talk.visitor.conversation)
        human = self._replies.choice("human", talk.language)
        return Step(None, (self._replies.notice("over", talk.language, human),))

    def _stop(self, talk: Talk) -> Step:
        self.desk.bookings.withdraw(talk.visitor.conversation)
        key = "stopped_moving" if talk.state["purpose"] in MANAGING else "stopped"
        return Step(None, (self._replies.notice(key, talk.language),))


def _is_first(state: State) -> bool:
    """Is a first appointment being arranged?"""
    return bool(state["purpose"] == "book" and state["stage"] not in ("remind", "shown"))


def load_dialogue(clinic: Clinic, bookings: Bookings, secret: str, rules: str) -> Dialogue:
    """Read the wording, once, when a program starts. `rules` is `Questionnaire.rules`; `secret` MESOBOT_SECRET_KEY."""
    return Dialogue(Desk(clinic, bookings, Tokens(secret), rules), Wording(clinic))
