"""The example: the parties and seats of the 2017 story, made-up people on example domains."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from mufakat.rules.errors import UnknownPartyError
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Role
from mufakat.server.journal.files import write_private
from mufakat.server.parties import operations, queries

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
    return lines
