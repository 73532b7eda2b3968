"""Which classifier? Trains each candidate on the same features and data, and measures it on the held-out topics.

    python -m bench.classifiers [name ...]

Whole messages only, no reading of parts: the classifiers are compared, not the reader. Prints a table and writes
results/bench/classifiers.json; figures already there are kept, so that it can be stopped and resumed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from tqdm import tqdm

from bot.engine.program import quiet
from bot.settings import ROOT

FEATURES = [
    {"name": "bot.nlu.sentence_encoder.SentenceEncoderFeaturizer"},
    {"name": "bot.nlu.ngrams.NgramFeaturizer"},
]
# Rasa's own classifiers insist on a featurizer of Rasa's before them; this one adds nothing to the whole sentence.
RASA = [{"name": "WhitespaceTokenizer"}, {"name": "LexicalSyntacticFeaturizer"}]
CANDIDATES: dict[str, list[dict[str, Any]]] = {
    "two voices (ours)": [
        *FEATURES,
        {"name": "bot.nlu.neighbours.NearestExamples"},
        {"name": "bot.nlu.topic_classifier.TopicClassifier"},
    ],
    "LogisticRegressionClassifier": [*RASA, *FEATURES, {"name": "LogisticRegressionClassifier", "max_iter": 200}],
    "DIETClassifier": [
        # The encoder alone and no transformer: with the n-grams' 60,000 columns, or with two layers over the words,
        # an epoch takes minutes on two cores.
        *RASA,
        FEATURES[0],
        {
            "name": "DIETClassifier",
            "epochs": 20,
            "batch_size": [128, 256],
            "number_of_transformer_layers": 0,
            "entity_recognition": False,
            "random_seed": 1,
        },
    ],
}
OUT = ROOT / "results" / "bench" / "classifiers.json"


def measure(pipeline: list[dict[str, Any]], examples: list[dict[str, Any]]) -> dict[str, float]:
    """Train and read; accuracies, seconds of training and milliseconds a message."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yml"
        config.write_text(yaml.safe_dump({"recipe": "default.v1", "assistant_id": "c", "pipeline": pipeline}))
        started = time.perf_counter()
        model = train_nlu(str(config), str(ROOT / "data"), folder, domain=str(ROOT / "domain.yml"))
        trained = time.perf_counter() - started
        agent = Agent.load(model)
        right = second = 0
        started = time.perf_counter()
        for example in tqdm(examples, unit="message", file=sys.stderr):
            gold = {example["topics"][0], *example.get("accept", ())}
            best = asyncio.run(_ranking(agent, example["text"]))
            right += best[0] in gold
            second += bool(gold & set(best[:2]))
        spent = time.perf_counter() - started
    n = len(examples)
    return {
        "first right": round(right / n, 3),
        "first or second": round(second / n, 3),
        "training s": round(trained, 1),
        "ms a message": round(1000 * spent / n, 1),
    }


async def _ranking(agent: Any, text: str) -> list[str]:
    from rasa.core.channels.channel import UserMessage

    from bot.nlu.topic_classifier import PROBABILITIES

    parsed = await agent.processor.parse_message(UserMessage(text.lstrip("/")), only_output_properties=False)
    if PROBABILITIES in parsed:
        return list(parsed[PROBABILITIES])
    return [one["name"] for one in parsed.get("intent_ranking", [])] or [str(parsed["intent"]["name"])]


def main(names: list[str]) -> None:
    """Measure the named candidates, or all that have no figures yet."""
    quiet()
    found: dict[str, dict[str, float]] = json.loads(OUT.read_text()) if OUT.exists() else {}
    lines = (ROOT / "tests" / "nlu" / "held_out" / "topics.jsonl").read_text(encoding="utf-8").splitlines()
    examples = [json.loads(line) for line in lines]
    for name in names or [name for name in CANDIDATES if name not in found]:
        found[name] = measure(CANDIDATES[name], examples)
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps(found, indent=1))
    columns = list(next(iter(found.values())))
    print("| classifier | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name, figures in found.items():
        print(f"| {name} | " + " | ".join(str(figures[column]) for column in columns) + " |")


if __name__ == "__main__":
    np.random.seed(1)
    main(sys.argv[1:])
