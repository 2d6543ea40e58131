"""What parsing gives: a locator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.locator import hosts

if TYPE_CHECKING:
    from mufakat.locator.kinds import Kind, Surface

WEB = ("https://", "http://", "ftp://")
PROXIES = ("tg:proxy:", "tg:socks:")


@dataclass(frozen=True, slots=True)
class Locator:
    """A pointer to one thing, in its canonical form.

    kind        what is pointed at.
    canonical   the one form that names this thing: a WHATWG URL without its fragment, a host in A-labels,
                ``sha256:<hex>``, or ``tg:…`` as in ``docs/locators.md``; ``parse(canonical).canonical == canonical``.
    input       the text as it was given, character by character, with one exception: a proxy link, and a share link
                around one, is written anew without its key (``secret=removed``). No field ever holds a secret.
    parameters  what the link says beyond identity (``start``, ``startapp``, ``game``, ``t`` …), in the link's order;
                names are of a fixed list, values at most 512 characters of ``A–Z a–z 0–9 _ -``.
    """

    kind: Kind
    canonical: str
    input: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def surface(self) -> Surface:
        """What a mandate calls this kind."""
        return self.kind.surface

    @property
    def host(self) -> str | None:
        """The host pointed at or to, in A-labels, IPv6 in brackets; None for files and what Telegram alone resolves."""
        form = self.canonical
        if form.startswith(PROXIES):
            return form.split(":", 2)[2].rpartition(":")[0]
        if form.startswith(WEB):
            return _without_port(form.split("/", 3)[2])
        # What is left with a colon outside of brackets is `tg:…` or `sha256:…`.
        return None if ":" in form and form[0] != "[" else form

    @property
    def display(self) -> str:
        """The canonical form for people: the host in Unicode where that cannot deceive, everything else unchanged."""
        host = self.host
        return self.canonical.replace(host, hosts.display(host), 1) if host else self.canonical


def _without_port(authority: str) -> str:
    if authority.endswith("]") or ":" not in authority:
        return authority
    return authority.rpartition(":")[0]
