"""From a label in the console to another answer of a running engine and back: real pages and training, no turn lost."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.clinic import load_clinic
from bot.console.ground import Ground
from bot.engine.training import model_path
from bot.knowledge.library import Library
from bot.settings import ROOT, Settings
from bot.storage import audit, retraining
from bot.storage.database import open_database
from bot.storage.tables import new_id
from bot.storage.turns import turns
from tests.servers import free_port
from tests.small_project import make_project
from tests.system.programs import up
from tests.unit.console.staffed import Colleague, Office, conversation, office

# What staff teach: the small project knows opening hours and the address, and nothing of this.
TAUGHT = (
    "is there wifi in the waiting room",
    "do you have wifi",
    "can I use the wifi while I wait",
    "what is the wifi password",
    "free wifi there?",
    "does the clinic have wifi",
)
ASKED = "is the wifi free for patients"
MISLABELLED = "will the needle hurt my forehead"
START = """
import sys
from pathlib import Path
from bot.engine.program import run
from bot.settings import from_environment
run(from_environment(), Path(sys.argv[1]))
"""


@dataclass
class Running:
    """An engine of the small project, in a process of its own, and the console's ground beside it."""

    ground: Ground
    root: Path
    url: str

    async def ask(self, http: httpx.AsyncClient, text: str) -> list[str]:
        """What a new conversation hears: kinds and refs of the replies."""
        body = {"id": new_id(), "conversation": new_id(), "text": text, "choices": [], "channel": "web"}
        answer = await http.post(f"{self.url}/turn", json=body)
        assert answer.status_code == 200
        return [f"{reply['kind']} {reply['ref']} {reply['text']}" for reply in answer.json()["replies"]]


@pytest.fixture
def running(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    # Once is enough for a test of a minute: on PostgreSQL where there is time for it.
    database_url = request.getfixturevalue("postgresql_url") if os.environ.get("CI") == "true" else ""
    root, port = make_project(tmp_path / "project"), free_port()
    settings = Settings(
        data_dir=tmp_path / "var",
        database_url=database_url,
        models_dir=tmp_path / "models",
        engine_port=port,
        engine_urls=(f"http://127.0.0.1:{port}",),
    )
    environment = {
        "MESOBOT_DATA_DIR": str(settings.data_dir),
        "MESOBOT_DATABASE_URL": database_url,
        "MESOBOT_MODELS_DIR": str(settings.models_dir),
        "MESOBOT_ENGINE_PORT": str(port),
    }
    database = open_database(settings)
    with (tmp_path / "engine.log").open("wb") as log:
        command = [sys.executable, "-c", START, str(root)]
        engine = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=log)
    yield Running(
        Ground(settings, load_clinic(ROOT / "clinic.yml"), database, Library()), root, settings.engine_urls[0]
    )
    engine.terminate()
    engine.wait(30)
    database.close()


async def label(here: Office, who: Colleague, text: str, topic: str) -> None:
    """On the page of misunderstood messages, as an editor does it."""
    conversation(here.ground, text)
    page = (await who.get("/review")).text
    (article,) = (one for one in page.split("<article") if text in one)
    action = re.search(r'action="(/review/messages/\w+)"', article)
    assert action
    answer = await who.post(action[1], topic=topic, wording=text)
    assert answer.headers["location"].endswith("labelled")


async def trained(here: Office, who: Colleague) -> str:
    """Press "Train and measure" and wait as the page does; the address of the model's page."""
    address = (await who.post("/review/models")).headers["location"]
    assert re.fullmatch(r"/review/models/[0-9a-f]{32}", address), address
    for _ in range(1200):
        if (await who.get(f"{address}/progress")).headers.get("hx-refresh"):
            return address
        await asyncio.sleep(0.2)
    raise TimeoutError("the training did not end")


@asynccontextmanager
async def patients(running: Running) -> AsyncIterator[list[Any]]:
    """Within the block somebody asks all the time; what each one heard."""
    heard: list[Any] = []

    async def go_on() -> None:
        async with httpx.AsyncClient(timeout=60) as http:
            while True:
                heard.append(await running.ask(http, "does it hurt?"))

    asking = [asyncio.create_task(go_on()) for _ in range(2)]
    yield heard
    for task in asking:
        assert not task.done() or task.exception() is None, task
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_label_is_trained_refused_released_and_taken_back(running: Running) -> None:
    await up(running.url, 240)  # it trains first
    ground, http = running.ground, httpx.AsyncClient(timeout=60)
    before = await running.ask(http, ASKED)
    assert not before[0].startswith("answer hours_location")
    async with office(ground) as here:
        editor, clinician = await here.colleague("editor"), await here.colleague("clinician")
        for text in TAUGHT:
            await label(here, editor, text, "hours_location")
        await label(here, editor, MISLABELLED, "price_payment")

        # A colleague agrees to the labels that are right; the wrong one keeps the gate closed.
        address = await trained(here, editor)
        for one in _corrections(ground):
            if one.wording != MISLABELLED:
                await clinician.post(f"/review/corrections/{one.id}/confirm")
        page = (await clinician.get(address)).text
        assert "It must not be released." in page
        assert MISLABELLED in page
        assert (await clinician.post(f"{address}/release")).headers["location"].endswith("gate_closed")
        assert await running.ask(http, ASKED) == before

        # Taken out, trained again: nothing stands against it, and the running engine takes it while patients write.
        (wrong,) = (one for one in _corrections(ground) if one.wording == MISLABELLED)
        await clinician.post(f"/review/corrections/{wrong.id}/out")
        address = await trained(here, editor)
        page = (await clinician.get(address)).text
        assert "Nothing stands against it" in page, re.findall(r"<li>.*?</li>", page)
        async with patients(running) as heard:
            assert (await clinician.post(f"{address}/release")).headers["location"].endswith("told=released")
            assert (await running.ask(http, ASKED))[0].startswith("answer hours_location")
            assert (await clinician.post("/review/models/back", release="0")).headers["location"].endswith("went_back")
            assert await running.ask(http, ASKED) == before
        assert len(heard) > 5
        assert {one[0].split()[1] for one in heard} == {"pain_numbing"}
    asked = 4 + len(heard)
    with ground.database.read() as connection:
        kept = int(connection.scalar(select(func.count()).select_from(turns)) or 0) - len(TAUGHT) - 1
        assert asked <= kept <= asked + 2  # those that were cancelled on their way are kept as well
        acts = connection.scalars(select(audit.audit.c.what).where(audit.audit.c.what.like("%release%"))).all()
    assert acts == ["release_refused", "release_model"]
    assert model_path(running.root, ground.settings.models_dir).is_file()
    await http.aclose()


def _corrections(ground: Ground) -> list[retraining.Correction]:
    with ground.database.read() as connection:
        return retraining.every_correction(ground.database, connection)
