#!/usr/bin/env bash
# Builds the wheel, installs it with the base lock alone, and uses it: no Django there, and a receipt verifies.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/${VENV:-.venv}/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/python" -m hatchling build -t wheel -d "$work/dist" >/dev/null
"$bin/python" -m venv "$work/venv"
"$work/venv/bin/pip" --disable-pip-version-check --quiet install --require-hashes -r requirements/base.txt
"$work/venv/bin/pip" --disable-pip-version-check --quiet install --no-deps "$work"/dist/*.whl
cd "$work"
"$work/venv/bin/python" - <<'PY'
import importlib, pkgutil, sys
import mufakat
seen = []
for module in pkgutil.walk_packages(mufakat.__path__, "mufakat."):
    if module.name.startswith("mufakat.server"):
        continue
    try:
        importlib.import_module(module.name)
    except ImportError as error:
        # What speaks to servers of names needs the extra `dns`, what speaks with Telegram `telegram`; the command line
        # says so in one line.
        if not (module.name.startswith("mufakat.runners.") and error.name in {"aiogram", "aiohttp", "dns"}):
            raise
        continue
    seen.append(module.name)
assert "django" not in sys.modules, "the bare wheel imported Django"
from mufakat.proof import key, receipt, verify
signer = key.SigningKey.generate("localhost/log/1")
text = receipt.sign_custody(signer, notice="ntc_0123456789abcdefghjkmnpqrs", leaf_hash=bytes(32), at="2026-01-01T00:00:00.000Z")
open("r", "w").write(text)
open("k", "w").write(signer.vkey + "\n")
print(f"{len(seen)} modules import without Django")
PY
"$work/venv/bin/mufakat" verify r --key k
if "$work/venv/bin/mufakat" doctor 2>"$work/said"; then echo "doctor ran without the server extra" >&2; exit 1; fi
grep -q "pip install 'mufakat\[server\]'" "$work/said"
