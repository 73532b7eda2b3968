"""Facts that no word tells by itself, but two things near each other: prawns and hives, a mole and "bigger"."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.safety.concepts import Hit
from bot.safety.places import fact_of, touches

ALLERGEN = "allergen"  # "allergen=latex": names an answer of `allergy.which`, beside an allergy only
DRUG = "drug"
LOCAL_ANAESTHETIC = "allergen=local_anaesthetic"


@dataclass(frozen=True)
class Pair:
    """`fact` is told where a cue of `one` and a cue of `other` stand in a sentence, `reach` words between at most.

    The second thing tells it, or the first (`at_first`). `instead`: the fact that the first thing alone would tell, and
    now does not ("aspirin" beside "cardiologist"). `unless`: a cue beside which it says nothing ("where you injected").
    """

    fact: str
    one: str
    other: str
    reach: int
    at_first: bool = False
    instead: str = ""
    unless: str = ""

    @classmethod
    def read(cls, rows: Iterable[Mapping[str, Any]]) -> tuple[Pair, ...]:
        """The rows of `together` in `facts/items.yml`."""
        return tuple(cls(**row) for row in rows)


@dataclass(frozen=True)
class Met:
    """A pair that a message holds: the fact at the words that tell it, and the first thing."""

    pair: Pair
    told: Hit
    thing: Hit

    def takes(self, hit: Hit) -> bool:
        """Whether `hit` is what the first thing alone would have told."""
        return fact_of(hit) == self.pair.instead and touches(hit, [(self.thing.start, self.thing.end)])


def triggers(
    allergens: Sequence[Hit], drugs: Sequence[Hit], cues: Mapping[str, Sequence[Hit]], items: Container[str]
) -> dict[str, list[Hit]]:
    """What people react to: things, and medicines of `items`. Local anaesthetics have a question of their own."""
    harmless = {(hit.start, hit.end) for hit in cues.get("no_trigger", ())}
    likened = {hit.end + more for hit in cues.get("likened", ()) for more in (0, 1)}  # "like a boiled egg"
    named = [
        hit
        for hit in allergens
        if hit.concept != LOCAL_ANAESTHETIC and (hit.start, hit.end) not in harmless and hit.start not in likened
    ]
    taken = {at for hit in drugs for at in range(hit.start, hit.end)}
    return {
        ALLERGEN: [hit for hit in named if hit.start not in taken],
        DRUG: [*(hit for hit in drugs if fact_of(hit) in items), *(hit for hit in named if hit.start in taken)],
    }


def is_passing(
    hit: Hit,
    unless: Mapping[str, str],
    lesser: Mapping[str, str],
    cues: Mapping[str, Sequence[Hit]],
    sentence: Sequence[int],
) -> bool:
    """Whether `hit` is what the needles left, no trait and no illness: "bruised like a peach, four days after".

    `unless`: the cue that says so in the sentence of a fact or next to it, but where the sentence tells a `habit`.
    `lesser`: the cue that the words of a fact must hold for it: bumps pass, pus does not.
    """
    if fact_of(hit) in lesser and not touches(
        hit, [(one.start, one.end) for one in cues.get(lesser[fact_of(hit)], ())]
    ):
        return False
    cue = unless.get(hit.concept) or unless.get(fact_of(hit))
    at = sentence[hit.start]
    if cue is None or any(sentence[said.start] == at for said in cues.get("habit", ())):
        return False
    return any(abs(sentence[said.start] - at) <= 1 for said in cues.get(cue, ()))


def together(pairs: Sequence[Pair], cues: Mapping[str, Sequence[Hit]], sentence: Sequence[int]) -> list[Met]:
    """Every pair in a message, each second thing with the nearest first one. `sentence`: numbers of the words'."""
    return [
        Met(pair, _named(pair.fact, nearest if pair.at_first else other), nearest)
        for pair in pairs
        for other in cues.get(pair.other, ())
        if (nearest := _nearest(other, cues.get(pair.one, ()), pair, sentence)) is not None
        and not any(sentence[cue.start] == sentence[other.start] for cue in cues.get(pair.unless, ()))
    ]


def _nearest(other: Hit, things: Sequence[Hit], pair: Pair, sentence: Sequence[int]) -> Hit | None:
    near = [
        (distance, thing.start, thing)
        for thing in things
        if sentence[thing.start] == sentence[other.start]
        and (distance := max(other.start - thing.end, thing.start - other.end)) <= pair.reach
        and (distance >= 0 or pair.at_first)
    ]
    return min(near, key=lambda one: one[:2])[2] if near else None


def _named(fact: str, words: Hit) -> Hit:
    return Hit(fact, words.start, words.end)
