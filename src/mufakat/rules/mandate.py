"""What makes a trusted flagger, and what lets an authority ask: a mandate, with scope and measure (I-04).

A mandate says which kinds of notice its holder may send, about what, pointing at what, and where; by whom it was
granted and on which law. `covers` names everything in a notice that lies outside it. How much may be sent is the
measure of the party, not of one mandate: one token bucket (`Bucket`), shared by all its tokens and ways in.

A review date that has passed ends nothing: the mandate is shown as due for review and stays in force, because nobody
is to be silenced by a clerk's delay. Who wants to end it suspends it, says why, and hears the reply.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from mufakat.locator.kinds import Surface
from mufakat.rules.errors import BadMandateError
from mufakat.rules.fault import Fault, FaultCode, Faults, excerpt
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import kinds_by_mandate
from mufakat.rules.places import COUNTRIES

MAX_QUOTA = 100_000_000
"""Notices, at once or in a minute. More than this is no measure."""
MAX_TEXT = 500
MAX_WORDS = 2_000
"""Characters of a reason, or of a reply to it."""

TOKEN = 60_000
"""Parts of one token: at one token a minute, a millisecond brings one part, so that no arithmetic here is rounded."""

_MILLISECOND = timedelta(milliseconds=1)
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class MandateState(StrEnum):
    """Whether a mandate counts."""

    IN_FORCE = "in_force"
    SUSPENDED = "suspended"  # It may be resumed; its holder has the reason and may reply.
    REVOKED = "revoked"  # For good; another one would have to be granted.


class Quota(Struct, frozen=True):
    """How much may be sent: so many at once, and so many more with each minute."""

    burst: int
    per_minute: int


Text = Annotated[str, Meta(min_length=1, max_length=MAX_TEXT)]


class Terms(Struct, frozen=True, kw_only=True):
    """What was granted. They never change: who needs others is granted another mandate.

    `country` (ISO 3166-1) is where it holds; None is everywhere. `granted_by` and `legal_source` say who gave it,
    outside of here, and on which law. On `review_on` somebody looks whether it is still right.
    """

    kinds: tuple[NoticeKind, ...]
    categories: tuple[Category, ...]
    surfaces: tuple[Surface, ...]
    granted_by: Text
    legal_source: Text
    quota: Quota
    review_on: date
    country: str | None = None
    expertise: str = ""


class Mandate(Struct, frozen=True):
    """A mandate as a notice is judged by it."""

    id: str
    terms: Terms
    state: MandateState
    since: datetime


class Asked(Struct, frozen=True):
    """Of a notice, what a mandate has to cover. Each surface stands with the place of its locator."""

    kind: NoticeKind
    category: Category
    surfaces: tuple[tuple[int, Surface], ...]
    territory: tuple[str, ...] = ()


def check(terms: Terms, *, holder: PartyKind, at: datetime) -> None:
    """Whether a party of this kind can be granted this. Raises BadMandateError with every fault at once."""
    faults = Faults()
    _check_scope(terms, holder, faults)
    if terms.country is not None and terms.country not in COUNTRIES:
        detail = f"{excerpt(terms.country)} is no country's code (ISO 3166-1, two capital letters, such as ID)."
        faults.add("/country", FaultCode.NOT_IN_LIST, detail)
    for name in ("granted_by", "legal_source", "expertise"):
        _check_line(getattr(terms, name), f"/{name}", faults, required=name != "expertise")
    for name in ("burst", "per_minute"):
        if not 1 <= getattr(terms.quota, name) <= MAX_QUOTA:
            faults.add(f"/quota/{name}", FaultCode.BAD_NUMBER, f"A quota is 1 to {MAX_QUOTA} notices.")
    if terms.review_on <= at.date():
        faults.add("/review_on", FaultCode.BAD_DATE, "The day of the review lies ahead: write one after today.")
    if faults.found:
        raise BadMandateError(faults.found)


def _check_scope(terms: Terms, holder: PartyKind, faults: Faults) -> None:
    allowed = kinds_by_mandate(holder)
    for index, kind in enumerate(terms.kinds):
        if kind not in allowed:
            may = ", ".join(sorted(allowed)) or "none at all"
            detail = f"A party of kind {holder.value} cannot hold a mandate for {kind.value}; it can for: {may}."
            faults.add(f"/kinds/{index}", FaultCode.NOT_ENTITLED, detail)
    for name in ("kinds", "categories", "surfaces"):
        items = getattr(terms, name)
        if not items:
            faults.add(f"/{name}", FaultCode.EMPTY, "Name one at least: a mandate without scope covers nothing.")
        elif len(set(items)) != len(items):
            faults.add(f"/{name}", FaultCode.REPEATED_ITEM, "One of these stands here twice.")


def check_words(text: str, *, what: str) -> str:
    """A reason or a reply, without blanks around it. Raises BadMandateError where it says nothing, or too much."""
    said = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    faults = Faults()
    if not said:
        faults.add(f"/{what}", FaultCode.EMPTY, "This must not be empty: the other side reads it.")
    elif len(said) > MAX_WORDS:
        faults.add(f"/{what}", FaultCode.TOO_LONG, f"At most {MAX_WORDS} characters are taken; these are {len(said)}.")
    elif _CONTROL.search(said):
        faults.add(f"/{what}", FaultCode.BAD_TEXT, "Only line breaks and tabs are taken as control characters.")
    if faults.found:
        raise BadMandateError(faults.found)
    return said


def _check_line(text: str, pointer: str, faults: Faults, *, required: bool) -> None:
    if required and not text.strip():
        faults.add(pointer, FaultCode.EMPTY, "This must say something.")
    elif len(text) > MAX_TEXT:
        faults.add(pointer, FaultCode.TOO_LONG, f"At most {MAX_TEXT} characters are taken; these are {len(text)}.")
    elif _NOT_IN_A_LINE.search(text):
        faults.add(pointer, FaultCode.BAD_TEXT, "One line of text is taken.")


def is_due_for_review(review_on: date, *, at: datetime) -> bool:
    """Whether a mandate's day of review has come (UTC). It stays in force all the same."""
    return review_on <= at.date()


