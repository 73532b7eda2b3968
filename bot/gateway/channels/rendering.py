"""Makes parts of a reply: split at sentence borders, choices as buttons where they fit, else as numbered text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.envelope import Choice, Envelope, Link, Reply
from bot.gateway.channels.contract import Manner, Part
from bot.gateway.wording import Wording

BREAKS = (
    re.compile(r"\n\n+"),
    re.compile(r"(?<=[.!?…。؟])\s+"),
    re.compile(r"\n"),
    re.compile(r"(?<!\d)\s|\s(?!\d)"),  # not inside a phone number
)
EARLY = 0.4  # a cut before this share of the limit would leave a stub; the next kind of border is tried instead
# One of these makes a whole SMS use 16 bits a letter: it holds 70 letters instead of 160 and costs twice.
PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "•": "-"}
)
MOST_SOURCES = 2


class Renderer:
    """For one gateway. `public` is its address as patients reach it."""

    def __init__(self, wording: Wording, public: str) -> None:
        self._wording = wording
        self._public = public.rstrip("/")

    def parts(self, envelope: Envelope, manner: Manner, language: str | None, first: int = 1) -> list[Part]:
        """What to send, in order; the same for every try. `first` is the number of the first numbered choice."""
        reply = envelope.reply
        native = is_native(reply, manner)
        blocks = [reply.text]
        calls = [self._wording.say("channel_call", language, number=one) for one in missing_numbers(reply)]
        if reply.kind == "alert" and calls:
            blocks.insert(0, "\n".join(calls))  # first, so that no limit can part the card from its number
        else:
            blocks += calls
        blocks += self._extras(reply, language)
        if reply.choices and not native:
            blocks.append(self._numbered(reply, first, language))
        text = "\n\n".join(filter(None, blocks))
        if manner.plain:
            text = text.translate(PLAIN)
        texts = split(text, manner.longest)
        if native:
            texts = texts[:-1] + split(texts[-1], manner.longest_with_choices)
        parts = [Part(one) for one in texts[:-1]]
        if not native:
            return [*parts, Part(texts[-1])]
        picks = tuple(Choice(f"{envelope.id}.{n}", choice.title) for n, choice in enumerate(reply.choices))
        button = self._wording.say("channel_list_button", language)
        return [*parts, Part(texts[-1], picks, not _fits_buttons(picks, manner), button)]

    def notice(self, text: str, manner: Manner) -> list[Part]:
        """Parts of a sentence that is not stored."""
        return [Part(one) for one in split(text.translate(PLAIN) if manner.plain else text, manner.longest)]

    def _extras(self, reply: Reply, language: str | None) -> list[str]:
        lines = [line for link in reply.links if (line := self._link(link))]
        if reply.sources:
            names = "; ".join(source.name for source in reply.sources[:MOST_SOURCES])
            lines.append(self._wording.say("channel_source", language, sources=names))
        if reply.progress and reply.progress.done:
            done, of = str(reply.progress.done), str(reply.progress.of)
            lines.append(self._wording.say("channel_progress", language, done=done, of=of))
        return ["\n".join(lines)]

    def _link(self, link: Link) -> str:
        scheme, _, rest = link.href.partition(":")
        if scheme == "mailto":
            return f"{link.title}: {rest}" if link.title != rest else rest
        href = link.href
        if href.startswith("/") and self._public:
            href = self._public + href
        return f"{link.title}: {href}" if href.startswith(("https://", "http://")) else ""

    def _numbered(self, reply: Reply, first: int, language: str | None) -> str:
        lines = [f"{number}. {choice.title}" for number, choice in enumerate(reply.choices, first)]
        example = {"one": str(first), "other": str(first + min(1, len(reply.choices) - 1))}
        key = "channel_reply_one"
        if reply.multiple:
            none = any(is_none(choice) for choice in reply.choices)
            key = "channel_reply_several_or_none" if none else "channel_reply_several"
        return "\n".join([*lines, self._wording.say(key, language, **example)])


def is_none(choice: Choice) -> bool:
    """Whether the choice says "none of these" (bot/dialogue.py has the form of ids)."""
    return choice.id.rpartition(":")[2] == "none"


def is_native(reply: Reply, manner: Manner) -> bool:
    """Whether the choices fit the platform's buttons or list. Several picks at once fit none."""
    titles = [choice.title for choice in reply.choices]
    if not titles or reply.multiple or len(set(titles)) < len(titles):
        return False
    fits_rows = len(titles) <= manner.rows and max(map(size, titles)) <= manner.row_title
    return fits_rows or _fits_buttons(reply.choices, manner)


def _fits_buttons(choices: Sequence[Choice], manner: Manner) -> bool:
    return len(choices) <= manner.buttons and all(size(choice.title) <= manner.button_title for choice in choices)


def missing_numbers(reply: Reply) -> list[str]:
    """Phone numbers of the links that the text does not name, as one reads them."""
    found = []
    for link in reply.links:
        if link.href.startswith("tel:"):
            number = link.title if re.search(r"\d", link.title) else link.href.removeprefix("tel:")
            if number not in reply.text and number not in found:
                found.append(number)
    return found


def size(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, longest: int) -> list[str]:
    """Pieces of at most `longest`, cut at the best border there is; nothing but space at the cuts is lost."""
    text, pieces = text.strip(), []
    while size(text) > longest:
        window = text[:longest]
        while size(window) > longest:
            window = window[:-1]
        cut = _cut(text, len(window))
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text] if text or not pieces else pieces


def _cut(text: str, limit: int) -> int:
    for border in BREAKS:
        ends = [found.start() for found in border.finditer(text, 0, limit + 1) if found.start() <= limit]
        if ends and ends[-1] >= limit * EARLY:
            return ends[-1]
    return limit


def numbered_run(envelopes: Sequence[Envelope], manner: Manner) -> list[tuple[Envelope, int]]:
    """Those of one run of messages whose choices are numbered text, each with its first number."""
    found, number = [], 1
    for envelope in envelopes:
        if envelope.reply.choices and not is_native(envelope.reply, manner):
            found.append((envelope, number))
            number += len(envelope.reply.choices)
    return found
