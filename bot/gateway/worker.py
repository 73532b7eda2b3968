"""Does the jobs of the database: deliveries, escalation, retention, and whatever kinds colleagues register."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from bot.gateway.ground import Ground
from bot.gateway.logs import log
from bot.storage import jobs, retention
from bot.storage.database import StorageError
from bot.storage.jobs import Job
from bot.storage.tables import new_id

Handler = Callable[[Job], Awaitable[None]]
LOOK_EVERY = 1.0
LEASE = timedelta(seconds=60)
TIMEOUT = 45.0  # shorter than the lease: a job that hangs ends before another worker takes it
RETENTION_EVERY = timedelta(hours=1)


class Worker:
    """Takes one job after the other while it runs; run several for more at once."""

    def __init__(self, ground: Ground, handlers: Mapping[str, Handler]) -> None:
        self._database = ground.database
        self._metrics = ground.metrics
        self._clock = ground.clock
        self._handlers = {"retention": self._retain, **handlers}
        self._name = new_id()
        self._news = asyncio.Event()

    def nudge(self) -> None:
        """A job was added that is due now."""
        self._news.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            try:
                await self._database.run(self._plan_retention)
                while await self.step():
                    pass
            except StorageError as error:
                log.warning("worker.database_away", error=str(error))
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), LOOK_EVERY)
            except asyncio.TimeoutError:
                continue

    async def step(self) -> bool:
        """Do one job that is due; False when there is none."""
        job = await self._database.run(self._take)
        if job is None:
            return False
        try:
            await asyncio.wait_for(self._handlers[job.kind](job), TIMEOUT)
        except Exception as error:  # a bad job must not stop the others
            dead = await self._database.run(self._fail, job, type(error).__name__)
            self._metrics.jobs.labels(job.kind, "dead" if dead else "retry").inc()
            log.warning("job.failed", job=job.id, kind=job.kind, attempts=job.attempts, error=error)
        else:
            await self._database.run(self._finish, job)
            self._metrics.jobs.labels(job.kind, "done").inc()
        return True

    def _take(self) -> Job | None:
        at, kinds = self._clock(), list(self._handlers)
        with self._database.read() as connection:  # most looks find nothing: no write lock for them
            if not jobs.any_due(connection, kinds, at):
                return None
        with self._database.write() as connection:
            return jobs.take(self._database, connection, kinds, worker=self._name, at=at, lease=LEASE)

    def _finish(self, job: Job) -> None:
        with self._database.write() as connection:
            jobs.finish(self._database, connection, job, self._name, self._clock())

    def _fail(self, job: Job, fault: str) -> bool:
        with self._database.write() as connection:
            return jobs.fail(connection, job, self._name, self._clock(), fault)

    def _plan_retention(self) -> None:
        at = self._clock()
        key = f"retention:{int(at.timestamp() // RETENTION_EVERY.total_seconds())}"
        with self._database.read() as connection:
            if jobs.known(connection, key):
                return
        with self._database.write() as connection:
            jobs.add(self._database, connection, "retention", {}, at, unique_key=key)

    async def _retain(self, job: Job) -> None:
        count = await self._database.run(self._apply_retention)
        log.info("retention.done", count=count)

    def _apply_retention(self) -> int:
        with self._database.write() as connection:
            return retention.apply(connection, self._clock())
