# Sourced by demo.sh and test.sh, with the project as the current folder: sets up .venv.
# shellcheck shell=sh

# There while packages are being installed; left behind by a run that was cut off.
unfinished=.photomosaic-set-up

# Prints the version; ends with 3 if it is too old, with 4 if it cannot make environments.
probe='import sys
print("%d.%d" % sys.version_info[:2])
if sys.version_info < (3, 11):
    sys.exit(3)
try:
    import venv, ensurepip
except ImportError:
    sys.exit(4)
'

# Say in one line what the user can do, and give up.
fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 2
}

# Install what a requirements file names, unless that has been done; further words go to pip.
set_up() {
    check_writable
    if [ -e "$unfinished" ] || ! version=$(venv_version); then
        make_venv
        version=$(venv_version) || fail 'the new .venv does not work; remove it and run again'
    fi
    done_before=.venv/installed-$1
    if ! wanted "$1" | cmp -s - "$done_before"; then
        install "$@"
        wanted "$1" >"$done_before"
    fi
}

check_writable() {
    if ! (: >.photomosaic-write-test) 2>/dev/null; then
        fail "the folder $PWD cannot be written to; copy the project to one of your own"
    fi
    rm -f .photomosaic-write-test
}

# Print the version of the Python in .venv; fail if it is absent, too old, or has no pip.
venv_version() {
    .venv/bin/python -c "import pip; $probe" 2>/dev/null
}

# Print what an installation depends on.
wanted() {
    printf '# Python %s\n' "$version"
    with_included "$1"
}

# Print a requirements file, and those that it includes.
with_included() {
    cat "$1"
    sed -n 's/^-r *//p' "$1" | while read -r included; do
        with_included "$included"
    done
}

make_venv() {
    find_python
    echo "Making the virtual environment .venv with Python $version" >&2
    : >"$unfinished"
    "$python" -m venv --clear .venv >&2 || fail 'could not make .venv; the reason stands above'
}

# Set python to the first that will do, and version to its version.
find_python() {
    without_venv='' too_old=''
    for python in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        status=0
        version=$("$python" -c "$probe" 2>/dev/null) || status=$?
        case $status in
        0) return ;;
        3) too_old=${too_old:-$version} ;;
        4) without_venv=${without_venv:-$version} ;;
        esac
    done
    if [ -n "$without_venv" ]; then
        fail "Python $without_venv lacks the module venv; install it (Debian and Ubuntu:\
 sudo apt install python$without_venv-venv) and run again"
    fi
    advice='install Python 3.11 or newer and run again, or name one: PYTHON=/path/to/python'
    [ -z "$too_old" ] || fail "Python $too_old is too old; $advice"
    fail "there is no Python; $advice"
}

install() {
    echo "Installing the packages of $1 into .venv: a minute or two" >&2
    file=$1
    shift
    : >"$unfinished"
    # A trap, since some shells go on when what they ran has dealt with Ctrl-C itself.
    trap 'exit 130' INT
    status=0
    .venv/bin/python -m pip install --quiet --no-compile --disable-pip-version-check \
        "$@" -r "$file" >&2 || status=$?
    trap - INT
    # Above 128 it was killed, and what it was installing may be half there.
    [ "$status" -gt 128 ] || rm "$unfinished"
    [ "$status" -eq 0 ] ||
        fail "$file could not be installed; see above, check the network and disk space, run again"
}
