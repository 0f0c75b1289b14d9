# What the peers' suites share. Source it; a suite sets `suite`, then calls the functions in the order in which they stand here.
# shellcheck shell=bash disable=SC2034
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"

peers=$root/integration-tests/peers
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/caisson/peers

# No test ran, and nobody is to blame: 77, as automake has it.
leave_out() {
    say "left out: $*"
    exit 77
}

usage() {
    cat <<END
Usage: ${0##*/} [--engine auto|oneshot|resident] [--every N] [--part K/N | --file FILE ...] [--verbose] [RUNTIME]
       ${0##*/} --prepare
Runs the suite against RUNTIME, a path or a name (default: the built caisson), and compares with $suite.tests.
  --engine   which engine Caisson uses (default: auto)
  --every N  only each Nth of the tests that are expected to pass
  --part K/N only the Kth of N parts, to be run beside the others
  --file     only this file of the suite, named as in $suite.tests
  --verbose  all that the tests print
  --prepare  obtain and build what is missing, no more
END
}

# arguments ARGUMENT ...: sets runtime, name, engine, every, part, files, verbose and prepare.
arguments() {
    runtime=$root/dist/bin/caisson engine=auto every=1 part=1/1 files=() verbose='' prepare=
    while (($#)); do
        case $1 in
            --engine) engine=${2:?} && shift ;;
            --every) every=${2:?} && shift ;;
            --part) part=${2:?} && shift ;;
            --prepare) prepare=1 ;;
            --file) files+=("${2:?}") && shift ;;
            --verbose) verbose=1 ;;
            -h | --help) usage && exit 0 ;;
            -*) usage >&2 && exit 2 ;;
            *) runtime=$1 ;;
        esac
        shift
    done
    ((EUID == 0)) || leave_out "it takes root"
    [[ -z $prepare ]] || return 0
    command -v "$runtime" >/dev/null || die "no such runtime: $runtime"
    runtime=$(realpath -s "$(command -v "$runtime")")
    name=${runtime##*/}
}

