"""What is asked for and never given, refused in words: a dose, something stronger, a look at a photo."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.adapter import heard, house, language
from bot.envelope import Reply
from bot.nlu.topics import FRAGMENT, NOT_OURS, STORY

PHOTO, DOSE = ("other_services_reviews", "my_photo"), ("ingredients_products", "dose")
OF_MEDICINE, PRESCRIPTION = ("out_of_scope_medical", "dose"), ("out_of_scope_medical", "prescription")
MEDICINES = ("out_of_scope_medical", "medicines_other", "blood_thinners_painkillers")
# What asks for a dose or about a photo may be taken for these, however sure the reading is; other cards have own words.
LIKE_A_DOSE = ("procedure_steps", "sessions_interval", "who_performs", NOT_OURS, FRAGMENT)
LIKE_A_PHOTO = ("out_of_scope_medical", "skin_conditions", "allergies", "human_handoff", NOT_OURS, FRAGMENT, STORY)


def refusal(tracker: Tracker) -> Reply | None:
    """The refusal of what the one question of a typed message asks for; None when it asks for something else."""
    message, here = heard(tracker), house()
    topics = [topic for topic, _ in message.topics]
    is_unsure = message.reading.get("certainty") == "unsure"
    if message.choices or not topics or (len(topics) > 1 and not is_unsure):
        return None
    of_dose = OF_MEDICINE if topics[0] in MEDICINES else DOSE
    for (topic, detail), likely in ((PHOTO, LIKE_A_PHOTO), (PRESCRIPTION, ()), (of_dose, LIKE_A_DOSE)):
        if (is_unsure or topics[0] in likely) and here.library.names(topic, detail, message.text):
            spoken, today = language(tracker), message.now.date()
            return here.library.answer(topic, language=spoken, clinic=here.clinic, today=today, detail=detail)
    return None
