import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from tests.mandates import EVERYTHING, mandate

from mufakat.rules import admissibility
from mufakat.rules.admissibility import Admitted
from mufakat.rules.errors import NotAdmissibleError
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.mandate import Mandate, MandateState
from mufakat.rules.notice import MAX_BYTES, MeasureName, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind

AT = datetime(2017, 7, 14, 3, tzinfo=UTC)
PARTIES = {
    "telegram": PartyKind.PLATFORM,
    "isp-a": PartyKind.OPERATOR,
    "kominfo": PartyKind.REGULATOR,
    "auditor": PartyKind.AUDITOR,
    "house": PartyKind.HOUSE,
}
CAPTURE = b"a picture of the screen"
STORED = hashlib.sha256(b"uploaded before").hexdigest()

LEGAL = {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40 ayat (2a)"}
TERMS = {"document": "Terms of Service", "clause": "3"}
INLINE = {
    "name": "capture.png",
    "media_type": "image/png",
    "sha256": hashlib.sha256(CAPTURE).hexdigest(),
    "content": base64.b64encode(CAPTURE).decode(),
}
UPLOADED = {"name": "video.mp4", "media_type": "video/mp4", "sha256": STORED, "content": None}
LEAST = {
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "terrorism",
    "locators": ["https://t.me/s/examplechannel/12"],
    "explanation": "A manual for making bombs.",
    "language": "id",
    "legal_ground": LEGAL,
}
WHOLE = LEAST | {
    "urgency": "urgent",
    "content_date": "2017-07-10",
    "terms_ground": None,
    "requested_measures": ["remove"],
    "territory": ["ID"],
    "evidence": [INLINE, UPLOADED],
    "external_refs": [{"scheme": "kominfo", "id": "2017/7/14-3"}],
    "external": {"xarf": {"version": 4, "tags": ["a", None, 1.5, True]}},
}
# Every name stands here once, so that the first reading alone has to see a second one.
ONCE = WHOLE | {"evidence": [INLINE], "external": {}}
OPTIONAL = sorted(set(WHOLE) - set(LEAST))


def admit(
    notice: object,
    *,
    sender: str = "kominfo",
    kind: PartyKind = PartyKind.REGULATOR,
    mandates: Sequence[Mandate] = EVERYTHING,
) -> Admitted:
    """Admit a notice, given as plain values or as the bytes themselves."""
    raw = notice if isinstance(notice, bytes) else json.dumps(notice).encode()
    return admissibility.admit(
        raw,
        sender=sender,
        sender_kind=kind,
        mandates=mandates,
        recipient=PARTIES.get,
        evidence_stored=lambda sha256: sha256 == STORED,
        at=AT,
    )


def refused(notice: object, **by) -> list[Fault]:
    with pytest.raises(NotAdmissibleError) as caught:
        admit(notice, **by)
    return list(caught.value.faults)


def places(notice: object, **by) -> list[tuple[str, FaultCode]]:
    return [(fault.pointer, fault.code) for fault in refused(notice, **by)]


def without(member: str, notice: dict = WHOLE) -> dict:
    return {name: value for name, value in notice.items() if name != member}


# What is taken.


@pytest.mark.parametrize("notice", [LEAST, WHOLE], ids=["least", "whole"])
def test_a_good_notice_is_taken(notice):
    assert admit(notice).draft.to == "telegram"


@pytest.mark.parametrize("member", OPTIONAL)
def test_an_optional_member_may_be_null(member):
    assert admit(WHOLE | {member: None})


@pytest.mark.parametrize("member", OPTIONAL)
def test_an_optional_member_may_be_absent(member):
    assert admit(without(member))


def test_the_digest_is_that_of_the_bytes_as_sent():
    raw = json.dumps(LEAST, indent=3).encode()
    assert admit(raw).sha256 == hashlib.sha256(raw).digest()


def test_locators_keep_their_order():
    given = ["https://b.example.com/", "https://a.example.com/", "https://b.example.com/"]
    assert [found.canonical for found in admit(LEAST | {"locators": given}).locators] == given


def test_the_content_sent_inside_is_handed_on_beside_its_reference():
    assert admit(WHOLE).contents == (CAPTURE, None)


def test_the_law_is_the_code_of_the_legal_ground():
    assert admit(LEAST | {"terms_ground": TERMS}).law == "id"


def test_without_a_legal_ground_the_law_is_the_terms():
    assert admit(without("legal_ground", LEAST) | {"terms_ground": TERMS}).law == "terms"


def test_what_is_not_said_to_be_urgent_is_normal():
    assert admit(LEAST).draft.effective_urgency is Urgency.NORMAL


def test_an_emergency_is_taken():
    assert admit(LEAST | {"urgency": "emergency"}).draft.effective_urgency is Urgency.EMERGENCY


def test_foreign_values_are_kept_as_they_are():
    assert admit(WHOLE).draft.external == WHOLE["external"]


def test_letters_may_be_written_as_escapes():
    assert admit(json.dumps(LEAST | {"explanation": "Ujaran § kébencian 😀"}, ensure_ascii=True).encode())


def test_a_name_may_be_written_as_escapes():
    assert admit(json.dumps(LEAST).replace('"to"', r'"t\u006f"').encode())


def test_several_pieces_of_evidence_repeat_no_name():
    assert len(admit(LEAST | {"evidence": [UPLOADED] * 20}).contents) == 20


def test_a_text_may_speak_of_names_and_colons():
    assert admit(LEAST | {"explanation": '{"to": "x", "to": "y"}\n\t"kind":"kind"'})


@pytest.mark.parametrize("measures", [[], [measure.value for measure in MeasureName]])
def test_measures_are_asked_once_each(measures):
    assert admit(LEAST | {"requested_measures": measures})


# The whole document.


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(b"", FaultCode.NOT_JSON, id="nothing"),
        pytest.param(b"{", FaultCode.NOT_JSON, id="cut"),
        pytest.param(b"{} {}", FaultCode.NOT_JSON, id="two documents"),
        pytest.param(b"\xef\xbb\xbf{}", FaultCode.NOT_JSON, id="byte order mark"),
        pytest.param("{}".encode("utf-16"), FaultCode.NOT_UTF8, id="UTF-16"),
        pytest.param(b'{"to": "\xff"}', FaultCode.NOT_UTF8, id="Latin-1"),
        pytest.param(b'{"to": "\xed\xa0\x80"}', FaultCode.NOT_UTF8, id="surrogate in UTF-8"),
        pytest.param(b'{"to": "a\nb"}', FaultCode.NOT_JSON, id="bare line break"),
        pytest.param(b"[]", FaultCode.WRONG_TYPE, id="list"),
        pytest.param(b"null", FaultCode.WRONG_TYPE, id="null"),
        pytest.param(b"NaN", FaultCode.WRONG_TYPE, id="NaN"),
        pytest.param(b"[" * 100_000, FaultCode.TOO_DEEP, id="nest"),
        pytest.param(b'{"external":' * 100_000, FaultCode.TOO_DEEP, id="nest of objects"),
        pytest.param(b" " * (MAX_BYTES + 1), FaultCode.TOO_LARGE, id="large"),
    ],
)
def test_what_is_no_notice_at_all_is_one_fault(raw, code):
    assert places(raw) == [("", code)]