# choose_files FILE ...: of all files of the suite, `files` are those to run. One of which nothing is expected to pass is no use, and may hang.
choose_files() {
    local file at=0 all=("${files[@]}")
    ((${#all[@]})) || all=("$@")
    for file in "${all[@]}"; do
        files=("$file")
        if [[ -z $(expected) ]]; then
            ((every > 1)) || say "not run   $file, in which nothing is expected to pass"
            unset "all[$at]"
        fi
        at=$((at + 1))
    done
    files=() at=0
    for file in "${all[@]}"; do
        ((at++ % ${part#*/} != ${part%/*} - 1)) || files+=("$file")
    done
}

# source_package NAME VERSION: the source of that upstream version of a Debian package lies in $source from now on.
source_package() {
    source=$cache/$1-$2
    [[ ! -e $source/.complete ]] || return 0
    need apt-get=apt dpkg-source=dpkg-dev
    [[ -n $(apt-cache madison "$1") ]] || apt-get -q=2 update || leave_out "there are no package lists, and none could be had"
    local have
    have=$(apt-cache madison "$1" | awk '{ print $3 }' | grep -m1 -E "^${2//./\\.}[-+]") ||
        leave_out "$suite.tests is about $1 $2, which is not this system's"
    rm -rf "$cache/unpacking" "$source"
    mkdir -p "$cache/unpacking"
    (cd "$cache/unpacking" && { apt_source "$1=$have" || apt_source_of_our_own "$1" "$have"; }) ||
        leave_out "the source of $1 could not be had; apt says: $(tail -n 1 "$cache/apt.log")"
    mv "$cache/unpacking/$1"*/ "$source"
    rm -rf "$cache/unpacking"
    touch "$source/.complete"
}

apt_source() { apt-get -q=2 "${@:2}" source "$1" >"$cache/apt.log" 2>&1; }

# apt_source_of_our_own NAME VERSION: asks where the binary package comes from, in a configuration that is nobody else's.
apt_source_of_our_own() {
    local lists=$cache/apt signed=/usr/share/keyrings/debian-archive-keyring.gpg
    local own=(-o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$lists/lists")
    say "apt knows no sources here: asking the servers of the package $1, with a list of our own in $lists"
    mkdir -p "$lists/lists/partial"
    [[ -e $signed ]] && signed="[signed-by=$signed] " || signed=
    apt-cache madison "$1" | awk -v signed="$signed" -v have="$2" '
        $3 == have && $NF == "Packages" { split($6, at, "/"); print "deb-src " signed $5, at[1], at[2] }' >"$lists/sources.list"
    apt-get -q=2 "${own[@]}" update 2>>"$cache/apt.log" || return
    apt_source "$1=$2" "${own[@]}"
}

# apart ARGUMENT ...: goes on in namespaces and cgroups of the suite's own, so that whatever a test leaves behind ends with it: processes (the script
# is number 1 there), mounts, cgroups, /run, and a /dev whose nodes can be chowned. What stands before `apart` runs twice.
apart() {
    if [[ -z ${PEERS_WORK:-} ]]; then
        local status=0
        [[ -z $prepare ]] || exit 0
        work=$(mktemp -d "${TMPDIR:-/tmp}/peers.XXXXXX")
        chmod 755 "$work"
        own_cgroups
        (
            local cgroup
            for cgroup in "${cgroups[@]}"; do echo 0 >"$cgroup/cgroup.procs"; done
            PEERS_WORK=$work exec unshare --mount --pid --cgroup --fork --kill-child --mount-proc --propagation private -- "$0" "$@"
        ) || status=$?
        find "${cgroups[@]}" -depth -type d -exec rmdir {} +
        rm -rf --one-file-system "$work"
        exit "$status"
    fi
    work=$PEERS_WORK
    trap thaw EXIT
    mount -t tmpfs -o mode=755 run /run
    see_own_cgroups
    own_dev
    # Process ids of five digits, which a test looks for.
    echo 20000 >/proc/sys/kernel/ns_last_pid
    export TMPDIR=$work CAISSON_ENGINE=$engine
    cd "$work" || exit
}

# A cgroup in each hierarchy, below the one that this process is in: `cgroups` holds their folders.
own_cgroups() {
    local line options at path cgroup
    cgroups=()
    [[ $(stat -fc %T /sys/fs/cgroup) == tmpfs ]] || leave_out "$suite.tests is about cgroup v1"
    while IFS=: read -r _ options path; do
        at=$(hierarchy "$options")
        [[ -n $at ]] || continue
        cgroup=${at%/}${path%/}/${work##*/}
        mkdir "$cgroup"
        cgroups+=("$cgroup")
        case ,$options, in
            *,cpuset,*) for line in cpus mems; do cat "$cgroup/../cpuset.$line" >"$cgroup/cpuset.$line"; done ;;
            *,cpu,*) cat "$cgroup/../cpu.rt_runtime_us" >"$cgroup/cpu.rt_runtime_us" 2>/dev/null || true ;;
        esac
    done </proc/self/cgroup
}

# hierarchy CONTROLLERS: where it is mounted ("": cgroup v2).
hierarchy() {
    awk -v options="$1" '{ split($0, half, " - "); n = split(half[2], tail, " ") }
        options == "" && tail[1] == "cgroup2" || options != "" && tail[1] == "cgroup" && index("," tail[3] ",", "," options ",") { print $5; exit }' /proc/self/mountinfo
}

# Mounts the hierarchies anew, so that the suite's own cgroups are their roots. The suite of crun knows no hybrid ones: `hybrid` is empty for it.
see_own_cgroups() {
    local options at mounts=()
    while IFS=: read -r _ options _; do
        at=$(hierarchy "$options")
        [[ -z $at ]] || mounts+=("$options=${at##*/}")
    done </proc/self/cgroup
    mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    for at in "${mounts[@]}"; do
        options=${at%=*} at=/sys/fs/cgroup/${at##*=}
        mkdir "$at"
        if [[ -n $options ]]; then
            mount -t cgroup -o "$options" cgroup "$at"
        elif [[ -n $hybrid ]]; then
            mount -t cgroup2 cgroup2 "$at"
        fi
    done
}

# What is frozen can't be killed.
thaw() { find /sys/fs/cgroup/freezer -mindepth 2 -name freezer.state -exec sh -c 'for at; do echo THAWED >"$at"; done' sh {} + 2>/dev/null || true; }

own_dev() {
    local dev=$work/dev node
    mkdir -p "$dev"
    mount -t tmpfs -o mode=755 dev "$dev"
    mkdir "$dev/pts" "$dev/shm"
    mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$dev/pts"
    mount -t tmpfs -o mode=1777 shm "$dev/shm"
    for node in null zero full random urandom tty kmsg fuse loop-control loop{0..15}; do
        [[ ! -e /dev/$node ]] || cp -a "/dev/$node" "$dev/$node"
    done
    chmod 666 "$dev"/{null,zero,full,random,urandom,tty}
    ln -s pts/ptmx "$dev/ptmx"
    ln -s /proc/self/fd "$dev/fd"
    ln -s fd/0 "$dev/stdin"
    ln -s fd/1 "$dev/stdout"
    ln -s fd/2 "$dev/stderr"
    mount --move "$dev" /dev
}

# expected: the tests that pass with $name, as FILE<TAB>TEST. A runtime that the list doesn't name is held to what Caisson passes.
expected() {
    awk -F'\t' -v name="$name" -v chosen=" ${files[*]} " -v every="$every" '
        /^#/ { next }
        (" " $1 " ") ~ (" " name " ") { known = 1; mine[n = n + 1] = $2 "\t" $3 }
        (" " $1 " ") ~ / caisson / { caissons[m = m + 1] = $2 "\t" $3 }
        END {
            for (i = 1; i <= (known ? n : m); i++) {
                split(test = known ? mine[i] : caissons[i], part, "\t")
                if (index(chosen, " " part[1] " ") && (every == 1 || i % every == 1)) print test
            }
        }' "$peers/$suite.tests"
}

# on_terminal COMMAND ...: runs it on a terminal whose other end stays open; what it writes to standard error goes to the log.
on_terminal() {
    [[ -p $work/keyboard ]] || mkfifo "$work/keyboard"
    script -qefc "exec ${*@Q} 2>>$work/log" /dev/null <>"$work/keyboard"
}

# tap FILE: writes what a TAP stream says to the results as `passed|failed|skipped<TAB>FILE<TAB>TEST`, and shows it.
tap() {
    local line result test
    while IFS= read -r line; do
        line=${line%$'\r'}
        [[ ! $line =~ ^(ok|not\ ok)\ +[0-9]+\ +(-\ +)?(.*)$ ]] || {
            result=passed test=${BASH_REMATCH[3]}
            [[ ${BASH_REMATCH[1]} == ok ]] || result=failed
            [[ ! $test =~ ^(.*[^ ])\ *#\ ?(skip|SKIP)(.*)$ ]] || { result=skipped test=${BASH_REMATCH[1]}; }
            printf '%s\t%s\t%s\n' "$result" "$1" "$test" >>"$work/results"
            say "$result  $1: $test${BASH_REMATCH[4]:-}"
            continue
        }
        [[ -z $verbose ]] || say "    $line"
    done
}

# account: compares with what is expected, and says the totals in the last line.
account() {
    local expected=$work/expected regressions news
    expected >"$expected"
    touch "$work/results"
    regressions=$(grep -vxFf <(sed -n 's/^passed\t//p' "$work/results") "$expected" || true)
    news=$(sed -n 's/^passed\t//p' "$work/results" | grep -vxFf "$expected" || true)
    [[ -z $news ]] || printf 'passes, and %s does not say so:\n%s\n' "$suite.tests" "$news"
    [[ -z $regressions ]] || printf 'passes no more:\n%s\n' "$regressions"
    say "$suite's suite with $name: $(grep -c ^passed "$work/results") passed, $(grep -c ^failed "$work/results") failed, $(grep -c ^skipped "$work/results") skipped;" \
        "$(wc -l <"$expected") expected to pass, $(grep -c . <<<"$regressions") of them did not"
    [[ -z $regressions ]]
}
