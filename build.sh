#!/bin/sh
# Build the Docker image; options go to docker build.
# What docker.sh sets.
# shellcheck disable=SC2154
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
# shellcheck source=/dev/null
. ./docker.sh

check_docker
docker build --tag "$image" "$@" .
