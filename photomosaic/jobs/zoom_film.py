"""The film that zooms into a mosaic: checked before the work, and made after the mosaic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from photomosaic.animation.animation import check_format
from photomosaic.animation.ffmpeg_formats import write_with_ffmpeg
from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.files.regular import sha256_of
from photomosaic.files.writing import replacing_by_name
from photomosaic.film.film import Film, FilmPlan, shown_cells
from photomosaic.film.level import Level
from photomosaic.film.path import PathFinder
from photomosaic.film.shown_photo import ShownPhoto
from photomosaic.film.tile_source import TileSource
from photomosaic.images.decode import read_target
from photomosaic.jobs.dependent import check_needs
from photomosaic.jobs.photos import open_library
from photomosaic.jobs.still import Still
from photomosaic.jobs.still_plan import StillPlan
from photomosaic.mosaic import Mosaicker
from photomosaic.options.values import FILM_SIZES, FilmSize
from photomosaic.progress import Work, silent

FPS = Fraction(30)
# Half the time of the film is the encoder's even so.
PRESET = "veryfast"
LEVELS = 6
SECONDS_PER_LEVEL = 10
# Below this, photos come too fast to be seen.
LEAST_SECONDS_PER_LEVEL = 1
# Cells that the film must show of the mosaic, down and across.
FEWEST_CELLS = 6
# A target that is at most so many times longer than high is nearly square.
SQUARE = 1.15
# Share of the target that the film shows, below which another size is proposed.
SMALL_SHARE = 0.6


@dataclass(frozen=True)
class TargetCut:
    """Notice that a film shows little of the target, and of a size that shows more."""

    share: float
    better: str


@dataclass(frozen=True)
class FilmResult:
    """The film that was written."""

    path: Path
    plan: FilmPlan

    @property
    def seconds(self) -> float:
        """How long it is."""
        return float(self.plan.frames / FPS)


def check_film(plan: StillPlan, work: Work) -> FilmPlan | None:
    """Check that the film that the options ask for can be made and saved; None if there is none.

    Raises
    ------
    InputError
        If it cannot.
    """
    options, path = plan.options.film, plan.options.film.zoom_film
    if path is None:
        check_needs(options, "levels film_size", "--zoom-film: it is about that film")
        if options.moving is None:
            check_needs(options, "seconds", "--zoom-film or --moving: it is about these films")
        return None
    if plan.options.look.layout != "grid" or plan.cells.finish:
        raise InputError(
            "--zoom-film: needs whole tiles in a grid, without gaps, round corners and masks"
        )
    size = options.film_size or FILM_SIZES[size_for(plan.size)]
    if not plan.cells.layout.is_grid or plan.cells.finish or not plan.options.look.uniform:
        raise InputError("--zoom-film: needs a plain grid, without a mask, gaps or another layout")
    with naming("--zoom-film"):
        if path.suffix.lower() != ".mp4":
            raise InputError(f"{printable(path)}: films are written as .mp4 only")
        check_format(path, (size.height, size.width))
        _check_cells(plan, size)
    levels = options.levels or LEVELS
    seconds = options.seconds or levels * SECONDS_PER_LEVEL
    if seconds < levels * LEAST_SECONDS_PER_LEVEL:
        least = levels * LEAST_SECONDS_PER_LEVEL
        raise InputError(
            f"--seconds {seconds:g}: is too short for --levels {levels}; at least {least}, or fewer"
            " levels"
        )
    share, better = _share_shown(plan.size, size), size_for(plan.size)
    if share < SMALL_SHARE and _share_shown(plan.size, FILM_SIZES[better]) > share:
        work.notify(TargetCut(share, better))
    return FilmPlan((size.height, size.width), levels, round(seconds * FPS))


def size_for(target: tuple[int, int]) -> str:
    """Return the name of the size of film that suits a target of (height, width)."""
    height, width = target
    if max(target) <= SQUARE * min(target):
        return "square"
    return "1080p" if width > height else "9:16"


def _share_shown(target: tuple[int, int], size: FilmSize) -> float:
    ratio = target[0] * size.width / (target[1] * size.height)
    return min(ratio, 1 / ratio)


def _check_cells(plan: StillPlan, size: FilmSize) -> None:
    height = min(plan.size[0], plan.size[1] * size.height / size.width)
    cells = height / plan.tile.height, height * size.width / size.height / plan.tile.width
    if min(cells) < FEWEST_CELLS:
        raise InputError(
            f"{cells[1]:.0f}x{cells[0]:.0f} cells are too few to zoom into; take a smaller --scale,"
            " or leave it out"
        )


def make_film(plan: StillPlan, film: FilmPlan, still: Still, work: Work) -> FilmResult:
    """Make and save the film of a finished mosaic.

    Raises
    ------
    InputError
        If no photo of the mosaic can be zoomed into.
    OutputError
        If it cannot be written; what lay in its place before still does.
    """
    path = plan.options.film.zoom_film
    assert path is not None  # noqa: S101 (there is a plan of it)
    with _maker(plan, film, still, work) as maker, naming("--zoom-film:"):
        first = _first_level(plan, film, still)
        seen = {bytes.fromhex(sha256_of(plan.options.what.target))}
        frames = maker.frames(first, seen)
        shown = work.progress(frames, total=film.frames, what="filming", unit="frame")
        with work.clock.stage("film"), replacing_by_name(path) as temporary:
            write_with_ffmpeg(shown, temporary, FPS, 0, PRESET)
    return FilmResult(path, film)


@contextmanager
def _maker(plan: StillPlan, film: FilmPlan, still: Still, work: Work) -> Iterator[Film]:
    look, codebook = plan.options.look.covering(), still.codebook
    # What each level needs is quick, and one bar shows the whole film.
    quiet = replace(work, progress=silent)
    sizes = {photo.hash: (photo.height, photo.width) for photo in still.index.photos}
    mosaicker = Mosaicker(codebook, look, codebook.tile, quiet)
    with open_library(plan.options.cache, quiet) as library:

        def thumbnail(sha256: bytes) -> AnyImage | None:
            return library.thumbnail(sha256)

        source = TileSource(codebook, plan.options.tiles.crop, thumbnail, quiet)
        finder = PathFinder(source, mosaicker, sizes, film.size)
        yield Film(film, look, source, finder, mosaicker)


def _first_level(plan: StillPlan, film: FilmPlan, still: Still) -> Level:
    """Return the level of the target, with the mosaic that was saved."""
    cover, target = plan.options.look.cover, plan.target
    covered = target if cover else plan.grid.crop(target)
    height, width = covered.shape[:2]
    pixels = covered if plan.options.what.target_width is None else _original(plan, covered)
    crop, codebook = plan.options.tiles.crop, still.codebook
    photo = ShownPhoto.of(pixels, codebook.tile, crop, None, film.size)
    shown = shown_cells(plan.grid, photo.framing.frame, (height, width))
    return Level(photo, target, plan.grid, still.assignment.ids, shown)


def _original(plan: StillPlan, covered: BgrImage) -> BgrImage:
    """Return the part of the target that its mosaic shows, at the target's own size if larger."""
    own = read_target(plan.options.what.target)
    if own.shape[1] <= plan.target.shape[1]:
        return covered
    factors = [own.shape[axis] / plan.target.shape[axis] for axis in (0, 1)]
    top, left = (max(0, start) for start in (plan.grid.top, plan.grid.left))
    height, width = covered.shape[:2]
    rows = slice(round(top * factors[0]), round((top + height) * factors[0]))
    cols = slice(round(left * factors[1]), round((left + width) * factors[1]))
    return own[rows, cols]
