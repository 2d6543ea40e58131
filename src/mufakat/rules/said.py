"""What the leaf of a new notice commits to, field by field (`events.COMMITTED`): the openings lie beside it.

`explanation`, `locators` and the ground are what the sender wrote, and go with their classes (`retention`); `payload`
is a digest. `subject` is codes, days and names of ours: it stays, and with it what the register is made of (I-12).
"""

from typing import Any

import msgspec

from mufakat.rules.admissibility import Admitted, moment_of
from mufakat.rules.entry import instant


def committed(admitted: Admitted, *, profile: str) -> dict[str, bytes]:
    """Name → value of every field that a notice commits to; `profile` is the name of the rules it runs by."""
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
