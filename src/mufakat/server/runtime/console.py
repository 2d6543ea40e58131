"""The operator's own deeds, for the command line alone.

Reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from django.views.decorators.csrf import csrf_exempt

from mufakat.rules.errors import MufakatError, RefusedError
from mufakat.rules.fault import excerpt
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed, Role
from mufakat.server.api import problems
from mufakat.server.api.answers import PartyOut, reply
from mufakat.server.api.notices import body_of
from mufakat.server.journal.door import LOCAL
from mufakat.server.notices.faces import instant
from mufakat.server.parties import operations as parties, queries
from mufakat.server.register import following
from mufakat.server.runtime import (
    delivering,
    example,
    government_bot,
    keeping,
    keying,
    mailing,
    mandating,
    probes,
    profiling,
    rehearsing,
    representing,
    rotating,
    zoned,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse


class PartyAdd(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat party add``."""

    handle: str
    kind: PartyKind
    name: str
    country: str = ""
    seats: list[str] = []


class PartyShow(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat party show``."""

    handle: str


class TokenIssue(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat token issue``."""

    party: str
    role: str
    scopes: list[Deed] | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    label: str = ""


class TokenRevoke(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat token revoke``."""

    id: str


class PersonEnrol(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat person enrol``."""

    party: str
    role: str
    email: str
    name: str


class PersonNamed(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat person password`` and ``mufakat person end``."""

    email: str


class ExampleLoad(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat example load``."""

    name: str


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A deed without words."""


def party_add(told: PartyAdd, at: datetime) -> Any:
    del at
    seats = [Role.parse_seat(seat) for seat in told.seats]
    if len(seats) != len(set(seats)):
        raise RefusedError("A seat is made once; one of these is named twice.")
    party = parties.register_party(told.handle, kind=told.kind, name=told.name, country=told.country)
    for seat, (role, ordinal) in zip(told.seats, seats, strict=True):
        email = (
            f"{seat}@{told.handle}{parties.NOBODY}"  # Tokens act in the seat; a person signs in once an address is set.
        )
        parties.enrol_person(party, role=role, ordinal=ordinal, email=email, name=f"{seat} of {told.handle}")
    return shown(party.handle)


def party_list(told: Nothing, at: datetime) -> Any:
    del told, at
    return [PartyOut.of(party) for party in queries.parties()]


def party_show(told: PartyShow, at: datetime) -> Any:
    del at
    return shown(told.handle)


def shown(handle: str) -> dict[str, Any]:
    """A party with its seats and tokens."""
    party = queries.party_by_handle(handle)
    people = [
        {"seat": queries.caller_of(one).seat, "email": one.email, "active": one.is_active}
        for one in queries.people_of(party)
    ]
    tokens = [
        {
            "id": one.id,
            "seat": queries.caller_of(one.person).seat,
            "label": one.label,
            "scopes": one.scopes,
            "issued_at": instant(one.issued_at),
            "expires_at": instant(one.expires_at) if one.expires_at else None,
            "revoked_at": instant(one.revoked_at) if one.revoked_at else None,
        }
        for one in queries.tokens_of(party)
    ]
    return {**msgspec.structs.asdict(PartyOut.of(party)), "people": people, "tokens": tokens}


def token_issue(told: TokenIssue, at: datetime) -> Any:
    person = queries.person_in(told.party, told.role)
    expires_at = at + timedelta(days=told.days) if told.days is not None else None
    return parties.issue_token(person, scopes=told.scopes, expires_at=expires_at, label=told.label)


def token_revoke(told: TokenRevoke, at: datetime) -> Any:
    del at
    parties.revoke_token(told.id)
    return {"id": told.id, "revoked": True}


def person_enrol(told: PersonEnrol, at: datetime) -> Any:
    del at
    party = queries.party_by_handle(told.party)
    role, ordinal = Role.parse_seat(told.role)
    password = secrets.token_urlsafe(12)
    person = parties.enrol_person(
        party, role=role, ordinal=ordinal, email=told.email, name=told.name, password=password
    )
    return {"seat": queries.caller_of(person).seat, "email": person.email, "password": password}


def person_password(told: PersonNamed, at: datetime) -> Any:
    del at
    password = secrets.token_urlsafe(12)
    person = parties.set_password(told.email, password)
    return {"seat": queries.caller_of(person).seat, "email": person.email, "password": password}


def person_end(told: PersonNamed, at: datetime) -> Any:
    del at
    person = parties.end_person(told.email)
    return {"seat": queries.caller_of(person).seat, "email": person.email, "ended": True}


def example_load(told: ExampleLoad, at: datetime) -> Any:
    del at
    if told.name != "parties":
        raise RefusedError(f"There is no example called {excerpt(told.name)}; there is: parties, and the stories.")
    return {"loaded": told.name, "accounts": example.load_parties()}


def register_rebuild(told: Nothing, at: datetime) -> Any:
    del told, at
    return {"forgotten": following.rebuild()}


DEEDS: dict[str, tuple[type[msgspec.Struct], Callable[[Any, datetime], Any]]] = {
    "capacity-plan": (rehearsing.CapacityPlan, rehearsing.plan),
    "delivery-list": (delivering.DeliveryList, delivering.delivery_list),
    "delivery-replay": (delivering.DeliveryReplay, delivering.delivery_replay),
    "example-load": (ExampleLoad, example_load),
    "key-enrol": (keying.KeyEnrol, keying.enrol),
    "key-list": (keying.KeyList, keying.listed),
    "key-retire": (keying.KeyRetire, keying.retire),
    "signing-waive": (keying.SigningWaive, keying.waive),
    "hold-place": (keeping.HoldDeed, keeping.hold_place),
    "hold-release": (keeping.HoldDeed, keeping.hold_release),
    "log-key-end": (rotating.LogKeyEnd, rotating.end),
    "log-key-rotate": (rotating.LogKeys, rotating.rotate),
    "log-keys": (rotating.LogKeys, rotating.listed),
    "mail-list": (mailing.MailList, mailing.mail_list),
    "mail-poll": (mailing.MailPoll, mailing.mail_poll),
    "mandate-accuracy": (mandating.MandateAccuracy, mandating.accuracy),
    "mandate-decline": (mandating.MandateDeed, mandating.decline),
    "mandate-grant": (mandating.MandateGrant, mandating.grant),
    "mandate-list": (mandating.MandateList, mandating.listed),
    "mandate-reply": (mandating.MandateReply, mandating.reply),
    "mandate-restore": (mandating.MandateDeed, mandating.restore),
    "mandate-resume": (mandating.MandateDeed, mandating.resume),
    "mandate-revoke": (mandating.MandateDeed, mandating.revoke),
    "mandate-suspend": (mandating.MandateDeed, mandating.suspend),
    "notice-erase": (keeping.NoticeErase, keeping.notice_erase),
    "party-add": (PartyAdd, party_add),
    "party-list": (Nothing, party_list),
    "party-show": (PartyShow, party_show),
    "person-end": (PersonNamed, person_end),
    "person-enrol": (PersonEnrol, person_enrol),
    "person-password": (PersonNamed, person_password),
    "probe-run": (probes.ProbeRun, probes.run),
    "profile-adopt": (profiling.ProfileAdopt, profiling.adopt),
    "profile-list": (profiling.ProfileList, profiling.listed),
    "profile-show": (profiling.ProfileShow, profiling.show),
    "profile-rehearse": (rehearsing.ProfileRehearse, rehearsing.rehearse),
    "register-rebuild": (Nothing, register_rebuild),
    "representative-drill": (representing.ContactDrill, representing.contact_drill),
    "representative-list": (representing.ContactsOf, representing.contacts_of),
    "representative-remove": (representing.ContactRemove, representing.contact_remove),
    "representative-set": (representing.ContactSet, representing.contact_set),
    "representative-withdraw": (representing.ContactWithdraw, representing.contact_withdraw),
    "telegram-hear": (government_bot.Update, government_bot.hear),
    "telegram-list": (government_bot.ChatsOf, government_bot.listed),
    "telegram-revoke": (government_bot.ChatEnd, government_bot.revoke),
    "token-issue": (TokenIssue, token_issue),
    "token-revoke": (TokenRevoke, token_revoke),
    "work": (keeping.Work, keeping.work),
    "zone-list": (zoned.ZoneList, zoned.zone_list),
    "zone-plan": (zoned.ZonePlan, zoned.zone_plan),
}


@csrf_exempt  # No browser reaches this: the socket is the credential.
def console(request: HttpRequest, deed: str) -> HttpResponse:
    """One deed: JSON in, JSON out."""
    if request.environ.get(LOCAL) is not True or deed not in DEEDS:  # type: ignore[attr-defined]  # Django's WSGIRequest has it.
        return problems.plain(problems.NOT_FOUND, "There is nothing at this address.")
    form, run = DEEDS[deed]
    try:
        told = msgspec.json.decode(body_of(request) or b"{}", type=form)
        return reply(run(told, request.at))  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    except msgspec.DecodeError as error:
        return problems.plain(problems.REFUSED, str(error))
    except (MufakatError, RefusedError, RuntimeError) as error:
        return problems.response(error)
