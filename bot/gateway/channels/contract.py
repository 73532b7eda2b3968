"""What a messaging platform is to the rest: events come in through a `Webhook`, parts go out through a `Channel`.

One file per platform implements both. Neither stores, decides or words anything: reception.py and delivery.py do that
for all platforms in the same way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from starlette.datastructures import Headers

from bot.envelope import Choice
from bot.gateway.limits import Rule

Media = Literal["photo", "other"]
Keyword = Literal["stop", "start", "help"]
State = Literal["sent", "delivered", "read", "failed"]


class RefusedError(Exception):
    """The call is not from the platform. `status` is 401 (nothing was shown) or 403 (what was shown is wrong)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class MalformedError(Exception):
    """The call is from the platform, and its body is no document of its protocol."""


class SendError(Exception):
    """A part did not go out. `permanent`: trying again cannot help. `retry_after`: seconds the platform asked for.

    `unclear`: the platform's answer is missing, it may have taken the part.
    """

    def __init__(
        self, code: str, *, permanent: bool = False, retry_after: float | None = None, unclear: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.unclear = unclear


# Codes of a `SendError` that every platform shares.
WINDOW_CLOSED = "window_closed"  # nothing is taken until the patient writes
OPTED_OUT = "opted_out"  # the patient said STOP


@dataclass(frozen=True)
class Call:
    """A webhook call as it came. `url` is the address that the platform called, also behind a proxy."""

    url: str
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class Heard:
    """A patient did one thing: wrote `text`, pressed the button `pick`, sent `media`, or `started` the chat."""

    channel: str
    external_id: str  # `fingerprint` of the platform's id
    address: str
    text: str | None = None
    pick: str | None = None
    media: Media | None = None
    started: bool = False
    keyword: Keyword | None = None  # a word that carriers want to be obeyed
    answered: bool = False  # ... and that the platform has replied to
    at: datetime | None = None
    language: str | None = None
    acknowledge: str | None = None  # what the platform wants to be told once the message is safe


@dataclass(frozen=True)
class Report:
    """What the platform says of a part that was sent. `tag` came with the part, if the platform gives it back."""

    channel: str
    platform_id: str  # `fingerprint` of the platform's id
    state: State
    fault: str | None = None
    tag: str = ""


Event = Heard | Report


@dataclass(frozen=True)
class Manner:
    """What a channel can show. Lengths are UTF-16 units, the strictest way of counting among the platforms."""

    longest: int
    longest_with_choices: int
    overall: Rule
    chat: Rule
    buttons: int = 0  # as many choices become buttons ...
    button_title: int = 0  # ... if no title is longer
    rows: int = 0  # more choices become a list
    row_title: int = 0
    plain: bool = False  # no letters that make an SMS cost double
    insecure: bool = False  # read by others on its way: health questions need a warning
    window: timedelta | None = None  # free text is taken only so long after the patient's last message
    settles: timedelta = timedelta(0)  # by then the platform has told of a part that it took; 0: it never tells


@dataclass(frozen=True)
class Part:
    """One message of the platform. `choices` are shown natively; their ids are `pick`s to come back."""

    text: str
    choices: tuple[Choice, ...] = ()
    as_list: bool = False
    list_button: str = ""


class Channel(Protocol):
    """Sends. `name` is the channel of conversations and identities."""

    @property
    def name(self) -> str: ...
    @property
    def manner(self) -> Manner: ...

    async def send(self, address: str, part: Part, tag: str = "") -> str:
        """Hand one part over; its fingerprint, "" if the platform gives no id. Raises `SendError`.

        `tag` comes back in reports, where the platform allows for it.
        """

    async def find(self, address: str, part: Part, since: datetime) -> Sequence[str]:
        """Ask the platform what it took for this address since then that reads like the part.

        Fingerprints, oldest first; none where a platform cannot be asked. Raises `SendError`.
        """

    async def invite(self, address: str) -> bool:
        """After the window closed, ask the patient to write; False when there is no such message to send."""

    async def acknowledge(self, mark: str) -> None:
        """Tell the platform that a message was taken. Raises `SendError`, which costs nothing."""


class Webhook(Protocol):
    """Receives. Mounted at `path`; `largest` bounds the body in bytes."""

    path: str
    largest: int
    answer: tuple[str, str]  # body and media type of the 200
    redelivers: bool  # whether the platform sends again what was not answered with 200

    def check(self, call: Call) -> None:
        """Raises `RefusedError` unless the platform signed this very body."""

    def read(self, call: Call) -> Sequence[Event]:
        """The events of a checked call; what is of no interest is left out. Raises `MalformedError`."""

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """What a GET must be answered with; None: refuse it."""


TAG = re.compile(r"[0-9a-f]{32}")


def tag_of(value: object) -> str:
    """A tag that a platform gave back; "" for anything else."""
    return value if isinstance(value, str) and TAG.fullmatch(value) else ""


def fingerprint(platform: str, id: object) -> str:
    """Stands for a platform's message id. WhatsApp's hold the phone number, so none is stored as it is."""
    return hashlib.sha256(f"{platform}\0{id}".encode("utf-8", "backslashreplace")).hexdigest()
