"""Deeds of the parties room: register a party, enrol a person, issue and revoke a token. Each is one event."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from mufakat.rules import parties as rules_of_parties
from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.parties import PartyKind, is_handle
from mufakat.rules.permissions import Deed, Role, seat_name
from mufakat.rules.places import COUNTRIES
from mufakat.server.journal import door, ids, operations as journal
from mufakat.server.journal.errors import UnsureError
from mufakat.server.parties import news, queries
from mufakat.server.parties.models import Party, Person, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mufakat.server.journal.work import Moment

T = TypeVar("T")

HOUSE = rules_of_parties.HOUSE
NAME = 200  # Characters.
LABEL = 100  # Characters.
NOBODY = ".invalid"  # The end of the address of a seat in which only a system sits (RFC 2606).
TOKEN = "mfk_"  # noqa: S105 - the prefix by which a leaked token is recognised, not a secret.


class BadPartyError(RefusedError):
    """A handle or a name that no party can have."""


class BadLabelError(RefusedError):
    """A label that would not fit, or that a screen could not show."""

    def __str__(self) -> str:
        return f"A token's label has at most {LABEL} printable characters."


class TakenError(RefusedError):
    """The handle, the seat or the address is somebody's already."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: the only time its text is known to the server."""

    token: str
    id: str
    party: str
    role: str


def register_party(handle: str, *, kind: PartyKind, name: str, country: str = "") -> Party:
    """Add a party. Raises TakenError when the handle stands for another already."""
    if not is_handle(handle):
        raise BadPartyError("A handle is 1 to 63 of a-z and 0-9, with single hyphens inside.")
    if not name.strip() or not name.isprintable() or len(name) > NAME:
        raise BadPartyError(f"A party needs a name of at most {NAME} printable characters.")
    if country and country not in COUNTRIES:
        raise BadPartyError(
            "A country is two capital letters of ISO 3166-1, such as ID; leave it out where there is none."
        )
    if (handle == HOUSE) != (kind is PartyKind.HOUSE):
        raise BadPartyError(f"The handle {HOUSE} is the operator's own, of the kind house, and nobody else's.")

    def run(moment: Moment) -> Party:
        if Party.objects.filter(handle=handle).exists():
            raise TakenError(f"There is a party called {handle} already.")
        party = Party.objects.create(
            id=moment.id("pty"), handle=handle, kind=kind.value, name=name, country=country, registered_at=moment.at
        )
        committed = {"name": name.encode(), "kind": kind.value.encode(), "country": country.encode()}
        journal.append([_of(party, EventType.PARTY_REGISTERED, committed)], moment)
        news.tell(moment)
        return party

    return _stored(run)


def enrol_person(  # noqa: PLR0913 - what a seat holds, each by name.
    party: Party, *, role: Role, ordinal: int, email: str, name: str, password: str | None = None
) -> Person:
    """Put a person in a seat.

    The password is hashed here, in the caller's thread: it would stall every other writer.
    """
    hashed = make_password(password)

    try:
        validate_email(email)
    except ValidationError:
        raise BadPartyError("This is no e-mail address.") from None
    if not name.strip() or not name.isprintable() or len(name) > NAME:
        raise BadPartyError(f"A person needs a name of at most {NAME} printable characters.")

    def run(moment: Moment) -> Person:
        sitting = Person.objects.filter(party=party, role=role.value, ordinal=ordinal).first()
        namesake = Person.objects.filter(email=email).first()
        if namesake is not None and namesake != sitting:
            raise TakenError("Somebody is enrolled with this e-mail address already.")
        if sitting is not None:
            # A seat that was made for a system's token gets its person here, once.
            if not sitting.email.endswith(NOBODY) or not sitting.is_active:
                raise TakenError(
                    f"The seat {seat_name(role, ordinal)} of {party.handle} is taken; take the next number."
                )
            sitting.email, sitting.name, sitting.password, sitting.enrolled_at = email, name, hashed, moment.at
            sitting.save(update_fields=["email", "name", "password", "enrolled_at"])
            journal.append([_of(party, EventType.PERSON_ENROLLED)], moment)
            news.tell(moment)
            return sitting
        person = Person.objects.create(
            party=party,
            role=role.value,
            ordinal=ordinal,
            email=email,
            name=name,
            password=hashed,
            enrolled_at=moment.at,
        )
        journal.append([_of(party, EventType.PERSON_ENROLLED)], moment)
        news.tell(moment)
        return person

    return _stored(run)


def set_password(email: str, password: str) -> Person:
    """Give a person a new password; every session that was opened with the old one ends."""
    hashed = make_password(password)

    def run(moment: Moment) -> Person:
        del moment
        person = _person(email)
        person.password = hashed
        person.save(update_fields=["password"])
        return person

    return _stored(run)


def end_person(email: str) -> Person:
    """End a person's access and all tokens of the seat, which stays that person's: one seat, one person, for ever."""

    def run(moment: Moment) -> Person:
        person = _person(email)
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            journal.append([_of(person.party, EventType.PERSON_ENDED)], moment)
        news.tell(moment)
        return person

    return _stored(run)


def _person(email: str) -> Person:
    known = Person.objects.select_related("party")
    person = known.filter(email=email).first() if email.isprintable() else None
    if person is None:
        raise NotFoundError("person")
    return person


def issue_token(
    person: Person, *, scopes: Sequence[Deed] | None = None, expires_at: datetime | None = None, label: str = ""
) -> Issued:
    """Make a token that acts in the person's seat, limited to the scopes if any are named."""
    if len(label) > LABEL or not label.isprintable():
        raise BadLabelError
    text = TOKEN + secrets.token_urlsafe(32)
    digest = hashlib.sha256(text.encode()).digest()
    named = None if scopes is None else sorted(scope.value for scope in scopes)

    def run(moment: Moment) -> Issued:
        token = Token.objects.create(
            id=moment.id("tok"),
            person=person,
            digest=digest,
            label=label,
            scopes=named,
            issued_at=moment.at,
            expires_at=expires_at,
        )
        journal.append([_of(person.party, EventType.TOKEN_ISSUED)], moment)
        news.tell(moment)
        return Issued(text, token.id, person.party.handle, seat_name(Role(person.role), person.ordinal))

    return _stored(run)


def revoke_token(pk: str) -> None:
    """End a token now, in this process at once. Revoking twice is one event."""

    def run(moment: Moment) -> None:
        known = Token.objects.select_related("person__party")
        token = known.filter(pk=pk).first() if ids.is_id(pk, "tok") else None
        if token is None:
            raise NotFoundError(f"token {pk}")
        if Token.objects.filter(pk=pk, revoked_at=None).update(revoked_at=moment.at) == 1:
            journal.append([_of(token.person.party, EventType.TOKEN_REVOKED)], moment)
        news.tell(moment)

    _stored(run)


def _stored(run: Callable[[Moment], T]) -> T:
    """Run the deed in the writer.

    A commit whose outcome nobody knows may have been kept: what this process remembers is dropped then too, or a token
    that was revoked would open the door for as long as it is remembered.
    """
    try:
        return door.commit(run)
    except UnsureError:
        queries.remembered.forget()
        raise


def _of(party: Party, type_: EventType, committed: dict[str, bytes] | None = None) -> journal.Happening:
    return journal.Happening(
        type=type_, sender=HOUSE, recipient=party.handle, case=party.id, actor=HOUSE, committed=committed or {}
    )
