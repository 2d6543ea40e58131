"""Keep the register: follow the journal, and make the entries of every case anew in which something happened.

An entry is never patched: it is what the whole history of its case gives (`rules.entries`), so the register that was
followed and the one that is built from the beginning are the same rows. Time changes entries too, where something was
hidden until then. Killed at any point, a portion is written with its place in the journal, or not at all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from mufakat.rules.entries import PROJECTIONS
from mufakat.rules.events import EventType
from mufakat.server.journal import followers, parts, store
from mufakat.server.journal.parts import Swept
from mufakat.server.register import histories, merging
from mufakat.server.register.models import Entry, Words

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from mufakat.rules.entry import Projected
    from mufakat.server.journal.followers import Step
    from mufakat.server.journal.work import Moment

NAME = "register"
PORTION = 600  # Events of one commit: some tens of milliseconds of the writer's time.
MOST = 1_200  # Events of one share of the work, after which it may give way to those who write.
FORGOTTEN = 2_000  # Entries that one commit forgets.
ERASING = frozenset({EventType.NOTICE_ERASED, EventType.CONTACT_ERASED, EventType.MAIL_ERASED})

ENTRY = ("place", "id", "case", "kind", "state", "body", "changes_at")
Row = tuple[int, str, str, str, str, bytes, "datetime | None"]


def sweep(*, at: datetime, stop: threading.Event | None = None) -> Swept:
    """Read on in the journal, and look again at what time changes; a part of the worker."""
    if stop is not None and followers.is_anothers(NAME):
        return Swept(0, more=False)
    done, upto = 0, followers.ends()
    while done < MOST and not (stop and stop.is_set()):
        read = _portion(at, upto)
        if not read:
            return Swept(done, more=False)
        done += read
    return Swept(done, more=True)


def rebuild() -> int:
    """Forget all entries and begin anew; the worker makes them again, and until then the register is incomplete.

    Gives how many were forgotten. In portions, between which others write; the journal is read anew after the last.
    """
    forgotten = 0
    while portion := parts.alone(_forget):
        forgotten += portion
    return forgotten


def _forget(moment: Moment) -> int:
    del moment
    places = list(Entry.objects.order_by("place").values_list("place", flat=True)[:FORGOTTEN])
    if places:
        Entry.objects.filter(place__lte=places[-1]).delete()
        Words.objects.filter(place__lte=places[-1]).delete()
    else:
        Words.objects.all().delete()
        followers.begin_anew(NAME)
        merging.want()
    return len(places)


def _portion(at: datetime, upto: Mapping[str, int]) -> int:
    """One portion; how many events and entries it looked at."""
    places = followers.places(NAME)
    steps = followers.ahead(NAME, limit=PORTION, upto=upto)
    changing = Entry.objects.filter(changes_at__lte=at).order_by("changes_at")
    due = list(changing.values_list("case", flat=True)[:PORTION])
    # Of other cases there are no entries; reading on past them is all there is to do.
    cases = {step.case for step in steps if step.case.partition("_")[0] in PROJECTIONS} | set(due)
    if not steps and not due:
        return 0
    # What can be made outside of the writer's turn is.
    made = histories.projected(cases, at=at)
    rows = {one.entry.id: _row(one) for one in made}
    words = {one.place: " ".join(one.words) for one in made}
    writing = partial(_write, rows, words, cases=cases, steps=steps, places=places)
    if not parts.alone(writing):
        return 0
    if steps:
        followers.did(NAME, places, steps[-1])
    return len(steps) + len(due)


def _write(  # noqa: PLR0913 - what was made, and of what; each by name.
    rows: Mapping[str, Row],
    words: Mapping[int, str],
    moment: Moment,
    *,
    cases: Collection[str],
    steps: Sequence[Step],
    places: Mapping[str, int],
) -> bool:
    """Write what a portion came to; False where another process wrote it meanwhile."""
    del moment
    # What was read outside of the writer's turn is of that place in the journal. Whoever came first wrote it.
    if followers.places(NAME) != places:
        return False
    kept = _kept(cases)
    gone = [place for id_, (place, *_) in kept.items() if rows.get(id_) != kept[id_]]
    new = [row for id_, row in rows.items() if kept.get(id_) != row]
    _delete(gone)
    store.insert(Entry, ENTRY, sorted(new))
    store.insert(Words, ("place", "words"), [(row[0], words[row[0]]) for row in sorted(new)])
    # The words may be gone since an earlier portion, which read the same histories.
    if any(step.type in ERASING for step in steps):
        merging.want()
    if steps:
        followers.read_to(NAME, steps[-1])
    return True


def _row(one: Projected) -> Row:
    entry = one.entry
    body = msgspec.json.encode(entry)
    return (one.place, entry.id, one.case, entry.kind, entry.state, body, one.changes_at)


def _kept(cases: Collection[str]) -> dict[str, Row]:
    """The rows of these cases as they stand. Words are made of the body, so they need not be read."""
    found = Entry.objects.filter(case__in=cases).values_list(*ENTRY)
    return {row[1]: (*row[:5], bytes(row[5]), row[6]) for row in found}


def _delete(places: Sequence[int]) -> None:
    if places:
        Entry.objects.filter(place__in=places).delete()
        Words.objects.filter(place__in=places).delete()
