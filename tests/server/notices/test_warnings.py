"""The letters of a ladder: each a document with its number, its ground and its receipt, in order and in time."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from tests.server.agreements import talking
from tests.server.notices.test_notices_operations import at_once
from tests.server.notices.ticking import START, Ticking, carried, events, leaf, said

from mufakat.rules import retention
from mufakat.rules.errors import NotFoundError, NotNowError, NotPermittedError, RefusedError
from mufakat.rules.warning import BadWarningError, read
from mufakat.server.agreements import standing
from mufakat.server.decisions import operations as decisions
from mufakat.server.journal import door
from mufakat.server.journal.answers import Key
from mufakat.server.notices import erasure, operations, pauses, tasks, warning_faces, warnings
from mufakat.server.notices.models import Clock, Notice, SentWarning, Task

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.server.journal.answers import Answer


@pytest.fixture
def ticking(house: House, monkeypatch: pytest.MonkeyPatch) -> Ticking:
    """A house whose notices run by the statute of 2020."""
    monkeypatch.setattr(standing, "PROFILE", "id-mr5-2020")
    return Ticking(house)


def ordered(ticking: Ticking, **changes: Any) -> str:
    return str(ticking.submit(**{"kind": "order", "category": "gambling", "urgency": "normal", **changes}).subject)


def send(ticking: Ticking, notice: str, step: str, *, seat: str = "officer", **changes: Any) -> Answer:
    raw = json.dumps({"step": step, "text": f"A made-up letter for {step}.", **changes}).encode()
    return warnings.send(notice, read(raw), by=ticking.house.caller("kominfo", seat))


def late(ticking: Ticking) -> str:
    """An order that nobody decided in time."""
    notice = ordered(ticking)
    operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    ticking.live(minutes=25 * 60, every=60)
    return notice


def test_a_letter_has_its_number_its_ground_and_its_receipt_and_both_sides_are_told(ticking: Ticking) -> None:
    notice = late(ticking)
    out = json.loads(send(ticking, notice, "letter_1").body)
    (event,) = events(notice, "warning.sent")
    assert out["letter"] == {"code": "TEGURAN-1", "number": 1, "most": 3, "carries": "administrative_fine"}
    assert (out["from"], out["to"], out["proposes"], out["language"]) == ("kominfo", "telegram", "warning_letter", "id")
    assert out["legal_ground"]["instrument"] == "UU 11/2008"
    assert out["rule"] == {
        "profile": "id-mr5-2020",
        "certainty": "primary-read",
        "sources": ["mr5"],
        "article": "Pasal 15(11), 16(12)",
    }
    assert out["leaf"] == base64.b64encode(bytes(event.leaf_hash)).decode()
    assert f"\n{out['leaf']}\n" in out["receipt"]
    assert carried(event) == {"party:kominfo", "party:telegram"}
    assert set(said(event)) == {"step", "text", "legal_ground"}


def test_a_leaf_holds_nothing_of_what_was_typed(ticking: Ticking) -> None:
    notice = late(ticking)
    ground = {"system": "id", "instrument": "Undang-undang contoh", "provision": "Pasal contoh"}
    send(ticking, notice, "letter_1", legal_ground=ground)
    (event,) = events(notice, "warning.sent")
    text = bytes(event.leaf).decode()
    assert "contoh" not in text
    assert "made-up" not in text
    assert (leaf(event)["law"], set(leaf(event)["c"])) == ("id", {"step", "text", "legal_ground"})


def test_the_letter_does_its_task_and_starts_the_clocks_of_the_profile(ticking: Ticking) -> None:
    notice = late(ticking)
    officer = ticking.house.caller("kominfo", "officer")
    (task,) = tasks.open_for(officer, at=ticking.at).items
    assert (task.name, task.proposes) == ("letter_1", "warning_letter")
    send(ticking, notice, "letter_1")
    assert tasks.open_for(officer, at=ticking.at).items == []
    names = set(Clock.objects.filter(notice=notice, started_at=ticking.at).values_list("name", flat=True))
    assert names == {"warning_normal#1", "warning_normal#2", "warning_normal#3"}
    with pytest.raises(tasks.SentForGoodError):
        tasks.reopen(task.id, by=officer)


def test_a_letter_that_is_not_sent_is_no_breach_of_its_sender(ticking: Ticking) -> None:
    """From a turn of the letters' clock on the next may be sent; nobody must."""
    notice = late(ticking)
    send(ticking, notice, "letter_1")
    ticking.live(minutes=6 * 24 * 60, every=12 * 60)
    assert [said(event)["clock"] for event in events(notice, "clock.breached")] == ["takedown_normal"]


