# What the scripts share. Source it; it finds the checkout by its own place, whatever the current folder is.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# need COMMAND-OR-PATH=PACKAGE ...: installs the Debian packages of what is missing; says what to install when it can't.
need() {
    local pair missing=()
    for pair in "$@"; do
        case ${pair%%=*} in
            */*) compgen -G "${pair%%=*}" >/dev/null || missing+=("${pair#*=}") ;;
            *) command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}") ;;
        esac
    done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || die "please install: ${missing[*]} (Debian's names)"
    ((EUID == 0)) || die "please install, as root: apt-get install ${missing[*]}"
    say "installing ${missing[*]}"
    apt_install "${missing[@]}" || {
        apt-get -q=2 update
        apt_install "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
    }
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get -q=2 -y --no-install-recommends -o Dpkg::Use-Pty=0 install "$@" >/dev/null
}

least_jdk=25

# is_jdk FOLDER: a JDK, with its compiler and jlink, of version $least_jdk or later.
is_jdk() {
    [[ -x $1/bin/javac && -x $1/bin/jlink && -r $1/release ]] || return 1
    local version
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    [[ -n $version ]] && ((version >= least_jdk))
}

# Sets JAVA_HOME to a JDK that fits: the caller's own, or one of the system's, or the one in PATH.
find_jdk() {
    local candidate candidates=()
    [[ -z ${JAVA_HOME:-} ]] || candidates+=("$JAVA_HOME")
    candidates+=(/usr/lib/jvm/*)
    if candidate=$(command -v javac); then
        candidates+=("$(dirname "$(dirname "$(readlink -f "$candidate")")")")
    fi
    for candidate in "${candidates[@]}"; do
        if is_jdk "$candidate"; then
            export JAVA_HOME=$candidate
            return 0
        fi
    done
    die "no JDK $least_jdk or later found: install one (for example Temurin: package temurin-$least_jdk-jdk) or set JAVA_HOME"
}

# maven ARGUMENT ...: quiet, with the project's JDK, which would warn of what Debian's Maven does.
maven() {
    (
        cd "$root"
        export MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED"
        mvn -B -q -Dstyle.color=never "$@"
    )
}

# make_busybox_rootfs FOLDER: a root file system that holds busybox and its names.
make_busybox_rootfs() {
    mkdir -p "$1/bin" "$1/etc" "$1/proc" "$1/sys" "$1/dev" "$1/tmp"
    cp "$(command -v busybox)" "$1/bin/busybox"
    local name
    for name in $("$1/bin/busybox" --list); do
        [[ $name == busybox ]] || ln -sf busybox "$1/bin/$name"
    done
    printf 'root:x:0:0:root:/:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\n' >"$1/etc/group"
}
