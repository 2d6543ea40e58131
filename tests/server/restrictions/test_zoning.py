"""The lists follow the orders: what is closed stands on the list of each of its operators, and on no other."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from tests.server.restrictions.ordering import NAMES

from mufakat.formats import rpz, tsig
from mufakat.rules.restriction import Match
from mufakat.server.connectors.dns.configuration import DNS
from mufakat.server.restrictions import publication, zoning
from mufakat.server.restrictions.models import Change, Zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.restrictions.ordering import Ministry

NOWHERE = DNS(primaries=(("127.0.0.1", 1),), key=tsig.TSIGKey("nobody", "hmac-sha256", "c2l4dGVlbiBieXRlcyEhIQ=="))
WEB, APP = NAMES


@pytest.fixture(autouse=True)
def served(settings_of: Callable[..., None]) -> None:
    """Somebody takes the changes, though nobody is there."""
    settings_of(MUFAKAT_DNS=NOWHERE)


def row(operator: str = "isp-a", list_: str = "terrorism", *, shadow: bool = False) -> Zone:
    return Zone.objects.get(operator__handle=operator, list=list_, shadow=shadow)


def stands(ministry: Ministry, operator: str = "isp-a", list_: str = "terrorism", *, shadow: bool = False) -> list[str]:
    return list(zoning.lines(row(operator, list_, shadow=shadow), at=ministry.at))


def played(operator: str = "isp-a") -> set[str]:
    """The lines that the changes alone give, from the beginning."""
    found: set[str] = set()
    for owner, added in Change.objects.filter(zone=row(operator)).order_by("pk").values_list("owner", "added"):
        (found.add if added else found.discard)(owner)
    return found


def test_a_name_stands_on_the_lists_of_its_operators_alone(ministry: Ministry) -> None:
    ministry.published(operators=["isp-a", "isp-b"])
    assert stands(ministry, "isp-a") == stands(ministry, "isp-b") == sorted(NAMES)
    assert not Zone.objects.filter(operator__handle="isp-c").exists()


def test_what_waits_for_the_platform_stands_nowhere(ministry: Ministry) -> None:
    ministry.approved()
    ministry.work()
    assert not Zone.objects.exists()


def test_a_subtree_is_the_name_and_what_is_below_it(ministry: Ministry) -> None:
    ministry.published(names=[WEB], match="subtree")
    assert stands(ministry) == [WEB, f"*.{WEB}"]


def test_lifting_takes_the_names_off_and_the_serial_goes_on(ministry: Ministry) -> None:
    order = ministry.published()
    before = row().serial
    ministry.lift(order)
    assert stands(ministry) == []
    assert played() == set()
    assert row().serial > before


def test_lifting_some_names_leaves_the_others(ministry: Ministry) -> None:
    order = ministry.published()
    ministry.lift(order, WEB)
    assert stands(ministry) == [APP]
    assert played() == {APP}


def test_an_operator_that_opened_some_names_still_has_the_others(ministry: Ministry) -> None:
    order = ministry.published()
    ministry.confirm(order)
    ministry.lift(order, WEB)
    ministry.confirm(order)
    assert stands(ministry) == [APP]


def test_a_name_that_another_order_closes_stays(ministry: Ministry) -> None:
    first = ministry.published(names=[WEB], match="subtree")
    second = ministry.published(names=[WEB, APP], operators=["isp-a"])
    ministry.lift(first)
    assert stands(ministry) == sorted([WEB, APP])
    assert played() == {WEB, APP}
    assert stands(ministry, "isp-b") == []
    assert played("isp-b") == set()
    ministry.lift(second)
    assert stands(ministry) == []
    assert played() == set()


def test_a_name_on_another_list_does_not_keep_it(ministry: Ministry) -> None:
    first = ministry.published(names=[WEB])
    ministry.published(names=[WEB], list="narcotics")
    ministry.lift(first)
    assert stands(ministry) == []
    assert stands(ministry, list_="narcotics") == [WEB]


def test_past_its_sunset_a_name_does_not_stand_though_nobody_looked_yet(ministry: Ministry) -> None:
    ministry.published()
    ministry.wait(days=61)
    assert stands(ministry) == []
    assert played() == set(NAMES)
    ministry.work()
    assert played() == set()


def test_a_shadow_is_a_list_of_its_own(ministry: Ministry) -> None:
    ministry.published(shadow=True)
    assert stands(ministry, shadow=True) == sorted(NAMES)
    assert zoning.name_of(row(shadow=True)) == "shadow-terrorism.isp-a.rpz.mufakat"
    assert not Zone.objects.filter(list="terrorism", shadow=False).exists()


def test_the_allow_list_comes_first_and_shadows_last(ministry: Ministry) -> None:
    ministry.published(shadow=True, list="narcotics")
    ministry.published()
    names = [zoning.name_of(zone).split(".")[0] for zone in zoning.zones_of(row().operator_id)]
    assert names == ["allow", "terrorism", "shadow-narcotics"]


def test_a_long_name_of_many_operators_is_cut_by_none_of_them(ministry: Ministry) -> None:
    room = zoning.room("terrorism", ["isp-a", "a-very-much-longer-handle"])
    zone = rpz.zone_name("terrorism", "a-very-much-longer-handle", shadow=True)
    assert len(f"*.{'x' * room}.{zone}") == 253


def test_very_many_lines_are_compared_and_not_written_down(ministry: Ministry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoning, "MOST", 3)
    order = ministry.published()
    assert stands(ministry) == sorted(NAMES)
    (waiting,) = (zone for zone in publication.waiting() if zone.name == "terrorism.isp-a.rpz.mufakat")
    changed = publication.changed([waiting.zone])[waiting.zone]
    assert (changed.whole, changed.add, changed.remove) == (True, (), ())
    ministry.lift(order)
    assert Change.objects.filter(zone=waiting.zone).count() == 1


def test_what_changes_at_large_during_a_comparison_is_compared_again(
    ministry: Ministry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoning, "MOST", 3)
    order = ministry.published()
    zone = row()
    begun = publication.changed([zone.pk])[zone.pk]
    ministry.lift(order)
    publication.taken([publication.Taken(zone.pk, zone.serial, begun.last)], position=1, at=ministry.at)
    assert zone.pk in {one.zone for one in publication.waiting()}
    assert publication.changed([zone.pk])[zone.pk].whole


def test_without_a_server_nothing_is_kept_but_that_all_is_to_be_compared(
    ministry: Ministry, settings_of: Callable[..., None]
) -> None:
    settings_of(MUFAKAT_DNS=DNS())
    ministry.published()
    assert list(Change.objects.filter(zone=row()).values_list("owner", flat=True)) == [zoning.ALL]


def test_the_last_word_about_a_line_counts(ministry: Ministry) -> None:
    order = ministry.published(names=[WEB])
    ministry.lift(order)
    zone = row()
    changed = publication.changed([zone.pk])[zone.pk]
    assert (changed.add, changed.remove) == ((), (WEB,))


def test_many_lines_have_a_serial_for_each_update(ministry: Ministry) -> None:
    many = [f"n{number}.example.net" for number in range(450)]
    ministry.published(names=many, operators=["isp-a"])
    assert row().serial == 1 + 3


def test_what_the_servers_took_is_forgotten_and_what_came_since_is_not(ministry: Ministry) -> None:
    order = ministry.published()
    zone = row()
    last = publication.changed([zone.pk])[zone.pk].last
    serial = zone.serial
    ministry.lift(order, WEB)
    publication.taken([publication.Taken(zone.pk, serial, last)], position=7, at=ministry.at)
    zone.refresh_from_db()
    assert (zone.published, zone.position) == (serial, 7)
    assert publication.changed([zone.pk])[zone.pk].remove == (WEB,)


def test_a_serial_that_was_published_never_goes_back(ministry: Ministry) -> None:
    ministry.published()
    zone = row()
    first = zone.serial
    publication.reserve(zone.pk, first + 10)
    publication.taken([publication.Taken(zone.pk, first + 10, 0)], position=1, at=ministry.at)
    publication.taken([publication.Taken(zone.pk, first, 0)], position=2, at=ministry.at)
    zone.refresh_from_db()
    assert (zone.serial, zone.published, zone.position) == (first + 10, first + 10, 1)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_closed_and_lifted_the_lists_are_what_stands(ministry: Ministry, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - a walk that can be walked again.
    operators = ("isp-a", "isp-b", "isp-c")
    fresh = [f"n{number}.example.net" for number in range(60)]
    live: dict[str, tuple[str, set[str], list[str]]] = {}
    for _ in range(14):
        if not live or chance.random() < 0.55:
            names = chance.sample(fresh[:6], chance.randint(1, 3))
            match = chance.choice(["exact", "subtree"])
            told = chance.sample(operators, chance.randint(1, 3))
            live[ministry.published(names=names, match=match, operators=told)] = match, set(names), told
        else:
            order = chance.choice(sorted(live))
            match, closed, told = live[order]
            gone = chance.sample(sorted(closed), chance.randint(1, len(closed)))
            ministry.lift(order, *gone)
            fresh = [name for name in fresh if name not in gone]
            live[order] = match, closed - set(gone), told
            if not live[order][1]:
                del live[order]
        for operator in operators:
            should = {
                owner
                for match, names, told in live.values()
                if operator in told
                for name in names
                for owner in rpz.owners(name, Match(match))
            }
            if Zone.objects.filter(operator__handle=operator, list="terrorism").exists():
                assert set(stands(ministry, operator)) == should == played(operator)
