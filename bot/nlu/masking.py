"""Text as the featurizers see it: lay words and brands as their terms, the treatment's own name replaced.

Nobody can write examples with every brand; the glossary says what kind of thing each is.
The name says nothing about what is asked of it, yet it occurs most where people ask what it is, so that "mezoterapi
acıtır mı" (does it hurt) was read as "what is mesotherapy". A pronoun in its place keeps the question.
"""

from __future__ import annotations

import re
from functools import cache

from bot.knowledge.glossary import Glossary
from bot.safety.medicines import find

_NAME = re.compile(
    r"\b(?:m[eéè][sz]+o[\s-]?t[h]?[eé]?r[aá]?p\w*|mesos?|мезотерап\w*|(?:ال)?ميزوثيراب\w*)\b", re.IGNORECASE
)


def unnamed(text: str) -> str:
    """`text` without the treatment's name, whose letters resemble several languages; as it is when little is left."""
    return _unless_little(_NAME.sub(" ", text), text)


def without_medicines(text: str) -> str:
    """`text` without the names of medicines, which resemble several languages, too; as it is when little is left."""
    letters = list(text)
    for hit in find(text):
        letters[slice(*hit.span)] = " " * (hit.span[1] - hit.span[0])
    return _unless_little("".join(letters), text)


def _unless_little(left: str, text: str) -> str:
    return left if len(re.findall(r"\w+", left)) > 1 else text


@cache
def _glossary() -> Glossary:
    return Glossary()


def masked(text: str) -> str:
    """`text` in the glossary's terms and without the treatment's name; unchanged when nothing but the name is said."""
    if not re.search(r"\w", _NAME.sub("", text)):
        return text
    return _glossary().expand(_NAME.sub(" it ", text))
