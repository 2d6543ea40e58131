"""What the leaf of a new notice commits to, field by field (`events.COMMITTED`): the openings lie beside it.

`explanation`, `locators` and the ground are what the sender wrote, and go with their classes (`retention`); `payload`
is a digest. `subject` is codes, days and names of ours: it stays, and with it what the register is made of (I-12).
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from mufakat.rules.admissibility import Admitted, moment_of
from mufakat.rules.entry import instant
from mufakat.rules.profile_shape import Profile


def committed(admitted: Admitted, *, profile: str, publication: Mapping[str, Any] | None = None) -> dict[str, bytes]:
    """Name → value of every field that a notice commits to; `profile` is the reference of the rules it runs by.

    `publication` is by what an adopted profile publishes later (`delay_of`): the register knows no text of a profile
    but those of the package, and is made of what happened alone.
    """
    draft = admitted.draft
    silence = draft.non_disclosure
    subject: dict[str, Any] = {
        "kind": admitted.kind,
        "category": draft.category,
        "urgency": draft.effective_urgency,
        "measures_asked": draft.requested_measures or (),
        "territory": draft.territory or (),
        "profile": profile,
    }
    if publication is not None:
        subject["publication"] = publication
    ground: dict[str, Any] = {"legal_ground": draft.legal_ground, "terms_ground": draft.terms_ground}
    if silence is not None:
        end = moment_of(silence.until)
        subject["non_disclosure"] = {"until": instant(end) if end is not None else None}
        ground["non_disclosure"] = silence.legal_ground
    return {
        "payload": admitted.sha256,
        "locators": msgspec.json.encode([found.canonical for found in admitted.locators]),
        "explanation": draft.explanation.encode(),
        "legal_ground": msgspec.json.encode(ground),
        "subject": msgspec.json.encode(subject),
    }


def delay_of(profile: Profile) -> dict[str, Any] | None:
    """By what a profile publishes later, as a notice commits to it; None where it publishes at once."""
    if profile.publication is None:
        return None
    calendars = [one for one in profile.calendars if one.name == profile.publication.delay.calendar]
    found: dict[str, Any] = msgspec.to_builtins({"delay": profile.publication.delay, "calendars": calendars})
    return found