def test_where_the_json_breaks_is_said():
    (fault,) = refused(b'{"to": "telegram",\n "kind" "order"}')
    assert "line 2, column 9" in fault.detail


def test_every_fault_is_listed_at_once():
    bad = WHOLE | {
        "to": "nobody",
        "kind": "wish",
        "category": 5,
        "locators": ["", "https://example.com/", 7],
        "language": "indonesian",
        "content_date": "1600-01-01",
        "territory": ["ID", "XX"],
        "evidence": [{"name": "", "media_type": "png", "sha256": "x", "content": "?"}],
        "colour": "red",
    }
    assert sorted(places(without("explanation", bad))) == [
        ("/category", FaultCode.WRONG_TYPE),
        ("/colour", FaultCode.UNKNOWN_MEMBER),
        ("/content_date", FaultCode.BAD_DATE),
        ("/evidence/0/content", FaultCode.BAD_FORM),
        ("/evidence/0/media_type", FaultCode.BAD_FORM),
        ("/evidence/0/name", FaultCode.EMPTY),
        ("/evidence/0/sha256", FaultCode.BAD_FORM),
        ("/explanation", FaultCode.MISSING),
        ("/kind", FaultCode.NOT_IN_LIST),
        ("/language", FaultCode.BAD_FORM),
        ("/locators/0", FaultCode.LOCATOR_REFUSED),
        ("/locators/2", FaultCode.WRONG_TYPE),
        ("/territory/1", FaultCode.NOT_IN_LIST),
        ("/to", FaultCode.UNKNOWN_PARTY),
    ]


@pytest.mark.parametrize("member", sorted(set(LEAST) - {"legal_ground"}))
def test_a_required_member_is_missed(member):
    assert places(without(member, LEAST)) == [(f"/{member}", FaultCode.MISSING)]


