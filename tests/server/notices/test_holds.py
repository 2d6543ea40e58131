"""Legal holds: whatever is ordered and however much time passes, nothing of a held notice is erased."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.houses import House, copied, dropped, move_to
from tests.server.api.doors import rows
from tests.server.notices import erasing
from tests.server.notices.test_notices_operations import at_once

from mufakat.proof import leaf as leaves
from mufakat.rules.errors import BadReasonError, HeldError, NotFoundError
from mufakat.server.journal import door
from mufakat.server.journal.models import Outbox
from mufakat.server.notices import erasure, holds, queries
from mufakat.server.notices.models import Hold, Payload

if TYPE_CHECKING:
    from pathlib import Path

WHY = "Evidence in a lawsuit."


def whole(notice: str) -> bool:
    return Payload.objects.filter(notice=notice, erased_at=None).exists()


def test_a_held_notice_is_not_erased_and_the_refusal_names_the_hold(house: House) -> None:
    notice = house.submit().subject
    hold = holds.place(notice, reason=WHY)
    before = rows()
    with pytest.raises(HeldError) as refused:
        erasure.erase(notice, reason="An order.")
    assert hold.hold in str(refused.value)
    assert WHY not in str(refused.value)
    assert (whole(notice), rows()) == (True, before)


def test_a_released_notice_can_be_erased(house: House) -> None:
    notice = house.submit().subject
    holds.place(notice, reason=WHY)
    holds.release(notice, reason="Settled.")
    assert erasure.erase(notice, reason="An order.").event is not None


@pytest.mark.invariant("I-03")
def test_placing_and_releasing_are_an_event_each_that_both_parties_see(house: House) -> None:
    notice = house.submit().subject
    hold = holds.place(notice, reason=WHY)
    holds.release(notice, reason="Settled.")
    (placed,), (released,) = (erasing.events_of(notice, f"hold.{type_}") for type_ in ("placed", "released"))
    assert placed.id == hold.hold
    assert leaves.decode(bytes(placed.leaf)).ref == (queries.first_event(notice).id,)
    assert leaves.decode(bytes(released.leaf)).ref == (placed.id,)
    assert erasing.opened(placed) == {"reason": WHY.encode()}
    for event in (placed, released):
        assert (event.sender, event.recipient) == ("mufakat", "kominfo")
        assert {one.to for one in Outbox.objects.filter(event=event)} == {"party:kominfo", "party:telegram"}
    erasing.require_proofs([notice])


def test_a_second_hold_is_refused(house: House) -> None:
    notice = house.submit().subject
    holds.place(notice, reason=WHY)
    before = rows()
    with pytest.raises(HeldError):
        holds.place(notice, reason="Another.")
    assert rows() == before


def test_two_holds_at_once_are_one(house: House) -> None:
    notice = house.submit().subject
    outcomes = at_once(*[lambda: holds.place(notice, reason=WHY)] * 6)
    assert sum(isinstance(one, holds.Placed) for one in outcomes) == 1
    assert Hold.objects.count() == 1


def test_the_database_itself_takes_one_open_hold_of_a_notice(house: House) -> None:
    notice = house.submit().subject
    holds.place(notice, reason=WHY)
    row: dict[str, Any] = {"notice_id": notice, "event": "evt_x", "placed_by": "mufakat", "placed_at": erasing.later()}
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Hold.objects.create(**row))


def test_a_hold_is_not_released_before_it_is_placed(house: House) -> None:
    notice = house.submit().subject
    at = datetime.now(UTC)
    row: dict[str, Any] = {"notice_id": notice, "event": "evt_x", "placed_by": "mufakat", "placed_at": at}
    with pytest.raises(IntegrityError, match="hold_is_released_after_it_is_placed"):
        door.commit(lambda _: Hold.objects.create(released_at=at - timedelta(days=1), **row))


def test_what_is_not_held_is_not_released(house: House) -> None:
    notice = house.submit().subject
    with pytest.raises(holds.NotHeldError, match=notice):
        holds.release(notice, reason=WHY)


def test_a_notice_can_be_held_again(house: House) -> None:
    notice = house.submit().subject
    for _ in range(2):
        holds.place(notice, reason=WHY)
        holds.release(notice, reason=WHY)
    assert Hold.objects.filter(notice=notice, released_at__isnull=False).count() == 2


@pytest.mark.parametrize("deed", [holds.place, holds.release])
def test_an_unknown_notice_is_not_there(house: House, deed: Any) -> None:
    with pytest.raises(NotFoundError):
        deed("ntc_00000000000000000000000000", reason=WHY)


@pytest.mark.parametrize("deed", [holds.place, holds.release])
@pytest.mark.parametrize("reason", ["", "\t", "a\x07"])
def test_a_hold_needs_a_reason(house: House, deed: Any, reason: str) -> None:
    notice = house.submit().subject
    with pytest.raises(BadReasonError):
        deed(notice, reason=reason)


def test_no_sweep_erases_what_is_held_however_late_it_comes(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    holds.place(notice, reason=WHY)
    for jumps in range(1, 10):
        assert erasure.sweep(at=erasing.later(400 * jumps)).erased == 0
        assert erasure.sweep_answers(at=erasing.later(400 * jumps)).erased == 0
    assert whole(notice)


def test_after_the_release_the_next_sweep_takes_what_is_due_and_the_reasons_of_the_hold(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    holds.place(notice, reason="canary-of-the-hold")
    holds.release(notice, reason="canary-of-the-release")
    assert erasure.sweep(at=erasing.later()).erased == 1
    assert erasing.found_on_disk(house.data, ["canary-of-the-hold", "canary-of-the-release"]) == []


def test_a_hold_on_what_is_erased_already_leaves_no_reason_behind(house: House) -> None:
    notice = house.submit().subject
    erasing.withdraw(house, notice)
    assert erasure.sweep(at=erasing.later()).erased == 1
    holds.place(notice, reason="canary-of-the-hold")
    holds.release(notice, reason="Settled.")
    assert erasure.sweep(at=erasing.later()).erased == 1
    assert erasing.found_on_disk(house.data, ["canary-of-the-hold"]) == []


DEEDS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["withdraw", "hold", "release", "erase", "sweep", "jump"])),
    max_size=14,
)


@pytest.mark.invariant("I-09")
@given(deeds=DEEDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_in_whatever_order_a_hold_wins_and_the_proofs_stay(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("life") / "data"
    database = copied(prepared, folder)
    move_to(folder, database)
    with ExitStack() as stack:
        house = House(folder, stack.enter_context(door.open_house()))
        made = [house.submit(erasing.draft(f"canary{number}z"), key=f"k{number}").subject for number in range(4)]
        at = datetime.now(UTC)
        held: set[str] = set()
        ended: dict[str, datetime] = {}
        gone: set[str] = set()
        for place, deed in deeds:
            notice = made[place]
            if deed == "withdraw" and notice not in ended:
                erasing.withdraw(house, notice)
                ended[notice] = datetime.now(UTC)
            elif deed == "hold" and notice not in held:
                holds.place(notice, reason=WHY)
                held.add(notice)
            elif deed == "release" and notice in held:
                holds.release(notice, reason=WHY)
                held.discard(notice)
            elif deed == "erase" and notice in held:
                with pytest.raises(HeldError):
                    erasure.erase(notice, reason="An order.")
            elif deed == "erase":
                erasure.erase(notice, reason="An order.")
                gone.add(notice)
            elif deed == "sweep":
                erasure.sweep(at=at)
                gone |= {one for one, end in ended.items() if one not in held and end + timedelta(days=365) <= at}
            elif deed == "jump":
                at += erasing.JUMP
            assert {one for one in made if not whole(one)} == gone
        erasing.require_proofs(made)
    from django.db import connections

    connections.close_all()
    dropped(database)
