# The front door. `make run` and `make test` do all the set-up that they need.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help run test lint fix bench schema clean

help:  ## Show what there is to make
	@$(PYTHON) -c "import re; [print(f'  make {n:<8}{t}') for n, t in re.findall(r'^([a-z-]+):.*?## (.*)', open('Makefile').read(), re.M)]"

run: $(READY)  ## Try it: import example sessions, list and export them over JSON-RPC
	$(BIN)/python examples/tour.py

test: $(READY)  ## Run all tests
	$(BIN)/python -m pytest

bench: $(READY)  ## Measure against plain programs, in about a minute
	$(BIN)/python -m benchmarks --quick

lint: $(READY)  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(READY)  ## Repair what can be repaired by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(READY)  ## Write the JSON Schema of the export document anew
	$(BIN)/python -m hfs_server.export.schema

clean:  ## Remove what was made here
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --requirement requirements-dev.txt
	$(PYTHON) -c "open('$(READY)', 'w').close()"
