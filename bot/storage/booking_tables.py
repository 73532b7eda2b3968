"""Tables of booking. Nobody is booked twice because of the primary key of `slot_units`: (practitioner, 5-minute unit).

To take a time is to insert its units; the insert that comes second fails. A hold is units with `expires`, an
appointment or a blocked time is units without.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from bot.storage.tables import Id, Instant, metadata, sealed

slot_units = Table(
    "slot_units",
    metadata,
    Column("practitioner", String(40), primary_key=True),
    Column("unit", BigInteger, primary_key=True, autoincrement=False),  # 5 minutes, counted from 1970
    Column("owner", Id, nullable=False, index=True),  # a hold's id, which its booking keeps, or a block's
    Column("conversation", Id, index=True),
    Column("expires", Instant),  # null: an appointment or a blocked time
    info={"erase": "delete"},
)
holds = Table(
    "holds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False, unique=True),  # one at a time
    Column("service", String(40), nullable=False),
    Column("practitioner", String(40), nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    info={"erase": "delete"},
)
bookings = Table(
    "bookings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False),
    Column("contact", Id, nullable=False),
    Column("hold", Id, nullable=False, unique=True),  # owner of its units: the hold it was last made of
    Column("code", String(12), nullable=False, unique=True),
    Column("calendar", Id, nullable=False, unique=True),
    Column("state", String(10), nullable=False),  # pending | confirmed | cancelled
    Column("service", String(40), nullable=False),
    Column("practitioner", String(40), nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("reminders", Boolean, nullable=False, default=False),  # the separate opt-in (CN-6)
    Column("made", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
    sealed("claims"),  # of the verdict: a hash of the answers, never an answer
    Index(None, "conversation"),
    Index(None, "starts"),
    info={"erase": "delete"},
)
# Who comes, apart from what they answered; only `bookings.contact` and `waiting.contact` lead here.
contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False, index=True),
    Column("channel", String(20), nullable=False),  # email | phone
    Column("lookup", String(64), nullable=False, index=True, info={"digest_of": "address"}),
    Column("created", Instant, nullable=False),
    sealed("name"),
    sealed("address"),
    info={"erase": "delete"},
)
waiting = Table(
    "waiting",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation", Id, nullable=False),
    Column("contact", Id, nullable=False),
    Column("service", String(40), nullable=False),
    Column("part", String(10), nullable=False),
    Column("first", String(10)),  # ISO days
    Column("last", String(10)),
    Column("asked", Instant, nullable=False),
    Column("told", Instant),
    UniqueConstraint("conversation", "service"),
    Index(None, "service", "told"),
    info={"erase": "delete"},
)
