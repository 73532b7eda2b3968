"""Finding listed words in what patients write."""

from __future__ import annotations

import pytest

from bot.knowledge.glossary import Glossary
from bot.knowledge.library import Library
from bot.knowledge.matching import Words, normalise


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Can't  I?", "cant i"),
        ("GÖZ ALTI", "goz alti"),
        ("l'alcool", "l alcool"),
        ("Ağrı kesici", "agri kesici"),
        ("e-mail", "e mail"),
    ],
)
def test_it_writes_words_plainly(text: str, plain: str) -> None:
    assert normalise(text) == plain


WORDS = Words(
    [
        ("sauna", "sauna", False),
        ("gel", "gel", False),
        ("numb", "numb*", False),
        ("daily", "daily aspirin", False),
        ("aspirin", "aspirin", False),
        ("yuzme", "yüzme", True),
        ("sauna", "ساونا", True),
    ]
)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("two saunas please", ["sauna"]),
        ("a gelato", []),
        ("is it numbed or numbing", ["numb", "numb"]),
        ("I take daily aspirin", ["daily"]),
        ("aspirin, then the sauna", ["aspirin", "sauna"]),
        ("yüzmeye gidebilir miyim", ["yuzme"]),
        ("هل يمكنني الذهاب إلى الساونا", ["sauna"]),
        ("i take asprin", ["aspirin"]),
        ("sna", []),
    ],
)
def test_it_finds_words_in_their_order_and_the_longest_first(text: str, keys: list[str]) -> None:
    assert [hit.key for hit in WORDS.hits(text)] == keys


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("under my eyes and on the neck", ["undereye", "neck"]),
        ("and on the scalp?", ["scalp"]),
        ("saç derime", ["scalp"]),
        ("im Gesicht", ["face"]),
        ("en el cuello", ["neck"]),
        ("sous les yeux", ["undereye"]),
        ("на лице", ["face"]),
        ("everybody says so", []),
        ("I have a headache", []),
    ],
)
def test_areas_are_found_in_lay_words(library: Library, text: str, areas: list[str]) -> None:
    assert library.areas_in(text) == areas


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("is Profhilo better", "is skin booster better"),
        ("a vampire facial", "a PRP from your own blood"),
        ("fat  jabs for me", "fat-dissolving injections for me"),
        ("salmon DNA?", "polynucleotides from salmon DNA?"),
        ("nothing to change", "nothing to change"),
    ],
)
def test_lay_words_become_terms_and_stay_so(text: str, plain: str) -> None:
    glossary = Glossary()
    assert glossary.expand(text) == plain
    assert glossary.expand(plain) == plain


@pytest.mark.parametrize("word", ["gıdı", "gidi", "GIDI", "GİDİ", "Gıdı"])
def test_a_lay_word_is_known_however_its_i_is_written(word: str) -> None:
    assert Glossary().expand(f"{word} eritme var mı") == "double chin eritme var mı"
