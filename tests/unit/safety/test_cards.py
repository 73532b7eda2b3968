"""The fixed replies: what to do first, numbers to tap, every language complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.clinic import Clinic
from bot.safety.cards import (
    LANGUAGES,
    UNNAMED,
    alert,
    answer_choice,
    better,
    card,
    follow_up,
    graver,
    load_cards,
    reminder,
    safety_net,
    seen_first,
    sentence,
    tier_of,
    visit_waits,
)
from bot.safety.findings import Finding

REFERENCE = yaml.safe_load((Path(__file__).parents[3] / "bot/safety/redflags.yml").read_text(encoding="utf-8"))
FLAGS = {**{flag["id"]: flag["tier"] for flag in REFERENCE["flags"]}, UNNAMED: "urgent"}
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def found(flag: str, certainty: str = "sure") -> Finding:
    return Finding(tier_of(flag), flag, ("words",), certainty)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_card_and_sentence(language: str) -> None:
    cards, english = load_cards(language), load_cards("en")
    assert cards["language"] == language
    assert set(cards["cards"]) == set(FLAGS)
    assert set(cards["sentences"]) == set(english["sentences"])
    assert set(cards["first"]) == set(english["first"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flag", FLAGS)
def test_a_translation_names_the_same_numbers(language: str, flag: str) -> None:
    english, other = (set(PLACEHOLDER.findall(load_cards(name)["cards"][flag])) for name in ("en", language))
    assert other - {"clinic_phone"} == english - {"clinic_phone"}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_a_translation_says_that_nobody_has_reviewed_it(language: str) -> None:
    assert load_cards(language)["translation"] == "unreviewed"


@pytest.mark.parametrize("flag", FLAGS)
def test_the_tier_is_that_of_the_reference(flag: str) -> None:
    assert tier_of(flag) == FLAGS[flag]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flag", [flag for flag, tier in FLAGS.items() if tier == "emergency"])
def test_an_emergency_starts_with_the_call(clinic: Clinic, flag: str, language: str) -> None:
    reply = alert(found(flag), clinic, language)
    assert reply.kind == "alert"
    assert reply.ref == flag
    assert reply.text.split("\n")[0] == clinic.fill(load_cards(language)["first"]["emergency"])
    assert reply.links[0].href == "tel:999"


def test_an_english_emergency_says_call_now(clinic: Clinic) -> None:
    assert alert(found("E4"), clinic).text.startswith("Call 999 now.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flag", ["SH1", "SH2"])
def test_self_harm_has_its_numbers_in_the_first_three_lines(clinic: Clinic, flag: str, language: str) -> None:
    for reply in (alert(found(flag), clinic, language), reminder(flag, clinic, language)):
        first = "\n".join(reply.text.split("\n")[:3])
        assert clinic.values["emergency_number"] in first
        assert clinic.values["crisis_line"] in first


def test_an_alert_sells_and_asks_nothing(clinic: Clinic) -> None:
    reply = alert(found("E1"), clinic)
    assert reply.choices == ()
    assert "book" not in reply.text.lower()


def test_an_unclear_emergency_shows_the_card_and_asks_once(clinic: Clinic) -> None:
    reply = alert(found("E1", "unclear"), clinic)
    assert reply.text.startswith("Call 999 now.")
    assert reply.text.endswith("Is this happening to you or someone now?")
    assert [choice.id for choice in reply.choices] == ["alert:now", "alert:not_now"]


def test_the_reminder_can_be_closed(clinic: Clinic) -> None:
    reply = reminder("E1", clinic)
    assert reply.text.startswith("Call 999 now.")
    assert [choice.id for choice in reply.choices] == ["alert:closed"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("flag", "number"), [("E1", "emergency_number"), ("U0", "clinic_phone")])
def test_usual_care_begins_with_the_call_until_it_was_made(
    clinic: Clinic, flag: str, number: str, language: str
) -> None:
    first, after = (seen_first(flag, clinic, language, called=called) for called in (False, True))
    assert clinic.values[number] in first.text.split("\n")[0]
    assert first.text.endswith(after.text)
    assert clinic.values[number] not in after.text
    assert [choice.id for choice in first.choices] == ["alert:closed"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("flag", "number"), [("E1", "emergency_number"), ("U0", "clinic_phone"), ("SH1", "crisis_line")]
)
def test_better_now_is_still_told_whom_to_call(clinic: Clinic, flag: str, number: str, language: str) -> None:
    assert clinic.values[number] in better(flag, clinic, language).text


def test_a_mention_of_self_harm_cannot_be_closed_by_feeling_better(clinic: Clinic) -> None:
    assert better("E1", clinic).choices
    assert not better("SH1", clinic).choices


def test_the_only_follow_up_is_whether_the_call_was_made(clinic: Clinic) -> None:
    reply = follow_up("E1", clinic)
    assert reply.text == "Have you been able to call?"
    assert [choice.id for choice in reply.choices] == ["alert:called", "alert:not_called"]


@pytest.mark.parametrize("choice", ["alert:now", "alert:not_called"])
def test_the_card_comes_again_while_nobody_has_called(clinic: Clinic, choice: str) -> None:
    assert answer_choice(choice, "E2", clinic).text == card("E2", clinic).text


@pytest.mark.parametrize("choice", ["alert:not_now", "alert:called", "alert:closed"])
def test_other_choices_get_their_sentence(clinic: Clinic, choice: str) -> None:
    assert answer_choice(choice, "E2", clinic).kind == "text"


def test_despair_taken_back_still_names_the_crisis_line(clinic: Clinic) -> None:
    assert clinic.values["crisis_line"] in answer_choice("alert:not_now", "SH1", clinic).text


@pytest.mark.parametrize(
    ("known", "flag", "stays"),
    [
        ("E3", "U6", "E3"),
        ("E3", "E1", "E1"),
        ("E3", "SH1", "SH1"),
        ("U1", "U2", "U2"),
        ("U1", "E5", "E5"),
        (None, "U1", "U1"),
        ("E99", "U1", "U1"),
    ],
)
def test_an_emergency_is_not_made_milder(known: str | None, flag: str, stays: str) -> None:
    assert graver(known, flag) == stays


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_visit_waits_for_the_call(clinic: Clinic, language: str) -> None:
    first, after = (visit_waits("U1", clinic, language, called=called) for called in (False, True))
    assert clinic.values["clinic_phone"] in first.text.split("\n")[0]
    assert first.text.endswith(after.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_of_the_card_on_pressure_can_be_picked(clinic: Clinic, language: str) -> None:
    choices = card("M2", clinic, language).choices
    assert [choice.id for choice in choices] == ["human:danger", "alert:safe"]
    assert clinic.values["emergency_number"] in answer_choice("alert:safe", "M2", clinic, language).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_filled(clinic: Clinic, language: str) -> None:
    for key in load_cards(language)["sentences"]:
        assert "{{" not in sentence(key, clinic, language)


def test_talk_about_danger_gets_a_safety_net(clinic: Clinic) -> None:
    net = safety_net(Finding("none", None, (), "hypothetical", "E1"))
    assert net is not None
    assert "999" in clinic.fill(net)


def test_a_denied_sign_gets_none_but_a_denied_self_harm_does() -> None:
    assert safety_net(Finding("none", None, (), "negated", "E1")) is None
    assert safety_net(Finding("none", None, (), "negated", "SH1")) is not None


def test_an_unknown_language_gets_english(clinic: Clinic) -> None:
    assert card("E1", clinic, "xx") == card("E1", clinic)
