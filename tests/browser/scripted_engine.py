"""An engine that says what a script tells it to: every kind of message, without a model. For browser tests only."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.envelope import Choice, Link, Progress, Reply, Source

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>window.broken=1</script>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "\u202egnp.exe <b>bold</b> &lt;i&gt;",
)
HOSTILE_LINKS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/x",
    "/\\evil.example/x",
    "http://evil.example/",
    "blob:https://evil.example/1",
)
PHONE = Link("020 7946 0100", "tel:+442079460100")
GROUP = "heart_blood"


def _slots() -> tuple[Choice, ...]:
    days = ("Tuesday 24 November", "Wednesday 25 November")
    times = ("09:30", "10:15", "14:00", "16:30")
    slots = [Choice(f"booking:slot:{day[:3]}{time}", f"{day}, {time}") for day in days for time in times]
    return (*slots, Choice("booking:more", "Later times"), Choice("human", "Talk to a person"))


def _answer(ref: str, text: str, *choices: Choice) -> Reply:
    return Reply(
        "answer",
        ref,
        text,
        choices=choices,
        sources=(Source("NHS, cosmetic procedures", "2026-11-02"), Source("Review of 31 studies, 2021", "2026-10-18")),
    )


PAIN = _answer(
    "pain_numbing",
    "Yes, a little. Most people feel quick pricks, stinging or burning, and most find it easy to bear. How much it "
    "hurts depends on the area and on you. Numbing cream, cooling or vibration can help.",
    Choice("detail:pain_numbing", "Tell me more"),
    Choice("area:pain_numbing:scalp", "On the scalp"),
    Choice("clinics:C07", "What clinics say"),
    Choice("human", "Talk to a person"),
)
SCRIPT: dict[str, list[Reply]] = {
    "does it hurt": [PAIN],
    "price": [
        Reply(
            "answer",
            "price_payment",
            "One session for face, neck or hands is £150. A course of three sessions is £390. The consultation is free "
            "of charge.",
            sources=(Source("Linden Skin Clinic, price list", "2026-11-20"),),
            links=(PHONE,),
        )
    ],
    "health questions": [
        Reply(
            "question",
            GROUP,
            "Do any of these apply to you?\nYou can pick several.",
            choices=(
                Choice(
                    f"questionnaire:{GROUP}:anticoagulant=true", "I take blood thinners, such as warfarin or apixaban"
                ),
                Choice(f"questionnaire:{GROUP}:bleeding=true", "A bleeding disorder"),
                Choice(f"questionnaire:{GROUP}:heart=true", "Heart disease that is being treated"),
                Choice(f"questionnaire:{GROUP}:keloid=true", "Raised or thick scars (keloids)"),
                Choice(f"questionnaire:{GROUP}:none", "None of these"),
                Choice(f"questionnaire:{GROUP}:unsure", "I'm not sure"),
                Choice(f"questionnaire:{GROUP}:declined", "I'd rather not say"),
            ),
            multiple=True,
            progress=Progress(4, 11),
        )
    ],
    "one question": [
        Reply(
            "question",
            "age.adult",
            "Are you 18 or older?",
            choices=(Choice("questionnaire:age:true", "Yes"), Choice("questionnaire:age:false", "No")),
            progress=Progress(1, 11),
        )
    ],
    "verdict": [
        Reply(
            "verdict",
            "clinician_review",
            "A clinician should look at your answers before anything is planned.\n\nWhy:\n- Blood thinners: bruises "
            "and bleeding are more likely.\n- Cold sores: they can come back.\n\nWhat to ask:\n- Should I take a "
            "medicine to prevent cold sores?\n\nThis is general information, not advice for you.",
            choices=(
                Choice("booking:start", "Book a consultation"),
                Choice("human", "Talk to a person"),
                Choice("questionnaire:change", "Change an answer"),
            ),
            sources=(Source("Health questions, version 1.0", "2026-11-01"),),
            links=(PHONE,),
        )
    ],
    "book": [
        Reply(
            "question",
            "booking.when",
            'When would suit you? Here are some times. You can also write a day or time, such as "mornings only".',
            choices=_slots(),
        )
    ],
    "booked": [
        Reply(
            "booking",
            "booked",
            "Your appointment is booked: Consultation on Tuesday 24 November 2026 at 10:15.\n\nYour reference is "
            "K7QP-2MXD. With it you can change or cancel here, or on 020 7946 0100.\n\nComing does not commit you to "
            "any treatment. Please take your time to decide.",
            links=(Link("Add to your calendar", "/bookings/K7QP2MXD.ics"), PHONE),
        )
    ],
    "links": [
        Reply(
            "answer",
            "links",
            "Four of these may be shown.",
            links=(
                PHONE,
                Link("Write to us", "mailto:hello@linden.example.org"),
                Link("NHS page", "https://www.nhs.uk/x"),
                Link("Privacy", "/privacy"),
                *(Link(f"bad {at}", href) for at, href in enumerate(HOSTILE_LINKS)),
            ),
        )
    ],
    "hostile": [
        Reply(
            "answer",
            text,
            text,
            choices=(Choice(f"topic:{at}", text),),
            sources=(Source(text, text),),
            links=(Link(text, "https://example.org/"),),
        )
        for at, text in enumerate(HOSTILE)
    ],
    "long": [_answer("long", "\n\n".join(f"Paragraph {n}. " + "Words that go on and on. " * 12 for n in range(8)))],
    "arabic": [
        _answer(
            "pain_numbing",
            "نعم، قليلاً. يشعر معظم الناس بوخزات سريعة أو لسعة، ويجدها معظمهم سهلة الاحتمال. يمكن أن يساعد كريم "
            "التخدير أو التبريد.",
            Choice("detail:pain_numbing", "أخبرني المزيد"),
            Choice("area:pain_numbing:scalp", "في فروة الرأس"),
            Choice("human", "التحدث إلى شخص"),
        )
    ],
}
SAME = {"هل يؤلم؟": "arabic", "questionnaire:start": "health questions", "booking:start": "book"}


class ScriptedEngine:
    """Answers by the first key of the script that the words contain, else "heard: <words>"."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.delay = 0.0
        self._turns: dict[str, Any] = {}
        self.app = Starlette(
            routes=[Route("/turn", self.turn, methods=["POST"]), Route("/healthz", self.health, methods=["GET"])]
        )

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def turn(self, request: Request) -> Response:
        body = await request.json()
        await asyncio.sleep(self.delay)
        if body["id"] not in self._turns:
            self.heard.append(body)
            self._turns[body["id"]] = [reply.as_dict() for reply in self._replies(body)]
        return JSONResponse({"replies": self._turns[body["id"]], "reading": {}})

    def _replies(self, body: dict[str, Any]) -> list[Reply]:
        said = body["text"] if body["text"] is not None else "+".join(body["choices"])
        if said.startswith("booking:slot:"):
            return SCRIPT["booked"]
        if body["alerted"]:
            return []
        said = SAME.get(said, said)
        found = next((replies for key, replies in SCRIPT.items() if key in said.lower()), None)
        return found or [Reply("answer", "echo", f"heard: {said}")]
