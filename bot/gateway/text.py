"""What a patient typed, made harmless: one normal form, no control characters, and never a command."""

from __future__ import annotations

import unicodedata

LONGEST = 4000  # characters that are taken (ruling 14); danger is looked for in longer ones too
READ_AT_MOST = 20_000  # characters that are looked at; sorting the accents of more of them would hold everybody up
_KEPT = {"\n", "\t", "\u200c", "\u200d"}  # joiners belong to the spelling of Persian and to emoji
_INVISIBLE = " \t\n\u200c\u200d"
# Looks like "/" and is left alone by Unicode normalisation, so that nothing behind us can turn it back.
_SLASH = "\N{FRACTION SLASH}"


def clean(text: str) -> str:
    """NFKC, without control and invisible format characters, without space around it; only the first `READ_AT_MOST`."""
    text = text[:READ_AT_MOST]
    normal = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = (char for char in normal if char in _KEPT or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"))
    return "".join(kept).strip()


def escape_command(text: str) -> str:
    """Rasa takes text that begins with "/" as a trusted command (RasaHQ/rasa#4161): let it begin with a look-alike."""
    head = text.lstrip(_INVISIBLE)
    if not head.startswith("/"):
        return text
    slashes = len(head) - len(head.lstrip("/"))
    return _SLASH * slashes + head[slashes:]
