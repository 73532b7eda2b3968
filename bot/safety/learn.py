"""Learn the second opinion from labelled messages: `python -m bot.safety.learn <file.jsonl>...`.

A development command. It needs scikit-learn, which the engine brings; the program that reads messages does not. Lines
are those of `bot.safety.measure`; the examples of the reference are always learned too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from bot.safety.measure import load_lines
from bot.safety.opinion import MODEL, features
from bot.safety.triage import Triage

SMALL = 0.02  # weights below this are left out: they decide nothing
SMALL_FLAG = 0.15
HARMLESS = ("none", "expected")


def examples(paths: Sequence[Path]) -> list[tuple[str, str | None]]:
    """Messages and their flags, None for the harmless, from `paths` and from the reference."""
    found: list[tuple[str, str | None]] = [
        (line["text"], None if line["tier"] in HARMLESS else line["flag"])
        for line in load_lines(paths)
        if "tier" in line
    ]
    reference = yaml.safe_load((MODEL.parent / "redflags.yml").read_text(encoding="utf-8"))
    for flag in reference["flags"]:
        expected = flag["tier"] == "expected"
        found += [(phrase, None if expected else flag["id"]) for phrase in flag["phrases"]]
        found += [(phrase, None) for kind, phrase in flag["must_not"] if kind not in ("urgent", "emergency")]
    return list({text.casefold(): (text, flag) for text, flag in found}.values())


def learn(given: Iterable[tuple[str, str | None]], triage: Triage) -> dict[str, Any]:
    """The weights of both models: danger or not, and which flag."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    seen = [(dict.fromkeys(features(triage.spelled(text)), 1), flag) for text, flag in given]
    vectors = DictVectorizer()
    matrix = vectors.fit_transform([row for row, _ in seen])
    names = vectors.get_feature_names_out()
    danger = LogisticRegression(C=10, max_iter=3000, class_weight="balanced")
    danger.fit(matrix, [flag is not None for _, flag in seen])
    dangerous = [at for at, (_, flag) in enumerate(seen) if flag is not None]
    which = LogisticRegression(C=3, max_iter=3000, class_weight="balanced")
    which.fit(matrix[dangerous], [seen[at][1] for at in dangerous])
    return {
        "bias": round(float(danger.intercept_[0]), 3),
        "danger": _kept(names, danger.coef_[0], SMALL),
        "flags": {
            str(flag): {"": round(float(bias), 3), **_kept(names, weights, SMALL_FLAG)}
            for flag, bias, weights in zip(which.classes_, which.intercept_, which.coef_, strict=True)
        },
    }


def _kept(names: Sequence[str], weights: Sequence[float], least: float) -> dict[str, float]:
    return {
        str(name): round(float(weight), 3) for name, weight in zip(names, weights, strict=True) if abs(weight) >= least
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `opinion.json` from the files named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.safety.learn", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--to", type=Path, default=MODEL)
    given = parser.parse_args(arguments)
    model = learn(examples(given.files), Triage.load())
    given.to.write_text(json.dumps(model, ensure_ascii=False, sort_keys=True, indent=0) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
