"""The log exchanges its key: old receipts verify, both keys sign for a while, an ended key signs nothing more."""

from __future__ import annotations

import fcntl
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.houses import body
from tests.server.api.doors import NOTICES, get

from mufakat.proof import checkpoint, tenure, verify
from mufakat.proof.errors import OutOfTenureError
from mufakat.proof.tlog_proof import TlogProof
from mufakat.proof.verify import Kind
from mufakat.rules.errors import NotFoundError
from mufakat.rules.events import EventType
from mufakat.server.journal import (
    door,
    exporting,
    files,
    notary,
    operations,
    parts,
    queries,
    rotation,
    sequencer,
    signer,
    tiles,
)
from mufakat.server.journal.models import Event
from mufakat.server.journal.rotation import RotationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.houses import House

    from mufakat.proof.tenure import Tenure
    from mufakat.server.journal.work import Moment

SHARD, HOUSE = "1", "mufakat"
MONTH = rotation.OVERLAP + timedelta(minutes=1)


def sequence() -> checkpoint.Signed:
    sequencer.part(at=datetime.now(UTC))
    head = tiles.head_of(SHARD)
    assert head is not None
    return checkpoint.open(head.note.encode(), signer.verify_keys(SHARD))


def sent(house: House, key: str) -> str:
    return str(house.submit(body(explanation=f"Placeholder {key}."), key=key).subject)


def receipt(house: House, notice: str, grade: str = "inclusion") -> bytes:
    return get(f"{NOTICES}/{notice}/receipt?grade={grade}", house.token("kominfo", "officer")).body


def keys() -> list[Tenure]:
    return tenure.read(Client().get(f"/log/{SHARD}/keys.json").content.decode())


def added() -> Tenure:
    return rotation.add(SHARD, house=HOUSE)


def old() -> str:
    return signer.trusted(SHARD)[0].key.key_id.hex()


def retire(key: str, *, after: timedelta = MONTH) -> Tenure:
    return rotation.retire(SHARD, key, house=HOUSE, at=datetime.now(UTC) + after)


def revoke(key: str) -> Tenure:
    return rotation.revoke(SHARD, key, reason="A placeholder.", house=HOUSE, at=datetime.now(UTC))


def test_a_log_that_never_exchanged_its_key_publishes_one_without_bounds(house: House) -> None:
    del house
    assert keys() == [tenure.Tenure(key=signer.signing_key(SHARD).verify_key)]


def test_a_new_key_is_a_leaf_and_signs_from_the_head_on_that_holds_it(house: House) -> None:
    first = sent(house, "k1")
    before = sequence()
    made = added()
    leaf = Event.objects.get(type="log.key_added")
    opened = queries.opened([leaf.id], fields=["key"])[leaf.id].decode()
    after = sequence()
    assert (
        (before.checkpoint.size, after.checkpoint.size) == (leaf.position, made.first) == (made.first - 1, made.first)
    )
    assert [len(one.signed_by) for one in (before, after)] == [1, 2]
    assert (opened, leaf.sender, leaf.recipient) == (made.key.vkey, HOUSE, HOUSE)
    assert verify.verify(receipt(house, first), keys=keys()).kind is Kind.INCLUSION


def test_attack_38_old_receipts_of_both_grades_verify_by_the_new_keys_json(house: House) -> None:
    notice = sent(house, "k1")
    sequence()
    held = [receipt(house, notice, grade) for grade in ("custody", "inclusion")]
    added()
    sequence()
    retire(old())
    sequence()
    assert [verify.verify(one, keys=keys()).notice for one in held] == [notice, notice]


def test_whoever_keeps_only_the_old_key_verifies_for_the_month_in_which_both_sign(house: House) -> None:
    kept = keys()
    added()
    notice = sent(house, "k1")
    sequence()
    held = [receipt(house, notice, grade) for grade in ("custody", "inclusion")]
    assert [verify.verify(one, keys=[kept[0].key]).notice for one in held] == [notice, notice]


def test_after_it_is_retired_only_the_new_key_signs_heads_and_custody(house: House) -> None:
    made = added()
    sequence()
    retire(old())
    notice = sent(house, "k1")
    assert [one.label for one in sequence().signed_by] == [made.key.label]
    for grade in ("custody", "inclusion"):
        assert verify.verify(receipt(house, notice, grade), keys=[made.key]).notice == notice


def test_a_key_is_not_retired_before_the_month_is_over(house: House) -> None:
    del house
    added()
    with pytest.raises(RotationError, match="30 days"):
        retire(old(), after=timedelta(days=29))


