# techdesk: `make demo` runs it, `make test` proves it. Each target sets up what it needs in .venv, once.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
RUN    := $(STAMPS)/run
DEV    := $(STAMPS)/dev
# One more than the cores that it is made for: tests of a terminal mostly wait for it.
JOBS   ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo test lint format unit bench live soak screenshots clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "techdesk needs Python 3.11 or newer, and there is no '$(PYTHON)'. Try: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "techdesk needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V). Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN): pyproject.toml | $(BIN)/python
	@echo "Setting up techdesk in $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@mkdir -p $(STAMPS) && touch $@

$(DEV): pyproject.toml | $(BIN)/python
	@echo "Setting up techdesk and its tests in $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@mkdir -p $(STAMPS) && touch $@ $(RUN)

demo: $(RUN) ## run techdesk on the embedded demo desk
	@$(BIN)/techdesk demo

test: lint unit ## lint, types, layers, unit, snapshot and pty tests

lint: $(DEV) ## style, types and the floors of the house
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(DEV) ## put every file into the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

unit: $(DEV)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

bench: $(DEV) ## speed and memory through a pseudo-terminal, as ratios; JSON in benchmarks/out
	@$(BIN)/python -m benchmarks

live: $(DEV) ## the real help desks that can run on this machine
	@$(BIN)/python -m pytest -m live tests/live -p no:cacheprovider

soak: $(DEV) ## long searches: 10,000 fault schedules, 500 kills and more; about an hour on two cores
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m soak

screenshots: $(DEV) ## the pictures of the README, made by the program
	@$(BIN)/python -m benchmarks.screenshots

clean: ## forget the virtual environment and everything made
	@rm -rf $(VENV) build dist benchmarks/out .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
