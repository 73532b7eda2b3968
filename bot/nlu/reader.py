"""Joins what was understood of a message: topics in the order asked, certainty, danger, disclosures, language.

The result travels through Rasa as the message's `reading`; the intent is what the rules route on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.asked import Match, Part, Weights
from bot.nlu.danger_classifier import AROUND, OPINION
from bot.nlu.decision import Decision, Thresholds, decide
from bot.nlu.letters import Letters
from bot.nlu.splitter import ASKS, LANGUAGE, OF, SPAN
from bot.nlu.told import Told
from bot.nlu.topic_classifier import PROBABILITIES
from bot.nlu.topics import BESIDE, FRAGMENT, SUITABLE
from bot.safety.disclosures import Disclosure
from bot.safety.findings import Finding
from bot.safety.medicines import find
from bot.safety.opinion import Passage
from bot.safety.triage import Triage

READING = "reading"
FAMILIES = Path(__file__).parent / "families.yml"
FROM_FACT = 0.7  # least confidence of a topic that follows from a stated fact
HARDLY_ANYTHING = re.compile(r"\W*\d+\W*\w*\W*|\W*\w+\W*")  # a number, with or without a unit; one word
MAY_TELL = 0.1  # probability of topics of facts from which a question may tell one
ROOM, ROOM_OUTSIDE = 0.05, 0.5  # what its family needs of the whole message's probability
CLOSE = ("family", "partner")
STARTS = ("book_appointment", "reschedule_cancel", "start_eligibility", "human_handoff", "privacy_request")
ALERT = "emergency_red_flag"
SMALLTALK = "greeting_smalltalk"
CONCERN = "post_treatment_concern"
# The topic of an alarm (rulings 15 and the topic list's "how to decide"); other flags are ALERT or CONCERN by tier.
TOPIC_OF_FLAG = {
    "M1": "age_limits",
    "M2": "start_eligibility",
    "U1": ALERT,
    "U9": "pregnancy_breastfeeding",
    "U10": "diy_home",
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class MessageReader(GraphComponent):
    """The last component: turns the whole and its parts back into one message with a `reading`."""

    def __init__(self, thresholds: Thresholds) -> None:
        """Loads the safety data."""
        self._thresholds = thresholds
        self._weights = Weights.load()
        self._triage = Triage.load()
        self._letters = Letters()
        self._told = Told.load()
        told = yaml.safe_load(FAMILIES.read_text(encoding="utf-8"))
        self._families: dict[str, str] = told["families"]
        self._by_medicine: dict[str, str] = told["by_medicine"]
        self._always = tuple(told["always"])
        self._for_me, self._for_them = (
            re.compile(rf"\b(?:{'|'.join(map(re.escape, told[whom]))})", re.IGNORECASE)
            for whom in ("for_me", "for_them")
        )

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`topics`: the fields of `Thresholds`."""
        return {"topics": asdict(Thresholds())}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageReader:
        """Called by Rasa's graph."""
        return cls(Thresholds(**config["topics"]))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing learns from a reading."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """One message out: the whole, with its reading and the intent to route on."""
        whole = messages[0]
        text = whole.get(TEXT) or ""
        if not text or whole.get(PROBABILITIES) is None:
            return [whole]
        parts = read_parts(messages)
        decision = decide(whole.get(PROBABILITIES), len(text), parts, self._thresholds, self._weights)
        language = whole.get(LANGUAGE)
        known = self._letters.is_read(language)
        if not known:
            decision = Decision((Match(FRAGMENT, 1.0, (0, len(text))),), "unknown", ())
        finding = self._finding(text, language, messages) if known else self._triage.read(text, language)
        told = self._told.read(text, language, may_tell=self._may_tell(whole, parts, decision))
        decision = self._with_disclosures(decision, told, whole.get(PROBABILITIES), text)
        of_family = self._of_family(text, told)
        if of_family and decision.certainty != "sure":
            decision = Decision(
                tuple(Match(topic, FROM_FACT, (0, len(text))) for topic in of_family), "sure", decision.nearest
            )
        if whole.get(ASKS) and self._is_denied(text, told, decision):
            decision = Decision((Match(SUITABLE, FROM_FACT, (0, len(text))),), "sure", decision.nearest)
        decision = _with_danger(decision, finding, len(text))
        whole.set(
            READING,
            {
                "topics": [
                    {**vars(match), "without": self._not_meant(match.topic, told, text)} for match in decision.topics
                ],
                "certainty": decision.certainty,
                "nearest": [dict(vars(match)) for match in decision.nearest],
                "tier": finding.tier,
                "flag": finding.flag,
                "rule": finding.rule,
                "words": list(finding.words),
                "danger": finding.certainty,
                "about": finding.about,
                "disclosures": [_disclosed(one, text) for one in told],
                "of_family": list(of_family),
                "asks": bool(whole.get(ASKS)),
                "language": language,
            },
            add_to_output=True,
        )
        ranking = [{"name": name, "confidence": p} for name, p in list(whole.get(PROBABILITIES).items())[:10]]
        whole.set(INTENT, {"name": _intent(decision, finding), "confidence": decision.topics[0].confidence}, True)
        whole.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return [whole]

    def _finding(self, text: str, language: str | None, messages: Sequence[Message]) -> Finding:
        parts = [
            Passage(text[slice(*span)], one.get(OPINION), one.get(AROUND))
            for one in messages[1:]
            if (span := one.get(SPAN))
        ]
        return self._triage.read(text, language, sense=messages[0].get(OPINION), parts=parts)

    def _may_tell(self, whole: Message, parts: Sequence[Part], decision: Decision) -> bool:
        """Whether facts may be told in words that no rule knows: something is said, or asked about what one has.

        A plain question or a greeting is not read again for them: that would cost as much as understanding it.
        """
        if decision.certainty == "sure" and decision.topics[0].topic == SMALLTALK:
            return False
        # "17 weeks" may be of a pregnancy, a baby, a course of sessions; "scalp" may answer where.
        if HARDLY_ANYTHING.fullmatch(whole.get(TEXT)):
            return False
        asked = sum(whole.get(PROBABILITIES).get(topic, 0.0) for topic in set(self._families.values()))
        asks = [part.asks for part in parts] or [bool(whole.get(ASKS))]  # one thought has no parts
        return asked >= MAY_TELL or not all(asks)

    def _with_disclosures(
        self, decision: Decision, told: Sequence[Disclosure], whole: Mapping[str, float], text: str
    ) -> Decision:
        """A fact the patient mentions is answered first, by the card of its family (topic list, rules 3 and 4).

        Only where the message itself leaves room for that family: a story that names a medicine in passing, or asks
        another doctor's question, is not about it.
        """
        first = decision.topics[0]
        own = {topic for one in told if _is_own(one) and (topic := self._family(one, text))}
        # Likelier than what is not ours: "diabetic, on warfarin and pregnant, what can I do?" is about us.
        outside = first.topic in BESIDE and sum(whole.get(topic, 0.0) for topic in own) <= whole.get(first.topic, 0.0)
        known = {match.topic for match in decision.topics} if decision.certainty == "sure" else set()
        theirs = known & self._only_theirs(text, told)
        families = dict.fromkeys(
            topic
            for one in told
            if _is_own(one) and (topic := self._family(one, text))
            if theirs or whole.get(topic, 0.0) >= self._room(one.fact, outside=outside)
        )
        if not families:
            return decision
        answered = tuple(
            Match(topic, max(whole.get(topic, 0.0), FROM_FACT), (0, len(text)))
            for topic in families
            if topic not in known
        )
        rest = [match for match in decision.topics if match.topic not in {*BESIDE, *theirs}] if known else []
        return Decision((*answered, *rest), "sure", decision.nearest)

    def _of_family(self, text: str, told: Sequence[Disclosure]) -> tuple[str, ...]:
        """Topics of facts that only somebody close has, when the patient asks for themselves."""
        if not self._for_me.search(text):
            return ()
        own, theirs = (
            {self._family(one, text): None for one in told if one.polarity == "affirmed" and one.subject in whose}
            for whose in (("self",), CLOSE)
        )
        return tuple(topic for topic in theirs if topic and topic not in own)

    def _is_denied(self, text: str, told: Sequence[Disclosure], decision: Decision) -> bool:
        """ "I have no pacemaker, can I have it?": the card of what one has not would be no answer."""
        denied = {self._family(one, text) for one in told}
        return (
            decision.certainty == "sure"
            and {match.topic for match in decision.topics} <= denied
            and all(one.polarity == "negated" and one.subject == "self" and not one.time for one in told)
            and bool(self._for_me.search(text))
        )

    def _room(self, fact: str, *, outside: bool) -> float:
        """The probability that the whole message must leave for the fact's family."""
        if outside:
            return ROOM_OUTSIDE
        return 0.0 if fact.startswith(self._always) else ROOM

    def _only_theirs(self, text: str, told: Sequence[Disclosure]) -> set[str]:
        """Families of what others have, or the writer has not, in a message that tells a fact of the writer's own and
        asks nothing for those others.
        """
        own = {self._family(one, text) for one in told if _is_own(one)} - {None}
        if not own or self._for_them.search(text):
            return set()
        return {topic for one in told if not _is_meant(one) and (topic := self._family(one, text))} - own

    def _not_meant(self, topic: str, told: Sequence[Disclosure], text: str) -> list[tuple[int, int]]:
        """Where a message names what somebody else has, or what its writer has not, beside a fact of the writer's own:
        "I'm on Skyrizi and my nan has a pacemaker" is no question about pacemakers.
        """
        own = [one.span for one in told if _is_own(one) and self._family(one, text) == topic]
        others = [one.span for one in told if not _is_meant(one)] if own else []
        return [span for span in others if not any(span[0] < end and start < span[1] for start, end in own)]

    def _family(self, one: Disclosure, text: str) -> str | None:
        fact = one.fact
        if fact in self._by_medicine and find(text[slice(*one.span)]):
            return self._by_medicine[fact]
        prefixes = [fact.rsplit(".", cut)[0] for cut in range(fact.count(".") + 1)]
        return next((self._families[prefix] for prefix in prefixes if prefix in self._families), None)


