"""The file of a key, as BIND's tool writes it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from mufakat.formats import tsig
from mufakat.formats.tsig import BadTSIGError

SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="
GOOD = f'key "feed" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace("\n", ""),
        f'// made by hand\nkey feed {{ secret "{SECRET}"; /* it */ algorithm HMAC-SHA256; }}; # end',
    ],
)
def test_a_key_is_read(text: str) -> None:
    found = tsig.parse(text.replace("HMAC-SHA256", "hmac-sha256"))
    assert (found.name, found.algorithm, found.secret) == ("feed", "hmac-sha256", SECRET)


def test_a_key_does_not_show_its_secret() -> None:
    assert SECRET not in repr(tsig.parse(GOOD))


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD + GOOD,
        GOOD.replace("hmac-sha256", "hmac-md5"),
        GOOD.replace(SECRET, "?"),
        GOOD.replace(f'secret "{SECRET}";', ""),
        GOOD.replace("secret", "sekret"),
        GOOD.replace("algorithm", "secret"),
        f"{SECRET}",
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(BadTSIGError) as refused:
        tsig.parse(text)
    assert SECRET not in str(refused.value)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadTSIGError):
        tsig.parse(text)
