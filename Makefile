# Two commands matter: `make demo` runs a community's day, `make test` proves the house.
# Everything is installed into this folder; nothing outside it is changed.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
VENV := .venv
PROVERS := .venv-prove
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

CONTRACT_SOURCES := $(shell find contracts/src -name '*.sol')
# Where npm carries no native forge for this machine, Foundry's own installation serves.
FORGE = $$([ -x node_modules/.bin/forge ] && echo node_modules/.bin/forge || echo forge)
# Two workers suit two cores; every test finds its own ports and folders.
WORKERS ?= 2

.PHONY: help setup demo test lint unit contracts-test gas format brownie bench prove prove-search prove-coverage prove-findings prove-arithmetic lock clean

help: ## Say what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: $(VENV)/.installed contracts/node_modules/.installed chain/artifacts/.compiled ## Install all that is needed, once

$(VENV)/.installed: requirements/commonwatt.lock pyproject.toml scripts/create-environment
	@scripts/create-environment "$(PYTHON)" "$(VENV)"
	@touch $@

contracts/node_modules/.installed: contracts/package.json contracts/package-lock.json scripts/install-node-packages | $(VENV)/.installed
	@scripts/install-node-packages "$(VENV)"
	@touch $@

chain/artifacts/.compiled: $(CONTRACT_SOURCES) contracts/foundry.toml contracts/package-lock.json chain/compile.py | $(VENV)/.installed contracts/node_modules/.installed
	@$(BIN)/python -m chain.compile
	@touch $@

demo: setup ## Run one day of one community and say where its report lies
	@$(BIN)/commonwatt demo

test: setup lint contracts-test unit ## Check everything

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@cd contracts && $(FORGE) fmt --check src test proofs

contracts-test: setup
	@cd contracts && FORGE_SNAPSHOT_CHECK=true $(FORGE) test

prove: prove-search prove-coverage prove-findings prove-arithmetic ## Prove the contracts: search, coverage, slither, halmos

prove-search: setup ## Fuzz and search the contracts for longer
	@cd contracts && FOUNDRY_PROFILE=prove $(FORGE) test --no-match-path 'test/*Gas.t.sol'

prove-coverage: setup ## Fail unless the contracts' tests take 95 % of the branches
	@$(BIN)/python scripts/contract-coverage

prove-findings: setup $(PROVERS)/.installed ## Hold what slither finds against contracts/slither.md
	@$(BIN)/python scripts/contract-findings $(PROVERS)/bin/slither

prove-arithmetic: setup $(PROVERS)/.installed ## Prove arithmetic for all inputs with halmos
	@scripts/prove-arithmetic $(PROVERS)

$(PROVERS)/.installed: requirements/prove.lock scripts/create-tools-environment
	@scripts/create-tools-environment "$(PYTHON)" "$(PROVERS)" requirements/prove.lock
	@touch $@

gas: setup ## Compare gas with the committed snapshot
	@cd contracts && FORGE_SNAPSHOT_CHECK=true $(FORGE) test --match-path 'test/*Gas.t.sol'

unit: setup
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --max-worker-restart 0

brownie: setup ## Compile with brownie and let it talk to a running node, in its own environment
	@$(BIN)/python tests/brownie/check.py

bench: setup ## Time clearing against sorting
	@$(BIN)/commonwatt bench clearing
	@$(BIN)/commonwatt bench pools
	@$(BIN)/python -m benchmarks.preferences
	@$(BIN)/python -m benchmarks.supply_function

format: setup ## Format all sources
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@cd contracts && $(FORGE) fmt src test proofs

lock: ## Renew the lock files (needs uv)
	@uv pip compile -q pyproject.toml --extra node --group dev --group build --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements/commonwatt.lock
	@uv pip compile -q requirements/nodejs.in --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements/nodejs.lock
	@uv pip compile -q requirements/brownie.in --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements/brownie.lock
	@uv pip compile -q requirements/prove.in --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" -o requirements/prove.lock
	@cd contracts && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## Remove all that was installed or generated, but no runs
	rm -rf $(VENV) $(PROVERS) .venv-brownie contracts/node_modules contracts/out contracts/cache chain/artifacts build
