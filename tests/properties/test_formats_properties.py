"""What holds for every file, not only for the ones that we thought of."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings, strategies as st
from tests.mandates import EVERYTHING

from mufakat import formats
from mufakat.formats import Bad, Chunk, Contact, Encoding, Envelope, Format, Item, Outgoing
from mufakat.rules import admissibility
from mufakat.rules.notice import Category, NoticeKind, Urgency
from mufakat.rules.parties import PartyKind

# No deadline: the machine may be busy with other tests.
patient = settings(deadline=None, max_examples=100)

AT = datetime(2026, 3, 1, tzinfo=UTC)
CONTACT = Contact("Mufakat", "notices@mufakat.example", "mufakat.example")
ENVELOPE = Envelope(AT, reporter=CONTACT, sender=CONTACT)
REPORT: dict[str, Any] = {
    "xarf_version": "4.2.0",
    "report_id": "3b5c1a52-6f0e-4f6b-9d3a-2f8a1c7e4d10",
    "timestamp": "2026-02-03T04:05:06Z",
    "reporter": {"org": "a", "contact": "a@a.example", "domain": "a.example"},
    "sender": {"org": "b", "contact": "b@b.example", "domain": "b.example"},
    "source_identifier": "8.8.4.4",
    "category": "content",
    "type": "fraud",
    "fraud_type": "other",
    "url": "https://situs.example/a",
    "tags": ["a:b"],
    "confidence": 0.5,
    "evidence": [{"content_type": "text/plain", "payload": "QQ==", "description": "x", "size": 1}],
}

# Characters that PostgreSQL stores and a notice's explanation may hold; the dangerous ones come often.
signs = st.sampled_from("=+-@\t\r\n'\",; \u00a0\u2028\uff1d\ufeffaZ09{}[]\\/:é😀")
words = st.text(signs | st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
says = words.filter(lambda text: not text.isspace())
lines = says.filter(lambda text: not set(text) & set("\t\r\n\u2028\u2029"))
locators = st.sampled_from(
    [
        "https://situs.example/a,b;c?d='e'",
        "@contoh",
        "hxxps://situs[.]example/x",
        " situs.example ",
        "sha256:" + "0" * 64,
    ]
)
contents = st.binary(min_size=1, max_size=20)
files = st.builds(
    lambda name, content: {
        "name": name,
        "media_type": "text/plain",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    },
    lines,
    contents,
)
names = st.text(st.characters(categories=["L", "N", "P"]), max_size=8)
foreign = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
drafts = st.fixed_dictionaries(
    {
        "to": st.just("telegram"),
        "kind": st.sampled_from(NoticeKind).filter(lambda kind: kind is not NoticeKind.OWN_DETECTION),
        "category": st.sampled_from(Category).filter(lambda category: category is not Category.CHILD_SEXUAL_ABUSE),
        "locators": st.lists(locators, min_size=1, max_size=3),
        "explanation": says,
        "language": st.sampled_from(["id", "en-GB", "und"]),
        "legal_ground": st.fixed_dictionaries({"system": st.just("id"), "instrument": lines, "provision": lines}),
    },
    optional={
        "urgency": st.sampled_from(Urgency),
        "content_date": st.sampled_from(["2017-07-10", "2017-07-10T09:30:00+07:00"]),
        "terms_ground": st.fixed_dictionaries(
            {"document": lines, "clause": lines}, optional={"url": st.just("https://telegram.org/tos")}
        ),
        "requested_measures": st.lists(st.sampled_from(["remove", "warn", "label"]), max_size=3, unique=True),
        "territory": st.lists(st.sampled_from(["ID", "MY", "SG"]), max_size=3, unique=True),
        "evidence": st.lists(files, max_size=2),
        "external_refs": st.lists(
            st.fixed_dictionaries({"scheme": st.just("kominfo"), "id": lines}),
            max_size=2,
            unique_by=lambda ref: ref["id"],
        ),
        "external": st.dictionaries(
            names.filter(lambda name: name != "xarf_carrier") | st.just("csv"), foreign, max_size=3
        ),
    },
)


def read(form: Format, data: bytes, size: int = 0, **kwargs: Any) -> list[Item | Bad]:
    stream = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    return list(formats.reader(form)(stream, **kwargs))


def write(form: Format, *bodies: bytes) -> bytes:
    chunks = formats.writer(form)([Outgoing(body, ENVELOPE) for body in bodies])
    return b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))


def admit(raw: bytes) -> admissibility.Admitted:
    return admissibility.admit(
        raw,
        sender="kominfo",
        sender_kind=PartyKind.REGULATOR,
        mandates=EVERYTHING,
        recipient={"telegram": PartyKind.PLATFORM}.get,
        evidence_stored=lambda _: True,
        at=AT,
    )


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    """A file of some format, at times with a piece of it cut out, doubled or overwritten, in some encoding."""
    bodies = [json.dumps(one).encode() for one in draw(st.lists(drafts, min_size=1, max_size=2))]
    source = draw(st.sampled_from([*Format, "report"]))
    raw = json.dumps(REPORT).encode() if source == "report" else write(Format(source), *bodies)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(raw)))
        end = draw(st.integers(start, min(len(raw), start + 30)))
        pieces = [b"", raw[start:end] * 2, b'"', b"\\", b"\0", b"\xff", b"{", b"]", b",", b"\r", b"\n", b"\xff\xfe"]
        raw = raw[:start] + draw(st.sampled_from(pieces)) + raw[end:]
    codec = draw(st.sampled_from(["utf-8", "utf-8", "utf-16", "utf-16-be"]))
    return raw if codec == "utf-8" else raw.decode("utf-8", "replace").encode(codec)


everything = st.binary(max_size=200) | damaged_files()


@patient
@given(everything, st.sampled_from(Format), st.sampled_from([None, *Encoding]), st.booleans())
@example(b"[" * 50_000, Format.JSON, None, False)
@example(b"[" * 50_000, Format.XARF, None, False)
@example(b'{"a":' * 20_000, Format.NDJSON, None, True)
def test_whatever_the_bytes_are_each_result_is_an_object_or_has_a_fault(data, form, encoding, filled):
    defaults = {"to": "telegram"} if filled else {}
    for result in read(form, data, defaults=defaults, encoding=encoding):
        assert result.faults if isinstance(result, Bad) else isinstance(json.loads(result.body), dict)


@patient
@given(everything, st.sampled_from(Format))
def test_numbers_rise_and_begin_with_one_or_later(data, form):
    numbers = [result.number for result in read(form, data)]
    assert numbers == sorted(set(numbers))
    assert not numbers or numbers[0] >= 1


@patient
@given(everything, st.sampled_from(Format), st.integers(1, 40))
def test_how_the_stream_is_cut_makes_no_difference(data, form, size):
    assert read(form, data, size=size) == read(form, data)


@patient
@given(everything, st.sampled_from(Format))
def test_a_sentence_is_short_and_harmless(data, form):
    faults = [fault for result in read(form, data) if isinstance(result, Bad) for fault in result.faults]
    assert [
        one for one in faults if not (one.detail.isascii() and one.detail.isprintable() and len(one.detail) < 700)
    ] == []


@patient
@given(everything, st.text(max_size=8))
def test_a_format_is_told_or_not_told_of_any_file(data, name):
    assert formats.detect(name, data) in {None, *Format}


@patient
@given(everything)
def test_every_body_has_a_key_and_the_same_body_the_same(data):
    assert formats.key_of(data) == formats.key_of(bytes(bytearray(data)))


@patient
@given(st.lists(drafts, max_size=3), st.sampled_from([Format.JSON, Format.NDJSON, Format.CSV]))
def test_notices_come_back_as_they_were_written(notices, form):
    data = write(form, *(json.dumps(one).encode() for one in notices))
    assert [json.loads(result.body) for result in read(form, data) if isinstance(result, Item)] == notices


@patient
@given(drafts)
def test_a_notice_keeps_everything_on_its_way_through_xarf(notice):
    [item] = read(Format.XARF, write(Format.XARF, json.dumps(notice).encode()))
    assert isinstance(item, Item)
    found = json.loads(item.body)
    external = notice.get("external", {})
    kept = {name: value for name, value in found.pop("external").items() if name in external}
    assert {**found, "external": kept} == {**notice, "external": external}


@patient
@given(st.lists(drafts, min_size=1, max_size=2), st.sampled_from(Format))
def test_what_is_read_from_an_admitted_notice_is_admitted(notices, form):
    bodies = [json.dumps(one).encode() for one in notices]
    for body in bodies:
        admit(body)
    read_again = [admit(item.body).locators for item in read(form, write(form, *bodies)) if isinstance(item, Item)]
    assert read_again == [admit(body).locators for body in bodies]


@patient
@given(drafts)
def test_no_cell_of_an_export_begins_like_a_formula(notice):
    rows = list(formats.csv_rows.Rows([write(Format.CSV, json.dumps(notice).encode())]))
    cells = formats.csv_rows.cells_of(rows[1], b",")
    assert isinstance(cells, list)
    assert [cell for cell in cells if cell.decode().startswith(tuple("=+-@\t\r\n\uff1d"))] == []


reports = st.builds(
    lambda more, changes: {**more, **REPORT, **changes},
    st.dictionaries(names.filter(lambda name: name not in {"mufakat", "_internal"}), foreign, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "description": says,
            "confidence": st.floats(0, 1),
            "url": st.sampled_from(["https://situs.example/b", "tg:username:contoh"]),
            "evidence": st.lists(
                st.fixed_dictionaries(
                    {
                        "content_type": words,
                        "payload": st.binary(max_size=9).map(lambda raw: base64.b64encode(raw).decode()),
                    },
                    optional={"description": words, "hash": st.just("md5:00"), "size": st.integers(0, 9)},
                ),
                max_size=3,
            ),
        },
    ),
)


@patient
@given(reports)
def test_a_report_keeps_every_field_on_its_way_through_a_notice(report):
    [item] = read(Format.XARF, json.dumps(report).encode(), defaults={"to": "telegram", "kind": "order"})
    assert isinstance(item, Item)
    found = json.loads(write(Format.XARF, item.body))
    assert {name: value for name, value in found.items() if name != "mufakat"} == report


@pytest.mark.parametrize("form", Format)
def test_an_empty_file_is_one_fault_or_nothing(form):
    assert len(read(form, b"")) == (0 if form is Format.NDJSON else 1)
