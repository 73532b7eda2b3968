"""Learn which facts messages tell, each read as a whole: `python -m bot.nlu.learn_facts`.

A development command, to be run after a change of the labelled messages of `data/facts`: half an hour on two
cores. It writes `facts.npz`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from bot.nlu.fact_classifier import MODEL
from bot.nlu.fine_tuned import FineTuned
from bot.nlu.fine_tuning import PEAKS, Learner, Places, Words, half_done, learn, pieces, seen_numbers, words
from bot.nlu.networks import Matrix, Networks
from bot.safety.disclosures import disclosures
from bot.safety.labelled import Wanted, to_learn_from
from bot.safety.measure import load_lines

ROUNDS = 5
UNITS = 256  # of the head
LEAST = 8  # messages that must tell a fact
RARE = -4.0  # log odds of a fact before anything is learned: most messages tell none


class Example(NamedTuple):
    """A message, the facts that its writer tells, and those of which nobody knows."""

    text: str
    told: frozenset[str]
    unknown: frozenset[str]


def examples(lines: Iterable[Mapping[str, Any]]) -> Iterator[Example]:
    """Labelled messages as they are; those of which single readings were judged tell nothing that nobody read."""
    judged: dict[str, dict[str, bool]] = defaultdict(dict)
    for line in lines:
        if "told" in line:
            judged[line["text"]][line["fact"]] = line["told"]
        else:
            yield _labelled(line["text"], [Wanted.read(label) for label in line["disclosures"]])
    for text, facts in judged.items():
        read = {one.fact for one in disclosures(text)}
        yield Example(text, frozenset(fact for fact, told in facts.items() if told), frozenset(read - set(facts)))


def _labelled(text: str, wanted: Sequence[Wanted]) -> Example:
    """What is optional, or one of several honest readings, is unknown."""
    told = frozenset(one.fact for one in wanted if one.tells and not one.optional)
    arguable = (
        {one.fact, *one.accept_fact}
        for one in wanted
        if one.subject == "self" and "affirmed" in (one.polarity, *one.accept_polarity)
    )
    return Example(text, told, frozenset().union(*arguable) - told)


def loss(learner: Learner, seen: Words, told: Any, known: Any) -> Any:
    """Of each fact by itself; `told` and `known` (n, facts), see `Learner.answers`."""
    rows, attention = learner.seen(*seen)
    errors = tf.nn.sigmoid_cross_entropy_with_logits(told, learner.answers(rows) + attention)
    return tf.reduce_mean(tf.reduce_sum(errors * known, 1))


def learned(known: Sequence[Example]) -> tuple[dict[str, Matrix], Networks]:
    """The encoder's changes, and the head, whose labels are the facts."""
    counts = Counter(fact for one in known for fact in one.told)
    facts = sorted(fact for fact, count in counts.items() if count >= LEAST)
    told = np.array([[fact in one.told for fact in facts] for one in known], np.float32)
    sure = np.array([[fact not in one.unknown for fact in facts] for one in known], np.float32)
    texts = [pieces(one.text) for one in known]

    def batch(places: Places) -> Sequence[Any]:
        return words([texts[at] for at in places]), told[places], sure[places]

    learner = Learner(seen_numbers(PEAKS), len(facts), RARE, PEAKS, UNITS, len(facts))
    content = [(one.text, sorted(one.told), sorted(one.unknown)) for one in known]
    learn(learner, loss, texts, batch, ROUNDS, half_done(content))
    return learner.result(facts)


def main() -> int:
    """Write the changes and the head, whose labels are the facts."""
    found = list(examples(tqdm(load_lines(to_learn_from()), desc="reading")))
    known = {one.text.casefold(): one for one in reversed(found)}  # what was labelled before what was judged
    FineTuned.save(MODEL, *learned(list(known.values())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
