"""The questionnaire in Turkish: complete, in step with English, safe, and really said."""

from __future__ import annotations

from datetime import date

import pytest

from bot.clinic import PLACEHOLDER, load_clinic
from bot.eligibility.assessment import assess
from bot.eligibility.questionnaire import load_questionnaire
from bot.eligibility.wording import Wording
from bot.safety.guards import Guards
from bot.settings import ROOT

QUESTIONNAIRE = load_questionnaire()
WORDING = Wording(QUESTIONNAIRE, load_clinic(ROOT / "clinic.yml"))
ENGLISH = dict(WORDING.texts("en"))
TURKISH = dict(WORDING.texts("tr"))
TODAY = date(2026, 11, 25)


def test_nothing_is_left_in_english() -> None:
    assert WORDING.untranslated("tr") == []


def test_there_is_no_text_without_an_english_one() -> None:
    assert TURKISH.keys() - ENGLISH.keys() == set()


def test_a_language_without_a_catalogue_has_everything_to_do() -> None:
    assert len(WORDING.untranslated("xx")) == len(ENGLISH)


@pytest.mark.parametrize("place", TURKISH)
def test_placeholders_are_those_of_the_english_text(place: str) -> None:
    assert set(PLACEHOLDER.findall(TURKISH[place])) == set(PLACEHOLDER.findall(ENGLISH[place]))


def test_nothing_is_said_that_must_never_be_said() -> None:
    guards = Guards()
    for place, text in TURKISH.items():
        assert guards.violations(text, "tr") == (), place


def test_some_words_may_be_the_same_but_no_sentence() -> None:
    same = {place for place, text in TURKISH.items() if text == ENGLISH[place]}
    assert same <= {"sentences.review_line", "items.allergy.which.options.latex"}


@pytest.mark.parametrize(
    ("link_id", "answer", "said"),
    [
        ("diabetes", "controlled", "HbA1c"),
        ("diabetes", "asked-declined", "Sağlık uzmanı bunu sizinle konuşacak"),
        ("organ.bp", "asked-unknown", "Sorun değil"),
        ("meds.list", "Zyxofen", "Bu ilacı bilmiyorum"),
        ("allergy.which", "kivi", "önce bu alerjiye bakacak"),
        ("recent.procedure", "filler", "en az 2, çoğu zaman 4 hafta"),
        ("preg.status", "77386006", "Hamilelikte uygulama yapmıyoruz"),
    ],
)
def test_reasons_are_told_in_turkish(link_id: str, answer: str, said: str) -> None:
    given = {"consent.health": True, "gate.self": "Y", "gate.age18": "Y", "gate.symptoms": "N", link_id: answer}
    given |= {"allergy.any": "Y"} if link_id == "allergy.which" else {}
    reason = next(one for one in assess(QUESTIONNAIRE, given, TODAY).reasons if one.linkId == link_id)
    assert said in WORDING.tell("tr", link_id, reason.rule, reason.text)


def test_what_would_change_it_is_told_in_turkish() -> None:
    given = {"consent.health": True, "gate.self": "Y", "gate.age18": "Y", "gate.symptoms": "N", "recent.ill": "Y"}
    reason = next(one for one in assess(QUESTIONNAIRE, given, TODAY).reasons if one.clears)
    assert "antibiyotik" in WORDING.tell("tr", reason.linkId, f"{reason.rule}/clears", reason.clears)


def test_every_reason_of_every_answer_is_told_in_turkish() -> None:
    for item in QUESTIONNAIRE.items.values():
        for effect in QUESTIONNAIRE.effects_of(item):
            for code in effect.codes:
                rule = f"{item.link_id}/{code}"
                for text, about in ((effect.tell, rule), (effect.clears, f"{rule}/clears")):
                    assert not text or WORDING.tell("tr", item.link_id, about, text) != text, about


def test_a_date_is_in_turkish_order() -> None:
    assert WORDING.day("tr", date(2026, 12, 4)) == "4 Aralık 2026 Cuma"
