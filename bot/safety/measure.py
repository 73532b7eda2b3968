"""How well triage and disclosures do on a file of labelled messages: `python -m bot.safety.measure <file.jsonl>`.

Lines are `{"text", "tier", "flag", "accept_flags", "language"}` for triage, `{"text", "disclosures": [{"fact",
"polarity", "subject"}]}` for facts, or both. A danger counts as found when its tier is reached or passed; a harmless
message (tier "none" or "expected") is a false alarm when a card would take over.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TextIO

from bot.safety.disclosures import Disclosure, Disclosures
from bot.safety.findings import RANK, Finding
from bot.safety.labelled import Wanted, is_own
from bot.safety.triage import Triage

TARGETS = {"emergency": 0.98, "self_harm": 0.98, "urgent": 0.95}
FALSE_ALARMS = 0.04
TIERS = ("emergency", "self_harm", "urgent", "safeguarding", "expected", "none")


@dataclass
class Score:
    """Counts of one run; `misses` and `false_alarms` keep the lines to learn from."""

    tiers: Counter[tuple[str, str]] = field(default_factory=Counter)  # (wanted, read)
    flags: Counter[tuple[str, str]] = field(default_factory=Counter)
    languages: Counter[tuple[str, bool]] = field(default_factory=Counter)  # (language, found), dangers only
    recall: Counter[tuple[str, bool]] = field(default_factory=Counter)  # (tier, found)
    harmless: int = 0
    facts: Counter[str] = field(default_factory=Counter)
    fact_languages: Counter[tuple[str, str]] = field(default_factory=Counter)
    fact_kinds: Counter[tuple[str, str]] = field(default_factory=Counter)  # (missed | wrong, linkId)
    misses: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    fact_misses: list[str] = field(default_factory=list)
    seconds: float = 0.0
    messages: int = 0

    def rate(self, tier: str) -> float | None:
        """The share of dangers of `tier` that were found."""
        total = self.recall[tier, True] + self.recall[tier, False]
        return self.recall[tier, True] / total if total else None

    @property
    def false_alarm_rate(self) -> float:
        """The share of harmless messages that would be taken over."""
        return len(self.false_alarms) / self.harmless if self.harmless else 0.0


class FactReader(Protocol):
    """Reads messages for facts: the rules alone (`Disclosures`), or with a second opinion."""

    def read(self, text: str, language: str | None = None) -> Sequence[Disclosure]:
        """The facts in `text`."""


def found(wanted: str, finding: Finding) -> bool:
    """True when a danger of tier `wanted` is answered at least as seriously."""
    return finding.alarms and (finding.tier == wanted or RANK[finding.tier] >= RANK[wanted])


def measure(lines: Iterable[dict[str, Any]], triage: Triage, facts: FactReader, progress: TextIO) -> Score:
    """Read every line and count."""
    score = Score()
    for number, line in enumerate(lines, 1):
        if "tier" in line:
            _triage(line, triage, score)
        if "disclosures" in line:
            _facts(line, facts, score)
        if number % 200 == 0:
            print(f"{number} messages", file=progress)
    return score


def _triage(line: dict[str, Any], triage: Triage, score: Score) -> None:
    start = time.process_time()
    finding = triage.read(line["text"], line.get("hint"))
    score.seconds += time.process_time() - start
    score.messages += 1
    wanted = line["tier"]
    score.tiers[wanted, finding.tier] += 1
    if wanted in ("none", "expected"):
        score.harmless += 1
        if finding.alarms:
            score.false_alarms.append(f"{finding.flag} {finding.words}: {line['text']}")
        return
    right = found(wanted, finding)
    score.recall[wanted, right] += 1
    score.languages[line.get("language", "en"), right] += 1
    accepted = {line.get("flag"), *line.get("accept_flags", ())}
    score.flags[line.get("flag") or "-", (finding.flag or "-") if finding.flag not in accepted else "right"] += 1
    if not right:
        score.misses.append(f"{line.get('flag')} read as {finding.tier} ({finding.certainty}): {line['text']}")


def _facts(line: dict[str, Any], facts: FactReader, score: Score) -> None:
    """One message. A fact counts as found under any of its accepted names and polarities; optional ones never matter.

    Naming the allergen beside the allergy, or the other half of one question, is no wrong statement.
    """
    read = facts.read(line["text"])
    wanted = [Wanted.read(fact) for fact in line["disclosures"]]
    affirmed = [fact for fact in wanted if fact.is_own and not fact.optional]
    others = [fact for fact in wanted if not fact.is_own and not fact.optional]
    missed = [fact for fact in affirmed if not any(fact.met(one) for one in read)]
    wrong = [one for one in read if is_own(one) and not any(fact.allows(one) for fact in wanted)]
    language = line.get("language", "en")
    score.facts["lines"] += 1
    score.facts["affirmed"] += len(affirmed)
    score.facts["affirmed found"] += len(affirmed) - len(missed)
    score.facts["other"] += len(others)
    score.facts["other found"] += sum(any(fact.met(one) for one in read) for fact in others)
    score.facts["wrongly affirmed"] += bool(wrong)
    score.fact_languages[language, "affirmed"] += len(affirmed)
    score.fact_languages[language, "found"] += len(affirmed) - len(missed)
    score.fact_languages[language, "lines"] += 1
    score.fact_languages[language, "wrong"] += bool(wrong)
    for fact in missed:
        score.fact_kinds["missed", fact.fact] += 1
    for one in wrong:
        score.fact_kinds["wrong", one.fact] += 1
    if missed or wrong:
        score.fact_misses.append(
            f"missed {[fact.fact for fact in missed]} wrong {[one.fact for one in wrong]}: {line['text']}"
        )


def report(score: Score, *, misses: bool = True) -> str:
    """The figures as plain text."""
    parts = []
    if score.messages:
        parts += _triage_report(score)
    if score.facts["lines"]:
        parts += _facts_report(score)
    if misses:
        for title, lines in (
            ("Missed dangers", score.misses),
            ("False alarms", score.false_alarms),
            ("Facts missed or wrong", score.fact_misses),
        ):
            if lines:
                parts += ["", f"{title}: {len(lines)}", *(f"  {line}" for line in lines)]
    return "\n".join(parts)


def _triage_report(score: Score) -> list[str]:
    lines = [f"{score.messages} messages, {score.seconds / score.messages * 1000:.2f} ms each", "", "Recall"]
    for tier in TIERS[:4]:
        rate = score.rate(tier)
        if rate is not None:
            total = score.recall[tier, True] + score.recall[tier, False]
            target = f"target {TARGETS[tier]:.0%}" if tier in TARGETS else ""
            lines.append(f"  {tier:13} {rate:7.1%} of {total:4} {target}")
    lines.append(f"  false alarms  {score.false_alarm_rate:7.1%} of {score.harmless:4} at most {FALSE_ALARMS:.0%}")
    lines += ["", "Tier wanted (rows) and read (columns)", " " * 14 + "".join(f"{tier[:11]:>12}" for tier in TIERS)]
    lines += [
        f"  {wanted:12}" + "".join(f"{score.tiers[wanted, tier]:12}" for tier in TIERS)
        for wanted in TIERS
        if any(score.tiers[wanted, tier] for tier in TIERS)
    ]
    lines += ["", "Flags wanted: how often right, and what else was read"]
    for flag in sorted({wanted for wanted, _ in score.flags}):
        read = {other: count for (wanted, other), count in score.flags.items() if wanted == flag}
        others = ", ".join(f"{other} {count}" for other, count in sorted(read.items()) if other != "right")
        lines.append(f"  {flag:5} {read.get('right', 0):4}/{sum(read.values()):<4} {others}")
    lines += ["", "Recall by language"]
    for language in sorted({name for name, _ in score.languages}):
        good, bad = score.languages[language, True], score.languages[language, False]
        lines.append(f"  {language:5} {good:4}/{good + bad:<4} {good / (good + bad):7.1%}")
    return lines


def _facts_report(score: Score) -> list[str]:
    facts, by = score.facts, score.fact_languages
    lines = [
        "",
        "Disclosures",
        f"  affirmed of oneself, found  {facts['affirmed found']}/{facts['affirmed']}"
        f" {facts['affirmed found'] / max(facts['affirmed'], 1):.1%}",
        f"  other polarity or person    {facts['other found']}/{facts['other']}"
        f" {facts['other found'] / max(facts['other'], 1):.1%}",
        f"  wrongly affirmed            in {facts['wrongly affirmed']} of {facts['lines']} messages"
        f" {facts['wrongly affirmed'] / facts['lines']:.1%}",
        "",
        "By language: affirmed found, messages with something wrongly affirmed",
    ]
    for name in sorted({language for language, _ in by}):
        lines.append(
            f"  {name:5} {by[name, 'found']:4}/{by[name, 'affirmed']:<4} {by[name, 'wrong']:4}/{by[name, 'lines']}"
        )
    for what in ("missed", "wrong"):
        kinds = [(count, fact) for (kind, fact), count in score.fact_kinds.items() if kind == what]
        lines += [
            "",
            f"{what.capitalize()}: " + ", ".join(f"{fact} {count}" for count, fact in sorted(kinds, reverse=True)),
        ]
    return lines


def load_lines(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """The labelled lines of some JSON-lines files."""
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]


def main(arguments: Sequence[str] | None = None, facts: FactReader | None = None) -> int:
    """Measure the files named on the command line, by default with the rules alone; exit status 0 whatever they say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--no-misses", action="store_true", help="print figures only, no message texts")
    given = parser.parse_args(arguments)
    score = measure(load_lines(given.files), Triage.load(), facts or Disclosures.load(), sys.stderr)
    print(report(score, misses=not given.no_misses))  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
