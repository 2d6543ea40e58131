"""Lodge an appeal: by a party with its account, or by whoever was given the code of the decision.

(1) The body is judged alone, so that a refusal for its shape tells nothing about a code. (2) Whoever asks is asked for.
(3) Files are made durable. (4) In the writer the rules look once more, one event says it, the rows follow, and both
sides of the notice are told: for its sender that is the counter-notice, with the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mufakat.rules import appeal as rules, appeal_reading as reading
from mufakat.rules.appeal import BadAppealError, Level, Standing
from mufakat.rules.errors import RefusedError
from mufakat.rules.events import EventType
from mufakat.rules.fault import Faults
from mufakat.rules.notice import Category
from mufakat.server.appeals import queries
from mufakat.server.appeals.faces import LodgedAppealOut
from mufakat.server.appeals.models import Appeal
from mufakat.server.decisions import queries as decisions
from mufakat.server.journal import answers, door, operations as journal
from mufakat.server.journal.answers import Answer, Key
from mufakat.server.notices import annexes, clocks, evidence, queries as notices, turning
from mufakat.server.notices.faces import encode
from mufakat.server.parties import queries as parties
from mufakat.server.parties.operations import HOUSE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from mufakat.rules.appeal_reading import CodeLodgingIn, LodgingIn
    from mufakat.rules.notice import EvidenceRef
    from mufakat.server.decisions.queries import Decision
    from mufakat.server.journal.work import Moment, Plan
    from mufakat.server.notices.evidence import Item
    from mufakat.server.parties.queries import Caller

ROUTE = "POST /api/v1/appeals"


@dataclass(frozen=True, slots=True)
class Words:
    """What an appeal says: as whom, before whom, and why."""

    standing: Standing
    level: Level
    body: str
    reasons: str


@dataclass(slots=True)
class Lodging:
    """An appeal on its way to the writer; `by` is nobody where the code is the credential."""

    decision: str
    by: Caller | None
    words: Words
    files: tuple[Item, ...]
    key: Key | None
    weight: int = 1
    plan: Plan | None = None

    def run(self, moment: Moment) -> Answer:
        # (1) As it stands now: two who appeal at once come here one after the other.
        found = decisions.whole(decisions.known(self.decision))
        row, words = found.decision, self.words
        rules.require_contestable(
            queries.contested(found),
            queries.former(queries.of_decision(row.id)),
            standing=words.standing,
            level=words.level,
            by=self.by.party_id if self.by else "",
            at=moment.at,
        )
        # (2) The event; the clock of the right stops, others may start.
        notice, pk = row.notice, moment.id("apl")
        type_ = EventType.APPEAL_LODGED if words.level is Level.INTERNAL else EventType.DISPUTE_COMPLETED
        first = notices.first_event(notice.id).id
        turned = turning.turn(notice, type_, first=first, moment=moment)
        happening = self._happening(type_, pk, row, first)
        event = journal.append([happening, *turned], moment)[0]
        # (3) The rows.
        appeal = Appeal.objects.create(
            id=pk,
            decision_id=row.id,
            notice_id=notice.id,
            party_id=row.party_id,
            sender_id=notice.sender_id,
            standing=words.standing.value,
            lodged_by_id=self.by.party_id if self.by else None,
            person_id=self.by.person_id if self.by else None,
            level=words.level.value,
            body=words.body,
            lodged_at=moment.at,
            event=event.id,
            state=rules.AppealState.LODGED.value,
            decider_id=row.person_id,
            made_by_id=row.made_by,
        )
        owner = self.by.party_id if self.by else row.party_id
        annexes.attach(notice.id, pk, party=owner, items=self.files, moment=moment)
        turning.look_again(notice, anew=moment.at)
        # About the notice: the answer repeats the reasons, and goes with the answers about it.
        return Answer(201, encode(LodgedAppealOut.of(queries.whole(appeal))), notice.id)

    def _happening(self, type_: EventType, pk: str, row: Decision, first: str) -> journal.Happening:
        handles = parties.handles()
        sender, platform = handles[row.notice.sender_id], handles[row.party_id]
        actor = self.by.handle if self.by else HOUSE  # Nobody's name stands in a leaf.
        words = self.words
        said = (
            {"standing": words.standing.value, "reasons": words.reasons}
            if words.level is Level.INTERNAL
            else {
                "standing": words.standing.value,
                "level": words.level.value,
                "body": words.body,
                "note": words.reasons,
            }
        )
        return journal.Happening(
            type=type_,
            sender=actor,
            recipient=sender if actor == platform else platform,
            case=row.notice_id,
            actor=actor,
            committed={name: text.encode() for name, text in said.items()},
            ref=(pk, row.id, first),
            to=clocks.both(sender, platform),
            receipt=True,
        )


def lodge(decision: str, raw: bytes, *, by: Caller, at: datetime, key: Key | None = None) -> Answer:
    """Contest a decision for a party of its notice, or record that a body outside has the case.

    Raises BadAppealError with every fault, NotFoundError, NotPermittedError, and what `rules.require_contestable` does.
    """
    row = queries.require_decision(by, decision)
    faults = Faults()
    found = reading.parse(raw, reading.LodgingIn, faults)
    if found is not None:
        reading.judge_lodging(found, faults)
    contents = _contents(found, row, lambda sha256: evidence.is_stored(by.party_id, sha256, at=at), faults)
    if found is None or faults.found:
        raise BadAppealError(faults.found)
    level = found.level or Level.INTERNAL
    standing = rules.standing_of(by.party_id, sender=row.notice.sender_id, recipient=row.party_id)
    words = Words(standing, level, found.body or "", found.reasons)
    return _take(row, by, words, _files(found.evidence, contents, row), key)


def read_by_code(raw: bytes) -> CodeLodgingIn:
    """The body of an appeal by code, judged alone. Raises BadAppealError: the same whether its code is one or not."""
    faults = Faults()
    found = reading.parse(raw, reading.CodeLodgingIn, faults)
    if found is not None:
        reading.judge_code_lodging(found, faults)
    if found is None or faults.found:
        raise BadAppealError(faults.found)
    return found


def lodge_by_code(found: CodeLodgingIn, raw: bytes, *, at: datetime, key: str) -> Answer:
    """Contest the decision that the code was given for. Raises UnknownCodeError, BadAppealError, and as above.

    `raw` is the body that `found` was read from; with the key it says whether this is a repetition.
    """
    row = queries.by_code(found.code)
    faults = Faults()
    contents = _contents(found, row, lambda _: False, faults)
    if faults.found:
        raise BadAppealError(faults.found)
    words = Words(found.standing or Standing.UPLOADER, Level.INTERNAL, "", found.reasons)
    stored = Key.of(row.id, ROUTE, key, raw)
    _require(row, words, at=at, key=stored)
    return _take(row, None, words, _files(found.evidence, contents, row), stored)


def _require(row: Decision, words: Words, *, at: datetime, key: Key) -> None:
    """Refuse before anything is written to the disk what the writer would refuse, but a repetition."""
    if not answers.knows(key):
        found = decisions.whole(row)
        former = queries.former(queries.of_decision(row.id))
        rules.require_contestable(queries.contested(found), former, standing=words.standing, level=words.level, at=at)


def _contents(
    found: LodgingIn | CodeLodgingIn | None, row: Decision, stored: Callable[[str], bool], faults: Faults
) -> tuple[bytes | None, ...]:
    category = Category(row.notice.category)
    return reading.judge_files(found.evidence or (), category, stored, faults) if found is not None else ()


def _files(named: Sequence[EvidenceRef] | None, contents: Sequence[bytes | None], row: Decision) -> tuple[Item, ...]:
    """The files made durable, before their transaction; of child_sexual_abuse digests alone (I-15)."""
    return evidence.made_durable(named or (), contents, Category(row.notice.category))


def _take(row: Decision, by: Caller | None, words: Words, files: tuple[Item, ...], key: Key | None) -> Answer:
    try:
        answer: Answer = door.writer().commit(Lodging(row.id, by, words, files, key))
    except (RefusedError, *evidence.NOTHING_STORED):
        evidence.let_go(files)
        raise
    if answer.replayed:
        evidence.let_go(files)
    return answer
