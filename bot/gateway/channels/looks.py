"""How a reply looks on a platform, for those who only want to see it: the staff's preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.clinic import Clinic
from bot.envelope import Envelope
from bot.gateway.channels import telegram, twilio, whatsapp
from bot.gateway.channels.contract import Manner
from bot.gateway.channels.rendering import Renderer
from bot.gateway.wording import Phrases, Wording
from bot.settings import Settings

Look = tuple[str, tuple[str, ...]]  # a message's text, and the titles of its buttons
MANNERS: Mapping[str, Manner] = {
    "whatsapp": whatsapp.MANNER,
    "sms": twilio.SMS_MANNER,
    "telegram": telegram.MANNER,
}


def looks(settings: Settings, clinic: Clinic, library: Phrases) -> Callable[[Envelope, str, str | None], list[Look]]:
    """`(envelope, channel, language)` to the messages that the platform would get; `KeyError` for another channel."""
    renderer = Renderer(Wording(clinic, library), settings.public_url)

    def shown(envelope: Envelope, channel: str, language: str | None) -> list[Look]:
        parts = renderer.parts(envelope, MANNERS[channel], language)
        return [(part.text, tuple(choice.title for choice in part.choices)) for part in parts]

    return shown
