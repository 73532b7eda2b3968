"""Replies of the questionnaire: questions, the list of answers, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from bot.clinic import Clinic
from bot.eligibility.assessment import Assessment
from bot.eligibility.flow import Flow, Open, State
from bot.eligibility.folding import normal
from bot.eligibility.questionnaire import ABSENT, Item, Questionnaire, Screen
from bot.eligibility.values import visible
from bot.eligibility.wording import Wording
from bot.envelope import Choice, Link, Progress, Reply, Source

YES, NO, UNSURE = "yes", "no", "unsure"
BULLET = "\n- "
CHANGES = "questionnaire:change:"
THE = ("the ", "my ")
QUOTABLE = 80  # characters of the patient's words that are shown back


def choice_id(*parts: str) -> str:
    """`questionnaire:...`, see `bot.dialogue`."""
    return ":".join(("questionnaire", *parts))


class Renderer:
    """Turns an open question or an assessment into replies. It decides nothing."""

    def __init__(self, questionnaire: Questionnaire, wording: Wording, clinic: Clinic, flow: Flow) -> None:
        self._questionnaire = questionnaire
        self._wording = wording
        self._clinic = clinic
        self._flow = flow

    def say(self, state: State, key: str, **values: str) -> str:
        """A fixed sentence in the state's language; `words` are what was not understood, as the patient typed it."""
        unread = state.get("unread") or {}
        words = ", ".join(unread.get("words", ()))
        return self._wording.say(state["language"], key, **{"words": words[:QUOTABLE], **values})

    def question(self, opened: Open, state: State, *, before: Sequence[str] = (), again: bool = False) -> Reply:
        """The open question; `before` are sentences said first, `again` takes the second wording."""
        makers = {
            "consent": self._consent,
            "item": self._single,
            "group": self._group,
            "unsure": self._unsure,
            "prefill": self._prefill,
            "conflict": self._conflict,
            "change": self._change,
            "review": self._review,
            "recheck": self._recheck,
        }
        reply = makers[opened.kind](opened, state, again)
        counted = opened.kind not in ("recheck", "change")
        progress = Progress(self._flow.place(opened), len(self._questionnaire.screens)) if counted else None
        choices = reply.choices
        if state["misses"] > 1:
            choices = (*choices, Choice("human", self.say(state, "human")))
        text = "\n\n".join([*before, reply.text])
        return Reply("question", reply.ref, text, choices, reply.multiple, links=reply.links, progress=progress)

    def why(self, opened: Open, state: State) -> str:
        """The answer to "why do you ask?"."""
        language = state["language"]
        if opened.kind in ("change", "recheck"):
            return self.say(state, f"why_{opened.kind}")
        if opened.kind in ("group", "unsure"):
            screen = self._screen(opened.ref)
            return self.say(state, "why", why=self._wording.screen(language, screen, "why"))
        return self.say(state, "why", why=self._wording.item(language, self._item(opened.ref), "why"))

    def answers(self, state: State) -> str:
        """Every answer so far in plain words, by section; answers of "no" share a line."""
        seen = visible(self._questionnaire, state["answers"])
        sections = []
        for screen in self._questionnaire.screens:
            members = [link_id for link_id in self._flow.members(screen) if link_id in seen]
            if not members or screen.ref == "consent.health":
                continue
            lines = BULLET + BULLET.join(self._lines(state, members))
            # A question of its own needs no title above its label.
            title = self._wording.screen(state["language"], screen, "title") if screen.kind == "group" else ""
            sections.append((title + lines).lstrip())
        return "\n\n".join(sections) if sections else self.say(state, "review_none")

    def changes(self, state: State) -> tuple[Choice, ...]:
        """One choice per answered section."""
        seen = visible(self._questionnaire, state["answers"])
        return tuple(
            Choice(
                choice_id("change", screen.ref),
                self.say(state, "change", title=self._wording.screen(state["language"], screen, "title")),
            )
            for screen in self._questionnaire.screens
            if screen.ref != "consent.health" and any(link_id in seen for link_id in self._flow.members(screen))
        )

    def verdict(self, assessment: Assessment, state: State) -> Reply:
        """What it means, why, what would change it and when, what to ask; and the way on."""
        verdict = str(assessment.verdict)
        held = verdict == "clinician_review" and assessment.hold
        parts = [self.say(state, "clinician_review_hold" if held else verdict)]
        if assessment.reasons:
            parts.append(self.say(state, "why_title") + BULLET + BULLET.join(self._reasons(assessment, state)))
        clears = list(dict.fromkeys(self._clears(assessment, state)))
        if clears:
            parts.append(self.say(state, "clears_title") + BULLET + BULLET.join(clears))
        if assessment.earliest and assessment.earliest > assessment.today:
            day = self._wording.day(state["language"], date.fromisoformat(assessment.earliest))
            parts.append(self.say(state, "earliest", date=day))
        parts.append(self.say(state, "ask_title") + BULLET + self.say(state, f"ask_{verdict}"))
        parts.append(self.say(state, "general"))
        return Reply(
            "verdict",
            verdict,
            "\n\n".join(parts),
            tuple(self._ways_on(assessment, state)),
            sources=(self._source(state),),
            links=(self._clinic.call("clinic"),),
        )

    def ending(self, state: State, key: str, ref: str) -> Reply:
        """A kind end without a verdict: questions and a person remain."""
        choices = (Choice("topic:what_is_mesotherapy", self._topic(state)), Choice("human", self.say(state, "human")))
        return Reply("notice", ref, self.say(state, key), choices, links=(self._clinic.call("clinic"),))

    def _topic(self, state: State) -> str:
        return self.say(state, "ask_topic")

    def _source(self, state: State) -> Source:
        meta = self._questionnaire.raw["meta"]
        return Source(self.say(state, "source", version=self._questionnaire.version), str(meta["reviewed"]))

    def _consent(self, opened: Open, state: State, again: bool) -> Reply:
        item = self._item("consent.health")
        text = self._wording.item(state["language"], item, "again" if again else "text")
        if not again:
            text = self.say(state, "notice") + "\n\n" + text
        choices = (
            Choice(choice_id("consent.health", "true"), self.say(state, "consent_yes")),
            Choice(choice_id("consent.health", "false"), self.say(state, "consent_no")),
        )
        link = Link(self.say(state, "privacy_link"), self._clinic.values["privacy_url"])
        return Reply("question", "consent.health", text, choices, links=(link,))

    def _single(self, opened: Open, state: State, again: bool) -> Reply:
        item = self._item(opened.ref)
        language = state["language"]
        text = self._wording.item(language, item, "again" if again else "text")
        if item.help:
            text += "\n" + self._wording.item(language, item, "help")
        if state["days"]:
            days = tuple(
                Choice(choice_id(item.link_id, day), self._wording.day(language, date.fromisoformat(day)))
                for day in state["days"]
            )
            return Reply("question", item.link_id, self.say(state, "which_date"), days)
        codes = [option.code for option in item.options]
        if item.type == "boolean":
            codes = ["true", "false"]
        codes += [code for code in ABSENT if code not in codes and not item.is_gate and self._can_be(code, item)]
        titles = {"true": self.say(state, "yes"), "false": self.say(state, "no")}
        if item.may_be_empty and not item.options and item.type != "date":
            codes.insert(0, "none")
            titles["none"] = self.say(state, "none_text")
        choices = tuple(
            Choice(choice_id(item.link_id, code), titles.get(code) or self._wording.option(language, item, code))
            for code in codes
        )
        if item.repeats:
            text += "\n" + self.say(state, "pick_several")
        return Reply("question", item.link_id, text, choices, multiple=item.repeats)

    def _can_be(self, code: str, item: Item) -> bool:
        """ "Not sure" is offered where the item has it, and for free answers; "prefer not to say" everywhere."""
        return code == "asked-declined" or not item.options

    def _group(self, opened: Open, state: State, again: bool) -> Reply:
        screen = self._screen(opened.ref)
        language = state["language"]
        text = self._wording.screen(language, screen, "again" if again else "text")
        choices = [
            Choice(choice_id(screen.ref, f"{pick.item}={pick.code or ''}"), self._wording.pick(language, screen, pick))
            for pick in self._flow.open_picks(screen, state)
        ]
        choices.append(Choice(choice_id(screen.ref, "none"), self.say(state, "none")))
        if not any(self._item(pick.item).is_gate for pick in screen.picks):
            choices.append(Choice(choice_id(screen.ref, "unsure"), self.say(state, "unsure")))
            choices.append(Choice(choice_id(screen.ref, "declined"), self.say(state, "declined")))
        unread = state.get("unread")
        if unread and unread["ref"] == screen.ref:
            choices.insert(-2, Choice(choice_id(screen.ref, "clinician"), self.say(state, "tell_clinician")))
        text += "\n" + self.say(state, "pick_several")
        return Reply("question", screen.ref, text, tuple(choices), multiple=True)

    def _unsure(self, opened: Open, state: State, again: bool) -> Reply:
        screen = self._screen(opened.ref)
        choices = tuple(
            Choice(choice_id("unsure", screen.ref, link_id), self._wording.item(state["language"], item, "label"))
            for link_id in dict.fromkeys(pick.item for pick in self._flow.open_picks(screen, state))
            for item in [self._item(link_id)]
        )
        return Reply("question", screen.ref, self.say(state, "which_unsure"), choices, multiple=True)

    def _prefill(self, opened: Open, state: State, again: bool) -> Reply:
        fact = next(fact for fact in state["prefill"] if fact["linkId"] == opened.ref)
        item = self._item(opened.ref)
        text = self.say(
            state,
            "prefill",
            words=fact["words"],
            label=self._wording.item(state["language"], item, "label"),
            answer=self._wording.answer(state["language"], item, fact["value"]),
        )
        titles = {YES: "prefill_yes", NO: "prefill_no", UNSURE: "unsure"}
        choices = tuple(
            Choice(choice_id("prefill", opened.ref, id_), self.say(state, key)) for id_, key in titles.items()
        )
        return Reply("question", opened.ref, text, choices)

    def _conflict(self, opened: Open, state: State, again: bool) -> Reply:
        clash = state["to_resolve"][0]
        item = self._item(opened.ref)
        text = self.say(
            state,
            "conflict",
            words=clash["words"],
            label=self._wording.item(state["language"], item, "label"),
            before=self._wording.answer(state["language"], item, state["answers"][opened.ref]),
        )
        titles = {YES: "conflict_yes", NO: "conflict_no", UNSURE: "unsure"}
        choices = tuple(
            Choice(choice_id("conflict", opened.ref, id_), self.say(state, key)) for id_, key in titles.items()
        )
        return Reply("question", opened.ref, text, choices)

    def _change(self, opened: Open, state: State, again: bool) -> Reply:
        return Reply("question", "change", self.say(state, "change_which"), self.changes(state))

    def _recheck(self, opened: Open, state: State, again: bool) -> Reply:
        """The few answers that change most, each to be picked if it did (ruling 10)."""
        seen = visible(self._questionnaire, state["answers"])
        language = state["language"]
        asked = [self._item(link_id) for link_id in self._questionnaire.recheck if link_id in seen]
        lines = [
            self.say(
                state,
                "review_line",
                label=self._wording.item(language, item, "label"),
                answer=self._wording.answer(language, item, seen[item.link_id]),
            )
            for item in asked
        ]
        text = self._wording.recheck(language) + "\n" + BULLET + BULLET.join(lines)
        choices = [Choice(choice_id("recheck", "same"), self.say(state, "recheck_none"))]
        choices += [
            Choice(choice_id("recheck", item.link_id), self._wording.item(language, item, "label")) for item in asked
        ]
        choices.append(Choice(choice_id("recheck", "other"), self.say(state, "recheck_other")))
        choices.append(Choice(choice_id("recheck", "unanswered"), self.say(state, "unsure")))
        return Reply(
            "question", "recheck", text + "\n\n" + self.say(state, "pick_several"), tuple(choices), multiple=True
        )

    def _review(self, opened: Open, state: State, again: bool) -> Reply:
        screen = self._screen("final.confirm")
        item = self._item("final.confirm")
        seen = visible(self._questionnaire, state["answers"])
        text = "\n\n".join(
            [
                self.say(state, "review"),
                self.answers(state),
                self._wording.item(state["language"], item, "text"),
            ]
        )
        extras = [
            Choice(choice_id("note", pick.item), self._wording.pick(state["language"], screen, pick))
            for pick in screen.picks
            if not seen.get(pick.item)
        ]
        confirm = Choice(choice_id("final.confirm", "true"), self.say(state, "confirm"))
        return Reply("question", "final.confirm", text, (confirm, *extras, *self.changes(state)))

    def _lines(self, state: State, members: Sequence[str]) -> Iterator[str]:
        seen = visible(self._questionnaire, state["answers"])
        denied = [link_id for link_id in members if seen[link_id] == "N"]
        for link_id in members:
            if link_id in denied and len(denied) > 1:
                continue
            if seen[link_id] == "":
                continue
            item = self._item(link_id)
            label = self._wording.item(state["language"], item, "label")
            answer = self._wording.answer(state["language"], item, seen[link_id])
            yield self.say(state, "review_line", label=label, answer=answer)
        if len(denied) > 1:
            yield self.say(state, "review_no", labels=self._wording.labels(state["language"], denied))

    def _reasons(self, assessment: Assessment, state: State) -> Iterator[str]:
        for reason in assessment.reasons:
            item = self._item(reason.linkId)
            text = self._wording.tell(state["language"], reason.linkId, reason.rule, reason.text)
            label = self._wording.item(state["language"], item, "label")
            yield self.say(state, "review_line", label=label, answer=text)

    def _clears(self, assessment: Assessment, state: State) -> Iterator[str]:
        for reason in assessment.reasons:
            if reason.clears:
                rule = f"{reason.rule}/clears"
                yield self._wording.tell(state["language"], reason.linkId, rule, reason.clears)

    def _ways_on(self, assessment: Assessment, state: State) -> Iterator[Choice]:
        if assessment.verdict == "clinician_review":
            yield Choice("booking:start", self.say(state, "call_back" if assessment.hold else "book_review"))
        elif assessment.verdict != "not_suitable_now":
            yield Choice("booking:start", self.say(state, "book"))
        elif assessment.status == "complete":
            yield Choice(choice_id("remind"), self.say(state, "remind"))
        yield Choice("human", self.say(state, "human"))
        yield Choice(choice_id("change"), self.say(state, "change_any"))

    def _screen(self, ref: str) -> Screen:
        return next(screen for screen in self._questionnaire.screens if screen.ref == ref)

    def _item(self, link_id: str) -> Item:
        return self._questionnaire.items[link_id]


def names_of(choice: Choice) -> set[str]:
    """What may be typed for a choice: its title, and of an answer to be changed its name ("the area")."""
    title = normal(choice.title)
    start, _, name = (normal(part) for part in choice.title.partition(":"))
    if not choice.id.startswith(CHANGES) or not name:
        return {title}
    return {title, name, *(f"{before}{the}{name}" for before in ("", f"{start} ") for the in THE)}
