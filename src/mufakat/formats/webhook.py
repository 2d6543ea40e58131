"""Webhooks as Standard Webhooks 1.0 has them: what is sent, how it is signed, and how a receiver checks it.

Signed is ``{id}.{timestamp}.{body}``: by HMAC-SHA256 (``v1``, secrets ``whsec_…``) or Ed25519 (``v1a``, keys ``whsk_…``
and ``whpk_…``). A header may hold several signatures; one that matches is enough, and versions that are not known are
passed over, so that secrets are changed without a gap. Whatever a stranger sends, `verify` says yes or raises
`WebhookRefusedError`, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECRET = "whsec_"  # noqa: S105 - the prefix of secrets.
PRIVATE = "whsk_"
PUBLIC = "whpk_"
ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"

MADE = 32  # Bytes of a secret of ours; the standard says 24 to 64.
SHORTEST, LONGEST = 16, 64  # Bytes of a secret that is taken. A published vector has 23.
TOLERANCE = timedelta(minutes=5)
BODY = 20 * 1024  # Bytes, the size the standard recommends as the most.
SIGNATURES = 32  # In one header; more is refused unread.
HEADER = 8_192  # Characters.
IDENTIFIER = re.compile(r"[\x21-\x7e]{1,256}")
SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class Refusal(StrEnum):
    """Why a delivery is not taken for genuine."""

    HEADER_MISSING = "header_missing"
    HEADER_MALFORMED = "header_malformed"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    NO_SIGNATURE_MATCHES = "no_signature_matches"
    BODY_MALFORMED = "body_malformed"


class WebhookRefusedError(ValueError):
    """This is not a genuine delivery; `reason` says why."""

    def __init__(self, reason: Refusal, words: str) -> None:
        self.reason = reason
        super().__init__(words)


class BadSecretError(ValueError):
    """This cannot be used as a secret or key."""


class TooLargeError(ValueError):
    """A payload larger than the standard recommends: it carries ids and links, no content."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A shared secret (``v1``)."""

    raw: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Secret:
        """From ``whsec_`` and base64, padded or not; the prefix may be missing. Raises BadSecretError."""
        raw = _decoded(text.strip().removeprefix(SECRET))
        if raw is None or not SHORTEST <= len(raw) <= LONGEST:
            raise BadSecretError(f"A webhook secret is {SECRET} and base64 of {SHORTEST} to {LONGEST} bytes.")
        return cls(raw)

    def text(self) -> str:
        """As it is shown, once."""
        return SECRET + base64.b64encode(self.raw).decode()

    def sign(self, content: bytes) -> str:
        """One entry of the signature header."""
        return "v1," + base64.b64encode(hmac.digest(self.raw, content, hashlib.sha256)).decode()

    def matches(self, version: str, signature: bytes, content: bytes) -> bool:
        return version == "v1" and hmac.compare_digest(hmac.digest(self.raw, content, hashlib.sha256), signature)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The key of a sender that signs for all receivers at once (``v1a``)."""

    key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> PrivateKey:
        """From ``whsk_`` and base64 of the seed, alone or with the public key behind it. Raises BadSecretError."""
        raw = _decoded(text.strip().removeprefix(PRIVATE)) if text.strip().startswith(PRIVATE) else None
        if raw is None or len(raw) not in {32, 64}:
            raise BadSecretError(f"A private key is {PRIVATE} and base64 of 32 or 64 bytes.")
        return cls(Ed25519PrivateKey.from_private_bytes(raw[:32]))

    def sign(self, content: bytes) -> str:
        """One entry of the signature header."""
        return "v1a," + base64.b64encode(self.key.sign(content)).decode()


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What a receiver needs to check ``v1a``."""

    key: Ed25519PublicKey

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """From ``whpk_`` and base64. Raises BadSecretError."""
        raw = _decoded(text.strip().removeprefix(PUBLIC)) if text.strip().startswith(PUBLIC) else None
        if raw is None or len(raw) != 32:
            raise BadSecretError(f"A public key is {PUBLIC} and base64 of 32 bytes.")
        return cls(Ed25519PublicKey.from_public_bytes(raw))

    def matches(self, version: str, signature: bytes, content: bytes) -> bool:
        if version != "v1a":
            return False
        try:
            self.key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Genuine:
    """A delivery that was signed with one of our secrets, just now. `id` is the same when it is repeated."""

    id: str
    sent_at: datetime
    body: bytes


