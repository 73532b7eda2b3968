"""Who is behind conversations: a random person id, and channel addresses that only their keyed hash finds again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Connection, Index, String, Table, UniqueConstraint, select, update

from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

# `person` is also on conversations; nothing else joins an address to what was said.
identities = Table(
    "identities",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person", Id, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("lookup", String(64), nullable=False, info={"digest_of": "address"}),
    Column("created", Instant, nullable=False),
    Column("stopped_at", Instant),  # said STOP: nothing is sent until they say START
    sealed("address"),
    UniqueConstraint("channel", "lookup"),
    Index(None, "person"),
)
t = identities.c


def person_of(database: Database, connection: Connection, channel: str, address: str, at: datetime) -> str:
    """The person behind a channel address, made on first contact."""
    digests = database.keys.digests(address, channel)
    known = connection.scalar(select(t.person).where(t.channel == channel, t.lookup.in_(digests)))
    if known is not None:
        return str(known)
    id, person = new_id(), new_id()
    connection.execute(
        identities.insert().values(
            id=id,
            person=person,
            channel=channel,
            lookup=digests[0],
            created=at,
            address=database.seal(t.address, id, address),
        )
    )
    return person


def stop(connection: Connection, person: str, channel: str, at: datetime | None) -> bool:
    """Note that the person wants no more messages on a channel, or (None) wants them again; False if it was so."""
    was = t.stopped_at.is_(None) if at else t.stopped_at.is_not(None)
    statement = update(identities).where(t.person == person, t.channel == channel, was)
    return bool(connection.execute(statement.values(stopped_at=at)).rowcount)


def stopped(connection: Connection, person: str, channel: str) -> bool:
    """Whether the person said STOP on a channel."""
    query = select(t.id).where(t.person == person, t.channel == channel, t.stopped_at.is_not(None))
    return connection.scalar(query) is not None


def stopped_at_address(database: Database, connection: Connection, channel: str, address: str) -> bool:
    """Whether whoever is at this address said STOP."""
    mine = (t.channel == channel, t.lookup.in_(database.keys.digests(address, channel)), t.stopped_at.is_not(None))
    return connection.scalar(select(t.id).where(*mine)) is not None


def address_of(database: Database, connection: Connection, person: str, channel: str) -> str | None:
    """Where the person is reached on a channel."""
    row = connection.execute(select(t.id, t.address).where(t.person == person, t.channel == channel)).first()
    return None if row is None else str(database.unseal(t.address, row.id, row.address))
