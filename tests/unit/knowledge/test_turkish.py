"""The Turkish texts: complete, in step with English, and free of what must never be said."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from bot.clinic import PLACEHOLDER, Clinic
from bot.knowledge.library import Library
from bot.safety.guards import Guards

TITLES = ("phrase.topic.", "phrase.choice_", "phrase.area.")


def texts() -> dict[str, str]:
    return dict(Library().all_texts("tr"))


def test_nothing_is_left_in_english(library: Library) -> None:
    assert library.untranslated("tr") == []


def test_every_text_has_the_placeholders_of_the_english_one(library: Library) -> None:
    english = dict(library.all_texts("en"))
    for place, text in texts().items():
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english[place])), place


def test_no_text_is_the_english_one(library: Library) -> None:
    english = dict(library.all_texts("en"))
    for place, text in texts().items():
        only_values = not re.search(r"\w", PLACEHOLDER.sub("", text))
        assert only_values or text != english[place], place


def test_button_titles_are_short() -> None:
    for place, text in texts().items():
        if place.startswith(TITLES):
            assert len(text) <= 28, place


def test_a_short_answer_is_short() -> None:
    for place, text in texts().items():
        if place.endswith(".short"):
            assert len(text.split()) <= 75, place


def test_nothing_is_said_that_must_never_be_said() -> None:
    guards = Guards()
    for place, text in texts().items():
        assert guards.violations(text, "tr") == (), place


def test_what_clinics_write_is_quoted_and_corrected(library: Library, clinic: Clinic, today: date) -> None:
    guards = Guards()
    for conflict, known in library.facts.conflicts.items():
        reply = library.clinics_say(conflict, language="tr", clinic=clinic, today=today)
        assert reply.text.count("Klinik ") >= len(known.positions)
        assert "bizim görüşümüz değil" in reply.text
        assert guards.violations(reply.text, "tr") == (), conflict


def test_opening_hours_are_spelled_in_turkish(library: Library, clinic: Clinic, today: date) -> None:
    text = library.answer("hours_location", language="tr", clinic=clinic, today=today).text
    assert "Pazartesi - Salı 09:00-13:00 ve 14:00-18:00" in text


def test_opening_hours_keep_their_spaces(library: Library, clinic: Clinic, today: date) -> None:
    text = library.answer("hours_location", clinic=clinic, today=today).text
    assert "Monday to Tuesday 09:00-13:00 and 14:00-18:00" in text


@pytest.mark.parametrize("promise", ["ağrısız", "acısız", "yan etkisiz", "garantili", "risksiz", "%100", "yüzde yüz"])
def test_no_text_promises_too_much(promise: str) -> None:
    for place, text in texts().items():
        assert promise not in text.casefold(), place


@pytest.mark.parametrize(
    ("topic", "question", "aspect"),
    [
        ("aftercare_exercise_heat", "Ne zaman spora gidebilirim?", "gym"),
        ("aftercare_exercise_heat", "denize girebilir miyim", "swimming"),
        ("aftercare_exercise_heat", "Bugün duşa girsem olur mu", "shower"),
        ("aftercare_general", "saçımı ne zaman yıkayabilirim", "wash_hair"),
        ("aftercare_general", "tıraş olabilir miyim?", "shaving"),
        ("aftercare_general", "çok kaşınıyor", "scratch"),
        ("aftercare_sun_travel", "uçağa binebilir miyim", "flying"),
        ("aftercare_sun_travel", "haftaya tatile çıkıyorum", "holiday"),
        ("age_limits", "kızım 16 yaşında", "parent_asks"),
        ("alcohol_smoking", "dün akşam içtim", "already_drank"),
        ("allergies", "arı sokmasına alerjim var", "stings"),
        ("allergies", "polen alerjim var sorun olur mu", "hay_fever"),
        ("blood_thinners_painkillers", "Coumadin kullanıyorum", "prescribed_thinner"),
        ("blood_thinners_painkillers", "baş ağrım için Majezik aldım", "painkiller_now_and_then"),
        ("blood_thinners_painkillers", "ilacımı bırakmam gerekir mi", "stopping"),
        ("book_appointment", "en erken ne zaman gelebilirim", "soonest"),
        ("bruising_swelling", "morluklar ne zaman geçer", "bruise_length"),
        ("combine_spacing", "geçen hafta dolgu yaptırdım", "filler"),
        ("combine_spacing", "dişimi çektireceğim", "dental"),
        ("compare_alternatives", "PRP ile farkı ne", "prp"),
        ("complaint_refund", "paramı geri istiyorum", "refund"),
        ("concerns_and_areas", "yüzümdeki lekeler için olur mu", "pigmentation"),
        ("concerns_and_areas", "gözeneklerim çok büyük", "pores"),
        ("diy_home", "internetten aldığım ampulü kullansam", "buy_products"),
        ("does_it_work", "garanti veriyor musunuz", "guarantee"),
        ("downtime_events", "düğünüm var, ne zaman yaptırayım", "wedding"),
        ("downtime_events", "hemen işe dönebilir miyim", "work"),
        ("fat_cellulite_body", "karnımdaki yağları eritme iğnesi, kilo verir miyim", "weight"),
        ("greeting_smalltalk", "Sen robot musun?", "who_are_you"),
        ("hair_loss", "doğumdan sonra saçım dökülüyor", "after_birth"),
        ("hours_location", "cumartesi açık mısınız", "opening_hours"),
        ("hours_location", "otopark var mı", "parking"),
        ("ingredients_products", "içinde hyaluronik asit var mı", "hyaluronic"),
        ("ingredients_products", "ürünler helal mi", "vegan"),
        ("medical_conditions", "Haşimotom var", "autoimmune"),
        ("medical_conditions", "şeker hastasıyım", "diabetes"),
        ("medicines_other", "Roaccutane kullanıyorum", "isotretinoin"),
        ("medicines_other", "doğum kontrol hapı alıyorum", "hormones_pill"),
        ("pain_numbing", "uyuşturucu krem sürüyor musunuz", "numbing_cream"),
        ("pain_numbing", "iğneden çok korkuyorum", "needle_fear"),
        ("pre_care", "aç karnına mı geleyim", "eat"),
        ("pre_care", "regl dönemimde gelebilir miyim", "period"),
        ("pregnancy_breastfeeding", "emziriyorum, yaptırabilir miyim", "breastfeeding"),
        ("pregnancy_breastfeeding", "hamile olabilirim", "maybe_pregnant"),
        ("price_payment", "taksit yapıyor musunuz", "instalments"),
        ("procedure_steps", "kaç dakika sürüyor", "how_long"),
        ("reschedule_cancel", "randevumu iptal etmek istiyorum", "cancel"),
        ("results_duration", "kalıcı mı", "permanent"),
        ("results_onset", "ilk seansta fark görür müyüm", "first_session"),
        ("sessions_interval", "kaç günde bir yapılıyor", "interval"),
        ("side_effects_risks", "güvenli mi bu", "is_it_safe"),
        ("side_effects_risks", "iz kalır mı", "scars_marks"),
        ("skin_conditions", "dudağımda uçuk çıktı", "cold_sore"),
        ("start_eligibility", "erkekler de yaptırıyor mu", "men"),
        ("what_is_mesotherapy", "nasıl çalışıyor", "how_it_works"),
        ("who_performs", "doktor mu yapıyor hemşire mi", "doctor_or_nurse"),
    ],
)
def test_turkish_questions_get_the_specific_answer(
    library: Library, clinic: Clinic, today: date, topic: str, question: str, aspect: str
) -> None:
    asked = library.answer(topic, text=question, language="tr", clinic=clinic, today=today).text
    answer = library.answer(topic, detail=aspect, language="tr", clinic=clinic, today=today).text
    assert answer in asked


@pytest.mark.parametrize(
    ("topic", "question"),
    [
        ("side_effects_risks", "Yan etkileri neler?"),
        ("pain_numbing", "Acıyor mu?"),
        ("price_payment", "Fiyatı ne kadar?"),
        ("sessions_interval", "Kaç seans gerekiyor?"),
        ("side_effects_risks", "What are the risks?"),
    ],
)
def test_a_plain_question_gets_the_short_answer(
    library: Library, clinic: Clinic, today: date, topic: str, question: str
) -> None:
    asked = library.answer(topic, text=question, language="tr", clinic=clinic, today=today).text
    assert asked == library.answer(topic, language="tr", clinic=clinic, today=today).text


def test_the_clinics_own_values_are_turkish_too(library: Library, clinic: Clinic, today: date) -> None:
    assert library.check_clinic(clinic, Guards()) == []
    reply = library.answer("aftercare_makeup", text="makyaj ne zaman", language="tr", clinic=clinic, today=today)
    assert "24 saat" in reply.text


def test_a_value_left_in_english_is_reported(library: Library, clinic: Clinic) -> None:
    problems = library.check_clinic(replace(clinic, translated={}), Guards())
    assert "tr: clinic.yml does not translate aftercare.makeup" in problems
    assert not any("address" in one or "phone" in one for one in problems)
