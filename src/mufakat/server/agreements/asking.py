"""What the agreements in force ask of notices and of decisions, as plain values for the rules that judge them.

At the door of notices it is asked for every one, also in the event loop, which must not wait for the database: so all
of it is read at once, and remembered as the directory and the mandates are. What was agreed for a later time stands in
it with that time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.admissibility import moment_of
from mufakat.rules.agreement import FRAME, PointState
from mufakat.rules.asked import Under
from mufakat.rules.notice import Category, MeasureName
from mufakat.server.agreements import beginning, pairing, profiles, tables
from mufakat.server.agreements.models import Governing, Point, Version
from mufakat.server.parties.queries import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mufakat.rules.profile import Profile

ASKED = "asked"
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asks:
    """What is asked from a time until another."""

    under: Under
    from_at: datetime
    until: datetime | None


Asking = dict[str, dict[str, list[Asks]]]
"""Sender → recipient (ids of parties) → what is asked, the newest first."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a version says of decisions: which measures may be taken, which of them by a machine alone (I-06)."""

    profile: Profile
    automatic: frozenset[MeasureName]


def remembered_asking() -> Asking | None:
    """What ``asking`` would find, where it is remembered."""
    found: Asking | None = remembered.get(ASKED)
    return found


def asking() -> Asking:
    """What is asked of the notices of each pair that has an agreement."""
    since = remembered.changes
    found = remembered_asking()
    if found is None:
        found = remembered.put(ASKED, _read(), since=since)
    return found


def under(between: Sequence[Asks], *, at: datetime) -> Under | None:
    """What governs notices between two at a time; None where nothing does."""
    return next((one.under for one in between if one.from_at <= at and (one.until is None or at < one.until)), None)


def agreed(version: int | None) -> Agreed | None:
    """What a version says of decisions; None where a notice runs under no agreement."""
    if version is None:
        return None
    ref, frame = Version.objects.values_list("profile", "frame").get(pk=version)
    return Agreed(profiles.load(ref), frozenset(map(MeasureName, frame.get("automatic") or ())))


def under_of(version: int) -> Under:
    """The profile that a version names, and the categories that it narrows it to."""
    return _under(*Version.objects.values_list("profile", "frame").get(pk=version))


def _read() -> Asking:
    """What is asked now, and what was agreed for later: at its time the door judges by it, whoever writes first."""
    found: Asking = {}
    for pair, asks in (*_agreed_for_later(), *_in_force()):
        found.setdefault(pair[0], {}).setdefault(pair[1], []).append(asks)
    return found


def _in_force() -> Iterator[tuple[tuple[str, str], Asks]]:
    """What is in force is so at every time until it ends: a clock that was set back asks nothing else."""
    rows = Governing.objects.filter(until=None)
    for sender, recipient, ref, frame in rows.values_list(
        "sender_id", "recipient_id", "version__profile", "version__frame"
    ):
        yield (sender, recipient), Asks(_under(ref, frame), EVER, moment_of(frame.get("ends_at") or ""))


def _agreed_for_later() -> Iterator[tuple[tuple[str, str], Asks]]:
    """Frames that everybody signed and whose time has not come; the last to begin first."""
    points = Point.objects.filter(name=FRAME, state=PointState.AGREED.value).order_by("-from_at", "-pk")
    for point in points.select_related("agreement"):
        frame = beginning.newest(point).frame
        if frame is None or point.from_at is None:
            continue
        plain: dict[str, Any] = msgspec.to_builtins(frame)
        asks = Asks(_under(frame.profile, plain), point.from_at, moment_of(frame.ends_at or ""))
        for pair in pairing.ids_of(tables.kinds_of(point.agreement)):
            yield pair, asks


def _under(ref: str, frame: Mapping[str, Any]) -> Under:
    narrowed = frame.get("categories")
    return Under(profiles.load(ref), None if narrowed is None else frozenset(map(Category, narrowed)))
