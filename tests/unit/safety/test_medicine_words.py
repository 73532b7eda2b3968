"""No everyday word of the product's languages is taken for a misspelt medicine."""

from __future__ import annotations

import pytest
import yaml

from bot.safety.concepts import FOLDER, WordLoader
from bot.safety.medicines import find, load_medicines

SMALL = yaml.load((FOLDER / "small_words.yml").read_text(encoding="utf-8"), Loader=WordLoader)  # noqa: S506


@pytest.mark.parametrize("language", sorted(SMALL))
def test_small_words_name_no_medicine(language: str) -> None:
    assert [word for word in SMALL[language] if find(word)] == []


def test_ordinary_english_names_only_medicines_that_are_spelled_out() -> None:
    ordinary = (FOLDER / "ordinary.en.txt").read_text(encoding="utf-8").split()
    assert [word for word in ordinary if find(word) and not load_medicines().knows(word)] == []


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("started the fat jab in june", "meds.list"),
        ("ozempik", "meds.list"),
        ("on microgynon", "meds.list"),
        ("lixiana", "meds.thinner"),
        ("oxaliplatin every two weeks", "immune.weak"),
        ("arcoxia 60", "meds.nsaid"),
        ("johanniskraut", "meds.supplements"),
        ("ventolin when I run", None),
        ("vitamin D and magnesium", None),
    ],
)
def test_the_lexicon_knows_what_patients_take(text: str, item: str | None) -> None:
    assert {hit.item for hit in find(text)} == {item}
