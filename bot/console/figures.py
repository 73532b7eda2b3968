"""Counts of the last weeks, without tests. Nobody can be recognised: small numbers are not shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, distinct, func, select
from starlette.responses import Response

from bot.console.ground import language_name
from bot.console.visit import Page, Visit
from bot.storage import alerts, consents, conversations, outbox, requests, turns
from bot.storage.assessments import assessments
from bot.storage.booking_tables import bookings
from bot.storage.inbox import i as inbox

SMALLEST = 5
PERIODS = (7, 30, 90)
MOST_TURNS = 20_000
MOST_UNFINISHED = 2_000
WEEKLY = 8  # topics that are shown over time
BAR, GAP, LABEL, WIDTH = 22, 10, 190, 480


@dataclass(frozen=True)
class Bar:
    """A number with its name; `shown` is what may be told of it."""

    name: str
    count: int

    @property
    def hidden(self) -> bool:
        return 0 < self.count < SMALLEST

    @property
    def shown(self) -> str:
        return f"< {SMALLEST}" if self.hidden else str(self.count)

    @property
    def drawn(self) -> int:
        """What the bar's length stands for: a hidden number is drawn as the limit."""
        return SMALLEST if self.hidden else self.count


@dataclass(frozen=True)
class Chart:
    """Bars with the same numbers as a table."""

    key: str
    bars: list[Bar]

    @property
    def height(self) -> int:
        return len(self.bars) * (BAR + GAP) + GAP

    def placed(self) -> list[tuple[Bar, int, int]]:
        """Each bar with its top and its length."""
        longest = max((bar.drawn for bar in self.bars), default=0) or 1
        room = WIDTH - LABEL - 60
        return [(bar, GAP + at * (BAR + GAP), round(room * bar.drawn / longest)) for at, bar in enumerate(self.bars)]


@dataclass(frozen=True)
class Weeks:
    """Topics over time: for each topic a number a week, from the week that began on each of `days`."""

    days: list[date]
    rows: list[tuple[str, list[Bar]]]


def pages() -> list[Page]:
    return [Page("/figures", show, "figures", place="figures")]


async def show(visit: Visit) -> Response:
    asked = visit.query("days")
    days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
    charts, weeks, response = await visit.run(_count, visit, days)
    return visit.render(
        "figures.html",
        charts=charts,
        weeks=weeks,
        response=response,
        days=days,
        periods=PERIODS,
        smallest=SMALLEST,
    )


def _count(visit: Visit, days: int) -> tuple[list[Chart], Weeks, str]:
    since, t = visit.ground.clock() - timedelta(days=days), visit.ground.texts
    c = conversations.c
    rooms = select(c.id).where(c.test.is_(False), c.created >= since)
    with visit.ground.database.read() as connection:

        def rows_of(column: Any, *where: Any) -> int:
            query = select(func.count(distinct(column))).where(column.in_(rooms), *where)
            return int(connection.scalar(query) or 0)

        a, b = assessments.c, bookings.c
        steps = {
            "opened": rows_of(c.id),
            "asked": rows_of(outbox.m.conversation, outbox.m.sender == "patient"),
            "started": rows_of(consents.consents.c.conversation, consents.consents.c.decision == "given"),
            "finished": rows_of(a.conversation),
            "booked": rows_of(b.conversation, b.state != "cancelled"),
        }
        others = {
            "person": rows_of(requests.r.conversation),
            "alert": rows_of(alerts.a.conversation),
            "cancelled": rows_of(b.conversation, b.state == "cancelled"),
        }
        topics, by_week, unsure, seconds = _understood(visit, connection, rooms)
        left = _left(visit, connection, rooms)
        verdicts = _verdicts(visit, connection, rooms)
        languages = _grouped(connection, select(c.language, func.count()).where(c.id.in_(rooms)).group_by(c.language))
        channels = _grouped(connection, select(c.channel, func.count()).where(c.id.in_(rooms)).group_by(c.channel))
    charts = [
        Chart("funnel", [Bar(t(f"figures.step.{name}"), n) for name, n in steps.items()]),
        Chart("topics", [Bar(visit.ground.topic_title(name), n) for name, n in topics.most_common(12)]),
        Chart("left", _bars(left, visit.ground.question_title)),
        Chart("verdicts", _bars(verdicts, lambda name: t.or_plain(f"verdict.{name}", name))),
        Chart("rest", [Bar(t(f"figures.other.{name}"), n) for name, n in {**others, "unsure": unsure}.items()]),
        Chart("languages", _bars(languages, lambda name: language_name(name, "en"))),
        Chart("channels", _bars(channels, lambda name: t.or_plain(f"channel.{name}", name))),
    ]
    response = f"{median(seconds):.1f}" if len(seconds) >= SMALLEST else ""
    return charts, _weeks(visit, topics, by_week), response