def payload(type_: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The body: type, time and ids. Raises TooLargeError."""
    told = {
        "type": type_,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": data,
    }
    made = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    if len(made) > BODY:
        raise TooLargeError(f"{len(made)} bytes; at most {BODY}")
    return made


def headers(id_: str, body: bytes, *, keys: Sequence[Secret | PrivateKey], at: datetime) -> dict[str, str]:
    """The three headers of a delivery sent at this time, signed with every key (two while a secret is changed)."""
    seconds = str(int(at.timestamp()))
    content = _content(id_, seconds, body)
    return {ID: id_, TIMESTAMP: seconds, SIGNATURE: " ".join(key.sign(content) for key in keys)}


def verify(
    told: Mapping[str, str],
    body: bytes,
    *,
    keys: Sequence[Secret | PublicKey],
    at: datetime,
    tolerance: timedelta = TOLERANCE,
) -> Genuine:
    """Check a delivery received at this time. Raises WebhookRefusedError.

    `body` is the bytes as they came: parsed and written anew they are others.
    """
    found = {str(name).lower(): value for name, value in told.items()}
    id_, seconds, signatures = (_header(found, name) for name in (ID, TIMESTAMP, SIGNATURE))
    if not IDENTIFIER.fullmatch(id_):
        raise WebhookRefusedError(Refusal.HEADER_MALFORMED, f"{ID} is not 1 to 256 visible ASCII characters.")
    if not SECONDS.fullmatch(seconds):
        raise WebhookRefusedError(Refusal.HEADER_MALFORMED, f"{TIMESTAMP} is not a number of seconds.")
    # Compared as numbers: twelve digits are more years than a date can have.
    ahead = int(seconds) - at.timestamp()
    if ahead < -tolerance.total_seconds():
        raise WebhookRefusedError(Refusal.TOO_OLD, "It was signed too long ago: it may be a repetition by a stranger.")
    if ahead > tolerance.total_seconds():
        raise WebhookRefusedError(Refusal.TOO_NEW, "It was signed in the future: one of the clocks is wrong.")
    content = _content(id_, seconds, body)
    if not any(key.matches(version, signature, content) for version, signature in _parsed(signatures) for key in keys):
        raise WebhookRefusedError(Refusal.NO_SIGNATURE_MATCHES, "No signature matches.")
    return Genuine(id_, datetime.fromtimestamp(int(seconds), UTC), body)


def retry_after(text: str | None, *, at: datetime) -> timedelta | None:
    """The wait that a Retry-After header (RFC 9110, 10.2.3) asks for: seconds or a date; None where it says nothing."""
    told = (text or "").strip()
    if SECONDS.fullmatch(told):
        return timedelta(seconds=min(int(told), 10**9))
    try:
        found = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return max(found - at, timedelta(0))


def _content(id_: str, seconds: str, body: bytes) -> bytes:
    return f"{id_}.{seconds}.".encode() + body


def _header(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if value is None or value == "":
        raise WebhookRefusedError(Refusal.HEADER_MISSING, f"The header {name} is missing.")
    if not isinstance(value, str) or not value.isascii() or len(value) > HEADER:
        raise WebhookRefusedError(Refusal.HEADER_MALFORMED, f"The header {name} cannot be read.")
    return value


def _parsed(text: str) -> list[tuple[str, bytes]]:
    """The entries ``version,base64``; what is none is passed over, as a version that is not known is."""
    tokens = text.split(" ")
    if len(tokens) > SIGNATURES:
        raise WebhookRefusedError(Refusal.HEADER_MALFORMED, f"{SIGNATURE} holds more than {SIGNATURES} signatures.")
    found = []
    for token in tokens:
        version, comma, encoded = token.partition(",")
        signature = _decoded(encoded) if comma else None
        if signature is not None:
            found.append((version, signature))
    return found


def _decoded(text: str) -> bytes | None:
    """Base64 with or without its padding; None for anything else."""
    bare = text.rstrip("=")
    if len(text) - len(bare) > 2:
        return None
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
