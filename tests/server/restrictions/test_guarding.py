"""The guard with what the house knows: its rows, its settings, its own names, what was reopened, what notices name."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec.structs import replace
from tests.houses import body
from tests.server.parties.contacting import card
from tests.server.restrictions.ordering import APPROVER, LAWYER, START

from mufakat.rules import restriction_reading as reading
from mufakat.rules.errors import BadRestrictionError
from mufakat.rules.fault import MAX_FAULTS, FaultCode
from mufakat.rules.guard import Code
from mufakat.server.journal import door
from mufakat.server.parties import queries as parties, representatives
from mufakat.server.restrictions import guarding
from mufakat.server.restrictions.models import Protected

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.restrictions.ordering import Ministry

    from mufakat.server.restrictions.guarding import Judged


def judged(ministry: Ministry, **changes: Any) -> Judged:
    """What the guard says about an order now."""
    order = reading.read_order(ministry.order(**changes))
    return guarding.judge(order, at=ministry.at, authority=ministry.house.caller("kominfo", "officer").party_id)


def codes(found: Judged) -> list[Code]:
    return [one.code for one in found.warnings]


def notice(ministry: Ministry, *locators: str, by: tuple[str, str] = ("kominfo", "officer"), key: str = "n1") -> str:
    raw = body(locators=list(locators), kind="trusted_flag")
    found: str = ministry.house.submit(raw, key=key, by=by).subject
    return found


def protected(ministry: Ministry, name: str, **changes: Any) -> None:
    """A row of the list, past the door that would refuse a name that is closed."""
    person = ministry.house.caller("mufakat", "admin").person_id
    row = {"name": name, "reason": "Made up.", "person_id": person, "at": START, "event": "evt_made_up", **changes}
    door.commit(lambda _: Protected.objects.create(**row))


def test_the_order_of_the_other_tests_has_nothing_against_it(ministry: Ministry) -> None:
    assert judged(ministry) == guarding.Judged((), ())


def test_an_impossible_name_is_a_fault_at_its_place(ministry: Ministry) -> None:
    found = judged(ministry, names=["web.example.net", "www.kominfo.go.id"])
    assert [(one.pointer, one.code) for one in found.faults] == [("/names/1", FaultCode.OVER_BLOCKING)]


def test_an_order_with_an_impossible_name_is_refused_with_its_reason(ministry: Ministry) -> None:
    with pytest.raises(BadRestrictionError) as refused:
        ministry.propose(names=["ocsp.digicert.com"])
    assert [(one.pointer, one.detail) for one in refused.value.faults] == [
        ("/names/0", "Certificates everywhere are checked through this name: it is never closed here.")
    ]


def test_a_refusal_names_every_name_and_every_field_with_its_reason(ministry: Ministry) -> None:
    names = ["web.example.net", "go.id", "*", "Web.Example.net", "bi.go.id", "go.id", "192.0.2.0/24", "a.rpz-ip"]
    with pytest.raises(BadRestrictionError) as refused:
        ministry.propose(names=names, sunset_at="2139-01-01T00:00:00Z", operators=["telegram"])
    found = {one.pointer: one.code for one in refused.value.faults}
    assert found == {
        "/names/1": FaultCode.BAD_FORM,
        "/names/2": FaultCode.BAD_FORM,
        "/names/3": FaultCode.REPEATED_ITEM,
        "/names/4": FaultCode.OVER_BLOCKING,
        "/names/5": FaultCode.BAD_FORM,
        "/names/6": FaultCode.BAD_FORM,
        "/names/7": FaultCode.BAD_FORM,
        "/sunset_at": FaultCode.BAD_DATE,
        "/operators/0": FaultCode.WRONG_RECIPIENT,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", ["kanal.example.org", "localhost"]),
        ("ALLOWED_HOSTS", [".example.org"]),
        ("MUFAKAT_ORIGIN", "kanal.example.org/log/1"),
        ("MUFAKAT_EVIDENCE_ORIGIN", "https://kanal.example.org"),
    ],
)
def test_our_own_names_are_never_closed(
    ministry: Ministry, settings_of: Callable[..., None], name: str, value: object
) -> None:
    settings_of(**{name: value})
    found = judged(ministry, names=["kanal.example.org"])
    assert [one.detail for one in found.faults] == [
        "This is a name of this house: what was closed, and how to object, is read there."
    ]


def test_names_of_the_settings_are_never_closed(ministry: Ministry, settings_of: Callable[..., None]) -> None:
    settings_of(MUFAKAT_PROTECTED_NAMES=frozenset({"rumahsakit.example.org"}))
    assert [one.pointer for one in judged(ministry, names=["janji.rumahsakit.example.org"]).faults] == ["/names/0"]


def test_a_name_that_was_released_can_be_closed(ministry: Ministry) -> None:
    protected(ministry, "situs.example.org", released_at=START)
    assert judged(ministry, names=["situs.example.org"]).faults == ()


def test_a_protected_name_is_stopped_before_it_is_published(ministry: Ministry) -> None:
    pk = ministry.approved()
    protected(ministry, "web.example.net")
    ministry.answer(pk)
    ministry.work()
    assert ministry.state(pk) == "refused"


@pytest.mark.invariant("I-07")
def test_what_needs_reasons_is_not_approved_without_them(ministry: Ministry) -> None:
    pk = ministry.propose(names=["fonts.gstatic.com"])["id"]
    with pytest.raises(BadRestrictionError) as refused:
        ministry.approve(pk, by=APPROVER)
    assert [one.pointer for one in refused.value.faults] == ["/note"]


@pytest.mark.invariant("I-07")
def test_what_has_its_reasons_goes_on(ministry: Ministry) -> None:
    pk = ministry.propose(names=["fonts.gstatic.com"])["id"]
    for seat in (APPROVER, LAWYER):
        ministry.approve(pk, by=seat, note="A made-up reason.")
    assert ministry.state(pk) == "approved"


def test_what_was_lifted_is_closed_again_with_reasons_alone(ministry: Ministry) -> None:
    ministry.lift(ministry.published())
    assert codes(judged(ministry)) == [Code.REOPENED, Code.REOPENED]


def test_what_was_lifted_in_part_is_closed_again_with_reasons_alone(ministry: Ministry) -> None:
    ministry.lift(ministry.published(), "app.example.net")
    assert [one.name for one in judged(ministry).warnings] == ["app.example.net"]


def test_what_expired_is_closed_again_with_reasons_alone(ministry: Ministry) -> None:
    ministry.published()
    ministry.wait(days=61)
    ministry.work()
    assert codes(judged(ministry)) == [Code.REOPENED, Code.REOPENED]


def test_what_was_lifted_long_ago_needs_none(ministry: Ministry) -> None:
    ministry.lift(ministry.published())
    ministry.wait(days=181)
    assert judged(ministry).warnings == ()


def test_what_was_refused_was_never_closed(ministry: Ministry) -> None:
    ministry.approve(ministry.propose()["id"], refuse=True, note="No.")
    assert judged(ministry).warnings == ()


def test_a_subtree_closes_again_what_was_lifted_below_it(ministry: Ministry) -> None:
    ministry.lift(ministry.published(names=["web.situs.example.net"]))
    assert Code.REOPENED in codes(judged(ministry, names=["situs.example.net"], match="subtree"))


def test_what_is_renewed_and_stands_was_not_opened(ministry: Ministry) -> None:
    assert judged(ministry, renews=ministry.published()).warnings == ()


def test_what_was_lifted_of_what_is_renewed_was_opened(ministry: Ministry) -> None:
    pk = ministry.published()
    ministry.lift(pk, "app.example.net")
    found = judged(ministry, renews=pk).warnings
    assert [(one.name, one.code) for one in found] == [("app.example.net", Code.REOPENED)]


def test_a_notice_about_one_channel_needs_reasons_to_take_the_whole_service(ministry: Ministry) -> None:
    pk = notice(ministry, "https://t.me/s/examplechannel/12")
    assert codes(judged(ministry, names=["web.telegram.org"], notices=[pk])) == [Code.TOO_WIDE]


def test_a_notice_about_one_video_never_takes_a_platform_of_strangers(ministry: Ministry) -> None:
    pk = notice(ministry, "https://www.youtube.com/watch?v=contoh")
    assert [one.pointer for one in judged(ministry, names=["youtube.com"], notices=[pk]).faults] == ["/names/0"]


@pytest.mark.invariant("I-10")
def test_nothing_is_told_of_the_notices_of_others(ministry: Ministry) -> None:
    pk = notice(ministry, "https://t.me/s/examplechannel/12", by=("bnpt", "officer"))
    assert judged(ministry, names=["web.telegram.org"], notices=[pk]).warnings == ()


def test_what_a_notice_said_before_it_was_erased_is_not_asked(ministry: Ministry) -> None:
    from mufakat.server.notices.models import Pointer

    pk = notice(ministry, "https://t.me/s/examplechannel/12")
    gone = {"canonical": None, "input": None, "digest": None, "erased_at": START}
    door.commit(lambda _: Pointer.objects.filter(notice=pk).update(**gone))
    assert judged(ministry, names=["web.telegram.org"], notices=[pk]).warnings == ()


def test_the_guard_asks_no_more_for_many_names(ministry: Ministry) -> None:
    judged(ministry)  # From here on the house remembers who its parties are.
    with CaptureQueriesContext(connection) as one:
        judged(ministry)
    with CaptureQueriesContext(connection) as many:
        judged(ministry, names=[f"situs-{number}.example.net" for number in range(400)])
    assert len(many) == len(one)


def test_the_newest_reopening_of_a_name_counts(ministry: Ministry) -> None:
    first = ministry.published()
    ministry.lift(first)
    ministry.wait(days=100)
    pk = ministry.propose()["id"]
    for seat in (APPROVER, LAWYER):
        ministry.approve(pk, by=seat, note="Again, for a made-up reason.")
    ministry.answer(pk)
    ministry.work()
    ministry.lift(pk)
    ministry.wait(days=100)
    order = reading.read_order(ministry.order())
    known = guarding.known_of(order, at=ministry.at)
    assert known.reopened == dict.fromkeys(order.names, ministry.at - timedelta(days=100))


@pytest.mark.parametrize(
    "changes",
    [
        {"operators": ()},
        {"operators": ("nobody", "isp-a\x00")},
        {"platform": "nobody\x00"},
        {"notices": ("ntc_none", "\x00", "rst_" + "0" * 26)},
        {"renews": "\x00"},
    ],
)
def test_an_order_that_is_half_written_is_looked_at_all_the_same(ministry: Ministry, changes: dict[str, Any]) -> None:
    order = replace(reading.read_order(ministry.order()), **changes)
    assert guarding.judge(order, at=ministry.at) == guarding.Judged((), ())


def test_a_host_to_which_letters_to_a_side_go_needs_reasons(ministry: Ministry) -> None:
    operator = parties.party_by_handle("isp-a")
    representatives.add(operator, card("narahubung", email="noc@mail.isp.example"), by=None, at=ministry.at)
    found = judged(ministry, names=["mail.isp.example"])
    assert codes(found) == [Code.CONTACT]
    assert codes(judged(ministry, names=["mail.isp.example"], operators=["isp-b"])) == []


def test_ten_thousand_impossible_names_are_refused_in_a_list_that_somebody_can_read(ministry: Ministry) -> None:
    found = judged(ministry, names=[f"situs-{number}.kominfo.go.id" for number in range(10_000)])
    assert (len(found.faults), found.faults[-1].code) == (MAX_FAULTS + 1, FaultCode.TOO_MANY_FAULTS)


@pytest.mark.parametrize(
    "name", ["canary.terrorism.isp-a.rpz.mufakat", "rpz.mufakat", "web.example.net.terrorism.isp-a.rpz.mufakat"]
)
def test_a_list_never_holds_a_name_of_the_lists_themselves(ministry: Ministry, name: str) -> None:
    assert [one.pointer for one in judged(ministry, names=[name]).faults] == ["/names/0"]


def test_what_ran_out_after_its_renewal_was_not_opened(ministry: Ministry) -> None:
    first = ministry.published()
    ministry.wait(days=50)
    second = ministry.published(renews=first)
    assert (ministry.state(first), judged(ministry, renews=second).warnings) == ("lifted", ())


def test_what_a_renewal_left_out_was_opened(ministry: Ministry) -> None:
    first = ministry.published()
    ministry.published(renews=first, names=["web.example.net"])
    found = judged(ministry, names=["web.example.net", "app.example.net"]).warnings
    assert [one.code for one in found] == [Code.REOPENED]
