"""Our own addresses: where a bounce comes to (VERP), where a thread is answered, where a mail is a first word.

An address that means something carries a MAC, so that nobody can forge a bounce and have a contact marked unreachable,
or write into the thread of a notice that they only know by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from mufakat.rules.parties import is_handle
from mufakat.server.connectors.mail import configuration
from mufakat.server.journal import ids

LABEL = b"mufakat/mail/address/v1"
MAC = 10  # Bytes; 16 characters in the address, whose local part may have 64.


class Kind(StrEnum):
    """What an address of ours is for."""

    BOUNCE = "bounce"
    THREAD = "thread"
    NOTICES = "notices"


PREFIXES = {Kind.BOUNCE: "dlv", Kind.THREAD: "ntc"}


@dataclass(frozen=True, slots=True)
class Address:
    """An address of ours, understood: the delivery, the notice, or the handle of the party that it is for."""

    kind: Kind
    subject: str


def made(kind: Kind, subject: str) -> str:
    """``bounce+<delivery>.<mac>@domain``, ``thread+<notice>.<mac>@domain``."""
    return f"{kind}+{subject}.{_mac(kind, subject)}@{configuration.configured().domain}"


def read(text: str) -> Address | None:
    """What an address of ours is for; None for one that is not ours, or whose MAC is not."""
    local, _, domain = text.lower().rpartition("@")
    if domain != configuration.configured().domain or not local.isascii():
        return None
    name, plus, rest = local.partition("+")
    if name == Kind.NOTICES:
        return Address(Kind.NOTICES, rest) if not plus or is_handle(rest) else None
    subject, _, mac = rest.rpartition(".")
    for kind, prefix in PREFIXES.items():
        if name == kind and ids.is_id(subject, prefix) and hmac.compare_digest(mac, _mac(kind, subject)):
            return Address(kind, subject)
    return None


def _mac(kind: Kind, subject: str) -> str:
    key = hashlib.sha256(LABEL + b"\x00" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.new(key, f"{kind.value}\x00{subject}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:MAC]).decode().lower()
