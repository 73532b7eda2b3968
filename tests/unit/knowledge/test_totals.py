"""What several sessions or areas cost is added up from the clinic's prices, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.clinic import Clinic, load_clinic
from bot.knowledge.library import Library
from bot.knowledge.totals import Counted, Counting, price_list
from bot.safety.guards import Guards
from bot.settings import ROOT

CLINIC = load_clinic(ROOT / "clinic.yml")
LIBRARY = Library()
COUNTING = Counting()


def said(text: str, *, area: str | None = None, language: str = "en", clinic: Clinic = CLINIC) -> str:
    today = date(2026, 11, 27)
    return LIBRARY.answer("price_payment", text=text, area=area, language=language, clinic=clinic, today=today).text


@pytest.mark.parametrize(
    ("text", "sessions"),
    [
        ("how much for 6", 6),
        ("price of six sessions please", 6),
        ("6 seans ne kadar", 6),
        ("was kosten vier Sitzungen", 4),
        ("combien pour 3 séances", 3),
        ("a course of 10?", 10),
        ("how much", None),
        ("how much, I'm 34 years old", None),
        ("is it £150 or 170£ for 1", None),
        ("can I pay in 3 months", None),
        ("in 4 instalments?", None),
        ("how much, I have 2 kids", None),
        ("between 3 and 6 how much", None),
        ("how much for 500", None),
    ],
)
def test_a_number_in_a_price_question_means_sessions_unless_it_counts_something_else(
    text: str, sessions: int | None
) -> None:
    assert COUNTING.read(text) == Counted(sessions, None)


def test_each_price_is_multiplied_and_a_course_said_where_it_divides() -> None:
    text = said("how much for 6")
    assert "£900" in text
    assert "£1,020" in text
    assert "from £1,080" in text
    assert "courses of 3 (face, neck or hands): £780" in text
    assert "courses" not in said("how much for 4")


def test_the_area_spoken_of_is_the_only_one_added_up() -> None:
    assert "£1,020" in said("how much for 6", area="scalp")
    assert "£900" not in said("how much for 6", area="scalp")
    assert "£450" in said("three for my face", area="scalp")


def test_several_areas_are_added_up_and_the_price_together_is_left_to_the_team() -> None:
    text = said("how much for face and neck together")
    assert "Added up: £300" in text
    assert "020 7946 0100" in text
    assert "Added up: from £350" in said("scalp and body?")
    assert "020 7946 0100" in said("for two areas")


def test_what_else_was_asked_is_answered_too() -> None:
    assert "discounts" in said("is there a discount if I buy 6")


def test_a_sum_is_said_in_turkish() -> None:
    text = said("3 seans yüz kaç para", language="tr")
    assert "£450" in text
    assert "yüz, boyun ya da eller" in text


def test_a_clinic_without_a_price_list_says_what_it_said_before() -> None:
    values = {key: text for key, text in CLINIC.values.items() if not key.startswith("price_list.")}
    bare = replace(CLINIC, values=values, translated={})
    assert price_list(bare) == ()
    assert said("how much for 6", clinic=bare).startswith("£150 for one session")


def test_the_price_list_agrees_with_the_prices_told_in_words() -> None:
    single, course = CLINIC.values["prices.single"], CLINIC.values["prices.course"]
    for price in price_list(CLINIC):
        assert f"£{price.session}" in single
        assert price.course is None or f"£{price.course[1]}" in course


def priced(folder: Path, **prices: object) -> Clinic:
    """The demo clinic, in English only, with another price list."""
    given = yaml.safe_load((ROOT / "clinic.yml").read_text(encoding="utf-8"))
    path = folder / "clinic.yml"
    path.write_text(yaml.safe_dump({**given, "languages": [], "translations": {}, "price_list": prices}))
    return load_clinic(path)


FACE = {"title": "face", "areas": ["face"], "session": 150}


def test_a_price_may_have_cents(tmp_path: Path) -> None:
    face = {**FACE, "session": 1095.5, "course": {"sessions": 3, "price": "2999.99"}}
    clinic = priced(tmp_path, money="£{amount}", face=face)
    assert LIBRARY.check_clinic(clinic, Guards()) == []
    assert "£3,286.50" in said("how much for 3", clinic=clinic)
    assert "£2,999.99" in said("how much for 3", clinic=clinic)
    assert "£2,191." in said("how much for 2", clinic=clinic)


@pytest.mark.parametrize(
    ("money", "face", "problem"),
    [
        ("£{amount}", {**FACE, "session": "from 95"}, "face.session: 'from 95' is no amount"),
        ("£{amount}", {**FACE, "session": "nan"}, "face.session: 'nan' is no amount"),
        ("£{amount}", {"title": "face", "areas": ["face"]}, "face.session: '' is no amount"),
        ("£{amount}", {**FACE, "areas": []}, "face.areas: missing"),
        ("£{amount}", {"areas": ["face"], "session": 150}, "face.title: missing"),
        ("£{amount}", {**FACE, "course": {"sessions": 3, "price": None}}, "face.course.price: 'None' is no amount"),
        (
            "£{amount}",
            {**FACE, "course": {"sessions": 0, "price": 1}},
            "face.course.sessions: '0' is no number of sessions",
        ),
        ("£{amount}", {**FACE, "course": {"price": 1}}, "face.course.sessions: '' is no number of sessions"),
        ("£", FACE, "money: has no {amount}"),
        ("", FACE, "money: has no {amount}"),
    ],
)
def test_a_price_that_cannot_be_read_is_reported_and_nothing_is_summed(
    tmp_path: Path, money: str, face: dict[str, object], problem: str
) -> None:
    clinic = priced(tmp_path, money=money, face=face)
    assert LIBRARY.check_clinic(clinic, Guards()) == [f"en: clinic.yml: price_list.{problem}"]
    assert said("how much for 6", clinic=clinic).startswith("£150 for one session")


def test_a_price_list_without_money_is_reported_and_nothing_is_summed(tmp_path: Path) -> None:
    clinic = priced(tmp_path, face=FACE)
    assert LIBRARY.check_clinic(clinic, Guards()) == ["en: clinic.yml: price_list.money: has no {amount}"]
    assert said("how much for 6", clinic=clinic).startswith("£150 for one session")
