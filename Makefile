# Everything below sets up what it needs by itself: a .venv from the lock file, and for the tests, where this
# machine may install Debian packages, LibreOffice, CJK fonts and npm.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/
READY := $(VENV)/.ready

# Tests start many processes; each would compile the program anew.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/pycache

.PHONY: demo test fresh lint template bench evidence clean system validator addin handbook windows

# The main job on the sample unit; the result lies in out/.
demo: $(READY)
	@$(RUN)yusuan demo -o out

# Lint, while what the tests need is installed, then every test. Live tests skip, with the reason, where LibreOffice is
# missing.
test: $(READY)
	@$(MAKE) --no-print-directory -j3 -Otarget system validator lint
	$(RUN)pytest -n auto --dist worksteal

# Both commands on a new Debian, made in a folder: what this machine has from before is not there.
fresh:
	@.ci/fresh

# Style and types.
lint: $(READY)
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy

# Build the committed templates, the rule book and the list of an edition's keys anew.
template: $(READY)
	$(RUN)python -m workbook_templates.template.build
	$(RUN)python -m udfs.checks.book
	$(RUN)python -m workbook_templates.reading.reference

# Speed as ratios against a peer in the same run.
bench: $(READY)
	$(RUN)python -m tests.benchmarks.fill
	$(RUN)python -m tests.benchmarks.validate
	$(RUN)python -m tests.benchmarks.report
	$(RUN)python -m tests.benchmarks.excel
	$(RUN)python -m tests.benchmarks.receive
	$(RUN)python -m tests.benchmarks.inspect
	$(RUN)python -m tests.benchmarks.desk
	$(RUN)python -m tests.benchmarks.growth

# The Excel add-in, from text alone.
addin: $(READY)
	$(RUN)yusuan addin build -o out/yusuan.xlam

# The handbook's pictures anew, from a live spreadsheet program.
handbook: $(READY) system
	$(RUN)python -m tests.support.pictures

# What the long proofs need to run Windows' own Python, from Debian's packages.
windows:
	@.ci/system-packages windows

# The long proofs, which do not fit the quarter of an hour of `test`, and how much of the code all tests go through, which
# to measure would make `test` half as long again.
evidence: $(READY) system validator windows
	$(RUN)python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .ci/requirements-evidence.lock
	YUSUAN_EVIDENCE=1 $(RUN)pytest -s --cov --cov-report=term:skip-covered

# LibreOffice and CJK fonts from Debian's packages, where they are missing and may be installed.
system:
	@.ci/system-packages

# Microsoft's Open XML validator and axe-core from the npm registry, where npm is at hand.
validator:
	@if command -v npm >/dev/null 2>&1; then \
	  test -x .ci/node_modules/.bin/ooxml-validator && test -e .ci/node_modules/axe-core || npm install --prefix .ci --silent --no-audit --no-fund \
	  || echo "npm could not install the Open XML validator: its tests will skip"; \
	else echo "npm is missing: the Open XML validator's tests will skip"; fi

clean:
	rm -rf $(VENV) .ci/node_modules out build

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN)python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements.lock
	$(RUN)python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
