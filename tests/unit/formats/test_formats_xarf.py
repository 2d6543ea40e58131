import base64
import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.mandates import EVERYTHING

from mufakat import formats
from mufakat.formats import Bad, Chunk, Contact, Envelope, Format, Item, Outgoing
from mufakat.formats.xarf import catalog
from mufakat.rules import admissibility
from mufakat.rules.errors import NotAdmissibleError
from mufakat.rules.fault import FaultCode
from mufakat.rules.notice import MAX_CONTENT_BYTES, Category
from mufakat.rules.parties import PartyKind

ROOT = Path(__file__).parents[3]
VECTORS = ROOT / "tests" / "vectors" / "formats"
SHARED = ROOT.parent / "shared" / "standards" / "xarf"
SAMPLES = sorted((SHARED / "samples").glob("*.json"))
SCHEMAS = SHARED / "schemas" / "v4"
needs_shared = pytest.mark.skipif(not SAMPLES, reason="the samples and schemas of XARF are not beside this repository")

AT = datetime(2026, 3, 1, 2, 3, 4, 567000, tzinfo=UTC)
DEFAULTS = {
    "to": "telegram",
    "kind": "trusted_flag",
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40"},
}
NOTICE = {
    **DEFAULTS,
    "category": "terrorism",
    "urgency": "urgent",
    "locators": ["https://t.me/s/contoh/12", "situs.example"],
    "explanation": "Panduan membuat bom.",
    "language": "id",
    "content_date": "2017-07-10",
    "requested_measures": ["remove"],
    "territory": ["ID"],
    "external_refs": [{"scheme": "kominfo", "id": "1"}],
}
ENVELOPE = Envelope(
    AT,
    reporter=Contact("Kementerian Contoh", "aduan@kementerian.example", "kementerian.example"),
    sender=Contact("Mufakat", "notices@mufakat.example", "mufakat.example"),
)
CONTENT = b"gambar"
FILE = {
    "name": "tangkapan layar.png",
    "media_type": "image/png",
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "content": base64.b64encode(CONTENT).decode(),
}


def report(**changes):
    found = json.loads((VECTORS / "xarf_phishing.json").read_text(encoding="utf-8")) | changes
    return {name: value for name, value in found.items() if value is not ...}


def read(*reports, defaults=DEFAULTS):
    data = "\n".join(json.dumps(one) for one in reports).encode()
    return list(formats.reader(Format.XARF)(io.BytesIO(data), defaults=defaults))


def read_one(one, **kwargs):
    [found] = read(one, **kwargs)
    return found


def body(item):
    assert isinstance(item, Item), item
    return json.loads(item.body)


def faults(item):
    assert isinstance(item, Bad), item
    return [(fault.pointer, fault.code) for fault in item.faults]


def write(notice, *, envelope=ENVELOPE, files=None):
    [found] = formats.writer(Format.XARF)([Outgoing(json.dumps(notice).encode(), envelope, files or {})])
    return found


def written(notice, **kwargs):
    chunk = write(notice, **kwargs)
    assert isinstance(chunk, Chunk), chunk
    return json.loads(chunk.data)


def losses(notice, **kwargs):
    return [loss.pointer for loss in write(notice, **kwargs).losses]


def again(notice, **kwargs):
    return body(read_one(written(notice, **kwargs), defaults={}))


def admit(raw):
    return admissibility.admit(
        raw,
        sender="kominfo",
        sender_kind=PartyKind.REGULATOR,
        mandates=EVERYTHING,
        recipient={"telegram": PartyKind.PLATFORM}.get,
        evidence_stored=lambda _: False,
        at=AT,
    )


