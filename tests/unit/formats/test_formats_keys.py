import re

import pytest

from mufakat import formats


def test_a_key_is_short_visible_ascii():
    assert re.fullmatch(r"item-[0-9a-f]{64}", formats.key_of(b"{}"))


def test_blanks_order_and_escapes_make_no_difference():
    assert formats.key_of(b'{"a":1,"b":"A"}') == formats.key_of(b'{ "b" : "\\u0041", "a": 1.0 }')


@pytest.mark.parametrize("other", [b'{"a":2}', b'{"a":"1"}', b'{"a":1,"a":1}', b'{"a":1', b"", b"\xff", b'{"a":1e999}'])
def test_other_content_has_another_key(other):
    assert formats.key_of(other) != formats.key_of(b'{"a":1}')


@pytest.mark.parametrize(
    "raw", [b"[" * 900 + b"]" * 900, b"[" * 100_000, b'{"a":NaN}', b'{"a":"\\ud800"}', b"9" * 9999]
)
def test_bytes_without_a_canonical_form_have_a_key_too(raw):
    assert formats.key_of(raw) == formats.key_of(raw) != formats.key_of(raw + b" ")
