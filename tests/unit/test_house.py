"""The rules of the house: what a newcomer may rely on, checked."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.knowledge.library import Library
from bot.settings import ROOT

PYTHON = [path for folder in ("bot", "actions", "bench") for path in (ROOT / folder).rglob("*.py")]
DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
NOT_TOPICS = {"follow_up", "privacy_request", "told_something", "nlu_fallback"}


def nlu_intents() -> Iterator[tuple[Path, str, list[str]]]:
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = [line.strip() for line in entry["examples"].splitlines()]
            yield path, entry["intent"], [line[2:].strip() for line in lines if line.startswith("- ")]


def rule_intents() -> Iterator[str]:
    for path in sorted((ROOT / "data" / "rules").glob("*.yml")):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]:
            yield from (step["intent"] for step in rule["steps"] if "intent" in step)


def test_every_topic_has_an_intent_a_card_a_rule_and_examples() -> None:
    topics = set(DOMAIN["intents"]) - NOT_TOPICS
    assert topics == set(Library().topics)
    assert set(rule_intents()) == topics | NOT_TOPICS
    assert {intent for _, intent, _ in nlu_intents()} == (topics | NOT_TOPICS) - {"nlu_fallback"}


def test_every_answerable_topic_has_at_least_forty_examples() -> None:
    counts = Counter(intent for _, intent, texts in nlu_intents() for _ in texts)
    few = {intent: count for intent, count in counts.items() if count < 40}
    assert not few


def test_no_training_example_is_held_out() -> None:
    trained = {text.casefold() for _, _, texts in nlu_intents() for text in texts}
    held_out = (ROOT / "tests" / "nlu" / "held_out").glob("*.jsonl")
    seen = [
        text
        for path in held_out
        for text in re.findall(r'"text": ?"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8"))
        # Anybody writes "hello": only sentences can give a set away.
        if text.casefold() in trained and len(text.split()) > 6
    ]
    assert not seen


def test_rules_never_steer_by_slots() -> None:
    assert all(slot["type"] == "any" for slot in DOMAIN["slots"].values())


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_one_room(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert not {"utils", "common", "helpers", "lib"} & set(path.relative_to(ROOT).with_suffix("").parts)


def test_actions_hold_no_sentences() -> None:
    said = [
        f"{path.name}: {node.value}"
        for path in (ROOT / "actions").glob("*.py")
        for node in _strings(ast.parse(path.read_text(encoding="utf-8")))
        if re.match(r"[A-Z][a-z]+( [a-z,']+){3,}", node.value)
    ]
    assert not said


def _strings(tree: ast.Module) -> Iterator[ast.Constant]:
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


def test_lock_files_hold_no_addresses_and_pin_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pinned = re.findall(r"^[a-zA-Z0-9_.-]+(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    assert len(pinned) > 100
    assert lock.count("--hash=sha256:") >= len(pinned)
    assert not list(ROOT.glob("uv.lock"))
    for path in (p for p in ROOT.rglob("package-lock.json") if "node_modules" not in p.parts):
        assert '"resolved"' not in path.read_text(encoding="utf-8")


def test_every_dependency_has_a_lower_bound() -> None:
    listed = re.findall(r'^  "([A-Za-z][^"]*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    packages = [entry for entry in listed if re.match(r"[A-Za-z0-9_.\[\]-]+[<>=!~]|[A-Za-z0-9_.-]+$", entry)]
    unbounded = [entry for entry in packages if not re.search(r">=|==", entry) and not entry.isupper()]
    assert not [entry for entry in unbounded if re.fullmatch(r"[a-z][a-z0-9-]+", entry)]


def test_the_readme_names_only_what_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = [name for name in re.findall(r"`([a-z]+(?:/[a-z]+)*/)`", readme) if not (ROOT / name).is_dir()]
    assert not folders
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in link]
    assert not [link for link in links if not (ROOT / link).exists()]
    goals = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {goal}" in goals for goal in ("run", "test", "check", "bench", "train", "install"))


PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if "://" not in link and not (page.parent / link).exists()]


def test_decisions_have_numbers_of_their_own_and_stand_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    names = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert len({name[:4] for name in names}) == len(names)
    assert re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text(encoding="utf-8")) == names


def test_the_way_of_a_message_names_functions_that_exist() -> None:
    rows = re.findall(
        r"\| `([\w/]+\.py)` \| `([\w.]+)` \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    )
    assert len(rows) > 15
    for module, name in rows:
        tree: ast.AST = ast.parse((ROOT / module).read_text(encoding="utf-8"))
        for part in name.split("."):
            found = [one for one in ast.iter_child_nodes(tree) if getattr(one, "name", None) == part]
            assert found, (module, name)
            tree = found[0]
