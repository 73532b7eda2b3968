"""Train a model with staff's corrections and measure it beside the one that answers now: `mesobot retrain <proposal>`.

Runs in a process of its own, started by the engine, at low priority; says in the proposal's row where it is. What it
measured is read by the console, where a person decides. Corrections that are held out are measured with, not trained.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
import yaml
from sqlalchemy import select

from bot.engine import gate
from bot.engine.assistant import Assistant
from bot.engine.evaluation import Case, read_examples
from bot.engine.parsing import parsed_line
from bot.engine.releases import present_model
from bot.engine.training import fingerprint, ingredients, model_path, train
from bot.settings import ROOT, Settings
from bot.storage import audit, conversations, outbox, retraining
from bot.storage.database import Database, open_database
from bot.storage.inbox import i as inbox
from bot.storage.retraining import Correction
from bot.storage.tables import now
from bot.storage.turns import TurnStore

log = structlog.get_logger()
SETS = ("topics", "translated", "stories", "danger")
PAST = 400  # newest patients' messages that are read by both models
MARKS = str.maketrans("", "", "[]{}<>")  # Rasa's marks for entities
Tell = Callable[[str, int], None]


def retrain(settings: Settings, id: str, root: Path = ROOT) -> None:
    """Work on a proposal to its end; a fault is written to its row and raised. `root`: the project, with its held-out
    messages, floors and tolerances under `tests/nlu`.
    """
    measures = root / "tests" / "nlu"
    os.nice(10)
    database = open_database(settings)

    def tell(stage: str, percent: int) -> None:
        with database.write() as connection:
            retraining.progress(connection, id, stage, percent, now())

    try:
        tell("preparing", 1)
        with database.read() as connection:
            mine = [one for one in retraining.every_correction(database, connection) if one.proposal == id]
            past = _past(database, connection)
        before = present_model(database, root, settings.models_dir)
        tell("training", 5)
        model = _trained(mine, root, settings.models_dir)
        sets = {name: read_examples(measures / "held_out" / f"{name}.jsonl") for name in SETS}
        sets["corrections"] = [{"id": one.id, "text": one.wording, "topics": [one.topic]} for one in mine]
        sets["past"] = past
        old = _read(before, database, sets, lambda share: tell("before", 40 + round(30 * share)))
        new = _read(model, database, sets, lambda share: tell("after", 70 + round(29 * share)))
        floors, tolerances = (
            yaml.safe_load((measures / f"{name}.yml").read_text(encoding="utf-8")) for name in ("floors", "tolerances")
        )
        report = _report(mine, old, new, floors, tolerances)
        base = fingerprint(root)
        with database.write() as connection:
            retraining.measured(database, connection, id, base, model.name.removesuffix(".tar.gz"), report, now())
        log.info("retrained", proposal=id, reasons=len(report["reasons"]))
        let_go(database, root, settings.models_dir)
    except BaseException as fault:
        with database.write() as connection:
            retraining.failed(connection, id, type(fault).__name__, now())
        raise
    finally:
        database.close()


def as_training_data(corrections: Sequence[Correction]) -> str:
    """The corrections in the form of `data/nlu`."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    for one in corrections:
        by_topic[one.topic].append(" ".join(one.wording.translate(MARKS).split()))
    entries = [
        {"intent": topic, "examples": "".join(f"- {text}\n" for text in texts)}
        for topic, texts in sorted(by_topic.items())
    ]
    return yaml.safe_dump({"version": "3.1", "nlu": entries}, allow_unicode=True, sort_keys=False)


def _trained(corrections: Sequence[Correction], root: Path, models: Path) -> Path:
    """The model of the project with what is not held out; the project itself is left as it is."""
    learned = [one for one in corrections if not one.held_out]
    with tempfile.TemporaryDirectory(prefix="mesobot-retraining-") as folder:
        staged = Path(folder)
        for path in ingredients(root):
            target = staged / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        (staged / "data" / "nlu" / "corrections.yml").write_text(as_training_data(learned), encoding="utf-8")
        return train(staged, models)


def let_go(database: Database, root: Path, models: Path) -> None:
    """Remove the archives of candidates that nobody can release or go back to any more; each removal is on record."""
    with database.write() as connection:
        for model in retraining.let_go(connection):
            archive = models / f"{model}.tar.gz"
            if archive != model_path(root, models) and archive.is_file():
                archive.unlink()
                audit.record(connection, now(), "engine", "remove_model", why=model)


def _past(database: Database, connection: Any) -> list[dict[str, Any]]:
    """What patients wrote last, tests left out."""
    c = conversations.c
    query = (
        select(inbox.id, inbox.conversation, inbox.seq)
        .join(conversations.conversations, c.id == inbox.conversation)
        .where(c.test.is_(False), c.erased_at.is_(None))
        .order_by(inbox.received_at.desc())
        .limit(PAST)
    )
    found = []
    for row in connection.execute(query).all():
        said = outbox.after(database, connection, row.conversation, row.seq - 1, 1)
        if said and said[0].reply.ref == "message":
            found.append({"id": row.id, "text": said[0].reply.text})
    return found


def _read(
    model: Path, database: Database, sets: Mapping[str, Sequence[Mapping[str, Any]]], tell: Callable[[float], None]
) -> dict[str, list[Case]]:
    assistant = Assistant(model, TurnStore(database).load_tracker)
    total, done = sum(map(len, sets.values())), 0

    async def run() -> dict[str, list[Case]]:
        nonlocal done
        cases: dict[str, list[Case]] = {}
        for name, examples in sets.items():
            cases[name] = []
            for example in examples:
                parsed = await assistant.read(str(example["text"]))
                cases[name].append(Case(example, parsed_line(example["id"], parsed)))
                done += 1
                if done % 100 == 0:
                    tell(done / total)
        return cases

    return asyncio.run(run())


def _report(
    corrections: Sequence[Correction],
    old: Mapping[str, list[Case]],
    new: Mapping[str, list[Case]],
    floors: Any,
    tolerances: Any,
) -> dict[str, Any]:
    held_out = {one.id for one in corrections if one.held_out}

    def figures(cases: Mapping[str, list[Case]]) -> dict[str, Any]:
        unseen = [case for case in cases["corrections"] if case.example["id"] in held_out]
        return gate.measured({**cases, "corrections": unseen})

    before, after = figures(old), figures(new)
    return {
        "before": before,
        "after": after,
        "corrections": len(corrections),
        "held_out": len(held_out),
        "reasons": gate.reasons(before, after, floors, tolerances),
        "surprises": list(gate.surprises(old["corrections"])),
        "past": len(old["past"]),
        "changes": [
            {"inbox": then.example["id"], "before": _answer(then), "after": _answer(now_)}
            for then, now_ in zip(old["past"], new["past"], strict=True)
            if _answer(then) != _answer(now_)
        ],
    }


def _answer(case: Case) -> list[str]:
    """The topics that are answered; none when the bot asks back."""
    return list(case.read["answered"]) if case.sure else []
