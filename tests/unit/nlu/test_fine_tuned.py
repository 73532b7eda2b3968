"""The encoder learned on: the same sums with other weights, asked for danger only where there is doubt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.danger_classifier import AROUND, OPINION, DangerClassifier
from bot.nlu.fine_tuned import ATTENTION, PEAK_BIAS, PEAK_WEIGHTS, FineTuned, weights
from bot.nlu.networks import STRETCH, Networks
from bot.nlu.sentence_encoder import MultilingualEncoder, SentenceEncoderFeaturizer
from bot.nlu.splitter import MessageSplitter
from bot.safety.opinion import HARMLESS, Opinion

TEXTS = ["My lip is getting thicker", "it's the new pencil, I love it", "dudağım şişti"]
LABELS = ("E1", HARMLESS)


def head() -> Networks:
    chance = np.random.default_rng(5)
    shapes = ((1, 512, 8), (1, 8), (1, 8, 2), (1, 2))
    return Networks(LABELS, *((chance.normal(size=shape) / 5).astype(np.float32) for shape in shapes))


def changes(size: float) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(6)
    return {name: (chance.normal(size=one.shape) * size).astype(np.float32) for name, one in weights().items()}


def seen(learned: FineTuned) -> list[float]:
    return learned.networks.shares(learned.vectors(TEXTS))[:, 0].tolist()


def test_without_changes_it_is_the_common_encoder() -> None:
    vectors = MultilingualEncoder().encode(TEXTS)
    assert seen(FineTuned(changes(0), head())) == pytest.approx(
        head().shares(vectors * np.float32(STRETCH))[:, 0].tolist(), abs=1e-5
    )


def test_what_was_learned_is_the_same_after_saving_and_changes_no_other(tmp_path: Path) -> None:
    before = MultilingualEncoder().encode(TEXTS)
    learned = FineTuned(changes(0.01), head())
    FineTuned.save(tmp_path / "learned.npz", changes(0.01), head())
    kept = seen(FineTuned.load(tmp_path / "learned.npz"))
    assert kept == pytest.approx(seen(learned), abs=0.02)
    assert kept != pytest.approx(seen(FineTuned(changes(0), head())), abs=0.02)
    assert np.array_equal(MultilingualEncoder().encode(TEXTS), before)


def test_learning_begins_with_the_encoders_own_vectors() -> None:
    from bot.nlu.fine_tuning import Learner, pieces, words

    learner, (own, mask) = Learner(512, 2), words([pieces(text) for text in TEXTS])
    assert learner.vectors(learner.pieces(own, mask), mask).numpy() == pytest.approx(
        MultilingualEncoder().encode(TEXTS) * STRETCH, abs=1e-3
    )


@pytest.mark.parametrize("peaks", [0, 16])
def test_what_was_learned_is_what_is_read(peaks: int, tmp_path: Path) -> None:
    from bot.nlu.fine_tuning import Learner, learn, pieces, seen_numbers, words
    from bot.nlu.learn_danger_again import loss

    learner, texts = Learner(seen_numbers(peaks), 2, peaks=peaks), [pieces(text) for text in TEXTS]
    wanted = np.array([0, 1, 0])
    learn(learner, loss, texts, lambda at: (*words([texts[one] for one in at]), wanted[at]), 2, tmp_path / "half")
    learned, (own, mask) = FineTuned(*learner.result(LABELS)), words(texts)
    seen = learned.vectors(TEXTS)
    assert seen.shape == (len(TEXTS), seen_numbers(peaks))
    assert seen == pytest.approx(learner.vectors(learner.pieces(own, mask), mask).numpy(), abs=1e-3)
    assert seen[:, : seen_numbers()] != pytest.approx(MultilingualEncoder().encode(TEXTS) * STRETCH, abs=1e-3)
    assert not (tmp_path / "half").exists()  # nothing is left to go on with


def test_attention_adds_what_was_learned_and_sees_nobody_elses_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.nlu import fine_tuning
    from bot.nlu.learn_facts import loss

    monkeypatch.setattr(fine_tuning, "DROPPED_UNITS", 0.0)
    learner = fine_tuning.Learner(fine_tuning.seen_numbers(8), 2, peaks=8, attention=2)
    texts = [fine_tuning.pieces(text) for text in TEXTS]
    told, known = np.array([[0, 1], [1, 0], [0, 0]], np.float32), np.ones((3, 2), np.float32)

    def batch(at: np.ndarray) -> tuple[object, ...]:
        return fine_tuning.words([texts[one] for one in at]), told[at], known[at]

    fine_tuning.learn(learner, loss, texts, batch, 2, tmp_path / "half")
    own, mask = fine_tuning.words(texts)
    pieces = learner.pieces(own, mask)
    rows = learner.vectors(pieces, mask)
    expected = (learner.answers(rows) + learner.attention(pieces, mask, rows)).numpy()
    changes, head = learner.result(LABELS)
    learned = FineTuned(changes, head)

    def answers(encoder: FineTuned, texts: Sequence[str]) -> np.ndarray:
        rows, attention = encoder.seen(texts)
        return head.weights(rows)[0] + attention

    assert answers(learned, TEXTS) == pytest.approx(expected, abs=1e-3)
    assert answers(learned, TEXTS[:1]) == pytest.approx(expected[:1], abs=1e-3)
    without = FineTuned({name: one for name, one in changes.items() if name not in ATTENTION}, head)
    assert answers(without, TEXTS) != pytest.approx(expected, abs=1e-3)


def test_peaks_are_as_high_in_a_long_story_as_in_its_middle() -> None:
    chance = np.random.default_rng(7)
    peaks = {PEAK_WEIGHTS: chance.normal(size=(1280, 40)) / 20, PEAK_BIAS: np.zeros(40)}
    encoder = FineTuned({**changes(0), **{name: one.astype(np.float32) for name, one in peaks.items()}}, head())
    middle = "they fitted me with a little box under the collarbone"
    story = f"Hello, my name is Ruth and I walk a lot. Last year {middle} and since then I feel fine, thank you."
    alone, told = encoder.vectors([middle, story])
    assert np.mean(told[512:] > 0.9 * alone[512:]) > 0.8
    assert len(told) == 512 + 40


class Witness(FineTuned):
    """Is sure of danger, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.networks = Known(LABELS, *[np.full((1, 1, 1), 0.99)] * 4)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.zeros((len(texts), 1))


