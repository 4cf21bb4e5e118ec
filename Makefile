# Two commands on a fresh clone: `make demo` and `make test`. Needs Python >= 3.11 (with venv), git and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
IMAGE ?= gaterunner:dev
# Locks are resolved for the oldest Python we support and hold for newer ones: uv writes markers where they differ.
UV := uv==0.13.9
COMPILE := $(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"
# PyGithub asks for it only to sign in as a GitHub App with a private key, which gaterunner never holds: 16 MB less.
UNUSED := --no-emit-package cryptography
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo test hostile lint format rules pictures bench image lock clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Judge an honest and a hostile branch of a sample repository
	$(BIN)/gaterunner demo

# Compiled first: where PYTHONDONTWRITEBYTECODE is set, each of some thousand processes would compile all it imports.
test: $(VENV)/.dev ## Run all tests (image tests need a Docker engine)
	$(BIN)/python -m compileall -q gaterunner
	$(BIN)/python -m pytest -n auto

hostile: $(VENV)/.dev ## Play out every attack and its honest twin: caught, missed, false alarms
	$(BIN)/python -m tests.hostile

lint: $(VENV)/.dev ## Lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev ## Format the code and apply safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

rules: $(VENV)/.dev ## Write the index of the rules' pages, docs/rules.md
	$(BIN)/python -m tests.rules_index

pictures: $(VENV)/.dev ## Take the documentation's screenshots anew (needs Chromium and a Docker engine)
	$(BIN)/python -m tests.pictures

bench: $(VENV)/.dev ## Run every benchmark and print its figures
	@set -e; for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

image: ## Build the image as IMAGE (default gaterunner:dev); BASE=… replaces its base
	docker build $(if $(BASE),--build-arg BASE=$(BASE)) --tag $(IMAGE) .

lock: $(VENV)/.python ## Resolve all dependencies again; UPGRADE=--upgrade takes the newest allowed
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(COMPILE) $(UPGRADE) $(UNUSED) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) $(UPGRADE) requirements/build.in --output-file requirements/build.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev requirements/build.in \
		--constraint requirements/runtime.txt --constraint requirements/build.txt --output-file requirements/dev.txt
	$(COMPILE) $(UPGRADE) requirements/bugsink.in --output-file requirements/bugsink.txt

clean: ## Remove the virtual environment, caches and build output
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than 3.11: name a newer one, e.g. make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python requirements/runtime.txt requirements/build.txt pyproject.toml
	$(INSTALL) --require-hashes --no-deps -r requirements/runtime.txt -r requirements/build.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	$(INSTALL) --require-hashes --no-deps -r requirements/dev.txt
	@touch $@
