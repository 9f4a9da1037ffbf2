# make run starts the app, make test runs every test; the first call of either makes .venv. See README.
PYTHON ?= python3
ARGS ?=

bin := .venv/bin
install := $(bin)/python -m pip install --disable-pip-version-check

.PHONY: run test check soak screenshots clean

run: .venv/run.stamp  ## make run ARGS="--port 8000"
	$(bin)/python -m medsim.bases
	$(bin)/python app.py $(ARGS)

test: .venv/dev.stamp
	CHROMIUM="$$(bash tests/find_chromium.sh)" && export CHROMIUM && \
	$(bin)/python -m medsim.bases && \
	$(bin)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/dev.stamp
	$(bin)/python -m ruff check .

soak: .venv/dev.stamp
	$(bin)/python -m medsim.bases
	$(bin)/python -m pytest -m soak --timeout 0 $(ARGS)

screenshots: .venv/dev.stamp
	CHROMIUM="$$(bash tests/find_chromium.sh)" && export CHROMIUM && \
	$(bin)/python -m medsim.bases && \
	$(bin)/python -m tests.screenshots $(ARGS)

clean:  # what make and the tests made; your runs and models stay
	rm -rf .venv .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# The stamps say that an installation was finished, and of which requirements.
.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { echo \
	"MedSim-LLM needs Python 3.11, 3.12 or 3.13; $(PYTHON) is not one of them: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/run.stamp: requirements.txt | .venv/made.stamp
	$(install) -r requirements.txt
	touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | .venv/made.stamp
	$(install) -r requirements-dev.txt
	touch .venv/run.stamp $@
