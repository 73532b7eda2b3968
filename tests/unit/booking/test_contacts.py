from __future__ import annotations

import pytest

from bot.booking.contacts import is_attempt, read_address, read_name, without_address


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Sam Lee", "Sam Lee"),
        ("I'm Ana María Núñez, thanks", "Ana María Núñez"),
        ("my name is Seán O’Brien-Ölçer.", "Seán O'Brien-Ölçer"),
        ("It's Kim", "Kim"),
        ("李小龍", "李小龍"),
        ("no, sorry, my name is Mary O'Neil", "Mary O'Neil"),
        ("adım Ayşe Kaya", "Ayşe Kaya"),
    ],
)
def test_it_reads_names(said: str, name: str) -> None:
    assert (read_name(said) or "").replace("’", "'") == name


@pytest.mark.parametrize("said", ["4", "x", "sam@example.org", "a b c d e f g h", "07400 123456", "S" * 90,
                                  "yes please", "I don't want to say", "hayır", "what for"])  # fmt: skip
def test_what_cannot_be_a_name_is_none(said: str) -> None:
    assert read_name(said) is None


@pytest.mark.parametrize(
    ("said", "channel", "value"),
    [
        ("sam@example.org", "email", "sam@example.org"),
        ("it's Sam.Lee@Example.ORG, thanks", "email", "sam.lee@example.org"),
        ("Straße@Große.example.org", "email", "straße@große.example.org"),  # "strasse" is somebody else
        ("07400 123456", "phone", "+447400123456"),
        ("+44 7400 123457", "phone", "+447400123457"),
        ("you can call 020 7946 0100 after six", "phone", "+442079460100"),
        ("07700 900123", "phone", "+447700900123"),
        ("+90 532 123 45 67", "phone", "+905321234567"),
    ],
)
def test_it_reads_addresses_reserved_ones_too(said: str, channel: str, value: str) -> None:
    address = read_address(said, "GB")
    assert address
    assert (address.channel, address.value) == (channel, value)


@pytest.mark.parametrize("said", ["12345", "sam@", "sam at example", "0000000000", "hello"])
def test_what_cannot_be_reached_is_none(said: str) -> None:
    assert read_address(said, "GB") is None


def test_a_failed_attempt_is_told_from_other_words() -> None:
    assert is_attempt("sam@")
    assert is_attempt("0740 12")
    assert not is_attempt("does it hurt")


@pytest.mark.parametrize(
    "said",
    [
        "Sam Lee, 07400 123456",
        "Sam Lee sam@example.org",
        "Sam Lee and my e-mail is sam@example.org",
        "I'm Sam Lee, phone +44 7400 123456",
        "adım Sam Lee, e-postam sam@example.org",
        "Sam Lee ve telefon numaram 07400 123456",
    ],
)
def test_name_and_contact_can_come_in_one_line(said: str) -> None:
    assert read_address(said, "GB")
    assert read_name(without_address(said)) == "Sam Lee"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("zoe at gmail dot com", "zoe@gmail.com"),
        ("it's sam dot lee at example dot co dot uk thanks", "sam.lee@example.co.uk"),
    ],
)
def test_a_dictated_e_mail_address_is_read(said: str, value: str) -> None:
    address = read_address(said, "GB")
    assert address
    assert address.value == value


def test_at_noon_is_no_dictated_address() -> None:
    assert read_address("I come at noon, dot it down", "GB") is None
