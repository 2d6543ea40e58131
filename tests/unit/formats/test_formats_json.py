import io
import json

import pytest

from mufakat import formats
from mufakat.formats import MAX_RECORD, Bad, Chunk, Encoding, Format, Item, Outgoing, records, streams
from mufakat.rules.fault import FaultCode

ONE = b'{"to": "telegram",  "explanation": "a ] } , \\" { [ \\\\"}'
TWO = b'{"to":"telegram","n":1.10}'


def read(form, data, *, size=None, **kwargs):
    stream = io.BytesIO(data) if size is None else [data[at : at + size] for at in range(0, len(data), size)]
    return list(formats.reader(form)(stream, **kwargs))


def codes(results):
    return [one.faults[0].code if isinstance(one, Bad) else "item" for one in results]


def write(form, *bodies):
    chunks = formats.writer(form)([Outgoing(body) for body in bodies])
    return b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))


NOTICE = {
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "terrorism",
    "locators": ["https://t.me/s/contoh/12"],
    "explanation": "Panduan.",
    "language": "id",
    "legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 40"},
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, None])
@pytest.mark.parametrize(
    "data", [b"[" + ONE + b" ,\n" + TWO + b"]\n", ONE + b"\n" + TWO, b"\xef\xbb\xbf [" + ONE + b"," + TWO + b"]"]
)
def test_every_record_keeps_its_bytes_however_the_stream_is_cut(data, size):
    assert read(Format.JSON, data, size=size) == [Item(1, ONE), Item(2, TWO)]


@pytest.mark.parametrize("size", [1, 5, None])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_every_line_keeps_its_bytes_without_its_end(end, size):
    assert read(Format.NDJSON, ONE + end + TWO + end, size=size) == [Item(1, ONE), Item(2, TWO)]


def test_the_last_line_needs_no_end_and_empty_lines_count_but_say_nothing():
    assert read(Format.NDJSON, ONE + b"\n\n \r\n" + TWO) == [Item(1, ONE), Item(4, TWO)]


def test_an_empty_list_holds_nothing_and_is_no_fault():
    assert read(Format.JSON, b" [ ] ") == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [FaultCode.EMPTY]),
        (b"hello", [FaultCode.NOT_JSON]),
        (ONE + b" hello " + TWO, ["item", FaultCode.NOT_JSON]),
        (b"[" + ONE + b",12," + TWO + b"]", ["item", FaultCode.WRONG_TYPE, "item"]),
        (b'["text",[1,2],' + TWO + b"]", [FaultCode.WRONG_TYPE, FaultCode.WRONG_TYPE, "item"]),
        (b"[{,}," + TWO + b"]", [FaultCode.NOT_JSON, "item"]),
        (b"[" + ONE + TWO + b"]", ["item", FaultCode.NOT_JSON]),
        (b"[" + ONE + b",]", ["item", FaultCode.NOT_JSON]),
        (b"[" + ONE + b",," + TWO + b"]", ["item", FaultCode.NOT_JSON, "item"]),
        (b"[" + ONE + b"] x " + TWO, ["item", FaultCode.NOT_JSON]),
        (b"[" + ONE, ["item", FaultCode.NOT_JSON]),
        (b"[" + ONE + b"," + TWO[:-3], ["item", FaultCode.NOT_JSON]),
        (b'[{"a": NaN},' + TWO + b"]", [FaultCode.BAD_NUMBER, "item"]),
        (b'[{"a": 1e999},' + TWO + b"]", [FaultCode.BAD_NUMBER, "item"]),
        (b'[{"a": "\\ud800"},' + TWO + b"]", [FaultCode.BAD_TEXT, "item"]),
        (b'[{"a": "\xff"},' + TWO + b"]", [FaultCode.NOT_UTF8, "item"]),
        (b'[{"a": ' + b"[" * 900 + b"]" * 900 + b"}," + TWO + b"]", [FaultCode.TOO_DEEP, "item"]),
    ],
)
def test_a_bad_record_fails_alone(data, expected):
    assert codes(read(Format.JSON, data)) == expected


def test_what_stands_in_an_unfinished_text_never_becomes_a_notice():
    pasted = b'[{"explanation": "line 1\n}, {"to": "telegram", "kind": "order"}, {"x": "'
    assert [one for one in read(Format.JSON, pasted) if isinstance(one, Item) and b"order" in one.body] == []


