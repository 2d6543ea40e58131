"""The environment's words about mail, read once and refused in one line when a value is bad."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mufakat.server.connectors.mail.configuration import Listen, Mail, Relay
from mufakat.server.runtime.environment import EnvironmentValueError, secret

if TYPE_CHECKING:
    from collections.abc import Mapping

DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@([a-z0-9.-]+)")
SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
PAGES = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
RESOLVER = re.compile(r"[0-9a-fA-F.:]+(?:#[0-9]{1,5})?")
PORTS = {"smtp": 25, "smtps": 465, "imap": 143, "imaps": 993}
NEEDED = ("aiosmtpd", "dkim", "dns")  # What the extra brings.


def read(environ: Mapping[str, str], *, host: str, port: int) -> Mail:
    """Read everything about mail, or raise EnvironmentValueError."""
    domain = (environ.get("MUFAKAT_MAIL_DOMAIN") or "").lower()
    told = [name for name in ("MUFAKAT_SMTP_URL", "MUFAKAT_LMTP", "MUFAKAT_IMAP_URL") if secret(environ, name)]
    if told and not domain:
        raise EnvironmentValueError(f"{told[0]} needs MUFAKAT_MAIL_DOMAIN, the domain that mails come to")
    if not domain:
        return Mail()
    if not DOMAIN.fullmatch(domain) or len(domain) > 180:
        raise EnvironmentValueError("MUFAKAT_MAIL_DOMAIN must be a domain such as mail.example.org")
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise EnvironmentValueError(f"MUFAKAT_MAIL_DOMAIN needs {missing[0]}: pip install 'mufakat[mail]'")
    key, selector = dkim(environ)
    return Mail(
        domain=domain,
        author=author(environ, domain),
        pages=matched(environ, "MUFAKAT_URL", PAGES, "an origin like https://notices.example.org").rstrip("/")
        or f"http://{f'[{host}]' if ':' in host else host}:{port}",
        relay=server(environ, "MUFAKAT_SMTP_URL", ("smtp", "smtps")),
        dkim_key=key,
        dkim_selector=selector,
        listen=listen(environ),
        mailbox=server(environ, "MUFAKAT_IMAP_URL", ("imap", "imaps")),
        resolver=matched(environ, "MUFAKAT_RESOLVER", RESOLVER, "an address such as 127.0.0.1 or 127.0.0.1#5353"),
    )


def matched(environ: Mapping[str, str], name: str, form: re.Pattern[str], says: str) -> str:
    """A value of this form, or nothing."""
    text = environ.get(name) or ""
    if text and not form.fullmatch(text.rstrip("/")):
        raise EnvironmentValueError(f"{name} must be {says}")
    return text


def author(environ: Mapping[str, str], domain: str) -> str:
    """The address that letters come from; it is of our domain, or no signature would speak for it."""
    text = environ.get("MUFAKAT_MAIL_FROM") or f"notices@{domain}"
    found = ADDRESS.fullmatch(text)
    if found is None or found[1] != domain:
        raise EnvironmentValueError(f"MUFAKAT_MAIL_FROM must be an address at {domain} (MUFAKAT_MAIL_DOMAIN)")
    return text


def dkim(environ: Mapping[str, str]) -> tuple[Path | None, str]:
    """The private key that signs letters, and the name under which its public half stands in the DNS."""
    path, selector = environ.get("MUFAKAT_DKIM_KEY_FILE") or "", environ.get("MUFAKAT_DKIM_SELECTOR") or ""
    if bool(path) != bool(selector):
        raise EnvironmentValueError("MUFAKAT_DKIM_KEY_FILE and MUFAKAT_DKIM_SELECTOR go together")
    if selector and not SELECTOR.fullmatch(selector):
        raise EnvironmentValueError("MUFAKAT_DKIM_SELECTOR must be a name such as 2026a")
    if path and not Path(path).is_file():
        raise EnvironmentValueError("MUFAKAT_DKIM_KEY_FILE must name a file with a private key in PEM")
    return (Path(path) if path else None), selector


def server(environ: Mapping[str, str], name: str, schemes: tuple[str, str]) -> Relay | None:
    """``scheme://user:password@host:port``; the second scheme is TLS from the first byte."""
    text = secret(environ, name)
    if not text:
        return None
    says = f"{name} must be {schemes[0]}://host:port or {schemes[1]}://user:password@host"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise EnvironmentValueError(says) from None
    folder = unquote(parts.path.strip("/"))
    if parts.scheme not in schemes or not parts.hostname or parts.query or (folder and schemes[0] != "imap"):
        raise EnvironmentValueError(says)
    return Relay(
        parts.hostname,
        port or PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        tls=parts.scheme == schemes[1],
        folder=folder or "INBOX",
    )


def listen(environ: Mapping[str, str]) -> Listen | None:
    """``unix:/path`` or ``127.0.0.1:port``: LMTP asks nobody who they are, so it is for this machine alone."""
    text = environ.get("MUFAKAT_LMTP") or ""
    if not text:
        return None
    if text.startswith("unix:/") and len(text.encode()) <= 5 + 100:
        return Listen(path=text[5:])
    host, _, port = text.rpartition(":")
    if host in {"127.0.0.1", "[::1]", "localhost"} and re.fullmatch(r"[0-9]{1,5}", port) and int(port) < 65_536:
        return Listen(host="127.0.0.1" if host == "localhost" else host.strip("[]"), port=int(port))
    raise EnvironmentValueError("MUFAKAT_LMTP must be unix:/path/of/a/socket or 127.0.0.1:port")
