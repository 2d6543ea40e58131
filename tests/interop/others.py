"""Other people's programs that read logs: each is found or built here, or said to be missing.

=========== ================================================================ ==========================================
whose       what of it                                                       from
=========== ================================================================ ==========================================
Go          ``golang.org/x/mod``: sumdb/note, sumdb/tlog, in `verifier.go`   Debian: golang-go golang-golang-x-mod-dev
sigstore    sigstore-python: its checkpoints and its Merkle verifier         requirements/peers.txt
npm         ``@sigstore/verify``: dist/tlog/checkpoint.js and merkle.js      npm/package-lock.json
=========== ================================================================ ==========================================
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mufakat.proof.key import SigningKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mufakat.proof.key import VerifyKey

HERE = Path(__file__).parent
GOPATH = Path("/usr/share/gocode")  # Where Debian keeps the sources of Go's packages.
PATIENCE = 120.0  # Seconds.


def missing(why: str) -> NoReturn:
    """Say why a program is not asked; in CI that is a failure."""
    if os.environ.get("MUFAKAT_REQUIRE_SERVICES") == "1":
        pytest.fail(why)
    pytest.skip(why)


@dataclass(frozen=True)
class Verifier:
    """`verifier.go`, built."""

    program: Path

    @classmethod
    def build(cls, folder: Path) -> Verifier:
        """Build it from Debian's sources, without a look at the network."""
        go = shutil.which("go")
        if go is None or not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").exists():
            missing("not installed: Go and x/mod (Debian: golang-go golang-golang-x-mod-dev)")
        told = {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": "", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
        environ = {**os.environ, **told, "GOCACHE": str(folder / "cache")}
        command = [str(go), "build", "-o", str(folder / "verifier"), str(HERE / "verifier.go")]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return cls(folder / "verifier")

    def says(self, *words: str | Path) -> str:
        """What it prints of what it accepts, or the reason why it refuses, which begins with `no: `."""
        command = [str(self.program), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
        return done.stdout.strip() if done.returncode == 0 else f"no: {done.stderr.strip()}"


@dataclass(frozen=True)
class Case:
    """An inclusion proof under a signed checkpoint, as anybody would be handed it, and the key that he trusts."""

    index: int
    size: int
    root: bytes
    body: bytes
    hashes: tuple[bytes, ...]
    note: str
    key: VerifyKey

    def tampered(self) -> dict[str, Case]:
        """The same with one thing wrong, by what is wrong."""
        first, *others = self.hashes
        return {
            "the index beside": replace(self, index=self.index ^ 1),
            "an index beyond the tree": replace(self, index=self.size),
            "another size": replace(self, size=2 * self.size),
            "another root": replace(self, root=first),
            "a flipped bit of the entry": replace(self, body=flipped(self.body)),
            "a flipped bit of a hash": replace(self, hashes=(flipped(first), *others)),
            "a hash left out": replace(self, hashes=tuple(others)),
            "a hash too many": replace(self, hashes=(*self.hashes, self.root)),
            "an edited checkpoint": replace(self, note=self.note.replace("\n", "\n1", 1)),
            "the key of a stranger": replace(self, key=SigningKey.generate(self.key.name).verify_key),
        }

    @property
    def public_key(self) -> bytes:
        """As other programs read keys: DER."""
        loaded = Ed25519PublicKey.from_public_bytes(self.key.public_key)
        return loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def json(self) -> dict[str, object]:
        """For a program that reads JSON: bytes in base64, the key by its name, id and DER."""
        return {
            "index": self.index,
            "size": self.size,
            "root": encoded(self.root),
            "body": encoded(self.body),
            "hashes": [encoded(one) for one in self.hashes],
            "note": self.note,
            "name": self.key.name,
            "id": encoded(self.key.key_id),
            "key": encoded(self.public_key),
        }


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


@dataclass(frozen=True)
class Npm:
    """`npm/inclusion.mjs` beside what the lock names."""

    folder: Path

    @classmethod
    def found(cls) -> Npm:
        """Where `tools/check.sh` had npm install it, which compared it with the lock's digests."""
        if shutil.which("node") is None:
            missing("not installed: node (Debian: nodejs)")
        here = HERE / "npm"
        lock = json.loads((here / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        for name in filter(None, lock):
            path = here / name / "package.json"
            if not path.exists() or json.loads(path.read_text(encoding="utf-8"))["version"] != lock[name]["version"]:
                missing(f"not installed: {name} (cd tests/interop/npm && npm ci)")
        return cls(here)

    def says(self, cases: Sequence[Case]) -> list[str | None]:
        """For each case None where it was accepted, or the code of the refusal."""
        done = subprocess.run(
            ["node", "inclusion.mjs"],
            cwd=self.folder,
            input=json.dumps([case.json() for case in cases]),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        answers: list[str | None] = json.loads(done.stdout)
        return answers


def sigstore_says(case: Case) -> str | None:
    """None where sigstore-python accepted checkpoint and proof, or the sentence of the refusal."""
    try:
        from sigstore._internal import merkle
        from sigstore._internal.rekor.checkpoint import verify_checkpoint
        from sigstore._internal.trust import Keyring, RekorKeyring
        from sigstore.errors import VerificationError
        from sigstore.models import TransparencyLogEntry
        from sigstore_models.common.v1 import PublicKey, PublicKeyDetails
        from sigstore_models.rekor.v1 import TransparencyLogEntry as Inner
    except ImportError as error:
        missing(f"not installed: {error.name} (requirements/peers.txt)")
    details = PublicKeyDetails.PKIX_ED25519
    key = PublicKey.model_validate({"raw_bytes": encoded(case.public_key), "key_details": details})
    try:
        # It checks that the index is below the size while it reads.
        inner = Inner.model_validate(
            {
                "log_index": str(case.index),
                "log_id": {"key_id": encoded(case.key.key_id)},
                "kind_version": {"kind": "leaf", "version": "1"},
                "canonicalized_body": encoded(case.body),
                "inclusion_proof": {
                    "log_index": str(case.index),
                    "tree_size": str(case.size),
                    "root_hash": encoded(case.root),
                    "hashes": [encoded(one) for one in case.hashes],
                    "checkpoint": {"envelope": case.note},
                },
            }
        )
        entry = TransparencyLogEntry(inner)
        verify_checkpoint(RekorKeyring(Keyring([key])), entry)
        merkle.verify_merkle_inclusion(entry)
    except (VerificationError, ValueError) as error:
        return str(error)
    return None
