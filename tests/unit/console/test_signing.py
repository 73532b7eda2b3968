"""A card from draft to what patients read: who may write, who may sign, and what a signature is about."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.console.ground import Ground
from bot.console.signing import digest
from bot.knowledge.library import Library
from bot.storage import audit, content

from .staffed import Colleague, Office

CARD = "/content/pain_numbing"
GOOD = "Yes, a little. Most people feel quick pricks. You can stop at any time."


def _read_by_patients(ground: Ground, language: str = "en", later: timedelta = timedelta()) -> str:
    library = Library()
    with ground.database.read() as connection:
        library.publish(content.published(ground.database, connection))
    today = ground.today() + later
    return library.answer("pain_numbing", language=language, clinic=ground.clinic, today=today).text


async def _seen(one: Colleague, language: str = "en") -> str:
    found = re.search(r'name="seen" value="(\w+)"', (await one.get(f"{CARD}?language={language}")).text)
    assert found
    return found[1]


async def _written(one: Colleague, text: str, language: str = "en", then: str = "") -> str:
    await one.post(f"{CARD}/{language}/draft")
    form = {"seen": await _seen(one, language), "text:short": text, "then": then}
    return str((await one.post(f"{CARD}/{language}/save", **form)).headers["location"])


async def test_written_by_an_editor_signed_by_a_clinician_read_by_patients(here: Office) -> None:
    editor, ada = await here.colleague("editor"), await here.colleague("clinician", "Ada Okafor")
    assert "told=submitted" in await _written(editor, GOOD, then="submit")
    assert "quick pricks. You can stop" not in _read_by_patients(here.ground)
    until = (here.ground.today() + timedelta(days=100)).isoformat()
    form = {"seen": await _seen(ada), "review_by": until, "read": "1"}
    assert (await editor.post(f"{CARD}/en/sign", **form)).status_code == 403
    signed = await ada.post(f"{CARD}/en/sign", **form)
    assert "told=card_signed" in signed.headers["location"]
    assert "quick pricks. You can stop" not in _read_by_patients(here.ground)  # signed is not yet published
    page = (await editor.get(CARD)).text
    version = re.search(r'name="version" value="(\w+)"', page)
    assert version
    assert "Ada Okafor" in page
    # No engine runs here: what is published waits for it in the database.
    published = await editor.post(f"{CARD}/en/publish", version=version[1])
    assert "told=published_later" in published.headers["location"]
    assert _read_by_patients(here.ground) == GOOD
    assert "We are checking" in _read_by_patients(here.ground, later=timedelta(days=101)).replace("We're", "We are")
    assert "Version 1, signed by Ada Okafor" in (await editor.get(CARD)).text
    with here.ground.database.read() as connection:
        kept = content.versions(here.ground.database, connection, "pain_numbing", "en")[0]
        row = connection.execute(select(audit.audit).where(audit.audit.c.what == "sign_card")).one()
        assert audit.first_break(connection) is None
    assert (row.who, row.why) == (ada.id, f"pain_numbing en 1 {digest(kept)}")
    assert (
        await editor.post(f"{CARD}/en/publish", version="")
    ).status_code == 403  # an unsigned text needs a clinician
    await ada.post(f"{CARD}/en/publish", version="")
    assert "How much it hurts" in _read_by_patients(here.ground)


@pytest.mark.parametrize(
    "text",
    [
        "It is completely painless and melts fat.",
        "Notwithstanding considerable interindividual physiological variability, discomfort experienced throughout "
        "administration predominantly necessitates comprehensive pharmacological consideration.",
        "Call us on {{clinic_telex}} if it hurts.",
        "",
    ],
    ids=["a promise", "too hard", "no such value", "nothing"],
)
async def test_what_the_checks_refuse_reaches_no_clinician(here: Office, text: str) -> None:
    editor = await here.colleague("editor")
    assert "told=card_faults" in await _written(editor, text, then="submit")
    assert "told=saved" in await _written(editor, text)  # as a draft it may stay
    with here.ground.database.read() as connection:
        assert [one.state for one in content.unfinished(here.ground.database, connection)] == ["draft"]


async def test_a_signature_is_for_the_words_that_were_seen(here: Office) -> None:
    editor, ada = await here.colleague("editor"), await here.colleague("clinician")
    await _written(editor, GOOD, then="submit")
    seen, until = await _seen(ada), (here.ground.today() + timedelta(days=100)).isoformat()
    await ada.post(f"{CARD}/en/return", remark="Name the cream.")
    assert "Name the cream." in (await editor.get(CARD)).text
    await _written(editor, f"{GOOD} A cream can help.", then="submit")
    late = await ada.post(f"{CARD}/en/sign", seen=seen, review_by=until, read="1")
    assert "told=changed_meanwhile" in late.headers["location"]
    unread = await ada.post(f"{CARD}/en/sign", seen=await _seen(ada), review_by=until)
    assert "told=not_read" in unread.headers["location"]
    far = (here.ground.today() + timedelta(days=900)).isoformat()
    refused = await ada.post(f"{CARD}/en/sign", seen=await _seen(ada), review_by=far, read="1")
    assert "told=date_missing" in refused.headers["location"]


async def test_of_two_who_write_the_second_hears_of_the_first(here: Office) -> None:
    one, other = await here.colleague("editor"), await here.colleague("editor")
    await one.post(f"{CARD}/en/draft")
    seen = await _seen(other)
    await _written(one, GOOD)
    late = await other.post(f"{CARD}/en/save", **{"seen": seen, "text:short": "Mine."})
    assert "told=changed_meanwhile" in late.headers["location"]
    assert GOOD in (await other.get(CARD)).text


async def test_a_translation_keeps_the_values_of_the_english_text(here: Office) -> None:
    editor, ada = await here.colleague("editor"), await here.colleague("clinician")
    assert "told=card_faults" in await _written(editor, "Bizi {{clinic_phone}} numarasından arayın.", "tr", "submit")
    assert "told=submitted" in await _written(editor, "Evet, biraz acıyabilir.", "tr", "submit")
    until = (here.ground.today() + timedelta(days=100)).isoformat()
    await ada.post(f"{CARD}/tr/sign", seen=await _seen(ada, "tr"), review_by=until, read="1")
    version = re.search(r'name="version" value="(\w+)"', (await ada.get(f"{CARD}?language=tr")).text)
    assert version
    await ada.post(f"{CARD}/tr/publish", version=version[1])
    assert _read_by_patients(here.ground, "tr") == "Evet, biraz acıyabilir."
    assert "How much it hurts" in _read_by_patients(here.ground)  # English is signed apart
    assert "Evet, biraz" not in _read_by_patients(here.ground, "tr", later=timedelta(days=101))


async def test_a_text_is_checked_while_it_is_written(here: Office) -> None:
    editor = await here.colleague("editor")
    checked = await editor.post("/content/check", **{"text:more": "It is completely safe and melts fat."})
    assert "melts fat" in checked.text
    turkish = await editor.post("/content/check", text="Hiç acımaz.", language="tr")
    assert "No reading grade" in turkish.text


async def test_nobody_is_said_to_have_signed_the_project_s_own_words(here: Office) -> None:
    page = (await (await here.colleague("editor")).get(CARD)).text
    assert "Nobody here has signed them" in page
    assert "not signed" in page
