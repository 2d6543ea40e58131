"""The environment, read once and refused in one line when a value is bad.

Every secret may be given as a file instead: ``<NAME>_FILE`` names it.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from mufakat.rules import egress
from mufakat.server.journal.files import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from mufakat.rules.egress import Policy

ORIGIN = re.compile(r"[a-z0-9][a-z0-9.:-]*(?:/[a-z0-9][a-z0-9._-]*)*/[a-z0-9][a-z0-9-]{0,31}")
EVIDENCE_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
# Read back at the start (journal.durability): weaker ones can be asked for, and are refused there.
PRAGMAS = {
    "synchronous": {"off", "normal", "full", "extra"},
    "journal_mode": {"wal", "delete", "truncate", "persist", "memory", "off"},
}

EMBEDDED = "mufakat.server.journal.database"
# What a DATABASE_URL may say about the connection to PostgreSQL beside its address (libpq's names).
CONNECTING = frozenset(
    {"host", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service", "connect_timeout"}
)


class EnvironmentValueError(ValueError):
    """A variable has a value that cannot be used; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the operator decides from outside."""

    data: Path
    database: dict[str, Any]
    origin: str
    key_file: str
    host: str
    port: int
    time_zone: str
    secret_key: str
    allowed_hosts: list[str]
    https: bool
    disk_reserve: int
    ballast: int
    workers: int
    evidence_origin: str
    works: bool
    webhook_policy: Policy
    debug: bool


def read(environ: Mapping[str, str]) -> Environment:
    """Read everything, or raise EnvironmentValueError."""
    data = folder("MUFAKAT_DATA", environ.get("MUFAKAT_DATA") or "data")
    host = address(environ)
    origin = environ.get("MUFAKAT_ORIGIN") or "localhost/log/1"
    if not ORIGIN.fullmatch(origin):
        raise EnvironmentValueError(
            "MUFAKAT_ORIGIN must be a name like log.example.org/log/1: host, path, and the shard as last segment"
        )
    evidence = evidence_origin(environ)
    allowed = [name for name in (environ.get("MUFAKAT_ALLOWED_HOSTS") or "").split(",") if name]
    base = database(secret(environ, "DATABASE_URL") or f"sqlite:///{quote(str(data))}/mufakat.sqlite3")
    names = allowed or ["localhost", "127.0.0.1", "[::1]", host]
    if evidence and urlsplit(evidence).hostname in names:
        raise EnvironmentValueError(
            "MUFAKAT_EVIDENCE_ORIGIN must be a host of its own, not one under which the pages are"
        )
    return Environment(
        data=data,
        database=base,
        origin=origin,
        key_file=key_file(environ),
        host=host,
        port=number(environ, "PORT", 8000, least=0, most=65535),
        time_zone=zone(environ),
        secret_key=secret(environ, "MUFAKAT_SECRET_KEY") or kept_secret(data),
        allowed_hosts=[*names, urlsplit(evidence).hostname or ""] if evidence else names,
        https=switch(environ, "MUFAKAT_HTTPS"),
        disk_reserve=number(environ, "MUFAKAT_DISK_RESERVE", 64 * 1024 * 1024, least=0, most=1 << 50),
        ballast=number(environ, "MUFAKAT_BALLAST", 32 * 1024 * 1024, least=0, most=1 << 40),
        workers=workers(environ, base),
        evidence_origin=evidence,
        works=switch(environ, "MUFAKAT_WORK", default="1"),
        webhook_policy=webhook_policy(environ),
        debug=False,
    )


def evidence_origin(environ: Mapping[str, str]) -> str:
    """The origin that gives out files of evidence: scheme, host, port, and nothing more; empty where there is none."""
    text = (environ.get("MUFAKAT_EVIDENCE_ORIGIN") or "").rstrip("/")
    if text and not EVIDENCE_ORIGIN.fullmatch(text):
        raise EnvironmentValueError("MUFAKAT_EVIDENCE_ORIGIN must be an origin like https://files.example.org")
    return text


def webhook_policy(environ: Mapping[str, str]) -> Policy:
    """Where webhooks may go beside public addresses by TLS: networks, and the word ``http``."""
    words = [word for word in (environ.get("MUFAKAT_WEBHOOK_ALLOW") or "").replace(" ", "").split(",") if word]
    try:
        return egress.read_policy(words)
    except ValueError:
        raise EnvironmentValueError(
            "MUFAKAT_WEBHOOK_ALLOW must be networks such as 10.1.0.0/16, and the word http, with commas between"
        ) from None


def secret(environ: Mapping[str, str], name: str) -> str:
    """A secret from its variable or from the file that ``<NAME>_FILE`` names."""
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise EnvironmentValueError(f"{name}_FILE cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise EnvironmentValueError(f"{name}_FILE cannot be read: it is not UTF-8 text") from None
    return environ.get(name) or ""


def folder(name: str, text: str) -> Path:
    """A directory that is there, or that can be made: nothing else stands in its place or above it."""
    path = Path(text).absolute()
    try:
        standing = next(above for above in (path, *path.parents) if above.exists())
    except OSError as error:
        raise EnvironmentValueError(f"{name} cannot be used: {error.strerror}") from None
    if not standing.is_dir():
        raise EnvironmentValueError(f"{name} cannot be used: {standing} is not a directory")
    return path


def key_file(environ: Mapping[str, str]) -> str:
    """Where the key of the live shard lies, when it is not kept beside the data."""
    text = environ.get("MUFAKAT_KEY_FILE") or ""
    if text and Path(text).is_dir():
        raise EnvironmentValueError("MUFAKAT_KEY_FILE must name a file; this is a directory")
    if text:
        folder("MUFAKAT_KEY_FILE", str(Path(text).absolute().parent))
    return text


def address(environ: Mapping[str, str]) -> str:
    """Where to listen: the server takes numbers only, so the one name everybody writes is translated."""
    text = environ.get("MUFAKAT_HOST") or "127.0.0.1"
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise EnvironmentValueError("MUFAKAT_HOST must be an IP address such as 127.0.0.1, 0.0.0.0 or ::1") from None


def kept_secret(data: Path) -> str:
    """The key of sessions and forms, made once and kept beside the data with private permissions."""
    path = data / "secret.key"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise EnvironmentValueError(f"{path} cannot be read: {error.strerror}") from None
    text = secrets.token_urlsafe(48)
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, text + "\n", replace=False)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise EnvironmentValueError(f"MUFAKAT_DATA cannot be used: {error.strerror}: {data}") from None
    return text


def database(url: str) -> dict[str, Any]:
    """Django's settings for a ``DATABASE_URL``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EnvironmentValueError("DATABASE_URL cannot be read: its host or port is malformed") from None
    if parts.scheme in {"postgresql", "postgres"}:
        return postgresql(parts, port)
    if parts.scheme != "sqlite":
        raise EnvironmentValueError("DATABASE_URL must begin with sqlite:/// or postgresql://")
    path = unquote(parts.path)[1:]  # Three slashes and a relative path, or four and an absolute one.
    if parts.netloc or not path:
        raise EnvironmentValueError(
            "DATABASE_URL must name a file: sqlite:////absolute/path or sqlite:///relative/path"
        )
    # What is erased is overwritten in the file, or it would only be hidden.
    pragmas = {"synchronous": "full", "secure_delete": "on"}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if value.lower() not in PRAGMAS.get(name, ()):
            raise EnvironmentValueError(f"DATABASE_URL has an option that is not known: {name}={value}")
        pragmas[name] = value.lower()
    return {
        "ENGINE": EMBEDDED,
        "NAME": path,
        "OPTIONS": {
            # Measured: Django's default mode lost 35 to 76 of 100 to lock upgrades. Leave it alone.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": ";".join(f"PRAGMA {name}={value}" for name, value in pragmas.items()),
        },
        "CONN_MAX_AGE": None,
    }


