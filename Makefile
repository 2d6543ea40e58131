# `make run` and `make test` need python3.11 (with venv), pip and make, and nothing else.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
SUITE ?= intake
export MUFAKAT_DATA ?= $(CURDIR)/data

.PHONY: help run test check imports bench lock messages docs clean
.DEFAULT_GOAL := help

help:  ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# One stamp per lock: it is newer than its lock once everything in it is installed.
$(VENV)/bin/python:
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.server: requirements/build.txt requirements/server.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing the server from its lock"
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --require-hashes -r requirements/server.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# What a database server needs is installed where one is named.
ifneq ($(filter postgres%,$(DATABASE_URL))$(DATABASE_URL_FILE),)
RUNS := $(VENV)/.postgres
else
RUNS := $(VENV)/.server
endif
# The register's daily files are offered as Parquet too, capacity is rehearsed, and banks have patterns and pictures.
RUNS += $(VENV)/.tables $(VENV)/.rehearsal $(VENV)/.screening
# And what mail needs, where a way of mail is.
ifneq ($(MUFAKAT_SMTP_URL)$(MUFAKAT_SMTP_URL_FILE)$(MUFAKAT_LMTP)$(MUFAKAT_IMAP_URL)$(MUFAKAT_IMAP_URL_FILE),)
RUNS += $(VENV)/.mail
endif
# And what bots of Telegram need, where the token of one is named.
ifneq ($(MUFAKAT_TELEGRAM_TOKEN)$(MUFAKAT_TELEGRAM_TOKEN_FILE)$(MUFAKAT_GOVERNMENT_BOT),)
RUNS += $(VENV)/.telegram
endif
# And what name servers and resolvers need, where some are named.
ifneq ($(MUFAKAT_DNS_PRIMARY)$(MUFAKAT_DNS_KEY)$(MUFAKAT_DNS_KEY_FILE),)
RUNS += $(VENV)/.dns
endif

$(VENV)/.postgres: requirements/postgres.txt $(VENV)/.server
	@echo "installing what PostgreSQL needs from its lock"
	@$(PIP) install --require-hashes -r requirements/postgres.txt
	@touch $@

$(VENV)/.tables: requirements/tables.txt $(VENV)/.server
	@echo "installing what Parquet files need from its lock"
	@$(PIP) install --require-hashes -r requirements/tables.txt
	@touch $@

$(VENV)/.rehearsal: requirements/rehearsal.txt $(VENV)/.server
	@echo "installing what rehearsals of capacity need from its lock"
	@$(PIP) install --require-hashes -r requirements/rehearsal.txt
	@touch $@

$(VENV)/.screening: requirements/screening.txt $(VENV)/.server
	@echo "installing what screening needs from its lock"
	@$(PIP) install --require-hashes -r requirements/screening.txt
	@touch $@

$(VENV)/.telegram: requirements/telegram.txt $(VENV)/.server
	@echo "installing what Telegram needs from its lock"
	@$(PIP) install --require-hashes -r requirements/telegram.txt
	@touch $@

$(VENV)/.mail: requirements/mail.txt $(VENV)/.server
	@echo "installing what mail needs from its lock"
	@$(PIP) install --require-hashes -r requirements/mail.txt
	@touch $@

$(VENV)/.dns: requirements/dns.txt $(VENV)/.server
	@echo "installing what name servers need from its lock"
	@$(PIP) install --require-hashes -r requirements/dns.txt
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.server
	@echo "installing what the tests need from its lock"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.check: requirements/check.txt $(VENV)/.test
	@echo "installing what the checks need from its lock"
	@$(PIP) install --require-hashes -r requirements/check.txt
	@touch $@

$(VENV)/.peers: requirements/peers.txt $(VENV)/.test
	@echo "installing what ours is compared with from its lock"
	@$(PIP) install --require-hashes -r requirements/peers.txt
	@touch $@

run: $(RUNS)  ## Prepare an embedded database, tell the example story, and serve on 127.0.0.1:$PORT (8000).
	@$(BIN)/mufakat migrate --quiet
	@if test -e "$(MUFAKAT_DATA)/example-accounts.txt"; then $(BIN)/mufakat example load parties >/dev/null; \
	 else $(BIN)/mufakat example load story-2017 >/dev/null; fi
	@$(BIN)/mufakat welcome
	@exec $(BIN)/mufakat serve

test: $(VENV)/.test  ## Run the tests that need no service.
	$(BIN)/python -m pytest -n 2 -m "not browser and not fault and not contract and not interop"

check: $(VENV)/.check $(VENV)/.peers  ## Run everything that CI runs.
	bash tools/check.sh

imports: $(VENV)/.check  ## Run the import contracts alone.
	$(BIN)/lint-imports

bench: $(VENV)/.test $(VENV)/.peers  ## Measure ours beside its peer and its floor: make bench SUITE=intake.
	bash tools/debian.sh wrk postgresql bind9 bind9-utils bind9-dnsutils unbound
	$(BIN)/python -m bench.$(SUITE)

lock: $(VENV)/.check  ## Write the hashed locks anew (needs uv).
	bash tools/lock.sh

messages: $(VENV)/.test  ## Compile the translations.
	$(BIN)/python -m tests.server.web.web_messages

docs: $(VENV)/.check  ## Build the documentation; a warning is an error.
	$(BIN)/mkdocs build --strict --quiet

clean:  ## Remove what was built and installed; the data stay.
	rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
