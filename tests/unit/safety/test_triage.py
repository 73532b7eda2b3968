"""Triage: what is happening is told from what is denied, asked, long past, a habit or a manner of speaking."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from bot.safety.ages import load_dates
from bot.safety.disclosures import Disclosures
from bot.safety.measure import FALSE_ALARMS, TARGETS, load_lines, measure, report
from bot.safety.triage import Triage

DANGER = Path(__file__).parents[3] / "data" / "danger"


@pytest.mark.parametrize("name", ["development.jsonl", "development_languages.jsonl"])
def test_what_it_learned_from_meets_the_targets(triage: Triage, name: str) -> None:
    class NoDisclosures(Disclosures):
        def __init__(self) -> None: ...

    score = measure(load_lines([DANGER / name]), triage, NoDisclosures(), StringIO())
    for tier, target in TARGETS.items():
        rate = score.rate(tier)
        assert rate is not None
        assert rate >= target, report(score)
    assert score.false_alarm_rate <= FALSE_ALARMS, report(score)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("no fever but my lips are huge", "E1"),
        ("I don't have a rash, just my tongue is swelling", "E1"),
        ("no pain no fever lips are swelling up", "E1"),
        ("not just red but white and numb as well", "E4"),
        ("no idea why but everything is blurry", "E2"),
        ("my husband can't breathe", "E1"),
        ("can it cause infections? because there is pus coming out", "U1"),
        ("I had botox five years ago. Now my lips are swelling", "E1"),
        ("the swelling went away but now it came back and it is hot and spreading", "U1"),
        ("not suicidal but I don't want to wake up tomorrow", "SH1"),
        ("I have a symptom: I'm 16 and my lips are swelling", "E1"),
    ],
)
def test_the_affirmed_part_triggers(triage: Triage, text: str, flag: str) -> None:
    assert triage.read(text).flag == flag


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("no swelling of the lips or throat", "negated"),
        ("what if my throat closes up", "hypothetical"),
        ("as a child I had a seizure", "past"),
        ("what should I do if I can't breathe after treatment?", "hypothetical"),
    ],
)
def test_mere_talk_is_told_apart_and_remembered(triage: Triage, text: str, certainty: str) -> None:
    finding = triage.read(text)
    assert not finding.alarms
    assert finding.certainty == certainty
    assert finding.about is not None


def test_an_unclear_emergency_shows_the_card_and_asks(triage: Triage) -> None:
    finding = triage.read("what do I do if my tongue is swelling right now")
    assert finding.tier == "emergency"
    assert finding.ask_if_now


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("small bumps on my cheek, done 3 hours ago", "expected"),
        ("bumps came up 3 weeks later", "urgent"),
        ("a little red and warm, it was done yesterday", "expected"),
        ("red and warm on day 4", "urgent"),
        ("still tender on day 13", "urgent"),
        ("got a small bruise yesterday", "expected"),
    ],
)
def test_the_time_since_treatment_decides(triage: Triage, text: str, tier: str) -> None:
    assert triage.read(text).tier == tier


@pytest.mark.parametrize(
    "text",
    [
        "my LIPS are SWELLING",
        "my lips are sweling",
        "my lips r swollenn",
        "my lips… are swelling!!!",
        "my lips\nare swelling",
    ],
)
def test_spelling_and_shouting_do_not_matter(triage: Triage, text: str) -> None:
    assert triage.read(text).flag == "E1"


@pytest.mark.parametrize("text", ["", "   ", "?!", "😀", "\u200b", "/start", "a" * 4000, "1 2 3 " * 600])
def test_any_text_is_read(triage: Triage, text: str) -> None:
    assert not triage.read(text).alarms


def test_danger_at_the_end_of_a_long_message_is_seen(triage: Triage) -> None:
    text = "I was very happy with the visit and the staff. " * 80
    assert triage.read(text + "But now my tongue is swelling.").flag == "E1"


def test_the_words_are_the_patients_own(triage: Triage) -> None:
    assert triage.read("Hello. My LIPS are swelling").words == ("LIPS", "swelling")


@pytest.mark.parametrize(("year", "minor"), [(2011, True), (1990, False)])
def test_a_year_of_birth_tells_a_minor(triage: Triage, year: int, minor: bool) -> None:
    finding = triage.read(f"I was born in {year}", today=date(2026, 11, 23))
    assert (finding.flag == "M1") is minor


def test_a_language_is_recognised_whatever_the_hint(triage: Triage) -> None:
    assert triage.read("no puedo respirar bien desde las inyecciones", "en").flag == "E1"


def test_missing_diacritics_do_not_matter(triage: Triage) -> None:
    assert triage.read("bogazim sisiyor nefes alamiyorum").flag == "E1"
    assert triage.read("nie moge oddychac po zastrzykach").flag == "E1"


def test_threads_may_share_it(triage: Triage) -> None:
    texts = ["my lips are swelling", "does it hurt", "quiero morirme", "no fever"] * 50
    alone = [triage.read(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(triage.read, texts)) == alone


@pytest.mark.parametrize(
    "text",
    [
        "Does it hurt? I also wanted to ask about the price. My lip is getting really swollen since the session.",
        "is there parking and how much is it also my eye went blurry after yesterdays injection and do you take cards",
        "Merhaba, fiyat ne kadar? Otopark var mı? Bugünkü iğneden sonra nefes alamıyorum.",
    ],
)
def test_a_sign_between_questions_is_not_outweighed_by_them(triage: Triage, text: str) -> None:
    assert triage.read(text).tier == "emergency"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("mesh 2adra atnafes", "E1"),
        ("lesani wermet", "E1"),
        ("mesh shayfa b 3eni el yemeen", "E2"),
        ("bghit nmot", "SH1"),
        ("3ayza amoot", "SH1"),
        ("bkam el galsa law sama7t", None),
    ],
)
def test_arabic_in_latin_letters_is_read(triage: Triage, text: str, flag: str | None) -> None:
    assert triage.read(text).flag == flag


@pytest.mark.parametrize(
    "text",
    [
        "am 8. dezember um halb drei",
        "Am 12. Dezember",
        "ich komme am 9.",
        "Termin am 14.12. um 9",
        "um 16 Uhr",
        "12 December at 9",
        "le 12 décembre",
        "dia 16",
        "op 16 december om 16 uur",
        "16 декабря",
        "16 ديسمبر",
    ],
)
def test_the_number_of_a_day_or_an_hour_is_no_age(triage: Triage, text: str) -> None:
    assert not triage.read(text).alarms


@pytest.mark.parametrize(
    "text",
    [
        "I'm 16 and free on 12 December",
        "i am 16 may i come",
        "ich werde im Mai 17",
        "j'ai 16 ans, le 12 décembre ça va ?",
    ],
)
def test_an_age_beside_a_day_is_still_an_age(triage: Triage, text: str) -> None:
    assert triage.read(text).flag == "M1"


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("po zabiegu mam ropę i gorączkę co robić", "U1"),
        ("am liebsten wär ich tot", "SH1"),
        ("jveux mourir", "SH1"),
        ("a volte penso di buttarmi giù", "SH1"),
        ("mam ochotę ze sobą skończyć", "SH1"),
        ("بدي موت ما بقدر كمل", "SH1"),
        ("بدي موت من الضحك", None),
        ("tout foutre en l'air", None),
    ],
)
def test_it_is_heard_as_people_say_it(triage: Triage, text: str, flag: str | None) -> None:
    assert triage.read(text).flag == flag


@pytest.mark.parametrize(
    ("text", "is_all"),
    [
        ("am 8. Dezember um halb drei", True),
        ("il 9 dicembre alle 10", True),
        ("9 aralıkta saat 3", True),
        ("10 декабря в три", True),
        ("15", False),
        ("fällig am 8. Dezember", False),
        ("botox on 8 December", False),
    ],
)
def test_a_message_that_only_says_when_is_known(text: str, is_all: bool) -> None:
    assert load_dates().is_all(text) is is_all


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("a i jeszcze po ostatnim zabiegu mam ropę na policzku", "U1"),
        ("после укола гной", "U1"),
        ("can it cause pus and fever after the treatment?", None),
        ("no pus after the treatment", None),
    ],
)
def test_pus_after_the_treatment_counts_whatever_else_is_said(triage: Triage, text: str, flag: str | None) -> None:
    assert triage.read(text).flag == flag


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("lumps on day 2 after my injections, they are growing", "U0"),
        ("I have lumps 3 days after the injections", "U0"),
        ("three weeks after and I've got hard red lumps on my belly", "U2"),
        ("hard lumps that keep growing where they injected", "U2"),
    ],
)
def test_in_the_first_week_lumps_get_no_card_that_speaks_of_weeks(triage: Triage, text: str, flag: str) -> None:
    found = triage.read(text)
    assert (found.tier, found.flag) == ("urgent", flag)
