"""Whose a fact is that a message names: the writer's, of the family, the partner or somebody else."""

from __future__ import annotations

from bot.safety.clauses import BESIDE, CUE_REACH, NEAR, PEOPLE, Clauses, Subject
from bot.safety.concepts import Hit

MYSELF, ANOTHER = "gate.self", "!gate.self"  # whom the writer asks for


class Whose(Clauses):
    """Reads the persons of one message."""

    def also_self(self, hit: Hit) -> bool:
        """ "My sister has lupus and so do I"."""
        return any(cue.start >= hit.end and self._near(hit, cue) for cue in self._of("also_self"))

    def names(self, hit: Hit) -> bool:
        """ "My wife is expecting": whether the fact's own words name somebody."""
        return any(hit.start <= cue.start < hit.end for name in PEOPLE for cue in self._of(name))

    def is_of_a_couple(self, hit: Hit) -> bool:
        """ "My wife and I are trying", "we had a positive test, so I'm to be a father": hers, not "I'm trying"."""
        near = range(hit.start - NEAR, hit.end)
        both = {at for cue in self._of("plural") if cue.start in near for at in range(cue.start, cue.end)}
        alone = any(cue.start in near and cue.start not in both for cue in self._of("singular"))
        return bool(both) and not alone and bool(self._of("her_child"))

    def is_of_a_child(self, hit: Hit) -> bool:
        """Whether the person nearest before `hit` is a small child."""
        named = [(cue.start, name in PEOPLE) for name in (*PEOPLE, "child") for cue in self._of(name)
                 if cue.start < hit.end]  # fmt: skip
        children = {cue.start for cue in self._of("child")} | {cue.end - 1 for cue in self._of("child")}
        return bool(named) and max(named)[0] in children

    def subject(self, hit: Hit) -> Subject:
        """Whose fact it is: the nearest person named before it, else the one the message goes on about."""
        told = self._told_directly(hit)
        if told:
            return told
        sentence = self.sentence[hit.start]
        reports = self._starts.get("reporting", set())
        persons = sorted(
            (cue.start, name)
            for name in (*PEOPLE, "myself", "pronoun", "others", "third")
            for cue in self._of(name)
            if cue.start < hit.start or (cue.start < hit.end and name != "myself")
            if not (name in PEOPLE and cue.end in reports)  # "my sister says I ..."
        )
        possessed = {cue.end for name in PEOPLE for cue in self._of(name)} & self._starts.get("mine", set())
        persons = [(at, name) for at, name in persons if name != "myself" or at not in possessed]  # "мама моя"
        named = [(at, name) for at, name in persons if name in PEOPLE]
        persons = [(at, name) for at, name in persons if name != "others" or (named and named[0][0] < at)]
        here = [(at, name) for at, name in persons if self.sentence[at] == sentence and name != "third"]
        if not here:
            third = any(self.clause[at] == self.clause[hit.start] for at, name in persons if name == "third")
            return PEOPLE[named[-1][1]] if named and (third or self._is_said_by_others(hit)) else "self"
        # "My mum, who I live with, has epilepsy": a clause without a subject of its own goes on about the person named
        same = [one for one in here if self.clause[one[0]] == self.clause[hit.start]]
        goes_on = not same and self._opens(hit, "third")
        if named and (goes_on or self._is_beside(hit, named[-1][0]) or self._agrees(hit, named[-1][0])):
            return PEOPLE[named[-1][1]]
        at, name = (same or here)[-1]
        if name in ("pronoun", "others"):
            earlier = [who for place, who in named if place < at]
            return PEOPLE[earlier[-1]] if earlier else "other"
        return PEOPLE.get(name, "self")

    def asked_for(self, hit: Hit) -> Subject:
        """ "It's for my husband. Thinning at the crown, 51.": whose it is where the clause of `hit` says no "I"."""
        asks = [fact for fact in self.facts if fact.concept == ANOTHER and fact.start < hit.start]
        if not asks or self.is_of_me_at_all(hit) or any(fact.concept == MYSELF for fact in self.facts):
            return "self"
        inside = range(asks[0].start, asks[0].end)
        return next((who for name, who in PEOPLE.items() for cue in self._of(name) if cue.start in inside), "other")

    def is_of_me_at_all(self, hit: Hit) -> bool:
        """Whether the clause of `hit` speaks of the writer."""
        return any(self._in_clause(hit, name) for name in ("own", "mine", "myself"))

    def _told_directly(self, hit: Hit) -> Subject | None:
        """ "Runs in my family", "my pregnant sister", "the inhaler is my daughter's", "I'm 49"."""
        if any(self.sentence[cue.start] == self.sentence[hit.start] and 0 <= cue.start - hit.end < CUE_REACH
               for cue in self._of("in_family")):  # fmt: skip
            return "family"
        mine = any(cue.start == hit.start for cue in self._of("myself"))
        return self._described(hit) or self._owner(hit) or self._bearer(hit) or ("self" if mine else None)

    def _described(self, hit: Hit) -> Subject | None:
        """ "My pregnant sister": whose quality it is."""
        if not any(hit.start in (cue.start, cue.end) for cue in self._of("determiner")):
            return None
        return next((who for name, who in PEOPLE.items() for cue in self._of(name) if cue.start == hit.end), None)

    def _owner(self, hit: Hit) -> Subject | None:
        """ "The inhaler is my daughter's", "cold sores are my wife's department": who is named right after."""
        owners = {
            cue.end for cue in self._of("belongs") if 0 <= cue.start - hit.end < NEAR and self._same_clause(hit, cue)
        }
        owners |= {cue.end for cue in self._of("of_whom") if cue.start == hit.end}  # "the pacemaker of my father"
        return next((who for name, who in PEOPLE.items() for cue in self._of(name) if cue.start in owners), None)

    def _bearer(self, hit: Hit) -> Subject | None:
        """ "With a stent in him": the person named last before the fact."""
        if not any(cue.start == hit.end for cue in self._of("of_them")):
            return None
        named = [(cue.start, who) for name, who in PEOPLE.items() for cue in self._of(name) if cue.start < hit.start]
        return max(named)[1] if named else "other"

    def _is_said_by_others(self, hit: Hit) -> bool:
        """ "There's psoriasis on them as well, she says.": goes on about the person of the sentence before."""
        sentence = self.sentence[hit.start]
        after = [cue for cue in self._of("pronoun") if cue.start >= hit.end and self.sentence[cue.start] == sentence]
        return bool(after) and not any(self.sentence[cue.start] == sentence for cue in self._of("myself"))

    def _is_beside(self, hit: Hit, person: int) -> bool:
        """ "My wife, a diabetic": the clause of `hit` is a few words right after the mark that follows the person."""
        first = next(at for at, number in enumerate(self.clause) if number == self.clause[hit.start])
        opens = any(
            first <= at <= first + 1 and self._after_small(at + 1, "determiner") for at in range(first, hit.start)
        )
        return opens and hit.start - first <= BESIDE + 1 and first - BESIDE <= person < first

    def _agrees(self, hit: Hit, person: int) -> bool:
        """ "The colleague who shares my office has lupus": the verb before `hit` goes with the person."""
        described = any(person <= cue.start < hit.start for cue in self._of("others"))
        return described and any(
            0 <= hit.start - cue.end < NEAR - 1 and self._same_clause(hit, cue) for cue in self._of("agrees")
        )
