"""Messaging platforms: Telegram, SMS and WhatsApp through Twilio, WhatsApp and Messenger of Meta."""

from bot.gateway.channels.setup import missing

__all__ = ["missing"]
