"""Every form of the table of Telegram links, and what surrounds them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mufakat.locator import Kind, Locator, Reason, Refusal, parse

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "tests" / "vectors" / "telegram_links.csv"
SHARED = ROOT.parent / "shared" / "vectors" / "telegram_links.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ROWS = rows(TABLE)
NAMED = [row for row in ROWS if row["kind"] not in {"none", "secret"}]
NONE = [row["input"] for row in ROWS if row["kind"] == "none"]
SECRET = [row["input"] for row in ROWS if row["kind"] == "secret"]


def located(text: str) -> tuple[str, str]:
    found = parse(text)
    assert isinstance(found, Locator), found
    return found.kind.value, found.canonical


def reason(text: str) -> Reason:
    found = parse(text)
    assert isinstance(found, Refusal), found
    return found.reason


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row["input"])
def test_every_form_of_the_table_has_its_kind_and_canonical_form(row: dict[str, str]) -> None:
    assert located(row["input"]) == (row["kind"], row["canonical"])


@pytest.mark.parametrize("row", [row for row in NAMED if "param " in row["note"]], ids=lambda row: row["input"])
def test_parameters_beside_identity_are_kept(row: dict[str, str]) -> None:
    found = parse(row["input"])
    name, _, value = row["note"].rpartition("param ")[2].partition("=")

    assert isinstance(found, Locator)
    assert found.parameters == ((name, value),)


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_a_telegram_link_names_nothing_of_telegram(text: str) -> None:
    found = parse(text)

    assert isinstance(found, Refusal) or not found.canonical.startswith("tg:")


@pytest.mark.parametrize("text", SECRET)
def test_secret_links_of_the_table_are_refused(text: str) -> None:
    assert reason(text) is Reason.SECRET_LINK


@pytest.mark.parametrize("row", NAMED, ids=lambda row: row["input"])
def test_every_canonical_form_of_the_table_can_be_read_again(row: dict[str, str]) -> None:
    assert located(row["canonical"])[1] == row["canonical"]


@pytest.mark.parametrize("row", [row for row in NAMED if row["kind"] != "proxy"], ids=lambda row: row["input"])
def test_the_input_is_kept_as_given(row: dict[str, str]) -> None:
    text = f"  {row['input']} "
    found = parse(text)

    assert isinstance(found, Locator)
    assert found.input == text


@pytest.mark.skipif(not SHARED.exists(), reason="the shared table is not beside this repository")
def test_our_table_agrees_with_the_shared_one() -> None:
    assert rows(SHARED) == ROWS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://t.me//contoh_kanal//25/", "tg:username:contoh_kanal/message/25"),
        ("https://t%2Eme/contoh_kanal", "tg:username:contoh_kanal"),
        ("https://t\u3002me/contoh_kanal", "tg:username:contoh_kanal"),
        ("https://t.me./contoh_kanal", "tg:username:contoh_kanal"),
        ("t.me:443/contoh_kanal", "tg:username:contoh_kanal"),
        ("https:\\\\t.me\\contoh_kanal\\25", "tg:username:contoh_kanal/message/25"),
        ("https://t.me/x/../contoh_kanal/./25", "tg:username:contoh_kanal/message/25"),
        ("https://t.me/contoh_kanal/0025", "tg:username:contoh_kanal/message/25"),
        ("https://t.me/contoh_kanal/25?thread=&comment=0", "tg:username:contoh_kanal/message/25"),
        ("https://t.me/contoh_grup/5/77?comment=9", "tg:username:contoh_grup/thread/5/message/77/comment/9"),
        ("https://t.me/c/1234567890", "tg:channel:1234567890"),
        ("https://t.me/c/1234567890?boost", "tg:channel:1234567890/boost"),
        ("https://contoh.t.me/s/12", "tg:username:contoh/story/12"),
        ("https://t.me/JoinChat/AbCdEfGhIjKlMnOp", "tg:invite:AbCdEfGhIjKlMnOp"),
        ("https://t.me/%2B999000000001", "tg:phone:999000000001"),
        ("https://t.me/contoh_grup?livestream=AbC", "tg:username:contoh_grup/videochat"),
        ("https://t.me/bg/ffffff~000000", "tg:background:ffffff~000000"),
        ("https://te.legra.ph/Judul-07-14/", "https://telegra.ph/Judul-07-14"),
    ],
)
def test_spelling_does_not_change_what_a_link_names(text: str, expected: str) -> None:
    assert located(text)[1] == expected


@pytest.mark.parametrize(
    "text",
    [
        "https://t.me/s",
        "https://t.me/joinchat",
        "https://t.me/joinchat/123456",
        "https://t.me/joinchat/AbC/more",
        "https://t.me/+",
        "https://t.me/c/0/5",
        "https://t.me/c/contoh/5",
        "https://t.me/contoh_kanal/0",
        "https://t.me/contoh_kanal/2147483648",
        "https://t.me/contoh_kanal/12a",
        "https://t.me/contoh_kanal/1/2/3",
        "https://t.me/contoh_kanal/25?comment=x",
        "https://t.me/contoh_kanal/s/x",
        "https://t.me/addlist",
        "https://t.me/addstyle/gaya1234",
        "https://t.me/web",
        "https://t.me:8443/contoh_kanal",
        "ftp://t.me/contoh_kanal",
        "https://addlist.t.me/x",
        "https://a.b.t.me/x",
        "https://t.me/share/url",
        "https://t.me/proxy?server=proksi.example&port=0",
        "https://t.me/proxy?server=proksi.example&port=65536",
        "https://t.me/boost",
        "tg://settings",
        "tg://resolve",
        "tg:username:contoh/what/1",
        "tg:username:contoh/",
        "tg:channel:contoh",
        "tg:invite:AbC/1",
        "tg:unknown:x",
    ],
)
def test_telegram_addresses_without_an_object_are_refused(text: str) -> None:
    assert reason(text) is Reason.TELEGRAM_LINK


@pytest.mark.parametrize(
    "text",
    [
        "@",
        "@1kanal",
        "@contoh__kanal",
        "@contoh_",
        "@contoh kanal"[:7] + "-kanal",
        "@joinchat",
        "@" + "a" * 33,
        "@nama@server.example",
        "https://t.me/cont%C3%B6h",
        "tg://resolve?domain=joinchat&post=1",
        "tg:username:1kanal",
        "https://t.me/boost/1kanal",
    ],
)
def test_impossible_usernames_are_refused(text: str) -> None:
    assert reason(text) is Reason.TELEGRAM_USERNAME


@pytest.mark.parametrize("text", ["t.me", "T.ME.", "telegram.me", "www.t.me", "web.t.me", "telegra.ph", "graph.org"])
def test_the_hosts_of_telegram_are_hosts_where_nothing_but_the_host_is_given(text: str) -> None:
    assert located(text) == ("host", text.lower().removesuffix("."))


@pytest.mark.parametrize(
    "text", ["https://telegra.ph/", "https://telegra.ph/file/abc.jpg", "https://telegra.ph:8443/Judul-07-14"]
)
def test_other_pages_of_an_article_host_are_ordinary_addresses(text: str) -> None:
    assert located(text) == ("url", text)


def test_values_of_parameters_are_bounded() -> None:
    found = parse(f"https://t.me/contoh_bot?start={'a' * 513}")

    assert isinstance(found, Locator)
    assert (found.kind, found.parameters) == (Kind.USERNAME, ())


def test_parameters_that_are_not_known_are_not_kept() -> None:
    found = parse("https://t.me/contoh_bot?start=abc&text=halo&admin=post_messages")

    assert isinstance(found, Locator)
    assert found.parameters == (("start", "abc"),)
