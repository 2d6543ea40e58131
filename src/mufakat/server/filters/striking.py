"""Hits into the books, with what follows from each, in the open transaction of the writer.

(1) What was written before is not written again: once an item, content, version and rule. (2) What a hit rests on must
stand now: an entry that was retracted a moment ago hits nothing any more, and the caller judges anew. (3) What follows
is ruled by ``rules.acting``: told, held, or blocked where an agreement in force lists a measure for a machine (I-06).
(4) The event, the rows, and with a block the notice of own detection and the decision with its statement of reasons are
of one commit: a power cut leaves all of it or nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from mufakat.proof import canonical
from mufakat.rules import acting
from mufakat.rules.acting import Asked, Course
from mufakat.rules.decision import Automation
from mufakat.rules.errors import RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.filtering import HOLD, NOTIFICATION, HitState, NotificationState, PolicyState
from mufakat.screening.item import Action
from mufakat.server.filters import blocking, by_name, findings, tallying, telling
from mufakat.server.filters.findings import Basis, Finding, Said
from mufakat.server.filters.models import Hit, HitEntry, Notification, Policy
from mufakat.server.filters.verdicts import Counted
from mufakat.server.journal import operations as journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mufakat.server.filters.blocking import Allowed, Blocked
    from mufakat.server.filters.verdicts import Struck
    from mufakat.server.journal.operations import Happening, Recorded
    from mufakat.server.journal.work import Moment
    from mufakat.server.notices.operations import Submission
    from mufakat.server.parties.queries import Caller

OVER: Final = frozenset({HitState.RELEASED, HitState.RESTORED})
"""The states of a hit of which nothing follows any more."""

Named = tuple[bytes, bytes, str, str]
"""What makes a hit one: the item, its content, the version and the rule."""


class StaleError(RefusedError):
    """What the verdict rests on does not stand any more: it has to be judged anew."""

    def __init__(self) -> None:
        super().__init__("The policy or a bank changed while this was judged.")


class Written(NamedTuple):
    """A hit as it is in the books."""

    id: str
    state: HitState


class _New(NamedTuple):
    """A hit on its way: its id, what was found, how it stands, and the notice that a block needs."""

    id: str
    struck: Struck
    found: Finding
    course: Course
    submission: Submission | None


def write(struck: Sequence[Struck], named: Mapping[str, str], *, by: Caller, moment: Moment) -> dict[int, Written]:
    """Write these hits; of each by its place how it stands. `named` are the ids of the banks. Raises StaleError."""
    if not struck:
        return {}
    # (1) What was written before stands as it does.
    known = _known(struck, by)
    fresh: dict[Named, Struck] = {}
    for one in struck:
        if (name := _name(one)) not in known:
            fresh.setdefault(name, one)
    # (2) What the new ones rest on stands.
    if fresh:
        new = list(fresh.values())
        entries = _standing(new, named)
        # (3) What follows.
        blocks = any(one.verdict.action is Action.BLOCK for one in new)
        allowed = blocking.allowed(by.party_id, moment) if blocks else blocking.NOBODY
        made = _followed(new, entries, allowed, by=by, moment=moment)
        # (4) The events and the rows.
        known |= _stored(made, allowed, by=by, moment=moment)
    return {one.place: known[_name(one)] for one in struck}


def _name(one: Struck) -> Named:
    return findings.digest(one.item.item), findings.content(one.item), one.policy, one.rule.name


def _known(struck: Sequence[Struck], by: Caller) -> dict[Named, Written]:
    rows = by_name.hits(by.party_id, {findings.digest(one.item.item) for one in struck})
    return {(bytes(row[0]), bytes(row[1]), row[2], row[3]): Written(row[4], HitState(row[5])) for row in rows}


def _standing(struck: Sequence[Struck], named: Mapping[str, str]) -> Mapping[tuple[str, str], Basis]:
    """The entries that these hits rest on, by bank and name. Raises StaleError where anything does not stand."""
    policies = {one.policy for one in struck}
    if Policy.objects.filter(pk__in=policies, state=PolicyState.LIVE.value).count() != len(policies):
        raise StaleError
    wanted = {(match.bank, match.entry) for one in struck for match in one.verdict.matches}
    rows = by_name.live_entries((named[bank], name) for bank, name in wanted)
    found = {(row[1], row[2]): Basis._make(row) for row in rows}
    if not wanted <= found.keys():
        raise StaleError
    return found


def _followed(
    struck: Sequence[Struck], entries: Mapping[tuple[str, str], Basis], allowed: Allowed, *, by: Caller, moment: Moment
) -> list[_New]:
    """What follows from each. Where a machine may not block, or the notice could not be taken, a person decides."""
    made = []
    for one in struck:
        named = dict.fromkeys((match.bank, match.entry) for match in one.verdict.matches)
        found = Finding(one.item, one.verdict, one.rule, tuple(entries[each] for each in named), one.sensitive)
        pointed = findings.pointed_at(one.item)
        asked = Asked(one.verdict.action.value)
        course = acting.follow(asked, automatic=allowed.automatic, decidable=pointed is not None)
        submission = None
        if course.measure is not None and pointed is not None:
            submission = blocking.prepared(found, pointed, by=by, at=moment.at)
        if course.measure is not None and submission is None:
            course = Course(HitState.HELD)
        made.append(_New(moment.id("hit"), one, found, course, submission))
    return made


def _stored(made: Sequence[_New], allowed: Allowed, *, by: Caller, moment: Moment) -> dict[Named, Written]:
    """The events and the rows of new hits, and what a block brings."""
    recorded = journal.append([_happening(one, by) for one in made], moment)
    blocked = {one.id: _block(one, allowed, by=by, moment=moment) for one in made if one.submission is not None}
    Hit.objects.bulk_create(
        _row(one, event.id, blocked.get(one.id), by=by, at=moment.at) for one, event in zip(made, recorded, strict=True)
    )
    HitEntry.objects.bulk_create(
        HitEntry(hit_id=one.id, entry_id=entry.pk) for one in made for entry in one.found.basis
    )
    after = [_blocked(one, blocked[one.id], event.id, by) for one, event in _with(made, recorded) if one.id in blocked]
    proposed = [(one, event.id, moment.id("ntf")) for one, event in _with(made, recorded) if one.course.notifies]
    told = journal.append([*after, *(_proposed(one, event, pk, by) for one, event, pk in proposed)], moment)
    Notification.objects.bulk_create(
        Notification(
            id=pk,
            hit_id=one.id,
            platform_id=by.party_id,
            state=NotificationState.WAITING.value,
            proposed_at=moment.at,
            due_at=moment.at + NOTIFICATION,
            event=event.id,
        )
        for (one, _, pk), event in zip(proposed, told[len(after) :], strict=True)
    )
    tallying.add(Counter(_counted(one) for one in made), moment)
    return {_name(one.struck): Written(one.id, one.course.state) for one in made}


def _with(made: Sequence[_New], recorded: Sequence[Recorded]) -> list[tuple[_New, Recorded]]:
    return list(zip(made, recorded, strict=True))


def _counted(one: _New) -> Counted:
    return Counted(one.struck.policy, one.found.rule.name, shadow=False, category=one.found.category.value)


def _happening(one: _New, by: Caller) -> Happening:
    return telling.happening(
        EventType.FILTER_HIT,
        one.id,
        platform=by.party_id,
        actor=by.handle,
        committed={"verdict": findings.told_verdict(one.found), "item": findings.told_item(one.found)},
        ref=(one.struck.policy,),
    )


def _block(one: _New, allowed: Allowed, *, by: Caller, moment: Moment) -> Blocked:
    if one.submission is None or one.course.measure is None:
        raise ValueError("Nothing was ruled to be blocked.")
    said = Said(one.course.measure, Automation.FULL)
    return blocking.block(one.found, said, one.submission, under=allowed.under, by=by, moment=moment)


def _blocked(one: _New, made: Blocked, event: str, by: Caller) -> Happening:
    return telling.happening(
        EventType.HIT_BLOCKED,
        one.id,
        platform=by.party_id,
        actor=by.handle,
        ref=(event, made.notice, made.decision),
    )


def _proposed(one: _New, event: str, pk: str, by: Caller) -> Happening:
    """That an authority might be told: codes, and nothing of the item (I-14)."""
    codes = {
        "category": one.found.category.value,
        "kind": one.found.item.kind.value,
        "policy": one.found.verdict.policy,
        "rule": one.found.rule.name,
    }
    return telling.happening(
        EventType.NOTIFICATION_PROPOSED,
        pk,
        platform=by.party_id,
        actor=by.handle,
        committed={"codes": canonical.encode(codes)},
        ref=(one.id, event),
    )


def _row(one: _New, event: str, made: Blocked | None, *, by: Caller, at: datetime) -> Hit:
    item, content, policy, rule = _name(one.struck)
    state = one.course.state
    return Hit(
        id=one.id,
        platform_id=by.party_id,
        policy_id=policy,
        rule=rule,
        action=one.struck.verdict.action.value,
        category=one.found.category.value,
        item=item,
        content=content,
        state=state.value,
        at=at,
        event=event,
        due_at=at + HOLD if state is HitState.HELD else None,
        decided_at=at if made is not None else None,
        notice=made.notice if made is not None else "",
        decision=made.decision if made is not None else "",
    )
