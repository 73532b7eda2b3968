"""Which questions a text names, and what it says about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.eligibility.commands import Commands
from bot.eligibility.folding import fold, normal, plain
from bot.eligibility.questionnaire import Item, Questionnaire

# Questions that other people belong to: scars in the family, a pregnant partner, who is asking, who is pushing.
ABOUT_FAMILY = ("skin.keloid", "hair.5ari", "gate.self", "mind.pressure")
# Questions about the past: "stopped", "used to" is no denial of them.
ABOUT_THE_PAST = (
    "cancer.status",
    "meds.isotretinoin",
    "meds.nsaid",
    "past.reaction",
    "la.problem",
    "organ.heart",
    "neuro.epilepsy",
)
PAST = ("recent.", "allergy.")
ENDS = {"*": r"\w*", "$": r"(?=\s*(?:$|[^\w\s]))"}  # of words in the questionnaire: any ending; the end of a clause
NEAR = 400  # characters before and after a name that may be about it; more takes seconds where a name stands often


@dataclass(frozen=True)
class Mention:
    """An item named in a text. `code` is what the words say, None when they only name it; `span` is their place."""

    item: str
    code: str | None
    words: str
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Phrase:
    """Words that name an item. `probe` is a piece of them: a text without it needs no search."""

    pattern: re.Pattern[str]
    probe: str
    item: str
    code: str | None


class _Free:
    """The places of a text in which nothing is named yet."""

    def __init__(self, text: str) -> None:
        self._taken = bytearray(len(text))

    def take(self, span: tuple[int, int]) -> bool:
        """Take a span unless a part of it is taken."""
        start, end = span
        if any(self._taken[start:end]):
            return False
        self._taken[start:end] = b"\1" * (end - start)
        return True


class Namer:
    """Finds items by the questionnaire's own words, in every language that has some."""

    def __init__(self, questionnaire: Questionnaire, commands: Commands) -> None:
        self._questionnaire = questionnaire
        self._commands = commands
        # Longest first: "flu jab" is a vaccine, also when the flu is asked about.
        self._phrases = sorted(self._all_phrases(), key=lambda phrase: -len(phrase.pattern.pattern))
        self._denied = {link_id: frozenset(map(normal, item.denied)) for link_id, item in questionnaire.items.items()}
        self._options = {link_id: _option_phrases(item) for link_id, item in questionnaire.items.items()}

    def mentions(self, text: str, first: Iterable[str] = ()) -> list[Mention]:
        """Items named in `text`, longest names first, none inside another; of two equals the one in `first` wins."""
        preferred = set(first)
        text = plain(text)
        said = fold(text)
        near = [phrase for phrase in self._phrases if phrase.probe in said]
        near.sort(key=lambda phrase: (-len(phrase.pattern.pattern), phrase.item not in preferred))
        free = _Free(said)
        found: list[Mention] = []
        for phrase in near:
            for match in phrase.pattern.finditer(said):
                if not free.take(match.span()):
                    continue
                before, after = _around(match)
                if phrase.item not in ABOUT_FAMILY and self._commands.about_others(before, after):
                    continue
                code = self._turned(phrase.item, phrase.code, before, after)
                found.append(Mention(phrase.item, code, text[match.start() : match.end()], match.span()))
        return sorted(found, key=lambda mention: mention.span)

    def denies(self, link_id: str, text: str) -> bool:
        """Is the whole text an answer that denies the item without naming it: "it's for me"?"""
        return normal(text) in self._denied[link_id]

    def mentions_of(self, text: str, items: Iterable[str]) -> list[Mention]:
        """Those of `mentions` that name one of `items`."""
        wanted = set(items)
        return [mention for mention in self.mentions(text, wanted) if mention.item in wanted]

    def named_options(self, item: Item, text: str) -> list[str]:
        """The codes of `item` that the text names, without those that it denies."""
        said = fold(plain(text))
        free = _Free(said)
        codes: list[str] = []
        for pattern, code in self._options[item.link_id]:
            for match in pattern.finditer(said):
                if not free.take(match.span()):
                    continue
                around = _around(match)
                if self._commands.uncertain(*around):
                    codes.append("asked-unknown")
                elif not self._commands.negated(*around) or code == self.denied_code(item):
                    codes.append(code)
        if not codes and any(option.code == "Y" for option in item.options):
            codes = [mention.code for mention in self.mentions_of(text, [item.link_id]) if mention.code]
        return list(dict.fromkeys(codes))

    def affirmed_code(self, item: Item) -> str | None:
        """The code that naming the item stands for; None when its question must be asked to know."""
        if item.raw.get("only_named"):
            return None  # "high blood pressure, but under control"
        if "named" in item.raw:
            return str(item.raw["named"])  # "under 18" names the question by its "no"
        codes = {
            pick.code for screen in self._questionnaire.screens for pick in screen.picks if pick.item == item.link_id
        }
        if len(codes) == 1:
            return codes.pop()
        return "Y" if not codes and any(option.code == "Y" for option in item.options) else None

    def denied_code(self, item: Item) -> str | None:
        """The code that denying the item stands for."""
        none = self._questionnaire.none_codes.get(item.link_id)
        if none is not None:
            return none
        return "N" if any(option.code == "N" for option in item.options) else None

    def _all_phrases(self) -> Iterator[Phrase]:
        coded = {(pick.item, pick.code) for screen in self._questionnaire.screens for pick in screen.picks if pick.code}
        for link_id, item in self._questionnaire.items.items():
            if link_id == "consent.health":
                continue
            affirmed = self.affirmed_code(item)
            for word in item.words:
                yield Phrase(_phrase(word), _probe(word), link_id, affirmed)
            # "Your own decision" is the name of a question whose trouble is the opposite.
            named = affirmed if affirmed == "Y" else None
            yield Phrase(_phrase(item.label), _probe(item.label), link_id, named)
            for name in item.called:
                yield Phrase(_phrase(name), _probe(name), link_id, None)
            for option in item.options:
                if (link_id, option.code) in coded or link_id == "preg.status":
                    for word in option.words:
                        yield Phrase(_phrase(word), _probe(word), link_id, option.code)

    def _turned(self, link_id: str, code: str | None, before: str, after: str) -> str | None:
        """The code after "not" or "not sure if" in the same clause; a thing of the past is asked about."""
        item = self._questionnaire.items[link_id]
        if self._commands.uncertain(before, after):
            return None if item.is_gate else "asked-unknown"
        if self._commands.negated(before, after):
            affirmed, denied = self.affirmed_code(item), self.denied_code(item)
            return denied if code is None or code == affirmed or affirmed is None else affirmed
        is_past = link_id in ABOUT_THE_PAST or link_id.startswith(PAST) or item.is_gate
        if not is_past and self._commands.is_over(before, after):
            return None
        return code


def _around(match: re.Match[str]) -> tuple[str, str]:
    """The words before and after a name, as far as they may be about it."""
    start, end = match.span()
    return match.string[max(0, start - NEAR) : start], match.string[end : end + NEAR]


def _option_phrases(item: Item) -> list[tuple[re.Pattern[str], str]]:
    phrases = [(_phrase(word), option.code) for option in item.options for word in (option.display, *option.words)]
    return sorted(phrases, key=lambda phrase: -len(phrase[0].pattern))


def _phrase(word: str) -> re.Pattern[str]:
    said = normal(word.rstrip("*$"))
    body = r"[\s\W]+".join(re.escape(part) for part in said.split())
    return re.compile(rf"(?<!\w){body}" + ENDS.get(word[-1], r"(?!\w)"))


def _probe(word: str) -> str:
    return normal(word.rstrip("*$")).split()[0]
