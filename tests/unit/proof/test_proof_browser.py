"""The verifier of the page `/verify` says of every receipt what the Python one says, for the same reason."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests import receipt_corpus as corpus

from mufakat.proof import leaf, receipt

HERE = Path(__file__).parent
SCRIPT = HERE.parents[2] / "src" / "mufakat" / "server" / "web" / "static" / "web" / "verify.js"


def in_node(cases: list[corpus.Case]) -> list[str]:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
            pytest.fail("node is missing: install Debian's package nodejs")
        pytest.skip("node is missing: install Debian's package nodejs (the browser's tests ask the same)")
    told = json.dumps([one._asdict() for one in cases])
    command = [node, "--no-warnings", str(HERE / "verify_in_node.js"), str(SCRIPT)]
    done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=120, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def test_both_verifiers_say_the_same_of_every_receipt() -> None:
    cases = corpus.cases()
    wanted = [corpus.expected(one) for one in cases]
    found = in_node(cases)
    differing = [(one.name, says, js) for one, says, js in zip(cases, wanted, found, strict=True) if says != js]
    assert differing == []
    # Neither is right by refusing, or by accepting, everything.
    assert {"custody", "custody-batch", "inclusion", "witnessed"} <= set(wanted)
    assert len(set(wanted)) > 30


@pytest.mark.parametrize("pattern", [leaf._any_id.__self__.pattern, receipt._notice_id.__self__.pattern])  # type: ignore[attr-defined]
def test_the_kinds_of_ids_are_the_same_in_both(pattern: str) -> None:
    kinds = re.match(r"\(\?:([a-z|]+)\)_", pattern)
    assert kinds is not None
    assert f"(?:{kinds[1]})_" in SCRIPT.read_text(encoding="utf-8")
