"""What `mesobot check` says of channels, and that no address or word gets into a log."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.gateway.channels import missing
from bot.gateway.logs import configure_logs
from bot.settings import Settings

from .conftest import Line

PRODUCTION = Settings(env="production", public_url="https://clinic.example")


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ((), ()),
        (("TELEGRAM_TOKEN", "TELEGRAM_SECRET"), ()),
        (("TELEGRAM_TOKEN",), ("TELEGRAM_SECRET",)),
        (("TWILIO_FROM",), ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")),
        (("META_PAGE_TOKEN",), ("META_APP_SECRET", "META_VERIFY_TOKEN")),
        (("META_ACCESS_TOKEN", "META_APP_SECRET"), ("META_PHONE_NUMBER_ID", "META_VERIFY_TOKEN")),
        (("META_APP_SECRET", "META_VERIFY_TOKEN"), ("META_PHONE_NUMBER_ID",)),
    ],
)
def test_check_names_what_a_begun_platform_lacks(given: tuple[str, ...], lacks: tuple[str, ...]) -> None:
    settings = replace(PRODUCTION, channel_secrets={f"MESOBOT_{name}": "x" for name in given})
    found = missing(settings)
    assert len(found) == len(lacks)
    assert all(any(line.startswith(f"MESOBOT_{name}") for line in found) for name in lacks)
    assert missing(replace(settings, env="demo")) == []


def test_twilio_needs_a_public_https_address() -> None:
    names = ("ACCOUNT_SID", "AUTH_TOKEN", "FROM")
    secrets = {f"MESOBOT_TWILIO_{name}": "x" for name in names}
    for address in ("", "http://clinic.example"):
        assert missing(replace(PRODUCTION, channel_secrets=secrets, public_url=address))[0].startswith(
            "MESOBOT_PUBLIC_URL"
        )
    assert missing(replace(PRODUCTION, channel_secrets=secrets)) == []


async def test_logs_hold_no_address_no_word_and_no_token(line: Line, capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(logging.DEBUG)
    line.platform.fail(500)
    line.platform.fail(400)
    await line.says("canary-4711")
    await line.hears("heard: canary-4711")
    await line.platform.call(line.platform.text(line.sender, "canary-4711"), {})
    written = capfd.readouterr().err
    assert "webhook.refused" in written
    assert "delivery.dead" in written
    secrets = [value for name, value in line.platform.settings.items() if "FROM" not in name]
    for word in ("canary", line.sender.rpartition("+")[2], *secrets):
        assert word not in written
