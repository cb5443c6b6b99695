# The first three: `make check` checks the documents, `make run` does a governed run with the fake
# engine, `make test` proves the toolkit. All set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: check run test test-reliability lint types docs bench clean

check: $(READY)
	$(BIN)/sot check
	$(PYTHON) tools/validate_cto_child.py

run: $(READY)
	$(BIN)/sot run r1-string-slugify
	$(BIN)/sot evidence verify latest

test: $(READY)
	$(BIN)/pytest

test-reliability: $(READY)
	$(BIN)/python bench/reliability.py --page docs/evidence-reliability.md

# The counts of docs/trust.md; takes the better part of an hour.
test-trust: $(READY)
	$(BIN)/python tools/prove_trust.py

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
