from __future__ import annotations

import threading

import pytest

from bot.envelope import Choice, Reply
from bot.storage import conversations
from bot.storage.database import Database
from bot.storage.tables import new_id, now
from bot.storage.turns import StoredTurn, TurnStore

REPLY = Reply("answer", "pain_numbing", "It stings a little.", choices=(Choice("human", "Talk to a person"),))


def test_it_gives_a_committed_turn_back(database: Database) -> None:
    store = TurnStore(database)
    inbox_id, conversation = new_id(), new_id()
    store.commit(inbox_id, conversation, b"tracker", [REPLY], {"topic": "pain_numbing"})
    assert store.find(inbox_id) == StoredTurn((REPLY,), {"topic": "pain_numbing"})
    assert store.load_tracker(conversation) == b"tracker"


def test_it_knows_nothing_of_a_new_message(database: Database) -> None:
    store = TurnStore(database)
    assert store.find(new_id()) is None
    assert store.load_tracker(new_id()) is None


def test_the_second_commit_of_a_message_changes_nothing_and_returns_the_first(database: Database) -> None:
    store = TurnStore(database)
    inbox_id, conversation = new_id(), new_id()
    store.commit(inbox_id, conversation, b"first", [REPLY], {})
    kept = store.commit(inbox_id, conversation, b"second", [], {"other": 1})
    assert kept == StoredTurn((REPLY,), {})
    assert store.load_tracker(conversation) == b"first"


def test_of_engines_racing_for_a_message_one_wins_and_all_agree(database: Database) -> None:
    inbox_id, conversation = new_id(), new_id()
    kept: list[StoredTurn] = []
    start = threading.Barrier(8)

    def engine(number: int) -> None:
        start.wait()
        reading = {"engine": number}
        kept.append(TurnStore(database).commit(inbox_id, conversation, str(number).encode(), [REPLY], reading))

    threads = [threading.Thread(target=engine, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({turn.reading["engine"] for turn in kept}) == 1
    assert TurnStore(database).load_tracker(conversation) == str(kept[0].reading["engine"]).encode()


def test_it_writes_nothing_for_an_erased_conversation(database: Database) -> None:
    conversation = new_id()
    with database.write() as connection:
        conversations.ensure(connection, conversation, "web", now())
        connection.execute(conversations.conversations.update().values(erased_at=now()))
    store = TurnStore(database)
    inbox_id = new_id()
    with pytest.raises(conversations.ErasedError):
        store.commit(inbox_id, conversation, b"tracker", [REPLY], {})
    assert store.find(inbox_id) is None
    assert store.load_tracker(conversation) is None
