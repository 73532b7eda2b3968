"""What booking says: the question of each stage, drawn from the state alone, and the sentences around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from bot.booking.availability import Slot, slot_at
from bot.booking.desk import BY_PHONE, Offer
from bot.booking.repository import Booking
from bot.booking.wishes import Wanted
from bot.booking.wording import Wording
from bot.clinic import Clinic, Service
from bot.dialogue import State
from bot.envelope import Choice, Link, Reply

NAME = "booking"
FORM = 1  # of a state; one of another form is begun anew
ARRANGED = ("service", "when", "day", "name", "contact", "review", "wrong", "move_review")  # a time is being arranged
STAGES = (*ARRANGED, "remind", "code", "address", "pick", "shown", "cancel")  # of a state; each has a method below


class Replies:
    """Draws replies. Holds no state of a conversation."""

    def __init__(self, clinic: Clinic, wording: Wording) -> None:
        self.clinic = clinic
        self.wording = wording

    def _services(self, language: str) -> Mapping[str, Service]:
        return self.clinic.speaking(language).services

    def can_ask(self, state: State) -> bool:
        """Does the state fit this release, and clinic.yml as it is now? Both may be newer than the conversation."""
        if state.get("v") != FORM or state["stage"] not in STAGES:
            return False
        if state["stage"] not in ARRANGED:
            return True
        chosen = [state["service"]] if "service" in state else []
        services = state["services"] if state["stage"] == "service" else chosen
        people = [state["slot"]["practitioner"]] if "slot" in state else []
        return set(services) <= set(self.clinic.services) and set(people) <= {
            one.id for one in self.clinic.practitioners
        }

    def question(self, state: State, before: Sequence[str] = (), *, again: bool = False) -> Reply:
        """The open question of a state, after the sentences `before`; `again` puts it more simply."""
        draw = getattr(self, f"_{state['stage']}")
        text, choices = draw(state, again)
        human = self.choice("human", state["language"])
        if again and state.get("misses", 0) > 1 and human not in choices:
            choices = (*choices, human)
        kind = "question"
        joined = "\n\n".join([*before, text]) if text else "\n\n".join(before)
        return Reply(kind, f"booking_{state['stage']}", joined, choices=choices)  # type: ignore[arg-type]

    def none_suits(self, state: State) -> Reply:
        """To a "no" when times were offered: look on, or stop?"""
        reply = self.question(state, [self.wording.say("none_suits", state["language"])])
        return replace(reply, choices=(*reply.choices, self.choice("stop", state["language"])))

    def notice(self, key: str, language: str, *choices: Choice, links: tuple[Link, ...] = (), **values: str) -> Reply:
        """A sentence by itself."""
        return Reply("notice", key, self.wording.say(key, language, **values), choices=choices, links=links)

    def hindered(self, why: str, wanted: Wanted, language: str) -> Reply:
        """Why a wish finds nothing; `why` is one of `Desk.why_none`."""
        booking = {key: str(value) for key, value in self.clinic.booking.items()}
        day = self.wording.day(wanted.first, language) if wanted.first else ""
        return self.notice(why, language, day=day, hours=booking["notice_hours"], days=booking["horizon_days"])

    def choice(self, name: str, language: str, value: str = "") -> Choice:
        """The choice `booking:<name>[:<value>]`, or the way to a person."""
        id = "human" if name == "human" else f"{NAME}:{name}:{value}" if value else f"{NAME}:{name}"
        return Choice(id, self.wording.title(name, language))

    # ---- appointments

    def booked(self, booking: Booking, language: str) -> Reply:
        """The confirmation: weekday, date, time, zone, reference, calendar file."""
        return self._about(booking, "booked", language, "reference", "no_duty")

    def moved(self, booking: Booking, language: str) -> Reply:
        """The new time, and the calendar file that replaces the old one."""
        return self._about(booking, "moved", language, "reference", "calendar_changed")

    def shown(self, booking: Booking, language: str) -> Reply:
        """ "When is my appointment?" """
        return self._about(booking, "shown", language)

    def cancelled(self, booking: Booking, language: str, *, soon: bool) -> Reply:
        """Gone, with the calendar file that takes it out."""
        key = "cancelled_late" if soon else "cancelled"
        text = self.wording.say(key, language, moment=self.wording.moment(booking.slot.start, language))
        link = Link(self.wording.say("calendar_link_cancelled", language), f"/calendar/{booking.calendar}.ics")
        return Reply("booking", "cancelled", text, choices=(self.choice("start", language),), links=(link,))

    def by_clinic(self, booking: Booking, change: str, language: str) -> Reply:
        """What the clinic did with an appointment: confirmed, moved or cancelled it."""
        if change != "cancelled":
            more = ("calendar_changed",) if change == "moved" else ()
            return self._about(booking, f"clinic_{change}", language, "reference", *more)
        text = self.wording.say("clinic_cancelled", language, moment=self.wording.moment(booking.slot.start, language))
        link = Link(self.wording.say("calendar_link_cancelled", language), f"/calendar/{booking.calendar}.ics")
        choices = (self.choice("start", language), self.choice("human", language))
        return Reply("booking", "clinic_cancelled", text, choices=choices, links=(link,))

    def _about(self, booking: Booking, key: str, language: str, *more: str) -> Reply:
        service = self._services(language).get(booking.slot.service)  # None: the clinic has given it up since
        values = {
            "title": service.title if service else booking.slot.service,
            "moment": self.wording.moment(booking.slot.start, language),
            "code": booking.code,
        }
        text = "\n\n".join(self.wording.say(one, language, **values) for one in (key, *more))
        choices = tuple(self.choice(name, language, booking.code) for name in ("move", "cancel", "late"))
        link = Link(self.wording.say("calendar_link", language), f"/calendar/{booking.calendar}.ics")
        return Reply("booking", key, text, choices=choices, links=(link,))

    # ---- one stage each: text and choices

    def _service(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        services = [self._services(state["language"])[id] for id in state["services"]]
        lines = [
            "- " + self._say(state, "service_line", title=one.title, minutes=str(one.minutes), price=one.price)
            for one in services
        ]
        text = self._say(state, "ask_service_again" if again else "ask_service")
        choices = tuple(Choice(f"{NAME}:service:{one.id}", one.title) for one in services)
        return "\n".join([text, *lines]), choices

    def _when(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        language = state["language"]
        service = self.clinic.services[state["service"]]
        slots = [
            slot_at(service, one["practitioner"], datetime.fromisoformat(one["start"])) for one in state["offered"]
        ]
        choices = [Choice(slot_choice(slot), self.wording.slot_title(slot, language)) for slot in slots]
        if state.get("more"):
            choices.append(self.choice("more", language))
        if not state.get("wanted") and slots:
            choices += [self.choice("mornings", language), self.choice("afternoons", language)]
        if not slots or not state.get("exact", True):
            choices += [self.choice("wait", language), self.choice("human", language)]
        return (self._say(state, "ask_when_again" if again else state.get("lead", "ask_when")), tuple(choices))

    def _day(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        titles = {day: self.wording.day_title(date.fromisoformat(day), state["language"]) for day in state["days"]}
        return self._say(state, "which_day"), tuple(Choice(f"{NAME}:day:{day}", title) for day, title in titles.items())

    def _name(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        first = {"wait": "ask_wait_name", "return": "ask_return_name"}.get(state["purpose"], "ask_name")
        choices = (self.choice("other_time", state["language"]),) if state.get("hold") else ()
        return self._say(state, "ask_name_again" if again else first), choices

    def _contact(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        key = "ask_phone" if needs_phone(state) else "ask_contact"
        if again:
            return self._say(state, f"{key}_again"), ()
        return f"{self._say(state, key)} {self._say(state, 'why_contact')}", ()

    def _review(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        language, service = state["language"], self._services(state["language"])[state["service"]]
        person = next(one for one in self.clinic.practitioners if one.id == state["slot"]["practitioner"])
        start = datetime.fromisoformat(state["slot"]["start"])
        lines = [
            self._say(state, "review_service", title=service.title, minutes=str(service.minutes)),
            self._say(state, "review_when", moment=self.wording.moment(start, language)),
            self._say(state, "review_call" if service.id in BY_PHONE else "review_where"),
            self._say(state, "review_with", practitioner=person.name),
            self._say(state, "review_name", name_given=state["name"]),
            self._say(state, "review_contact", contact=state["address"]["shown"]),
            self._say(state, "review_price", price=service.price),
        ]
        text = "\n".join([self._say(state, "review_again" if again else "review"), *(f"- {line}" for line in lines)])
        names = ("yes", "other_time", "change_name", "change_contact", "stop")
        choices = tuple(self.choice(name, language) for name in names)
        return f"{text}\n\n{self._say(state, 'review_question')}", choices

    def _wrong(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        names = ("other_time", "change_name", "change_contact", "stop")
        return self._say(state, "ask_wrong"), tuple(self.choice(name, state["language"]) for name in names)

    def _move_review(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        language = state["language"]
        old, new = (
            self.wording.moment(datetime.fromisoformat(iso), language) for iso in (state["old"], state["slot"]["start"])
        )
        names = ("move_yes", "other_time", "cancel_no")
        return self._say(state, "move_question", old=old, new=new), tuple(self.choice(one, language) for one in names)

    def _remind(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        names = ("remind_yes", "remind_no")
        return self._say(state, "ask_remind"), tuple(self.choice(name, state["language"]) for name in names)

    def _code(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        return self._say(state, "ask_code_again" if again else "ask_code"), (self.choice("human", state["language"]),)

    def _address(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        return self._say(state, "ask_contact_again" if again else "ask_address"), ()

    def _pick(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        choices = tuple(Choice(f"{NAME}:{state['purpose']}:{code}", title) for code, title in state["several"])
        return self._say(state, "several"), choices

    def _shown(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        names = ("move", "cancel", "late")
        return "", tuple(self.choice(name, state["language"], state["code"]) for name in names)

    def _cancel(self, state: State, again: bool) -> tuple[str, tuple[Choice, ...]]:
        moment = self.wording.moment(datetime.fromisoformat(state["old"]), state["language"])
        names = ("cancel_yes", "cancel_no")
        choices = tuple(self.choice(name, state["language"]) for name in names)
        return self._say(state, "ask_cancel", moment=moment), choices

    def _say(self, state: State, key: str, **values: str) -> str:
        return self.wording.say(key, state["language"], **values)


def remember(state: State, offer: Offer) -> None:
    """Keep what was offered, so that the question can be repeated without looking again."""
    state["offered"] = [{"start": slot.start.isoformat(), "practitioner": slot.practitioner} for slot in offer.slots]
    state["more"], state["exact"] = offer.more, offer.exact
    if offer.slots:
        state["last"] = offer.slots[-1].start.isoformat()


def slot_choice(slot: Slot) -> str:
    """The id of a slot choice."""
    return f"{NAME}:slot:{slot.start:%Y%m%dT%H%M}:{slot.practitioner}"


def needs_phone(state: State) -> bool:
    """Does the clinic call for this service?"""
    return state["purpose"] == "book" and state.get("service") in BY_PHONE


def titled(services: Iterable[Service], text: str) -> Service | None:
    """The service named in a text; the longest title wins, as one may be the beginning of another."""
    said = text.casefold()
    named: list[Any] = [one for one in services if one.title.casefold() in said]
    return max(named, key=lambda one: len(one.title), default=None)
