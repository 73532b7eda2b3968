"""Whether a fact that a message names holds, of whom, and when: its assertion status.

After ConText (Harkema 2009) and the classes of the i2b2 assertion task (Uzuner 2011): present, absent, possible,
conditional, hypothetical, of someone else. Unlike `bot.safety.scope`, which asks whether a sign of danger is happening,
this asks what somebody's "yes" to a health question would be. Cues are those of `facts/<language>.yml` under `scope`:

    negation, negation_after   "no", "never had"; "yok", "habe ich nicht": to the right, to the left, over lists
    not_negation               "not sure", "not only": no negation
    quit                       "no longer", "came off": what was is over; so does `was` ("used to") for what must be now
    stopped                    "stopped": over, but counts as long as the question's window lasts
    stop, join, subject        where a new clause begins: "but"; "and" before "I"
    restart                    words that end a negation: "no allergies, taking warfarin"
    question                   "can I", "is it": a question, up to words that state something of oneself (`own`)
    asking                     "which", "when": a question, in a clause that says nothing of the writer
    if                         "if", "what if": conditional to the end of the clause
    generic                    "people with": nobody in particular
    uncertain, planned         "might be", "going to have", to the right; `..._after` to the left
    stopping                   "should I stop", "my": asking about what one has
    past, was, lasting         "ago", "used to", "for 3 years"
    used_to                    "used to have": whether it still is must be asked
    controlled, uncontrolled   "well controlled"
    people_*, myself, pronoun, third, in_family, also_self   whose it is
    unrelated                  "I work with", "a book about": to the right, nobody's fact
    figure                     only its own words
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.safety.concepts import Hit
from bot.safety.text import Word

Polarity = Literal["affirmed", "negated", "hypothetical", "uncertain", "planned"]
Subject = Literal["self", "family", "partner", "other"]

REACH = 25  # words that a negation reaches, over lists
CUE_REACH = 7  # words between "might be" or "planning" and the fact
NEAR = 3  # words between "my" or "people with" and the fact
REMARK = 2  # words beside a doubt that is a remark of its own
BESIDE = 2  # clauses, a mark between them counted, to such a remark
MARKS = frozenset(",;:().!?\n|—")
SPACED_MARKS = frozenset("-/")  # "type-2" is one thing, "no - really" two
PEOPLE: Mapping[str, Subject] = {"people_family": "family", "people_partner": "partner", "people_other": "other"}
# Cues inside a longer fact or a longer cue say nothing of their own: "not 18 yet", "not sure".
COVERED_BY_FACTS = (
    "negation", "negation_after", "if", "uncertain", "planned", "past", "was", "stop", "restart", "quit", "question",
    "generic", "aim", "unrelated", "people_other", "people_family", "people_partner", "stopped",
)  # fmt: skip
COVERED_BY = {
    "negation": ("not_negation", "uncertain", "quit", "uncontrolled", "question", "also_self", "figure"),
    "restart": ("negation", "question", "uncertain", "quit", "planned"),
    "uncertain": ("not_uncertain",),
    "uncertain_after": ("not_uncertain",),
    "own": ("negation",),
    "planned": ("question",),
    "pronoun": ("generic",),
    "myself": ("people_other",),
}


@dataclass(frozen=True)
class Assertion:
    """What a message says of one fact. `over`: it was so, and is no more. `past`: spans of words that say when."""

    polarity: Polarity
    subject: Subject
    over: bool = False
    stopped: bool = False
    now: bool = False
    past: tuple[Hit, ...] = ()


@dataclass
class Assertions:
    """Reads one message. `cues` are all hits of the `scope` section, `facts` those of what may be asserted."""

    words: Sequence[Word]
    sentence: Sequence[int]
    cues: Mapping[str, list[Hit]]
    facts: Sequence[Hit]
    clause: list[int] = field(init=False)
    _negated: set[int] = field(init=False)

    def __post_init__(self) -> None:
        """Settles clauses and negations once for all facts."""
        self.cues = _uncovered(self.cues, self.facts)
        self.clause = self._clauses()
        self._starts = {name: {hit.start for hit in hits} for name, hits in self.cues.items()}
        self._negated = {at for cue in self._of("negation") for at in self._to_the_right(cue)}
        self._negated |= {at for cue in self._of("negation_after") for at in self._to_the_left(cue)}

    def of(self, hit: Hit, *, naming: bool = False, hedged: bool = True, planned: bool = True) -> Assertion | None:
        """What is said of `hit`; None for a figure of speech.

        `naming`: a medicine, which one may ask to stop. `hedged`, `planned`: the fact can be uncertain, planned.
        """
        if any(cue.start <= hit.start and hit.end <= cue.end for cue in self._of("figure")):
            return None
        if self.before(hit, "unrelated"):
            return None
        subject = self.subject(hit)
        past = tuple(self._in_clause(hit, "past"))
        over = bool(self.before(hit, "quit") or self.before(hit, "was") or self._after(hit, "over_after", NEAR))
        stopped = bool(self.before(hit, "stopped") or self._after(hit, "stopped", NEAR))
        now = bool(self._in_clause(hit, "now"))
        polarity = self._polarity(hit, naming=naming)
        if (polarity == "uncertain" and not hedged) or (polarity == "planned" and not planned):
            polarity = "affirmed"
        if polarity == "hypothetical" and self._is_generic(hit):
            subject = "other"
        return Assertion(polarity, subject, over, stopped, now, past)

    def also_self(self, hit: Hit) -> bool:
        """ "My sister has lupus and so do I"."""
        return any(cue.start >= hit.end and self._near(hit, cue) for cue in self._of("also_self"))

    def says(self, hit: Hit, name: str) -> bool:
        """Whether a cue such as `controlled` stands in the sentence of `hit`."""
        return any(self.sentence[cue.start] == self.sentence[hit.start] for cue in self._of(name))

    def follows(self, hit: Hit, name: str) -> bool:
        """Whether a cue of that name stands in or next to the clause of `hit`."""
        return any(self._near(hit, cue) and abs(self.clause[cue.start] - self.clause[hit.start]) <= 1
                   for cue in self._of(name))  # fmt: skip

    def subject(self, hit: Hit) -> Subject:
        """Whose fact it is: the nearest person named before it, else the one the message goes on about."""
        sentence = self.sentence[hit.start]
        if any(self.sentence[cue.start] == sentence and 0 <= cue.start - hit.end < CUE_REACH
               for cue in self._of("in_family")):  # fmt: skip
            return "family"
        described = self._described(hit)
        if described:
            return described
        reports = self._starts.get("reporting", set())
        persons = sorted(
            (cue.start, name)
            for name in (*PEOPLE, "myself", "pronoun", "others", "third")
            for cue in self._of(name)
            if cue.start < hit.start or (cue.start < hit.end and name != "myself")
            if not (name in PEOPLE and cue.end in reports)  # "my sister says I ..."
        )
        named = [(at, name) for at, name in persons if name in PEOPLE]
        persons = [(at, name) for at, name in persons if name != "others" or (named and named[0][0] < at)]
        here = [(at, name) for at, name in persons if self.sentence[at] == sentence and name != "third"]
        if not here:
            third = any(self.clause[at] == self.clause[hit.start] for at, name in persons if name == "third")
            return PEOPLE[named[-1][1]] if third and named else "self"
        # "My mum, who I live with, has epilepsy": a clause without a subject of its own goes on about the person named
        same = [one for one in here if self.clause[one[0]] == self.clause[hit.start]]
        if not same and named and self._opens(hit, "third"):
            return PEOPLE[named[-1][1]]
        at, name = (same or here)[-1]
        if name in ("pronoun", "others"):
            earlier = [who for place, who in named if place < at]
            return PEOPLE[earlier[-1]] if earlier else "other"
        return PEOPLE.get(name, "self")

    def _described(self, hit: Hit) -> Subject | None:
        """ "My pregnant sister": whose quality it is."""
        if not self._after_small(hit.start, "determiner"):
            return None
        return next((who for name, who in PEOPLE.items() for cue in self._of(name) if cue.start == hit.end), None)

    def _opens(self, hit: Hit, name: str) -> bool:
        """Whether the clause of `hit` begins with such a word, marks not counted."""
        first = next(at for at, number in enumerate(self.clause) if number == self.clause[hit.start])
        return any(first <= cue.start <= first + 1 for cue in self._of(name) if cue.start < hit.start)

    # ---- polarity

    def _polarity(self, hit: Hit, *, naming: bool) -> Polarity:
        if any(at in self._negated for at in range(hit.start, hit.end)):
            return "negated"
        asked = self._is_generic(hit) or self._aims_at(hit) or self._is_conditional(hit) or self._is_asked(hit)
        if asked:
            stopping = naming and self.before(hit, "stopping") and self._is_of_me(hit)
            owned = self._after_own_word(hit) or stopping
            return "affirmed" if owned and not self._is_generic(hit) else "hypothetical"
        doubted = self.before(hit, "uncertain") or self._after(hit, "uncertain_after", CUE_REACH)
        if doubted or self._is_doubted_beside(hit):
            return "uncertain"
        ahead = self.before(hit, "planned") or self._after(hit, "planned_after", CUE_REACH)
        happened = self._in_clause(hit, "past") or self.before(hit, "was")
        return "planned" if ahead and not happened else "affirmed"

    def _is_doubted_beside(self, hit: Hit) -> bool:
        """ "I think, I have lupus", "It's a keloid. Never confirmed.": a remark of its own, right before or after."""
        return any(
            1 <= abs(self.clause[cue.start] - self.clause[hit.start]) <= BESIDE
            and self._near_either(hit, cue)
            and self._is_remark(cue)
            for name in ("uncertain", "uncertain_after")
            for cue in self._of(name)
        )

    def _is_remark(self, cue: Hit) -> bool:
        """Whether the clause of `cue` says little else, and names no fact."""
        clause = self.clause[cue.start]
        inside = [at for at, number in enumerate(self.clause) if number == clause and not self.words[at].is_mark]
        named = any(self.clause[fact.start] == clause for fact in self.facts)
        return not named and len(inside) <= cue.end - cue.start + REMARK

    def _near_either(self, hit: Hit, cue: Hit) -> bool:
        return abs(self.sentence[cue.start] - self.sentence[hit.start]) <= 1

    def _is_generic(self, hit: Hit) -> bool:
        return self._opens_near(hit, "generic")

    def _aims_at(self, hit: Hit) -> bool:
        """What a treatment is for, or may bring: "treats melasma", "the risk of keloids"."""
        return self._opens_near(hit, "aim")

    def _opens_near(self, hit: Hit, name: str) -> bool:
        return any(
            self.sentence[cue.start] == self.sentence[hit.start]
            and cue.start < hit.end + 1
            and hit.start - cue.end < NEAR
            for cue in self._of(name)
        )

    def _is_conditional(self, hit: Hit) -> bool:
        return any(
            self.clause[cue.start] == self.clause[hit.start] and cue.start < hit.end for cue in self._of("if")
        ) or any(0 <= cue.start - hit.end < NEAR and self._same_clause(hit, cue) for cue in self._of("if_after"))

    def _is_asked(self, hit: Hit) -> bool:
        """In the clause of a question, and nothing before it there states something of oneself."""
        clause = self.clause[hit.start]
        openers = [cue for cue in self._of("question") if self.clause[cue.start] == clause and cue.start < hit.end]
        openers += [cue for cue in self._of("question_after") if self.clause[cue.start] == clause]
        asks = self._in_clause(hit, "asking") and not self._is_of_me_at_all(hit)
        if not openers and not asks and not self._ends_asking(hit):
            return False
        asked = {at for cue in openers for at in range(cue.start, cue.end)}
        first = min((cue.start for cue in openers), default=-1)
        return not any(
            self.clause[own.start] == clause
            and own.start < hit.end
            and own.start > first
            and not asked.intersection(range(own.start - 1, own.end))
            for own in self._of("own")
        )

    def _ends_asking(self, hit: Hit) -> bool:
        """The last clause of a sentence that ends in a question mark."""
        clause, at = self.clause[hit.start], hit.end
        while at < len(self.words) and self.sentence[at] == self.sentence[hit.start]:
            if self.words[at].norm in ("?", "؟"):
                return True
            if self.clause[at] != clause:
                return False
            at += 1
        return False

    def _after_own_word(self, hit: Hit) -> bool:
        """ "Can I have it with my pacemaker?" """
        return any(0 <= hit.start - cue.end < NEAR - 1 and self._same_clause(hit, cue) for cue in self._of("mine"))

    def _is_of_me(self, hit: Hit) -> bool:
        """Whether the clause of `hit` speaks of the writer before it: "should I stop aspirin", not "should one"."""
        return any(cue.start < hit.start for name in ("own", "mine") for cue in self._in_clause(hit, name))

    def _is_of_me_at_all(self, hit: Hit) -> bool:
        return any(self._in_clause(hit, name) for name in ("own", "mine", "myself"))

    # ---- places

    def _of(self, name: str) -> Sequence[Hit]:
        return self.cues.get(name, ())

    def _same_clause(self, hit: Hit, cue: Hit) -> bool:
        return self.clause[cue.start] == self.clause[hit.start]

    def _near(self, hit: Hit, cue: Hit) -> bool:
        return self.sentence[cue.start] - self.sentence[hit.start] in (0, 1)

    def _in_clause(self, hit: Hit, name: str) -> list[Hit]:
        return [cue for cue in self._of(name) if self._same_clause(hit, cue)]

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

    def _clauses(self) -> list[int]:
        """Clause numbers: a new one at a mark, at "but", and at "and" or "because" before a subject."""
        opening = {hit.start for name in ("subject", "own", "people_family", "people_partner", "stop", "question")
                   for hit in self._of(name)}  # fmt: skip
        stops = {hit.start for hit in self._of("stop")}
        joins = {hit.start: hit.end for hit in self._of("join")}
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

    # ---- negation

    def _to_the_right(self, cue: Hit) -> Iterable[int]:
        reached: list[int] = []
        for at in range(cue.end, min(len(self.words), cue.end + REACH)):
            if self.sentence[at] != self.sentence[cue.start] or at in self._starts.get("stop", ()):
                break
            if self._is_mark(at) and not self._list_goes_on(at + 1):
                break
            first = at <= cue.end + 1
            if at in self._starts.get("subject", ()) and not first and not self._after_small(at, "preposition"):
                break
            if at in self._starts.get("restart", ()) and not first and not self._after_small(at, "alternative"):
                break
            reached.append(at)
        return reached

    def _to_the_left(self, cue: Hit) -> Iterable[int]:
        """To the start of the clause, and over the members of a list before it."""
        reached: list[int] = []
        for at in range(cue.start - 1, max(-1, cue.start - REACH), -1):
            if self.sentence[at] != self.sentence[cue.start] or at in self._starts.get("stop", ()):
                break
            if self._is_mark(at) and not self._is_list_before(at):
                break
            reached.append(at)
        return reached

    def _after_small(self, at: int, name: str) -> bool:
        return any(cue.end == at for cue in self._of(name))

    def _list_goes_on(self, at: int) -> bool:
        """The clause from `at` on states nothing of its own: "no allergies, diabetes, heart problems"."""
        while at < len(self.words) and not self._is_mark(at):
            if any(at in self._starts.get(name, ()) for name in ("subject", "restart", "own", "question", "negation")):
                return any(cue.end == at for cue in self._of("alternative"))
            at += 1
        return True

    def _is_list_before(self, mark: int) -> bool:
        clause = [at for at in range(mark) if self.clause[at] == self.clause[mark - 1]] if mark else []
        told = {at for name in ("own", "negation_after", "question", "statement") for cue in self._of(name)
                for at in range(cue.start, cue.end)}  # fmt: skip
        return bool(clause) and not told.intersection(clause)


def _uncovered(cues: Mapping[str, list[Hit]], facts: Sequence[Hit]) -> dict[str, list[Hit]]:
    kept: dict[str, list[Hit]] = {}
    for name, hits in cues.items():
        covering = [*facts] if name in COVERED_BY_FACTS else []
        longer = [hit for other in COVERED_BY.get(name, ()) for hit in cues.get(other, ())]
        kept[name] = [
            cue
            for cue in hits
            if not any(
                hit.start <= cue.start and cue.end <= hit.end and hit.end - hit.start > cue.end - cue.start
                for hit in covering
            )
            and not any(hit.start < cue.end and cue.start < hit.end and hit != cue for hit in longer)
        ]
    return kept
