"""Beside its leaf everybody reads of an event what the public has whole, and nothing else; what is erased is named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from tests.server.appeals.contesting import Contest
from tests.server.decisions.deciding import decide, taken
from tests.server.register.playing import Play
from tests.server.register.test_non_disclosure import ordered

from mufakat.formats import disclosure as documents
from mufakat.proof import checkpoint, leaf as leaves, merkle
from mufakat.proof.reader import TileReader
from mufakat.rules.mandate import Quota
from mufakat.rules.retention import Erasable
from mufakat.server.journal import sequencer, signer, tiles
from mufakat.server.journal.models import Event, Opening
from mufakat.server.notices import erasure
from mufakat.server.register import disclosing

if TYPE_CHECKING:
    from tests.houses import House

    from mufakat.formats.disclosure import Disclosure

SHARD = "1"


def logged() -> None:
    while sequencer.part(at=datetime.now(UTC)).more:
        pass


def event_of(case: str, type_: str) -> Event:
    return Event.objects.filter(case=case, type=type_).order_by("position")[0]


def asked(event: Event | str, **headers: str) -> Any:
    id_ = event if isinstance(event, str) else event.id
    return Client().get(f"/log/{SHARD}/disclosure/{id_}.json", headers=headers)


def read(event: Event, *, at: datetime | None = None) -> Disclosure:
    if at is not None:
        found = disclosing.of(SHARD, event.id, at=at)
        assert found is not None
        return found
    answer = asked(event)
    assert answer.status_code == 200
    return documents.read(answer.content)


def faults(event: Event, found: Disclosure) -> list[str]:
    """By the leaf alone, as whoever watches looks at it."""
    raw = bytes(event.leaf)
    return documents.faults(
        found,
        leaf=leaves.decode(raw),
        leaf_hash=leaves.leaf_hash(raw),
        index=event.position,
        origin=signer.origin(SHARD),
    )


def value(found: Disclosure, name: str) -> Any:
    raw = documents.value_of(found.fields[name])
    assert raw is not None
    return raw.decode()


@pytest.mark.invariant("I-10")
def test_of_a_notice_its_codes_and_its_ground_are_told_and_neither_words_nor_where_it_points(house: House) -> None:
    notice = house.submit().subject
    logged()
    event = event_of(notice, "notice.received")
    found = read(event)
    assert (faults(event, found), sorted(found.fields), found.erased) == ([], ["legal_ground", "subject"], {})
    assert found.withheld == ("explanation", "locators", "payload")
    assert json.loads(value(found, "subject"))["category"] == "terrorism"
    assert json.loads(value(found, "legal_ground"))["legal_ground"]["instrument"] == "UU 11/2008"


@pytest.mark.invariant("I-15")
def test_where_nothing_may_lead_to_the_content_no_words_are_told(house: House) -> None:
    notice = taken(house, category="child_sexual_abuse")
    decide(house, notice)
    logged()
    assert "legal_ground" in read(event_of(notice, "notice.received")).withheld
    assert {"reasons", "facts", "ground", "items"} <= set(read(event_of(notice, "decision.made")).withheld)


def test_of_a_decision_its_reasons_are_told_where_nothing_has_to_be_cut_from_them(house: House) -> None:
    plain, pointing = taken(house), taken(house, key="k2")
    decide(house, plain)
    decide(house, pointing, reasons="It stood at https://content.example/a/path and nowhere else.")
    logged()
    found = read(event_of(plain, "decision.made"))
    assert sorted(found.fields) == ["automated", "ground", "language", "outcome", "reasons", "refusal"]
    assert found.withheld == ("facts", "items")
    assert value(found, "reasons") == "A made-up placeholder of reasons."
    assert "reasons" in read(event_of(pointing, "decision.made")).withheld


def test_while_a_law_forbids_to_speak_of_it_only_what_is_always_shown_is_told(house: House) -> None:
    contest = Contest(house)
    notice = ordered(contest, days=30)
    contest.decided(notice=notice)
    logged()
    assert read(event_of(notice, "notice.received"), at=contest.at).fields == {}
    made = read(event_of(notice, "decision.made"), at=contest.at)
    assert sorted(made.fields) == ["automated", "language", "outcome", "refusal"]
    # The law of the silence itself is never shown; the rest is, once it is over.
    contest.wait(days=30)
    after = read(event_of(notice, "notice.received"), at=contest.at)
    assert (sorted(after.fields), "legal_ground" in after.withheld) == (["subject"], True)


@pytest.mark.invariant("I-09")
def test_what_is_erased_is_named_with_its_erasure_and_every_proof_stays(house: House) -> None:
    notice = taken(house)
    decide(house, notice)
    logged()
    event = event_of(notice, "decision.made")
    before = read(event)
    erasure.erase(notice, classes={Erasable.REASONS}, reason="An order.")
    logged()
    erasing = event_of(notice, "notice.erased")
    found = read(event)
    assert (faults(event, found), found.leaf) == ([], before.leaf)
    assert found.erased == dict.fromkeys(("facts", "ground", "reasons"), erasing.id)
    assert {name: one for name, one in before.fields.items() if name not in found.erased} == found.fields
    # Of the erasure everybody reads what was erased, and not what was said of it.
    said = read(erasing)
    assert "reasons" in json.loads(value(said, "classes"))
    assert said.withheld == ("reason",)
    # The leaf that was there before is proved as it was.
    head = checkpoint.open(Client().get(f"/log/{SHARD}/checkpoint").content, [signer.signing_key(SHARD).verify_key])
    proof = TileReader(lambda one: tiles.content_of(SHARD, one)).inclusion(event.position, head.checkpoint.size)
    merkle.verify_inclusion(
        proof,
        index=event.position,
        size=head.checkpoint.size,
        leaf_hash=leaves.leaf_hash(bytes(event.leaf)),
        root=head.checkpoint.root,
    )


@pytest.mark.invariant("I-09")
def test_what_is_gone_without_an_erasure_is_named_with_none(house: House) -> None:
    notice = taken(house)
    decide(house, notice)
    logged()
    event = event_of(notice, "decision.made")
    from mufakat.server.journal import door

    def silently(moment: Any) -> None:
        Opening.objects.filter(event=event, field="reasons").update(salt=None, value=None, erased_at=moment.at)

    door.commit(silently)
    assert read(event).erased == {"reasons": ""}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.invariant("I-10", "I-09")
def test_whatever_happens_every_document_opens_its_leaf_and_what_was_told_is_told_until_it_is_erased(
    house: House, seed: int
) -> None:
    play, told = Play(house, seed), dict[str, set[str]]()
    for _ in range(2):
        play.run(40)
        logged()
        for event in Event.objects.filter(shard=SHARD):
            found = read(event)
            assert faults(event, found) == []
            assert told.get(event.id, set()) <= found.fields.keys() | found.erased.keys()
            assert all(found.erased.values())
            told[event.id] = set(found.fields)
    # What the two sides wrote is never told, nor where a notice points.
    text = "".join(value(read(event), name) for event in Event.objects.filter(pk__in=told) for name in told[event.id])
    assert "content.example" not in text
    assert told
    assert any(told.values())


def test_an_event_that_is_not_in_the_log_or_in_another_shard_is_not_found(house: House) -> None:
    notice = house.submit().subject
    event = event_of(notice, "notice.received")
    assert asked(event).status_code == 404
    logged()
    assert asked(event).status_code == 200
    for wrong in ("evt_none", notice, "evt_" + "0" * 26, event.id.upper()):
        assert asked(wrong).status_code == 404
    assert Client().get(f"/log/example/disclosure/{event.id}.json").status_code == 404
    assert Client().post(f"/log/{SHARD}/disclosure/{event.id}.json").status_code == 405


def test_an_answer_may_be_kept_for_a_minute_and_is_asked_for_by_its_tag(house: House) -> None:
    event = event_of(house.submit().subject, "notice.received")
    logged()
    answer = asked(event)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert asked(event, if_none_match=answer.headers["ETag"]).status_code == 304


def test_whoever_asks_too_often_is_told_when_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    event = event_of(house.submit().subject, "notice.received")
    logged()
    monkeypatch.setattr(settings, "MUFAKAT_DOORS", replace(settings.MUFAKAT_DOORS, reading=Quota(2, 1)))
    answers = [asked(event), asked("evt_none"), asked(event)]
    assert [answer.status_code for answer in answers] == [200, 404, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert answers[-1].headers["Access-Control-Allow-Origin"] == "*"
    # The log itself is open: its files are small, and anybody may mirror it.
    assert Client().get(f"/log/{SHARD}/checkpoint").status_code == 200
