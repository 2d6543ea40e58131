"""Whose an e-mail address says it is. An address proves nothing; this only finds who can say whether it is theirs."""

from __future__ import annotations

from django.utils import timezone

from mufakat.server.parties.contacts import versions_in_force
from mufakat.server.parties.models import Person
from mufakat.server.parties.queries import remembered

# Where anybody gets an address: that somebody of a party has one there makes nobody else's mail the party's.
PUBLIC = frozenset(
    {
        *("aol.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com"),
        *("live.com", "mail.com", "mail.ru", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com"),
        *("rocketmail.com", "tuta.com", "web.de", "yahoo.co.id", "yahoo.com", "yandex.com", "yandex.ru", "ymail.com"),
        *("zoho.com", "qq.com", "163.com", "126.com", "plasa.com", "telkom.net"),
    }
)


def party_of(address: str) -> str:
    """The handle of the one party that somebody with this address, or else with its domain, belongs to; "" for none.

    Believed for a few seconds, as every look-up at a door: mails come many at a time from the same people.
    """
    _, at, domain = address.rpartition("@")
    if not at or not domain or domain.endswith(".invalid"):
        return ""
    since = remembered.changes
    known: str | None = remembered.get(("address", address))
    if known is None:
        found = _only(email__iexact=address) or ("" if domain in PUBLIC else _only(email__iendswith=f"@{domain}"))
        known = str(remembered.put(("address", address), found, since=since))
    return known


def _only(**found: str) -> str:
    people = Person.objects.filter(is_active=True, **found).values_list("party__handle", flat=True)
    contacts = versions_in_force(at=timezone.now()).filter(**found).values_list("party__handle", flat=True)
    handles = {*people.distinct()[:2], *contacts.distinct()[:2]}
    return handles.pop() if len(handles) == 1 else ""
