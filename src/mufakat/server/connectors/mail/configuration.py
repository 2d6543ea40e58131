"""What the operator decides about mail (``runtime.mail_environment`` reads it); nothing of it is set by default."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail server that takes our letters over, and the mailbox that IMAP looks into."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False  # From the first byte; else by STARTTLS where it is offered.
    folder: str = "INBOX"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where LMTP is taken: a socket file, or a port of this machine."""

    path: str = ""
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class Mail:
    """Everything about mail; ``domain`` is empty where there is none."""

    domain: str = ""
    author: str = ""
    pages: str = ""  # The base address of the pages, for links in letters.
    relay: Relay | None = None
    dkim_key: Path | None = None
    dkim_selector: str = ""
    listen: Listen | None = None
    mailbox: Relay | None = None
    resolver: str = ""  # The name server asked for DKIM keys; empty: the machine's own.


class NoMailError(RuntimeError):
    """Something needs mail, and it is not configured or not installed; the sentence says what is missing."""


def configured() -> Mail:
    """What the operator decided."""
    return settings.MUFAKAT_MAIL
