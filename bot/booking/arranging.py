"""Arranging an appointment: service, time, name, contact, read back, booked. Also moving one to a new time.

Each method takes a `Talk` and gives back a `Step`; the stage in the state says what the next words answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from bot.booking.availability import Slot, slot_at
from bot.booking.contacts import Address, is_attempt, read_address, read_name, without_address
from bot.booking.desk import CALL_BACK, Desk, NoVerdictError
from bot.booking.outlets import page_link
from bot.booking.replies import Replies, needs_phone, remember, titled
from bot.booking.repository import Booking, Contact, HoldGoneError, SlotTakenError, Wish
from bot.booking.talk import Talk, new_state
from bot.booking.wish_reading import one_hour_after, read_wish
from bot.booking.wishes import NOON, Wanted
from bot.booking.wording import Wording
from bot.dialogue import Step
from bot.envelope import Link, Reply

RETURN_AFTER = timedelta(days=90)  # when to remind someone whose "not now" has no date
HOUR = re.compile(r"(?:[7-9]|1\d|20)(?:[:.][0-5]\d)?")
REFUSING = 3  # words of "no, thank you"
PARTS = {"mornings": Wanted(before=NOON), "afternoons": Wanted(after=NOON)}


class Arranging:
    """See the module's docstring."""

    def __init__(self, desk: Desk, replies: Replies, wording: Wording) -> None:
        self._desk = desk
        self._replies = replies
        self._wording = wording
        self._people = {person.id: person.name for person in desk.clinic.practitioners}

    # ---- what

    def begin(self, talk: Talk) -> Step:
        """With a live verdict to the services; without one to the health questions."""
        # A wish in the opening words is kept: "can I come on Friday?" is answered with Friday's times.
        reading = read_wish(self._wording.plain(talk.turn.text), talk.now, self._people) if talk.turn.text else None
        if reading and reading.wanted:
            talk.state["wanted"] = Wanted.from_state(talk.state["wanted"]).narrowed(reading.wanted).as_state()
        claims = self._desk.verdict(talk.visitor, talk.now)
        if claims is None:
            return self.needs_questionnaire(talk)
        if claims["verdict"] == "not_suitable_now":
            choices = tuple(self._replies.choice(name, talk.language) for name in ("return", "human"))
            return Step(None, (self._replies.notice("not_now", talk.language, *choices),))
        services = self._desk.services(claims)
        if not services:
            return Step(None, (), events=(("needs_person", {"reason": "call_back" if claims["hold"] else "asked"}),))
        link = str(self._desk.clinic.booking.get("link") or "")
        if link and services[0].id != CALL_BACK:
            return self._booking_page(talk, link)
        talk.state["services"] = [service.id for service in services]
        before = (self._say(talk, "call_back_only"),) if services[0].id == CALL_BACK else ()
        spoken = self._desk.clinic.speaking(talk.turn.language).services
        named = titled([spoken[service.id] for service in services], talk.turn.text)
        if named is None and len(services) > 1:
            talk.state["stage"] = "service"
            return self._ask(talk)
        return self.choose_service(talk, (named or services[0]).id, before)

    def _booking_page(self, talk: Talk, link: str) -> Step:
        """The clinic books on a page of its own: hand over a reference, and nothing else."""
        reference = self._desk.bookings.refer(talk.visitor.conversation, at=talk.now)
        said = self._say(talk, "booking_page", code=reference)
        page = Link(self._say(talk, "booking_page_link"), page_link(link, reference))
        return Step(None, (Reply("booking", "booking_page", said, links=(page,)),))

    def needs_questionnaire(self, talk: Talk) -> Step:
        """Leave for the health questions; what was held is given back."""
        self._desk.bookings.withdraw(talk.visitor.conversation)
        said = Reply("text", "questions_first", self._say(talk, "questions_first"))
        wanted = Wanted.from_state(talk.state["wanted"])
        if why := self._desk.rules_out(wanted, talk.now):  # said before a dozen questions, not after
            hindered = self._replies.hindered(why, wanted, talk.language)
            return Step(None, (hindered, said), events=(("needs_questionnaire", {}),))
        kept = {} if wanted.anything else {"wanted": wanted.as_state()}
        return Step(None, (said,), events=(("needs_questionnaire", kept),))

    def choose_service(self, talk: Talk, service: str, before: Sequence[str] = ()) -> Step:
        """Go on to the times of a service."""
        if service not in talk.state.get("services", ()) or service not in self._desk.clinic.services:
            return self.begin(talk)
        talk.state["service"] = service
        return self.times(talk, Wanted.from_state(talk.state["wanted"]), before)

    # ---- when

    def times(
        self, talk: Talk, wanted: Wanted, before: Sequence[str] = (), *, after: datetime | None = None, lead: str = ""
    ) -> Step:
        """Offer slots; later ones than `after` for "more"."""
        state = talk.state
        try:
            claims = self._claims(talk)
        except NoVerdictError:
            return self.needs_questionnaire(talk)
        service = self._desk.clinic.services[state["service"]]
        offer = self._desk.offer(service, claims, wanted, talk.now, after=after)
        if after is not None and not offer.slots:
            return self._ask(talk, [*before, self._say(talk, "no_more_times")])
        said = list(before)
        earliest = self._desk.not_before(service, claims)
        if earliest and earliest > talk.now.date() and after is None:
            said.append(self._say(talk, "earliest_day", day=self._wording.day(earliest, talk.language)))
        state["stage"], state["wanted"] = "when", wanted.as_state()
        remember(state, offer)
        none = "none_fit" if offer.slots else "none_at_all"
        if offer.slots and not offer.exact and (why := self._desk.why_none(wanted, talk.now)):
            said.append(self._replies.hindered(why, wanted, talk.language).text)
            none = "nearest"
        fitting = "ask_when" if wanted.anything else "times_that_fit"
        state["lead"] = lead or (fitting if offer.exact else none)
        reply = self._replies.question(state, said)
        state["lead"] = "ask_when" if offer.slots else "none_at_all"
        state["misses"] = 0
        return Step(state, (reply,))

    def more(self, talk: Talk) -> Step:
        """Later times."""
        last = talk.state.get("last")
        wanted = Wanted.from_state(talk.state["wanted"])
        after = datetime.fromisoformat(last) if last else None
        return self.times(talk, wanted, after=after, lead="more_times")

    def part(self, talk: Talk, part: str) -> Step:
        """Only mornings, or only afternoons."""
        return self.times(talk, self._narrowed(talk, PARTS[part]))

    def day(self, talk: Talk, iso: str) -> Step:
        """One of several days that the words may have meant."""
        chosen = date.fromisoformat(iso)
        return self.times(talk, replace(Wanted.from_state(talk.state["wanted"]), first=chosen, last=chosen))

    def typed_when(self, talk: Talk) -> Step | None:
        """A slot or a wish in words; None when it is neither."""
        if picked := self._picked_in_words(talk):
            return picked
        text, state = talk.turn.text, talk.state
        words = self._wording.plain(text)
        words = f"at {words}" if HOUR.fullmatch(words) else words  # no place among the offered: "10" is a time
        reading = read_wish(words, talk.now, self._people)
        if reading.choices:
            state["stage"], state["days"] = "day", [day.isoformat() for day in reading.choices]
            return self._ask(talk)
        said = reading.wanted
        if said is None:
            return None
        if said.last and said.last < talk.now.date():
            return self._ask(talk, [self._say(talk, "past_day")])
        wanted = self._narrowed(talk, said)
        start, person = self._exactly(talk, wanted), wanted.practitioner
        if start is None and (slot := self._among_offered(talk, said)):
            start, person = slot.start, slot.practitioner
        return self.take(talk, start, person, wanted) if start else self.times(talk, wanted)

    def _picked_in_words(self, talk: Talk) -> Step | None:
        """ "The second one", "more", "no" to what was offered."""
        text, state = talk.turn.text, talk.state
        offered = state.get("offered", ())  # none when a time of an older message was picked
        place = self._wording.ordinal(text, len(offered))
        if place is not None and place < len(offered):
            one = offered[place]
            return self.take(talk, datetime.fromisoformat(one["start"]), one["practitioner"])
        if self._wording.is_just("more", text):
            return self.more(talk)
        if self._wording.is_just("no", text) and len(text.split()) <= REFUSING and offered:
            return Step(state, (self._replies.none_suits(state),))
        return None

    def take(self, talk: Talk, start: datetime, offered: str | None, wanted: Wanted | None = None) -> Step:
        """Hold the slot, read it back, and ask for the name, or for the consent to a move.

        Who asked for a person (in `wanted`, or before) gets the one that the time was `offered` for; everybody else
        whoever is free then.
        """
        state = talk.state
        person = offered if (wanted or Wanted.from_state(state.get("wanted", {}))).practitioner else None
        service = self._desk.clinic.services[state["service"]]
        try:
            if state["purpose"] == "move":
                hold = self._desk.hold_to_move(talk.visitor, self._booking(talk), start, talk.now, person)
            else:
                hold = self._desk.hold(talk.visitor, service, start, talk.now, person)
        except NoVerdictError:
            return self.needs_questionnaire(talk)
        except SlotTakenError:
            return self.times(talk, Wanted.from_state(state["wanted"]), lead="taken")
        state["hold"] = hold.id
        state["slot"] = {"start": hold.slot.start.isoformat(), "practitioner": hold.slot.practitioner}
        if state["purpose"] == "move":
            state["stage"] = "move_review"
            return self._ask(talk)
        chosen = self._say(talk, "chosen", moment=self._wording.moment(start, talk.language))
        return self.next_about_contact(talk, [chosen])

    def other_time(self, talk: Talk) -> Step:
        """Give the held time back and choose again."""
        self._desk.bookings.withdraw(talk.visitor.conversation)
        talk.state.pop("hold", None)
        return self.times(talk, Wanted.from_state(talk.state["wanted"]))

    # ---- who

    def typed_name(self, talk: Talk) -> Step | None:
        """A name, perhaps with the contact in the same line."""
        text, country = talk.turn.text, self._desk.clinic.country
        address = read_address(text, country)
        name = read_name(without_address(text) if address else text)
        if address is not None:
            self.keep_address(talk, address)
        if name is None or self._wording.asks(name):
            return self.missed(talk) if is_attempt(text) else None
        talk.state["name"] = name
        return self.next_about_contact(talk)

    def typed_contact(self, talk: Talk) -> Step | None:
        """An e-mail address or a phone number."""
        address = read_address(talk.turn.text, self._desk.clinic.country)
        if address is None or (needs_phone(talk.state) and address.channel != "phone"):
            return self.missed(talk) if address or is_attempt(talk.turn.text) else None
        self.keep_address(talk, address)
        return self.next_about_contact(talk)

    def change(self, talk: Talk, field: str) -> Step:
        """Ask for the name or the contact again."""
        talk.state.pop("name" if field == "name" else "address", None)
        return self.next_about_contact(talk)

    def keep_address(self, talk: Talk, address: Address) -> None:
        """Note it, unless the clinic needs a number and this is none."""
        if not (needs_phone(talk.state) and address.channel != "phone"):
            talk.state["address"] = {"channel": address.channel, "value": address.value, "shown": address.shown}

    def next_about_contact(self, talk: Talk, before: Sequence[str] = ()) -> Step:
        """Ask for what is still missing, then read back."""
        state = talk.state
        state["misses"] = 0
        if "name" not in state:
            state["stage"] = "name"
        elif "address" not in state:
            state["stage"] = "contact"
        elif state["purpose"] == "wait":
            return self._wait(talk)
        elif state["purpose"] == "return":
            return self._return(talk)
        else:
            state["stage"] = "review"
        return self._ask(talk, before)

    def wrong(self, talk: Talk) -> Step:
        """The read-back is not right: what is to be changed?"""
        talk.state["stage"] = "wrong"
        return self._ask(talk)

    # ---- done

    def confirm(self, talk: Talk) -> Step:
        """Book it."""
        state = talk.state
        service = self._desk.clinic.services[state["service"]]
        slot = slot_at(service, state["slot"]["practitioner"], datetime.fromisoformat(state["slot"]["start"]))
        try:
            booking = self._desk.confirm(talk.visitor, state["hold"], slot, self._contact(talk), talk.now)
        except NoVerdictError:
            return self.needs_questionnaire(talk)
        except HoldGoneError:
            return self.times(talk, Wanted.from_state(state["wanted"]), lead="gone")
        after = new_state("book", talk.language) | {"stage": "remind", "booking": booking.id}
        replies = (self._replies.booked(booking, talk.language), self._replies.question(after))
        return Step(after, replies, events=(("booked", {"booking": booking.id, "code": booking.code}),))

    def confirm_move(self, talk: Talk) -> Step:
        """Move it."""
        state = talk.state
        try:
            booking = self._desk.move(self._booking(talk), state["hold"], talk.now)
        except HoldGoneError:
            return self.times(talk, Wanted.from_state(state["wanted"]), lead="gone")
        reply = self._replies.moved(booking, talk.language)
        return Step(None, (reply,), events=(("moved", {"booking": booking.id, "code": booking.code}),))

    def reminded(self, talk: Talk, *, wants: bool) -> Step:
        """The separate answer to "may we remind you?"."""
        if wants:
            self._desk.remind(talk.state["booking"], talk.now)
        key = "remind_yes_done" if wants else "remind_no_done"
        return Step(None, (self._replies.notice(key, talk.language),))

    def waiting_list(self, talk: Talk) -> Step:
        """Ask who wants to wait."""
        if talk.state.get("service") is None:
            return self.begin(talk)
        talk.state["purpose"] = "wait"
        return self.next_about_contact(talk)

    def come_back(self, talk: Talk) -> Step:
        """ "Remind me later", after a "not now": ask how to reach the person."""
        talk.state["purpose"] = "return"
        claims = self._desk.verdict(talk.visitor, talk.now) or {}
        day = claims.get("earliest") or (talk.now + RETURN_AFTER).date().isoformat()
        talk.state["return_on"] = day
        return self.next_about_contact(talk)

    def _wait(self, talk: Talk) -> Step:
        wanted = Wanted.from_state(talk.state["wanted"])
        part = "morning" if wanted.before == NOON else "afternoon" if wanted.after else ""
        wish = Wish(talk.state["service"], part, wanted.first, wanted.last)
        self._desk.bookings.wait(talk.visitor.conversation, wish, self._contact(talk), at=talk.now)
        return Step(None, (self._replies.notice("waiting", talk.language),), events=(("waiting", {}),))

    def _return(self, talk: Talk) -> Step:
        day = date.fromisoformat(talk.state["return_on"])
        self._desk.bookings.remind_to_return(talk.visitor.conversation, self._contact(talk), day, at=talk.now)
        said = self._wording.day(day, talk.language)
        return Step(None, (self._replies.notice("return_agreed", talk.language, day=said),))

    # ---- helpers

    def _narrowed(self, talk: Talk, said: Wanted) -> Wanted:
        """The new wish on top of the old ones, unless the two together leave nothing."""
        before = Wanted.from_state(talk.state["wanted"])
        both = before.narrowed(said)
        if said.anything or both == said:
            return said
        service = self._desk.clinic.services[talk.state["service"]]
        return both if self._desk.offer(service, self._claims(talk), both, talk.now).exact else said

    def missed(self, talk: Talk) -> Step:
        """Not understood: the question once more, put more simply; after two, a person is offered too."""
        talk.state["misses"] = int(talk.state.get("misses", 0)) + 1
        return Step(talk.state, (self._replies.question(talk.state, again=True),))

    def _exactly(self, talk: Talk, wanted: Wanted) -> datetime | None:
        """The one free time that the words name: "Tuesday 14:30"."""
        held = talk.state.get("slot")
        if held and not (wanted.first or wanted.days):  # "at 11 instead": on the same day
            day = datetime.fromisoformat(held["start"]).astimezone(self._desk.clinic.time_zone).date()
            wanted = replace(wanted, first=day, last=day)
        if not (wanted.first and wanted.first == wanted.last and wanted.after and wanted.before):
            return None
        zone = self._desk.clinic.time_zone
        if wanted.before != one_hour_after(wanted.after):
            return None
        start = datetime.combine(wanted.first, wanted.after, zone).astimezone(timezone.utc)
        service = self._desk.clinic.services[talk.state["service"]]
        free = self._desk.at(service, self._claims(talk), start, talk.now)
        return start if any(wanted.practitioner in (None, slot.practitioner) for slot in free) else None

    def _among_offered(self, talk: Talk, said: Wanted) -> Slot | None:
        """The one offered time that "the one at 3" can mean."""
        if not (said.after and said.before):
            return None
        clinic = self._desk.clinic
        offered = [
            slot_at(clinic.services[talk.state["service"]], one["practitioner"], datetime.fromisoformat(one["start"]))
            for one in talk.state.get("offered", ())
        ]
        at_that_time = [slot for slot in offered if slot.start.astimezone(clinic.time_zone).time() == said.after]
        meant = [slot for slot in at_that_time if said.suits(slot, clinic.time_zone)]
        return meant[0] if len(meant) == 1 else None

    def _claims(self, talk: Talk) -> Any:
        if talk.state["purpose"] == "move":
            return self._desk.claims_of(talk.visitor, self._booking(talk), talk.now)
        claims = self._desk.verdict(talk.visitor, talk.now)
        if claims is None:
            raise NoVerdictError
        return claims

    def _booking(self, talk: Talk) -> Booking:
        return self._desk.booking(talk.visitor, talk.state["code"], talk.state.get("proof"), talk.now)

    def _contact(self, talk: Talk) -> Contact:
        address = talk.state["address"]
        return Contact(talk.state["name"], address["channel"], address["value"])

    def _ask(self, talk: Talk, before: Sequence[str] = ()) -> Step:
        return Step(talk.state, (self._replies.question(talk.state, before),))

    def _say(self, talk: Talk, key: str, **values: str) -> str:
        return self._wording.say(key, talk.language, **values)
