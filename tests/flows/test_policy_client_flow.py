"""A policy from proposal to its end, from end to end: the Python client, a server process, two reviewers."""

from __future__ import annotations

import io
import json
from contextlib import ExitStack

import pytest

from mufakat.client import Client, ProblemError

POLICY = """\
policy: orchard
version: 1
rules:
  - name: post-label
    mode: live
    when: {any_of: [{kind: post}]}
    then: label
    reason: {id: Sebuah kiriman., en: A post.}
"""
"""It asks for no bank, so that none is needed."""
ITEM = {"at": "2026-11-26T12:00:00Z", "visibility": "public", "kind": "post", "text": "selamat pagi"}


@pytest.fixture
def seated(server):
    """A client of any seat, closed afterwards."""
    with ExitStack() as stack:

        def client(handle, seat):
            return stack.enter_context(Client(server.url, server.token(handle, seat)))

        yield client


def lines(*, private=0):
    told = [{**ITEM, "item": f"m{number}"} for number in range(3)]
    told += [{**ITEM, "item": f"p{number}", "visibility": "private"} for number in range(private)]
    return b"".join(json.dumps(one).encode() + b"\n" for one in told)


def test_a_policy_is_proposed_tried_run_in_shadow_promoted_and_taken_back(seated, tmp_path):
    first, second = seated("telegram", "reviewer"), seated("telegram", "reviewer-2")
    made = first.propose_policy(POLICY, note="The first.", key="proposal")
    assert first.propose_policy(POLICY, note="The first.", key="proposal") == made
    file = tmp_path / "items.ndjson"
    file.write_bytes(lines(private=2))
    sample = first.add_sample(file, name="last week", key="sample")
    assert (sample["items"], sample["private"]) == (3, 2)
    assert first.add_sample(io.BytesIO(lines(private=2)), name="last week", key="sample") == sample
    tried = first.try_policy(made["id"], sample["id"])
    assert (tried["changed"], tried["table"]["rows"][0]["after"]["rule"]) == (3, "post-label")
    assert first.shadow_policy(made["id"])["state"] == "shadow"
    with pytest.raises(ProblemError) as refused:
        first.promote_policy(made["id"], backtest=tried["id"])
    assert refused.value.status == 403
    live = second.promote_policy(made["id"], backtest=tried["id"], note="Looked at the samples.")
    assert (live["state"], live["banks_changed"]) == ("live", [])
    assert [one["id"] for one in first.policies(state="live")] == [made["id"]]
    assert first.backtest(made["id"], tried["id"]) == tried
    assert list(first.policy_counts(made["id"])) == []
    ended = second.end_policy(made["id"], reason="It hit recipes.", restore=True)
    assert (ended["state"], first.policy(made["id"])["reason"]) == ("ended", "It hit recipes.")


def test_a_sample_is_gone_when_it_is_erased(seated):
    reviewer = seated("telegram", "reviewer")
    sample = reviewer.add_sample(io.BytesIO(lines()), name="last week")
    assert reviewer.erase_sample(sample["id"])["erased_at"] is not None
    assert reviewer.sample(sample["id"])["erased_at"] is not None
    assert [one["id"] for one in reviewer.samples()] == [sample["id"]]
    made = reviewer.propose_policy(POLICY)
    with pytest.raises(ProblemError, match="erased"):
        reviewer.try_policy(made["id"], sample["id"])
    assert reviewer.decline_policy(made["id"], reason="Not needed.")["state"] == "declined"


def test_another_party_finds_nothing(seated):
    made = seated("telegram", "reviewer").propose_policy(POLICY)
    with pytest.raises(ProblemError) as refused:
        seated("kominfo", "officer").policy(made["id"])
    assert refused.value.status == 403
