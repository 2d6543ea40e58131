"""Both sides enrol keys and sign by the Python client; whoever has leaf and public keys sees who signed."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from tests.houses import NOTICE

from mufakat.client import Client, ProblemError
from mufakat.proof import leaf, party_keys, signed
from mufakat.proof.key import SigningKey
from mufakat.proof.signed import Outcome

if TYPE_CHECKING:
    from tests.houses import Server

OURS = SigningKey("kominfo", bytes(range(1, 33)))
NEXT = SigningKey("kominfo", bytes(range(97, 129)))
THEIRS = SigningKey("telegram", bytes(range(33, 65)))


def admin(server: Server, handle: str) -> str:
    """A token of the party's admin."""
    server.run("person", "enrol", f"admin@{handle}.example", "--party", handle, "--role", "admin-7", "--name", "Admin")
    return server.token(handle, "admin-7")


def signers(client: Client, notice: str, *keys: SigningKey) -> list[tuple[str, list[tuple[str, Outcome]]]]:
    found = [leaf.decode(base64.b64decode(one["leaf"])) for one in client.events(notice)]
    known = [key.verify_key for key in keys]
    origin = client.keys[0].name
    return [
        (one.type, [(each.party, each.outcome) for each in signed.check(one, origin=origin, keys=known)])
        for one in found
    ]


def test_both_sides_sign_and_everybody_sees_it(server: Server) -> None:
    ministry_admin, platform_admin = (Client(server.url, admin(server, one)) for one in ("kominfo", "telegram"))
    ministry = Client(server.url, server.token("kominfo", "officer"), signing_key=OURS)
    platform = Client(server.url, server.token("telegram", "representative"), signing_key=THEIRS)
    with ministry_admin, platform_admin, ministry, platform:
        for client in (ministry_admin, platform_admin, ministry, platform):
            client.trust()
        # (1) Before its key is enrolled a party signs nothing.
        with pytest.raises(ProblemError, match="no key in force"):
            ministry.submit(NOTICE)
        ministry_admin.enrol_key(OURS)
        platform_admin.enrol_key(THEIRS)
        # (2) Sent, fetched, acknowledged: each with a signature.
        taken = ministry.submit(NOTICE, key="first")
        assert ministry.submit(NOTICE, key="first").raw == taken.raw
        assert platform.take_delivery(taken.id).raw["notice"] == NOTICE
        assert platform.take_delivery(taken.id).id == taken.id
        assert platform.acknowledge(taken.id, note="Kami terima.").state == "acknowledged"
        assert signers(ministry, taken.id, OURS, THEIRS) == [
            ("notice.received", [("kominfo", Outcome.GOOD)]),
            ("notice.delivered", [("telegram", Outcome.GOOD)]),
            ("notice.acknowledged", [("telegram", Outcome.GOOD)]),
        ]
        # (3) Each notice of a batch.
        batch = ministry.submit_batch([{**NOTICE, "explanation": f"Placeholder {n}"} for n in range(3)] + [{}])
        assert [one["status"] for one in batch.items] == [201, 201, 201, 422]
        assert [signers(ministry, one["id"], OURS)[0][1] for one in batch.items[:3]] == [
            [("kominfo", Outcome.GOOD)]
        ] * 3
        # (4) The keys are everybody's to read; a further one is vouched for; a token alone sends nothing any more.
        listed = ministry.party_keys("kominfo")
        assert [one.key for one in party_keys.read(json.dumps(listed))] == [OURS.verify_key]
        with pytest.raises(ProblemError, match="in force"):
            ministry_admin.enrol_key(NEXT)
        ministry_admin.signing_key = OURS
        made = ministry_admin.enrol_key(NEXT)
        ministry_admin.require_signatures("kominfo")
        stolen = Client(server.url, ministry.token)
        with pytest.raises(ProblemError, match="Mufakat-Signature"):
            stolen.submit({**NOTICE, "explanation": "By a thief."})
        stolen.close()
        # (5) A retired key signs nothing from that moment on.
        ministry_admin.retire_key("kominfo", made["id"], reason="Lost.")
        ministry.signing_key = NEXT
        with pytest.raises(ProblemError, match="no key in force"):
            ministry.submit({**NOTICE, "explanation": "Late."})
