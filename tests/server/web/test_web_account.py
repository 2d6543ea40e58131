"""Sign in and out, the second factor, and the language."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.test import Client
from tests.server.web.web_checks import complaints, html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.houses import House

    Browser = Callable[[str, str], Client]


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def account(house: House, handle: str, seat: str) -> tuple[str, str]:
    rows = [line.split() for line in (house.data / "example-accounts.txt").read_text().splitlines()]
    return next((email, password) for a, b, email, password in rows if (a, b) == (handle, seat))


def sign_in(client: Client, email: str, password: str) -> str:
    response = client.post("/account/login/", {"login": email, "password": password})
    return response.headers.get("Location", "")


def test_a_person_signs_in_and_out(house: House) -> None:
    client = Client()
    assert sign_in(client, *account(house, "kominfo", "officer")) == "/desk/"
    assert client.get("/desk/").status_code == 200
    client.post("/account/logout/")
    assert client.get("/desk/").status_code == 302


def test_after_signing_in_one_is_where_one_wanted_to_be(house: House) -> None:
    email, password = account(house, "kominfo", "officer")
    form = {"login": email, "password": password, "next": "/desk/notices/"}
    assert Client().post("/account/login/", form).headers["Location"] == "/desk/notices/"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(house: House, address: str) -> None:
    email, password = account(house, "kominfo", "officer")
    form = {"login": email, "password": password, "next": address}
    assert Client().post("/account/login/", form).headers["Location"] == "/desk/"


def test_opening_the_sign_out_does_not_sign_out(house: House, browser_of: Browser) -> None:
    browser = browser_of("kominfo", "officer")
    assert complaints(browser.get("/account/logout/")) == []
    assert browser.get("/desk/").status_code == 200


def test_a_wrong_password_is_told_without_saying_what_was_wrong(house: House) -> None:
    email, _ = account(house, "kominfo", "officer")
    said = [
        Client().post("/account/login/", {"login": address, "password": "wrong"}).context["form"].non_field_errors()
        for address in (email, "nobody@nowhere.example")
    ]
    assert "not correct" in said[0][0]
    assert said[0] == said[1]


def test_guessing_is_locked_out_politely(house: House) -> None:
    email, password = account(house, "kominfo", "officer")
    client = Client()
    for _ in range(12):
        cache.clear()  # The second guard, after the library's own limit.
        response = client.post("/account/login/", {"login": email, "password": "wrong"})
    assert (response.status_code, complaints(response)) == (429, [])
    assert "Locked for a while" in html(response)
    assert client.post("/account/login/", {"login": email, "password": password}).status_code == 429


def test_too_many_requests_are_a_page(house: House) -> None:
    client = Client()
    for _ in range(40):
        response = client.get("/account/login/")
        if response.status_code == 429:
            break
    else:
        response = client.post("/account/login/", {"login": "a@b.example", "password": "x"})
        for _ in range(40):
            response = client.post("/account/login/", {"login": "a@b.example", "password": "x"})
    assert (response.status_code, complaints(response)) == (429, [])


def test_a_closed_seat_is_told(house: House) -> None:
    assert "This seat is closed" in html(Client().get("/account/inactive/"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_signs_up(house: House, method: str) -> None:
    response = getattr(Client(), method)("/account/signup/", {"email": "a@b.example", "password1": "long enough 123"})
    assert (response.status_code, complaints(response)) == (200, [])
    assert "Nobody signs up here" in html(response)


@pytest.mark.parametrize("address", ["/account/email/", "/account/2fa/webauthn/", "/account/3rdparty/"])
def test_what_seats_do_not_need_is_not_there(house: House, browser_of: Browser, address: str) -> None:
    assert browser_of("kominfo", "officer").get(address).status_code == 404


def test_a_password_is_changed(house: House) -> None:
    email, password = account(house, "telegram", "reviewer")
    client = Client()
    sign_in(client, email, password)
    new = "a quiet river 1984"
    form = {"oldpassword": password, "password1": new, "password2": new}
    assert client.post("/account/password/change/", form).status_code == 302
    assert client.get("/desk/").status_code == 200
    assert sign_in(Client(), email, password) == ""
    assert sign_in(Client(), email, new) == "/desk/"


def test_a_weak_password_is_told_beside_its_field(house: House) -> None:
    email, password = account(house, "telegram", "reviewer")
    client = Client()
    sign_in(client, email, password)
    form = {"oldpassword": password, "password1": "short", "password2": "short"}
    response = client.post("/account/password/change/", form)
    assert (response.status_code, complaints(response), "errorlist" in html(response)) == (200, [], True)


def test_the_second_factor_is_turned_on_asked_and_turned_off(house: House) -> None:
    email, password = account(house, "telegram", "representative")
    client = Client()
    sign_in(client, email, password)
    client.post("/account/reauthenticate/", {"password": password})
    # (1) On: the page shows picture and secret, and takes the app's number.
    page = client.get("/account/2fa/totp/activate/")
    assert (page.status_code, complaints(page)) == (200, [])
    assert "data:image/svg+xml" in html(page)
    secret = page.context["form"].secret
    number = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    assert client.post("/account/2fa/totp/activate/", {"code": number}).status_code == 302
    codes = client.get("/account/2fa/recovery-codes/")
    assert (codes.status_code, complaints(codes), len(codes.context["unused_codes"])) == (200, [], 10)
    for address in ("/account/2fa/", "/account/2fa/recovery-codes/generate/", "/account/2fa/totp/deactivate/"):
        assert complaints(client.get(address)) == []
    # (2) Asked: the password alone opens nothing.
    other = Client()
    assert sign_in(other, email, password) == "/account/2fa/authenticate/"
    assert other.get("/desk/").status_code == 302
    asked = other.get("/account/2fa/authenticate/")
    assert complaints(asked) == []
    assert complaints(other.post("/account/2fa/authenticate/", {"code": "000000"})) == []
    code = codes.context["unused_codes"][0]
    assert other.post("/account/2fa/authenticate/", {"code": code}).headers["Location"] == "/desk/"
    # (3) Off again.
    assert client.post("/account/2fa/totp/deactivate/").status_code == 302
    assert sign_in(Client(), email, password) == "/desk/"


def test_what_guards_the_seat_asks_for_the_password_again(house: House, browser_of: Browser) -> None:
    browser = browser_of("telegram", "representative")  # Signed in without a password: as old as a session can be.
    response = browser.get("/account/2fa/totp/activate/", follow=True)
    assert response.redirect_chain[0][0].startswith("/account/reauthenticate/")
    assert complaints(response) == []


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("", "en"),
        ("id", "id"),
        ("id-ID,id;q=0.9,en;q=0.5", "id"),
        ("en-GB", "en"),
        ("fr,de;q=0.9", "en"),
        ("fr,id;q=0.5", "id"),
    ],
)
def test_the_browser_chooses_the_language(house: House, accepts: str, language: str) -> None:
    response = Client().get("/", headers={"accept-language": accepts})
    assert f'<html lang="{language}">' in html(response)


def test_the_language_is_switched_and_stays(house: House) -> None:
    client = Client()
    response = client.post("/language", {"language": "id", "next": "/log/"})
    assert response.headers["Location"] == "/log/"
    assert '<html lang="id">' in html(client.get("/", headers={"accept-language": "en"}))


def test_the_language_is_not_switched_by_a_link(house: House) -> None:
    client = Client()
    client.get("/language?language=id&next=/log/")
    assert '<html lang="en">' in html(client.get("/"))


def test_switching_the_language_leads_nowhere_else(house: House) -> None:
    response = Client().post("/language", {"language": "id", "next": "https://evil.example/"})
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_header_switches_on_every_page_also_after_a_form(house: House, browser_of: Browser, method: str) -> None:
    browser = browser_of("kominfo", "officer")
    notice = house.submit().subject
    addresses = ["/desk/send", "/desk/send/links", f"/desk/notices/{notice}/withdraw"]
    for address in addresses:
        getattr(browser, method)(address, {})
        moved = browser.post("/language", {"language": "en", "next": address})
        assert browser.get(moved.headers["Location"], follow=True).status_code == 200


def test_who_has_no_password_to_change_is_told_whom_to_ask(house: House) -> None:
    from mufakat.rules.permissions import Role
    from mufakat.server.parties import operations, queries

    party = queries.party_by_handle("bnpt")
    person = operations.enrol_person(party, role=Role.OFFICER, ordinal=2, email="two@bnpt.example", name="Two")
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/account/password/change/", follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/account/password/set/")
