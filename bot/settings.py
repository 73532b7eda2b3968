"""Every environment variable, typed, in one place. Documented in docs/operations/settings.md; a test compares."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
DEMO_SECRET = "demo-secret-not-for-production"  # noqa: S105 - public on purpose: `problems` refuses it in production


class SettingsError(ValueError):
    """A setting has a value that cannot be used; the message names the variable and the value's fault."""


@dataclass(frozen=True)
class Settings:
    """Values of one process. Build with `from_environment`; tests build it directly."""

    env: Literal["demo", "production"] = "demo"
    host: str = "127.0.0.1"
    port: int = 8000
    console_port: int = 8001
    engine_host: str = "127.0.0.1"
    engine_port: int = 8002
    data_dir: Path = ROOT / ".var"
    models_dir: Path = ROOT / "models"
    clinic: Path = ROOT / "clinic.yml"
    database_url: str = ""
    redis_url: str = ""
    engine_urls: tuple[str, ...] = ()
    gateway_url: str = ""
    secret_key: str = DEMO_SECRET
    data_keys: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    alert_webhook: str = ""
    alert_email: str = ""
    smtp_url: str = ""
    public_url: str = ""
    channel_secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def database(self) -> str:
        """SQLAlchemy URL: the one given, or a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'mesobot.sqlite'}"

    @property
    def engines(self) -> tuple[str, ...]:
        """Base URLs of the engines; by default the one on this machine."""
        return self.engine_urls or (f"http://127.0.0.1:{self.engine_port}",)

    @property
    def gateway(self) -> str:
        """Base URL of the gateway for the console's preview; by default the one on this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104
        return self.gateway_url or f"http://{host}:{self.port}"

    @property
    def reached_at(self) -> str:
        """The address by which patients reach the gateway, for links in messages; "" when nobody knows it."""
        return self.public_url or (f"http://localhost:{self.port}" if self.env == "demo" else "")

    def problems(self) -> list[str]:
        """Why production must not start with these settings; empty in demo mode or when all is well."""
        if self.env == "demo":
            return []
        found = []
        if self.secret_key == DEMO_SECRET or len(self.secret_key) < 32:
            found.append("MESOBOT_SECRET_KEY: production needs a secret of at least 32 characters")
        if not self.data_keys:
            found.append("MESOBOT_DATA_KEYS: production needs at least one key (docs/operations/data.md)")
        return found


CHANNEL_SECRETS = {
    "MESOBOT_TELEGRAM_TOKEN": "bot token from BotFather",
    "MESOBOT_TELEGRAM_SECRET": "secret_token given to setWebhook",
    "MESOBOT_TWILIO_ACCOUNT_SID": "account that sends and signs",
    "MESOBOT_TWILIO_AUTH_TOKEN": "checks X-Twilio-Signature",
    "MESOBOT_TWILIO_FROM": "sending number, WhatsApp sender (whatsapp:+...), or both with a comma",
    "MESOBOT_META_APP_SECRET": "checks X-Hub-Signature-256",
    "MESOBOT_META_VERIFY_TOKEN": "echoed in the GET verification",
    "MESOBOT_META_ACCESS_TOKEN": "sends through the Graph API",
    "MESOBOT_META_PHONE_NUMBER_ID": "WhatsApp Cloud API sender",
    "MESOBOT_META_PAGE_TOKEN": "sends as the Facebook page (Messenger)",
    "MESOBOT_TELEGRAM_URL": "where the Bot API is, instead of Telegram's own address",
    "MESOBOT_TWILIO_URL": "where Twilio's API is",
    "MESOBOT_TWILIO_TEMPLATE": "content SID of the WhatsApp template that asks a patient to write again",
    "MESOBOT_META_URL": "where the Graph API is",
    "MESOBOT_META_TEMPLATE": "name:language of the WhatsApp template that asks a patient to write again",
}


def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `MESOBOT_*`. Raises `SettingsError` naming the variable that cannot be read."""
    env = os.environ if environ is None else environ

    def text(name: str, default: str = "") -> str:
        return env.get(f"MESOBOT_{name}", default).strip()

    def port(name: str, default: int) -> int:
        value = text(name, str(default))
        if not value.isdigit() or not 0 < int(value) < 65536:
            raise SettingsError(f"MESOBOT_{name} has value {value!r}: not a port number")
        return int(value)

    def several(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text(name).split(",") if part.strip())

    mode = text("ENV", "demo")
    if mode not in ("demo", "production"):
        raise SettingsError(f"MESOBOT_ENV has value {mode!r}: must be demo or production")
    return Settings(
        env="production" if mode == "production" else "demo",
        host=text("HOST", "127.0.0.1"),
        port=port("PORT", 8000),
        console_port=port("CONSOLE_PORT", 8001),
        engine_host=text("ENGINE_HOST", "127.0.0.1"),
        engine_port=port("ENGINE_PORT", 8002),
        data_dir=Path(text("DATA_DIR", str(ROOT / ".var"))),
        models_dir=Path(text("MODELS_DIR", str(ROOT / "models"))),
        clinic=Path(text("CLINIC", str(ROOT / "clinic.yml"))),
        database_url=text("DATABASE_URL"),
        redis_url=text("REDIS_URL"),
        engine_urls=several("ENGINE_URLS"),
        gateway_url=text("GATEWAY_URL").rstrip("/"),
        secret_key=text("SECRET_KEY", DEMO_SECRET),
        data_keys=several("DATA_KEYS"),
        allowed_origins=several("ALLOWED_ORIGINS"),
        trusted_proxies=several("TRUSTED_PROXIES"),
        alert_webhook=text("ALERT_WEBHOOK"),
        alert_email=text("ALERT_EMAIL"),
        smtp_url=text("SMTP_URL"),
        public_url=text("PUBLIC_URL").rstrip("/"),
        channel_secrets={name: env[name] for name in CHANNEL_SECRETS if env.get(name)},
    )
