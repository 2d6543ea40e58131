"""Talks, from the first proposal to what is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.houses import body
from tests.server.agreements.talking import act, in_force, newest, opened, settle, terms

if TYPE_CHECKING:
    from tests.houses import House


def test_with_the_last_signature_a_point_without_a_time_is_in_force(house: House) -> None:
    del house
    found = opened()
    assert (found["state"], found["awaits"], newest(found, "terms")["awaited"]) == ("talks", ["telegram"], ["telegram"])
    found = act(found["id"], "terms", "agree", proposal=1)
    assert (found["state"], found["version"], found["awaits"]) == ("in_force", 1, [])
    found = settle(found["id"], "representative", terms())
    assert (found["version"], newest(found, "representative")["state"]) == (2, "in_force")


def test_a_notice_cites_the_version_in_force_when_it_came(house: House) -> None:
    from mufakat.server.notices.models import Notice

    in_force()
    house.submit(body())
    notice = Notice.objects.select_related("version").get()
    assert notice.version is not None
    assert (notice.version.number, notice.profile) == (1, notice.version.profile)