def test_from_the_order_to_the_announcement_of_a_block_step_by_step(ticking: Ticking) -> None:
    notice = late(ticking)
    for number in (1, 2, 3):
        send(ticking, notice, f"letter_{number}")
        with pytest.raises(NotNowError, match="sent already"):
            send(ticking, notice, f"letter_{number}")
        ticking.wait(hours=23, minutes=59)
        with pytest.raises(NotNowError):
            send(ticking, notice, f"letter_{number + 1}" if number < 3 else "block", reasons_weighed="Weighed.")
        ticking.wait(minutes=1)
    with pytest.raises(BadWarningError):
        send(ticking, notice, "block")
    out = json.loads(send(ticking, notice, "block", reasons_weighed="They said it is lawful; it is not.").body)
    assert ("letter" in out, out["reasons_weighed"]) == (False, "They said it is lawful; it is not.")
    rows = SentWarning.objects.order_by("id")
    assert [(row.step, row.number, row.weighed) for row in rows] == [
        ("letter_1", 1, False),
        ("letter_2", 2, False),
        ("letter_3", 3, False),
        ("block", None, True),
    ]
    assert warnings.offers(Notice.objects.get(pk=notice), at=ticking.at) == []


@pytest.mark.parametrize("step", ["letter_2", "letter_3", "block"])
def test_no_step_is_skipped_even_when_all_are_asked_for(ticking: Ticking, step: str) -> None:
    notice = late(ticking)
    ticking.live(minutes=10 * 24 * 60, every=12 * 60)
    assert Task.objects.filter(notice=notice, name=step, done_at=None).exists()
    with pytest.raises(NotNowError, match="comes before"):
        send(ticking, notice, step, reasons_weighed="Weighed.")
    assert not SentWarning.objects.exists()


def test_a_step_whose_time_has_not_come_cannot_be_sent(ticking: Ticking) -> None:
    notice = ordered(ticking)
    with pytest.raises(NotNowError, match="has not come"):
        send(ticking, notice, "letter_1")


@pytest.mark.parametrize("step", ["letter_4", "reminder", "notice_of_intended_block"])
def test_a_step_that_the_profile_does_not_know_is_impossible(ticking: Ticking, step: str) -> None:
    with pytest.raises(BadWarningError):
        send(ticking, late(ticking), step)


@pytest.mark.invariant("I-05")
def test_an_answer_in_time_or_late_ends_every_letter_whatever_it_is(ticking: Ticking) -> None:
    notice = late(ticking)
    send(ticking, notice, "letter_1")
    ticking.wait(hours=24)
    raw = {
        "outcome": "refuse",
        "refusal": "not_illegal",
        "ground": {"legal_ground": {"system": "id", "instrument": "UU 11/2008", "provision": "Pasal 1"}},
        "facts": "What is there is a made-up placeholder.",
        "reasons": "Nothing there breaks the law that is named, for a made-up reason.",
        "language": "en",
        "automated": {"detection": False, "decision": "none"},
    }
    decisions.decide(notice, json.dumps(raw).encode(), by=ticking.house.caller("telegram", "reviewer"))
    with pytest.raises(tasks.TaskOverError):
        send(ticking, notice, "letter_2")


def test_while_its_clock_rests_nothing_is_sent(ticking: Ticking) -> None:
    notice = ordered(ticking)
    operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    ticking.wait(hours=1)
    pauses.pause(notice, "takedown_normal", by=ticking.house.caller("kominfo", "officer"), reason="A made-up one.")
    with pytest.raises(NotNowError, match="rests"):
        send(ticking, notice, "letter_1")


