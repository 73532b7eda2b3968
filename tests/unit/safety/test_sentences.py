"""spaCy without TensorFlow, and nothing broken for those who want TensorFlow later."""

from __future__ import annotations

import subprocess
import sys

from bot.safety.sentences import Sentences
from bot.safety.text import LONGEST


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_building_the_triage_loads_no_tensorflow() -> None:
    loaded = run(
        "import sys; from bot.safety.triage import Triage; Triage.load();"
        "print([name for name in ('tensorflow', 'torch', 'rasa') if name in sys.modules], 'spacy' in sys.modules)"
    )
    assert loaded == "[] True"


def test_nothing_is_loaded_at_import() -> None:
    loaded = run(
        "import sys; import bot.safety.triage, bot.safety.disclosures, bot.safety.medicines, bot.safety.cards;"
        "import bot.safety.aftercare; print('spacy' in sys.modules)"
    )
    assert loaded == "False"


def test_tensorflow_can_be_imported_afterwards() -> None:
    code = (
        "import sys, importlib.util; from bot.safety.sentences import Sentences; Sentences();"
        "print('tensorflow' in sys.modules, importlib.util.find_spec('tensorflow') is not None)"
    )
    assert run(code) == "False True"


def test_sentences_end_at_marks_and_line_breaks() -> None:
    sentences = Sentences().split("My lips hurt. Is it normal?\nno full stop here")
    assert [len(sentence.words) for sentence in sentences] == [4, 4, 4]
    assert [sentence.question for sentence in sentences] == [False, True, False]


def test_words_point_into_the_message() -> None:
    text = "I can't breathe l'œil"
    words, _ = Sentences().words(text)
    assert [text[word.start : word.end] for word in words] == ["I", "can't", "breathe", "l", "œil"] or [
        word.norm for word in words
    ] == ["i", "cant", "breathe", "l", "oeil"]


def test_a_short_message_has_no_parts() -> None:
    assert list(Sentences().parts("my lip is getting thicker")) == []


def test_the_parts_of_a_message_are_its_sentences() -> None:
    text = "How much is it? Ok. My lip is getting thicker!"
    assert list(Sentences().parts(text)) == ["How much is it?", "My lip is getting thicker!"]


def test_a_sentence_that_runs_on_is_read_in_stretches() -> None:
    words = [f"w{chr(97 + place % 26)}" for place in range(22)]
    parts = [part.split() for part in Sentences().parts(" ".join(words))]
    assert [part[0] for part in parts] == [words[0], words[5], words[10], words[15]]
    assert parts[-1][-1] == words[-1]


def test_a_wall_of_marks_is_cut_and_spans_stay_true() -> None:
    text = "my lips are swelling" + "!(" * 10_000 + " and I cannot breathe"
    words, _ = Sentences().words(text)
    assert len(words) < 100
    assert text[words[-1].start : words[-1].end] == "breathe"


def test_of_a_word_without_end_only_the_beginning_counts() -> None:
    text = "a" + "xyz" * 5_000
    (word,), _ = Sentences().words(text)
    assert (len(word.norm), word.end) == (LONGEST, len(text))
