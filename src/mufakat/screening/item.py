"""One thing that was said in public, as a platform hands it in, and what was found about it.

Names as in the interface. Content screened is public, or was reported by somebody who could read it: what is marked
private is refused here, before anything looks at it (I-13).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

MAX_TEXT = 100_000
"""Characters of one text; a longer one is refused by name, and not cut: what is cut away would not be screened."""

MAX_URLS = 200
Short = Annotated[str, Meta(max_length=200)]


Digest = Annotated[
    str,
    Meta(pattern=r"^[0-9a-f]{64}$(?!\n)", extra_json_schema={"description": "64 digits 0-9 and a-f, in lower case"}),
]


class Visibility(StrEnum):
    """Who could see it."""

    PUBLIC = "public"
    PRIVATE = "private"


class ItemKind(StrEnum):
    """What it is."""

    MESSAGE = "message"
    POST = "post"
    PROFILE = "profile"
    MEDIA = "media"


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item to screen. `author` and `channel` are the platform's own names; `sha256`, `pdq` are lower-case hex.

    `pdq` is a perceptual hash of 256 bits with its quality (0 to 100), computed by whoever has the picture.
    """

    item: Annotated[str, Meta(min_length=1, max_length=200)]
    at: Annotated[str, Meta(min_length=1, max_length=40)]
    visibility: Visibility
    kind: ItemKind
    author: Short = ""
    channel: Short = ""
    text: str = ""
    urls: Annotated[tuple[Annotated[str, Meta(max_length=8_192)], ...], Meta(max_length=MAX_URLS)] = ()
    sha256: Digest | None = None
    pdq: Digest | None = None
    pdq_quality: Annotated[int, Meta(ge=0, le=100)] | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None


class Action(StrEnum):
    """What a rule asks for, from the mildest on."""

    NONE = "none"
    LABEL = "label"
    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"
    PROPOSE_NOTIFICATION = "propose_notification"


class Match(Struct, frozen=True):
    """One entry of one bank that was found: where in the original text, in characters; no span beside the text."""

    bank: str
    entry: str
    span: tuple[int, int] | UnsetType = UNSET


class Verdict(Struct, frozen=True, kw_only=True):
    """What follows for an item, and why. `policy` is name and version; `shadow` are rules that would have acted."""

    item: str
    action: Action
    rule: str | None
    policy: str | None
    matches: tuple[Match, ...] = ()
    shadow: tuple[str, ...] = ()
