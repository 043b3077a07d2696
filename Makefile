# `make` alone lists the targets. Each installs what it needs first.

VENV ?= .venv
BIN := $(VENV)/bin
HAVE_PIP := $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
STACK := $(BIN)/python -m local.stack
STAMP := $(VENV)/.installed
UI_STAMP := $(VENV)/.installed-ui
DATA ?=
ARGS ?=
FROM ?=
TO ?=
CFG ?=
CONN ?=
BUCKET ?=
REPORT ?=
UNREADABLE ?=
# Of this name or path; else the first of these that runs and is new enough.
PYTHON ?= python3.13 python3.12 python3.11 python3

# Make uv use the system's certificates, as pip does. UV_NATIVE_TLS is the older name.
export UV_SYSTEM_CERTS := 1
export UV_NATIVE_TLS := 1

# Set in some shells; without bytecode every import of Airflow takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo live up down status logs psql airflow plan test test-harsh test-deep test-ui screenshots lint \
  compose-check format lock env mwaa connections conformance docs clean

help: ## List the targets
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## Make .venv with the locked requirements (PYTHON=python3.12 picks one)

# A stamp, so that a second call costs nothing and a changed lock installs again. uv takes a third
# of pip's time. It ignores pip's configuration, such as a mirror, so pip is tried if uv fails.
$(STAMP): requirements-dev.lock
	@python=; \
	for name in $(PYTHON); do \
	  if "$$name" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	    >/dev/null 2>&1; then python="$$name"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "no Python 3.11, 3.12 or 3.13 runs here (tried: $(PYTHON));" \
	    "install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	  exit 1; \
	fi; \
	if ! $(BIN)/python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  >/dev/null 2>&1; then \
	  echo "making $(VENV) with $$python"; \
	  rm -rf $(VENV); \
	  { command -v uv >/dev/null 2>&1 && \
	    uv venv --quiet --python "$$("$$python" -c 'import sys; print(sys.executable)')" $(VENV); } \
	    || "$$python" -m venv $(VENV) || exit 1; \
	fi; \
	echo "installing requirements-dev.lock: half a minute"; \
	uv=$$(command -v uv) || { \
	  $(HAVE_PIP); \
	  $(PIP) "$$(sed -n 's/^uv==[^ ]*/&/p' requirements-dev.lock)" && uv=$(BIN)/uv; \
	}; \
	{ [ -n "$$uv" ] && "$$uv" pip install --quiet --python $(BIN)/python --compile-bytecode \
	    -r requirements-dev.lock; } \
	  || { echo "uv failed; installing with pip, which takes longer"; \
	       $(HAVE_PIP); $(PIP) --no-deps -r requirements-dev.lock; }
	@touch $@

demo: $(STAMP) ## Load a month through the DAGs, show what was played (DATA=DIR: your own)
	@$(STACK) demo $(if $(DATA),--data "$(DATA)")

live: $(STAMP) ## Land new events as the app would, for the hourly runs (ARGS="--minutes 5")
	@$(STACK) live $(ARGS)

up: $(STAMP) ## Start S3, the Redshift endpoint and Airflow
	@$(STACK) up

down: $(STAMP) ## Stop them all
	@$(STACK) down

status: $(STAMP) ## What runs, and where
	@$(STACK) status

logs: $(STAMP) ## The ends of the processes' logs (ARGS="-f scheduler" follows one)
	@$(STACK) logs $(ARGS)

psql: $(STAMP) ## A SQL prompt on the Redshift endpoint; SQL on standard input works too (ARGS=-At)
	@$(STACK) psql $(ARGS)

airflow: $(STAMP) ## Airflow's command line on this stack (ARGS="dags list")
	@$(STACK) airflow $(ARGS)

plan: $(STAMP) ## What a backfill would read and change (FROM=2018-11-01 TO=2018-11-03)
	@$(STACK) plan "$(FROM)" "$(TO)"

connections: $(STAMP) ## Airflow's connections from the old scripts' file (CFG=dwh.cfg TO=connections.env)
	@PYTHONPATH=plugins $(BIN)/python -m sparkify.commands.dwh_config $(if $(CFG),"$(CFG)") $(if $(TO),--output "$(TO)") $(ARGS)

conformance: $(STAMP) ## Hold a Redshift to what is relied on (CONN=redshift_default BUCKET=my-bucket: yours)
	@$(BIN)/python -m conformance $(if $(CONN),--conn "$(CONN)") $(if $(BUCKET),--bucket "$(BUCKET)") \
	  $(if $(REPORT),--report "$(REPORT)") $(if $(UNREADABLE),--unreadable "$(UNREADABLE)") $(ARGS)

test: $(STAMP) ## Run the tests, two at a time (ARGS="-k window")
	@$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

test-harsh: $(STAMP) ## Run the tests of loads on SERIALIZABLE, with system views that lag (10 minutes)
	@SPARKIFY_TEST_HARSH=1 $(BIN)/pytest -n 2 tests/dags tests/plugins/sparkify/operators tests/faults \
	  tests/quality $(ARGS)

test-deep: $(STAMP) ## Run the slow tests, many more examples of the drawn ones, and test-harsh (40 minutes)
	@$(BIN)/pytest -n 2 --dist loadgroup -m "deep or drawn" --hypothesis-profile=deep $(ARGS)
	@$(if $(ARGS),,$(MAKE) --no-print-directory test-harsh)

# Beside the rest, so that nobody needs a browser who does not look at the pages.
$(UI_STAMP): $(STAMP) requirements-ui.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-ui.lock \
	  || { $(HAVE_PIP); $(PIP) --no-deps -r requirements-ui.lock; }
	@touch $@

test-ui: $(UI_STAMP) ## Test the pages in Chromium, on a stack of their own (3 minutes)
	@$(BIN)/python -m tests.ui.chromium
	@$(BIN)/pytest -m ui tests/ui $(ARGS)

screenshots: $(UI_STAMP) ## Take the pictures of docs/images anew, from the sample data
	@$(BIN)/python -m tests.ui.chromium
	@$(BIN)/python -m tests.ui.screenshots

docs: $(STAMP) ## Write docs/redshift.md from conformance/, and docs/data.md from include/sql/
	@$(BIN)/python -m conformance.document
	@PYTHONPATH=plugins $(BIN)/python -m infra.data_page

lint: $(STAMP) compose-check ## Check code, SQL, types, the containers' files and the CloudFormation templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint include/sql
	$(BIN)/mypy
	PYTHONPATH=plugins $(BIN)/lint-imports --no-cache
	$(BIN)/cfn-lint include/cloudformation/*.yaml

compose-check: $(STAMP) ## Check docker-compose.yaml and the Dockerfiles; needs no Docker
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yaml
	$(BIN)/hadolint Dockerfile local/Dockerfile

format: $(STAMP) ## Bring code and SQL into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix include/sql

lock: ## Resolve the requirements anew into the lock files (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 requirements-dev.txt \
	  -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 requirements.txt \
	  -c requirements-dev.lock -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 requirements-ui.txt \
	  -c requirements-dev.lock -o requirements-ui.lock

env: ## Write the secrets of docker-compose.yaml into .env, where they are missing
	@python3 -m local.compose_env

mwaa: ## Build .build/mwaa for Amazon MWAA's bucket (ARGS="--airflow 3.3.2 --python 3.12")
	@python3 -m infra.mwaa $(ARGS)

clean: $(STAMP) ## Stop, and delete the databases, S3 objects, logs and sample data of the stack
	@$(STACK) clean
