"""From a text that somebody wrote to the one thing it points at: ``parse`` is total and linear in the text."""

from __future__ import annotations

import re
from urllib.parse import quote

from mufakat.locator import cleaning, defang, digests, hosts, secrecy, telegram, telegram_forms, urls
from mufakat.locator.kinds import Kind
from mufakat.locator.reasons import REFUSALS, Reason, Refusal
from mufakat.locator.results import Locator
from mufakat.locator.secrecy import Secrecy
from mufakat.locator.telegram import Wrapped

MAX_LENGTH = 4096
"""Characters of the longest text that is looked at, and of the longest canonical form."""
MAX_DEPTH = 3
"""Share links inside share links that are unwrapped."""

WEB_SCHEMES = frozenset({"https", "http", "ftp"})
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
PORT = re.compile(r"[0-9]{1,5}(?:[/?\\]|$)")
DELIMITER = re.compile(r"[/?\\]")
IPV6 = re.compile(r"\[?[0-9A-Fa-f:.]{2,45}\]?")
ARTICLES = frozenset({"telegra.ph", "graph.org", "te.legra.ph"})
NO_ARTICLES = frozenset({"/api", "/file", "/login", "/auth", "/save", "/check", "/upload"})
REFUSED = {Secrecy.SECRET: Reason.SECRET_LINK, Secrecy.HIDDEN: Reason.NESTED_TOO_DEEPLY}
REDACTED = frozenset({Kind.PROXY, Kind.SHARE, Kind.INSTANT_VIEW})


def parse(text: str) -> Locator | Refusal:
    """The locator that a text means, or why it means none.

    Takes any ``str``, never raises, and works in time linear in the text; a text of more than ``MAX_LENGTH`` characters
    is refused unread. Understands web addresses with or without scheme, defanged or not, hosts, file digests, every
    form of Telegram link in ``docs/locators.md``, and its own canonical forms. Links that hold a secret are refused,
    and nothing of them is kept.
    """
    found = _read(text, 0)
    return found if isinstance(found, Locator) else REFUSALS[found]


def _read(text: str, depth: int) -> Locator | Reason:
    # (1) What is too long is not looked at; nothing that cannot be stored or shown gets through.
    plain = cleaning.trim(text) if len(text) <= MAX_LENGTH else ""
    if not plain:
        return Reason.EMPTY if len(text) <= MAX_LENGTH else Reason.TOO_LONG
    if cleaning.has_forbidden_character(plain):
        return Reason.CONTROL_CHARACTER
    if defang.is_needed(plain):
        plain = cleaning.trim(defang.undo(plain))  # A mark may have stood for punctuation at the end.
    # (2) Secrets are looked for before anything is made of the text.
    secret = secrecy.look(plain)
    if secret is not Secrecy.NONE and secret in REFUSED:
        return REFUSED[secret]
    # (3) Two fragments name the same resource. Before one may stand punctuation, with which no canonical form ends.
    if "#" in plain:
        plain = cleaning.trim_end(plain.partition("#")[0])
    found = _point(plain, text, depth)
    # (4) The key of a proxy can be left out of the links that are written anew; of others it cannot.
    if (
        secret is Secrecy.PROXY_KEY
        and isinstance(found, Locator)
        and (found.kind not in REDACTED or found.input == text)
    ):
        return Reason.SECRET_LINK
    return Reason.TOO_LONG if isinstance(found, Locator) and len(found.canonical) > MAX_LENGTH else found


def _point(plain: str, text: str, depth: int) -> Locator | Reason:
    if " " in plain and "://" in plain.partition(" ")[2]:
        return Reason.NOT_A_LOCATOR  # Two addresses, of which the URL standard would make a single false one.
    return _by_scheme(plain, text, depth)


def _by_scheme(plain: str, text: str, depth: int) -> Locator | Reason:
    scheme = SCHEME.match(plain)
    if scheme is None or IPV6.fullmatch(plain):
        return _without_scheme(plain, text, depth)
    name, rest = scheme[1].lower(), plain[scheme.end() :]
    if name in WEB_SCHEMES:
        return _web(plain, text, depth)
    if name == "tg":
        return _telegram(telegram_forms.read(rest), text, depth)
    if digests.is_name(name):
        digest = digests.named(name, rest)
        return Locator(Kind.FILE, digest, text) if digest else Reason.BAD_DIGEST
    if PORT.match(rest):
        return _web(f"https://{plain}", text, depth)  # It was no scheme but a host and its port.
    return Reason.UNSUPPORTED_SCHEME


