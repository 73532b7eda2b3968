"""Facts for eligibility: whose they are, whether they hold, and since when."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot.safety.disclosures import Disclosures, disclosures
from bot.safety.measure import load_lines, measure, report
from bot.safety.triage import Triage

DATA = Path(__file__).parent / "data" / "facts.jsonl"


def facts(text: str) -> list[tuple[str, str, str]]:
    return [(fact.fact, fact.polarity, fact.subject) for fact in disclosures(text)]


def test_the_development_set_meets_the_targets(triage: Triage) -> None:
    score = measure(load_lines([DATA]), triage, Disclosures.load(), io.StringIO())
    assert score.facts["affirmed found"] >= 0.92 * score.facts["affirmed"], report(score)
    assert score.facts["wrongly affirmed"] <= 0.015 * score.facts["lines"], report(score)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("I'm 8 weeks pregnant, does it hurt?", ("preg.status", "affirmed", "self")),
        ("I'm not pregnant", ("preg.status", "negated", "self")),
        ("Can I have it if I'm pregnant?", ("preg.status", "hypothetical", "self")),
        ("I might be pregnant", ("preg.status", "uncertain", "self")),
        ("I'm planning to get pregnant next year", ("preg.status", "planned", "self")),
        ("my wife is pregnant", ("preg.status", "affirmed", "partner")),
        ("my sister has lupus", ("immune.autoimmune", "affirmed", "family")),
        ("my friend is on blood thinners", ("meds.thinner", "affirmed", "other")),
        ("I'm on elequis", ("meds.thinner", "affirmed", "self")),
        ("I'm 16", ("gate.age18", "negated", "self")),
        ("does it help people with diabetes", ("diabetes", "hypothetical", "other")),
        ("is it a problem that I'm on Eliquis?", ("meds.thinner", "affirmed", "self")),
        ("is it safe with the ICD I have", ("organ.device", "affirmed", "self")),
        ("how long after my chemo should I wait?", ("cancer.status", "affirmed", "self")),
        ("do you treat lupus, MS or epilepsy?", ("neuro.epilepsy", "hypothetical", "self")),
        ("the leaflet mentions heart failure and epilepsy", ("neuro.epilepsy", "hypothetical", "other")),
        ("my wife, a diabetic, is thinking about it", ("diabetes", "affirmed", "partner")),
        ("the colleague who shares my office is immunosuppressed", ("immune.weak", "affirmed", "other")),
        ("I don't smoke and I'm diabetic", ("diabetes", "affirmed", "self")),
        ("booked botox for last week but cancelled", ("recent.procedure", "negated", "self")),
        ("I have high blood pressure", ("organ.bp", "uncertain", "self")),
        ("my blood pressure won't come down", ("organ.bp", "affirmed", "self")),
        ("he's two and still on the boob", ("preg.breastfeeding", "affirmed", "self")),
        ("my boy's still latched on night and day", ("preg.breastfeeding", "affirmed", "self")),
        ("accutane in 2011", ("meds.isotretinoin", "negated", "self")),
        ("I stopped the ibuprofen nine days ago, on the Monday", ("meds.nsaid", "negated", "self")),
        ("it was four days ago, the stroke", ("organ.heart.recent", "affirmed", "self")),
        ("I don't have AF any more, they cured it", ("organ.heart", "uncertain", "self")),
        ("they say it might be lupus or MS", ("immune.autoimmune", "uncertain", "self")),
        ("pregnant no, diabetic no, epileptic yes", ("diabetes", "negated", "self")),
        ("pregnant no, diabetic no, epileptic yes", ("neuro.epilepsy", "affirmed", "self")),
        ("they measured me up but I haven't got it yet, the pacemaker", ("organ.device", "negated", "self")),
        ("my twin's got it, MS. I'm clear", ("immune.autoimmune", "affirmed", "family")),
        ("I ticked eczema by accident, sorry", ("skin.chronic", "negated", "self")),
        ("they found gallstones by accident", ("organ.gall", "affirmed", "self")),
        ("the nickel allergy turned out to be the soap", ("allergy.any", "negated", "self")),
        ("no allergies except cats", ("allergy.any", "affirmed", "self")),
        ("nobody in my family has lupus", ("immune.autoimmune", "negated", "family")),
        ("would you rather people took their insulin before?", ("diabetes", "hypothetical", "other")),
        ("the gp is going to put me on methotrexate", ("immune.weak", "planned", "self")),
        ("Eileen's on prednisolone and can't come", ("immune.weak", "affirmed", "other")),
        ("three of us want to come. Priya is breastfeeding", ("preg.breastfeeding", "affirmed", "other")),
        ("gallstones are my wife's department", ("organ.gall", "affirmed", "partner")),
        ("I'm a mother of two, on warfarin", ("meds.thinner", "affirmed", "self")),
        ("dad died of a heart attack at 50 and I'm 49", ("gate.age18", "affirmed", "self")),
    ],
)
def test_polarity_and_person(text: str, fact: tuple[str, str, str]) -> None:
    assert fact in facts(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("our wedding is nine days away", ("request.event", "affirmed", "self")),
        ("I'm getting married in June, is it painful?", ("request.event", "negated", "self")),
        ("molar coming out Friday", ("recent.dental", "affirmed", "self")),
        ("Sculptra, second vial, twelve days ago", ("recent.procedure", "affirmed", "self")),
        ("had Botox four months ago", ("recent.procedure", "negated", "self")),
        ("after the salmon DNA I came out with bumps that lasted all winter", ("past.reaction", "affirmed", "self")),
        ("I've stopped going to choir because of my thin hair", ("mind.impact", "affirmed", "self")),
        ("the flu and tetanus jabs, one in each arm, this morning", ("recent.vaccine", "affirmed", "self")),
        ("I need finasteride for my hair, my wife is pregnant", ("hair.5ari", "affirmed", "self")),
        ("one look at a syringe and I faint", ("needle.faint", "affirmed", "self")),
    ],
)
def test_what_is_told_in_other_words_and_when(text: str, fact: tuple[str, str, str]) -> None:
    assert fact in facts(text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("the flu and tetanus jabs, one in each arm, this morning", "recent.ill"),
        ("my wife is pregnant", "hair.5ari"),
        ("is the party room free, I'd like a voucher", "request.event"),
        ("I'm at the gym three times a week for the prom", "request.event"),
        ("does filler leave lumps?", "past.reaction"),
    ],
)
def test_words_alone_tell_nothing(text: str, fact: str) -> None:
    assert (fact, "affirmed", "self") not in facts(text)


def test_keloids_in_the_family_count_as_ones_own() -> None:
    assert ("skin.keloid", "affirmed", "self") in facts("my mum gets keloids")


def test_what_is_past_says_so() -> None:
    (fact,) = disclosures("I had breast cancer in 2015")
    assert fact.time.startswith("past: ")
    assert fact.value == "past"


def test_the_span_points_at_the_words() -> None:
    text = "Hello, I take Eliquis daily"
    (fact,) = disclosures(text)
    assert text[slice(*fact.span)] == "Eliquis"
    assert fact.value == "apixaban"


@pytest.mark.parametrize(
    "text", ["I use steroid cream", "I eat a lot of garlic", "allergic to mornings", "16:00 is fine"]
)
def test_it_does_not_make_facts_up(text: str) -> None:
    assert facts(text) == []
