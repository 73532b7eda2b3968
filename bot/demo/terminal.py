"""`mesobot demo telegram`: the whole product behind a local platform, used from the terminal, without an account."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.demo.meta import LocalMessenger, LocalWhatsApp
from bot.demo.platform import Platform, Taken
from bot.demo.serving import point, served
from bot.demo.telegram import LocalTelegram
from bot.demo.twilio import LocalTwilio, LocalTwilioWhatsApp
from bot.serve import answers, start, stop
from bot.settings import Settings

PLATFORMS: Mapping[str, tuple[Callable[[], Platform], str]] = {
    "telegram": (LocalTelegram, "7001001"),
    "sms": (LocalTwilio, "+447400123456"),
    "whatsapp": (LocalWhatsApp, "447400123456"),
    "whatsapp_twilio": (LocalTwilioWhatsApp, "whatsapp:+447400123456"),
    "messenger": (LocalMessenger, "6001001001"),
}
START_SECONDS = 600.0  # the first start may train a model; a program that ended is noticed at once
ANSWER_SECONDS, QUIET_SECONDS = 20.0, 1.0
HELP = """\
  What you type is sent to the webhook, signed as the platform signs it; what the platform gets is shown here.
  A number presses the button of that number, or is text where no buttons are shown.

  !photo [caption]  send a photo          !again   deliver the last message twice more
  !forged           call without proof    !busy    answer the next call with "too many requests"
  !raw              show the last call as it came from the product
  !quit"""


def demo(settings: Settings, channel: str) -> int:
    """Run until end of input. Everything is in a folder of its own that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="mesobot-demo-") as folder:
        return asyncio.run(_demo(settings, channel, Path(folder)))


async def _demo(settings: Settings, channel: str, folder: Path) -> int:
    make, address = PLATFORMS[channel]
    platform = make()
    platform.reports = True
    port, engine_port = _free_port(), _free_port()
    url, engine_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{engine_port}"
    point(url, platform)
    log = folder / "log"
    async with served(platform) as secrets:
        environment = {
            **os.environ,
            **secrets,
            "MESOBOT_ENV": "demo",
            "MESOBOT_DATA_DIR": str(folder),
            "MESOBOT_DATABASE_URL": "",
            "MESOBOT_REDIS_URL": "",
            "MESOBOT_ENGINE_URLS": "",
            "MESOBOT_PUBLIC_URL": "",
            "MESOBOT_MODELS_DIR": str(settings.models_dir),
            "MESOBOT_PORT": str(port),
            "MESOBOT_ENGINE_PORT": str(engine_port),
        }
        with log.open("ab") as output:
            programs = [start(name, environment, output) for name in ("gateway", "engine")]
        try:
            print(f"Starting gateway and engine; their log is {log}", flush=True)
            end = asyncio.get_running_loop().time() + START_SECONDS
            while not (await asyncio.to_thread(answers, url) and await asyncio.to_thread(answers, engine_url)):
                if asyncio.get_running_loop().time() > end or any(one.poll() is not None for one in programs):
                    print(f"They did not start:\n{log.read_text(encoding='utf-8')[-2000:]}", file=sys.stderr)
                    return 1
                await asyncio.sleep(0.3)
            await Phone(platform, address).use()
            return 0
        finally:
            await asyncio.to_thread(stop, programs)


class Phone:
    """What a patient has in the hand."""

    def __init__(self, platform: Platform, address: str) -> None:
        self._platform = platform
        self._address = address
        self._shown = 0
        self._buttons: list[str] = []  # what pressing the nth sends back
        self._last = b""

    async def use(self) -> None:
        """Read lines until there are no more; messages are shown as they come."""
        print(f"\nYou write to the clinic by {self._platform.channel}.\n{HELP}")
        watching = asyncio.create_task(self._watch())
        try:
            while (line := await asyncio.to_thread(_read)) is not None and line != "!quit":
                if line:
                    await self._do(line)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _do(self, line: str) -> None:
        platform, (command, _, rest) = self._platform, line.partition(" ")
        if command == "!photo":
            await self._call(platform.photo(self._address, rest))
        elif command == "!again":
            await self._call(self._last)
            await self._call(self._last)
        elif command == "!forged":
            body = platform.text(self._address, "forged")
            for headers in ({}, dict.fromkeys(platform.signed(body), "wrong")):
                print(f"  {(await platform.call(body, headers)).status_code}")
        elif command == "!busy":
            platform.fail(429, {"parameters": {"retry_after": 3}}, Retry_After="3")
        elif command == "!raw":
            print(f"  {self._platform.taken[-1].raw if self._platform.taken else 'nothing yet'}")
        elif command.startswith("!"):
            print(HELP)
        elif line.isdecimal() and 0 < int(line) <= len(self._buttons):
            await self._call(platform.press(self._address, self._buttons[int(line) - 1]))
        else:
            await self._call(platform.text(self._address, line))

    async def _call(self, body: bytes) -> None:
        """Call the webhook, and wait for what comes of it, until it is quiet."""
        before, self._last = len(self._platform.taken), body
        response = await self._platform.call(body)
        if response.status_code != 200:
            print(f"  the webhook answered {response.status_code}")
        clock = asyncio.get_running_loop().time
        end, seen = clock() + ANSWER_SECONDS, before
        quiet = end
        while clock() < min(end, quiet):
            await asyncio.sleep(0.05)
            if len(self._platform.taken) > seen:
                seen, quiet = len(self._platform.taken), clock() + QUIET_SECONDS

    async def _watch(self) -> None:
        while True:
            for taken in self._platform.taken[self._shown :]:
                self._shown += 1
                self._show(taken)
            await asyncio.sleep(0.05)

    def _show(self, taken: Taken) -> None:
        print("\n" + "\n".join(f"  | {line}" for line in taken.text.splitlines()))
        self._buttons = list(taken.picks.values())
        for number, title in enumerate(taken.picks, start=1):
            print(f"  | [{number}] {title}")
        sys.stdout.flush()


def _read() -> str | None:
    try:
        line = input("\n> ").strip()
    except EOFError:
        return None
    if not sys.stdin.isatty():
        print(line)
    return line


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
