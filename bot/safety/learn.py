"""Learn the second opinion from labelled messages: `python -m bot.safety.learn [--check FOLDS]`.

A development command. It needs scikit-learn, which the engine brings; the program that reads messages does not. It
learns from `data/danger/*.jsonl` (lines as in `bot.safety.measure`), from the reference's own examples, and from the
topics' examples in `data/nlu` and the messages of `data/facts`, which are harmless unless `data/danger` has them, too.
Learn again after a change of rules, concepts or examples.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.safety.cards import load_cards, tier_of
from bot.safety.labelled import to_learn_from
from bot.safety.measure import load_lines
from bot.safety.opinion import EXPECTED, HARMLESS, MODEL, Bars, Opinion, SecondOpinion, harmless
from bot.safety.triage import Triage

ROOT = MODEL.parents[2]
DANGER, TOPICS = ROOT / "data" / "danger", ROOT / "data" / "nlu"
ARGUABLE = "arguable"  # the tier of a message that two people would label differently: nothing is learned from it
# Topics whose examples speak of danger or of what safeguarding is about: no harmless examples.
NOT_HARMLESS = ("emergency_red_flag", "post_treatment_concern", "age_limits", "diy_home", "pregnancy_breastfeeding")
UNITS, ROUNDS, SEEDS = 48, 12, (1, 2, 3)
LEAST = 3  # examples that must show a feature


def examples(each: int = 1) -> list[tuple[str, str]]:
    """Messages and their labels: a flag, "expected", "none", or "none:" with the topic they ask about.

    Of the messages of `data/facts`, nearly all of them plainly harmless, only one in `each`.
    Raises `ValueError` for a danger whose flag is none of its tier.
    """
    found = [*_reference(), *_danger(), *_topics(), *islice(_facts(), 0, None, each)]
    labelled = {text.casefold(): (text, label) for text, label in reversed(found)}
    return [(text, label) for text, label in labelled.values() if label != ARGUABLE]


def _danger() -> Iterator[tuple[str, str]]:
    known = load_cards("en")["cards"]
    for line in load_lines(sorted(DANGER.glob("*.jsonl"))):
        if line["tier"] in (HARMLESS, EXPECTED, ARGUABLE):
            yield line["text"], line["tier"]
        elif line["flag"] in known and tier_of(line["flag"]) == line["tier"]:
            yield line["text"], line["flag"]
        else:
            raise ValueError(f"{line['flag']} is no flag of tier {line['tier']}: {line['text']}")


def _reference() -> Iterator[tuple[str, str]]:
    reference = yaml.safe_load((MODEL.parent / "redflags.yml").read_text(encoding="utf-8"))
    for flag in reference["flags"]:
        for phrase in flag["phrases"]:
            yield phrase, EXPECTED if flag["tier"] == EXPECTED else flag["id"]
        for kind, phrase in flag["must_not"]:
            if kind not in ("urgent", "emergency"):
                yield phrase, EXPECTED if kind == EXPECTED else HARMLESS


def _topics() -> Iterator[tuple[str, str]]:
    for path in sorted(TOPICS.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if block.get("intent") not in (None, *NOT_HARMLESS):
                for line in block["examples"].splitlines():
                    yield line.removeprefix("- "), f"{HARMLESS}:{block['intent']}"


def _facts() -> Iterator[tuple[str, str]]:
    yield from ((line["text"], HARMLESS) for line in load_lines(to_learn_from()) if "disclosures" in line)


def learn(seen: Sequence[frozenset[str]], labels: Sequence[str], path: Path) -> None:
    """Fit networks on what messages show, and write them to `path` as one.

    They differ in their first weights and in the order of the examples. Side by side, with a mean of what they say,
    they are one network with more units, whose errors depend less on chance.
    """
    from scipy.sparse import csr_matrix
    from sklearn.neural_network import MLPClassifier

    counts = Counter(feature for features in seen for feature in features)
    names = sorted(feature for feature, count in counts.items() if count >= LEAST)
    place = {name: at for at, name in enumerate(names)}
    cells = [(row, place[one]) for row, features in enumerate(seen) for one in sorted(features) if one in place]
    rows, columns = zip(*cells, strict=True)
    matrix = csr_matrix((np.ones(len(cells), dtype=np.float32), (rows, columns)), shape=(len(seen), len(names)))
    fitted = [
        MLPClassifier((UNITS,), max_iter=ROUNDS, alpha=1e-3, batch_size=256, random_state=seed).fit(matrix, labels)
        for seed in SEEDS
    ]
    hidden = np.hstack([one.coefs_[0] for one in fitted])
    hidden_bias = np.concatenate([one.intercepts_[0] for one in fitted])
    out = np.vstack([one.coefs_[1] for one in fitted]) / len(fitted)
    bias = np.mean([one.intercepts_[1] for one in fitted], axis=0)
    SecondOpinion.save(path, names, fitted[0].classes_.tolist(), (hidden, hidden_bias, out, bias))


def cross_validated(
    seen: Sequence[frozenset[str]], labels: Sequence[str], folds: int, path: Path
) -> Iterator[tuple[int, Opinion]]:
    """The opinion on each message of a network that has not learned from it; `path` is written over and over."""
    from sklearn.model_selection import StratifiedKFold

    splits = StratifiedKFold(folds, shuffle=True, random_state=SEEDS[0]).split(seen, [label[:5] for label in labels])
    for known, unknown in splits:
        learn([seen[at] for at in known], [labels[at] for at in known], path)
        opinion = SecondOpinion.load(path)
        yield from ((at, opinion.of(seen[at])) for at in unknown)


def bars_report(read: Sequence[tuple[int, Opinion]], labels: Sequence[str]) -> str:
    """Recall by kind of flag and false alarms for some bars."""
    lines = ["bar    " + "".join(f"{kind:>8}" for kind in ("E", "U", "SH", "M", "harmless", "topics"))]
    for bar in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        bars = Bars(bar, bar, bar, bar)
        total: Counter[str] = Counter()
        raised: Counter[str] = Counter()
        for at, opinion in read:
            kind = _kind(labels[at])
            total[kind] += 1
            raised[kind] += opinion.tier(bars) is not None
        shares = (raised[kind] / max(total[kind], 1) for kind in ("E", "U", "SH", "M", "harmless", "topics"))
        lines.append(f"{bar:<7}" + "".join(f"{share:8.3f}" for share in shares))
    return "\n".join(lines)


def _kind(label: str) -> str:
    if not harmless(label):
        return label.rstrip("0123456789")
    return "topics" if ":" in label else "harmless"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `opinion.npz`, or with `--check` print what some bars would do, by cross-validation."""
    parser = argparse.ArgumentParser(prog="python -m bot.safety.learn", description=__doc__)
    parser.add_argument("--to", type=Path, default=MODEL)
    parser.add_argument("--check", type=int, metavar="FOLDS", help="cross-validate and print; written over: --to")
    given: Any = parser.parse_args(arguments)
    triage = Triage.load()
    known = examples()
    seen, labels = [triage.evidence(text) for text, _ in known], [label for _, label in known]
    if given.check:
        print(bars_report(list(cross_validated(seen, labels, given.check, given.to)), labels))  # noqa: T201
    else:
        learn(seen, labels, given.to)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