@pytest.mark.parametrize("member", sorted(set(LEAST) - {"legal_ground"}))
def test_a_required_member_may_not_be_null(member):
    assert places(LEAST | {member: None}) == [(f"/{member}", FaultCode.WRONG_TYPE)]


@pytest.mark.parametrize(
    ("notice", "pointer"),
    [
        pytest.param(LEAST | {"colour": "red"}, "/colour", id="top"),
        pytest.param(LEAST | {"a/b~c": 1}, "/a~1b~0c", id="a name to escape"),
        pytest.param(LEAST | {"x" * 500: 1}, "", id="a name too long to repeat"),
        pytest.param(LEAST | {"legal_ground": LEGAL | {"text": "…"}}, "/legal_ground/text", id="in the ground"),
        pytest.param(LEAST | {"evidence": [UPLOADED | {"size": 1}]}, "/evidence/0/size", id="in the evidence"),
    ],
)
def test_an_unknown_member_is_refused_with_its_path(notice, pointer):
    assert places(notice) == [(pointer, FaultCode.UNKNOWN_MEMBER)]


TWICE = [
    pytest.param('"to"', '"to": "isp-a", "to"', "/to", id="top"),
    pytest.param('"to"', '"to" : "isp-a", "to"', "/to", id="with a blank before the colon"),
    pytest.param('"to"', r'"t\u006f": "isp-a", "to"', "/to", id="written with an escape"),
    pytest.param('"to"', r'"\u0074\u006F": "isp-a", "to"', "/to", id="written with escapes throughout"),
    pytest.param('"to"', '"urgency": null, "to"', "/urgency", id="null and a value"),
    pytest.param('"system"', '"system": "us", "system"', "/legal_ground/system", id="in the ground"),
    pytest.param('"scheme"', '"scheme": "a", "scheme"', "/external_refs/0/scheme", id="in a reference"),
    pytest.param('"sha256"', '"content": "AA==", "sha256"', "/evidence/0/content", id="in the evidence"),
]


@pytest.mark.parametrize(("old", "new", "pointer"), TWICE)
@pytest.mark.parametrize("notice", [ONCE, WHOLE], ids=["once", "whole"])
def test_two_members_of_one_name_are_refused(notice, old, new, pointer):
    raw = json.dumps(notice).replace(old, new, 1).encode()
    assert (pointer, FaultCode.REPEATED_MEMBER) in places(raw)


def test_two_members_of_one_name_are_refused_in_external():
    raw = json.dumps(WHOLE).replace('"version"', '"version": 3, "version"').encode()
    assert places(raw) == [("/external/xarf/version", FaultCode.REPEATED_MEMBER)]


