"""Signatures of parties on the pages: who signed is named, and a party that signs sends nothing from a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.houses import body
from tests.server.api.doors import view
from tests.server.parties.signers import KOMINFO, enrolled, sends
from tests.server.web.web_checks import fields, html

from mufakat.server.journal import door
from mufakat.server.notices import queries
from mufakat.server.notices.models import Notice
from mufakat.server.parties import news
from mufakat.server.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    from mufakat.server.journal.work import Moment

    Browser = Callable[[str, str], Client]


def requires(handle: str) -> None:
    def run(moment: Moment) -> None:
        Party.objects.filter(handle=handle).update(must_sign=True)
        news.tell(moment)

    door.commit(run)


def test_the_page_names_the_key_that_signed(house: House, browser_of: Browser) -> None:
    enrolled(KOMINFO)
    raw = body()
    view(raw, token=house.token("kominfo", "officer"), headers={"Mufakat-Signature": sends(raw).text()})
    shown = html(browser_of("telegram", "reviewer").get(f"/desk/notices/{Notice.objects.get().id}"))
    assert f"<code>{KOMINFO.verify_key.label}</code>" in shown


def test_a_party_that_signs_acknowledges_nothing_from_a_page(house: House, browser_of: Browser) -> None:
    notice = house.submit().subject
    requires("telegram")
    answer = browser_of("telegram", "reviewer").post(f"/desk/notices/{notice}/acknowledge", {"note-text": ""})
    state = queries.get_for(house.caller("kominfo", "officer"), notice).state
    assert (answer.status_code, state, "This must be signed" in html(answer)) == (422, "received", True)


def test_a_party_that_signs_sends_nothing_from_a_page(house: House, browser_of: Browser) -> None:
    del house
    requires("kominfo")
    answer = browser_of("kominfo", "officer").post("/desk/send", fields())
    assert (answer.status_code, Notice.objects.count()) == (422, 0)
    assert "refused without a signature" in html(answer)
