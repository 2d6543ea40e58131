"""The file of a key that two servers share, as BIND's own tools write it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, strategies as st

from mufakat.formats import tsig
from mufakat.formats.tsig import KeyFileError, TSIGKey

SLASHES = "S0OL6ImTX7h//ys7+Ad8QkhnEJ/LHCZbTEqHcwjIkMc="


def written(secret: str = SLASHES, *, name: str = "mufakat-publisher", algorithm: str = "hmac-sha256") -> str:
    return f'key "{name}" {{\n\talgorithm {algorithm};\n\tsecret "{secret}";\n}};\n'


@given(st.binary(min_size=16, max_size=64), st.sampled_from(tsig.ALGORITHMS))
def test_every_key_that_is_made_is_read(secret: bytes, algorithm: str) -> None:
    text = base64.b64encode(secret).decode()
    assert tsig.read(written(text, algorithm=algorithm)) == TSIGKey("mufakat-publisher", algorithm, text)


def test_two_slashes_in_a_secret_are_no_comment() -> None:
    assert tsig.read(written()).secret == SLASHES


@pytest.mark.parametrize("remark", ["# one\n", "// one\n", "/* one\nand more */", '# with "quotes"\n'])
def test_remarks_are_passed_over(remark: str) -> None:
    assert tsig.read(remark + written() + remark).secret == SLASHES


@pytest.mark.parametrize(
    "text",
    ["", "key {}", written() * 2, written("short"), written("!" * 40), written(algorithm="hmac-md5"), written("AAAA")],
)
def test_anything_else_is_refused_without_its_secret(text: str) -> None:
    with pytest.raises(KeyFileError) as refused:
        tsig.read(text)
    assert "AAAA" not in str(refused.value)


def test_a_key_shows_no_secret() -> None:
    assert SLASHES not in repr(tsig.read(written()))
