"""The operators' pages are true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from bot import settings

PAGES = settings.ROOT / "docs" / "operations"


def test_every_setting_is_documented_and_nothing_else() -> None:
    source = Path(settings.__file__).read_text()
    read = {f"MESOBOT_{name}" for name in re.findall(r'(?:text|port|several)\("([A-Z_]+)"', source)}
    documented = set(re.findall(r"^\| `(MESOBOT_[A-Z_]+)`", (PAGES / "settings.md").read_text(), re.MULTILINE))
    assert documented == read | set(settings.CHANNEL_SECRETS)


def test_every_event_of_the_operators_page_exists() -> None:
    table = (PAGES / "running.md").read_text().partition("| event | do |")[2]
    events = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", table.partition("\n\n")[0]))
    source = "".join(path.read_text() for path in (settings.ROOT / "bot" / "gateway").glob("*.py"))
    assert events
    assert all(f'"{event}"' in source for event in events)


def test_the_gateway_loads_neither_rasa_nor_tensorflow() -> None:
    script = (
        "import sys, bot.gateway.program as p; from bot.safety.triage import Triage; Triage.load();"
        "sys.exit(' '.join(m for m in ('rasa', 'rasa_sdk', 'tensorflow') if m in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=settings.ROOT, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, ""), done.stderr