def test_what_people_said_is_done_without_a_letter_is_opened_before_one_is_sent(ticking: Ticking) -> None:
    notice = late(ticking)
    officer = ticking.house.caller("kominfo", "officer")
    (task,) = tasks.open_for(officer, at=ticking.at).items
    tasks.done(task.id, by=officer, note="We talk.")
    with pytest.raises(NotNowError, match="open its task again"):
        send(ticking, notice, "letter_1")
    tasks.reopen(task.id, by=officer)
    assert send(ticking, notice, "letter_1").status == 201


def test_an_approver_sends_letters_too(ticking: Ticking) -> None:
    assert send(ticking, late(ticking), "letter_1", seat="approver").status == 201


@pytest.mark.parametrize(
    ("party", "seat", "refusal"),
    [
        ("telegram", "representative", NotPermittedError),
        ("telegram", "reviewer", NotPermittedError),
        ("bnpt", "officer", NotFoundError),
        ("auditor", "auditor", NotPermittedError),
    ],
)
@pytest.mark.invariant("I-10")
def test_nobody_else_sends_them(ticking: Ticking, party: str, seat: str, refusal: type[RefusedError]) -> None:
    notice = late(ticking)
    body = read(b'{"step": "letter_1", "text": "A made-up one."}')
    with pytest.raises(refusal):
        warnings.send(notice, body, by=ticking.house.caller(party, seat))


@pytest.mark.invariant("I-10")
def test_both_sides_read_them_and_a_stranger_does_not(ticking: Ticking) -> None:
    notice = late(ticking)
    pk = json.loads(send(ticking, notice, "letter_1").body)["id"]
    for party, seat in (("kominfo", "officer"), ("telegram", "representative")):
        viewer = ticking.house.caller(party, seat)
        assert [one.id for one in warning_faces.list_for(viewer, notice).items] == [pk]
        assert warning_faces.get_for(viewer, pk)[0].pk == pk
    stranger = ticking.house.caller("bnpt", "officer")
    for read_ in (lambda: warning_faces.list_for(stranger, notice), lambda: warning_faces.get_for(stranger, pk)):
        with pytest.raises(NotFoundError):
            read_()


@pytest.mark.invariant("I-02")
def test_the_same_key_gives_the_same_receipt(ticking: Ticking) -> None:
    notice, officer = late(ticking), ticking.house.caller("kominfo", "officer")
    raw = b'{"step": "letter_1", "text": "A made-up one."}'
    key = Key.of(officer.party_id, "POST a route", "k9", raw)
    first = warnings.send(notice, read(raw), by=officer, key=key)
    again = warnings.send(notice, read(raw), by=officer, key=key)
    assert (first.body, again.replayed) == (again.body, True)
    assert SentWarning.objects.count() == 1


def test_of_two_who_send_the_same_letter_one_does(ticking: Ticking) -> None:
    notice = late(ticking)
    outcomes = at_once(*[lambda: send(ticking, notice, "letter_1").status] * 4)
    assert sorted(map(str, outcomes)).count("201") == 1
    assert (SentWarning.objects.count(), len(events(notice, "warning.sent"))) == (1, 1)


