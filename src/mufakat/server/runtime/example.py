"""The example: the parties and seats of the 2017 story, made-up people on example domains."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from mufakat.rules.contact import ContactRole
from mufakat.rules.errors import UnknownPartyError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.journal.files import write_private
from mufakat.server.parties import contact_lists, operations, queries, representatives

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


def load_parties() -> list[str]:
    """Register what is missing of the example and return the accounts, one line each; loading again adds nothing."""
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
    load_contacts()
    return lines


def load_contacts() -> None:
    """Give the example's parties the contacts that they lack."""
    for handle, role, rank, senior, person, phone in CONTACTS:
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
        representatives.add(party, msgspec.json.encode(card), by=None, at=datetime.now(UTC))
