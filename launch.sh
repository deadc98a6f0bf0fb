#!/bin/sh
# Run Jupyter in a container: sh launch.sh [PHOTOS]; PORT sets another port than 8888.
# What docker.sh sets.
# shellcheck disable=SC2154
set -eu
called_from=$PWD
CDPATH='' cd -- "$(dirname -- "$0")"
# shellcheck source=/dev/null
. ./docker.sh

find_photos() {
    photos=${1:-${PHOTOS:-}}
    [ -n "$photos" ] || return 0
    photos=$(CDPATH='' cd -- "$called_from" && CDPATH='' cd -- "$photos" 2>/dev/null && pwd) ||
        fail "${1:-${PHOTOS:-}}: there is no such folder of photos"
    case $photos in
    *,* | *\"*) fail "$photos: Docker cannot mount a path with a comma or quote; rename it" ;;
    esac
}

check_port() {
    port=${PORT:-8888}
    case $port in
    '' | *[!0-9]* | ??????*) fail "PORT $port is not a number from 1 to 65535" ;;
    esac
    if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then
        fail "PORT $port is not a number from 1 to 65535"
    fi
}

make_token() {
    token=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    [ "${#token}" -eq 48 ] || fail '/dev/urandom gives no token'
}

# Print the settings of a display, if there is one, as words for the shell.
find_display() {
    display='' cookie=''
    if [ "$(uname)" = Darwin ]; then
        display=host.docker.internal:0
        echo 'For the window: start XQuartz, allow network clients in its settings, and run: xhost +localhost' >&2
    elif [ -n "${DISPLAY:-}" ] && [ -d /tmp/.X11-unix ]; then
        display=$DISPLAY
        cookie=${XAUTHORITY:-$HOME/.Xauthority}
    fi
}

[ $# -le 1 ] || fail 'takes one folder of photos'
find_photos "$@"
check_port
check_docker
docker image inspect "$image" >/dev/null 2>&1 || fail 'there is no image yet; run: sh build.sh'
if docker container inspect "$container" >/dev/null 2>&1; then
    fail "a container named $container is there already; go into it with sh enter.sh, or remove it:\
 docker rm -f $container"
fi
make_token
find_display

set -- --rm --init --name "$container" --user "$(id -u):$(id -g)" \
    --publish "127.0.0.1:$port:8888" --env JUPYTER_TOKEN \
    --mount "type=bind,source=$PWD,target=/photomosaic"
[ -z "$photos" ] || set -- "$@" --mount "type=bind,source=$photos,target=/photos,readonly"
[ -z "$display" ] || set -- "$@" --env "DISPLAY=$display"
[ -z "$display" ] || [ "$(uname)" = Darwin ] ||
    set -- "$@" --mount type=bind,source=/tmp/.X11-unix,target=/tmp/.X11-unix,readonly
if [ -n "$cookie" ] && [ -f "$cookie" ]; then
    # A cookie is for one host name.
    set -- "$@" --hostname "$(uname -n)" --env XAUTHORITY=/tmp/.Xauthority \
        --mount "type=bind,source=$cookie,target=/tmp/.Xauthority,readonly"
fi

echo "Jupyter: http://127.0.0.1:$port/lab?token=$token"
echo 'Ctrl-C ends it.'
status=0
# By the environment, since other users may see the words of a command.
JUPYTER_TOKEN=$token docker run "$@" "$image" || status=$?
[ "$status" -ne 125 ] ||
    fail "Docker could not start it; see above. If the port is taken: PORT=8889 sh launch.sh"
case $status in
130 | 143) exit 0 ;;
esac
exit "$status"
