"""Which of the eleven languages a message is written in, by its script and its small words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import yaml

from bot.safety.cards import LANGUAGES
from bot.safety.concepts import Concepts, WordLoader
from bot.safety.text import Word, fold

SMALL_WORDS = Path(__file__).parent / "concepts" / "small_words.yml"
CLEAR = 2  # how many times as many small words the first language needs to be the only one
FEW = 3  # languages that are simply all read
KNOWN_SHARE = 0.75  # of the words that the best lexicon knows
TOO_LITTLE = 1  # small words that prove nothing
SCRIPTS = {"ru": re.compile("[\u0400-\u04ff]"), "ar": re.compile("[\u0600-\u06ff]")}
LATIN = tuple(language for language in LANGUAGES if language not in SCRIPTS)
LATIN_LETTER = re.compile("[a-z]")
SOUNDS = frozenset("235679")  # digits that stand for letters where Arabic is written in Latin ones: "3eni", "7al2i"


class Languages:
    """Guesses languages from lists of small words: those of `small_words.yml` and of the concept files (`small`)."""

    def __init__(self, more: Mapping[str, Iterable[str]]) -> None:
        lists = yaml.load(SMALL_WORDS.read_text(encoding="utf-8"), Loader=WordLoader)  # noqa: S506 - a SafeLoader
        self._small_in: dict[str, list[str]] = {}  # small word -> languages
        for language in LATIN:
            for word in {*lists[language], *(fold(str(word)).replace("'", "") for word in more.get(language, ()))}:
                self._small_in.setdefault(word, []).append(language)

    def guess(self, words: Sequence[Word], hint: str | None = None) -> tuple[str, ...]:
        """The languages to read the message in, most likely first; all in Latin letters when nothing tells."""
        norms = [word.norm for word in words]
        letters = "".join(norm for norm in norms if norm[:1].isalpha())
        scripts = [language for language, letter in SCRIPTS.items() if letter.search(letters)]
        if scripts and not LATIN_LETTER.search(letters):
            return tuple(scripts)
        scores = Counter(language for norm in norms for language in self._small_in.get(norm, ()))
        best = max(scores.values(), default=0)
        if best <= TOO_LITTLE:
            return (*scripts, *dict.fromkeys([*((hint,) if hint in LATIN else ()), *LATIN, "ar"]))
        likely = [language for language in LATIN if scores[language] * CLEAR > best]
        likely.sort(key=lambda language: -scores[language])
        if hint in LATIN and hint not in likely:
            likely.append(hint)
        if _has_digits_in_words(words):
            likely.append("ar")
        return (*scripts, *likely)

    def choose(
        self,
        words: Sequence[Word],
        lexicons: Mapping[str, Concepts],
        hint: str | None = None,
        share: float = KNOWN_SHARE,
    ) -> list[str]:
        """The languages worth reading: the likely ones, or where nothing tells, those that know most of the words.

        `share` of the words that the best one knows is enough.
        """
        likely = [name for name in self.guess(words, hint) if name in lexicons]
        if len(likely) <= FEW:
            return likely
        known = {name: sum(lexicons[name].knows(word.norm) for word in words) for name in likely}
        enough = share * max(known.values())
        return [name for name in likely if known[name] >= enough or name == hint]

    def spoken(self, words: Sequence[Word], lexicons: Mapping[str, Concepts], hint: str) -> str:
        """The language to answer in: the one that knows most of the words, `hint` where another knows no more.

        A `hint` without a lexicon, such as a clinic's language that we do not read, knows none.
        """

        def known(name: str) -> int:
            lexicon = lexicons.get(name)
            return sum(
                name in self._small_in.get(word.norm, ()) or (lexicon is not None and lexicon.knows(word.norm))
                for word in words
            )

        return max([hint, *self.choose(words, lexicons, hint)], key=known)


def _has_digits_in_words(words: Sequence[Word]) -> bool:
    return any(
        one.end == other.start
        and (one.norm in SOUNDS or other.norm in SOUNDS)
        and one.norm[0].isalpha() != other.norm[0].isalpha()
        for one, other in pairwise(words)
    )
