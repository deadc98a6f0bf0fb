#!/bin/sh
# Open a shell in the running container, or run one command in it.
# What docker.sh sets.
# shellcheck disable=SC2154
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
# shellcheck source=/dev/null
. ./docker.sh

check_docker
running || fail 'the container does not run; start it in another terminal: sh launch.sh'
[ $# -gt 0 ] || set -- bash
terminal=
[ ! -t 0 ] || [ ! -t 1 ] || terminal=t
exec docker exec "-i$terminal" "$container" "$@"
