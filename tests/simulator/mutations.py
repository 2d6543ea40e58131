"""Worse houses: each breaks one promise, so that it can be shown that the simulator's eyes are good."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from django.db import connection
from django.db.models import Q
from tests.simulator import mutations_of_time as time, mutations_of_verdicts as verdicts
from tests.simulator.regressions import (
    BULK,
    CARRIED,
    CLOCKS,
    FILES,
    HELD,
    MEASURED,
    PEOPLE,
    REGISTER,
    REVERSALS,
    TALK,
    VERDICTS,
)

from mufakat.rules import lifecycle, retention
from mufakat.rules.events import EventType
from mufakat.rules.lifecycle import NoticeState
from mufakat.server.journal import (
    answers,
    openings,
    operations as journal,
    sequencer,
    store,
    tiles,
    vault,
    work,
    writer,
)
from mufakat.server.journal.errors import BusyError, UnsureError
from mufakat.server.journal.models import Answer, Outbox, Pending
from mufakat.server.notices import batches, erasure, evidence, holds, queries
from mufakat.server.notices.batches import BatchSubmission
from mufakat.server.notices.models import Exhibit, Notice, Upload
from mufakat.server.parties import operations as parties, queries as who

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


def answers_forgotten() -> Any:
    """The first answer to a key is not written down."""
    return patch.object(answers, "remember", lambda given, moment: None)


def content_not_compared() -> Any:
    """A key that was used for other content gets the former answer."""

    def replay(given: answers.Given, key: answers.Key) -> tuple[answers.Answer, None]:
        return answers.Answer(given.status, given.body or b"", given.subject, replayed=True), None

    return patch.object(answers, "replay", replay)


def keys_not_looked_up() -> Any:
    """Whoever repeats is taken for new."""
    return patch.object(answers, "found", lambda keys, rows: {})


def withdrawn_without_an_event() -> Any:
    """The state moves and the journal says nothing."""
    original = journal.append

    def append(happenings: Any, moment: work.Moment, **named: Any) -> Any:
        kept = [one for one in happenings if one.type is not EventType.NOTICE_WITHDRAWN]
        return original(kept, moment, **named)

    return patch.object(journal, "append", append)


def heads_not_moved() -> Any:
    """The next leaf of a channel follows the wrong one."""
    return patch.object(journal, "move_heads", lambda shard, heads: None)


def outbox_forgotten() -> Any:
    """The other side is never told."""
    original = store.insert

    def insert(model: Any, columns: Any, rows: Any) -> None:
        if model is not Outbox:
            original(model, columns, rows)

    return patch.object(store, "insert", insert)


def no_wall() -> Any:
    """Everybody reads everything."""
    return patch.object(queries, "seen_by", lambda viewer, **named: Notice.objects.all())


def clock_not_clamped() -> Any:
    """What the machine says the time is stands in the receipt, also when it was set back."""

    def moment(self: writer.Writer, news: int) -> work.Moment:
        del news
        at = self._clock()
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        return work.Moment(at, int(at.timestamp() * 1000 + 0.5), self._ids, connection.connection)

    return patch.object(writer.Writer, "_moment", moment)


def time_forgotten_at_the_start() -> Any:
    """A new process does not ask how late it was in the last one."""
    return patch.object(store, "last_moment", _Once(store.last_moment))


class _Once:
    """Lies to the writer, and to nobody else."""

    def __init__(self, original: Callable[[str | None], datetime]) -> None:
        self._original = original

    def __call__(self, shard: str | None = None) -> datetime:
        import threading

        if threading.current_thread().name == "writer":
            return datetime(1970, 1, 1, tzinfo=UTC)
        return self._original(shard)


def failed_commits_answered_as_good() -> Any:
    """The commit fails and the receipt leaves all the same."""
    return patch.object(writer, "fail", lambda group, error: None)


def unsure_said_as_nothing_stored() -> Any:
    """An error is taken for "not stored"."""

    def fail(group: Any, error: BaseException) -> None:
        for slot in group:
            slot.result, slot.error = None, BusyError() if isinstance(error, UnsureError) else error

    return patch.object(writer, "fail", fail)


def revoked_tokens_remembered() -> Any:
    """A token that was revoked opens the door for a while; everything else that is remembered is forgotten in time."""
    original = who.Remembered.forget

    def forget(self: who.Remembered) -> None:
        tokens = {key: found for key, found in self._found.items() if isinstance(key, bytes)}
        original(self)
        self._found.update(tokens)

    return patch.object(who.Remembered, "forget", forget)


def uncertain_ends_remembered() -> Any:
    """The same, only where the revocation's commit was kept and its answer lost."""

    class NeverRaisedError(Exception):
        pass

    return patch.object(parties, "UnsureError", NeverRaisedError)


