# Everything a newcomer needs. `make` alone explains itself.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON3 ?= python3
WORKERS ?= 2
export UV_PYTHON_PREFERENCE ?= managed

UV := .uv/bin/uv
BIN := .venv/bin

.PHONY: help install train run test check bench clean

help: ## print this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

install: .venv/installed ## install everything into .venv (uv comes into .uv by itself)

$(UV):
	$(PYTHON3) -m venv .uv
	.uv/bin/python -m pip install --quiet uv

.venv/installed: requirements.lock pyproject.toml .python-version | $(UV)
	test -x $(BIN)/python || $(UV) venv --quiet
	$(UV) pip sync --quiet --require-hashes --compile-bytecode requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

train: install ## train the model if config, domain or data changed
	$(BIN)/mesobot train

run: install train ## serve, print the addresses
	$(BIN)/mesobot serve

test: install train ## run every test: most in WORKERS processes, then what measures time by itself
	$(BIN)/pytest -m "not alone" --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
	$(BIN)/pytest -m alone

check: install ## lint, types, import contracts, data
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	RASA_TELEMETRY_ENABLED=false $(BIN)/rasa data validate --fail-on-warnings

bench: install train ## measure beside the unmodified Rasa starter bot; fails when a budget is missed
	$(BIN)/python -m bench

clean: ## remove what make made
	rm -rf .venv models .var results
