# Two commands are all it takes:  make up  (run it)   make test  (try everything)

PYTHON ?= python3
UP_ARGS ?=
PYTEST_ARGS ?= -n 2
BENCH_ARGS ?=

export PYTHON
export PATH := $(CURDIR)/.tradehall-tools/bin:$(PATH)

.PHONY: up test check bench clean install install-dev

up: install
	@exec .venv/bin/tradehall up $(UP_ARGS)

test: install-dev
	@chromium=$$(deploy/tools.sh chromium) && caddy=$$(deploy/tools.sh caddy) && \
	redis=$$(deploy/tools.sh redis-server) && stripe=$$(deploy/stripe-mock.sh) && set -x && \
	TRADEHALL_CHROMIUM=$$chromium TRADEHALL_CADDY=$$caddy TRADEHALL_REDIS=$$redis TRADEHALL_STRIPE_MOCK=$$stripe \
	.venv/bin/pytest $(PYTEST_ARGS)

check: install-dev
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/vulture src

bench: install-dev
	@wrk=$$(deploy/tools.sh wrk) && set -x && TRADEHALL_WRK=$$wrk .venv/bin/python -m bench $(BENCH_ARGS)

install:
	@deploy/install.sh

install-dev:
	@deploy/install.sh --dev

# The environment, the tools and the caches. Your data (.tradehall) stays.
clean:
	rm -rf .venv .tradehall-tools dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
