# The front door. `make run` and `make test` do all the set-up that they need.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
LOWEST_BIN := $(subst .venv,.venv-lowest,$(BIN))
READY := .venv/.ready
PIP_READY := .venv/.pip-ready
VSCODE := clients/vscode
NODE_READY := $(VSCODE)/node_modules/.ready
# What the tests need is enough to build, too.
BUILD_READY := $(or $(wildcard $(NODE_READY)),$(VSCODE)/node_modules/.build-ready)
CHROMIUM := $(shell command -v chromium 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run test lint fix bench client schema clean
.PHONY: test-python test-fast test-client test-vscode test-oldest test-lowest torture pictures

help:  ## Show what there is to make
	@$(PYTHON) -c "import re; [print(f'  make {n:<13}{t}') for n, t in re.findall(r'^([a-z-]+):.*?## (.*)', open('Makefile').read(), re.M)]"

run: $(READY)  ## Try it: import example sessions, list and export them over JSON-RPC
	@$(BIN)/python examples/tour.py

test: test-python test-client test-vscode  ## Run all tests

test-python: $(READY)  ## Test the server
	$(BIN)/python -m pytest -n auto --dist loadfile --max-worker-restart 0 -m "not quiet"
	$(BIN)/python -m pytest -n 1 -m quiet

test-fast: $(READY)  ## Test the parts of the server without starting it, in a minute or two
	$(BIN)/python -m pytest -q -n auto --ignore tests/e2e --ignore tests/torture

client: $(PIP_READY) $(BUILD_READY)  ## Build the VS Code extension (.vsix)
	cd $(VSCODE) && npm run --silent package

test-client: $(READY) $(NODE_READY)  ## Test the extension without VS Code
	cd $(VSCODE) && npm run --silent lint && npm run --silent test:unit && npm run --silent test:package

ifeq ($(CHROMIUM),)
test-vscode test-oldest:
	@echo "NOT TESTED in a real VS Code: that needs Linux and the program chromium."
else
test-vscode: test-client  ## Test the extension in a real VS Code (Linux with chromium)
	cd $(VSCODE) && npm run --silent test:host
	cd $(VSCODE) && HFS_TEST_VSIX_READY=1 npm run --silent test:host-vsix
	cd $(VSCODE) && HFS_TEST_VSIX_READY=1 npm run --silent test:virtual
	cd $(VSCODE) && HFS_TEST_VSIX_READY=1 npm run --silent test:ui

test-oldest: $(READY) $(NODE_READY)  ## Test it in the oldest VS Code that it supports; SUBJECT=--vsix only the package
	cd $(VSCODE) && npm run --silent test:oldest -- $(SUBJECT)
endif

test-lowest:  ## Test with the lowest versions that pyproject.toml allows
	@echo "Installing the lowest versions into .venv-lowest."
	@$(PYTHON) -m venv --clear .venv-lowest
	@$(PYTHON) -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*[each.split(',')[0].replace('>=', '==').replace('[binary]', '') for each in p['dependencies'] + sum(p['optional-dependencies'].values(), [])], sep='\n')" > .venv-lowest/lowest.txt
	@$(LOWEST_BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .venv-lowest/lowest.txt --editable . --requirement requirements-dev.txt
	$(LOWEST_BIN)/python -m pytest -q -n auto --ignore tests/e2e --ignore tests/torture

torture: $(READY)  ## Attack the server for HFS_TORTURE_MINUTES (10)
	HFS_TORTURE_MINUTES=$${HFS_TORTURE_MINUTES:-10} $(BIN)/python -m pytest tests/torture

bench: $(READY)  ## Measure against plain programs, in about a minute
	$(BIN)/python -m benchmarks --quick

lint: $(READY)  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(READY)  ## Repair style where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(READY)  ## Write the JSON Schema of the export document
	$(BIN)/python -m hfs_server.importers.hfs_json.schema

pictures: $(READY)  ## Draw the pictures of a terminal and of Neovim for README.md
	@$(BIN)/python examples/pictures.py

clean:  ## Remove what was made here
	rm -rf $(VSCODE)/node_modules $(VSCODE)/.cache $(VSCODE)/dist $(VSCODE)/server $(VSCODE)/*.vsix
	rm -rf .venv .venv-lowest dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(PIP_READY):
	@echo "Making a Python environment in .venv."
	@$(PYTHON) -m venv .venv
	@$(PYTHON) -c "open('$@', 'w').close()"

$(READY): pyproject.toml constraints.txt requirements-dev.txt | $(PIP_READY)
	@echo "Installing hfs-server, its dependencies and requirements-dev.txt into .venv: once, about half a minute."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --requirement requirements-dev.txt
	@$(PYTHON) -c "open('$(READY)', 'w').close()"

$(VSCODE)/node_modules/.build-ready: $(VSCODE)/package-lock.json
	@echo "Installing what the build of the VS Code extension needs into $(VSCODE)/node_modules."
	@cd $(VSCODE) && npm ci --ignore-scripts --omit=dev
	@$(PYTHON) -c "open('$@', 'w').close()"

$(NODE_READY): $(VSCODE)/package-lock.json
	@echo "Installing what the build and the tests of the VS Code extension need into $(VSCODE)/node_modules."
	@cd $(VSCODE) && npm ci --ignore-scripts
	@$(PYTHON) -c "open('$(NODE_READY)', 'w').close()"