def postgresql(parts: SplitResult, port: int | None) -> dict[str, Any]:
    """``postgresql://user:password@host:port/name?option=value``; ``host`` as an option names a folder of sockets."""
    if find_spec("psycopg") is None:
        raise EnvironmentValueError("DATABASE_URL names PostgreSQL, which needs: pip install 'mufakat[postgres]'")
    name = unquote(parts.path)[1:]
    if not name or "/" in name:
        raise EnvironmentValueError("DATABASE_URL must name a database: postgresql://user:password@host:5432/name")
    options: dict[str, Any] = {}
    for option, value in parse_qsl(parts.query, keep_blank_values=True):
        if option not in CONNECTING or not value:
            raise EnvironmentValueError(f"DATABASE_URL has an option that is not known: {option}")
        options[option] = value
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "mufakat.server.journal.database.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        # The writer's statements are few and always the same: they are prepared. A proxy that shares connections
        # between transactions must know prepared statements (PgBouncer from 1.21).
        "OPTIONS": {"connect_timeout": 5, "application_name": "mufakat", "prepare_threshold": 5, **options},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,  # A restarted database costs nobody an answer.
    }


def workers(environ: Mapping[str, str], database: Mapping[str, Any]) -> int:
    """How many processes serve: one where the database is embedded, which has one writer."""
    embedded = database["ENGINE"] == EMBEDDED
    found = number(environ, "MUFAKAT_WORKERS", 1 if embedded else 2, least=1, most=64)
    if embedded and found != 1:
        raise EnvironmentValueError("MUFAKAT_WORKERS must be 1 with the embedded database; more need PostgreSQL")
    return found


def number(environ: Mapping[str, str], name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within bounds."""
    text = environ.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,18}", text) or not least <= int(text) <= most:
        raise EnvironmentValueError(f"{name} must be a whole number from {least} to {most}")
    return int(text)


def switch(environ: Mapping[str, str], name: str, *, default: str = "0") -> bool:
    """Yes or no."""
    text = (environ.get(name) or default).lower()
    if text not in {"0", "1", "yes", "no", "true", "false"}:
        raise EnvironmentValueError(f"{name} must be 1 or 0")
    return text in {"1", "yes", "true"}


def zone(environ: Mapping[str, str]) -> str:
    """The time zone that people see."""
    name = environ.get("MUFAKAT_TIME_ZONE") or "Asia/Jakarta"
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError.
        raise EnvironmentValueError(f"MUFAKAT_TIME_ZONE is not a time zone: {name[:60]}") from None
    return name
