"""Learn which facts are told: `python -m bot.nlu.learn_told`.

A development command, to be run after a change of facts' words or examples. It reads every labelled message of
`data/facts`, but for those that only measure, as the rules of `bot.safety.disclosures` do, and learns where
they are right: half an hour on two cores. In `data/facts/judged.jsonl` single readings of messages on other
matters were judged, as the rules then were. It writes `told.npz`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from bot.nlu.fine_tuned import FineTuned
from bot.nlu.fine_tuning import PEAKS, Learner, Places, Words, half_done, learn, pieces, seen_numbers, words
from bot.nlu.networks import Matrix, Networks
from bot.nlu.told import LABELS, MODEL, inputs_of, views
from bot.safety.disclosures import disclosures
from bot.safety.labelled import Wanted, to_learn_from
from bot.safety.measure import load_lines

ROUNDS = 2


class Mention(NamedTuple):
    """Words of a message that were read as a fact, and whether it holds for the writer."""

    text: str
    span: tuple[int, int]
    fact: str
    told: bool


def mentions(lines: Iterable[dict[str, Any]]) -> Iterator[Mention]:
    """What the rules read in labelled messages, or what was judged."""
    for line in lines:
        if "told" in line:
            yield Mention(line["text"], tuple(line["span"]), line["fact"], line["told"])
            continue
        wanted = [Wanted.read(label) for label in line["disclosures"]]
        for one in disclosures(line["text"], line.get("language")):
            yield Mention(line["text"], one.span, one.fact, any(label.allows(one) for label in wanted))


def loss(learner: Learner, wide: Words, near: Words, facts: Any, which: Any, told: Any) -> Any:
    """The two views of mentions, see `Learner.pieces`; `facts` (n, facts), `which` of them (n,), `told` (n,)."""
    (wide_rows, wide_looks), (near_rows, near_looks) = learner.seen(*wide), learner.seen(*near)
    answers = learner.answers(tf.concat([wide_rows, near_rows, facts], 1))
    log_odds = answers[:, 1] - answers[:, 0] + tf.gather(wide_looks + near_looks, which, axis=1, batch_dims=1)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(told, log_odds))


def learned(known: Sequence[Mention]) -> tuple[dict[str, Matrix], Networks, list[str]]:
    """The encoder's changes, the head, and the facts that it knows."""
    facts = sorted({one.fact for one in known})
    told = np.array([one.told for one in known], np.float32)
    which = np.array([facts.index(one.fact) for one in known], np.int64)
    wide, near = zip(*(map(pieces, views(one.text, one.span)) for one in known), strict=True)
    named = inputs_of([one.fact for one in known], facts)

    def batch(places: Places) -> Sequence[Any]:
        views = (words([view[at] for at in places]) for view in (wide, near))
        return *views, named[places], which[places], told[places]

    learner = Learner(2 * seen_numbers(PEAKS) + len(facts), len(LABELS), peaks=PEAKS, attention=len(facts))
    learn(learner, loss, wide, batch, ROUNDS, half_done(known))
    return *learner.result(LABELS), facts


def main() -> int:
    """Write the changes, the head and the facts it knows."""
    lines = load_lines(to_learn_from())
    changes, head, facts = learned(list(mentions(tqdm(lines, desc="reading"))))
    FineTuned.save(MODEL, changes, head, facts=np.array(facts))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
