"""What was closed opens by itself when what was asked for is there; an order stands under the agreement in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.server.agreements.talking import act, body, end, frame, opened, terms

from mufakat.proof import leaf
from mufakat.rules.errors import BadRestrictionError
from mufakat.server.journal import queries as events
from mufakat.server.restrictions import queries

if TYPE_CHECKING:
    from tests.server.restrictions.ordering import Ministry

pytestmark = pytest.mark.invariant("I-07")


def begun(**changes: Any) -> str:
    """An agreement in force whose points `representative` and `channel` are still to be agreed."""
    made = [
        {"name": "terms", **frame(**changes)},
        {"name": "representative", **terms()},
        {"name": "channel", **terms()},
    ]
    found = opened(body(points=made))
    act(found["id"], "terms", "agree", proposal=1)
    return str(found["id"])


def named(agreement: str, **condition: list[str]) -> dict[str, Any]:
    return {"reopening": {"agreement": agreement, **condition}}


def faults(ministry: Ministry, **changes: Any) -> list[str]:
    with pytest.raises(BadRestrictionError) as refused:
        ministry.propose(**changes)
    return [fault.pointer for fault in refused.value.faults]


def test_with_the_last_point_it_is_lifted_by_the_house(ministry: Ministry) -> None:
    agreement = begun()
    pk = ministry.published(**named(agreement, all_of=["representative", "channel"]))

    act(agreement, "representative", "agree", proposal=1)
    ministry.work()
    assert ministry.state(pk) == "publishing"
    act(agreement, "channel", "agree", proposal=1)
    ministry.work()
    found = queries.whole(ministry.row(pk))
    assert (found.row.state, found.row.ended_by, found.events[-1].sender) == ("lifted", None, "mufakat")
    assert queries.named("web.example.net", at=ministry.at) == []


def test_the_newest_event_is_the_cause_though_the_reaction_to_an_older_one_comes_first(ministry: Ministry) -> None:
    agreement = begun()
    pk = ministry.published(**named(agreement, all_of=["representative", "channel"]))
    act(agreement, "representative", "agree", proposal=1)  # Its reactions still wait when the last point is agreed.
    act(agreement, "channel", "agree", proposal=1)
    ministry.work()
    of_agreement = [one for one in events.events_of(agreement) if one.type == "agreement.in_force"]
    [lifted] = [one for one in queries.whole(ministry.row(pk)).events if one.type == "restriction.lifted"]
    cause = leaf.decode(bytes(lifted.leaf)).ref[-1]
    assert cause not in {one.id for one in of_agreement[:-1]}
    assert events.by_id([cause])[cause].at == of_agreement[-1].at


def test_one_of_several_is_enough_where_the_order_says_so(ministry: Ministry) -> None:
    agreement = begun()
    pk = ministry.published(**named(agreement, any_of=["representative", "channel"]))

    act(agreement, "channel", "agree", proposal=1)
    ministry.work()
    assert ministry.state(pk) == "lifted"


def test_what_the_agreement_asks_for_counts_where_the_order_names_nothing(ministry: Ministry) -> None:
    agreement = begun(reopening={"all_of": ["representative"]})
    pk = ministry.published(reopening=None)
    assert ministry.row(pk).reopening == {
        "agreement": agreement,
        "all_of": ["representative"],
        "any_of": [],
        "held": False,
    }

    act(agreement, "representative", "agree", proposal=1)
    ministry.work()
    assert ministry.state(pk) == "lifted"


def test_a_profile_stands_in_until_an_agreement_is_there(ministry: Ministry) -> None:
    pk = ministry.published(**named("id-2017", all_of=["representative"]))
    agreement = begun()

    act(agreement, "representative", "agree", proposal=1)
    ministry.work()
    assert ministry.state(pk) == "lifted"


def test_an_order_that_is_made_while_it_holds_waits_until_it_was_lost(ministry: Ministry) -> None:
    agreement = begun()
    act(agreement, "representative", "agree", proposal=1)
    ministry.work()
    pk = ministry.published(**named(agreement, all_of=["representative"]))
    act(agreement, "channel", "agree", proposal=1)
    ministry.work()
    assert (ministry.state(pk), ministry.row(pk).reopening["held"]) == ("publishing", True)

    end(agreement)
    ministry.work()
    assert (ministry.state(pk), ministry.row(pk).reopening["held"]) == ("publishing", False)


def test_an_order_that_is_not_published_yet_is_not_published_any_more(ministry: Ministry) -> None:
    agreement = begun()
    pk = ministry.approved(**named(agreement, all_of=["representative"]))

    act(agreement, "representative", "agree", proposal=1)
    ministry.answer(pk)
    ministry.work()
    assert [event.type for event in events.events_of(pk)][-1] == "restriction.refused"


@pytest.mark.invariant("I-17")
def test_a_category_is_one_that_the_agreement_in_force_lists(ministry: Ministry) -> None:
    agreement = begun(categories=["narcotics"])
    other = named(agreement, all_of=["representative"])
    assert faults(ministry, **other) == ["/list"]
    assert ministry.propose(list="narcotics", **other)["state"] == "proposed"


@pytest.mark.invariant("I-17")
def test_a_category_that_is_agreed_away_meanwhile_is_not_published(ministry: Ministry) -> None:
    pk = ministry.approved()
    begun(categories=["narcotics"])
    ministry.answer(pk)
    ministry.work()
    assert ministry.state(pk) == "refused"


@pytest.mark.parametrize(
    ("agreement", "term", "pointer"),
    [
        ("agr_00000000000000000000000000", "representative", "/reopening/agreement"),
        ("nonsense", "representative", "/reopening/agreement"),
        ("id-mr5-2020", "representative", "/reopening/agreement"),
        ("id-2017", "nonsense", "/reopening/all_of/0"),
    ],
)
def test_what_would_never_reopen_it_is_refused(ministry: Ministry, agreement: str, term: str, pointer: str) -> None:
    begun()
    assert faults(ministry, **named(agreement, all_of=[term])) == [pointer]


def test_a_profile_that_closes_nothing_closes_nothing(ministry: Ministry) -> None:
    assert faults(ministry, **named("eu-dsa", all_of=["representative"])) == ["/reopening/agreement"]
