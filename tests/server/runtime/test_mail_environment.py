"""The variables about mail: read whole, or refused in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mufakat.server.connectors.mail.configuration import Listen, Mail, Relay
from mufakat.server.runtime import mail_environment
from mufakat.server.runtime.environment import EnvironmentValueError

if TYPE_CHECKING:
    from pathlib import Path

DOMAIN = {"MUFAKAT_MAIL_DOMAIN": "mail.mufakat.example"}


def read(**told: str) -> Mail:
    return mail_environment.read({**DOMAIN, **told}, host="127.0.0.1", port=8000)


def test_without_a_domain_there_is_no_mail() -> None:
    assert mail_environment.read({}, host="127.0.0.1", port=8000) == Mail()


def test_everything_is_read() -> None:
    found = read(
        MUFAKAT_SMTP_URL="smtps://user:p%40ss@smtp.example",
        MUFAKAT_LMTP="unix:/run/mufakat/lmtp",
        MUFAKAT_IMAP_URL="imap://127.0.0.1:1143/Laporan",
        MUFAKAT_URL="https://notices.example.org/",
    )
    assert found.relay == Relay("smtp.example", 465, "user", "p@ss", tls=True)
    assert (found.listen, found.pages) == (Listen(path="/run/mufakat/lmtp"), "https://notices.example.org")
    assert found.mailbox == Relay("127.0.0.1", 1143, folder="Laporan")
    assert found.author == "notices@mail.mufakat.example"


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("smtp://user:secret@smtp.example:587\n")
    found = read(MUFAKAT_SMTP_URL_FILE=str(path))
    assert found.relay == Relay("smtp.example", 587, "user", "secret")
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "told",
    [
        {"MUFAKAT_MAIL_DOMAIN": "not a domain"},
        {"MUFAKAT_MAIL_DOMAIN": "", "MUFAKAT_LMTP": "127.0.0.1:2400"},
        {"MUFAKAT_LMTP": "0.0.0.0:2400"},
        {"MUFAKAT_LMTP": "127.0.0.1:99999"},
        {"MUFAKAT_LMTP": "unix:relative"},
        {"MUFAKAT_LMTP": "unix:/" + "a" * 200},
        {"MUFAKAT_SMTP_URL": "http://smtp.example"},
        {"MUFAKAT_SMTP_URL": "smtp://"},
        {"MUFAKAT_SMTP_URL": "smtp://smtp.example:99999"},
        {"MUFAKAT_SMTP_URL": "smtp://smtp.example/folder"},
        {"MUFAKAT_IMAP_URL": "smtp://imap.example"},
        {"MUFAKAT_MAIL_FROM": "notices@elsewhere.example"},
        {"MUFAKAT_MAIL_FROM": "a@b\r\nBcc: c@mail.mufakat.example"},
        {"MUFAKAT_URL": "javascript:alert(1)"},
        {"MUFAKAT_URL": "https://notices.example.org/path"},
        {"MUFAKAT_DKIM_SELECTOR": "2026a"},
        {"MUFAKAT_DKIM_SELECTOR": "2026a", "MUFAKAT_DKIM_KEY_FILE": "/nowhere"},
        {"MUFAKAT_RESOLVER": "dns.example"},
    ],
)
def test_a_bad_value_is_refused_in_one_line(told: dict[str, str]) -> None:
    with pytest.raises(EnvironmentValueError) as caught:
        read(**told)
    assert "\n" not in str(caught.value)
    assert "MUFAKAT_" in str(caught.value)
