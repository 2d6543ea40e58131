"""The operator's deeds on profiles: adopt one, and look at those that agreements may cite.

Like every deed of the console they are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.server.agreements import profiles
from mufakat.server.notices.faces import instant

if TYPE_CHECKING:
    from datetime import datetime

    from mufakat.rules.profile import Profile


class ProfileAdopt(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat profile adopt``."""

    text: str


class ProfileList(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat profile list``."""


class ProfileShow(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat profile show``."""

    name: str


def adopt(told: ProfileAdopt, at: datetime) -> Any:
    del at
    ref, new = profiles.take(told.text.encode())
    return {**_shown(ref), "new": new}


def listed(told: ProfileList, at: datetime) -> Any:
    del told, at
    adopted = {one["ref"]: instant(one["adopted_at"]) for one in profiles.adopted()}
    return [{**_shown(ref), "adopted_at": adopted.get(ref)} for ref in profiles.refs()]


def show(told: ProfileShow, at: datetime) -> Any:
    del at
    return {"text": profiles.text_of(told.name).decode()}


def _shown(ref: str) -> dict[str, Any]:
    found: Profile = profiles.load(ref)
    return {
        "ref": ref,
        "name": found.name,
        "title": found.title,
        "certainty": found.certainty.value,
        "based_on": found.based_on,
        "kinds": [rule.kind.value for rule in found.kinds],
        "points": [point.name for point in found.points],
    }
