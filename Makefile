# Needs Python 3.11, make and git; everything else is installed into .venv.
# `make help` lists the targets.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN    := .venv/bin
STAMP  := .venv/.ready
FUZZ   ?= 2000
FUZZ_DECISIONS ?= 1000000
MUTATE ?= 20
# Where uv can not be had, pip reads the same lock: as exact, and slower.
SYNC    = $(BIN)/uv pip sync --quiet --python $(1)/bin/python --require-hashes $(2) \
          || $(1)/bin/python -m pip install --quiet --require-hashes --no-deps -r $(2)
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
          --no-emit-find-links --no-header --no-annotate $(1).in -o $(1).lock

CLUSTER ?= 4000

.PHONY: help env lab app test thorough browser java cluster peers scenarios fuzz mutate bench bench-tune docs dossier site seals check lint wheel floors lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

env: $(STAMP) ## set up .venv from the hash-locked requirements (does nothing when up to date)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" && $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "Python 3.11 is needed: make env PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# The one line of the lock that names uv, with its hashes, installs uv itself.
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r .venv/uv.lock \
	  || echo "uv could not be installed; pip will do"
	@$(call SYNC,.venv,requirements.lock)
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "ready: $(BIN)/workbench"

lab: env ## open JupyterLab (127.0.0.1, token) on the tour, with a way on to the tuning screen
	@$(BIN)/jupyter trust notebooks/*.ipynb >/dev/null
	@JUPYTER_CONFIG_PATH="$(CURDIR):$(CURDIR)/labconfig" $(BIN)/jupyter lab

app: env ## the tuning screen alone, without a notebook (127.0.0.1, token; each visitor has a kernel of its own)
	@$(BIN)/jupyter trust notebooks/10_tune.ipynb >/dev/null
	@JUPYTER_CONFIG_PATH="$(CURDIR):$(CURDIR)/labconfig" $(BIN)/voila notebooks/10_tune.ipynb

test: env browser java ## run every test, browser and notebooks included, and measure branch coverage
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered --cov-report=json:artefacts/coverage.json

browser: ## install Chromium for the browser tests, where this machine allows it
	@scripts/chromium.sh

java: ## install Java for the tests of Spark, where this machine allows it
	@scripts/java.sh

cluster: env java ## a Spark cluster on this machine: CLUSTER requests, a worker killed meanwhile, the result equal
	@$(BIN)/python scripts/spark_cluster.py $(CLUSTER)

peers: env ## install an independent rule engine for the comparison tests, apart from .venv
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@$(call SYNC,.venv-peers,requirements-peers.lock)

scenarios: env ## run every scenario and write one combined table
	@$(BIN)/workbench scenario scenarios/*.yaml

thorough: env ## run the tests that are too slow for every day: every alteration of the shipped rules, a million rows
	@$(BIN)/pytest -n 2 -m slow

fuzz: env ## run the property tests on FUZZ examples each, then decide FUZZ_DECISIONS requests in every reading
	@WORKBENCH_FUZZ=$(FUZZ) $(BIN)/pytest -n 2 --dist load -m hypothesis --hypothesis-profile=fuzz
	@$(BIN)/python scripts/fuzz_agreement.py $(FUZZ_DECISIONS)

mutate: env ## change the product's own code, MUTATE changes a room, and see whether the tests notice
	@$(BIN)/python scripts/mutate_product.py --jobs 2 --sample $(MUTATE)

bench: env peers ## what deciding costs: one table with ratios, every row of one run (REQUESTS=100000)
	@$(BIN)/python scripts/bench.py $${REQUESTS:-100000} --json artefacts/bench.json

bench-tune: env ## what a move of a slider costs, the full engine beside a control in hand
	@$(BIN)/python scripts/bench_tune.py 50000 1000000

site: env ## build these documents as a site in site/, without the network (python -m http.server -d site shows it)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

dossier: env ## the dossier of the shipped versions in review in artefacts/dossier: what changes, proofs, impact, gates
	@$(BIN)/workbench dossier make scenarios/version-2026-2.yaml --on "$${ON:-$$(git log -1 --format=%cs)}" --out artefacts/dossier --force

seals: env ## write the founding seals anew, over all that decides: until the first release alone
	@rm -f guidelines/seals/*.json
	@$(BIN)/workbench seal --founding --on "$${ON:-$$(date +%F)}"

check: env ## check the shipped guidelines, and whether their examples notice a sample of alterations
	@$(BIN)/workbench check --mutate --sample 5

docs: env ## write anew what is written from code and data: language, formats, schemas, API, guidelines, conditions
	@$(BIN)/python scripts/render_language.py
	@$(BIN)/python scripts/render_formats.py
	@$(BIN)/python scripts/render_api.py
	@$(BIN)/python -m workbench.review.readme
	@$(BIN)/python -m workbench.review.conditions_page
	@$(BIN)/python -m workbench.review.parity

lint: env ## look for mistakes, style slips and wrong types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy

wheel: env ## build the wheel, install it bare in a fresh environment and decide one request
	@scripts/wheel.sh

floors: env ## the same with the oldest version of every library that pyproject.toml allows
	@FLOORS=1 scripts/wheel.sh

lock: env ## write the locks anew from the .in files
	@$(call COMPILE,requirements)
	@$(call COMPILE,requirements-peers)

clean: ## remove everything that the other targets made
	@rm -rf .venv .venv-peers artefacts build dist site *.egg-info .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} + -o -name .ipynb_checkpoints -prune -exec rm -rf {} +