# Member by member.


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        pytest.param({"to": "nobody"}, "/to", FaultCode.UNKNOWN_PARTY, id="to: nobody"),
        pytest.param({"to": "Telegram"}, "/to", FaultCode.UNKNOWN_PARTY, id="to: no handle"),
        pytest.param({"to": "telegram\x00"}, "/to", FaultCode.UNKNOWN_PARTY, id="to: NUL"),
        pytest.param({"to": ""}, "/to", FaultCode.EMPTY, id="to: empty"),
        pytest.param({"to": "a" * 64}, "/to", FaultCode.TOO_LONG, id="to: long"),
        pytest.param({"to": "auditor"}, "/to", FaultCode.WRONG_RECIPIENT, id="to: auditor"),
        pytest.param({"to": "house"}, "/to", FaultCode.WRONG_RECIPIENT, id="to: house"),
        pytest.param({"kind": "wish"}, "/kind", FaultCode.NOT_IN_LIST, id="kind: unknown"),
        pytest.param({"kind": "Order"}, "/kind", FaultCode.NOT_IN_LIST, id="kind: capital"),
        pytest.param({"category": "spam"}, "/category", FaultCode.NOT_IN_LIST, id="category: unknown"),
        pytest.param({"urgency": "asap"}, "/urgency", FaultCode.NOT_IN_LIST, id="urgency: unknown"),
        pytest.param({"urgency": 1}, "/urgency", FaultCode.WRONG_TYPE, id="urgency: number"),
        pytest.param({"locators": []}, "/locators", FaultCode.EMPTY, id="locators: none"),
        pytest.param({"locators": ["@nama_kanal"] * 101}, "/locators", FaultCode.TOO_MANY, id="locators: 101"),
        pytest.param({"locators": "@nama_kanal"}, "/locators", FaultCode.WRONG_TYPE, id="locators: text"),
        pytest.param({"locators": [["@nama_kanal"]]}, "/locators/0", FaultCode.WRONG_TYPE, id="locators: nested"),
        pytest.param({"locators": ["\ud800"]}, "/locators/0", FaultCode.BAD_TEXT, id="locators: surrogate"),
        pytest.param({"explanation": ""}, "/explanation", FaultCode.EMPTY, id="explanation: empty"),
        pytest.param({"explanation": " \n"}, "/explanation", FaultCode.EMPTY, id="explanation: blank"),
        pytest.param({"explanation": "x" * 20_001}, "/explanation", FaultCode.TOO_LONG, id="explanation: long"),
        pytest.param({"explanation": 5}, "/explanation", FaultCode.WRONG_TYPE, id="explanation: number"),
        pytest.param({"explanation": "a\x00b"}, "/explanation", FaultCode.BAD_TEXT, id="explanation: NUL"),
        pytest.param({"explanation": "a\x1bb"}, "/explanation", FaultCode.BAD_TEXT, id="explanation: escape"),
        pytest.param({"explanation": "a\x7fb"}, "/explanation", FaultCode.BAD_TEXT, id="explanation: delete"),
        pytest.param({"explanation": "a\x85b"}, "/explanation", FaultCode.BAD_TEXT, id="explanation: C1"),
        pytest.param({"explanation": "a\ud800b"}, "/explanation", FaultCode.BAD_TEXT, id="explanation: surrogate"),
        pytest.param({"language": ""}, "/language", FaultCode.BAD_FORM, id="language: empty"),
        pytest.param({"language": "Bahasa"}, "/language", FaultCode.BAD_FORM, id="language: word"),
        pytest.param({"language": "id\n"}, "/language", FaultCode.BAD_FORM, id="language: line break"),
        pytest.param({"language": "id_ID"}, "/language", FaultCode.BAD_FORM, id="language: underscore"),
        pytest.param({"content_date": ""}, "/content_date", FaultCode.EMPTY, id="date: empty"),
        pytest.param({"content_date": "1600-01-01"}, "/content_date", FaultCode.BAD_DATE, id="date: 1600"),
        pytest.param({"content_date": "1989-12-31"}, "/content_date", FaultCode.BAD_DATE, id="date: 1989"),
        pytest.param({"content_date": "2017-07-16"}, "/content_date", FaultCode.BAD_DATE, id="date: in two days"),
        pytest.param({"content_date": "2017-02-29"}, "/content_date", FaultCode.BAD_DATE, id="date: no leap day"),
        pytest.param({"content_date": "20170710"}, "/content_date", FaultCode.BAD_DATE, id="date: no hyphens"),
        pytest.param({"content_date": "2017-W28-1"}, "/content_date", FaultCode.BAD_DATE, id="date: week"),
        pytest.param({"content_date": "10/07/2017"}, "/content_date", FaultCode.BAD_DATE, id="date: slashes"),
        pytest.param({"content_date": "2017-07-10\n"}, "/content_date", FaultCode.BAD_DATE, id="date: line break"),
        pytest.param({"content_date": "٢٠١٧-07-10"}, "/content_date", FaultCode.BAD_DATE, id="date: Arabic digits"),
        pytest.param({"content_date": "2017-07-10T09:30"}, "/content_date", FaultCode.BAD_DATE, id="date: no zone"),
        pytest.param(
            {"content_date": "2017-07-10T25:00:00Z"}, "/content_date", FaultCode.BAD_DATE, id="date: 25 o'clock"
        ),
        pytest.param(
            {"content_date": "2017-07-15T03:00:00.001Z"}, "/content_date", FaultCode.BAD_DATE, id="date: over a day"
        ),
        pytest.param({"content_date": "2" * 41}, "/content_date", FaultCode.TOO_LONG, id="date: long"),
        pytest.param({"content_date": 20170710}, "/content_date", FaultCode.WRONG_TYPE, id="date: number"),
        pytest.param({"requested_measures": ["shout"]}, "/requested_measures/0", FaultCode.NOT_IN_LIST, id="measure"),
        pytest.param(
            {"requested_measures": ["warn", "warn"]},
            "/requested_measures/1",
            FaultCode.REPEATED_ITEM,
            id="measure twice",
        ),
        pytest.param({"territory": ["XX"]}, "/territory/0", FaultCode.NOT_IN_LIST, id="territory: unknown"),
        pytest.param({"territory": ["id"]}, "/territory/0", FaultCode.NOT_IN_LIST, id="territory: lower case"),
        pytest.param({"territory": ["ID", "ID"]}, "/territory/1", FaultCode.REPEATED_ITEM, id="territory: twice"),
        pytest.param({"territory": "ID"}, "/territory", FaultCode.WRONG_TYPE, id="territory: text"),
        pytest.param(
            {"external_refs": [{"scheme": "Kominfo", "id": "1"}]},
            "/external_refs/0/scheme",
            FaultCode.BAD_FORM,
            id="reference: scheme",
        ),
        pytest.param(
            {"external_refs": [{"scheme": "a", "id": "1\n2"}]},
            "/external_refs/0/id",
            FaultCode.BAD_TEXT,
            id="reference: two lines",
        ),
        pytest.param(
            {"external_refs": [{"scheme": "a", "id": "1"}] * 21},
            "/external_refs",
            FaultCode.TOO_MANY,
            id="references: 21",
        ),
    ],
)
def test_a_bad_member_is_the_only_fault(changes, pointer, code):
    assert places(LEAST | changes) == [(pointer, code)]


