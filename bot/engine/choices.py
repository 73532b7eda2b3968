"""What a picked choice means to Rasa: parse data, so that a choice never passes the text parser."""

from __future__ import annotations

from typing import Any

# Prefix of a choice id (bot/dialogue.py) -> the intent whose rule handles it. "topic:" is the topic's own intent.
_INTENTS = {
    "detail": "follow_up",
    "clinics": "follow_up",
    "area": "follow_up",
    "human": "human_handoff",
    "questionnaire": "start_eligibility",
    "booking": "book_appointment",
    "aftercare": "post_treatment_concern",
    "alert": "emergency_red_flag",
    "privacy": "privacy_request",
}


def parse_data(choices: list[str], title: str) -> dict[str, Any]:
    """Rasa's parse of a pick, made without its parser. An unknown prefix is an unclear message, never an error."""
    prefix, _, rest = choices[0].partition(":")
    intent = rest if prefix == "topic" else _INTENTS.get(prefix, "unclear_fragment")
    reading = {
        "topics": [
            {"topic": choice.removeprefix("topic:"), "confidence": 1.0, "span": [0, len(title)]}
            for choice in choices
            if choice.startswith("topic:")
        ],
        "certainty": "sure",
        "choices": choices,
        "tier": "none",
        "flag": None,
        "disclosures": [],
        "language": None,
    }
    return {
        "text": title,
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [],
        "intent_ranking": [{"name": intent, "confidence": 1.0}],
        "reading": reading,
    }
