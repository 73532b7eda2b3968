"""A clinic's own values, read from clinic.yml and checked once at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from bot.envelope import Link

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERS = ("clinic", "clinic_emergency", "emergency", "urgent_line", "crisis_line", "support_line")
BOOKING = {"notice_hours": 0, "horizon_days": 60, "hold_minutes": 10, "cancel_hours": 24}  # where clinic.yml is silent
PLACEHOLDER = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")


class ClinicError(ValueError):
    """clinic.yml cannot be used; the message lists every problem, one a line."""


@dataclass(frozen=True)
class Number:
    """A phone number: `dial` for a `tel:` link, `say` for the eye."""

    dial: str
    say: str


@dataclass(frozen=True)
class Practitioner:
    """Who sees patients, and the ids of the services they offer."""

    id: str
    name: str
    title: str
    register: str
    services: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """What can be booked. `minutes` long, followed by a `buffer` (minutes) without patients."""

    id: str
    title: str
    minutes: int
    buffer: int
    price: str
    may_treat: bool


@dataclass(frozen=True)
class Clinic:
    """One clinic. `values` holds every text a template may name, by its dotted path in clinic.yml."""

    name: str
    time_zone: ZoneInfo
    country: str
    languages: tuple[str, ...]
    numbers: Mapping[str, Number]
    hours: Mapping[int, tuple[tuple[time, time], ...]]  # weekday 0 = Monday -> opening ranges
    holidays: Mapping[str, str]
    closed: frozenset[date]
    practitioners: tuple[Practitioner, ...]
    services: Mapping[str, Service]
    booking: Mapping[str, Any]
    values: Mapping[str, str]
    translated: Mapping[str, Clinic] = field(default_factory=dict)  # language -> the same clinic, speaking it

    def names_practitioner(self, text: str) -> bool:
        """Does a text name one of us, by the last name?"""
        said = {word.strip(".,!?'’").removesuffix("'s").removesuffix("’s") for word in text.casefold().split()}
        return any(one.name.casefold().split()[-1] in said for one in self.practitioners)

    def speaking(self, language: str) -> Clinic:
        """The clinic with its texts, services and titles in `language`, as far as clinic.yml has them."""
        return self.translated.get(language, self)

    @property
    def slug(self) -> str:
        """The name as the widget on our own pages keeps its session under: "linden-skin-clinic"."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-") or "clinic"

    def fill(self, template: str, **more: str) -> str:
        """Replace `{{name}}` by `more`, be it "", or the clinic's value. Raises `KeyError` for a name nobody knows."""
        return PLACEHOLDER.sub(lambda found: more[found[1]] if found[1] in more else self.values[found[1]], template)

    def call(self, number: str) -> Link:
        """A `tel:` link for one of `NUMBERS`."""
        return Link(self.numbers[number].say, f"tel:{self.numbers[number].dial}")


def load_clinic(path: Path) -> Clinic:
    """Read and check a clinic file. Raises `ClinicError` naming everything that is missing or wrong."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    problems = [
        f"{name}: missing"
        for name in ("name", "controller", "email", "privacy_url", "address", "country", "time_zone", "hours")
        if not raw.get(name)
    ]
    numbers = {name: Number(**given) for name, given in (raw.get("numbers") or {}).items()}
    problems += [f"numbers.{name}: missing" for name in NUMBERS if name not in numbers]
    zone = None
    try:
        zone = ZoneInfo(str(raw.get("time_zone", "")))
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(f"time_zone: {raw.get('time_zone')!r} is not a known zone")
    services = {given["id"]: Service(**given) for given in raw.get("services") or ()}
    practitioners = tuple(
        Practitioner(**{**given, "services": tuple(given["services"])}) for given in raw.get("practitioners") or ()
    )
    problems += [
        f"practitioners.{person.id}: unknown service {service!r}"
        for person in practitioners
        for service in person.services
        if service not in services
    ]
    if problems or zone is None:
        raise ClinicError("\n".join(f"{path.name}: {problem}" for problem in problems))
    clinic = Clinic(
        name=raw["name"],
        time_zone=zone,
        country=raw["country"],
        languages=tuple(dict.fromkeys(["en", *raw.get("languages", ())])),
        numbers=numbers,
        hours={day: tuple(_range(text) for text in raw["hours"].get(name, ())) for day, name in enumerate(WEEKDAYS)},
        holidays=raw.get("holidays") or {},
        closed=frozenset(date.fromisoformat(str(day)) for day in raw.get("closed") or ()),
        practitioners=practitioners,
        services=services,
        booking={**BOOKING, **(raw.get("booking") or {})},
        values=_values(raw, numbers),
    )
    translations = raw.get("translations") or {}
    return replace(
        clinic, translated={language: _translated(clinic, given) for language, given in translations.items()}
    )


def _translated(clinic: Clinic, given: Mapping[str, Any]) -> Clinic:
    """`clinic` with the texts of one language laid over its own."""
    named = {"practitioners": given.get("practitioners") or {}, "services": given.get("services") or {}}
    return replace(
        clinic,
        practitioners=tuple(replace(one, **named["practitioners"].get(one.id, {})) for one in clinic.practitioners),
        services={id: replace(one, **named["services"].get(id, {})) for id, one in clinic.services.items()},
        values={**clinic.values, **_flat({key: text for key, text in given.items() if key not in named})},
    )


def _range(text: str) -> tuple[time, time]:
    start, end = text.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def _values(raw: Mapping[str, Any], numbers: Mapping[str, Number]) -> dict[str, str]:
    """All texts under dotted names; numbers get the names that the safety texts use."""
    flat = _flat({key: value for key, value in raw.items() if key not in ("numbers", "hours", "translations")})
    for name, number in numbers.items():
        spelled = {
            "clinic": "clinic_phone",
            "clinic_emergency": "clinic_emergency_phone",
            "emergency": "emergency_number",
        }
        flat[spelled.get(name, name)] = number.say
    return flat


def _flat(tree: Mapping[str, Any]) -> dict[str, str]:
    """Flatten to dotted names; lists become "a, b"."""
    flat: dict[str, str] = {}

    def walk(prefix: str, node: Any) -> None:
        if isinstance(node, Mapping):
            for key, child in node.items():
                walk(f"{prefix}.{key}" if prefix else str(key), child)
        elif isinstance(node, list):
            if all(isinstance(item, str) for item in node):
                flat[prefix] = ", ".join(node)
        else:
            flat[prefix] = str(node)

    walk("", tree)
    return flat
