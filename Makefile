# `make demo` and `make test` do all the set-up; nothing needs root or a running PostgreSQL.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The programs among the tests share modules with them.
TOOL := PYTHONPATH=tests/support:tests/incremental:tests/reference $(BIN)/python
# One more than there are processors, since each waits for a server now and then; each has its own.
PROCESSES = $(shell $(PYTHON) -c 'import os; print(min(4, 1 + (os.cpu_count() or 1)))')
PARALLEL = $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadgroup --no-loadscope-reorder
PGSPOT := .venv-pgspot
.DEFAULT_GOAL := help

.PHONY: help
help:  ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

# Without --no-compile half of the time would go to modules of which few are ever imported.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3' >&2; exit 2; }
	@echo 'Setting up $(VENV) (once, about a minute) ...' >&2
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: $(STAMP)  ## Embedded database, synthetic cohort, models, checks, report
	@$(BIN)/journey demo

.PHONY: test
test: $(STAMP)  ## All tests on a throwaway embedded server
	@$(PARALLEL)

.PHONY: lint
lint: $(STAMP)  ## Style and types of Python, style of SQL
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync lint-python lint-sql

.PHONY: lint-python
lint-python: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: lint-sql
lint-sql: $(STAMP)
	$(BIN)/python tests/tools/lint_sql.py

.PHONY: golden
golden: $(STAMP)  ## Take what the demo's report says now as what it must say
	@GOLDEN=write $(BIN)/pytest tests/report/test_golden.py

.PHONY: posture
posture: $(STAMP)  ## Take the security that the migrations make now as what it must be
	@POSTURE=write $(BIN)/pytest tests/checks/test_posture_file.py tests/adoption/test_both_ways.py -k file

.PHONY: upgrade-dump
upgrade-dump: $(STAMP)  ## Dump a loaded database of this version, which later ones must upgrade
	@$(BIN)/python tests/upgrade/upgrade_dump.py

.PHONY: same
same: $(STAMP)  ## Compare tables and messages with those of a revision (BASE=HEAD)
	@$(BIN)/python tests/tools/compare_tables.py $(or $(BASE),HEAD)

.PHONY: mutants
mutants: $(STAMP)  ## Sabotage the migrations, see the tests notice (some: MUTANTS='id id')
	@$(TOOL) tests/tools/mutants.py $(MUTANTS)

# Uses the database server that PG* names, or a throwaway embedded one.
.PHONY: other-clinic
other-clinic: $(STAMP)  ## Adopt, run and check the application in examples/other_clinic
	@$(TOOL) tests/tools/other_clinic.py

.PHONY: faults
faults: $(STAMP)  ## Corrupt a clean cohort, see the intended rules notice (some: FAULTS='id id')
	@$(TOOL) tests/faults/faults.py $(FAULTS)

# pgspot has a venv of its own: its parser must not meddle with ours. Not to be had, it is skipped,
# and judges.py says so.
.PHONY: judges
judges: $(STAMP)  ## Outside judges of the migrations: pgspot, plpgsql_check, pgTAP
	@[ -x $(PGSPOT)/bin/pgspot ] || { $(PYTHON) -m venv $(PGSPOT) && \
	    $(PGSPOT)/bin/pip install --quiet --disable-pip-version-check pgspot==0.9.4 pglast==7.21; } || true
	@$(TOOL) tests/tools/judges.py

.PHONY: crashes
crashes: $(STAMP)  ## Kill runs, dbt, the server at random moments (some: CRASHES='run dbt=3 seed=7')
	@$(TOOL) tests/crashes/crashes.py $(CRASHES)

.PHONY: properties
properties: $(STAMP)  ## Further cases of make test: many random histories, an older server
	@HYPOTHESIS_PROFILE=nightly $(PARALLEL) $(shell grep -rl 'from nightly import' tests --include='test_*.py')

.PHONY: nightly
nightly:  ## What takes longer: judges, further cases, crashes, all faults and mutants
	@$(MAKE) --no-print-directory --keep-going judges properties crashes faults mutants

.PHONY: bench
bench: $(STAMP)  ## What a run costs beside copying what it reads (SESSIONS=2000 REPEATS=3 RECORD=1)
	@$(BIN)/python benchmarks/marts.py

.PHONY: bench-schema
bench-schema: $(STAMP)  ## What the guards of the tables cost (SESSIONS=2000 REPEATS=300 RECORD=1)
	@$(BIN)/python benchmarks/schema.py

.PHONY: bench-flags
bench-flags: $(STAMP)  ## How often the rules that ask for a review are right and wrong (PEOPLE=1500 RECORD=1)
	@$(BIN)/python benchmarks/review_flags.py

.PHONY: bench-slopes
bench-slopes: $(STAMP)  ## How often the interval of a slope holds the true slope (PEOPLE=300 RECORD=1)
	@$(BIN)/python benchmarks/slopes.py

.PHONY: bench-associations
bench-associations: $(STAMP)  ## How often what goes along with what is wrong (PEOPLE=1500 SEED=1 RECORD=1)
	@$(BIN)/python benchmarks/behavior_associations.py

.PHONY: bench-checks
bench-checks: $(STAMP)  ## What the suites cost beside one query per table (SESSIONS=2000 REPEATS=3 RECORD=1)
	@$(BIN)/python benchmarks/checks.py

.PHONY: bench-partitions
bench-partitions: $(STAMP)  ## What pulse checks would gain and lose by partitions (SESSIONS=2000 REPEATS=30 RECORD=1)
	@$(BIN)/python benchmarks/partitions.py

.PHONY: bench-jit
bench-jit: $(STAMP)  ## What PostgreSQL's JIT would cost a small run (needs the distribution's PostgreSQL; RECORD=1)
	@$(BIN)/python benchmarks/jit.py

.PHONY: lock
lock:  ## Pin the dependencies of pyproject.toml anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate --no-strip-extras --extra formats --group dev --output-file requirements.lock pyproject.toml

.PHONY: clean
clean:  ## Stop the embedded database and delete it and everything that was made
	@if [ -x $(BIN)/python ]; then \
	    $(BIN)/python -c 'from wellness_journey.database import server, settings; server.remove(settings.journey_home())'; \
	fi
	rm -rf $(VENV) $(PGSPOT) target logs reports .pytest_cache .mypy_cache .ruff_cache .hypothesis
