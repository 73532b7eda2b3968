"""Staff of the clinic: accounts, their sessions at the console, and failed sign-ins.

A password is kept as its argon2id hash, a session and an invitation as the hash of what the browser holds, the secret
of the second step sealed. Nothing here can be used to sign in by whoever reads the table.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, or_, select, update

from bot.storage.database import Database
from bot.storage.tables import Id, Instant, metadata, new_id, sealed

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False),  # as patients see it
    Column("login", String(80), nullable=False, unique=True),  # the name, folded
    Column("role", String(20), nullable=False),
    Column("password", String(200)),  # argon2id; null until the invitation was used
    sealed("totp", nullable=True),
    Column("totp_step", BigInteger),  # the newest code's time step: no code counts twice
    Column("invite", String(64), unique=True),
    Column("invite_until", Instant),
    Column("created", Instant, nullable=False),
    Column("disabled_at", Instant),
)
staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("staff", Id, nullable=False, index=True),
    Column("created", Instant, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("ended", Instant),
)
sign_ins = Table(  # failures by folded name, of real and of invented accounts alike
    "sign_ins",
    metadata,
    Column("login", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("at", Instant, nullable=False),
)
s, v, f = staff.c, staff_sessions.c, sign_ins.c

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)
FREE_TRIES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)


@dataclass(frozen=True)
class Member:
    """Someone who works here."""

    id: str
    name: str
    login: str
    role: str
    password: str | None
    totp: str | None
    totp_step: int | None
    created: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class StaffSession:
    """A signed-in browser. `id` is the hash of its cookie."""

    id: str
    staff: Member
    seen: datetime


def folded(name: str) -> str:
    """The name as it is looked up."""
    return " ".join(name.split()).casefold()


def hashed(secret: str) -> str:
    """What is kept of a random token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add(connection: Connection, name: str, role: str, at: datetime) -> str:
    """A new account without a password; its id. `IntegrityError` when the name is taken."""
    id = new_id()
    connection.execute(
        staff.insert().values(id=id, name=" ".join(name.split()), login=folded(name), role=role, created=at)
    )
    return id


def everyone(database: Database, connection: Connection) -> list[Member]:
    """All accounts, by name."""
    return [_member(database, row) for row in connection.execute(select(staff).order_by(s.login))]


def find(database: Database, connection: Connection, id: str) -> Member | None:
    """One account."""
    row = connection.execute(select(staff).where(s.id == id)).one_or_none()
    return _member(database, row) if row else None


def by_login(database: Database, connection: Connection, name: str) -> Member | None:
    """The account of a name as typed."""
    row = connection.execute(select(staff).where(s.login == folded(name))).one_or_none()
    return _member(database, row) if row else None


def names(connection: Connection) -> dict[str, str]:
    """Names by id, for lists."""
    return {row.id: row.name for row in connection.execute(select(s.id, s.name))}


def invite(connection: Connection, id: str, token: str, until: datetime) -> None:
    """Let whoever holds `token` choose a password, once; an earlier invitation is void."""
    connection.execute(update(staff).where(s.id == id).values(invite=hashed(token), invite_until=until))


def invited(database: Database, connection: Connection, token: str, at: datetime) -> Member | None:
    """Whose living invitation this is."""
    mine = (s.invite == hashed(token), s.invite_until > at, s.disabled_at.is_(None))
    row = connection.execute(select(staff).where(*mine)).one_or_none()
    return _member(database, row) if row else None


def use_invite(connection: Connection, id: str, token: str) -> bool:
    """Use it up; False when somebody else was first."""
    mine = update(staff).where(s.id == id, s.invite == hashed(token))
    return bool(connection.execute(mine.values(invite=None, invite_until=None)).rowcount)


def set_password(
    database: Database, connection: Connection, id: str, password: str, totp: str | None, step: int | None
) -> None:
    """Keep a password's hash and the secret of the second step."""
    kept = None if totp is None else database.seal(s.totp, id, totp)
    connection.execute(update(staff).where(s.id == id).values(password=password, totp=kept, totp_step=step))


def use_step(connection: Connection, id: str, step: int) -> bool:
    """Note that the code of this time step was used; False when it or a later one was before."""
    fresh = or_(s.totp_step.is_(None), s.totp_step < step)
    return bool(connection.execute(update(staff).where(s.id == id, fresh).values(totp_step=step)).rowcount)


def disable(connection: Connection, id: str, at: datetime) -> None:
    """End an account with its sessions and invitations. What it did stays on record."""
    connection.execute(update(staff).where(s.id == id).values(disabled_at=at, invite=None, invite_until=None))
    end_all(connection, id, at)


# ---- sessions


def begin(connection: Connection, id: str, token: str, at: datetime) -> None:
    """A new session for the browser that holds `token`."""
    connection.execute(staff_sessions.insert().values(id=hashed(token), staff=id, created=at, seen=at))


def session(database: Database, connection: Connection, token: str, at: datetime) -> StaffSession | None:
    """The living session of a cookie: not ended, not idle too long, not too old, its account not disabled."""
    return session_by_id(database, connection, hashed(token), at)


def session_by_id(database: Database, connection: Connection, id: str, at: datetime) -> StaffSession | None:
    """The same, by the id that the server knows it by."""
    query = (
        select(staff, v.seen)
        .join(staff_sessions, v.staff == s.id)
        .where(v.id == id, v.ended.is_(None), v.seen > at - IDLE, v.created > at - LONGEST, s.disabled_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    return StaffSession(id, _member(database, row), row.seen) if row else None


def touch(connection: Connection, id: str, at: datetime) -> None:
    """Somebody is there."""
    connection.execute(update(staff_sessions).where(v.id == id).values(seen=at))


def end(connection: Connection, id: str, at: datetime) -> None:
    """Sign out."""
    connection.execute(update(staff_sessions).where(v.id == id, v.ended.is_(None)).values(ended=at))


def end_all(connection: Connection, staff_id: str, at: datetime) -> None:
    """Sign out everywhere."""
    connection.execute(update(staff_sessions).where(v.staff == staff_id, v.ended.is_(None)).values(ended=at))


# ---- failed sign-ins


def locked_until(connection: Connection, name: str, at: datetime) -> datetime | None:
    """Until when this name may not try again; the same for a name that nobody has."""
    until: datetime | None = connection.scalar(select(f.locked_until).where(f.login == hashed(folded(name))))
    return until if until is not None and until > at else None


def failed(connection: Connection, name: str, at: datetime) -> None:
    """Count a failure; from the fifth on each locks twice as long."""
    key = hashed(folded(name))
    before = connection.scalar(select(f.failures).where(f.login == key).with_for_update())
    failures = (before or 0) + 1
    lock = min(LONGEST_LOCK, FIRST_LOCK * 2 ** min(failures - FREE_TRIES, 10)) if failures >= FREE_TRIES else None
    values = {"failures": failures, "locked_until": at + lock if lock else None, "at": at}
    if before is None:
        connection.execute(sign_ins.insert().values(login=key, **values))
    else:
        connection.execute(update(sign_ins).where(f.login == key).values(values))


def succeeded(connection: Connection, name: str) -> None:
    """Forget the failures."""
    connection.execute(sign_ins.delete().where(f.login == hashed(folded(name))))


def _member(database: Database, row: object) -> Member:
    fields = {name: getattr(row, name) for name in Member.__dataclass_fields__}
    if fields["totp"] is not None:
        fields["totp"] = database.unseal(s.totp, fields["id"], fields["totp"])
    return Member(**fields)
