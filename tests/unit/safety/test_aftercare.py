"""The after-treatment dialogue: danger first, few questions, the reference's time windows."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bot.clinic import Clinic
from bot.dialogue import Step, Turn
from bot.safety.aftercare import DANGER, MOST_QUESTIONS, Aftercare, Answers, load_wording, outcome
from bot.safety.cards import LANGUAGES, UNNAMED
from bot.safety.triage import Triage

NOW = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)


@pytest.fixture
def aftercare(triage: Triage, clinic: Clinic) -> Aftercare:
    return Aftercare(triage, clinic)


def said(text: str, **more: object) -> Turn:
    return Turn(NOW, text=text, **more)  # type: ignore[arg-type]


def picked(*choices: str) -> Turn:
    return Turn(NOW, choices=tuple(f"aftercare:{choice}" for choice in choices))


def walk(aftercare: Aftercare, first: str, *picks: str) -> Step:
    step = aftercare.start(said(first))
    for pick in picks:
        assert step.state is not None
        step = aftercare.take(picked(*pick.split()), step.state)
    return step


def test_it_asks_for_danger_first(aftercare: Aftercare) -> None:
    step = aftercare.start(said("I have a question about my skin after the treatment"))
    assert step.replies[0].ref == "aftercare.danger"


@pytest.mark.parametrize(("sign", "flag"), DANGER.items())
def test_a_danger_sign_ends_in_its_card(aftercare: Aftercare, sign: str, flag: str) -> None:
    step = walk(aftercare, "something about my face", f"danger:{sign}")
    assert step.state is None
    assert step.replies[0].ref == flag
    assert step.events == (("alert", {"flag": flag, "tier": "emergency"}),)


def test_danger_in_typed_words_ends_the_dialogue(aftercare: Aftercare) -> None:
    step = aftercare.start(said("something about my face"))
    assert step.state is not None
    step = aftercare.take(said("now my lips are swelling up"), step.state)
    assert step.replies[0].ref == "E1"


@pytest.mark.parametrize(
    ("first", "picks", "flag"),
    [
        ("my skin looks odd", ["danger:none", "what:redness", "when:today", "change:same"], "X1"),
        ("my skin looks odd", ["danger:none", "what:bumps", "when:longer", "change:same"], "U2"),
        ("my skin looks odd", ["danger:none", "what:bruise", "when:week", "change:better"], "X4"),
        ("my skin looks odd", ["danger:none", "what:bruise", "when:week", "change:worse"], "U5"),
        ("my skin looks odd", ["danger:none", "what:redness", "when:two_days", "change:worse change:fever"], "E5"),
    ],
)
def test_it_ends_in_the_card_of_the_time_window(aftercare: Aftercare, first: str, picks: list[str], flag: str) -> None:
    step = walk(aftercare, first, *picks)
    assert step.state is None
    assert step.replies[0].ref == flag


def test_it_skips_what_the_message_said(aftercare: Aftercare) -> None:
    step = aftercare.start(said("small bumps on my cheek, had it done 2 hours ago"))
    assert step.state is not None
    step = aftercare.take(picked("danger:none"), step.state)
    assert step.replies[0].ref == "aftercare.change"


def test_it_asks_at_most_four_questions(aftercare: Aftercare) -> None:
    step = aftercare.start(said("itching"))
    asked = 0
    answers = {"danger": "none", "what": "itch", "when": "today", "change": "same", "where": "treated"}
    while step.state is not None:
        asked += 1
        question = step.replies[0].ref.split(".")[1]
        step = aftercare.take(picked(f"{question}:{answers[question]}"), step.state)
    assert asked <= MOST_QUESTIONS


def test_an_unnamed_worry_ends_in_call_today(aftercare: Aftercare) -> None:
    step = walk(aftercare, "it is odd", "danger:none", "what:other", "when:today", "change:same")
    assert step.replies[0].ref == UNNAMED
    assert step.replies[0].links[0].href.startswith("tel:")


def test_a_side_question_is_left_to_others_and_the_question_resumes(aftercare: Aftercare) -> None:
    step = aftercare.start(said("my skin looks odd"))
    assert step.state is not None
    side = aftercare.take(said("where can I park", topics=("hours_location",), certainty="sure"), step.state)
    assert not side.taken
    assert side.state is not None
    assert aftercare.resume(side.state).replies[0].ref == "aftercare.danger"


def test_a_bare_no_answers_the_danger_question(aftercare: Aftercare) -> None:
    step = aftercare.start(said("my skin looks odd"))
    assert step.state is not None
    assert aftercare.take(said("no"), step.state).replies[0].ref == "aftercare.what"


@pytest.mark.parametrize(
    "choice",
    ["human", "human:danger", "topic:price_payment", "detail:x", "booking:start", "area:x:scalp", "questionnaire:a:Y"],
)
def test_a_pick_of_something_else_is_left_to_others(aftercare: Aftercare, choice: str) -> None:
    step = aftercare.start(said("my skin looks odd"))
    assert step.state is not None
    side = aftercare.take(Turn(NOW, choices=(choice,)), step.state)
    assert not side.taken
    assert side.state == step.state


@pytest.mark.parametrize("choice", ["when:long_ago", "what:gone", "gone:today", "when", "when:today:more"])
def test_an_answer_that_no_question_has_any_more_is_asked_again(aftercare: Aftercare, choice: str) -> None:
    step = walk(aftercare, "my skin looks odd", "danger:none", "what:bruise")
    assert step.state is not None
    again = aftercare.take(picked(choice), step.state)
    assert again.taken
    assert again.state == step.state
    assert again.replies[0].ref == "aftercare.when"


@pytest.mark.parametrize(("sign", "flag"), DANGER.items())
def test_a_danger_sign_picked_when_the_dialogue_is_over_ends_in_its_card(
    aftercare: Aftercare, sign: str, flag: str
) -> None:
    step = aftercare.start(picked(f"danger:{sign}"))
    assert step.state is None
    assert step.events == (("alert", {"flag": flag, "tier": "emergency"}),)


@pytest.mark.parametrize("choice", ["danger:none", "what:bruise", "danger:gone"])
def test_another_answer_picked_when_the_dialogue_is_over_begins_it_anew(aftercare: Aftercare, choice: str) -> None:
    step = aftercare.start(picked(choice))
    assert step.state == {"asked": ["danger"], "known": {}}


@pytest.mark.parametrize("days", [0.0, 3.0])
def test_fresh_bumps_are_expected(days: float) -> None:
    assert outcome(Answers("bumps", days=days)) == "X2"


@pytest.mark.parametrize("days", [3.1, 21.0, None])
def test_late_or_undated_bumps_are_not(days: float | None) -> None:
    assert outcome(Answers("bumps", days=days)) == "U2"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_asks_the_same(language: str) -> None:
    english, other = load_wording("en"), load_wording(language)
    assert other["language"] == language
    for name, asked in english["questions"].items():
        assert list(other["questions"][name]["choices"]) == list(asked["choices"])
