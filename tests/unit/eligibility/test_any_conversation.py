"""Whatever a patient says or picks: no error, nothing stored before consent, and the verdict of a fresh run."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue import Turn
from bot.eligibility.assessment import assess
from bot.eligibility.record import Fact
from bot.eligibility.values import visible

from .conftest import DIALOGUE, NOW, QUESTIONNAIRE, TODAY

WORDS = """
yes|no|none|not sure|skip|back|why?|what did I answer?|later|continue|face|scalp and body|1|2 and 3|99|34|I'm 17
I'm pregnant|I take Eliquis|actually I do take aspirin|change my answer about pregnancy|I want to change an answer
actually I don't have allergies|no, only hay fever|yesterday|a few days ago|4 November|does it hurt?|none. how much?
purple monkey|penicillin, latex|foobarine|change my answer about the area|I have diabetes and a pacemaker|on my own
well controlled|my husband is pushing me|I had botox last week|?|...|🙂|I don't think so|no diabetes|change|هل يؤلم؟
"""
SAID = st.sampled_from([words for line in WORDS.split("\n") for words in line.split("|") if words])
WEIRD = st.sampled_from(
    [
        "questionnaire:now:none",
        "questionnaire:gone:none",
        "questionnaire:now:x=y",
        "questionnaire:organ.bp:perhaps",
        "questionnaire:change:nothing",
        "questionnaire:change:organ.bp",
        "questionnaire:change",
        "questionnaire:remind",
        "questionnaire:prefill:preg.status:yes",
        "questionnaire:conflict:preg.status:no",
        "questionnaire:note:final.other",
        "questionnaire:",
        "booking:start",
    ]
)
# Most turns pick something that is shown, so that conversations get somewhere.
TURNS = st.lists(
    st.one_of(
        st.tuples(st.just("shown"), st.integers(0, 40)),
        st.tuples(st.just("none"), st.integers(0, 0)),
        st.tuples(st.just("none"), st.integers(0, 0)),
        st.tuples(st.just("said"), SAID),
        st.tuples(st.just("picked"), WEIRD),
    ),
    max_size=40,
)
FACTS = st.lists(
    st.sampled_from(
        [
            Fact("preg.status", "Y", "I'm 8 weeks pregnant"),
            Fact("meds.thinner", "Y", "on Eliquis"),
            Fact("diabetes", "Y", "I'm diabetic"),
            Fact("gate.age18", "N", "I'm 16"),
            Fact("unheard.of", "Y", "x"),
        ]
    ),
    max_size=2,
)


def turn_of(kind: str, what: Any, last: Any) -> Turn:
    ids = [choice.id for choice in last.choices] if last else []
    if kind == "shown" and ids:
        return Turn(NOW, choices=(ids[what % len(ids)],))
    if kind == "picked":
        return Turn(NOW, choices=(what,))
    return Turn(NOW, text="yes" if last and last.ref in ("consent.health", "gate.age18") else str(what or "none"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(turns=TURNS, prefill=FACTS, heard=FACTS)
def test_any_conversation(turns: Any, prefill: Any, heard: Any) -> None:
    step = DIALOGUE.start(Turn(NOW), prefill=prefill)
    state: Any = step.state
    last = step.replies[-1]
    consented = False
    for number, (kind, what) in enumerate(turns):
        step = DIALOGUE.advance(state, turn_of(kind, what, last), disclosed=heard if number == 9 else ())
        for name, payload in step.events:
            consented = consented or name == "consent_given"
            assert consented or name in ("consent_refused", "consent_withdrawn", "discard")
            json.dumps(payload)
        assert step.replies or not step.taken
        finished = [payload for name, payload in step.events if name == "finished"]
        if finished:
            told = finished[0]
            fresh = assess(QUESTIONNAIRE, told["answers"], TODAY, conflicts=told["conflicts"]).as_dict()
            assert fresh == told["assessment"]
            assert told["answers"] == visible(QUESTIONNAIRE, told["answers"])
        state = step.state if step.state is not None else finished[0]["state"] if finished else None
        if state is None:
            assert any(name == "discard" for name, _ in step.events)
            return
        state = json.loads(json.dumps(state))
        shown = step.replies or DIALOGUE.resume(state, "en")
        last = shown[-1] if shown else last
        assert state["finished"] or len(DIALOGUE.resume(state, "en")) == 1
