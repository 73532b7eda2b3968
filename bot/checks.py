"""What `mesobot check` looks at before patients do."""

from __future__ import annotations

from datetime import date

from bot.clinic import ClinicError, load_clinic
from bot.gateway.channels import missing
from bot.knowledge import KnowledgeError
from bot.knowledge.library import Library
from bot.safety.cards import LANGUAGES
from bot.safety.guards import Guards
from bot.settings import Settings


def problems(settings: Settings) -> list[str]:
    """One plain line a problem; empty when the programs may start."""
    found = [*settings.problems(), *missing(settings)]
    try:
        clinic, library = load_clinic(settings.clinic), Library()
    except (ClinicError, KnowledgeError, OSError) as problem:
        return [*found, *str(problem).splitlines()]
    unread = [one for one in clinic.languages if one not in LANGUAGES]
    found += [f"{settings.clinic.name}: languages: danger is not read in {one!r}" for one in unread]
    found += [f"content: {name} is past its review date" for name in library.expired(date.today())]
    return [*found, *library.check_clinic(clinic, Guards())]
