"""A small project, so that training takes seconds: the same pipeline, some topics, some examples of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from bot.engine.training import INGREDIENTS
from bot.settings import ROOT

TOPICS = ("pain_numbing", "price_payment", "hours_location", "out_of_scope_other")
EXAMPLES, HELD_OUT = 30, 12


def examples(topic: str) -> list[str]:
    """Those of the project in a stable order, without the small talk of ten languages: the first are English."""
    return [
        line[2:]
        for path in sorted((ROOT / "data" / "nlu").glob("*.yml"))
        if path.stem != "colloquial"
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        if entry["intent"] == topic
        for line in entry["examples"].splitlines()
        if line.startswith("- ")
    ]


def make_project(root: Path) -> Path:
    """Write it into an empty folder, with its held-out messages, floors and tolerances; the folder."""
    for folder in ("data/nlu", "data/rules", "tests/nlu/held_out"):
        (root / folder).mkdir(parents=True)
    nlu = [
        {"intent": topic, "examples": "".join(f"- {text}\n" for text in examples(topic)[:EXAMPLES])} for topic in TOPICS
    ]
    _write(root / "data/nlu/some.yml", {"version": "3.1", "nlu": nlu})
    rules = [{"rule": topic, "steps": [{"intent": topic}, {"action": "action_answer"}]} for topic in TOPICS]
    _write(root / "data/rules/some.yml", {"version": "3.1", "rules": rules})
    (root / "config.yml").write_bytes((ROOT / "config.yml").read_bytes())
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    _write(root / "domain.yml", {**domain, "intents": list(TOPICS)})
    assert set(INGREDIENTS) >= {"config.yml", "domain.yml", "data/nlu", "data/rules"}
    _hold_out(root / "tests/nlu/held_out")
    _write(root / "tests/nlu/floors.yml", {"by_topic.pain_numbing": {"least": 0.5}})
    tolerances = yaml.safe_load((ROOT / "tests/nlu/tolerances.yml").read_text(encoding="utf-8"))
    # One message of so few is more than the project may lose of its thousand.
    few = {"right": 0.05, "first_right": 0.05, "stories_complete": 0.4, "by_language": 0.1, "by_topic": 0.2}
    tolerances["may_lose"] |= few
    tolerances["may_gain"] |= {"confidently_wrong": 0.05, "beyond_answered_as_ours": 0.1, "false_alarms": 0.1}
    _write(root / "tests/nlu/tolerances.yml", tolerances)
    return root


def _hold_out(folder: Path) -> None:
    by_topic = [one for topic in TOPICS for one in _held_out("topics") if one["topics"] == [topic]]
    counted = {topic: [one for one in by_topic if one["topics"] == [topic]][:HELD_OUT] for topic in TOPICS}
    turkish = [one for one in _held_out("translated") if one["topics"][0] in TOPICS and one["language"] == "tr"]
    dangers = [one for one in _held_out("danger") if one["tier"] in ("emergency", "none") and one["language"] == "en"]
    for name, kept in (
        ("topics", [one for found in counted.values() for one in found]),
        ("translated", turkish[:HELD_OUT]),
        ("stories", _held_out("stories")[:3]),
        ("danger", dangers[:20]),
    ):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")


def _held_out(name: str) -> list[dict[str, Any]]:
    path = ROOT / "tests" / "nlu" / "held_out" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
