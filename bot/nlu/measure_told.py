"""How well facts are read in the product, with the second opinion: `python -m bot.nlu.measure_told <file.jsonl>`.

See `bot.safety.measure`, which measures the rules alone in the same way.
"""

from __future__ import annotations

from bot.nlu.told import Told
from bot.safety.measure import main

if __name__ == "__main__":
    raise SystemExit(main(facts=Told.load()))
