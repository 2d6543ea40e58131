"""What the leaf of a new notice commits to, field by field (`events.COMMITTED`): the openings lie beside it.

`explanation`, `locators` and the ground are what the sender wrote, and go with their classes (`retention`); `payload`
is a digest. `subject` is codes, days and names of ours: it stays, and with it what the register is made of (I-12).
"""

import msgspec

from mufakat.rules.admissibility import Admitted


def committed(admitted: Admitted, *, profile: str) -> dict[str, bytes]:
    """Name → value of every field that a notice commits to; `profile` is the name of the rules it runs by."""
    draft = admitted.draft
    subject = {
        "kind": admitted.kind,
        "category": draft.category,
        "urgency": draft.effective_urgency,
        "measures_asked": draft.requested_measures or (),
        "territory": draft.territory or (),
        "profile": profile,
    }
    return {
        "payload": admitted.sha256,
        "locators": msgspec.json.encode([found.canonical for found in admitted.locators]),
        "explanation": draft.explanation.encode(),
        "legal_ground": msgspec.json.encode({"legal_ground": draft.legal_ground, "terms_ground": draft.terms_ground}),
        "subject": msgspec.json.encode(subject),
    }
