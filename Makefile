# Jornada: `make run` and `make test` need Python 3.11 or newer, make and git, and set everything else up themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CATALOGS := $(patsubst %.po,%.mo,$(wildcard translations/*/LC_MESSAGES/messages.po))
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install --require-hashes

# By file, so that what a file's tests share is made once; in the order of tests/conftest.py, which begins with the longest.
# Three at once on two cores: those with a browser or a worker wait a good deal.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# Compiled modules are kept even where the machine says otherwise: a start takes half the time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check lint bench fire migration setup clean
.DELETE_ON_ERROR:

run: $(VENV)/run.stamp $(CATALOGS)
	@exec $(BIN)/flask serve --follow-parent

test: setup
	@$(BIN)/python tests/browser/provision.py
	@$(PYTEST)

check: lint test

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }

bench: setup
	@$(BIN)/python -m benchmarks

# A rush, killed processes, and a database that goes away: what is promised must hold. Some minutes each.
fire: setup
	@$(BIN)/python -m benchmarks.rush
	@$(BIN)/python -m benchmarks.kill
	@$(BIN)/python -m benchmarks.outage
	@$(BIN)/python -m benchmarks.capture

# A migration that takes the newest one to today's models: make migration NAME="add topics"
migration: setup
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export JORNADA_INSTANCE_PATH="$$folder" \
		&& $(BIN)/flask db upgrade && $(BIN)/flask db revision "$(NAME)" && $(BIN)/ruff format --quiet migrations

setup: $(VENV)/dev.stamp $(CATALOGS)

$(VENV)/run.stamp: requirements/run.txt | $(VENV)/made.stamp
	@echo "Installing what Jornada needs (once; some seconds to a minute)…"
	@$(PIP) --requirement requirements/run.txt
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	@echo "Installing what its tests need (once)…"
	@$(PIP) --requirement requirements/dev.txt
	@touch $@

$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Jornada needs Python 3.11 or newer; choose one with: make PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python comes without venv here; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

%.mo: %.po
	@$(BIN)/pybabel --quiet compile --input-file=$< --output-file=$@ --locale=$(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))

clean:
	@rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis $(CATALOGS)
