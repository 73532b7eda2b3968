"""`mesobot console`: serves staff on a port of their own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog
import uvicorn

from bot.clinic import Clinic, load_clinic
from bot.console.app import create_app
from bot.console.ground import Ground
from bot.console.roles import ROLES
from bot.console.signin import demo_invitation, invitation
from bot.knowledge.library import Library
from bot.settings import Settings
from bot.storage import audit, staff
from bot.storage.database import open_database
from bot.storage.tables import now

Looks = Callable[[Settings, Clinic, Library], Any]
log = structlog.get_logger("mesobot.console")


def build(settings: Settings) -> Ground:
    """What the console needs of this installation."""
    return Ground(settings, load_clinic(settings.clinic), open_database(settings), Library())


def address(settings: Settings, path: str = "") -> str:
    """Where a browser on this machine finds the console."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{host}:{settings.console_port}{path}"


def demo_sign_in(settings: Settings) -> str:
    """Demo mode's one-time address; empty in production."""
    if settings.env != "demo":
        return ""
    database = open_database(settings)
    try:
        return address(settings, f"/welcome/{demo_invitation(database)}")
    finally:
        database.close()


def add_staff(settings: Settings, name: str, role: str) -> str:
    """Make an account, or invite its owner again; where they choose a password. Raises `ValueError`."""
    if role not in ROLES:
        raise ValueError(f"role must be one of {', '.join(ROLES)}")
    if not 1 <= len(name.strip()) <= 60:
        raise ValueError("the name must have 1 to 60 characters")
    database = open_database(settings)
    try:
        with database.write() as connection:
            known = staff.by_login(database, connection, name)
            if known is not None and known.role != role:
                raise ValueError(f"{known.name} exists already, as {known.role}")
            if known is not None and known.disabled_at is not None:
                raise ValueError(f"{known.name}'s account was ended; add another name")
            id = known.id if known else staff.add(connection, name, role, now())
            audit.record(connection, now(), "operator", "invite_staff" if known else "add_staff", why=f"{id} {role}")
        return address(settings, f"/welcome/{invitation(database, id)}")
    finally:
        database.close()


def run(settings: Settings, more_metrics: Callable[[], bytes] | None = None, looks: Looks | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    `more_metrics` adds the gateways' lines to `/metrics`; `looks` tells from settings, clinic and library how replies
    look on other channels.
    """
    problems = settings.problems()
    if problems:
        sys.exit("\n".join(problems))
    # Events and class names only, as everywhere: uvicorn's own lines stay off.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    log.info("console.starting", port=settings.console_port)
    ground = build(settings)
    if looks is not None:
        ground = replace(ground, looks=looks(settings, ground.clinic, ground.library))
    uvicorn.run(
        create_app(ground, more_metrics),
        host=settings.host,
        port=settings.console_port,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
