"""Text as the featurizers see it: the treatment's own name replaced.

The name says nothing about what is asked of it, yet it occurs most where people ask what it is, so that "mezoterapi
acıtır mı" (does it hurt) was read as "what is mesotherapy". A pronoun in its place keeps the question.
"""

from __future__ import annotations

import re

_NAME = re.compile(
    r"\b(?:m[eéè][sz]+o[\s-]?t[h]?[eé]?r[aá]?p\w*|mesos?|мезотерап\w*|(?:ال)?ميزوثيراب\w*)\b", re.IGNORECASE
)


def masked(text: str) -> str:
    """`text` with the name replaced; unchanged when nothing else is said."""
    without = _NAME.sub(" it ", text)
    return without if re.search(r"\w", _NAME.sub("", text)) else text
