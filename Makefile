# Two commands on a fresh machine with Python 3.11 and git: `make demo` and `make test`.

PYTHON3 ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Debian's packages with the servers and tools that some proofs run; each is named by the program it brings.
PROGRAMS := chromium:chromium promtool:prometheus redis-server:redis-server

.PHONY: demo test bench format readme parts clean

demo: $(VENV)/.installed
	@$(BIN)/safelint demo

test: $(VENV)/.tested parts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto

bench: $(VENV)/.tested
	$(BIN)/python -m benchmarks

format: $(VENV)/.tested
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The README's first screen is what the demo prints.
readme: $(VENV)/.tested
	$(BIN)/python -m tests.readme

# What a program alone can prove is skipped on a machine where nothing can be installed; with CI=true it fails there.
parts:
	@missing=""; for part in $(PROGRAMS); do command -v "$${part%%:*}" >/dev/null 2>&1 || missing="$$missing $${part##*:}"; done; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq --no-install-recommends $$missing >/dev/null; \
	elif [ -n "$$missing" ]; then echo "not installed, so their proofs will be skipped:$$missing"; fi

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.tested: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable . --group test
	@touch $@ $(VENV)/.installed

# The pip that comes with Python 3.11 does not know dependency groups.
$(BIN)/python:
	$(PYTHON3) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
