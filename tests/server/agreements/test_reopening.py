"""The reopening condition: asked anew on every event, and an event of its own when it turns true or false."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.server.agreements.talking import act, body, end, frame, in_force, opened, settle, terms

from mufakat.rules.obligation import Judged, ObligationKind, ObligationState, Verdict
from mufakat.server.agreements import operations, reopening
from mufakat.server.agreements.models import Agreement, Reopening
from mufakat.server.journal import door
from mufakat.server.journal.models import Event
from mufakat.server.parties import queries
from mufakat.server.runtime import reactions

if TYPE_CHECKING:
    from tests.houses import House

HELD = [{"kind": "review_held", "every_days": 90}]


def react() -> None:
    """All reactions that wait."""
    while reactions.run(at=datetime.now(UTC)).more:
        pass


def told(agreement: str) -> list[str]:
    """The events about reopening."""
    found = Event.objects.filter(case=agreement, type__startswith="reopening.").order_by("position")
    return list(found.values_list("type", flat=True))


def begun(**condition: list[str]) -> str:
    """An agreement in force with two points under way and this condition."""
    points = [
        {"name": "terms", **frame(reopening=condition)},
        {"name": "representative", **terms()},
        {"name": "governance", **terms(obligations=HELD)},
    ]
    found = opened(body(points=points))
    act(found["id"], "terms", "agree", proposal=1)
    return str(found["id"])


def judge(agreement: str, state: ObligationState) -> None:
    """Record the review's obligation so."""
    verdict = Judged(
        point="governance",
        kind=ObligationKind.REVIEW_HELD,
        owner=queries.party_by_handle("telegram").id,
        verdict=Verdict(state=state, evidence={"reviews": 1}),
    )
    door.commit(lambda moment: operations.record(agreement, [verdict], moment))
    react()


def test_it_turns_true_with_the_last_point_and_that_is_an_event(house: House) -> None:
    del house
    agreement = begun(all_of=["representative", "governance"])
    react()
    assert (Reopening.objects.get().holds, Reopening.objects.get().missing) == (False, ["representative", "governance"])
    act(agreement, "representative", "agree", proposal=1)
    react()
    assert told(agreement) == []
    act(agreement, "governance", "agree", proposal=1)
    react()
    row = Reopening.objects.get()
    assert (told(agreement), row.holds, row.by) == (["reopening.fulfilled"], True, ["representative", "governance"])
    event = Event.objects.get(pk=row.event)
    agreed = Event.objects.filter(case=agreement, type="agreement.in_force").order_by("-position")[0]
    assert (event.at - agreed.at).total_seconds() < 60
    opening = event.openings.get()
    assert (opening.field, bytes(opening.value or b"")) == ("by", b'["representative","governance"]')


def test_it_turns_false_again_when_an_obligation_breaks(house: House) -> None:
    del house
    agreement = begun(all_of=["representative", "governance.kept"])
    for point in ("representative", "governance"):
        act(agreement, point, "agree", proposal=1)
    react()
    assert told(agreement) == []
    judge(agreement, ObligationState.KEPT)
    judge(agreement, ObligationState.KEPT)
    judge(agreement, ObligationState.BROKEN)
    judge(agreement, ObligationState.LATE)
    judge(agreement, ObligationState.KEPT)
    assert told(agreement) == ["reopening.fulfilled", "reopening.lost", "reopening.fulfilled"]


def test_what_nobody_measures_yet_fulfils_nothing(house: House) -> None:
    del house
    agreement = begun(any_of=["governance.review_held"])
    act(agreement, "governance", "agree", proposal=1)
    judge(agreement, ObligationState.NOT_MEASURED)
    assert told(agreement) == []


def test_one_of_any_is_enough(house: House) -> None:
    del house
    agreement = begun(any_of=["representative", "governance"])
    act(agreement, "governance", "agree", proposal=1)
    react()
    assert (told(agreement), Reopening.objects.get().by) == (["reopening.fulfilled"], ["governance"])


def test_with_the_end_it_is_lost(house: House) -> None:
    del house
    agreement = begun(any_of=["governance"])
    act(agreement, "governance", "agree", proposal=1)
    react()
    end(agreement)
    react()
    assert told(agreement) == ["reopening.fulfilled", "reopening.lost"]


def test_a_reaction_that_runs_twice_says_nothing_twice(house: House) -> None:
    del house
    agreement = begun(any_of=["governance"])
    act(agreement, "governance", "agree", proposal=1)
    react()
    before = Event.objects.count()
    for _ in range(3):
        door.commit(lambda moment: reopening.look(Agreement.objects.get(), moment))
    assert Event.objects.count() == before


def test_a_newer_frame_asks_anew(house: House) -> None:
    del house
    agreement = begun(any_of=["governance"])
    act(agreement, "governance", "agree", proposal=1)
    react()
    settle(agreement, "terms", frame(reopening={"all_of": ["governance", "representative"]}))
    react()
    assert (told(agreement), Reopening.objects.get().missing) == (
        ["reopening.fulfilled", "reopening.lost"],
        ["representative"],
    )


def test_an_agreement_that_asks_for_nothing_has_no_answer(house: House) -> None:
    del house
    in_force()
    react()
    assert not Reopening.objects.exists()