def _weeks(visit: Visit, topics: Counter[str], by_week: Mapping[date, Counter[str]]) -> Weeks:
    days = sorted(by_week)
    named = [(visit.ground.topic_title(topic), topic) for topic, _ in topics.most_common(WEEKLY)]
    return Weeks(days, [(name, [Bar(name, by_week[day][topic]) for day in days]) for name, topic in named])


def _left(visit: Visit, connection: Connection, rooms: Any) -> Counter[str]:
    """The question before which people gave up: the last one asked of those who began and did not finish."""
    given, a, m = consents.consents.c, assessments.c, outbox.m
    begun = select(given.conversation).where(given.decision == "given", given.conversation.in_(rooms))
    unfinished = begun.where(given.conversation.not_in(select(a.conversation))).distinct().limit(MOST_UNFINISHED)
    questions = set(visit.ground.questionnaire.items) | set(visit.ground.questionnaire.groups)
    found = Counter[str]()
    for conversation in connection.scalars(unfinished).all():
        query = select(m.id, m.content).where(m.conversation == conversation, m.sender == "bot").order_by(m.seq.desc())
        for row in connection.execute(query.limit(20)):
            reply = visit.ground.database.unseal(m.content, row.id, row.content)["reply"]
            if reply["kind"] == "question" and reply["ref"] in questions:
                found[reply["ref"]] += 1
                break
    return found


def _understood(
    visit: Visit, connection: Connection, rooms: Any
) -> tuple[Counter[str], dict[date, Counter[str]], int, list[float]]:
    database, table = visit.ground.database, turns.turns
    query = (
        select(table.c.inbox, table.c.reading, table.c.at, inbox.received_at)
        .join_from(table, inbox.id.table, inbox.id == table.c.inbox)
        .where(table.c.conversation.in_(rooms))
        .order_by(table.c.at.desc())
        .limit(MOST_TURNS)
    )
    topics, unsure, seconds = Counter[str](), 0, list[float]()
    by_week: dict[date, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(query):
        reading = database.unseal(table.c.reading, row.inbox, row.reading)
        named = {one["topic"] for one in reading.get("topics") or ()}
        topics.update(named)
        day = row.at.astimezone(visit.ground.clinic.time_zone).date()
        by_week[day - timedelta(days=day.weekday())].update(named)
        unsure += reading.get("certainty") == "unsure"
        seconds.append(max(0.0, (row.at - row.received_at).total_seconds()))
    return topics, by_week, unsure, seconds


def _verdicts(visit: Visit, connection: Connection, rooms: Any) -> Counter[str]:
    a, found = assessments.c, Counter[str]()
    query = select(a.id, a.content).where(a.conversation.in_(rooms), a.superseded_at.is_(None))
    for row in connection.execute(query):
        content = visit.ground.database.unseal(a.content, row.id, row.content)
        found[str(content["assessment"].get("verdict") or "none")] += 1
    return found


def _grouped(connection: Connection, query: Any) -> Counter[str]:
    return Counter({str(name or "?"): int(count) for name, count in connection.execute(query)})


def _bars(counted: Counter[str], name: Any) -> list[Bar]:
    return [Bar(name(key), n) for key, n in _ordered(counted.items())]


def _ordered(items: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(items, key=lambda one: (-one[1], one[0]))
