"""What every program of these tests imports, imported once: the process that does so is forked for each program."""

from __future__ import annotations

import sys

from bot.settings import ROOT

sys.path.insert(0, str(ROOT / "tests" / "unit"))
from gateway.fake_engine import FakeEngine
from gateway.house import LIBRARY, read_danger

from bot.gateway.program import make_server
from bot.libyaml import use_libyaml

use_libyaml()

__all__ = ["LIBRARY", "FakeEngine", "make_server", "read_danger"]
