"""Who may do what. One table; `gate.py` enforces it and `tests/unit/console/test_roles.py` walks every page with it."""

from __future__ import annotations

from collections.abc import Mapping

PERMISSIONS = {
    "today": "the start page",
    "talk": "who waits; take a conversation over and write in it",
    "health": "transcripts, health answers, what the bot understood, decisions",
    "alerts": "acknowledge and close danger alerts",
    "bookings": "names, contacts and appointments",
    "preview": "try the bot",
    "content": "cards and their review",
    "sign": "sign a card as medically right, publish it, take it back",
    "release": "let a retrained model answer, and take it back",
    "review": "misunderstood messages, without names",
    "figures": "counts",
    "accounts": "staff accounts and the access log",
}
# Reception works with contacts and bookings and may talk with people, but sees no health answers; an editor sees no
# patients. An admin may see everything, and every look is on record like anybody else's; but only a clinician signs
# that a text is medically right.
ROLES: Mapping[str, frozenset[str]] = {
    "reception": frozenset({"today", "talk", "alerts", "bookings"}),
    "clinician": frozenset(
        {"today", "talk", "health", "alerts", "bookings", "preview", "content", "sign", "review", "release", "figures"}
    ),
    "editor": frozenset({"today", "preview", "content", "review", "figures"}),
    "admin": frozenset(PERMISSIONS) - {"sign"},
}


def may(role: str, permission: str) -> bool:
    """Whether a role has a permission; a role nobody knows has none."""
    return permission in ROLES.get(role, frozenset())
