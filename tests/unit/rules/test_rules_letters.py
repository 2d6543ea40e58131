"""When the next contact is told: by table."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from mufakat.rules.letters import PATIENCE, Sign, is_unreachable, next_sign, turn_at

HANDED = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SAID = HANDED + timedelta(minutes=4)


@pytest.mark.parametrize(
    ("sign", "turns"),
    [
        (Sign.HANDED, HANDED + PATIENCE),
        (Sign.RELAYED, HANDED + PATIENCE),
        (Sign.DELAYED, HANDED + PATIENCE),
        (Sign.DELIVERED, None),
        (Sign.FULL, SAID),
        (Sign.FAILED, SAID),
    ],
)
def test_the_next_contact_is_told_within_fifteen_minutes_unless_the_letter_arrived(sign, turns):
    assert turn_at(sign, handed_at=HANDED, at=SAID) == turns
    assert turns is None or turns - HANDED <= timedelta(minutes=15)


@pytest.mark.parametrize(
    ("sign", "status", "unreachable"),
    [
        (Sign.FAILED, "5.1.1", True),
        (Sign.FAILED, "", True),
        (Sign.FAILED, "4.4.7", False),
        (Sign.FAILED, "5.7.1", False),
        (Sign.FAILED, "5.7.26", False),
        (Sign.FULL, "5.7.1", False),
        (Sign.FULL, "5.2.2", True),
        (Sign.FULL, "4.2.2", False),
        (Sign.DELAYED, "4.4.1", False),
        (Sign.DELAYED, "5.0.0", False),
        (Sign.HANDED, "", False),
        (Sign.DELIVERED, "2.0.0", False),
    ],
)
def test_an_address_is_unreachable_when_it_came_back_for_good(sign, status, unreachable):
    assert is_unreachable(sign, status) is unreachable


def test_the_order_of_reports_makes_no_difference():
    for said in permutations(Sign, 3):
        found = Sign.HANDED
        for one in said:
            found = next_sign(found, one)
        assert found == max(said, key=list(Sign).index)
