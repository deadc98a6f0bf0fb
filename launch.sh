#!/bin/sh
# Run Jupyter and the page of app.py in a container: sh launch.sh [PHOTOS].
# PORT sets another port than 8888; the page gets the next one.
# What docker.sh sets.
# shellcheck disable=SC2154
set -eu
called_from=$PWD
CDPATH='' cd -- "$(dirname -- "$0")"
# shellcheck source=/dev/null
. ./docker.sh
line_break='
'

find_photos() {
    photos=${1:-${PHOTOS:-}}
    [ -n "$photos" ] || return 0
    # For cd, a mere - is another folder.
    [ "$photos" != - ] || photos=./-
    photos=$(CDPATH='' cd -- "$called_from" && CDPATH='' cd -- "$photos" 2>/dev/null && pwd) ||
        fail "${1:-${PHOTOS:-}}: there is no such folder of photos"
    check_mountable "$photos"
}

check_mountable() {
    case $1 in
    *,* | *\"* | *"$line_break"*)
        fail "$1: Docker cannot mount a path with a comma, quote or line break; rename it"
        ;;
    esac
}

check_port() {
    port=${PORT:-8888}
    case $port in
    '' | 0* | *[!0-9]* | ??????*) fail "PORT $port is not a number from 1 to 65535" ;;
    esac
    [ "$port" -le 65535 ] || fail "PORT $port is not a number from 1 to 65535"
    page_port=$((port % 65535 + 1))
}

make_token() {
    token=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    [ "${#token}" -eq 48 ] || fail '/dev/urandom gives no token'
}

# Set user to whom the files that are made are to belong to.
find_user() {
    user=$(id -u):$(id -g)
    [ "$(id -u)" -ne 0 ] || user=${SUDO_UID:-0}:${SUDO_GID:-0}
    case $(docker info 2>/dev/null) in
    *'rootless: false'*) ;;
    # The caller is root in there.
    *rootless*) user=0:0 ;;
    esac
}

# Set display and cookie, if there is a display that can be reached.
find_display() {
    display='' cookie=''
    if [ "$(uname)" = Darwin ]; then
        display=host.docker.internal:0
        echo 'For the window: start XQuartz, allow network clients in its settings, and run: xhost +localhost' >&2
    elif [ -d /tmp/.X11-unix ]; then
        case ${DISPLAY:-} in
        :*) display=$DISPLAY cookie=${XAUTHORITY:-$HOME/.Xauthority} ;;
        esac
    fi
}

# Start the container; by the environment, since other users may see the words of a command.
start() {
    if ! told=$(JUPYTER_TOKEN=$token docker run --detach "$@" "$image" 2>&1); then
        printf '%s\n' "$told" >&2
        case $told in
        *'container name'*'already in use'*)
            trap - EXIT
            fail "$name_taken"
            ;;
        *'already allocated'* | *'address already in use'* | *'orts are not available'*)
            fail "port $port or $page_port is taken; take others: PORT=$((page_port % 65535 + 1)) sh launch.sh"
            ;;
        esac
        fail 'Docker could not start it; the reason stands above'
    fi
}

end() {
    trap '' INT TERM HUP
    docker stop -t 3 "$container" >/dev/null 2>&1 || :
    docker rm --force "$container" >/dev/null 2>&1 || :
}

answers() {
    docker exec "$container" python -c \
        'import urllib.request as u; u.urlopen("http://127.0.0.1:8888/api", timeout=2)' >/dev/null 2>&1
}

# Start the page; it needs a moment, and answers 403 without the token.
start_page() {
    PHOTOMOSAIC_TOKEN=$token docker exec --detach --env PHOTOMOSAIC_TOKEN "$container" \
        python app.py --host 0.0.0.0 --port 8889 >/dev/null 2>&1
}

[ $# -le 1 ] || fail 'takes one folder of photos'
find_photos "$@"
check_mountable "$PWD"
check_port
check_docker
docker image inspect "$image" >/dev/null 2>&1 || fail 'there is no image yet; run: sh build.sh'
name_taken="a container named $container is there already; go into it with sh enter.sh, or remove it:\
 docker rm -f $container"
! docker container inspect "$container" >/dev/null 2>&1 || fail "$name_taken"
make_token
find_user
find_display

# Without the label that SELinux gives, which would keep it from the folders.
set -- --rm --init --name "$container" --user "$user" --security-opt label=disable \
    --publish "127.0.0.1:$port:8888" --publish "127.0.0.1:$page_port:8889" --env JUPYTER_TOKEN \
    --mount "type=bind,source=$PWD,target=/photomosaic"
[ -z "$photos" ] || set -- "$@" --mount "type=bind,source=$photos,target=/photos,readonly"
[ -z "$display" ] || set -- "$@" --env "DISPLAY=$display"
[ -z "$display" ] || [ "$(uname)" = Darwin ] ||
    set -- "$@" --mount type=bind,source=/tmp/.X11-unix,target=/tmp/.X11-unix,readonly
if [ -n "$cookie" ] && [ -f "$cookie" ]; then
    # A cookie is for one host name.
    check_mountable "$cookie"
    set -- "$@" --hostname "$(uname -n)" --env XAUTHORITY=/tmp/.Xauthority \
        --mount "type=bind,source=$cookie,target=/tmp/.Xauthority,readonly"
fi

echo 'Starting Jupyter, which takes some seconds; Ctrl-C ends it.'
trap end EXIT
trap 'exit 0' INT TERM HUP
start "$@"
docker logs --follow "$container" >&2 &
log=$!
until answers; do
    if ! running; then
        wait "$log" || :
        fail 'Jupyter did not start; the reason stands above'
    fi
    sleep 1
done
echo "Jupyter: http://127.0.0.1:$port/lab?token=$token"
! start_page || echo "Page:    http://127.0.0.1:$page_port/?token=$token (in some seconds)"
# In the background, since a shell deals with signals only between commands.
docker wait "$container" >/dev/null 2>&1 &
wait "$!" || :