def test_attack_38_a_new_key_is_rejected_before_its_size(house: House) -> None:
    notice = sent(house, "k1")
    head = sequence().checkpoint
    proof = TlogProof.parse(receipt(house, notice))
    made = added()
    (stolen,) = [one for one in signer.signing_keys(SHARD, made.first) if one.verify_key == made.key]
    early = checkpoint.sign(stolen, size=head.size, root=head.root).encode()
    forged = TlogProof(index=proof.index, hashes=proof.hashes, checkpoint=early, extra=proof.extra)
    with pytest.raises(OutOfTenureError):
        verify.verify(forged.to_bytes(), keys=keys())


def test_attack_39_a_revoked_key_ends_at_once_and_its_late_signatures_are_rejected(house: House) -> None:
    stolen = signer.signing_key(SHARD)
    added()
    ended = revoke(old())
    notice = sent(house, "k1")
    head = sequence().checkpoint
    proof = TlogProof.parse(receipt(house, notice))
    late = checkpoint.sign(stolen, size=head.size, root=head.root).encode()
    forged = TlogProof(index=proof.index, hashes=proof.hashes, checkpoint=late, extra=proof.extra)
    assert ended.last is not None
    assert head.size > ended.last
    with pytest.raises(OutOfTenureError):
        verify.verify(forged.to_bytes(), keys=keys())


def test_the_only_key_cannot_end(house: House) -> None:
    del house
    with pytest.raises(RotationError, match="the only key"):
        revoke(old())


def test_a_third_key_is_refused(house: House) -> None:
    del house
    added()
    with pytest.raises(RotationError, match="Two keys"):
        added()


def test_a_key_that_is_not_there_cannot_end(house: House) -> None:
    del house
    with pytest.raises(NotFoundError):
        revoke("00000000")


def test_ending_a_key_twice_is_ending_it_once(house: House) -> None:
    del house
    added()
    first, again = (revoke(old()) for _ in range(2))
    assert (first, Event.objects.filter(type="log.key_revoked").count()) == (again, 1)


