"""Atom feeds (RFC 4287), page after page (RFC 5005): plain text alone, so that nothing in one is ever markup.

What an XML document cannot hold (control characters, halves of surrogate pairs) is left out of the text.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
NAMESPACE = "http://www.w3.org/2005/Atom"

# Everything but the characters of XML 1.0, section 2.2.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Link(NamedTuple):
    """A link of a feed or of an entry: RFC 4287, section 4.2.7."""

    rel: str
    href: str
    media_type: str = ""


class Item(NamedTuple):
    """An entry. `categories` are pairs of a scheme (an IRI) and a term."""

    id: str
    title: str
    updated: datetime
    published: datetime
    author: str
    summary: str
    links: Sequence[Link]
    categories: Sequence[tuple[str, str]] = ()


class Feed(NamedTuple):
    """A feed, or one page of it."""

    id: str
    title: str
    updated: datetime
    author: str
    language: str
    links: Sequence[Link]
    subtitle: str = ""


def write(feed: Feed, items: Iterable[Item]) -> bytes:
    """The document."""
    root = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": feed.language})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    if feed.subtitle:
        _text(root, "subtitle", feed.subtitle)
    _text(root, "updated", _time(feed.updated))
    _text(ET.SubElement(root, "author"), "name", feed.author)
    _links(root, feed.links)
    for item in items:
        entry = ET.SubElement(root, "entry")
        _text(entry, "id", item.id)
        _text(entry, "title", item.title)
        _text(entry, "updated", _time(item.updated))
        _text(entry, "published", _time(item.published))
        _text(ET.SubElement(entry, "author"), "name", item.author)
        _links(entry, item.links)
        for scheme, term in item.categories:
            ET.SubElement(entry, "category", {"scheme": _clean(scheme), "term": _clean(term)})
        _text(entry, "summary", item.summary)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _clean(text)


def _links(parent: ET.Element, links: Iterable[Link]) -> None:
    for link in links:
        named = {"rel": link.rel, "type": link.media_type, "href": _clean(link.href)}
        ET.SubElement(parent, "link", {name: value for name, value in named.items() if value})


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
