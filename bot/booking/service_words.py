"""Which of the services on offer a few typed words mean."""

from __future__ import annotations

from collections.abc import Mapping

TELLING = 3  # letters of a title that can choose it; fewer are in almost every one
FEW = 4  # words of "the phone one please"


def named_service(said: str, titles: Mapping[str, str]) -> str | None:
    """The service whose title is in the words `said`, that holds them, or that alone has one of them; None if unclear.

    `titles` by id; both are in lower case.
    """
    whole = [id for id, title in titles.items() if title in said]
    if whole:
        return max(whole, key=lambda id: len(titles[id]))  # one title may be the beginning of another
    part = said.strip(" .!")
    if sum(map(str.isalpha, part)) >= TELLING and (holding := [id for id, title in titles.items() if part in title]):
        return holding[0]
    return _told_apart(part.split(), titles)


def _told_apart(said: list[str], titles: Mapping[str, str]) -> str | None:
    words = {id: {word for word in title.split() if len(word) > TELLING} for id, title in titles.items()}
    own = {id: mine.difference(*(words[other] for other in words if other != id)) for id, mine in words.items()}
    named = [id for id, mine in own.items() if len(said) <= FEW and mine.intersection(said)]
    return named[0] if len(named) == 1 else None
