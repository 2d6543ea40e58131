"""Switching the profile of an agreement changes clocks, ladder and required fields, without a line of code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.agreements.talking import MINISTRY, act, body as talks, frame, in_force
from tests.server.decisions.deciding import decide, taken

from mufakat.rules.errors import BadDecisionError, NotAdmissibleError
from mufakat.server.agreements import profiles
from mufakat.server.notices.models import Clock, Notice

if TYPE_CHECKING:
    from tests.houses import House

FULL: dict[str, Any] = {
    "kind": "order",
    "evidence": [
        {
            "name": "capture.txt",
            "media_type": "text/plain",
            "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            "content": "Zm9v",
        }
    ],
    "external_refs": [{"scheme": "kominfo", "id": "EXAMPLE-1"}],
}
BARE = body(kind="order", content_date=None, territory=None, requested_measures=None)

UNDER: dict[str, tuple[set[str], set[str], str]] = {
    # Profile → what an order without any extra lacks, which clocks one with everything starts, its first ladder's step.
    "id-2017": (set(), {"acknowledge_within", "takedown_same_day"}, "reminder"),
    "id-mr5-2020": ({"/evidence"}, {"acknowledge_urgent", "takedown_urgent"}, "reminder"),
    "id-saman": ({"/evidence"}, {"acknowledge_urgent", "takedown_urgent"}, "reminder"),
    "eu-tco": (
        {"/external_refs", "/territory"},
        {"acknowledge_within", "removal", "scrutiny_own", "scrutiny_ask"},
        "reminder",
    ),
    "eu-dsa": ({"/territory"}, {"order_effect"}, ""),
}


def under(profile: str, **changes: Any) -> dict[str, Any]:
    """An agreement in force whose frame names this profile."""
    return in_force(talks(points=[{"name": "terms", **frame(profile, **changes)}]))


def switch(agreement: str, profile: str, **changes: Any) -> None:
    """Propose the frame anew with another profile, and agree."""
    act(agreement, "terms", "propose", by=MINISTRY, terms=frame(profile, **changes))
    act(agreement, "terms", "agree", proposal=1)


def refused(house: House, raw: bytes, *, key: str = "refused", by: tuple[str, str] = ("kominfo", "officer")) -> Any:
    """Pointer → sentence of what is wrong with it."""
    with pytest.raises(NotAdmissibleError) as caught:
        house.submit(raw, key=key, by=by)
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def started(notice: str) -> set[str]:
    return set(Clock.objects.filter(notice_id=notice).values_list("name", flat=True))


@pytest.mark.invariant("I-17")
def test_one_agreement_goes_through_every_profile(house: House) -> None:
    found = under("id-2017")
    for place, (name, (lacks, clocks, first)) in enumerate(UNDER.items()):
        if place:
            switch(found["id"], name)
        if lacks:
            assert set(refused(house, BARE)) == lacks, name
        notice = house.submit(body(**FULL), key=f"full-{name}").subject
        row = Notice.objects.select_related("version").get(pk=notice)
        assert row.version is not None
        assert (row.profile.partition("@")[0], row.version.number) == (name, place + 1)
        assert started(notice) == clocks, name
        ladders = [profiles.load(row.profile).ladder_of(clock) for clock in sorted(clocks)]
        steps = [ladder.steps[0].name for ladder in ladders if ladder is not None]
        assert (steps[0] if steps else "") == first


def test_a_refusal_names_the_profile_and_the_article(house: House) -> None:
    under("id-mr5-2020")
    assert refused(house, BARE)["/evidence"] == (
        "A notice of the kind order needs evidence, one file at least: id-mr5-2020, Pasal 15(2), 16(4)."
    )


def test_what_no_law_holds_says_that_it_is_ours(house: House) -> None:
    under("eu-tco")
    assert "no law holds (ours)" in refused(house, BARE)["/territory"]
    assert "Annex I, A (secondary-read)" in refused(house, BARE)["/external_refs"]


def test_where_nothing_is_agreed_nothing_is_asked(house: House) -> None:
    assert house.submit(BARE, key="bare").status == 201


def test_what_two_agreed_binds_nobody_else(house: House) -> None:
    under("id-mr5-2020")
    assert set(refused(house, body())) == {"/evidence"}
    assert house.submit(body(), key="flag", by=("bnpt", "officer")).status == 201


@pytest.mark.invariant("I-17")
def test_an_order_is_about_what_the_agreement_lists(house: House) -> None:
    found = under("id-2017", categories=["terrorism"])
    assert "the agreement in force" in refused(house, body(**FULL, category="narcotics"))["/category"]
    assert house.submit(body(**FULL), key="listed").status == 201
    switch(found["id"], "eu-tco")
    assert "eu-tco" in refused(house, body(**FULL, category="narcotics"))["/category"]


@pytest.mark.invariant("I-02")
def test_a_repetition_is_answered_though_more_is_asked_since(house: House) -> None:
    found = under("id-2017")
    first = house.submit(BARE, key="again")
    switch(found["id"], "id-mr5-2020")
    assert refused(house, BARE, key="other")
    again = house.submit(BARE, key="again")
    assert (again.body, again.replayed) == (first.body, True)


@pytest.mark.invariant("I-15")
def test_nobody_is_asked_for_evidence_of_child_abuse(house: House) -> None:
    under("id-mr5-2020")
    made = body(kind="order", category="child_sexual_abuse", content_date=None)
    assert house.submit(made, key="abuse").status == 201


def test_a_decision_takes_measures_of_the_profile_alone(house: House) -> None:
    under("eu-tco")
    notice = taken(house, **FULL)
    with pytest.raises(BadDecisionError) as caught:
        decide(house, notice, items=[{"locator": 0, "measure": "label"}])
    (fault,) = caught.value.faults
    assert (fault.pointer, "eu-tco, in force between the two, allows no label" in fault.detail) == (
        "/items/0/measure",
        True,
    )


@pytest.mark.invariant("I-06")
def test_a_machine_decides_alone_what_was_agreed_alone(house: House) -> None:
    under("id-2017", automatic=["disable"])
    notice = taken(house, **FULL)
    machine = {"detection": True, "decision": "full"}
    with pytest.raises(BadDecisionError, match="No agreement in force allows remove without a person"):
        decide(house, notice, automated=machine)
    assert decide(house, notice, automated=machine, items=[{"locator": 0, "measure": "disable"}])["id"]


def test_the_operator_adopts_a_profile_once_and_it_is_an_event(house: House) -> None:
    from mufakat.rules import profile as rules
    from mufakat.rules.errors import BadProfileError
    from mufakat.rules.events import EventType
    from mufakat.server.journal.models import Event

    del house
    raw = rules.text_of("id-saman")
    ref, new = profiles.take(raw)
    assert (new, profiles.take(raw)) == (True, (ref, False))
    assert Event.objects.filter(type=EventType.PROFILE_ADOPTED.value).count() == 1
    assert profiles.load(ref) == rules.load("id-saman")
    with pytest.raises(BadProfileError) as caught:
        profiles.take(rules.text_of("id-2017").replace(b"of: numbers", b"of: receipt"))
    assert "Manila VI" in caught.value.faults[0].detail


def test_the_form_says_beside_the_field_what_the_profile_asks(house: House, browser_of: Any) -> None:
    from tests.server.web.web_checks import fields

    del house
    under("id-mr5-2020")
    page = browser_of("kominfo", "officer").post("/desk/send", fields(kind="order")).content.decode()
    assert "What you agreed with the recipient asks for this." in page
    assert "needs evidence, one file at least: id-mr5-2020, Pasal 15(2), 16(4)" in page
