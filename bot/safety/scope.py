"""Whether what a message names is there: negated, asked about, past, a habit, a figure of speech, or happening.

After NegEx and ConText (Chapman 2001, Harkema 2009): cues open a scope to the right or to the left, and other words
close it. Cues are concepts like any other, in the language files under `cues`:

    negation        "no", "without", "isnt": to the right, up to the next clause, subject or verb
    negation_after  "yok", "habe ich nicht": to the left, to the start of the clause
    negation_wide   "i dont think", "i dont have": to the right, past "my"
    not_negation    "no idea why", "not getting better": cancels the negation inside it
    resolved        "has gone", "went away": to the left; after a mere pronoun, to the clauses before
    relapse         "came back", "still": undoes `resolved` in its sentence
    stop            "but", "just", "because", "now": closes a scope
    general         "can it", "how common": to the right, a general question; closed by evidence in a new clause
    general_after   "yapar mi": the same, to the left, in languages that ask at the end
    imagined        "what if", "if", "afraid that": to the right; with a word for now inside it is unclear
    normal          "is it normal": a present worry, not a general question
    past, habit     the whole sentence, save clauses with evidence
    chronic         "for years", "is that a problem": the whole sentence, unless it speaks of the treatment or of now
    figure          only its own words
    evidence, now   signs that something is happening
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from bot.safety.concepts import Hit
from bot.safety.text import Word

NEGATION_REACH = 12  # words
OPENING = (
    "negation", "negation_wide", "negation_after", "resolved",
    "general", "general_after", "imagined", "past", "habit", "chronic", "figure",
)  # fmt: skip
UNDOING = ("not_negation", "relapse", "normal", "evidence", "now")
# Concepts that tie a sentence to the treatment, however long something has been there.
AFTER_TREATMENT = frozenset(("recent", "treated_spot", "after_treatment", "numbing"))
GRAMMAR = ("stop", "join", "subject", "preposition", "verb")
CUES = frozenset((*OPENING, *UNDOING, *GRAMMAR))
CLAUSE_MARKS = frozenset(",;:()-.!?\n|/")


class Status(IntEnum):
    """How present a sign is; the greater one wins when two scopes meet."""

    PRESENT = 0
    UNCLEAR = 1
    HABIT = 2
    PAST = 3
    HYPOTHETICAL = 4
    NEGATED = 5
    FIGURE = 6


@dataclass
class Scope:
    """The scopes of one message. `status[i]` is that of word i, `clause[i]` and `sentence[i]` where it stands."""

    words: Sequence[Word]
    sentence: list[int]
    clause: list[int]
    status: list[Status]
    cues: dict[str, list[Hit]] = field(default_factory=dict)

    def of(self, start: int, end: int) -> Status:
        """The status of the words [start, end)."""
        return max(self.status[start:end], default=Status.PRESENT)


def read_scope(words: Sequence[Word], sentence: list[int], hits: Iterable[Hit]) -> Scope:
    """Decide the status of every word from the cues among `hits`."""
    hits = list(hits)
    signs = [hit for hit in hits if hit.concept not in CUES]
    cues: dict[str, list[Hit]] = {}
    for hit in hits:
        if hit.concept in CUES:
            cues.setdefault(hit.concept, []).append(hit)
    _drop_covered(cues, signs)
    scope = Scope(words, sentence, [0] * len(words), [Status.PRESENT] * len(words), cues)
    scope.clause = _clauses(scope)
    reader = _Reader(scope, signs)
    reader.past_and_habit()
    reader.questions()
    reader.resolved()
    reader.negations()
    reader.figures()
    return scope


def _drop_covered(cues: dict[str, list[Hit]], signs: list[Hit]) -> None:
    """A cue inside a longer phrase is no cue: "cant breathe", "no idea why", "voice gone"."""
    negating = {cue.start for cue in cues.get("negation", ())}
    for name in (
        "negation",
        "negation_wide",
        "negation_after",
        "resolved",
        "general",
        "imagined",
        "past",
        "habit",
        "now",
    ):
        if not cues.get(name):
            continue
        covering = [
            *signs,
            *cues.get("not_negation", ()),
            *cues.get("figure", ()),
            *(other for other in cues.get("negation_wide", ()) if name == "negation"),
            *(other for other in cues.get("normal", ()) if name in ("general", "imagined")),
            *(other for other in cues.get("resolved", ()) if name == "negation"),
            *(other for other in cues.get("imagined", ()) if name == "general"),
        ]
        cues[name] = [
            cue
            for cue in cues[name]
            if not any(
                hit.start <= cue.start and cue.end <= hit.end and hit.end - hit.start > cue.end - cue.start
                for hit in covering
            )
        ]
    # "no" in "no idea" and the "pas de" of "arrete pas de saigner"
    for name in ("negation", "negation_wide"):
        cues[name] = [
            cue
            for cue in cues.get(name, ())
            if not any(hit.start < cue.end and cue.start < hit.end for hit in cues.get("not_negation", ()))
        ]
    # "im not" runs into "not 18 yet", where the "not" belongs to the sign
    cues["negation_wide"] = [
        cue
        for cue in cues.get("negation_wide", ())
        if not any(cue.start < hit.start < cue.end <= hit.end and hit.start in negating for hit in signs)
    ]
    # "I don't see a reason to go on" contains a figure of speech, but is none
    cues["figure"] = [
        cue
        for cue in cues.get("figure", ())
        if not any(hit.concept == "suicide" and hit.start <= cue.start and cue.end <= hit.end for hit in signs)
    ]
    # "has gone" is no recovery in "has gone blue"
    cues["resolved"] = [
        cue for cue in cues.get("resolved", ()) if not any(hit.start < cue.end < hit.end for hit in signs)
    ]


def _clauses(scope: Scope) -> list[int]:
    """Clause numbers: a new one at a mark, at "but", and at "and" or "because" before a subject."""
    starts = {hit.start for hit in (*scope.cues.get("stop", ()),)}
    subjects = {hit.start for hit in scope.cues.get("subject", ())}
    joins = {hit.start: hit.end for hit in scope.cues.get("join", ())}
    numbers: list[int] = []
    current = 0
    for at, word in enumerate(scope.words):
        new_sentence = at > 0 and scope.sentence[at] != scope.sentence[at - 1]
        joined = at in joins and (joins[at] in subjects or joins[at] in starts)
        if new_sentence or at in starts or joined or word.norm in CLAUSE_MARKS:
            current += 1
        numbers.append(current)
    return numbers


class _Reader:
    """Applies one kind of cue after the other to a `Scope`."""

    def __init__(self, scope: Scope, signs: list[Hit]) -> None:
        self.scope = scope
        self.signs = signs
        self.size = len(scope.words)
        self.starts = {name: {hit.start for hit in hits} for name, hits in scope.cues.items()}
        self.sign_words = {at for hit in signs for at in range(hit.start, hit.end)}
        self.happening = {scope.clause[hit.start] for name in ("evidence", "now") for hit in scope.cues.get(name, ())}

    def past_and_habit(self) -> None:
        for name, status in (("past", Status.PAST), ("habit", Status.HABIT)):
            for cue in self.scope.cues.get(name, ()):
                self._mark(
                    (at for at in self._sentence_of(cue.start) if self.scope.clause[at] not in self.happening),
                    status,
                )

        fresh = {self.scope.sentence[hit.start] for hit in self.signs if hit.concept in AFTER_TREATMENT}
        fresh |= {self.scope.sentence[hit.start] for hit in self.scope.cues.get("now", ())}
        for cue in self.scope.cues.get("chronic", ()):
            if self.scope.sentence[cue.start] not in fresh:
                self._mark(self._sentence_of(cue.start), Status.HABIT)

    def questions(self) -> None:
        normal = {self.scope.sentence[hit.start] for hit in self.scope.cues.get("normal", ())}
        for cue in self.scope.cues.get("general", ()):
            if self.scope.sentence[cue.start] not in normal:
                self._mark(self._until_evidence(cue), Status.HYPOTHETICAL)
        for cue in self.scope.cues.get("general_after", ()):
            sentence = self.scope.sentence[cue.start]
            self._mark((at for at in range(cue.end) if self.scope.sentence[at] == sentence), Status.HYPOTHETICAL)
        for cue in self.scope.cues.get("imagined", ()):
            words = list(self._until_comma(cue))
            now = any(hit.start in words for hit in self.scope.cues.get("now", ()))
            self._mark(words, Status.UNCLEAR if now else Status.HYPOTHETICAL)

    def resolved(self) -> None:
        relapsed = {self.scope.sentence[hit.start] for hit in self.scope.cues.get("relapse", ())}
        for cue in self.scope.cues.get("resolved", ()):
            if self.scope.sentence[cue.start] in relapsed:
                continue
            clause = self.scope.clause[cue.start]
            own = [at for at in range(cue.start) if self.scope.clause[at] == clause]
            if not any(at in self.sign_words for at in own):
                own = [at for at in range(cue.start) if self.scope.sentence[cue.start] - self.scope.sentence[at] <= 1]
            self._mark(own, Status.PAST)

    def negations(self) -> None:
        for name in ("negation", "negation_wide"):
            for cue in self.scope.cues.get(name, ()):
                self._mark(self._negated(cue, wide=name == "negation_wide"), Status.NEGATED)

        for cue in self.scope.cues.get("negation_after", ()):
            clause = self.scope.clause[cue.start]
            self._mark((at for at in range(cue.start) if self.scope.clause[at] == clause), Status.NEGATED)

    def figures(self) -> None:
        for cue in self.scope.cues.get("figure", ()):
            self._mark(range(cue.start, cue.end), Status.FIGURE)

    def _negated(self, cue: Hit, *, wide: bool) -> list[int]:
        reached: list[int] = []
        for at in range(cue.end, min(self.size, cue.end + NEGATION_REACH)):
            if self.scope.sentence[at] != self.scope.sentence[cue.start] or at in self.starts.get("stop", ()):
                break
            word = self.scope.words[at].norm
            if word in CLAUSE_MARKS and self._clause_has_verb(at + 1):
                break
            if not wide and at in self.starts.get("subject", ()) and at - 1 not in self.starts.get("preposition", ()):
                break
            if not wide and at in self.starts.get("verb", ()) and at not in self.sign_words and at > cue.end:
                reached = self._without_last_sign(reached)  # "no fever lips are huge"
                break
            reached.append(at)
        return reached

    def _without_last_sign(self, reached: list[int]) -> list[int]:
        inside = sorted(
            (hit for hit in self.signs if reached and reached[0] <= hit.start and hit.end <= reached[-1] + 1),
            key=lambda hit: (hit.start, hit.end),
        )
        apart = [hit for hit in inside if hit.start >= inside[0].end] if inside else []
        return [at for at in reached if at < apart[-1].start] if apart else reached

    def _clause_has_verb(self, start: int) -> bool:
        for at in range(start, self.size):
            word = self.scope.words[at].norm
            if word in CLAUSE_MARKS or self.scope.sentence[at] != self.scope.sentence[start]:
                return False
            if at in self.starts.get("verb", ()) or at in self.starts.get("subject", ()):
                return True
        return False

    def _until_evidence(self, cue: Hit) -> Iterable[int]:
        """To the end of the sentence, or to a new clause that states something."""
        clause = self.scope.clause[cue.start]
        for at in range(cue.start, self.size):
            if self.scope.sentence[at] != self.scope.sentence[cue.start]:
                return
            if self.scope.clause[at] != clause and self.scope.clause[at] in self.happening:
                return
            yield at

    def _until_comma(self, cue: Hit) -> Iterable[int]:
        for at in range(cue.end, self.size):
            if self.scope.sentence[at] != self.scope.sentence[cue.start]:
                return
            if self.scope.words[at].norm in CLAUSE_MARKS or at in self.starts.get("stop", ()):
                return
            yield at

    def _sentence_of(self, at: int) -> Iterable[int]:
        return (other for other in range(self.size) if self.scope.sentence[other] == self.scope.sentence[at])

    def _mark(self, words: Iterable[int], status: Status) -> None:
        for at in words:
            self.scope.status[at] = max(self.scope.status[at], status)
