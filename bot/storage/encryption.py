"""AES-256-GCM for single values, with a ring of keys: the first key writes, every key reads.

A sealed value is `version | key id | nonce | ciphertext`. The place it belongs to (table, column, row) is associated
data, so that a value copied into another row does not open there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.settings import Settings, SettingsError

VERSION = b"\x01"
KEY_BYTES = 32
ID_BYTES = 4
NONCE_BYTES = 12
DEMO_KEY_FILE = "demo.key"


class SealError(ValueError):
    """A sealed value cannot be opened: unknown key, wrong place, or altered bytes."""


@dataclass(frozen=True)
class _Key:
    id: bytes
    cipher: AESGCM
    lookup: bytes


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()


def new_key() -> str:
    """A fresh key in the form that MESOBOT_DATA_KEYS takes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _decode(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SettingsError("MESOBOT_DATA_KEYS holds a key that is not 32 bytes in URL-safe base64")
    return key


class KeyRing:
    """Seals and opens values. Raises `SettingsError` for an unusable key."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SettingsError("MESOBOT_DATA_KEYS is empty: at least one key is needed")
        self._keys = []
        for raw in map(_decode, keys):
            # Separate keys for sealing and for look-up hashes, so that neither use weakens the other.
            self._keys.append(
                _Key(_derive(raw, b"id")[:ID_BYTES], AESGCM(_derive(raw, b"seal")), _derive(raw, b"lookup"))
            )

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt for one place."""
        key = self._keys[0]
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + key.id + nonce + key.cipher.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what was sealed for this place. Raises `SealError`."""
        head = len(VERSION) + ID_BYTES
        key_id, nonce = sealed[len(VERSION) : head], sealed[head : head + NONCE_BYTES]
        if sealed[: len(VERSION)] != VERSION:
            raise SealError(f"{place}: unknown format")
        for key in self._keys:
            if key.id == key_id:
                try:
                    return key.cipher.decrypt(nonce, sealed[head + NONCE_BYTES :], place.encode())
                except InvalidTag:
                    raise SealError(f"{place}: altered, or sealed for another place") from None
        raise SealError(f"{place}: sealed with a key that is not in MESOBOT_DATA_KEYS")

    def is_current(self, sealed: bytes) -> bool:
        """Whether the key that writes today sealed this value."""
        return sealed[len(VERSION) : len(VERSION) + ID_BYTES] == self._keys[0].id

    def digest(self, value: str, purpose: str) -> str:
        """Keyed hash by which an encrypted value can be found again."""
        return self.digests(value, purpose)[0]

    def digests(self, value: str, purpose: str) -> list[str]:
        """The hash under every key of the ring, the writing key's first: look-ups try all until rotation is done."""
        message = f"{purpose}\0{value}".encode()
        return [hmac.new(key.lookup, message, hashlib.sha256).hexdigest() for key in self._keys]


def load_key_ring(settings: Settings) -> KeyRing:
    """The ring of the settings; in demo mode without keys, one kept in the data folder, readable by its owner only."""
    if settings.data_keys:
        return KeyRing(settings.data_keys)
    if settings.env != "demo":
        raise SettingsError("MESOBOT_DATA_KEYS: production needs at least one key")
    return KeyRing([_demo_key(settings.data_dir)])


def _demo_key(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DEMO_KEY_FILE
    if not path.exists():
        # Written aside and linked into place: two programs that start together must end up with the same key.
        fresh = folder / f"{DEMO_KEY_FILE}.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
