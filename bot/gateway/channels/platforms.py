"""All messaging channels of one gateway: built from the settings, mounted and run together."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.routing import Route

from bot.booking.outlets import OutletError
from bot.clinic import Clinic
from bot.gateway.alerts import Alerts
from bot.gateway.channels import meta, sending
from bot.gateway.channels.contract import OPTED_OUT, Channel, SendError, Webhook
from bot.gateway.channels.delivery import Delivery
from bot.gateway.channels.drop import Drop
from bot.gateway.channels.handover import Handover
from bot.gateway.channels.inviting import Inviting
from bot.gateway.channels.messenger import Messenger, MessengerReader
from bot.gateway.channels.reception import Reception
from bot.gateway.channels.rendering import Renderer
from bot.gateway.channels.setup import Setup
from bot.gateway.channels.telegram import Telegram, TelegramWebhook
from bot.gateway.channels.twilio import PREFIX, SMS, WHATSAPP, Twilio, TwilioWebhook
from bot.gateway.channels.unsaved import Unsaved
from bot.gateway.channels.whatsapp import WhatsApp, WhatsAppReader
from bot.gateway.ground import Ground
from bot.gateway.intake import Intake
from bot.gateway.limits import Limiter
from bot.gateway.post import Post
from bot.gateway.sessions import Sessions
from bot.settings import Settings
from bot.storage import people

TELEGRAM_URL = "https://api.telegram.org"
TWILIO_URL = "https://api.twilio.com"
META_URL = "https://graph.facebook.com"


class Platforms:
    """One per gateway. `nudge` tells it that a conversation has news."""

    def __init__(
        self,
        settings: Settings,
        clinic: Clinic,
        ground: Ground,
        intake: Intake,
        alerts: Alerts,
        post: Post,
        sessions: Sessions,
        limiter: Limiter,
    ) -> None:
        self._setup = setup = Setup(settings)
        self._client = sending.make_client()
        built = (*self._telegram(), *self._twilio(), *self._meta())
        channels: Mapping[str, Channel] = {
            channel.name: channel if setup.sends(platform) else Drop(channel, settings.data_dir)
            for platform, channel in built
            if setup.calls(platform)
        }
        public = settings.reached_at
        self._ground = ground
        self._renderer = renderer = Renderer(ground.wording, public)
        self._channels = channels
        self._unsaved = Unsaved(channels, renderer, ground.wording, alerts)
        self._reception = Reception(
            ground,
            intake,
            self._unsaved,
            limiter,
            channels,
            public=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
            languages=clinic.languages,
        )
        self._delivery = Delivery(ground, channels, renderer, Inviting(ground, clinic, post), limiter, public)
        self._handover = Handover(ground, clinic, sessions, limiter, settings.trusted_proxies)
        self.nudge: Callable[[str], None] = self._delivery.nudge
        self.run = self._delivery.run

    def routes(self) -> list[Route]:
        """Webhooks of the platforms that are configured, and the page that leads to the web chat."""
        routes = [route for webhook in self._webhooks() for route in self._reception.routes(webhook)]
        return [*routes, *self._handover.routes()]

    async def text(self, number: str, text: str) -> None:
        """A text message outside any conversation, such as a reminder (`bot.gateway.post.Texts`)."""
        channel = self._channels.get(SMS)
        if channel is None:
            raise OutletError("no text messages", permanent=True)
        if await self._ground.database.run(self._stopped, number):
            raise OutletError(OPTED_OUT, permanent=True)
        try:
            for part in self._renderer.notice(text, channel.manner):
                await channel.send(number, part)
        except SendError as error:
            raise OutletError(error.code, permanent=error.permanent) from None

    def _stopped(self, number: str) -> bool:
        with self._ground.database.read() as connection:
            return people.stopped_at_address(self._ground.database, connection, SMS, number)

    async def stop(self) -> None:
        """Let what is being sent end, give back the connections."""
        await self._delivery.stop()
        await self._unsaved.close()
        await self._client.aclose()

    def _webhooks(self) -> list[Webhook]:
        setup, found = self._setup, list[Webhook]()
        if setup.calls("telegram"):
            found.append(TelegramWebhook(setup["MESOBOT_TELEGRAM_SECRET"]))
        if setup.calls("twilio"):
            found.append(TwilioWebhook(setup["MESOBOT_TWILIO_ACCOUNT_SID"], setup["MESOBOT_TWILIO_AUTH_TOKEN"]))
        readers: list[meta.Reader] = []
        if setup.calls("whatsapp"):
            readers.append(WhatsAppReader(setup["MESOBOT_META_PHONE_NUMBER_ID"]))
        if setup.calls("messenger"):
            readers.append(MessengerReader())
        if readers:
            secret, token = setup["MESOBOT_META_APP_SECRET"], setup["MESOBOT_META_VERIFY_TOKEN"]
            found.append(meta.MetaWebhook(secret, token, readers))
        return found

    def _telegram(self) -> list[tuple[str, Channel]]:
        base = self._base("MESOBOT_TELEGRAM_URL", TELEGRAM_URL)
        return [("telegram", Telegram(self._client, self._setup["MESOBOT_TELEGRAM_TOKEN"], base))]

    def _twilio(self) -> list[tuple[str, Channel]]:
        """One channel for each kind of sender in `MESOBOT_TWILIO_FROM`."""
        setup = self._setup
        callback = f"{setup.public.rstrip('/')}{TwilioWebhook.path}" if setup.public else ""
        senders: dict[str, str] = {}
        for sender in filter(None, map(str.strip, setup["MESOBOT_TWILIO_FROM"].split(","))):
            senders.setdefault(WHATSAPP if sender.startswith(PREFIX) else SMS, sender)
        account, token = setup["MESOBOT_TWILIO_ACCOUNT_SID"], setup["MESOBOT_TWILIO_AUTH_TOKEN"]
        base, template = self._base("MESOBOT_TWILIO_URL", TWILIO_URL), setup["MESOBOT_TWILIO_TEMPLATE"]
        return [
            ("twilio", Twilio(self._client, name, account, token, sender, base, callback, template))
            for name, sender in senders.items()
        ]

    def _meta(self) -> list[tuple[str, Channel]]:
        setup, base = self._setup, self._base("MESOBOT_META_URL", META_URL)
        number, token = setup["MESOBOT_META_PHONE_NUMBER_ID"], setup["MESOBOT_META_ACCESS_TOKEN"]
        whatsapp = WhatsApp(self._client, number, token, base, setup["MESOBOT_META_TEMPLATE"])
        return [
            ("whatsapp", whatsapp),
            ("messenger", Messenger(self._client, setup["MESOBOT_META_PAGE_TOKEN"], base)),
        ]

    def _base(self, name: str, default: str) -> str:
        return self._setup.get(name, default).rstrip("/")
