"""What the pages show and do, and that every look at health data is on record."""

from __future__ import annotations

import io
import json
import re
from datetime import date, timedelta
from html import unescape

import pytest
import yaml
from fhir.resources.R4B.bundle import Bundle
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy import select, update

from bot.booking.availability import free_slots
from bot.console.figures import Bar, Chart
from bot.console.fixed import CATALOGUES
from bot.console.ground import TEMPLATES
from bot.console.paper import Section, as_pdf
from bot.console.review import without_names
from bot.console.wording import Texts
from bot.envelope import Reply
from bot.safety.cards import LANGUAGES, edition, load_cards
from bot.safety.guards import Guards
from bot.storage import assessments, audit, casework, consents, conversations, deliveries, outbox, staff, turns
from bot.storage.bookings import StoredBookings
from bot.storage.erasure import erase
from bot.storage.tables import new_id

from .staffed import Colleague, Office, alert, assessment, booking, conversation, request


def _trail(office: Office, who: Colleague) -> list[tuple[str, str | None]]:
    with office.ground.database.read() as connection:
        query = select(audit.audit.c.what, audit.audit.c.conversation).where(audit.audit.c.who == who.id)
        assert audit.first_break(connection) is None
        return [(row.what, row.conversation) for row in connection.execute(query.order_by(audit.audit.c.number))]


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
        before = len(_trail(here, one))
        assert (await one.get(path)).status_code == 200, path
        assert _trail(here, one)[before:] == [(what, about)], path


async def test_the_transcript_shows_how_it_was_understood(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    page = (await one.get(f"/conversations/{room}")).text
    for wanted in (
        "41 %",
        "Expected after treatment X1",
        "hurt",
        "preg.pregnant: negated, self",
        "NHS (2026-11-02)",
        "scalp",
        "X1.2",
        ": version 3 <code>",
        "0123456789ab",
        "action_answer",
    ):
        assert wanted in page


async def test_an_old_transcript_says_what_was_not_recorded_then(here: Office) -> None:
    one, room = await here.colleague("clinician"), conversation(here.ground)
    with here.ground.database.write() as connection:
        turn = turns.export_turns(here.ground.database, connection, room)[0]
        older = {
            name: value for name, value in turn["reading"].items() if name not in ("rule", "actions", "cards", "slots")
        }
        sealed = here.ground.database.seal(turns.turns.c.reading, turn["inbox"], older)
        connection.execute(update(turns.turns).values(reading=sealed))
    page = (await one.get(f"/conversations/{room}")).text
    assert "were not recorded at that time" in page
    assert "41 %" in page
    assert "X1.2" not in page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_danger_cards_are_shown_with_sources_beside_english_and_pass_the_guards(
    here: Office, language: str
) -> None:
    one = await here.colleague("clinician")
    page = unescape((await one.get(f"/content/danger?language={language}")).text)
    shown, english = (load_cards(name)["cards"]["E1"].split("\n")[0] for name in (language, "en"))
    assert shown in page
    assert english in page
    assert "NHS: anaphylaxis" in page
    assert edition("E1", language) in page
    assert "Every text passes the guards." in page
    assert "<textarea" not in page  # nothing of it is changed here


@pytest.mark.parametrize("catalogue", CATALOGUES)
async def test_fixed_phrases_are_shown_beside_english_and_pass_the_guards(here: Office, catalogue: str) -> None:
    one = await here.colleague("editor")
    page = unescape((await one.get(f"/content/phrases?of={catalogue}&language=tr")).text)
    assert "Every text passes the guards." in page
    assert "said in English" not in page  # Turkish is complete
    assert page.count("<code>") > 20


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


async def test_nothing_a_patient_writes_is_html(here: Office) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    room, one = conversation(here.ground, hostile), await here.colleague("admin")
    for path in (f"/conversations/{room}", "/review"):
        page = (await one.get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("?topic=pain_numbing", True),
        ("?topic=allergies", False),
        ("?unsure=1", True),
        ("?channel=web&language=en", True),
        ("?channel=telegram", False),
        ("?danger=1", False),
        ("?owner=me", False),
        ("?owner=bot", True),
        ("?verdict=clinician_review", True),
        ("?verdict=no_flag", False),
        ("?since=2099-01-01", False),
        ("?test=only", False),
        ("?find=CODE", True),
        ("?find=XXXX-XXXX", False),
    ],
)
async def test_filters(here: Office, query: str, found: bool) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    assessment(here.ground, room)
    code = booking(here.ground, room).code
    page = (await one.get("/conversations" + query.replace("CODE", code.lower()))).text
    assert (room in page) == found


