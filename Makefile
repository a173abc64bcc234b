# Everything a fresh machine needs is Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Each worker loads all libraries, and tests that run services wait at times: one more than two
# cores. The long files come first.
WORKERS ?= 3

.DEFAULT_GOAL := install
.PHONY: install demo up test lint types layers tests bench chaos differential mutants constraints reference clean

install: $(STAMP)

$(STAMP): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, found " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --compile --require-hashes --requirement constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q aipo_pipelines
	touch $@

demo: $(STAMP)
	$(BIN)/aipo demo

up: $(STAMP)
	$(BIN)/aipo up

test: lint types layers tests

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m plain_english

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

tests: $(STAMP)
	$(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

bench: $(STAMP)
	$(BIN)/python -m bench

# Real work, killed at random moments. SEED=… FIRST=… ROUNDS=1 repeats one round.
ROUNDS ?= 10
FIRST ?= 1
chaos: $(STAMP)
	$(BIN)/python -m chaos --rounds $(ROUNDS) --first $(FIRST) $(if $(SEED),--seed $(SEED))

# The same contracts and tables through datacontract-cli, in an environment of its own.
COUNT ?= 200
differential: $(STAMP)
	$(BIN)/python -m differential --count $(COUNT) $(if $(SEED),--seed $(SEED))

# Changes the code of the ledger and of policy in small steps, and counts the changes that no test
# notices. ONLY=aipo_pipelines/ledger/integrity/merkle.py limits it to a file or a folder.
mutants: $(STAMP)
	$(BIN)/mutmut run $(if $(ONLY),'$(subst /,.,$(patsubst %/,%,$(ONLY:.py=)))*')

# Versions stay where they are unless UPGRADE=1 asks for the newest that fit.
constraints: $(STAMP)
	$(BIN)/python -m uv pip compile pyproject.toml $(if $(UPGRADE),--upgrade) --extra dev --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate --output-file constraints.txt

reference: $(STAMP)
	$(BIN)/python -m aipo_pipelines.reports.charter_reference > docs/reference/charter.md
	$(BIN)/python -m aipo_pipelines.reports.changes_reference > docs/reference/charter-changes.md

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants build dist
