from __future__ import annotations

import pytest
from tests.houses import body

from mufakat.server.notices import operations, queries


def about(house, *locators: str, key: str, by: tuple[str, str] = ("kominfo", "officer")) -> str:
    return house.submit(body(locators=list(locators)), key=key, by=by).subject


def related(house, notice: str, seat: tuple[str, str]) -> list[str]:
    viewer = house.caller(*seat)
    return [one.id for one in queries.related(viewer, queries.get_for(viewer, notice))]


def test_open_notices_on_the_same_thing_are_related(house):
    first = about(house, "https://t.me/s/contoh_kanal", key="1")
    second = about(
        house, "tg://resolve?domain=Contoh_Kanal", "https://situs.example/a", key="2", by=("bnpt", "officer")
    )
    about(house, "https://situs.example/b", key="3")
    assert related(house, first, ("telegram", "reviewer")) == [second]
    assert related(house, second, ("telegram", "reviewer")) == [first]


@pytest.mark.invariant("I-10")
def test_a_sender_sees_nothing_of_what_others_sent_about_the_same_thing(house):
    first = about(house, "@contoh_kanal", key="1")
    about(house, "@contoh_kanal", key="2", by=("bnpt", "officer"))
    assert related(house, first, ("kominfo", "officer")) == []


def test_a_notice_that_is_no_longer_open_is_not_related(house):
    first = about(house, "@contoh_kanal", key="1")
    second = about(house, "@contoh_kanal", key="2")
    operations.withdraw(second, by=house.caller("kominfo", "officer"), reason="made up")
    assert related(house, first, ("telegram", "reviewer")) == []


def test_two_common_links_relate_two_notices_once(house):
    first = about(house, "@contoh_kanal", "https://situs.example/a", key="1")
    second = about(house, "https://situs.example/a", "@contoh_kanal", key="2")
    assert related(house, first, ("telegram", "reviewer")) == [second]


def test_related_notices_are_not_merged(house):
    first = about(house, "@contoh_kanal", key="1")
    second = about(house, "@contoh_kanal", key="2")
    operations.acknowledge(first, by=house.caller("telegram", "representative"))
    viewer = house.caller("telegram", "representative")
    assert queries.get_for(viewer, second).state == "received"


def test_the_api_names_related_notices(house):
    from django.test import Client

    first = about(house, "@contoh_kanal", key="1")
    second = about(house, "@contoh_kanal", key="2")
    headers = {"Authorization": f"Bearer {house.token('telegram', 'reviewer')}"}
    assert Client().get(f"/api/v1/notices/{first}", headers=headers).json()["related"] == [second]
