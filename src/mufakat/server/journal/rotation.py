"""A log exchanges its key, and whoever holds an old receipt still verifies it.

Three deeds, each a leaf of the shard: a key is added, one that was replaced is retired, one that got into wrong hands
is revoked. In each (1) the private key is durable before anything names it; (2) the leaf is committed; (3) the tenures
are written, by which the notary signs and everybody verifies. A key that is added signs from the head on that holds its
leaf; one that ends signs no head that holds the leaf which ends it: the notary signs nothing between (2) and (3). Who
died between two steps does the deed again: it finds the key, and the leaf, and goes on, behind what was signed since.

For a month both keys sign heads (OVERLAP), so that whoever keeps the keys by hand has time to fetch the new one. A
revoked key ends at once.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from mufakat.proof import canonical
from mufakat.proof.key import SigningKey
from mufakat.proof.tenure import Tenure
from mufakat.rules.errors import NotFoundError, RefusedError
from mufakat.rules.events import EventType
from mufakat.server.journal import files, operations, parts, queries, signer
from mufakat.server.journal.files import write_private
from mufakat.server.journal.models import Event
from mufakat.server.journal.notary import Notary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mufakat.server.journal.queries import Told
    from mufakat.server.journal.work import Moment

OVERLAP: Final = timedelta(days=30)
MARGIN: Final = timedelta(seconds=5)  # Custody is signed by a process that has not seen yet that its key ended.
IN_OFFICE: Final = 2  # Keys at once: each makes every head, and so every receipt, longer.


class RotationError(RefusedError):
    """The keys cannot be exchanged in this way now; the sentence says why."""


def add(shard: str, *, house: str) -> Tenure:
    """Add a key to a shard, in the name of the operator (its handle). Raises RotationError."""
    with _alone(shard):
        known = signer.trusted(shard)
        if sum(one.last is None for one in known) >= IN_OFFICE:
            raise RotationError(f"Two keys of shard {shard} are in office already: retire or revoke one of them first.")
        # (1) The key, durable; one that was made before and never came into office is the one.
        key = _made(shard, known)
        with _unsigned(shard) as notary:
            # (2) Its leaf.
            leaf = _told(shard, EventType.LOG_KEY_ADDED, {"key": key.vkey}, house=house)
            # (3) Its tenure: from the first head on that holds the leaf.
            added = Tenure(key=key.verify_key, first=_behind(leaf, notary) + 1)
            signer.appoint(shard, [*known, added])
    return added


def retire(shard: str, key: str, *, house: str, at: datetime) -> Tenure:
    """End a key that another one has stood beside for OVERLAP. `key` is its id, or its vkey.

    Raises NotFoundError and RotationError.
    """
    with _alone(shard):
        ending, others = _ending(shard, key)
        if ending.last is not None:
            return ending
        since = min(_stands_since(shard, one, at=at) for one in others)
        if at < since + OVERLAP:
            day = (since + OVERLAP).date().isoformat()
            raise RotationError(f"Both keys sign for {OVERLAP.days} days: retire the old one on {day} or later.")
        return _end(shard, ending, EventType.LOG_KEY_RETIRED, {"key": ending.key.vkey}, house=house, at=at)


def revoke(shard: str, key: str, *, reason: str, house: str, at: datetime) -> Tenure:
    """End a key at once, because somebody else may have it. Raises NotFoundError and RotationError."""
    with _alone(shard):
        ending, _ = _ending(shard, key)
        if ending.last is not None:
            return ending
        said = {"key": ending.key.vkey, "reason": reason}
        return _end(shard, ending, EventType.LOG_KEY_REVOKED, said, house=house, at=at)


def _ending(shard: str, key: str) -> tuple[Tenure, Sequence[Tenure]]:
    """The key that is to end, and those in office beside it, one at least where it has not ended."""
    known = signer.trusted(shard)
    found = next((one for one in known if key in {one.key.vkey, one.key.key_id.hex()}), None)
    if found is None:
        raise NotFoundError("key of this log")
    others = [one for one in known if one is not found and one.last is None]
    if found.last is None and not others:
        raise RotationError(f"It is the only key of shard {shard} in office: add another one first.")
    return found, others


def _end(  # noqa: PLR0913 - what ends, and how it is told.
    shard: str, ending: Tenure, type_: EventType, said: Mapping[str, str], *, house: str, at: datetime
) -> Tenure:
    with _unsigned(shard) as notary:
        leaf = _told(shard, type_, said, house=house)
        until = canonical.timestamp(max(at, leaf.at) + MARGIN)
        ended = replace(ending, last=max(_behind(leaf, notary), ending.first), until=until)
        signer.appoint(shard, [ended if one == ending else one for one in signer.trusted(shard)])
    return ended


def _behind(leaf: Told, notary: Notary) -> int:
    """The last size of the log for which the deed changes nothing.

    That is the one without its leaf; where somebody died after the leaf, heads that hold it may be signed as before.
    """
    last = notary.last()
    return max(leaf.position, 0 if last is None else last.size)


def _made(shard: str, known: Sequence[Tenure]) -> SigningKey:
    folder = signer.later_keys(shard)
    old = {f"{one.key.key_id.hex()}.key" for one in known}
    for path in sorted(folder.glob("*.key")):
        if path.name not in old:
            return SigningKey.parse(path.read_text(encoding="utf-8").strip())
    key = SigningKey.generate(signer.origin(shard))
    write_private(folder / f"{key.key_id.hex()}.key", key.private_text() + "\n", replace=False)
    return key


def _told(shard: str, type_: EventType, said: Mapping[str, str], *, house: str) -> Told:
    """The leaf of a deed; one that was committed before is the one."""
    committed = {name: value.encode() for name, value in said.items()}
    for leaf in queries.first_between(house, {house}, type_=type_):
        if leaf.shard == shard and leaf.openings.get("key") == committed["key"]:
            return leaf

    def run(moment: Moment) -> str:
        happening = operations.Happening(
            type=type_, sender=house, recipient=house, case=moment.id("evt"), actor=house, committed=committed
        )
        return operations.append_to(shard, [happening], moment)[0].id

    return queries.told([parts.alone(run)])[0]


def _stands_since(shard: str, one: Tenure, *, at: datetime) -> datetime:
    """Since when a key stands beside the others; the first one always did.

    That is the leaf before its first head, by which it was added. Where somebody died then and heads were signed before
    it came into office, it is the next leaf that was taken in, which may be still to come.
    """
    times = Event.objects.filter(shard=shard, position=max(one.first - 1, 0)).values_list("at", flat=True)
    return times.first() or at


@contextmanager
def _unsigned(shard: str) -> Iterator[Notary]:
    """No head is signed in the block. Its commit needs no signature, so whoever waits to sign keeps nobody here."""
    notary = Notary(shard)
    with notary.held():
        yield notary


@contextmanager
def _alone(shard: str) -> Iterator[None]:
    """One exchange at a time, of all processes."""
    folder = signer.later_keys(shard)
    with ExitStack() as held:
        try:
            held.enter_context(files.locked(folder / "lock"))
        except OSError as error:
            raise RotationError(f"Keys cannot be kept in {folder}: {error.strerror}. Nothing was changed.") from None
        yield
