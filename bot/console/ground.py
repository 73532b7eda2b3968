"""What every page stands on: made once by the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from babel import Locale, UnknownLocaleError
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.clinic import Clinic
from bot.console.wording import Texts
from bot.eligibility.questionnaire import Questionnaire, load_questionnaire
from bot.eligibility.wording import Wording
from bot.envelope import Envelope
from bot.knowledge.library import Library
from bot.safety.guards import Guards
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.tables import iso, now

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Ground:
    """Settings, clinic, database and the content that pages show."""

    settings: Settings
    clinic: Clinic
    database: Database
    library: Library
    texts: Texts = field(default_factory=Texts)
    clock: Callable[[], datetime] = now
    # (envelope, channel, language) -> messages as (text, titles of buttons): the gateway's, which pages may not import.
    looks: Callable[[Envelope, str, str | None], list[tuple[str, tuple[str, ...]]]] | None = None

    @property
    def production(self) -> bool:
        return self.settings.env == "production"

    @property
    def secret(self) -> str:
        return self.settings.secret_key

    @cached_property
    def questionnaire(self) -> Questionnaire:
        return load_questionnaire()

    @cached_property
    def wording(self) -> Wording:
        """How patients were asked."""
        return Wording(self.questionnaire, self.clinic)

    @cached_property
    def topics(self) -> list[str]:
        """Every topic, by its title."""
        named = [
            place.removeprefix("phrase.topic.") for place, _ in self.library.all_texts() if "phrase.topic." in place
        ]
        return sorted(named, key=self.topic_title)

    @cached_property
    def guards(self) -> Guards:
        return Guards()

    @cached_property
    def jinja(self) -> Environment:
        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.globals |= {"t": self.texts, "clinic": self.clinic, "topic_title": self.topic_title}
        made.globals |= {"language_name": language_name}
        made.filters |= {
            "when": self.when,
            "clock": self.clock_of,
            "ago": self.ago,
            "iso": iso,
            "moment": datetime.fromisoformat,
            "day": self.day,
            "short_day": self.short_day,
        }
        made.filters["topic_title"] = self.topic_title
        return made

    def today(self) -> date:
        """The clinic's day."""
        return self.clock().astimezone(self.clinic.time_zone).date()

    def when(self, moment: datetime) -> str:
        """Day and time on the clinic's clock; today's day is left out."""
        local = moment.astimezone(self.clinic.time_zone)
        if local.date() == self.today():
            return f"{local:%H:%M}"
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"

    def clock_of(self, moment: datetime) -> str:
        """The time on the clinic's clock."""
        return f"{moment.astimezone(self.clinic.time_zone):%H:%M}"

    def day(self, day: date) -> str:
        """A day in words."""
        return f"{day:%A} {day.day} {day:%B %Y}"

    def short_day(self, day: date) -> str:
        """A day for the head of a column: "Mon 30 Nov"."""
        return f"{day:%a} {day.day} {day:%b}"

    def ago(self, moment: datetime) -> str:
        """How long since: "4 min"."""
        passed = max(timedelta(), self.clock() - moment)
        minutes = int(passed.total_seconds() // 60)
        if minutes < 1:
            return self.texts("time.now")
        if minutes < 120:
            return self.texts("time.minutes", n=minutes)
        if minutes < 60 * 48:
            return self.texts("time.hours", n=minutes // 60)
        return self.texts("time.days", n=minutes // 60 // 24)

    def question_title(self, ref: str) -> str:
        """A question or a group of questions, short."""
        if ref in self.questionnaire.items:
            return self.wording.item("en", self.questionnaire.items[ref], "label")
        return self.questionnaire.groups.get(ref, ref)

    def topic_title(self, topic: str) -> str:
        """A topic as patients name it; its id when it has no title."""
        try:
            return self.library.topic_title(topic)
        except KeyError:
            return topic.replace("_", " ")


def language_name(code: str, said_in: str = "") -> str:
    """A language as its speakers name it, or in another language; the code itself when nobody knows it."""
    try:
        return str(Locale.parse(code).get_display_name(said_in or code) or code)
    except (ValueError, UnknownLocaleError):
        return code
