"""The card goes out at once and always: whatever else is broken (SA-1, SA-7)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, select, update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.clinic import Clinic
from bot.demo.serving import listening
from bot.envelope import Reply
from bot.settings import Settings
from bot.storage import alerts, conversations
from bot.storage.alerts import alerts as table

from .house import House, Patient, database_away, house, stream, until

EMERGENCY = "help, my throat is closing"


def rows(here: House) -> list[Any]:
    with here.gateway.ground.database.read() as connection:
        return list(connection.execute(select(table).order_by(table.c.raised_at)))


def mails(settings: Settings) -> list[str]:
    return [path.read_text() for path in sorted((settings.data_dir / "mail").glob("*.eml"))]


async def cards(patient: Patient) -> list[dict[str, Any]]:
    return [one for one in await patient.read() if one["kind"] == "alert"]


@pytest.mark.parametrize(("text", "flag"), [(EMERGENCY, "E1"), ("it is hot and red", "U1"), ("I want to die", "SH1")])
async def test_the_card_follows_the_message_before_the_engine_answers(here: House, text: str, flag: str) -> None:
    here.engine.delay = 1
    patient = await here.patient()
    assert (await patient.send(text)).json() == {"seq": 3}
    card = (await patient.read(3))[0]
    assert (card["seq"], card["kind"], card["ref"], card["from"]) == (4, "alert", flag, "bot")
    assert any(link["href"].startswith("tel:") for link in card["links"])
    await patient.answers(1)
    assert here.engine.heard[0]["alerted"] == flag


MAYBE = "maybe my throat is closing"


@pytest.mark.parametrize(("tier", "cards_shown"), [("none", 0), ("expected", 0), ("urgent", 1), ("self_harm", 1)])
async def test_the_engine_has_the_last_word_on_what_is_doubtful(here: House, tier: str, cards_shown: int) -> None:
    here.engine.tier = tier
    patient = await here.patient()
    await patient.send(MAYBE)
    await patient.answers(1)
    assert len(await cards(patient)) == len(rows(here)) == cards_shown


async def test_it_has_no_word_on_what_is_certain(here: House) -> None:
    here.engine.tier = "none"
    patient = await here.patient()
    await patient.send(EMERGENCY)
    assert len(await cards(patient)) == 1


@pytest.mark.parametrize(("delay", "status"), [(2.0, 200), (0.0, 500), (0.0, 503)])
async def test_what_is_doubtful_is_shown_when_the_engine_cannot_say(here: House, delay: float, status: int) -> None:
    here.engine.delay, here.engine.status = delay, status
    patient = await here.patient()
    started = asyncio.get_running_loop().time()
    await patient.send(MAYBE)
    assert len(await cards(patient)) == 1
    assert asyncio.get_running_loop().time() - started < 1.5


async def test_what_is_doubtful_is_shown_without_an_engine(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic, engine_up=False) as here:
        patient = await here.patient()
        await patient.send(MAYBE)
        assert len(await cards(patient)) == 1


async def test_what_an_engine_would_read_only_half_is_not_taken_back(here: House) -> None:
    patient = await here.patient()
    await patient.send("I was very happy with the visit. " * 40 + MAYBE)
    assert len(await cards(patient)) == 1


async def test_staff_get_one_alert_with_no_word_of_the_patient(here: House, settings: Settings) -> None:
    patient = await here.patient()
    await patient.send(EMERGENCY)
    await until(lambda: mails(settings))
    assert [(row.flag, row.tier, row.conversation) for row in rows(here)] == [("E1", "emergency", patient.conversation)]
    await until(lambda: rows(here)[0].delivered_at)
    assert "throat" not in mails(settings)[0]
    assert patient.conversation in mails(settings)[0]


async def test_saying_it_twice_shows_the_card_twice_and_calls_staff_once(here: House) -> None:
    patient = await here.patient()
    await patient.send(EMERGENCY)
    await patient.send(EMERGENCY)
    assert len(await cards(patient)) == 2
    assert len(rows(here)) == 1


async def test_a_card_of_the_engine_raises_an_alert_too(here: House) -> None:
    here.engine.replies = [Reply("alert", "U2", "Please call the clinic today.")]
    patient = await here.patient()
    await patient.send("lumps, weeks later")
    await until(lambda: rows(here))
    assert [(row.flag, row.tier) for row in rows(here)] == [("U2", "urgent")]


@pytest.mark.parametrize("gone", ["U99", "Z1"])
async def test_an_alarm_of_another_release_is_not_repeated(here: House, gone: str) -> None:
    first = await here.patient()
    await first.send(EMERGENCY)
    with here.gateway.ground.database.write() as connection:
        connection.execute(update(table).values(flag=gone))
    second = await here.patient(former=first.token)
    assert [one["ref"] for one in second.opening] == ["disclosure", "greeting"]


async def test_the_alarm_is_repeated_in_the_persons_next_conversation_until_closed(here: House) -> None:
    first = await here.patient()
    await first.send(EMERGENCY)
    second = await here.patient(former=first.token)
    assert [one["ref"] for one in second.opening] == ["disclosure", "E1", "greeting"]
    await second.send("can I wear make-up?")
    await until(lambda: len(here.engine.heard) > 1)
    assert here.engine.heard[-1]["alarm"] == "E1"
    assert (await second.send(choice="alert:closed")).status_code == 202
    third = await here.patient(former=second.token)
    assert [one["ref"] for one in third.opening] == ["disclosure", "greeting"]
    assert [one["ref"] for one in (await here.patient()).opening] == ["disclosure", "greeting"]


async def test_the_alarm_is_not_repeated_after_staff_closed_it(here: House) -> None:
    first = await here.patient()
    await first.send(EMERGENCY)
    with here.gateway.ground.database.write() as connection:
        assert alerts.close(connection, rows(here)[0].id, "anna", here.gateway.ground.clock())
    second = await here.patient(former=first.token)
    assert [one["ref"] for one in second.opening] == ["disclosure", "greeting"]


async def test_danger_is_heard_while_a_person_owns_the_conversation(here: House) -> None:
    patient = await here.patient()
    with here.gateway.ground.database.write() as connection:
        conversations.take_over(connection, patient.conversation, "anna", here.gateway.ground.clock())
    await patient.send(EMERGENCY)
    assert len(await cards(patient)) == 1
    assert len(rows(here)) == 1


async def test_danger_in_an_overlong_message_gets_its_card_with_the_refusal(here: House) -> None:
    patient = await here.patient()
    response = await patient.send("x " * 2500 + EMERGENCY)
    assert response.status_code == 413
    assert response.json()["envelopes"][0]["ref"] == "E1"
    assert len(await cards(patient)) == 1
    assert len(rows(here)) == 1


async def test_whoever_speaks_of_danger_is_never_told_to_slow_down(here: House) -> None:
    patient = await here.patient()
    assert any([(await patient.send("hi")).status_code == 429 for _ in range(40)])
    assert (await patient.send(EMERGENCY)).status_code == 202


async def test_a_check_that_crashes_shows_the_numbers_to_call(here: House) -> None:
    patient = await here.patient()
    assert (await patient.send("this will crash the check")).status_code == 202
    notice = (await patient.read(3))[0]
    assert notice["ref"] == "unchecked"
    assert "999" in notice["text"]
    assert rows(here) == []


# -- chaos -----------------------------------------------------------------------------------------------------------


async def test_the_card_is_sent_with_the_engine_stopped(settings: Settings, clinic: Clinic) -> None:
    async with house(settings, clinic, engine_up=False) as here:
        patient = await here.patient()
        assert (await patient.send(EMERGENCY)).status_code == 202
        assert len(await cards(patient)) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_the_card_is_sent_with_the_model_missing(here: House, status: int) -> None:
    here.engine.status = status  # an engine that runs, but has nothing to think with
    patient = await here.patient()
    await patient.send(EMERGENCY)
    assert len(await cards(patient)) == 1


async def assert_the_card_comes_in_the_answer(here: House, patient: Patient) -> None:
    response = await here.http.post(
        "/api/messages", json={"id": "now", "text": EMERGENCY}, headers=patient.headers, timeout=5
    )
    assert response.status_code == 200
    card = response.json()["envelopes"][0]
    assert (card["seq"], card["kind"], card["ref"]) == (None, "alert", "E1")
    assert card["links"][0]["href"] == "tel:999"


async def test_the_card_is_sent_with_the_database_gone(
    here: House, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = await here.patient()
    async with database_away(here.gateway, monkeypatch):
        await assert_the_card_comes_in_the_answer(here, patient)
        await until(lambda: mails(settings))  # staff hear of it all the same
        harmless = await patient.send("hello")
        assert harmless.status_code == 503
        assert "999" in harmless.json()["detail"]
    assert (await patient.send(EMERGENCY, id="now")).status_code == 202


@pytest.mark.usefixtures("sqlite_only")
async def test_the_card_is_sent_with_the_database_locked(here: House, settings: Settings) -> None:
    patient = await here.patient()
    lock = sqlite3.connect(settings.data_dir / "mesobot.sqlite", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    try:
        await assert_the_card_comes_in_the_answer(here, patient)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    assert (await patient.send(EMERGENCY, id="now")).status_code == 202


@pytest.mark.usefixtures("sqlite_only")
async def test_the_card_is_sent_with_the_database_full(here: House) -> None:
    patient = await here.patient()
    database = here.gateway.ground.database
    database.engine.dispose()  # the limit counts for each connection

    def no_more_pages(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine, "connect", no_more_pages)
    for _ in range(200):
        if (await patient.send(EMERGENCY)).status_code != 202:
            break
    harmless = await patient.send("y" * 4000)
    assert harmless.status_code == 503
    await assert_the_card_comes_in_the_answer(here, patient)


async def test_the_card_is_sent_when_the_database_was_never_there(
    settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.gateway.START_SECONDS", 0.2)
    nowhere = replace(settings, database_url=f"sqlite:///{settings.data_dir / 'no' / 'such' / 'folder.sqlite'}")
    async with house(nowhere, clinic) as here:
        patient = await here.patient()
        await assert_the_card_comes_in_the_answer(here, patient)
        health = await here.http.get("/healthz")
        assert (health.status_code, health.json()["status"]) == (503, "down")


async def test_an_open_stream_shows_the_card_that_could_not_be_stored(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = await here.patient()
    events = stream(here.http, patient)
    await anext(events)
    await anext(events)
    async with database_away(here.gateway, monkeypatch):
        response = await patient.send(EMERGENCY)
        assert await asyncio.wait_for(anext(events), 30) == response.json()["envelopes"][0]
    await events.aclose()


async def test_the_patient_is_told_to_phone_when_no_outlet_takes_the_alert(
    settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.alerts.CHECK_AFTER", timedelta(seconds=1))
    dead = replace(settings, alert_webhook="http://127.0.0.1:9/hook")
    async with house(dead, clinic) as here:
        patient = await here.patient()
        await patient.send(EMERGENCY)
        found = await patient.read_until(lambda one: one["ref"] == "alert_undelivered")
        assert sum(one["ref"] == "alert_undelivered" for one in found) == 1
        assert rows(here)[0].undelivered_at is not None


async def test_it_asks_staff_again_until_someone_acknowledges(
    settings: Settings, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.gateway.alerts.ACKNOWLEDGE_WITHIN", timedelta(seconds=1))
    async with house(settings, clinic) as here:
        patient = await here.patient()
        await patient.send(EMERGENCY)
        await until(lambda: len(mails(settings)) == 2)
        assert rows(here)[0].escalated_at is not None
        with here.gateway.ground.database.write() as connection:
            alerts.acknowledge(connection, rows(here)[0].id, "anna", here.gateway.ground.clock())
        await asyncio.sleep(2)
        assert len(mails(settings)) == 2


def test_no_text_promises_that_someone_reads() -> None:
    words = Path("bot/gateway/phrases/en.yml").read_text().lower()
    assert not any(promise in words for promise in ("someone will", "we will reply", "is reading", "will see this"))


async def test_a_webhook_can_be_checked_by_its_receiver(settings: Settings, clinic: Clinic) -> None:
    got: list[tuple[str, bytes]] = []

    async def hook(request: Request) -> Response:
        got.append((request.headers["mesobot-signature"], await request.body()))
        return Response(status_code=204)

    async with listening(Starlette(routes=[Route("/hook", hook, methods=["POST"])])) as url:
        hooked = replace(settings, alert_webhook=f"{url}/hook")
        async with house(hooked, clinic) as here:
            await (await here.patient()).send(EMERGENCY)
            await until(lambda: got)
    signature, body = got[0]
    stamp, mac = (part.partition("=")[2] for part in signature.split(","))
    key = hmac.new(settings.secret_key.encode(), b"mesobot.alert-webhook.v1", hashlib.sha256).digest()
    assert mac == hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert b"throat" not in body
    assert httpx.Response(200, content=body).json()["flag"] == "E1"
