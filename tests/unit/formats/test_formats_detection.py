from pathlib import Path

import pytest

from mufakat import formats
from mufakat.formats import Format

VECTORS = Path(__file__).parents[2] / "vectors" / "formats"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notices.csv", Format.CSV),
        ("notices.ndjson", Format.NDJSON),
        ("xarf_phishing.json", Format.XARF),
        ("xarf_v3.json", Format.XARF),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_our_vectors_are_told_with_and_without_their_names(name, expected, named):
    head = (VECTORS / name).read_bytes()[: formats.HEAD]
    assert formats.detect(name if named else "-", head) == expected


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.json", b'{"to": "x"}', Format.JSON),
        ("a.json", b"[\n{}\n]", Format.JSON),
        ("a.json", b'{"a":1}\n{"a":2}\n', Format.NDJSON),
        ("a.json", b'{"a": {"b":\n{}}}', Format.JSON),
        ("a.json", b"", Format.JSON),
        ("A.JSONL", b"", Format.NDJSON),
        ("a.tsv", b"", Format.CSV),
        ("", b"\xef\xbb\xbf{}", Format.JSON),
        ("", "to;kind\n".encode("utf-16"), Format.CSV),
        ("", b"locators\nhttps://a.example\n", Format.CSV),
        ("a.txt", b'[{"xarf_version" : "5.0.0"}]', Format.XARF),
        ("photo.png", b"\x89PNG\r\n\x1a\n", None),
        ("", b"", None),
        ("notes.txt", b"Dear Sirs,\n", None),
    ],
)
def test_name_and_content_tell_the_format(name, head, expected):
    assert formats.detect(name, head) == expected
