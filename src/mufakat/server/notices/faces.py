"""What others see of a notice: the JSON of the API, made in one place for the writer's answers and for every read."""

from __future__ import annotations

import base64
from datetime import UTC
from typing import TYPE_CHECKING, Any

import msgspec

from mufakat.rules import clock
from mufakat.server.agreements import profiles
from mufakat.server.notices import clocks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mufakat.server.agreements.standing import Governed
    from mufakat.server.notices.models import Clock, Step
    from mufakat.server.notices.queries import Whole


class ClockOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A clock as the API shows it.

    While it rests it has `paused_at` and the seconds that are left, and `due_at` is when it would have been due.
    `certainty` says how well the profile knows its term.
    """

    name: str
    due_at: str
    state: str
    paused_at: str | None = None
    remaining: int | None = None
    certainty: str | None = None

    @classmethod
    def of(cls, one: Clock, *, profile_name: str, at: datetime) -> ClockOut:
        rules = profiles.load(profile_name)
        known, state = rules.certainty_of(one.name), clocks.state_of(one, rules, at=at).value
        certainty = known.value if known is not None else None
        if one.paused_at is None or one.remaining is None:
            return cls(one.name, instant(one.due_at), state, certainty=certainty)
        left = int(one.remaining.total_seconds())
        return cls(one.name, instant(one.due_at), state, instant(one.paused_at), left, certainty)

    @classmethod
    def begun(cls, one: clock.DueClock, *, at: datetime) -> ClockOut:
        """A clock as it starts."""
        state = clock.state_at(one.due_at, None, at=at).value
        return cls(one.name, instant(one.due_at), state, certainty=one.certainty.value)


class NextStepOut(msgspec.Struct, frozen=True):
    """What happens next if nobody answers, and when."""

    name: str
    act: str
    at: str
    certainty: str

    @classmethod
    def of(cls, found: clocks.Next | None) -> NextStepOut | None:
        return cls(found.name, found.act, instant(found.at), found.certainty) if found else None


class StepOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a clock did by itself: it ran out (`act` is breached), or its ladder took a step.

    ``missing``: nobody was there whom the step could have told, so the next one came at once.
    """

    clock: str
    name: str
    act: str
    at: str
    event: str
    missing: bool = False

    @classmethod
    def of(cls, one: Step) -> StepOut:
        return cls(one.clock.name, one.name, one.act, instant(one.at), one.event, one.missing)


class OutcomeOut(msgspec.Struct, frozen=True):
    """What was decided last on a notice, or asked; the whole of it is read by its id."""

    id: str
    outcome: str
    state: str


class CitedOut(msgspec.Struct, frozen=True):
    """The version of an agreement that was in force between the two when the notice came."""

    id: str
    version: int


class NoticeOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notice as the API shows it.

    ``notice`` is the body as it was sent, while it is not erased; ``erased_at`` says when it was. A time stands there
    once it has come, and ``in_hands_of`` is the viewer's own colleague. ``mandate`` is what it was sent under;
    ``taken_as`` says as what it was taken where no mandate covered it and its sender chose so. ``decision`` is the
    newest, where the reader of a notice or of a list asks for it. ``profile`` is by which rules it runs, ``agreement``
    which version of which agreement says so; absent where none was in force.
    """

    id: str
    state: str
    received_at: str
    clocks: list[ClockOut]
    receipt: str
    leaf: str
    links: dict[str, str]
    notice: msgspec.Raw | None = None
    related: list[str] | None = None
    erased_at: str | None = None
    fetched_at: str | None = None
    delivered_at: str | None = None
    seen_at: str | None = None
    acknowledged_at: str | None = None
    in_hands_of: str | None = None
    mandate: str | None = None
    taken_as: str | None = None
    next_step: NextStepOut | None = None
    unreachable_since: str | None = None
    escalation: list[StepOut] | None = None
    decision: OutcomeOut | None = None
    profile: str | None = None
    agreement: CitedOut | None = None

    @classmethod
    def made(  # noqa: PLR0913 - what is known of it, each by name.
        cls,
        notice: str,
        *,
        at: datetime,
        due: Sequence[clock.DueClock],
        receipt: str,
        leaf_hash: bytes,
        mandate: str | None = None,
        taken_as: str | None = None,
        profile: str | None = None,
        under: Governed | None = None,
    ) -> NoticeOut:
        """The first answer, before the rows are read back: nothing of what comes later stands in it."""
        shown = [ClockOut.begun(one, at=at) for one in due]
        leaf = base64.b64encode(leaf_hash).decode()
        known = (notice, "received", instant(at), shown, receipt, leaf, links(notice))
        cited = CitedOut(under.agreement, under.number) if under is not None else None
        return cls(*known, mandate=mandate, taken_as=taken_as, profile=profile, agreement=cited)

    @classmethod
    def of(  # noqa: PLR0913 - what is known of it, each by name.
        cls,
        whole: Whole,
        *,
        at: datetime,
        body: bytes | None = None,
        related: list[str] | None = None,
        erased_at: datetime | None = None,
        decision: tuple[str, str, str] | None = None,
    ) -> NoticeOut:
        """From the rows, as they stand at this time."""
        notice = whole.notice
        return cls(
            notice.id,
            notice.state,
            instant(notice.received_at),
            [ClockOut.of(one, profile_name=notice.profile, at=at) for one in whole.clocks],
            whole.custody,
            base64.b64encode(bytes(notice.leaf_hash)).decode(),
            {**links(notice.id), "messages": messages(notice.id)},
            msgspec.Raw(body) if body is not None else None,
            related,
            or_none(erased_at),
            or_none(notice.fetched_at),
            or_none(notice.delivered_at),
            or_none(notice.seen_at),
            or_none(notice.acknowledged_at),
            whole.hands,
            notice.mandate_id,
            notice.kind if notice.sent_as else None,
            NextStepOut.of(clocks.next_step(whole.clocks, notice.profile)),
            or_none(notice.unreachable_since),
            [StepOut.of(one) for one in whole.steps] if whole.steps is not None else None,
            OutcomeOut(*decision) if decision is not None else None,
            notice.profile,
            CitedOut(notice.version.agreement_id, notice.version.number) if notice.version is not None else None,
        )


def or_none(at: datetime | None) -> str | None:
    """The instant, where there is one."""
    return instant(at) if at is not None else None


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def links(notice: str) -> dict[str, str]:
    """Where the rest of the notice is."""
    base = f"/api/v1/notices/{notice}"
    return {"self": base, "events": f"{base}/events", "receipt": f"{base}/receipt", "page": f"/desk/notices/{notice}"}


def messages(notice: str) -> str:
    """Where its conversation is."""
    return f"/api/v1/notices/{notice}/messages"


def encode(out: Any) -> bytes:
    """JSON bytes."""
    return msgspec.json.encode(out)