def clocks_run_on_after_withdrawal() -> Any:
    """A withdrawn notice still waits for an answer."""
    return patch.object(lifecycle, "GOING_ON", frozenset(NoticeState))


def savepoints_not_asked() -> Any:
    """Whether a savepoint could be undone is asked at the end alone, when the one around has taken the mark away."""
    original = writer.require_whole

    def require_whole() -> None:
        if not connection.savepoint_ids:
            original()

    return patch.object(writer, "require_whole", require_whole)


@contextmanager
def two_transactions() -> Iterator[None]:
    """The openings follow in a transaction of their own: a death between the two leaves a leaf that nothing opens."""
    from mufakat.server.journal.models import Opening

    original, late = store.insert, []
    commit = writer.Writer._commit

    def insert(model: Any, columns: Any, rows: Any) -> None:
        if model is Opening:
            late.append((model, columns, rows))
        else:
            original(model, columns, rows)

    def _commit(self: writer.Writer, group: Any) -> None:
        from django.db import transaction

        late.clear()
        commit(self, group)
        with transaction.atomic(durable=True):
            for words in late:
                original(*words)

    with patch.object(store, "insert", insert), patch.object(writer.Writer, "_commit", _commit):
        yield


def resumed_batches_forget() -> Any:
    """What a batch stored before it was cut off is told to its own sender as repeated, and is not in the receipt."""
    original = BatchSubmission._fresh

    def _fresh(self: BatchSubmission, portion: Any, moment: Any) -> Any:
        before = set(self.kept)
        fresh = original(self, portion, moment)
        for index in set(self.kept) - before:
            self.outcome[index] = self._failed(index, batches.RepeatedItemError(self.kept.pop(index).id))
        return fresh

    return patch.object(BatchSubmission, "_fresh", _fresh)


class _Alike(bytes):
    """A mark that any other is taken for."""

    __hash__ = bytes.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes)


def marks_not_compared() -> Any:
    """What another batch stored is taken for this one's."""
    return patch.object(BatchSubmission, "mark", property(lambda self: _Alike(answers.mark_of(self.key))))


def portions_answered_as_not_stored() -> Any:
    """The first portion of a batch is stored, and its items are told that it is not."""
    original = BatchSubmission._answer

    def _answer(self: BatchSubmission, moment: work.Moment) -> answers.Answer:
        if self.done > batches.PORTION:
            for index in sorted(self.kept)[: batches.PORTION]:
                del self.kept[index]
                self.outcome[index] = self._failed(index, BusyError())
        return original(self, moment)

    return patch.object(BatchSubmission, "_answer", _answer)


def begun_said_as_nothing_stored() -> Any:
    """A batch that fails midway is answered as if its first portions were not there."""

    def fail(group: Any, error: BaseException) -> None:
        for slot in group:
            slot.result, slot.error = None, error

    return patch.object(writer, "fail", fail)


@contextmanager
def holds_not_asked() -> Iterator[None]:
    """The operator's order erases what the law keeps."""
    with patch.object(holds, "require_none", lambda notice: None), patch.object(holds, "held", lambda notices: set()):
        yield


