from __future__ import annotations

import dataclasses
import json

import pytest
from tests.houses import NOTICE

from mufakat.client import Client, ProblemError, UntrustedReceiptError
from mufakat.proof.key import SigningKey


def test_a_notice_goes_in_and_a_verified_receipt_comes_out(server, tmp_path):
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

        file = tmp_path / "capture.png"
        file.write_bytes(b"made-up bytes " * 100_000)
        digest = ministry.upload(file)
        named = {"name": file.name, "media_type": "image/png", "sha256": digest}
        assert ministry.submit({**NOTICE, "evidence": [named]}).state == "received"
        with file.open("r+b") as opened:
            opened.truncate(51 * 1024 * 1024)
        with pytest.raises(ProblemError, match="50 MiB"):
            ministry.upload(file)
        assert len(list(ministry.notices())) == 2  # The line that was refused early is let go.

        batch = ministry.submit_batch([{**NOTICE, "explanation": f"Placeholder {n}"} for n in range(3)] + [{}])
        assert [one["status"] for one in batch.items] == [201, 201, 201, 422]
        found = ministry.verify_batch(batch)
        assert found is not None
        assert found.count == 3

        # The receipt grows, and so does that of what the other side did.
        grown = ministry.receipt(taken.id, wait=10)
        event = ministry.events(taken.id)[1]["id"]
        of_the_answer = ministry.receipt(taken.id, grade="inclusion", event=event, wait=10)
        assert (grown.grade, grown.verified.leaf_hash) == ("inclusion", ministry.verify(taken).leaf_hash)
        assert of_the_answer.verified.leaf is not None
        assert of_the_answer.verified.leaf.type == "notice.acknowledged"
        with pytest.raises(ProblemError, match="No witness"):
            ministry.receipt(taken.id, grade="witnessed")

        with pytest.raises(UntrustedReceiptError):
            ministry.verify(dataclasses.replace(taken, id=batch.items[0]["id"]))
        with pytest.raises(ProblemError, match="other content"):
            ministry.submit(json.dumps({**NOTICE, "language": "en"}).encode(), key="first")
        ministry.keys = [SigningKey.generate("localhost/log/1").verify_key]
        with pytest.raises(UntrustedReceiptError):
            ministry.verify(taken)
