"""What a patient writes about medicines: the names we know, and whether something is left that we do not know."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.safety.medicines import MedicineHit, find
from bot.safety.text import clean

PIECES = re.compile(r"[,;\n/+&]|\.\s|\band\b|\bplus\b|\bwith\b|\balso\b|\bas well as\b", re.IGNORECASE)
NOTHING = re.compile(
    r"(no thanks?|none thanks?|not any|no|none|nothing|nil|n/?a|nope|not? other( medicines?| meds)?"
    r"|no (medicines?|meds|medication)|none of these"
    r"|i (don.?t|do not) take (any|anything)( else| other)?|nothing else|no others?|that.?s (it|all)|-+)",
    re.IGNORECASE,
)
# Doses, times of day and small talk around a name: what remains without them is a name.
NOISE = re.compile(
    r"\b\d+([.,]\d+)?\s*(mg|mcg|µg|ug|g|ml|iu|units?|%|x)?\b"
    r"|\b(i|i'm|i am|my|a|an|the|on|take|taking|takes|use|using|have|some|just|only|sometimes|yes|well|too|one|two|once"
    r"|twice|three|times?|daily|every|each|per|day|week|morning|evening|night|noon|bedtime|at|in|of|for|tablets?|pills"
    r"|capsules?|medicines?|medication|meds|prescribed|by|doctor|gp|called|it|it's|is|or|years?|months?|since)\b",
    re.IGNORECASE,
)
# Forms that do not count as systemic medicines (ruling 9), for names the lexicon does not know.
TOPICAL = re.compile(
    r"\b(creams?|ointments?|gels?|lotions?|inhalers?|puffers?|(nasal )?sprays?|(eye|ear|nose) ?drops?|shampoos?)\b",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(no|not|never|without|don.?t|do not|doesn.?t)( take| use| taking| using| on)?( any)?\s*$", re.IGNORECASE
)
HIT = "\0"


@dataclass(frozen=True)
class MedicineReading:
    """`hits` in the order of the text; `unknown` are pieces that look like names but are not in the lexicon."""

    hits: tuple[MedicineHit, ...]
    unknown: tuple[str, ...]


def read_medicines(text: str) -> MedicineReading:
    """Read a list of medicines. Every piece is a hit, nothing, or unknown; none is ignored."""
    found = find(text)
    masked = list(clean(text))
    for hit in found:
        masked[hit.span[0] : hit.span[1]] = HIT * (hit.span[1] - hit.span[0])
    whole = "".join(masked)
    hits = tuple(hit for hit in found if not _is_denied(whole[: hit.span[0]]))
    unknown = [piece for piece in PIECES.split(whole) if HIT not in piece and _is_a_name(piece)]
    if not found and not unknown and not _says_nothing(text):
        unknown = [text]
    return MedicineReading(hits, tuple(" ".join(piece.split()) for piece in unknown))


def _is_denied(before: str) -> bool:
    """ "I don't take any X": only words right before the name count; "I can't stop taking X" is no denial."""
    return bool(DENIED.search(PIECES.split(before)[-1]))


def _is_a_name(piece: str) -> bool:
    return not _says_nothing(piece) and bool(re.search(r"\w{2,}", NOISE.sub(" ", piece)))


def _says_nothing(piece: str) -> bool:
    bare = piece.strip(" .!?:()\"'")
    return not bare or bool(NOTHING.fullmatch(bare) or TOPICAL.search(bare))