def covers(mandate: Mandate, asked: Asked) -> tuple[Fault, ...]:
    """Everything in the notice that lies outside the mandate, each fault with its pointer; nothing: it is covered."""
    terms = mandate.terms
    found: list[Fault] = []
    if asked.kind not in terms.kinds:
        detail = f"The mandate {mandate.id} is for {_listed(terms.kinds)}, not for {asked.kind.value}."
        found.append(Fault("/kind", FaultCode.NOT_ENTITLED, detail))
    elif mandate.state is not MandateState.IN_FORCE:
        ended = mandate.state.value
        detail = (
            f"The mandate {mandate.id} is {ended} since {mandate.since:%Y-%m-%d}; its page says why and takes a reply."
        )
        found.append(Fault("/kind", FaultCode.MANDATE_NOT_IN_FORCE, detail))
    if asked.category not in terms.categories:
        detail = f"The mandate {mandate.id} is for {_listed(terms.categories)}, not for {asked.category.value}."
        found.append(Fault("/category", FaultCode.OUTSIDE_MANDATE, detail))
    for place, surface in asked.surfaces:
        if surface not in terms.surfaces:
            detail = f"This points at: {surface.value}. The mandate {mandate.id} is for {_listed(terms.surfaces)}."
            found.append(Fault(f"/locators/{place}", FaultCode.OUTSIDE_MANDATE, detail))
    for place, country in enumerate(asked.territory):
        if terms.country is not None and country != terms.country:
            detail = f"The mandate {mandate.id} holds in {terms.country} alone."
            found.append(Fault(f"/territory/{place}", FaultCode.OUTSIDE_MANDATE, detail))
    if terms.country is not None and not asked.territory:
        # A notice that names no territory asks for everywhere.
        detail = f"The mandate {mandate.id} holds in {terms.country} alone: name it as the territory."
        found.append(Fault("/territory", FaultCode.OUTSIDE_MANDATE, detail))
    return tuple(found)


def standing(mandates: Sequence[Mandate], asked: Asked) -> Mandate | tuple[Fault, ...]:
    """The oldest mandate that covers the notice; or what lies outside the one that comes nearest to it.

    One of a mandate that is in force is nearer than one that is suspended, and a suspended one nearer than a revoked.
    """
    nearest: tuple[int, int, tuple[Fault, ...]] | None = None
    for mandate in mandates:
        found = covers(mandate, asked)
        if not found:
            return mandate
        distance = (_FAR[mandate.state] if asked.kind in mandate.terms.kinds else len(_FAR), len(found))
        if nearest is None or distance < nearest[:2]:
            nearest = (*distance, found)
    if nearest is not None:
        return nearest[2]
    detail = f"A notice of kind {asked.kind.value} needs a mandate in force; this party holds none."
    return (Fault("/kind", FaultCode.NOT_ENTITLED, detail),)


