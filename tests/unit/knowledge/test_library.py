"""What a patient gets when they ask."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

import bot.knowledge
from bot.clinic import Clinic
from bot.knowledge import KnowledgeError
from bot.knowledge.cards import Revision
from bot.knowledge.library import Library
from bot.safety.guards import Guards

FOLDER = Path(bot.knowledge.__file__).parent


@pytest.mark.parametrize(
    "asked",
    [
        ("aftercare_exercise_heat", "can i go to the sauna", "72 hours"),
        ("aftercare_exercise_heat", "when can i hit the gym", "48 hours"),
        ("aftercare_exercise_heat", "is a hot shower ok", "lukewarm shower"),
        ("aftercare_exercise_heat", "can i go to the suana", "sauna"),
        ("aftercare_general", "can I wash my hair tonight", "shampoo"),
        ("aftercare_general", "can i sleep on my side", "on your back"),
        ("pain_numbing", "do you use numbing cream", "numbing cream"),
        ("pain_numbing", "i am terrified of needles", "lying down"),
        ("medical_conditions", "i have type 2 diabetes", "HbA1c"),
        ("medical_conditions", "I have a pacemaker", "heart team"),
        ("medicines_other", "im on roaccutane", "6 months"),
        ("pregnancy_breastfeeding", "i am breastfeeding my son", "milk"),
        ("skin_conditions", "i get cold sores", "cold sore"),
        ("combine_spacing", "had botox last week", "2 weeks"),
        ("price_payment", "can i pay in instalments", "instalments"),
        ("hours_location", "where can i park", "parking"),
        ("greeting_smalltalk", "are you a real person?", "automated assistant (a computer program)"),
        ("greeting_smalltalk", "are you a doctor", "not a person or a doctor"),
        ("age_limits", "my daughter wants it", "parent"),
        ("who_performs", "is it done by a doctor", "Ada Okafor"),
    ],
)
def test_a_specific_question_gets_its_own_answer(
    library: Library, clinic: Clinic, today: date, asked: tuple[str, str, str]
) -> None:
    topic, text, said = asked
    reply = library.answer(topic, text=text, clinic=clinic, today=today)
    assert said in reply.text
    assert reply.ref == topic
    assert len(reply.text.split()) < 80


def test_a_general_question_gets_the_short_answer(library: Library, clinic: Clinic, today: date) -> None:
    assert library.answer("pain_numbing", text="does it hurt?", clinic=clinic, today=today).text.startswith(
        "Yes, a little."
    )


def test_the_named_medicine_is_said_back(library: Library, clinic: Clinic, today: date) -> None:
    reply = library.answer("blood_thinners_painkillers", text="I take eliquis, can I come?", clinic=clinic, today=today)
    assert reply.text.startswith("You mentioned Eliquis. Please keep taking it")


@pytest.mark.parametrize(
    "asked",
    [
        ("blood_thinners_painkillers", "I was on heparin two years ago", "If your doctor ended it", "keep taking it"),
        ("blood_thinners_painkillers", "I take daily aspirin", "prescribed or advised", "on your own for aches"),
        ("pregnancy_breastfeeding", "I'm not pregnant anymore", "take the time that you need", "We don't treat"),
        ("greeting_smalltalk", "thanks, are you a doctor?", "not a person or a doctor", "You're welcome"),
        ("medical_conditions", "cancer survivor, 5 years in remission", "After cancer", "During a cancer"),
        ("age_limits", "my daughter is 16", "when a parent agrees", "I can't book this for you"),
    ],
)
def test_the_closer_answer_silences_the_other(
    library: Library, clinic: Clinic, today: date, asked: tuple[str, str, str, str]
) -> None:
    topic, text, said, not_said = asked
    reply = library.answer(topic, text=text, clinic=clinic, today=today).text
    assert said in reply
    assert not_said not in reply


@pytest.mark.parametrize(
    "asked",
    [
        ("aftercare_exercise_heat", "Koşuya ne zaman başlayabilirim?", "48 hours"),
        ("aftercare_exercise_heat", "джакузи и хаммам когда разрешены", "sauna"),
        ("alcohol_smoking", "¿una cervecita esta noche o mejor no?", "alcohol"),
        ("pregnancy_breastfeeding", "Darf ich in der Stillzeit?", "milk"),
        ("aftercare_exercise_heat", "متى أرجع للجيم؟", "48 hours"),
        ("skin_conditions", "trądzik różowaty - czy to przeciwwskazanie", "The clinician looks at your skin first"),
        ("blood_thinners_painkillers", "j'ai pris de l'aspirine avant-hier", "7 days"),
        ("price_payment", "si può pagare a rate?", "instalments"),
        ("medicines_other", "tomo corticoides por causa do lúpus", "Steroid tablets"),
        ("medical_conditions", "ik heb reuma", "flare"),
        ("medical_conditions", "ich habe morgen termin und bin erkältet", "Get well first"),
        ("combine_spacing", "je peux donner mon sang après ?", "Blood services"),
        ("medical_conditions", "ho avuto un tumore al seno nel 2019", "After cancer"),
        ("pre_care", "mam okres, czy mogę przyjść?", "during your period"),
        ("aftercare_general", "عندي حكة شديدة", "don't scratch"),
    ],
)
def test_questions_in_other_languages_get_their_own_answer(
    library: Library, clinic: Clinic, today: date, asked: tuple[str, str, str]
) -> None:
    topic, text, said = asked
    assert said in library.answer(topic, text=text, clinic=clinic, today=today).text


def test_nobody_is_excluded_for_hiv_and_it_is_not_repeated(library: Library, clinic: Clinic, today: date) -> None:
    reply = library.answer("medical_conditions", text="I'm HIV positive", clinic=clinic, today=today)
    assert "does not rule you out" in reply.text
    assert "HIV" not in reply.text


def test_an_area_named_or_given_picks_its_variant(library: Library, clinic: Clinic, today: date) -> None:
    named = library.answer("pain_numbing", text="and on the scalp?", clinic=clinic, today=today)
    given = library.answer("pain_numbing", area="scalp", clinic=clinic, today=today)
    assert named.text == given.text
    assert "most sensitive" in given.text


def test_an_area_without_a_variant_falls_back(library: Library, clinic: Clinic, today: date) -> None:
    plain = library.answer("price_payment", clinic=clinic, today=today)
    assert library.answer("price_payment", area="hands", clinic=clinic, today=today).text == plain.text


def test_what_the_clinic_set_is_filled_in(library: Library, clinic: Clinic, today: date) -> None:
    for topic in library.topics:
        card = library.card(topic)
        for place, _ in card.texts():
            part, _, name = place.partition(".")
            reply = (
                library.answer(topic, detail=name, clinic=clinic, today=today)
                if part == "aspects"
                else library.answer(topic, area=name or None, clinic=clinic, today=today)
            )
            assert "{{" not in reply.text, (topic, place)


def test_every_choice_leads_somewhere(library: Library, clinic: Clinic, today: date) -> None:
    for topic in library.topics:
        for choice in library.answer(topic, clinic=clinic, today=today).choices:
            kind, _, rest = choice.id.partition(":")
            if kind == "topic":
                assert library.answer(rest, clinic=clinic, today=today).text
            elif kind == "detail":
                assert library.more(rest, clinic=clinic, today=today).text
            elif kind == "clinics":
                assert library.clinics_say(rest, clinic=clinic, today=today).text
            else:
                assert choice.id == "human"


def test_tell_me_more_does_not_offer_itself_again(library: Library, clinic: Clinic, today: date) -> None:
    choices = {choice.id for choice in library.more("pain_numbing", clinic=clinic, today=today).choices}
    assert "detail:pain_numbing" not in choices


def test_simpler_and_why_answer(library: Library, clinic: Clinic, today: date) -> None:
    plain = library.simpler("pain_numbing", clinic=clinic, today=today)
    short = library.answer("pain_numbing", clinic=clinic, today=today)
    assert len(plain.text) < len(short.text)
    assert "nerve" in library.why("pain_numbing", clinic=clinic, today=today).text


def test_an_answer_names_its_sources_with_the_review_date(library: Library, clinic: Clinic, today: date) -> None:
    sources = library.answer("pain_numbing", clinic=clinic, today=today).sources
    assert sources
    assert {source.reviewed for source in sources} == {"2026-11-22"}


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_a_card_is_shown_until_its_last_day(library: Library, clinic: Clinic, days: int) -> None:
    day = library.card("pain_numbing").review_by + timedelta(days=days)
    reply = library.answer("pain_numbing", clinic=clinic, today=day)
    expired = days > 0
    assert (reply.kind == "notice") is expired
    assert ("checking this" in reply.text) is expired
    assert ("pain_numbing" in library.expired(day)) is expired
    assert ("C07" in library.expired(day)) is expired
    if expired:
        assert library.more("pain_numbing", clinic=clinic, today=day).kind == "notice"
        assert library.clinics_say("C07", clinic=clinic, today=day).kind == "notice"
        assert reply.links[0].href == "tel:+442079460100"


def test_every_conflict_can_be_shown_quoted_and_corrected(library: Library, clinic: Clinic, today: date) -> None:
    guards = Guards()
    for conflict, known in library.facts.conflicts.items():
        reply = library.clinics_say(conflict, clinic=clinic, today=today)
        assert reply.text.count("Clinic ") >= len(known.positions)
        assert "not our view" in reply.text
        assert not guards.violations(reply.text), conflict


def test_three_questions_are_answered_in_order_and_the_rest_offered(
    library: Library, clinic: Clinic, today: date
) -> None:
    asked = [
        ("price_payment", "how much is it"),
        ("pain_numbing", "does it hurt"),
        ("aftercare_makeup", "when can i wear makeup"),
        ("hours_location", "are you open on saturday"),
    ]
    replies = library.answers(asked, clinic=clinic, today=today)
    assert [reply.ref for reply in replies] == ["price_payment", "pain_numbing", "aftercare_makeup"]
    assert not replies[0].choices
    assert not replies[1].choices
    ids = [choice.id for choice in replies[2].choices]
    assert ids[0] == "topic:hours_location"
    assert "topic:price_payment" not in ids


def test_two_questions_on_one_topic_are_one_reply(library: Library, clinic: Clinic, today: date) -> None:
    asked = [("aftercare_exercise_heat", "can i go to the gym"), ("aftercare_exercise_heat", "and to the sauna?")]
    (reply,) = library.answers(asked, clinic=clinic, today=today)
    assert "gym" in reply.text
    assert "steam room" in reply.text


def test_an_unknown_topic_is_a_key_error(library: Library, clinic: Clinic, today: date) -> None:
    with pytest.raises(KeyError):
        library.answer("no_such_topic", clinic=clinic, today=today)


def test_a_phrase_fills_its_values(library: Library, clinic: Clinic) -> None:
    assert library.phrase("mentioned", name="Eliquis") == "You mentioned Eliquis."
    assert "020 7946 0100" in library.phrase("fallback_twice", clinic=clinic)
    assert library.phrase("disclosure") == (
        "I'm an automated assistant (a computer program), not a person or a doctor."
    )


def test_a_value_without_words_is_filled_in_as_well(clinic: Clinic) -> None:
    assert clinic.fill("Price: {{price}}, {{clinic_phone}}", price="") == "Price: , 020 7946 0100"
    assert clinic.fill("{{clinic_phone}}", clinic_phone="") == ""
    with pytest.raises(KeyError):
        clinic.fill("{{price}}")


# -- a broken or half-translated content folder ----------------------------------------------------------------------


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for path in [*folder.glob("cards/*"), *folder.glob("phrases/*.yml"), *folder.glob("conflicts/*.yml")]:
        if path.stem != "en":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder


def write(path: Path, **content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_all_problems_are_named_at_once(content: Path) -> None:
    (content / "cards" / "en" / "allergies.yml").write_text("topic: allergies\n", encoding="utf-8")
    write(content / "cards" / "xx" / "no_topic.yml", translation="unreviewed", short="…")
    with pytest.raises(KnowledgeError) as told:
        Library(content)
    assert "allergies.yml: missing short" in str(told.value)
    assert "no_topic.yml: no such topic" in str(told.value)


def test_a_translation_is_shown_and_falls_back_to_english(content: Path, clinic: Clinic, today: date) -> None:
    write(
        content / "cards" / "xx" / "pain_numbing.yml",
        translation="unreviewed",
        short="Kurz.",
        areas={"scalp": "Kopf."},
        aspects={"needle_fear": "Angst."},
    )
    write(content / "phrases" / "xx.yml", translation="unreviewed", choice_more="Mehr")
    library = Library(content)
    told = library.answer("pain_numbing", language="xx", clinic=clinic, today=today)
    assert told.text == "Kurz."
    assert told.choices[0].title == "Mehr"
    english = library.answer("pain_numbing", area="hands", clinic=clinic, today=today)
    assert library.answer("pain_numbing", area="hands", language="xx", clinic=clinic, today=today).text == english.text
    assert "pain_numbing.more" in library.untranslated("xx")
    assert "pain_numbing.short" not in library.untranslated("xx")


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"short": "x"}, "missing translation"),
        ({"translation": "unreviewed", "short": "{{clinic_phone}}"}, "other placeholders"),
        ({"translation": "unreviewed", "aspects": {"no_such": "x"}}, "'aspects.no_such' is not in English"),
        ({"translation": "unreviewed", "facts": ["F001"]}, "unknown key 'facts'"),
    ],
)
def test_a_translation_out_of_step_is_refused(content: Path, texts: dict[str, object], problem: str) -> None:
    write(content / "cards" / "xx" / "pain_numbing.yml", **texts)
    with pytest.raises(KnowledgeError, match=problem):
        Library(content)


def test_a_clinic_that_promises_too_much_is_told_so(library: Library, clinic: Clinic) -> None:
    boasting = {**clinic.values, "products": "Our products are 100% safe."}
    problems = library.check_clinic(type(clinic)(**{**vars(clinic), "values": boasting}), Guards())
    assert problems
    assert all("B02" in problem for problem in problems)


def test_a_value_that_a_clinic_did_not_give_drops_only_its_sentence(
    library: Library, clinic: Clinic, today: date
) -> None:
    poorer = {name: value for name, value in clinic.values.items() if name not in ("visit.late", "products")}
    without = type(clinic)(**{**vars(clinic), "values": poorer})
    told = library.answer("reschedule_cancel", detail="late", clinic=without, today=today).text
    assert told == "Please call us on 020 7946 0100, so that we know."
    assert "{{" not in library.answer("ingredients_products", clinic=without, today=today).text
    assert any("clinic.yml has no visit.late" in problem for problem in library.check_clinic(without, Guards()))


def test_the_catalogues_in_use_are_in_step_with_english() -> None:
    """Every language that has texts has the same keys and placeholders: loading would raise otherwise."""
    assert Library().topics


def test_a_published_revision_is_read_until_its_date_and_leaves_the_rest_as_it_is(
    library: Library, clinic: Clinic, today: date
) -> None:
    mine, until = Library(), today + timedelta(days=30)
    texts = {"short": "Ours.", "aspects.gone_since": "Nobody asks."}
    mine.publish([Revision("pain_numbing", "en", texts, "Ada Okafor", today, until)])
    assert mine.answer("pain_numbing", clinic=clinic, today=until).text == "Ours."
    assert mine.answer("pain_numbing", clinic=clinic, today=until + timedelta(days=1)).ref == "pain_numbing"
    assert mine.answer("pain_numbing", clinic=clinic, today=until + timedelta(days=1)).kind == "notice"
    named = "can I get numbing cream?"
    assert mine.answer("pain_numbing", text=named, clinic=clinic, today=today) == replace(
        library.answer("pain_numbing", text=named, clinic=clinic, today=today),
        sources=mine.answer("pain_numbing", clinic=clinic, today=today).sources,
    )
    assert mine.card("pain_numbing").reviewer == "Ada Okafor"
    mine.publish([])
    assert mine.answer("pain_numbing", clinic=clinic, today=today).text != "Ours."


def test_an_edition_changes_with_the_words_that_are_said(library: Library, today: date) -> None:
    mine = Library()
    assert mine.edition("pain_numbing") == library.edition("pain_numbing")
    mine.publish([Revision("pain_numbing", "en", {"short": "Ours."}, "Ada Okafor", today, date.max, 4)])
    ours = mine.edition("pain_numbing")
    assert (ours.number, ours.reviewed) == (4, today.isoformat())
    assert ours.digest != library.edition("pain_numbing").digest
    assert mine.edition("price_payment") == library.edition("price_payment")
    assert mine.edition("pain_numbing", "tr").number is None


def test_a_translation_s_revision_has_its_own_date(clinic: Clinic, today: date) -> None:
    mine, until = Library(), today + timedelta(days=30)
    mine.publish([Revision("pain_numbing", "tr", {"short": "Bizim."}, "Ada Okafor", today, until)])
    late = until + timedelta(days=1)
    assert mine.answer("pain_numbing", language="tr", clinic=clinic, today=until).text == "Bizim."
    assert mine.answer("pain_numbing", language="tr", clinic=clinic, today=late).kind == "notice"
    assert mine.answer("pain_numbing", clinic=clinic, today=late).kind == "answer"
