#!/usr/bin/env bash
# Writes the hashed locks: no header and no URL in them, so that they name no host.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
options=(--python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --constraint requirements/together.in)
"$uv" pip compile "${options[@]}" pyproject.toml -o requirements/base.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server -o requirements/server.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra postgres -o requirements/postgres.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra mail -o requirements/mail.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra dns -o requirements/dns.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra tables -o requirements/tables.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra rehearsal -o requirements/rehearsal.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra screening -o requirements/screening.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra telegram -o requirements/telegram.txt
"$uv" pip compile "${options[@]}" requirements/build.in -o requirements/build.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra postgres --extra mail --extra dns --extra tables --extra rehearsal --extra screening --extra telegram requirements/build.in requirements/test.in -o requirements/test.txt
"$uv" pip compile "${options[@]}" pyproject.toml --extra server --extra postgres --extra mail --extra dns --extra tables --extra rehearsal --extra screening --extra telegram requirements/build.in requirements/test.in requirements/check.in -o requirements/check.txt
# Beside all the others, so as they are pinned there.
"$uv" pip compile "${options[@]}" --constraint requirements/check.txt requirements/peers.in -o requirements/peers.txt