def erased_keys_are_free() -> Any:
    """The row goes with the answer: whoever repeats the key is taken for new."""

    def erase(moment: work.Moment, *, rows: Any = (), subjects: Any = ()) -> int:
        return int(Answer.objects.filter(Q(pk__in=rows) | Q(subject__in=subjects)).delete()[0])

    return patch.object(answers, "erase", erase)


def openings_left() -> Any:
    """An erasure takes the rows and leaves what opens the leaf."""
    return patch.object(openings, "erase", lambda moment, cases, **named: 0)


def locators_left() -> Any:
    """An erasure says that the locators went."""
    return patch.object(erasure, "_erase_pointers", lambda ids, moment: set(ids))


def answers_of_batches_left() -> Any:
    """The answer to the batch in which an erased notice came stays."""
    return patch.object(answers, "of_the_same", lambda subjects, **named: [])


def erased_without_an_event() -> Any:
    """Content goes and the journal says nothing."""
    return patch.object(erasure, "_tell", lambda notices, found, **named: {one.id: "" for one in notices})


def swept_too_early() -> Any:
    """The sweep takes what has ten days left."""
    original = retention.due_of

    def due_of(*, at: datetime, **named: Any) -> Any:
        return original(at=at + timedelta(days=10), **named)

    return patch.object(retention, "due_of", due_of)


def answers_of_held_notices_swept() -> Any:
    """A hold keeps the notice and not the answers about it."""
    return patch.object(
        erasure, "_erase_answers", lambda rows, moment: answers.erase(moment, rows=[o.pk for o in rows])
    )


def keys_of_evidence_left() -> Any:
    """An erasure says that the files went, and they open as before."""

    def destroy_keys(notices: Any, moment: work.Moment) -> set[str]:
        return set(Exhibit.objects.filter(notice_id__in=notices).values_list("notice_id", flat=True))

    return patch.object(evidence, "destroy_keys", destroy_keys)


def every_category_is_held() -> Any:
    """What must be known by its digest alone is attached where it was uploaded."""
    original = evidence.items_of

    def items_of(admitted: Any) -> tuple[evidence.Item, ...]:
        return tuple(dataclasses.replace(item, held=True) for item in original(admitted))

    return patch.object(evidence, "items_of", items_of)


def files_lost() -> Any:
    """A row names a file that never got its name."""
    original = vault.keep

    def keep(content: bytes) -> vault.Sealed:
        sealed = original(content)
        vault.place(sealed.name).unlink()
        return sealed

    return patch.object(vault, "keep", keep)


def uploads_never_end() -> Any:
    """A file may be named for ever."""

    def nameable(party: str, digests: Any, *, at: datetime) -> Any:
        return Upload.objects.filter(party_id=party, sha256__in=digests, key__isnull=False)

    return patch.object(evidence, "nameable", nameable)


def files_swept_unasked() -> Any:
    """The sweep of files does not ask which of them have a row."""

    def sweep_files(at: datetime) -> int:
        before = (at - evidence.KEPT).timestamp()
        found = [path for path, _ in vault.strays(drafts_before=before, files_before=before)]
        for path in found:
            path.unlink()
        return len(found)

    return patch.object(evidence, "_sweep_files", sweep_files)


def files_of_the_dead_left() -> Any:
    """What a dead process left behind stays for ever."""
    return patch.object(evidence, "_sweep_files", lambda at: 0)


def files_answered_for_a_day() -> Any:
    """A repeated notice is refused once the file that it names may not be named any more."""
    return patch.object(answers, "was_given", lambda key: False)


def leaves_in_another_order() -> Any:
    """The log takes in what waits as it comes, not by its places."""
    original = tiles.hashes_of
    return patch.object(tiles, "hashes_of", lambda *words: original(*words)[::-1])


