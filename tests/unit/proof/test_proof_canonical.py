from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mufakat.proof import canonical
from mufakat.proof.errors import (
    CanonicalError,
    DuplicateMemberError,
    NaiveTimeError,
    NotCanonicalError,
    NotEncodableError,
    NotJSONError,
    TooDeepError,
)


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_the_members_of_the_rfc_8785_example_are_sorted_by_utf_16() -> None:
    # RFC 8785, section 3.2.3; U+FB33 comes after the emoji, whose first UTF-16 unit is smaller.
    value = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}
    assert canonical.encode(value) == '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'.encode()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (295147905179352830000.0, "295147905179352830000"),
        (1e21, "1e+21"),
        (1e23, "1e+23"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (333333333.33333325, "333333333.33333325"),
        (9007199254740991, "9007199254740991"),
    ],
)
def test_numbers_are_written_as_in_appendix_b_of_rfc_8785(number: float, text: str) -> None:
    assert canonical.encode(number) == text.encode()


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, "\ud800", {"\ud800": 1}, {1: 1}, {1, 2}, b"bytes"],
    ids=["nan", "infinity", "large-integer", "lone-surrogate", "surrogate-key", "number-key", "set", "bytes"],
)
def test_a_value_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotEncodableError):
        canonical.encode(value)


def test_sixteen_levels_are_encoded_and_read_back() -> None:
    assert canonical.decode(canonical.encode(nested(16))) == nested(16)


def test_seventeen_levels_are_too_deep_to_encode() -> None:
    with pytest.raises(TooDeepError):
        canonical.encode(nested(17))


@pytest.mark.parametrize("depth", [17, 100_000])
def test_deeply_nested_bytes_are_refused(depth: int) -> None:
    with pytest.raises(TooDeepError):
        canonical.decode(b"[" * depth + b"]" * depth)


def test_what_is_canonical_is_read() -> None:
    assert canonical.decode(b'{"a":[1,null,true,"x"],"b":{}}') == {"a": [1, None, True, "x"], "b": {}}


@pytest.mark.parametrize("data", [b'{"a":1,"a":1}', b'[{"b":1,"b":2}]'])
def test_a_member_named_twice_is_refused(data: bytes) -> None:
    with pytest.raises(DuplicateMemberError):
        canonical.decode(data)


@pytest.mark.parametrize(
    "data", [b"NaN", b"-Infinity", b"", b"{", b"[1,]", b'"\xff"', b"'a'", b"[1] x", b"\xef\xbb\xbf1"]
)
def test_what_is_not_json_is_refused(data: bytes) -> None:
    with pytest.raises(NotJSONError):
        canonical.decode(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"b":1,"a":1}',
        b'{ "a":1}',
        b"[1]\n",
        b"1.0",
        b"-0",
        b"1e2",
        b'"\\u0041"',
        b'"\\/"',
        b'"\\u000A"',
        b'"\\ud800"',
        b"9007199254740993",
        b"1e999",
    ],
    ids=[
        "order",
        "space",
        "newline",
        "fraction",
        "minus-zero",
        "exponent",
        "escaped-letter",
        "escaped-slash",
        "capital-escape",
        "lone-surrogate",
        "large-integer",
        "beyond-double",
    ],
)
def test_a_second_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(NotCanonicalError):
        canonical.decode(data)


@pytest.mark.parametrize("value", [2.0**53, -(2.0**53), 1e20, 2888316797548933e1])
def test_a_large_double_without_exponent_is_read_back(value: float) -> None:
    assert canonical.decode(canonical.encode(value)) == value


def test_a_number_of_a_million_digits_is_refused() -> None:
    with pytest.raises(CanonicalError):
        canonical.decode(b"1" * 1_000_000)


def test_base64_is_read_back() -> None:
    assert canonical.from_base64(canonical.to_base64(b"\x00\xff\x10"), length=3) == b"\x00\xff\x10"


@pytest.mark.parametrize("text", ["AB==", "AA=", "AA", "AA==\n", " AA==", "AA==AA==", "A===", "_w==", "é===", "\ud800"])
def test_base64_that_is_not_canonical_is_none(text: str) -> None:
    assert canonical.from_base64(text) is None


def test_base64_of_another_length_is_none() -> None:
    assert canonical.from_base64("AA==", length=2) is None


def test_a_time_is_written_in_utc_with_milliseconds_cut_off() -> None:
    jakarta = datetime(2026, 11, 22, 8, 2, 3, 456_999, tzinfo=timezone(timedelta(hours=7)))
    assert canonical.timestamp(jakarta) == "2026-11-22T01:02:03.456Z"


def test_a_whole_second_keeps_its_milliseconds() -> None:
    assert canonical.timestamp(datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)) == "2026-11-22T01:02:03.000Z"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(NaiveTimeError):
        canonical.timestamp(datetime(2026, 11, 22))  # noqa: DTZ001  That is the point.


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T01:02:03Z",
        "2026-11-22T01:02:03.4567Z",
        "2026-11-22T01:02:03.456+00:00",
        "2026-11-22t01:02:03.456z",
        "2026-11-22 01:02:03.456Z",
        "2026-02-29T01:02:03.456Z",
        "2026-13-01T01:02:03.456Z",
        "2026-11-22T24:00:00.000Z",
        "2026-11-22T01:02:60.000Z",
        "0000-11-22T01:02:03.456Z",
        "2026-11-22T01:02:03.456Z\n",
        "２026-11-22T01:02:03.456Z",  # noqa: RUF001  A digit, but not an ASCII one.
    ],
)
def test_another_spelling_of_a_time_or_a_day_that_never_was_is_no_timestamp(text: str) -> None:
    assert not canonical.is_timestamp(text)
