"""One patient from the first time offered to the cancelled appointment, as a reader of the chat would see it."""

from __future__ import annotations

from bot.clinic import Clinic
from tests.unit.booking.conftest import BookInMemory, Patient


def test_hello_slot_contact_confirmed_moved_cancelled(patient: Patient, book: BookInMemory, clinic: Clinic) -> None:
    # A time
    assert "When would suit you?" in patient.types("Hello, I would like to book a consultation", "book_appointment")
    assert patient.slots() == [
        "Tuesday 24 Nov, 10:00",
        "Tuesday 24 Nov, 12:00",
        "Wednesday 25 Nov, 09:00",
        "Wednesday 25 Nov, 12:00",
    ]
    patient.types("mornings only")
    assert all(title.split()[-1] < "12:00" for title in patient.slots())
    patient.types("next Tuesday after 4")
    assert patient.slots()[0] == "Tuesday 24 Nov, 16:00"

    # Read back, then who: asked only now
    said = patient.picks("Tuesday 24 Nov, 16:00")
    assert "Tuesday 24 November 2026 at 16:00 (London time)" in said
    assert "What is your name?" in said
    assert "How can the clinic reach you?" in patient.types("I'm Sam Lee")
    read_back = patient.types("sam@example.org")
    for part in ("Tuesday 24 November 2026 at 16:00", "Sam Lee", "sam@example.org", "free of charge", "12 Linden Row"):
        assert part in read_back
    assert not book.bookings

    # Confirmed
    said = patient.picks("Yes, book it")
    confirmation = patient.replies[0]
    assert (confirmation.kind, confirmation.ref) == ("booking", "booked")
    assert confirmation.links[0].href == "/calendar/calendar0.ics"
    assert "Your reference is K7QP-2MX2" in said
    assert "does not commit you" in said
    assert patient.events == [("booked", {"booking": "b0", "code": "K7QP-2MX2"})]

    # Reminders are a question of their own
    assert not book.reminders
    patient.picks("Yes, remind me")
    assert book.reminders == {"b0"}
    assert patient.state is None

    # Moved
    assert "Tuesday 24 November 2026 at 16:00" in patient.types("when is my appointment?", "reschedule_cancel")
    patient.types("can I move it to Friday afternoon?", "reschedule_cancel", certainty="sure")
    assert patient.slots()[0] == "Friday 27 Nov, 12:00"
    said = patient.picks("Friday 27 Nov, 14:00")
    assert "from Tuesday 24 November 2026 at 16:00" in said
    assert "to Friday 27 November 2026 at 14:00" in said
    assert "It is now on Friday 27 November 2026 at 14:00" in patient.types("yes please")
    assert patient.replies[0].links[0].href == "/calendar/calendar0.ics"
    assert book.bookings["b0"].sequence == 1

    # Cancelled
    assert "Do you want to cancel" in patient.types("I can't make it any more", "reschedule_cancel")
    assert "is cancelled" in patient.types("yes")
    assert book.bookings["b0"].state == "cancelled"
    assert patient.replies[0].links[0].href == "/calendar/calendar0.ics"
    assert not book.taken
