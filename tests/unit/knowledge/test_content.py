"""The rules that every text for patients keeps."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.clinic import PLACEHOLDER, Clinic
from bot.console.grade import HIGHEST, SENTENCE, WORD, grade
from bot.knowledge.library import Library
from bot.safety.guards import Guards

ROOT = Path(__file__).parents[3]
ABOUT_THE_CHAT = {"follow_up", "privacy_request", "told_something", "nlu_fallback"}  # intents that are no topics
INTENTS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
TOPICS = sorted(set(INTENTS) - ABOUT_THE_CHAT)
KEYWORDS = ROOT / "bot" / "knowledge" / "keywords"
FIXED = {"phrase.disclosure"}  # the wording is prescribed (requirement TR-1)
MEDICINES = re.compile(r"\b(?:aspirin|ibuprofen|paracetamol|isotretinoin|finasteride|dutasteride|minoxidil)\b")
SHORTEST = 8  # words; a grade means nothing for "Tell me more"
CLINICIAN = re.compile(
    r"\b(?:i'm|i am|as) (?:a |your )(?:nurse|doctor|clinician|therapist|specialist)\b", re.IGNORECASE
)


def texts() -> list[tuple[str, str]]:
    return list(Library().all_texts())


TEXTS = texts()


def words_a_sentence(text: str) -> float:
    sentences = [part for part in SENTENCE.split(text) if WORD.search(part)]
    return len(WORD.findall(text)) / max(1, len(sentences))


def spoken(text: str) -> str:
    """Without what the grade does not judge: a clinic's own values and the names of medicines."""
    return MEDICINES.sub("it", PLACEHOLDER.sub("this", text))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_a_card_and_a_title(library: Library, topic: str) -> None:
    assert library.card(topic).short
    assert library.topic_title(topic)


def test_there_are_no_other_topics(library: Library) -> None:
    assert set(library.topics) == set(TOPICS)


@pytest.mark.parametrize(("place", "text"), TEXTS, ids=[place for place, _ in TEXTS])
def test_it_reads_at_grade_eight_with_short_sentences(place: str, text: str) -> None:
    words = spoken(text)
    if place not in FIXED and len(words.split()) >= SHORTEST:
        assert grade(words) <= HIGHEST
        assert words_a_sentence(words) <= 20


def test_nothing_is_said_that_must_never_be_said(library: Library, clinic: Clinic) -> None:
    assert library.check_clinic(clinic, Guards()) == []


def test_the_bot_never_calls_itself_a_clinician() -> None:
    for place, text in TEXTS:
        said = re.sub(r"not a (?:person or a )?doctor", "", text)
        assert not CLINICIAN.search(said), place


def test_button_titles_are_short_and_name_no_clinician(library: Library) -> None:
    for place, text in TEXTS:
        if place.startswith(("phrase.topic.", "phrase.choice_", "phrase.area.")):
            assert len(text) <= 28, place
            assert not re.search(r"\b(?:nurse|doctor|dr)\b", text, re.IGNORECASE), place


def test_a_short_answer_is_short(library: Library) -> None:
    for topic in library.topics:
        assert len(library.card(topic).short.split()) <= 75, topic


def test_every_fact_that_may_be_told_is_told(library: Library) -> None:
    used = {fact for topic in library.topics for fact in library.card(topic).facts}
    assert library.facts.tellable - used == set()


def test_no_card_rests_on_a_fact_that_must_not_be_told(library: Library) -> None:
    for topic in library.topics:
        assert {library.facts.facts[one].say for one in library.card(topic).facts} <= {"ok", "caveat"}, topic


def test_every_conflict_has_a_card_that_answers_it(library: Library) -> None:
    used = {one for topic in library.topics for one in library.card(topic).conflicts}
    assert used == set(library.facts.conflicts)


def test_every_answer_names_its_source_and_review(library: Library) -> None:
    for topic in library.topics:
        card = library.card(topic)
        assert card.sources, topic
        assert card.reviewer, topic
        assert card.review_by - card.reviewed_on <= timedelta(days=365), topic


def test_follow_ups_never_lead_straight_back(library: Library) -> None:
    for topic in library.topics:
        for follow_up in library.card(topic).follow_ups:
            assert topic not in library.card(follow_up).follow_ups, (topic, follow_up)
            assert topic != follow_up


def test_nobody_is_asked_about_hiv_hepatitis_or_origin() -> None:
    for place, text in TEXTS:
        assert not re.search(r"\b(?:hiv|hepatitis|ethnic\w*|religio\w*)\b", text, re.IGNORECASE), place


def test_every_fixed_sentence_is_said_somewhere() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for room in ("bot", "actions") for path in (ROOT / room).rglob("*.py")
    )
    code += (ROOT / "bot" / "gateway" / "phrases" / "opening.yml").read_text(encoding="utf-8")
    phrases = yaml.safe_load((ROOT / "bot" / "knowledge" / "phrases" / "en.yml").read_text(encoding="utf-8"))
    keys = [key for key, sentence in phrases.items() if isinstance(sentence, str)]
    assert [key for key in keys if not re.search(rf"""["' ]{key}["'}}]|\b{key.removeprefix("choice_")}=""", code)] == []


def test_no_text_puts_pressure_on() -> None:
    for place, text in TEXTS:
        assert not re.search(r"\bonly \d+ left|\bcountdown|\bbook now|\bhurry up", text, re.IGNORECASE), place


def test_the_same_aspects_are_found_in_every_language() -> None:
    known = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in KEYWORDS.glob("*.yml")}
    aspects = {language: {(topic, one) for topic in found for one in found[topic]} for language, found in known.items()}
    assert len(aspects) == 10
    missing = {language: aspects["de"] - found for language, found in aspects.items()}
    assert not any(missing.values()), missing
