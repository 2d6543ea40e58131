"""Read who is who: parties, seats, and whom a token speaks for."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import close_old_connections

from mufakat.locator.kinds import Surface
from mufakat.rules import mandate as rules
from mufakat.rules.errors import NotFoundError, NotPermittedError, UnknownPartyError
from mufakat.rules.mandate import MandateState
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.parties import PartyKind, is_handle
from mufakat.rules.permissions import Deed, Reach, Role, require, seat_name
from mufakat.server.parties.models import (
    Mandate as Mandate,  # noqa: PLC0414 - given on, so that others can name its type.
    Party as Party,  # noqa: PLC0414 - the same.
    Person,
    Token,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

REMEMBERED = 2.0  # Seconds that a look-up is believed; a change in this process drops it at once.


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts: the party, the seat, and what a token is limited to (None: all that the role may)."""

    party_id: str
    handle: str
    kind: PartyKind
    role: Role
    ordinal: int
    person_id: int
    scopes: frozenset[Deed] | None = None
    must_sign: bool = False  # Whether the party has what it sends and acknowledges refused without a signature.

    @property
    def seat(self) -> str:
        """``kominfo/approver-2``."""
        return f"{self.handle}/{seat_name(self.role, self.ordinal)}"

    def require(self, deed: Deed) -> Reach:
        """How far this caller may go with the deed; raises when not at all."""
        found = require(self.role, deed)
        if self.scopes is not None and deed not in self.scopes:
            raise OutOfScopeError(deed, self.role)
        return found


class OutOfScopeError(NotPermittedError):
    """The role may do it, but the token was issued for other deeds."""

    def __str__(self) -> str:
        return f"This token was issued for other deeds than this: {self.deed.value.replace('_', ' ')}."


class EmptySeatError(NotFoundError):
    """Nobody sits there; the sentence says who does in this party."""

    def __init__(self, seat: str, handle: str, seats: Sequence[str]) -> None:
        super().__init__("seat")
        self.sentence = f"Nobody sits in {seat} of {handle}; its seats: {', '.join(seats) or 'none yet'}."

    def __str__(self) -> str:
        return self.sentence


class Remembered:
    """Look-ups of a few seconds, dropped all at once when this process changes something."""

    def __init__(self) -> None:
        self._found: dict[Any, tuple[float, Any]] = {}
        self._lock = threading.Lock()
        self.changes = 0

    def get(self, key: Any) -> Any:
        found = self._found.get(key)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def put(self, key: Any, value: Any, *, since: int) -> Any:
        """Keep what was read since so many changes.

        A token may be revoked between its row being read and put here; what was read before a change is not kept.
        """
        with self._lock:
            if self.changes == since:
                if len(self._found) > 10_000:  # Strangers' tokens must not fill the memory.
                    self._found.clear()
                self._found[key] = (time.monotonic() + REMEMBERED, value)
        return value

    def forget(self) -> None:
        with self._lock:
            self.changes += 1
            self._found.clear()


remembered = Remembered()
DIRECTORY = "directory"
MANDATES = "mandates"


def caller_of(person: Person) -> Caller:
    """The caller that a signed-in person is. The person's party is loaded with the person."""
    party = person.party
    known = (party.id, party.handle, PartyKind(party.kind), Role(person.role), person.ordinal, person.pk)
    return Caller(*known, must_sign=party.must_sign)


Directory = dict[str, tuple[str, PartyKind]]


Mandates = tuple[rules.Mandate, ...]


class Door(NamedTuple):
    """Whom a token speaks for, if anybody; to whom a notice can be sent; and the mandates of who speaks."""

    caller: Caller | None
    directory: Directory
    mandates: Mandates


def remembered_door(text: str, *, at: datetime) -> Door | None:
    """What ``door`` would find, where all is remembered: the event loop must not wait for the database."""
    found, listed = remembered.get(digest_of(text)), remembered.get(DIRECTORY)
    if found is None or listed is None or (found[1] is not None and found[1] <= at):
        return None
    caller: Caller | None = found[0]
    held: Mandates | None = () if caller is None else remembered.get((MANDATES, caller.party_id))
    return None if held is None else Door(caller, listed, held)


def door(text: str, *, at: datetime) -> Door:
    """What a notice at the door is judged by.

    Asked in a thread of the event loop's, which no request opens or closes: a connection that broke is let go here.
    """
    close_old_connections()
    caller = caller_by_token(text, at=at)
    return Door(caller, directory(), () if caller is None else mandates_of(caller.party_id))