def leaves_wait_for_ever() -> Any:
    """What is in the log still waits for it."""
    original = sequencer._write

    def _write(old: Any, new: Any, growth: Any) -> bool:
        kept = list(Pending.objects.all())
        done = original(old, new, growth)
        Pending.objects.bulk_create(kept[-1:])
        return done

    return patch.object(sequencer, "_write", _write)


class Mutation(NamedTuple):
    """What is broken, by which promises that may be seen, and within how many seeds of `SIZE`."""

    broken: Callable[[], AbstractContextManager[Any]]
    promises: set[str]
    seeds: int = 3
    deeds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.broken.__name__


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(answers_forgotten, {"I-01", "I-02"}),
    Mutation(content_not_compared, {"answer", "I-02"}),
    Mutation(keys_not_looked_up, {"answer", "I-02"}),
    Mutation(withdrawn_without_an_event, {"I-01", "I-03"}),
    Mutation(heads_not_moved, {"I-03"}),
    Mutation(outbox_forgotten, {"outbox"}),
    Mutation(no_wall, {"I-10", "answer"}),
    Mutation(clock_not_clamped, {"time"}),
    Mutation(time_forgotten_at_the_start, {"time"}, seeds=6),
    Mutation(failed_commits_answered_as_good, {"I-01", "answer"}),
    Mutation(unsure_said_as_nothing_stored, {"I-02"}),
    Mutation(revoked_tokens_remembered, {"answer"}, seeds=6),
    Mutation(uncertain_ends_remembered, {"answer"}, seeds=12, deeds=REGISTER),
    Mutation(clocks_run_on_after_withdrawal, {"clocks"}),
    Mutation(savepoints_not_asked, {"I-01", "I-02"}, seeds=8),
    Mutation(two_transactions, {"I-01"}),
    Mutation(resumed_batches_forget, {"answer", "I-01"}, seeds=6, deeds=BULK),
    Mutation(marks_not_compared, {"answer", "I-01"}),
    Mutation(portions_answered_as_not_stored, {"answer"}),
    Mutation(holds_not_asked, {"I-03", "I-09", "answer"}, seeds=6, deeds=HELD),
    Mutation(erased_keys_are_free, {"I-02", "I-11"}),
    Mutation(openings_left, {"I-09", "I-11"}),
    Mutation(locators_left, {"I-09"}),
    Mutation(answers_of_batches_left, {"I-11"}),
    Mutation(erased_without_an_event, {"I-01", "I-09", "I-11"}),
    Mutation(swept_too_early, {"I-09"}),
    Mutation(answers_of_held_notices_swept, {"I-09"}, seeds=6, deeds=HELD),
    Mutation(keys_of_evidence_left, {"I-09"}, seeds=6, deeds=FILES),
    Mutation(every_category_is_held, {"evidence", "answer"}, seeds=6, deeds=FILES),
    Mutation(files_lost, {"evidence"}),
    Mutation(uploads_never_end, {"answer", "evidence"}, deeds=FILES),
    Mutation(files_swept_unasked, {"evidence"}, deeds=FILES),
    Mutation(files_of_the_dead_left, {"I-09"}, seeds=6, deeds=FILES),
    Mutation(files_answered_for_a_day, {"answer"}, seeds=6, deeds=FILES),
    Mutation(leaves_in_another_order, {"I-09"}),
    Mutation(leaves_wait_for_ever, {"I-09", "I-11"}),
    Mutation(begun_said_as_nothing_stored, {"I-02"}, seeds=12, deeds=BULK),
    Mutation(time.clocks_run_out_early, {"clocks"}, deeds=CLOCKS),
    Mutation(time.clocks_never_run_out, {"clocks"}, deeds=CLOCKS),
    Mutation(time.clocks_run_out_again, {"clocks"}, deeds=CLOCKS),
    Mutation(time.paused_clocks_run, {"clocks"}, deeds=CLOCKS),
    Mutation(time.ladders_skip_a_step, {"clocks", "ladder"}, deeds=CLOCKS),
    Mutation(time.ladders_hurry, {"clocks", "ladder"}, seeds=6, deeds=PEOPLE),
    Mutation(time.ladders_climb_on_after_the_answer, {"clocks", "ladder", "answer"}, deeds=CLOCKS),
    Mutation(time.seen_again_and_again, {"passages", "I-03"}, deeds=TALK),
    Mutation(time.strangers_speak, {"answer"}, deeds=TALK),
    Mutation(time.the_lost_are_not_passed_over, {"ladder", "outbox", "drills"}, seeds=6, deeds=PEOPLE),
    Mutation(time.reactions_forgotten, {"clocks"}, seeds=6, deeds=PEOPLE),
    Mutation(time.contacts_begin_at_once, {"contacts", "answer"}, deeds=PEOPLE),
    Mutation(time.old_contacts_not_told, {"outbox"}, deeds=PEOPLE),
    Mutation(time.waiting_contacts_hold, {"outbox", "ladder"}, deeds=PEOPLE),
    Mutation(time.missed_drills_forgiven, {"drills"}, deeds=PEOPLE),
    Mutation(time.answers_leave_drills_open, {"drills"}, deeds=PEOPLE),
    Mutation(time.suspended_mandates_count, {"answer", "I-04"}, deeds=MEASURED),
    Mutation(time.measures_not_drawn, {"I-02", "I-04", "answer"}, deeds=MEASURED),
    Mutation(time.measures_filled_by_resuming, {"I-02", "I-04", "answer"}, seeds=6, deeds=MEASURED),
    Mutation(time.half_of_the_endpoints_told, {"delivery"}, deeds=CARRIED),
    Mutation(time.strangers_told, {"delivery", "I-10"}, deeds=CARRIED),
    Mutation(time.rows_done_unseen, {"delivery"}, deeds=CARRIED),
    Mutation(time.claims_said_to_be_delivered, {"delivery"}, deeds=CARRIED),
    Mutation(time.leases_never_end, {"delivery"}, deeds=CARRIED),
    Mutation(time.dead_letters_untold, {"delivery"}, deeds=CARRIED),
    Mutation(time.closed_addresses_wait_for_ever, {"delivery"}, deeds=CARRIED),
    Mutation(time.delivered_twice, {"delivery"}, deeds=CARRIED),
    Mutation(time.accepted_taken_for_delivered, {"delivery"}, deeds=CARRIED),
    Mutation(verdicts.reversals_undo_nothing, {"I-08"}, seeds=6, deeds=REVERSALS),
    Mutation(verdicts.reversals_forgotten, {"I-08"}, deeds=REVERSALS),
    Mutation(verdicts.deciders_judge_themselves, {"answer", "I-08"}, deeds=REVERSALS),
    Mutation(verdicts.whoever_refused_decides_again, {"answer"}, seeds=6, deeds=REVERSALS),
    Mutation(verdicts.windows_not_opened, {"closing"}, deeds=REVERSALS),
    Mutation(verdicts.windows_never_over, {"answer", "I-03"}, deeds=REVERSALS),
    Mutation(verdicts.notices_not_reopened, {"I-03"}, deeds=REVERSALS),
    Mutation(verdicts.one_person_is_enough, {"answer", "I-03"}, seeds=6, deeds=VERDICTS),
    Mutation(verdicts.reasons_not_asked_for, {"answer", "I-05"}, seeds=6, deeds=VERDICTS),
    Mutation(verdicts.closed_too_early, {"closing"}, seeds=6, deeds=VERDICTS),
    Mutation(verdicts.never_closed, {"closing"}, seeds=6, deeds=VERDICTS),
    Mutation(verdicts.codes_for_everybody, {"I-10"}, seeds=6, deeds=VERDICTS),
    Mutation(verdicts.measures_never_end, {"measures"}, seeds=6, deeds=VERDICTS),
    Mutation(verdicts.measures_end_early, {"measures"}, seeds=6, deeds=VERDICTS),
)
