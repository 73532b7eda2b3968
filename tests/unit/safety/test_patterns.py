"""The notation of the safety data files, and tolerance for typing errors."""

from __future__ import annotations

import pytest

from bot.safety.cards import LANGUAGES
from bot.safety.concepts import FOLDER, Concepts
from bot.safety.patterns import compile_pattern, expand, spell_out
from bot.safety.rules import load_rules
from bot.safety.spelling import Spelling, edit_distance
from bot.safety.text import fold, split_words


@pytest.mark.parametrize(
    ("pattern", "sequences"),
    [
        ("cant breathe", [("cant", "breathe")]),
        ("(very) swollen", [("very", "swollen"), ("swollen",)]),
        ("my (lip|top lip)", [("my", "lip"), ("my", "top", "lip")]),
        ("مميع (ال)دم", [("مميع", "الدم"), ("مميع", "دم")]),
        (".. a ..", [("a",)]),
    ],
)
def test_a_pattern_stands_for_its_sequences(pattern: str, sequences: list[tuple[str, ...]]) -> None:
    assert sorted(expand(pattern)) == sorted(sequences)


def test_a_named_group_is_spelled_out() -> None:
    assert spell_out("my $lips (very) sore", {"lips": ["lip", "top lip"]}) == "my (lip|top lip) (very) sore"


def test_a_wide_gap_holds_a_phrase_but_no_second_sentence() -> None:
    words = {"language": "en", "facts": {"past.reaction": ["filler ... lumps"]}}
    concepts = Concepts(words, ("facts",))
    near = "filler in both cheeks that left me with lumps"
    assert [bool(concepts.find(split_words(text))) for text in (near, near.replace("that", ". That"))] == [True, False]


def test_single_words_of_a_group_become_one_element() -> None:
    assert compile_pattern("(a|b) c") == [(frozenset({"a", "b"}), frozenset({"c"}))]


@pytest.mark.parametrize(
    ("written", "folded"),
    [("Łódź", "lodz"), ("IĞNE", "igne"), ("soooo", "so"), ("naïve", "naive"), ("أذن", "اذن"), ("Straße", "strasse")],
)
def test_spelling_variants_fold_to_one(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_apostrophes_are_dropped_and_elisions_split() -> None:
    assert [word.norm for word in split_words("can't l'œil we're")] == ["cant", "l", "oeil", "weare"]


def test_a_misspelt_word_is_corrected_but_a_real_one_is_not() -> None:
    spelling = Spelling(["breathe", "swollen"], never=["breather"])
    assert spelling.correct("brethe") == ("breathe",)
    assert spelling.correct("swolen") == ("swollen",)
    assert spelling.correct("breather") == ()
    assert spelling.correct("cat") == ()


@pytest.mark.parametrize(
    ("one", "other", "distance"), [("abc", "abc", 0), ("abc", "acb", 1), ("ab", "abc", 1), ("", "ab", 2)]
)
def test_edit_distance(one: str, other: str, distance: int) -> None:
    assert edit_distance(one, other) == distance


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_concept_of_the_rules_exists_in_english_and_emergencies_in_every_language(language: str) -> None:
    concepts = {pattern.concept for pattern in _patterns(Concepts.load(language))}
    for rule in load_rules():
        for entry in (*rule.signs, *rule.context):
            assert language != "en" or entry & (concepts | {"minor", "short_message"}), rule
    flags = {
        rule.flag
        for rule in load_rules()
        if all(entry & (concepts | {"minor"}) for entry in (*rule.signs, *rule.context))
    }
    assert {"E1", "E2", "E3", "E4", "E5", "E6", "SH1", "SH2", "M1", "M2"} <= flags


def test_rules_and_concepts_fit_each_other() -> None:
    assert (FOLDER / "en.yml").exists()
    assert len(load_rules()) > 200


def _patterns(concepts: Concepts) -> list[object]:
    groups = (concepts._words, concepts._stems, concepts._classes)
    return [pattern for group in groups for patterns in group.values() for pattern in patterns] + concepts._numeric
