from datetime import UTC, datetime
from typing import Any

import pytest

from mufakat.formats import dsa
from mufakat.rules.decision import Automation, Ground, Ordered
from mufakat.rules.notice import Category, LegalGround, MeasureName, NoticeKind, TermsGround

AT = datetime(2025, 8, 2, 10, 11, 12, tzinfo=UTC)
END = datetime(2025, 9, 2, 10, 0, tzinfo=UTC)
LAW = LegalGround("de", "A made-up act", "Section 5")
TERMS = TermsGround("Terms of service", "4.2", "https://example.com/terms")


def item(measure=MeasureName.REMOVE, *, locator=0, ends_at=None, territory=("DE", "FR")):
    return Ordered(locator, measure, ends_at, territory)


def made(**changes):
    found: dict[str, Any] = {
        "id": "dec_01m89vygyhe4mtytf7q822wp85",
        "made_at": AT,
        "items": [item()],
        "ground": Ground(legal_ground=LAW),
        "facts": "What was found.",
        "reasons": "Why this follows.",
        "detection": False,
        "automation": Automation.NONE,
        "kind": NoticeKind.TRUSTED_FLAG,
        "category": Category.TERRORISM,
        "content_date": "2025-07-10T01:02:03+07:00",
        "sender": "Example referral unit",
    }
    return dsa.Made(**found | changes)


def said(**changes):
    found = dsa.from_decision(made(**changes))
    assert not isinstance(found, dsa.Unrepresentable), found
    return found


def why(**changes):
    found = dsa.from_decision(made(**changes))
    assert isinstance(found, dsa.Unrepresentable), found
    return {fault.pointer: fault.detail for fault in found.faults}


def test_a_decision_is_said_there_whole():
    (found,) = said()
    assert dsa.document_of(found) == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
        "illegal_content_legal_ground": "A made-up act, Section 5",
        "illegal_content_explanation": "Why this follows.",
        "category": "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
        "category_specification": ["KEYWORD_TERRORIST_CONTENT"],
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": "Not recorded",
        "content_date": "2025-07-10",
        "territorial_scope": ["DE", "FR"],
        "application_date": "2025-08-02",
        "decision_facts": "What was found.",
        "source_type": "SOURCE_TRUSTED_FLAGGER",
        "source_identity": "Example referral unit",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": "dec_01m89vygyhe4mtytf7q822wp85-0",
    }


def test_each_locator_is_a_statement_of_its_own():
    found = said(items=[item(), item(MeasureName.SUSPEND_ACCOUNT, locator=2, ends_at=END)])
    assert [one.puid[-2:] for one in found] == ["-0", "-2"]
    assert (found[1].decision_visibility, found[1].decision_account) == (None, "DECISION_ACCOUNT_SUSPENDED")
    assert found[1].end_date_account_restriction == "2025-09-02"


def test_a_clause_of_the_terms_is_the_other_ground():
    (found,) = said(ground=Ground(terms_ground=TERMS))
    assert (found.decision_ground, found.incompatible_content_ground) == (
        "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "Terms of service, 4.2",
    )
    assert found.decision_ground_reference_url == "https://example.com/terms"


def test_a_measure_without_territory_holds_in_all_of_the_area():
    (found,) = said(items=[item(territory=())])
    assert len(found.territorial_scope) == 30


def test_what_is_kept_restricts_nobody_and_is_not_told():
    (found,) = said(items=[item(), item(MeasureName.PRESERVE)])
    assert found.decision_visibility == ("DECISION_VISIBILITY_CONTENT_REMOVED",)


def test_what_the_platform_says_besides_counts():
    more = {"content_type": ["CONTENT_TYPE_VIDEO"], "category": "STATEMENT_CATEGORY_VIOLENCE", "content_language": "ID"}
    (found,) = said(category=Category.GAMBLING, more=more)
    assert (found.content_type, found.content_type_other) == (("CONTENT_TYPE_VIDEO",), None)
    assert (found.category, found.category_specification) == ("STATEMENT_CATEGORY_VIOLENCE", None)
    assert found.content_language == "ID"


def test_own_detection_names_nobody():
    (found,) = said(kind=NoticeKind.OWN_DETECTION)
    assert (found.source_type, found.source_identity) == ("SOURCE_VOLUNTARY", None)


@pytest.mark.parametrize(
    ("changes", "pointer", "says"),
    [
        ({"kind": NoticeKind.ORDER}, "/kind", "Art. 17(5)"),
        ({"items": [item(territory=("DE", "ID"))]}, "/items/0/territory", "ID is outside"),
        ({"items": [item(territory=("ID",))]}, "/items/0/territory", "ID is outside"),
        ({"items": []}, "/items", "Nothing was restricted"),
        ({"items": [item(MeasureName.PRESERVE)]}, "/items", "Nothing was restricted"),
        ({"items": [item(MeasureName.WARN), item()]}, "/items/0", "warn has no code"),
        ({"items": [item(), item(MeasureName.DEMOTE, ends_at=END)]}, "/items/0", "one end"),
        ({"items": [item(), item(MeasureName.DEMOTE, territory=("FR",))]}, "/items/0", "one territory"),
        ({"ground": Ground(LAW, TERMS)}, "/ground", "room for one"),
        ({"ground": None}, "/ground", "asks for a ground"),
        ({"ground": Ground(LegalGround("id", "UU", "1"))}, "/ground/legal_ground/system", "'id'"),
        ({"category": Category.GAMBLING}, "/category", "no code"),
        ({"reasons": "x" * 2001}, "/illegal_content_explanation", "2000 characters"),
        ({"facts": "x" * 5001}, "/decision_facts", "5000 characters"),
        ({"content_date": None}, "/content_date", "required"),
        ({"made_at": datetime(2017, 7, 14, tzinfo=UTC)}, "/application_date", "2020-01-01"),
        ({"undone": True}, "/state", "reversed"),
        ({"facts": "Written by somebody@example.com."}, "/facts", "e-mail address"),
        ({"reasons": "Call +62 21 555 0100."}, "/reasons", "telephone"),
        ({"more": {"content_type": ["x"]}}, "/content_type", "invalid"),
        ({"more": {"decision_facts": "others"}}, "/decision_facts", "cannot be said besides"),
    ],
)
def test_what_cannot_be_said_there_is_refused_with_its_reason(changes, pointer, says):
    found = why(**changes)
    assert list(found) == [pointer]
    assert says in found[pointer]


def test_every_reason_is_told_at_once():
    found = why(kind=NoticeKind.ORDER, items=[item(territory=("ID",))], reasons="x" * 2001)
    assert {"/kind", "/items/0/territory", "/illegal_content_explanation"} <= set(found)


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind is not NoticeKind.ORDER])
def test_every_other_kind_of_notice_has_its_source(kind):
    assert said(kind=kind)


@pytest.mark.parametrize("measure", [one for one in MeasureName if one not in {MeasureName.WARN, MeasureName.PRESERVE}])
def test_every_restriction_has_its_code(measure):
    (found,) = said(items=[item(measure)])
    assert found.decision_visibility or found.decision_account
