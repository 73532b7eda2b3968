"""Learn how patients write in each language: `python -m bot.nlu.learn_language`.

A development command, to be run again when many examples were added. Lingua's large models (300 MB) say which language
each training example is in; what is learned from that needs no such memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from lingua import IsoCode639_1, LanguageDetectorBuilder
from sklearn.linear_model import LogisticRegression

from bot.nlu.language import LANGUAGES, MODEL, letter_groups
from bot.safety.measure import load_lines
from bot.settings import ROOT

LATIN = tuple(code for code in LANGUAGES if code not in ("ru", "ar"))
SURE = 0.5  # examples whose language the teacher knows less well teach nothing
SMALL = 0.02  # weights below this decide nothing


def main() -> int:
    """Write the weights."""
    texts, labels = [], []
    for text, label in labelled(list(examples(ROOT))):
        texts.append(text)
        labels.append(label)
    model = LogisticRegression(C=10, max_iter=300, class_weight="balanced").fit(letter_groups(texts), labels)
    weights = np.where(np.abs(model.coef_) < SMALL, 0, model.coef_).T
    np.savez_compressed(
        MODEL, languages=model.classes_, weights=weights.astype(np.float16), biases=model.intercept_.astype(np.float32)
    )
    return 0


def examples(root: Path) -> Iterator[str]:
    """Every training example, topics and danger."""
    for path in sorted((root / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = block.get("examples", "").splitlines() if "intent" in block else ()
            yield from (line[2:].strip() for line in lines if line.startswith("- "))
    yield from (line["text"] for line in load_lines(sorted((root / "data" / "danger").glob("*.jsonl"))))


def labelled(texts: list[str]) -> Iterator[tuple[str, str]]:
    """Texts in Latin script with the language that the large models see in them, where they are sure."""
    codes = [getattr(IsoCode639_1, code.upper()) for code in LATIN]
    teacher = LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
    for text in texts:
        if not any("a" <= character <= "z" for character in text.lower()):
            continue
        best = teacher.compute_language_confidence_values(text)[0]
        if best.value >= SURE:
            yield text, str(best.language.iso_code_639_1.name).lower()


if __name__ == "__main__":
    raise SystemExit(main())