async def test_notes_are_private_and_sealed(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician", "Ada Okafor")
    await one.post(f"/conversations/{room}/notes", text="Prefers mornings")
    assert "Prefers mornings" in (await one.get(f"/conversations/{room}")).text
    reception = await here.colleague("reception")
    assert "Prefers mornings" not in (await reception.get(f"/conversations/{room}")).text
    with here.ground.database.read() as connection:
        kept = connection.scalar(select(casework.notes.c.content))
    assert b"mornings" not in kept


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


async def test_an_alert_from_raised_to_closed(here: Office) -> None:
    room = conversation(here.ground)
    id, one, other = alert(here.ground, room), await here.colleague("reception"), await here.colleague("clinician")
    assert "less than a minute" in (await one.get("/")).text
    here.turned = timedelta(minutes=6)
    assert "for more than 5 minutes" in (await one.get("/today")).text
    assert "1 alert waits" in (await other.get("/urgent")).text
    assert (await one.post(f"/alerts/{id}/acknowledge")).headers["location"].endswith("acknowledged")
    assert (await other.post(f"/alerts/{id}/acknowledge")).headers["location"].endswith("already")
    assert (await other.get("/urgent")).text.strip() == ""
    assert (await other.post(f"/alerts/{id}/close")).headers["location"].endswith("closed")
    assert "No open alerts" in (await one.get("/")).text
    assert ("acknowledge_alert", room) in _trail(here, one)


async def test_a_message_that_did_not_arrive_is_sent_again_or_put_away(here: Office) -> None:
    room, one = conversation(here.ground, channel="sms"), await here.colleague("reception")
    database, at = here.ground.database, here.ground.clock()
    with database.write() as connection:
        reply = Reply("text", "staff", "Please call us.")
        letters = [
            outbox.append(database, connection, room, reply, at, sender="staff", delivery="pending").id
            for _ in range(2)
        ]
        for letter in letters:
            deliveries.give_up(connection, room, letter, "opted_out", at)
    assert (await one.get("/")).text.count("the patient wrote STOP") == 2
    assert (await one.post(f"/letters/{letters[0]}/again")).headers["location"].endswith("sent_again")
    assert (await one.post(f"/letters/{letters[1]}/done")).headers["location"].endswith("put_away")
    assert (await one.post(f"/letters/{letters[1]}/done")).headers["location"].endswith("already")
    assert "Everything was delivered" in (await one.get("/today")).text
    with database.write() as connection:
        taken = deliveries.take(database, connection, room, here.ground.clock(), timedelta(minutes=1))
    assert taken is not None
    assert (taken.envelope.id, taken.attempts) == (letters[0], 1)
    assert ("send_again", room) in _trail(here, one)


async def test_an_appointment_is_confirmed_moved_and_cancelled(here: Office) -> None:
    one = await here.colleague("reception")
    made = booking(here.ground, conversation(here.ground))
    page, path = (await one.get(f"/bookings/{made.id}")).text, f"/bookings/{made.id}"
    slots = re.findall(r'<option value="([^"]+)"', page)
    assert (await one.post(f"{path}/confirm")).headers["location"].endswith("confirmed")
    assert (await one.post(f"{path}/confirm")).headers["location"].endswith("already")
    assert (await one.post(f"{path}/no-show")).headers["location"].endswith("too_early")
    assert (await one.post(f"{path}/move", slot=slots[5])).headers["location"].endswith("moved")
    other = booking(here.ground, conversation(here.ground))  # takes the time that became free
    assert other.slot.start == made.slot.start
    assert (
        (await one.post(f"{path}/move", slot=f"{other.slot.start.isoformat()}|{other.slot.practitioner}"))
        .headers["location"]
        .endswith("slot_gone")
    )
    day = other.slot.start.date().isoformat()
    week = (await one.get(f"/bookings?show=week&day={day}")).text
    assert '<table class="calendar">' in week
    assert "Pat Example" in week
    assert made.code in (await one.get(f"/bookings?show=list&day={day}")).text
    assert (await one.post(f"{path}/cancel")).headers["location"].endswith("cancelled")
    assert StoredBookings(here.ground.database).coming(made.conversation, here.ground.clock()) == []
    here.turned = timedelta(days=14)
    again = await here.colleague("reception")
    assert (await again.post(f"/bookings/{other.id}/no-show")).headers["location"].endswith("no_show")
    assert "did not come" in (await again.get(f"/bookings/{other.id}")).text


async def test_an_appointment_leaves_as_fhir_without_a_word_about_health(here: Office) -> None:
    one = await here.colleague("reception")
    made = booking(here.ground, conversation(here.ground))
    answer = await one.get(f"/bookings/{made.id}/fhir")
    assert answer.headers["content-type"].startswith("application/fhir+json")
    bundle = Bundle.parse_raw(answer.text)
    assert [entry.resource.resource_type for entry in bundle.entry] == ["Appointment", "Slot", "Schedule"]
    assert bundle.entry[0].resource.contained[0].name[0].text == "Pat Example"
    assert "no_flag" not in answer.text
    assert "answers" not in answer.text


async def test_small_numbers_are_not_shown(here: Office) -> None:
    one = await here.colleague("editor")
    for _ in range(4):
        conversation(here.ground)
    conversation(here.ground, test=True)
    page = (await one.get("/figures")).text
    assert "&lt; 5" in page
    assert not re.search(r"<td>[1-4]</td>", page)
    for _ in range(4):
        conversation(here.ground)
    assert "<td>8</td>" in (await one.get("/figures?days=7")).text


def test_a_hidden_number_cannot_be_measured_from_the_picture() -> None:
    drawn = [Chart("x", [Bar("a", 40), Bar("b", n)]).placed()[1][2] for n in (1, 2, 3, 4)]
    assert len(set(drawn)) == 1


async def test_misunderstood_messages_are_labelled_without_names(here: Office) -> None:
    conversation(here.ground, "My name is Jane Roe, +44 7400 123456, how much is it?")
    one = await here.colleague("editor")
    page = (await one.get("/review")).text
    assert "[name]" in page
    assert "Roe" not in page
    assert "7400" not in page
    inbox = re.search(r'action="/review/messages/(\w+)"', page)
    assert inbox
    path = f"/review/messages/{inbox[1]}"
    assert (await one.post(path, topic="no_topic", wording="x")).status_code == 400
    await one.post(path, topic="price_payment", wording="This is Jane Roe, how much is it?")
    assert "Nothing to label" in (await one.get("/review")).text
    proposed = yaml.safe_load((await one.get("/review/examples")).text)
    assert proposed["nlu"][0]["intent"] == "price_payment"
    assert proposed["nlu"][0]["examples"] == "- This is [name], how much is it?\n"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to a.b@example.org", "write to [address]"),
        ("I'm called Ann Lee and it hurts", "I'm called [name] and it hurts"),
        ("see https://x.example/me", "see [link]"),
        ("I am 34 and had 2 sessions", "I am 34 and had 2 sessions"),
    ],
)
def test_what_is_left_out(text: str, left: str) -> None:
    assert without_names(text) == left


