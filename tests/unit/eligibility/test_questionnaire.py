"""The questionnaire as data: complete, consistent, readable, and asking nothing it must not ask."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.eligibility.commands import Commands
from bot.eligibility.questionnaire import HERE, QuestionnaireError, load_questionnaire
from bot.eligibility.wording import FOLDER
from bot.safety.guards import Guards

from .conftest import CLINIC, QUESTIONNAIRE, Patient, changed

SENTENCES = yaml.safe_load((FOLDER / "en.yml").read_text(encoding="utf-8"))["sentences"]
# Names of illnesses and medicines, which have no simpler word, are counted as words of two syllables.
NAMES = re.compile(
    r"\b(pregnan\w*|breastfeed\w*|contraception|anaphylaxis|adrenaline|haemophilia|willebrand|chlorhexidine|lidocaine"
    r"|prilocaine|tetracaine|hyaluron\w*|hyaluronidase|lecithin|antiseptics?|anaesthetic|aspirin|ibuprofen|naproxen"
    r"|paracetamol|warfarin|apixaban|rivaroxaban|edoxaban|dabigatran|clopidogrel|ticagrelor|prasugrel|heparin|eliquis"
    r"|xarelto|lixiana|pradaxa|plavix|brilique|isotretinoin|roaccutane|accutane|acitretin|methotrexate|biologics"
    r"|chemotherapy|autoimmune|scleroderma|rheumatoid|arthritis|hashimoto's|multiple|sclerosis|connective|epilepsy"
    r"|pacemaker|defibrillator|melasma|psoriasis|eczema|vitiligo|rosacea|keloids?|tretinoin|retinol|g6pd|deficiency"
    r"|methaemoglobinaemia|mesotherapy|consultation|clinician\w*|medicines?|allerg\w*|infection\w*|injections?|diabetes"
    r"|antibiotics?|radiofrequency|microneedling|turmeric|vitamin|ginkgo|finasteride|dutasteride|finasteride|dialysis"
    r"|dermatologist|permanent|microblading|vaccine|information|evidence|automated|electrical|cellulite|immune|hba1c)\b",
    re.IGNORECASE,
)


def texts() -> Iterator[tuple[str, str]]:
    """(where, text) of everything a patient can read."""
    yield from sentences()
    for item in QUESTIONNAIRE.items.values():
        yield f"{item.link_id}.label", item.label
        yield from ((f"{item.link_id}={option.code}", option.display) for option in item.options)
    for screen in QUESTIONNAIRE.screens:
        yield from ((f"chat.{screen.ref}.{pick.item}={pick.code}", pick.title) for pick in screen.picks)


def sentences() -> Iterator[tuple[str, str]]:
    """Those that are sentences, not names of things."""
    for item in QUESTIONNAIRE.items.values():
        named = {part: getattr(item, part) for part in ("text", "again", "why", "help")}
        yield from ((f"{item.link_id}.{part}", text) for part, text in named.items() if text)
        for effect in item.effects:
            named = {"tell": effect.tell, "clears": effect.clears}
            yield from ((f"{item.link_id}:{effect.codes[0]}.{part}", text) for part, text in named.items() if text)
    for screen in QUESTIONNAIRE.screens:
        named = {part: getattr(screen, part) for part in ("text", "again", "why")}
        yield from ((f"chat.{screen.ref}.{part}", text) for part, text in named.items() if text)
    for name, given in QUESTIONNAIRE.raw["medicine_classes"].items():
        yield f"medicine.{name}", given.get("tell", "")
    yield from {"unsure": QUESTIONNAIRE.unsure.tell, "review": QUESTIONNAIRE.review_tell}.items()
    yield "recheck", QUESTIONNAIRE.recheck_text
    yield from ((f"sentence.{key}", text) for key, text in SENTENCES.items())


GUARDS = Guards()
TEXTS = list(texts())
parametrized = pytest.mark.parametrize(("where", "text"), TEXTS, ids=[where for where, _ in TEXTS])


def test_every_question_has_all_its_words_and_sources() -> None:
    assert len(QUESTIONNAIRE.items) == 62
    for item in QUESTIONNAIRE.items.values():
        assert item.text != item.again
        assert item.why
        assert item.sources
        assert item.raw["rationale"]


def test_every_effect_that_matters_says_something() -> None:
    for link_id, item in QUESTIONNAIRE.items.items():
        for effect in item.effects:
            if effect.outcome == "not_suitable_now":
                assert effect.clears, link_id
                assert effect.tell, link_id


@parametrized
def test_no_text_makes_a_claim_that_must_never_be_made(where: str, text: str) -> None:
    assert [str(violation) for violation in GUARDS.violations(text)] == []


@pytest.mark.parametrize(("where", "text"), list(sentences()))
def test_every_text_reads_at_grade_eight_or_below(where: str, text: str) -> None:
    assert grade(text) <= 8, f"{grade(text):.1f}: {text}"


FORBIDDEN = re.compile(
    r"\b(hiv|hepatitis|ethnic\w*|race|religio\w*|sexual\w*|weigh (you|are)|kilos|date of birth|gp('s)? name"
    r"|nhs number)\b",
    re.IGNORECASE,
)


@parametrized
def test_nothing_is_asked_that_must_not_be_asked(where: str, text: str) -> None:
    assert not FORBIDDEN.search(text)


def test_the_do_not_ask_list_is_what_the_lint_looks_for() -> None:
    subjects = ("HIV", "hepatitis", "ethnicity", "sexual", "weight", "date of birth", "GP name")
    for subject in subjects:
        assert any(subject in line for line in QUESTIONNAIRE.do_not_ask)


@pytest.mark.parametrize("word", ["stop taking", "pause your", "skip your", "reduce your"])
def test_no_text_tells_anyone_to_change_a_medicine(word: str) -> None:
    for where, text in TEXTS:
        assert word not in text.casefold(), where


def test_all_texts_can_be_filled_from_the_clinic() -> None:
    for text in SENTENCES.values():
        names = re.findall(r"\{\{\s*([a-z_.]+)\s*\}\}", text)
        values = ("words", "label", "answer", "before", "labels", "title", "date", "why", "version")
        assert all(name in CLINIC.values or name in values for name in names), text


def broken(change: Any) -> dict[str, Any]:
    raw = copy.deepcopy(yaml.safe_load((HERE / "questionnaire.yml").read_text(encoding="utf-8")))
    change(raw)
    return raw


def _item(raw: dict[str, Any], link_id: str) -> dict[str, Any]:
    return next(item for group in raw["items"] for item in group["items"] if item["linkId"] == link_id)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda raw: raw.pop("chat"), "'chat' is a required property"),
        (lambda raw: _item(raw, "organ.bp").update(type="coding"), "'coding' is not one of"),
        (lambda raw: _item(raw, "organ.bp").update(effects=[{"if": ["X"], "outcome": "no_flag"}]), "unknown answers"),
        (lambda raw: _item(raw, "meds.thinner.name")["enableWhen"][0].update(question="x"), "does not exist"),
        (lambda raw: _item(raw, "meds.thinner.name")["enableWhen"][0].update(answer="x"), "does not offer"),
        (lambda raw: _item(raw, "skin.herpes").pop("enableBehavior"), "needs enableBehavior"),
        (lambda raw: raw["chat"][5]["picks"].pop(0), "no screen asks it"),
        (lambda raw: raw["chat"][5]["picks"][0].update(code="maybe"), "has no answer"),
    ],
)
def test_a_broken_questionnaire_says_what_is_wrong(change: Any, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "questionnaire.yml"
    path.write_text(yaml.safe_dump(broken(change)), encoding="utf-8")
    with pytest.raises(QuestionnaireError, match=re.escape(problem)):
        load_questionnaire(path)


def test_a_language_without_a_catalogue_is_asked_in_english_and_understood(patient: Patient) -> None:
    patient.says("evet", "evet", "hiçbiri")
    assert patient.reply.ref == "request.area"


def test_no_word_is_two_commands() -> None:
    commands = Commands()
    for one, words in commands._commands.items():
        for other, others in commands._commands.items():
            assert one == other or not words & others, (one, other, words & others)


def test_a_long_verdict_still_reads_easily() -> None:
    patient = Patient()
    patient.to_the_end(changed(immune__autoimmune="Y", bleed__bruise="Y", skin__pigment="Y"))
    assert grade(patient.reply.text) <= 8


def grade(text: str) -> float:
    """Flesch-Kincaid grade with counted syllables; lines and list points count as sentences."""
    plain = re.sub(r"\{\{[^}]*\}\}", "name", text)
    # Examples help a reader and are read one by one; they are not part of the sentence's difficulty.
    plain = re.sub(r"\([^)]*\)|\b(such as|for example|as in)\b[^.?!]*", "", plain, flags=re.IGNORECASE)
    sentences = [part for part in re.split(r"[.!?:;\n]+", plain) if re.search(r"[a-zA-Z]", part)]
    words = re.findall(r"[A-Za-z']+", plain)
    if len(words) < 5:
        return 0.0
    syllables = sum(2 if NAMES.fullmatch(word) else _syllables(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _syllables(word: str) -> int:
    bare = re.sub(r"(es|ed|e)$", "", word.casefold()) or word
    return max(1, len(re.findall(r"[aeiouy]+", bare)))
