"""What the profile in force asks of a notice: from whom, with what, about what, each with its article."""

import msgspec
import pytest

from mufakat.rules import asked, profile
from mufakat.rules.asked import Under
from mufakat.rules.fault import FaultCode, Faults
from mufakat.rules.notice import Category, Draft, ExternalRef, LegalGround, MeasureName, NoticeKind, TermsGround
from mufakat.rules.parties import PartyKind
from mufakat.rules.profile_powers import NoticeField

DRAFT = Draft(
    to="telegram",
    kind=NoticeKind.ORDER,
    category=Category.TERRORISM,
    locators=("https://t.me/s/examplechannel/12",),
    explanation="A made-up placeholder.",
    language="en",
)
GIVEN = {
    NoticeField.LEGAL_GROUND: LegalGround("id", "UU 11/2008", "Pasal 40"),
    NoticeField.TERMS_GROUND: TermsGround("Terms", "3"),
    NoticeField.EVIDENCE: (object(),),
    NoticeField.CONTENT_DATE: "2017-07-10",
    NoticeField.TERRITORY: ("ID",),
    NoticeField.REQUESTED_MEASURES: (MeasureName.REMOVE,),
    NoticeField.EXTERNAL_REFS: (ExternalRef("kominfo", "1"),),
}


def judged(name, draft=DRAFT, kind=NoticeKind.ORDER, sender=PartyKind.REGULATOR, categories=None):
    faults = Faults()
    asked.judge(draft, kind, sender, Under(profile.load(name), categories), faults)
    return [(fault.pointer, fault.code) for fault in faults.found]


@pytest.mark.parametrize("name", profile.names())
@pytest.mark.parametrize("kind", NoticeKind)
def test_exactly_the_fields_of_the_profile_are_asked_for(name, kind):
    rule = profile.load(name).kind(kind)
    if rule is None:
        return
    wanted = {each.field for each in rule.required}
    found = judged(name, kind=kind, sender=rule.senders[0])
    assert found == [(f"/{each.field.value}", FaultCode.AGREED_FIELD) for each in rule.required]
    full = msgspec.structs.replace(DRAFT, **{field.value: GIVEN[field] for field in wanted})
    assert judged(name, full, kind=kind, sender=rule.senders[0]) == []


def test_every_field_has_its_words():
    assert set(asked._WORDS) == set(NoticeField)


@pytest.mark.parametrize("name", profile.names())
@pytest.mark.parametrize("sender", PartyKind)
def test_a_kind_comes_from_whom_the_profile_names(name, sender):
    for rule in profile.load(name).kinds:
        refused = ("/kind", FaultCode.NOT_ENTITLED) in judged(name, kind=rule.kind, sender=sender)
        assert refused is (sender not in rule.senders)


def test_a_kind_that_is_not_listed_is_not_taken():
    rules = profile.load("id-2017")
    some = msgspec.structs.replace(rules, kinds=rules.kinds[:1])
    faults = Faults()
    asked.judge(DRAFT, NoticeKind.ORDER, PartyKind.REGULATOR, Under(some), faults)
    assert [(fault.pointer, "takes no order; it takes: user_report" in fault.detail) for fault in faults.found] == [
        ("/kind", True)
    ]


def test_a_profile_that_lists_no_kinds_asks_nothing():
    rules = msgspec.structs.replace(profile.load("id-2017"), kinds=())
    faults = Faults()
    asked.judge(DRAFT, NoticeKind.ORDER, PartyKind.REGULATOR, Under(rules), faults)
    assert faults.found == []


@pytest.mark.invariant("I-17")
@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("listed", [None, frozenset({Category.FRAUD})])
def test_what_is_ordered_is_listed(category, listed):
    known = listed or {rule.code for rule in profile.load("id-2017").categories}
    draft = msgspec.structs.replace(DRAFT, category=category)
    found = [pointer for pointer, code in judged("id-2017", draft, categories=listed) if code is FaultCode.NOT_AGREED]
    assert found == ([] if category in known else ["/category"])
    asked_for = judged("id-2017", draft, kind=NoticeKind.REQUEST, categories=listed)
    assert ("/category", FaultCode.NOT_AGREED) not in asked_for


@pytest.mark.parametrize(
    ("name", "kind", "field", "words"),
    [
        ("id-mr5-2020", "order", "evidence", "id-mr5-2020, Pasal 15(2), 16(4)"),
        ("id-2017", "order", "legal_ground", "id-2017, a rule that no law holds (ours)"),
        ("eu-dsa", "order", "territory", "eu-dsa, 9(2)(b) (secondary-read)"),
    ],
)
def test_what_was_not_read_is_said_as_uncertain(name, kind, field, words):
    rules = profile.load(name)
    rule = rules.kind(NoticeKind(kind))
    assert rule is not None
    (each,) = [one for one in rule.required if one.field == field]
    assert asked.cited(rules, each) == words
