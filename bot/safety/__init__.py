"""Danger, facts told in passing, and what may never be said.

triage        what danger a message speaks of: `concepts` and `rules`, `scope` (denied, past, others), `opinion`
cards         the fixed replies; `aftercare` the few questions after treatment
disclosures   facts about the patient in any message, with `assertion`, `whose`, `clauses`, `medicines`, `ages`, `times`
guards        promises and decisions that no text of ours may make
text          words in one spelling, with `sentences`, `spelling`, `patterns` and `languages`
learn, measure    make the opinion from labelled messages, and measure; `labelled` is what counts as right
"""
