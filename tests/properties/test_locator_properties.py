"""What holds of every text: parsing is total, stable, keeps no secret, and does not depend on spelling."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings, strategies as st

from mufakat.locator import MAX_LENGTH, Kind, Locator, Reason, Refusal, parse

# Reading the list of public suffixes is no part of any example's time.
parse("situs.example")

# Every code point, lone surrogates too.
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)
PIECES = st.sampled_from(
    [
        *(
            "https://",
            "http:",
            "ftp://",
            "tg:",
            "tg://",
            "hxxps[:]//",
            "//",
            "/",
            "\\",
            "?",
            "#",
            "&",
            "=",
            "@",
            ":",
            "%",
            "%2F",
            "%252F",
        ),
        *(
            "t.me",
            "telegram.me",
            "telegra.ph",
            ".t.me",
            "situs.example",
            "例え.テスト",
            "xn--",
            "8.8.8.8",
            "127.0.0.1",
            "[::1]",
            ".",
            "..",
        ),
        *(
            "resolve?domain=",
            "username:",
            "channel:",
            "proxy?server=",
            "share/url?url=",
            "iv?url=",
            "s/",
            "c/",
            "joinchat/",
            "boost",
        ),
        *(
            "contoh_kanal",
            "a",
            "0",
            "12",
            "-",
            "_",
            "+",
            "$",
            "(",
            ")",
            "[",
            "]",
            "[.]",
            "(dot)",
            "[at]",
            "<",
            '"',
            "'",
            ",",
            ";",
            "!",
            "…",
        ),
        *(
            " ",
            "\t",
            "\u200b",
            "\u00a0",
            "\u202e",
            "\ud800",
            "\x00",
            "secret=",
            "port=443",
            "sha256:",
            "ab" * 16,
            "login",
            "message/",
        ),
    ]
)
LIKELY = st.lists(PIECES, max_size=14).map("".join)
TEXTS = ANYTHING | LIKELY

LABELS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True).filter(
    lambda label: not label.startswith("xn--")
)
HOSTS = st.lists(LABELS, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))
PATHS = st.text(st.characters(categories=("L", "N")) | st.sampled_from("/-._~()[]&=?"), max_size=20).map(
    lambda text: f"/{text}".rstrip("?.") or "/"
)
USERNAMES = st.from_regex(r"[A-Za-z]{5}[A-Za-z0-9]{0,12}", fullmatch=True).filter(
    lambda name: (
        name.lower() not in {"login", "oauth", "share", "proxy", "socks", "boost", "invoice", "contact", "auction"}
    )
)
NUMBERS = st.integers(1, 2**31 - 1)
CODES = st.from_regex(r"[0-9]{5}q[0-9]{5}", fullmatch=True)


def canonical(text: str) -> str:
    found = parse(text)
    assert isinstance(found, Locator), (text, found)
    return found.canonical


@given(TEXTS)
def test_every_text_gives_a_locator_or_a_reasoned_refusal(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Locator) or (found.reason in Reason and bool(found.sentence))


@given(TEXTS)
def test_a_locator_can_be_stored_and_shown(text: str) -> None:
    found = parse(text)

    if isinstance(found, Locator):
        assert (found.canonical + found.display + (found.host or "")).encode(
            "utf-8"
        ).isascii() or found.display != found.canonical
        assert found.input.strip().encode("utf-8")
        assert len(found.canonical) <= MAX_LENGTH


@settings(max_examples=400)
@given(TEXTS)
@example("https://situs.example/x.#bagian")
@example("situs.example/x(dot)")
@example("situs[.]example?x::")
@example("https://situs.example/(/../x)")
@example("https://telegra.ph/x./")
@example("https://situs.example/{?}")
@example("2606:4700::")
@example("https://situs.example/x/..;")
def test_a_canonical_form_is_its_own(text: str) -> None:
    found = parse(text)

    if isinstance(found, Locator):
        assert canonical(found.canonical) == found.canonical


@given(TEXTS)
def test_the_input_is_kept_but_for_proxies(text: str) -> None:
    found = parse(text)

    if isinstance(found, Locator) and found.kind not in {Kind.PROXY, Kind.SHARE, Kind.INSTANT_VIEW}:
        assert found.input == text


@given(HOSTS, PATHS)
def test_a_defanged_address_is_the_plain_one(host: str, path: str) -> None:
    plain = parse(f"https://{host}{path}")

    for text in (
        f"hxxps://{host.replace('.', '[.]')}{path}",
        f"hXXps[:]//{host.replace('.', '(dot)')}{path}",
        f"hxxps[://]{host.replace('.', '{.}')}{path}",
    ):
        found = parse(text)
        assert isinstance(found, Refusal) if isinstance(plain, Refusal) else found == replace(plain, input=text)


@given(HOSTS)
def test_scheme_and_host_fold_case(host: str) -> None:
    assert canonical(f"HTTPS://{host.upper()}/A") == canonical(f"https://{host}/A")


@given(HOSTS)
def test_a_bare_host_is_a_host_and_with_a_path_an_address(host: str) -> None:
    assert (canonical(host), canonical(f"{host}/")) == (host, f"https://{host}/")


@given(USERNAMES, NUMBERS)
def test_usernames_fold_case_in_every_form(name: str, number: int) -> None:
    forms = (
        f"https://t.me/{name}/{number}",
        f"t.me/s/{name.upper()}/{number}",
        f"https://{name}.t.me/{number}",
        f"tg://resolve?domain={name.swapcase()}&post={number}",
        f"tg:username:{name}/message/{number}",
    )

    assert {canonical(text) for text in forms} == {f"tg:username:{name.lower()}/message/{number}"}


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{8,20}", fullmatch=True))
def test_invites_do_not_fold_case(token: str) -> None:
    assert canonical(f"https://t.me/joinchat/{token}") == canonical(f"t.me/+{token}") == f"tg:invite:{token}"


LOGIN = st.sampled_from(
    ["https://t.me/login/{}", "t.me/login/{}", "HTTPS://T.ME/Login/{}", "tg://login?code={}", "tg:login?token={}"]
)
CONFIRM = st.sampled_from(
    ["https://t.me/confirmphone?phone=999&hash={}", "tg:confirmphone?phone=999&hash={}", "tg://passport?nonce={}"]
)
OUTSIDE = st.sampled_from(
    [
        "{}",
        "https://t.me/share/url?url={}",
        "https://t.me/iv?url={}",
        "https://situs.example/?u={}",
        "tg:msg_url?url={}",
    ]
)


Rewriting = Callable[[str], str]
Layers = list[tuple[Rewriting, str]]


def encoded(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


ENCODE = st.sampled_from([str, lambda text: quote(text, safe=""), encoded])
DEFANG = st.sampled_from([str, lambda text: text.replace("t.me", "t[.]me"), lambda text: text.replace(":", "[:]", 1)])


@given(LOGIN | CONFIRM, CODES, DEFANG, st.lists(st.tuples(ENCODE, OUTSIDE), max_size=3))
def test_no_secret_is_ever_kept(link: str, code: str, defang: Rewriting, layers: Layers) -> None:
    text = defang(link.format(code))
    for encode, outside in layers:
        text = outside.format(encode(text))
    found = parse(text)

    assert isinstance(found, Refusal)
    assert code not in repr(found)


@given(CODES, HOSTS, st.lists(st.tuples(ENCODE, OUTSIDE), max_size=3))
def test_the_key_of_a_proxy_is_never_kept(code: str, host: str, layers: Layers) -> None:
    text = f"https://t.me/proxy?server={host}&port=443&secret={code}"
    for encode, outside in layers:
        text = outside.format(encode(text))

    assert code not in repr(parse(text))


@pytest.mark.parametrize("size", [MAX_LENGTH + 1, 10**5, 10**6])
def test_a_text_over_the_limit_is_refused_unread(size: int) -> None:
    class Untouchable(str):
        __slots__ = ()

        def __getitem__(self, key: object) -> NoReturn:
            raise AssertionError("it was read")

        def __iter__(self) -> NoReturn:
            raise AssertionError("it was read")

    found = parse(Untouchable("a" * size))

    assert isinstance(found, Refusal)
    assert found.reason is Reason.TOO_LONG


# Texts that would cost the square of their length if any step went over them again and again.
REPEATED = [
    *(
        ".",
        "(",
        ")",
        '"',
        "[.]",
        " [",
        " ",
        "%25",
        "%2%35",
        "t.me/",
        "tg:",
        "/",
        "a.",
        "xn--a.",
        "a=1&",
        "a/../",
        "#.",
        "@",
        ":",
        "\u200b",
    ),
    *(
        "例",
        "é.",
        "\ufdfa",
        "[/]",
        "share/url?url=",
        "proxy?secret=",
        "login/",
        "s/",
        "a:",
        "0",
        "-",
        "_",
        "..",
        "/..",
        "::",
    ),
]


@pytest.mark.parametrize(
    "front", ["", "https://situs.example/", "https://t.me/", "tg:", "https://situs.example/login?", "t[.]me"]
)
@pytest.mark.parametrize("piece", REPEATED)
def test_the_longest_texts_are_parsed_at_once(piece: str, front: str) -> None:
    text = (front + piece * MAX_LENGTH)[:MAX_LENGTH]
    start = time.process_time()
    parse(text)

    # Linear work is some milliseconds; the square of 4,096 would be seconds.
    assert time.process_time() - start < 0.5