class Known(Networks):
    """Thinks the same of everything."""

    def opinions(self, rows: np.ndarray) -> list[Opinion]:
        return [Opinion({"E1": self.out[0, 0, 0], HARMLESS: 1 - self.out[0, 0, 0]}) for _ in rows]


def classified(text: str, danger: float) -> tuple[list[Message], list[str]]:
    witness, fields = Witness(), [np.full((1, 1, 1), danger)] * 4
    messages = MessageSplitter().process([Message({TEXT: text})])
    SentenceEncoderFeaturizer(MultilingualEncoder(), "encoder").process(messages)
    DangerClassifier(Known(LABELS, *fields), witness).process(messages)
    return messages, witness.asked


STORY = "I had it on Monday. My lip is getting thicker. It's the new pencil. I love it."


def test_what_is_beyond_doubt_costs_no_second_reading() -> None:
    messages, asked = classified(STORY, 0.001)
    assert not asked
    assert all(message.get(OPINION).danger == pytest.approx(0.001) for message in messages)


def test_what_may_be_dangerous_is_read_again() -> None:
    messages, asked = classified(STORY, 0.05)
    assert asked == [STORY]  # a part must be more suspicious
    assert messages[0].get(OPINION).danger > 0.5


def test_a_suspicious_part_is_read_with_its_neighbours() -> None:
    messages, _ = classified(STORY, 0.5)
    around = {message.get(TEXT): message.get(AROUND) for message in messages[1:]}
    assert (
        around["My lip is getting thicker."][0] == "I had it on Monday. My lip is getting thicker. It's the new pencil."
    )
    assert around["I love it."][0] == "It's the new pencil. I love it."
    assert messages[0].get(AROUND) is None


def test_a_question_explains_no_sign() -> None:
    messages, _ = classified("Do you have parking? My lip is getting thicker. How much is it?", 0.5)
    assert [one.get(AROUND) for one in messages if one.get(TEXT) == "My lip is getting thicker."] == [None]
