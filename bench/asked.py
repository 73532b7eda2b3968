"""Which topics does a long message ask about? Learns the weights of `bot/nlu/asked.yml` from the development set.

    python -m bench.asked

Learns from the messages and from the half of the stories kept for choosing; prints how the other half is answered
(`complete`: all three topics, `exact`: nothing else and in order, `needless`: topics beside them). Run again after
training on other data.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bench.thresholds import DEVELOPMENT, STORIES, Heard, hear
from bot.engine.evaluation import read_examples, share
from bot.nlu.asked import FIELDS, WEIGHTS, Weights, considered
from bot.nlu.decision import Thresholds, decide

HEAD = "# How much each piece of evidence counts for a topic being asked about: written by `python -m bench.asked`.\n"
STRENGTH = 0.3  # inverse of how strongly weights are drawn to zero


def learned(examples: Sequence[dict[str, Any]], heard: Sequence[Heard]) -> dict[str, float]:
    """Constant and weights, from every topic that some reading of a message of several thoughts makes likely."""
    rows, labels = [], []
    for example, (whole, _, parts) in zip(examples, heard, strict=True):
        for topic, _, evidence in considered(whole, parts):
            rows.append(astuple(evidence))
            labels.append(topic in example["topics"] and example.get("kind") != "out_of_scope")
    scaler = StandardScaler()
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(scaler.fit_transform(rows), labels)
    scale = np.where(scaler.scale_ > 0, scaler.scale_, 1.0)
    weights = model.coef_[0] / scale
    constant = float(model.intercept_[0] - weights @ scaler.mean_)
    return {"constant": constant, **dict(zip(FIELDS, map(float, weights), strict=True))}


def answered(heard: Sequence[Heard], weights: Weights) -> Iterator[list[str]]:
    """The topics each message would be answered with."""
    for given in heard:
        decision = decide(*given, Thresholds(), weights)
        yield [match.topic for match in decision.topics] if decision.certainty == "sure" else []


def main() -> None:
    """See the module's docstring."""
    stories = read_examples(STORIES)
    chosen = [*read_examples(DEVELOPMENT), *(one for one in stories if one["half"] == "choose")]
    kept = [one for one in stories if one["half"] == "confirm"]
    heard = hear([*chosen, *kept])
    given = learned(chosen, heard[: len(chosen)])
    WEIGHTS.write_text(
        HEAD + yaml.safe_dump({k: round(v, 4) for k, v in given.items()}, sort_keys=False), encoding="utf-8"
    )
    found = list(zip((set(one["topics"]) for one in kept), answered(heard[len(chosen) :], Weights(given)), strict=True))
    measured = {
        "complete": share(gold <= set(topics) for gold, topics in found),
        "exact": share(one["topics"] == topics for one, (_, topics) in zip(kept, found, strict=True)),
        "needless": sum(len(set(topics) - gold) for gold, topics in found) / len(found),
    }
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    main()
