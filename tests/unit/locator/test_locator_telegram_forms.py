"""The links of Telegram's app, the stored forms, and links around other addresses."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from mufakat.locator import Kind, Locator, Reason, Refusal, parse


def located(text: str) -> tuple[str, str]:
    found = parse(text)
    assert isinstance(found, Locator), found
    return found.kind.value, found.canonical


@pytest.mark.parametrize(
    ("app", "web"),
    [
        ("tg://resolve?domain=contoh&post=5&thread=3", "https://t.me/contoh/3/5"),
        ("tg://resolve?domain=contoh&post=5&comment=9", "https://t.me/contoh/5?comment=9"),
        ("tg://resolve?domain=contoh&start=abc", "https://t.me/contoh?start=abc"),
        ("tg://resolve?domain=contoh&startgroup=abc", "https://t.me/contoh?startgroup=abc"),
        ("tg://resolve?domain=contoh&startapp=abc", "https://t.me/contoh?startapp=abc"),
        ("tg://resolve?domain=contoh&game=permainan", "https://t.me/contoh?game=permainan"),
        ("tg://resolve?domain=contoh&appname=aplikasi", "https://t.me/contoh/aplikasi"),
        ("tg://resolve?domain=contoh&story=12", "https://t.me/contoh/s/12"),
        ("tg://resolve?domain=contoh&story=live", "https://t.me/contoh/s/live"),
        ("tg://resolve?domain=contoh&album=3", "https://t.me/contoh/a/3"),
        ("tg://resolve?domain=contoh&collection=4", "https://t.me/contoh/c/4"),
        ("tg://resolve?domain=contoh&direct", "https://t.me/contoh?direct"),
        ("tg://resolve?domain=contoh&videochat", "https://t.me/contoh?videochat"),
        ("tg://resolve?phone=%2B999000000001", "https://t.me/+999000000001"),
        ("tg://boost?domain=contoh", "https://t.me/contoh?boost"),
        ("tg://boost?channel=1234567890", "https://t.me/boost?c=1234567890"),
        ("tg://privatepost?channel=1234567890&post=55&thread=7", "https://t.me/c/1234567890/7/55"),
        ("tg://privatepost?channel=1234567890", "https://t.me/c/1234567890"),
        ("tg:join?invite=AbC", "https://t.me/+AbC"),
        ("tg:addlist?slug=AbC", "https://t.me/addlist/AbC"),
        ("tg:call?slug=AbC", "https://t.me/call/AbC"),
        ("tg:contact?token=AbC", "https://t.me/contact/AbC"),
        ("tg:addstickers?set=AbC", "https://t.me/addstickers/AbC"),
        ("tg:addemoji?set=AbC", "https://t.me/addemoji/AbC"),
        ("tg:addtheme?slug=AbC", "https://t.me/addtheme/AbC"),
        ("tg:bg?slug=AbC&mode=blur", "https://t.me/bg/AbC"),
        ("tg:bg?color=ffffff", "https://t.me/bg/ffffff"),
        ("tg:nft?slug=Hadiah-12", "https://t.me/nft/Hadiah-12"),
        ("tg:giftcode?slug=AbC", "https://t.me/giftcode/AbC"),
        ("tg:invoice?slug=AbC", "https://t.me/$AbC"),
        ("tg:message?slug=AbC", "https://t.me/m/AbC"),
        ("tg:setlanguage?lang=id", "https://t.me/setlanguage/id"),
        ("tg:proxy?server=proksi.example&port=443", "https://t.me/proxy?server=proksi.example&port=443"),
        ("tg:msg_url?url=https%3A%2F%2Fsitus.example%2F", "https://t.me/share/url?url=https%3A%2F%2Fsitus.example%2F"),
        ("TG:///Resolve/?domain=contoh#bagian", "https://t.me/contoh"),
    ],
)
def test_a_link_of_the_app_names_what_the_web_link_names(app: str, web: str) -> None:
    assert located(app) == located(web)


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        ("tg:username:contoh", Kind.USERNAME),
        ("tg:username:contoh/message/5", Kind.MESSAGE),
        ("tg:username:contoh/thread/3/message/5/comment/9", Kind.MESSAGE),
        ("tg:username:contoh/story/12", Kind.STORY),
        ("tg:username:contoh/story/live", Kind.STORY_LIVE),
        ("tg:username:contoh/app/Aplikasi", Kind.BOT_APP),
        ("tg:channel:1234567890", Kind.CHANNEL),
        ("tg:channel:1234567890/message/5", Kind.MESSAGE),
        ("tg:channel:1234567890/story/12", Kind.STORY),
        ("tg:channel:1234567890/boost", Kind.BOOST),
        ("tg:proxy:[2606:4700::1111]:443", Kind.PROXY),
    ],
)
def test_a_stored_form_parses_to_itself(stored: str, kind: Kind) -> None:
    assert located(stored) == (kind, stored)


def test_a_stored_form_is_written_in_one_way() -> None:
    assert located("TG:Username:Contoh/message/007") == ("message", "tg:username:contoh/message/7")


def nested(depth: int, text: str) -> str:
    for _ in range(depth):
        text = f"https://t.me/share/url?url={quote(text, safe='')}"
    return text


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_share_links_are_unwrapped_to_the_address_inside(depth: int) -> None:
    assert located(nested(depth, "t.me/Contoh/5")) == ("share", "tg:username:contoh/message/5")


def test_share_links_are_not_unwrapped_more_than_three_deep() -> None:
    found = parse(nested(4, "t.me/contoh/5"))

    assert isinstance(found, Refusal)
    assert found.reason is Reason.NESTED_TOO_DEEPLY


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("https://10.0.0.1/", Reason.PRIVATE_ADDRESS),
        ("javascript:alert(1)", Reason.UNSUPPORTED_SCHEME),
        ("https://a:b@situs.example/", Reason.CREDENTIALS),
        ("situs.example\x00", Reason.CONTROL_CHARACTER),
    ],
)
def test_a_share_link_is_refused_where_the_address_inside_is(inner: str, reason: Reason) -> None:
    found = parse(nested(1, inner))

    assert isinstance(found, Refusal)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://t.me/proxy?server=proksi.example&port=443&secret=00", "proksi.example"),
        ("https://t.me/proxy?server=2606:4700::1111&port=443", None),
        ("https://t.me/proxy?server=[2606:4700::1111]&port=443", "[2606:4700::1111]"),
        ("https://t.me/share/url?url=situs.example", "situs.example"),
        ("https://t.me/share/url?url=[2606:4700::1111]", "[2606:4700::1111]"),
        ("https://t.me/contoh", None),
    ],
)
def test_the_host_is_that_of_the_thing_named(text: str, host: str | None) -> None:
    assert getattr(parse(text), "host", None) == host
