"""A message falls into its thoughts, and we know which of them ask."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from bot.nlu.asking import Asking

ASKING = Asking()


def thoughts(text: str, language: str = "en") -> list[str]:
    return [text[start:end].strip() for start, end in ASKING.thoughts(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("does it hurt?", ["does it hurt?"]),
        ("Does it hurt? How many sessions?", ["Does it hurt?", "How many sessions?"]),
        ("does it hurt and how many sessions do I need", ["does it hurt", "and how many sessions do I need"]),
        ("does it hurt how many do i need how much is it", ["does it hurt", "how many do i need", "how much is it"]),
        ("I bruise easily, can I still come", ["I bruise easily", "can I still come"]),
        ("first line here now\nsecond line here now", ["first line here now", "second line here now"]),
        ("Hi! does it hurt a lot?", ["Hi! does it hurt a lot?"]),
        ("when can I drive, is hot yoga a bad idea", ["when can I drive", "is hot yoga a bad idea"]),
        ("price,pain,how many sessions", ["price", "pain", "how many sessions"]),
        (
            "does it hurt,how long does it take?what does it cost",
            ["does it hurt", "how long does it take?", "what does it cost"],
        ),
        ("I saw Dr. Smith, e.g. for botox. Is that ok", ["I saw Dr. Smith, e.g. for botox.", "Is that ok"]),
        ("my questions are: 1) is it sore 2) what is in it", ["my questions are", "is it sore", "what is in it"]),
    ],
)
def test_it_splits_where_a_new_thought_begins(text: str, expected: list[str]) -> None:
    assert thoughts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "how many sessions do I need",
        "tell me how long it takes",
        "I want to know what is in it",
        "my sister, who is a nurse, likes it",
        "I had it done and was very happy",
        "it depends on what you do to me",
    ],
)
def test_it_does_not_cut_a_single_thought(text: str) -> None:
    assert len(thoughts(text)) == 1


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("tr", "acıtır mı? ayrıca kaç seans gerekir", 2),
        ("tr", "çok acıyor mu kaç gün sürer mi", 2),
        ("es", "cuánto cuesta, duele mucho y cuántas sesiones hacen falta", 3),
        ("de", "was kostet das, tut es weh und wie oft muss ich kommen", 3),
        ("fr", "ça coûte combien, est-ce que ça fait mal et combien de temps ça tient", 3),
        ("it", "quanto costa, fa male e quante sedute servono", 3),
        ("pt", "quanto custa, dói muito e quantas sessões são", 3),
        ("pl", "ile to kosztuje, czy boli i jak długo trwa", 3),
        ("nl", "wat kost het, doet het pijn en hoe vaak moet ik komen", 3),
        ("ru", "сколько стоит, больно ли и сколько раз приходить", 3),
        ("ar", "كم السعر، هل يؤلم وكم جلسة أحتاج", 3),
    ],
)
def test_it_splits_questions_in_every_language(language: str, text: str, expected: int) -> None:
    found = ASKING.thoughts(text, language)
    assert len(found) == expected
    assert all(ASKING.asks(text[slice(*span)], language) for span in found)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Ich bin in der 20. Woche. Darf ich das machen?", ["Ich bin in der 20. Woche.", "Darf ich das machen?"]),
        ("pl", "Mam wizytę 12. maja. Czy boli", ["Mam wizytę 12. maja.", "Czy boli"]),
        ("tr", "İlacı bırakmam mı gerekiyor? Acır mı", ["İlacı bırakmam mı gerekiyor?", "Acır mı"]),
    ],
)
def test_a_dot_after_a_number_and_a_verb_after_the_particle_end_nothing(
    language: str, text: str, expected: list[str]
) -> None:
    assert thoughts(text, language) == expected


def test_a_long_question_is_cut_where_another_may_begin() -> None:
    text = "and what does it cost and also the gym after because I train a lot"
    assert [text[slice(*span)] for span in ASKING.pieces(text, "en")] == [
        "and what does it cost",
        "the gym after because I train a lot",
    ]


@pytest.mark.parametrize(
    "text",
    ["I was wondering whether it stings", "not sure what happens on the day", "tell me if it hurts", "is it sore"],
)
def test_a_wish_to_know_asks_without_a_question_mark(text: str) -> None:
    assert ASKING.asks(text, "en")


@pytest.mark.parametrize("text", ["I went home by bus", "my sister had it in spring", "she is a teacher"])
def test_a_story_does_not_ask(text: str) -> None:
    assert not ASKING.asks(text, "en")


def test_spans_point_into_the_text_in_order_and_do_not_overlap() -> None:
    text = "My skin is dry. I am 52. Does it help? Also is it expensive? Thanks!"
    spans = ASKING.thoughts(text, "en")
    assert all(start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("text", ["", " ", "?", "...", "\n\n", "1)", "and"])
@pytest.mark.parametrize("language", ["en", "tr", None, "el"])
def test_almost_nothing_is_no_error(text: str, language: str | None) -> None:
    assert all(text[start:end].strip() for start, end in ASKING.thoughts(text, language))


@pytest.mark.parametrize("blanks", ["   ", " " * 50, "\t \t ", " \n  "])
def test_many_blanks_change_no_thought_and_spans_stay_true(blanks: str) -> None:
    text = f"{blanks}does it hurt{blanks}how many do i need{blanks}how much is it{blanks}"
    assert thoughts(text) == ["does it hurt", "how many do i need", "how much is it"]
    text = f"and what does it cost{blanks}and also the gym after{blanks}because I train a lot"
    assert ["".join(text[slice(*span)].split()) for span in ASKING.pieces(text, "en")] == [
        "andwhatdoesitcost",
        "thegymafterbecauseItrainalot",
    ]


@pytest.mark.alone
@pytest.mark.parametrize(("before", "blank"), [("", " "), ("a", "\t")])
def test_blanks_are_read_soon(before: str, blank: str) -> None:
    text, began = f"{before}{blank * 3000}b", time.process_time()
    assert ASKING.thoughts(text, "en") == [(0, len(text))]
    assert not ASKING.asks(text, "en")
    assert time.process_time() - began < 0.5
