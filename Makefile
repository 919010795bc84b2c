# Caselens (镜鉴). Needs Python 3.11 or newer and make; everything else is fetched into .venv.
# `make` alone lists what there is to do.
.DEFAULT_GOAL := help
SHELL := /bin/sh

VENV := .venv
BIN  := $(VENV)/bin
PY   := $(BIN)/python
# Rooms that print their declarations into docs/ do it in a module called _docs.
DOCS := $(patsubst lib/caselens/%/_docs.py,caselens.%._docs,$(wildcard lib/caselens/*/_docs.py))
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# The tests need little memory each; more than four processes only wait for the disk.
PYTEST := $(PY) -m pytest --numprocesses logical --maxprocesses 4

# Without compiled bytecode every start takes two to three times as long, so a machine that forbids it is overruled.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo demo-real test test-all audit lint docs docs-check notebooks notebooks-refresh format lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/core.done ## install what the workbench needs into .venv (the other targets do it by themselves)

demo: $(VENV)/core.done ## generate the sample city, screen it and write its reports
	$(BIN)/caselens demo

demo-real: ## the same on published data of your own: make demo-real DATA=DIR
	@test -n "$(DATA)" || { echo "make demo-real needs the folder with the published data: make demo-real DATA=DIR"; exit 2; }
	@test -d "$(DATA)" || { echo "make demo-real: there is no folder $(DATA)"; exit 2; }
	@$(MAKE) --no-print-directory $(VENV)/core.done
	$(BIN)/caselens demo --real "$(DATA)"

test: lint docs-check ## check style, types, import rules and generated docs, then run every test that is not long
	$(PYTEST) -m "not long"
	@$(MAKE) --no-print-directory notebooks

test-all: $(VENV)/spark.done ## run the long tests, Spark and Dask among them (`make test` runs the others)
	@if pkg-config --exists icu-i18n 2> /dev/null; then $(MAKE) --no-print-directory $(VENV)/ftm.done; \
	else echo "No headers of ICU (Debian: libicu-dev, pkg-config): the library followthemoney is left out, its test skips"; fi
	$(PYTEST) -m long
	@.ci/audit

audit: $(VENV)/dev.done ## ask for known holes in the packages of the lock (needs a network; `make test-all` does it too)
	@.ci/audit

# A city of their own, so that nobody's data/demo is overwritten.
NOTEBOOK_CITY := build/notebooks
ON_NOTEBOOK_CITY = CASELENS_WORKSPACE="$(CURDIR)/$(NOTEBOOK_CITY)/demo"

notebooks: $(VENV)/dev.done # run each notebook on the sample city and compare the cells that ask for it
	$(BIN)/caselens demo --no-reports --into $(NOTEBOOK_CITY)
	$(ON_NOTEBOOK_CITY) $(PY) -m pytest --nbval-lax --numprocesses logical --maxprocesses 4 --dist loadfile $(NOTEBOOKS)

notebooks-refresh: $(VENV)/dev.done ## save the figures that notebooks are compared with anew; look at the difference before committing
	$(BIN)/caselens demo --no-reports --into $(NOTEBOOK_CITY)
	$(ON_NOTEBOOK_CITY) $(PY) -m caselens.reports._refresh_notebooks $(NOTEBOOKS)

lint: $(VENV)/dev.done ## ruff, mypy and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

format: $(VENV)/dev.done ## lay the code out as ruff wants it and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/dev.done ## write docs/tables.md and docs/indicators.md anew from the declarations
	@set -e; for module in $(DOCS); do echo "$(PY) -m $$module"; $(PY) -m $$module; done

docs-check: $(VENV)/dev.done # fail if a generated page is not what the declarations say
	@set -e; for module in $(DOCS); do echo "$(PY) -m $$module --check"; $(PY) -m $$module --check; done

# Core and dev hold wheels only: a case office has no compiler. Spark is published as source alone.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url pyproject.toml locks/build.in
DEV_EXTRAS := --extra dev --extra dask --extra postgres --extra jobs

lock: $(VENV)/dev.done ## renew locks/ from pyproject.toml; commit them when the tests pass
	$(COMPILE) --upgrade --only-binary :all: --output-file locks/core.txt
	$(COMPILE) --upgrade --only-binary :all: $(DEV_EXTRAS) --constraint locks/core.txt --output-file locks/dev.txt
	$(COMPILE) --upgrade --extra spark --constraint locks/dev.txt --output-file locks/spark.txt
	$(COMPILE) --upgrade --extra ftm --constraint locks/dev.txt --output-file locks/ftm.txt

clean: ## remove .venv, caches and the generated sample; workspaces and reports of others stay
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache data/sample reports/sample
	find lib tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- installation -----------------------------------------------------------------------------------------------------
# A stamp is renewed when its lock changes. A lock is complete, so pip need not resolve anything (--no-deps) and
# `pip check` proves it; compiling afterwards on all cores is quicker than pip's own compiling, and a package may ship
# files that are no Python of this version, so its exit status says nothing.
INSTALL = $(PY) -m pip install -qq --no-deps --require-hashes --no-compile

define finish
	@$(PY) -m pip install -qq --no-deps --no-build-isolation --no-compile --editable .
	@$(PY) -m pip check > /dev/null || $(PY) -m pip check
	@$(PY) -m compileall -q -j 0 lib "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" > /dev/null || true
	@touch $@
endef

$(PY):
	@for python in python3.11 python3 python3.12 python3.13 python3.14; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
			echo "Setting up $(VENV) with $$($$python --version)"; exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "Caselens needs Python 3.11 or newer, and neither python3.11 nor python3 on this machine is: install it first."; \
	exit 1

$(VENV)/core.done: locks/core.txt pyproject.toml | $(PY)
	@echo "Installing $< (a few minutes the first time)"
	@$(INSTALL) --only-binary :all: -r $<
	$(finish)

$(VENV)/dev.done: locks/dev.txt pyproject.toml | $(PY)
	@echo "Installing $< (a few minutes the first time)"
	@$(INSTALL) --only-binary :all: -r $<
	$(finish)

$(VENV)/spark.done: locks/spark.txt $(VENV)/dev.done
	@echo "Installing $< (Spark is built from source: a few minutes)"
	@$(INSTALL) -r $<
	$(finish)

$(VENV)/ftm.done: locks/ftm.txt $(VENV)/dev.done
	@echo "Installing $< (compiles one package)"
	@$(INSTALL) -r $<
	$(finish)
