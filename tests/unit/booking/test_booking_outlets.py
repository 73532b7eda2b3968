from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timezone

import pytest

from bot.booking.outlets import PURPOSE, notice_of, page_link, signature, verdict_on
from bot.clinic import Clinic
from tests.unit.booking.test_calendar_fhir import booking


def test_a_notice_says_when_and_what_but_not_who_or_why(clinic: Clinic) -> None:
    notice = notice_of(booking(), "booked", clinic)
    body = json.loads(notice.body())
    assert body["start"] == "2026-11-24T16:00:00+00:00"
    assert body["practitioner"] == "Ada Okafor"
    assert body["key"] == "b0-0-booked"
    assert not set(body) & {"name", "contact", "email", "phone", "verdict", "answers", "conversation", "calendar"}


def test_a_receiver_can_check_the_signature() -> None:
    at = datetime(2026, 11, 23, tzinfo=timezone.utc)
    stamp, given = (part.partition("=")[2] for part in signature("secret", b"{}", at).split(","))
    key = hmac.new(b"secret", PURPOSE, hashlib.sha256).digest()
    assert given == hmac.new(key, stamp.encode() + b".{}", hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(404, True), (401, True), (410, True), (429, False), (408, False), (500, False), (503, False), (302, False)],
)
def test_a_refusal_is_for_now_or_for_good(status: int, permanent: bool) -> None:
    refusal = verdict_on(status)
    assert refusal
    assert refusal.permanent is permanent


def test_a_receipt_is_no_refusal() -> None:
    assert verdict_on(204) is None


def test_the_booking_page_gets_a_reference_only() -> None:
    assert page_link("https://book.example.org/", "abc") == "https://book.example.org/?reference=abc"
    assert page_link("https://book.example.org/?a=b#c", "abc") == "https://book.example.org/?a=b&reference=abc#c"
