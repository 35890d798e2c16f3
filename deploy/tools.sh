#!/bin/sh
# Find a program that Tradehall's tests use but Python's package index does not have; install it when it is missing.
# Prints the program's path.
#
#     deploy/tools.sh chromium | caddy | wrk | redis-server
#
# In this order:
#   1. on the PATH                   (chromium: also chromium-browser, google-chrome)
#   2. unpacked here before          .tradehall-tools/bin
#   3. apt-get install               as root, or where sudo asks for no password
#   4. apt-get download, unpack      as anybody, on Debian: the package and those it misses, under .tradehall-tools
# Always the distribution's own packages, checked by apt's signatures.
set -eu
cd "$(dirname "$0")/.."

tool=${1:?which program: chromium, caddy, wrk or redis-server}
TOOLS=$PWD/.tradehall-tools

say() { printf '%s\n' "$@" >&2; }
fail() { say "$@"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

case $tool in
    chromium) names="chromium chromium-browser google-chrome google-chrome-stable" inside=usr/lib/chromium/chromium ;;
    caddy | wrk | redis-server) names=$tool inside=usr/bin/$tool ;;
    *) fail "deploy/tools.sh knows chromium, caddy, wrk and redis-server, not '$tool'." ;;
esac

works() { # Ubuntu's chromium-browser may be no more than a note that says: install the snap
    [ "$tool" != chromium ] || "$1" --version >/dev/null 2>&1 </dev/null
}

find_tool() { # prints the path
    for name in $names; do
        path=$(command -v "$name") && works "$path" && echo "$path" && return
    done
    [ -x "$TOOLS/bin/$tool" ] && echo "$TOOLS/bin/$tool"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif has sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1; fi
}

install_package() { # 3: into the system
    as_root true || return 1
    say "Installing the package '$tool' …"
    set -- env DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends "$tool"
    as_root "$@" >/dev/null 2>&1 || { as_root apt-get update -qq >&2 && as_root "$@" >&2; }
}

private_apt() { # apt-get with lists, cache and lock of our own; the system's record says what is installed already
    apt-get -qq -o Debug::NoLocking=1 -o APT::Sandbox::User="" \
        -o Dir::State="$TOOLS/apt" -o Dir::State::status=/var/lib/dpkg/status \
        -o Dir::Cache="$TOOLS/apt" "$@"
}

unpack_package() { # 4: beside the code
    say "Unpacking '$tool' and what it needs under .tradehall-tools (no rights to install it) …"
    mkdir -p "$TOOLS/apt/lists/partial" "$TOOLS/apt/archives/partial" "$TOOLS/bin" "$TOOLS/root"
    private_apt update >&2
    private_apt install -y --no-install-recommends --download-only "$tool" >&2
    for package in "$TOOLS/apt/archives"/*.deb; do
        dpkg -x "$package" "$TOOLS/root"
    done
    rm -rf "$TOOLS/apt"
    [ -x "$TOOLS/root/$inside" ] || fail "The package '$tool' does not contain $inside."
    write_fonts
    write_wrapper
}

write_fonts() {
    [ -f "$TOOLS/fonts.conf" ] && return
    cat >"$TOOLS/fonts.conf" <<XML
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>$TOOLS/root/usr/share/fonts</dir>
  <cachedir>$TOOLS/fonts-cache</cachedir>
  <include ignore_missing="yes">$TOOLS/root/etc/fonts/conf.d</include>
</fontconfig>
XML
}

write_wrapper() {
    libraries=$(find "$TOOLS/root" -name '*.so*' ! -path '*/chromium/*' -printf '%h\n' | sort -u | paste -sd: -)
    cat >"$TOOLS/bin/.$tool" <<SH
#!/bin/sh
export LD_LIBRARY_PATH='$libraries'\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE='$TOOLS/fonts.conf'
exec '$TOOLS/root/$inside' "\$@"
SH
    chmod +x "$TOOLS/bin/.$tool"
    mv "$TOOLS/bin/.$tool" "$TOOLS/bin/$tool"
}

find_tool && exit
has apt-get || fail "'$tool' was not found. Install it with your system's package manager."
install_package || unpack_package || fail "'$tool' could not be installed. Install it by hand: apt-get install $tool"
find_tool || fail "'$tool' was installed, but does not run."
