"""The parts of a gateway, put together once, started and stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.booking.wording import Wording as BookingWording
from bot.clinic import Clinic
from bot.gateway.alerts import Alerts
from bot.gateway.booking_outlets import make_booking_outlets
from bot.gateway.bookings import Bookings
from bot.gateway.bus import Bus
from bot.gateway.channels.platforms import Platforms
from bot.gateway.danger import Watch, of_the_page, tier_of
from bot.gateway.engines import Engines
from bot.gateway.ground import Ground
from bot.gateway.hub import Hub
from bot.gateway.intake import Intake
from bot.gateway.limits import Limits, make_limiter
from bot.gateway.logs import log
from bot.gateway.metrics import Metrics, folder_of
from bot.gateway.outlets import make_outlets
from bot.gateway.post import make_post
from bot.gateway.sessions import Sessions
from bot.gateway.turns import Turns
from bot.gateway.web import ChatApi
from bot.gateway.wording import Phrases, Wording
from bot.gateway.worker import Worker
from bot.safety.findings import Finding
from bot.settings import Settings
from bot.storage import migrations
from bot.storage.database import StorageError, open_database
from bot.storage.tables import now

START_SECONDS = 20.0  # the gateway waits so long for the database, then serves without: danger must be answered
TRY_AGAIN = 3.0
PUBLISH_EVERY = 5.0
CANCEL_AGAIN = 0.1


class Gateway:
    """Everything that one gateway process needs. `app.create_app(gateway)` serves it."""

    def __init__(
        self,
        settings: Settings,
        clinic: Clinic,
        read_danger: Callable[[str, str], Finding],
        library: Phrases,
        *,
        spoken: Callable[[str, str], str] = of_the_page,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.settings = settings
        self.clinic = clinic
        database = open_database(settings, upgrade=False)
        self._bus = Bus(settings.redis_url) if settings.redis_url else None
        self.ground = Ground(database, Hub(database, self._bus), Wording(clinic, library), Metrics(), clock)
        self.engines = Engines(settings.engines)
        watch = Watch(read_danger, clinic, spoken, self.engines.tier)
        post, words = make_post(settings), BookingWording(clinic)
        self.alerts = Alerts(self.ground, make_outlets(settings, clinic.name, post))
        self.turns = Turns(self.ground, self.engines, self.alerts, tier_of)
        outlets = make_booking_outlets(settings, clinic, post, words)
        self.bookings = Bookings(self.ground, clinic, words, outlets, post, self._text, settings.reached_at)
        self.worker = Worker(self.ground, {**self.alerts.handlers, **self.bookings.handlers})
        self.turns.on_alert = self.worker.nudge
        self.intake = Intake(self.ground, watch, self.alerts, self.turns, self.worker)
        sessions, limiter = Sessions(settings.secret_key), make_limiter(settings.redis_url)
        self.api = ChatApi(
            self.ground,
            self.intake,
            sessions,
            limiter,
            limits=limits or Limits(),
            languages=clinic.languages,
            trusted_proxies=settings.trusted_proxies,
        )
        self.platforms = Platforms(settings, clinic, self.ground, self.intake, self.alerts, post, sessions, limiter)
        self.ground.hub.on_news = self.platforms.nudge
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Bring the tables up to date and begin to work; with the database away, begin as soon as it is back."""
        ready = asyncio.create_task(self._prepare())
        await asyncio.wait({ready}, timeout=START_SECONDS)
        self._tasks.append(ready)

    async def stop(self) -> None:
        """End streams, let turns finish, give everything back."""
        self.ground.hub.close()
        await self.turns.stop()
        await _ended(self._tasks)
        self.ground.metrics.withdraw(folder_of(self.settings.data_dir))
        await self.intake.close()
        await self.platforms.stop()
        await self.engines.close()
        if self._bus is not None:
            await self._bus.close()
        self.ground.database.close()
        log.info("gateway.stopped")

    async def health(self) -> dict[str, Any]:
        """What works. The gateway serves as long as the database does; without an engine it says so to patients."""
        try:
            database = await asyncio.wait_for(self.ground.database.run(self._ping), 2)
        except (StorageError, asyncio.TimeoutError):
            database = False
        engine = await self.engines.any_up()
        state = "ok" if database and engine else "degraded" if database else "down"
        return {"status": state, "database": database, "engine": engine}

    async def _prepare(self) -> None:
        while True:
            try:
                await self.ground.database.run(migrations.upgrade, self.settings.database)
                break
            except (SQLAlchemyError, StorageError) as error:
                log.error("gateway.database_away", error=error)
                await asyncio.sleep(TRY_AGAIN)
        for work in (
            self.turns.run,
            self.worker.run,
            self.platforms.run,
            self.ground.hub.watch,
            self.ground.hub.listen,
            self._publish,
        ):
            self._tasks.append(asyncio.create_task(work()))
        log.info("gateway.ready")

    async def _text(self, number: str, text: str) -> None:
        # Jobs are made before the platforms, which need the intake, which needs the worker.
        await self.platforms.text(number, text)

    async def _publish(self) -> None:
        """The console serves these values on its own port; this one has nothing but what patients need."""
        folder = folder_of(self.settings.data_dir)
        while True:
            with suppress(OSError):  # a full or read-only disk is no reason to stop answering
                await asyncio.to_thread(self.ground.metrics.publish, folder)
            await asyncio.sleep(PUBLISH_EVERY)

    def _ping(self) -> bool:
        with self.ground.database.read() as connection:
            connection.execute(text("SELECT 1 FROM conversations LIMIT 1"))
        return True


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: `wait_for` of Python 3.10 forgets a cancellation that comes with what it awaits."""
    while running := {task for task in tasks if not task.done()}:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)  # an old fault of theirs is no fault of the end