def validator():
    """The schema's own judgement, by a library that the product does not need."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    referencing = pytest.importorskip("referencing", reason="referencing is not installed")
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.rglob("*.json")]
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.Resource.from_contents(schema)) for schema in schemas
    )
    [master] = [schema for schema in schemas if schema["$id"].endswith("master.json")]
    return jsonschema.Draft202012Validator(
        master, registry=registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


# In.


def test_a_report_becomes_a_notice_and_everything_else_in_it_survives():
    source = report()
    [item] = source.pop("evidence")
    payload = item.pop("payload")
    assert body(read_one(report())) == {
        **DEFAULTS,
        "category": "fraud",
        "locators": ["https://bank-contoh-masuk.example/login"],
        "explanation": "Meniru halaman masuk bank.",
        "language": "und",
        "content_date": "2026-02-03T04:05:06Z",
        "external_refs": [{"scheme": "xarf", "id": source["report_id"]}],
        "evidence": [
            {
                "name": "Halaman masuk palsu",
                "media_type": "text/html",
                "sha256": item["hash"].removeprefix("sha256:"),
                "content": payload,
            }
        ],
        "external": {"xarf": {**source, "evidence": [item]}},
    }


def test_the_notice_of_a_report_is_admitted():
    assert admit(read_one(report()).body).draft.category is Category.FRAUD


def test_reports_come_alone_in_an_array_or_one_a_line_and_a_bad_one_fails_alone():
    good, bad = json.dumps(report()), json.dumps(report(type="jaywalking"))
    array = list(formats.reader(Format.XARF)([f"[{good}, {bad},\n{good}]".encode()]))
    lines = list(formats.reader(Format.XARF)([f"{good}\n{bad}\n{good}".encode()]))
    assert [type(one) for one in array] == [type(one) for one in lines] == [Item, Bad, Item]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (json.loads((VECTORS / "xarf_v3.json").read_text(encoding="utf-8")), "version '3.0.0'"),
        (report(xarf_version="5.0.0"), "'5.0.0'"),
        (report(xarf_version="3"), "'3'"),
        (report(xarf_version=4), "'4'"),
        (report(xarf_version="4.2.0-rc1"), "'4.2.0-rc1'"),
        (report(xarf_version="4.2.0\n"), "'4.2.0\\n'"),
    ],
)
def test_another_version_is_refused_by_its_name_and_by_nothing_else(source, said):
    [fault] = read_one(source).faults
    assert (fault.code, said in fault.detail, "version 4" in fault.detail) == (FaultCode.NOT_IN_LIST, True, True)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"xarf_version": ...}, "/xarf_version"),
        ({"report_id": ...}, "/report_id"),
        ({"report_id": ""}, "/report_id"),
        ({"report_id": "12"}, "/report_id"),
        ({"timestamp": "2026-02-30T00:00:00Z"}, "/timestamp"),
        ({"timestamp": "2026-02-03"}, "/timestamp"),
        ({"reporter": ...}, "/reporter"),
        ({"sender": "x"}, "/sender"),
        ({"sender": {"org": "x" * 201, "contact": "a@b", "domain": "b"}}, "/sender/org"),
        ({"sender": {"org": "x", "contact": "a", "domain": "b"}}, "/sender/contact"),
        ({"sender": {"org": "x", "contact": "a@b", "domain": "b/c"}}, "/sender/domain"),
        ({"sender": {"org": "x", "contact": "a@b", "domain": "b", "phone": "1"}}, "/sender/phone"),
        ({"source_identifier": ...}, "/source_identifier"),
        ({"source_identifier": " "}, "/source_identifier"),
        ({"category": "terrorism"}, "/category"),
        ({"category": ["content"]}, "/category"),
        ({"type": "spam"}, "/type"),
        ({"url": ...}, "/url"),
        ({"url": "bank-contoh.example"}, "/url"),
        ({"description": "x" * 1001}, "/description"),
        ({"tags": ["Upper:case"]}, "/tags/0"),
        ({"tags": ["a:b"] * 21}, "/tags"),
        ({"tags": ["mufakat:hate", "mufakat:gambling"]}, "/tags"),
        ({"confidence": 1.5}, "/confidence"),
        ({"confidence": True}, "/confidence"),
        ({"tags": "a:b"}, "/tags"),
        ({"url": 1}, "/url"),
        ({"type": "exposed_data", "exposure_method": "other", "data_types": "x"}, "/data_types"),
        ({"type": "jaywalking"}, "/type"),
        ({"source_port": "80"}, "/source_port"),
        ({"source_port": 0}, "/source_port"),
        ({"evidence": {}}, "/evidence"),
        ({"evidence": ["x"]}, "/evidence/0"),
        ({"evidence": [{"content_type": "a/b"}]}, "/evidence/0/payload"),
        ({"evidence": [{"content_type": "a/b", "payload": "no base64"}]}, "/evidence/0/payload"),
        ({"evidence": [{"content_type": "a/b", "payload": "QQ==", "hash": "crc:1"}]}, "/evidence/0/hash"),
        ({"evidence": [{"content_type": "a/b", "payload": "QQ==", "note": ""}]}, "/evidence/0/note"),
        ({"evidence": [{"content_type": "a/b", "payload": ""}] * 51}, "/evidence"),
        ({"evidence": [{"content_type": "a/b", "payload": "QQ=="}] * 21}, "/evidence"),
        ({"legacy_version": "2"}, "/legacy_version"),
        ({"_internal": 1}, "/_internal"),
        ({"deep": json.loads("[" * 31 + "]" * 31)}, "/deep" + "/0" * 29),
        ({"type": "csam"}, "/classification"),
        ({"type": "exposed_data", "exposure_method": "other", "data_types": []}, "/data_types"),
        ({"type": "exposed_data", "exposure_method": "other", "data_types": ["x"]}, "/data_types/0"),
        ({"category": "messaging", "type": "spam", "protocol": "smtp", "source_port": 25}, "/smtp_from"),
        (
            {"category": "connection", "type": "ddos", "protocol": "tcp", "first_seen": "2026-02-03T04:05:06Z"},
            "/source_port",
        ),
        ({"category": "copyright", "type": "p2p", "p2p_protocol": "other", "swarm_info": {}}, "/swarm_info"),
        ({"mufakat": 1}, "/mufakat"),
        ({"mufakat": {"version": 2, "notice": {}}}, "/mufakat/version"),
        ({"mufakat": {"version": 1, "notice": {"id": "1"}}}, "/mufakat/notice/id"),
    ],
)
def test_what_the_specification_forbids_is_refused_at_its_place(changes, pointer):
    assert pointer in [place for place, _ in faults(read_one(report(**changes)))]


def test_two_members_of_one_name_are_refused():
    twice = json.dumps(report()).replace('"confidence"', '"url": "https://other.example/", "confidence"')
    [bad] = formats.reader(Format.XARF)([twice.encode()])
    assert faults(bad) == [("/url", FaultCode.REPEATED_MEMBER)]


def test_where_there_is_an_address_the_server_it_is_on_is_not_pointed_at():
    assert body(read_one(report(source_identifier="8.8.8.8")))["locators"] == [
        "https://bank-contoh-masuk.example/login"
    ]


def test_the_address_of_a_victim_is_not_pointed_at():
    attack = report(
        category="connection",
        type="sql_injection",
        protocol="tcp",
        first_seen="2026-02-03T04:05:06Z",
        target_url="https://victim.example/",
    )
    assert body(read_one(attack))["locators"] == ["8.8.4.4"]


@pytest.mark.parametrize(
    ("changes", "default", "category"),
    [
        ({}, "hate", "fraud"),
        ({"type": "malware"}, None, "other"),
        ({"type": "malware"}, "gambling", "gambling"),
        ({"type": "malware", "tags": ["mufakat:narcotics"]}, "gambling", "narcotics"),
        ({"tags": ["mufakat:narcotics"]}, None, "fraud"),
    ],
)
def test_the_category_is_of_the_type_or_a_tag_or_the_caller(changes, default, category):
    assert body(read_one(report(**changes), defaults=DEFAULTS | {"category": default}))["category"] == category


def test_without_a_description_one_english_sentence_says_what_came():
    found = body(read_one(report(description=...)))
    assert (found["explanation"], found["language"]) == (
        "XARF report of content/phishing, by Bank Contoh, at 2026-02-03T04:05:06Z.",
        "en",
    )


def evidence(content, **changes):
    digest = hashlib.sha256(content).hexdigest()
    item = {"content_type": "image/png", "payload": base64.b64encode(content).decode(), "hash": f"sha256:{digest}"}
    return item | changes


def test_a_payload_with_another_digest_is_taken_and_the_sender_is_told():
    item = read_one(report(evidence=[evidence(CONTENT, hash="md5:" + "0" * 32, size=7)]))
    assert [(one.pointer, one.code) for one in item.remarks] == [
        ("/evidence/0/hash", FaultCode.DIGEST_MISMATCH),
        ("/evidence/0/size", FaultCode.BAD_NUMBER),
    ]
    assert body(item)["evidence"][0]["sha256"] == FILE["sha256"]


def test_a_file_too_large_for_a_notice_is_handed_over_to_be_uploaded():
    large = b"x" * (MAX_CONTENT_BYTES + 1)
    item = read_one(report(evidence=[evidence(large), evidence(CONTENT)]))
    assert item.files == (large,)
    assert ["content" in one for one in body(item)["evidence"]] == [False, True]


def test_files_that_are_too_many_bytes_together_are_handed_over_too():
    contents = [bytes([number]) * 200_000 for number in range(6)]
    item = read_one(report(evidence=[evidence(content) for content in contents]))
    assert (len(item.files), len(item.body) < 2**21) == (3, True)


def test_what_has_no_file_name_is_numbered_and_its_media_type_is_not_made_up():
    odd = evidence(CONTENT, description="a\nb", content_type="PNG picture")
    [found] = body(read_one(report(evidence=[odd])))["evidence"]
    assert (found["name"], found["media_type"]) == ("evidence 1", "application/octet-stream")


def test_internal_notes_of_others_are_left_out_and_the_sender_is_told():
    item = read_one(report(_internal={"analyst": "x"}))
    assert ("_internal" in item.body.decode(), item.remarks[0].pointer) == (False, "/_internal")


CSAM = {
    "type": "csam",
    "classification": "A1",
    "detection_method": "hash_match",
    "evidence": [evidence(b"canary bytes")],
}
CANARY = base64.b64encode(b"canary bytes")


@pytest.mark.invariant("I-15")
@pytest.mark.parametrize(
    ("changes", "category"),
    [
        (CSAM, None),
        ({**CSAM, "type": "malware"}, "child_sexual_abuse"),
        ({**CSAM, "type": "malware", "tags": ["mufakat:child_sexual_abuse"]}, "other"),
        ({**CSAM, "type": "malware", "mufakat": {"version": 1, "notice": {"category": "child_sexual_abuse"}}}, None),
        ({**CSAM, "mufakat": {"version": 1, "notice": {"evidence": [{**FILE, "content": None}]}}}, None),
    ],
)
def test_of_child_sexual_abuse_no_byte_of_a_file_comes_in(changes, category):
    item = read_one(report(**changes), defaults=DEFAULTS | {"category": category})
    assert (CANARY in item.body, item.files, body(item)["category"]) == (False, (), "child_sexual_abuse")


@pytest.mark.invariant("I-15")
def test_a_large_file_about_child_sexual_abuse_is_not_handed_over_either():
    item = read_one(report(**{**CSAM, "evidence": [evidence(b"x" * (MAX_CONTENT_BYTES + 1))]}))
    assert (item.files, "content" in body(item)["evidence"][0]) == ((), False)


@pytest.mark.invariant("I-15")
def test_our_extension_cannot_call_child_sexual_abuse_something_else():
    other = {"version": 1, "notice": {"category": "other"}}
    assert faults(read_one(report(**CSAM, mufakat=other))) == [("/mufakat/notice/category", FaultCode.REPEATED_MEMBER)]


def test_our_extension_cannot_point_elsewhere_than_the_report():
    elsewhere = {"version": 1, "notice": {"locators": ["https://victim.example/"]}}
    assert faults(read_one(report(mufakat=elsewhere))) == [("/mufakat/notice/locators", FaultCode.REPEATED_MEMBER)]


def test_our_extension_may_add_to_what_the_report_points_at():
    more = ["hxxps://bank-contoh-masuk[.]example/login", "@contoh"]
    extended = report(mufakat={"version": 1, "notice": {"locators": more}})
    assert body(read_one(extended))["locators"] == more


@pytest.mark.parametrize("payload", [1, "0", True, None, -1])
def test_our_extension_cannot_name_a_payload_that_is_not_there(payload):
    other = {"version": 1, "notice": {"evidence": [{**FILE, "payload": payload}]}}
    assert faults(read_one(report(mufakat=other)))[0][1] == FaultCode.DIGEST_MISMATCH


# Out.


def test_a_notice_goes_out_under_a_type_that_claims_nothing_more_and_its_category_in_a_tag():
    found = written(NOTICE)
    assert (found["category"], found["type"], found["threat_type"], found["tags"]) == (
        "reputation",
        "threat_intelligence",
        "terrorism",
        ["mufakat:terrorism"],
    )


def test_fraud_at_a_web_address_has_a_type_of_its_own():
    found = written(NOTICE | {"category": "fraud"})
    assert (found["type"], found["fraud_type"], found["url"]) == ("fraud", "other", "https://t.me/s/contoh/12")


def test_fraud_elsewhere_has_none():
    assert written(NOTICE | {"category": "fraud", "locators": ["situs.example"]})["type"] == "threat_intelligence"


@pytest.mark.parametrize(
    ("locators", "url", "source"),
    [
        (["https://t.me/contoh/1"], "https://t.me/contoh/1", "t.me"),
        (["hxxps://Situs[.]example/a"], "https://situs.example/a", "situs.example"),
        (["https://例え.example/ü"], "https://xn--r8jz45g.example/%C3%BC", "xn--r8jz45g.example"),
        (["@contoh"], None, "@contoh"),
        (["situs.example"], None, "situs.example"),
        (["@contoh", "https://situs.example:8443/a"], "https://situs.example:8443/a", "situs.example:8443"),
    ],
)
def test_the_first_web_address_is_named_or_else_the_first_locator(locators, url, source):
    found = written(NOTICE | {"locators": locators})
    assert (found.get("url"), found["source_identifier"]) == (url, source)


def test_what_xarf_has_no_place_for_is_listed():
    assert losses(NOTICE) == [
        "/category",
        "/content_date",
        "/to",
        "/kind",
        "/locators",
        "/language",
        "/urgency",
        "/content_date",
        "/legal_ground",
        "/requested_measures",
        "/territory",
        "/external_refs",
    ]


def test_an_explanation_that_is_too_long_is_not_cut():
    long = NOTICE | {"explanation": "x" * 1001}
    found = written(long)
    assert (found["mufakat"]["notice"]["explanation"], "xx" in found["description"]) == ("x" * 1001, False)


def test_an_explanation_that_is_too_long_is_listed():
    assert "/explanation" in losses(NOTICE | {"explanation": "x" * 1001})


def test_internal_notes_that_somebody_kept_by_hand_do_not_go_out():
    notice = body(read_one(report()))
    notice["external"]["xarf"]["_internal"] = {"analyst": "x"}
    found = write(notice)
    assert (b"_internal" in found.data, found.losses[0].pointer) == (False, "/external/xarf/_internal")


def test_the_same_notice_sent_twice_is_the_same_report():
    assert (
        written(NOTICE)["report_id"] == written(NOTICE)["report_id"] != written(NOTICE | {"urgency": None})["report_id"]
    )


def test_without_an_envelope_nothing_is_made_up():
    assert faults(write(NOTICE, envelope=None)) == [("", FaultCode.MISSING)]


def test_an_envelope_that_xarf_does_not_take_is_a_fault():
    broken = Envelope(AT, reporter=Contact("x", "no mail", "x.example"), sender=ENVELOPE.sender)
    assert faults(write(NOTICE, envelope=broken)) == [("/reporter/contact", FaultCode.BAD_FORM)]


def test_files_go_out_from_inside_the_notice_and_from_the_store():
    stored = {"name": "b.txt", "media_type": "text/plain", "sha256": hashlib.sha256(b"b").hexdigest()}
    found = written(NOTICE | {"evidence": [stored, FILE]}, files={stored["sha256"]: b"b"})
    assert [(item["description"], item["payload"], item["size"]) for item in found["evidence"]] == [
        ("b.txt", "Yg==", 1),
        (FILE["name"], FILE["content"], 6),
    ]


def test_a_file_that_is_not_here_is_listed_and_its_digest_goes_out():
    stored = {"name": "b.txt", "media_type": "text/plain", "sha256": "0" * 64}
    notice = NOTICE | {"evidence": [stored, FILE]}
    assert ("/evidence/0" in losses(notice), again(notice)["evidence"]) == (True, [stored, FILE])


def test_a_file_with_another_digest_is_not_sent():
    assert faults(write(NOTICE | {"evidence": [FILE | {"sha256": "0" * 64}]}))[0][1] == FaultCode.DIGEST_MISMATCH


def test_a_file_that_is_no_base64_is_not_sent():
    assert faults(write(NOTICE | {"evidence": [FILE | {"content": "no"}]}))[0][1] == FaultCode.DIGEST_MISMATCH


def test_a_file_larger_than_xarf_takes_is_listed():
    large = b"x" * (5 * 1024 * 1024 + 1)
    stored = {"name": "b", "media_type": "text/plain", "sha256": hashlib.sha256(large).hexdigest()}
    found = write(NOTICE | {"evidence": [stored]}, files={stored["sha256"]: large})
    assert (found.losses[0].pointer, len(found.data) < 10_000) == ("/evidence/0", True)


def test_a_locator_that_points_at_nothing_is_passed_over_for_the_address():
    assert written(NOTICE | {"locators": ["mailto:a@b.example", "https://b.example/"]})["url"] == "https://b.example/"


@pytest.mark.invariant("I-15")
def test_of_child_sexual_abuse_no_file_goes_out_even_where_one_is_given():
    notice = NOTICE | {
        "category": "child_sexual_abuse",
        "evidence": [{k: v for k, v in FILE.items() if k != "content"}],
    }
    found = write(notice, files={FILE["sha256"]: CONTENT})
    assert (FILE["content"].encode() in found.data, "/evidence/0" in losses(notice)) == (False, True)


# There and back.


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"content_date": "2017-07-10T09:30:00+07:00"},
        {"content_date": None},
        {"explanation": "x" * 1001},
        {"explanation": " "},
        {"language": "und"},
        {"category": "other"},
        {"category": "fraud"},
        {"category": "child_sexual_abuse", "evidence": [{k: v for k, v in FILE.items() if k != "content"}]},
        {"locators": ["@contoh", "hxxps://situs[.]example/a b"]},
        {"locators": ["sha256:" + "0" * 64]},
        {"evidence": [FILE, FILE | {"name": "other name"}]},
        {"external": {"csv": {"x": "1"}, "y": [None, 1.5]}},
        {"external": {"xarf": {"made": "by hand"}}},
        {"terms_ground": {"document": "Terms", "clause": "3", "url": "https://telegram.org/tos"}},
    ],
)
def test_a_notice_keeps_everything_on_its_way_through_xarf(changes):
    notice = {name: value for name, value in (NOTICE | changes).items() if value is not None}
    found = again(notice)
    external = notice.get("external", {})
    kept = {name: value for name, value in found["external"].items() if name in external}
    assert ({**found, "external": kept}, found["external"].keys() - external.keys() <= {"xarf", "xarf_carrier"}) == (
        {**notice, "external": external},
        True,
    )


@pytest.mark.parametrize("changes", [{}, {"locators": ["@contoh"]}, {"evidence": [FILE]}, {"external": {"y": 1}}])
def test_the_second_way_through_changes_nothing_more(changes):
    once = again(NOTICE | changes)
    assert again(once, envelope=None) == once


def test_a_report_that_was_changed_as_a_notice_goes_out_anew_and_keeps_the_first_one_beside_it():
    notice = body(read_one(report())) | {"locators": ["https://lain.example/"]}
    assert (written(notice)["url"], again(notice)["external"]["xarf"]) == (
        "https://lain.example/",
        notice["external"]["xarf"],
    )


def test_a_field_that_somebody_added_on_the_way_survives():
    found = body(read_one(written(NOTICE) | {"added": {"by": "a relay"}}, defaults={}))
    assert found["external"]["xarf"]["added"] == {"by": "a relay"}


def test_our_vector_keeps_every_field_on_its_way_through_a_notice():
    found = written(body(read_one(report())), envelope=None)
    assert {name: value for name, value in found.items() if name != "mufakat"} == report()


def test_a_large_file_comes_back_where_it_is_given():
    large = b"x" * (MAX_CONTENT_BYTES + 1)
    source = report(evidence=[evidence(large), evidence(CONTENT), evidence(b"", payload="", hash="md5:0")])
    item = read_one(source)
    found = written(body(item), envelope=None, files={hashlib.sha256(large).hexdigest(): large})
    assert found["evidence"] == source["evidence"]


# The published samples and schemas.


@needs_shared
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_published_sample_keeps_every_field_on_its_way_through_a_notice(path):
    source = json.loads(path.read_bytes())
    [item] = formats.reader(Format.XARF)(io.BytesIO(path.read_bytes()), defaults=DEFAULTS)
    found = written(body(item), envelope=None)
    del found["mufakat"]
    if source["type"] == "csem":  # I-15: its files do not come in.
        del source["evidence"], found["evidence"]
    assert found == source


@needs_shared
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_notice_of_a_published_sample_is_admitted_or_its_address_is_nobodys(path):
    found = read_one(json.loads(path.read_bytes()))
    assert isinstance(found, Item)
    try:
        admit(found.body)
    except NotAdmissibleError as refused:
        assert {fault.pointer for fault in refused.faults} == {"/locators/0"}  # noqa: PT017 - either way is good.


@needs_shared
def test_the_catalog_is_that_of_the_schemas():
    def required(schema):
        inner = [required(part) for part in schema.get("allOf", [])]
        return set(schema.get("required", [])).union(*inner)

    def properties(schema):
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found |= properties(part)
        return found

    base = required(json.loads((SCHEMAS / "types" / "content-base.json").read_bytes()))
    theirs, ours = {}, {}
    for path in (SCHEMAS / "types").glob("*.json"):
        schema = json.loads(path.read_bytes())
        members = properties(schema)
        if "const" not in members.get("type", {}):
            continue
        category = path.name.split("-")[0]
        needs = required(schema) | (base if category == "content" else set())
        theirs[category, members["type"]["const"]] = {
            name: frozenset(members.get(name, {}).get("enum") or members.get(name, {}).get("items", {}).get("enum", ()))
            for name in needs
        }
    for key, kind in catalog.TYPES.items():
        ours[key] = {name: need.among for name, need in kind.needs.items()}
    assert ours == theirs


@needs_shared
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_published_sample_that_went_through_a_notice_is_good_by_the_schema(path):
    [item] = formats.reader(Format.XARF)(io.BytesIO(path.read_bytes()), defaults=DEFAULTS)
    assert [error.message for error in validator().iter_errors(written(body(item), envelope=None))] == []


@needs_shared
@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("locators", [["https://t.me/contoh/1"], ["@contoh"], ["hxxp://situs[.]example/ü"]])
def test_a_notice_that_goes_out_anew_is_good_by_the_schema(category, locators):
    files = [] if category is Category.CHILD_SEXUAL_ABUSE else [FILE]
    notice = NOTICE | {"category": category, "locators": locators, "evidence": files}
    assert [error.message for error in validator().iter_errors(written(notice))] == []
