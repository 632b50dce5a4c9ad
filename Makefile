# make run    from nothing to the dashboard in the browser
# make test   from nothing to all tests passed, those in a real browser included
# make test-long  the proofs of docs/reliability.md at their full size: an hour and a half
# make bench  the speed figures, as ratios against a named reference in the same run
# make check  style and types alone
# make audit  known holes in the pinned versions, by pip-audit; needs the network
# make pictures  the pictures in docs/, taken again

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Where pip would fetch torch's far larger CUDA build, give the address of the CPU builds:
# make run TORCH_INDEX=…  (the README says where to find it).
TORCH_INDEX ?=
PORT ?= 8501
# What the tests need from the system, as Debian names it.
TEST_PACKAGES := chromium abcmidi fluidsynth timgm6mb-soundfont

.PHONY: run test test-long bench check audit corpus pictures clean system-packages
.DEFAULT_GOAL := run

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "SongRNN Lab needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || $(PYTHON) -m virtualenv $(VENV) || \
	  { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment: install its venv module (on Debian the package python3-venv)."; exit 1; }

# A stamp file, so that a second start runs no pip.
$(VENV)/installed: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the lab needs into $(VENV) (a few minutes the first time) …"
	@if [ -n "$(TORCH_INDEX)" ]; then $(BIN)/python -m pip install -q "$$(grep '^torch==' requirements.txt)" --index-url "$(TORCH_INDEX)"; fi
	@$(BIN)/python -m pip install -q -r requirements.txt
	@touch $@

$(VENV)/installed-tests: pyproject.toml $(VENV)/installed
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install -q -r requirements.txt -e '.[test]'
	@touch $@

data/folk/corpus.json: data/corpora.toml | $(VENV)/installed
	@$(BIN)/songrnn corpus build folk

corpus: data/folk/corpus.json

run: $(VENV)/installed data/folk/corpus.json
	@exec $(BIN)/streamlit run dashboard/Home.py --server.port $(PORT)

# Installs the system packages where it may (root and apt-get); the tests name what is missing.
system-packages:
	@missing=""; \
	for package in $(TEST_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing system packages:$$missing"; \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing) >/dev/null || \
	      echo "apt-get could not install:$$missing"; \
	  else \
	    echo "Missing system packages:$$missing. Install them (sudo apt-get install$$missing) to run every test."; \
	  fi; \
	fi

check: $(VENV)/installed-tests
	@$(BIN)/ruff check --no-cache . # a cache does not see a module come into being
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

test: system-packages $(VENV)/installed-tests data/folk/corpus.json check
	@$(BIN)/python -m pytest -n 2 --dist loadfile

# How long visitors wait is measured first, with nothing beside it; the hour of slow use, which keeps
# a core busy for a tenth of its time, has all the rest beside it.
test-long: system-packages $(VENV)/installed-tests data/folk/corpus.json
	@$(BIN)/python -m pip install -q -e '.[login]'
	@failed=""; export SONGRNN_DAMAGE_EXAMPLES=5000 SONGRNN_VISITORS=25; \
	  trap 'kill $$long 2>/dev/null; exit 130' INT TERM; \
	  $(BIN)/python tests/reliability/measure.py many || failed="$$failed many"; \
	  $(BIN)/python tests/reliability/measure.py long & long=$$!; \
	  $(BIN)/python -m pytest -n 2 --dist loadfile --timeout 7200 tests/store/test_damage.py \
	    tests/training/test_resume.py tests/browser/test_sessions.py tests/browser/test_workspaces.py \
	    || failed="$$failed quick-tests-at-length"; \
	  $(BIN)/python -m pytest -n 2 --dist worksteal -m long --timeout 7200 tests || failed="$$failed long-tests"; \
	  $(BIN)/python tests/reliability/measure.py kills faults damage names fuzz || failed="$$failed measured"; \
	  wait $$long || failed="$$failed long"; \
	  [ -z "$$failed" ] || { echo "Not held:$$failed"; exit 1; }

bench: $(VENV)/installed-tests data/folk/corpus.json
	@$(BIN)/python tests/benchmarks/bench.py

audit: $(BIN)/python
	@$(BIN)/python -m pip install -q pip-audit==2.10.0
	@$(BIN)/python -m pip_audit --disable-pip -r .ci/requirements-hashes.txt --require-hashes

pictures: system-packages $(VENV)/installed-tests data/folk/corpus.json
	@$(BIN)/python tests/browser/pictures.py

clean:
	rm -rf $(VENV) data/folk data/cache
