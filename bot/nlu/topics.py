"""Which topics of the list are treated alike when a message is read."""

from __future__ import annotations

from collections.abc import Mapping

Probabilities = Mapping[str, float]  # topic -> probability, best first

OTHER_MEDICINE = "out_of_scope_medical"
NOT_OURS = "out_of_scope_other"
FRAGMENT = "unclear_fragment"
STORY = "told_something"
REFERS = "follow_up"
SUITABLE = "start_eligibility"
BEYOND = (OTHER_MEDICINE, NOT_OURS)
OUTSIDE = (*BEYOND, FRAGMENT)
# Said beside a question, these are manners and story, not questions of their own.
BESIDE = (*OUTSIDE, STORY, REFERS, "greeting_smalltalk")
# Facts about oneself that decide what is said (topic list, "how to decide" 1-4): told is as good as asked.
DECIDING = (
    "pregnancy_breastfeeding",
    "blood_thinners_painkillers",
    "medicines_other",
    "medical_conditions",
    "skin_conditions",
    "allergies",
    "age_limits",
    "combine_spacing",
    "post_treatment_concern",
    "emergency_red_flag",
    "complaint_refund",
    "reschedule_cancel",
)
# What a thought cannot be that stands in a longer message: the rest of the message says what it is about.
WITHOUT_CONTEXT = (FRAGMENT, REFERS, STORY)
