"""Web addresses: one canonical form, and what is refused."""

from __future__ import annotations

import pytest

from mufakat.locator import MAX_LENGTH, Kind, Locator, Reason, Refusal, parse


def located(text: str) -> tuple[Kind, str]:
    found = parse(text)
    assert isinstance(found, Locator), found
    return found.kind, found.canonical


def reason(text: str) -> Reason:
    found = parse(text)
    assert isinstance(found, Refusal), found
    return found.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://situs.example/", "https://situs.example/"),
        ("https://situs.example", "https://situs.example/"),
        ("HTTPS://Situs.EXAMPLE/Jalan", "https://situs.example/Jalan"),
        ("http://situs.example:80/", "http://situs.example/"),
        ("https://situs.example:8443/", "https://situs.example:8443/"),
        ("ftp://situs.example:21/a", "ftp://situs.example/a"),
        ("https://situs.example./a", "https://situs.example/a"),
        ("https://situs.example/a#bagian", "https://situs.example/a"),
        ("https://situs.example/a?b=c&d", "https://situs.example/a?b=c&d"),
        ("https://situs.example/a/../b/./c", "https://situs.example/b/c"),
        ("https://situs.example/a/..", "https://situs.example/"),
        ("https:\\\\situs.example\\a", "https://situs.example/a"),
        ("https:situs.example/a", "https://situs.example/a"),
        ("//situs.example/a", "https://situs.example/a"),
        ("situs.example/a", "https://situs.example/a"),
        ("situs.example?a=b", "https://situs.example/?a=b"),
        ("situs.example:8443", "https://situs.example:8443/"),
        ("situs.example:8443/a", "https://situs.example:8443/a"),
        ("https://例え.テスト/あ", "https://xn--r8jz45g.xn--zckzah/%E3%81%82"),
        ("https://SITUS。example/", "https://situs.example/"),
        ("https://situs.example/a b", "https://situs.example/a%20b"),
        ("https://8.8.8.8/a", "https://8.8.8.8/a"),
        ("https://134744072/", "https://8.8.8.8/"),
        ("https://[2606:4700:0:0::1111]:443/", "https://[2606:4700::1111]/"),
        ("https://github.io/a", "https://github.io/a"),
        ("https://a_b.example/", "https://a_b.example/"),
    ],
)
def test_an_address_has_one_canonical_form(text: str, expected: str) -> None:
    assert located(text) == (Kind.URL, expected)


@pytest.mark.parametrize(
    "text",
    [
        " https://situs.example/a ",
        "\ufeff\u200bhttps://situs.example/a\u200b",
        "<https://situs.example/a>",
        '"https://situs.example/a".',
        "“https://situs.example/a”",
        "(https://situs.example/a).",
        "https://situs.example/a...",
        "https://situs.example/a?!",
        "https://situs.example/a,",
        "\thttps://situs.example/a\r\n",
    ],
)
def test_what_people_paste_around_an_address_comes_off(text: str) -> None:
    assert located(text) == (Kind.URL, "https://situs.example/a")


def test_brackets_that_belong_to_the_path_stay() -> None:
    assert located("https://situs.example/Nama_(kota)")[1] == "https://situs.example/Nama_(kota)"


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/plain,x",
        "file:///etc/hosts",
        "mailto:nama@situs.example",
        "gopher://situs.example",
    ],
)
def test_other_schemes_are_refused(text: str) -> None:
    assert reason(text) is Reason.UNSUPPORTED_SCHEME


@pytest.mark.parametrize(
    "text",
    [
        "https://nama:sandi@situs.example/",
        "https://nama@situs.example/",
        "t.me@situs.example/contoh",
        "hxxps://nama[at]situs[.]example/",
    ],
)
def test_credentials_are_refused_and_not_repeated(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal)
    assert (found.reason, "sandi" in repr(found)) == (Reason.CREDENTIALS, False)


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/\x00",
        "https://a.exa\nmple/",
        "https://a.example/\x85b",
        "https://a.example/\u202etxt.exe",
        "\u202ehttps://a.example/",
        "https://a.example/\ud800",
        "\udfff",
        "https://a.example/\u2066x",
        "a\u2028b.example",
    ],
)
def test_characters_that_must_not_be_stored_or_shown_are_refused(text: str) -> None:
    assert reason(text) is Reason.CONTROL_CHARACTER


@pytest.mark.parametrize("text", ["", " ", "\t\u200b\ufeff", '""', "..."])
def test_nothing_is_refused_as_empty(text: str) -> None:
    assert reason(text) is Reason.EMPTY


def test_the_longest_text_that_is_taken_is_the_limit() -> None:
    text = "https://situs.example/".ljust(MAX_LENGTH, "a")

    assert (located(text)[1], reason(text + "a")) == (text, Reason.TOO_LONG)


def test_a_text_whose_canonical_form_is_too_long_is_refused() -> None:
    assert reason("https://situs.example/".ljust(MAX_LENGTH, "あ")) is Reason.TOO_LONG


@pytest.mark.parametrize(
    "text",
    [
        "nama@situs.example",
        "situs.example dan lainnya",
        "lihat t.me/contoh",
        "https://situs.example/a https://situs.example/b",
        "/etc/hosts",
        "?",
        "#bagian",
        "\\\\server\\share"[1:],
    ],
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    assert reason(text) in {Reason.NOT_A_LOCATOR, Reason.EMPTY}


@pytest.mark.parametrize(
    "text", ["https://", "https://situs.example:99999/", "https://a b.example/", "https://a|b.example/"]
)
def test_addresses_without_a_valid_host_or_port_are_refused(text: str) -> None:
    assert reason(text) in {Reason.BAD_HOST, Reason.NOT_A_LOCATOR}
