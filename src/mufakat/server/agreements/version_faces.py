"""A version of an agreement by itself, as a notice cites it: the frame, and every point with what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules.errors import NotFoundError
from mufakat.server.agreements.faces import VersionOut

if TYPE_CHECKING:
    from mufakat.server.agreements.queries import Whole


class PointInForceOut(msgspec.Struct, frozen=True):
    """A point of a version: its terms as everybody signed them, and the SHA-256 of their RFC 8785 bytes."""

    name: str
    version: int
    terms: dict[str, Any]
    sha256: str


class VersionShownOut(msgspec.Struct, frozen=True):
    """What was in force by this version, from when until when; `event` is its leaf's."""

    agreement: str
    number: int
    from_at: str
    until: str | None
    profile: str
    points: list[PointInForceOut]
    event: str
    links: dict[str, str]

    @classmethod
    def of(cls, whole: Whole, number: int) -> VersionShownOut:
        """Raises NotFoundError where the agreement has no such version."""
        row = next((one for one in whole.versions if one.number == number), None)
        if row is None:
            raise NotFoundError("version")
        shown = VersionOut.of(row)
        agreement = whole.row.id
        points = [
            PointInForceOut(point.name, point.version, msgspec.json.decode(signed.terms), signed.sha256)
            for point in whole.points
            if row.points.get(point.name) == point.version
            for signed in list(point.proposed.all())[-1:]
        ]
        base = f"/api/v1/agreements/{agreement}"
        links = {"self": f"{base}/versions/{number}", "agreement": base}
        known = (agreement, shown.number, shown.from_at, shown.until, shown.profile)
        return cls(*known, points, shown.event, links)
