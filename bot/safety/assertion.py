"""Whether a fact that a message names holds, of whom, and when: its assertion status.

After ConText (Harkema 2009) and the classes of the i2b2 assertion task (Uzuner 2011): present, absent, possible,
conditional, hypothetical, of someone else. Unlike `bot.safety.scope`, which asks whether a sign of danger is happening,
this asks what somebody's "yes" to a health question would be. Cues are those of `facts/<language>.yml` under `scope`:

    negation, negation_after   "no", "never had"; "yok", "habe ich nicht": to the right, to the left, over lists
    not_negation               "not sure", "not only": no negation
    quit                       "no longer", "came off": what was is over; so does `was` ("used to") for what must be now
    over_after, gone_after     "years ago"; "went away", "nothing since": to the left
    stopped                    "stopped": over, but counts as long as the question's window lasts
    stop, join, subject        where a new clause begins: "but"; "and" before "I"
    restart                    words that end a negation: "no allergies, taking warfarin"
    question                   "can I", "is it": a question, up to words that state something of oneself (`own`)
    question_beside            "posso", "можно": one of these after what is told of oneself is a question of its own
    or, product                "minoxidil or needles", "which statin": a product weighed or asked for, nobody's yet
    asking                     "which", "when": a question, in a clause that says nothing of the writer
    presupposed, told_after    told in a question: "is it bad that I'm on", "the ICD I have"; `definite`: "the boil"
    if                         "if", "what if": conditional to the end of the clause
    generic, generic_after     "people with"; "retinol users": nobody in particular
    not_uncertain, not_planned "I might add", "too soon": neither
    uncertain, planned         "might be", "going to have", to the right; `..._after` to the left
    stopping                   "should I stop", "my": asking about what one has
    past, was, lasting         "ago", "used to", "for 3 years"
    used_to                    "used to have": whether it still is must be asked
    controlled, uncontrolled   "well controlled"
    people_*, myself, pronoun, third, in_family, also_self   whose it is; `agrees`: verbs that no "I" has
    unrelated, unrelated_after "I work with", "a book about"; "support group": nobody's fact
    figure                     only its own words
    answer_no                  "pregnant no, trying no": of the fact right before
    refuted                    "turned out to be", "ticked by mistake": takes back the fact before it
    denied_around              "turned Accutane down": denies what stands inside its own words
    over_it                    "I'm off it since August": ends the fact before it
    stands_for                 "I haven't got it yet, the pacemaker": where a fact named by itself belongs
    excepted                   "no allergies except cats": what is denied holds after all
    no_subject, anyone         "nobody in my family has"; "would people on steroids": no one, nobody in particular
    not_stop, impersonal       "I only had" opens no clause; "they gave me" names nobody
    self_described, belongs    "I'm a mother of two"; "is my daughter's"
    of_whom                    "of my": the person named next has the fact right before
    of_them                    "in him": of the person named before
    her_child, singular, plural  "my wife and I are trying": whose pregnancy it is
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from bot.safety.clauses import BESIDE, CUE_REACH, NEAR, Subject
from bot.safety.concepts import Hit
from bot.safety.questions import Questions

Polarity = Literal["affirmed", "negated", "hypothetical", "uncertain", "planned"]

REACH = 25  # words that a negation reaches, over lists
TAKEN_UP = 15  # words up to "turned out to be", over clauses
ENDS = frozenset(".!\n")  # marks that no answer to the words before them follows
REMARK = 2  # words beside a doubt that is a remark of its own


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
class Assertions(Questions):
    """Reads one message: `of` says what is said of a fact."""

    _negated: set[int] = field(init=False)

    def __post_init__(self) -> None:
        """Settles negations once for all facts."""
        super().__post_init__()
        self._negated = {at for cue in self._of("negation") for at in self._to_the_right(cue)}
        self._negated |= {at for cue in self._of("negation_after") for at in self._to_the_left(cue)}
        self._negated |= {fact.start for fact in self.facts for cue in self._of("denied_around")
                          if cue.start <= fact.start and fact.end <= cue.end}  # fmt: skip
        self._negated |= set(self._answered())

    def of(
        self,
        hit: Hit,
        *,
        naming: bool = False,
        hedged: bool = True,
        planned: bool = True,
        lately: bool = False,
        product: bool = False,
    ) -> Assertion | None:
        """What is said of `hit`; None for a figure of speech.

        `naming`: a medicine, which one may ask to stop. `hedged`, `planned`: the fact can be uncertain, planned.
        `lately`: a day of the week is a past one ("ibuprofen on Sunday"). `product`: something that can be chosen.
        """
        if any(_is_of_figure(hit, cue) for cue in self._of("figure")):
            return None
        if self._is_unrelated(hit):
            return None
        hit = self._place(hit)
        subject = self.subject(hit)
        past = tuple(self._in_clause(hit, "past"))
        over = self.has_gone(hit) or self.before(hit, "was") or self._after(hit, "over_after", NEAR)
        over = over or self._is_taken_up(hit, "over_it")
        stopped = bool(self.before(hit, "stopped") or self._after(hit, "stopped", NEAR))
        now = bool(self._in_clause(hit, "now"))
        polarity = self._polarity(hit, naming=naming, lately=lately)
        if polarity == "affirmed" and product and self._is_weighed(hit):
            polarity = "hypothetical"
        if polarity == "affirmed" and self._is_quoted(hit):
            polarity = "uncertain"
        if (polarity == "uncertain" and not hedged) or (polarity == "planned" and not planned):
            polarity = "affirmed"
        if polarity == "hypothetical" and self._is_generic(hit):
            subject = "other"
        return Assertion(polarity, subject, over, stopped, now, past)

    def has_gone(self, hit: Hit) -> bool:
        """ "No longer", "outgrew", "went away": what is said to have ended, not only to have been."""
        return self.before(hit, "quit") or self._after(hit, "gone_after", CUE_REACH)

    def _is_unrelated(self, hit: Hit) -> bool:
        """ "I translate leaflets", "I work with diabetics": nobody's fact, nor are those listed after it."""
        if any(self._reaches(hit, cue) for cue in self._of("unrelated")) or self._after(hit, "unrelated_after", NEAR):
            return True
        before = None if self.is_of_me_at_all(hit) else self._listed_before(hit)
        return before is not None and self._is_unrelated(before)

    def _reaches(self, hit: Hit, cue: Hit) -> bool:
        """Whether `cue` opens before `hit` in its clause, "a nurse and diabetic" not meant."""
        opens = self._same_clause(hit, cue) and cue.start < hit.end and hit.start - cue.end <= CUE_REACH
        return opens and not any(cue.end == join.start and join.end == hit.start for join in self._of("join"))

    def _place(self, hit: Hit) -> Hit:
        """ "I haven't got it yet, the pacemaker": a fact named by itself stands where its pronoun does."""
        before = self.clause[hit.start] - 1
        if not self._is_alone(hit):
            return hit
        named = [fact for fact in self.facts if self.clause[fact.start] == before]
        if named:  # "borderline for the clotting thing, protein S"
            return next((fact for fact in named if fact.concept == hit.concept), hit)
        same = self.sentence[hit.start]
        pronouns = [
            cue
            for cue in self._of("stands_for")
            if (self.clause[cue.start], self.sentence[cue.start]) == (before, same)
        ]
        return Hit(hit.concept, pronouns[-1].start, pronouns[-1].end) if pronouns else hit

    def is_of_a_year(self, hit: Hit) -> bool:
        """ "Accutane in 2011" """
        return self._after(hit, "in_year", NEAR - 1)

    # ---- polarity

    def _polarity(self, hit: Hit, *, naming: bool, lately: bool) -> Polarity:
        if any(at in self._negated for at in range(hit.start, hit.end)):
            return "affirmed" if not naming and self._is_excepted(hit) else "negated"
        if self._is_taken_up(hit, "refuted"):
            return "negated"
        if self._is_supposed(hit):
            stopping = naming and self.before(hit, "stopping") and self._is_of_me(hit)
            owned = self._after_own_word(hit) or self._is_presupposed(hit) or stopping
            if not owned or self._is_generic(hit):
                return "hypothetical"
            return "uncertain" if self.before(hit, "uncertain") else "affirmed"
        if self._is_doubted(hit):
            return "uncertain"
        later = self._after(hit, "planned_after", CUE_REACH)
        later = later or (not lately and self._after(hit, "on_a_day", CUE_REACH))
        ahead = self.before(hit, "planned") or (later and not self.before(hit, "happened"))
        plans = {at for cue in self._of("planned") for at in range(cue.start, cue.end)}  # "were going to"
        happened = any(cue.start not in plans for cue in self._in_clause(hit, "past")) or self.before(hit, "was")
        return "planned" if ahead and not happened else "affirmed"

    def _is_supposed(self, hit: Hit) -> bool:
        """Asked, conditional, of nobody in particular; "the form mentions lupus and epilepsy": of a list, all are."""
        if self._is_generic(hit) or self._aims_at(hit) or self._is_conditional(hit) or self._is_asked(hit):
            return True
        before = self._listed_before(hit)
        return before is not None and self._is_supposed(before)

    def _is_doubted(self, hit: Hit) -> bool:
        """ "It might be lupus or MS": of a list, all are."""
        if self.before(hit, "uncertain") or self._after(hit, "uncertain_after", CUE_REACH):
            return True
        before = self._listed_before(hit)
        return self._is_doubted_beside(hit) or (before is not None and self.before(before, "uncertain"))

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

    def _after_own_word(self, hit: Hit) -> bool:
        """ "Can I have it with my pacemaker?", but not "supposing my mole started to bleed"."""
        statement = hit.end - hit.start > NEAR and self._is_conditional(hit)
        return not statement and any(
            cue.start <= hit.start and hit.start - cue.end < NEAR and self._same_clause(hit, cue)
            for cue in self._of("mine")
        )

    def _is_presupposed(self, hit: Hit) -> bool:
        """ "Is it a problem that I'm on Eliquis?", "the ICD I have", "the boil on my chin": asked about, yet told."""
        told = any(
            cue.start < hit.end and hit.start - cue.end < NEAR and self._same_clause(hit, cue)
            for cue in self._of("presupposed")
        )
        told |= any(
            0 <= cue.start - hit.end < NEAR - 1 and self._same_clause(hit, cue) for cue in self._of("told_after")
        )
        inside = any(hit.start <= cue.start < hit.end for cue in self._of("mine"))
        return told or (inside and self._after_small(hit.start, "definite"))

    def _is_of_me(self, hit: Hit) -> bool:
        """Whether the clause of `hit` speaks of the writer before it: "should I stop aspirin", not "should one"."""
        return any(cue.start < hit.start for name in ("own", "mine") for cue in self._in_clause(hit, name))

    # ---- negation

    def _is_excepted(self, hit: Hit) -> bool:
        """ "No allergies except cats" """
        return any(0 <= cue.start - hit.end < NEAR - 1 for cue in self._of("excepted"))

    def _is_taken_up(self, hit: Hit, name: str) -> bool:
        """Words on the fact before them: "the nickel allergy turned out to be the soap", "dapsone. I'm off it"."""
        return any(
            0 <= cue.start - hit.end <= TAKEN_UP
            and self._near(hit, cue)
            and not any(hit.end <= fact.start < cue.start for fact in self.facts)
            for cue in self._of(name)
        )

    def _answered(self) -> Iterable[int]:
        """The words of facts with a "no" of their own behind them: "pregnant no, trying no"."""
        for fact in self.facts:
            at = fact.end + (fact.end < len(self.words) and self._is_mark(fact.end))
            said = next((cue for cue in self._of("answer_no") if cue.start == at), None)
            if said and self._ends_here(said.end) and self.words[fact.end].norm not in ENDS:
                yield from range(fact.start, fact.end)

    def _ends_here(self, at: int) -> bool:
        return at >= len(self.words) or (self._is_mark(at) and self.words[at].norm != "?")

    def _to_the_right(self, cue: Hit) -> Iterable[int]:
        reached: list[int] = []
        if cue.start and not self._is_mark(cue.start - 1) and self._ends_here(cue.end):
            return reached  # "alcohol no, cigarettes yes"
        if cue.end < len(self.words) and self.words[cue.end].norm == ",":
            return reached
        nobody = cue.start in self._starts.get("no_subject", ())
        for at in range(cue.end, min(len(self.words), cue.end + REACH)):
            if self.sentence[at] != self.sentence[cue.start] or at in self._starts.get("stop", ()):
                break
            if self._is_mark(at) and not self._list_goes_on(at + 1):
                break
            if at in self._starts.get("own", ()) and at - 1 in self._starts.get("join", ()):
                break  # "I don't smoke and I'm diabetic"
            first = at <= cue.end + 1
            if at in self._starts.get("subject", ()) and not first and not self._after_small(at, "preposition"):
                break
            if (
                at in self._starts.get("restart", ())
                and not first
                and not nobody
                and not self._after_small(at, "alternative")
            ):
                break
            reached.append(at)
        return reached

    def _to_the_left(self, cue: Hit) -> Iterable[int]:
        """To the start of the clause, and over the members of a list before it."""
        reached: list[int] = []
        for at in range(cue.start - 1, max(-1, cue.start - REACH), -1):
            if self.sentence[at] != self.sentence[cue.start] or at in self._starts.get("stop", ()):
                break
            alone = at == cue.start - 1 and self._is_remark(cue)  # "booked a peel, called off"
            if self._is_mark(at) and not alone and not self._is_list_before(at):
                break
            reached.append(at)
        return reached

    def _is_list_before(self, mark: int) -> bool:
        clause = [at for at in range(mark) if self.clause[at] == self.clause[mark - 1]] if mark else []
        told = {at for name in ("own", "negation_after", "question", "statement") for cue in self._of(name)
                for at in range(cue.start, cue.end)}  # fmt: skip
        return bool(clause) and not told.intersection(clause)


def _is_of_figure(hit: Hit, cue: Hit) -> bool:
    """Whether a figure of speech covers the fact, or goes on behind it: "soy [alérgica] a madrugar"."""
    return (cue.start <= hit.start and hit.end <= cue.end) or hit.start < cue.start < hit.end < cue.end
