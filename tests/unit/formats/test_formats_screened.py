from __future__ import annotations

from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from mufakat.formats.items import MAX_RECORD, Bad
from mufakat.formats.screened import read_item, read_items
from mufakat.screening.item import Item, ItemKind, Visibility

EXAMPLE = Path(__file__).parents[3] / "examples" / "screening" / "items.ndjson"
ITEM = b'{"item": "m", "at": "2026-11-26T12:00:00Z", "visibility": "public", "kind": "message", "text": "pisang"}'


def test_an_item_is_read() -> None:
    assert read_item(ITEM) == Item(
        item="m", at="2026-11-26T12:00:00Z", visibility=Visibility.PUBLIC, kind=ItemKind.MESSAGE, text="pisang"
    )


def test_every_item_of_the_example_is_read() -> None:
    with EXAMPLE.open("rb") as stream:
        assert [Bad for each in read_items(stream) if isinstance(each, Bad)] == []


def test_each_line_is_read_by_itself() -> None:
    read = list(read_items(BytesIO(b"\xef\xbb\xbf" + ITEM + b"\r\n\n{}\nx\n" + ITEM)))
    assert [(each.number, True) if isinstance(each, Bad) else (each[0], False) for each in read] == [
        (1, False),
        (3, True),
        (4, True),
        (5, False),
    ]


def test_a_line_that_is_too_long_is_refused_and_the_next_one_read() -> None:
    read = list(read_items(BytesIO(b"a" * (MAX_RECORD + 1) + b"\n" + ITEM)))
    assert [isinstance(each, Bad) for each in read] == [True, False]


@pytest.mark.invariant("I-13")
@pytest.mark.parametrize("name", [b"visibility", b"\\u0076isibility"])
def test_a_visibility_that_stands_twice_is_refused(name: bytes) -> None:
    found = read_item(ITEM.replace(b'"kind"', b'"%s": "private", "kind"' % name))
    assert isinstance(found, tuple)
    assert [fault.pointer for fault in found] == ["/visibility"]


def test_a_text_that_looks_like_a_member_is_a_text() -> None:
    text = 'he said "visibility": "private", \\"kind\\": and "text":'
    item = read_item(msgspec.json.encode(msgspec.structs.replace(msgspec.json.decode(ITEM, type=Item), text=text)))
    assert isinstance(item, Item)
    assert item.text == text


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        (b'"public"', b'"everybody"', "/visibility"),
        (b'"public"', b"null", "/visibility"),
        (b'"pisang"', b'"\\ud800"', "/text"),
        (b'"pisang"', b'"pisang", "sha256": "AB"', "/sha256"),
        (b'"pisang"', b'"pisang", "urls": "x"', "/urls"),
        (b'"pisang"', b'"pisang", "secret": 1', "/secret"),
        (b'"m"', b'""', "/item"),
    ],
)
def test_a_fault_has_its_place(old: bytes, new: bytes, pointer: str) -> None:
    found = read_item(ITEM.replace(old, new, 1))
    assert isinstance(found, tuple)
    assert [fault.pointer for fault in found] == [pointer]
