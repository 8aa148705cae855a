# Every target runs in $(VENV), which is built from the lock files and from nothing else: requirements.lock holds what
# the product needs, requirements-dev.lock the same versions and what tests, checks and benchmarks need besides.

VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-long lint types bench record lock clean

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.* ## /\1: /p' Makefile | awk -F': ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

demo: $(VENV)/.runtime ## Open the dashboard on the samples (ARGS=--no-browser only prints its address)
	@$(BIN)/compliance demo $(ARGS)

test: $(VENV)/.browser ## Run all tests
	$(BIN)/python -m pytest $(ARGS)

test-long: $(VENV)/.browser ## Run all tests, with 10,000 examples for each property
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

bench: $(VENV)/.dev ## Measure speed, each figure beside an alternative in the same run
	$(BIN)/python -m bench $(ARGS)

record: $(VENV)/.browser ## Rewrite the recorded results (read the difference before committing it)
	$(BIN)/python -m pytest --update $(ARGS)

# `fewest` picks one version for all supported Pythons, so that the same NumPy computes the figures everywhere.
COMPILE = $(VENV)/uv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --upgrade

lock: $(VENV)/.runtime ## Choose the newest versions that pyproject.toml allows
	$(BIN)/python -m venv $(VENV)/uv
	$(VENV)/uv/bin/pip install --quiet uv==0.13.9
	$(COMPILE) --group dev --output-file requirements-dev.lock
	$(COMPILE) --group build --constraint requirements-dev.lock --output-file requirements.lock

clean: ## Remove the environment and what the tools left behind
	rm -rf $(VENV) .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: requirements.lock
	@PYTHON='$(PYTHON)' .ci/environment $(VENV)
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo 'Adding what requirements-dev.lock holds besides.'
	@$(BIN)/pip install --quiet --require-hashes --only-binary :all: --requirement requirements-dev.lock
	@touch $@

$(VENV)/.browser: $(VENV)/.dev tests/chromium.py
	@$(BIN)/python tests/chromium.py
	@touch $@
