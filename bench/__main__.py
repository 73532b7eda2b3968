"""`python -m bench [--quick] [--without training,...]`: measure ours beside the starter bot, print, write, judge."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tqdm import tqdm

from bench import bots, house
from bench.budgets import judge, table, write
from bench.load import SHORT, Talker, growth, percentile
from bench.processes import Served, free_port
from bot.settings import ROOT, from_environment

OUT = ROOT / "results" / "bench"
USERS = (1, 4, 16)


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    starts: int
    conversations: int
    seconds: float
    rounds: int
    long: int
    visitors: int
    training: bool


FULL = Plan(starts=3, conversations=20, seconds=6, rounds=3, long=300, visitors=16, training=True)
QUICK = Plan(starts=1, conversations=6, seconds=3, rounds=1, long=120, visitors=16, training=False)


@dataclass
class Side:
    """One bot and everything measured of it."""

    bot: bots.Bot
    port: int = field(default_factory=free_port)
    figures: dict[str, float] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    rates: dict[int, list[float]] = field(default_factory=lambda: {users: [] for users in USERS})
    long: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    early: list[float] = field(default_factory=list)
    training: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Base address while it is served."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, folder: Path) -> Served:
        """Serve it and wait for its first answer, which is what a cold start is measured to."""
        served = self.bot.serve(self.port, folder)

        def answers() -> bool:
            body = self.bot.body(f"start-{len(self.starts)}", self.bot.words[0])
            response = httpx.post(f"{self.url}{self.bot.path}", json=body, timeout=120, trust_env=False)
            # The starter answers 200 with nothing before its model is there.
            return response.is_success and self.bot.answered(response.json()) and bool(response.json())

        self.starts.append(served.wait(answers))
        self.figures["cold_start_processor"] = served.processor_seconds()
        return served

    def summary(self) -> dict[str, float]:
        """Every figure that was measured."""
        found = dict(self.figures)
        found["cold_start"] = statistics.median(self.starts)
        found["turn_p50"], found["turn_p95"] = statistics.median(self.turns), percentile(self.turns, 95)
        found |= {f"turns_{users}": statistics.median(rates) for users, rates in self.rates.items()}
        found["growth"] = growth(self.late, self.early)
        if self.training:
            found["training"] = statistics.median(self.training)
        return found

    def samples(self) -> dict[str, Any]:
        """What the plot and a later reader want to see singly."""
        rates = {str(users): statistics.median(values) for users, values in self.rates.items()}
        return {
            "starts": self.starts,
            "turns": self.turns,
            "long": self.long,
            "rates": rates,
            "training": self.training,
        }


def main() -> int:
    """Exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, no training: some five minutes")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of figures.json and plot.png")
    given = parser.parse_args()
    plan = QUICK if given.quick else FULL
    project = _prepare()
    ours, starter = Side(bots.ours()), Side(bots.starter(project))
    total = (
        2 * plan.starts
        + 2 * plan.conversations * SHORT
        + 2 * plan.rounds * len(USERS)
        + 2 * plan.long
        + plan.visitors * (len(house.QUESTIONS) + house.HEALTH)
        + 2 * plan.training
    )
    with tqdm(total=total, unit="step", file=sys.stderr) as bar, tempfile.TemporaryDirectory() as name:
        _measure(plan, ours, starter, project, Path(name), bar)
    figures = {"ours": ours.summary(), "starter": starter.summary()}
    lines = judge(figures["ours"], figures["starter"])
    write(given.out, lines, figures, {"ours": ours.samples(), "starter": starter.samples()})
    print(table(lines, figures["ours"], figures["starter"]))
    print(f"\nwritten to {given.out}")
    return 0 if all(line.kept for line in lines) else 1


def _prepare() -> Path:
    """Train both, unless they are trained: cold starts are measured with a model in place."""
    from bot.engine.training import train_apart

    settings = from_environment()
    print("training what is not trained yet", file=sys.stderr)
    train_apart(ROOT, settings.models_dir)
    return bots.trained_starter(settings.data_dir / "bench")


def _measure(plan: Plan, ours: Side, starter: Side, project: Path, folder: Path, bar: tqdm[Any]) -> None:
    sides = (ours, starter)
    if plan.training:
        bar.set_description("training")
        for side, (seconds, processor) in (
            (starter, bots.train_starter(project, folder / "training-starter.log")),
            (ours, bots.train_ours(folder / "training-ours.log")),
        ):
            side.training.append(seconds)
            side.figures["training_processor"] = processor
            bar.update()
    for again in range(plan.starts):
        bar.set_description("cold start")
        with ExitStack() as running:
            served = {}
            for side in sides:  # one after the other: two starts at once would share the cores
                served[side.bot.name] = running.enter_context(side.start(folder))
                bar.update()
            if again == plan.starts - 1:
                asyncio.run(_speak(plan, sides, served, folder, bar))


async def _speak(plan: Plan, sides: tuple[Side, ...], served: dict[str, Served], folder: Path, bar: tqdm[Any]) -> None:
    """Everything that needs both running. The other one is idle while one is asked."""
    talkers = {side.bot.name: Talker(side.bot, side.url) for side in sides}
    for side in sides:
        side.figures["memory"] = served[side.bot.name].megabytes()
        for _ in range(2):  # the first conversations pay for what is loaded late
            await talkers[side.bot.name].short(lambda _: None)
    bar.set_description("short conversations")
    processor = {side.bot.name: 0.0 for side in sides}
    for _ in range(plan.conversations):
        for side in sides:
            before = served[side.bot.name].processor_seconds()
            side.turns += await talkers[side.bot.name].short(bar.update)
            processor[side.bot.name] += served[side.bot.name].processor_seconds() - before
    for side in sides:
        side.figures["turn_processor"] = 1000 * processor[side.bot.name] / len(side.turns)
    bar.set_description("many users")
    for _ in range(plan.rounds):
        for users in USERS:
            for side in sides:
                side.rates[users].append(await talkers[side.bot.name].many(users, plan.seconds))
                bar.update()
    bar.set_description("one long conversation")
    for side in sides:
        side.long, side.late, side.early = await talkers[side.bot.name].long(plan.long, bar.update)
        side.figures["memory_after"] = served[side.bot.name].megabytes()
    for talker in talkers.values():
        await talker.close()
    bar.set_description("patient visits")
    ours = sides[0]
    port = free_port()
    with house.serve_gateway(port, ours.port, folder) as gateway:
        url = f"http://127.0.0.1:{port}"
        gateway.wait(lambda: httpx.get(f"{url}/healthz", timeout=2, trust_env=False).is_success)
        turns = await house.visits(url, plan.visitors, bar.update)
        ours.figures["visit_p50"], ours.figures["visit_p95"] = statistics.median(turns), percentile(turns, 95)
        ours.figures["widget"] = await house.widget_bytes(url)


if __name__ == "__main__":
    sys.exit(main())
