"""Contacts: what is set waits or is first, nobody is left out of the order, and no stranger sees a person (I-18)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import contact, publicity
from mufakat.rules.contact import COOLING, Reached
from mufakat.rules.parties import PartyKind
from mufakat.rules.publicity import Standing

MOMENTS = st.integers(min_value=1_500_000_000_000, max_value=3_700_000_000_000).map(
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)
SPANS = st.timedeltas(min_value=timedelta(days=-900), max_value=timedelta(days=900))
PARTIES = st.sampled_from(["kominfo", "telegram", "isp-a", "auditor"])
KINDS = st.sampled_from(PartyKind)
PERSONAL = {"name", "email", "phone", "postal_address", "hours", "languages", "mandate"}


@given(MOMENTS, st.none() | SPANS)
def test_what_is_not_first_never_holds_before_three_days_have_passed(at: datetime, asked: timedelta | None) -> None:
    begins = contact.in_force_from(at, asked=None if asked is None else at + asked, first=False)
    assert begins >= at + COOLING


@given(at=MOMENTS, asked=st.none() | SPANS, first=st.booleans())
def test_nothing_holds_before_it_was_set(at: datetime, asked: timedelta | None, *, first: bool) -> None:
    assert contact.in_force_from(at, asked=None if asked is None else at + asked, first=first) >= at


@given(at=MOMENTS, began=st.none() | SPANS, role_is_new=st.booleans(), verified=st.booleans())
def test_nothing_begins_at_once_where_somebody_is_there_to_be_told(
    at: datetime, began: timedelta | None, *, role_is_new: bool, verified: bool
) -> None:
    began_at = None if began is None else at + began
    at_once = contact.may_begin_at_once(role_is_new=role_is_new, anybody_verified=verified, began_at=began_at, at=at)
    settled = verified or not role_is_new or (began_at is not None and at >= began_at + COOLING)
    assert at_once is not settled


@given(
    st.lists(
        st.builds(Reached, st.uuids().map(str), st.integers(min_value=1, max_value=99), st.booleans()),
        unique_by=lambda one: one.id,
    )
)
def test_the_order_leaves_nobody_out_and_puts_the_unreachable_last(found: list[Reached]) -> None:
    by_id = {one.id: one for one in found}
    order = [by_id[pk] for pk in contact.order(found)]
    keys = [(one.unreachable, one.rank) for one in order]
    assert (len(order), keys) == (len(found), sorted(keys))


@given(MOMENTS, st.integers(min_value=1, max_value=365), st.none() | SPANS)
def test_the_next_drill_comes_no_later_than_the_period(at: datetime, days: int, change: timedelta | None) -> None:
    every = timedelta(days=days)
    changed = None if change is None else at + change
    assert contact.next_drill(sent_at=at, every=every, changed_from=changed) <= at + every


@pytest.mark.invariant("I-18")
@given(
    viewer=st.none() | PARTIES,
    viewer_kind=KINDS,
    owner=PARTIES,
    owner_kind=KINDS,
    agreed=st.booleans(),
    mandated=st.booleans(),
    exchanged=st.booleans(),
)
def test_a_person_is_shown_to_the_party_itself_and_to_counterparties_alone(  # noqa: PLR0913 - who looks at whom.
    *,
    viewer: str | None,
    viewer_kind: PartyKind,
    owner: str,
    owner_kind: PartyKind,
    agreed: bool,
    mandated: bool,
    exchanged: bool,
) -> None:
    found = publicity.standing(
        viewer=viewer,
        viewer_kind=viewer_kind if viewer else None,
        owner=owner,
        owner_kind=owner_kind,
        agreed=agreed,
        mandated=mandated,
        exchanged=exchanged,
    )
    sides = {viewer_kind, owner_kind} & {PartyKind.PLATFORM, PartyKind.OPERATOR}
    related = viewer is not None and (viewer == owner or agreed or ((mandated or exchanged) and bool(sides)))
    assert bool(publicity.SHOWN[found] & PERSONAL) is related


@pytest.mark.invariant("I-18")
@given(
    one=PARTIES,
    one_kind=KINDS,
    other=PARTIES,
    other_kind=KINDS,
    between=st.fixed_dictionaries(dict.fromkeys(("agreed", "mandated", "exchanged"), st.booleans())),
)
def test_who_is_a_counterparty_of_whom_is_mutual(
    one: str, one_kind: PartyKind, other: str, other_kind: PartyKind, *, between: dict[str, bool]
) -> None:
    there = publicity.standing(viewer=one, viewer_kind=one_kind, owner=other, owner_kind=other_kind, **between)
    back = publicity.standing(viewer=other, viewer_kind=other_kind, owner=one, owner_kind=one_kind, **between)
    assert there is back


@pytest.mark.invariant("I-18")
def test_the_public_sees_role_and_office_alone() -> None:
    assert publicity.SHOWN[Standing.PUBLIC] == {"role", "organisation", "country"}


@pytest.mark.invariant("I-18")
def test_whoever_sees_more_sees_all_that_the_others_see() -> None:
    shown = [publicity.SHOWN[each] for each in (Standing.PUBLIC, Standing.COUNTERPARTY, Standing.OWN)]
    assert shown[0] < shown[1] < shown[2]


@pytest.mark.invariant("I-18")
def test_a_user_report_makes_nobody_a_counterparty() -> None:
    assert "user_report" not in publicity.OFFICIAL
