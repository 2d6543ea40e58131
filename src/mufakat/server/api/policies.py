"""Policies over HTTP: proposed, tried on samples, run in shadow, promoted by a second person, taken back.

All of it belongs to one platform; others find nothing here (I-10).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse  # noqa: TC002 - ninja evaluates the annotations.
from ninja import Router

from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import PolicyState
from mufakat.server.api import auth, bodies, problems
from mufakat.server.api.answers import reply
from mufakat.server.api.bodies import NoteIn, ReasonIn
from mufakat.server.api.documents import documented
from mufakat.server.api.notices import answered, body_of, deed_of
from mufakat.server.api.policy_answers import BacktestIn, PolicyEndIn, PolicyIn, PromotionIn
from mufakat.server.filters import operations, policy_queries as queries, texts, trying
from mufakat.server.filters.policy_faces import BacktestOut, PolicyCountList, PolicyList, PolicyOut
from mufakat.server.journal import ids
from mufakat.server.journal.answers import Key

if TYPE_CHECKING:
    from mufakat.server.parties.queries import Caller

router = Router(tags=["screening"])

API = "/api/v1/policies"
T = TypeVar("T", bound=msgspec.Struct)


class Linked(msgspec.Struct):
    """Where what an answer tells of is."""

    links: dict[str, str]


@router.get("", url_name="policies", openapi_extra=documented(200, "PolicyList", never=[404]))
def listed(request: HttpRequest, state: str = "", after: str = "") -> HttpResponse:
    """The versions of your platform's policies, newest first; pass ``next`` back as ``after``."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]  # Set by RequestMiddleware.
    faults = []
    if state and state not in set(PolicyState):
        faults.append(Fault("/state", FaultCode.NOT_IN_LIST, f"must be one of {', '.join(PolicyState)}"))
    if after and not ids.is_id(after, "pol"):
        faults.append(Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page"))
    if faults:
        raise problems.BadRequestError(faults)
    page = queries.page(caller, state=PolicyState(state) if state else None, after=after or None)
    return reply(PolicyList([PolicyOut.brief(one) for one in page.items], page.next))


@router.post(
    "",
    url_name="policy_propose",
    response={201: None},
    openapi_extra=documented(201, "PolicyOut", body="PolicyIn", key="required", never=[404]),
)
def propose(request: HttpRequest) -> HttpResponse:
    """Propose a version. Its text is read strictly and its own tests are run; every fault is said with its line.

    Nothing judges by it yet. The same text of the same version is the same proposal; another text needs another
    version.
    """
    caller, told, key = made(request, API, PolicyIn)
    return answered(operations.propose(told.text, note=told.note or "", by=caller, key=key))


@router.get("/{policy}", url_name="policy", openapi_extra=documented(200, "PolicyOut", never=[422]))
def shown(request: HttpRequest, policy: str) -> HttpResponse:
    """One version: its text, its rules in the order in which they are asked, its back-tests, and how it stands."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    found = queries.whole_for(caller, policy)
    return reply(PolicyOut.of(found, texts.rules_of(found.row.pk), running=trying.running(found.row.pk)))


@router.get("/{policy}/counts", url_name="policy_counts", openapi_extra=documented(200, "PolicyCountList"))
def counted(request: HttpRequest, policy: str, after: str = "") -> HttpResponse:
    """How many items a day each rule hit, or would have hit in shadow; newest first, a week at a time.

    Nothing of any item is kept of what only would have been done.
    """
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    try:
        before = date.fromisoformat(after) if after else None
    except ValueError:
        faults = [Fault("/after", FaultCode.BAD_FORM, "must be the 'next' of a former page")]
        raise problems.BadRequestError(faults) from None
    return reply(PolicyCountList.of(queries.counts(caller, policy, before=before)))


@router.post(
    "/{policy}/shadow",
    url_name="policy_shadow",
    openapi_extra=documented(200, "PolicyOut", body="NoteIn", key="optional"),
)
def begin_shadow(request: HttpRequest, policy: str) -> HttpResponse:
    """Let a version judge beside the live one: it does nothing, and what it would do is counted by rule and day."""
    caller, told, key = deed_of(request, NoteIn)
    return answered(operations.begin_shadow(policy, note=told.note or "", by=caller, key=key))


@router.post(
    "/{policy}/backtests",
    url_name="policy_try",
    response={201: None},
    openapi_extra=documented(
        201,
        "BacktestOut",
        body="BacktestIn",
        key="required",
        also={503: "As many back-tests run as can; or too busy: repeat with the same key"},
    ),
)
def try_on(request: HttpRequest, policy: str) -> HttpResponse:
    """Try a version on samples, beside the policy that is live now: a table of what would change, with some items.

    It takes as long as the samples are. Meanwhile the version says how far it is (``running``).
    """
    at = request.at  # type: ignore[attr-defined]
    caller, told, key = made(request, f"{API}/{policy}/backtests", BacktestIn)
    answer = operations.try_on(policy, told.named(), live=told.live, by=caller, at=at, key=key)
    response = answered(answer)
    response["Location"] = msgspec.json.decode(answer.body, type=Linked).links["self"]
    return response


@router.get(
    "/{policy}/backtests/{backtest}",
    url_name="policy_backtest",
    openapi_extra=documented(200, "BacktestOut", never=[422]),
)
def tried(request: HttpRequest, policy: str, backtest: str) -> HttpResponse:
    """One back-test with its table; once one of its samples is erased it names no item any more."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    return reply(BacktestOut.of(queries.backtest_for(caller, policy, backtest)))


@router.post(
    "/{policy}/promotion",
    url_name="policy_promote",
    openapi_extra=documented(200, "PolicyOut", body="PromotionIn", key="optional"),
)
def promote(request: HttpRequest, policy: str) -> HttpResponse:
    """Let a version in shadow go live, as a second person and on the figures of a back-test; the one before it ends.

    The back-test is of this version, beside the policy that is live now, and no older than a week. The answer names the
    banks that were changed since.
    """
    caller, told, key = deed_of(request, PromotionIn)
    return answered(
        operations.promote(policy, backtest=told.backtest, note=told.note or "", by=caller, key=key),
    )


@router.post(
    "/{policy}/refusal",
    url_name="policy_decline",
    openapi_extra=documented(200, "PolicyOut", body="ReasonIn", key="optional"),
)
def decline(request: HttpRequest, policy: str) -> HttpResponse:
    """Say no to a version that is proposed or in shadow, with the reason."""
    caller, told, key = deed_of(request, ReasonIn)
    return answered(operations.decline(policy, reason=told.reason, by=caller, key=key))


@router.post(
    "/{policy}/end",
    url_name="policy_end",
    openapi_extra=documented(200, "PolicyOut", body="PolicyEndIn", key="optional"),
)
def end(request: HttpRequest, policy: str) -> HttpResponse:
    """Take the live version back at once: one act of one person. Nothing is screened until another one is live.

    With ``restore`` everything that it hit is undone.
    """
    caller, told, key = deed_of(request, PolicyEndIn)
    return answered(operations.end(policy, reason=told.reason, restore=told.restore, by=caller, key=key))


def made(request: HttpRequest, path: str, form: type[T]) -> tuple[Caller, T, Key]:
    """Who makes something, what the body says, and under which key."""
    caller = auth.caller_of(request, at=request.at)  # type: ignore[attr-defined]
    sent = auth.idempotency_key(request.headers.get("Idempotency-Key"))
    raw = body_of(request)
    return caller, bodies.read_body(raw, form), Key.of(caller.party_id, f"POST {path}", sent, raw)
