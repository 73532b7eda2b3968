"""Which platforms are configured, with what. The demo makes up secrets: an unsigned call is refused there too."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.settings import Settings

FILE = "channels.json"
PUBLIC_URL = "MESOBOT_PUBLIC_URL"
META_CALLS = ("MESOBOT_META_APP_SECRET", "MESOBOT_META_VERIFY_TOKEN")
# What each platform needs in production; the first that is its own shows that a clinic wants it.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "telegram": ("MESOBOT_TELEGRAM_TOKEN", "MESOBOT_TELEGRAM_SECRET"),
    "twilio": ("MESOBOT_TWILIO_ACCOUNT_SID", "MESOBOT_TWILIO_AUTH_TOKEN", "MESOBOT_TWILIO_FROM"),
    "whatsapp": ("MESOBOT_META_PHONE_NUMBER_ID", "MESOBOT_META_ACCESS_TOKEN", *META_CALLS),
    "messenger": ("MESOBOT_META_PAGE_TOKEN", *META_CALLS),
}
# What a call needs to be checked: made up in the demo.
MADE_UP: Mapping[str, Callable[[], str]] = {
    "MESOBOT_TELEGRAM_SECRET": lambda: secrets.token_urlsafe(32),
    "MESOBOT_TWILIO_ACCOUNT_SID": lambda: f"AC{secrets.token_hex(16)}",
    "MESOBOT_TWILIO_AUTH_TOKEN": lambda: secrets.token_hex(16),
    "MESOBOT_TWILIO_FROM": lambda: "+15005550006,whatsapp:+15005550006",  # Twilio's own test number
    "MESOBOT_META_APP_SECRET": lambda: secrets.token_hex(16),
    "MESOBOT_META_VERIFY_TOKEN": lambda: secrets.token_urlsafe(16),
    "MESOBOT_META_PHONE_NUMBER_ID": lambda: "100000000000001",
}


class Setup:
    """The values of one gateway. `calls(platform)`: its webhook is mounted; `sends(platform)`: it can really send."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.channel_secrets
        self._demo = settings.env == "demo"
        self._made = demo_secrets(settings.data_dir) if self._demo else {}
        self.public = settings.public_url

    def __getitem__(self, name: str) -> str:
        return self.get(name)

    def get(self, name: str, default: str = "") -> str:
        """A value, given or made up; `default` when there is none."""
        return self._given.get(name) or self._made.get(name) or default

    def sends(self, platform: str) -> bool:
        """Whether a clinic gave everything that the platform needs to take our messages."""
        needed = set(NEEDED[platform]) - {"MESOBOT_TELEGRAM_SECRET", *META_CALLS}
        return all(self._given.get(name) for name in needed)

    def calls(self, platform: str) -> bool:
        """Whether calls of the platform are taken."""
        return self._demo or all(self._given.get(name) for name in NEEDED[platform])


def missing(settings: Settings) -> list[str]:
    """For `mesobot check`: what a platform that was begun still lacks. A platform nobody began is no problem."""
    if settings.env == "demo":
        return []
    given, found, begun = settings.channel_secrets, [], set[str]()
    for platform, needed in NEEDED.items():
        own = [name for name in needed if name not in META_CALLS]
        if any(given.get(name) for name in own):
            begun.add(platform)
            found += [f"{name}: {platform} needs it" for name in needed if not given.get(name)]
    if any(given.get(name) for name in META_CALLS) and not begun & {"whatsapp", "messenger"}:
        found.append("MESOBOT_META_PHONE_NUMBER_ID or MESOBOT_META_PAGE_TOKEN: Meta's webhook serves nothing without")
    if "twilio" in begun and not settings.public_url.startswith("https://"):
        found.append(f"{PUBLIC_URL}: Twilio signs the https:// address that it calls")
    return list(dict.fromkeys(found))


def demo_secrets(folder: Path) -> dict[str, str]:
    """Made once and kept in the data folder, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if not path.exists():
        # Written aside and linked into place: two programs that start together must end up with the same secrets.
        fresh = folder / f"{FILE}.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({name: make() for name, make in MADE_UP.items()}, file, indent=1)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    found = json.loads(path.read_text(encoding="utf-8"))
    return {str(name): str(value) for name, value in found.items()}
