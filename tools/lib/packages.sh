# packages.sh - sourced by quickstart and check: what they need from Debian, and how to get it.

build_packages="gcc cmake ninja-build pkg-config libglib2.0-dev libevent-dev libcurl4-openssl-dev
libconfig-dev libjansson-dev libexpat1-dev libcsv-dev libgmime-3.0-dev libsqlite3-dev
libsmartcols-dev libsystemd-dev libssl-dev"
test_packages="libcmocka-dev openssl postfix nginx-light chromium fonts-dejavu-core fonts-noto-core prometheus man-db systemd git clang clang-format libclang-rt-14-dev libxml2-utils valgrind"

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# is_installed PACKAGE: on Debian; elsewhere nothing is known to be missing.
is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed'; }

# install_missing WHY PACKAGE…
install_missing() {
    local why=$1 missing="" package
    shift
    command -v dpkg-query >/dev/null || {
        say "This is no Debian: make sure that these are here under their local names: $*"
        return
    }
    for package in "$@"; do is_installed "$package" || missing="$missing $package"; done
    [ -n "$missing" ] || return 0
    say "Missing Debian packages, needed $why:$missing"
    if [ "$(id -u)" -eq 0 ]; then
        say "Installing them with apt-get."
        export DEBIAN_FRONTEND=noninteractive
        # A list that is days old names packages that are gone; the log is shown only when it helps.
        { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$install_log" 2>&1 ||
            { tail -n 20 "$install_log" >&2; fail "apt-get could not install them"; }
    else
        fail "they need an administrator: sudo apt-get install$missing; then call ${0##*/} again"
    fi
}

# unpack DIR PACKAGE [MORE…]: into DIR/PACKAGE, what must not be installed beside what is there; MORE are the
# libraries that it needs.  False where it cannot be had; why is in $install_log.
unpack() {
    local into=$1/$2 fetched
    shift
    [ -d "$into" ] && return
    fetched=$(mktemp -d) || return
    if (cd "$fetched" && apt-get download "$@" && for deb in *.deb; do dpkg-deb -x "$deb" all || exit; done) >"$install_log" 2>&1; then
        mkdir -p "${into%/*}" && mv "$fetched/all" "$into"
    fi
    rm -rf "$fetched"
    [ -d "$into" ]
}
