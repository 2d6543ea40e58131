"""Back-tests: what a version would do to samples, beside the policy that is live. Nothing is done to anybody.

(1) The rules, the banks and how often each was changed are read. (2) Outside of the writer each item is judged by both
policies; what is kept does not grow with the items, and how far it is can be seen meanwhile. (3) One commit writes the
table, if the samples are still there. The leaf commits to its counts; the ids of items lie in the row alone, for as
long as their sample does.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.errors import BadScreeningError, NotNowError, ScreeningStandsError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Fault, FaultCode
from mufakat.rules.filtering import PolicyState
from mufakat.rules.permissions import Deed
from mufakat.screening import backtest as engine
from mufakat.server.filters import engines, holdings, policy_queries as queries, samples as kept, telling, texts
from mufakat.server.filters.models import Backtest, Policy, Sample
from mufakat.server.filters.policy_faces import BacktestOut, BacktestTableOut
from mufakat.server.journal import answers, door, operations as journal
from mufakat.server.journal.answers import Answer
from mufakat.server.journal.vault import DamagedFileError
from mufakat.server.notices.faces import encode
from mufakat.server.notices.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mufakat.screening.item import Item
    from mufakat.server.journal.answers import Key
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.parties.queries import Caller

MOST = 20  # Samples of one back-test.
MOST_ITEMS = 200_000  # Of one back-test: some tens of seconds, which a request may take.
AT_ONCE = 2  # Back-tests of this process at once; a platform has one of them.
LOOK = 200  # Items between two looks whether the house is still open.
OPEN = frozenset({PolicyState.PROPOSED.value, PolicyState.SHADOW.value})


@dataclass(slots=True)
class Running:
    """A back-test at work: items judged so far, of so many."""

    items: int
    done: int = 0


_slots = Slots(at_once=AT_ONCE, of_one_party=1)
_running: dict[str, Running] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Trying:
    """A back-test on its way to the writer; without a table only for the answer that was given before."""

    policy: str
    against: str | None
    samples: Sequence[str]
    live: bool
    table: BacktestTableOut | None
    by: Caller
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        if self.table is None:
            raise NotNowError("The first answer is no longer here; try it again with a new key.")
        row = require_open(holdings.policy_of(self.by, self.policy))
        held = Sample.objects.filter(pk__in=self.samples, erased_at=None)
        if held.count() != len(self.samples):
            raise NotNowError("A sample was erased while the version was tried on it; nothing was kept.")
        pk = moment.id("bkt")
        happening = telling.happening(
            EventType.POLICY_TRIED,
            row.pk,
            platform=row.platform_id,
            actor=self.by.handle,
            committed={"table": encode(self.table.without_items())},
            ref=(row.event, pk, *self.samples),
        )
        made = Backtest.objects.create(
            id=pk,
            policy=row,
            against_id=self.against,
            live=self.live,
            items=self.table.items,
            changed=self.table.changed,
            table=msgspec.to_builtins(self.table),
            made_by_id=self.by.person_id,
            made_at=moment.at,
            event=journal.append([happening], moment)[0].id,
        )
        made.samples.set(held)
        return Answer(201, encode(BacktestOut.of(queries.backtest_of(row, pk))), pk)


def try_on(  # noqa: PLR0913 - what is tried on what, how, by whom and when.
    policy: str,
    samples: Sequence[str],
    *,
    live: bool = False,
    by: Caller,
    at: datetime,
    key: Key | None = None,
) -> Answer:
    """Try a version on samples, beside the policy that is live now; with `live` as if every rule of it were live.

    Takes as long as the samples are: see `running`. Raises BadScreeningError, ScreeningStandsError, NotNowError,
    NotFoundError, BusyError where as many run as can.
    """
    holdings.require(by, Deed.PROPOSE_POLICY)
    row = holdings.policy_of(by, policy)
    if key is not None and answers.knows(key):
        answer: Answer = door.writer().commit(Trying(row.pk, None, samples, live, None, by, key))
        return answer
    require_open(row)
    held = _held(samples, by)
    against = queries.live_of(by.party_id)
    # The banks as screening asks them. Their changes were read before their entries: what changed meanwhile is known.
    with _slots.one(by.party_id), _noted(row.pk, held) as running:
        banks = engines.ready(by.party_id, anew=True).shelved.values()
        rules = texts.rules_of(row.pk)
        table = engine.compare(
            texts.rules_of(against.pk) if against is not None else None,
            engine.live(rules) if live else rules,
            _items(held, running),
            banks=[one.bank for one in banks],
            at=at,
        )
    tried = BacktestTableOut.of(table, {one.bank.name: one.changes for one in banks})
    if not tried.items:
        detail = "No item of these samples can be screened; nothing would be learned from it."
        raise BadScreeningError([Fault("/samples", FaultCode.EMPTY, detail)])
    against_pk = against.pk if against is not None else None
    made: Answer = door.writer().commit(Trying(row.pk, against_pk, [one.pk for one in held], live, tried, by, key))
    return made


def running(policy: str) -> Running | None:
    """The back-test of a version that this process is at, if any."""
    return _running.get(policy)


def require_open(row: Policy) -> Policy:
    """Only what may still go live is tried."""
    if row.state not in OPEN:
        raise ScreeningStandsError(row.state, "try")
    return row


def _held(samples: Sequence[str], by: Caller) -> list[Sample]:
    """The samples, each once. Raises NotFoundError, BadScreeningError."""
    if not 1 <= len(samples) <= MOST:
        detail = f"Name 1 to {MOST} samples; these are {len(samples)}."
        raise BadScreeningError([Fault("/samples", FaultCode.TOO_MANY if samples else FaultCode.EMPTY, detail)])
    if len(set(samples)) != len(samples):
        detail = "A sample stands here twice: its items would count twice."
        raise BadScreeningError([Fault("/samples", FaultCode.REPEATED_ITEM, detail)])
    found = [queries.sample_of(by, one) for one in samples]
    gone = [place for place, one in enumerate(found) if one.erased_at is not None]
    if gone:
        faults = [Fault(f"/samples/{place}", FaultCode.NOT_UPLOADED, "This sample was erased.") for place in gone]
        raise BadScreeningError(faults)
    items = sum(one.items for one in found)
    if items > MOST_ITEMS:
        detail = f"At most {MOST_ITEMS:,} items are tried at once; these samples hold {items:,}."
        raise BadScreeningError([Fault("/samples", FaultCode.TOO_MANY, detail)])
    return found


@contextmanager
def _noted(policy: str, held: Sequence[Sample]) -> Iterator[Running]:
    made = Running(sum(one.items for one in held))
    with _lock:
        _running[policy] = made
    try:
        yield made
    finally:
        with _lock:
            _running.pop(policy, None)


def _items(held: Sequence[Sample], running: Running) -> Iterator[Item]:
    """Every item of the samples, one after the other; ends with ClosedError where the house is closed meanwhile."""
    for sample in held:
        try:
            for item in kept.items_of(sample):
                if not running.done % LOOK:
                    door.writer()
                running.done += 1
                yield item
        except DamagedFileError:
            if Sample.objects.filter(pk=sample.pk, erased_at=None).exists():
                raise
            raise NotNowError("A sample was erased while the version was tried on it; nothing was kept.") from None
