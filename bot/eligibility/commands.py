"""Short words that mean the same at every question: yes, no, none, skip, why, stop ... in every language we know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.eligibility.folding import fold, normal, plain

HERE = Path(__file__).parent
# Where a "not" stops working. "Not A or B" and "no A, B or C" deny all of them; "not A and I take B" only the first.
CLAUSES = re.compile(
    r"[;.!?\n]|\b(?:but|ama|fakat|aber|pero|mais|mas|maar|ale|allerdings|jedoch|sondern|cependant|però|jednak|но|однако|لكن|ولكن|بس)\b"
    r"|\bma(?=\s+(?:ho|sono|mi|prendo|uso|faccio|soffro|anche|solo)\b)|\b(?:though|however|plus|except)\b"
    r"|(?:\band\b|,)\s*(?=(?:i|i'm|i've|my|we|have|had|am|take|taking|use|also|yes|just|only)\b)"
    r"|^\s*(?:no|nope|none|nothing)\s*,",
    re.IGNORECASE,
)
COMMA = re.compile(r",")
LIST = re.compile(r"^[^;.!?\n]*\b(?:or|nor)\b", re.IGNORECASE)
REACH = 40  # characters after a name in which "stopped" is about it
BRIEF = 9  # words of "why do you ask me that?", "I would like to take my consent back"
POLITE = 3  # words of manners around what is said
TWICE = 4  # words of "yes yes fine ok"
FEW = 14  # words of "I need to pick up my kids, can I finish this later"
LONG = 4  # a question mark after this many words makes a question, even without a question word


class Commands:
    """commands.yml, ready to ask. All languages are tried at once: patients mix them."""

    def __init__(self, path: Path = HERE / "commands.yml") -> None:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._polite = _around(raw["polite"])
        self._commands = {name: _all(given) for name, given in raw["commands"].items()}
        self._answers = {name: _all(given) for name, given in raw["answers"].items()}
        self._lead = {name: _starts(given) for name, given in raw["lead"].items()}
        self._no_lead = _starts(raw["no_lead"])
        self._waiting = _opening(raw["waiting"])
        self._agreeing = {"agreeing": _all(raw["agreeing"])}
        self._withdrawing = tuple(_words(raw["withdrawing"][name]) for name in ("what", "act"))
        self._pausing = _deed_and_time(raw["pausing"])
        self._why = _starts(raw["why_starts"])
        self._asking = _starts(raw["asking"])
        self._determiner = re.compile(rf"\W*(?:{'|'.join(fold(plain(word)) for word in raw['determiners'])})\s+\w")
        self._except = _anywhere(raw["except"])
        self._negation = _anywhere(raw["negation"])
        self._after = {name: _anywhere(raw["after"][name]) for name in ("denied", "affirmed", "uncertain")}
        self._over = _anywhere(raw["over"])
        self._more = _anywhere(raw["more"])
        self._meaning = _anywhere(raw["meaning"])
        self._filler = frozenset(normal(str(word)) for words in raw["filler"].values() for word in words)
        self._pieces = re.compile(rf"[,;\n]|[.!?…](?:\s|$)|(?<![\w'])(?:{'|'.join(raw['joining'])})(?!\w)")
        self._uncertain = _anywhere(raw["uncertain"])
        self._others = _anywhere(raw["others"])
        self._others_after = _anywhere(raw["others_after"])
        self._closing = _anywhere(raw["closing"])
        self._correcting = _anywhere(raw["correcting"])
        self._renaming = _anywhere(raw["renaming"])

    def command(self, text: str) -> str | None:
        """withdraw, stop, pause, continue, why, explain, must, length, decline, back, review or change; else None."""
        if found := _lookup(self._commands, text, self._polite):
            return found
        said = normal(text)
        if len(said.split()) <= FEW and self._pausing.search(said):
            return "pause"
        if len(text.split()) > BRIEF:
            return None
        if self._why.match(said):
            return "why"
        withdraws = all(words.search(said) for words in self._withdrawing)
        return "withdraw" if withdraws and not self.is_question(text) and not self._negation.search(said) else None

    def answer(self, text: str) -> str | None:
        """yes, no, none, fine, unchanged or unsure, when the message is nothing but that. "None" alone is none."""
        order = ("none", "fine", "unchanged", "unsure", "no", "yes")
        return _lookup({name: self._answers[name] for name in order}, text, self._polite) or self._said_twice(text)

    def _said_twice(self, text: str) -> str | None:
        """ "Yes fine", "no nope no": a few words that all answer, and alike."""
        words = normal(text).split()
        if not 1 < len(words) <= TWICE:
            return None
        said = {name for word in words for name in ("yes", "no") if word in self._answers[name]}
        alike = len(said) == 1 and all(any(word in self._answers[name] for name in (*said, "fine")) for word in words)
        return said.pop() if alike else None

    def only_agrees(self, text: str) -> bool:
        """ "Ok", "thanks": agrees or takes note, and states nothing."""
        return _lookup(self._agreeing, text, self._polite) is not None

    def is_short(self, text: str) -> bool:
        """Is the message only a command or a short answer?"""
        return bool(self.command(text) or self.answer(text))

    def lead(self, text: str) -> str | None:
        """yes, no, none or unsure, when the message begins with it and goes on. "No wait, ..." is no "no"."""
        said = normal(self.past_waiting(text))
        if self._no_lead.match(said):
            return None
        return next((name for name in ("unsure", "none", "no", "yes") if self._lead[name].match(said)), None)

    def is_none_of(self, text: str) -> bool:
        """ "Keine Allergien": the "none" may belong to what is named after it."""
        return bool(self._determiner.match(fold(plain(text))))

    def past_waiting(self, text: str) -> str:
        """The text without a "no wait" before it, which answers nothing."""
        text = plain(text)
        found = self._waiting.match(fold(text))
        return text[found.end() :] if found else text

    def exception(self, text: str) -> str | None:
        """What stands after "none except ..."."""
        text = plain(text)
        found = self._except.search(fold(text))
        return text[found.end() :] if found else None

    def is_question(self, text: str) -> bool:
        """Is it a question to us? "why?" alone is a command and comes first."""
        said = normal(text)
        for _ in range(POLITE):
            said = self._polite.sub("", said)
        asks = "?" in text or "؟" in text
        return bool(self._asking.match(said)) or (asks and len(said.split()) > LONG)

    def negated(self, before: str, after: str = "") -> bool:
        """Do the words around a name turn it around? A comma ends a "not", unless it stands in an "A, B or C".

        All `before` and `after` are folded. Some languages say it after the name: "diyabetim yok".
        """
        return bool(self._negation.search(_clause(before, after))) or self._said_after(after) == "denied"

    def uncertain(self, before: str, after: str = "") -> bool:
        """Do the words around a name leave it open?"""
        return bool(self._uncertain.search(_clause(before, after))) or self._said_after(after) == "uncertain"

    def is_over(self, before: str, after: str = "") -> bool:
        """Does the clause speak of something that has ended: "used to", "stopped in 2019"?"""
        return bool(self._over.search(_clause(before, after) + " " + CLAUSES.split(after)[0][:REACH]))

    def leaves_open(self, text: str) -> bool:
        """ "and a few others", "not sure about the rest": more may apply than is named."""
        return bool(self._more.search(fold(plain(text))))

    def not_understood(self, text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
        """The pieces of a text outside `spans` that say something, in the patient's words."""
        text = plain(text)
        said, known = fold(text), list(spans)
        ends = [*((one.start(), one.end()) for one in self._pieces.finditer(said)), (len(said), len(said))]
        left, start = [], 0
        for end, after in ends:
            if not any(begin < end and start < stop for begin, stop in known) and self._says(said[start:end]):
                left.append(" ".join(text[start:end].split()))
            start = after
        return left

    def content(self, piece: str, without: Iterable[str] = ()) -> str:
        """The words of a piece that tell something, in the patient's words."""
        dropped = self._filler | {word for given in without for word in normal(given).split()}
        return " ".join(word for word in piece.split() if normal(word) not in dropped).strip(" .!?'\"")

    def _says(self, piece: str) -> bool:
        words = normal(piece).split()
        if self._others.search(piece) or self.answer(piece) or self.command(piece):
            return False  # somebody else's health; "nope"
        return any(word not in self._filler and not word.isdigit() for word in words) and not self.negated(piece)

    def _said_after(self, after: str) -> str | None:
        """Of the verbs that follow in the sentence the first one decides."""
        sentence = re.split(r"[.;!?\n]", after)[0]
        found = [(hit.start(), name) for name, words in self._after.items() if (hit := words.search(sentence))]
        return min(found)[1] if found else None

    def about_others(self, before: str, after: str = "") -> bool:
        """Is the clause about somebody else?"""
        follows = CLAUSES.split(after)[0][:REACH]
        return bool(self._others.search(CLAUSES.split(before)[-1]) or self._others_after.search(follows))

    def closes(self, text: str) -> bool:
        """ "No diabetes or anything": a denial that speaks about the rest, too."""
        return bool(self._closing.search(fold(plain(text))))

    def is_correction(self, text: str) -> bool:
        """Does the patient say that an earlier answer was wrong?"""
        return bool(self._correcting.search(fold(plain(text))))

    def corrected(self, text: str) -> str:
        """What stands after the words that correct: "the face" of "no, I meant the face"."""
        text = plain(text)
        ends = [found.end() for found in self._correcting.finditer(fold(text))]
        return text[max(ends, default=0) :]

    def meant(self, text: str) -> str | None:
        """yes, no, none or unsure in "sorry, I meant no": about the question before."""
        said = normal(text)
        if not self._meaning.search(said):
            return None
        rest = self._correcting.sub(" ", self._meaning.sub(" ", said))
        return self.answer(" ".join(word for word in rest.split() if word not in self._filler or self.answer(word)))

    def means_another(self, text: str) -> bool:
        """ "No, I meant the other one": whatever it is, it is no answer to the open question."""
        return bool(self._meaning.search(normal(text)))

    def is_renaming(self, text: str) -> bool:
        """Does the patient only name an answer to change, without giving the new one?"""
        return bool(self._renaming.search(normal(text)))


