"""The after-treatment dialogue in Turkish has every text of the English one."""

from __future__ import annotations

from bot.clinic import PLACEHOLDER
from bot.safety.aftercare import load_wording
from bot.safety.guards import Guards

ENGLISH, TURKISH = load_wording("en"), load_wording("tr")


def test_every_question_and_answer_is_there() -> None:
    assert TURKISH.keys() == ENGLISH.keys()
    assert TURKISH["translation"] != ENGLISH["translation"]
    for name, english in ENGLISH["questions"].items():
        assert TURKISH["questions"][name]["text"] != english["text"], name
        assert TURKISH["questions"][name]["choices"].keys() == english["choices"].keys(), name


def test_sentences_are_in_step_and_safe() -> None:
    guards = Guards()
    for key in ("intro", "again", "later"):
        assert set(PLACEHOLDER.findall(TURKISH[key])) == set(PLACEHOLDER.findall(ENGLISH[key])), key
        assert guards.violations(TURKISH[key], "tr") == (), key
