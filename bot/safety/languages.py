"""Which of the eleven languages a message is written in, by its script and its small words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.safety.cards import LANGUAGES
from bot.safety.text import Word, fold

CLEAR = 2  # how many times as many small words the first language needs to be the only one
TOO_LITTLE = 1  # small words that prove nothing
LATIN = tuple(language for language in LANGUAGES if language not in ("ru", "ar"))


class Languages:
    """Guesses languages from spaCy's lists of small words and from those of the concept files (`small`)."""

    def __init__(self, more: Mapping[str, Iterable[str]]) -> None:
        from spacy.util import get_lang_class  # not above: `Sentences` imports spaCy with care, first

        self._small = {
            language: frozenset(
                part
                for word in get_lang_class(language).Defaults.stop_words
                for part in [fold(word).replace("'", "")]
                if len(part) > 1 or language in ("en", "es", "it", "pt", "pl")
            )
            for language in LATIN
        }
        for language, words in more.items():
            if language in self._small:
                self._small[language] |= {fold(str(word)).replace("'", "") for word in words}

    def guess(self, words: Sequence[Word], hint: str | None = None) -> tuple[str, ...]:
        """The languages to read the message in, most likely first; all Latin ones when nothing tells."""
        letters = "".join(word.norm for word in words if word.norm[:1].isalpha())
        scripts = []
        if any("\u0400" <= char <= "\u04ff" for char in letters):
            scripts.append("ru")
        if any("\u0600" <= char <= "\u06ff" for char in letters):
            scripts.append("ar")
        if scripts and not any("a" <= char <= "z" for char in letters):
            return tuple(scripts)
        scores = {language: self._score(words, language) for language in LATIN}
        best = max(scores.values(), default=0)
        if best <= TOO_LITTLE:
            return (*scripts, *dict.fromkeys([*((hint,) if hint in LATIN else ()), *LATIN]))
        likely = [language for language in LATIN if scores[language] * CLEAR >= best and scores[language]]
        likely.sort(key=lambda language: -scores[language])
        if hint in LATIN and hint not in likely:
            likely.append(hint)
        return (*scripts, *likely)

    def _score(self, words: Sequence[Word], language: str) -> int:
        return sum(word.norm in self._small[language] for word in words)
