"""Names, phone numbers and e-mail addresses as people type them. Nothing is looked up on the network."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

LONGEST_NAME = 80
MOST_WORDS = 6
LEAD_IN = re.compile(
    r"^\W*(?:(?:hi|hello|ok(?:ay)?|sure|yes|no|sorry|actually|oh|wait|merhaba|evet|hayır|pardon|aslında)\W+)*"
    r"(?:my (?:full )?name(?: is|'s|:)?|name(?: is|:)|i am|i'm|im|it is|it's|it should be|this is|call me"
    r"|you can call me|the name is|(?:(?:the|my) )?name should be|it would be|for"
    r"|(?:benim )?(?:adım|ad[ıi] soyad[ıi]m|ismim)|ben)\s+",
    re.IGNORECASE,
)
TAIL = re.compile(r"\s*(?:,?\s*(?:please|thanks|thank you|lütfen|teşekkürler|olacak))\W*$", re.IGNORECASE)
# Words of sentences, which no name has.
SENTENCE = re.compile(
    r"\b(?:want|would|like|don'?t|can'?t|can|could|need|have|please|the|is|are|was|you|your|my|not|do|does|what|why"
    r"|with|about|yes|no|yeah|nope|ok|okay|istiyorum|istemiyorum|değil|lütfen|evet|hayır|tamam|neden|nasıl)\b",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[^\s<>,;:()\"']+@[^\s<>,;:()\"']+")
# "zoe at gmail dot com", as it is dictated.
SPOKEN = re.compile(
    r"(?<![\w@.])(\w[\w.+-]*(?: (?:dot|underscore|dash|hyphen) \w+)*) at (\w[\w-]*(?: dot \w+)+)(?!\w)", re.IGNORECASE
)
SPOKEN_MARKS = {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-"}
PHONE = re.compile(r"\+?[\d(][\d\s().\-/]{5,}\d")
CONNECTING = re.compile(
    r"\W*\b((and|ve|my|the|reach me|on|at|by|is)\s+)*"
    r"(e-?mail|mail|phone|mobile|tel|number|address|on|at|e-?posta\w*|mailim|telefon\w*|numara\w*|adresi\w*)"
    r"(\s+(address|number|numara\w*|adresi\w*))?(\s+is)?\W*$",
    re.IGNORECASE,
)
# Numbers that Ofcom keeps for drama; no phone rings, so demos and tests may use them.
RESERVED = re.compile(r"\+447700900\d{3}")


@dataclass(frozen=True)
class Address:
    """`channel` is "email" or "phone"; `value` is canonical (lower-case domain, E.164), `shown` for the eye."""

    channel: str
    value: str
    shown: str


def read_name(text: str) -> str | None:
    """The name in "I'm Ana María Núñez, thanks"; None for what cannot be one."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    name = TAIL.sub("", LEAD_IN.sub("", plain)).strip(" .,!;:")
    letters = sum(char.isalpha() for char in name)
    odd = any(not (char.isalpha() or unicodedata.combining(char) or char in " .'’-‐") for char in name)
    if odd or letters < 2 or SENTENCE.search(name) or len(name) > LONGEST_NAME or len(name.split()) > MOST_WORDS:
        return None
    return name


def looks_like_name(text: str) -> bool:
    """Two to four words that are written as names are ("Will Smith", "Ayşe Yılmaz"): at all times one."""
    words = text.split()
    return 2 <= len(words) <= 4 and all(map(str.istitle, words)) and read_name(text) == text.strip(" .,!;:")


def read_address(text: str, country: str) -> Address | None:
    """The first e-mail address or phone number in a text that could be reached; `country` reads national numbers."""
    plain = _written(text)
    for found in EMAIL.finditer(plain):
        address = _email(found[0].strip(".!?"))
        if address:
            return address
    for number in PHONE.finditer(EMAIL.sub(" ", plain)):
        address = _phone(number[0], country)
        if address:
            return address
    return None


def without_address(text: str) -> str:
    """The rest of a text that also holds a contact: "Sam Lee, 07400 123456", "Sam Lee and my e-mail is ..."."""
    rest = PHONE.sub(" ", EMAIL.sub(" ", _written(text))).strip(" .,;")
    return CONNECTING.sub(" ", rest)


def is_attempt(text: str) -> bool:
    """Does it look like a contact that went wrong, rather than something else?"""
    return "@" in _written(text) or sum(char.isdigit() for char in text) >= 5


def _written(text: str) -> str:
    """The text composed, with a dictated e-mail address as one writes it."""

    def marked(part: str) -> str:
        return "".join(SPOKEN_MARKS.get(word.casefold(), word) for word in part.split())

    plain = unicodedata.normalize("NFKC", text)
    return SPOKEN.sub(lambda found: f"{marked(found[1])}@{marked(found[2])}", plain)


def _email(text: str) -> Address | None:
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    # Not casefold: it makes "ss" of "ß", which is another address.
    value = f"{found.local_part.lower()}@{found.domain.lower()}"
    return Address("email", value, found.normalized)


def _phone(text: str, country: str) -> Address | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) and not RESERVED.fullmatch(value):
        return None
    return Address("phone", value, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))
