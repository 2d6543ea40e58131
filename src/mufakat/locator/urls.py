"""Web addresses as the WHATWG URL Standard writes them, taken apart."""

from __future__ import annotations

from typing import NamedTuple

import ada_url

from mufakat.locator.reasons import Reason


class Address(NamedTuple):
    """A web address in its normal form, without fragment. ``port`` is empty where it is the scheme's own."""

    scheme: str
    host: str
    port: str
    path: str  # Begins with a slash.
    query: str  # Without the question mark.

    def text(self) -> str:
        """The address in one piece; an empty query leaves no question mark."""
        port = f":{self.port}" if self.port else ""
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host}{port}{self.path}{query}"


def read(text: str) -> Address | Reason:
    """A text that begins with ``https:``, ``http:`` or ``ftp:`` and has no ``#``, or why it is no address."""
    try:
        href = ada_url.normalize_url(text)
    except ValueError:
        return Reason.BAD_HOST
    scheme, _, rest = href.partition("://")
    authority, _, rest = rest.partition("/")
    if "@" in authority:
        return Reason.CREDENTIALS
    host, port = authority, ""
    if ":" in authority and not authority.endswith("]"):
        host, _, port = authority.rpartition(":")
    path, _, query = rest.partition("?")
    return Address(scheme, host.removesuffix("."), port, f"/{path}", query)
