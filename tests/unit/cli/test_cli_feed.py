"""`mufakat feed` at the command line: what it does once, what it checks, and what it will not be told."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from tests.feedhouse import TOKEN, House, house
from tests.feeds import KEY, OTHER, Order, document, listed

from mufakat.cli import main
from mufakat.formats import lists

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="


@pytest.fixture
def served(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "token").write_text(TOKEN)
    now = datetime.now(UTC)
    order = Order(("web.example.net",), since=now, until=now.replace(year=now.year + 1, day=1))
    with house(document([order], at=now)) as made:
        yield made


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["feed", *words])


def pull(served: House, tmp_path: Path, *more: str, url: str = "", key: str = KEY.vkey) -> Result:
    told = ["--token-file", str(tmp_path / "token"), "--key", key, "--state", str(tmp_path / "state")]
    return run("pull", url or served.url, *told, *more)


def test_one_round_writes_the_file(served: House, tmp_path: Path) -> None:
    done = pull(served, tmp_path, "--hosts-file", str(tmp_path / "hosts"), "--once", "--json")
    assert done.exit_code == 0, done.output
    assert (json.loads(done.stdout)["closed"], "web.example.net" in (tmp_path / "hosts").read_text()) == (1, True)


def test_a_round_that_could_not_be_done_ends_with_1(served: House, tmp_path: Path) -> None:
    served.status = 500
    done = pull(served, tmp_path, "--hosts-file", str(tmp_path / "hosts"), "--once")
    assert (done.exit_code, "the server answered 500" in done.stderr) == (1, True)


def test_an_entry_without_proof_ends_with_1(served: House, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    served.show(document([Order(("web.example.net",), key=OTHER)], at=now), "2")
    done = pull(served, tmp_path, "--hosts-file", str(tmp_path / "hosts"), "--once")
    assert (done.exit_code, "not loaded" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ([], "Say who carries the list out"),
        (["--reload-command", "true"], "belongs to"),
        (["--tsig-key", "{key}"], "belong to --bind-update"),
        (["--drop-only", "--hosts-file", "{out}"], "belong to --bind-update"),
        (["--bind-update", "localhost:53"], "an address and a port"),
        (["--bind-update", "127.0.0.1:99999"], "an address and a port"),
        (["--bind-update", "127.0.0.1:53", "--tsig-key", "{out}"], "cannot be read"),
        (["--bind-update", "127.0.0.1:53", "--tsig-key", "{token}"], "must be one key"),
        (["--zone-dir", "{out}"], "not there"),
        (["--hosts-file", "{out}", "--reload-command", "'"], "quotation mark"),
        (["--hosts-file", "{out}", "--every", "0s"], "not a time"),
        (["--hosts-file", "{out}", "--every", "soon"], "not a time"),
        (["--hosts-file", "{out}", "--ca-file", "{out}"], "cannot be asked"),
    ],
)
def test_what_cannot_be_carried_out_as_given_ends_with_2(
    served: House, tmp_path: Path, more: list[str], says: str
) -> None:
    (tmp_path / "key").write_text(f'key "feed" {{ algorithm hmac-sha256; secret "{SECRET}"; }};')
    places = {"out": tmp_path / "out", "key": tmp_path / "key", "token": tmp_path / "token"}
    done = pull(served, tmp_path, *[word.format(**places) for word in more], "--once")
    assert (done.exit_code, says in done.output) == (2, True), done.output


def test_a_token_is_not_sent_without_tls_unless_it_is_said(served: House, tmp_path: Path) -> None:
    url, more = "http://house.example/feeds/terrorism", ("--hosts-file", str(tmp_path / "out"), "--once")
    done = pull(served, tmp_path, *more, url=url)
    assert (done.exit_code, "without TLS" in done.output) == (2, True)


def test_a_key_that_is_none_is_refused(served: House, tmp_path: Path) -> None:
    done = pull(served, tmp_path, "--hosts-file", str(tmp_path / "out"), "--once", key=KEY.private_text())
    assert done.exit_code == 2
    assert KEY.private_text() not in done.output


def test_a_file_of_the_list_is_checked_offline(tmp_path: Path) -> None:
    feed = listed([Order(("web.example.net",))])
    (tmp_path / "domains.json").write_bytes(document([Order(("web.example.net",))]))
    text = lists.WRITERS["hosts.txt"](feed.head, feed.domains, ())
    (tmp_path / "hosts.txt").write_bytes(b"".join(lists.sign(feed.head, text, key=KEY)))
    for file in ("domains.json", "hosts.txt"):
        done = run("check", str(tmp_path / file), "--key", KEY.vkey, "--json")
        assert (done.exit_code, json.loads(done.stdout)["serial"]) == (0, 1)
        (tmp_path / file).write_bytes((tmp_path / file).read_bytes().replace(b"web.", b"wab.", 1))
        done = run("check", str(tmp_path / file), "--key", KEY.vkey)
        assert (done.exit_code, "changed after it was signed" in done.output) == (1, True)


def test_a_file_with_an_entry_without_proof_is_bad(tmp_path: Path) -> None:
    (tmp_path / "domains.json").write_bytes(document([Order(("web.example.net",), key=OTHER)]))
    assert run("check", str(tmp_path / "domains.json"), "--key", KEY.vkey).exit_code == 1


def test_a_page_that_cannot_listen_says_so(tmp_path: Path) -> None:
    told = ("--state", str(tmp_path), "--key", KEY.vkey)
    assert run("blockpage", *told, "--listen", "nowhere").exit_code == 2
    assert run("blockpage", *told, "--listen", "192.0.2.1:80").exit_code == 1


def test_without_dnspython_updates_say_what_to_install(
    served: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dns", None)
    for name in ("feed_dns", "primary", "transfer", "updates"):
        monkeypatch.delitem(sys.modules, f"mufakat.runners.{name}", raising=False)
    done = pull(served, tmp_path, "--bind-update", "127.0.0.1:53", "--once")
    assert (done.exit_code, 'install "mufakat[dns]"' in done.output) == (1, True), done.output
