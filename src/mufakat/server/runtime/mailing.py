"""Mail for the operator: take it in a process of its own, poll the mailbox now, list what came in, try a mail server.

Like every deed of the console the deeds are reachable on the local socket and in the process, never from the network.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from django.conf import settings

from mufakat.rules.errors import RefusedError
from mufakat.server.connectors.mail import polling, probes
from mufakat.server.connectors.mail.models import Intake, IntakeState
from mufakat.server.journal import door
from mufakat.server.notices.faces import instant
from mufakat.server.runtime import checkup, start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class MailPoll(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat mail poll``."""


class MailList(msgspec.Struct, forbid_unknown_fields=True):
    """``mufakat mail list``."""

    state: IntakeState = IntakeState.WAITING
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 50


def mail_poll(told: MailPoll, at: datetime) -> Any:
    del told
    if settings.MUFAKAT_MAIL.mailbox is None:
        raise RefusedError("No mailbox is configured; set MUFAKAT_IMAP_URL (or MUFAKAT_IMAP_URL_FILE).")
    done, more = polling.sweep(at=at)
    return {"taken": done, "more": more}


def mail_list(told: MailList, at: datetime) -> Any:
    """Ids, times and codes: the operator's command line shows no content."""
    del at
    rows = Intake.objects.filter(state=told.state.value).defer("raw", "links").order_by("-pk")[: told.limit]
    return [
        {
            "id": row.pk,
            "received_at": instant(row.received_at),
            "state": row.state,
            "automatic": row.automatic or None,
            "to": row.to or None,
            "claims": row.claims or None,
            "case": row.case or None,
            "dkim": row.verdict,
            "dkim_domain": row.dkim_domain or None,
            "notice": row.notice or None,
        }
        for row in rows
    ]


def probed(host: str, port: int, *, to: str) -> Sequence[checkup.Finding]:
    """What the doctor found at a mail server."""
    address = to or f"postmaster@{settings.MUFAKAT_MAIL.domain or 'localhost'}"
    return [
        checkup.Finding(f"mail {one.end}", one.is_open is False, one.says)
        for one in probes.probe(host, port, to=address)
    ]


def serve() -> int:
    """Take mails by LMTP until stopped, in this process alone."""
    where = settings.MUFAKAT_MAIL.listen
    if where is None:
        return start.refuse(RuntimeError("MUFAKAT_LMTP says nowhere to listen: unix:/path or 127.0.0.1:port"))
    from mufakat.server.connectors.mail import lmtp

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        checkup.require_migrations()
        with door.open_house(patience=start.PATIENCE), lmtp.listening(where):
            over.wait()
    except start.MENDABLE as error:
        return start.refuse(error)
    return 0
