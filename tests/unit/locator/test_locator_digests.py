"""Digests of files."""

from __future__ import annotations

import pytest

from mufakat.locator import Kind, Locator, Reason, Refusal, parse

SHA256, SHA1, MD5 = "aB" * 32, "aB" * 20, "aB" * 16


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHA256, f"sha256:{SHA256.lower()}"),
        (f"sha256:{SHA256}", f"sha256:{SHA256.lower()}"),
        (f"SHA-256: {SHA256}.", f"sha256:{SHA256.lower()}"),
        (SHA1, f"sha1:{SHA1.lower()}"),
        (f"sha-1:{SHA1}", f"sha1:{SHA1.lower()}"),
        (MD5, f"md5:{MD5.lower()}"),
        (f"md5[:]{MD5}", f"md5:{MD5.lower()}"),
    ],
)
def test_a_digest_is_a_file_in_its_canonical_form(text: str, expected: str) -> None:
    found = parse(text)

    assert isinstance(found, Locator)
    assert (found.kind, found.canonical, found.host) == (Kind.FILE, expected, None)


@pytest.mark.parametrize(
    "text", ["sha256:", "sha256:ab", f"sha256:{SHA1}", f"sha1:{SHA256}", f"sha256:{'g' * 64}", f"md5:{'é' * 32}"]
)
def test_a_digest_of_wrong_length_or_digits_is_refused(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal)
    assert found.reason is Reason.BAD_DIGEST
