"""The example: the parties and seats of the 2017 story with their mandates, made-up people on example domains."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from mufakat.locator.kinds import Surface
from mufakat.rules.contact import ContactRole
from mufakat.rules.errors import UnknownPartyError
from mufakat.rules.mandate import Quota, Terms
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.journal import queries as events, signer
from mufakat.server.journal.files import write_private
from mufakat.server.parties import contact_lists, mandates, operations, queries, representatives

if TYPE_CHECKING:
    from collections.abc import Sequence

# Handle, kind, name, country, seats.
PARTIES: Sequence[tuple[str, PartyKind, str, str, tuple[str, ...]]] = (
    ("mufakat", PartyKind.HOUSE, "Mufakat (the operator of this instance)", "", ("admin",)),
    (
        "kominfo",
        PartyKind.REGULATOR,
        "Ministry of Communication (example)",
        "ID",
        ("officer", "approver", "approver-2"),
    ),
    ("bnpt", PartyKind.TRUSTED_FLAGGER, "Counter-terrorism agency (example)", "ID", ("officer",)),
    ("telegram", PartyKind.PLATFORM, "Telegram (example)", "", ("representative", "reviewer", "reviewer-2")),
    ("isp-a", PartyKind.OPERATOR, "ISP A (example)", "ID", ("engineer",)),
    ("isp-b", PartyKind.OPERATOR, "ISP B (example)", "ID", ("engineer",)),
    ("isp-c", PartyKind.OPERATOR, "ISP C (example)", "ID", ("engineer",)),
    ("auditor", PartyKind.AUDITOR, "Auditor (example)", "ID", ("auditor",)),
)
ACCOUNTS = "example-accounts.txt"
# Handle, role, rank, senior, made-up person, phone; the addresses are on example domains.
CONTACTS: Sequence[tuple[str, ContactRole, int, bool, str, str]] = (
    ("telegram", ContactRole.NARAHUBUNG, 1, False, "Sari Contoh", "+62 21 5550 0101"),
    ("telegram", ContactRole.FOR_AUTHORITIES, 2, False, "Budi Contoh", "+62 21 5550 0102"),
    ("telegram", ContactRole.LEGAL_REPRESENTATIVE, 3, True, "Ratna Contoh", "+62 21 5550 0103"),
    ("kominfo", ContactRole.NARAHUBUNG, 1, False, "Dewi Contoh", "+62 21 5550 0201"),
    ("bnpt", ContactRole.NARAHUBUNG, 1, False, "Agus Contoh", "+62 21 5550 0301"),
)

# Handle, kinds, what it knows about, who gave it, on which law.
MANDATES: Sequence[tuple[str, tuple[NoticeKind, ...], str, str, str]] = (
    (
        "kominfo",
        (NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST, NoticeKind.ORDER),
        "Content that Indonesian law forbids",
        "Republic of Indonesia (example)",
        "UU 11/2008, Pasal 40 ayat (2a)",
    ),
    (
        "bnpt",
        (NoticeKind.TRUSTED_FLAG, NoticeKind.REQUEST),
        "Terrorism",
        "President of the Republic of Indonesia (example)",
        "UU 5/2018",
    ),
)
QUOTA = Quota(burst=20_000, per_minute=1_000)
REVIEW = timedelta(days=365)


def load_parties() -> list[str]:
    """Register what is missing of the example and return the accounts, one line each; loading again adds nothing."""
    lines = load_people()
    load_contacts()
    load_mandates()
    return lines


def load_people() -> list[str]:
    """The parties and their people alone: what a story begins with."""
    path = Path(settings.MUFAKAT_DATA, ACCOUNTS)
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    # One password for the made-up people of one instance, chosen by chance: a known one would be a hole in every
    # instance.
    password = known[0].split()[-1] if known else secrets.token_urlsafe(12)
    lines = []
    for handle, kind, name, country, seats in PARTIES:
        try:
            party = queries.party_by_handle(handle)
        except UnknownPartyError:
            party = operations.register_party(handle, kind=kind, name=name, country=country)
        taken = {(person.role, person.ordinal) for person in queries.people_of(party)}
        for seat in seats:
            role, ordinal = Role.parse_seat(seat)
            email = f"{seat}@{handle}.example"
            lines.append(f"{handle:<10} {seat:<15} {email:<32} {password}")
            if (role.value, ordinal) not in taken:
                operations.enrol_person(
                    party, role=role, ordinal=ordinal, email=email, name=f"{seat} of {handle}", password=password
                )
    write_private(path, "\n".join(lines) + "\n", replace=True)
    return lines


def load_contacts(*, of: str = "", at: datetime | None = None) -> None:
    """Give the example's parties, or one of them, the contacts that they lack."""
    for handle, role, rank, senior, person, phone in CONTACTS:
        if of and handle != of:
            continue
        party = queries.party_by_handle(handle)
        if role.value in contact_lists.roles_ever(party.id):
            continue
        card = {
            "role": role.value,
            "name": person,
            "organisation": party.name,
            "country": "ID",
            "email": f"{person.split()[0].lower()}@{handle}.example",
            "phone": phone,
            "postal_address": "Jalan Contoh 1\nJakarta 10110",
            "hours": "Mon-Fri 08:00-17:00",
            "time_zone": "Asia/Jakarta",
            "languages": ["id", "en"],
            "rank": rank,
            "senior": senior,
        }
        representatives.add(party, msgspec.json.encode(card), by=None, at=at or datetime.now(UTC))


def load_mandates() -> None:
    """Grant the mandates of the example on the live shard to whom none was granted there; a suspended one stays so."""
    at = datetime.now(UTC)
    for handle, kinds, expertise, granted_by, legal_source in MANDATES:
        party = queries.party_by_handle(handle)
        granted = events.shards_of([mandate.id for mandate in queries.mandates_of(party.id)])
        if signer.live_shard() in granted.values():
            continue
        terms = Terms(
            kinds=kinds,
            categories=tuple(Category),
            surfaces=tuple(Surface),
            expertise=expertise,
            granted_by=granted_by,
            legal_source=legal_source,
            quota=QUOTA,
            review_on=(at + REVIEW).date(),
        )
        mandates.grant(party, terms, at=at)
