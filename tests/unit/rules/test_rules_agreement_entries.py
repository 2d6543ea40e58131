"""The entry of an agreement: what the public sees of it, and what it never sees, by words planted there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from mufakat.rules.entries import Entry, Happened, Party, Projected, entries_of
from mufakat.rules.entry import mark
from mufakat.rules.events import COMMITTED, EventType
from mufakat.rules.publicity import A_USER, ENTRIES

BEGUN = datetime(2017, 8, 1, 1, tzinfo=UTC)
LATER = BEGUN + timedelta(days=400)
CASE = "agr_" + "0" * 26
PARTIES = {
    "kominfo": Party("kominfo", "regulator"),
    "telegram": Party("telegram", "platform"),
    "mufakat": Party("mufakat", "house"),
    "canary-member": Party("canary-member", "member"),
}
FRAME = {
    "profile": "id-2017@0123456789ab",
    "ends_at": "2019-08-01T08:00:00+07:00",
    "categories": ["terrorism"],
    "automatic": ["disable"],
    "reopening": {"all_of": ["representative"], "any_of": []},
}


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


@dataclass(slots=True)
class Talks:
    """A history as it grows; whatever nobody names holds a canary."""

    sides: tuple[str, ...] = ("kominfo", "telegram")
    history: list[Happened] = field(default_factory=list)

    def happens(self, type_: EventType, *, due: datetime | None = None, **openings: Any) -> Talks:
        number = len(self.history)
        said: dict[str, bytes | None] = {name: f"canary{name}".encode() for name in COMMITTED[type_]}
        said |= {name: value if value is None else encoded(value) for name, value in openings.items()}
        at = BEGUN + timedelta(minutes=number)
        self.history.append(
            Happened(
                id=f"evt_{number:026}",
                shard="1",
                position=number,
                type=type_,
                at=at,
                case=CASE,
                sender="kominfo",
                recipient="telegram",
                leaf_hash=bytes([number % 256]) * 32,
                due=due,
                openings=said,
            )
        )
        return self

    def opened(self) -> Talks:
        title = {"id": "Prosedur operasional", "en": "Operating procedure, call +62 21 5550 0101"}
        return self.happens(EventType.AGREEMENT_OPENED, title=title, parties=list(self.sides))

    def put(self, name: str, version: int = 1, *, words: str = "canaryproposal", counter: bool = False) -> Talks:
        type_ = EventType.POINT_COUNTERED if counter else EventType.POINT_PROPOSED
        text = {"id": f"{words} id", "en": f"{words} en, write to canary@office.example"}
        terms = {"owner": "telegram", "text": text, "due_at": "2017-09-01T00:00:00+07:00", "evidence": ["canaryfile"]}
        return self.happens(type_, point={"name": name, "version": version, "proposal": 1}, terms=terms)

    def moved(self, type_: EventType, name: str, version: int = 1) -> Talks:
        return self.happens(type_, point={"name": name, "version": version, "proposal": 1})

    def in_force(self, *points: tuple[str, int], number: int = 1, from_at: datetime | None = None) -> Talks:
        told = [{"name": name, "version": version, "sha256": "canary"} for name, version in points]
        said = {"number": number, "from_at": "", "frame": FRAME, "points": told}
        return self.happens(EventType.AGREEMENT_IN_FORCE, version=said, due=from_at)

    def shown(self, *, at: datetime = LATER) -> Projected:
        (found,) = entries_of(self.history, parties=PARTIES, at=at)
        return found

    def entry(self, *, at: datetime = LATER) -> Entry:
        return self.shown(at=at).entry


def agreed() -> Talks:
    """The frame and one point are in force; another point is talked about."""
    found = Talks().opened().put("terms", words="the frame").put("representative", words="there is a representative")
    found.put("self_censoring").moved(EventType.POINT_SIGNED, "terms").moved(EventType.POINT_AGREED, "terms")
    found.moved(EventType.POINT_AGREED, "representative")
    return found.in_force(("representative", 1), ("terms", 1))


def point(entry: Entry, name: str, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = [one for one in entry.fields["points"] if one["name"] == name][place]
    return found


def test_of_talks_the_public_sees_the_parties_and_how_each_point_stands() -> None:
    found = Talks().opened().put("representative").put("terms").put("terms", counter=True).entry()
    assert (found.state, found.title) == ("talks", ("agreement", "kominfo", "telegram"))
    assert found.fields["title"] == {"id": "Prosedur operasional", "en": "Operating procedure, call …"}
    assert [(one["name"], one["state"]) for one in found.fields["points"]] == [
        ("representative", "proposed"),
        ("terms", "countered"),
    ]
    assert set(point(found, "representative")) == {"name", "state", "version", "since"}


@pytest.mark.invariant("I-12")
def test_a_text_is_shown_once_it_is_in_force_in_both_languages_without_what_leads_to_a_person() -> None:
    found = point(agreed().entry(), "representative")
    assert found["text"] == {
        "id": "there is a representative id",
        "en": "there is a representative en, write to …",
    }
    assert (found["state"], found["owner"], found["due_at"]) == ("in_force", "telegram", "2017-08-31T17:00:00.000Z")


@pytest.mark.invariant("I-12")
def test_proposals_notes_evidence_and_figures_never_reach_the_entry() -> None:
    talks = agreed().put("representative", 2).happens(EventType.POINT_EVIDENCED, point={"name": "representative"})
    talks.happens(EventType.POINT_CONFIRMED).happens(EventType.AGREEMENT_ENDED)
    obligation = {"point": "representative", "kind": "representative_reachable", "state": "kept"}
    talks.happens(EventType.OBLIGATION_CHANGED, obligation={**obligation, "evidence": {"drill": "canary"}})
    found = talks.shown()
    kept = msgspec.json.encode((found.entry, found.words)).decode()
    assert "canary" not in kept
    assert {"evidence", "note", "notes", "proposals", "payload"} & set(ENTRIES["agreement"]) == set()


def test_a_newer_version_that_is_talked_about_stands_beside_the_one_in_force() -> None:
    found = agreed().put("representative", 2).entry()
    assert [(one["version"], one["state"]) for one in found.fields["points"] if one["name"] == "representative"] == [
        (1, "in_force"),
        (2, "proposed"),
    ]
    assert "text" not in point(found, "representative", 1)


def test_a_version_replaces_the_one_before_it_at_its_time() -> None:
    talks = agreed().put("representative", 2, words="newer").moved(EventType.POINT_AGREED, "representative", 2)
    midnight = BEGUN + timedelta(days=1)
    talks.in_force(("representative", 2), ("terms", 1), number=2, from_at=midnight)
    before, after = talks.shown(at=midnight - timedelta(milliseconds=1)), talks.shown(at=midnight)
    assert (before.entry.fields["version"], before.changes_at) == (1, midnight)
    assert (after.entry.fields["version"], after.changes_at) == (2, None)
    assert point(before.entry, "representative", 1)["state"] == "agreed"
    assert point(after.entry, "representative")["text"]["id"] == "newer id"
    assert [one.get("until") for one in after.entry.fields["versions"]] == ["2017-08-02T01:00:00.000Z", None]


def test_what_somebody_refused_or_took_back_says_so() -> None:
    talks = Talks().opened().put("terms").moved(EventType.POINT_DECLINED, "terms").put("representative")
    found = talks.moved(EventType.POINT_WITHDRAWN, "representative").entry()
    assert [one["state"] for one in found.fields["points"]] == ["withdrawn", "failed"]


def test_the_end_ends_what_was_in_force_and_what_was_talked_about() -> None:
    found = agreed().happens(EventType.AGREEMENT_ENDED, reason="canary").entry()
    assert found.state == "ended"
    assert {one["state"] for one in found.fields["points"]} == {"ended"}
    assert "text" in point(found, "representative")


def test_the_newest_state_of_each_obligation_is_shown_with_its_event_as_the_proof() -> None:
    talks = agreed()
    for state in ("due", "kept", "broken"):
        said = {"point": "representative", "kind": "representative_reachable", "state": state}
        talks.happens(EventType.OBLIGATION_CHANGED, obligation=said)
    found = talks.entry()
    assert [one["state"] for one in found.fields["obligations"]] == ["broken"]
    assert [step.event for step in found.steps if step.type == EventType.OBLIGATION_CHANGED] == [talks.history[-1].id]


def test_what_a_newer_version_no_longer_asks_is_shown_no_longer() -> None:
    talks = agreed()
    for kind in ("representative_reachable", "confirmed"):
        said = {"point": "representative", "kind": kind, "state": "kept"}
        talks.happens(EventType.OBLIGATION_CHANGED, obligation=said)
    before = talks.entry()
    terms = {"owner": "telegram", "text": {"id": "a", "en": "b"}, "obligations": [{"kind": "confirmed"}]}
    talks.happens(EventType.POINT_PROPOSED, point={"name": "representative", "version": 2}, terms=terms)
    talks.moved(EventType.POINT_AGREED, "representative", 2).in_force(("representative", 2), ("terms", 1), number=2)
    assert [one["kind"] for one in before.fields["obligations"]] == ["confirmed", "representative_reachable"]
    assert [one["kind"] for one in talks.entry().fields["obligations"]] == ["confirmed"]


def test_the_condition_says_whether_it_is_there_and_since_when() -> None:
    talks = agreed()
    assert talks.entry().fields["reopening"] == {"all_of": ["representative"], "holds": False}
    talks.happens(EventType.REOPENING_FULFILLED, by=["representative"])
    since = "2017-08-01T01:08:00.000Z"
    assert talks.entry().fields["reopening"] == {"all_of": ["representative"], "holds": True, "since": since}
    talks.happens(EventType.REOPENING_LOST, missing=["representative"])
    assert talks.entry().fields["reopening"]["holds"] is False


def test_a_party_that_is_no_office_stays_a_user() -> None:
    found = Talks(("kominfo", "canary-member")).opened().shown()
    assert found.entry.fields["parties"] == ["kominfo", A_USER]
    assert "canary" not in " ".join(found.words)


def test_it_is_found_by_each_of_its_parties() -> None:
    assert {mark("party", "kominfo"), mark("party", "telegram"), mark("kind", "agreement")} <= set(
        agreed().shown().words
    )


def test_what_is_erased_or_of_another_shape_breaks_nothing() -> None:
    talks = Talks().happens(EventType.AGREEMENT_OPENED, title=None, parties=None)
    for type_ in EventType:
        if type_.startswith(("point.", "obligation.", "reopening.", "agreement.")) and type_ != "agreement.opened":
            talks.happens(type_, **dict.fromkeys(COMMITTED[type_]))
            strange: Any
            for strange in ([5], {"name": [], "points": [None, {}], "point": 5}):
                talks.happens(type_, **dict.fromkeys(sorted(COMMITTED[type_]), strange))
    found = talks.entry()
    assert found.hidden["title"].because == "erased"