def test_a_bad_line_fails_alone():
    assert codes(read(Format.NDJSON, b"\n".join([ONE, b"{", TWO]))) == ["item", FaultCode.NOT_JSON, "item"]


@pytest.mark.parametrize("form", [Format.JSON, Format.NDJSON])
def test_what_is_larger_than_a_notice_may_be_fails_alone(form):
    large = b'{"a":"' + b"x" * MAX_RECORD + b'"}'
    assert codes(read(form, large + b"\n" + TWO, size=4096)) == [FaultCode.TOO_LARGE, "item"]


@pytest.mark.parametrize("form", [Format.JSON, Format.NDJSON, Format.XARF])
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-32"])
def test_json_in_another_encoding_is_one_clear_fault(form, codec):
    [bad] = read(form, ONE.decode().encode(codec))
    assert (bad.faults[0].code, "UTF-16" in bad.faults[0].detail) == (FaultCode.NOT_UTF8, True)


def test_windows_1252_is_for_csv_alone():
    assert codes(read(Format.NDJSON, ONE, encoding=Encoding.WINDOWS_1252)) == [FaultCode.NOT_UTF8]


def test_defaults_fill_what_is_absent_or_null_and_leave_every_other_value_as_it_was_written():
    [item] = read(
        Format.NDJSON, b'{"n": 1.10e2, "to": null, "kind": "order"}', defaults={"to": "telegram", "kind": "x"}
    )
    assert item.body == b'{"n":1.10e2,"to":"telegram","kind":"order"}'


def test_a_line_that_lacks_nothing_keeps_its_bytes_whatever_the_defaults_are():
    assert read(Format.NDJSON, ONE, defaults={"to": "x"}) == [Item(1, ONE)]


def test_a_name_that_stands_twice_is_left_for_the_judge_to_see():
    twice = b'{"to": "a", "to": "b"}'
    assert read(Format.NDJSON, twice, defaults={"kind": "order"}) == [Item(1, twice)]


def test_defaults_may_make_a_notice_too_large_and_then_it_is_refused():
    raw = b'{"a":"' + b"x" * (MAX_RECORD - 20) + b'"}'
    assert codes(read(Format.NDJSON, raw, defaults={"to": "telegram", "kind": "order"})) == [FaultCode.TOO_LARGE]


def test_a_record_that_is_too_large_is_not_kept():
    cutter = records._Cutter(5000)
    results = [one for _ in range(100) for one in cutter.feed(b'{"a":"' + b"x" * 1000)]
    assert (results, len(cutter._held) <= 5000) == ([], True)


def test_a_line_that_is_too_long_is_not_kept():
    limits = [streams.lines_of([b"x" * 1000] * count, limit=5000) for count in (5, 6)]
    assert [[line and len(line) for line in lines] for lines in limits] == [[5000], [None]]


def test_a_million_bytes_are_not_read_before_the_first_line_is_asked_for():
    asked = []

    def stream():
        for number in range(1000):
            asked.append(number)
            yield TWO + b"\n"

    results = formats.reader(Format.NDJSON)(stream())
    next(results)
    assert len(asked) <= 3


def test_an_array_is_written_and_read_again():
    bodies = [json.dumps(NOTICE | {"explanation": text}).encode() for text in ("satu", "dua")]
    assert [item.body for item in read(Format.JSON, write(Format.JSON, *bodies))] == bodies


def test_no_notice_at_all_is_written_as_an_empty_array():
    assert json.loads(write(Format.JSON)) == []


def test_a_body_of_many_lines_becomes_one_line():
    body = json.dumps(NOTICE | {"external": {"n": 1.10}}, indent=1).encode()
    [item] = read(Format.NDJSON, write(Format.NDJSON, body))
    assert json.loads(item.body) == json.loads(body)


@pytest.mark.parametrize("form", list(Format))
def test_what_is_no_notice_is_not_written(form):
    results = [one for one in formats.writer(form)([Outgoing(b'{"to": 1}')]) if not isinstance(one, Chunk)]
    assert [(one.number, one.faults[0].pointer) for one in results] == [(1, "/to")]
