"""Health answers: every look is on record, a clinician decides, and what leaves names nobody."""

from __future__ import annotations

import io
import json

import pytest
from fhir.resources.R4B.bundle import Bundle
from pypdf import PdfReader

from bot.console.paper import Section, as_pdf
from bot.storage import assessments

from .staffed import Office, assessment, booking, conversation, trail


async def test_every_look_at_health_data_is_on_record(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    file = assessment(here.ground, room)
    appointment = booking(here.ground, room)
    for path, what, about in (
        ("/", "view_today", None),
        ("/conversations", "view_list", None),
        (f"/conversations/{room}", "view_conversation", room),
        (f"/conversations/{room}/news?after=0&owner=", "view_conversation", room),
        ("/eligibility", "view_assessments", None),
        (f"/eligibility/{file}", "view_assessment", room),
        (f"/eligibility/{file}/fhir", "export_fhir", room),
        ("/bookings", "view_bookings", None),
        (f"/bookings/{appointment.id}", "view_booking", room),
        ("/review", "view_review", None),
        ("/review/examples", "export_examples", None),
    ):
        before = len(trail(here, one))
        assert (await one.get(path)).status_code == 200, path
        assert trail(here, one)[before:] == [(what, about)], path


@pytest.mark.parametrize(
    ("outcome", "shown"), [("same", "said that nothing has changed"), ("unanswered", "left it open"), (None, None)]
)
async def test_how_the_check_before_the_appointment_ended_stands_on_the_health_answers(
    here: Office, outcome: str | None, shown: str | None
) -> None:
    room, one, database = conversation(here.ground), await here.colleague("clinician"), here.ground.database
    id = assessment(here.ground, room)
    if outcome:
        told = {"outcome": outcome, "at": here.ground.clock().isoformat()}
        with database.write() as connection:
            assessments.rechecked(database, connection, room, told)
    page = (await one.get(f"/eligibility/{id}")).text
    assert ("Before the appointment" in page) == bool(outcome)
    assert shown is None or shown in page


async def test_a_clinician_decides_once(here: Office) -> None:
    room, ada, bo = (
        conversation(here.ground),
        await here.colleague("clinician", "Ada"),
        await here.colleague("clinician"),
    )
    file = f"/eligibility/{assessment(here.ground, room)}"
    page = (await ada.get(file)).text
    assert "blood thinner" in page.lower()
    assert "would be the same" in page
    assert (await ada.post(f"{file}/decide", decision="call", note="")).headers["location"].endswith("decision_missing")
    assert (
        (await ada.post(f"{file}/decide", decision="call", note="Ask her GP")).headers["location"].endswith("decided")
    )
    assert (await bo.post(f"{file}/decide", decision="decline", note="no")).headers["location"].endswith("too_late")
    page = (await bo.get(file)).text
    assert "Call first, by Ada" in page
    assert "Ask her GP" in page
    assert file not in (await bo.get("/eligibility")).text
    assert file in (await bo.get("/eligibility?show=all")).text


async def test_the_fhir_export_is_valid_and_names_nobody(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    booking(here.ground, room)
    got = await one.get(f"/eligibility/{assessment(here.ground, room)}/fhir")
    bundle = Bundle.parse_obj(got.json())
    kinds = [entry.resource.resource_type for entry in bundle.entry]
    assert kinds == ["Questionnaire", "QuestionnaireResponse", "Task"]
    assert "Pat Example" not in json.dumps(got.json())


async def test_health_answers_on_paper_name_nobody(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician", "Ada Okafor")
    booking(here.ground, room)
    file = assessment(here.ground, room)
    got = await one.get(f"/eligibility/{file}/pdf")
    assert (got.status_code, got.headers["content-type"]) == (200, "application/pdf")
    assert got.content.startswith(b"%PDF-")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(got.content)).pages)
    assert "warfarin" in text
    assert "Pat Example" not in text
    assert trail(here, one)[-1] == ("export_pdf", room)


def test_a_paper_shows_what_staff_wrote_in_any_of_our_scripts() -> None:
    written = "Şeyda Günışığı, Ольга, Ελένη"
    made = as_pdf("Title", ["lead"], [Section("Part", [written], [["a", "b"], [written, "2"]])], "foot")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert written in text
    assert "foot 1/1" in " ".join(text.split())
