"""What a mosaic would be like, and what its photos lack or have too much of; none is saved."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.files.savepath import fitting
from photomosaic.files.writing import replacing
from photomosaic.images.contact_sheet import contact_sheet
from photomosaic.images.encode import write_picture
from photomosaic.images.overwriting import check_output, refuse_others_file
from photomosaic.jobs.ahead import load_ahead
from photomosaic.jobs.murals import DEFAULT_DPI, photo_sizes, sizes_shown
from photomosaic.jobs.photos import open_library, read_codebooks, read_index
from photomosaic.jobs.prediction import predict_doubled, predict_still
from photomosaic.jobs.still import Still
from photomosaic.jobs.still_plan import StillPlan, plan_still
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index, Photo
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.murals.estimate import Sharpness
from photomosaic.murals.size import MuralSize
from photomosaic.options.mosaic import MosaicOptions, ProjectOptions
from photomosaic.progress import Work
from photomosaic.rendering.tones import Lack, lacking_tones

LIST_HEAD = "# Better left out; for --exclude-from. Delete the lines of photos to keep.\n"
ENDINGS = ("tones.jpg", "left-out.jpg", "left-out.txt")
LEAST_SHARE = 0.02
MOST_SHOWN = 60
SIDE = 200
_DIM = 0.2


@dataclass(frozen=True)
class Advice:
    """What is known of a mosaic before it is made.

    Attributes
    ----------
    still : Still
        The mosaic itself, which is not saved.
    sharpest : MuralSize
        The print for which nine of ten photos have enough pixels.
    doubled : float or None
        CIEDE2000 to expect with twice as many photos of the same kind; None if that is unknown.
    lacking : tuple of Lack
    left_out : tuple of (Photo, str)
        What is better left out, and why.
    tones_path, sheet_path, list_path : Path or None
        The pictures of these, and the list of what is better left out; None if there is nothing.
    """

    still: Still
    sharpest: MuralSize
    doubled: float | None
    lacking: tuple[Lack, ...]
    left_out: tuple[tuple[Photo, str], ...]
    tones_path: Path | None
    sheet_path: Path | None
    list_path: Path | None


def make_advice(options: MosaicOptions, work: Work | None = None) -> Advice:
    """Return advice on the mosaic that the options describe; parameters and errors as make_mosaic.

    Two pictures and a list are written beside the place of the mosaic.
    """
    work = work or Work(options.photos.workers)
    if options.project != ProjectOptions():
        raise InputError("--advise: cannot be combined with options of projects")
    if options.look.layout == "mixed":
        raise InputError("--advise: cannot be combined with --layout mixed")
    load_ahead()
    plan = plan_still(options, None, work)
    places = tuple(_beside(plan, ending) for ending in ENDINGS)
    with open_library(options.cache, work) as library:
        index = read_index(library, plan.listing, plan.options, work)
        codebooks = read_codebooks(library, index, [plan.tile], plan.options, work)
        left_out = tuple(library.left_out(index))
        still = predict_still(plan, index, codebooks[0], work)
        doubled = predict_doubled(plan, codebooks[0], still, work)
        lacking = _lacking(plan, still)
        if lacking:
            write_picture(_tones_sheet(plan, lacking), places[0])
        if left_out:
            write_picture(_left_out_sheet(library, left_out), places[1])
            _write_list(places[2], left_out, plan.listing.folder)
    return Advice(
        still,
        _sharpest(plan, index, codebooks[0]),
        doubled,
        lacking,
        left_out,
        tones_path=places[0] if lacking else None,
        sheet_path=places[1] if left_out else None,
        list_path=places[2] if left_out else None,
    )


def _beside(plan: StillPlan, ending: str) -> Path:
    """Return the place of a file of advice, after seeing that nothing of the user's is there."""
    path = plan.savepath.with_name(fitting(plan.savepath.stem, f"-advice-{ending}"))
    check_output(path, plan.options.what.target, plan.listing)
    if path.suffix == ".txt":
        if path.exists() and not read_file(path).startswith(LIST_HEAD.encode()):
            raise InputError(f"--savepath: {printable(path)}: is no list made here; name another")
    else:
        refuse_others_file(path, "--savepath")
    return path


def _lacking(plan: StillPlan, still: Still) -> tuple[Lack, ...]:
    target = plan.target if plan.options.look.cover else plan.grid.crop(plan.target)
    tones = lacking_tones(target, still.mosaic, (plan.grid.rows, plan.grid.cols))
    return tuple(tone for tone in tones if tone.share >= LEAST_SHARE)


def _sharpest(plan: StillPlan, index: Index, codebook: Codebook) -> MuralSize:
    shown = sizes_shown(codebook, photo_sizes(index, codebook))
    sharpness = Sharpness.of(shown, plan.tile, plan.tile, plan.options.tiles.crop)
    tile = sharpness.largest_tile(plan.tile)
    return MuralSize.of(plan.grid, plan.size, tile, DEFAULT_DPI)


def _tones_sheet(plan: StillPlan, lacking: Sequence[Lack]) -> BgrImage:
    """Return the target once for each tone that is lacking, with its places lit up."""
    target = plan.target if plan.options.look.cover else plan.grid.crop(plan.target)
    rows, cols = plan.grid.rows, plan.grid.cols

    def lit(tone: Lack) -> BgrImage:
        light = np.full(rows * cols, _DIM, np.float32)
        light[list(tone.cells)] = 1
        small = _fitted(target)
        size = small.shape[1], small.shape[0]
        wide = cv2.resize(light.reshape(rows, cols), size, interpolation=cv2.INTER_NEAREST)
        return _squared((small * wide[..., None]).astype(np.uint8))

    captions = [[tone.name, f"{tone.share:.0%} of the picture"] for tone in lacking]
    return contact_sheet("tones that the photos lack", list(map(lit, lacking)), captions, SIDE)


def _left_out_sheet(library: PhotoLibrary, left_out: Sequence[tuple[Photo, str]]) -> BgrImage:
    shown = left_out[:MOST_SHOWN]
    title = f"better left out: {len(left_out):,}"
    if len(left_out) > len(shown):
        title += f", of which {len(shown)} are shown"
    captions = [[why, printable(Path(photo.path).name)] for photo, why in shown]
    return contact_sheet(title, list(_pictures(library, shown)), captions, SIDE)


def _pictures(library: PhotoLibrary, photos: Sequence[tuple[Photo, str]]) -> Iterator[BgrImage]:
    for photo, _ in photos:
        thumbnail = library.thumbnail(photo.hash)
        empty = np.full((SIDE, SIDE, 3), 200, np.uint8)
        yield empty if thumbnail is None else _squared(_fitted(thumbnail[..., :3]))


def _fitted(picture: BgrImage) -> BgrImage:
    factor = SIDE / max(picture.shape[:2])
    size = [max(1, round(side * factor)) for side in picture.shape[1::-1]]
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _squared(picture: BgrImage) -> BgrImage:
    """Return a picture of at most `SIDE` pixels in the middle of a light square."""
    square = np.full((SIDE, SIDE, 3), 235, np.uint8)
    height, width = picture.shape[:2]
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    square[top : top + height, left : left + width] = picture
    return square


def _write_list(path: Path, left_out: Sequence[tuple[Photo, str]], folder: str) -> None:
    with replacing(path) as file:
        file.write(LIST_HEAD.encode())
        for photo, _ in left_out:
            name = os.path.relpath(photo.path, folder)
            # Else the line would be a comment, or two lines.
            name = f"[#]{name[1:]}" if name.startswith("#") else name
            file.write(os.fsencode("?".join(name.splitlines())) + b"\n")
