"""Acknowledging and taking back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.houses import body
from tests.server.api.doors import NOTICES, Reply, bare, get, put, rows

from mufakat.server.journal.models import Event, Outbox

if TYPE_CHECKING:
    from tests.houses import House


def acknowledge(house: House, notice: str, raw: bytes | dict[str, Any] = b"", key: str | None = None) -> Reply:
    return put(f"{NOTICES}/{notice}/acknowledgement", raw, house.token("telegram", "representative"), key)


def withdraw(house: House, notice: str, raw: bytes | dict[str, Any], key: str | None = None) -> Reply:
    return put(f"{NOTICES}/{notice}/withdrawal", raw, house.token("kominfo", "officer"), key)


def types(notice: str) -> list[str]:
    """The types of the events of a notice."""
    return list(Event.objects.filter(case=notice).order_by("position").values_list("type", flat=True))


@pytest.mark.invariant("I-03")
def test_an_acknowledgement_is_one_event(house: House) -> None:
    notice = house.submit().subject
    acknowledge(house, notice)
    assert types(notice) == ["notice.received", "notice.acknowledged"]


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b'{"note": ""}', b'{"note": null}', b'{"note": "Lihat.\\n\\tTerima kasih."}']
)
def test_a_note_is_optional(house: House, raw: bytes) -> None:
    answer = acknowledge(house, house.submit().subject, raw)
    assert (answer.status, answer.json()["state"]) == (200, "acknowledged")


def test_an_acknowledgement_stops_its_clock_and_no_other(house: House) -> None:
    answer = acknowledge(house, house.submit().subject)
    clocks = {clock["name"]: clock["state"] for clock in answer.json()["clocks"]}
    assert clocks == {"acknowledge_within": "met", "takedown_same_day": "running"}


def test_the_answer_to_an_acknowledgement_is_the_notice_as_it_is_shown(house: House) -> None:
    notice = house.submit().subject
    answer = acknowledge(house, notice).json()
    shown = get(f"{NOTICES}/{notice}", house.token("telegram", "representative")).json()
    assert answer == bare(shown)


@pytest.mark.invariant("I-03")
def test_acknowledging_again_is_no_event(house: House) -> None:
    notice = house.submit().subject
    acknowledge(house, notice)
    again = acknowledge(house, notice, {"note": "Once more."})
    assert (again.json()["state"], types(notice)) == ("acknowledged", ["notice.received", "notice.acknowledged"])


def test_reading_a_notice_acknowledges_nothing(house: House) -> None:
    notice = house.submit().subject
    token = house.token("telegram", "representative")
    for path in ("", "/events", "/receipt"):
        get(f"{NOTICES}/{notice}{path}", token)
    assert get(f"{NOTICES}/{notice}", token).json()["state"] == "received"


@pytest.mark.invariant("I-03")
def test_a_withdrawal_is_one_event(house: House) -> None:
    notice = house.submit().subject
    answer = withdraw(house, notice, {"reason": "Sent by mistake."})
    assert (answer.json()["state"], types(notice)) == ("withdrawn", ["notice.received", "notice.withdrawn"])


def test_a_withdrawal_voids_the_clocks_that_ran(house: House) -> None:
    notice = house.submit().subject
    acknowledge(house, notice)
    clocks = {
        clock["name"]: clock["state"] for clock in withdraw(house, notice, {"reason": "A slip."}).json()["clocks"]
    }
    assert clocks == {"acknowledge_within": "met", "takedown_same_day": "void"}


@pytest.mark.parametrize("deed", ["withdrawal", "acknowledgement"])
def test_nothing_happens_to_a_withdrawn_notice(house: House, deed: str) -> None:
    notice = house.submit().subject
    withdraw(house, notice, {"reason": "A slip."})
    before = rows()
    answer = withdraw(house, notice, {"reason": "Again."}) if deed == "withdrawal" else acknowledge(house, notice)
    assert (answer.status, answer.json()["type"]) == (409, "urn:mufakat:problem:not-its-turn")
    token_events = 1  # The token that the helper issued.
    assert rows()["journal_event"] - before["journal_event"] == token_events


def test_each_side_is_told_of_what_the_other_did(house: House) -> None:
    notice = house.submit().subject
    acknowledge(house, notice)
    withdraw(house, notice, {"reason": "A slip."})
    told = Outbox.objects.filter(event__case=notice, to__startswith="party:").order_by("event__position")
    assert list(told.values_list("event__type", "to")) == [
        ("notice.received", "party:telegram"),
        ("notice.acknowledged", "party:kominfo"),
        ("notice.withdrawn", "party:telegram"),
    ]


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"note": 5}', "/note"),
        (b'{"note": 0}', "/note"),
        (b'{"note": false}', "/note"),
        (b'{"note": []}', "/note"),
        (b'{"note": "a", "note": "b"}', "/note"),
        (b'{"note": "\\u0000"}', "/note"),
        (b'{"note": "\\ud800"}', "/note"),
        (b'{"note": "\\u0085"}', "/note"),
        (b'{"note": "   "}', "/note"),
        (json.dumps({"note": "x" * 2001}).encode(), "/note"),
        (b'{"why": "x"}', "/why"),
        (b'{"note": "x", "reason": "x"}', "/reason"),
        (b"[]", ""),
        (b"null", ""),
        (b"5", ""),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b'{"note": ' + b"[" * 50_000, ""),
    ],
)
def test_a_bad_acknowledgement_is_refused_with_its_place_and_changes_nothing(
    house: House, raw: bytes, pointer: str
) -> None:
    notice = house.submit().subject
    token = house.token("telegram", "representative")
    before = rows()
    answer = put(f"{NOTICES}/{notice}/acknowledgement", raw, token)
    assert (answer.status, answer.pointers, rows()) == (422, [pointer], before)


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b'{"reason": null}', b'{"reason": ""}', b'{"reason": " \\n"}', b'{"reason": 1}']
)
def test_a_withdrawal_says_why(house: House, raw: bytes) -> None:
    notice = house.submit().subject
    token = house.token("kominfo", "officer")
    before = rows()
    answer = put(f"{NOTICES}/{notice}/withdrawal", raw, token)
    assert (answer.status, answer.pointers, rows()) == (422, ["/reason"], before)


def test_a_body_larger_than_the_door_is_refused_here_too(house: House) -> None:
    notice = house.submit().subject
    answer = acknowledge(house, notice, b'{"note": "' + b"x" * 3_000_000 + b'"}')
    assert (answer.status, types(notice)) == (413, ["notice.received"])


def test_a_key_gives_the_first_answer_again_also_after_the_state_moved_on(house: House) -> None:
    notice = house.submit().subject
    first = acknowledge(house, notice, {"note": "Seen."}, key="ack")
    withdraw(house, notice, {"reason": "A slip."})
    again = acknowledge(house, notice, {"note": "Seen."}, key="ack")
    assert (again.status, again.body, again.headers["idempotent-replayed"]) == (200, first.body, "true")


def test_a_key_with_another_note_is_refused(house: House) -> None:
    notice = house.submit().subject
    acknowledge(house, notice, {"note": "Seen."}, key="ack")
    answer = acknowledge(house, notice, {"note": "Not seen."}, key="ack")
    assert (answer.status, answer.json()["type"]) == (422, "urn:mufakat:problem:key-reused")


def test_a_key_is_of_one_notice_and_one_deed(house: House) -> None:
    first, second = house.submit(key="a").subject, house.submit(key="b").subject
    answers = [acknowledge(house, notice, b"", key="same") for notice in (first, second)]
    assert [answer.json()["id"] for answer in answers] == [first, second]


def test_a_bad_optional_key_is_refused(house: House) -> None:
    notice = house.submit().subject
    answer = acknowledge(house, notice, b"", key="with space")
    assert (answer.status, types(notice)) == (400, ["notice.received"])


def test_a_party_may_find_things_itself_and_acknowledge_them(house: House) -> None:
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations, queries

    telegram = queries.party_by_handle("telegram")
    operations.enrol_person(telegram, role=Role.OFFICER, ordinal=1, email="o@telegram.example", name="o")
    notice = house.submit(body(kind="own_detection"), by=("telegram", "officer")).subject
    assert acknowledge(house, notice).json()["state"] == "acknowledged"
