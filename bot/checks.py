"""What `mesobot check` looks at before patients do."""

from __future__ import annotations

from datetime import date

from bot.clinic import ClinicError, load_clinic
from bot.knowledge import KnowledgeError
from bot.knowledge.library import Library
from bot.settings import Settings


def problems(settings: Settings) -> list[str]:
    """One plain line a problem; empty when the programs may start."""
    found = settings.problems()
    try:
        load_clinic(settings.clinic)
    except (ClinicError, OSError) as problem:
        found += str(problem).splitlines()
    try:
        found += [f"content: {name} is past its review date" for name in Library().expired(date.today())]
    except KnowledgeError as problem:
        found += str(problem).splitlines()
    return found
