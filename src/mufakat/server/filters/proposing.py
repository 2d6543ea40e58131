"""Decided notices feed the banks: what was acted upon is proposed, and taken out again where the decision falls.

Three reactions; each runs in the writer, and doing it again changes nothing. (1) A decision that acts proposes what it
acts upon to the platform's own banks, in shadow: nobody's content is touched before a second person looked at it
(I-17). (2) Whatever reverses the decision, or a notice that is withdrawn, retracts its entries in every bank, whoever
accepted them, and has restored what they hit. (3) With the locators of a notice the values of its entries go, but for
those that a person accepted: they are the platform's own from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from mufakat.locator import Kind
from mufakat.rules.decision import ACTS, DecisionState
from mufakat.rules.events import EventType
from mufakat.rules.filtering import FEEDING, PROPOSING, EntryDeed, EntryState, Origin
from mufakat.rules.lifecycle import NoticeState
from mufakat.rules.measure import MeasureState
from mufakat.rules.notice import Category, MeasureName, NoticeKind
from mufakat.rules.parties import PartyKind
from mufakat.rules.retention import Erasable
from mufakat.screening.bank import BankKind, Entry as Told
from mufakat.screening.entry_checks import check
from mufakat.server.decisions import queries as decisions
from mufakat.server.filters import banks, entering, moving, retracting
from mufakat.server.filters.bank_reading import BankIn
from mufakat.server.filters.entering import Whence
from mufakat.server.filters.models import Bank, Entry
from mufakat.server.journal import queries as events
from mufakat.server.notices import queries as notices
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from mufakat.server.decisions.queries import Decision, Whole
    from mufakat.server.journal.outbox import Row
    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.queries import Pointer

BANKS = {BankKind.LOCATOR: banks.FROM_NOTICES + "locators", BankKind.DIGEST: banks.FROM_NOTICES + "digests"}
"""Where what was pointed at goes; each is opened on its first use."""
UNDONE = frozenset({MeasureState.REVERTING, MeasureState.REVERTED})
FELL = "The decision that proposed them was reversed, or its notice was withdrawn."
ERASED = "The locators of the notice that proposed them were erased."


def propose(row: Row, moment: Moment) -> None:
    """A decision was made: what it acts upon is proposed to banks of the platform that decided."""
    decision = decisions.by_event(row.event)
    if decision is None or not _feeds(decision):
        return
    standing = positions(decision.notice_id)
    pointers = [one for one in notices.pointers(decision.notice) if one.position in standing]
    for kind, entries in _sorted(decision, pointers).items():
        _put(kind, entries, decision, moment)


def retract(row: Row, moment: Moment) -> None:
    """An appeal, or a body outside, decided otherwise, or the sender withdrew: what does not stand any more goes."""
    found = Entry.objects.filter(notice=row.case, state__in=sorted(entering.STANDING)).select_related("bank")
    rows = list(found.order_by("id"))
    acting = _acting(row.case) if rows else []
    if not rows or (acting and all(one.decision.state == DecisionState.STANDING for one in acting)):
        return
    # Where the locators are erased nobody can tell any more which of them stands: what may not stand is taken out.
    standing = _positions(acting)
    pointers = notices.pointers(acting[0].decision.notice) if acting else ()
    values = {_value(one) for one in pointers if one.position in standing}
    fallen = [one for one in rows if (BankKind(one.bank.kind), one.value) not in values]
    retracting.fell(fallen, reason=FELL, because=row.event, moment=moment)


def forget(row: Row, moment: Moment) -> None:
    """The locators of a notice were erased: nobody accepts its entries any more, and what they say goes too."""
    event = events.by_id([row.event])[row.event]
    classes = next((bytes(one.value) for one in event.openings.all() if one.field == "classes" and one.value), b"[]")
    if Erasable.LOCATORS not in msgspec.json.decode(classes):
        return
    chosen = Entry.objects.filter(notice=row.case, erased_at=None).exclude(state=EntryState.LIVE.value)
    rows = list(chosen.select_related("bank").order_by("id"))
    waiting = [one for one in rows if one.state == EntryState.SHADOW]
    for bank in {one.bank for one in waiting}:
        own = [one for one in waiting if one.bank == bank]
        tells = EventType.ENTRIES_REVIEWED
        told = moving.tell(tells, bank, own, EntryDeed.DECLINE, moment=moment, ref=(row.event,), note=ERASED)
        Entry.objects.filter(pk__in=[one.pk for one in own]).update(
            state=EntryState.DECLINED.value, reviewed_at=moment.at, reviewed_event=told
        )
        entering.changed(bank)
    Entry.objects.filter(pk__in=[one.pk for one in rows]).update(value="", digest=None, erased_at=moment.at)


def positions(notice: str) -> frozenset[int]:
    """The locators of a notice that a decision acts upon, as things stand now.

    A measure whose time is over was right while it lasted. What a reversal undid was not; and where the sender alone
    was right, whose notice is decided anew, what was done goes on.
    """
    return _positions(_acting(notice))


def _acting(notice: str) -> list[Whole]:
    """The decisions that act; none of a notice that was withdrawn."""
    found = [one for one in decisions.all_of(notice) if one.decision.outcome in ACTS]
    return [one for one in found if one.decision.notice.state != NoticeState.WITHDRAWN]


def _positions(acting: Sequence[Whole]) -> frozenset[int]:
    partly = [one.decision for one in acting if one.decision.state == DecisionState.PARTLY_REVERSED]
    undone = _undone(partly[0].notice_id) if partly else frozenset()
    return frozenset(position for one in acting for position in _standing(one, undone))


def _standing(whole: Whole, undone: Collection[str]) -> Iterable[int]:
    state = DecisionState(whole.decision.state)
    for one in whole.measures:
        if one.name == MeasureName.PRESERVE or one.state == MeasureState.DECLINED or one.id in undone:
            continue
        if state is not DecisionState.REVERSED or one.state not in UNDONE:
            yield one.position


def _undone(notice: str) -> frozenset[str]:
    """The measures that were undone by a reversal in part."""
    said = (one for event in events.events_of(notice) for one in event.openings.all() if one.field == "items")
    found = (msgspec.json.decode(bytes(one.value)) for one in said if one.value is not None)
    return frozenset(one for items in found for one in items if isinstance(one, str))


def _feeds(decision: Decision) -> bool:
    """Whether anything of it is proposed: it acts, on what somebody else asked for, about what may be looked for."""
    notice = decision.notice
    kinds = dict(parties.directory().values())
    return (
        decision.outcome in ACTS
        and kinds[decision.party_id] is PartyKind.PLATFORM
        and NoticeKind(notice.kind) in FEEDING
        and Category(notice.category) in PROPOSING
    )


def _sorted(decision: Decision, pointers: Iterable[Pointer]) -> dict[BankKind, list[Told]]:
    """The entries by the kind of their bank. They say by ids alone whence they come: what was written is not copied."""
    found: dict[BankKind, list[Told]] = {}
    for one in pointers:
        kind, value = _value(one)
        if value:
            entry = Told(
                id=f"{decision.id}-{one.position}",
                value=value,
                source=f"notice {decision.notice_id}",
                category=decision.notice.category,
                ground=f"decision {decision.id}",
                shadow=True,
            )
            found.setdefault(kind, []).append(entry)
    return found


def _value(pointer: Pointer) -> tuple[BankKind, str]:
    """What an entry about this locator says; nothing where it may not enter a bank, or is erased."""
    kind = BankKind.DIGEST if pointer.kind == Kind.FILE else BankKind.LOCATOR
    value = (pointer.canonical or "").removeprefix("sha256:" if kind is BankKind.DIGEST else "")
    refused = check(kind, value)
    if refused is not None and refused.canonical is not None:
        value, refused = refused.canonical, check(kind, refused.canonical)
    return kind, "" if refused is not None else value


def _put(kind: BankKind, entries: list[Told], decision: Decision, moment: Moment) -> None:
    bank = Bank.objects.filter(platform=decision.party_id, name=BANKS[kind]).first()
    person = decision.person_id
    if bank is None:
        told = BankIn(BANKS[kind], kind)
        bank = banks.opened(told, decision.party_id, person=person, actor=None, moment=moment)
    fresh = list(entering.sort(bank, entries, again=True).fresh.values())
    if fresh:
        entering.write(bank, fresh, Whence(Origin.NOTICE, person, None, decision.notice_id), moment)
