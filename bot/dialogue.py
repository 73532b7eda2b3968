"""The contract of every guided dialogue: eligibility questionnaire, booking, after-treatment triage.

A dialogue is a state machine of the domain. It knows no tracker and no channel: it gets what the patient did
(`Turn`), gives back what to say and the state to keep (`Step`). One custom action per dialogue advances it.

Choice ids say what they do, so that no table of pending choices is needed; the gateway accepts an id only if an
envelope of that conversation offered it:

    topic:<label>          ask about a topic                      topic:pain_numbing
    detail:<label>         more about the topic just answered     detail:pain_numbing
    clinics:<conflict>     what different clinics say             clinics:C07
    area:<label>:<area>    the topic for one area                 area:pain_numbing:scalp
    human[:<reason>]       a person, please; the reason is one of `bot.booking.people.Reason`
    questionnaire:<...>    an answer or command of the eligibility questionnaire
    booking:<...>          ... of booking
    aftercare:<...>        ... of after-treatment triage
    privacy:<...>          ... about the patient's own data
    alert:<...>            ... of an alert card ("alert:closed", "alert:not_now")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.envelope import Reply

ERASE = "privacy:erase"  # the gateway erases the conversation when this was picked on a messaging channel
State = dict[str, Any]  # JSON only: it is kept in a slot, and encrypted at rest


@dataclass(frozen=True)
class Turn:
    """What the patient did. Either `text` (typed words) or `choices` (picked ids) is non-empty.

    `topics` are labels of the topic list, best first, as the engine understood the text; `certainty` says how far
    to trust the first of them. `now` is timezone-aware, in the clinic's zone.
    """

    now: datetime
    text: str = ""
    choices: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    certainty: str = "unknown"  # sure | unsure | unknown
    language: str = "en"


@dataclass(frozen=True)
class Step:
    """What a dialogue made of a turn.

    `taken` False means: this message was not for the dialogue (a side question); answer it, then call the dialogue's
    `resume`, which repeats the open question. `state` None means that the dialogue has ended. `events` are facts for
    the caller to store or act on, each `(name, payload)`, documented by the dialogue that emits them.
    """

    state: State | None
    replies: tuple[Reply, ...] = ()
    taken: bool = True
    events: tuple[tuple[str, dict[str, Any]], ...] = field(default=())