def read_parts(messages: Sequence[Message]) -> list[Part]:
    """The parts of a split and classified message, each with its closer readings."""
    closer = [message for message in messages if message.get(OF) is not None]
    return [
        Part(
            part.get(SPAN),
            part.get(PROBABILITIES),
            bool(part.get(ASKS)),
            next((one.get(PROBABILITIES) for one in closer if one.get(OF) == index and not one.get(SPAN)), None),
            tuple((one.get(SPAN), one.get(PROBABILITIES)) for one in closer if one.get(OF) == index and one.get(SPAN)),
        )
        for index, part in enumerate(message for message in messages[1:] if message.get(OF) is None)
    ]


def _is_own(told: Disclosure) -> bool:
    return told.polarity == "affirmed" and told.subject == "self"


def _is_meant(told: Disclosure) -> bool:
    """Nobody else's, and not denied."""
    return told.polarity != "negated" and told.subject == "self"


def _disclosed(told: Disclosure, text: str) -> dict[str, Any]:
    return {
        "fact": told.fact,
        "polarity": told.polarity,
        "subject": told.subject,
        "time": told.time,
        "value": told.value,
        "words": text[slice(*told.span)],
    }


def _intent(decision: Decision, finding: Finding) -> str:
    if finding.alarms:
        return ALERT
    if decision.certainty == "sure" and decision.topics[0].topic in (ALERT, CONCERN):
        return CONCERN  # only the classifier sees danger: the after-treatment questions ask about it first
    if decision.certainty == "unsure":
        return "nlu_fallback"
    # Beside other questions, what would start something is answered by its card, which offers to start it.
    spoken = [match.topic for match in decision.topics if match.topic not in STARTS]
    return (spoken or [decision.topics[0].topic])[0]


def _with_danger(decision: Decision, finding: Finding, length: int) -> Decision:
    """Danger wins: its topic comes first and is sure; what else was asked stays behind it."""
    if finding.alarms:
        topic = TOPIC_OF_FLAG.get(finding.flag or "", CONCERN if finding.tier == "urgent" else ALERT)
    elif finding.tier == "expected" and decision.topics[0].topic in (ALERT, FRAGMENT, SMALLTALK):
        topic = CONCERN
    else:
        return decision
    others = tuple(match for match in decision.topics if match.topic != topic)
    return Decision((Match(topic, 1.0, (0, length)), *others), "sure", decision.nearest)
