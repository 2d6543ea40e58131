from __future__ import annotations

import dataclasses
import json

import pytest
from tests.houses import NOTICE

from mufakat.client import Client, ProblemError, UntrustedReceiptError
from mufakat.proof.key import SigningKey


def test_a_notice_goes_in_and_a_verified_receipt_comes_out(server):
    with (
        Client(server.url, server.token("kominfo", "officer")) as ministry,
        Client(server.url, server.token("telegram", "representative")) as platform,
    ):
        ministry.trust()
        taken = ministry.submit(NOTICE, key="first")
        assert ministry.verify(taken).notice == taken.id
        assert ministry.submit(NOTICE, key="first").raw == taken.raw
        assert platform.acknowledge(taken.id, note="made up").state == "acknowledged"
        assert [one.state for one in ministry.notices()] == ["acknowledged"]
        assert [one["type"] for one in ministry.events(taken.id)] == ["notice.received", "notice.acknowledged"]
        assert ministry.notice(taken.id).raw["notice"] == NOTICE

        batch = ministry.submit_batch([{**NOTICE, "explanation": f"Placeholder {n}"} for n in range(3)] + [{}])
        assert [one["status"] for one in batch.items] == [201, 201, 201, 422]
        found = ministry.verify_batch(batch)
        assert found is not None
        assert found.count == 3

        with pytest.raises(UntrustedReceiptError):
            ministry.verify(dataclasses.replace(taken, id=batch.items[0]["id"]))
        with pytest.raises(ProblemError, match="other content"):
            ministry.submit(json.dumps({**NOTICE, "language": "en"}).encode(), key="first")
        ministry.keys = [SigningKey.generate("localhost/log/1").verify_key]
        with pytest.raises(UntrustedReceiptError):
            ministry.verify(taken)