@pytest.mark.invariant("I-09")
def test_its_words_go_with_the_notice_and_the_receipt_stays(ticking: Ticking) -> None:
    notice = late(ticking)
    out = json.loads(send(ticking, notice, "letter_1", reasons_weighed="Weighed, made up.").body)
    assert retention.OPENED_BY["weighed"] is retention.OPENED_BY["text"]
    erasure.erase(notice, reason="A made-up order.")
    viewer = ticking.house.caller("telegram", "reviewer")
    (found,) = warning_faces.list_for(viewer, notice).items
    assert (found.text, found.legal_ground, found.reasons_weighed) == (None, None, None)
    assert (found.receipt, found.leaf) == (out["receipt"], out["leaf"])
    ticking.wait(hours=24)
    with pytest.raises(BadWarningError):  # The law that it stood on was erased: the next one names its own.
        send(ticking, notice, "letter_2")


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 4},
        {"number": 0},
        {"number": None},
        {"weighs": True},
        {"step": "letter_1", "number": 2},
        {"step": "letter_2", "number": 1},
    ],
)
def test_the_database_refuses_what_the_profile_does_not_know(ticking: Ticking, changes: dict[str, Any]) -> None:
    notice = late(ticking)
    ticking.wait(hours=48)
    send(ticking, notice, "letter_1")
    row = SentWarning.objects.get()
    other = Task.objects.filter(notice=notice, name="letter_2").get()

    def write(_moment: Any) -> None:
        with transaction.atomic():
            made = {"pk": "wrn_2", "task": other, "step": "letter_2", "number": 2, "event": "evt_2", **changes}
            for name, value in made.items():
                setattr(row, name, value)
            row.save(force_insert=True)

    with pytest.raises(IntegrityError):
        door.commit(write)
    assert SentWarning.objects.count() == 1


def test_the_page_of_offers_says_what_comes_next_and_from_when(ticking: Ticking) -> None:
    notice = ordered(ticking)
    row = Notice.objects.get(pk=notice)
    (offer,) = warnings.offers(row, at=ticking.at)
    assert (offer.step.name, offer.came, offer.open_now, offer.most) == ("letter_1", False, False, 3)
    ticking.live(minutes=25 * 60, every=60)
    (offer,) = warnings.offers(row, at=ticking.at)
    assert (offer.step.name, offer.open_now) == ("letter_1", True)
    send(ticking, notice, "letter_1")
    sent_at = ticking.at
    ticking.wait(hours=23)
    (offer,) = warnings.offers(row, at=ticking.at)
    assert (offer.step.name, offer.open_now) == ("letter_2", False)
    assert offer.opens_at is not None
    assert (offer.opens_at - sent_at).total_seconds() == 24 * 3600


def test_who_asks_without_authority_has_no_letters(ticking: Ticking) -> None:
    notice = str(ticking.submit(kind="user_report", category="gambling", urgency="normal").subject)
    assert warnings.climbs(Notice.objects.get(pk=notice)) == []
    with pytest.raises(BadWarningError):
        send(ticking, notice, "letter_1")


CAPTURE = b"made-up bytes"
EVIDENCE = [
    {
        "name": "capture.png",
        "media_type": "image/png",
        "sha256": hashlib.sha256(CAPTURE).hexdigest(),
        "content": base64.b64encode(CAPTURE).decode(),
    }
]
NUMBER = [{"scheme": "kominfo", "id": "A-1"}]
SWITCHED = {
    "id-mr5-2020": ["TEGURAN-1", "TEGURAN-2", "TEGURAN-3"],
    "id-saman": ["ST1", "ST2", "ST3"],
    "id-2017": [],
    "eu-tco": [],
}


@pytest.mark.parametrize("name", SWITCHED)
def test_which_letters_there_are_is_what_the_agreed_profile_says(house: House, name: str) -> None:
    """No line of code changes: the two sides agree on another profile, and other letters can be sent."""
    ticking = Ticking(house)
    talking.in_force(talking.body(points=[{"name": "terms", **talking.frame(name)}]))
    notice = ordered(ticking, category="terrorism", evidence=EVIDENCE, external_refs=NUMBER)
    assert Notice.objects.get(pk=notice).profile.startswith(f"{name}@")
    operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    ticking.live(minutes=5 * 60, every=60)
    while ticking.at < START + timedelta(days=3):
        offers = warnings.offers(Notice.objects.get(pk=notice), at=ticking.at)
        for offer in offers:
            if offer.open_now and offer.step.letter is not None:
                send(ticking, notice, offer.step.name)
        ticking.wait(hours=1)
    found = list(SentWarning.objects.filter(number__isnull=False).order_by("id").values_list("code", flat=True))
    assert found == SWITCHED[name]
