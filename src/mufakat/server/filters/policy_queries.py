"""Read policies, their back-tests, their counts, and samples: each for somebody of the platform whose they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from mufakat.rules.errors import NotFoundError
from mufakat.rules.filtering import PolicyState
from mufakat.rules.permissions import Deed
from mufakat.server.filters import holdings
from mufakat.server.filters.models import Backtest, Bank, Count, Policy, Restoring, Sample
from mufakat.server.journal import ids, queries as journal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from mufakat.server.journal.models import Event
    from mufakat.server.parties.queries import Caller

PAGE = 50
DAYS = 7  # Days of counts that one page shows.
JOINED = ("proposer", "promoter", "ended_by")


@dataclass(frozen=True, slots=True)
class Whole:
    """A version of a policy with its events, its back-tests (newest first) and what undoes its hits, if anything."""

    row: Policy
    events: Sequence[Event]
    backtests: Sequence[Backtest]
    restoring: Restoring | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of versions, newest first, and where the next begins."""

    items: Sequence[Policy]
    next: str | None


@dataclass(frozen=True, slots=True)
class SamplePage:
    """The same of samples."""

    items: Sequence[Sample]
    next: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Items of a day that a rule hit, or in shadow would have hit; an empty rule is all that were screened."""

    day: date
    rule: str
    shadow: bool
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of some days, newest first, and the day before which the next page begins."""

    items: Sequence[Counted]
    next: date | None


def page(viewer: Caller, *, state: PolicyState | None = None, after: str | None = None) -> Page:
    """The versions of the viewer's platform, newest first, a page at a time."""
    holdings.require(viewer, Deed.READ)
    found = Policy.objects.filter(platform=viewer.party_id).select_related(*JOINED)
    if state is not None:
        found = found.filter(state=state.value)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.defer("text").order_by("-pk")[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def whole_for(viewer: Caller, policy: str) -> Whole:
    """One version with all that belongs to it, by its id or as ``name/version``."""
    holdings.require(viewer, Deed.READ)
    return whole(holdings.policy_of(viewer, policy).pk)


def whole(policy: str) -> Whole:
    """The same, for who asked before who may see it."""
    row = Policy.objects.select_related(*JOINED).get(pk=policy)
    tried = Backtest.objects.filter(policy=row).select_related("against", "made_by").prefetch_related("samples")
    return Whole(
        row,
        journal.events_of(row.pk),
        list(tried.defer("table").order_by("-pk")[:PAGE]),
        Restoring.objects.filter(policy=row).first(),
    )


def backtest_for(viewer: Caller, policy: str, backtest: str) -> Backtest:
    """One back-test of a version of the viewer's platform, with its table."""
    holdings.require(viewer, Deed.READ)
    return backtest_of(holdings.policy_of(viewer, policy), backtest)


def backtest_of(policy: Policy, backtest: str) -> Backtest:
    """One back-test of this version. Raises NotFoundError."""
    known = Backtest.objects.filter(policy=policy).select_related("policy", "against", "made_by")
    found = known.prefetch_related("samples").filter(pk=backtest).first() if ids.is_id(backtest, "bkt") else None
    if found is None:
        raise NotFoundError("back-test")
    return found


def live_of(platform: str) -> Policy | None:
    """The policy that is live on a platform (its id), if any."""
    return Policy.objects.filter(platform=platform, state=PolicyState.LIVE.value).first()


def banks_of(platform: str) -> Mapping[str, bool]:
    """The names of the banks of a platform (its id), and whether each allows."""
    return dict(Bank.objects.filter(platform=platform).values_list("name", "allow"))


def bank_changes(platform: str) -> Mapping[str, int]:
    """How often each bank of a platform was changed so far."""
    return dict(Bank.objects.filter(platform=platform).values_list("name", "changes"))


def banks_changed(platform: str, tried: Mapping[str, int]) -> list[str]:
    """The banks of a platform (its id) that find something else now than when they were tried, as changed so often."""
    return sorted(name for name, changes in bank_changes(platform).items() if tried.get(name, 0) != changes)


def counts(viewer: Caller, policy: str, *, before: date | None = None) -> Counts:
    """How many items a day each rule of a version hit, or would have hit, newest day first, some days at a time."""
    holdings.require(viewer, Deed.READ)
    kept = Count.objects.filter(policy=holdings.policy_of(viewer, policy))
    if before is not None:
        kept = kept.filter(day__lt=before)
    days = list(kept.order_by("-day").values_list("day", flat=True).distinct()[: DAYS + 1])
    shown = days[:DAYS]
    summed: dict[date, list[Counted]] = defaultdict(list)
    rows = kept.filter(day__in=shown).values_list("day", "rule", "shadow").annotate(Sum("count"))
    for day, rule, shadow, count in rows.order_by("rule", "shadow"):
        summed[day].append(Counted(day, rule, shadow, count))
    return Counts([one for day in shown for one in summed[day]], shown[-1] if len(days) > DAYS else None)


def samples(viewer: Caller, *, after: str | None = None, kept: bool = False) -> SamplePage:
    """The samples of the viewer's platform, newest first, those that were erased too unless `kept` leaves them out."""
    holdings.require(viewer, Deed.READ)
    found = Sample.objects.filter(platform=viewer.party_id).select_related("added_by")
    if kept:
        found = found.filter(erased_at=None)
    if after is not None:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    return SamplePage(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def sample_for(viewer: Caller, sample: str) -> Sample:
    """One sample of the viewer's platform."""
    holdings.require(viewer, Deed.READ)
    return sample_of(viewer, sample)


def sample_of(by: Caller, sample: str) -> Sample:
    """The sample of this id on the caller's platform. Raises NotFoundError."""
    own = Sample.objects.filter(platform=by.party_id).select_related("added_by")
    found = own.filter(pk=sample).first() if ids.is_id(sample, "smp") else None
    if found is None:
        raise NotFoundError("sample")
    return found
