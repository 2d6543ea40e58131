"""Debian's Postfix, really started: a folder of its own, free ports of this machine, the system's own untouched."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import smtplib
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.houses import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLE = Path(__file__).parents[2] / "examples" / "postfix" / "main.cf"
DEBIAN = Path("/usr/share/postfix/main.cf.debian")
DOMAIN = "mail.mufakat.example"
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass
class Postfix:
    """One running instance."""

    folder: Path
    port: int

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def sent(self) -> int:
        """How many mails were handed on."""
        return len(re.findall(r"status=sent", self.log))

    def waiting(self) -> int:
        """How many mails are in the queue."""
        found = run("postqueue", "-c", str(self.folder / "etc"), "-j").stdout
        return len(found.splitlines())

    def flush(self) -> None:
        """Try what waits now."""
        run("postqueue", "-c", str(self.folder / "etc"), "-f")

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.example", timeout=20)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)


def require() -> None:
    """Say why, where there is no Postfix or we may not start it; in CI that is a failure."""
    why = ""
    if shutil.which("postfix") is None:
        why = "Debian's postfix is not installed"
    elif os.geteuid() != 0:
        why = "postfix starts as root alone"
    if why and os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
        pytest.fail(why)
    if why:
        pytest.skip(why)


@contextlib.contextmanager
def postfix(*, main: Path = EXAMPLE, **changes: str) -> Iterator[Postfix]:
    """An instance with this main.cf and these changes to it."""
    require()
    # A folder that its own user may pass, and short: a socket's path has room for a hundred bytes.
    folder = Path(tempfile.mkdtemp(prefix="postfix-", dir="/tmp"))
    folder.chmod(0o755)
    made = Postfix(folder, free_port())
    etc = folder / "etc"
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.copy(main, etc / "main.cf")
    (etc / "master.cf").write_text(SERVICES.format(port=made.port))
    told = {
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "maillog_file": str(folder / "log"),
        "maillog_file_prefixes": str(folder),
        "inet_interfaces": "loopback-only",
        "inet_protocols": "ipv4",
        "smtpd_tls_security_level": "none",
        "smtpd_tls_cert_file": "",
        "smtpd_tls_key_file": "",
        "alias_maps": "",
        "alias_database": "",
        "smtp_host_lookup": "native",
        "smtputf8_enable": "no",
        **changes,
    }
    run("postconf", "-c", str(etc), "-e", *(f"{name} = {value}" for name, value in told.items()))
    try:
        # Its script comes back when the master process listens.
        subprocess.run(
            ["postfix", "-c", str(etc), "start"],
            check=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # A daemon would keep a pipe open.
        )
        until(lambda: connects(made), "postfix listens", made)
        yield made
    finally:
        subprocess.run(
            ["postfix", "-c", str(etc), "stop"],
            check=False,
            timeout=60,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        shutil.rmtree(folder, ignore_errors=True)


def connects(found: Postfix) -> bool:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        found.client().quit()
        return True
    return False


def until(done: Callable[[], bool], what: str, found: Postfix, *, seconds: float = 60) -> None:
    """Wait for what other processes do; where it does not come to pass, say what the mail server saw."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s; the log of postfix ends:\n{found.log[-3_000:]}")
        time.sleep(0.05)
