"""Which choices a patient meant by pressing a button, or by writing "1, 3", "none" or a choice's title."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.envelope import Choice, Envelope
from bot.gateway.channels.contract import Manner
from bot.gateway.channels.rendering import is_native, is_none, numbered_run
from bot.safety.text import fold

PICK = re.compile(r"([0-9a-f]{32})\.([0-9]{1,3})")
KEYCAP = re.compile("[\ufe0f\u20e3]")
BETWEEN = re.compile(r"[\s,;.&+/()#،、]+")
END = " .!,;"


def pressed(pick: str, envelopes: Sequence[Envelope]) -> str | None:
    """The id of the choice behind a button of one of these messages."""
    found = PICK.fullmatch(pick)
    for envelope in envelopes if found else ():
        if found and envelope.id == found[1] and int(found[2]) < len(envelope.reply.choices):
            return envelope.reply.choices[int(found[2])].id
    return None


def run_before(envelopes: Sequence[Envelope], seq: int) -> list[Envelope]:
    """What was said since the patient wrote last, of messages numbered below `seq`."""
    earlier = [envelope for envelope in envelopes if envelope.seq < seq]
    return _last_run(earlier)


def latest_run(envelopes: Sequence[Envelope]) -> list[Envelope]:
    """What the patient last read; messages that they wrote after it and that wait for an answer do not count."""
    last = len(envelopes)
    while last and envelopes[last - 1].sender == "patient":
        last -= 1
    return _last_run(envelopes[:last])


def written(
    text: str, run: Sequence[Envelope], manner: Manner, *, none_words: Collection[str], joining_words: Collection[str]
) -> tuple[str, ...]:
    """The ids that a text stands for; () when it is just text. The words are folded ones."""
    if not run or run[-1].sender != "bot":
        return ()  # a person asks: a number may be the answer
    said = KEYCAP.sub("", text).strip(END)
    plain = fold(said)
    for envelope in reversed(run):
        for choice in envelope.reply.choices:
            if fold(choice.title.strip(END)) == plain:
                return (choice.id,)
    last = run[-1].reply
    if last.kind == "question" and (not last.choices or is_native(last, manner)):
        return ()  # a later question that shows no numbers
    groups = numbered_run(run, manner)
    if plain in none_words:
        found = (choice for envelope, _ in reversed(groups) for choice in envelope.reply.choices if is_none(choice))
        none = next(found, None)
        return (none.id,) if none else ()
    words = [word for word in BETWEEN.split(said) if word and fold(word) not in joining_words]
    if not words or not all(word.isdecimal() and len(word) < 4 for word in words):
        return ()
    return _by_number([int(word) for word in words], groups)


def _by_number(numbers: Sequence[int], groups: Sequence[tuple[Envelope, int]]) -> tuple[str, ...]:
    """Ids of numbers that all belong to one message, and more than one only where several may be picked."""
    for envelope, first in groups:
        choices: Sequence[Choice] = envelope.reply.choices
        if all(first <= number < first + len(choices) for number in numbers):
            ids = tuple(dict.fromkeys(choices[number - first].id for number in numbers))
            return ids if len(ids) == 1 or envelope.reply.multiple else ()
    return ()


def _last_run(envelopes: Sequence[Envelope]) -> list[Envelope]:
    run: list[Envelope] = []
    for envelope in reversed(envelopes):
        if envelope.sender == "patient":
            break
        run.insert(0, envelope)
    return run
