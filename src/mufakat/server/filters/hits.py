"""Read hits: the platform all of its own, others none; and a finding again, as it was when it was written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mufakat.rules.notice import Category
from mufakat.rules.permissions import Deed
from mufakat.screening.item import Action, Item, ItemKind, Match, Verdict, Visibility
from mufakat.server.filters import holdings, texts as policy_texts
from mufakat.server.filters.findings import Basis, Finding
from mufakat.server.filters.models import Hit as Hit, HitEntry  # noqa: PLC0414 - given on, to name its type.
from mufakat.server.journal import queries as journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from mufakat.rules.events import EventType
    from mufakat.rules.filtering import HitState
    from mufakat.screening.policy import Rule
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50
JOINED = ("policy", "decided_by")


@dataclass(frozen=True, slots=True)
class Whole:
    """A hit with its entries and its events, openings loaded with them; in a list the first event alone."""

    row: Hit
    basis: Sequence[Basis]
    events: Sequence[Event]

    @property
    def first(self) -> Event:
        """The event by which it came into the books."""
        return self.events[0]

    def of_type(self, type_: EventType) -> Event | None:
        """The newest of its events of this type."""
        return next((event for event in reversed(self.events) if event.type == type_.value), None)


class Page(NamedTuple):
    """One page of hits, newest first, and where the next begins."""

    items: Sequence[Whole]
    next: str | None


class Told(NamedTuple):
    """What a platform's own systems need of a hit: what they call the item, and by what it was hit."""

    item: str | None
    item_sha256: str
    action: str
    policy: str
    rule: str


def seen_by(viewer: Caller, *, deed: Deed = Deed.READ) -> QuerySet[Hit]:
    """The hits of the viewer's platform (I-10)."""
    holdings.require(viewer, deed)
    return Hit.objects.filter(platform=viewer.party_id).select_related(*JOINED)


def get_for(viewer: Caller, hit: str, *, deed: Deed = Deed.READ) -> Hit:
    """The hit, if the viewer may see it; a stranger's and an unknown one are the same to the viewer."""
    holdings.require(viewer, deed)
    return holdings.hit_of(viewer, hit)


def page(viewer: Caller, *, state: HitState | None = None, after: str | None = None, size: int = PAGE) -> Page:
    """Newest first, a page at a time, in a constant number of queries."""
    found = seen_by(viewer)
    if state is not None:
        found = found.filter(state=state.value)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: size + 1])
    shown = rows[:size]
    first = journal.by_id([row.event for row in shown])
    basis = basis_of([row.id for row in shown])
    items = [Whole(row, basis[row.id], [first[row.event]]) for row in shown]
    return Page(items, shown[-1].id if len(rows) > size else None)


def held_first(viewer: Caller, *, size: int) -> list[Whole]:
    """What is held, whose hold ends first."""
    rows = list(seen_by(viewer).filter(due_at__isnull=False).order_by("due_at", "pk")[:size])
    first = journal.by_id([row.event for row in rows])
    basis = basis_of([row.id for row in rows])
    return [Whole(row, basis[row.id], [first[row.event]]) for row in rows]


def whole(row: Hit) -> Whole:
    """The hit with all that belongs to it. The caller has asked whether the viewer may see it."""
    return Whole(row, basis_of([row.id])[row.id], journal.events_of(row.id))


def basis_of(hits: Sequence[str]) -> Mapping[str, list[Basis]]:
    """The entries that each of these hits rests on."""
    found: dict[str, list[Basis]] = defaultdict(list)
    rows = HitEntry.objects.filter(hit__in=hits).order_by("pk")
    names = ("hit_id", "entry_id", "entry__bank__name", "entry__name", "entry__category", "entry__ground")
    for hit, *entry in rows.values_list(*names):
        found[hit].append(Basis._make(entry))
    return found


def rule_of(row: Hit) -> Rule:
    """The rule that hit, as the text of its version has it."""
    return next(one for one in policy_texts.rules_of(row.policy_id).rules if one.name == row.rule)


def finding(row: Hit) -> tuple[Finding, str | None]:
    """What was found, as it was written, and what a notice about it would point at."""
    event = journal.by_id([row.event])[row.event]
    said, verdict = plain(event, "item") or {}, plain(event, "verdict") or {}
    policy = policy_texts.rules_of(row.policy_id)
    rule = next(one for one in policy.rules if one.name == row.rule)
    item = Item(
        item=said.get("item") or row.id,
        at=said.get("at") or row.at.isoformat(),
        visibility=Visibility.PUBLIC,
        kind=ItemKind(said.get("kind") or ItemKind.MESSAGE.value),
        channel=said.get("channel") or "",
        language=said.get("language"),
    )
    told = Verdict(
        item=item.item,
        action=Action(row.action),
        rule=row.rule,
        policy=policy.ref,
        matches=tuple(_match(one) for one in verdict.get("matches") or ()),
    )
    basis = tuple(basis_of([row.id])[row.id])
    sensitive = row.category == Category.CHILD_SEXUAL_ABUSE
    return Finding(item, told, rule, basis, sensitive), said.get("locator")


def told(hits: Sequence[str]) -> Mapping[str, Told]:
    """What the webhooks of these hits carry. For who tells the platform whose they are, and nobody else."""
    rows = list(Hit.objects.filter(pk__in=hits).select_related("policy"))
    events = journal.by_id([row.event for row in rows])
    return {
        row.id: Told(
            (plain(events[row.event], "item") or {}).get("item"),
            bytes(row.item).hex(),
            row.action,
            f"{row.policy.name}/{row.policy.version}",
            row.rule,
        )
        for row in rows
    }


def opened(event: Event, field: str) -> bytes | None:
    """What the event committed to under this name, while that is not erased."""
    return next(
        (bytes(one.value) for one in event.openings.all() if one.field == field and one.value is not None), None
    )


def plain(event: Event, field: str) -> Any:
    """The same as plain values."""
    value = opened(event, field)
    return msgspec.json.decode(value) if value is not None else None


def _match(one: Mapping[str, Any]) -> Match:
    span = one.get("span")
    return Match(one["bank"], one["entry"], (span[0], span[1])) if span else Match(one["bank"], one["entry"])
