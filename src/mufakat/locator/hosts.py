"""Host names and addresses: which are admitted, what is registrable, how people read them.

Sources: WHATWG URL (host parser), UTS 46 (IDNA), RFC 1123 (letters, digits, hyphens; the underscore is admitted because
pages live at such names), publicsuffix.org. A host here is as the WHATWG engine writes it: lower case, A-labels, IPv6
in brackets, but without a last dot.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

import ada_url
from publicsuffixlist import ENCODING, PSLFILE, PublicSuffixList

from mufakat.locator import addresses
from mufakat.locator.reasons import Reason

MAX_HOST = 253  # Characters in a name, RFC 1035 without the last dot.
MAX_LABEL = 63
CHARACTERS = re.compile(r"[a-z0-9._-]+")
# RFC 6761, RFC 6762, RFC 8375 and ICANN's resolution of July 2024: names of the local machine and the local network.
LOCAL_NAMES = frozenset({"localhost", "local", "internal"})
LOCAL_SUBTREE = ".home.arpa"
# Scripts that one writing system mixes, after the augmented script sets of UTS 39, section 5.1.
WRITING_SYSTEMS = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)


@cache
def _suffixes(*, registries_only: bool) -> PublicSuffixList:
    # Reading the list takes some 40 ms, so nobody pays for it at import.
    return PublicSuffixList(only_icann=registries_only)


def is_address(host: str) -> bool:
    """Whether a host is an IP address. After the WHATWG engine, a last label of digits can be nothing else."""
    return host.startswith("[") or host.rpartition(".")[2].isdigit()


@lru_cache(maxsize=8192)
def problem(host: str) -> Reason | None:
    """Why a host cannot be pointed at, or None: a private address, a registry's suffix, an impossible name."""
    if is_address(host):
        is_public = addresses.is_public_v6(host[1:-1]) if host[0] == "[" else addresses.is_public_v4(host)
        return None if is_public else Reason.PRIVATE_ADDRESS
    if not _is_name(host):
        return Reason.BAD_HOST
    if _suffixes(registries_only=True).is_public(host, accept_unknown=False):
        # Names like github.io, in the private section of the list, have a page of their own and pass.
        return Reason.PUBLIC_SUFFIX
    if "." not in host:
        return Reason.BAD_HOST
    if host.rpartition(".")[2] in LOCAL_NAMES or host.endswith(LOCAL_SUBTREE):
        return Reason.PRIVATE_ADDRESS
    return None


def _is_name(host: str) -> bool:
    if len(host) > MAX_HOST or not CHARACTERS.fullmatch(host):
        return False
    if any(not label or len(label) > MAX_LABEL or label[0] == "-" or label[-1] == "-" for label in host.split(".")):
        return False
    if "xn--" not in host:
        return True
    # The engine lets a false A-label of a web address pass (WHATWG, domain to ASCII); UTS 46 leaves it undecoded.
    readable = ada_url.idna_to_unicode(host)
    return "xn--" not in readable and ada_url.idna_to_ascii(readable).decode() == host


def normalise(host: str) -> str | None:
    """A host as anybody writes it (Unicode, capitals, last dot) in the form of this module; None if it is no host."""
    if not host or any(delimiter in host for delimiter in "/\\?#@") or not host.isprintable():
        return None
    try:
        href = ada_url.normalize_url(f"https://{host}/")
    except ValueError:
        return None
    name = href[len("https://") : -1].removesuffix(".")
    return name if is_address(name) or _is_name(name) else None


def is_public_suffix(host: str) -> bool:
    """Whether anybody may get names below this one: ``com``, ``co.id``, ``github.io`` (publicsuffix.org, both parts).

    An unknown last label counts as a suffix (the list's default rule), an address or what is no host does not.
    """
    name = normalise(host)
    return name is not None and not is_address(name) and _suffixes(registries_only=False).is_public(name)


def is_listed_suffix(name: str) -> bool:
    """Whether publicsuffix.org names this as an ending, in either part; ``name`` is as `normalise` writes it."""
    return _suffixes(registries_only=False).is_public(name, accept_unknown=False)


def suffix_of(name: str) -> str | None:
    """The ending that publicsuffix.org names for this name, or None; ``name`` is as `normalise` writes it."""
    return _suffixes(registries_only=False).publicsuffix(name, accept_unknown=False)


def registrable_of(name: str) -> str | None:
    """As `registrable_domain`, of a name that is already as `normalise` writes it."""
    return _suffixes(registries_only=False).privatesuffix(name)


@cache
def above_suffixes() -> frozenset[str]:
    """The names below which publicsuffix.org lists an ending, in A-labels: ``amazonaws.com`` for ``s3.amazonaws.com``.

    Whoever closes one of them with all that is below it closes what strangers got there.
    """
    found: set[str] = set()
    for line in Path(PSLFILE).read_text(encoding=ENCODING).splitlines():
        rule = line.split(" ")[0].strip().lower()
        if rule and not rule.startswith(("//", "!")):
            name = rule.removeprefix("*.")
            try:
                ascii_name = ada_url.idna_to_ascii(name).decode()
            except ValueError:
                continue
            labels = ascii_name.split(".")
            first = 0 if rule.startswith("*.") else 1
            found.update(".".join(labels[place:]) for place in range(first, len(labels)))
    return frozenset(found)


@cache
def last_labels() -> frozenset[str]:
    """The last labels of all names that publicsuffix.org lists, in A-labels: `com`, `id`, `xn--p1ai`.

    What ends otherwise is hardly a host in running text: two sentences without a blank between them look like one.
    """
    rules = (line.split(" ")[0].strip().lower() for line in Path(PSLFILE).read_text(encoding=ENCODING).splitlines())
    lasts = {rule.rpartition(".")[2] for rule in rules if rule and not rule.startswith("//")}
    return frozenset(ada_url.idna_to_ascii(last).decode() for last in lasts)


def registrable_domain(host: str) -> str | None:
    """The name that somebody registered, in A-labels: ``situs.co.id`` for ``www.situs.co.id``.

    Both parts of publicsuffix.org are heeded. None for a public suffix, an IP address, and what is no host.
    """
    name = normalise(host)
    if name is None or is_address(name):
        return None
    return _suffixes(registries_only=False).privatesuffix(name)


def display(host: str) -> str:
    """A host for people: U-labels if all letters are of one writing system, else A-labels, which cannot deceive."""
    if "xn--" not in host:
        return host
    readable = ada_url.idna_to_unicode(host)
    scripts = {_script(character) for character in readable if character not in ".-_0123456789"} - {"COMBINING"}
    if len(scripts) == 1 or any(scripts <= system for system in WRITING_SYSTEMS):
        return readable
    return host


def _script(character: str) -> str:
    # Python knows no Unicode scripts, but a character's name begins with its script's.
    return unicodedata.name(character, "UNNAMED").partition(" ")[0].partition("-")[0]