_FAR = {MandateState.IN_FORCE: 0, MandateState.SUSPENDED: 1, MandateState.REVOKED: 2}


def kinds_in_force(mandates: Iterable[Mandate]) -> frozenset[NoticeKind]:
    """The kinds that these mandates open."""
    return frozenset(kind for each in mandates if each.state is MandateState.IN_FORCE for kind in each.terms.kinds)


def have_lapsed(mandates: Iterable[Mandate]) -> bool:
    """Whether any of these counted once and counts no more."""
    return any(each.state is not MandateState.IN_FORCE for each in mandates)


def as_if_in_force(mandates: Iterable[Mandate]) -> list[Mandate]:
    """The same as they were before any of them lapsed: what was answered then is answered so for ever."""
    return [msgspec.structs.replace(each, state=MandateState.IN_FORCE) for each in mandates]


def _listed(values: Iterable[StrEnum]) -> str:
    return ", ".join(value.value for value in values)


class Bucket(Struct, frozen=True):
    """A party's token bucket: `level` is in parts of a token (`TOKEN`), as it was at `at`.

    It holds at most `burst` tokens and gains `per_minute` of them a minute. A clock that was set back brings nothing.
    """

    burst: int
    per_minute: int
    level: int
    at: datetime


def measure(quotas: Iterable[Quota]) -> Quota | None:
    """The party's quota: the largest of its mandates in force, each measure by itself; None where there is none.

    A second mandate widens what may be sent, not how much: a renewal must not double the measure while both hold.
    """
    found = list(quotas)
    if not found:
        return None
    return Quota(max(each.burst for each in found), max(each.per_minute for each in found))


def full(quota: Quota, *, at: datetime) -> Bucket:
    """A new bucket, full."""
    return Bucket(quota.burst, quota.per_minute, quota.burst * TOKEN, at)


def refilled(bucket: Bucket, *, at: datetime) -> Bucket:
    """The bucket as it is at this time."""
    if at <= bucket.at:
        return bucket
    elapsed = (at - bucket.at) // _MILLISECOND
    level = min(bucket.burst * TOKEN, bucket.level + elapsed * bucket.per_minute)
    return Bucket(bucket.burst, bucket.per_minute, level, bucket.at + elapsed * _MILLISECOND)


def draw(bucket: Bucket, n: int, *, at: datetime) -> tuple[Bucket, int]:
    """Take up to `n` tokens at this time; the bucket afterwards, and how many there were."""
    now = refilled(bucket, at=at)
    granted = max(0, min(n, now.level // TOKEN))
    return Bucket(now.burst, now.per_minute, now.level - granted * TOKEN, now.at), granted


def left(bucket: Bucket, *, at: datetime) -> int:
    """How many tokens there are at this time."""
    return refilled(bucket, at=at).level // TOKEN


def wait(bucket: Bucket, n: int = 1, *, at: datetime) -> timedelta:
    """How long until there are `n` tokens; nothing where they are there now. A clock set back makes it longer."""
    return _until(bucket, min(n, bucket.burst) * TOKEN, at=at)


def wait_until_full(bucket: Bucket, *, at: datetime) -> timedelta:
    """How long until it is full, if nothing is drawn meanwhile."""
    return _until(bucket, bucket.burst * TOKEN, at=at)


def _until(bucket: Bucket, level: int, *, at: datetime) -> timedelta:
    now = refilled(bucket, at=at)
    missing = level - now.level
    if missing <= 0:
        return timedelta()
    return max(timedelta(), now.at - at) + -(-missing // now.per_minute) * _MILLISECOND


def regraded(bucket: Bucket, quota: Quota, *, granted: bool, at: datetime) -> Bucket:
    """The bucket under another quota from this time on.

    A grant that raises `burst` brings the difference at once. Nothing else brings tokens: a mandate that is suspended
    and resumed gives no second burst.
    """
    now = refilled(bucket, at=at)
    gained = max(0, quota.burst - now.burst) * TOKEN if granted else 0
    return Bucket(quota.burst, quota.per_minute, min(now.level + gained, quota.burst * TOKEN), max(now.at, at))


def whole_seconds(wait: timedelta) -> int:
    """Whole seconds to wait, never none: what Retry-After says."""
    return max(1, -(-wait // timedelta(seconds=1)))


def to_json(terms: Terms) -> bytes:
    """The terms as their event commits to them."""
    return msgspec.json.encode(terms)
