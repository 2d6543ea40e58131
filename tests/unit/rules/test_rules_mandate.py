"""Mandates: what can be granted, what they cover, and the words about them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.mandates import SINCE, mandate, terms

from mufakat.locator.kinds import Surface
from mufakat.rules import mandate as rules
from mufakat.rules.errors import BadMandateError
from mufakat.rules.fault import FaultCode
from mufakat.rules.mandate import Asked, Mandate, MandateState, Quota
from mufakat.rules.notice import Category, NoticeKind
from mufakat.rules.parties import PartyKind

AT = datetime(2017, 7, 14, tzinfo=UTC)
CHANNEL = ((0, Surface.CHANNEL),)
FLAG = Asked(NoticeKind.TRUSTED_FLAG, Category.TERRORISM, CHANNEL, ("ID",))


def refused(holder: PartyKind = PartyKind.REGULATOR, **changes) -> list[tuple[str, FaultCode]]:
    with pytest.raises(BadMandateError) as caught:
        rules.check(terms(**changes), holder=holder, at=AT)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("holder", "kinds"),
    [
        (PartyKind.REGULATOR, ("trusted_flag", "request", "order")),
        (PartyKind.TRUSTED_FLAGGER, ("trusted_flag", "request")),
        (PartyKind.COURT, ("order", "request")),
    ],
)
def test_a_good_mandate_can_be_granted(holder, kinds):
    rules.check(terms(kinds=kinds), holder=holder, at=AT)


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize("holder", [PartyKind.PLATFORM, PartyKind.OPERATOR, PartyKind.MEMBER, PartyKind.AUDITOR])
def test_who_is_no_authority_and_no_flagger_holds_none(holder):
    assert refused(holder, kinds=("trusted_flag",)) == [("/kinds/0", FaultCode.NOT_ENTITLED)]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"kinds": ()}, ("/kinds", FaultCode.EMPTY)),
        ({"categories": ()}, ("/categories", FaultCode.EMPTY)),
        ({"surfaces": ("url", "url")}, ("/surfaces", FaultCode.REPEATED_ITEM)),
        ({"kinds": ("user_report",)}, ("/kinds/0", FaultCode.NOT_ENTITLED)),
        ({"country": "XX"}, ("/country", FaultCode.NOT_IN_LIST)),
        ({"granted_by": " "}, ("/granted_by", FaultCode.EMPTY)),
        ({"legal_source": ""}, ("/legal_source", FaultCode.EMPTY)),
        ({"legal_source": "x" * 501}, ("/legal_source", FaultCode.TOO_LONG)),
        ({"expertise": "two\nlines"}, ("/expertise", FaultCode.BAD_TEXT)),
        ({"quota": Quota(0, 1)}, ("/quota/burst", FaultCode.BAD_NUMBER)),
        ({"quota": Quota(1, rules.MAX_QUOTA + 1)}, ("/quota/per_minute", FaultCode.BAD_NUMBER)),
        ({"review_on": date(2017, 7, 14)}, ("/review_on", FaultCode.BAD_DATE)),
    ],
)
def test_a_bad_member_is_named(changes, place):
    assert refused(**changes) == [place]


def test_every_fault_is_named_at_once():
    assert len(refused(kinds=(), categories=(), granted_by="", quota=Quota(0, 0))) == 5


def test_a_review_that_is_due_ends_nothing():
    due = terms(review_on=date(2017, 7, 14))
    assert rules.is_due_for_review(due.review_on, at=AT)
    assert rules.covers(Mandate("mnd_1", due, MandateState.IN_FORCE, SINCE), FLAG) == ()


@pytest.mark.parametrize(
    ("narrow", "pointers"),
    [
        ({"kinds": ("order",)}, ["/kind"]),
        ({"categories": ("fraud",)}, ["/category"]),
        ({"surfaces": ("host",)}, ["/locators/0"]),
        ({"country": "SG"}, ["/territory/0"]),
        ({"country": "ID"}, []),
        ({"kinds": ("order",), "surfaces": ("host",), "country": "SG"}, ["/kind", "/locators/0", "/territory/0"]),
    ],
)
def test_what_lies_outside_is_named(narrow, pointers):
    found = rules.covers(mandate(**narrow), FLAG)
    assert [fault.pointer for fault in found] == pointers
    assert all(fault.detail.endswith(".") for fault in found)


def test_leaving_the_territory_out_is_asking_for_everywhere():
    everywhere = rules.Asked(FLAG.kind, FLAG.category, FLAG.surfaces)
    assert [fault.pointer for fault in rules.covers(mandate(country="ID"), everywhere)] == ["/territory"]
    assert rules.covers(mandate(country=None), everywhere) == ()


def test_the_nearest_mandate_is_held_against_a_notice():
    held = [
        mandate(1, kinds=("order",)),
        mandate(2, MandateState.REVOKED),
        mandate(3, MandateState.SUSPENDED),
        mandate(4, categories=("fraud",), surfaces=("host",)),
        mandate(5, categories=("fraud",)),
    ]
    faults = rules.standing(held, FLAG)
    assert isinstance(faults, tuple)
    assert [(fault.pointer, mandate(5).id in fault.detail) for fault in faults] == [("/category", True)]
    suspended = rules.standing(held[:3], FLAG)
    assert isinstance(suspended, tuple)
    assert [fault.code for fault in suspended] == [FaultCode.MANDATE_NOT_IN_FORCE]
    assert mandate(3).id in suspended[0].detail


def test_kinds_in_force_are_those_of_mandates_that_count():
    held = [mandate(1, MandateState.SUSPENDED, kinds=("order",)), mandate(2, kinds=("request",))]
    assert rules.kinds_in_force(held) == {NoticeKind.REQUEST}


def test_the_quota_of_a_party_is_its_largest():
    assert rules.measure([Quota(10, 1), Quota(5, 7)]) == Quota(10, 7)
    assert rules.measure([]) is None


@pytest.mark.parametrize("text", ["", " \n", "x" * 2_001, "a\x00b"])
def test_words_that_say_nothing_or_too_much_are_refused(text):
    with pytest.raises(BadMandateError):
        rules.check_words(text, what="reason")


@pytest.mark.parametrize(("wait", "seconds"), [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (60_000, 60)])
def test_retry_after_is_whole_seconds_and_never_none(wait, seconds):
    assert rules.whole_seconds(timedelta(milliseconds=wait)) == seconds
