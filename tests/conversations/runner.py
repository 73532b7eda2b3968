"""Runs a transcript against the real model with the real actions.

A transcript is a YAML list of steps:

    - user: does it hurt?          # what the patient types
    - pick: Tell me more           # or the title of an offered choice; a list picks several, a number the nth (from 0)
      bot: [answer pain_numbing]   # expected replies, as "kind ref", in order; leave out to accept any
      says: [prick]                # texts that must occur in the replies, ignoring case
      never: [painless]            # texts that must not
      choices: [Tell me more]      # titles that must be offered
    - include: consent             # steps of fragments/consent.yml, for use in several transcripts

`at: 2026-11-23T10:00:00+00:00` on a step sets the time from there on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.engine.assistant import Assistant
from bot.engine.terminal import Conversation
from bot.envelope import Reply
from bot.storage.turns import TurnStore

HERE = Path(__file__).parent
FRAGMENTS = HERE / "fragments"


def transcripts() -> list[Path]:
    """Every transcript, in a stable order; the folder says what kind of behaviour it shows."""
    return sorted(path for path in HERE.rglob("*.yml") if FRAGMENTS not in path.parents)


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """The steps of a transcript with its fragments in place."""
    for step in yaml.safe_load(path.read_text(encoding="utf-8")):
        if "include" in step:
            yield from steps(FRAGMENTS / f"{step['include']}.yml")
        else:
            yield step


async def run(path: Path, assistant: Assistant, store: TurnStore) -> None:
    """Raises `AssertionError` naming the step that went another way."""
    conversation = Conversation(assistant, store)
    offered: dict[str, str] = {}
    at: datetime | None = None
    for number, step in enumerate(steps(path), start=1):
        at = datetime.fromisoformat(str(step["at"])) if "at" in step else at
        where = f"{path.relative_to(HERE)} step {number} ({step.get('user') or step.get('pick')})"
        if "pick" in step:
            titles = [
                list(offered)[title] if isinstance(title, int) else title
                for title in (step["pick"] if isinstance(step["pick"], list) else [step["pick"]])
            ]
            missing = [title for title in titles if title not in offered]
            assert not missing, f"{where}: {missing} not among the choices {sorted(offered)}"
            replies = await conversation.say(choices=[offered[title] for title in titles], at=at)
        else:
            replies = await conversation.say(str(step["user"]), at=at)
        _check(step, replies, where)
        offered = {choice.title: choice.id for reply in replies for choice in reply.choices} or offered


def _check(step: dict[str, Any], replies: tuple[Reply, ...], where: str) -> None:
    said = "\n".join(reply.text for reply in replies)
    heard = [f"{reply.kind} {reply.ref}" for reply in replies]
    assert replies, f"{where}: the bot said nothing"
    if "bot" in step:
        assert heard == step["bot"], f"{where}: heard {heard}\n{said}"
    for text in step.get("says", ()):
        assert str(text).casefold() in said.casefold(), f"{where}: {text!r} is not in\n{said}"
    for text in step.get("never", ()):
        assert str(text).casefold() not in said.casefold(), f"{where}: {text!r} is in\n{said}"
    titles = {choice.title for reply in replies for choice in reply.choices}
    for title in step.get("choices", ()):
        assert title in titles, f"{where}: no choice {title!r} among {sorted(titles)}"
