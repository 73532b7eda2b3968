"""What a patient agreed to, refused or withdrew: one row per decision, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Column, Connection, Integer, String, Table, select

from bot.storage.tables import Id, Instant, metadata

Decision = Literal["given", "refused", "withdrawn"]

# Kept when a conversation is erased: it proves that consent was asked for, and names nobody (random id only).
consents = Table(
    "consents",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("purpose", String(40), nullable=False),
    Column("decision", String(10), nullable=False),
    Column("notice", String(40), nullable=False),  # version of the text that was shown
    Column("channel", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    info={"erase": "keep"},
)


@dataclass(frozen=True)
class Consent:
    """One decision."""

    purpose: str
    decision: Decision
    notice: str
    channel: str
    at: datetime


def record(connection: Connection, conversation: str, consent: Consent) -> None:
    """Add a decision to the history."""
    connection.execute(consents.insert().values(conversation=conversation, **vars(consent)))


def history(connection: Connection, conversation: str) -> list[Consent]:
    """Every decision, oldest first."""
    rows = connection.execute(
        select(*(consents.c[name] for name in Consent.__dataclass_fields__))
        .where(consents.c.conversation == conversation)
        .order_by(consents.c.number)
    )
    return [Consent(**row._mapping) for row in rows]


def given(connection: Connection, conversation: str, purpose: str) -> bool:
    """Whether consent to the purpose holds now."""
    decisions = [consent.decision for consent in history(connection, conversation) if consent.purpose == purpose]
    return bool(decisions) and decisions[-1] == "given"
