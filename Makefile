# The first three: `make check` checks the documents, `make run` does a governed run with the fake
# engine, `make test` proves the toolkit. All set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

ENGINES ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/sot-tools/engines
ENGINE_PACKAGES := node@22.23.3 @earendil-works/pi-coding-agent@0.87.1 @openai/codex@0.169.0
TRIALS ?= 100

.PHONY: check run test test-mutants test-engines test-reliability test-trust lint types docs bench bench-engines clean

check: $(READY)
	$(BIN)/sot check
	$(PYTHON) tools/validate_cto_child.py

run: $(READY)
	$(BIN)/sot run r1-string-slugify --no-ledger
	$(BIN)/sot evidence verify latest

test: $(READY)
	$(BIN)/pytest -n auto --dist worksteal

test-reliability: $(READY)
	$(BIN)/python bench/reliability.py --page docs/evidence-reliability.md

# The counts of docs/trust.md, about 40 minutes; `tools/prove_trust.py race` runs one piece.
test-trust: $(READY)
	$(BIN)/python tools/prove_trust.py

# Whether the tests of the gate notice when it is changed; about ten minutes.
test-mutants: $(READY)
	$(BIN)/pip install --quiet -e '.[dev,mutants]'
	$(BIN)/python tools/prove_gate.py

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

# The real engines, from npm, in a folder outside the tree; what cannot be installed is not run.
$(ENGINES)/.ready: Makefile
	mkdir -p $(ENGINES)
	npm install --prefix $(ENGINES) --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-timeout=60000 $(ENGINE_PACKAGES) && touch $@ || echo "not run: npm could not install $(ENGINE_PACKAGES)"

test-engines: $(READY) $(ENGINES)/.ready
	SOT_ENGINES_DIR=$(ENGINES) SOT_TRIALS=$(TRIALS) $(BIN)/pytest -rs tests/engines

bench-engines: $(READY) $(ENGINES)/.ready
	SOT_ENGINES_DIR=$(ENGINES) SOT_TRIALS=$(TRIALS) $(BIN)/python -m bench.engines

clean:
	rm -rf $(VENV) build dist *.egg-info

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("sot-tools needs Python 3.11 or newer; run make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
