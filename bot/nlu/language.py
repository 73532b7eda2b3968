"""Which of the product's languages a message is in."""

from __future__ import annotations

from collections.abc import Sequence

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

LANGUAGES = ("en", "tr", "es", "de", "fr", "it", "pt", "pl", "nl", "ru", "ar")
# A short English message looks a little like several languages; another language must be clearly likelier.
MARGIN = 0.25


class Languages:
    """Loads its models (tens of MB) on construction."""

    def __init__(self, languages: Sequence[str] = LANGUAGES) -> None:
        """`languages` are ISO 639-1 codes; the first one is assumed when in doubt."""
        self._default = languages[0]
        codes = [getattr(IsoCode639_1, code.upper()) for code in languages]
        self._detector: LanguageDetector = (
            LanguageDetectorBuilder.from_iso_codes_639_1(*codes).with_preloaded_language_models().build()
        )

    def of(self, text: str) -> str | None:
        """ISO 639-1 code, or None when the text is too short or too mixed to tell."""
        values = self._detector.compute_language_confidence_values(text)
        best = values[0]
        code = str(best.language.iso_code_639_1.name).lower()
        default = next(v.value for v in values if v.language.iso_code_639_1.name.lower() == self._default)
        if code == self._default or best.value - default < MARGIN:
            return self._default if default > 0.1 else None
        return code if best.value >= 0.35 else None