@pytest.mark.parametrize("step", ["append", "appoint"])
def test_who_died_between_two_steps_goes_on_where_it_stopped(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    del house

    def dies(*_: object) -> None:
        raise OSError(step)

    with monkeypatch.context() as patched:
        patched.setattr(*{"append": (parts, "alone"), "appoint": (signer, "appoint")}[step], dies)
        with pytest.raises(OSError, match=step):
            added()
    made = added()
    files = list(signer.later_keys(SHARD).glob("*.key"))
    leaves = Event.objects.filter(type="log.key_added")
    assert ([one.name for one in files], leaves.count()) == ([f"{made.key.key_id.hex()}.key"], 1)
    assert made.first == leaves.get().position + 1


def test_the_leaf_of_a_deed_is_found_by_as_many_questions_however_many_keys_there_were(house: House) -> None:
    del house
    made = [added()]
    revoke(old())
    for _ in range(2):
        made.append(added())
        revoke(made[-2].key.key_id.hex())
    for one in made:
        with CaptureQueriesContext(connection) as asked:
            found = rotation._told(SHARD, EventType.LOG_KEY_ADDED, {"key": one.key.vkey}, house=HOUSE)
        assert found.position + 1 == one.first
        assert len(asked) == 3  # The shards, the deeds of their one channel, and what these open.


def test_a_head_that_is_signed_while_a_key_ends_is_not_signed_by_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = added()
    sent(house, "k1")
    sequence()
    settled, real, appoint = threading.Event(), files.locked, signer.appoint

    def locked(path: Path) -> AbstractContextManager[None]:
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                settled.set()  # It waits.
        return real(path)

    def sequencing() -> None:
        try:
            sequencer.part(at=datetime.now(UTC))
        finally:
            settled.set()
            connections.close_all()

    worker = threading.Thread(target=sequencing)

    def late(shard: str, found: Sequence[Tenure]) -> None:
        worker.start()  # The leaf was committed, and has rung.
        assert settled.wait(60)
        appoint(shard, found)

    monkeypatch.setattr(notary, "locked", locked)
    monkeypatch.setattr(signer, "appoint", late)
    ended = revoke(old())
    worker.join()
    head = tiles.head_of(SHARD)
    assert head is not None
    signed = checkpoint.open(head.note.encode(), signer.verify_keys(SHARD))
    assert ended.last == Event.objects.get(type="log.key_revoked").position < signed.checkpoint.size
    assert [one.label for one in signed.signed_by] == [made.key.label]


@pytest.mark.parametrize("deed", ["added", "revoked"])
def test_heads_that_were_signed_after_a_deed_was_told_and_before_it_was_done_are_as_they_were(
    house: House, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    if deed == "revoked":
        added()

    def act() -> Tenure:
        return added() if deed == "added" else revoke(old())

    with monkeypatch.context() as patched:
        patched.setattr(signer, "appoint", dies)
        with pytest.raises(OSError, match="died"):
            act()
    sent(house, "k1")
    between = sequence()
    done = act()
    sent(house, "k2")
    after = sequence()
    bound = done.first - 1 if deed == "added" else done.last
    assert bound == between.checkpoint.size
    for head in (between, after):
        covering = {one.key for one in signer.trusted(SHARD) if one.covers(head.checkpoint.size)}
        assert set(head.signed_by) == covering


def test_the_month_of_a_key_that_came_late_into_office_begins_when_it_did(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(signer, "appoint", dies)
        with pytest.raises(OSError, match="died"):
            added()
    sequence()
    made = added()
    with pytest.raises(RotationError, match="30 days"):
        retire(old())  # No leaf was taken in since.
    sent(house, "k1")
    assert (sequence().checkpoint.size, retire(old()).last is not None) == (made.first, True)


def dies(*_: object) -> None:
    raise OSError("died")


def test_where_no_key_can_be_kept_nothing_is_told(house: House) -> None:
    del house
    signer.later_keys(SHARD).write_text("a file in the way", encoding="utf-8")
    with pytest.raises(RotationError, match="cannot be kept"):
        added()
    assert not Event.objects.filter(type="log.key_added").exists()


def test_the_notary_and_the_export_go_on_under_the_new_key_alone(house: House) -> None:
    sent(house, "k1")
    sequence()
    exporting.part(at=datetime.now(UTC))
    added()
    revoke(old())
    sequencer.forget()  # As after a new start: everything is looked at anew.
    sent(house, "k2")
    assert sequence().checkpoint.size == notary.Notary(SHARD).last().size  # type: ignore[union-attr]
    assert exporting.part(at=datetime.now(UTC)).done > 0
    assert exporting.published(SHARD) == Event.objects.filter(shard=SHARD).count()


def test_every_process_sees_that_the_keys_changed(house: House) -> None:
    del house
    made = added()
    path = signer.later_keys(SHARD) / signer.TENURES
    told = json.loads(path.read_text(encoding="utf-8"))
    told["keys"].pop()
    path.write_text(json.dumps(told), encoding="utf-8")  # As another process would.
    assert made.key not in signer.verify_keys(SHARD)


def test_tenures_that_leave_no_key_in_office_are_refused(house: House) -> None:
    del house
    added()
    path = signer.later_keys(SHARD) / signer.TENURES
    told = json.loads(path.read_text(encoding="utf-8"))
    for one in told["keys"]:
        one["to"] = 10**6
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(signer.KeyFileError, match="in office"):
        signer.signing_key(SHARD)


def test_the_first_leaf_of_a_new_shard_names_the_last_head_of_the_former(
    house: House, settings_of: Callable[..., None]
) -> None:
    notice = sent(house, "k1")
    former = sequence()
    settings_of(MUFAKAT_ORIGIN="localhost/log/2")
    signer.make_key("2")
    other = sent(house, "k2")
    first, second = Event.objects.filter(shard="2").order_by("position")[:2]
    said = queries.opened([first.id], fields=["former"])[first.id]
    assert (first.type, second.case) == ("log.opened", other)
    assert checkpoint.open(said, signer.verify_keys(SHARD)).checkpoint == former.checkpoint
    # The old shard is served and verified as before, and what began there goes on there.
    assert verify.verify(receipt(house, notice), keys=keys()).origin == "localhost/log/1"
    assert signer.shards()[:2] == ["2", "1"]


def test_the_first_shard_of_an_instance_names_none(house: House) -> None:
    del house
    assert not Event.objects.filter(type="log.opened").exists()


def test_a_deed_of_the_shard_stands_in_it_though_its_case_is_new(house: House) -> None:
    del house

    def run(moment: Moment) -> str:
        told = operations.Happening(
            EventType.LOG_KEY_ADDED, HOUSE, HOUSE, moment.id("evt"), HOUSE, committed={"key": b"placeholder"}
        )
        return operations.append_to("example", [told], moment)[0].id

    signer.make_key("example")
    assert Event.objects.get(pk=door.commit(run)).shard == "example"