def _clause(before: str, after: str) -> str:
    clause = CLAUSES.split(before)[-1]
    return clause if LIST.match(after) or LIST.match(clause) else COMMA.split(clause)[-1]


def _all(by_language: Mapping[str, Iterable[Any]]) -> frozenset[str]:
    return frozenset(normal(str(word)) for words in by_language.values() for word in words)


def _lookup(sets: Mapping[str, frozenset[str]], text: str, polite: re.Pattern[str]) -> str | None:
    said = normal(text)
    for _ in range(POLITE):
        found = next((name for name, words in sets.items() if said in words), None)
        if found:
            return found
        said = polite.sub("", said)
    return None


def _around(polite: Mapping[str, Iterable[Any]]) -> re.Pattern[str]:
    """Manners before and after what is said: "please stop", "nein danke"."""
    before, after = ("|".join(re.escape(normal(str(word))) for word in polite[side]) for side in ("before", "after"))
    return re.compile(rf"^(?:{before}) | (?:{after})$")


def _starts(words: Iterable[Any]) -> re.Pattern[str]:
    return re.compile(rf"({'|'.join(re.escape(normal(str(word))) for word in words)})(?!\w)")


def _opening(words: Iterable[Any]) -> re.Pattern[str]:
    """Any of the words at the beginning of a folded text, whatever punctuation is between and after them."""
    parts = (r"\W+".join(map(re.escape, normal(str(word)).split())) for word in words)
    return re.compile(rf"\W*({'|'.join(parts)})(?!\w)\W*")


def _words(given: Iterable[str]) -> re.Pattern[str]:
    """Any of the words; "word*" also stands for longer ones."""
    parts = (re.escape(normal(word.removesuffix("*"))) + (r"\w*" if word.endswith("*") else "") for word in given)
    return re.compile(rf"(?<!\w)({'|'.join(parts)})(?!\w)")


def _deed_and_time(given: Mapping[str, Iterable[Any]]) -> re.Pattern[str]:
    """The writer's act, an act done to "it" or a `whole` deed, and a time: in either order, only `beside` between."""
    words = {name: "|".join(re.escape(normal(str(word))) for word in given[name]) for name in given}
    deed = rf"(?:(?:{words['who']}) (?:{words['act']})|(?:{words['act']}) (?:{words['it']})|{words['whole']})"
    gap = rf"(?: (?:{words['beside']}))* "
    return re.compile(rf"(?<!\w)(?:{deed}{gap}(?:{words['when']})|(?:{words['when']}){gap}{deed})(?!\w)")


def _anywhere(words: Iterable[Any]) -> re.Pattern[str]:
    folded = (fold(plain(str(word))) for word in words)
    return re.compile(rf"(?<!\w)({'|'.join(re.escape(word) for word in folded)})(?!\w)")
