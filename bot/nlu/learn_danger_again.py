"""Learn the sentence encoder on for danger: `python -m bot.nlu.learn_danger_again`.

A development command, to be run beside `python -m bot.nlu.learn_danger` and for the same reasons. It learns from the
same examples in half an hour on two cores and writes `danger_fine_tuned.npz`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bot.nlu.danger_classifier import AGAIN
from bot.nlu.fine_tuned import FineTuned
from bot.nlu.fine_tuning import PEAKS, Learner, Places, half_done, learn, pieces, seen_numbers, words
from bot.safety.learn import examples

ROUNDS = 4
EACH = 3  # of the messages of `data/facts`: of most of them this encoder is never asked, and learning takes long enough


def loss(learner: Learner, words: Any, mask: Any, labels: Any) -> Any:
    """The mean cross-entropy; `words` and `mask` as in `Learner.pieces`, `labels` (n,)."""
    rows, _ = learner.seen(words, mask)
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, learner.answers(rows)))


def learned(known: Sequence[tuple[str, str]]) -> tuple[Learner, list[str]]:
    """The learner and its labels, learned from messages and theirs."""
    labels = sorted({label for _, label in known})
    wanted = np.array([labels.index(label) for _, label in known])
    texts = [pieces(text) for text, _ in known]
    learner = Learner(seen_numbers(PEAKS), len(labels), peaks=PEAKS)

    def batch(places: Places) -> Sequence[Any]:
        return *words([texts[at] for at in places]), wanted[places]

    learn(learner, loss, texts, batch, ROUNDS, half_done(known))
    return learner, labels


def main() -> int:
    """Write the changes and the head."""
    learner, labels = learned(examples(EACH))
    FineTuned.save(AGAIN, *learner.result(labels))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
