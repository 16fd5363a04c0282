# Every target makes what it needs first: `make run` opens the window on a fresh machine, `make test` tests there.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
DECLARED := pyproject.toml setup.py constraints.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
NEED_PIP := $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
WORKERS ?= 2
TORCH := torch==2.13.0
TORCH_VENV := .venv-torch
TORCH_PYTHON := $(TORCH_VENV)/bin/python

export PYTHONUTF8 := 1

.PHONY: run test test-without-drivers check-all bench lint format docs screenshots constraints clean

run: $(VENV)/ready-to-run
	@$(BIN)/python tools/install_libraries.py
	@$(BIN)/python main.py

test: export QT_QPA_PLATFORM := offscreen
test: $(VENV)/ready-to-test
	@$(BIN)/python tools/install_libraries.py
	$(BIN)/python -m pytest -q -n $(WORKERS)

test-without-drivers: export QT_QPA_PLATFORM := offscreen
test-without-drivers: $(VENV)/ready-to-test
	@$(BIN)/python tools/install_libraries.py
	@mkdir -p $(VENV)/no-drivers
	OCL_ICD_VENDORS=$(CURDIR)/$(VENV)/no-drivers $(BIN)/python -m pytest -q -n $(WORKERS) tests/engine tests/training tests/cli

check-all: export QT_QPA_PLATFORM := offscreen
check-all: export CNNSTUDIO_TORCH := $(CURDIR)/$(TORCH_PYTHON)
check-all: $(VENV)/ready-to-test $(TORCH_PYTHON)
	@$(BIN)/python tools/install_libraries.py
	$(BIN)/python -m pytest -q -n $(WORKERS) -m ""

bench: export QT_QPA_PLATFORM := offscreen
bench: export CNNSTUDIO_TORCH := $(CURDIR)/$(TORCH_PYTHON)
bench: $(VENV)/ready-to-bench $(TORCH_PYTHON)
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/window.py
	$(BIN)/python benchmarks/large_networks.py

lint: $(VENV)/ready-to-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/ready-to-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/ready-to-test
	$(BIN)/python tools/make_docs.py

screenshots: $(VENV)/ready-to-test
	@$(BIN)/python tools/install_libraries.py
	$(BIN)/python tools/make_screenshots.py

constraints: $(VENV)/ready-to-bench
	$(BIN)/python tools/make_constraints.py

clean:
	rm -rf $(VENV) $(TORCH_VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/ready-to-run: $(DECLARED) | $(BIN)/python
	@$(NEED_PIP)
	$(PIP) -e .
	@touch $@

$(VENV)/ready-to-test: $(DECLARED) | $(BIN)/python
	@$(NEED_PIP)
	$(PIP) -e ".[test]"
	@touch $@ $(VENV)/ready-to-run

$(VENV)/ready-to-bench: $(VENV)/ready-to-test
	$(PIP) -e ".[bench]"
	@touch $@

# PyTorch, to compare with, in an environment of its own; version and build are those that were compared.
$(TORCH_PYTHON):
	@rm -rf $(TORCH_VENV)
	$(PYTHON) -m venv $(TORCH_VENV)
	$(TORCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(TORCH) numpy || { rm -rf $(TORCH_VENV); exit 1; }

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "CNN Studio needs Python 3.11 or newer; install it, or run: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment. On Debian or Ubuntu run: sudo apt-get install -y python3-venv" >&2; exit 1; }
