"""One notice from the officer's form to the representative's acknowledgement, as people do it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.browser.conftest import send
from tests.houses import NOTICE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.houses import Server

pytestmark = pytest.mark.browser


def test_a_notice_goes_from_the_form_to_the_acknowledgement(
    desks: Callable[..., Any], site: Server, tmp_path: Path
) -> None:
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        # (1) The links are explained while the form is open.
        page = officer.open("/desk/send")
        page.fill("#field-locators", "https://t.me/s/examplechannel/12\nnonsense")
        page.click("text=Check links")
        page.wait_for_selector("#found li.refused")
        assert page.inner_text("#found li >> nth=0").split("\n")[1].startswith("Telegram message")
        assert page.url.endswith("/desk/send")
        # (2) Sent: the receipt verifies, by the very command on the page.
        notice = send(officer)
        with officer.page.expect_download() as download:
            officer.page.click("text=Download the receipt")
        receipt = tmp_path / download.value.suggested_filename
        download.value.save_as(receipt)
        assert receipt.name == f"{notice}.receipt"
    keys = tmp_path / "keys.json"
    keys.write_bytes(fetched(f"{site.url}/log/1/keys.json"))
    command = [sys.executable, "-m", "mufakat.cli", "verify", str(receipt), "--key", str(keys)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    with desks() as representative:
        # (3) The other side finds it on its desk and acknowledges.
        representative.sign_in("telegram", "representative")
        page = representative.page
        page.click(f"a[href='/desk/notices/{notice}']")
        page.fill("#note-text", "We have it.")
        page.click("button:has-text('Acknowledge')")
        page.wait_for_selector(".message.success")
        assert "Your party's turn: decide" in page.inner_text(".stamp")
    with desks() as officer:
        # (4) The sender sees it.
        officer.sign_in("kominfo", "officer")
        page = officer.open(f"/desk/notices/{notice}")
        assert "We have it." in page.inner_text(".timeline")


def fetched(address: str) -> bytes:
    import urllib.request

    with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - our own server's address.
        return bytes(response.read())


def test_the_form_works_without_javascript(desks: Callable[..., Any]) -> None:
    with desks(java_script_enabled=False) as officer:
        officer.sign_in("kominfo", "officer")
        page = officer.open("/desk/send")
        page.fill("#field-locators", "@examplename")
        page.click("text=Check links")
        assert "tg:username:examplename" in page.inner_text("#found")
        assert page.input_value("#field-locators") == "@examplename"
        assert send(officer).startswith("ntc_")


def test_what_is_wrong_takes_the_focus_and_leads_to_the_field(desks: Callable[..., Any]) -> None:
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        page = officer.open("/desk/send")
        page.fill("#field-explanation", "Typed with care.")
        page.click(".send button")
        page.wait_for_selector("#summary")
        assert page.evaluate("document.activeElement.id") == "summary"
        page.click("#summary a:has-text('Links')")
        assert page.evaluate("document.activeElement.id") == "field-locators"
        assert page.input_value("#field-explanation") == "Typed with care."


def test_a_double_click_sends_one_notice(desks: Callable[..., Any]) -> None:
    with desks() as officer:
        officer.sign_in("bnpt", "officer")
        page = officer.open("/desk/send")
        page.select_option("#field-to", "telegram")
        page.select_option("#field-kind", "trusted_flag")
        page.select_option("#field-category", "terrorism")
        page.fill("#field-locators", "@examplename")
        page.fill("#field-explanation", "A made-up placeholder.")
        page.fill("#field-instrument", "UU 11/2008")
        page.fill("#field-provision", "Pasal 40 ayat (2a)")
        page.dblclick(".send button")
        page.wait_for_url("**/desk/notices/ntc_*")
        officer.open("/desk/notices/")
        assert page.locator("tbody tr").count() == 1


def test_hostile_words_do_nothing(desks: Callable[..., Any]) -> None:
    hostile = "<script>document.title='gone'</script><img src=x onerror=\"document.title='gone'\">\u202e{{7*7}}"
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        send(officer, explanation=hostile, locators="https://a.example/?q=<script>document.title='gone'</script>")
        page = officer.page
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert "gone" not in page.title()
        assert "<script>document.title='gone'</script>" in page.inner_text(".said >> nth=0")


def test_the_page_is_used_by_keyboard_alone(desks: Callable[..., Any]) -> None:
    with desks() as visitor:
        page = visitor.open("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_the_language_is_switched_in_the_header(desks: Callable[..., Any]) -> None:
    with desks() as visitor:
        page = visitor.open("/log/")
        page.click("header button[value=id]")
        page.wait_for_selector("html[lang=id]")
        assert page.url.endswith("/log/")
        assert "Setiap perubahan keadaan di sini adalah satu peristiwa" in page.inner_text("main")


def test_a_file_is_watched_until_its_last_line(desks: Callable[..., Any]) -> None:
    # Not to the platform: its desk shows what is due first, and others look for theirs there.
    order = {**NOTICE, "to": "isp-a", "kind": "order", "locators": ["situs.example"]}
    made = ({**order, "explanation": f"Watched {number}."} for number in range(3_000))
    raw = "".join(json.dumps(one) + "\n" for one in made).encode() + b"nonsense\n"
    with desks() as officer:
        officer.sign_in("kominfo", "officer")
        page = officer.open("/desk/import")
        page.set_input_files("#field-file", {"name": "many.ndjson", "mimeType": "text/plain", "buffer": raw})
        page.click(".send button")
        page.wait_for_selector("ol.found li >> nth=19")
        page.click("form[action$=start] button")
        # The page asks by itself how far it is, and shows the rest when it is over.
        page.wait_for_selector("#progress code:text-is('done')", timeout=120_000)
        page.wait_for_selector("text=Download the report")
        assert page.inner_text("#progress dd >> nth=1") == "3000"
        assert page.inner_text("ol.found li .line") == "Line 3001"
        with page.expect_download() as download:
            page.click("text=Download the report")
        assert download.value.suggested_filename.endswith("-refused.csv")
