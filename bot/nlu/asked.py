"""Which topics a message of several thoughts asks about: evidence for each topic, weighed as people's messages taught.

Every thought is read alone, together with the thought before it ("It clots badly. | Is that a problem?"), and, when
it is long, in pieces ("what it costs | and the parking"). No reading is right by itself; `asked.yml` holds the weights
that a logistic regression gave them (`python -m bench.asked`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from bot.knowledge import yaml_file
from bot.nlu.topics import BESIDE, BEYOND, DECIDING, OUTSIDE, STORY, SUITABLE, WITHOUT_CONTEXT, Probabilities

WEIGHTS = Path(__file__).parent / "asked.yml"
LEAST = 0.08  # a topic that no reading gives as much is not considered
PREPARES = 0.3  # probability of the topic in a told thought that belongs to the question after it
LIST = 3  # so many thoughts that ask are a list of questions
# How a thought is read in its surroundings: powers of the probabilities of the whole message and of the thought
# with the one before it. Chosen on the development set.
OF_WHOLE, OF_WHOLE_LEAST = 0.8, 0.01
OF_BEFORE, OF_BEFORE_VAGUE, OF_BEFORE_LEAST = 0.6, 0.6, 0.01
OF_ITSELF_LEAST = 0.002
Span = tuple[int, int]


@dataclass(frozen=True)
class Part:
    """One thought of a message: its place, probabilities, and whether it asks.

    `before` are the probabilities of the thought read together with the one before it, None for the first; `pieces` are
    the places and probabilities of what may be questions of their own inside it.
    """

    span: Span
    probabilities: Probabilities
    asks: bool
    before: Probabilities | None = None
    pieces: tuple[tuple[Span, Probabilities], ...] = ()


@dataclass(frozen=True)
class Match:
    """A topic found in the text between the two offsets of `span`."""

    topic: str
    confidence: float
    span: Span


@dataclass(frozen=True)
class Evidence:
    """What speaks for a topic; log-odds where it comes from probabilities.

    `asked`, `told`: of the best thought that asks, or only tells, read in its surroundings; `alone`, `before`, `piece`:
    of the best one that asks, read by itself, with the one before, in pieces; `telling`: of the best that tells, by
    itself; `whole`: of the message; `rival`: of the likeliest other topic of the same thought; `beyond`: that the
    message is not ours, and the same of its thoughts.
    """

    asked: float
    told: float
    alone: float
    before: float
    piece: float
    telling: float
    whole: float
    rival: float
    deciding: float
    deciding_telling: float
    story_telling: float
    questions: float
    list_asked: float
    several_told: float
    suitable: float
    beyond: float
    beyond_asking: float
    beyond_any: float


FIELDS = tuple(field.name for field in fields(Evidence))


class Weights:
    """The logistic regression of `asked.yml`."""

    def __init__(self, given: Mapping[str, float]) -> None:
        """One number for each field of `Evidence`, and `constant`. Raises `KeyError` when one is missing."""
        self._constant = given["constant"]
        self._weights = tuple(given[name] for name in FIELDS)

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Weights:
        """Raises `OSError`, or `KeyError` for a file that does not fit."""
        return cls(yaml_file.read(path))

    def probability(self, evidence: Evidence) -> float:
        """That the topic is asked about."""
        total = sum(w * x for w, x in zip(self._weights, astuple(evidence), strict=True))
        return 1 / (1 + math.exp(-total - self._constant))


def considered(whole: Probabilities, parts: Sequence[Part]) -> Iterator[tuple[str, Span, Evidence]]:
    """Topics that some reading makes likely, where in the text, and the evidence for each; none without parts."""
    if not parts:
        return
    readings = [_in_surroundings(part, index and parts[index - 1], whole) for index, part in enumerate(parts)]
    asking = [(part, reading) for part, reading in zip(parts, readings, strict=True) if part.asks]
    telling = [(part, reading) for part, reading in zip(parts, readings, strict=True) if not part.asks]
    pieces = [piece for part, _ in asking for piece in part.pieces]
    count = len(asking)
    beyond_asking = _highest(_sum(part.probabilities, BEYOND) for part, _ in asking)
    beyond_any = _highest(_sum(part.probabilities, BEYOND) for part in parts)
    for topic, of_whole in whole.items():
        if topic in BESIDE:
            continue
        asked, place_asked = _best(asking, topic)
        told, place_told = _best(telling, topic)
        piece, span_piece = max(((p.get(topic, 0.0), span) for span, p in pieces), default=(0.0, (0, 0)))
        if max(asked, told, of_whole, piece) < LEAST:
            continue
        place = place_asked if asked >= told / 2 else place_told
        span = _with_what_prepares(parts, place[0], topic) if place else (0, 0)
        is_deciding = float(topic in DECIDING)
        telling_alone = _odds(_highest(part.probabilities.get(topic, 0.0) for part, _ in telling))
        story = place_told[0].probabilities.get(STORY, 0.0) if place_told else 0.0
        yield (
            topic,
            span_piece if piece > max(asked, told) else span,
            Evidence(
                asked=_odds(asked),
                told=_odds(told),
                alone=_odds(_highest(part.probabilities.get(topic, 0.0) for part, _ in asking)),
                before=_odds(_highest((part.before or {}).get(topic, 0.0) for part, _ in asking)),
                piece=_odds(piece),
                telling=telling_alone,
                whole=_odds(of_whole),
                rival=_odds(_highest(p for other, p in place[1].items() if other != topic) if place else 0.0),
                deciding=is_deciding,
                deciding_telling=is_deciding * telling_alone,
                story_telling=story * telling_alone,
                questions=min(count, 4) / 4,
                list_asked=_odds(asked) if count >= LIST else 0.0,
                several_told=_odds(told) if count > 1 else 0.0,
                suitable=float(topic == SUITABLE),
                beyond=_odds(_sum(whole, OUTSIDE)),
                beyond_asking=_odds(beyond_asking),
                beyond_any=_odds(beyond_any),
            ),
        )


def _in_surroundings(part: Part, previous: Part | int, whole: Probabilities) -> dict[str, float]:
    """What a thought is about, knowing the message it stands in; shares that add up to 1."""
    clear = max((p for topic, p in part.probabilities.items() if topic not in WITHOUT_CONTEXT), default=0.0)
    before = part.before or {}
    leans = 0.0
    if isinstance(previous, Part) and part.before is not None:  # a question stands for itself, what is told prepares
        leans = (0.0 if previous.asks else OF_BEFORE) + OF_BEFORE_VAGUE * (1 - clear)
    shares = {
        topic: (p + OF_ITSELF_LEAST)
        * (before.get(topic, 0.0) + OF_BEFORE_LEAST) ** leans
        * (whole.get(topic, 0.0) + OF_WHOLE_LEAST) ** OF_WHOLE
        for topic, p in part.probabilities.items()
        if not (part.asks and topic in WITHOUT_CONTEXT)
    }
    total = sum(shares.values()) or 1.0
    return {topic: share / total for topic, share in shares.items()}


def _with_what_prepares(parts: Sequence[Part], part: Part, topic: str) -> Span:
    """The span of a thought, with the told one before it where that is about the topic too: it names the medicine."""
    index = parts.index(part)
    before = parts[index - 1] if index else None
    prepares = before is not None and not before.asks and before.probabilities.get(topic, 0.0) >= PREPARES
    return (before.span[0], part.span[1]) if before is not None and prepares else part.span


Read = tuple[Part, dict[str, float]]


def _best(read: Sequence[Read], topic: str) -> tuple[float, Read | None]:
    """The highest share of a topic and the later of the thoughts that have it."""
    best, found = 0.0, None
    for one in read:
        if one[1].get(topic, 0.0) >= best:
            best, found = one[1].get(topic, 0.0), one
    return best, found


def _highest(values: Iterable[float]) -> float:
    return max(values, default=0.0)


def _sum(probabilities: Probabilities, topics: Iterable[str]) -> float:
    return sum(probabilities.get(topic, 0.0) for topic in topics)


def _odds(p: float) -> float:
    p = min(max(p, 0.003), 0.997)
    return math.log(p / (1 - p))
