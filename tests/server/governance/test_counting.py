"""The counts follow the journal: in every order of events they are what a count from the first event gives."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from tests.histories import history, refused_instead
from tests.houses import body
from tests.server.governance.counted import count, counts, happen, interleaved

from mufakat.rules import accuracy, timeliness
from mufakat.rules.events import EventType
from mufakat.rules.histories import Occurrence
from mufakat.server.governance import counting, queries
from mufakat.server.governance.models import DAY, Answering, Tally, Total
from mufakat.server.governance.queries import Wanted
from mufakat.server.journal import door, followers
from mufakat.server.journal.parts import Swept
from mufakat.server.notices import operations as notices
from mufakat.server.parties import queries as parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.houses import House

    from mufakat.server.journal.followers import Step

DECIDED = Occurrence(EventType.DECISION_MADE, outcome="act_full")
REFUSED = Occurrence(EventType.DECISION_MADE, outcome="refuse", refusal="not_illegal")
ACKNOWLEDGED = Occurrence(EventType.NOTICE_ACKNOWLEDGED)
CATEGORIES = ("terrorism", "fraud", "gambling")


def sent(house: House, many: int) -> list[str]:
    """So many notices of two senders."""
    senders = [("kominfo", "officer"), ("bnpt", "officer")]
    made = []
    for number in range(many):
        raw = body(category=CATEGORIES[number % 3])
        made.append(house.submit(raw, key=f"k{number}", by=senders[number % 2]).subject)
    return made


def one_tally(party: str = "kominfo", **narrowed: str) -> Tally:
    pk = parties.party_by_handle(party).id
    return Tally.objects.get(party=pk, **narrowed)


def test_a_notice_is_counted_where_it_stands(house: House) -> None:
    notice = house.submit().subject
    count()
    row = one_tally()
    assert (row.received, row.open, row.act_full, row.without_law) == (1, 1, 0, 0)
    happen(notice, [ACKNOWLEDGED, DECIDED])
    count()
    row = one_tally()
    assert (row.received, row.open, row.act_full) == (1, 0, 1)
    found = Answering.objects.get(grain=DAY)
    assert (found.received, found.answered_in_time, found.acknowledged_in_time) == (1, 1, 1)


def test_what_rests_on_terms_of_service_alone_is_marked(house: House) -> None:
    terms = {"document": "Terms", "clause": "1", "url": "https://telegram.example/terms"}
    house.submit(body(legal_ground=None, terms_ground=terms))
    count()
    assert one_tally().without_law == 1


def test_a_withdrawn_notice_is_counted_as_that(house: House) -> None:
    notice = house.submit().subject
    notices.withdraw(notice, by=house.caller("kominfo", "officer"), reason="A mistake.")
    count()
    assert (one_tally().withdrawn, one_tally().open) == (1, 0)


@pytest.mark.invariant("I-11")
@pytest.mark.parametrize("seed", range(3))
def test_every_interleaving_ends_in_the_counts_of_a_recount(house: House, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - the same histories each time.
    made = sent(house, 12)
    mixed = list(interleaved(random, {notice: history(random)[1:] for notice in made}))
    while mixed:
        portion = random.randint(1, 9)
        for notice, one in mixed[:portion]:
            happen(notice, [one])
        del mixed[:portion]
        count()
        assert queries.conserved().received == len(made)
    kept = counts()
    counting.count_anew()
    assert counts() == kept


@pytest.mark.invariant("I-11")
def test_small_portions_and_large_ones_count_alike(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(7)  # noqa: S311 - the same histories each time.
    made = sent(house, 9)
    for notice, one in interleaved(random, {notice: history(random)[1:] for notice in made}):
        happen(notice, [one])
    large = count()
    monkeypatch.setattr(counting, "PORTION", 2)
    counting.count_anew()
    assert counts() == large


def test_what_another_process_counted_meanwhile_is_counted_once_and_the_rest_is_left_to_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(house, 3)
    monkeypatch.setattr(counting, "PORTION", 2)
    real = counting._count

    def late(steps: Sequence[Step]) -> counting.Counted:
        monkeypatch.setattr(counting, "_count", real)
        assert counting._portion(followers.ends()) == 2  # The other one.
        return real(steps)

    monkeypatch.setattr(counting, "_count", late)
    assert counting.part(at=datetime.now(UTC)) == Swept(0, more=False)
    kept = count()
    monkeypatch.setattr(counting, "_count", late)
    counting.count_anew()  # It goes on all the same, for whoever asked wants all of it.
    assert (counts(), counting.is_counted()) == (kept, True)


@pytest.mark.invariant("I-05")
def test_who_refuses_instead_answers_as_well(house: House) -> None:
    random = Random(3)  # noqa: S311 - the same histories each time.
    made = sent(house, 20)
    told = {notice: history(random)[1:] for notice in made}
    for notice, one in told.items():
        happen(notice, one)
    count()
    acted = list(Answering.objects.order_by("pk").values())
    again = sent_again(house, told)
    assert [{**row, "id": None} for row in acted] == again


def sent_again(house: House, told: dict[str, list[Occurrence]]) -> list[dict[str, object]]:
    """What the counts of answers would be, had all that was acted on been refused; the first ones taken off."""
    before = {(row["party_id"], row["kind"], row["category"], row["grain"]): row for row in Answering.objects.values()}
    senders = [("kominfo", "officer"), ("bnpt", "officer")]
    for number, one in enumerate(told.values()):
        raw = body(category=CATEGORIES[number % 3])
        notice = house.submit(raw, key=f"again{number}", by=senders[number % 2]).subject
        happen(notice, refused_instead(one))
    count()
    found = []
    for counted in Answering.objects.order_by("pk").values():
        row: dict[str, Any] = dict(counted)
        former: dict[str, Any] = dict(before[row["party_id"], row["kind"], row["category"], row["grain"]])
        numbers = {name: row[name] - former[name] for name in row if isinstance(row[name], int) and name != "id"}
        found.append({**row, **numbers, "id": None})
    return found


def test_a_reversed_refusal_is_open_again(house: House) -> None:
    notice = house.submit().subject
    lodged = Occurrence(EventType.APPEAL_LODGED, standing="sender", appeal="apl_1")
    happen(notice, [ACKNOWLEDGED, REFUSED, lodged, Occurrence(EventType.APPEAL_REVERSED, appeal="apl_1")])
    count()
    assert (one_tally().refused_not_illegal, one_tally().open) == (0, 1)
    happen(notice, [DECIDED])
    count()
    assert (one_tally().act_full, one_tally().open, one_tally().overturned) == (1, 0, 0)


def test_what_an_uploader_has_reversed_was_wrong(house: House) -> None:
    notice = house.submit().subject
    lodged = Occurrence(EventType.APPEAL_LODGED, standing="uploader", appeal="apl_1")
    happen(notice, [ACKNOWLEDGED, DECIDED, lodged, Occurrence(EventType.APPEAL_REVERSED, appeal="apl_1")])
    count()
    assert (one_tally().act_full, one_tally().overturned) == (1, 1)
    figures = queries.listed(Wanted(party="kominfo")).items[0]
    assert figures.asking is not None
    assert (figures.asking.right, figures.asking.wrong) == (0, 1)
    asked = queries.listed(Wanted(party="telegram")).items[0]
    assert asked.answering is not None
    assert (asked.answering.appeals_resolved, asked.answering.appeals_overturned) == (1, 1)


@pytest.mark.invariant("I-11")
@pytest.mark.parametrize("changes", [{"open": 0}, {"act_full": 1}, {"received": 2}, {"open": -1, "act_full": 2}])
def test_the_database_refuses_a_count_that_loses_a_notice(house: House, changes: dict[str, int]) -> None:
    house.submit()
    count()
    with pytest.raises(IntegrityError):
        door.commit(lambda _: Tally.objects.update(**changes))


def test_the_columns_are_those_that_the_rules_count() -> None:
    key = {"id", "party", "platform", "kind", "category", "grain", "day"}
    assert {field.name for field in Tally._meta.fields} - key == set(accuracy.COUNTED)
    assert {field.name for field in Total._meta.fields} - key == set(accuracy.COUNTED)
    assert {field.name for field in Answering._meta.fields} - key == set(timeliness.COUNTED)