@pytest.mark.parametrize(
    "text",
    [
        "1990-01-01",
        "2016-02-29",
        "2017-07-15",
        "2017-07-10T09:30:00Z",
        "2017-07-10t09:30:00.123456789z",
        "2017-07-10T09:30:00+07:00",
        "2017-07-15T03:00:00Z",
    ],
)
def test_a_content_date_from_1990_to_a_day_from_now(text):
    assert admit(LEAST | {"content_date": text})


@pytest.mark.parametrize("tag", ["id", "en-GB", "zh-Hant-TW", "es-419", "jav", "EN"])
def test_a_language_tag(tag):
    assert admit(LEAST | {"language": tag})


def test_a_refused_enumeration_lists_what_is_allowed():
    (fault,) = refused(LEAST | {"urgency": "asap"})
    assert fault.detail == "'asap' is not one of: normal, urgent, emergency."


def test_a_refused_locator_gets_the_sentence_of_the_refusal():
    (fault,) = refused(LEAST | {"locators": ["https://example.com/", "http://192.168.0.1/"]})
    assert (fault.pointer, fault.code) == ("/locators/1", FaultCode.LOCATOR_REFUSED)
    assert "private" in fault.detail


def test_a_secret_in_a_locator_is_in_no_sentence():
    with pytest.raises(NotAdmissibleError) as caught:
        admit(LEAST | {"locators": ["tg://login?token=GEHEIM123"]})
    assert "GEHEIM123" not in str(caught.value)


def test_what_a_stranger_typed_is_repeated_short_and_in_ascii():
    details = [fault.detail for fault in refused(LEAST | {"to": "\x1b[2J", "kind": "\u202e" * 9_000, "\x07" * 99: 1})]
    assert all(detail.isascii() and detail.isprintable() and len(detail) < 400 for detail in details)


# I-04: a ground, and a sender entitled to the kind.


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_without_any_ground_is_refused(kind):
    assert places(without("legal_ground", LEAST) | {"kind": kind.value}) == [("/legal_ground", FaultCode.NO_GROUND)]


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize("kind", ["request", "order"])
def test_an_authority_needs_a_law(kind):
    notice = without("legal_ground", LEAST) | {"kind": kind, "terms_ground": TERMS}
    assert places(notice) == [("/legal_ground", FaultCode.NO_GROUND)]


@pytest.mark.parametrize("kind", ["user_report", "trusted_flag", "own_detection", "forwarded"])
def test_others_may_stand_on_the_terms(kind):
    assert admit(without("legal_ground", LEAST) | {"kind": kind, "terms_ground": TERMS})


@pytest.mark.parametrize(
    ("ground", "pointer", "code"),
    [
        (LEGAL | {"system": "xx"}, "/legal_ground/system", FaultCode.NOT_IN_LIST),
        (LEGAL | {"system": "ID"}, "/legal_ground/system", FaultCode.NOT_IN_LIST),
        (LEGAL | {"system": "terms"}, "/legal_ground/system", FaultCode.TOO_LONG),
        (LEGAL | {"instrument": " "}, "/legal_ground/instrument", FaultCode.EMPTY),
        (LEGAL | {"instrument": "a\nb"}, "/legal_ground/instrument", FaultCode.BAD_TEXT),
        (LEGAL | {"provision": "x" * 256}, "/legal_ground/provision", FaultCode.TOO_LONG),
        ({"system": "id", "instrument": "UU 11/2008"}, "/legal_ground/provision", FaultCode.MISSING),
        ("UU 11/2008", "/legal_ground", FaultCode.WRONG_TYPE),
    ],
)
def test_a_bad_legal_ground(ground, pointer, code):
    assert places(LEAST | {"legal_ground": ground}) == [(pointer, code)]


