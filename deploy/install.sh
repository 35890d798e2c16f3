#!/bin/sh
# Install Tradehall and what it needs into .venv, exactly as uv.lock says.
#
#     deploy/install.sh          what runs it      (make up)
#     deploy/install.sh --dev    and what tests it (make test, make check)
#
# Needs Python 3.11 or newer (PYTHON=… names another one). Quick when nothing has changed. Works behind a mirror:
# pip's settings (PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, pip.conf) and uv's own (UV_DEFAULT_INDEX) are respected.
set -eu
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
[ "${1:-}" = --dev ] && groups=--all-groups || groups=--no-dev

say() { printf '%s\n' "$@" >&2; }
fail() { say "$@"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

as_root() { # runs the command as root, or returns 1 when we may not
    if [ "$(id -u)" = 0 ]; then "$@"
    elif has sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1; fi
}

check_python() {
    has "$PYTHON" || fail "Tradehall needs Python 3.11 or newer, and '$PYTHON' was not found." \
        "On Debian or Ubuntu: apt-get install python3"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail \
        "Tradehall needs Python 3.11 or newer; '$PYTHON' is $("$PYTHON" -V 2>&1)." \
        "Name another one: make PYTHON=python3.12 …"
}

can_venv() { "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; }

apt_install() { # Debian packages, as root
    has apt-get || return 1
    as_root true || return 1
    set -- env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "$@"
    as_root "$@" >/dev/null 2>&1 || { as_root apt-get update -qq >&2 && as_root "$@" >&2; }
}

make_venv() {
    # Its programs name its place in their first line: one that was moved must be made again.
    [ "$(cat .venv/.place 2>/dev/null || pwd)" = "$(pwd)" ] && .venv/bin/python -c '' 2>/dev/null && return
    rm -rf .venv
    if ! can_venv; then # Debian keeps a part of Python's venv in a package of its own, named after the version.
        version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        apt_install "python$version-venv" || true
    fi
    if can_venv; then "$PYTHON" -m venv .venv
    elif has uv; then uv venv -q --python "$PYTHON" .venv
    elif has virtualenv; then virtualenv -q -p "$PYTHON" .venv
    elif "$PYTHON" -m pip --version >/dev/null 2>&1; then
        "$PYTHON" -m venv --without-pip .venv && "$PYTHON" -m pip -q --python .venv/bin/python install uv
    else
        fail "This Python cannot make a virtual environment: its package 'ensurepip' is missing." \
            "Ask an administrator for: apt-get install python3-venv" \
            "or put uv on your PATH: https://docs.astral.sh/uv/"
    fi
}

find_uv() {
    if [ -x .venv/bin/uv ]; then UV=.venv/bin/uv; return; fi
    if [ -x .venv/bin/pip ]; then .venv/bin/pip install -q --disable-pip-version-check uv && UV=.venv/bin/uv
    elif has uv; then UV=uv
    else fail "Neither pip nor uv can be found; remove .venv and try again."; fi
}

pip_settings() { { .venv/bin/python -m pip config list || "$PYTHON" -m pip config list; } 2>/dev/null || true; }

pip_setting() { # one value out of pip's configuration files; several lines become several words
    pip_settings | sed -n "s/^\(install\|global\)\.$1='\(.*\)'\$/\2/p" | tail -n 1 | sed 's/\\n/ /g'
}

use_mirror() { # hand pip's settings on to uv; true when packages come from elsewhere than the public index
    index=${PIP_INDEX_URL:-$(pip_setting index-url)}
    extra=${PIP_EXTRA_INDEX_URL:-$(pip_setting extra-index-url)}
    certificates=${PIP_CERT:-$(pip_setting cert)}
    trusted=${PIP_TRUSTED_HOST:-$(pip_setting trusted-host)}
    : "${UV_DEFAULT_INDEX:=${UV_INDEX_URL:-$index}}" "${UV_INDEX:=${UV_EXTRA_INDEX_URL:-$extra}}"
    : "${SSL_CERT_FILE:=$certificates}" "${UV_INSECURE_HOST:=$trusted}"
    for name in UV_DEFAULT_INDEX UV_INDEX SSL_CERT_FILE UV_INSECURE_HOST; do
        eval "value=\$$name"
        if [ -n "$value" ]; then export "$name=$value"; else unset "$name"; fi
    done
    case ${UV_DEFAULT_INDEX:-} in "" | https://pypi.org/simple | https://pypi.org/simple/) [ -n "${UV_INDEX:-}" ] ;; esac
}

install() {
    unset VIRTUAL_ENV
    # Compiled here once, where Python may be told to write no bytecode: half of a start would be compiling.
    export UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1
    if ! use_mirror; then
        "$UV" sync -q --frozen --inexact "$groups" # inexact: what else is in there stays
        return
    fi
    # uv.lock holds the public index's addresses. A mirror has the same files, known by the same hashes.
    say "Packages come from the index of your pip or uv settings."
    "$UV" export -q --frozen --no-emit-project "$groups" -o .venv/requirements.txt >/dev/null
    export UV_INDEX_STRATEGY=unsafe-best-match # as pip does; the hashes decide
    "$UV" pip install -q --python .venv/bin/python --require-hashes -r .venv/requirements.txt
    "$UV" pip install -q --python .venv/bin/python --no-deps -e .
}

state() { "$PYTHON" -V; pwd; cat uv.lock pyproject.toml; }

check_python
stamp=.venv/.installed$groups
now=$(state | cksum)
[ -x .venv/bin/tradehall ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ] && exit 0
say "Installing into .venv …"
make_venv
find_uv
install
.venv/bin/python -m compileall -q src
pwd >.venv/.place
printf '%s\n' "$now" >"$stamp"
