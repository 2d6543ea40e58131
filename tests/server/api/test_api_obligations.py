"""Obligations over HTTP: for both sides alike, and for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.server.api import negotiated
from tests.server.api.contract import breaches, described
from tests.server.api.doors import get
from tests.server.governance.agreed import agree, look, owed, show

from mufakat.rules.obligation import ObligationState

if TYPE_CHECKING:
    from tests.houses import House

SAME = [owed("confirmed"), owed("evidence_given"), owed("review_held"), owed("list_synchronised")]


def path_of(agreement: str) -> str:
    return f"{negotiated.AGREEMENTS}/{agreement}/obligations"


def test_real_answers_about_obligations_are_as_the_schema_says(house: House) -> None:
    agreement = negotiated.in_force(house)["id"]
    schema = described()
    found = []
    for judged in (False, True):
        if judged:
            look(at=datetime.now(UTC))
        tokens = (negotiated.ministry(house), negotiated.service(house), house.token("bnpt", "officer"), "")
        places = (path_of(agreement), path_of("agr_nothing"))
        found += [("GET", place, get(place, token)) for token in tokens for place in places]
    assert [fault for method, path, answer in found for fault in breaches(schema, method, path, answer)] == []
    assert {answer.status for _, _, answer in found} == {200, 401, 404}


def test_both_sides_read_the_same_table(house: House) -> None:
    agreement = agree({"ours": ("kominfo", SAME), "theirs": ("telegram", SAME)})
    show(agreement, "ours", "kominfo")
    show(agreement, "theirs", "telegram")
    look(at=datetime.now(UTC))
    told = [get(path_of(agreement), token).json() for token in (negotiated.ministry(house), negotiated.service(house))]
    assert told[0] == told[1]
    ministry, service = told[0]["sides"]
    assert (ministry["party"], service["party"]) == ("kominfo", "telegram")
    assert ministry["counts"] == service["counts"] == {"kept": 1, "due": 2, "late": 0, "broken": 0, "not_measured": 1}
    rows = [[(one["kind"], one["state"]) for one in side["obligations"]] for side in (ministry, service)]
    assert rows[0] == rows[1]
    assert set(ministry["counts"]) == set(ObligationState)


@pytest.mark.invariant("I-10")
def test_what_others_owe_each_other_is_not_found(house: House) -> None:
    agreement = agree({"theirs": ("telegram", SAME)})
    look(at=datetime.now(UTC))
    assert get(path_of(agreement), house.token("bnpt", "officer")).status == 404
