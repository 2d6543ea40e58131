"""Letters at the desk: written on a page of their own, once; read by both sides as sheets in two languages."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.agreements import talking
from tests.server.notices.test_warnings import EVIDENCE
from tests.server.notices.ticking import Ticking, events

from mufakat.rules.warning import read
from mufakat.server.agreements import standing
from mufakat.server.notices import erasure, operations, talk, warnings
from mufakat.server.notices.models import SentWarning
from mufakat.server.runtime import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from tests.houses import House

    Browsers = Callable[[str, str], Client]

FORM = {
    "text": "A made-up letter.",
    "language": "en",
    "system": "id",
    "instrument": "UU 11/2008",
    "provision": "Pasal 40",
}


@pytest.fixture
def ticking(house: House, monkeypatch: pytest.MonkeyPatch) -> Ticking:
    monkeypatch.setattr(standing, "PROFILE", "id-mr5-2020")
    made = Ticking(house)

    class Now(datetime):
        """The time of the test, for requests too."""

        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # Its own class is not asked for.
            return made.at.astimezone(tz)

    monkeypatch.setattr(requests, "datetime", Now)
    return made


def late(ticking: Ticking, **changes: Any) -> str:
    made = {"kind": "order", "category": "gambling", "urgency": "normal", **changes}
    notice = str(ticking.submit(**made).subject)
    operations.acknowledge(notice, by=ticking.house.caller("telegram", "reviewer"))
    ticking.live(minutes=25 * 60, every=60)
    return notice


def sent(ticking: Ticking, notice: str, step: str = "letter_1", **changes: Any) -> str:
    raw = json.dumps({"step": step, "text": "A made-up letter.", "language": "en", **changes}).encode()
    answer = warnings.send(notice, read(raw), by=ticking.house.caller("kominfo", "officer"))
    return str(json.loads(answer.body)["id"])


def text_of(browser: Client, path: str, **headers: str) -> str:
    return browser.get(path, headers=headers).content.decode()


def sheet(text: str, tongue: str) -> str:
    found = re.search(rf'<article class="panel sheet" lang="{tongue}".*?</article>', text, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_letter_is_written_on_a_page_of_its_own_and_sent_once(ticking: Ticking, browser_of: Browsers) -> None:
    notice, officer = late(ticking), browser_of("kominfo", "officer")
    path = f"/desk/notices/{notice}/warnings/letter_1"
    assert path in text_of(officer, f"/desk/notices/{notice}")
    form = text_of(officer, path)
    assert "Letter 1 of at most 3" in form
    assert 'value="UU 11/2008"' in form
    key = re.search(r'name="key" value="([^"]+)"', form)
    assert key is not None
    answers = [officer.post(path, {**FORM, "key": key[1]}) for _ in range(2)]
    row = SentWarning.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [f"/desk/warnings/{row.pk}"] * 2
    assert len(events(notice, "warning.sent")) == 1
    page = text_of(officer, f"/desk/notices/{notice}")
    assert f"/desk/warnings/{row.pk}" in page
    assert path not in page


def test_opening_the_form_sends_nothing(ticking: Ticking, browser_of: Browsers) -> None:
    notice = late(ticking)
    text_of(browser_of("kominfo", "officer"), f"/desk/notices/{notice}/warnings/letter_1")
    assert not SentWarning.objects.exists()


@pytest.mark.parametrize("step", ["letter_2", "block", "reminder", "nothing"])
def test_a_step_that_is_not_the_next_cannot_be_written(ticking: Ticking, browser_of: Browsers, step: str) -> None:
    notice, officer = late(ticking), browser_of("kominfo", "officer")
    path = f"/desk/notices/{notice}/warnings/{step}"
    assert officer.get(path).headers["Location"] == f"/desk/notices/{notice}"
    assert officer.post(path, FORM).headers["Location"] == f"/desk/notices/{notice}"
    assert not SentWarning.objects.exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": ""}, "Write something first."),
        ({"text": "a\x07"}, "Control characters cannot be taken."),
        ({"provision": ""}, "This must not be empty"),
    ],
)
def test_a_fault_stands_beside_its_field_and_keeps_what_was_typed(
    ticking: Ticking, browser_of: Browsers, changes: dict[str, str], says: str
) -> None:
    notice, officer = late(ticking), browser_of("kominfo", "officer")
    answer = officer.post(f"/desk/notices/{notice}/warnings/letter_1", {**FORM, "instrument": "Typed here", **changes})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert "Typed here" in page
    assert not SentWarning.objects.exists()


def test_the_announcement_of_a_block_asks_how_the_reasons_were_weighed(ticking: Ticking, browser_of: Browsers) -> None:
    notice, officer = late(ticking), browser_of("kominfo", "officer")
    reviewer = ticking.house.caller("telegram", "reviewer")
    talk.send(notice, by=reviewer, text="Our made-up reasons.")
    for number in (1, 2, 3):
        sent(ticking, notice, f"letter_{number}")
        ticking.wait(hours=24)
    path = f"/desk/notices/{notice}/warnings/block"
    form = text_of(officer, path)
    assert "Our made-up reasons." in form
    refused = officer.post(path, FORM)
    assert refused.status_code == 422
    assert "Pasal 15(12), 16(13)" in refused.content.decode()
    answer = officer.post(path, {**FORM, "weighed": "We weighed the made-up reasons."})
    shown = text_of(browser_of("telegram", "representative"), answer.headers["Location"])
    for tongue, says in (("id", "Pengumuman rencana pemblokiran"), ("en", "Announcement of an intended block")):
        assert says in sheet(shown, tongue)
        assert "We weighed the made-up reasons." in sheet(shown, tongue)


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(("party", "seat"), [("kominfo", "officer"), ("telegram", "reviewer")])
def test_both_sides_read_both_languages_whatever_language_they_read_in(
    ticking: Ticking, browser_of: Browsers, party: str, seat: str, language: str
) -> None:
    notice = late(ticking)
    pk = sent(ticking, notice)
    (event,) = events(notice, "warning.sent")
    text = text_of(browser_of(party, seat), f"/desk/warnings/{pk}", **{"accept-language": language})
    indonesian, english = sheet(text, "id"), sheet(text, "en")
    assert "Surat ke-1 dari paling banyak 3" in indonesian
    assert "Letter 1 of at most 3" in english
    assert "Denda administratif" in indonesian
    assert "No amount is set here." in english
    for each in (indonesian, english):
        for fact in (
            "TEGURAN-1",
            "UU 11/2008",
            "Pasal 15(11), 16(12)",
            "primary-read",
            "medium",
            "mufakat/custody/v1",
            notice,
            pk,
            f"{event.id}.receipt",
            "A made-up letter.",
        ):
            assert fact in each


def test_what_is_uncertain_is_shown_as_uncertain(house: House, browser_of: Browsers) -> None:
    """The ladder of 2017 is ours: its announcement says so on both sheets."""
    ticking = Ticking(house, to="isp-b")
    notice = str(ticking.submit(kind="order").subject)
    ticking.live(minutes=31 * 60, every=60)
    pk = sent(ticking, notice, "notice_of_intended_block", reasons_weighed="No reasons came.")
    text = text_of(browser_of("kominfo", "officer"), f"/desk/warnings/{pk}")
    assert "Not certain:" in sheet(text, "en")
    assert "Belum pasti:" in sheet(text, "id")
    assert "Our choice; no source says so" in sheet(text, "en")
    assert "closes nothing" in sheet(text, "en")


def test_under_the_practice_of_the_press_the_names_are_its_own_and_uncertain(
    house: House, browser_of: Browsers
) -> None:
    """The sides agreed on id-saman: the order is an SP, the first letter ST1, and both say who says so."""
    ticking = Ticking(house)
    talking.in_force(talking.body(points=[{"name": "terms", **talking.frame("id-saman")}]))
    notice = late(ticking, evidence=EVIDENCE)
    pk = sent(ticking, notice)
    reader = browser_of("telegram", "representative")
    order = sheet(text_of(reader, f"/desk/notices/{notice}/order"), "id")
    for fact in ("<code>SP</code>", f"SP/{notice}", "Surat Perintah Takedown", "press-read", "id-saman@", "low"):
        assert fact in order
    letter = text_of(reader, f"/desk/warnings/{pk}")
    for tongue, says in (("id", "Belum pasti:"), ("en", "Not certain:")):
        for fact in ("<code>ST1</code>", f"ST1/{pk}", "Surat Teguran 1", says, "press-read", "ST2"):
            assert fact in sheet(letter, tongue)


@pytest.mark.invariant("I-10")
@pytest.mark.parametrize(("party", "seat"), [("bnpt", "officer"), ("isp-a", "engineer"), ("auditor", "auditor")])
def test_a_stranger_finds_neither_letter_nor_order(
    ticking: Ticking, browser_of: Browsers, party: str, seat: str
) -> None:
    notice = late(ticking)
    pk = sent(ticking, notice)
    stranger = browser_of(party, seat)
    for path in (f"/desk/warnings/{pk}", f"/desk/notices/{notice}/order", "/desk/warnings/wrn_none"):
        assert stranger.get(path).status_code == 404


def test_the_other_side_is_offered_no_letter(ticking: Ticking, browser_of: Browsers) -> None:
    notice = late(ticking)
    reviewer = browser_of("telegram", "reviewer")
    assert "/warnings/letter_1" not in text_of(reviewer, f"/desk/notices/{notice}")
    assert reviewer.post(f"/desk/notices/{notice}/warnings/letter_1", FORM).status_code == 403


def test_the_order_is_a_sheet_too(ticking: Ticking, browser_of: Browsers) -> None:
    notice = late(ticking)
    text = text_of(browser_of("telegram", "reviewer"), f"/desk/notices/{notice}/order")
    assert "Perintah" in sheet(text, "id")
    assert "Order" in sheet(text, "en")
    for each in (sheet(text, "id"), sheet(text, "en")):
        for fact in (
            "takedown_normal",
            "primary-read",
            "ours",
            "UU 11/2008",
            "A made-up placeholder.",
            f"{notice}.receipt",
        ):
            assert fact in each


def test_foreign_words_are_never_alive_on_a_sheet(ticking: Ticking, browser_of: Browsers) -> None:
    notice = late(ticking, locators=["https://t.me/s/examplechannel/12"])
    hostile = "<script>alert(1)</script> \u202eevil https://evil.example/"
    ground = {"system": "id", "instrument": "<b>law</b>", "provision": "\u200bPasal"}
    pk = sent(ticking, notice, text=hostile, legal_ground=ground)
    text = text_of(browser_of("telegram", "reviewer"), f"/desk/warnings/{pk}")
    assert "<script>alert" not in text
    assert "<b>law" not in text
    assert "\u202e" not in text
    assert "[U+202E]" in text
    assert 'href="https://evil' not in text


@pytest.mark.invariant("I-09")
def test_after_an_erasure_the_sheet_stands_without_its_words(ticking: Ticking, browser_of: Browsers) -> None:
    notice = late(ticking)
    pk = sent(ticking, notice)
    erasure.erase(notice, reason="A made-up order.")
    for path in (f"/desk/warnings/{pk}", f"/desk/notices/{notice}/order"):
        answer = browser_of("telegram", "reviewer").get(path)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "A made-up letter." not in text
        assert "Sudah dihapus." in sheet(text, "id")
        assert "mufakat/custody/v1" in sheet(text, "en")


def test_a_page_with_three_letters_asks_as_often_as_with_one(ticking: Ticking, browser_of: Browsers) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    notice, officer = late(ticking), browser_of("kominfo", "officer")

    def asked() -> int:
        text_of(officer, f"/desk/notices/{notice}")
        with CaptureQueriesContext(connection) as found:
            text_of(officer, f"/desk/notices/{notice}")
        return len(found)

    sent(ticking, notice)
    one = asked()
    for number in (2, 3):
        ticking.wait(hours=24)
        sent(ticking, notice, f"letter_{number}")
    assert asked() <= one
