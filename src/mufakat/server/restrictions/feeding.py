"""The lists of an operator as it fetches them: every entry with its end, and what proves it (I-07, I-16).

The operator's own lists and no other. Of a list the place in the journal is read first, then its serial, then its
restrictions, then their names: what comes while it is read is at most more than the serial says, and never less, so
whoever keeps the newest serial misses nothing. A page of names is a question of its own: a slow reader holds up neither
the database nor its log.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from django.conf import settings
from django.db.models import Q

from mufakat.formats import feed as feeds, lists, rpz
from mufakat.formats.feed import Domain, Feed, Ground, Opening, Proof
from mufakat.proof import canonical
from mufakat.rules.errors import NotFoundError, NotPermittedError
from mufakat.rules.events import EventType
from mufakat.rules.notice import Category
from mufakat.rules.parties import PartyKind
from mufakat.rules.permissions import Deed
from mufakat.rules.profile_powers import Layer
from mufakat.rules.restriction import LIVE, Match
from mufakat.server.journal import queries as journal, signer
from mufakat.server.notices.slots import Slots
from mufakat.server.restrictions import faces, publication, queries, zoning
from mufakat.server.restrictions.models import ClosedName, Restriction, Zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mufakat.server.parties.queries import Caller
    from mufakat.server.restrictions.queries import Whole

PAGE: Final = 5_000  # Names that are read at once.
PROOFS: Final = 20  # Restrictions that are read at once: each may have ten thousand names.
SHADOW: Final = "shadow-"
ZONE_FILE, DOMAINS = "rpz.zone", "domains.json"
FILES: Final = (ZONE_FILE, DOMAINS, *lists.WRITERS)

slots = Slots(at_once=8, of_one_party=4)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of an operator at a time: which restrictions are on it, and what the head of every file of it says."""

    feed: Feed
    operator: str  # The id of its party.
    restrictions: Sequence[str]  # Ids, of every layer.
    dns: Sequence[str]  # Those that name servers carry out.
    zone: Zone | None

    @property
    def tag(self) -> str:
        """The ETag, weak: the signature says when it was made."""
        return f'W/"{self.feed.apex}.{self.feed.serial}"'


def listing(viewer: Caller, name: str, *, at: datetime, look_up: str) -> Listing:
    """The list of this name at the viewer's party.

    Raises NotPermittedError where the viewer carries out no restrictions, NotFoundError where no list has the name.
    """
    viewer.require(Deed.READ_FEED)
    if viewer.kind is not PartyKind.OPERATOR:
        raise NotPermittedError(Deed.READ_FEED, viewer.role)
    shadow = name.startswith(SHADOW)
    category = name.removeprefix(SHADOW).replace("-", "_")
    if category not in {each.value for each in Category} and (shadow or category != rpz.ALLOW):
        raise NotFoundError("list")
    position = publication.position()
    zone = Zone.objects.filter(list=category, operator=viewer.party_id, shadow=shadow).first()
    live = Restriction.objects.filter(
        list=category,
        shadow=shadow,
        state__in=LIVE,
        sunset_at__gt=at,
        carried__operator=viewer.party_id,
        carried__state__in=zoning.CARRIED,
    )
    rows = list(live.order_by("id").values_list("id", "layer"))
    feed = Feed(
        apex=rpz.zone_name(category, viewer.handle, shadow=shadow, suffix=settings.MUFAKAT_DNS.suffix),
        at=canonical.timestamp(at),
        domains=(),
        expire=settings.MUFAKAT_DNS.timers.expire,
        format=feeds.FORMAT,
        list=category,
        look_up=look_up,
        operator=viewer.handle,
        origin=signer.origin(signer.live_shard()),
        position=position,
        restrictions=(),
        serial=zone.serial if zone is not None else 0,
        shadow=shadow,
    )
    dns = [pk for pk, layer in rows if layer == Layer.DNS]
    return Listing(feed, viewer.party_id, [pk for pk, _ in rows], dns, zone)


