"""Evidence on the pages: files with the form, the list on the notice, and downloads from an origin of their own."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.server.web.web_checks import complaints, fields, html, read

from mufakat.server.journal import door, durability, vault
from mufakat.server.notices import evidence, queries
from mufakat.server.notices.models import Exhibit, Upload
from mufakat.server.web import sandbox, uploads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.houses import House

    Browser = Callable[[str, str], Client]
    SettingsOf = Callable[..., None]

PICTURE = b"\x89PNG\r\n\x1a\n made-up bytes " * 10_000  # More than one chunk.
FILES = "https://files.example.org"


@pytest.fixture
def officer(browser_of: Browser) -> Client:
    return browser_of("kominfo", "officer")


def chosen(content: bytes = PICTURE, name: str = "capture.png", kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def sha(content: bytes = PICTURE) -> str:
    return hashlib.sha256(content).hexdigest()


def send(client: Client, *files: SimpleUploadedFile, **changes: Any) -> Any:
    return client.post("/desk/send", {**fields(**changes), "evidence": list(files)})


def left(house: House) -> list[str]:
    return sorted(path.name for path in (house.data / "evidence").rglob("*") if path.is_file())


def sent(house: House) -> str:
    return queries.list_for(house.caller("kominfo", "officer")).items[0].notice.id


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


# -- With the form


def test_files_of_the_form_become_evidence_that_both_sides_download(
    house: House, officer: Client, browser_of: Browser
) -> None:
    response = send(officer, chosen(), chosen(b"second", "second.txt", "text/plain"))
    assert response.status_code == 302
    notice = sent(house)
    named = json.loads(queries.body(queries.get_for(house.caller("kominfo", "officer"), notice)) or b"")["evidence"]
    assert named == [
        {"name": "capture.png", "media_type": "image/png", "sha256": sha()},
        {"name": "second.txt", "media_type": "text/plain", "sha256": sha(b"second")},
    ]
    theirs = browser_of("telegram", "reviewer").get(f"/desk/notices/{notice}/evidence/0")
    assert (theirs.status_code, content_of(theirs)) == (200, PICTURE)


def test_a_file_of_the_form_never_lies_on_the_disk_in_the_open(
    house: House, officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    def in_the_open(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", in_the_open)
    assert send(officer, chosen()).status_code == 302
    assert not any(PICTURE[:64] in vault.place(name).read_bytes() for name in left(house))


def test_a_refused_form_keeps_its_files_and_sends_them_with_the_next_try(house: House, officer: Client) -> None:
    refused = send(officer, chosen(name="gnp\u202e.png"), explanation="")
    assert (refused.status_code, complaints(refused)) == (422, [])
    (kept,) = [str(has["value"]) for _, has in read(refused).controls if has.get("name") == "kept"]
    assert kept == f"{sha()}:image/png:gnp.png"  # Django leaves out what turns a name.
    response = officer.post("/desk/send", fields(kept=[kept]))
    assert response.status_code == 302
    assert Exhibit.objects.get().name == "gnp.png"


@pytest.mark.parametrize("kept", ["", "::", "x:y:z", "0" * 64 + ":image/png:x.png", "a:b"])
def test_a_kept_file_that_is_none_is_refused_by_the_rules_or_not_named(
    house: House, officer: Client, kept: str
) -> None:
    response = officer.post("/desk/send", fields(kept=[kept]))
    assert (response.status_code, Upload.objects.count()) == ((422 if kept.count(":") >= 2 else 302), 0)


@pytest.mark.invariant("I-10")
def test_a_kept_file_of_another_party_is_not_here(house: House, officer: Client) -> None:
    door.writer().commit(evidence.record(vault.keep(PICTURE), by=house.caller("bnpt", "officer")))
    response = officer.post("/desk/send", fields(kept=[f"{sha()}:image/png:capture.png"]))
    assert response.status_code == 422
    assert "File 1:" in html(response)


@pytest.mark.invariant("I-15")
def test_for_child_sexual_abuse_the_form_takes_no_file(house: House, officer: Client) -> None:
    response = send(officer, chosen(), category="child_sexual_abuse")
    assert (response.status_code, complaints(response)) == (422, [])
    assert "no files are taken" in response.context["form"]["evidence"].errors[0]
    assert (left(house), Upload.objects.count()) == ([], 0)
    assert send(officer, category="child_sexual_abuse").status_code == 302


def test_a_second_click_with_the_same_files_sends_nothing_twice(house: House, officer: Client) -> None:
    first, second = send(officer, chosen()), send(officer, chosen())
    assert (first.status_code, first["Location"]) == (302, second["Location"])


def test_without_files_nothing_of_it_is_in_the_notice(house: House, officer: Client) -> None:
    assert send(officer).status_code == 302
    assert (Exhibit.objects.count(), (house.data / "evidence").exists()) == (0, False)


@pytest.mark.parametrize("limit", ["LARGEST", "TOTAL"])
def test_a_file_that_is_too_large_is_said_and_leaves_nothing(
    house: House, officer: Client, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(evidence if limit == "LARGEST" else uploads, limit, len(PICTURE) - 1)
    response = send(officer, chosen())
    assert response.status_code == 422
    assert "larger than" in response.context["form"]["evidence"].errors[0]
    assert left(house) == []


def test_more_files_than_a_notice_names_are_refused(house: House, officer: Client) -> None:
    response = send(officer, *(chosen(b"%d" % number, f"{number}.txt") for number in range(21)))
    assert response.status_code == 422
    assert "at most 20" in response.context["form"]["evidence"].errors[0]
    assert left(house) == []


def test_without_room_nothing_is_taken(house: House, officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "free_bytes", lambda: 0)
    response = send(officer, chosen())
    assert response.status_code == 422
    assert "no room left" in response.context["form"]["evidence"].errors[0]
    assert left(house) == []


@pytest.mark.parametrize("path", ["/desk/send", "/account/login/", "/language", "/nowhere", "/desk/send/links"])
def test_a_strangers_file_is_not_even_written(house: House, path: str) -> None:
    before = vault.Draft
    written: list[bool] = []

    class Seen(before):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            written.append(True)
            super().__init__()

    vault.Draft = Seen  # type: ignore[assignment, misc]
    try:
        Client().post(path, {"evidence": [chosen()]})
    finally:
        vault.Draft = before  # type: ignore[misc]
    assert (written, left(house)) == ([], [])


def test_a_form_without_its_token_leaves_nothing(house: House, browser_of: Browser) -> None:
    from mufakat.server.parties import queries as parties

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(
        parties.person_in("kominfo", "officer"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert send(strict, chosen()).status_code == 403
    assert left(house) == []


def test_a_type_that_is_none_becomes_plain_bytes(house: House, officer: Client) -> None:
    assert send(officer, chosen(kind="text/html; charset=utf-8")).status_code == 302
    assert send(officer, chosen(kind="no type"), key="page-" + "b" * 32).status_code == 302
    assert {row.media_type for row in Exhibit.objects.all()} == {"text/html", "application/octet-stream"}


# -- On the notice


def test_the_notice_lists_its_files_with_size_digest_and_link(house: House, officer: Client) -> None:
    send(officer, chosen())
    notice = sent(house)
    response = officer.get(f"/desk/notices/{notice}")
    assert complaints(response) == []
    assert sha() in html(response)
    assert "capture.png" in html(response)
    assert f"/desk/notices/{notice}/evidence/0" in read(response).links


def test_an_erased_file_is_shown_as_erased_and_has_no_link(house: House, officer: Client) -> None:
    send(officer, chosen())
    notice = sent(house)
    door.commit(lambda moment: evidence.destroy_keys([notice], moment))
    response = officer.get(f"/desk/notices/{notice}")
    assert "<code>erased</code>" in html(response)
    assert f"/desk/notices/{notice}/evidence/0" not in read(response).links
    assert officer.get(f"/desk/notices/{notice}/evidence/0").status_code == 404


def test_a_damaged_file_is_a_page_that_says_so(house: House, officer: Client) -> None:
    send(officer, chosen())
    vault.place(left(house)[0]).write_bytes(b"damaged")
    response = officer.get(f"/desk/notices/{sent(house)}/evidence/0")
    assert response.status_code == 500
    assert "damaged" in html(response)


@pytest.mark.parametrize("origin", ["", FILES])
def test_a_stranger_gets_neither_file_nor_link(
    house: House, officer: Client, browser_of: Browser, settings_of: SettingsOf, origin: str
) -> None:
    send(officer, chosen())
    settings_of(MUFAKAT_EVIDENCE_ORIGIN=origin)
    path = f"/desk/notices/{sent(house)}/evidence/0"
    assert browser_of("bnpt", "officer").get(path).status_code == 404
    assert Client().get(path)["Location"].startswith("/account/login/")
    assert officer.post(path).status_code == 405


# -- The second origin


@pytest.fixture
def away(house: House, officer: Client, settings_of: SettingsOf) -> str:
    """The address that a download is led to."""
    send(officer, chosen())
    settings_of(MUFAKAT_EVIDENCE_ORIGIN=FILES, ALLOWED_HOSTS=["testserver", "files.example.org"])
    response = officer.get(f"/desk/notices/{sent(house)}/evidence/0")
    assert (response.status_code, response["Cache-Control"]) == (302, "private, no-store")
    return str(response["Location"])


def at_files(path: str, method: str = "get", client: Client | None = None, host: str = "files.example.org") -> Any:
    return getattr(client or Client(), method)(path, headers={"Host": host})


def test_a_download_comes_from_the_second_origin_by_a_signed_link(away: str) -> None:
    assert away.startswith(f"{FILES}/evidence/")
    response = at_files(away.removeprefix(FILES))
    assert (response.status_code, content_of(response)) == (200, PICTURE)
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_a_link_works_only_where_files_are_given_out(away: str, officer: Client) -> None:
    assert officer.get(away.removeprefix(FILES)).status_code == 404


def test_a_link_ends_after_a_minute(away: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + sandbox.LASTS + 1)
    assert at_files(away.removeprefix(FILES)).status_code == 410


@pytest.mark.parametrize("change", [lambda path: path[:-1], lambda path: path + "A", lambda path: path.swapcase()])
def test_a_link_that_was_changed_leads_nowhere(away: str, change: Callable[[str], str]) -> None:
    path = away.removeprefix(f"{FILES}/evidence/")
    assert at_files(f"/evidence/{change(path)}").status_code == 404
    assert at_files(f"/evidence/{path}").status_code == 200


def test_a_link_dies_with_the_seat_it_was_given_to(house: House, away: str) -> None:
    from mufakat.server.parties import operations, queries as parties

    operations.end_person(parties.person_in("kominfo", "officer").email)
    assert at_files(away.removeprefix(FILES)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/desk/",
        "/account/login/",
        "/api/v1/parties",
        "/health/live",
        "/static/web/mark.svg",
        "/log/",
        "/evidence/",
    ],
)
@pytest.mark.parametrize("host", ["files.example.org", "FILES.example.org:443", "files.example.org."])
def test_the_second_origin_answers_nothing_else_and_looks_at_no_cookie(
    away: str, officer: Client, path: str, host: str
) -> None:
    response = at_files(path, client=officer, host=host)
    assert (response.status_code, bool(response.cookies)) == (404, False)
    assert at_files(path, method="post", client=officer, host=host).status_code == 404


def test_the_hot_doors_are_not_on_the_second_origin(house: House, away: str) -> None:
    import asyncio

    from mufakat.server.runtime.asgi import Application

    async def asked(method: str, path: str, host: bytes) -> int:
        said: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "http_version": "1.1",
            "headers": [(b"host", host), (b"content-length", b"0")],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        await Application()(scope, receive, send)
        return int(said[0]["status"])

    for method, path in (("POST", "/api/v1/notices"), ("PUT", f"/api/v1/evidence/{'0' * 64}")):
        assert asyncio.run(asked(method, path, b"files.example.org")) == 404
        assert asyncio.run(asked(method, path, b"testserver")) == 401


# -- Of appeals


HOSTILE = b"<!doctype html><script>document.title='ran'</script><svg onload=alert(1)>"


def appealed(house: House) -> str:
    """A notice whose decision was contested by code, with a page as evidence; the notice's id."""
    from datetime import UTC, datetime

    from tests.server.appeals.contesting import code_of, file
    from tests.server.decisions.deciding import decide, taken

    from mufakat.server.appeals import operations

    notice = taken(house)
    decision = decide(house, notice)
    named = {**file(HOSTILE, "page.html"), "media_type": "text/html"}
    said = {"code": code_of(decision), "reasons": "It is a made-up page of mine.", "evidence": [named]}
    raw = json.dumps(said).encode()
    operations.lodge_by_code(operations.read_by_code(raw), raw, at=datetime.now(UTC), key="appeal-1")
    return notice


