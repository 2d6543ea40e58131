"""Talks, from the first proposal to what is in force and how it ends."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.server.agreements.talking import (
    MINISTRY,
    SERVICE,
    act,
    body,
    end,
    frame,
    in_force,
    looked,
    newest,
    opened,
    settle,
    show,
    terms,
    text,
)
from tests.server.notices.test_notices_operations import at_once

from mufakat.proof import leaf
from mufakat.rules import profile
from mufakat.rules.errors import (
    BadAgreementError,
    KeyReusedError,
    NotFoundError,
    NotNowError,
    NotPermittedError,
    PointStandsError,
)
from mufakat.server.agreements import operations, profiles, queries as agreements
from mufakat.server.agreements.models import Governing, Point, ProfileText, Proposal, Signature, Version
from mufakat.server.journal.models import Event, Outbox
from mufakat.server.parties import queries

if TYPE_CHECKING:
    from tests.houses import House

OFFICER = ("kominfo", "officer")


def types(agreement: str) -> list[str]:
    """The events of an agreement, in their order."""
    return list(Event.objects.filter(case=agreement).order_by("position").values_list("type", flat=True))


def test_with_the_last_signature_a_point_without_a_time_is_in_force(house: House) -> None:
    del house
    found = opened()
    assert (found["state"], found["awaits"], newest(found, "terms")["awaited"]) == ("talks", ["telegram"], ["telegram"])
    found = act(found["id"], "terms", "agree", proposal=1)
    assert (found["state"], found["version"], found["awaits"]) == ("in_force", 1, [])
    found = settle(found["id"], "representative", terms())
    assert (found["version"], newest(found, "representative")["state"]) == (2, "in_force")


@pytest.mark.invariant("I-03")
def test_each_step_is_one_event_told_to_the_other_side(house: House) -> None:
    del house
    found = opened()
    act(found["id"], "terms", "counter", terms=frame(owner="telegram"), proposal=1)
    act(found["id"], "terms", "agree", by=MINISTRY, proposal=2)
    act(found["id"], "channel", "propose", by=MINISTRY, terms=terms())
    act(found["id"], "channel", "decline", proposal=1, note="Not so.")
    act(found["id"], "channel", "propose", by=SERVICE, terms=terms())
    act(found["id"], "channel", "withdraw", by=SERVICE, proposal=1)
    end(found["id"])
    assert types(found["id"]) == [
        "agreement.opened",
        "point.proposed",
        "point.countered",
        "point.agreed",
        "agreement.in_force",
        "point.proposed",
        "point.declined",
        "point.proposed",
        "point.withdrawn",
        "agreement.ended",
    ]
    told = Event.objects.filter(case=found["id"], type="point.countered").get()
    assert leaf.decode(bytes(told.leaf)).chan == "telegram>kominfo"
    assert set(Outbox.objects.filter(event=told).values_list("to", flat=True)) == {"party:kominfo"}


def test_an_officer_proposes_and_binds_nobody(house: House) -> None:
    del house
    found = opened(by=OFFICER)
    assert newest(found, "terms")["awaited"] == ["kominfo", "telegram"]
    found = act(found["id"], "terms", "agree", proposal=1)
    assert (newest(found, "terms")["state"], newest(found, "terms")["awaited"]) == ("proposed", ["kominfo"])
    with pytest.raises(NotPermittedError):
        act(found["id"], "terms", "agree", by=OFFICER, proposal=1)
    assert act(found["id"], "terms", "agree", by=MINISTRY, proposal=1)["state"] == "in_force"
    assert types(found["id"])[-3:] == ["point.signed", "point.agreed", "agreement.in_force"]


@pytest.mark.parametrize("seat", ["reviewer", "reviewer-2"])
def test_whoever_does_not_talk_for_a_party_moves_nothing(house: House, seat: str) -> None:
    del house
    found = opened()
    for deed, members in (("agree", {"proposal": 1}), ("counter", {"proposal": 1, "terms": frame()})):
        with pytest.raises(NotPermittedError):
            act(found["id"], "terms", deed, by=("telegram", seat), **members)


@pytest.mark.invariant("I-10")
def test_a_stranger_finds_nothing(house: House) -> None:
    del house
    found = in_force()
    stranger = queries.caller_by_seat("bnpt", "officer")
    for look in (
        partial(agreements.get_for, stranger, found["id"]),
        partial(operations.act, found["id"], "terms", b"{}", by=stranger, at=datetime.now(UTC)),
        partial(operations.show, found["id"], "terms", b"{}", by=stranger, at=datetime.now(UTC)),
        partial(operations.end, found["id"], b"{}", by=stranger, at=datetime.now(UTC)),
        partial(agreements.get_for, queries.caller_by_seat("telegram", "reviewer"), "agr_none"),
    ):
        with pytest.raises(NotFoundError):
            look()
    assert agreements.listed(stranger).items == []


def test_what_changed_meanwhile_is_not_signed(house: House) -> None:
    del house
    found = opened()
    act(found["id"], "terms", "counter", by=MINISTRY, terms=frame(profile="eu-dsa"), proposal=1)
    with pytest.raises(NotNowError, match="Proposal 2"):
        act(found["id"], "terms", "agree", proposal=1)


def test_of_two_who_agree_at_once_one_signs_and_there_is_one_version(house: House) -> None:
    del house
    found = opened()
    deed = partial(act, found["id"], "terms", "agree", proposal=1)
    at_once(*[deed] * 5)
    assert (Version.objects.count(), Signature.objects.count(), Governing.objects.count()) == (1, 2, 1)


def test_the_same_key_is_the_same_deed_and_other_content_is_refused(house: House) -> None:
    del house
    one, two = (opened(key="k") for _ in range(2))
    assert one["id"] == two["id"]
    with pytest.raises(KeyReusedError):
        opened(body(title={"id": "Lain", "en": "Other"}), key="k")
    first, again = (act(one["id"], "terms", "agree", proposal=1, key="a") for _ in range(2))
    assert (first, Signature.objects.count()) == (again, 2)


def test_nobody_signs_twice_nor_declines_its_own_nor_withdraws_anothers(house: House) -> None:
    del house
    found = opened()
    with pytest.raises(NotNowError):
        act(found["id"], "terms", "agree", by=MINISTRY, proposal=1)
    with pytest.raises(NotPermittedError):
        act(found["id"], "terms", "decline", by=MINISTRY, proposal=1, note="No.")
    with pytest.raises(NotPermittedError):
        act(found["id"], "terms", "withdraw", proposal=1)


def test_what_is_in_force_is_superseded_and_never_answered(house: House) -> None:
    del house
    found = settle(in_force()["id"], "channel", terms())
    for deed, members in (
        ("agree", {}),
        ("counter", {"terms": terms()}),
        ("decline", {"note": "No."}),
        ("withdraw", {}),
    ):
        with pytest.raises(PointStandsError):
            act(found["id"], "channel", deed, by=MINISTRY, proposal=1, **members)
    found = settle(found["id"], "channel", terms(text=text("something newer")))
    found = looked(found["id"])
    states = [(one["version"], one["state"]) for one in found["points"] if one["name"] == "channel"]
    assert states == [(1, "superseded"), (2, "in_force")]
    assert [one["points"] for one in found["versions"]] == [
        {"terms": 1},
        {"terms": 1, "channel": 1},
        {"terms": 1, "channel": 2},
    ]


def test_a_point_under_way_is_not_proposed_again(house: House) -> None:
    del house
    found = opened()
    with pytest.raises(PointStandsError):
        act(found["id"], "terms", "propose", by=MINISTRY, terms=frame())


def test_a_point_waits_for_the_frame_in_which_it_binds(house: House) -> None:
    del house
    found = opened(body(points=[{"name": "channel", **terms()}]))
    found = act(found["id"], "channel", "agree", proposal=1)
    assert (found["state"], newest(found, "channel")["state"]) == ("talks", "agreed")
    found = settle(found["id"], "terms", frame())
    assert (found["state"], newest(found, "channel")["state"]) == ("in_force", "in_force")
    assert found["versions"][0]["points"] == {"terms": 1, "channel": 1}


def test_an_agreement_cites_the_very_text_of_its_profile(house: House) -> None:
    del house
    found = in_force()
    assert found["profile"] == ProfileText.objects.get().ref
    assert newest(found, "terms")["terms"]["frame"]["profile"] == found["profile"]
    assert ProfileText.objects.get().raw.encode() == profile.text_of("id-2017")
    assert profiles.load(found["profile"]) == profile.load("id-2017")


@pytest.mark.parametrize("name", profile.names())
def test_talks_begin_like_every_profile_that_comes_along(house: House, name: str) -> None:
    del house
    found = opened(body(points=[], like=name))
    for point in found["points"]:
        found = act(found["id"], point["name"], "agree", proposal=1)
    assert (found["state"], found["profile"].split("@")[0]) == ("in_force", name)
    assert {one["state"] for one in found["points"]} == {"in_force"}
    assert {one["name"] for one in found["points"]} == {"terms", *(one.name for one in profile.load(name).points)}


def test_three_parties_are_settled_when_the_third_has_signed(house: House) -> None:
    del house
    found = opened(body(parties=["kominfo", "bnpt", "telegram"]), by=MINISTRY)
    found = act(found["id"], "terms", "agree", proposal=1)
    assert (found["state"], found["awaits"]) == ("talks", ["bnpt"])
    with pytest.raises(NotPermittedError):  # Its only seat in the example proposes, and signs nothing.
        act(found["id"], "terms", "agree", by=("bnpt", "officer"), proposal=1)


def test_a_second_agreement_for_the_same_notices_is_refused_by_the_name_of_the_first(house: House) -> None:
    del house
    first = in_force()
    with pytest.raises(BadAgreementError) as refused:
        opened()
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/points/0/frame", "contradicts")]
    assert first["id"] in refused.value.faults[0].detail
    end(first["id"])
    assert opened()["state"] == "talks"


def test_of_two_talks_under_way_the_second_that_is_agreed_is_refused(house: House) -> None:
    del house
    one, two = opened(), opened()
    act(one["id"], "terms", "agree", proposal=1)
    with pytest.raises(BadAgreementError, match=one["id"]):
        act(two["id"], "terms", "agree", proposal=1)
    assert Governing.objects.count() == 1


def test_what_was_in_order_when_it_was_proposed_must_still_be_when_it_is_signed(house: House) -> None:
    del house
    found = in_force()
    held = [{"kind": "review_held", "every_days": 30}]
    act(found["id"], "a", "propose", by=MINISTRY, terms=terms(obligations=held))
    act(found["id"], "a", "counter", terms=terms(), proposal=1)  # Now nothing of it stands in the way of …
    other = [{"kind": "review_held", "every_days": 90}]
    act(found["id"], "b", "propose", by=MINISTRY, terms=terms(obligations=other))
    with pytest.raises(BadAgreementError, match="point b asks review_held"):
        act(found["id"], "a", "counter", by=MINISTRY, terms=terms(obligations=held), proposal=2)


def test_ending_needs_a_reason_and_ends_everything(house: House) -> None:
    del house
    found = in_force()
    act(found["id"], "channel", "propose", by=MINISTRY, terms=terms())
    with pytest.raises(BadAgreementError):
        end(found["id"], reason="")
    ended = end(found["id"])
    assert (ended["state"], {one["state"] for one in ended["points"]}) == ("ended", {"ended"})
    assert Version.objects.filter(until=None).count() == Governing.objects.filter(until=None).count() == 0
    for deed in (partial(end, found["id"]), partial(act, found["id"], "channel", "agree", proposal=1)):
        with pytest.raises(NotNowError):
            deed()


def test_evidence_is_shown_by_the_owner_and_confirmed_by_another(house: House) -> None:
    del house
    found = in_force()
    with pytest.raises(NotFoundError):
        show(found["id"], "channel")
    act(found["id"], "channel", "propose", by=MINISTRY, terms=terms(evidence=["A letter"]))
    with pytest.raises(NotNowError):
        show(found["id"], "channel")
    act(found["id"], "channel", "agree", proposal=1)
    files = [{"name": "letter.pdf", "sha256": "ab" * 32}]
    show(found["id"], "channel", files=files)
    with pytest.raises(NotPermittedError):
        show(found["id"], "channel", confirms=True)
    with pytest.raises(NotPermittedError):
        show(found["id"], "channel", by=MINISTRY)
    told = show(found["id"], "channel", by=MINISTRY, confirms=True)
    shown = [(one["party"], one["confirms"], one["files"]) for one in newest(told, "channel")["shown"]]
    assert shown == [("telegram", False, files), ("kominfo", True, [])]
    assert types(found["id"])[-2:] == ["point.evidenced", "point.confirmed"]


@pytest.mark.invariant("I-18")
def test_who_signed_is_named_to_the_other_side_once_the_agreement_is_in_force(house: House) -> None:
    del house
    found = opened()

    def names(by: tuple[str, str]) -> set[tuple[str, bool]]:
        signed = [
            one
            for point in looked(found["id"], by=by)["points"]
            for each in point["proposals"]
            for one in each["signatures"]
        ]
        return {(one["party"], one["name"] is not None) for one in signed}

    assert (names(MINISTRY), names(SERVICE)) == ({("kominfo", True)}, {("kominfo", False)})
    act(found["id"], "terms", "agree", proposal=1)
    assert names(SERVICE) == names(MINISTRY) == {("kominfo", True), ("telegram", True)}


def test_a_list_is_read_page_by_page_in_a_constant_number_of_queries(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    del house
    ids = [opened()["id"] for _ in range(5)]
    viewer = queries.caller_by_seat(*SERVICE)
    monkeypatch.setattr(agreements, "PAGE", 2)
    seen, after = [], None
    while True:
        page = agreements.listed(viewer, after=after)
        seen += [one.row.id for one in page.items]
        if (after := page.next) is None:
            break
    assert seen == ids[::-1]
    asked = []
    for size in (1, 50):
        monkeypatch.setattr(agreements, "PAGE", size)
        with CaptureQueriesContext(connection) as captured:
            agreements.listed(viewer)
        asked.append(len(captured))
    assert asked[0] == asked[1]


def test_states_are_listed_apart(house: House) -> None:
    del house
    talks = opened(body(parties=["kominfo", "isp-a"]))["id"]
    force = in_force()["id"]
    over = end(opened(body(parties=["kominfo", "isp-b"]))["id"], by=MINISTRY)["id"]
    viewer = queries.caller_by_seat(*MINISTRY)
    found = {state: [one.row.id for one in agreements.listed(viewer, state=state).items] for state in STATES}
    assert found == {"talks": [talks], "in_force": [force], "ended": [over], "": [over, force, talks]}


STATES = ("talks", "in_force", "ended", "")


def test_terms_are_kept_as_they_were_signed(house: House) -> None:
    del house
    found = in_force()
    row = Proposal.objects.get()
    assert hashlib.sha256(row.terms.encode()).hexdigest() == row.sha256
    assert Point.objects.get().state == newest(found, "terms")["state"]


def test_what_a_deed_answers_does_not_grow_with_everything_that_was_ever_said(house: House) -> None:
    del house
    found = settle(in_force()["id"], "channel", terms())
    for _ in range(3):
        act(found["id"], "channel", "propose", by=MINISTRY, terms=terms())
        act(found["id"], "channel", "counter", terms=terms(), proposal=1)
        found = act(found["id"], "channel", "withdraw", proposal=2)
    told = [(one["name"], one["version"], len(one["proposals"])) for one in found["points"]]
    assert told == [("channel", 1, 1), ("channel", 4, 2), ("terms", 1, 1)]
    assert (len(looked(found["id"])["points"]), len(found["versions"])) == (5, 1)
