"""Signing in and out, and the invitation by which somebody chooses a password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import secrets
from datetime import timedelta

import segno
from sqlalchemy import Connection
from starlette.responses import Response

from bot.console import passwords
from bot.console.gate import cookie_name
from bot.console.ground import Ground
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import audit, staff
from bot.storage.database import Database
from bot.storage.staff import Member
from bot.storage.tables import now

INVITATION = timedelta(hours=24)
DEMO_LOGIN = "Demo Admin"


def pages() -> list[Page]:
    return [
        Page("/sign-in", sign_in_page, "nobody", place="sign-in"),
        Page("/sign-in", sign_in, "nobody", "POST", place="sign-in"),
        Page("/sign-out", sign_out, "anyone", "POST"),
        Page("/welcome/{token}", welcome_page, "nobody", place="sign-in"),
        Page("/welcome/{token}", welcome, "nobody", "POST", place="sign-in"),
    ]


async def sign_in_page(visit: Visit) -> Response:
    if visit.session is not None:
        return visit.go("/")
    return visit.render("sign_in.html", error="", name="")


async def sign_in(visit: Visit) -> Response:
    """One answer for every way to be wrong, so that nobody learns which names exist."""
    name, code = await visit.text("name", 80), await visit.text("code", 12)
    password = str((await visit.form()).get("password", ""))[: passwords.LONGEST]
    token = await visit.run(_try, visit.ground, name, password, code)
    if token in ("locked", "wrong"):
        error = visit.ground.texts(f"sign_in.{token}")
        return visit.render("sign_in.html", 429 if token == "locked" else 401, error=error, name=name)  # noqa: S105
    return _signed_in(visit, token)


async def sign_out(visit: Visit) -> Response:
    await visit.run(_end, visit)
    answer = visit.go("/sign-in", "signed_out")
    answer.delete_cookie(cookie_name(visit.ground.production), path="/")
    return answer


async def welcome_page(visit: Visit) -> Response:
    member = await _invited(visit)
    return _welcome(visit, member, "")


async def welcome(visit: Visit) -> Response:
    """Choose a password and, always in production, a second step. The demo's invitation signs in as it is."""
    member, ground, token = await _invited(visit), visit.ground, visit.path("token")
    if is_demo(ground, member):
        return _signed_in(visit, await visit.run(_accept, ground, member, token, None, None, None))
    password = str((await visit.form()).get("password", ""))
    code = await visit.text("code", 12)
    weak = passwords.weakness(password, member.name, ground.clinic.name)
    if weak:
        return _welcome(visit, member, ground.texts(f"weak.{weak}"))
    secret: str | None = _enrolment(ground, token)
    step = passwords.totp_step(secret or "", code, ground.clock()) if code else None
    if step is None and (code or ground.production):
        return _welcome(visit, member, ground.texts("welcome.wrong_code"))
    if step is None:
        secret = None
    kept = await visit.run(passwords.hashed, password)
    return _signed_in(visit, await visit.run(_accept, ground, member, token, kept, secret, step))


def is_demo(ground: Ground, member: Member) -> bool:
    return not ground.production and member.login == staff.folded(DEMO_LOGIN)


def invitation(database: Database, member: str) -> str:
    """A new invitation's token, good for one day and one use."""
    token, at = secrets.token_urlsafe(24), now()
    with database.write() as connection:
        staff.invite(connection, member, token, at + INVITATION)
    return token


def demo_invitation(database: Database) -> str:
    """For demo mode: whoever holds it is signed in as a demo admin, once. There is no password at all."""
    with database.write() as connection:
        known = staff.by_login(database, connection, DEMO_LOGIN)
        id = known.id if known else staff.add(connection, DEMO_LOGIN, "admin", now())
    return invitation(database, id)


def _welcome(visit: Visit, member: Member, error: str) -> Response:
    ground, token = visit.ground, visit.path("token")
    secret = _enrolment(ground, token)
    picture = io.BytesIO()
    address = passwords.totp_address(secret, member.name, ground.clinic.name)
    segno.make(address).save(picture, kind="png", scale=5, border=2)
    return visit.render(
        "welcome.html",
        400 if error else 200,
        member=member,
        error=error,
        demo=is_demo(ground, member),
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        qr=_data_url(picture.getvalue()),
        token=token,
    )


def _data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _enrolment(ground: Ground, token: str) -> str:
    """The secret offered with an invitation: the same each time the page is shown, and gone with it."""
    digest = hmac.new(ground.secret.encode(), f"console-totp\0{token}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()


async def _invited(visit: Visit) -> Member:
    member = await visit.run(_find_invited, visit.ground, visit.path("token"))
    if member is None:
        raise RefusedError(404, "welcome.gone")
    return member


def _find_invited(ground: Ground, token: str) -> Member | None:
    with ground.database.read() as connection:
        return staff.invited(ground.database, connection, token, ground.clock())


def _try(ground: Ground, name: str, password: str, code: str) -> str:
    """The new session's token, or "locked" or "wrong"."""
    at, database = ground.clock(), ground.database
    with database.write() as connection:
        if staff.locked_until(connection, name, at):
            return "locked"
        # Counted before the password is checked: many tries at once are no way around the lock.
        staff.failed(connection, name, at)
        member = staff.by_login(database, connection, name)
    right = passwords.matches(member.password if member else None, password)
    step = passwords.totp_step(member.totp, code, at) if member and member.totp else None
    if member is None or member.disabled_at is not None or (step is None and (member.totp or ground.production)):
        right = False
    with database.write() as connection:
        if member is None or not right or (step is not None and not staff.use_step(connection, member.id, step)):
            if member is not None:
                audit.record(connection, at, member.id, "sign_in_failed")
            return "wrong"
        staff.succeeded(connection, name)
        return _begin(ground, connection, member.id)


def _accept(
    ground: Ground, member: Member, invite: str, password: str | None, totp: str | None, step: int | None
) -> str:
    with ground.database.write() as connection:
        if not staff.use_invite(connection, member.id, invite):
            raise RefusedError(404, "welcome.gone")
        if password is not None:
            staff.set_password(ground.database, connection, member.id, password, totp, step)
            staff.end_all(connection, member.id, ground.clock())
        return _begin(ground, connection, member.id)


def _begin(ground: Ground, connection: Connection, member: str) -> str:
    token = secrets.token_urlsafe(32)
    staff.begin(connection, member, token, ground.clock())
    audit.record(connection, ground.clock(), member, "sign_in")
    return token


def _end(visit: Visit) -> None:
    with visit.ground.database.write() as connection:
        assert visit.session is not None  # noqa: S101 - the gate lets nobody past without
        staff.end(connection, visit.session.id, visit.ground.clock())
        visit.record(connection, "sign_out")


def _signed_in(visit: Visit, token: str) -> Response:
    answer = visit.go("/")
    production = visit.ground.production
    answer.set_cookie(cookie_name(production), token, path="/", httponly=True, samesite="strict", secure=production)
    return answer
