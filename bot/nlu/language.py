"""Which of the product's languages a message is in.

Two opinions, half each. Lingua's small models know each language in general, but take a short message such as "spf over
bumps ok" for whatever its letters resemble. The letter groups of what patients write here, learned by
`python -m bot.nlu.learn_language`, know the clinic's words in each language. Together they err less than Lingua's large
models alone, with a tenth of their memory (docs/decisions/0804-language.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

LANGUAGES = ("en", "tr", "es", "de", "fr", "it", "pt", "pl", "nl", "ru", "ar")
MODEL = Path(__file__).parent / "language.npz"
GROUPS = 2**15
SCALE = 3.0  # of a message's unit row of letter groups
# A short English message looks a little like several languages; another language must be clearly likelier.
MARGIN = 0.25
LEAST = 0.35  # probability of a language other than the first
LEAST_DEFAULT = 0.1


class LetterGroups:
    """Logistic regression over groups of one to four letters of the languages in Latin script."""

    def __init__(self, languages: Sequence[str], weights: NDArray[np.float32], biases: NDArray[np.float32]) -> None:
        """`weights` (groups, languages), `biases` (languages,)."""
        self.languages = tuple(languages)
        self._weights = weights
        self._biases = biases

    @classmethod
    def load(cls, path: Path = MODEL) -> LetterGroups:
        """Read what `learn_language` wrote. Raises `OSError`, or `ValueError` for anything but plain arrays."""
        with np.load(path, allow_pickle=False) as kept:
            weights = kept["weights"].astype(np.float32)
            return cls([str(name) for name in kept["languages"]], weights, kept["biases"].astype(np.float32))

    def probabilities(self, text: str) -> dict[str, float]:
        """Language -> probability."""
        groups = Counter(abs(murmurhash3_32(group)) % GROUPS for group in _split(text))
        places = np.fromiter(groups.keys(), dtype=np.int64, count=len(groups))
        counts = np.fromiter(groups.values(), dtype=np.float32, count=len(groups))
        scores = counts @ self._weights[places] * (SCALE / max(float(np.sqrt(counts @ counts)), 1.0)) + self._biases
        powers = np.exp(scores - scores.max())
        return dict(zip(self.languages, (powers / powers.sum()).tolist(), strict=True))


_HASHING = HashingVectorizer(
    analyzer="char_wb", ngram_range=(1, 4), n_features=GROUPS, alternate_sign=False, dtype=np.float32
)
_split = _HASHING.build_analyzer()


def letter_groups(texts: Sequence[str]) -> Any:
    """Sparse rows of hashed letter groups, (n, GROUPS), for learning; `LetterGroups` counts the same without checks."""
    return _HASHING.transform(texts) * SCALE


class Languages:
    """Loads its models (some 20 MB) on construction."""

    def __init__(self, languages: Sequence[str] = LANGUAGES) -> None:
        """`languages` are ISO 639-1 codes; the first one is assumed when in doubt."""
        self._default = languages[0]
        codes = [getattr(IsoCode639_1, code.upper()) for code in languages]
        self._detector: LanguageDetector = (
            LanguageDetectorBuilder.from_iso_codes_639_1(*codes)
            .with_low_accuracy_mode()
            .with_preloaded_language_models()
            .build()
        )
        self._groups = LetterGroups.load()

    def of(self, text: str) -> str | None:
        """ISO 639-1 code, or None when the text is too short or too mixed to tell."""
        if not any(character.isalpha() for character in text):
            return None
        likely = self._probabilities(text)
        code = max(likely, key=likely.__getitem__)
        default = likely[self._default]
        if code == self._default or likely[code] - default < MARGIN:
            return self._default if default > LEAST_DEFAULT else None
        return code if likely[code] >= LEAST else None

    def _probabilities(self, text: str) -> dict[str, float]:
        likely = {
            str(one.language.iso_code_639_1.name).lower(): one.value
            for one in self._detector.compute_language_confidence_values(text)
        }
        if not any("a" <= character <= "z" for character in text.lower()):
            return likely  # another script says it all
        learned = self._groups.probabilities(text)
        return {code: (value + learned.get(code, 0.0)) / 2 for code, value in likely.items()}
