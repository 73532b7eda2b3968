"""Every question of the form as an open one: its ref and the state in which it is asked."""

from __future__ import annotations

from typing import Any

from .conftest import Patient, changed

# Answers under which every question of its own is asked at least once.
PATHS: list[dict[str, Any]] = [
    {},
    {
        "meds__thinner": "Y",
        "meds__thinner__name": "Eliquis",
        "meds__nsaid": "self",
        "meds__nsaid__last": "2026-11-20",
        "meds__isotretinoin": "now",
        "meds__list": "paracetamol",
        "organ__heart": "Y",
        "organ__heart__recent": "N",
        "diabetes": "controlled",
        "request__area": ["scalp"],
        "hair__pattern": "gradual",
        "hair__5ari": "N",
        "allergy__any": "Y",
        "allergy__which": ["latex"],
        "allergy__severe": "N",
        "recent__procedure": ["laser"],
        "recent.procedure.date": "2026-11-09",
        "recent__vaccine": "Y",
        "recent.vaccine.date": "2026-11-20",
        "request__event": "Y",
        "request.event.date": "2026-12-01",
        "mind__worry": "Y",
        "mind__impact": "N",
    },
    {"recent__dental": "Y", "recent.dental.date": "2026-11-20"},
]


def at_every_question() -> list[tuple[str, dict[str, Any]]]:
    """(ref, state) of every question that is asked, reached by talking."""
    found: dict[str, dict[str, Any]] = {}
    for changes in PATHS:
        patient = Patient()
        answers = changed(**changes)
        while patient.state is not None and not patient.state["finished"]:
            found.setdefault(patient.reply.ref, patient.state)
            patient.answers_open(answers)
    for ref in ("request.goal", "final.other"):
        patient = Patient()
        patient.to("final.confirm")
        patient.sends(f"questionnaire:note:{ref}")
        assert patient.state is not None
        found[ref] = patient.state
    return list(found.items())


EVERYWHERE = at_every_question()
AFTER_CONSENT = [pair for pair in EVERYWHERE if pair[0] != "consent.health"]


def at(ref: str, **changes: Any) -> Patient:
    patient = Patient()
    patient.to(ref, changed(**changes))
    return patient
