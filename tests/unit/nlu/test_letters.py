"""Languages beyond the eleven are told by their letters or words, and the eleven are left alone."""

from __future__ import annotations

import pytest
import yaml

from bot.knowledge.library import HERE
from bot.nlu.letters import Letters

LETTERS = Letters()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("πονάει η μεσοθεραπεία;", "el"),
        ("כמה זה עולה", "he"),
        ("क्या इसमें दर्द होता है", "hi"),
        ("美塑疗法疼吗", "zh"),
        ("メソセラピーは痛いですか", "ja"),
        ("메조테라피 아픈가요", "ko"),
        ("gör det ont? måste jag vila", "sv"),
        ("doare și cât costă o ședință", "ro"),
        ("скільки це коштує", "uk"),
        ("чи це боляче", "uk"),
        ("hur mycket kostar det", "sv"),
        ("doare mult? cat costa", "ro"),
        ("kolik to stojí", "cs"),
        ("kam el se3r", "ar-Latn"),
        ("skolko stoit i bolno li eto", "ru-Latn"),
    ],
)
def test_letters_and_words_tell_the_language(text: str, language: str | None) -> None:
    assert LETTERS.language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "does it hurt",
        "çok acıyor mu, şişlik olur mu",
        "¿duele mucho?",
        "tut es weh? Größe",
        "ça fait mal, œdème",
        "quanto custa a sessão, dói não",
        "ile to kosztuje, źle śpię",
        "сколько это стоит, ещё вопрос",
        "هل هو مؤلم؟ كم السعر",
        "1234 :)",
        "jak wygląda wizyta krok po kroku",
        "does it matter, I had it done in the UK",
        "quanto costa il trattamento",
        "hoeveel kost het en kan ik daarna werken",
    ],
)
def test_the_eleven_are_left_to_the_models(text: str) -> None:
    assert LETTERS.language_of(text) is None


def test_every_such_language_has_its_sentence() -> None:
    told = yaml.safe_load((HERE / "languages.yml").read_text(encoding="utf-8"))
    listed = yaml.safe_load((HERE.parent / "nlu" / "letters.yml").read_text(encoding="utf-8"))
    assert set(listed) <= set(told)
