"""What an authority forbids to disclose, the public does not see until it may; that it is so, it sees at once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.houses import body
from tests.server.appeals.contesting import DECIDER, OFFICER, Contest
from tests.server.register.playing import follow, rows

from mufakat.rules.errors import NotAdmissibleError
from mufakat.rules.publicity import Because
from mufakat.server.journal.models import Event
from mufakat.server.notices import operations as notices
from mufakat.server.register import following, queries
from mufakat.server.register.queries import Filters

if TYPE_CHECKING:
    from tests.houses import House

LAW = {"system": "id", "instrument": "Placeholder Act", "provision": "Section 43"}


def ordered(contest: Contest, *, days: float, kind: str = "order") -> str:
    """A notice of an authority that is not to be disclosed for so many days; its id."""
    until = (contest.at + timedelta(days=days)).isoformat()
    raw = body(kind=kind, non_disclosure={"until": until, "legal_ground": LAW})
    by = contest.house.caller(*OFFICER)
    notice = notices.submit(raw, by=by, at=contest.at, key=contest.key()).subject
    notices.acknowledge(notice, by=contest.house.caller(*DECIDER))
    return notice


@pytest.mark.invariant("I-12")
def test_the_entry_stands_and_says_until_when_it_is_silent(house: House) -> None:
    contest = Contest(house)
    notice = ordered(contest, days=30)
    decision = contest.decided(notice=notice)["id"]
    follow(contest.at)
    entry, decided = queries.get(notice), queries.get(decision)
    end = entry.fields["non_disclosure"]
    assert end.endswith("Z")
    for name in ("category", "locators", "legal_ground"):
        assert (entry.hidden[name].because, entry.hidden[name].until) == (Because.NON_DISCLOSURE, end)
    assert {"reasons", "measures"} <= {n for n, why in decided.hidden.items() if why.because is Because.NON_DISCLOSURE}
    assert entry.fields["sender"] == "kominfo"
    assert not queries.search("terrorism", Filters(kind="notice")).items
    contest.wait(days=30)
    follow(contest.at)
    assert queries.get(notice).fields["category"] == "terrorism"
    assert not {one.because for one in queries.get(decision).hidden.values()} & {Because.NON_DISCLOSURE}
    kept = rows()
    following.rebuild()
    follow(contest.at)
    assert rows() == kept


def test_the_law_behind_a_silence_is_committed_to_and_shown_to_nobody_else(house: House) -> None:
    contest = Contest(house)
    notice = ordered(contest, days=30)
    follow(contest.at)
    first = Event.objects.filter(case=notice).order_by("position").first()
    assert first is not None
    openings = {
        one.field: json.loads(bytes(one.value))
        for one in first.openings.all()
        if one.field != "payload" and one.value and bytes(one.value)[:1] == b"{"
    }
    assert openings["legal_ground"]["non_disclosure"] == LAW
    assert set(openings["subject"]["non_disclosure"]) == {"until"}
    contest.wait(days=31)
    follow(contest.at)
    assert "Placeholder Act" not in json.dumps(queries.get(notice).fields)


@pytest.mark.parametrize(("days", "kind"), [(367, "order"), (-1, "order"), (1, "trusted_flag")])
def test_it_is_an_authoritys_and_ends(house: House, days: float, kind: str) -> None:
    contest = Contest(house)
    with pytest.raises(NotAdmissibleError) as refused:
        ordered(contest, days=days, kind=kind)
    assert all(one.pointer.startswith("/non_disclosure") for one in refused.value.faults)
