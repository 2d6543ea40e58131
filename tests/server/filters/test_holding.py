"""What is held waits for a reviewer: released, blocked by a decision with its reasons, or let go by itself in time."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.server.appeals.contesting import Contest, said
from tests.server.filters.screened import BLOCK, HOLD, PLACE, item, screen
from tests.server.filters.seeding import seed

from mufakat.formats import policies
from mufakat.rules.errors import BadScreeningError, NotFoundError, NotPermittedError, ScreeningStandsError
from mufakat.rules.filtering import HOLD as DAY
from mufakat.server.decisions.models import Decision, Measure
from mufakat.server.filters import holding, operations, restoring, texts
from mufakat.server.filters.holding import NothingPointedAtError
from mufakat.server.filters.models import Hit
from mufakat.server.journal.models import Event
from mufakat.server.notices.models import Notice
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from tests.houses import House


def decide(deed: Any, hit: str, told: dict[str, Any] | None = None, *, seat: str = "reviewer-2") -> dict[str, Any]:
    by = parties.caller_by_seat("telegram", seat)
    found: dict[str, Any] = msgspec.json.decode(deed(hit, json.dumps(told or {}).encode(), by=by).body)
    return found


def held(text: str = HOLD, **more: Any) -> str:
    seed()
    return str(screen(item(text, **more))["hit"])


def test_a_reviewer_lets_it_go(house: House) -> None:
    del house
    found = decide(operations.release, held(), {"note": "A quotation."})
    assert (found["state"], found["decided_by"], found["note"]) == ("released", "reviewer-2", "A quotation.")
    types = Event.objects.filter(case=found["id"]).order_by("position").values_list("type", flat=True)
    assert list(types)[-1] == "hit.released"


@pytest.mark.invariant("I-05")
def test_a_reviewer_blocks_it_by_a_decision_of_his_own(house: House) -> None:
    del house
    found = decide(operations.block, held())
    decision = Decision.objects.get(pk=found["decision"])
    assert (found["state"], decision.automation, decision.detection, decision.code_digest is not None) == (
        "blocked",
        "partial",
        True,
        True,
    )
    assert decision.person_id == parties.caller_by_seat("telegram", "reviewer-2").person_id
    assert (Notice.objects.get().kind, Measure.objects.get().name) == ("own_detection", "disable")


def test_the_writer_reads_no_policy_for_a_block(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    del house
    hit, read, parse = held(), [], policies.parse

    def parsed(raw: bytes, **told: Any) -> Any:
        read.append(threading.current_thread().name)
        return parse(raw, **told)

    texts.rules_of.cache_clear()
    monkeypatch.setattr(policies, "parse", parsed)
    assert decide(operations.block, hit)["state"] == "blocked"
    assert read == [threading.current_thread().name]


def test_what_he_says_himself_goes_before_what_the_rule_says(house: House) -> None:
    del house
    ground = {"legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 27 ayat (2)"}}
    found = decide(
        operations.block, held(), {"measure": "remove", "ground": ground, "reasons": "A made-up placeholder."}
    )
    assert Measure.objects.get().name == "remove"
    event = Event.objects.get(case=found["notice"], type="decision.made")
    said = {one.field: bytes(one.value or b"") for one in event.openings.all()}
    assert said["reasons"].startswith(b"A made-up placeholder. ")
    assert msgspec.json.decode(said["ground"]) == ground


def test_what_was_decided_is_not_decided_again(house: House) -> None:
    del house
    hit = held()
    decide(operations.release, hit)
    with pytest.raises(ScreeningStandsError):
        decide(operations.block, hit)
    assert Decision.objects.count() == 0


def test_what_points_at_nothing_can_be_let_go_alone(house: House) -> None:
    del house
    hit = held(name="message 17")
    with pytest.raises(NothingPointedAtError):
        decide(operations.block, hit)
    assert decide(operations.release, hit)["state"] == "released"


@pytest.mark.parametrize("told", [{"measure": "terminate_account"}, {"ground": {}}, {"reason": "x"}, {"note": 1}])
def test_what_cannot_be_taken_is_named(house: House, told: dict[str, Any]) -> None:
    del house
    with pytest.raises(BadScreeningError):
        decide(operations.block, held(), told)


@pytest.mark.invariant("I-10")
def test_nobody_else_decides_on_it_or_knows_of_it(house: House) -> None:
    hit = held()
    for handle, seat in (("kominfo", "officer"), ("telegram", "representative")):
        with pytest.raises(NotPermittedError):
            operations.release(hit, b"", by=house.caller(handle, seat))
    with pytest.raises(NotFoundError):
        operations.release("hit_00000000000000000000000000", b"", by=house.caller("telegram", "reviewer"))


def test_a_hold_ends_by_itself(house: House) -> None:
    del house
    hit = held()
    row = Hit.objects.get(pk=hit)
    assert row.due_at == row.at + DAY
    assert holding.sweep(at=row.at + DAY - timedelta(seconds=1)).done == 0
    assert holding.sweep(at=row.at + DAY).done == 1
    row.refresh_from_db()
    event = Event.objects.get(case=hit, type="hit.released")
    assert (row.state, row.decided_by_id, event.sender, event.recipient) == ("released", None, "mufakat", "telegram")
    assert holding.sweep(at=row.at + 2 * DAY).done == 0


@pytest.mark.invariant("I-08")
def test_an_appeal_that_succeeds_restores_the_hit(house: House) -> None:
    found = decide(operations.block, held(BLOCK))
    contest = Contest(house, at=datetime.now(UTC) + timedelta(hours=1))
    lodged = said(contest.lodge_by_code({"id": found["decision"]}))
    contest.resolve(lodged, by=("telegram", "reviewer"))
    contest.work()
    row = Hit.objects.get()
    assert (row.state, Decision.objects.get().state, Measure.objects.get().state) == (
        "restored",
        "reversed",
        "reverting",
    )
    assert Event.objects.filter(type="decision.reversed").count() == 0  # The appeal said so.
    assert Event.objects.filter(type="hit.restored").count() == 1
    assert restoring.sweep(at=datetime.now(UTC)).done == 0
    assert screen(item(BLOCK, name=f"{PLACE}1"))["action"] == "none"
