"""The health questions: what is asked, how answers are read, and what they mean. Rules and texts are data.

questionnaire, wording     questionnaire.yml and its translations, read once and checked
dialogue, flow, record     the conversation about it, what comes next, and its state
answering, picking         what typed words do, and what picked choices do; `render` draws the replies
reading, values            typed words to canonical answers, with `commands`, `dates`, `medicines` and `naming`
assessment                 answers, rules and a day give a verdict with reasons: a pure function
validity                   how long a verdict holds, and for which answers
fhir                       all of it as FHIR R4
"""
