"""The way back: what reopens a closed name turns true with the last point, and false with the first broken promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.server.agreements.talking import SERVICE, act, body, frame, in_force, opened, settle, terms
from tests.server.governance.agreed import look

from mufakat.rules.events import EventType
from mufakat.server.agreements.models import Obligation, Reopening
from mufakat.server.governance import obligations
from mufakat.server.journal import histories
from mufakat.server.journal.models import Event
from mufakat.server.parties import mandates
from mufakat.server.runtime import reactions

if TYPE_CHECKING:
    from tests.houses import House

POINTS = (
    "government_channel",
    "trusted_flagger",
    "representative",
    "filtering_governance",
    "self_censoring",
    "web_block_and_reopen",
)


def react() -> None:
    while reactions.run(at=datetime.now(UTC) + timedelta(seconds=1)).done:
        pass


def turns(agreement: str) -> list[tuple[str, dict[str, str]]]:
    """The events of the condition, oldest first, with what they say."""
    types = [EventType.REOPENING_FULFILLED, EventType.REOPENING_LOST]
    found = list(Event.objects.filter(case=agreement, type__in=types).order_by("position").values_list("id", "type"))
    opened_of = histories.openings_of([pk for pk, _ in found], fields=["by", "missing"])
    return [(type_, opened_of[pk]) for pk, type_ in found]


def talks_like_2017() -> dict[str, Any]:
    """Talks in which the ministry put every point of the profile on the table, none of them agreed."""
    raw = b'{"title": {"id": "Prosedur", "en": "Procedure"}, "parties": ["kominfo", "telegram"], "like": "id-2017"}'
    return opened(raw)


def test_the_condition_turns_true_with_the_last_point_of_the_profile(house: House) -> None:
    found = talks_like_2017()
    names = ["terms", *POINTS]
    assert {point["name"] for point in found["points"]} == set(names)
    for place, name in enumerate(names, start=1):
        before = turns(found["id"])
        act(found["id"], name, "agree", proposal=1)
        react()
        assert before == []
        row = Reopening.objects.get(agreement=found["id"])
        assert (row.holds, sorted(row.missing)) == (place == len(names), sorted(POINTS[place - 1 :]))
    assert [type_ for type_, _ in turns(found["id"])] == ["reopening.fulfilled"]
    last = Event.objects.filter(case=found["id"], type=EventType.AGREEMENT_IN_FORCE).order_by("-position")[0]
    told = Event.objects.get(type=EventType.REOPENING_FULFILLED)
    assert last.at <= told.at < last.at + timedelta(minutes=1)


def test_a_broken_obligation_takes_the_condition_back_and_a_mended_one_gives_it_again(house: House) -> None:
    reopening = {"all_of": ["trusted_flagger", "trusted_flagger.mandate_granted"]}
    granted = {"name": "trusted_flagger", **terms(obligations=[{"kind": "mandate_granted", "party": "kominfo"}])}
    found = in_force(body(points=[{"name": "terms", **frame(reopening=reopening)}, granted]))
    look(at=datetime.now(UTC) - timedelta(days=1))  # Everything is counted; nothing was in force yesterday.
    assert turns(found["id"]) == []
    react()  # What came into force is judged at once, and what follows from that reconsidered.
    assert ([type_ for type_, _ in turns(found["id"])], missing(found["id"])) == (["reopening.fulfilled"], [])
    mandate = Obligation.objects.get(agreement=found["id"]).evidence["mandate"]
    mandates.suspend(mandate, reason="Looked into.")
    judge()
    mandates.resume(mandate, reason="It was nothing.")
    judge()
    told = turns(found["id"])
    assert [type_ for type_, _ in told] == ["reopening.fulfilled", "reopening.lost", "reopening.fulfilled"]
    assert told[1][1] == {"missing": '["trusted_flagger.mandate_granted"]'}


def test_what_governance_judges_is_what_the_agreement_shows(house: House) -> None:
    found = in_force()
    settle(found["id"], "representative", terms("telegram", obligations=[{"kind": "evidence_given"}], evidence=["One"]))
    assert look(at=datetime.now(UTC)) == 1
    assert obligations.part(at=datetime.now(UTC)) == (0, False)
    shown = act(found["id"], "terms", "propose", by=SERVICE, terms=frame(owner="telegram"))["obligations"]
    assert [(one["point"], one["kind"], one["owner"], one["state"]) for one in shown] == [
        ("representative", "evidence_given", "telegram", "due")
    ]


def judge() -> None:
    """A minute of the worker: everything is judged, and what follows from that is done."""
    look(at=datetime.now(UTC))
    react()


def missing(agreement: str) -> list[str]:
    found: list[str] = Reopening.objects.get(agreement=agreement).missing
    return found