def written(found: Listing, file: str, *, at: datetime) -> Iterator[bytes]:
    """One of the files of a list, signed, piece by piece. Raises NotFoundError where this list has no such file."""
    key = signer.signing_key(signer.live_shard())
    head, allows = found.feed.head, found.feed.list == rpz.ALLOW
    if file == ZONE_FILE and allows:
        timers = settings.MUFAKAT_DNS.timers
        lines = zoning.lines(found.zone, at=at) if found.zone is not None else iter(())
        text = rpz.write(head.apex, head.serial, lines, action=rpz.Action.PASSTHRU, timers=timers)
        return lists.sign(head, text, key=key, comment=";")
    if file == ZONE_FILE:
        domains = entries(found.dns)
        text = lists.zone(head, domains, action=rpz.Action.NXDOMAIN, timers=settings.MUFAKAT_DNS.timers)
        return lists.sign(head, text, key=key, comment=";")
    if file == DOMAINS and not allows:
        return feeds.write(found.feed, entries(found.restrictions), proofs(found.restrictions), key=key)
    # A shadow run closes nothing, and these files could do nothing else; nor could they keep anything open.
    if file in lists.WRITERS and not allows and not found.feed.shadow:
        chosen = found.restrictions if file == "squid.txt" else found.dns
        return lists.sign(head, lists.WRITERS[file](head, entries(chosen), trees(chosen)), key=key)
    raise NotFoundError("file of this list")


def entries(restrictions: Sequence[str]) -> Iterator[Domain]:
    """The names that these restrictions close, by name."""
    last: tuple[str, str] | None = None
    while True:
        found = ClosedName.objects.filter(restriction__in=restrictions, lifted_at=None)
        if last is not None:
            found = found.filter(Q(name__gt=last[0]) | Q(name=last[0], restriction__gt=last[1]))
        rows = found.order_by("name", "restriction_id").values_list(
            "name", "restriction_id", "restriction__match", "restriction__sunset_at"
        )
        page = list(rows[:PAGE])
        for name, restriction, match, until in page:
            yield Domain(match=Match(match), name=name, restriction=restriction, until=canonical.timestamp(until))
        if len(page) < PAGE:
            return
        last = page[-1][:2]


def trees(restrictions: Sequence[str]) -> frozenset[str]:
    """The names below which all is closed."""
    found = ClosedName.objects.filter(
        restriction__in=restrictions, lifted_at=None, restriction__match=Match.SUBTREE.value
    )
    return frozenset(found.values_list("name", flat=True))


def proofs(restrictions: Sequence[str]) -> Iterator[Proof]:
    """What proves them, by id. One whose names were erased cannot be proved, and readers of the list leave it out."""
    for start in range(0, len(restrictions), PROOFS):
        some = restrictions[start : start + PROOFS]
        rows = Restriction.objects.filter(pk__in=some).select_related(*queries.JOINED).order_by("pk")
        for whole in queries.wholes(list(rows), names=False):
            proof = _proof(whole)
            if proof is not None:
                yield proof


def _proof(whole: Whole) -> Proof | None:
    published = whole.of_type(EventType.RESTRICTION_PUBLISHED)
    ground = faces.opened(whole.first, "legal_ground")
    names = next((one for one in published[-1].openings.all() if one.field == "names"), None) if published else None
    if names is None or names.value is None or names.salt is None or ground is None:
        return None
    row = whole.row
    return Proof(
        authority=row.authority.handle,
        ground=msgspec.json.decode(ground, type=Ground),
        id=row.id,
        issuer=row.authority.name,
        layer=row.layer,
        leaf=canonical.to_base64(bytes(published[-1].leaf)),
        match=Match(row.match),
        opening=Opening(salt=canonical.to_base64(bytes(names.salt)), value=bytes(names.value).decode()),
        receipt=journal.custody(published[-1]),
        since=canonical.timestamp(published[-1].at),
        until=canonical.timestamp(row.sunset_at),
    )