def _without_scheme(plain: str, text: str, depth: int) -> Locator | Reason:
    if len(plain.split()) != 1:
        return Reason.NOT_A_LOCATOR
    if plain[0] == "@":
        is_username = telegram.is_username(plain[1:])
        return (
            Locator(Kind.USERNAME, f"tg:username:{plain[1:].lower()}", text)
            if is_username
            else Reason.TELEGRAM_USERNAME
        )
    if plain.startswith("//"):
        return _web(f"https:{plain}", text, depth)
    digest = digests.bare(plain)
    if digest:
        return Locator(Kind.FILE, digest, text)
    return Reason.BAD_DIGEST if digests.is_name(plain.lower()) else _bare(plain, text, depth)


def _bare(plain: str, text: str, depth: int) -> Locator | Reason:
    """A host, or a host with a path behind it, without scheme."""
    if IPV6.fullmatch(plain) and plain.count(":") > 1:
        plain = f"[{plain.strip('[]')}]"
        return _web(f"https://{plain}", text, depth, bare=plain)
    delimiter = DELIMITER.search(plain)
    host = plain[: delimiter.start()] if delimiter else plain
    if not host:
        return Reason.NOT_A_LOCATOR
    if "@" in host:
        return Reason.CREDENTIALS if delimiter else Reason.NOT_A_LOCATOR  # Without a path it is an e-mail address.
    if host.isdigit():
        return Reason.BAD_HOST  # The URL standard would take a plain number for an IPv4 address.
    return _web(f"https://{plain}", text, depth, bare=None if delimiter or ":" in host else host)


def _web(url: str, text: str, depth: int, bare: str | None = None) -> Locator | Reason:
    """A web address; ``bare`` is the host as written, where nothing but a host was written."""
    address = urls.read(url)
    if isinstance(address, Reason):
        return address
    host = address.host
    if host in telegram.HOSTS and bare:
        return Locator(Kind.HOST, host, text)
    if host in telegram.HOSTS or host.endswith(telegram.SUBDOMAIN):
        return _telegram_web(address, text, depth, bare=bare)
    problem = hosts.problem(host)
    if problem:
        return problem
    if bare:
        # What people write as an address they write in four decimal numbers; 10.2 is a version, not a host.
        odd = hosts.is_address(host) and host[0] != "[" and host != bare.removesuffix(".")
        return Reason.BAD_HOST if odd else Locator(Kind.HOST, host, text)
    article = _article(address) if host in ARTICLES else None
    return Locator(Kind.ARTICLE, article, text) if article else _url(address.text(), url, text)


def _url(canonical: str, url: str, text: str) -> Locator | Reason:
    # A path with dots in it (`/x/../`) may have become what was looked for in vain before.
    is_secret = canonical != url and secrecy.look(canonical) is not Secrecy.NONE
    return Reason.SECRET_LINK if is_secret else Locator(Kind.URL, canonical, text)


def _article(address: urls.Address) -> str | None:
    path = cleaning.trim_end(address.path.rstrip("/"))
    if path.count("/") != 1 or path == "/" or path.lower() in NO_ARTICLES:
        return None
    return f"https://telegra.ph{path}" if address.port in telegram.PORTS and address.scheme != "ftp" else None


def _telegram_web(address: urls.Address, text: str, depth: int, *, bare: str | None) -> Locator | Reason:
    if address.port not in telegram.PORTS or address.scheme == "ftp":
        return Reason.TELEGRAM_LINK
    segments = telegram_forms.segments(address.path)
    arguments = telegram_forms.arguments(address.query)
    if address.host in telegram.HOSTS:
        return _telegram(telegram.read(segments, arguments), text, depth)
    name = address.host.removesuffix(telegram.SUBDOMAIN)
    if name in telegram.SECRET_WORDS:
        return Reason.SECRET_LINK
    if len(name) >= telegram.MIN_SUBDOMAIN and telegram.is_username(name):
        return _telegram(telegram.of_username(name, segments, arguments), text, depth)
    problem = hosts.problem(address.host)
    return problem or (Locator(Kind.HOST, address.host, text) if bare else Reason.TELEGRAM_LINK)


def _telegram(meaning: telegram.Meaning, text: str, depth: int) -> Locator | Reason:
    if isinstance(meaning, Reason):
        return meaning
    if not isinstance(meaning, Wrapped):
        return Locator(meaning.kind, meaning.canonical, meaning.redacted or text, meaning.parameters)
    if depth == MAX_DEPTH:
        return Reason.NESTED_TOO_DEEPLY
    inner = _read(meaning.inner, depth + 1)
    if not isinstance(inner, Locator):
        return inner
    # The key of a proxy may be in the address inside or in any other argument, so all but the address is left out.
    is_keyed = inner.input != meaning.inner or secrecy.look(text) is Secrecy.PROXY_KEY
    word = "iv" if meaning.kind is Kind.INSTANT_VIEW else "share/url"
    kept = f"https://t.me/{word}?url={quote(inner.input, safe='')}" if is_keyed else text
    return Locator(meaning.kind, inner.canonical, kept, inner.parameters)