@pytest.mark.parametrize(
    ("ground", "pointer", "code"),
    [
        (TERMS | {"url": "javascript:alert(1)"}, "/terms_ground/url", FaultCode.BAD_FORM),
        (TERMS | {"url": "https://example.com/a b"}, "/terms_ground/url", FaultCode.BAD_FORM),
        (TERMS | {"clause": "\u2028"}, "/terms_ground/clause", FaultCode.EMPTY),
        (TERMS | {"clause": "3\u20284"}, "/terms_ground/clause", FaultCode.BAD_TEXT),
        ({"document": "Terms"}, "/terms_ground/clause", FaultCode.MISSING),
    ],
)
def test_a_bad_ground_in_terms(ground, pointer, code):
    assert places(LEAST | {"terms_ground": ground}) == [(pointer, code)]


@pytest.mark.parametrize("system", ["id", "eu", "un", "gb"])
def test_a_system_of_law(system):
    assert admit(LEAST | {"legal_ground": LEGAL | {"system": system}}).law == system


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize("kind", ["trusted_flag", "request", "order"])
def test_what_speaks_with_authority_needs_a_mandate(kind):
    assert places(LEAST | {"kind": kind}, mandates=()) == [("/kind", FaultCode.NOT_ENTITLED)]


@pytest.mark.invariant("I-04")
@pytest.mark.parametrize("state", [MandateState.SUSPENDED, MandateState.REVOKED])
def test_a_mandate_that_is_not_in_force_covers_nothing(state):
    assert places(LEAST, mandates=[mandate(state=state)]) == [("/kind", FaultCode.MANDATE_NOT_IN_FORCE)]


@pytest.mark.parametrize("kind", PartyKind)
def test_anybody_reports_as_a_user_without_a_mandate(kind):
    taken = admit(LEAST | {"kind": "user_report"}, sender="somebody", kind=kind, mandates=())
    assert (taken.kind, taken.mandate) == (NoticeKind.USER_REPORT, None)


def test_what_is_covered_says_under_which_mandate():
    taken = admit(LEAST, mandates=[mandate(1, categories=("fraud",)), mandate(2), mandate(3)])
    assert (taken.kind, taken.mandate) == (NoticeKind.TRUSTED_FLAG, mandate(2).id)


def test_what_lies_outside_is_refused_member_by_member():
    narrow = mandate(categories=("fraud",), surfaces=("host",), country="ID")
    notice = LEAST | {"locators": ["example.com", "@example_channel"], "territory": ["ID", "SG"]}
    assert places(notice, mandates=[narrow]) == [
        ("/category", FaultCode.OUTSIDE_MANDATE),
        ("/locators/1", FaultCode.OUTSIDE_MANDATE),
        ("/territory/1", FaultCode.OUTSIDE_MANDATE),
    ]


def test_what_lies_outside_is_taken_as_a_user_report_where_its_sender_chose_so():
    taken = admit(LEAST | {"otherwise": "user_report"}, mandates=())
    assert (taken.kind, taken.mandate, taken.draft.kind) == (NoticeKind.USER_REPORT, None, NoticeKind.TRUSTED_FLAG)


def test_what_is_covered_is_not_taken_as_less():
    assert admit(LEAST | {"otherwise": "user_report"}).kind is NoticeKind.TRUSTED_FLAG


def test_an_order_that_is_taken_as_a_user_report_may_stand_on_the_terms():
    notice = without("legal_ground", LEAST) | {"kind": "order", "terms_ground": TERMS, "otherwise": "user_report"}
    assert admit(notice, mandates=()).law == "terms"


def test_no_other_way_out_is_known():
    assert places(LEAST | {"otherwise": "order"}) == [("/otherwise", FaultCode.NOT_IN_LIST)]


def test_who_may_not_send_a_kind_is_told_which_are_open():
    (fault,) = refused(LEAST | {"kind": "forwarded"}, sender="bnpt", kind=PartyKind.TRUSTED_FLAGGER)
    assert fault.detail.endswith("without a mandate: user_report.")


def test_nobody_sends_to_itself():
    notice = LEAST | {"kind": "forwarded"}
    assert places(notice, sender="telegram", kind=PartyKind.PLATFORM) == [("/to", FaultCode.WRONG_RECIPIENT)]


def test_a_platform_may_note_what_it_detected_itself():
    assert admit(LEAST | {"kind": "own_detection"}, sender="telegram", kind=PartyKind.PLATFORM)


def test_an_operator_may_be_asked():
    assert admit(LEAST | {"to": "isp-a", "kind": "order"})


# Evidence.


