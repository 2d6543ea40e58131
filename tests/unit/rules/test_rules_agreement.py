"""Agreements as pure rules: how a point moves, what is read of talks, and what contradicts what."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from mufakat.rules import agreement, agreement_checks, agreement_reading, profile
from mufakat.rules.agreement import FRAME, OPEN, TRANSITIONS, PointDeed, PointState, PointTerms
from mufakat.rules.agreement_checks import OWNERS, Table
from mufakat.rules.errors import BadAgreementError, NotFoundError, PointStandsError
from mufakat.rules.fault import Faults
from mufakat.rules.obligation import ObligationKind
from mufakat.rules.parties import PartyKind

if TYPE_CHECKING:
    from mufakat.rules.profile import Profile

AT = datetime(2017, 8, 1, tzinfo=UTC)
KINDS = {"kominfo": PartyKind.REGULATOR, "telegram": PartyKind.PLATFORM, "isp-a": PartyKind.OPERATOR}
TEXT = {"id": "Disepakati.", "en": "Agreed."}
GROUND = {"system": "id", "instrument": "UU 35/2009", "provision": "Pasal 111"}
FINAL = {PointState.SUPERSEDED, PointState.ENDED, PointState.FAILED, PointState.WITHDRAWN}


def terms(owner: str = "telegram", **changes: Any) -> dict[str, Any]:
    return {"owner": owner, "text": TEXT, **changes}


def frame(**changes: Any) -> dict[str, Any]:
    return terms("kominfo", frame={"profile": "id-2017", **changes})


def opening(**changes: Any) -> dict[str, Any]:
    points = [{"name": "terms", **frame()}]
    return {"title": TEXT, "parties": ["kominfo", "telegram"], "points": points, **changes}


def raw(value: Any) -> bytes:
    return json.dumps(value).encode()


def pointers(error: BadAgreementError) -> list[str]:
    return [fault.pointer for fault in error.faults]


def found(ref: str) -> Profile | None:
    try:
        return profile.load(ref)
    except NotFoundError:
        return None


def checked(name: str, made: dict[str, Any], **others: dict[str, Any]) -> list[tuple[str, str]]:
    """What a proposal for a point contradicts beside these others."""
    faults = Faults()
    points = {each: agreement.from_json(json.dumps(its)) for each, its in {**others, name: made}.items()}
    table = Table(KINDS, points, found, AT)
    agreement_checks.check_point(name, points[name], table, pointer="", faults=faults)
    return [(fault.pointer, fault.code.value) for fault in faults.found]


# -- How a point moves ------------------------------------------------------------------------------------------------


def test_every_state_and_deed_is_either_in_the_table_or_refused() -> None:
    for state in PointState:
        for deed in PointDeed:
            if (state, deed) in TRANSITIONS:
                assert agreement.advance(state, deed) is TRANSITIONS[state, deed]
            else:
                with pytest.raises(PointStandsError):
                    agreement.advance(state, deed)


def test_what_is_over_moves_no_more_and_all_that_is_under_way_can_end() -> None:
    assert {state for state, _ in TRANSITIONS} & FINAL == set()
    assert all((state, PointDeed.END) in TRANSITIONS for state in {*OPEN, PointState.IN_FORCE})


def test_nothing_that_was_agreed_is_answered_again() -> None:
    answers = {PointDeed.COUNTER, PointDeed.AGREE, PointDeed.DECLINE, PointDeed.WITHDRAW}
    assert not {deed for state, deed in TRANSITIONS if state is PointState.AGREED} & answers


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True, min_size=2), st.sets(st.sampled_from("abcd")))
def test_settled_is_when_nobody_is_awaited(parties: list[str], signed: set[str]) -> None:
    assert agreement.is_settled(parties, signed) is not bool(agreement.awaited(parties, signed))


# -- What is read -----------------------------------------------------------------------------------------------------


def test_sound_talks_are_read_and_terms_come_back_byte_for_byte() -> None:
    read = agreement_reading.read_agreement(
        raw(opening(points=[{"name": "representative", **terms()}], like="id-2017"))
    )
    plain = PointTerms(owner="telegram", text=read.points[0].text)
    assert (read.like, agreement.to_json(agreement.from_json(agreement.to_json(plain)))) == (
        "id-2017",
        agreement.to_json(plain),
    )


@pytest.mark.invariant("I-14")
def test_a_frame_lists_the_grounds_to_tell_an_authority_of_a_hit_and_none_by_itself() -> None:
    for grounds in ([], [GROUND]):
        read = agreement_reading.read_agreement(raw(opening(points=[{"name": "terms", **frame(grounds=grounds)}])))
        told = json.loads(agreement.to_json(read.points[0]))
        assert told["frame"]["grounds"] == grounds
    stored = agreement.from_json(raw(frame()))
    assert stored.frame is not None
    assert stored.frame.grounds == ()


BAD_TALKS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "one party": ({"parties": ["kominfo"]}, ["/parties"]),
    "a party twice": ({"parties": ["kominfo", "kominfo"]}, ["/parties/1"]),
    "no handle": ({"parties": ["kominfo", "No Handle"]}, ["/parties/1"]),
    "one language": ({"title": {"id": "Judul"}}, ["/title/en"]),
    "blanks": ({"title": {"id": "Judul", "en": " "}}, ["/title/en"]),
    "a control character": ({"title": {"id": "Judul", "en": "a\u0007b"}}, ["/title/en"]),
    "a point twice": ({"points": [{"name": "a", **terms()}, {"name": "a", **terms()}]}, ["/points/1/name"]),
    "no name": ({"points": [{"name": "No Name", **terms()}]}, ["/points/0/name"]),
    "no text in English": ({"points": [{"name": "a", **terms(text={"id": "Satu."})}]}, ["/points/0/text/en"]),
    "no moment": ({"points": [{"name": "a", **terms(due_at="tomorrow")}]}, ["/points/0/due_at"]),
    "a day without a zone": (
        {"points": [{"name": "a", **terms(from_at="2017-08-14T00:00:00")}]},
        ["/points/0/from_at"],
    ),
    "an unknown member": ({"secret": 1}, ["/secret"]),
    "an unknown obligation": (
        {"points": [{"name": "a", **terms(obligations=[{"kind": "obedience"}])}]},
        ["/points/0/obligations/0/kind"],
    ),
    "a measure twice": (
        {"points": [{"name": "terms", **frame(automatic=["demote", "demote"])}]},
        ["/points/0/frame/automatic/1"],
    ),
    "a ground twice": (
        {"points": [{"name": "terms", **frame(grounds=[GROUND, GROUND])}]},
        ["/points/0/frame/grounds/1"],
    ),
    "a ground of no system": (
        {"points": [{"name": "terms", **frame(grounds=[{**GROUND, "system": "xx", "provision": " "}])}]},
        ["/points/0/frame/grounds/0/provision", "/points/0/frame/grounds/0/system"],
    ),
    "an end that is no moment": ({"points": [{"name": "terms", **frame(ends_at="2018")}]}, ["/points/0/frame/ends_at"]),
}


@pytest.mark.parametrize("what", BAD_TALKS)
def test_talks_that_are_out_of_shape_are_refused_at_the_place(what: str) -> None:
    changes, expected = BAD_TALKS[what]
    with pytest.raises(BadAgreementError) as refused:
        agreement_reading.read_agreement(raw(opening(**changes)))
    assert pointers(refused.value) == expected


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"title": 1, "title": 2}', b"[" * 100_000])
def test_bytes_that_are_no_talks_are_refused(body: bytes) -> None:
    for read in (
        agreement_reading.read_agreement,
        agreement_reading.read_act,
        agreement_reading.read_showing,
        agreement_reading.read_ending,
    ):
        with pytest.raises(BadAgreementError):
            read(body)


def test_more_bytes_than_anybody_needs_are_refused() -> None:
    with pytest.raises(BadAgreementError):
        agreement_reading.read_act(b" " * (agreement_reading.MAX_BYTES + 1))


BAD_ACTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "propose nothing": ({"act": "propose"}, ["/terms"]),
    "counter nothing": ({"act": "counter", "proposal": 1}, ["/terms"]),
    "agree to no number": ({"act": "agree"}, ["/proposal"]),
    "agree with terms": ({"act": "agree", "proposal": 1, "terms": terms()}, ["/terms"]),
    "propose as an answer": ({"act": "propose", "proposal": 1, "terms": terms()}, ["/proposal"]),
    "decline without a word": ({"act": "decline", "proposal": 1, "note": " \n"}, ["/note", "/note"]),
    "withdraw with a key": (
        {"act": "withdraw", "proposal": 1, "signed": {"key": "k", "signature": "s"}},
        ["/signed"],
    ),
    "proposal zero": ({"act": "agree", "proposal": 0}, ["/proposal"]),
    "an unknown act": ({"act": "sign"}, ["/act"]),
}


@pytest.mark.parametrize("what", BAD_ACTS)
def test_an_act_that_is_out_of_shape_is_refused_at_the_place(what: str) -> None:
    body, expected = BAD_ACTS[what]
    with pytest.raises(BadAgreementError) as refused:
        agreement_reading.read_act(raw(body))
    assert pointers(refused.value) == expected


def test_something_has_to_be_shown() -> None:
    assert agreement_reading.read_showing(raw({"files": [{"name": "letter.pdf", "sha256": "ab" * 32}]})).files
    for body in ({}, {"note": ""}, {"files": [{"name": "letter.pdf", "sha256": "AB" * 32}]}):
        with pytest.raises(BadAgreementError):
            agreement_reading.read_showing(raw(body))


# -- What contradicts what --------------------------------------------------------------------------------------------


def test_sound_points_contradict_nothing() -> None:
    obligations = [{"kind": "review_held", "every_days": 90}]
    others = {"governance": terms(obligations=obligations)}
    wanted = {"all_of": ["governance", "governance.review_held"], "any_of": ["governance.kept"]}
    made = frame(
        reopening=wanted, ends_at="2018-08-01T00:00:00Z", categories=["terrorism"], automatic=["demote", "label"]
    )
    assert checked("terms", made, **others) == []
    assert checked("governance", others["governance"], terms=made) == []


CONTRADICTIONS: dict[str, tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = {
    "a stranger owes it": ("a", terms("bnpt"), {}, [("/owner", "unknown_party")]),
    "a frame elsewhere": ("a", {**frame()}, {}, [("/frame", "not_with_outcome")]),
    "terms without a frame": ("terms", terms(), {}, [("/frame", "missing")]),
    "a profile that is not there": ("terms", frame(profile="nowhere"), {}, [("/frame/profile", "not_in_list")]),
    "a category that the profile has not": (
        "terms",
        frame(categories=["gambling"]),
        {},
        [("/frame/categories/0", "not_in_list")],
    ),
    "what cannot be undone": (
        "terms",
        frame(automatic=["demote", "close_channel"]),
        {},
        [("/frame/automatic/1", "not_agreed")],
    ),
    "a condition on nothing": ("terms", frame(reopening={}), {}, [("/frame/reopening", "empty")]),
    "a condition on no point": (
        "terms",
        frame(reopening={"any_of": ["nothing"]}),
        {},
        [("/frame/reopening/any_of/0", "contradicts")],
    ),
    "a condition on no obligation": (
        "terms",
        frame(reopening={"all_of": ["a.review_held"]}),
        {"a": terms()},
        [("/frame/reopening/all_of/0", "contradicts")],
    ),
    "a condition on what nobody measures": (
        "terms",
        frame(reopening={"all_of": ["a.kept"]}),
        {"a": terms(obligations=[{"kind": "list_synchronised"}])},
        [("/frame/reopening/all_of/0", "contradicts")],
    ),
    "what the condition asks is left out": (
        "a",
        terms(),
        {"terms": frame(reopening={"all_of": ["a.review_held"]})},
        [("/obligations", "contradicts")],
    ),
    "bound backwards": ("a", terms(from_at="2017-07-31T23:59:59Z"), {}, [("/from_at", "bad_date")]),
    "due in the past": ("a", terms(due_at="2017-08-01T00:00:00Z"), {}, [("/due_at", "bad_date")]),
    "due before it begins": (
        "a",
        terms(from_at="2017-09-01T00:00:00Z", due_at="2017-08-31T00:00:00Z"),
        {},
        [("/due_at", "bad_date")],
    ),
    "due after the end": (
        "a",
        terms(due_at="2018-02-01T00:00:00Z"),
        {"terms": frame(ends_at="2018-01-01T00:00:00Z")},
        [("/due_at", "bad_date")],
    ),
    "an end before what is due": (
        "terms",
        frame(ends_at="2018-01-01T00:00:00Z"),
        {"a": terms(due_at="2018-02-01T00:00:00Z")},
        [("/frame/ends_at", "contradicts")],
    ),
    "an end in the past": ("terms", frame(ends_at="2017-07-01T00:00:00Z"), {}, [("/frame/ends_at", "bad_date")]),
    "an end before its beginning": (
        "terms",
        {**frame(ends_at="2017-08-15T00:00:00Z"), "from_at": "2017-09-01T00:00:00Z"},
        {},
        [("/frame/ends_at", "bad_date")],
    ),
    "the ministry answers notices": (
        "a",
        terms("kominfo", obligations=[{"kind": "answered_in_time", "at_least": 95}]),
        {},
        [("/obligations/0/kind", "not_entitled")],
    ),
    "a number that the kind has not": (
        "a",
        terms(obligations=[{"kind": "review_held", "at_least": 95}]),
        {},
        [("/obligations/0/at_least", "not_with_outcome")],
    ),
    "nobody's mandate": (
        "a",
        terms("kominfo", obligations=[{"kind": "mandate_granted"}]),
        {},
        [("/obligations/0/party", "missing")],
    ),
    "a stranger's mandate": (
        "a",
        terms("kominfo", obligations=[{"kind": "mandate_granted", "party": "bnpt"}]),
        {},
        [("/obligations/0/party", "unknown_party")],
    ),
    "a platform's mandate": (
        "a",
        terms("kominfo", obligations=[{"kind": "mandate_granted", "party": "telegram"}]),
        {},
        [("/obligations/0/party", "not_entitled")],
    ),
    "evidence that nobody asks for": (
        "a",
        terms(obligations=[{"kind": "evidence_given"}]),
        {},
        [("/obligations/0", "missing")],
    ),
    "the same twice": (
        "a",
        terms(obligations=[{"kind": "review_held"}, {"kind": "review_held", "every_days": 9}]),
        {},
        [("/obligations/1", "repeated_item")],
    ),
    "the same in another measure": (
        "a",
        terms(obligations=[{"kind": "review_held", "every_days": 30}]),
        {"b": terms(obligations=[{"kind": "review_held", "every_days": 90}])},
        [("/obligations/0", "contradicts")],
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_contradiction_is_refused_where_it_stands(what: str) -> None:
    name, made, others, expected = CONTRADICTIONS[what]
    assert checked(name, made, **others) == expected


def test_the_same_measure_may_stand_in_two_points_and_be_owed_by_two_parties() -> None:
    same, other = ([{"kind": "review_held", "every_days": days}] for days in (90, 30))
    assert checked("a", terms(obligations=same), b=terms(obligations=same)) == []
    assert checked("a", terms(obligations=same), b=terms("kominfo", obligations=other)) == []


def test_every_kind_of_obligation_can_be_owed_by_somebody() -> None:
    assert set(OWNERS) == set(ObligationKind)
    assert all(OWNERS.values())


PARTIES: dict[str, tuple[list[str], str, list[str]]] = {
    "nobody asks": (["telegram", "isp-a"], "telegram", ["/parties"]),
    "nobody is asked": (["kominfo", "bnpt"], "kominfo", ["/parties"]),
    "a stranger": (["kominfo", "nobody"], "kominfo", ["/parties/1"]),
    "an auditor": (["kominfo", "telegram", "auditor"], "kominfo", ["/parties/2"]),
    "somebody opens for others": (["kominfo", "telegram"], "bnpt", ["/parties"]),
}


@pytest.mark.parametrize("what", PARTIES)
def test_parties_between_whom_nothing_can_be_agreed_are_refused(what: str) -> None:
    handles, opener, expected = PARTIES[what]
    known = {**KINDS, "bnpt": PartyKind.TRUSTED_FLAGGER, "auditor": PartyKind.AUDITOR}
    faults = Faults()
    agreement_checks.check_parties(handles, known.get, opener=opener, faults=faults)
    assert [fault.pointer for fault in faults.found] == expected


def test_who_asks_is_governed_towards_everybody_who_is_asked() -> None:
    assert agreement_checks.pairs({**KINDS, "bnpt": PartyKind.TRUSTED_FLAGGER}) == [
        ("kominfo", "telegram"),
        ("kominfo", "isp-a"),
        ("bnpt", "telegram"),
        ("bnpt", "isp-a"),
    ]
    assert FRAME == "terms"
