"""What waits today: alerts, messages that did not arrive, people and health checks."""

from __future__ import annotations

from datetime import timedelta

from bot.envelope import Reply
from bot.storage import deliveries, outbox

from .staffed import Office, alert, conversation, request, trail


async def test_an_alert_from_raised_to_closed(here: Office) -> None:
    room = conversation(here.ground)
    id, one, other = alert(here.ground, room), await here.colleague("reception"), await here.colleague("clinician")
    assert "less than a minute" in (await one.get("/")).text
    here.turned = timedelta(minutes=6)
    assert "for more than 5 minutes" in (await one.get("/today")).text
    assert "1 alert waits" in (await other.get("/urgent")).text
    assert (await one.post(f"/alerts/{id}/acknowledge")).headers["location"].endswith("acknowledged")
    assert (await other.post(f"/alerts/{id}/acknowledge")).headers["location"].endswith("already")
    assert (await other.get("/urgent")).text.strip() == ""
    assert (await other.post(f"/alerts/{id}/close")).headers["location"].endswith("closed")
    assert "No open alerts" in (await one.get("/")).text
    assert ("acknowledge_alert", room) in trail(here, one)


async def test_a_message_that_did_not_arrive_is_sent_again_or_put_away(here: Office) -> None:
    room, one = conversation(here.ground, channel="sms"), await here.colleague("reception")
    database, at = here.ground.database, here.ground.clock()
    with database.write() as connection:
        reply = Reply("text", "staff", "Please call us.")
        letters = [
            outbox.append(database, connection, room, reply, at, sender="staff", delivery="pending").id
            for _ in range(2)
        ]
        for letter in letters:
            deliveries.give_up(connection, room, letter, "opted_out", at)
    assert (await one.get("/")).text.count("the patient wrote STOP") == 2
    assert (await one.post(f"/letters/{letters[0]}/again")).headers["location"].endswith("sent_again")
    assert (await one.post(f"/letters/{letters[1]}/done")).headers["location"].endswith("put_away")
    assert (await one.post(f"/letters/{letters[1]}/done")).headers["location"].endswith("already")
    assert "Everything was delivered" in (await one.get("/today")).text
    with database.write() as connection:
        taken = deliveries.take(database, connection, room, here.ground.clock(), timedelta(minutes=1))
    assert taken is not None
    assert (taken.envelope.id, taken.attempts) == (letters[0], 1)
    assert ("send_again", room) in trail(here, one)


async def test_waiting_people_and_health_checks(here: Office) -> None:
    request(here.ground, conversation(here.ground))
    one = await here.colleague("clinician")
    page = (await one.get("/")).text
    assert "asked for a person" in page
    async with here.browser() as operator:
        assert (await operator.get("/healthz")).json() == {"status": "ok", "database": True}
        assert "mesobot_console_people_waiting 1.0" in (await operator.get("/metrics")).text
