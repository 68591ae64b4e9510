# Every target sets up what it needs. Start with: make demo
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null && $$p -c 'import sys,venv,ensurepip; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Modules are compiled once, not by every process of a test or a crawl.
unexport PYTHONDONTWRITEBYTECODE

help:  ## what the targets are
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/.done: requirements/base.txt requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "govah needs Python 3.11, 3.12 or 3.13 with the venv module (Debian: apt-get install python3 python3-venv)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true  # pip compiles on one core; what no Python compiles is never imported
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.done  ## virtual environment with locked, hashed requirements; browser from Debian
	@scripts/install-browser

demo: setup  ## audit the fixture agencies and say where the report lies
	@$(BIN)/govah demo

demo-real: setup  ## audit Debian documentation packages, served by nginx on loopback
	@$(BIN)/python -m fixtures.benchmarks.debian_docs

PYTEST := $(BIN)/python -m pytest --dist loadgroup --no-loadscope-reorder
# More than two cores have: many tests wait for servers and time-outs. With six, pages in the browser come too late.
WORKERS := -n 4
RULES := tests/claims tests/web tests/checks tests/scoring tests/reports tests/govah tests/test_docs.py
USUAL := not thorough
PURE := not (sockets or processes or slow or thorough)

quick: $(VENV)/.done  ## the rules on stored captures: no sockets, no browser, below a minute
	@GOVAH_TESTS=quick $(PYTEST) -n 2 -m "$(PURE)" $(RULES)

test: setup lint  ## all that a change can plausibly break: ten minutes
	@scripts/install-test-tools
	@$(PYTEST) $(WORKERS) -m "$(USUAL)"

# AFTER=test leaves out what `make test` has just run in the same way (tests/deeper.py): for .ci/run.
test-thorough: setup $(if $(AFTER),,lint)  ## everything, with more seeds and kills: three quarters of an hour
	@scripts/install-test-tools
	@GOVAH_TESTS=thorough $(PYTEST) $(WORKERS) --timeout 3600 $(if $(AFTER),--after-usual)

test-times: setup  ## where the time of `make test` goes, by kind and by file (docs/testing.md)
	@scripts/install-test-tools
	@mkdir -p out && begun=$$(date +%s) && $(PYTEST) $(WORKERS) -m "$(USUAL)" --measure=out/times.jsonl \
		&& $(BIN)/python -m tests.times out/times.jsonl --seconds $$(($$(date +%s) - begun))

lint: $(VENV)/.done  ## ruff, mypy strict, the arrows of the architecture
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

bench: setup  ## pages per CPU second and peak memory, against peers
	@$(BIN)/python -m fixtures.benchmarks.bench

soak: setup  ## a portal of 200,000 pages, and 200 portals at once: memory, sizes, pace
	@$(BIN)/python -m fixtures.benchmarks.soak

trial: setup  ## 400 agencies on 300 addresses, by one process, two and a cluster: is it the same, byte for byte
	@$(BIN)/python -m fixtures.benchmarks.trial

bench-verify: setup  ## verification of an archive of 100,000 records (5 GB): MB a second, memory
	@$(BIN)/python -m fixtures.benchmarks.verifying

simulate: $(VENV)/.done  ## the crawl of a country of 30,000 portals with a virtual clock (docs/scale.md)
	@$(BIN)/python -m fixtures.benchmarks.simulating

study: setup  ## the national estimate in worlds whose truth is known (docs/bias.md)
	@$(BIN)/python -m fixtures.benchmarks.study

worlds: $(VENV)/.done  ## 5,000 claims of generated portals with known truth: what is right, open and false (docs/performance.md)
	@$(BIN)/python -m fixtures.benchmarks.worlds

ablation: $(VENV)/.done  ## what each rule and word list decides, from kept crawls and 1,000 generated claims (docs/performance.md)
	@$(BIN)/python -m tests.estate.ablation

bench-scores: setup  ## scores of 30,000 agencies alone, in one process: seconds, memory
	@$(BIN)/python -m fixtures.benchmarks.national.scores

bench-country: setup  ## commands on a round of 30,000 agencies, each in its processes: seconds, memory, sizes
	@test -f demo/estate-round/results/findings.jsonl || $(BIN)/govah demo >&2
	@$(BIN)/python -m fixtures.benchmarks.national.country

bench-report: setup  ## the report of 167 agencies, multiplied from a demonstration: seconds, memory, sizes
	@test -f demo/estate-round/results/findings.jsonl || $(BIN)/govah demo >&2
	@$(BIN)/python -m fixtures.benchmarks.national.reporting

serve-fixtures: $(VENV)/.done  ## serve the fixture agencies on loopback until stopped
	@$(BIN)/python -m fixtures serve estate

out/site-tools/.done: requirements/site.txt
	@test -n "$(PYTHON)" || { echo "the site needs Python 3.11, 3.12 or 3.13 with the venv module"; exit 2; }
	$(PYTHON) -m venv out/site-tools
	out/site-tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/site.txt
	@touch $@

site: out/site-tools/.done  ## build the documentation into out/site; a broken link is an error
	@out/site-tools/bin/zensical build --strict --clean && echo "The site lies in out/site/index.html and out/site/fa/index.html"

pictures: setup  ## take the pictures of the documentation anew, from a demonstration (ROUND=FOLDER: of that round)
	@$(BIN)/python -m fixtures.pictures $(ROUND)

house: $(VENV)/.done  ## draw the rooms of the code and their imports anew (docs/house/)
	@$(BIN)/python -m tests.house

docs: $(VENV)/.done  ## renew the pages of the documentation that are made from code
	@$(BIN)/python -m reports.documents

lock: $(VENV)/.done  ## renew the locked requirements (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml -o requirements/base.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --extra cluster --group dev -o requirements/dev.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml --extra cluster --constraint requirements/base.txt -o requirements/cluster.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --group site -o requirements/site.txt

clean:  ## remove what the targets made
	rm -rf $(VENV) demo out build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: help setup demo demo-real quick test test-thorough test-times lint bench soak trial bench-verify bench-report bench-scores bench-country simulate study worlds ablation serve-fixtures house docs site pictures lock clean