def digest_of(text: str) -> bytes:
    """What is stored of a token.

    It is 256 random bits, so its plain digest tells nothing, and looking one up leaks nothing.
    """
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def caller_by_token(text: str, *, at: datetime) -> Caller | None:
    """Whom a bearer token speaks for, if anybody."""
    digest = digest_of(text)
    since = remembered.changes
    found = remembered.get(digest)
    if found is None:
        row = (
            Token.objects.select_related("person__party")
            .filter(digest=digest, revoked_at=None, person__is_active=True)
            .first()
        )
        if row is None:
            # Remembered too: strangers who try tokens must not make the door ask the database each time.
            remembered.put(digest, (None, None), since=since)
            return None
        caller = caller_of(row.person)
        if row.scopes is not None:
            caller = replace(caller, scopes=frozenset(Deed(scope) for scope in row.scopes))
        found = remembered.put(digest, (caller, row.expires_at), since=since)
    caller, expires_at = found
    return caller if expires_at is None or expires_at > at else None


def caller_by_seat(handle: str, seat: str) -> Caller:
    """The caller in a seat, for the operator's own command line."""
    person = person_in(handle, seat)
    return caller_of(person)


def caller_by_person(pk: int) -> Caller | None:
    """The caller that a signed-in person's number names."""
    person = Person.objects.select_related("party").filter(pk=pk, is_active=True).first()
    return caller_of(person) if person else None


def person_in(handle: str, seat: str) -> Person:
    """Who sits in ``approver-2`` of a party."""
    role, ordinal = Role.parse_seat(seat)
    party = party_by_handle(handle)
    person = Person.objects.select_related("party").filter(party=party, role=role.value, ordinal=ordinal).first()
    if person is None:
        raise EmptySeatError(seat, handle, [seat_name(Role(row.role), row.ordinal) for row in people_of(party)])
    return person


def party_by_handle(handle: str) -> Party:
    """The party of this handle."""
    party = Party.objects.filter(handle=handle).first() if is_handle(handle) else None
    if party is None:
        raise UnknownPartyError(handle)
    return party


def directory() -> Directory:
    """Handle → id and kind of every party: what a notice's addressee is looked up in."""
    since = remembered.changes
    found: Directory | None = remembered.get(DIRECTORY)
    if found is None:
        rows = Party.objects.values_list("handle", "id", "kind")
        made = {handle: (pk, PartyKind(kind)) for handle, pk, kind in rows}
        found = remembered.put(DIRECTORY, made, since=since)
    return found


def handles() -> dict[str, str]:
    """Id → handle of every party."""
    return {pk: handle for handle, (pk, _) in directory().items()}


def mandates_of(party: str) -> Mandates:
    """Every mandate that a party was ever granted, oldest first, as its notices are judged by them."""
    since = remembered.changes
    found: Mandates | None = remembered.get((MANDATES, party))
    if found is None:
        made = tuple(judged_by(row) for row in Mandate.objects.filter(party_id=party).order_by("id"))
        found = remembered.put((MANDATES, party), made, since=since)
    return found


def judged_by(row: Mandate) -> rules.Mandate:
    """The mandate of a row."""
    terms = rules.Terms(
        kinds=tuple(map(NoticeKind, row.kinds)),
        categories=tuple(map(Category, row.categories)),
        surfaces=tuple(map(Surface, row.surfaces)),
        country=row.country or None,
        expertise=row.expertise,
        granted_by=row.granted_by,
        legal_source=row.legal_source,
        quota=rules.Quota(row.burst, row.per_minute),
        review_on=row.review_on,
    )
    return rules.Mandate(row.id, terms, MandateState(row.state), row.since)


def parties() -> Sequence[Party]:
    """Every party, by handle."""
    return list(Party.objects.order_by("handle"))


def people_of(party: Party) -> Sequence[Person]:
    """The people of a party, by seat."""
    return list(Person.objects.filter(party=party).select_related("party").order_by("role", "ordinal"))


def colleagues_of(viewer: Caller) -> Sequence[Person]:
    """The people of the viewer's party who sit there now, the viewer included, by seat."""
    found = Person.objects.filter(party_id=viewer.party_id, is_active=True).select_related("party")
    return list(found.order_by("role", "ordinal"))


def tokens_of(party: Party) -> Sequence[Token]:
    """The tokens of a party, newest first."""
    return list(Token.objects.filter(person__party=party).select_related("person__party").order_by("-issued_at"))
