#!/usr/bin/env bash
# All that CI runs after the tests: format, lint, types, imports, docs, then the tests again that need a compiler, a browser or root.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
step() { printf '\n== %s\n' "$*"; }
said=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$said"' EXIT
export MUFAKAT_TESTS_SHARED=${MUFAKAT_TESTS_SHARED:-$said/shared}  # Databases that are migrated once (tests/templates.py).

step "Debian packages"
bash tools/debian.sh gcc libc6-dev chromium postgresql postfix dovecot-imapd bind9 bind9-utils unbound squid golang-go golang-golang-x-mod-dev
# One npm is enough, whoever packaged it.
command -v npm >/dev/null || bash tools/debian.sh nodejs npm
step "format"
"$bin/ruff" format --check .
step "lint"
"$bin/ruff" check .
# On a core of its own: it is the longest of these, and it takes one.
"$bin/mypy" >"$said/types" 2>&1 &
types=$!
step "imports"
"$bin/lint-imports"
step "docs"
NO_MKDOCS_2_WARNING=1 "$bin/mkdocs" build --strict --quiet
step "the bare wheel"
bash tools/bare_wheel.sh
step "types"
wait "$types" || { cat "$said/types"; exit 1; }
cat "$said/types"
if [ "${MUFAKAT_TESTED:-0}" != 1 ]; then
    step "tests"
    "$bin/python" -m pytest -n 2 -m "not browser and not fault and not contract and not interop"
fi
step "npm's verifier"
(cd tests/interop/npm && npm ci --silent) || [ "${MUFAKAT_REQUIRE_SERVICES:-0}" != 1 ]
step "faults, browser, contract and the verifiers of others"
# Whole files, each in one process: a browser's pages and a server's faults tell a story in their order. One process more
# than there are cores: much of this is waiting for a browser, a clock or a server that was killed.
"$bin/python" -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "browser or fault or contract or interop"
step "the server on PostgreSQL"
export MUFAKAT_TEST_DATABASE=postgresql
"$bin/python" -m pytest -n 2 -m "not browser and not fault and not contract" tests/server tests/flows tests/properties/test_lifecycle_machine.py
step "faults on PostgreSQL"
"$bin/python" -m pytest -n 2 --dist loadfile -m fault tests/faults/test_week.py tests/faults/test_kill.py tests/faults/test_mail.py tests/faults/test_mailbox.py tests/dns/test_publishing.py tests/dns/test_killed.py
