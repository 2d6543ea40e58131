"""A notice is decided, carried out and undone, over HTTP, by the client."""

from __future__ import annotations

import pytest
from tests.houses import NOTICE

from mufakat.client import Client, ProblemError

GROUND = {"legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 28 ayat (2)"}}
DECISION = {
    "outcome": "act_full",
    "items": [{"locator": 0, "measure": measure} for measure in ("disable", "terminate_account")],
    "ground": GROUND,
    "facts": "A made-up placeholder was seen.",
    "reasons": "It meets every element of the provision.",
    "language": "en",
    "automated": {"detection": False, "decision": "none"},
}


def test_a_decision_is_made_approved_carried_out_and_verified(server):
    with (
        Client(server.url, server.token("kominfo", "officer")) as ministry,
        Client(server.url, server.token("telegram", "reviewer")) as reviewer,
        Client(server.url, server.token("telegram", "reviewer-2")) as second,
    ):
        ministry.trust()
        reviewer.trust()
        notice = ministry.submit(NOTICE).id
        reviewer.acknowledge(notice)
        # Incomplete reasons: every fault at once, and nothing is stored.
        with pytest.raises(ProblemError) as refused:
            reviewer.decide(notice, {**DECISION, "facts": None, "ground": None})
        assert {fault["pointer"] for fault in refused.value.errors} == {"/facts", "/ground"}
        made = reviewer.decide(notice, DECISION, key="first")
        assert reviewer.decide(notice, DECISION, key="first").raw == made.raw
        assert reviewer.verify(made).notice == notice
        # The sender reads it with its reasons; the code is the platform's to hand out.
        shown = ministry.decision(made.id)
        assert (shown.outcome, shown.raw["reasons"], "appeal" in shown.raw) == ("act_full", DECISION["reasons"], False)
        assert reviewer.decision(made.id).raw["appeal"]["url"].startswith("/appeal/")
        # What cannot be undone waits for a second person; the rest is carried out.
        waiting = {one["measure"]: one["id"] for one in reviewer.measures()}
        with pytest.raises(ProblemError):
            reviewer.approve_measure(waiting["terminate_account"])
        assert second.approve_measure(waiting["terminate_account"], note="Agreed.")["state"] == "ordered"
        assert reviewer.confirm_measure(waiting["disable"])["state"] == "confirmed"
        assert reviewer.fail_measure(waiting["terminate_account"], reason="Not ours.")["state"] == "failed"
        assert list(reviewer.measures()) == []
        assert [one["id"] for one in reviewer.measures(state="failed")] == [waiting["terminate_account"]]
        assert reviewer.give_reasons(str(made.statement), how="in_service")["given_how"] == "in_service"
        types = [event["type"] for event in ministry.events(notice)]
        assert types[-5:] == [
            *("decision.made", "measure.approved", "measure.confirmed", "measure.failed", "reasons.given")
        ]


def test_a_second_person_declines_and_a_refusal_needs_as_much(server):
    with (
        Client(server.url, server.token("kominfo", "officer")) as ministry,
        Client(server.url, server.token("telegram", "reviewer")) as reviewer,
        Client(server.url, server.token("telegram", "reviewer-2")) as second,
    ):
        notices = [ministry.submit({**NOTICE, "explanation": f"Placeholder {number}."}).id for number in range(2)]
        for notice in notices:
            reviewer.acknowledge(notice)
        made = reviewer.decide(notices[0], DECISION)
        proposed = next(one["id"] for one in made.measures if one["state"] == "proposed")
        assert second.decline_measure(proposed, reason="Disabling is enough.")["state"] == "declined"
        refusing = {**DECISION, "outcome": "refuse", "refusal": "not_illegal", "items": []}
        refused = reviewer.decide(notices[1], refusing)
        assert (refused.state, refused.measures, refused.statement is None) == ("standing", [], False)
