"""Export, erasure, retention and rotation: what a person is owed of everything we hold."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.envelope import Choice, Reply
from bot.settings import Settings
from bot.storage import (
    alerts,
    audit,
    consents,
    conversations,
    erasure,
    inbox,
    jobs,
    outbox,
    people,
    retention,
    rotation,
)
from bot.storage.database import Database, open_database
from bot.storage.encryption import KeyRing, new_key
from bot.storage.tables import load_every_table, new_id, now
from bot.storage.turns import TurnStore

CANARY = "canary-4711-zwitscher"
NOW = now()


def live(database: Database, at: datetime = NOW, *, kind: str = "chat", channel: str = "sms") -> str:
    """A conversation with something in every table; everything personal contains the canary."""
    room = new_id()
    with database.write() as connection:
        person = people.person_of(database, connection, channel, f"{CANARY}-{room}", at)
        conversations.ensure(connection, room, channel, at, person=person, language="en")
        connection.execute(conversations.conversations.update().values(retention=kind))
        said = outbox.append(database, connection, room, Reply("text", "message", CANARY), at, sender="patient")
        received = inbox.accept(
            database, connection, room, channel=channel, external_id=new_id(), seq=said.seq, at=at, text=CANARY
        )
        card = Reply("alert", "E1", CANARY, choices=(Choice("alert:closed", CANARY),))
        outbox.append(database, connection, room, card, at)
        alerts.raise_alert(
            database, connection, room, flag="E1", tier="emergency", at=at, card=card, words=CANARY, inbox=received
        )
        jobs.add(database, connection, "remind", {"text": CANARY}, at, conversation=room)
        consents.record(connection, room, consents.Consent("health", "given", "1", channel, at))
    TurnStore(database).commit(received, room, json.dumps({"slot": CANARY}).encode(), [card], {"text": CANARY})
    return room


def rows(database: Database, table: str, room: str) -> int:
    found = load_every_table().tables[table]
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(found).where(found.c.conversation == room)) or 0)


def everything(database: Database) -> bytes:
    """All values of all rows, and all bytes on disk when that is where they are."""
    dump = b""
    with database.read() as connection:
        for table in load_every_table().sorted_tables:
            for row in connection.execute(select(table)):
                dump += b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in row)
    return dump


def test_no_personal_word_is_readable_in_the_database(database: Database, settings: Settings) -> None:
    live(database)
    assert CANARY.encode() not in everything(database)
    for path in settings.data_dir.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def test_every_table_says_what_erasing_does_to_it() -> None:
    for table in load_every_table().sorted_tables:
        if "conversation" in table.c:
            assert table.info.get("erase") in ("delete", "wipe", "keep"), table.name


def test_nothing_outside_an_encrypted_column_could_hold_words() -> None:
    """Free text columns are short on purpose: codes, ids and staff names fit, what patients write does not."""
    for table in load_every_table().sorted_tables:
        for column in table.c:
            length = getattr(column.type, "length", None)
            assert str(column.type) not in ("TEXT", "JSON", "CLOB"), column
            assert length is None or length <= 200, column


def test_erasing_leaves_nothing_of_a_conversation(database: Database) -> None:
    room, other = live(database), live(database)
    assert erasure.erase(database, room, who="patient")
    for table in ("messages", "inbox", "turns", "trackers", "jobs"):
        assert rows(database, table, room) == 0, table
        assert rows(database, table, other) > 0, table
    with database.read() as connection:
        assert not connection.scalar(select(alerts.a.content).where(alerts.a.conversation == room))
        identities = select(func.count()).select_from(people.identities)
        assert connection.scalar(identities) == 1  # the other person's
        assert consents.given(connection, room, "health")  # the proof that we asked stays
        tombstone = conversations.find(connection, room)
    assert tombstone is not None
    assert (tombstone.person, tombstone.language, tombstone.alarm) == (None, None, None)


def test_erasing_twice_says_that_there_was_nothing(database: Database) -> None:
    room = live(database)
    assert erasure.erase(database, room)
    assert not erasure.erase(database, room)
    assert not erasure.erase(database, new_id())


def test_an_erased_conversation_cannot_be_written_to(database: Database) -> None:
    room = live(database)
    erasure.erase(database, room)
    with pytest.raises(conversations.ErasedError), database.write() as connection:
        outbox.append(database, connection, room, Reply("text", "x", "late"), NOW)
    with pytest.raises(conversations.ErasedError), database.write() as connection:
        conversations.ensure(connection, room, "web", NOW)


def test_an_export_holds_everything_and_is_json(database: Database) -> None:
    room = live(database)
    document = erasure.export(database, room, who="anna", why="asked by letter")
    assert document is not None
    text = json.dumps(document)
    assert [one["from"] for one in document["messages"]] == ["patient", "bot"]
    assert document["state"] == {"slot": CANARY}
    assert document["alerts"][0]["content"]["words"] == CANARY
    assert document["consents"][0]["decision"] == "given"
    assert document["access"][-1]["who"] == "anna"
    assert document["jobs"][0]["payload"] == {"text": CANARY}
    assert text.count(CANARY) >= 7
    assert erasure.export(database, new_id()) is None


@pytest.mark.parametrize(("kind", "keep"), list(retention.CLASSES.items()))
def test_each_class_is_kept_its_time_and_no_longer(database: Database, kind: str, keep: timedelta) -> None:
    room = live(database, kind=kind)
    with database.write() as connection:
        assert retention.apply(connection, NOW + keep - timedelta(minutes=1)) == 0
    with database.write() as connection:
        assert retention.apply(connection, NOW + keep + timedelta(minutes=1)) == 1
        assert retention.apply(connection, NOW + keep + timedelta(minutes=1)) == 0
    assert rows(database, "messages", room) == 0
    with database.write() as connection:
        retention.apply(connection, NOW + keep + retention.TOMBSTONE + timedelta(minutes=2))
        assert conversations.find(connection, room) is None


def test_retention_waits_while_a_person_owns_the_conversation(database: Database) -> None:
    room = live(database)
    with database.write() as connection:
        conversations.take_over(connection, room, "anna", NOW)
        assert retention.apply(connection, NOW + timedelta(days=99)) == 0


def test_rotation_moves_everything_to_the_new_key(database: Database) -> None:
    room = live(database)
    old = database.keys
    fresh = new_key()
    database.keys = _Ring(KeyRing([fresh]), old)  # type: ignore[assignment]
    assert rotation.rotate(database) > 5
    assert rotation.rotate(database) == 0
    database.keys = KeyRing([fresh])
    with database.write() as connection:
        assert outbox.after(database, connection, room, 0)[0].reply.text == CANARY
        room_row = conversations.find(connection, room)
        assert room_row is not None
        assert room_row.person == people.person_of(database, connection, "sms", f"{CANARY}-{room}", NOW)
    tracker = TurnStore(database).load_tracker(room)
    assert tracker is not None
    assert CANARY.encode() in tracker


class _Ring(KeyRing):
    """A ring of a new ring's keys before an old one's."""

    def __init__(self, first: KeyRing, second: KeyRing) -> None:
        self._keys = first._keys + second._keys


def test_the_audit_trail_is_whole_until_someone_touches_it(settings_of_nothing: Settings) -> None:
    database = open_database(settings_of_nothing)
    with database.write() as connection:
        for number in range(5):
            audit.record(connection, NOW, "anna", "read", conversation=None, why=f"case {number}")
        assert audit.first_break(connection) is None
        # Whoever can drop triggers can change rows; the chain tells.
        drop = "DROP TRIGGER audit_no_update" if database.sqlite else "DROP TRIGGER audit_guard ON audit"
        connection.exec_driver_sql(drop)
        connection.execute(audit.audit.update().where(audit.audit.c.number == 3).values(who="nobody"))
        assert audit.first_break(connection) == 3
    database.close()


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_the_audit_trail_refuses_change(database: Database, change: str) -> None:
    with database.write() as connection:
        audit.record(connection, NOW, "anna", "read")
    with pytest.raises(Exception, match=r"(?i)integrity|audit|Raise|Error"), database.write() as connection:
        connection.exec_driver_sql(change)
    with database.read() as connection:
        assert connection.scalar(select(audit.audit.c.who)) == "anna"


def test_audit_rows_go_after_six_years(database: Database) -> None:
    with database.write() as connection:
        audit.record(connection, NOW - timedelta(days=7 * 366), "anna", "read")
        audit.record(connection, NOW, "anna", "read")
        retention.apply(connection, NOW)
        assert connection.scalar(select(func.count()).select_from(audit.audit)) == 1
        assert audit.first_break(connection) is None


def test_consent_is_what_was_decided_last(database: Database) -> None:
    room = new_id()
    with database.write() as connection:
        for decision in ("given", "withdrawn"):
            consents.record(connection, room, consents.Consent("health", decision, "1", "web", NOW))  # type: ignore[arg-type]
        assert not consents.given(connection, room, "health")
        assert [one.decision for one in consents.history(connection, room)] == ["given", "withdrawn"]
