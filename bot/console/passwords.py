"""Passwords and one-time codes: what is strong enough, what is kept, what counts."""

from __future__ import annotations

import re
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
STRONG_ENOUGH = 4  # of zxcvbn's 0 to 4: more than ten thousand million guesses
LOOKED_AT = 72  # characters that zxcvbn reads
STEP = 30  # seconds of a code
_hasher = PasswordHasher()  # argon2id with the library's current parameters
_NOBODY = _hasher.hash("nobody has this password")  # checked for unknown names, so that they take as long


def weakness(password: str, *names: str) -> str | None:
    """The key of the reason why a password will not do; None when it will."""
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    words = [word for name in names for word in re.findall(r"\w{3,}", name.casefold())]
    if any(word in password.casefold() for word in words):
        return "has_name"
    # Imported here: its lists of common passwords take a moment, and only who chooses one needs them.
    from zxcvbn import zxcvbn

    return None if zxcvbn(password[:LOOKED_AT], [*words, "mesobot"])["score"] >= STRONG_ENOUGH else "too_weak"


def hashed(password: str) -> str:
    """argon2id, with its parameters and salt."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is none."""
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def totp_address(secret: str, name: str, clinic: str) -> str:
    """What the QR code says."""
    return str(pyotp.TOTP(secret, name=name, issuer=clinic).provisioning_uri())


def totp_step(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code this is, now or one step to either side; None for a wrong code."""
    digits = re.sub(r"\s", "", code)
    now = int(at.timestamp()) // STEP
    for step in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(pyotp.TOTP(secret).at(step * STEP), digits):
            return step
    return None
