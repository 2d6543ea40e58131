"""What is asked of every page, and the fields of a sound form."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

FIELDS: dict[str, Any] = {
    "key": "page-" + "a" * 32,
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "terrorism",
    "urgency": "urgent",
    "locators": "https://t.me/s/examplechannel/12\r\n\r\n@examplename\r\n",
    "explanation": "A made-up placeholder.\r\nSecond line.",
    "language": "id",
    "content_date": "2017-07-10",
    "system": "id",
    "instrument": "UU 11/2008",
    "provision": "Pasal 40 ayat (2a)",
    "measures": ["remove", "preserve"],
    "territory": "id, my",
}


def fields(**changes: Any) -> dict[str, Any]:
    """The fields with some changed."""
    return {**FIELDS, **changes}


def html(response: Any) -> str:
    return response.content.decode()


class Reader(HTMLParser):
    """Collects what a page must not hold, and what it must."""

    VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "circle"})

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.lang: str | None = None
        self.headings: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.wrong += [f"{tag} {name}" for name in found if name == "style" or name.startswith(("on", "hx-on"))]
        if tag in {"style", "iframe", "object", "embed", "base"} or (tag == "script" and not found.get("src")):
            self.wrong.append(tag)
        for name in ("href", "src", "action", "formaction"):
            value = found.get(name) or ""
            if value.startswith(("javascript:", "//", "http:", "https:")):
                self.wrong.append(f"{tag} {name}={value}")
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "html":
            self.lang = found.get("lang")
        if tag == "label":
            self.labelled.add(str(found.get("for")))
        if tag in {"input", "select", "textarea"} and found.get("type") != "hidden":
            self.controls.append((tag, found))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag == "h1":
            self.headings.append(tag)


def read(response: Any) -> Reader:
    reader = Reader()
    reader.feed(html(response))
    return reader


def complaints(response: Any) -> list[str]:
    """Everything that is wrong with a page; empty when it is sound."""
    policy = response.headers.get("Content-Security-Policy", "")
    reader = read(response)
    found = list(reader.wrong)
    found += [f"CSP: {word}" for word in ("unsafe-inline", "unsafe-eval", "*", "http:") if word in policy]
    found += [
        f"CSP lacks {word}"
        for word in ("default-src 'none'", "script-src 'self'", "style-src 'self'")
        if word not in policy
    ]
    found += [f"id twice: {one}" for one in set(reader.ids) if reader.ids.count(one) > 1]
    found += [
        f"no label: {tag} {has.get('name')}" for tag, has in reader.controls if has.get("id") not in reader.labelled
    ]
    found += [f"h1: {len(reader.headings)}"] if len(reader.headings) != 1 else []
    found += ["no lang"] if reader.lang not in {"en", "id"} else []
    found += [
        f"header {name}" for name in ("X-Frame-Options", "X-Content-Type-Options") if name not in response.headers
    ]
    return found
