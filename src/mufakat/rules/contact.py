"""Who can be reached at a party: the words, the shape and the terms of a contact point and of its drills.

Sources of the roles: DSA (EU 2022/2065) Articles 11 to 13; MR 5/2020 Articles 1(24), 17(1) and 25 (narahubung). The
terms are ours: no law says how often a contact is tried. Time is a value: every moment is aware.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeVar
from zoneinfo import available_timezones as _available_timezones

from msgspec import Meta, Struct, inspect

from mufakat.rules.errors import DocumentRefusedError
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.places import COUNTRIES
from mufakat.rules.reading import UNREAD, parse_json, read

COOLING = timedelta(hours=72)
"""How long a new or changed contact waits, so that those who are told can object before a hijacked change acts. The
database holds it too (`contact_waits_unless_it_is_the_first`); changing it takes a migration."""


class ContactRole(StrEnum):
    """For whom a contact point is there."""

    FOR_AUTHORITIES = "contact_for_authorities"  # DSA Art. 11.
    FOR_USERS = "contact_for_users"  # DSA Art. 12.
    LEGAL_REPRESENTATIVE = "legal_representative"  # DSA Art. 13.
    NARAHUBUNG = "narahubung"  # MR 5/2020: the liaison officer that each side names.


class ContactState(StrEnum):
    """How a contact stands: whose word about it counts."""

    WAITING = "waiting"  # New; in force once its time has come.
    IN_FORCE = "in_force"
    ENDED = "ended"  # Its own last day has passed.
    REMOVED = "removed"


class DrillState(StrEnum):
    """How a drill stands. A late answer leaves the miss standing and still shows that somebody reads."""

    OPEN = "open"
    ANSWERED = "answered"
    MISSED = "missed"
    VOID = "void"  # The contact was removed or changed meanwhile: nothing is shown by it.


class DrillCause(StrEnum):
    """Why a drill was sent."""

    NEW = "new"  # The contact, or its change, has come into force.
    SCHEDULED = "scheduled"
    ASKED = "asked"  # Somebody of the party, or the operator, asked for it now.
    TURN = "turn"  # The contact before it did not answer.


class Unreachable(StrEnum):
    """Why a contact counts as unreachable."""

    DRILL_MISSED = "drill_missed"
    MAIL_BOUNCED = "mail_bounced"
    NO_ANSWER = "no_answer"  # A ladder was climbed to its end.


class DrillTerms(NamedTuple):
    """How often each contact of a party is tried, and how long it has to answer."""

    every: timedelta
    answer_within: timedelta


DRILLS = DrillTerms(every=timedelta(days=30), answer_within=timedelta(hours=24))
"""What holds for a party that chose nothing else."""

EVERY = (timedelta(days=1), timedelta(days=365))
"""The shortest and the longest period between two drills that a party may choose."""

available_timezones = functools.cache(_available_timezones)
"""The names of the time zone database of this machine; reading them takes milliseconds."""

YEARS = (1970, 9000)
"""The first and the last year that a card may name."""

MAX_RANK = 99
MAX_LANGUAGES = 20
_END = r"$(?!\n)"
_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# One line, and nothing that turns, hides or breaks what a screen shows.
_BAD_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_BAD_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# The valid e-mail address of HTML (a subset of RFC 5322), with a dot in its domain.
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+"

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Email = Annotated[
    str,
    Meta(max_length=254, pattern=_EMAIL + _END, extra_json_schema={"description": "an e-mail address"}),
]
Phone = Annotated[
    str,
    Meta(
        max_length=40,
        pattern=r"^\+[0-9][0-9 ().-]{4,38}" + _END,
        extra_json_schema={"description": "a phone number that begins with + and the country"},
    ),
]
Digest = Annotated[
    str,
    Meta(
        min_length=64,
        max_length=64,
        pattern="^[0-9a-f]{64}" + _END,
        extra_json_schema={"description": "a SHA-256 in lower-case hexadecimal digits"},
    ),
]
Day = Annotated[
    str,
    Meta(
        max_length=40,
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T",
        extra_json_schema={"description": "a moment of RFC 3339, such as 2026-01-31T09:00:00Z"},
    ),
]


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """A contact as it is set: who, where, how, when, and on whose mandate."""

    name: Name
    organisation: Name
    country: str
    email: Email
    languages: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MAX_LANGUAGES)]
    phone: Phone | None = None
    postal_address: Annotated[str, Meta(max_length=500)] | None = None
    hours: Annotated[str, Meta(max_length=200)] | None = None
    time_zone: str | None = None
    mandate: Annotated[str, Meta(max_length=500)] | None = None
    mandate_sha256: Digest | None = None
    rank: Annotated[int, Meta(ge=1, le=MAX_RANK)] = 1
    senior: bool = False
    valid_from: Day | None = None
    valid_to: Day | None = None


class NewCard(Card, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same with the role, which a contact keeps for good."""

    role: ContactRole


class BadContactError(DocumentRefusedError):
    """The contact cannot be taken as it stands."""

    what = "contact"


C = TypeVar("C", bound=Card)


def read_card(raw: bytes, form: type[C], *, at: datetime) -> C:
    """A contact from its JSON; raises BadContactError with every fault at once."""
    faults = Faults()
    document = parse_json(raw, faults)
    card: C = read(document, inspect.type_info(form), "", faults) if document is not UNREAD else UNREAD
    if card:
        _judge(card, faults, at=at)
    if faults.found:
        raise BadContactError(faults.found)
    return card


