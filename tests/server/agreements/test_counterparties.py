"""Who is a side of an agreement in force is a counterparty, for as long as it is (I-18)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.server.agreements.talking import act, in_force, opened

from mufakat.rules.publicity import Standing
from mufakat.server.agreements import operations
from mufakat.server.notices import counterparties
from mufakat.server.parties import mandate_queries, mandates, queries

if TYPE_CHECKING:
    from tests.houses import House


def seen_from(house: House) -> Standing:
    """Where the ministry's officer stands before the service."""
    officer, service = house.caller("kominfo", "officer"), queries.party_by_handle("telegram")
    return counterparties.standing(officer, service, at=datetime.now(UTC))


@pytest.mark.invariant("I-18")
def test_the_sides_see_whom_to_call_from_when_it_is_in_force_until_it_ends(house: House) -> None:
    for mandate in mandate_queries.every("kominfo"):
        mandates.revoke(mandate.id, reason="A made-up placeholder.")
    found = [seen_from(house)]
    talks = opened()["id"]
    found.append(seen_from(house))
    act(talks, "terms", "agree", proposal=1)
    found.append(seen_from(house))
    by = house.caller("telegram", "representative")
    operations.end(talks, b'{"reason": "Anew."}', by=by, at=datetime.now(UTC))
    found.append(seen_from(house))
    assert found == [Standing.PUBLIC, Standing.PUBLIC, Standing.COUNTERPARTY, Standing.PUBLIC]


@pytest.mark.invariant("I-18")
def test_an_agreement_of_others_makes_nobody_a_counterparty(house: House) -> None:
    in_force()
    stranger = house.caller("isp-a", "engineer")
    service = queries.party_by_handle("telegram")
    assert counterparties.standing(stranger, service, at=datetime.now(UTC)) is Standing.PUBLIC
