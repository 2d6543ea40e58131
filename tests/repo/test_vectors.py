from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "vectors"
OURS = ROOT / "tests" / "vectors"
ABOUT = {"README.md", "LICENSE", "SOURCE.txt"}  # Texts about the vectors.
# Read where they lie, all of them (tests/unit/proof/test_proof_merkle.py).
IN_PLACE = {path for kind in ("inclusion", "consistency") for path in SHARED.glob(f"merkle/{kind}/**/*.json")}


@pytest.mark.skipif(not SHARED.exists(), reason="the published vectors are not beside this repository")
def test_every_published_vector_is_read_by_a_test():
    published = {path for path in SHARED.rglob("*") if path.is_file() and path.name not in ABOUT}
    kept = {path for path in published if (OURS / path.name).exists()}
    assert published - kept - IN_PLACE == set()
    assert {path.name for path in kept if path.read_bytes() != (OURS / path.name).read_bytes()} == set()
