"""Evidence of notices: held for its case, readable by its parties, gone when nothing needs it."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError
from tests.houses import body

from mufakat.rules.errors import ErasedError, NotAdmissibleError, NotFoundError
from mufakat.rules.fault import FaultCode
from mufakat.server.journal import door, vault
from mufakat.server.journal.answers import Key
from mufakat.server.journal.errors import UnsureError
from mufakat.server.journal.vault import DamagedFileError
from mufakat.server.notices import batches, evidence, exhibits, operations, queries
from mufakat.server.notices.models import CaseKey, Exhibit, Notice, Upload

if TYPE_CHECKING:
    from pathlib import Path

    from tests.houses import House

    from mufakat.server.notices.evidence import Kept

OFFICER = ("kominfo", "officer")
PICTURE = b"\x89PNG\r\n\x1a\n made-up bytes"


def upload(house: House, content: bytes = PICTURE, *, by: tuple[str, str] = OFFICER) -> Kept:
    kept: Kept = door.writer().commit(evidence.record(vault.keep(content), by=house.caller(*by)))
    return kept


def ref(content: bytes = PICTURE, *, inline: bool = False, name: str = "capture.png") -> dict[str, Any]:
    return {
        "name": name,
        "media_type": "image/png",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode() if inline else None,
    }


def naming(*refs: dict[str, Any], **changes: Any) -> bytes:
    return body(evidence=list(refs), **changes)


def read(house: House, notice: str, position: int = 0, *, by: tuple[str, str] = OFFICER) -> bytes:
    return b"".join(exhibits.open_for(house.caller(*by), notice, position).parts)


def listed(notice: str) -> list[tuple[str, str | None, int | None]]:
    return [(one.state, one.name, one.size) for one in exhibits.of(Notice.objects.get(pk=notice))]


def stored(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "evidence").rglob("*") if path.is_file())


def erase(*notices: str) -> set[str]:
    return door.commit(lambda moment: evidence.destroy_keys(notices, moment))


def later(hours: float) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


def batch(house: House, *items: bytes, key: str = "b1") -> Any:
    import msgspec

    from mufakat.server.api import problems

    caller = house.caller(*OFFICER)
    named = Key.of(caller.party_id, batches.ROUTE, key, b",".join(items))
    answer = batches.submit_batch(items, by=caller, at=datetime.now(UTC), key=named, told=problems.item)
    return msgspec.json.decode(answer.body)["items"]


# -- Naming


@pytest.mark.parametrize("inline", [True, False])
def test_both_parties_read_the_file_that_a_notice_names(house: House, inline: bool) -> None:  # noqa: FBT001
    upload(house)
    notice = house.submit(naming(ref(inline=inline))).subject
    assert read(house, notice) == PICTURE
    assert read(house, notice, by=("telegram", "reviewer")) == PICTURE
    assert listed(notice) == [("held", "capture.png", len(PICTURE))]


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize("stranger", [("bnpt", "officer"), ("isp-a", "engineer")])
def test_nobody_else_reads_it(house: House, stranger: tuple[str, str]) -> None:
    notice = house.submit(naming(ref(inline=True))).subject
    with pytest.raises(NotFoundError, match="There is no such notice here"):
        read(house, notice, by=stranger)


def test_a_file_that_was_not_uploaded_is_refused_with_its_place(house: House) -> None:
    with pytest.raises(NotAdmissibleError) as refused:
        house.submit(naming(ref(inline=True), ref(b"another")))
    assert [(one.pointer, one.code) for one in refused.value.faults] == [("/evidence/1/sha256", FaultCode.NOT_UPLOADED)]


@pytest.mark.invariant("I-10")
def test_what_another_party_uploaded_is_not_here(house: House) -> None:
    with pytest.raises(NotAdmissibleError) as without:
        house.submit(naming(ref()))
    upload(house, by=("bnpt", "officer"))
    with pytest.raises(NotAdmissibleError) as beside:
        house.submit(naming(ref()))
    assert without.value.faults == beside.value.faults


@pytest.mark.invariant("I-10")
def test_two_parties_hold_two_files_of_the_same_content(house: House) -> None:
    first, second = upload(house), upload(house, by=("bnpt", "officer"))
    assert (first.sha256, len(stored(house.data))) == (second.sha256, 2)


def test_an_upload_is_named_until_its_time_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "KEPT", timedelta(seconds=-1))
    upload(house)
    monkeypatch.undo()
    with pytest.raises(NotAdmissibleError):
        house.submit(naming(ref()))


def test_an_upload_collected_after_the_notice_was_judged_is_a_refusal_not_a_fault_of_ours(house: House) -> None:
    upload(house)
    prepared = operations.prepare(naming(ref()), by=house.caller(*OFFICER), at=datetime.now(UTC), key="k1")
    evidence.sweep(at=later(25))
    with pytest.raises(NotAdmissibleError) as refused:
        house.writer.commit(prepared)
    assert refused.value.faults[0].code is FaultCode.NOT_UPLOADED
    assert (Notice.objects.count(), CaseKey.objects.count()) == (0, 0)


def test_neighbours_in_the_same_commit_do_not_suffer_from_it(house: House) -> None:
    import asyncio

    upload(house)
    caller, at = house.caller(*OFFICER), datetime.now(UTC)
    prepared = [
        operations.prepare(raw, by=caller, at=at, key=f"k{place}")
        for place, raw in enumerate([body(), naming(ref()), naming(ref(inline=True))])
    ]
    evidence.sweep(at=later(25))

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(house.writer.enter(each) for each in prepared), return_exceptions=True)

    found = asyncio.run(all_at_once())
    assert [isinstance(one, NotAdmissibleError) for one in found] == [False, True, False]
    assert Notice.objects.count() == 2


def test_the_database_itself_keeps_a_named_upload(house: House) -> None:
    upload(house)
    house.submit(naming(ref()))

    def without_its_file(moment: Any) -> None:
        moment.raw.execute("DELETE FROM notices_upload")

    with pytest.raises(UnsureError):  # The constraint is looked at with the commit.
        door.commit(without_its_file)
    assert Upload.objects.count() == 1


def test_items_of_a_batch_name_files_too_and_fail_alone(house: House) -> None:
    upload(house)
    found = batch(
        house,
        naming(ref(), explanation="one"),
        naming(ref(b"nowhere"), explanation="two"),
        naming(ref(b"inside", inline=True), explanation="three"),
    )
    assert [one["status"] for one in found] == [201, 422, 201]
    assert found[1]["problem"]["errors"][0]["pointer"] == "/evidence/0/sha256"
    assert (read(house, found[0]["id"]), read(house, found[2]["id"])) == (PICTURE, b"inside")


def test_an_item_of_a_batch_whose_file_was_collected_meanwhile_fails_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(house)
    commit = house.writer.commit

    def collected_first(operation: Any) -> Any:
        monkeypatch.setattr(house.writer, "commit", commit)
        evidence.sweep(at=later(25))
        return commit(operation)

    monkeypatch.setattr(house.writer, "commit", collected_first)
    found = batch(house, naming(ref(), explanation="one"), body(explanation="two"))
    assert [one["status"] for one in found] == [422, 201]


def test_a_repetition_stores_nothing_new(house: House) -> None:
    raw = naming(ref(inline=True))
    first = house.submit(raw)
    before = stored(house.data)
    assert (house.submit(raw).body, stored(house.data)) == (first.body, before)


def test_a_notice_without_evidence_costs_no_row_no_query_and_no_file_more(house: House) -> None:
    house.submit(body())
    assert (Exhibit.objects.count(), CaseKey.objects.count(), Upload.objects.count()) == (0, 0, 0)
    assert not (house.data / "evidence").exists()
    assert not evidence.touches_disk(body())


@pytest.mark.parametrize("name", [b'"evidence"', b'"\\u0065vidence"', b'"evi\\u0064ence"', b'"e\\u0076idence"'])
def test_however_the_member_is_spelt_the_event_loop_does_not_wait_for_it(name: bytes) -> None:
    assert evidence.touches_disk(b"{" + name + b": []}")


# -- Uploading


def test_the_same_file_again_waits_its_full_time_anew_in_one_row(house: House) -> None:
    first, second = upload(house), upload(house)
    assert second.expires_at >= first.expires_at
    assert (Upload.objects.count(), len(stored(house.data))) == (1, 1)
    assert read(house, house.submit(naming(ref())).subject) == PICTURE


def test_the_same_file_again_mends_one_that_was_damaged(house: House) -> None:
    upload(house)
    vault.place(stored(house.data)[0]).write_bytes(b"damaged")
    upload(house)
    assert read(house, house.submit(naming(ref())).subject) == PICTURE


def test_a_file_that_a_notice_names_is_not_touched_by_the_next_upload(house: House) -> None:
    upload(house)
    notice = house.submit(naming(ref())).subject
    upload(house)
    erase(notice)
    assert len(stored(house.data)) == 1
    second = house.submit(naming(ref()), key="k2").subject
    assert read(house, second) == PICTURE


# -- Children


@pytest.mark.invariant("I-15")
def test_for_child_sexual_abuse_a_digest_is_noted_and_no_file_is_held(house: House) -> None:
    upload(house)
    notice = house.submit(naming(ref(), category="child_sexual_abuse")).subject
    assert listed(notice) == [("digest_only", "capture.png", None)]
    with pytest.raises(NotFoundError, match="only its digest was taken"):
        read(house, notice)
    assert CaseKey.objects.count() == 0


@pytest.mark.invariant("I-15")
def test_for_child_sexual_abuse_an_upload_that_only_such_a_notice_names_is_collected(house: House) -> None:
    upload(house)
    house.submit(naming(ref(), category="child_sexual_abuse"))
    evidence.sweep(at=later(25))
    assert (Upload.objects.count(), stored(house.data)) == (0, [])


@pytest.mark.invariant("I-15")
def test_for_child_sexual_abuse_no_byte_is_written(house: House) -> None:
    with pytest.raises(NotAdmissibleError) as refused:
        house.submit(naming(ref(inline=True), category="child_sexual_abuse"))
    assert refused.value.faults[0].code is FaultCode.EVIDENCE_REFUSED
    assert not (house.data / "evidence").exists()


# -- Letting go


def test_what_no_notice_names_is_removed_after_a_day(house: House) -> None:
    upload(house)
    assert evidence.sweep(at=later(23)) == evidence.Swept(0, 0, 0)
    assert evidence.sweep(at=later(25)) == evidence.Swept(1, 0, 0)
    assert (Upload.objects.count(), stored(house.data)) == (0, [])


def test_after_a_day_only_the_case_opens_a_named_file(house: House) -> None:
    upload(house)
    notice = house.submit(naming(ref())).subject
    assert evidence.sweep(at=later(25)) == evidence.Swept(0, 1, 0)
    assert Upload.objects.get().key is None
    assert read(house, notice) == PICTURE
    with pytest.raises(NotAdmissibleError):
        house.submit(naming(ref()), key="k2")


@pytest.mark.invariant("I-02")
def test_a_notice_that_names_a_file_is_repeated_as_it_was_after_the_files_time_has_ended(house: House) -> None:
    upload(house)
    first = house.submit(naming(ref()))
    evidence.sweep(at=later(25))
    again = house.submit(naming(ref()))
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(NotAdmissibleError):
        house.submit(naming(ref(), explanation="Other content."))


@pytest.mark.invariant("I-02")
def test_an_item_of_a_batch_is_known_after_the_time_of_its_file_has_ended(house: House) -> None:
    upload(house)
    raw = naming(ref())
    (first,) = batch(house, raw)
    evidence.sweep(at=later(25))
    (again,) = batch(house, raw, key="b2")
    assert again["status"] == 409
    assert first["id"] in again["problem"]["detail"]


def test_a_sweep_goes_on_until_nothing_is_due(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "PORTION", 2)
    for number in range(5):
        upload(house, b"%d" % number)
    assert evidence.sweep(at=later(25)).uploads == 5
    assert stored(house.data) == []


@pytest.mark.invariant("I-09")
def test_a_destroyed_key_makes_the_file_unreadable_for_ever(house: House) -> None:
    upload(house)
    notice = house.submit(naming(ref(), ref(b"inside", inline=True))).subject
    assert erase(notice, "ntc_unknown") == {notice}
    with pytest.raises(ErasedError):
        read(house, notice)
    assert listed(notice) == [("erased", None, None), ("erased", None, None)]
    assert (stored(house.data), CaseKey.objects.get().key) == ([], None)
    assert erase(notice) == set()  # Again changes nothing.
    assert queries.receipt(Notice.objects.get(pk=notice)).startswith("mufakat/custody/v1")


def test_a_file_that_another_notice_still_needs_stays(house: House) -> None:
    upload(house)
    first = house.submit(naming(ref())).subject
    second = house.submit(naming(ref()), key="k2").subject
    evidence.sweep(at=later(25))
    erase(first)
    assert read(house, second) == PICTURE
    erase(second)
    assert stored(house.data) == []


def test_an_erasure_that_is_rolled_back_destroys_nothing(house: House) -> None:
    notice = house.submit(naming(ref(inline=True))).subject

    def broken(moment: Any) -> None:
        evidence.destroy_keys([notice], moment)
        raise RuntimeError("made up")

    with pytest.raises(RuntimeError, match="made up"):
        door.commit(broken)
    assert read(house, notice) == PICTURE


@pytest.mark.parametrize("field", ["key", "erased_at"])
def test_a_case_key_is_whole_or_erased(house: House, field: str) -> None:
    house.submit(naming(ref(inline=True)))
    changed = {"key": None} if field == "key" else {"erased_at": datetime.now(UTC)}
    with pytest.raises(IntegrityError):
        door.commit(lambda _: CaseKey.objects.update(**changed))


def test_files_that_no_row_knows_and_drafts_of_the_dead_are_swept(house: House) -> None:
    upload(house)
    lost = vault.keep(b"its row was never written")
    draft = vault.Draft()
    draft.write(b"its process died")
    assert evidence.sweep(at=later(0.5)).files == 0
    assert evidence.sweep(at=later(2)).files == 1
    assert lost.name in stored(house.data)
    upload(house, b"younger")
    old = time.time() - 25 * 3600
    os.utime(vault.place(lost.name), (old, old))
    assert evidence.sweep(at=later(0)).files == 1
    assert len(stored(house.data)) == 2


def test_a_file_that_does_not_open_is_said_to_be_damaged(house: House) -> None:
    notice = house.submit(naming(ref(inline=True))).subject
    path = vault.place(stored(house.data)[0])
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(DamagedFileError):
        read(house, notice)


# -- Names


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("capture.png", "capture.png"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\x.png", "C__temp_x.png"),
        ("gnp\u202eexe.png", "gnp_exe.png"),
        ("tab\tnew\r\nline.png", "tab_new__line.png"),
        ('quote".png; filename="x.html', "quote_.png_ filename=_x.html"),
        (".hidden", "hidden"),
        ("  . ", "evidence"),
        ("\u200b", "_"),
        ("a" * 300 + ".png", "a" * 116 + ".png"),
        ("a" * 300, "a" * 120),
        ("bukti é.png", "bukti é.png"),
    ],
)
def test_a_file_is_saved_under_a_name_that_harms_nobody(name: str, wanted: str) -> None:
    assert exhibits.file_name(name) == wanted


def test_the_name_goes_out_in_ascii_and_whole() -> None:
    assert exhibits.disposition("bukti é.png") == (
        "attachment; filename=\"bukti _.png\"; filename*=UTF-8''bukti%20%C3%A9.png"
    )
