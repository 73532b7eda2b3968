"""The eligibility questionnaire as a dialogue (`bot.dialogue`): consent, questions, review, verdict.

    dialogue = load_dialogue(clinic)
    step = dialogue.start(turn, prefill=[Fact(...)])
    step = dialogue.advance(state, turn, disclosed=[Fact(...)])
    replies = dialogue.resume(state, language)

`disclosed` are facts that were understood in this very message; `prefill` those of earlier ones. Both are shown for
confirmation; against a structured "no" they are asked about once and stay with the clinician unless the answer changes.
Danger is looked for before a message comes here.

The re-check before an appointment is the choice `RECHECK`, which a reminder offers. It needs the state of a finished
form, which `finished` carried. Without one, or when it is too old, the questions start anew.

A state of another release is not carried on either. What is said beside it is left to others; whatever turns to it
begins the questions anew, and `resume` repeats nothing.

`taken` False with a changed state: the message held an answer and a question; keep the state and the events, answer
the question, then `resume`. A `choices` id may be one of an earlier question: it corrects that answer.

Events, each `(name, payload)`; times are ISO, `value` is canonical (`bot.eligibility.values`):

    consent_given      {"version", "at", "language"}       of the notice; nothing is stored before it
    consent_refused    {"version", "at", "language"}       followed by discard
    consent_withdrawn  {"version", "at"}                   followed by discard
    answer             {"linkId", "value", "how", "previous", "at"}   how: chosen | typed | confirmed
    answers_removed    {"linkIds"}                         fell away, or taken back to be asked again
    prefill_confirmed  {"linkId", "value", "words"}
    prefill_rejected   {"linkId", "words"}
    contradiction      {"linkId", "words"}                 a free text against a structured "no"
    contradiction_kept {"linkId", "words"}                 asked, not resolved: stays clinician review
    reopened           {"linkId" | None}                   a finished form is being changed: withdraw a held slot
    finished           {"assessment", "answers", "how", "conflicts", "consent", "claims", "amended", "state"}
                       `claims` are for the verdict token; keep `state` to let later corrections in through `advance`
    rechecked          {"outcome", "at"}                   the re-check before an appointment: same | unanswered; a
                       changed answer is "reopened" and later "finished" instead
    triage             {}                                  leave for the symptom triage
    reminder           {"earliest" | None}                 wants a reminder; contact and opt-in are booking's
    discard            {"reason"}   erase every answer: minor | someone_else | refused | declined_gate | stopped |
                       withdrawn | triage
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.clinic import Clinic
from bot.dialogue import State, Step, Turn
from bot.eligibility.answering import ELSEWHERE, Answering
from bot.eligibility.assessment import Assessment, assess
from bot.eligibility.commands import Commands
from bot.eligibility.flow import Flow, Open
from bot.eligibility.picking import Outcome, Picking
from bot.eligibility.questionnaire import Questionnaire, load_questionnaire
from bot.eligibility.reading import Reader
from bot.eligibility.record import Fact, Record, is_current, new_state
from bot.eligibility.render import Renderer
from bot.eligibility.validity import claims
from bot.eligibility.wording import Wording
from bot.envelope import Choice, Reply

NAME = "questionnaire"
RECHECK = f"{NAME}:recheck"
OPENING = "start_eligibility"  # the topic of whoever wants to be asked
AFTERWARDS = ("review", "change", "back", "recheck", "verdict")  # commands of a finished form
RECHECKING = {"kind": "recheck", "ref": "recheck"}
ENDED_FOR = {"gate.self": "someone_else", "gate.age18": "minor"}


class Dialogue:
    """Advances the questionnaire one turn at a time. Holds no state of a conversation."""

    def __init__(self, questionnaire: Questionnaire, commands: Commands, wording: Wording, clinic: Clinic) -> None:
        self.questionnaire = questionnaire
        self._flow = Flow(questionnaire)
        reader = Reader(questionnaire, commands)
        self._commands = commands
        self._renderer = Renderer(questionnaire, wording, clinic, self._flow)
        self._wording = wording
        self._picking = Picking(questionnaire, self._flow, reader)
        self._answering = Answering(self._flow, reader, commands, self._renderer, self._picking)

    def start(self, turn: Turn, *, prefill: Sequence[Fact] = ()) -> Step:
        """Begin with consent. `prefill` waits, unused, until its question comes up after consent."""
        record = self._record(new_state(turn.now, turn.language, self.questionnaire.version), turn)
        record.hear(self._answering.grave(prefill))
        return self._ask(record)

    def advance(self, state: State, turn: Turn, *, disclosed: Sequence[Fact] = ()) -> Step:
        """One turn of the patient."""
        if not is_current(state, self.questionnaire):
            return self._outdated(state, turn, disclosed)
        if turn.choices and not _is_about_the_form(turn):
            return Step(state, taken=False)  # as it was: a changed state would say that something was answered
        record = self._record(state, turn)
        if turn.choices or not self._commands.is_short(turn.text):
            record.state["language"] = turn.language  # "ok" or "evet" alone is no change of language
        if _is_about_the_form(turn) and record.state["finished"] and self._is_old(record):
            return self._too_old(turn)
        if turn.choices:
            return self._chosen(record, turn)
        opened = self._flow.next(record.state)
        command = self._commands.command(turn.text)
        if command:
            return self._commanded(record, command, opened)
        outcome = self._answering.typed(record, opened, turn, disclosed)
        return self._went(record, outcome, state)

    def resume(self, state: State, language: str) -> tuple[Reply, ...]:
        """The open question again, after a side question, a pause or a restart."""
        if not is_current(state, self.questionnaire) or (state["finished"] and not state["asked"]):
            return ()
        again = {**state, "language": language}
        return (self._renderer.question(self._flow.next(again), again),)

    # ---- what the patient did

    def _chosen(self, record: Record, turn: Turn) -> Step:
        parts = [choice.split(":") for choice in turn.choices if choice.startswith(f"{NAME}:")]
        if not parts:
            return Step(record.state, taken=False)
        name = parts[0][1]
        opened = self._flow.next(record.state)
        if len(parts[0]) == 2 and name != "remind":
            return self._commanded(record, name, opened)
        if not record.state["consent"] and name != "consent.health":
            return self._missed(record, ())
        if name == "remind":
            record.emit("reminder", earliest=self._assessment(record).earliest)
            return self._leave(record, "reminded", "reminder")
        return self._went(record, self._picking.picked(record, parts), record.state)

    def _commanded(self, record: Record, command: str, opened: Open) -> Step:
        if command == "withdraw":
            record.emit("consent_withdrawn", version=self.questionnaire.notice, at=record.now.isoformat())
            return self._discard(record, "withdrawn", "withdrawn")
        rechecking = record.state["asked"] == RECHECKING
        if rechecking and command in ("stop", "pause", "back"):
            return self._rechecked(record, "unanswered", "recheck_later")
        if record.state["finished"] and command not in AFTERWARDS and not rechecking:
            return Step(record.state, taken=False)
        commands: dict[str, Callable[[], Step]] = {
            "stop": lambda: self._discard(record, "stopped", "stopped"),
            "pause": lambda: self._pause(record),
            "continue": lambda: self._ask(record),
            "why": lambda: self._ask(record, [self._renderer.why(opened, record.state)]),
            "explain": lambda: self._explained(record, opened),
            "must": lambda: self._ask(record, [self._renderer.say(record.state, "no_must")]),
            "length": lambda: self._ask(record, [self._renderer.say(record.state, "how_long")]),
            "decline": lambda: self._went(record, self._picking.declined(record, opened), record.state),
            "change": lambda: self._which(record),
            "back": lambda: self._back(record),
            "review": lambda: self._show(record),
            "recheck": lambda: self._recheck(record),
            "verdict": lambda: self._verdict(record),
        }
        return commands[command]() if command in commands else Step(record.state, taken=False)

    def _explained(self, record: Record, opened: Open) -> Step:
        """ "What does that mean?": why it is asked, and the question once more in other words."""
        reason = self._renderer.why(opened, record.state)
        return Step(record.state, (self._renderer.question(opened, record.state, before=[reason], again=True),))

    def _pause(self, record: Record) -> Step:
        go_on = Choice(f"{NAME}:continue", self._renderer.say(record.state, "go_on"))
        reply = Reply("notice", "paused", self._renderer.say(record.state, "paused"), (go_on,))
        return Step(record.state, (reply,))

    def _recheck(self, record: Record) -> Step:
        """Before the appointment: has anything changed? A form that is still open is simply carried on."""
        if record.state["finished"]:
            record.ask(Open(**RECHECKING))
            return Step(record.state, (self._renderer.question(Open(**RECHECKING), record.state),))
        return self._ask(record)

    def _rechecked(self, record: Record, outcome: str, key: str) -> Step:
        record.ask(None)
        record.emit("rechecked", outcome=outcome, at=record.now.isoformat())
        return self._leave(record, key, "rechecked")

    def _which(self, record: Record) -> Step:
        """ "I want to change an answer"."""
        if record.state["consent"]:
            record.ask(Open("change", "change"))
        if not record.state["finished"]:
            return self._ask(record)
        # A finished form is reopened by the new answer, not by the wish to look at it.
        reply = self._renderer.question(Open("change", "change"), record.state)
        record.ask(None)
        return Step(record.state, (reply,))

    def _back(self, record: Record) -> Step:
        if record.state["asked"]:
            record.ask(None)
            return self._ask(record)
        if not record.state["trail"]:
            return self._ask(record, [self._renderer.say(record.state, "nothing_to_go_back")])
        self._reopen(record, None)
        record.go_back()
        record.prune()
        return self._ask(record)

    def _show(self, record: Record) -> Step:
        """ "What did I answer?" """
        text = self._renderer.say(record.state, "review_now") + "\n\n" + self._renderer.answers(record.state)
        shown = Reply("text", "answers", text, self._renderer.changes(record.state))
        return Step(record.state, (shown, *self.resume(record.state, record.state["language"])))

    def _verdict(self, record: Record) -> Step:
        """ "When can I come back?": what was found, once more."""
        if not record.state["finished"]:
            return Step(record.state, taken=False)
        return Step(record.state, (self._renderer.verdict(self._assessment(record), record.state),))

    def _is_old(self, record: Record) -> bool:
        finished: str | None = record.state.get("finished_at")
        age = record.now - datetime.fromisoformat(finished) if finished else timedelta()
        return age >= timedelta(days=self.questionnaire.valid_days)

    def _too_old(self, turn: Turn, disclosed: Sequence[Fact] = ()) -> Step:
        """Answers age: after their time they are not corrected but asked again."""
        record = self._record(new_state(turn.now, turn.language, self.questionnaire.version), turn)
        record.hear(self._answering.grave(disclosed))
        return self._ask(record, [self._renderer.say(record.state, "too_old")])

    def _outdated(self, state: State, turn: Turn, disclosed: Sequence[Fact]) -> Step:
        """A turn at a form of another release. Withdrawing and stopping need no form."""
        finished = bool(state.get("finished"))
        command = turn.choices[0].removeprefix(f"{NAME}:") if turn.choices else self._commands.command(turn.text)
        if command == "withdraw" or (command == "stop" and not finished):
            record = self._record(new_state(turn.now, turn.language, self.questionnaire.version), turn)
            return self._commanded(record, command, self._flow.next(record.state))
        told = self._answering.grave(disclosed)
        opening = turn.topics[:1] == (OPENING,)
        if turn.choices:
            ours = _is_about_the_form(turn)
        elif finished:
            answers = state.get("answers", {})
            against = any(answers.get(fact.link_id) not in (None, fact.value) for fact in told)
            ours = opening or against or command in AFTERWARDS
        else:
            elsewhere = turn.certainty == "sure" and turn.topics[:1] and turn.topics[0] in ELSEWHERE
            ours = bool(opening or told or command or not (elsewhere or self._commands.is_question(turn.text)))
        if not ours:
            return Step(state, taken=False)
        step = self._too_old(turn, disclosed)
        # The verdict of a finished form counts no longer, as after a correction.
        reopened = (("reopened", {"linkId": None}),) if finished else ()
        return replace(step, events=(*step.events, *reopened))

    # ---- what follows from it

    def _went(self, record: Record, outcome: Outcome, before: State) -> Step:
        """Carry on after an answer, a misunderstanding, or a message that was not for us."""
        if outcome.kind == "aside":
            return Step(before, taken=False)
        if outcome.kind == "missed":
            return self._missed(record, outcome.say)
        record.state["misses"] = 0
        if outcome.kind in ("same", "unanswered"):
            return self._rechecked(record, outcome.kind, f"recheck_{outcome.kind}")
        if outcome.kind == "refused":
            return self._end_at_gate(record, outcome)
        said = [self._renderer.say(record.state, key) for key in outcome.say]
        if "passed_on" in outcome.say:
            record.state["unread"] = None
        if record.state["finished"]:
            self._reopen(record, outcome.link_id)
            said.append(self._renderer.say(record.state, "slot_note"))
        lost = record.prune()
        if lost:
            labels = self._wording.labels(record.state["language"], lost)
            said.append(self._renderer.say(record.state, "removed", labels=labels))
        record.close_turn()
        step = self._ask(record, said)
        if outcome.question and step.state is not None:
            return Step(step.state, taken=False, events=step.events)
        return step

    def _missed(self, record: Record, say: Sequence[str]) -> Step:
        record.state["misses"] += 1
        misses = record.state["misses"]
        sorry = say or (("sorry",) if misses == 1 else ("sorry_twice",))
        said = [self._renderer.say(record.state, key) for key in sorry]
        opened = self._flow.next(record.state)
        # A sentence that says what was wrong is enough; without one the question itself is put more simply.
        reply = self._renderer.question(opened, record.state, before=said, again=True)
        return Step(record.state, (reply,), events=tuple(record.events))

    def _ask(self, record: Record, said: Sequence[str] = ()) -> Step:
        """The next question, or the end."""
        if record.state["consent"]:
            ended = self._ended(record)
            if ended:
                return ended
        reply = self._renderer.question(self._flow.next(record.state), record.state, before=said)
        return Step(record.state, (reply,), events=tuple(record.events))

    def _ended(self, record: Record) -> Step | None:
        if record.state["asked"] or record.state["to_resolve"]:
            return None
        assessment = self._assessment(record)
        if assessment.route == "triage":
            record.emit("triage")
            return self._discard(record, "triage", "triage")
        if assessment.route == "no_questions":
            return self._discard(record, "declined_gate", "gate_declined")
        gate = next((reason for reason in assessment.reasons if reason.linkId in ENDED_FOR), None)
        if gate:
            return self._end_kindly(record, gate.linkId, gate.rule, gate.text)
        if assessment.status == "stopped" or (assessment.status == "complete" and "final.confirm" in record.seen):
            return self._finish(record, assessment)
        return None

    def _finish(self, record: Record, assessment: Assessment) -> Step:
        amended = record.state.get("amended", False)
        record.state["finished"] = True
        record.state["finished_at"] = record.now.isoformat()
        record.state["misses"] = 0
        seen = record.seen
        record.emit(
            "finished",
            assessment=assessment.as_dict(),
            answers=seen,
            how={link_id: how for link_id, how in record.state["how"].items() if link_id in seen},
            conflicts=sorted(record.state["conflicts"]),
            consent=record.state["consent"],
            claims=claims(self.questionnaire, assessment, seen, record.now),
            amended=amended,
            state=record.state,
        )
        return Step(None, (self._renderer.verdict(assessment, record.state),), events=tuple(record.events))

    def _end_kindly(self, record: Record, link_id: str, rule: str, text: str) -> Step:
        """Under 18, or answering for someone else: say so, keep nothing, leave a person to talk to."""
        language = record.state["language"]
        said = [self._wording.tell(language, link_id, rule, text), self._renderer.say(record.state, "not_kept")]
        reply = self._renderer.ending(record.state, "not_kept", link_id)
        reply = Reply("verdict", "not_suitable_now", "\n\n".join(said), reply.choices, links=reply.links)
        record.emit("discard", reason=ENDED_FOR[link_id])
        return Step(None, (reply,), events=_without_answers(record.events))

    def _end_at_gate(self, record: Record, outcome: Outcome) -> Step:
        if outcome.link_id == "consent.health":
            now = record.now.isoformat()
            notice = self.questionnaire.notice
            record.emit("consent_refused", version=notice, at=now, language=record.state["language"])
            return self._discard(record, "refused", "refused")
        return self._discard(record, "declined_gate", "gate_declined")

    def _discard(self, record: Record, reason: str, key: str) -> Step:
        record.emit("discard", reason=reason)
        return Step(None, (self._renderer.ending(record.state, key, reason),), events=_without_answers(record.events))

    def _leave(self, record: Record, key: str, ref: str) -> Step:
        return Step(record.state, (self._renderer.ending(record.state, key, ref),), events=tuple(record.events))

    def _reopen(self, record: Record, link_id: str | None) -> None:
        if not record.state["finished"]:
            return
        record.state["finished"] = False
        record.state["amended"] = True
        record.emit("reopened", linkId=link_id)
        record.unset(["final.confirm"])

    def _assessment(self, record: Record) -> Assessment:
        today = record.now.date()
        return assess(self.questionnaire, record.answers, today, conflicts=record.state["conflicts"])

    def _record(self, state: State, turn: Turn) -> Record:
        return Record(state, self.questionnaire, self._flow, turn.now)


def _is_about_the_form(turn: Turn) -> bool:
    """Was one of our own choices picked?"""
    return bool(turn.choices) and turn.choices[0].startswith(f"{NAME}:")


def load_dialogue(clinic: Clinic, questionnaire: Questionnaire | None = None) -> Dialogue:
    """Read questionnaire, commands and wording, once, when a program starts."""
    questionnaire = questionnaire or load_questionnaire()
    return Dialogue(questionnaire, Commands(), Wording(questionnaire, clinic), clinic)


def _without_answers(events: Sequence[tuple[str, dict[str, Any]]]) -> tuple[tuple[str, dict[str, Any]], ...]:
    """What is discarded in the same turn is not sent to be stored first."""
    kept = ("consent_given", "consent_refused", "consent_withdrawn", "triage", "discard")
    return tuple(event for event in events if event[0] in kept)
