"""The shapes of parties' keys and of what is signed with them, beyond what the structs say by themselves."""

from __future__ import annotations

from typing import Any

from mufakat.proof import leaf
from mufakat.server.api.shapes import BASE64, HANDLE, INSTANT, ONE_PAGE, Schema, an_id, or_null

_LABEL: Schema = {
    "type": "string",
    "pattern": f"^{leaf.LABEL}$",
    "description": "How a leaf's `sig` names the key.",
}
_SALT: Schema = {**BASE64, "minLength": 44, "maxLength": 44, "description": "32 random bytes that the signer drew."}
_SIGNATURE: Schema = {**BASE64, "minLength": 88, "maxLength": 88, "description": "An Ed25519 signature."}
_VKEY: Schema = {"pattern": r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*$", "description": "A C2SP verifier key."}
_INDEX: Schema = {"minimum": 0}

KEY_SHAPES: dict[str, dict[str, Schema]] = {
    "Given": {"k": _LABEL, "s": _SIGNATURE, "salt": or_null(_SALT)},
    "SignatureIn": {"k": _LABEL, "s": _SIGNATURE},
    "PartyKeyIn": {
        "vkey": _VKEY,
        "salt": _SALT,
        "signatures": {"description": "By the new key, then by one in force. The leaf has them in this order."},
    },
    "PartyKeyOut": {
        "id": an_id("key"),
        "party": HANDLE,
        "vkey": _VKEY,
        "label": _LABEL,
        "origin": {"minLength": 1, "description": "The log in which the key counts."},
        "event": {**an_id("evt"), "description": "Its enrolment."},
        "index": {**_INDEX, "description": "Where that leaf is in the log: from there on the key counts."},
        "salt": or_null({**BASE64, "description": "Opens the commitment `key` of that leaf."}),
        "enrolled_at": INSTANT,
        "retired_at": or_null(INSTANT),
        "retired_event": or_null(an_id("evt")),
        "retired_index": or_null({"type": "integer", **_INDEX, "description": "From there on it counts no more."}),
    },
    "PartyKeyList": {
        "party": HANDLE,
        "signs_for": {"minLength": 1, "description": "The log for which notices are signed now."},
        "keys_for": {"minLength": 1, "description": "The log for which the enrolment of a key is signed."},
        "next": ONE_PAGE,
    },
}

SIGNATURE: Schema = {
    "in": "header",
    "name": "Mufakat-Signature",
    "required": False,
    "description": (
        "What your party's key signed of this (docs/keys.md): `k=<label>; salt=<base64>; s=<base64>`. The salt is left "
        "out where nothing is hidden: of a delivery, and of an acknowledgement without a note."
    ),
    "schema": {
        "type": "string",
        "pattern": f"^k={leaf.LABEL}; (salt={leaf.DIGEST}; )?s={leaf.SIGNATURE}$",
    },
    "example": (
        "k=kominfo+bfdc5983; salt=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=; "
        "s=M4W1kjL989cKSaWhKHQGHEbFPS+3CQuu/06I3wYFAU1MXy4BZCAZb27tJgvc79x/B13wVfbk0tDdLOvd3vUEDg=="
    ),
}

PARAMETERS: dict[str, Schema] = {
    "party_key_retire key": {
        "description": "The id of a key of your party.",
        "schema": an_id("key"),
        "example": "key_01m8a8pb2jegd8cnwh8p119ex2",
    },
}

_KEY: dict[str, Any] = {
    "id": "key_01m8a8pb2jegd8cnwh8p119ex2",
    "party": "telegram",
    "vkey": "telegram+ea21a180+AefxYqEL7FWa/qGV5NzoS2lWjV0ssJY+tEbAaF4rF/Lw",
    "label": "telegram+ea21a180",
    "origin": "localhost/log/1",
    "event": "evt_01m8a8pb2jegd8cnwh8p119ex3",
    "index": 41,
    "salt": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "enrolled_at": "2026-11-26T19:09:54.898Z",
    "retired_at": None,
    "retired_event": None,
    "retired_index": None,
}
EXAMPLES: dict[str, Any] = {
    "PartyKeyIn": {
        "vkey": _KEY["vkey"],
        "salt": _KEY["salt"],
        "signatures": [
            {
                "k": _KEY["label"],
                "s": "q9/6FcZ2jLeQgKJTf0f1Qe2rREYbXoK6XVHZOypv9IbEwN74uN7GZzSAVbGcMig7/iR7Loh4YsnrBiyP3cCxCg==",
            }
        ],
    },
    "PartyKeyOut": _KEY,
    "PartyKeyList": {
        "party": "telegram",
        "must_sign": False,
        "signs_for": "localhost/log/1",
        "keys_for": "localhost/log/1",
        "items": [_KEY],
        "next": None,
    },
}
