"""The line that `mesobot parse` prints: how a message was understood, in the words of the topic list."""

from __future__ import annotations

from typing import Any

# Intents that are not topics (domain.yml) -> the topic a reader of the line expects.
_TOPIC = {
    "follow_up": "unclear_fragment",
    "privacy_request": "human_handoff",
    "told_something": "greeting_smalltalk",
}


def parsed_line(identifier: Any, parsed: dict[str, Any]) -> dict[str, Any]:
    """Rasa's parse of a text as the documented line; a text without a reading is an unclear fragment."""
    reading = parsed.get("reading") or {}
    found = list(reading.get("topics", ()))
    if len(found) == 1:  # one question: the runners-up follow with their low confidence
        found += [match for match in reading.get("nearest", ()) if match["topic"] != found[0]["topic"]]
    topics = [{**match, "topic": _TOPIC.get(match["topic"], match["topic"])} for match in found]
    main = topics[0] if topics else {"topic": "unclear_fragment", "confidence": 0.0}
    return {
        "id": identifier,
        "topic": main["topic"],
        "confidence": main["confidence"],
        "certainty": reading.get("certainty", "unknown"),
        "topics": topics,
        "answered": [_TOPIC.get(match["topic"], match["topic"]) for match in reading.get("topics", ())],
        "tier": reading.get("tier", "none"),
        "flag": reading.get("flag"),
        "disclosures": reading.get("disclosures", []),
        "language": reading.get("language"),
    }
