# Sourced by build.sh, launch.sh and enter.sh: what they have in common.
# shellcheck shell=sh disable=SC2034

image=photomosaic
container=photomosaic

# Say in one line what the user can do, and give up.
fail() {
    printf '%s: %s\n' "${0##*/}" "$(printf %s "$1" | tr '[:cntrl:]' ' ')" >&2
    exit 2
}

check_docker() {
    command -v docker >/dev/null 2>&1 ||
        fail 'Docker is not installed; get it from https://docs.docker.com/get-docker/'
    docker info >/dev/null 2>&1 ||
        fail 'Docker does not run, or not for you; start Docker Desktop, or: sudo systemctl start docker'
}

# Whether the container runs.
running() {
    [ "$(docker container inspect -f '{{.State.Running}}' "$container" 2>/dev/null)" = true ]
}
