"""Takes the pictures of docs/widget and docs/screenshot.png: `python -m tests.browser.screenshots [name…]`.

They show the real widget and gateway with scripted answers.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bot.clinic import load_clinic
from bot.settings import ROOT

from .conftest import FLAGS, PICTURES, Visitor, chromium
from .served import House, house

PHONE = {"viewport": {"width": 390, "height": 780}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1360, "height": 860}}


def conversation(visitor: Visitor) -> None:
    visitor.begin().say("Does it hurt?").sees("quick pricks")


def questionnaire(visitor: Visitor) -> None:
    visitor.begin().say("health questions").sees("Do any of these")
    visitor.panel.get_by_label("Raised or thick scars (keloids)").check()
    visitor.panel.locator(".scroll").evaluate("one => one.scrollTop = one.scrollHeight")


def alert(visitor: Visitor) -> None:
    visitor.begin().say("My throat is closing up after the treatment")
    visitor.alert.wait_for()


def verdict(visitor: Visitor) -> None:
    visitor.begin().say("verdict please").sees("A clinician should look")


def slots(visitor: Visitor) -> None:
    visitor.begin().say("book a consultation").sees("When would suit you")


def booking(visitor: Visitor) -> None:
    slots(visitor)
    visitor.button("10:15").first.click()
    visitor.sees("is booked")


def arabic(visitor: Visitor) -> None:
    visitor.visit().open()
    visitor.sees("Hello!")
    visitor.say("هل يؤلم؟").sees("يشعر معظم")


def offline(visitor: Visitor) -> None:
    conversation(visitor)
    visitor.page.context.set_offline(True)
    visitor.say("And how long does it last?")
    visitor.panel.get_by_text("Waiting to be sent").wait_for()


def closed(visitor: Visitor) -> None:
    visitor.visit()


SHOTS: dict[str, tuple[dict[str, Any], Callable[[Visitor], None]]] = {
    "site": (DESKTOP, closed),
    "desktop": (DESKTOP, conversation),
    "phone": (PHONE, conversation),
    "site-phone": (PHONE, closed),
    "dark": ({**DESKTOP, "color_scheme": "dark"}, conversation),
    "rtl": ({**DESKTOP, "locale": "ar"}, arabic),
    "forced-colours": ({**DESKTOP, "forced_colors": "active"}, questionnaire),
    "alert": (PHONE, alert),
    "questionnaire": (PHONE, questionnaire),
    "verdict": (PHONE, verdict),
    "slots": (PHONE, slots),
    "booking": (PHONE, booking),
    "offline": (PHONE, offline),
    "small": ({"viewport": {"width": 320, "height": 568}, "has_touch": True}, alert),
}


def take(browser: Browser, served: House, name: str, folder: Path = PICTURES) -> Path:
    """One picture, by its name in SHOTS."""
    options, act = SHOTS[name]
    context = browser.new_context(**{"reduced_motion": "reduce", "locale": "en-GB", **options})
    visitor = Visitor(context.new_page(), served)
    act(visitor)
    visitor.page.wait_for_timeout(400)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    visitor.page.screenshot(path=path, full_page=name.startswith("site") and folder != PICTURES)
    context.close()
    return path


def main() -> None:
    """Take those that are named, or all."""
    wanted = sys.argv[1:] or [*SHOTS, "readme"]
    clinic = replace(load_clinic(ROOT / "clinic.yml"), languages=("en", "tr", "ar"))
    with (
        tempfile.TemporaryDirectory() as folder,
        house(clinic, Path(folder)) as served,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        for name in wanted:
            if name == "readme":
                take(browser, served, "desktop", Path(folder)).replace(ROOT / "docs" / "screenshot.png")
            else:
                take(browser, served, name)
        browser.close()


if __name__ == "__main__":
    main()
