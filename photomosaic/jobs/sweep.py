"""The job of make_gif.py: a picture's mosaics at many scales, as an animation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photomosaic.animation.animation import Animation, check_format, write_animation
from photomosaic.animation.effects import of_height, size_of_height
from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, naming
from photomosaic.images.decode import read_target
from photomosaic.images.listing import Listing
from photomosaic.jobs.dependent import check_needs
from photomosaic.jobs.photos import PhotosFound, list_codebook, open_library
from photomosaic.jobs.targets import check_savepath, check_scales, savepath_of
from photomosaic.library.index import Index
from photomosaic.options.animation import AnimationOptions
from photomosaic.options.scales import SweepOptions
from photomosaic.progress import Work
from photomosaic.ranges import MAX_PIXELS
from photomosaic.stills import Stills


@dataclass(frozen=True)
class SweepResult:
    """The animation that make_gif.py wrote, and the photos it is made of."""

    animation: Animation
    index: Index


@dataclass(frozen=True)
class _Plan:
    target: BgrImage
    size: tuple[int, int]
    listing: Listing
    savepath: Path


def make_sweep(options: SweepOptions, work: Work | None = None) -> SweepResult:
    """Make the mosaics of all scales one by one, and save them as an animation.

    Raises
    ------
    InputError
        If the options, the target, the photos or the savepath cannot be used.
    OutputError
        If the animation cannot be written.
    """
    work = work or Work(options.photos.workers)
    plan = _check(options, work)
    scales, look = options.what.scales, options.look.covering()
    with open_library(options.cache, work) as library:
        index = library.index(plan.listing)
        stills = Stills(plan.target, library, index, options.tiles, work)

        def frames() -> Iterator[BgrImage]:
            prepared = stills.prepared(scales)
            shown = work.progress(prepared, total=len(scales), what="rendering", unit="scale")
            for scale in shown:
                if scale == scales[0]:
                    codebook = stills.codebook(scale)
                    work.notify(PhotosFound(index, codebook, options.tiles, look.best_k))
                mosaic = stills.render(scale, look).mosaic
                resized = mosaic.shape[:2] != plan.size
                yield of_height(mosaic, plan.size[0]) if resized else mosaic

        # In mosaics dots would be noise among noise, and cost an eighth of the size.
        with work.clock.stage("animation"):
            animation = write_animation(frames(), plan.savepath, options.animation.without_dots())
        return SweepResult(animation, index)


def _check(options: SweepOptions, work: Work) -> _Plan:
    """Read the target, list the photos, and check that the animation can be made and saved."""
    what = options.what
    savepath = savepath_of(what.savepath, what.target, [what.min_scale, max(what.scales)])
    check_animation(options.animation, savepath)
    with work.clock.stage("target"), naming("--target"):
        target = read_target(what.target)
    check_scales(target.shape[:2], what.scales, options.tiles, cover=True)
    size = (target.shape[0], target.shape[1])
    if what.resize_height:
        size = size_of_height(size, what.resize_height)
        if size[0] * size[1] > MAX_PIXELS:
            raise InputError(
                f"--resize-height {what.resize_height}: makes frames of {size[1]}x{size[0]}"
                " pixels; take a smaller one"
            )
    listing = list_codebook(options.photos, work)
    with naming("--savepath"):
        check_format(savepath, size)
    check_savepath(what.savepath, savepath, what.target, listing)
    return _Plan(target, size, listing, savepath)


def check_animation(options: AnimationOptions, savepath: Path) -> None:
    """Raise `InputError` if an option is given that changes nothing."""
    if savepath.suffix.lower() != ".gif":
        gif = "a --savepath of .gif: it applies only to GIFs"
        check_needs(options, "colors lossy optimize", gif)
    if options.optimize is False:
        check_needs(options, "lossy", "--optimize: gifsicle adds the noise")
