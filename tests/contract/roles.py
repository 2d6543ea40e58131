"""Schemathesis against a real server, as one role after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# One seat of each role, and nobody.
SEATS: tuple[tuple[str, str] | None, ...] = (
    ("kominfo", "officer"),
    ("kominfo", "approver"),
    ("telegram", "representative"),
    ("telegram", "reviewer"),
    ("isp-a", "engineer"),
    ("auditor", "auditor"),
    ("mufakat", "admin"),
    None,
)

TRIES = 12
LINES = Path(__file__).with_name("ndjson.py")

Known = Mapping[str, Sequence[str | int]]
"""Values of path parameters that are there; a number as a number, or it is not taken for one."""

CONFIG = """
[checks]
# A schema cannot say which parties there are, or which clocks are right: a sound shape may be refused.
positive_data_acceptance.enabled = false
# What is too large is refused before anybody looks whether its shape is right; an outage is no refusal.
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]

# A batch is taken whole and judged item by item: an item that breaks the schema fails alone, within a 200.
[[operations]]
include-path = "/api/v1/notices/batch"
[operations.checks]
negative_data_rejection.enabled = false

# Of many items each line is judged alone, likewise.
[[operations]]
include-path = "/api/v1/screen/batch"
[operations.checks]
negative_data_rejection.enabled = false
"""


@dataclass(frozen=True)
class Run:
    """What schemathesis found."""

    code: int
    report: dict[str, Any]
    says: str

    @property
    def cases(self) -> int:
        return int(self.report["test_cases"]["generated"])

    @property
    def faults(self) -> list[str]:
        """Each thing found, shortened, with the request that shows it again."""
        found = [json.dumps(failure)[:4_000] for failure in self.report["failures"]]
        found += [json.dumps(error)[:4_000] for error in self.report["errors"]]
        return found or ([self.says[-4_000:]] if self.code else [])


def _hints(known: Known, probability: float) -> str:
    lists = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in known.items()]
    uses = [f'"path.{name}" = {{ dictionary = "{name}", probability = {probability} }}' for name in known]
    return "\n".join([*lists, "[parameters]", *uses, ""])


def schemathesis(  # noqa: PLR0913 - what the command can be told.
    where: Path,
    schema: str,
    token: str,
    *,
    seconds: int | None,
    base: str = "",
    known: Known | None = None,
) -> Run:
    """Try everything that the schema describes, for so long, and keep what was found in ``where``.

    Every other time a path parameter takes a value that is `known` to be there. Without `seconds` it always does, and
    each operation is tried a few times: what stands behind an address is reached however slow the machine is.
    """
    where.mkdir(parents=True, exist_ok=True)
    hints = _hints(known or {}, 1.0 if seconds is None else 0.5)
    (where / "schemathesis.toml").write_text(hints + CONFIG, encoding="utf-8")
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(where / "schemathesis.toml"), "run", schema]
    # The same attempts each time, unless a seed is given: what is found can be looked at.
    words += ["--seed", os.environ.get("MUFAKAT_CONTRACT_SEED") or "2017"]
    if seconds is None:
        words += ["--phases", "fuzzing", "--max-examples", str(TRIES), "--mode", "positive"]
    else:
        words += ["--max-time", str(seconds)]
    words += ["--continue-on-failure", "--max-failures", "50", "--request-timeout", "30"]
    words += ["--report", "json", "--report-json-path", str(where / "report.json"), "--output-sanitize", "false"]
    words += ["--header", f"Authorization: Bearer {token}"] if token else []
    words += ["--url", base] if base else []
    environ = {**os.environ, "PYTHONWARNINGS": "ignore", "NO_COLOR": "1", "SCHEMATHESIS_HOOKS": str(LINES)}
    done = subprocess.run(
        words, cwd=where, env=environ, capture_output=True, text=True, timeout=(seconds or 0) + 300, check=False
    )
    path = where / "report.json"
    report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return Run(done.returncode, report, done.stdout + done.stderr)
