"""Import by page: the file, the look at it, how far it is, and what became of each line."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.houses import NOTICE
from tests.server.notices.test_import_jobs import counts, ended, ndjson
from tests.server.web.web_checks import complaints, html, read

from mufakat.server.notices import import_jobs as jobs, imports, spool
from mufakat.server.notices.models import Import, ImportState, Notice
from mufakat.server.notices.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]

FILL = {
    "to": "telegram",
    "kind": "trusted_flag",
    "category": "fraud",
    "language": "id",
    "system": "id",
    "instrument": "UU 11/2008",
    "provision": "Pasal 40",
    "end": "1",
}
TABLE = b"locators,explanation,Nomor\nhttps://t.me/contoh_kanal,=1+1,7\nnone of a link,x,8\n"


@pytest.fixture
def officer(browser_of: Browser) -> Client:
    return browser_of("kominfo", "officer")


def upload(browser: Client, raw: bytes = TABLE, name: str = "links.csv", **changes: Any) -> Any:
    told = {**FILL, "file": SimpleUploadedFile(name, raw), **changes}
    return browser.post("/desk/import", {name: value for name, value in told.items() if value is not None})


def kept(browser: Client, raw: bytes = TABLE, **changes: Any) -> str:
    """The id of a file that was sent and kept."""
    response = upload(browser, raw, **changes)
    assert response.status_code == 302, html(response)
    return str(response.headers["Location"].rsplit("/", 1)[1])


def page(browser: Client, pk: str) -> Any:
    return browser.get(f"/desk/imports/{pk}")


def test_a_file_is_looked_at_before_anything_is_sent(house: House, officer: Client) -> None:
    pk = kept(officer)
    response = page(officer, pk)
    assert (complaints(response), counts(Import.objects.get(pk=pk)), Notice.objects.count()) == (
        [],
        ("waiting", 0, 0, 0, 0),
        0,
    )
    assert "1 would be taken." in html(response)
    assert "tg:username:contoh_kanal" in html(response)
    assert "<code>locators</code>" in html(response)


def test_the_good_lines_are_sent_and_the_bad_ones_named(house: House, officer: Client) -> None:
    pk = kept(officer)
    officer.post(f"/desk/imports/{pk}/start")
    assert counts(ended(pk)) == ("done", 2, 1, 0, 1)
    response = page(officer, pk)
    assert (complaints(response), "Line 3" in html(response)) == ([], True)
    raw = Notice.objects.get().payload.raw
    assert raw is not None
    assert json.loads(bytes(raw))["external"] == {"csv": {"Nomor": "7"}}


def test_the_report_is_a_table_that_no_spreadsheet_runs(house: House, officer: Client) -> None:
    pk = kept(officer, b'locators,explanation,more\nx,y,"{""=cmd"": 1}"\n', name="=cmd.csv")
    officer.post(f"/desk/imports/{pk}/start")
    ended(pk)
    answer: Any = officer.get(f"/desk/imports/{pk}/refused.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["line", "place", "reason"]
    assert {row[0] for row in rows[1:]} == {"2"}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{pk}-refused.csv"'


def test_the_receipts_are_a_file(house: House, officer: Client) -> None:
    pk = kept(officer, ndjson(300), name="many.ndjson")
    officer.post(f"/desk/imports/{pk}/start")
    ended(pk)
    answer: Any = officer.get(f"/desk/imports/{pk}/receipts.ndjson")
    found = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [(one["first"], one["last"], len(one["items"])) for one in found] == [
        (1, 125, 125),
        (126, 250, 125),
        (251, 300, 50),
    ]


@pytest.mark.parametrize("state", list(ImportState))
@pytest.mark.parametrize("language", ["en", "id"])
def test_every_state_has_a_sound_page(house: House, officer: Client, state: ImportState, language: str) -> None:
    pk = kept(officer)
    jobs._move(pk, state, reason="restarted")
    for address in ("/desk/import", f"/desk/imports/{pk}"):
        assert complaints(officer.get(address, headers={"accept-language": language})) == []


def test_the_part_asks_for_itself_while_it_runs_and_for_the_page_at_the_end(house: House, officer: Client) -> None:
    pk = kept(officer)
    jobs._move(pk, ImportState.RUNNING)
    with closing(Spool.take(Import.objects.get(pk=pk).spool)):
        running = officer.get(f"/desk/imports/{pk}/progress")
    over = officer.get(f"/desk/imports/{pk}/progress")
    assert ("hx-get" in html(running), running.headers.get("HX-Refresh")) == (True, None)
    assert ("hx-get" in html(over), over.headers.get("HX-Refresh")) == (False, "true")
    assert "<html" not in html(running)


def test_an_interrupted_import_offers_to_go_on(house: House, officer: Client) -> None:
    pk = kept(officer)
    jobs._move(pk, ImportState.RUNNING)
    jobs.sweep(at=imports.now())
    shown = html(page(officer, pk))
    assert ("The server was restarted in the middle of it." in shown, "Go on" in shown) == (True, True)
    officer.post(f"/desk/imports/{pk}/start")
    assert counts(ended(pk)) == ("done", 2, 1, 0, 1)


def test_an_interrupted_import_without_its_file_asks_for_it_again(house: House, officer: Client) -> None:
    pk = kept(officer)
    jobs._move(pk, ImportState.INTERRUPTED)
    (spool.folder() / Import.objects.get(pk=pk).spool).unlink()
    assert "The file is no longer kept here." in html(page(officer, pk))
    again = officer.post(f"/desk/imports/{pk}/start", follow=True)
    assert "no longer kept here; send it again" in html(again)


def test_a_discarded_file_is_gone(house: House, officer: Client) -> None:
    pk = kept(officer)
    officer.post(f"/desk/imports/{pk}/discard")
    assert (Import.objects.get(pk=pk).state, list(spool.names())) == ("discarded", [])


def test_a_running_file_is_not_discarded(house: House, officer: Client) -> None:
    pk = kept(officer)
    held = Spool.take(Import.objects.get(pk=pk).spool)
    response = officer.post(f"/desk/imports/{pk}/discard", follow=True)
    assert ("being imported at this moment" in html(response), held.path.exists()) == (True, True)
    held.close()


def test_a_stop_leaves_the_rest_for_later(house: House, officer: Client) -> None:
    pk = kept(officer)
    jobs._move(pk, ImportState.RUNNING)
    assert "Stopped." in html(officer.post(f"/desk/imports/{pk}/stop", follow=True))
    assert Import.objects.get(pk=pk).state == "interrupted"


def test_an_import_whose_process_died_is_shown_as_it_is_and_goes_on(house: House, officer: Client) -> None:
    """As another process finds it: the row says that it runs, and nobody holds the file."""
    pk = kept(officer)
    jobs._move(pk, ImportState.RUNNING)
    shown = html(page(officer, pk))
    assert ("The server was restarted in the middle of it." in shown, "Go on" in shown) == (True, True)
    assert "interrupted" in html(officer.get("/desk/import"))
    officer.post(f"/desk/imports/{pk}/start")
    assert counts(ended(pk)) == ("done", 2, 1, 0, 1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"file": None}, "Choose a file."),
        ({"end": None}, "The file was cut off on its way."),
        ({"kind": "nonsense"}, "one of"),
        ({"file": SimpleUploadedFile("x", b"\x00\x01")}, "The file does not show its format."),
        ({"provision": ""}, "This is needed."),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(
    house: House, officer: Client, changes: dict[str, Any], says: str
) -> None:
    response = upload(officer, **changes)
    assert (response.status_code, complaints(response)) == (422, [])
    assert says in html(response)
    response.close()
    assert (Import.objects.count(), list(spool.names())) == (0, [])


def test_a_file_that_is_too_large_is_refused_and_not_kept(
    house: House, officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "LARGEST", 10)
    response = upload(officer)
    assert (response.status_code, complaints(response), list(spool.names())) == (413, [], [])


def test_a_full_disk_is_said(house: House, officer: Client, settings_of: Callable[..., None]) -> None:
    settings_of(MUFAKAT_DISK_RESERVE=2**62)
    from mufakat.server.journal import durability

    durability._seen = (float("-inf"), 0)
    response = upload(officer)
    durability._seen = (float("-inf"), 0)
    assert (response.status_code, complaints(response), list(spool.names())) == (507, [], [])


@pytest.mark.parametrize("who", ["visitor", "reviewer", "approver"])
def test_who_may_not_send_leaves_no_file(house: House, browser_of: Browser, who: str) -> None:
    browser = {
        "visitor": Client,
        "reviewer": lambda: browser_of("telegram", "reviewer"),
        "approver": lambda: browser_of("kominfo", "approver"),
    }[who]()
    response = upload(browser)
    response.close()
    assert (response.status_code, list(spool.names())) == (403, [])


@pytest.mark.parametrize("path", ["/desk/send", "/language", "/account/login/"])
def test_no_other_page_keeps_a_file(house: House, officer: Client, path: str) -> None:
    officer.post(path, {"file": SimpleUploadedFile("x.csv", TABLE)}).close()
    assert list(spool.names()) == []


@pytest.mark.invariant("I-10")
def test_another_party_finds_nothing_of_it(house: House, officer: Client, browser_of: Browser) -> None:
    pk = kept(officer, name="canary-name.csv")
    other = browser_of("bnpt", "officer")
    reads = [f"/desk/imports/{pk}{part}" for part in ("", "/progress", "/refused.csv", "/receipts.ndjson")]
    deeds = [f"/desk/imports/{pk}/{part}" for part in ("start", "stop", "discard")]
    assert {other.get(address).status_code for address in reads} == {404}
    assert {other.post(address).status_code for address in deeds} == {404}
    assert "canary-name" not in html(other.get("/desk/import"))


@pytest.mark.parametrize("deed", ["start", "stop", "discard"])
def test_opening_an_address_does_nothing(house: House, officer: Client, deed: str) -> None:
    pk = kept(officer)
    assert officer.get(f"/desk/imports/{pk}/{deed}").status_code == 405
    assert Import.objects.get(pk=pk).state == "waiting"


def test_what_a_stranger_typed_does_not_live(house: House, officer: Client) -> None:
    name = '"><img src=x>\u202egnp.csv'
    raw = b"locators,explanation\nhttps://evil.example/<script>alert(1)</script>,x\n<script>alert(2)</script>,y\n"
    pk = kept(officer, raw, name=name, explanation="<script>alert(3)</script>")
    for state in (ImportState.WAITING, ImportState.DONE):
        jobs._move(pk, state)
        response = page(officer, pk)
        assert ("<script>alert" in html(response), "<img" in html(response), complaints(response)) == (False, False, [])
        assert "\u202e" not in html(response)
        assert not [link for link in read(response).links if "evil" in link]


def test_a_list_of_files_is_a_constant_number_of_queries(house: House, officer: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counted = []
    for _ in range(2):
        kept(officer)
        with CaptureQueriesContext(connection) as captured:
            officer.get("/desk/import")
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_a_notice_of_the_file_is_filled_and_its_own_words_stay(house: House, officer: Client) -> None:
    raw = json.dumps({**NOTICE, "category": "gambling"}).encode()
    pk = kept(officer, raw, name="one.json", urgency="", measures=["remove"])
    officer.post(f"/desk/imports/{pk}/start")
    ended(pk)
    assert (Notice.objects.get().category, Notice.objects.get().urgency) == ("gambling", "urgent")


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
def test_the_list_of_notices_is_there_as_a_file(house: House, browser_of: Browser, form: str) -> None:
    house.submit()
    browser = browser_of("telegram", "representative")
    address = f"/desk/notices.file?format={form}"
    assert address in read(browser.get("/desk/notices/")).links
    answer: Any = browser.get(address)
    assert (b"A made-up placeholder." in b"".join(answer.streaming_content), answer.status_code) == (True, 200)
    answer.close()
    none: Any = browser.get(f"{address}&state=closed")
    assert b"A made-up placeholder." not in b"".join(none.streaming_content)


@pytest.mark.parametrize("query", ["", "?format=xarf", "?format=exe", "?format=csv&state=x"])
def test_a_file_that_is_not_offered_is_not_found(house: House, officer: Client, query: str) -> None:
    assert officer.get(f"/desk/notices.file{query}").status_code == 404


def test_the_file_of_an_admin_is_refused_before_a_byte_leaves(house: House, browser_of: Browser) -> None:
    assert browser_of("mufakat", "admin").get("/desk/notices.file?format=csv").status_code == 403
