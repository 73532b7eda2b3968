"""Inbox, claims and jobs: what must happen once, whoever does it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.envelope import Choice, Reply
from bot.storage import conversations, inbox, jobs, outbox
from bot.storage.database import Database, StorageError
from bot.storage.tables import new_id, now

NOW = now()
LEASE = timedelta(seconds=6)


@pytest.fixture
def room(database: Database) -> str:
    id = new_id()
    with database.write() as connection:
        conversations.ensure(connection, id, "web", NOW)
    return id


def accept(database: Database, room: str, external_id: str, seq: int = 1) -> str:
    with database.write() as connection:
        return inbox.accept(
            database, connection, room, channel="web", external_id=external_id, seq=seq, at=NOW, text="hello"
        )


def together(work: Callable[[int], object], count: int = 8) -> list[object]:
    """What several threads that begin at the same moment got."""
    results: list[object] = []
    start = threading.Barrier(count)

    def one(number: int) -> None:
        start.wait()
        try:
            results.append(work(number))
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_an_external_id_is_taken_once_per_channel(database: Database, room: str) -> None:
    accept(database, room, "1")
    with pytest.raises(IntegrityError):
        accept(database, room, "1")


def test_numbers_of_a_conversation_have_no_gap_and_no_double(database: Database, room: str) -> None:
    def write(number: int) -> int:
        with database.write() as connection:
            return outbox.append(database, connection, room, Reply("text", "x", str(number)), NOW).seq

    assert sorted(map(int, together(write, 16))) == list(range(1, 17))  # type: ignore[call-overload]


def test_one_of_many_gateways_gets_the_claim(database: Database, room: str) -> None:
    def claim(number: int) -> bool:
        with database.write() as connection:
            return conversations.claim(connection, room, f"{number}", NOW, LEASE)

    assert sorted(map(bool, together(claim))) == [False] * 7 + [True]


def test_a_claim_lapses_and_can_be_renewed(database: Database, room: str) -> None:
    with database.write() as connection:
        assert conversations.claim(connection, room, "a", NOW, LEASE)
        assert conversations.claim(connection, room, "a", NOW + LEASE / 2, LEASE)
        assert not conversations.claim(connection, room, "b", NOW + LEASE, LEASE)
        assert conversations.claim(connection, room, "b", NOW + 2 * LEASE, LEASE)


def test_only_the_oldest_open_message_is_due(database: Database, room: str) -> None:
    first, second = accept(database, room, "1", 1), accept(database, room, "2", 2)
    with database.write() as connection:
        inbox.retry(connection, first, NOW + timedelta(seconds=30))
        assert inbox.due(connection, NOW, 10) == []  # the second must not overtake
        assert inbox.due(connection, NOW + timedelta(seconds=31), 10) == [room]
        assert inbox.finish(connection, first, NOW)
        assert not inbox.finish(connection, first, NOW)
        message = inbox.head(database, connection, room)
        assert message is not None
        assert message.id == second
        assert inbox.waiting(connection) == 1


def test_choices_of_any_message_of_the_conversation_count_as_offered(database: Database, room: str) -> None:
    with database.write() as connection:
        outbox.append(database, connection, room, Reply("text", "x", "x", choices=(Choice("a", "Old"),)), NOW)
        outbox.append(database, connection, room, Reply("text", "x", "x", choices=(Choice("a", "New"),)), NOW)
        assert outbox.offered(database, connection, room, ["a", "b"]) == {"a": "New"}


def test_two_colleagues_cannot_both_own_a_conversation(database: Database, room: str) -> None:
    def own(number: int) -> bool:
        with database.write() as connection:
            return conversations.take_over(connection, room, f"staff {number}", NOW)

    assert sum(map(bool, together(own))) == 1


def test_a_job_is_taken_by_one_worker(database: Database) -> None:
    with database.write() as connection:
        assert jobs.add(database, connection, "mail", {"to": "x"}, NOW)

    def take(number: int) -> bool:
        with database.write() as connection:
            job = jobs.take(database, connection, ["mail"], worker=str(number), at=NOW, lease=LEASE)
            return job is not None

    assert sum(map(bool, together(take))) == 1


def test_a_job_with_a_unique_key_is_added_once_also_after_it_was_done(database: Database) -> None:
    with database.write() as connection:
        assert jobs.add(database, connection, "mail", {}, NOW, unique_key="k")
        assert not jobs.add(database, connection, "mail", {}, NOW, unique_key="k")
        job = jobs.take(database, connection, ["mail"], worker="w", at=NOW, lease=LEASE)
        assert job is not None
        jobs.finish(database, connection, job, "w", NOW)
        assert not jobs.add(database, connection, "mail", {}, NOW, unique_key="k")
        assert jobs.queued(connection) == 0


def test_the_job_of_a_dead_worker_is_taken_again(database: Database) -> None:
    with database.write() as connection:
        jobs.add(database, connection, "mail", {}, NOW)
        assert jobs.take(database, connection, ["mail"], worker="dead", at=NOW, lease=LEASE)
        assert jobs.take(database, connection, ["mail"], worker="w", at=NOW, lease=LEASE) is None
        again = jobs.take(database, connection, ["mail"], worker="w", at=NOW + 2 * LEASE, lease=LEASE)
        assert again is not None
        assert again.attempts == 2


def test_a_failing_job_pauses_longer_each_time_and_dies(database: Database) -> None:
    at, pauses = NOW, []
    with database.write() as connection:
        jobs.add(database, connection, "mail", {}, at)
        for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
            job = jobs.take(database, connection, ["mail"], worker="w", at=at, lease=LEASE)
            assert job is not None
            dead = jobs.fail(connection, job, "w", at, "SMTPError")
            assert dead == (attempt == jobs.MAX_ATTEMPTS)
            pauses.append(min(jobs.LONGEST_PAUSE, jobs.FIRST_PAUSE * 2 ** (attempt - 1)))
            at += pauses[-1]
        assert jobs.take(database, connection, ["mail"], worker="w", at=at, lease=LEASE) is None
    assert pauses == sorted(pauses)


def test_a_job_that_was_not_begun_can_be_cancelled(database: Database) -> None:
    with database.write() as connection:
        jobs.add(database, connection, "mail", {}, NOW, unique_key="k")
        assert jobs.cancel(connection, "k")
        assert not jobs.cancel(connection, "k")


def test_a_failing_database_says_so_without_any_value(database: Database) -> None:
    with pytest.raises(StorageError) as failure, database.write() as connection:
        connection.exec_driver_sql("SELECT * FROM no_such_table_canary")
    assert "canary" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_a_lost_connection_is_replaced(database: Database, room: str) -> None:
    if database.sqlite:
        pytest.skip("a file has no connection to lose")
    with database.read() as connection, database.write() as other:
        mine = other.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        for (process,) in connection.exec_driver_sql(
            "SELECT pid FROM pg_stat_activity WHERE datname IS NOT NULL"
        ).all():
            if process not in (mine, connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()):
                other.exec_driver_sql(f"SELECT pg_terminate_backend({process})")
    with database.write() as connection:
        assert conversations.find(connection, room) is not None
