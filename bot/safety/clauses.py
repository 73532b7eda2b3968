"""Where the cues of a message stand: its clauses, and what lies before, after and beside a fact in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.safety.concepts import Hit
from bot.safety.text import Word

Subject = Literal["self", "family", "partner", "other"]

CUE_REACH = 7  # words between "might be" or "planning" and the fact
NEAR = 3  # words between "my" or "people with" and the fact
BESIDE = 2  # clauses, a mark between them counted, to a remark of its own
MARKS = frozenset(",;:().!?\n|—")
SPACED_MARKS = frozenset("-/")  # "type-2" is one thing, "no - really" two
ABOUT_OTHERS = ("gate.self", "hair.5ari")  # words for these name people: "asking for my wife"
WHOLE = ("if", "uncertain", "negation")  # "suppose that I": no clause opens inside
PEOPLE: Mapping[str, Subject] = {"people_family": "family", "people_partner": "partner", "people_other": "other"}
# Cues inside a longer fact or a longer cue say nothing of their own: "not 18 yet", "not sure".
COVERED_BY_FACTS = (
    "negation", "negation_after", "if", "uncertain", "planned", "was", "stop", "restart", "quit", "question",
    "generic", "aim", "unrelated", "people_other", "people_family", "people_partner", "stopped", "asking",
    "question_after",
)  # fmt: skip
COVERED_BY = {
    "negation_after": ("not_negation",),
    "negation": ("not_negation", "uncertain", "quit", "uncontrolled", "question", "also_self", "figure"),
    "restart": ("negation", "question", "uncertain", "quit", "planned"),
    "uncertain": ("not_uncertain",),
    "uncertain_after": ("not_uncertain",),
    "own": ("negation",),
    "planned": ("question", "not_planned"),
    "planned_after": ("not_planned",),
    "pronoun": ("generic",),
    "myself": ("people_other",),
    "stop": ("not_stop",),
    "refuted": ("not_refuted",),
    "gone_after": ("not_gone",),
    "or": ("not_or",),
    "used_to": ("not_used_to",),
    "others": ("impersonal",),
    "people_family": ("self_described",),
    "people_partner": ("self_described", "people_family", "people_other"),
    "people_other": ("self_described",),
}


@dataclass
class Clauses:
    """One message. `cues` are all hits of the `scope` section, `facts` those of what may be asserted."""

    words: Sequence[Word]
    sentence: Sequence[int]
    cues: Mapping[str, list[Hit]]
    facts: Sequence[Hit]
    clause: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Settles the clauses once for all facts."""
        self.cues = _uncovered(self.cues, self.facts)
        self.clause = self._clauses()
        self._starts = {name: {hit.start for hit in hits} for name, hits in self.cues.items()}

    def says(self, hit: Hit, name: str) -> bool:
        """Whether a cue such as `controlled` stands in the sentence of `hit`."""
        return any(self.sentence[cue.start] == self.sentence[hit.start] for cue in self._of(name))

    def follows(self, hit: Hit, name: str) -> bool:
        """Whether a cue of that name stands in or next to the clause of `hit`."""
        return any(self._near(hit, cue) and abs(self.clause[cue.start] - self.clause[hit.start]) <= 1
                   for cue in self._of(name))  # fmt: skip

    def before(self, hit: Hit, name: str) -> bool:
        """Whether a cue of that name opens before `hit` in its clause."""
        return any(
            self._same_clause(hit, cue) and cue.start < hit.end and hit.start - cue.end <= CUE_REACH
            for cue in self._of(name)
        )

    def _after(self, hit: Hit, name: str, reach: int) -> bool:
        return any(
            self.sentence[cue.start] == self.sentence[hit.start]
            and 0 <= cue.start - hit.end < reach
            and not any(self.words[at].norm in MARKS - {","} for at in range(hit.end, cue.start))
            for cue in self._of(name)
        )

    def _after_small(self, at: int, name: str) -> bool:
        return any(cue.end == at for cue in self._of(name))

    def _of(self, name: str) -> Sequence[Hit]:
        return self.cues.get(name, ())

    def _same_clause(self, hit: Hit, cue: Hit) -> bool:
        return self.clause[cue.start] == self.clause[hit.start]

    def _near(self, hit: Hit, cue: Hit) -> bool:
        return self.sentence[cue.start] - self.sentence[hit.start] in (0, 1)

    def _is_alone(self, hit: Hit) -> bool:
        """Whether the clause of `hit` says nothing else, after a mark: ", the pacemaker"."""
        beside = {at for name in ("determiner", "definite", "mine") for cue in self._of(name)
                  for at in range(cue.start, cue.end)}  # fmt: skip
        inside = [at for at, number in enumerate(self.clause) if number == self.clause[hit.start]]
        return self._is_mark(inside[0]) and all(
            hit.start <= at < hit.end or at in beside or self.words[at].is_mark for at in inside
        )

    def _in_clause(self, hit: Hit, name: str) -> list[Hit]:
        return [cue for cue in self._of(name) if self._same_clause(hit, cue)]

    def _opens(self, hit: Hit, name: str) -> bool:
        """Whether the clause of `hit` begins with such a word, marks not counted."""
        first = next(at for at, number in enumerate(self.clause) if number == self.clause[hit.start])
        return any(first <= cue.start <= first + 1 for cue in self._of(name) if cue.start < hit.start)

    def _clauses(self) -> list[int]:
        """Clause numbers: a new one at a mark, at "but", and at "and" or "because" before a subject."""
        opening = {hit.start for name in ("subject", "own", "people_family", "people_partner", "stop", "question")
                   for hit in self._of(name)}  # fmt: skip
        stops = {hit.start for hit in self._of("stop")}
        inside = {at for name in WHOLE for cue in self._of(name) for at in range(cue.start + 1, cue.end)}
        joins = {hit.start: hit.end for hit in self._of("join") if hit.start not in inside}
        numbers: list[int] = []
        current = 0
        for at, word in enumerate(self.words):
            new_sentence = at > 0 and self.sentence[at] != self.sentence[at - 1]
            if new_sentence or at in stops or joins.get(at) in opening or self._is_mark(at):
                current += 1
            numbers.append(current)
            del word
        return numbers

    def _is_mark(self, at: int) -> bool:
        norm = self.words[at].norm
        return norm in MARKS or (norm in SPACED_MARKS and at > 0 and self.words[at].start > self.words[at - 1].end)


def _uncovered(cues: Mapping[str, list[Hit]], facts: Sequence[Hit]) -> dict[str, list[Hit]]:
    kept: dict[str, list[Hit]] = {}
    for name, hits in cues.items():
        covering = [fact for fact in facts if not (name in PEOPLE and fact.concept.lstrip("!") in ABOUT_OTHERS)]
        covering = covering if name in COVERED_BY_FACTS else []
        longer = [hit for other in COVERED_BY.get(name, ()) for hit in cues.get(other, ())]
        kept[name] = [
            cue
            for cue in hits
            if not any(
                hit.start <= cue.start and cue.end <= hit.end and hit.end - hit.start > cue.end - cue.start
                for hit in covering
                if name != "stop" or hit.start < cue.start  # "because of my heart" opens a clause all the same
            )
            and not any(hit.start < cue.end and cue.start < hit.end and hit != cue for hit in longer)
        ]
    return kept
