"""Both real programs, the trained model included: killed under way, and everything they wrote searched for words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from bot.gateway.metrics import gathered
from bot.settings import Settings
from bot.storage import inbox
from bot.storage.database import Database, open_database
from tests.servers import free_port
from tests.system.programs import Real, up
from tests.system.test_crashes import Patient, running

WORD = "zwitscherling4711"
QUESTIONS = (
    f"does it hurt, {WORD}?",
    "how much does it cost?",  # as plain as can be: its answer is counted
    f"I take warfarin, {WORD}, can I come?",
    f"my face is swelling and I can't breathe {WORD}",
    f"I would like to book a consultation {WORD}",
)


async def answered(patient: Patient, folder: Path, seconds: float = 240) -> list[dict[str, Any]]:
    """The history once every message that was taken has been dealt with.

    The last message in it says nothing: an engine that was away answers the first questions after the last one.
    """
    database = open_database(Settings(data_dir=folder), upgrade=False)
    try:
        end = asyncio.get_running_loop().time() + seconds
        while _open(database):
            assert asyncio.get_running_loop().time() < end, "some message was never answered"
            await asyncio.sleep(0.2)
    finally:
        database.close()
    return await patient.history()


def _open(database: Database) -> int:
    with database.read() as connection:
        waiting = select(func.count()).select_from(inbox.inbox).where(inbox.i.state.in_(inbox.OPEN))
        return int(connection.scalar(waiting) or 0)


async def test_real_programs_answer_once_though_killed_and_write_no_word_anywhere(tmp_path: Path) -> None:
    port, engine_port, folder = free_port(), free_port(), tmp_path / "var"
    environment = {
        "MESOBOT_DATA_DIR": str(folder),
        "MESOBOT_PORT": str(port),
        "MESOBOT_ENGINE_PORT": str(engine_port),
    }
    gateway = Real("gateway", environment, tmp_path / "gateway.log")
    engine = Real("engine", environment, tmp_path / "engine.log")
    url = f"http://127.0.0.1:{port}"
    with running(gateway, engine):
        await up(url, 120)
        patient = Patient([url], "real")
        await patient.begin()
        for number, text in enumerate(QUESTIONS):
            response = await patient.call("POST", "/api/messages", json={"id": f"id {number}", "text": text})
            assert response.status_code == 202, response.text
            patient.accepted.append(text)
            if number == 1:  # while the engine works, or just after
                engine.kill()
                engine.start()
            if number == 3:
                gateway.kill()
                gateway.start()
                await up(url, 120)
        history = await answered(patient, folder)
        assert [one["text"] for one in history if one["from"] == "patient"] == list(QUESTIONS)
        assert [one["seq"] for one in history] == list(range(1, len(history) + 1))
        alerts = [one["ref"] for one in history if one["kind"] == "alert"]
        assert alerts == ["E1"] or (alerts and set(alerts) == {"E1"} and len(alerts) <= 2), alerts
        prices = [one for one in history if one["ref"] == "price_payment"]
        assert len(prices) == 1, [one["ref"] for one in history]
        async with httpx.AsyncClient(timeout=10) as http:
            assert (await http.get(f"{url}/metrics")).status_code == 404
        assert WORD.encode() not in gathered(folder)
        assert gateway.stop() == 0
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert WORD.encode() not in path.read_bytes(), f"{path} holds what a patient wrote"
