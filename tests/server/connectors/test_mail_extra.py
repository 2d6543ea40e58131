"""Without the extra the server works, and what needs it says so in one line."""

from __future__ import annotations

import os
import subprocess
import sys

SCRIPT = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"aiosmtpd", "dkim", "dns"}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import django
django.setup()
from mufakat.server.runtime import asgi, worker
from mufakat.server.connectors.mail import carrier, parts, polling
from datetime import UTC, datetime
assert carrier.mail() is None
for _, part, _ in parts.PARTS[2:]:
    assert part(at=datetime.now(UTC)) == (0, False)
for name in ("lmtp", "compose", "verdicts"):
    try:
        __import__(f"mufakat.server.connectors.mail.{name}")
    except ImportError as error:
        print(error)
"""


def test_the_server_works_without_the_extra_and_what_needs_it_says_so(data) -> None:
    environ = {**os.environ, "MUFAKAT_DATA": str(data), "MUFAKAT_MAIL_DOMAIN": ""}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, env=environ, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "aiosmtpd is missing; mail needs: pip install 'mufakat[mail]'",
        "dkimpy is missing; mail needs: pip install 'mufakat[mail]'",
        "dkimpy or dnspython is missing; mail needs: pip install 'mufakat[mail]'",
    ]
