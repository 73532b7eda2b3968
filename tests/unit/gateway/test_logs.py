"""Whatever happens, nothing that a patient wrote is in anything written: logs, database, mail (LG-2, SC-2)."""

from __future__ import annotations

import logging

import pytest

from bot.gateway.logs import configure_logs, log
from bot.settings import Settings

from .house import House, database_away, stream

CANARY = "canary-4711-zwitscher"


async def test_no_word_of_a_patient_is_written_anywhere(
    here: House, settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(logging.DEBUG)
    patient = await here.patient()
    events = stream(here.http, patient)
    for text in (CANARY, f"my throat is closing {CANARY}", f"crash {CANARY}", f"{CANARY} " * 300):
        await patient.send(text)
    await patient.send(choice=f"topic:{CANARY}")
    await here.http.get(f"/{CANARY}", params={"q": CANARY})
    await here.http.post(
        "/api/messages", content=f'{{"id": "{CANARY}', headers={**patient.headers, "Content-Type": "application/json"}
    )
    here.engine.status = 500
    await patient.send(f"poison {CANARY}")
    async with database_away(here.gateway, monkeypatch):
        await patient.send(f"want to die {CANARY}")
        await patient.send(CANARY)
    await anext(events)
    await events.aclose()
    here.engine.status = 200
    await patient.answers(4, seconds=20)
    written = "".join(capfd.readouterr())
    assert '"event": "danger.check_failed"' in written
    assert CANARY not in written
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path


def test_unknown_fields_and_messages_of_libraries_are_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    log.info("something", conversation="abc", text=CANARY, name=CANARY)
    logging.getLogger("some.library").error("could not handle %s", CANARY)
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        log.error("failed", error=error)
        logging.getLogger("some.library").exception(CANARY)
    written = capfd.readouterr().err
    assert CANARY not in written
    assert written.count("ValueError") == 2
    assert '"conversation": "abc"' in written


def test_metrics_have_no_label_that_could_name_anyone() -> None:
    from bot.gateway.metrics import Metrics

    labels = {label for metric in vars(Metrics()).values() for label in getattr(metric, "_labelnames", ())}
    assert labels <= {"stage", "channel", "outcome", "reason", "tier", "outlet", "kind", "topic"}
