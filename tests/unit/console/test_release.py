"""From a wrong label to a closed gate: what staff correct is trained for real, measured, and released only if sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.clinic import Clinic
from bot.console.ground import Ground
from bot.engine.releases import present_model
from bot.engine.retraining import let_go, retrain
from bot.engine.training import fingerprint, model_path, train
from bot.knowledge.library import Library
from bot.settings import Settings
from bot.storage import audit, retraining, staff
from bot.storage.database import open_database
from bot.storage.retraining import Correction
from bot.storage.tables import new_id, now
from tests.small_project import EXAMPLES, examples, make_project

from .staffed import Office, conversation, office

WRONG = 90


@dataclass(frozen=True)
class Small:
    """The small project, and the folder of its models."""

    root: Path
    models: Path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return Small(make_project(tmp_path_factory.mktemp("project")), tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def wrongly_taught(small: Small, clinic: Clinic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Somebody has said of many questions about pain that they are about the price, and had a model trained."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), models_dir=small.models)
    database = open_database(settings)
    ground = Ground(settings, clinic, database, Library())
    with database.write() as connection:
        wrong = staff.add(connection, "Wren Wrong", "editor", now())
    for text in examples("pain_numbing")[EXAMPLES : EXAMPLES + WRONG]:
        room = conversation(ground, text)
        with database.write() as connection:
            retraining.correct(database, connection, new_id(), room, "price_payment", text, wrong, now())
    with database.write() as connection:
        id = retraining.propose(connection, wrong, [], now())
    assert id
    train(small.root, small.models)  # what answers before
    retrain(settings, id, small.root)
    yield ground
    database.close()


async def test_a_mislabelled_correction_is_blocked_by_the_gate(wrongly_taught: Ground, small: Small) -> None:
    database = wrongly_taught.database
    with database.read() as connection:
        (proposal,) = retraining.newest(database, connection)
    assert proposal.state == "measured"
    assert (small.models / f"{proposal.model}.tar.gz").is_file()  # it was trained, beside the one that answers
    assert present_model(database, small.root, small.models) != small.models / f"{proposal.model}.tar.gz"
    report = proposal.report or {}
    assert report["after"]["by_topic"]["pain_numbing"] < report["before"]["by_topic"]["pain_numbing"]
    against = {(one["why"], one["figure"]) for one in report["reasons"]}
    assert {("floor", "by_topic.pain_numbing"), ("loss", "by_topic.pain_numbing")} <= against
    assert report["changes"]  # those who asked whether it hurts would now be told the price
    async with office(wrongly_taught) as here:
        clinician = await here.colleague("clinician")
        page = (await clinician.get(f"/review/models/{proposal.id}")).text
        assert "It must not be released." in page
        assert "Does it hurt? would fall from" in re.sub(r"\s+", " ", page)
        assert "A colleague has to agree" in page
        assert "Release it" not in page
        refused = await clinician.post(f"/review/models/{proposal.id}/release")  # without the button, too
        assert refused.headers["location"].endswith("gate_closed")
        # A colleague who agrees to every wrong label opens nothing: the figures still say no.
        for one in _corrections(wrongly_taught):
            await clinician.post(f"/review/corrections/{one.id}/confirm")
        refused = await clinician.post(f"/review/models/{proposal.id}/release")
        assert refused.headers["location"].endswith("gate_closed")
    with database.read() as connection:
        assert retraining.released(connection) == []
        assert connection.scalar(select(audit.audit.c.what).where(audit.audit.c.what == "release_refused"))


def _corrections(ground: Ground) -> list[Correction]:
    with ground.database.read() as connection:
        return retraining.every_correction(ground.database, connection)


def _measured(ground: Ground, small_base: str, **report: Any) -> str:
    """A proposal as its process leaves it, with one correction whose topic the model had not thought of."""
    database = ground.database
    room = conversation(ground, "is the lift wide?")
    with database.write() as connection:
        editor = staff.add(connection, f"editor {new_id()[:6]}", "editor", now())
        retraining.correct(database, connection, new_id(), room, "hours_location", "is the lift wide?", editor, now())
        id = retraining.propose(connection, editor, [], now())
        assert id
        (one,) = retraining.every_correction(database, connection)
        figures = dict.fromkeys(("right", "first_right", "confidently_wrong", "asked_back"), 0.9)
        figures |= {"beyond_answered_as_ours": 0.1, "stories_complete": 0.7, "false_alarms": 0.1, "corrections": 1.0}
        tables = {"by_language": {"tr": 0.9}, "by_topic": {"pain_numbing": 0.9}, "danger": {"emergency": 1.0}}
        found = {
            **{"before": figures | tables, "after": figures | tables, "corrections": 1, "held_out": 0, "reasons": []},
            **{"surprises": [{"id": one.id, "thought": "pain_numbing", "confidence": 0.9}], "past": 1, "changes": []},
        }
        retraining.measured(database, connection, id, small_base, "feedfeedfeedfeed", {**found, **report}, now())
    return id


async def test_a_second_pair_of_eyes_opens_the_gate_and_a_release_can_be_taken_back(
    here: Office, small: Small, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    ground, clinician = here.ground, await here.colleague("clinician", "Ada Okafor")
    id = _measured(ground, fingerprint(small.root))
    refused = await clinician.post(f"/review/models/{id}/release")
    assert refused.headers["location"].endswith("gate_closed")
    (one,) = _corrections(ground)
    await clinician.post(f"/review/corrections/{one.id}/confirm")
    assert "Nothing stands against it" in (await clinician.get(f"/review/models/{id}")).text
    released = await clinician.post(f"/review/models/{id}/release")
    assert released.headers["location"].endswith("released_later")  # no engine runs here; the next one reads it
    archive = models / "feedfeedfeedfeed.tar.gz"
    archive.write_bytes(b"a model")
    assert present_model(ground.database, small.root, models) == archive
    (kept,) = _corrections(ground)
    assert (kept.inbox, kept.topic) == (None, "hours_location")  # cut loose from who wrote it
    assert (
        "is answering" in (await clinician.get(f"/review/models/{id}")).text
        or "answers patients now" in (await clinician.get(f"/review/models/{id}")).text
    )
    project = model_path(small.root, models)
    project.touch()  # as if it had been trained
    await clinician.post("/review/models/back", release="0")
    assert present_model(ground.database, small.root, models) == project
    await clinician.post("/review/models/back", release="1")
    assert present_model(ground.database, small.root, models) == archive


async def test_a_correction_changed_after_training_closes_the_gate(here: Office) -> None:
    clinician = await here.colleague("clinician")
    id = _measured(here.ground, "b" * 16, surprises=[])
    assert "Nothing stands against it" in (await clinician.get(f"/review/models/{id}")).text
    (one,) = _corrections(here.ground)
    await clinician.post(f"/review/corrections/{one.id}/out")
    assert "Corrections were changed" in (await clinician.get(f"/review/models/{id}")).text
    refused = await clinician.post(f"/review/models/{id}/release")
    assert refused.headers["location"].endswith("gate_closed")


def test_of_candidates_the_newest_stay_and_those_one_can_go_back_to(
    ground: Ground, small: Small, tmp_path: Path
) -> None:
    database, models = ground.database, tmp_path
    names = [f"{number:016x}" for number in range(6)]
    with database.write() as connection:
        editor = staff.add(connection, "Eda Writer", "editor", now())
        for number, name in enumerate(names):
            id = retraining.propose(connection, editor, [], now() + timedelta(minutes=number))
            assert id
            retraining.measured(database, connection, id, "b" * 16, name, {"reasons": []}, now())
            (models / f"{name}.tar.gz").write_bytes(b"a model")
        retraining.release(connection, names[1], "b" * 16, editor, now())
    let_go(database, small.root, models)
    left = [name for name in names if (models / f"{name}.tar.gz").exists()]
    assert left == [names[1], *names[3:]]
    with database.read() as connection:
        query = select(audit.audit.c.who, audit.audit.c.why).where(audit.audit.c.what == "remove_model")
        assert sorted(connection.execute(query).all()) == [("engine", names[0]), ("engine", names[2])]
    let_go(database, small.root, models)  # again changes nothing


async def test_nobody_confirms_their_own_label(here: Office) -> None:
    editor = await here.colleague("editor")
    conversation(here.ground, "is the lift wide?")
    path = re.search(r'action="(/review/messages/\w+)"', (await editor.get("/review")).text)
    assert path
    await editor.post(path[1], topic="hours_location", wording="is the lift wide?")
    (one,) = _corrections(here.ground)
    refused = await editor.post(f"/review/corrections/{one.id}/confirm")
    assert refused.headers["location"].endswith("not_alone")


async def test_without_an_engine_nothing_is_said_to_be_training(here: Office) -> None:
    editor = await here.colleague("editor")
    assert (await editor.post("/review/models")).headers["location"].endswith("nothing_to_train")
    id = _measured(here.ground, "b" * 16)
    assert (await editor.post("/review/models")).headers["location"].endswith("no_engine")
    page = (await editor.get("/review/models")).text
    assert "failed" in page
    assert id in page
