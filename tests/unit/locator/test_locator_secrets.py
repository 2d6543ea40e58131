"""Links that hold a secret: refused wherever they hide, and nothing of them is kept."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from mufakat.locator import Kind, Locator, Reason, Refusal, parse

CODE = "73915"
LINKS = [
    f"https://t.me/login/{CODE}",
    f"t.me/login/{CODE}",
    f"https://t.me/LOGIN/{CODE}",
    f"https://t.me/s/login/{CODE}",
    f"https://t.me/./login/{CODE}",
    f"https://t.me/x/../login/{CODE}",
    f"https://t.me//login//{CODE}",
    f"https://t.me\\login\\{CODE}",
    f"https://t.me:443/login/{CODE}",
    f"https://t.me:8443/login/{CODE}",
    f"https://t.me./login/{CODE}",
    f"https://t\u3002me/login/{CODE}",
    f"https://t.me/\uff4cogin/{CODE}",
    f"https://t.me/%6Cogin/{CODE}",
    f"https://t.me/%256Cogin/{CODE}",
    f"https://t.me/login%2F{CODE}",
    f"https://www.telegram.dog/login/{CODE}",
    f"https://login.t.me/{CODE}",
    f"https://t.me/auth/{CODE}",
    f"hxxps[:]//t[.]me/login/{CODE}",
    f"hxxps://t(dot)me[/]login[/]{CODE}",
    f"https://nama@t.me/login/{CODE}",
    f"https://t.me/confirmphone?phone=999000000001&hash={CODE}",
    f"tg://login?code={CODE}",
    f"tg:login?token={CODE}",
    f"TG://Login/?code={CODE}",
    f"tg://%6Cogin?code={CODE}",
    f"tg[:]//login?code={CODE}",
    f"tg://confirmphone?phone=999000000001&hash={CODE}",
    f"tg://passport?bot_id=1&nonce={CODE}",
    f"tg://oauth?token={CODE}",
    f"tg://resolve?domain=oauth&startapp={CODE}",
    f"https://t.me/oauth?startapp={CODE}",
    f"tg://resolve?domain=telegrampassport&bot_id=1&nonce={CODE}",
    f"https://web.telegram.org/a/#tgWebAuthToken={CODE}",
    f"https://situs.example/#tgWebAppData={CODE}",
    f"https://edit.telegra.ph/auth/{CODE}",
    f"https://situs.example/t.me/x/../login/{CODE}",
    f"tg://./login?code={CODE}",
    f"https://situs.example/?u=t.me/x/../login/{CODE}",
    f"t.me/share?url=tg:resolve?domain=oauth&startapp={CODE}",
    f"https://situs.example/?u=https://t.me/lo%09gin/{CODE}",
    f"https://situs.example/?u=https://t.me/%F0%9D%90%A5ogin/{CODE}",
    f"https://situs.example/?u=https://t.me/oauth?startapp={CODE}",
]
OUTSIDES = [
    "{}",
    "https://situs.example/?kembali={}",
    "https://situs.example/{}",
    "https://t.me/iv?url={}&rhash=1",
    "https://t.me/share/url?url=https%3A%2F%2Fsitus.example%2F&text={}",
    "https://t.me/contoh_kanal#{}",
]


@pytest.mark.parametrize("link", LINKS)
def test_a_secret_link_is_refused_and_nothing_of_it_is_kept(link: str) -> None:
    found = parse(link)

    assert isinstance(found, Refusal)
    assert (found.reason, CODE in repr(found)) == (Reason.SECRET_LINK, False)


@pytest.mark.parametrize("outside", OUTSIDES)
@pytest.mark.parametrize(
    "link", [f"https://t.me/login/{CODE}", f"tg://login?code={CODE}", f"t.me/confirmphone?hash={CODE}"]
)
@pytest.mark.parametrize("rounds", [0, 1, 2, 3])
def test_a_secret_link_inside_another_address_is_refused(outside: str, link: str, rounds: int) -> None:
    for _ in range(rounds):
        link = quote(link, safe="")
    found = parse(outside.format(link))

    assert isinstance(found, Refusal)
    assert CODE not in repr(found)


def test_what_is_encoded_too_often_to_be_looked_through_is_refused() -> None:
    text = "t.me/login/1"
    for _ in range(10):
        text = quote(text, safe="").replace(".", "%2E")
    found = parse(f"https://situs.example/?u={text}")

    assert isinstance(found, Refusal)
    assert found.reason is Reason.NESTED_TOO_DEEPLY


@pytest.mark.parametrize(
    "text",
    [
        "https://t.me/login_bot",
        "https://t.me/contoh_kanal?start=login",
        "https://chat.me/login/1",
        "https://situs.example/login?kembali=https://t.me/contoh_kanal",
        "https://situs.example/proxy?user=a",
        "https://situs.example/passport",
        "https://situs.example/oauth?token=1",
        "https://t.me/contoh_kanal?start=auth",
    ],
)
def test_what_only_sounds_like_a_secret_is_taken(text: str) -> None:
    assert isinstance(parse(text), Locator)


KEY = "dd00ff11"
PROXY = f"https://t.me/proxy?server=proksi.example&port=443&secret={KEY}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROXY, "https://t.me/proxy?server=proksi.example&port=443&secret=removed"),
        (PROXY.replace("secret", "%73ecret"), "https://t.me/proxy?server=proksi.example&port=443&secret=removed"),
        (
            f"tg://socks?server=Proksi.example&port=1080&user={KEY}&pass={KEY}",
            "https://t.me/socks?server=proksi.example&port=1080&user=removed&pass=removed",
        ),
        (f"t.me/proxy?server=proksi.example&port=443#{KEY}", "https://t.me/proxy?server=proksi.example&port=443"),
    ],
)
def test_a_proxy_link_is_written_anew_without_its_key(text: str, expected: str) -> None:
    found = parse(text)

    assert isinstance(found, Locator)
    assert (found.kind, found.input) == (Kind.PROXY, expected)


@pytest.mark.parametrize(
    "text",
    [
        f"https://t.me/share/url?url={quote(PROXY, safe='')}",
        f"https://t.me/share/url?url={quote('https://t.me/share/url?url=' + quote(PROXY, safe=''), safe='')}",
        f"https://t.me/iv?url={quote(PROXY, safe='')}&rhash=1",
        f"https://t.me/share/url?url=situs.example&text={quote(PROXY, safe='')}",
    ],
)
def test_a_share_link_around_a_proxy_is_kept_without_the_key(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Locator)
    assert (KEY in repr(found), found.kind in {Kind.SHARE, Kind.INSTANT_VIEW}) == (False, True)


def test_a_share_link_that_was_written_anew_names_the_same() -> None:
    found = parse(f"https://t.me/share/url?url={quote(PROXY, safe='')}")
    assert isinstance(found, Locator)
    again = parse(found.input)

    assert isinstance(again, Locator)
    assert again.canonical == found.canonical


@pytest.mark.parametrize(
    "text", [f"https://situs.example/?u={PROXY}", f"tg:proxy:proksi.example:443#secret={KEY}", f"@contoh_kanal#{PROXY}"]
)
def test_the_key_of_a_proxy_that_cannot_be_left_out_is_refused(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal)
    assert KEY not in repr(found)
