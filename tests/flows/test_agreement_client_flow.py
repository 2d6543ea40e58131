"""Two programs settle an agreement over HTTP, one signs with a key of its party, and a notice cites what came of it."""

from __future__ import annotations

import base64

import pytest
from tests.houses import NOTICE
from tests.server.agreements.talking import TITLE, frame, terms, text

from mufakat.client import Client, ProblemError
from mufakat.proof.key import SigningKey, VerifyKey
from mufakat.rules import agreement_text

POINTS = [{"name": "terms", **frame()}, {"name": "representative", **terms()}]


def test_an_agreement_is_settled_by_two_programs_and_signed_with_a_key(server):
    signer = SigningKey.generate("telegram.example/2017")
    server.run("party", "key", "enrol", "telegram", signer.vkey)
    with (
        Client(server.url, server.token("kominfo", "approver")) as ministry,
        Client(server.url, server.token("telegram", "representative")) as service,
    ):
        sop = {"title": TITLE, "parties": ["kominfo", "telegram"], "points": POINTS}
        made = ministry.open_talks(sop, key="sop-2017")
        assert ministry.open_talks(sop, key="sop-2017") == made
        here, there = made["id"], (made["id"], "representative")
        newer = terms(text=text("within a day"))
        service.act_on_point(*there, {"act": "counter", "proposal": 1, "terms": newer, "note": "A day is needed."})
        with pytest.raises(LookupError, match="proposal 2 of representative is on the table"):
            service.agree(*there, proposal=1, signer=signer)
        with pytest.raises(ProblemError, match="Proposal 2 is on the table"):
            ministry.agree(*there, proposal=1)
        ministry.agree(*there, proposal=2)
        agreed = service.agree(here, "terms", proposal=1, signer=signer, note="As discussed.")
        assert (agreed["state"], agreed["version"]) == ("in_force", 1)
        assert [one["id"] for one in service.agreements(state="in_force")] == [here]
        (point,) = [one for one in agreed["points"] if one["name"] == "terms"]
        (signature,) = [one for one in point["proposals"][0]["signatures"] if one["key"]]
        signed = agreement_text.text_in(agreed, "terms", 1).encode()
        assert VerifyKey.parse(signature["key"]).verifies(base64.b64decode(signature["signature"]), signed)
        with Client(server.url, server.token("kominfo", "officer")) as officer:
            notice = officer.submit(NOTICE).raw
        assert notice["agreement"] == {"id": here, "version": 1}
        cited = service.agreement_version(here, 1)
        assert (notice["profile"], len(cited["points"])) == (cited["profile"], 2)
        for one, named in ((ministry, ""), (service, "id-mr5-2020")):
            found = one.rehearsal(here, notices=10, profile=named)
            assert (found["notices"], found["profile"].partition("@")[0]) == (1, named or "id-2017")
        service.show_evidence(*there, {"note": "The letter.", "files": [{"name": "letter.pdf", "sha256": "ab" * 32}]})
        assert ministry.end_agreement(here, reason="Both begin anew.")["state"] == "ended"
        assert ministry.agreement_version(here, 1)["until"] is not None