def test_a_file_that_was_not_uploaded_is_missed():
    (fault,) = refused(LEAST | {"evidence": [UPLOADED, UPLOADED | {"sha256": "0" * 64}]})
    assert (fault.pointer, fault.code) == ("/evidence/1/sha256", FaultCode.NOT_UPLOADED)
    assert "upload it first" in fault.detail


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        pytest.param({"sha256": STORED}, "/evidence/0/sha256", FaultCode.DIGEST_MISMATCH, id="another digest"),
        pytest.param({"sha256": "A" * 64}, "/evidence/0/sha256", FaultCode.BAD_FORM, id="capitals"),
        pytest.param({"sha256": STORED + "\n"}, "/evidence/0/sha256", FaultCode.BAD_FORM, id="line break"),
        pytest.param({"content": ""}, "/evidence/0/content", FaultCode.EMPTY, id="empty"),
        pytest.param({"content": "AAA"}, "/evidence/0/content", FaultCode.BAD_FORM, id="no padding"),
        pytest.param({"content": "AA A="}, "/evidence/0/content", FaultCode.BAD_FORM, id="blank"),
        pytest.param({"content": "-_-_"}, "/evidence/0/content", FaultCode.BAD_FORM, id="URL-safe letters"),
        pytest.param({"content": "ÄÄÄÄ"}, "/evidence/0/content", FaultCode.BAD_FORM, id="letters"),
        pytest.param({"content": "A" * 349_532}, "/evidence/0/content", FaultCode.TOO_LONG, id="long"),
        pytest.param({"media_type": "image/png; x=y"}, "/evidence/0/media_type", FaultCode.BAD_FORM, id="parameter"),
        pytest.param({"name": "a\r\nSet-Cookie: x"}, "/evidence/0/name", FaultCode.BAD_TEXT, id="name of two lines"),
        pytest.param({"name": "x" * 256}, "/evidence/0/name", FaultCode.TOO_LONG, id="long name"),
    ],
)
def test_bad_evidence(changes, pointer, code):
    assert places(LEAST | {"evidence": [INLINE | changes]}) == [(pointer, code)]


def inline(content: bytes) -> dict:
    sha256 = hashlib.sha256(content).hexdigest()
    return INLINE | {"sha256": sha256, "content": base64.b64encode(content).decode()}


def test_a_file_of_256_kib_may_be_sent_inside():
    assert len(admit(LEAST | {"evidence": [inline(bytes(262_144))]}).contents[0] or b"") == 262_144


def test_a_larger_file_is_uploaded_first():
    assert places(LEAST | {"evidence": [inline(bytes(262_145))]}) == [("/evidence/0/content", FaultCode.TOO_LARGE)]


def test_more_than_twenty_files_are_refused():
    assert places(LEAST | {"evidence": [UPLOADED] * 21}) == [("/evidence", FaultCode.TOO_MANY)]


@pytest.mark.invariant("I-15")
def test_no_file_is_taken_for_child_sexual_abuse():
    notice = LEAST | {"category": "child_sexual_abuse", "evidence": [INLINE]}
    assert places(notice) == [("/evidence/0/content", FaultCode.EVIDENCE_REFUSED)]


@pytest.mark.invariant("I-15")
def test_for_child_sexual_abuse_a_digest_stands_alone():
    never_uploaded = UPLOADED | {"sha256": "0" * 64}
    assert admit(LEAST | {"category": "child_sexual_abuse", "evidence": [never_uploaded]}).contents == (None,)


# External: anything that can be kept.


def nest(depth: int) -> dict:
    """Objects inside each other, `depth` of them in all."""
    found: dict = {}
    for _ in range(depth - 1):
        found = {"a": found}
    return found


def test_external_may_reach_a_depth_of_32_in_the_document():
    assert admit(LEAST | {"external": nest(31)})


def test_external_may_not_reach_a_depth_of_33():
    assert places(LEAST | {"external": nest(32)}) == [("/external" + "/a" * 31, FaultCode.TOO_DEEP)]


def test_external_of_64_kib_is_kept():
    assert admit(LEAST | {"external": {"a": "x" * (65_536 - 8)}})


