# The first two: `make check` runs the main job, `make test` proves the toolkit. Both set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: check test lint types docs bench clean

check: $(READY)
	$(BIN)/sot check
	$(PYTHON) tools/validate_cto_child.py

test: $(READY)
	$(BIN)/pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

docs: $(READY)
	$(BIN)/python tools/write_docs.py

bench: $(READY)
	$(BIN)/pip install --quiet -e '.[dev,bench]'
	$(BIN)/python bench/peers.py

clean:
	rm -rf $(VENV) build dist *.egg-info

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("sot-tools needs Python 3.11 or newer; run make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
