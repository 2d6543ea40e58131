"""Debian's Dovecot, really started: one mailbox on a free port of this machine."""

from __future__ import annotations

import contextlib
import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.houses import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
first_valid_uid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=made-up
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


@dataclass
class Mailbox:
    """A running mailbox."""

    folder: Path
    port: int

    @contextlib.contextmanager
    def opened(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=20) as client:
            client.login("house", "made-up")
            yield client

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Lay mails into a folder."""
        with self.opened() as client:
            for raw in mails:
                client.append(folder, "", "", raw)

    def renew(self, folder: str, *mails: bytes) -> None:
        """Make the folder, anew where it was there: its UIDVALIDITY is another one then."""
        with self.opened() as client:
            client.delete(folder)
            client.create(folder)
        self.put(*mails, folder=folder)


def require() -> None:
    """Say why, where there is no Dovecot or we may not start it; in CI that is a failure."""
    why = ""
    if shutil.which("dovecot") is None:
        why = "Debian's dovecot-imapd is not installed"
    elif os.geteuid() != 0:
        why = "dovecot starts as root alone"
    if why and os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
        pytest.fail(why)
    if why:
        pytest.skip(why)


def greets(port: int) -> bool:
    """Whether somebody there says hello. Not by imaplib, which leaves its socket open where nobody does."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as made:
        return made.recv(4) == b"* OK"
    return False


@contextlib.contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mailbox for the block."""
    require()
    folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir="/tmp"))
    folder.chmod(0o755)
    made = Mailbox(folder, free_port())
    (folder / "mail").mkdir()
    shutil.chown(folder / "mail", "mail", "mail")
    path = folder / "dovecot.conf"
    path.write_text(CONFIGURATION.format(folder=folder, port=made.port))
    process = subprocess.Popen(["dovecot", "-F", "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 30
        while True:
            if greets(made.port):
                break
            if time.monotonic() > end or process.poll() is not None:
                log = folder / "log"
                raise AssertionError(f"dovecot did not start: {log.read_text()[-2_000:] if log.exists() else ''}")
            time.sleep(0.05)
        yield made
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