def moment_of(text: str | None) -> datetime | None:
    """The moment that a card names, None where it names none. ValueError where it is none, or has no zone.

    Nor is one at the edges of the calendar a moment: in another zone, or three days later, it would be past them.
    """
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("A moment without a zone is no moment.")
    if not YEARS[0] <= found.year <= YEARS[1]:
        raise ValueError("A moment of such a year is none that anybody means.")
    return found


def may_begin_at_once(*, role_is_new: bool, anybody_verified: bool, began_at: datetime | None, at: datetime) -> bool:
    """Whether what is set now need not wait: it is the first of its role, while the party's contacts are being set up.

    `began_at` is when the party first set a contact. Once somebody answered a drill, or three days have passed, there
    is somebody to be told, and whoever stole a seat could otherwise put a contact of a new role before all others.
    """
    setting_up = began_at is None or at < began_at + COOLING
    return role_is_new and setting_up and not anybody_verified


def in_force_from(set_at: datetime, *, asked: datetime | None, first: bool) -> datetime:
    """When what is set now comes into force.

    A first one (`may_begin_at_once`) is in force at once, unverified until it answers a drill. Everything else waits,
    however soon it was asked for.
    """
    earliest = set_at if first else set_at + COOLING
    return max(asked, earliest) if asked is not None else earliest


def next_drill(*, sent_at: datetime, every: timedelta, changed_from: datetime | None) -> datetime:
    """When the next drill is due after one of `sent_at`; a change that came, or comes, into force is tried at once."""
    due = sent_at + every
    return min(due, changed_from) if changed_from is not None else due


def drill_state(*, answered_at: datetime | None, missed_at: datetime | None, void_at: datetime | None) -> DrillState:
    """How a drill stands; the miss outlives a late answer."""
    if missed_at is not None:
        return DrillState.MISSED
    if answered_at is not None:
        return DrillState.ANSWERED
    return DrillState.VOID if void_at is not None else DrillState.OPEN


class Reached(NamedTuple):
    """What the order of contacts looks at."""

    id: str
    rank: int
    unreachable: bool


def order(contacts: Sequence[Reached]) -> list[str]:
    """The ids in the order in which they are turned to: those who can be reached first, then by rank, then the oldest.

    Nobody is left out: where nobody answers, the first is still asked.
    """
    return [one.id for one in sorted(contacts, key=lambda one: (one.unreachable, one.rank, one.id))]


def _judge(card: Card, faults: Faults, *, at: datetime) -> None:
    if card.country and card.country not in COUNTRIES:
        detail = "A country is two capital letters of ISO 3166-1, such as ID."
        faults.add("/country", FaultCode.NOT_IN_LIST, detail)
    if card.time_zone and card.time_zone not in available_timezones():
        detail = "A time zone is a name of the time zone database, such as Asia/Jakarta."
        faults.add("/time_zone", FaultCode.NOT_IN_LIST, detail)
    if card.hours and card.time_zone is None:
        faults.add("/time_zone", FaultCode.MISSING, "Hours mean something in a time zone only: name it.")
    for place, tag in enumerate(card.languages or ()):
        if tag and not _TAG.fullmatch(tag):
            detail = "A language is a tag of BCP 47, such as id or en."
            faults.add(f"/languages/{place}", FaultCode.BAD_FORM, detail)
    if card.languages and len(set(card.languages)) != len(card.languages):
        faults.add("/languages", FaultCode.REPEATED_ITEM, "A language stands here twice.")
    for name, bad in _TEXTS.items():
        text = getattr(card, name)
        if text and not text.strip():
            faults.add(f"/{name}", FaultCode.EMPTY, "This holds nothing but blanks.")
        elif text and (control := bad.search(text)):
            detail = f"Character {control.start() + 1} is one that breaks, hides or turns a text."
            faults.add(f"/{name}", FaultCode.BAD_TEXT, detail)
    _judge_term(card, faults, at=at)


def _judge_term(card: Card, faults: Faults, *, at: datetime) -> None:
    found: dict[str, datetime] = {}
    for name in ("valid_from", "valid_to"):
        text = getattr(card, name)
        try:
            moment = moment_of(text) if text else None
        except ValueError:
            detail = "Expected a moment of RFC 3339 with its zone, such as 2026-01-31T09:00:00Z."
            faults.add(f"/{name}", FaultCode.BAD_DATE, detail)
            continue
        if moment is not None:
            found[name] = moment
    until = found.get("valid_to")
    # The cooling is counted in: whatever is set for less would never be in force.
    if until is not None and until <= max(found.get("valid_from", at), at) + COOLING:
        detail = "It ends before it could come into force: a contact waits 72 hours first."
        faults.add("/valid_to", FaultCode.BAD_DATE, detail)


_TEXTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "name": _BAD_LINE,
        "organisation": _BAD_LINE,
        "hours": _BAD_LINE,
        "postal_address": _BAD_TEXT,
        "mandate": _BAD_LINE,
    }
)


def facts(card: Card) -> dict[str, Any]:
    """What an event of this card commits to, in the order of the type; the role and the times stand elsewhere."""
    return {name: getattr(card, name) for name in Card.__struct_fields__ if name not in {"valid_from", "valid_to"}}
