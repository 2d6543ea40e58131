"""A monitor catches who serves another history, an old one, or one that cannot have happened; each attack by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.logs import BEGUN, KEY, ORIGIN, Published, Writer, id_of, many, served

from mufakat.formats import disclosure as documents
from mufakat.formats.disclosure import Disclosure, Opening
from mufakat.proof import canonical, commitment, fork, leaf as leaves, receipt
from mufakat.proof.fork import Fork
from mufakat.proof.tlog_proof import TlogProof
from mufakat.runners import log_source, monitor_receipts
from mufakat.runners.log_web import Web
from mufakat.runners.monitor import Monitor
from mufakat.runners.monitor_alarms import LONGEST, MOST, Alarm, Kind
from mufakat.runners.monitor_receipts import Held, NoReceiptError
from mufakat.runners.monitor_round import Terms
from mufakat.runners.monitor_state import State

KEYS = [KEY.verify_key]


@dataclass
class Watch:
    """A monitor with a clock of its own, and what it said last."""

    state: Path
    at: datetime = BEGUN + timedelta(minutes=1)
    held: list[Held] = field(default_factory=list)
    terms: dict[str, Any] = field(default_factory=dict)

    def look(self, *where: Path | str, after: float = 0) -> list[Alarm]:
        """One round, so many seconds after the last one."""
        self.at += timedelta(seconds=after)
        logs = [log_source.opened(str(one), web=Web) for one in where]
        try:
            told = Monitor(logs, Terms(KEYS, self.state, **self.terms), self.held, clock=lambda: self.at).once()
        finally:
            for log in logs:
                log.close()
        self.size = told[-1].size
        return [alarm for one in told for alarm in one.alarms]

    def kinds(self, *where: Path | str, after: float = 0) -> list[Kind]:
        return [alarm.kind for alarm in self.look(*where, after=after)]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path / "state")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


HONEST = many(300)
LIAR = [*HONEST[:100], HONEST[100].replace(b"kominfo>telegram", b"kominfo>facebook"), *HONEST[101:]]


def only(alarms: list[Alarm]) -> Alarm:
    assert len(alarms) == 1, alarms
    return alarms[0]


def proven(alarm: Alarm) -> fork.Contradiction:
    """What the file of an alarm proves, with nothing but the key of the log."""
    assert alarm.file is not None
    return fork.verify(Fork.parse(Path(alarm.file).read_bytes()), KEYS)


# -- A log that grows ----------------------------------------------------------------------------------------------


def test_a_log_that_grows_is_followed_and_nothing_is_said(watch: Watch, log: Path) -> None:
    for size in (1, 100, 255, 256, 257, 300, 300):
        assert watch.kinds(Published(HONEST).write(log, size), after=1) == []
        assert watch.size == size
    assert (watch.state / "log.mufakat.example_2026a.checkpoint").read_bytes() == Published(HONEST).head()


def test_only_what_is_new_is_read_again(watch: Watch, log: Path) -> None:
    watch.look(Published(HONEST).write(log, 256))
    Published(HONEST).write(log)
    (log / "tile/entries/000").unlink()
    assert watch.kinds(log) == []


def test_a_server_and_its_mirror_are_one_log(watch: Watch, log: Path, tmp_path: Path) -> None:
    mirror = Published(HONEST).write(tmp_path / "mirror", 280)
    with served(Published(HONEST).write(log)) as url:
        watch.terms = {"share": 0}
        assert watch.kinds(url, mirror) == []


# -- (1) to (4): other histories -------------------------------------------------------------------------------------


def test_1_a_smaller_log_than_was_seen_is_a_rollback(watch: Watch, log: Path) -> None:
    watch.look(Published(HONEST).write(log))
    (log / "checkpoint").write_bytes(Published(HONEST).head(200))
    assert watch.kinds(log, after=30) == []  # What is kept on the way may be some seconds old.
    assert watch.kinds(log, after=120) == [Kind.ROLLBACK]
    assert watch.size == 300


def test_1_an_older_log_that_is_not_even_its_beginning_is_a_fork(watch: Watch, log: Path) -> None:
    watch.look(Published(HONEST).write(log))
    (log / "checkpoint").write_bytes(Published(LIAR).head(200))
    found = proven(only([one for one in watch.look(log) if one.kind is Kind.FORK]))
    assert (found.older.size, found.newer.size) == (200, 300)


def test_2_another_root_of_the_same_size_is_a_fork(watch: Watch, log: Path) -> None:
    watch.look(Published(HONEST).write(log))
    found = proven(only(watch.look(Published(LIAR).write(log))))
    assert (found.older.size, found.newer.size) == (300, 300)


@pytest.mark.parametrize("size", [101, 128, 200, 256])
def test_3_a_fork_behind_a_bigger_tree_is_proven(watch: Watch, log: Path, size: int) -> None:
    watch.look(Published(HONEST).write(log, size))
    shutil.rmtree(log)
    alarm = only(watch.look(Published(LIAR).write(log)))
    assert alarm.kind is Kind.FORK
    assert (proven(alarm).older.size, proven(alarm).newer.size) == (size, 300)
    assert watch.size == size


def test_3_a_proof_that_only_seems_to_lead_there_shows_nothing_and_nothing_is_kept(watch: Watch, log: Path) -> None:
    watch.look(Published(HONEST).write(log, 200))
    Published(HONEST).write(log)
    (log / "checkpoint").write_bytes(Published(LIAR).head())
    assert watch.kinds(log) == [Kind.BROKEN, Kind.UNSHOWN]
    assert watch.size == 200


@pytest.mark.parametrize("sizes", [(300, 300), (200, 300), (300, 200)])
def test_4_two_views_that_are_shown_to_two_are_a_fork(
    watch: Watch, log: Path, tmp_path: Path, sizes: tuple[int, int]
) -> None:
    other = Published(LIAR).write(tmp_path / "other", sizes[1])
    alarm = only(watch.look(Published(HONEST).write(log, sizes[0]), other))
    assert (alarm.kind, proven(alarm).newer.origin) == (Kind.FORK, ORIGIN)


def test_4_a_receipt_that_somebody_holds_is_a_view_too(watch: Watch, log: Path) -> None:
    other = Published(LIAR)
    raw = TlogProof(
        index=7, hashes=tuple(other.reader().inclusion(7, 150)), checkpoint=other.head(150), extra=LIAR[7]
    ).to_bytes()
    watch.held = [monitor_receipts.read("receipt", raw, KEYS)]
    alarm = only(watch.look(Published(HONEST).write(log)))
    assert (alarm.kind, proven(alarm).older.size) == (Kind.FORK, 150)


def test_4_the_head_of_another_monitor_is_a_view_too(watch: Watch, log: Path) -> None:
    watch.held = [monitor_receipts.read("theirs", Published(HONEST).head(250), KEYS)]
    assert watch.kinds(Published(HONEST).write(log)) == []
    watch.held = [monitor_receipts.read("theirs", Published(LIAR).head(250), KEYS)]
    assert watch.kinds(log) == [Kind.FORK]


def test_a_head_that_nobody_trusted_signed_is_not_listened_to(watch: Watch, log: Path) -> None:
    watch.look(Published(HONEST).write(log, 200))
    (log / "checkpoint").write_bytes(Published(HONEST).head().replace(b"\n300\n", b"\n299\n"))
    assert watch.kinds(log) == [Kind.UNSIGNED]


def test_a_receipt_of_a_log_that_nobody_shows_is_said(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    watch.held = [monitor_receipts.read("theirs", Published(HONEST).head(), KEYS)]
    assert watch.kinds(tmp_path / "empty") == [Kind.UNREACHABLE, Kind.UNREACHABLE]


BATCH = receipt.sign_custody_batch(KEY, count=2, root=bytes(32), at=canonical.timestamp(BEGUN)).encode()


@pytest.mark.parametrize("raw", [b"", b"no note", BATCH, Published(HONEST).head().replace(b"300", b"301")])
def test_a_file_that_shows_nothing_is_no_receipt(raw: bytes) -> None:
    with pytest.raises(NoReceiptError):
        monitor_receipts.read("receipt", raw, KEYS)


# -- (5) to (8), (10): what the leaves say ---------------------------------------------------------------------------


def looked(watch: Watch, log: Path, writer: Writer) -> Alarm:
    return only(watch.look(Published(writer.leaves).write(log), after=1))


def test_5_a_time_that_goes_back_is_found(watch: Watch, log: Path) -> None:
    writer = Writer()
    writer.write()
    writer.write(at=canonical.timestamp(BEGUN - timedelta(days=1)))
    writer.write()
    alarm = looked(watch, log, writer)
    assert (alarm.kind, alarm.index) == (Kind.TIME, 1)


def test_5_a_time_that_lies_ahead_is_found(watch: Watch, log: Path) -> None:
    writer = Writer()
    writer.write(at=canonical.timestamp(watch.at + timedelta(hours=1)))
    assert looked(watch, log, writer).kind is Kind.TIME


def test_5_what_was_back_dated_since_the_last_look_is_found(watch: Watch, log: Path) -> None:
    writer = Writer()
    writer.write()
    watch.terms = {"share": 0, "max_age": None}
    with served(log) as url:
        Published(writer.leaves).write(log)
        assert watch.kinds(url, after=3600) == []
        writer.write(after=1000)
        Published(writer.leaves).write(log)
        alarm = only(watch.look(url, after=60))
    assert (alarm.kind, alarm.index) == (Kind.TIME, 1)
    assert "back-dated" in alarm.said


def test_7_a_leaf_that_was_promised_and_is_not_there_in_time_is_found(watch: Watch, log: Path) -> None:
    promised = many(301)[300]
    raw = receipt.sign_custody(
        KEY,
        notice=id_of("ntc", 1),
        leaf_hash=leaves.leaf_hash(promised),
        at=canonical.timestamp(watch.at),
        mmd=60,
    ).encode()
    watch.held = [monitor_receipts.read("receipt", raw, KEYS)]
    watch.terms = {"max_age": None}
    Published(HONEST).write(log)
    assert watch.kinds(log, after=59) == []
    alarm = only(watch.look(log, after=2))
    assert alarm.kind is Kind.OMITTED
    assert canonical.to_base64(leaves.leaf_hash(promised)) in alarm.said
    Published([*HONEST, promised]).write(log)
    assert watch.kinds(log) == []


def test_7_a_promised_leaf_is_found_also_among_those_that_were_read_before(watch: Watch, log: Path) -> None:
    watch.look(Published(HONEST).write(log))
    raw = receipt.sign_custody(
        KEY,
        notice=id_of("ntc", 1),
        leaf_hash=leaves.leaf_hash(HONEST[270]),
        at=canonical.timestamp(BEGUN),
        mmd=60,
    ).encode()
    watch.held = [monitor_receipts.read("receipt", raw, KEYS)]
    assert watch.kinds(log, after=600) == []


def test_8_an_event_that_stands_twice_is_found_also_over_runs(watch: Watch, log: Path) -> None:
    writer = Writer()
    first = writer.write()
    Published(writer.leaves).write(log)
    assert watch.kinds(log) == []
    writer.write(id=first)
    alarm = looked(watch, log, writer)
    assert (alarm.kind, alarm.index, alarm.event) == (Kind.DUPLICATE, 1, first)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"seq": 4}, "goes on with number 4 after 2"),
        ({"seq": 2}, "goes on with number 2 after 2"),
        ({"seq": 1, "prev": None}, "goes on with number 1 after 2"),
        ({"prev": canonical.to_base64(bytes(32))}, "does not follow the leaf"),
    ],
)
def test_10_a_channel_with_a_gap_or_two_continuations_is_found_also_over_runs(
    watch: Watch, log: Path, members: dict[str, Any], said: str
) -> None:
    writer = Writer()
    writer.write()
    writer.write(chan="telegram>kominfo")
    writer.write()
    assert watch.kinds(Published(writer.leaves).write(log)) == []
    writer.write(**members)
    alarm = looked(watch, log, writer)
    assert (alarm.kind, alarm.index) == (Kind.CHANNEL, 3)
    assert said in alarm.said


def test_10_a_channel_that_does_not_begin_with_one_is_found(watch: Watch, log: Path) -> None:
    writer = Writer()
    writer.write(seq=2, prev=canonical.to_base64(bytes(32)))
    assert looked(watch, log, writer).kind is Kind.CHANNEL


# -- What must come before what --------------------------------------------------------------------------------------

NTC, RST, DEC, SOR, APL = (id_of(one, 7) for one in ("ntc", "rst", "dec", "sor", "apl"))
C = {"outcome": canonical.to_base64(bytes(32)), "reasons": canonical.to_base64(bytes(32))}
BACK = "telegram>kominfo"
END = canonical.timestamp(BEGUN + timedelta(days=30))


def decided(writer: Writer, **members: Any) -> None:
    writer.write("notice.received", case=NTC)
    writer.write("decision.made", **{"chan": BACK, "case": NTC, "c": C, "ref": (DEC, SOR), **members})


def ordered(writer: Writer, *, approvals: int = 2, **published: Any) -> None:
    refs = [writer.write("restriction.proposed", case=RST, law="id", due=END)]
    refs += [writer.write("restriction.approved", case=RST, ref=(refs[0],)) for _ in range(approvals)]
    said = {"chan": "mufakat>telegram", "case": RST, "law": "id", "due": END, "ref": tuple(refs)}
    writer.write("restriction.published", **{**said, **published})


def test_a_decision_with_its_reasons_an_appeal_and_a_restriction_by_order_are_good(watch: Watch, log: Path) -> None:
    writer = Writer()
    decided(writer)
    writer.write("appeal.lodged", case=NTC, ref=(APL, DEC))
    writer.write("appeal.reversed", chan=BACK, case=NTC, ref=(APL, DEC))
    ordered(writer)
    writer.write("restriction.applied", chan="isp-a>kominfo", case=RST)
    writer.write("restriction.lifted", case=RST)
    watch.terms = {"max_age": None}
    assert watch.kinds(Published(writer.leaves).write(log)) == []
    assert watch.kinds(log, after=40 * 86400) == []


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"c": {"outcome": C["outcome"]}}, "without reasons"),
        ({"c": {}}, "without outcome and reasons"),
        ({"ref": (DEC,)}, "without a statement of reasons"),
    ],
)
def test_a_decision_without_its_reasons_is_found(watch: Watch, log: Path, members: dict[str, Any], said: str) -> None:
    writer = Writer()
    decided(writer, **members)
    alarm = looked(watch, log, writer)
    assert (alarm.kind, said in alarm.said) == (Kind.DECISION, True)


@pytest.mark.parametrize("ref", [(APL,), (APL, id_of("dec", 8))])
def test_an_appeal_against_nothing_is_found(watch: Watch, log: Path, ref: tuple[str, ...]) -> None:
    writer = Writer()
    decided(writer)
    writer.write("appeal.lodged", case=NTC, ref=ref)
    assert looked(watch, log, writer).kind is Kind.ORDER


def test_an_appeal_that_is_resolved_before_it_was_lodged_is_found(watch: Watch, log: Path) -> None:
    writer = Writer()
    decided(writer)
    writer.write("appeal.upheld", chan=BACK, case=NTC, ref=(APL, DEC))
    assert looked(watch, log, writer).kind is Kind.ORDER


@pytest.mark.parametrize("type_", ["decision.informed", "notice.acknowledged", "notice.closed"])
def test_what_speaks_of_a_notice_that_never_came_is_found(watch: Watch, log: Path, type_: str) -> None:
    writer = Writer()
    writer.write(type_, case=NTC, ref=(DEC,))
    assert {one.kind for one in watch.look(Published(writer.leaves).write(log))} == {Kind.ORDER}


@pytest.mark.parametrize(
    ("published", "said"),
    [
        ({"approvals": 1}, "1 of 2 approvals"),
        ({"ref": ()}, "without its proposal"),
        ({"law": None}, "without a law or an end"),
        ({"due": None}, "without a law or an end"),
        ({"due": canonical.timestamp(BEGUN + timedelta(days=31))}, "another law or end"),
    ],
)
def test_a_restriction_without_order_law_end_or_approvals_is_found(
    watch: Watch, log: Path, published: dict[str, Any], said: str
) -> None:
    writer = Writer()
    ordered(writer, **published)
    alarm = looked(watch, log, writer)
    assert (alarm.kind, said in alarm.said) == (Kind.RESTRICTION, True)


def test_what_is_closed_without_having_been_published_is_found(watch: Watch, log: Path) -> None:
    writer = Writer()
    writer.write("restriction.proposed", case=RST, law="id", due=END)
    writer.write("restriction.applied", chan="isp-a>kominfo", case=RST)
    assert looked(watch, log, writer).kind is Kind.RESTRICTION


def test_a_restriction_that_no_event_ends_in_time_is_found_once(watch: Watch, log: Path) -> None:
    writer = Writer()
    ordered(writer)
    watch.terms = {"max_age": None}
    assert watch.kinds(Published(writer.leaves).write(log), after=29 * 86400) == []
    assert watch.kinds(log, after=2 * 86400) == [Kind.RESTRICTION]
    assert watch.kinds(log, after=60) == []


def test_17_a_field_that_an_event_of_its_type_cannot_have_is_found(watch: Watch, log: Path) -> None:
    writer = Writer()
    writer.write("notice.seen", c={"free_text": C["reasons"]})
    assert looked(watch, log, writer).kind is Kind.MEMBERS


# -- (12), (13): old views and broken logs ---------------------------------------------------------------------------


def test_12_a_frozen_view_is_said_after_its_time(watch: Watch, log: Path) -> None:
    Published(HONEST).write(log)
    assert watch.kinds(log, after=86000) == []
    assert watch.kinds(log, after=600) == [Kind.STALE]
    watch.terms = {"max_age": None}
    assert watch.kinds(log) == []


def test_12_a_server_that_shows_an_older_view_than_its_mirror_is_said(watch: Watch, log: Path, tmp_path: Path) -> None:
    frozen, mirror = Published(HONEST).write(tmp_path / "frozen", 200), Published(HONEST).write(log)
    assert watch.kinds(frozen, mirror) == []
    alarm = only(watch.look(frozen, mirror, after=120))
    assert (alarm.kind, alarm.source) == (Kind.STALE, str(frozen))


def test_12_a_receipt_of_a_larger_log_than_is_served_is_said(watch: Watch, log: Path) -> None:
    Published(HONEST).write(log)
    (log / "checkpoint").write_bytes(Published(HONEST).head(200))
    watch.held = [monitor_receipts.read("theirs", Published(HONEST).head(300), KEYS)]
    assert watch.kinds(log) == [Kind.STALE]


@pytest.mark.parametrize("path", ["tile/entries/001.p/44", "tile/0/000", "tile/1/000.p/1"])
def test_13_15_a_log_that_is_not_whole_is_said_and_nothing_of_it_is_kept(watch: Watch, log: Path, path: str) -> None:
    watch.look(Published(HONEST).write(log, 100))
    Published(HONEST).write(log)
    (log / path).unlink()
    alarm = only([one for one in watch.look(log) if one.kind is not Kind.UNSHOWN])
    assert (alarm.kind, path in alarm.said, watch.size) == (Kind.BROKEN, True, 100)
    assert watch.kinds(Published(HONEST).write(log)) == []
    assert watch.size == 300


# -- (9), (16), (11): what is shown beside the leaves ----------------------------------------------------------------

SALTS = [bytes([number]) * 32 for number in range(9)]


def digest(name: str, salt: bytes, value: bytes) -> str:
    return canonical.to_base64(commitment.commit(name, salt, value))


@dataclass
class Told:
    """A log of three leaves with documents beside them, behind loopback."""

    folder: Path
    writer: Writer = field(default_factory=Writer)

    def __post_init__(self) -> None:
        self.writer.write("notice.received", case=NTC)
        c = {"outcome": digest("outcome", SALTS[0], b"refuse"), "reasons": digest("reasons", SALTS[1], b"made up")}
        self.writer.write("decision.made", chan=BACK, case=NTC, c=c, ref=(DEC, SOR))
        self.publish()

    def publish(self) -> None:
        Published(self.writer.leaves).write(self.folder)

    def document(self, index: int = 1, **changes: Any) -> None:
        raw = self.writer.leaves[index]
        said = leaves.decode(raw)
        told = Disclosure(
            event=said.id,
            origin=ORIGIN,
            index=index,
            leaf=canonical.to_base64(leaves.leaf_hash(raw)),
            fields={"outcome": Opening.of(SALTS[0], b"refuse"), "reasons": Opening.of(SALTS[1], b"made up")},
            erased={},
            withheld=(),
        )
        members = {name: getattr(told, name) for name in told.__struct_fields__}
        file = self.folder / f"disclosure/{said.id}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(documents.encode(Disclosure(**{**members, **changes})))

    def erase(self, **members: Any) -> str:
        made = self.writer.write("notice.erased", chan="mufakat>kominfo", case=members.pop("case", NTC), **members)
        self.publish()
        return made


@pytest.fixture
def told(log: Path) -> Told:
    return Told(log)


OUTCOME = {"outcome": Opening.of(SALTS[0], b"refuse")}


def test_documents_that_open_their_leaves_are_good_and_looked_at_again(watch: Watch, told: Told, log: Path) -> None:
    told.document()
    with served(log) as url:
        assert watch.kinds(url) == []
        assert watch.kinds(url, after=1) == []
        told.document(fields={"outcome": Opening.of(SALTS[0], b"other")}, withheld=("reasons",))
        assert Kind.DISCLOSURE in watch.kinds(url, after=1)


def test_16_a_document_that_is_gone_is_found(watch: Watch, told: Told, log: Path) -> None:
    told.document()
    with served(log) as url:
        assert watch.kinds(url) == []
        shutil.rmtree(log / "disclosure")
        assert watch.kinds(url) == [Kind.DISCLOSURE]


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": OUTCOME, "withheld": ("reasons",)},
        {"fields": OUTCOME, "erased": {"reasons": ""}},
        {"fields": OUTCOME, "erased": {"reasons": id_of("evt", 1)}},
        {"fields": OUTCOME},
    ],
)
def test_9_a_field_that_is_told_no_more_without_an_erasure_is_found(
    watch: Watch, told: Told, log: Path, changes: dict[str, Any]
) -> None:
    told.document()
    with served(log) as url:
        assert watch.kinds(url) == []
        told.document(**changes)
        assert set(watch.kinds(url)) == {Kind.DISCLOSURE}


def test_9_a_field_that_an_event_of_the_log_erased_is_good(watch: Watch, told: Told, log: Path) -> None:
    told.document()
    with served(log) as url:
        assert watch.kinds(url) == []
        told.document(fields=OUTCOME, erased={"reasons": told.erase()})
        assert watch.kinds(url, after=1) == []


def test_9_an_erasure_of_another_case_erases_nothing_here(watch: Watch, told: Told, log: Path) -> None:
    told.document()
    told.writer.write("notice.received", case=id_of("ntc", 8))
    told.publish()
    with served(log) as url:
        assert watch.kinds(url) == []
        told.document(fields=OUTCOME, erased={"reasons": told.erase(case=id_of("ntc", 8))})
        assert watch.kinds(url, after=1) == [Kind.DISCLOSURE]


def test_9_an_erasure_that_never_reaches_the_log_is_found(watch: Watch, told: Told, log: Path) -> None:
    told.document(fields=OUTCOME, erased={"reasons": id_of("evt", 9)})
    with served(log) as url:
        assert watch.kinds(url) == []
        assert watch.kinds(url, after=1000) == [Kind.DISCLOSURE]


@pytest.mark.parametrize(
    "fields",
    [
        {"outcome": Opening.of(SALTS[1], b"made up"), "reasons": Opening.of(SALTS[0], b"refuse")},
        {"outcome": Opening.of(SALTS[0], b"act_full"), "reasons": Opening.of(SALTS[1], b"made up")},
        {"outcome": Opening.of(b"", b"refuse"), "reasons": Opening.of(SALTS[1], b"made up")},
        {"outcome": Opening("no base64", "no base64"), "reasons": Opening.of(SALTS[1], b"made up")},
    ],
)
def test_9_what_is_swapped_guessed_or_made_up_does_not_open_the_leaf(
    watch: Watch, told: Told, log: Path, fields: dict[str, Opening]
) -> None:
    told.document(fields=fields)
    with served(log) as url:
        assert set(watch.kinds(url)) == {Kind.DISCLOSURE}


def test_9_a_salt_that_stands_in_two_leaves_is_found(watch: Watch, told: Told, log: Path) -> None:
    c = {"outcome": digest("outcome", SALTS[0], b"refuse"), "reasons": digest("reasons", SALTS[2], b"other")}
    told.writer.write("decision.made", chan=BACK, case=NTC, c=c, ref=(id_of("dec", 8), id_of("sor", 8)))
    told.publish()
    told.document()
    told.document(2, fields={**OUTCOME, "reasons": Opening.of(SALTS[2], b"other")})
    with served(log) as url:
        alarm = only(watch.look(url))
    assert (alarm.kind, "salt of another field" in alarm.said) == (Kind.DISCLOSURE, True)


def test_of_a_document_that_is_wrong_nothing_is_remembered(watch: Watch, told: Told, log: Path) -> None:
    made_up = {f"made_up_{number}": Opening.of(bytes([number]) * 32, b"") for number in range(20, 220)}
    told.document(fields={**OUTCOME, **made_up}, withheld=("reasons",))
    with served(log) as url:
        found = watch.look(url)
        told.document()
        assert watch.kinds(url, after=1) == []
    # Any number of sentences could be said of it; how many more there were is one.
    assert {one.kind for one in found} == {Kind.DISCLOSURE}
    assert (len(found), found[-1].said.startswith("151 more alarms")) == (MOST + 1, True)
    with State(watch.state, ORIGIN) as state:
        assert set(state.things("salt")) == {f"salt/{canonical.to_base64(SALTS[number])}" for number in (0, 1)}


def test_what_a_stranger_calls_something_makes_no_sentence_without_end(watch: Watch, told: Told, log: Path) -> None:
    told.document(fields={**OUTCOME, "a" * 100_000: Opening.of(SALTS[3], b"")}, withheld=("reasons",))
    with served(log) as url:
        assert max(len(one.said) for one in watch.look(url)) < 2 * LONGEST


def test_of_a_log_that_is_wrong_all_over_some_is_listed_and_the_rest_counted(watch: Watch, log: Path) -> None:
    writer = Writer()
    for _ in range(80):
        writer.write("notice.acknowledged", case=id_of("ntc", len(writer.leaves)))
    found = watch.look(Published(writer.leaves).write(log), after=1)
    assert ({one.kind for one in found}, len(found)) == ({Kind.ORDER}, MOST + 1)
    assert found[-1].said.startswith("30 more alarms")


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"{" * 100_000])
def test_a_document_that_is_none_is_found(watch: Watch, told: Told, log: Path, raw: bytes) -> None:
    told.document()
    next((log / "disclosure").iterdir()).write_bytes(raw)
    with served(log) as url:
        assert watch.kinds(url) == [Kind.DISCLOSURE]


def test_13_an_entry_that_was_changed_after_it_was_audited_is_found(watch: Watch, told: Told, log: Path) -> None:
    told.document()
    with served(log) as url:
        assert watch.kinds(url) == []
        (bundle,) = (log / "tile/entries").glob("**/2")
        bundle.write_bytes(bundle.read_bytes().replace(b"decision.made", b"decision.maid"))
        assert Kind.BROKEN in watch.kinds(url)


def test_11_a_report_that_counts_fewer_notices_than_the_log_holds_is_found(watch: Watch, told: Told, log: Path) -> None:
    def reported(sent: int, serial: int) -> int:
        said = {"party": "kominfo", "year": 2026, "sent": {"received": sent}, "received": {"received": 0}}
        value = json.dumps(said).encode()
        c = {"report": digest("report", SALTS[serial], value)}
        told.writer.write("report.published", chan="kominfo>kominfo", case=id_of("pty", 1), c=c)
        told.publish()
        index = len(told.writer.leaves) - 1
        told.document(index, fields={"report": Opening.of(SALTS[serial], value)})
        return index

    told.document()
    reported(1, 5)
    with served(log) as url:
        assert watch.kinds(url) == []
        index = reported(0, 6)
        alarm = only(watch.look(url, after=1))
    assert (alarm.kind, alarm.index) == (Kind.STATISTICS, index)