@pytest.mark.parametrize("seat", [("telegram", "reviewer-2"), ("telegram", "reviewer")])
def test_a_page_that_came_with_an_appeal_is_saved_and_never_shown(
    house: House, browser_of: Browser, seat: tuple[str, str]
) -> None:
    notice = appealed(house)
    response = browser_of(*seat).get(f"/desk/notices/{notice}/evidence/0")
    headers = response.headers
    assert (response.status_code, content_of(response)) == (200, HOSTILE)
    assert headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "html" not in headers["Content-Type"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_files_of_an_appeal_come_from_the_second_origin_where_there_is_one(
    house: House, browser_of: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "MUFAKAT_EVIDENCE_ORIGIN", FILES)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", [*settings.ALLOWED_HOSTS, "files.example.org"])
    notice = appealed(house)
    away = browser_of("telegram", "reviewer-2").get(f"/desk/notices/{notice}/evidence/0")
    assert (away.status_code, away.headers["Location"].startswith(f"{FILES}/evidence/")) == (302, True)
    found = Client().get(away.headers["Location"].removeprefix(FILES), headers={"host": "files.example.org"})
    assert (found.status_code, content_of(found)) == (200, HOSTILE)


def test_a_stranger_has_no_file_of_an_appeal(house: House, browser_of: Browser) -> None:
    notice = appealed(house)
    for client, status in ((browser_of("bnpt", "officer"), 404), (Client(), 302)):
        response = client.get(f"/desk/notices/{notice}/evidence/0")
        assert response.status_code == status
        assert "evidence/" not in response.headers.get("Location", "").split("?")[0]
