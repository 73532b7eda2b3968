"""Answers that hold more: a question beside, a fact for later, dates, medicines nobody knows."""

from __future__ import annotations

import time

import pytest

from bot.dialogue import Turn
from bot.eligibility.commands import Commands
from bot.eligibility.naming import NEAR, Namer
from bot.eligibility.reading import NUMBERS_ONLY
from bot.eligibility.record import Fact

from .conftest import DIALOGUE, HEALTHY, NOW, QUESTIONNAIRE
from .open_questions import at


def test_an_answer_and_a_question_in_one_message_are_both_heard() -> None:
    patient = at("skin")
    patient.says("none. How much is it?", topics=["price_payment"], certainty="sure")
    assert not patient.step.taken
    assert patient.has("answer")
    assert patient.reply.ref == "history"  # what resume asks


def test_a_question_with_a_disclosure_is_remembered_for_confirmation() -> None:
    patient = at("request.area")
    assert patient.state is not None
    fact = Fact("preg.status", "Y", "I'm pregnant")
    step = DIALOGUE.advance(patient.state, Turn(NOW, text="I'm pregnant, does it hurt?"), disclosed=[fact])
    assert not step.taken
    assert step.state is not None
    assert DIALOGUE.resume(step.state, "en")[0].ref == "preg.status"


def test_a_statement_about_a_later_question_is_confirmed_not_used() -> None:
    patient = at("request.area")
    patient.says("I have lupus")
    assert patient.reply.ref == "immune.autoimmune"
    assert "Is that right?" in patient.reply.text
    patient.says("yes")
    assert patient.reply.ref == "request.area"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("yesterday", "2026-11-22"),
        ("last Tuesday", "2026-11-17"),
        ("3 days ago", "2026-11-20"),
        ("on 4 November", "2026-11-04"),
        ("two weeks ago", "2026-11-09"),
        ("2026-11-20", "2026-11-20"),
        ("I think it was this morning", "2026-11-23"),
    ],
)
def test_dates_in_words_are_taken(text: str, day: str) -> None:
    patient = at("meds.nsaid.last", meds__nsaid="self")
    patient.says(text)
    assert patient.state is not None
    assert patient.state["answers"]["meds.nsaid.last"] == day


def test_an_ambiguous_date_is_asked_about() -> None:
    patient = at("meds.nsaid.last", meds__nsaid="self")
    patient.says("a few days ago")
    assert patient.reply.ref == "meds.nsaid.last"
    assert "Saturday 21 November 2026" in patient.titles()
    patient.picks("Friday 20 November 2026")
    assert patient.state is not None
    assert patient.state["answers"]["meds.nsaid.last"] == "2026-11-20"


def test_a_future_last_dose_is_refused_with_the_reason() -> None:
    patient = at("meds.nsaid.last", meds__nsaid="self")
    patient.says("tomorrow")
    assert "still to come" in patient.reply.text
    patient.says("4 December")
    assert "still to come" in patient.reply.text


def test_medicines_nobody_knows_go_to_the_clinician() -> None:
    patient = at("medicines")
    patient.picks("Another medicine, tablet, injection or inhaler")
    assert patient.reply.ref == "meds.list"
    patient.says("foobarine 5 mg")
    patient.to_the_end(HEALTHY)
    assert patient.reply.ref == "clinician_review"
    assert "don't know this medicine" in patient.reply.text


def test_a_number_before_a_row_of_dots_is_no_list_of_numbers() -> None:
    """Undone, the pattern tries every way to cut the dots, and one answer keeps the engine busy for days."""
    assert NUMBERS_ONLY.match("1, 2 and 3.")
    assert not NUMBERS_ONLY.match("5" + "." * 500 + " not sure")


NAMER = Namer(QUESTIONNAIRE, Commands())


def test_a_denial_reaches_over_a_long_list_and_no_further() -> None:
    names = "epilepsy, heart failure, gout, a wheat allergy, an egg allergy, tonsillitis, hay fever, migraine, piles,"
    near, far = (f"I do not have {names * times} or lupus" for times in (3, 4))
    assert len(near) < NEAR < len(far)
    assert [one.code for one in NAMER.mentions(near) if one.words == "lupus"] == ["N"]
    assert [one.code for one in NAMER.mentions(far) if one.words == "lupus"] == ["Y"]


@pytest.mark.alone
@pytest.mark.parametrize("word", ["flu ", "aspirin and ", "face "])
def test_a_name_that_stands_there_again_and_again_is_read_soon(word: str) -> None:
    began = time.process_time()
    NAMER.mentions(word * 1500)
    NAMER.named_options(QUESTIONNAIRE.items["request.area"], word * 1500)
    assert time.process_time() - began < 5