def test_external_over_64_kib_is_refused():
    assert places(LEAST | {"external": {"a": "x" * (65_536 - 7)}}) == [("/external", FaultCode.TOO_LARGE)]


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        pytest.param("[]", "/external", FaultCode.WRONG_TYPE, id="a list"),
        pytest.param(r'{"a": ["b", "\u0000"]}', "/external/a/1", FaultCode.BAD_TEXT, id="NUL"),
        pytest.param(r'{"a": "\udc00"}', "/external/a", FaultCode.BAD_TEXT, id="surrogate"),
        pytest.param(r'{"\u0000": 1}', "/external", FaultCode.BAD_TEXT, id="NUL in a name"),
        pytest.param('{"a": NaN}', "/external/a", FaultCode.BAD_NUMBER, id="NaN"),
        pytest.param('{"a": -Infinity}', "/external/a", FaultCode.BAD_NUMBER, id="Infinity"),
        pytest.param('{"a": 1e999}', "/external/a", FaultCode.BAD_NUMBER, id="beyond a float"),
        pytest.param('{"a": 18446744073709551616}', "/external/a", FaultCode.BAD_NUMBER, id="beyond 64 bits"),
        pytest.param('{"a": ' + "9" * 5_000 + "}", "/external/a", FaultCode.BAD_NUMBER, id="5,000 digits"),
    ],
)
def test_what_cannot_be_kept_is_refused(text, pointer, code):
    raw = json.dumps(LEAST).removesuffix("}") + f', "external": {text}}}'
    assert places(raw.encode()) == [(pointer, code)]


@pytest.mark.parametrize(
    "text", ['{"a": 18446744073709551615}', '{"a": -9223372036854775808}', '{"a": 1.' + "0" * 999 + "}"]
)
def test_numbers_that_fit_are_kept(text):
    assert admit((json.dumps(LEAST).removesuffix("}") + f', "external": {text}}}').encode())


SILENCE = {"until": "2017-08-14T10:00:00+07:00", "legal_ground": LEGAL}


@pytest.mark.parametrize("kind", ["request", "order"])
@pytest.mark.parametrize("until", ["2017-07-14T03:00:00.001Z", "2018-07-15T03:00:00Z", "2017-08-14t10:00:00+07:00"])
def test_an_authority_forbids_to_disclose_for_a_year_at_most(kind: str, until: str) -> None:
    silence = SILENCE | {"until": until}
    admitted = admit(LEAST | {"kind": kind, "non_disclosure": silence})
    assert admitted.draft.non_disclosure is not None
    assert admitted.draft.non_disclosure.until == until


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"until": "2017-07-14T03:00:00Z"}, "/until", FaultCode.BAD_DATE),
        ({"until": "2018-07-15T03:00:00.001Z"}, "/until", FaultCode.BAD_DATE),
        ({"until": "9999-12-31T23:59:59-12:00"}, "/until", FaultCode.BAD_DATE),
        ({"until": "0001-01-01T00:00:00+12:00"}, "/until", FaultCode.BAD_DATE),
        ({"until": "2017-08-14"}, "/until", FaultCode.BAD_DATE),
        ({"until": "2017-08-14T10:00"}, "/until", FaultCode.BAD_DATE),
        ({"until": ""}, "/until", FaultCode.EMPTY),
        ({"until": 1}, "/until", FaultCode.WRONG_TYPE),
        ({"legal_ground": None}, "/legal_ground", FaultCode.WRONG_TYPE),
        ({"legal_ground": LEGAL | {"system": "xx"}}, "/legal_ground/system", FaultCode.NOT_IN_LIST),
        ({"legal_ground": LEGAL | {"instrument": " "}}, "/legal_ground/instrument", FaultCode.EMPTY),
        ({"legal_ground": LEGAL | {"provision": "a\nb"}}, "/legal_ground/provision", FaultCode.BAD_TEXT),
        ({"why": "x"}, "/why", FaultCode.UNKNOWN_MEMBER),
    ],
)
def test_a_silence_without_end_or_law_is_refused(changes: dict, pointer: str, code: FaultCode) -> None:
    assert places(LEAST | {"kind": "order", "non_disclosure": SILENCE | changes}) == [
        (f"/non_disclosure{pointer}", code)
    ]


@pytest.mark.parametrize("member", ["until", "legal_ground"])
def test_a_silence_names_its_end_and_its_law(member: str) -> None:
    silence = {name: value for name, value in SILENCE.items() if name != member}
    assert [code for _, code in places(LEAST | {"kind": "order", "non_disclosure": silence})] == [FaultCode.MISSING]


@pytest.mark.parametrize(
    ("kind", "otherwise"), [("trusted_flag", None), ("user_report", None), ("order", "user_report")]
)
def test_nobody_but_an_authority_forbids_to_disclose(kind: str, otherwise: str | None) -> None:
    notice = LEAST | {"kind": kind, "otherwise": otherwise, "non_disclosure": SILENCE}
    assert ("/non_disclosure", FaultCode.NOT_ENTITLED) in places(notice, mandates=())
