# Targets set up the locked environment in .venv first, which needs Python 3.11 and git.
PYTHON ?= python3.11
UV_VERSION := 0.13.9
DATA ?= sample
TARGET ?= TARGET
ID ?= SK_ID_CURR
DEFAULT ?=
LEAKS ?=
NAME ?=
EXPERIMENT ?= $(or $(MLFLOW_EXPERIMENT_NAME),credit-scoring)
MODEL ?= models:/$(or $(NAME),credit-scoring)@champion
PORT ?= 5001
DESK_PORT ?= 8502
WORKERS ?= 2
TAG ?=
# One more than there are cores, up to four: many tests wait for a server, a database or a browser.
PROCESSES ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
# Files in the order of tests/longest.py, not by how many tests they have.
PYTEST := python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

export MLFLOW_TRACKING_URI ?= sqlite:///$(CURDIR)/mlflow.db
export MLFLOW_DISABLE_TELEMETRY := true
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport VIRTUAL_ENV PYTHONPATH
# Each module is compiled when it is first imported: all 33,000 would take 20 s, and one in four is ever imported.
unexport PYTHONDONTWRITEBYTECODE
GET_UV := install --quiet --disable-pip-version-check uv==$(UV_VERSION)
# The first run creates the store in its own process: another would import MLflow once more, for seconds.
MLFLOW_RUN = $(if $(wildcard mlflow.db),mlflow run . --env-manager local,python -m steps.tracking.first_run)

.PHONY: help run serve desk image release test test-fast coverage lint docs site pictures notebooks lock renew lock-age audit clean
help:            ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

# Python's own pip, where it has one that can: a venv's takes three seconds to unpack.
.venv/bin/uv:
	@python=$$(command -v $(PYTHON) || echo $(PYTHON)); $$python -m venv --without-pip .venv && \
		{ $$python -m pip --python .venv/bin/python $(GET_UV) 2>/dev/null || \
		{ $$python -m venv .venv && .venv/bin/python -m pip $(GET_UV); }; }

# What training, serving and the desk import; its modules are compiled on the core that the first command leaves idle:
# first what MLflow imports last, then what it does not.
.venv/.core: uv.lock pyproject.toml | .venv/bin/uv
	uv sync --frozen --inexact --no-default-groups --group core --group desk
	@touch $@
	@python -c 'import pandas, sqlalchemy.orm, alembic.autogenerate, sklearn.metrics, matplotlib.figure, ibis, lightgbm, optuna, steps.main' >/dev/null 2>&1 &

.venv/.ready: .venv/.core
	uv sync --frozen
	@touch $@

run: .venv/.core         ## the whole path to a served decision (DATA=folder or file; of a lender's file TARGET=column DEFAULT='Charged Off' ID=column; NAME=model)
	$(MLFLOW_RUN) --experiment-name '$(EXPERIMENT)' -P 'data=$(DATA)' -P 'target=$(TARGET)' -P 'id=$(ID)' -P 'default=$(DEFAULT)' -P 'leaks=$(LEAKS)' -P 'model_name=$(NAME)'

serve: .venv/.core       ## the champion behind the hardened server (NAME=model or MODEL=uri, PORT=5001 WORKERS=2)
	python -m custom_model.server --model-uri '$(MODEL)' --port $(PORT) --workers $(WORKERS)

desk: .venv/.core        ## web pages to decide, find, watch and govern, beside `make serve` (NAME=model DESK_PORT=8502)
	DESK_MODEL_NAME='$(or $(NAME),credit-scoring)' DESK_SERVER_URL="$${DESK_SERVER_URL-http://127.0.0.1:$(PORT)}" python -m desk --port $(DESK_PORT)

image: .venv/.core       ## a small image of the hardened server with the champion (NAME=model or MODEL=uri, TAG=image)
	python -m steps.image --model-uri '$(MODEL)' --tag '$(TAG)'

release: .venv/.ready    ## what a tag publishes, in dist/: notes, the image, its bill of materials (TAG=v0.1.0)
	.ci/release '$(TAG)'

test: .venv/.ready       ## all tests, in several processes
	$(PYTEST)

test-fast: .venv/.ready  ## the fast tests: no servers, no training; under a minute
	$(PYTEST) -m "not slow"

lint: .venv/.ready       ## style, types and layers, as CI checks them
	ruff check . && ruff format --check . && mypy && lint-imports

docs: .venv/.ready       ## docs/fields.md and docs/reference/, after a change of what they describe
	python -m steps.tables.fields_page
	python -m reference

site: .venv/.ready       ## the documents as a site in build/site, which is searched without a network
	python -m sphinx --nitpicky --fail-on-warning --keep-going --quiet -j auto -c docs . build/site
	@echo "build/site/index.html"

pictures: .venv/.ready   ## pictures of the desk and of reports in docs/, after a change of their pages and `make run`
	WRITE_PICTURES=yes python -m pytest tests/desk/test_pictures.py tests/project/test_monitor.py -k 'test_pictures or unit_that_changed'
	python -m reference.pictures

notebooks: .venv/.ready  ## runs notebooks/ in temporary folders, and renders them to docs/notebooks/: minutes
	rm -rf docs/notebooks
	env -u MLFLOW_TRACKING_URI jupyter nbconvert --execute --to markdown --template-file notebooks/page.md.j2 \
		--output-dir docs/notebooks notebooks/*.ipynb

lock: .venv/.ready       ## after a change of pyproject.toml: uv.lock, python_env.yaml and conda.yaml
	uv lock && python .ci/pin_environments.py

renew: .venv/.ready      ## the newest versions that pyproject.toml allows, and what changed; all or nothing
	python .ci/renew_lock.py

lock-age: .venv/.ready   ## fails where the lock is older than most_days of pyproject.toml
	python .ci/lock_age.py

audit: .venv/.ready      ## the locked packages against the known vulnerabilities: needs pypi.org
	.ci/audit

coverage: .venv/.ready   ## lines and branches that the fast tests reach, and their floor: pyproject.toml's [tool.coverage]
	$(PYTEST) -m "not slow" --cov --cov-report=term:skip-covered

clean:                   ## the environment, the tracking store and generated data
	rm -rf .venv mlflow.db mlruns data/sample-* data/features-* data/.features-*
