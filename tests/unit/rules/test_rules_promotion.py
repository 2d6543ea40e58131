"""When a version of a policy goes live: by a second person, on figures that say what would happen now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mufakat.rules import promotion
from mufakat.rules.errors import BadScreeningError
from mufakat.rules.fault import FaultCode
from mufakat.rules.filtering import FRESH
from mufakat.rules.permissions import Role
from mufakat.rules.promotion import Figures, OwnProposalError

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
SOUND = Figures("pol_new", "pol_old", AT, exact=True)


def code(figures: Figures | None, *, live: str | None = "pol_old", at: datetime = AT) -> FaultCode:
    with pytest.raises(BadScreeningError) as refused:
        promotion.require(figures, policy="pol_new", live=live, at=at)
    (fault,) = refused.value.faults
    assert fault.pointer == "/backtest"
    return fault.code


def test_sound_figures_are_enough_until_the_last_moment():
    promotion.require(SOUND, policy="pol_new", live="pol_old", at=AT + FRESH)


def test_the_first_policy_of_all_is_tried_against_none():
    promotion.require(SOUND._replace(against=None), policy="pol_new", live=None, at=AT)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (None, FaultCode.NOT_IN_LIST),
        (SOUND._replace(policy="pol_other"), FaultCode.NOT_IN_LIST),
        (SOUND._replace(exact=False), FaultCode.CONTRADICTS),
        (SOUND._replace(against=None), FaultCode.CONTRADICTS),
        (SOUND._replace(against="pol_older"), FaultCode.CONTRADICTS),
        (SOUND._replace(made_at=AT - FRESH - timedelta(microseconds=1)), FaultCode.BAD_DATE),
    ],
    ids=["none", "of-another", "as-if-live", "against-none", "against-another", "old"],
)
def test_figures_that_do_not_say_what_would_happen_now_are_refused(figures, expected):
    assert code(figures) is expected


def test_figures_against_what_ended_since_are_refused():
    assert code(SOUND, live=None) is FaultCode.CONTRADICTS


@pytest.mark.invariant("I-06")
def test_who_proposed_it_does_not_promote_it():
    with pytest.raises(OwnProposalError, match="You proposed this version"):
        promotion.require_other(7, 7, role=Role.REVIEWER)


def test_somebody_else_does():
    promotion.require_other(7, 8, role=Role.REVIEWER)
