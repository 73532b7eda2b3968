"""Learn what the sentence encoder knows of danger: `python -m bot.nlu.learn_danger`.

A development command, to be run beside `python -m bot.safety.learn` and for the same reasons. It learns from the same
examples, in three minutes, and writes `danger.npz`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from sklearn.neural_network import MLPClassifier

from bot.nlu.danger_classifier import MODEL
from bot.nlu.masking import masked
from bot.nlu.networks import Matrix, Networks, pooled
from bot.nlu.sentence_encoder import MultilingualEncoder, SentenceEncoder
from bot.nlu.splitter import OF, MessageSplitter
from bot.safety.learn import examples

SEEDS = (1, 2, 3)
UNITS, ROUNDS = 128, 12


def rows_of(texts: Sequence[str], encoder: SentenceEncoder) -> Matrix:
    """The networks' input for each text, split as the pipeline splits it."""
    splitter = MessageSplitter()
    split = [
        [one.get(TEXT) for one in splitter.process([Message({TEXT: text})]) if one.get(OF) is None] for text in texts
    ]
    flat = [masked(one) for whole in split for one in whole]
    vectors = encoder.encode_all(flat)
    ends = np.cumsum([len(one) for one in split])
    return np.stack([pooled(one[0], one[1:]) for one in np.split(vectors, ends[:-1])])


def learn(rows: Matrix, labels: Sequence[str]) -> Networks:
    """Fit the networks, which differ in their first weights and in the order of the examples."""
    fitted = [
        MLPClassifier((UNITS,), max_iter=ROUNDS, alpha=1e-3, batch_size=128, random_state=seed).fit(rows, labels)
        for seed in SEEDS
    ]
    hidden, out = (np.stack([one.coefs_[layer] for one in fitted]) for layer in (0, 1))
    hidden_bias, bias = (np.stack([one.intercepts_[layer] for one in fitted]) for layer in (0, 1))
    return Networks(tuple(fitted[0].classes_.tolist()), hidden, hidden_bias, out, bias)


def main() -> int:
    """Write the networks."""
    known = examples()
    rows = rows_of([text for text, _ in known], MultilingualEncoder())
    learn(rows, [label for _, label in known]).save(MODEL)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
