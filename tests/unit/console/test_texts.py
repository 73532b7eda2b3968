"""The console's texts, the fixed wording that it shows, and what the program loads."""

from __future__ import annotations

import re
from html import unescape

import pytest

from bot.console.fixed import CATALOGUES
from bot.console.ground import TEMPLATES
from bot.console.wording import Texts
from bot.safety.cards import LANGUAGES, edition, load_cards
from bot.safety.guards import Guards

from .staffed import Office


@pytest.mark.parametrize("language", LANGUAGES)
async def test_danger_cards_are_shown_with_sources_beside_english_and_pass_the_guards(
    here: Office, language: str
) -> None:
    one = await here.colleague("clinician")
    page = unescape((await one.get(f"/content/danger?language={language}")).text)
    shown, english = (load_cards(name)["cards"]["E1"].split("\n")[0] for name in (language, "en"))
    assert shown in page
    assert english in page
    assert "NHS: anaphylaxis" in page
    assert "U0: A worry after treatment that fits none of the signs" in page
    assert edition("E1", language) in page
    assert "Every text passes the guards." in page
    assert "<textarea" not in page  # nothing of it is changed here


@pytest.mark.parametrize("catalogue", CATALOGUES)
async def test_fixed_phrases_are_shown_beside_english_and_pass_the_guards(here: Office, catalogue: str) -> None:
    one = await here.colleague("editor")
    page = unescape((await one.get(f"/content/phrases?of={catalogue}&language=tr")).text)
    assert "Every text passes the guards." in page
    assert "said in English" not in page  # Turkish is complete
    assert page.count("<code>") > 20


def test_the_console_loads_neither_rasa_nor_tensorflow() -> None:
    import subprocess
    import sys

    script = (
        "import sys, bot.console.program;"
        "sys.exit(' '.join(m for m in ('rasa', 'rasa_sdk', 'tensorflow') if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_text_is_used_and_there() -> None:
    texts = Texts()
    pages = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    code = "".join(path.read_text() for path in TEMPLATES.parent.glob("*.py"))
    called = set(re.findall(r'\bt\("([a-z_.]+)"', pages)) | set(re.findall(r'texts\("([a-z_.]+)"', code))
    assert {key for key in called if not key.endswith(".")} <= set(texts.all)
    groups = set(re.findall(r'(?:t|texts|or_plain)\(f?"([a-z_.]+\.)(?:" ~|\{)', pages + code)) | {"canned."}
    said = pages + code
    unused = [
        key
        for key in texts.all
        if f'"{key}"' not in said
        and not any(key.startswith(group) for group in groups)
        and key.partition(".")[0] not in ("told", "nav")
    ]
    assert unused == []
    told = set(re.findall(r'go\([^)]*?"([a-z_]+)"(?: if done else "([a-z_]+)")?\)', code))
    assert {one for pair in told for one in pair if one} <= {key[5:] for key in texts.all if key.startswith("told.")}


def test_replies_to_begin_with_promise_nothing(here: Office) -> None:
    guards = Guards()
    for key, text in here.ground.texts.all.items():
        if key.startswith("canned."):
            filled = here.ground.clinic.fill(text, staff_name="Ada")
            assert guards.violations(filled) == (), key
