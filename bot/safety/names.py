"""People whom a message calls by name: "Priya is breastfeeding", "Eileen's on prednisolone"."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.safety.concepts import Concepts, Hit
from bot.safety.text import Word, fold

NAMED = "people_other"
BEHIND = ("agrees", "after_is")  # verbs that no "I" has, and what follows a short "is" or "has"


def named_people(
    text: str,
    words: Sequence[Word],
    concepts: Concepts,
    cues: Mapping[str, Sequence[Hit]],
    taken: Collection[int],
) -> Iterator[Hit]:
    """Where a name stands that does something: a capital letter, no word of the language, a verb behind it.

    `cues` are those of the `scope` section; `taken` are the places of words with another meaning, such as the names of
    medicines and illnesses.
    """
    verbs = {cue.start for name in BEHIND for cue in cues.get(name, ())}
    places = {cue.end for cue in cues.get("preposition", ())}  # "my dermatologist from Milan has ..."
    for at in verbs:
        word = words[at - 1]
        written = text[word.start : word.end].replace("’", "'").removesuffix("'s")
        opens = at < 2 or words[at - 2].is_mark
        if (
            at > 0
            and at - 1 not in taken
            and at - 1 not in places
            and written.istitle()
            and not concepts.knows(fold(written))
            and not (opens and concepts.is_ordinary(fold(written)))
        ):
            yield Hit(NAMED, at - 1, at)
