"""How long ago what a message tells of a fact was."""

from __future__ import annotations

from collections.abc import Sequence

from bot.safety.assertion import Assertions
from bot.safety.concepts import Hit

YEAR = 365 * 24  # hours
LASTING_REACH = 3  # words of a duration: "for two long years"


class Elapsed:
    """The times of one message. `times` are pairs of hours and the place of their word, as `Times.find` gives them."""

    def __init__(self, times: Sequence[tuple[float, int]], assertions: Assertions) -> None:
        self._assertions = assertions
        cues = assertions.cues
        often = {at for cue in cues.get("how_often", ()) for at in range(cue.start, cue.end)}
        # Of two readings at one place the later, longer one counts: "nine days ago", not "days ago".
        self._hours = {at: hours for hours, at in times if at not in often}
        self._lasting = {at for cue in cues.get("lasting", ()) for at in range(cue.start, cue.end + LASTING_REACH)}
        self._starts = {cue.start for name in ("own", "question") for cue in cues.get(name, ())}
        self._starts |= {fact.start for fact in assertions.facts}

    def since(self, hit: Hit) -> float | None:
        """Hours since what is said in the clause of `hit`, or after it: "Botox, all over, a week ago"."""
        beside = {at: hours for at, hours in self.beside(hit).items() if at not in self._lasting}
        clause = self._assertions.clause
        here = [hours for at, hours in beside.items() if clause[at] == clause[hit.end - 1]]
        found = here or list(beside.values())
        if max(found, default=0) >= YEAR:
            return max(found)  # "on New Year's Day three years ago"
        return min(found, default=None)  # "nine days ago, on the Monday"

    def around(self, hit: Hit) -> float | None:
        """The same, or said right before: "it was four days ago, the stroke"."""
        since = self.since(hit)
        clause = self._assertions.clause
        before = (
            hours
            for at, hours in self._hours.items()
            if clause[at] == clause[hit.start] - 1 and at not in self._lasting
        )
        return min(before, default=None) if since is None else since

    def beside(self, hit: Hit) -> dict[int, float]:
        """All times in the clause of `hit`, and after it where nothing else is stated, by their places."""
        clause, sentence = self._assertions.clause, self._assertions.sentence
        others = [fact for fact in self._assertions.facts if fact != hit]
        return {
            at: hours
            for at, hours in self._hours.items()
            if sentence[at] == sentence[hit.start]
            and (
                clause[at] in (clause[hit.start], clause[hit.end - 1])
                or (at >= hit.end and not self._moves_on(hit, at))
            )
            and not any(fact.start <= at < fact.end for fact in others)
        }

    def _moves_on(self, hit: Hit, at: int) -> bool:
        """Whether another fact or a statement of its own begins between `hit` and the word `at`."""
        clause = self._assertions.clause
        return not self._starts.isdisjoint(range(hit.end, at)) and clause[at] > clause[hit.start] + 1
