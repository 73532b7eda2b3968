"""Consultations: when, with whom, and handing over to people. Pure: `repository.Bookings` is what storage implements.

dialogue                   the conversation: `arranging` an appointment, `managing` it, `correcting` names and contacts
desk, token                what may be booked with a verdict, and how a free time becomes an appointment
availability, wishes       free times, and which of them suit; `wish_reading` and `contacts` read what people type
replies, wording           what is said, from phrases/<language>.yml
calendar, fhir, outlets    the calendar file, FHIR resources, and how the clinic's systems hear of a change
people                     whom a conversation is handed to, and why
"""
