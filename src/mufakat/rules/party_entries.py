"""Entries of mandates, of representatives and of parties themselves.

A mandate is public with its scope: who granted what to whom, and whether it is in force. Why it was suspended, the
reply to that, its review and its measure stay between its holder and the operator. Of a contact the public sees role
and office (I-18); of a party that is no office, nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from mufakat.rules.contact import ContactState
from mufakat.rules.entry import (
    Happened,
    Parties,
    Projected,
    Sheet,
    Terms,
    instant,
    is_named,
    json_of,
    made,
    public_party,
    text_of,
)
from mufakat.rules.events import EventType
from mufakat.rules.mandate import MandateState
from mufakat.rules.publicity import OFFICE, Because

_MANDATE = {
    EventType.MANDATE_GRANTED: MandateState.IN_FORCE,
    EventType.MANDATE_RESUMED: MandateState.IN_FORCE,
    EventType.MANDATE_SUSPENDED: MandateState.SUSPENDED,
    EventType.MANDATE_REVOKED: MandateState.REVOKED,
}
PUBLIC = frozenset({*_MANDATE, EventType.CONTACT_SET, EventType.CONTACT_REMOVED, EventType.PARTY_REGISTERED})
"""The steps of these entries that the public sees."""

_TERMS = ("kinds", "categories", "surfaces", "country", "granted_by", "legal_source", "expertise")


def project_mandate(history: Sequence[Happened], parties: Parties, at: datetime) -> Iterable[Projected]:
    """The entry of a mandate, from its grant on."""
    if history[0].type != EventType.MANDATE_GRANTED:
        return
    first = history[0]
    steps = [one for one in history if one.type in _MANDATE]
    last = steps[-1]
    sheet = Sheet("mandate", Terms(), at)
    if is_named(first.recipient, parties):
        sheet.put("holder", first.recipient)
    terms = json_of(first, "terms")
    if isinstance(terms, dict):
        for name in _TERMS:
            sheet.put(name, terms.get(name) or None)
    else:
        for name in _TERMS:
            sheet.hide(name, Because.NOT_RECORDED)
    sheet.put("granted_at", instant(first.at))
    sheet.put("since", instant(last.at))
    title = tuple(sheet.fields[name] for name in ("holder",) if name in sheet.fields)
    yield made(sheet, id_=first.case, state=_MANDATE[EventType(last.type)].value, title=title, steps=steps)


def project_contact(history: Sequence[Happened], parties: Parties, at: datetime) -> Iterable[Projected]:
    """The entry of a representative: the office that holds at `at`, or the one that held last.

    What was only announced is the party's own until it comes into force.
    """
    versions = [one for one in history if one.type == EventType.CONTACT_SET]
    if not versions or not is_named(_owner(versions[0], parties), parties):
        return
    taken_back = {ref for one in history if one.type == EventType.CONTACT_WITHDRAWN for ref in one.refs}
    standing = [one for one in versions if one.id not in taken_back]
    begun = [one for one in standing if _begins(one) <= at]
    ahead = min((_begins(one) for one in standing if _begins(one) > at), default=None)
    removed = next((one for one in history if one.type == EventType.CONTACT_REMOVED), None)
    sheet = Sheet("representative", Terms(), at)
    sheet.put("party", _owner(versions[0], parties))
    state, ends = ContactState.WAITING, None
    if begun:
        current = max(begun, key=lambda one: (_begins(one), one.position))
        facts = json_of(current, "contact")
        _show_office(sheet, current, facts)
        ends = _ends(facts)
        state = ContactState.ENDED if ends is not None and ends <= at else ContactState.IN_FORCE
        sheet.put("since", instant(_begins(current)))
    steps = [one for one in versions if one in begun] or versions[:1]
    if removed is not None:
        state, ahead, ends = ContactState.REMOVED, None, None
        steps = [*steps, removed]
    title = tuple(sheet.fields[name] for name in ("role", "party") if name in sheet.fields)
    changes = min((one for one in (ahead, ends) if one is not None and one > at), default=None)
    yield made(sheet, id_=versions[0].case, state=state.value, title=title, steps=steps, changes_at=changes)


def project_party(history: Sequence[Happened], parties: Parties, at: datetime) -> Iterable[Projected]:
    """The entry of a party that is an office; a user has none."""
    first = history[0]
    if first.type != EventType.PARTY_REGISTERED or not is_named(first.recipient, parties):
        return
    party = public_party(first.recipient, parties)
    sheet = Sheet("party", Terms(), at)
    sheet.put("handle", party.handle)
    sheet.put("name", text_of(first, "name"))
    sheet.put("kind", party.kind)
    sheet.put("country", text_of(first, "country") or None)
    sheet.put("registered_at", instant(first.at))
    yield made(sheet, id_=first.case, state="registered", title=(party.handle,), steps=[first])


def _owner(event: Happened, parties: Parties) -> str:
    """Whose contact it is: the side of the event that is not the house."""
    sides = (event.sender, event.recipient)
    return next((one for one in sides if public_party(one, parties).kind != "house"), event.sender)


def _begins(event: Happened) -> datetime:
    return event.due if event.due is not None else event.at


def _ends(facts: Any) -> datetime | None:
    until = facts.get("valid_to") if isinstance(facts, dict) else None
    try:
        found = datetime.fromisoformat(until) if isinstance(until, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _show_office(sheet: Sheet, event: Happened, facts: Any) -> None:
    for name in sorted(OFFICE):
        if not isinstance(facts, dict):
            sheet.hide(name, Because.ERASED if "contact" in event.openings else Because.NOT_RECORDED)
        elif name in facts:
            sheet.put(name, facts[name] or None)
        else:
            sheet.hide(name, Because.NOT_RECORDED)