async def test_waiting_people_and_health_checks(here: Office) -> None:
    request(here.ground, conversation(here.ground))
    one = await here.colleague("clinician")
    page = (await one.get("/")).text
    assert "asked for a person" in page
    async with here.browser() as operator:
        assert (await operator.get("/healthz")).json() == {"status": "ok", "database": True}
        assert "mesobot_console_people_waiting 1.0" in (await operator.get("/metrics")).text


def test_the_console_loads_neither_rasa_nor_tensorflow() -> None:
    import subprocess
    import sys

    script = (
        "import sys, bot.console.program;"
        "sys.exit(' '.join(m for m in ('rasa', 'rasa_sdk', 'tensorflow') if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_text_is_used_and_there() -> None:
    texts = Texts()
    pages = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    code = "".join(path.read_text() for path in TEMPLATES.parent.glob("*.py"))
    called = set(re.findall(r'\bt\("([a-z_.]+)"', pages)) | set(re.findall(r'texts\("([a-z_.]+)"', code))
    assert {key for key in called if not key.endswith(".")} <= set(texts.all)
    groups = set(re.findall(r'(?:t|texts|or_plain)\(f?"([a-z_.]+\.)(?:" ~|\{)', pages + code)) | {"canned."}
    said = pages + code
    unused = [
        key
        for key in texts.all
        if f'"{key}"' not in said
        and not any(key.startswith(group) for group in groups)
        and key.partition(".")[0] not in ("told", "nav")
    ]
    assert unused == []
    told = set(re.findall(r'go\([^)]*?"([a-z_]+)"(?: if done else "([a-z_]+)")?\)', code))
    assert {one for pair in told for one in pair if one} <= {key[5:] for key in texts.all if key.startswith("told.")}


def test_replies_to_begin_with_promise_nothing(here: Office) -> None:
    guards = Guards()
    for key, text in here.ground.texts.all.items():
        if key.startswith("canned."):
            filled = here.ground.clinic.fill(text, staff_name="Ada")
            assert guards.violations(filled) == (), key


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
    assert _trail(here, one)[-1] == ("export_pdf", room)


def test_a_paper_shows_what_staff_wrote_in_any_of_our_scripts() -> None:
    written = "Şeyda Günışığı, Ольга, Ελένη"
    made = as_pdf("Title", ["lead"], [Section("Part", [written], [["a", "b"], [written, "2"]])], "foot")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert written in text
    assert "foot 1/1" in " ".join(text.split())


async def test_a_blocked_time_cannot_be_booked_until_it_is_freed(here: Office) -> None:
    one = await here.colleague("reception")
    first = booking(here.ground, conversation(here.ground)).slot
    zone = here.ground.clinic.time_zone
    day = first.start.astimezone(zone).date() + timedelta(days=7)
    span = {"starts": f"{day}T00:00", "ends": f"{day}T23:55", "practitioner": ""}
    assert (
        (await one.post("/bookings/blocks", **{**span, "ends": f"{day}T00:00"})).headers["location"].endswith("wrong")
    )
    assert "told=blocked" in (await one.post("/bookings/blocks", **span)).headers["location"]
    assert _offered(here, day) == 0
    page = (await one.get(f"/bookings?day={day}")).text
    assert "Blocked, Ada Okafor" in page
    for path in dict.fromkeys(re.findall(r'action="(/bookings/blocks/\w+/free)"', page)):
        assert (await one.post(path)).headers["location"].endswith("freed")
    assert _offered(here, day) > 0


def _offered(office: Office, day: date) -> int:
    ground, at = office.ground, office.ground.clock()
    busy = StoredBookings(ground.database).busy(at, at + timedelta(days=30), at)
    slots = free_slots(ground.clinic, ground.clinic.services["consultation"], now=at, busy=busy)
    return sum(1 for slot in slots if slot.start.astimezone(ground.clinic.time_zone).date() == day)


async def test_a_calendar_follows_a_secret_address(here: Office) -> None:
    one = await here.colleague("reception")
    made = booking(here.ground, conversation(here.ground))
    link = re.search(r"http://console.test(/calendar/\S+\.ics)", (await one.post("/bookings/feed")).text)
    assert link
    async with here.browser() as program:  # no cookie, only the address
        calendar = (await program.get(link[1])).text
        assert [event["summary"] for event in Calendar.from_ical(calendar).walk("VEVENT")] == [
            f"{made.code} · {here.ground.clinic.services['consultation'].title}"
        ]
        assert "Pat Example" not in calendar
        assert (await program.get("/calendar/guessed.ics")).status_code == 403
        again = re.search(r"http://console.test(/calendar/\S+\.ics)", (await one.post("/bookings/feed")).text)
        assert again
        assert (await program.get(link[1])).status_code == 403  # the new address ended the old one
        with here.ground.database.write() as connection:
            staff.disable(connection, one.id, here.ground.clock())
        assert (await program.get(again[1])).status_code == 403


async def test_where_people_gave_up_is_the_last_question_they_were_asked(here: Office) -> None:
    ground, at = here.ground, here.ground.clock()
    with ground.database.write() as connection:
        for _ in range(6):
            room = new_id()
            conversations.ensure(connection, room, "web", at)
            consents.record(connection, room, consents.Consent("health", "given", "1", "web", at))
            for ref in ("gate.age", "meds.thinner"):
                outbox.append(ground.database, connection, room, Reply("question", ref, "?"), at)
            outbox.append(ground.database, connection, room, Reply("answer", "pain_numbing", "!"), at)
    page = (await (await here.colleague("editor")).get("/figures")).text
    label = ground.question_title("meds.thinner")
    assert label != "meds.thinner"
    assert re.search(rf'<th scope="row">{re.escape(label)}</th><td>6</td>', page)


async def test_a_stream_ends_with_its_conversation_and_carries_no_words(here: Office) -> None:
    room, one = conversation(here.ground), await here.colleague("clinician")
    erase(here.ground.database, room)
    ended = await one.get(f"/conversations/{room}/events")
    assert (ended.status_code, ended.text) == (200, "")
    assert ended.headers["content-type"].startswith("text/event-stream")
