"""Who works here, and who looked at what: for admins."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response

from bot.console import signin
from bot.console.roles import ROLES
from bot.console.visit import Page, RefusedError, Visit
from bot.storage import audit, staff
from bot.storage.staff import Member

SHOWN = 200
LONGEST_NAME = 60


def pages() -> list[Page]:
    return [
        Page("/staff", listed, "accounts", place="staff"),
        Page("/staff", add, "accounts", "POST", place="staff"),
        Page("/staff/{id}/invite", invite, "accounts", "POST", place="staff"),
        Page("/staff/{id}/disable", disable, "accounts", "POST", place="staff"),
        Page("/access", access, "accounts", place="access"),
    ]


async def listed(visit: Visit) -> Response:
    return await _page(visit)


async def add(visit: Visit) -> Response:
    """A new account; its invitation is shown once, on the answer."""
    name, role = " ".join((await visit.text("name", LONGEST_NAME)).split()), await visit.text("role", 20)
    if not name or role not in ROLES:
        return await _page(visit, error=visit.ground.texts("staff.incomplete"))
    try:
        id = await visit.run(_add, visit, name, role)
    except IntegrityError:
        return await _page(visit, error=visit.ground.texts("staff.name_taken"))
    return await _page(visit, link=await _link(visit, id), invited=name)


async def invite(visit: Visit) -> Response:
    """A new password for somebody: the old one counts until the invitation is used."""
    member = await visit.run(_member, visit, visit.path("id"))
    await visit.run(_record, visit, "invite_staff", member.id)
    return await _page(visit, link=await _link(visit, member.id), invited=member.name)


async def disable(visit: Visit) -> Response:
    member = await visit.run(_member, visit, visit.path("id"))
    if member.id == visit.staff.id:
        return await _page(visit, error=visit.ground.texts("staff.not_yourself"))
    await visit.run(_disable, visit, member.id)
    return visit.go("/staff", "disabled")


async def access(visit: Visit) -> Response:
    rows, broken, names = await visit.run(_access, visit)
    return visit.render("access.html", rows=rows, broken=broken, names=names, shown=SHOWN)


async def _page(visit: Visit, error: str = "", link: str = "", invited: str = "") -> Response:
    members = await visit.run(_members, visit)
    return visit.render(
        "staff.html", 400 if error else 200, members=members, roles=list(ROLES), error=error, link=link, invited=invited
    )


async def _link(visit: Visit, id: str) -> str:
    token = await visit.run(signin.invitation, visit.ground.database, id)
    host = visit.request.headers.get("host", "")
    return f"{'https' if visit.ground.production else 'http'}://{host}/welcome/{token}"


def _members(visit: Visit) -> list[Member]:
    with visit.ground.database.read() as connection:
        return staff.everyone(visit.ground.database, connection)


def _member(visit: Visit, id: str) -> Member:
    with visit.ground.database.read() as connection:
        found = staff.find(visit.ground.database, connection, id)
    if found is None or found.disabled_at is not None:
        raise RefusedError(404, "error.not_found")
    return found


def _add(visit: Visit, name: str, role: str) -> str:
    with visit.ground.database.write() as connection:
        id = staff.add(connection, name, role, visit.ground.clock())
        visit.record(connection, "add_staff", why=f"{id} {role}")
        return id


def _disable(visit: Visit, id: str) -> None:
    with visit.ground.database.write() as connection:
        staff.disable(connection, id, visit.ground.clock())
        visit.record(connection, "disable_staff", why=id)


def _record(visit: Visit, what: str, why: str) -> None:
    with visit.ground.database.write() as connection:
        visit.record(connection, what, why=why)


def _access(visit: Visit) -> tuple[list[object], int | None, dict[str, str]]:
    with visit.ground.database.read() as connection:
        rows = connection.execute(select(audit.audit).order_by(audit.audit.c.number.desc()).limit(SHOWN)).all()
        return list(rows), audit.first_break(connection), staff.names(connection)
