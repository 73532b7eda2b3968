"""Passwords and one-time codes: what is strong enough, what is kept, what counts."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
DIFFERENT = 6  # characters that must differ
STEP = 30  # seconds of a code
# No list of stolen passwords is in the lock file; these stems are what people make long ones of.
COMMON = (
    *("password", "passwort", "passw0rd", "qwerty", "qwertz", "azerty", "letmein", "welcome", "iloveyou", "admin"),
    *("123456", "654321", "111111", "abc123", "abcdef", "monkey", "dragon", "football", "sunshine", "princess"),
    *("summer", "winter", "spring", "autumn", "clinic", "mesobot", "mesotherapy", "reception", "doctor", "changeme"),
)
LONGEST_RUN = 4
_hasher = PasswordHasher()  # argon2id with the library's current parameters
_NOBODY = _hasher.hash("nobody has this password")  # checked for unknown names, so that they take as long


def weakness(password: str, *names: str) -> str | None:
    """The key of the reason why a password will not do; None when it will."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    if len(set(plain)) < DIFFERENT or _longest_run(plain) > LONGEST_RUN:
        return "too_uniform"
    words = [word for name in names for word in re.findall(r"\w{3,}", name.casefold())]
    if any(word in plain for word in words):
        return "has_name"
    rest = plain
    for stem in COMMON:
        rest = rest.replace(stem, "")
    if len(re.sub(r"[\W\d_]", "", rest)) < DIFFERENT and len(rest) < SHORTEST:
        return "too_common"
    return None


def hashed(password: str) -> str:
    """argon2id, with its parameters and salt."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password; takes as long when there is none."""
    try:
        return _hasher.verify(kept or _NOBODY, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def new_totp() -> str:
    """A secret for an authenticator app."""
    return str(pyotp.random_base32())


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


def _longest_run(text: str) -> int:
    """The longest run of neighbours in one direction or of the same character: "aaaa", "1234"."""
    longest = run = 1
    step_before: int | None = None
    for before, after in pairwise(text):
        step = ord(after) - ord(before)
        run = run + 1 if step in (-1, 0, 1) and step == step_before else 2 if step in (-1, 0, 1) else 1
        step_before = step
        longest = max(longest, run)
    return longest
