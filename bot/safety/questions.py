"""What a message only asks about: questions, conditions, products weighed, what is said of nobody in particular."""

from __future__ import annotations

from collections.abc import Iterable

from bot.safety.clauses import NEAR
from bot.safety.concepts import Hit
from bot.safety.whose import Whose

QUOTES = frozenset('"„«»')  # as words are folded
QUOTED = 12  # words of a quotation before the fact


class Questions(Whose):
    """Reads the questions of one message, and its lists: of a list, all are asked."""

    def _listed_before(self, hit: Hit) -> Hit | None:
        """The fact that stands right before `hit`, with nothing but a mark or "and", "or" in between."""
        joins = {at for name in ("alternative", "join") for cue in self._of(name) for at in range(cue.start, cue.end)}
        if any(hit.start <= cue.start < hit.end for cue in self._of("own")):
            return None
        between = hit.start - 1
        while between >= 0 and hit.start - between <= NEAR and (between in joins or self.words[between].norm == ","):
            between -= 1
        if between == hit.start - 1:
            return None
        return next((fact for fact in self.facts if fact.end == between + 1), None)

    def _is_generic(self, hit: Hit) -> bool:
        before = self._listed_before(hit)
        users = not self.is_of_me_at_all(hit) and any(cue.start == hit.end for cue in self._of("generic_after"))
        near = users or self._opens_near(hit, "generic") or self._is_of_anyone(hit)
        return near or (before is not None and self._is_generic(before))

    def _is_of_anyone(self, hit: Hit) -> bool:
        """ "Would you rather people took their insulin before?" """
        persons = [cue.start for cue in self._in_clause(hit, "anyone") if cue.start < hit.start]
        own = [cue.start for name in ("own", "mine") for cue in self._in_clause(hit, name) if cue.start < hit.end]
        asks = self._ends_asking(hit) or any(self._in_clause(hit, name) for name in ("question", "if"))
        return bool(persons) and asks and max(own, default=-1) < persons[-1]

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
        asks = self._in_clause(hit, "asking") and not self.is_of_me_at_all(hit)
        if not openers and not asks and not self._ends_asking(hit):
            return False
        if self._is_told_before(hit, openers):
            return False
        asked = {at for cue in openers for at in range(cue.start, cue.end)}
        first = min((cue.start for cue in openers), default=-1)
        return not any(
            self.clause[own.start] == clause
            and first < own.start <= hit.start  # not the "me" of "would it bring me out in hives"
            and not asked.intersection(range(own.start - 1, own.end))
            for own in self._of("own")
        )

    def _is_told_before(self, hit: Hit, openers: Iterable[Hit]) -> bool:
        """ "Estou grávida posso fazer?": told of oneself, and then a question of its own without a comma."""
        beside = {cue.start for cue in self._of("question_beside")}
        told = any(cue.start <= hit.start for cue in self._in_clause(hit, "own"))
        return told and bool(beside) and all(cue.start in beside and cue.start >= hit.end for cue in openers)

    def _is_weighed(self, hit: Hit) -> bool:
        """ "Tretinoin or your needles?", "which antihistamine": compared or asked for, not told as hers."""
        sentence = self.sentence[hit.start]
        before = (cue for name in ("own", "mine", "myself") for cue in self._of(name) if cue.start < hit.end)
        if any(self.sentence[cue.start] == sentence for cue in before):
            return False
        beside = any(max(cue.start - hit.end, hit.start - cue.end) < NEAR for cue in self._said(sentence, "or"))
        return beside or any(self._is_unparted(hit, cue) for cue in self._said(sentence, "product"))

    def _is_quoted(self, hit: Hit) -> bool:
        """ "The card said "epileptic", I never was": somebody else's words, whether they are right must be asked."""
        marks = [at for at, word in enumerate(self.words) if word.norm in QUOTES]
        before = [at for at in marks if at < hit.start]
        after = [at for at in marks if at >= hit.end]
        return bool(after) and len(before) % 2 == 1 and before[-1] > 0 and hit.start - before[-1] <= QUOTED

    def _is_unparted(self, hit: Hit, cue: Hit) -> bool:
        between = range(min(hit.end, cue.end), max(hit.start, cue.start))
        return not any(self._is_mark(at) for at in between)

    def _said(self, sentence: int, name: str) -> Iterable[Hit]:
        return (cue for cue in self._of(name) if self.sentence[cue.start] == sentence)

    def _ends_asking(self, hit: Hit) -> bool:
        """The last clause of a sentence that ends in a question mark."""
        clause, at = self.clause[hit.start], hit.end
        while at < len(self.words) and self.sentence[at] == self.sentence[hit.start]:
            if self.words[at].norm in ("?", "؟"):
                return True
            if self.clause[at] != clause and not self._goes_on_listing(at):
                return False
            clause = self.clause[at]
            at += 1
        return False

    def _list_goes_on(self, at: int) -> bool:
        """The clause from `at` on states nothing of its own: "no allergies, diabetes, heart problems"."""
        while at < len(self.words) and not self._is_mark(at):
            if any(at in self._starts.get(name, ()) for name in ("subject", "restart", "own", "question", "negation")):
                return any(cue.end == at for cue in self._of("alternative"))
            at += 1
        return True

    def _goes_on_listing(self, mark: int) -> bool:
        """Nothing but another fact follows the mark: "diabetes, lupus?"."""
        named = any(fact.start - mark in (1, 2) for fact in self.facts)
        return named and self._is_mark(mark) and self._list_goes_on(mark + 1)
