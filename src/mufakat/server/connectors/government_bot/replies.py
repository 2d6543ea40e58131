"""What the bot is to do, as plain values: the process that speaks with the service carries it out."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from mufakat.server.connectors.government_bot.models import Button, Chat
from mufakat.server.journal import ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.server.journal.work import Moment

    Choice = tuple[str, list[Any]]
    """What stands on a button, and what it means here."""

Reply = dict[str, Any]

LONGEST = 3_900  # Characters of a message; the service takes 4,096.
LABEL = 60
WIDE = 24  # Characters up to which two buttons stand in one row.


def say(chat: int, text: str, rows: list[list[dict[str, str]]] | None = None) -> Reply:
    """Write into a chat, with buttons under it."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    return {"do": "say", "chat": chat, "text": text, "rows": rows or []}


def answer(callback: str, text: str = "") -> Reply:
    """Say to the service that a tap was heard; the person sees the text for a moment."""
    return {"do": "answer", "callback": callback, "text": text[:190]}


def leave(chat: int) -> Reply:
    """Go out of a group: who taps and reads there nobody knows."""
    return {"do": "leave", "chat": chat}


def buttons(
    chat: Chat, case: str, choices: Sequence[Choice], *, moment: Moment, step: str = ""
) -> list[list[dict[str, str]]]:
    """The buttons of one message, written down; the service carries a random id and a number, no more."""
    if not choices:
        return []
    pk = base64.urlsafe_b64encode(ids.entropy(16)).rstrip(b"=").decode()
    Button.objects.create(
        id=pk, chat=chat, case=case, step=step, choices=[meaning for _, meaning in choices], made_at=moment.at
    )
    rows: list[list[dict[str, str]]] = []
    for place, (label, _) in enumerate(choices):
        face = {"text": label if len(label) <= LABEL else label[: LABEL - 1] + "…", "data": f"{pk}.{place}"}
        if rows and len(rows[-1]) == 1 and len(label) <= WIDE and len(rows[-1][0]["text"]) <= WIDE:
            rows[-1].append(face)
        else:
            rows.append([face])
    return rows
