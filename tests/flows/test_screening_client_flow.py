"""A platform screens its own content, from end to end: the Python client, a server process, its worker."""

from __future__ import annotations

import pytest
from tests.server.filters.screened import BLOCK, HOLD, LABEL, PLACE, WARN, inside
from tests.server.filters.seeding import seed

from mufakat.client import Client, ProblemError


def item(text, number, **more):
    told = {"item": f"{PLACE}{number}", "at": "2026-11-26T09:00:00Z", "visibility": "public", "kind": "post"}
    return {**told, "text": text, **more}


@pytest.fixture
def platform(stopped_server):
    with inside(stopped_server):
        seed()
    stopped_server.start()
    with Client(stopped_server.url, stopped_server.token("telegram", "reviewer")) as client:
        yield client


def test_what_is_held_waits_for_a_reviewer_who_blocks_it_with_reasons(platform):
    held = platform.screen(item(HOLD, 1))
    assert (held["action"], held["state"]) == ("hold", "held")
    assert [one["id"] for one in platform.hits(state="held")] == [held["hit"]]
    assert platform.hit(held["hit"])["item"]["text"] == HOLD
    made = platform.block_hit(held["hit"], note="Seen.", key="block")
    assert platform.block_hit(held["hit"], note="Seen.", key="block") == made
    decision = platform.decision(made["decision"])
    assert (decision.outcome, decision.raw["automated"]) == ("act_full", {"detection": True, "decision": "partial"})
    assert decision.raw["appeal"]["code"]
    assert [one["measure"] for one in decision.measures] == ["disable"]


def test_many_are_screened_in_their_order_and_what_is_private_is_refused_in_its_place(platform):
    texts = [LABEL, WARN, LABEL, BLOCK]
    items = [item(text, number) for number, text in enumerate(texts)] + [item(BLOCK, 9, visibility="private")]
    found = list(platform.screen_batch(items))
    assert [one.get("action") for one in found] == ["none", "warn", "none", "block", None]
    assert (found[3]["state"], found[4]["line"], found[4]["problem"]["status"]) == ("held", 5, 422)
    assert [one["state"] for one in platform.hits()] == ["held", "told"]
    assert list(platform.screen_batch(items))[:4] == found[:4]
    assert len(list(platform.hits())) == 2


def test_a_thousand_portions_go_in_one_request(platform):
    found = list(platform.screen_batch(item(WARN if number % 500 == 0 else LABEL, number) for number in range(6_000)))
    assert sum(one["action"] == "warn" for one in found) == 12
    assert [one["item"] for one in found] == [f"{PLACE}{number}" for number in range(6_000)]


def test_what_is_no_item_is_said_with_its_place(platform):
    with pytest.raises(ProblemError, match="/at"):
        platform.screen({"item": "a"})
    released = platform.screen(item(HOLD, 2))
    assert platform.release_hit(released["hit"], note="A quotation.")["state"] == "released"
    with pytest.raises(ProblemError, match="does not take this step"):
        platform.release_hit(released["hit"])
