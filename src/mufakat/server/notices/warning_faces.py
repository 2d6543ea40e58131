"""What both sides see of the documents that were sent on a ladder; nobody else does."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules import warning
from mufakat.rules.errors import NotFoundError
from mufakat.rules.notice import LegalGround
from mufakat.server.agreements import profiles
from mufakat.server.journal import ids, queries as events
from mufakat.server.notices import queries
from mufakat.server.notices.faces import instant
from mufakat.server.notices.models import SentWarning as SentWarning  # noqa: PLC0414 - given on, so that others can name its type.

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.rules.profile import LadderStep
    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

JOINED = ("notice__sender", "notice__recipient", "party", "task__clock", "person")


class WarningLetterOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which letter it is, of how many at most, and what it carries."""

    code: str
    number: int
    most: int
    carries: str | None = None


class WarningRuleOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """By what it is sent: the step of which profile, where that is written, and how well it is known."""

    profile: str
    certainty: str
    sources: list[str]
    called: str | None = None
    article: str | None = None
    note: str | None = None


class WarningOut(msgspec.Struct, frozen=True, rename={"from_": "from"}, omit_defaults=True):
    """A document that was sent on a ladder, with its receipt; its words are there while they are not erased.

    `letter` is there where it is a numbered one. `reasons_weighed` says how the reasons of the other side were weighed.
    """

    id: str
    notice: str
    step: str
    proposes: str
    from_: str
    to: str
    sent_at: str
    language: str
    rule: WarningRuleOut
    receipt: str
    leaf: str
    links: dict[str, str]
    letter: WarningLetterOut | None = None
    text: str | None = None
    legal_ground: LegalGround | None = None
    reasons_weighed: str | None = None

    @classmethod
    def of(cls, row: SentWarning, event: Event) -> WarningOut:
        """The row must come with what JOINED names, the event with its openings."""
        said = {one.field: bytes(one.value) for one in event.openings.all() if one.value is not None}
        return cls.made(row, said, events.custody(event), bytes(event.leaf_hash))

    @classmethod
    def made(cls, row: SentWarning, said: dict[str, bytes], receipt: str, leaf_hash: bytes) -> WarningOut:
        """From the row and what its event commits to."""
        notice = row.notice
        ground, weighed, text = (said.get(name) for name in ("legal_ground", "weighed", "text"))
        other = notice.recipient if notice.sender_id == row.party_id else notice.sender
        return cls(
            row.id,
            notice.id,
            row.step,
            row.proposes,
            row.party.handle,
            other.handle,
            instant(row.sent_at),
            row.language,
            rule_of(row),
            receipt,
            base64.b64encode(leaf_hash).decode(),
            links(row.id, notice.id),
            _letter(row),
            text.decode() if text is not None else None,
            msgspec.json.decode(ground, type=LegalGround) if ground is not None else None,
            weighed.decode() if weighed is not None else None,
        )


class WarningList(msgspec.Struct, frozen=True):
    """What was sent on a notice's ladder, oldest first: few enough for one page, so `next` is null."""

    items: list[WarningOut]
    next: str | None


def links(pk: str, notice: str) -> dict[str, str]:
    """Where it is, where its notice is, and the page that can be printed."""
    return {
        "self": f"/api/v1/warnings/{pk}",
        "notice": f"/api/v1/notices/{notice}",
        "page": f"/desk/warnings/{pk}",
    }


def step_of(row: SentWarning) -> LadderStep | None:
    """The step in the profile by which the notice runs."""
    found = profiles.load(row.notice.profile).ladder_of(row.task.clock.name)
    return warning.step_of(found, row.step) if found is not None else None


def rule_of(row: SentWarning) -> WarningRuleOut:
    """By what it was sent."""
    step = step_of(row)
    if step is None:
        return WarningRuleOut(row.notice.profile, "ours", [])
    return WarningRuleOut(
        row.notice.profile, step.certainty.value, list(step.sources), step.called, step.article, step.note
    )


def _letter(row: SentWarning) -> WarningLetterOut | None:
    if row.number is None or row.most is None:
        return None
    step = step_of(row)
    carries = step.letter.carries if step is not None and step.letter is not None else None
    return WarningLetterOut(row.code, row.number, row.most, carries)


def rows_of(viewer: Caller, notice: str) -> Sequence[SentWarning]:
    """What was sent on a notice that the viewer may see, oldest first."""
    found = queries.get_for(viewer, notice)
    return list(SentWarning.objects.filter(notice=found).select_related(*JOINED).order_by("id"))


def list_for(viewer: Caller, notice: str) -> WarningList:
    """The same as the API shows it, in a constant number of queries."""
    rows = rows_of(viewer, notice)
    said = events.by_id([row.event for row in rows])
    return WarningList([WarningOut.of(row, said[row.event]) for row in rows], None)


def get_for(viewer: Caller, pk: str) -> tuple[SentWarning, Event]:
    """The document and its event; a stranger's and an unknown one are the same to the viewer."""
    queries.seen_by(viewer)  # Who may see nothing is told so first.
    is_id = ids.is_id(pk, "wrn")
    row = SentWarning.objects.filter(pk=pk).select_related(*JOINED).first() if is_id else None
    if row is None or viewer.party_id not in {row.notice.sender_id, row.notice.recipient_id}:
        raise NotFoundError("warning")
    return row, events.by_id([row.event])[row.event]
