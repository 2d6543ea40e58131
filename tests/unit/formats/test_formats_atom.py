"""Atom: the members that RFC 4287 asks for, and text that stays text whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from mufakat.formats import atom
from mufakat.formats.atom import Feed, Item, Link

AT = datetime(2017, 7, 14, 3, tzinfo=UTC)
NAMES = {"a": atom.NAMESPACE}
HOSTILE = [
    "<script>alert(1)</script>",
    "]]><x/>",
    "&lt;b&gt;",
    '"><link href="javascript:alert(1)"/>',
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "\x00\x08\x0b\x1f\ufffe",
]


def feed(title: str = "Register", *items: Item) -> ET.Element:
    links = [Link("self", "https://register.example/feed.atom", "application/atom+xml")]
    return ET.fromstring(atom.write(Feed("urn:x", title, AT, "Mufakat", "en", links, title), items))  # noqa: S314 - ours.


def item(text: str) -> Item:
    return Item(
        "urn:y", text, AT, AT, text, text, [Link("alternate", "https://a.example/?q=" + text)], [("urn:s", text)]
    )


def test_a_feed_has_what_the_standard_asks_for() -> None:
    found = feed("Register", item("x"))
    assert [child.tag.partition("}")[2] for child in found] == [
        *("id", "title", "subtitle", "updated", "author", "link", "entry")
    ]
    assert found.findtext("a:entry/a:updated", namespaces=NAMES) == "2017-07-14T03:00:00.000Z"
    assert {child.tag.partition("}")[2] for child in found.findall("a:entry/*", NAMES)} == {
        *("id", "title", "updated", "published", "author", "link", "category", "summary")
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    found = feed(text, item(text))
    shown = "".join(char for char in text if char not in "\x00\x08\x0b\x1f\ufffe")
    assert found.findtext("a:title", namespaces=NAMES) == shown
    assert found.findtext("a:entry/a:summary", namespaces=NAMES) == shown
    assert len(list(found.iter())) == len(list(feed("t", item("t")).iter()))


@given(st.text())
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    assert feed(text, item(text)).tag == f"{{{atom.NAMESPACE}}}feed"
