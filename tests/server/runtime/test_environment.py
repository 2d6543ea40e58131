"""The environment: what is read from it, and that a bad value is refused in one sentence which names the variable."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from mufakat.server.runtime import environment
from mufakat.server.runtime.environment import EnvironmentValueError, read

if TYPE_CHECKING:
    from pathlib import Path

SECRET = {"MUFAKAT_SECRET_KEY": "made-up"}


def test_nothing_is_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = read({})
    assert (found.data, found.origin, found.host, found.port, found.time_zone, found.https) == (
        tmp_path / "data",
        "localhost/log/1",
        "127.0.0.1",
        8000,
        "Asia/Jakarta",
        False,
    )


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    empty = dict.fromkeys(
        ("DATABASE_URL", "MUFAKAT_ORIGIN", "MUFAKAT_KEY_FILE", "MUFAKAT_HOST", "PORT", "MUFAKAT_TIME_ZONE"), ""
    )
    data = {"MUFAKAT_DATA": str(tmp_path), **SECRET}
    assert read({**data, **empty}) == read(data)


BAD = [
    ("MUFAKAT_DATA", "/dev/null"),
    ("MUFAKAT_DATA", "/dev/null/data"),
    ("MUFAKAT_DATA", "x" * 5_000),
    ("DATABASE_URL", "mysql://localhost/mufakat"),
    ("DATABASE_URL", "mufakat.sqlite3"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite://host/file"),
    ("DATABASE_URL", "sqlite:///file?cache=shared"),
    ("DATABASE_URL", "sqlite:///file?synchronous=sometimes"),
    ("DATABASE_URL", "sqlite:///file?synchronous=FULL;PRAGMA%20x"),
    ("DATABASE_URL_FILE", "/nonexistent/url"),
    ("DATABASE_URL_FILE", "/dev"),
    ("MUFAKAT_ORIGIN", "log"),
    ("MUFAKAT_ORIGIN", "log.example.org/"),
    ("MUFAKAT_ORIGIN", "LOG.example.org/log/1"),
    ("MUFAKAT_ORIGIN", "log.example.org/log/1\n"),
    ("MUFAKAT_ORIGIN", "log.example.org/../1"),
    ("MUFAKAT_ORIGIN", "https://log.example.org/log/1"),
    ("MUFAKAT_KEY_FILE", "/"),
    ("MUFAKAT_KEY_FILE", "/dev/null/key"),
    ("MUFAKAT_HOST", "not a host"),
    ("MUFAKAT_HOST", "example.org"),
    ("MUFAKAT_HOST", "127.0.0.1:8000"),
    ("PORT", "http"),
    ("PORT", "-1"),
    ("PORT", "65536"),
    ("PORT", "8000.0"),
    ("PORT", "٨٠٠٠"),
    ("PORT", " 8000"),
    ("MUFAKAT_TIME_ZONE", "Mars/Olympus"),
    ("MUFAKAT_TIME_ZONE", "/etc/localtime"),
    ("MUFAKAT_TIME_ZONE", "../../etc/localtime"),
    ("MUFAKAT_TIME_ZONE", "WIB "),
    ("MUFAKAT_HTTPS", "maybe"),
    ("MUFAKAT_DISK_RESERVE", "64M"),
    ("MUFAKAT_DISK_RESERVE", "-1"),
    ("MUFAKAT_BALLAST", "32M"),
    ("MUFAKAT_SECRET_KEY_FILE", "/nonexistent/secret"),
    ("MUFAKAT_EVIDENCE_ORIGIN", "files.example.org"),
    ("MUFAKAT_EVIDENCE_ORIGIN", "https://files.example.org/evidence"),
    ("MUFAKAT_EVIDENCE_ORIGIN", "https://somebody@files.example.org"),
    ("MUFAKAT_EVIDENCE_ORIGIN", "https://localhost"),  # A name under which the pages are.
]


def test_the_origin_of_files_is_a_host_that_is_answered_to(tmp_path: Path) -> None:
    found = read(
        {"MUFAKAT_DATA": str(tmp_path), **SECRET, "MUFAKAT_EVIDENCE_ORIGIN": "https://files.example.org:8443/"}
    )
    assert (found.evidence_origin, found.allowed_hosts[-1]) == ("https://files.example.org:8443", "files.example.org")
    assert read({"MUFAKAT_DATA": str(tmp_path), **SECRET}).evidence_origin == ""


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_refused_in_one_line_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    environ = {"MUFAKAT_DATA": str(tmp_path), **SECRET, name: value}
    with pytest.raises(EnvironmentValueError) as refused:
        read(environ)
    sentence = str(refused.value)
    assert sentence.startswith(name)
    assert "\n" not in sentence


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    (tmp_path / "url").write_text("sqlite:////srv/other.sqlite3\n", encoding="utf-8")
    found = read(
        {
            "MUFAKAT_DATA": str(tmp_path),
            "MUFAKAT_SECRET_KEY_FILE": str(tmp_path / "secret"),
            "DATABASE_URL_FILE": str(tmp_path / "url"),
        }
    )
    assert (found.secret_key, found.database["NAME"]) == ("from a file", "/srv/other.sqlite3")


def test_a_file_of_bytes_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    with pytest.raises(EnvironmentValueError, match="MUFAKAT_SECRET_KEY_FILE"):
        read({"MUFAKAT_DATA": str(tmp_path), "MUFAKAT_SECRET_KEY_FILE": str(tmp_path / "secret")})


def test_a_bad_value_of_a_secret_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentValueError) as refused:
        read({"MUFAKAT_DATA": str(tmp_path), **SECRET, "DATABASE_URL": "postgres9://user:canary@host/x"})
    assert "canary" not in str(refused.value)


def test_a_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    data = {"MUFAKAT_DATA": str(tmp_path / "data")}
    first, second = read(data).secret_key, read(data).secret_key
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("data", "data/secret.key")]
    assert (first, modes) == (second, [0o700, 0o600])


@pytest.mark.parametrize("name", ["with blank", "with#hash", "with?mark", "with%25percent", "with ümlaut"])
def test_the_data_directory_may_have_any_name(tmp_path: Path, name: str) -> None:
    found = read({"MUFAKAT_DATA": str(tmp_path / name), **SECRET})
    assert found.database["NAME"] == str(tmp_path / name / "mufakat.sqlite3")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////srv/m.sqlite3", "/srv/m.sqlite3"),
        ("sqlite:///m.sqlite3", "m.sqlite3"),
        ("sqlite:////srv/a%20b.sqlite3", "/srv/a b.sqlite3"),
    ],
)
def test_a_database_is_a_file(url: str, name: str) -> None:
    assert environment.database(url)["NAME"] == name


def test_the_database_is_opened_as_receipts_need_it() -> None:
    options = environment.database("sqlite:///m.sqlite3")["OPTIONS"]
    assert (options["transaction_mode"], options["init_command"]) == (
        "IMMEDIATE",
        "PRAGMA synchronous=full;PRAGMA secure_delete=on",
    )


@pytest.mark.parametrize(("text", "host"), [("localhost", "127.0.0.1"), ("::1", "::1"), ("0.0.0.0", "0.0.0.0")])  # noqa: S104 - a value that operators write.
def test_a_host_is_an_address(tmp_path: Path, text: str, host: str) -> None:
    assert read({"MUFAKAT_DATA": str(tmp_path), **SECRET, "MUFAKAT_HOST": text}).host == host


def test_a_data_directory_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(EnvironmentValueError, match="MUFAKAT_DATA cannot be used"):
        read({"MUFAKAT_DATA": f"/proc/{os.getpid()}/data"})
