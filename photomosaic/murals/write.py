"""Images of libvips written to files, with progress, and stopped by Ctrl-C."""

from __future__ import annotations

import math
import os
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic import __version__
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.writing import replacing_by_name
from photomosaic.images.encode import OUTPUT_FORMATS, output_format
from photomosaic.images.own_output import SOFTWARE
from photomosaic.murals.size import MuralSize
from photomosaic.options.mosaic import Compression
from photomosaic.options.values import CM_PER_INCH
from photomosaic.progress import Work

if TYPE_CHECKING:
    import pyvips


BIGTIFF_BYTES = 3 << 30
TIFF_TILE = 256


@dataclass(frozen=True)
class MuralFormat:
    """How a large picture is written.

    Attributes
    ----------
    saver : str
        The operation of libvips.
    settings : dict
        Its options.
    bytes_per_pixel : float
        As measured on mosaics of photos.
    transparent : bool
        Whether it can hold transparency.
    """

    saver: str
    settings: dict[str, object]
    bytes_per_pixel: float
    transparent: bool = True


_FORMATS = {
    "JPEG": MuralFormat("jpegsave", {"Q": 92, "subsample_mode": "off"}, 0.9, False),
    "PNG": MuralFormat("pngsave", {"compression": 3}, 2.4),
    "WEBP": MuralFormat("webpsave", {"Q": 92}, 0.5),
    "deflate": MuralFormat(
        "tiffsave", {"compression": "deflate", "level": 1, "predictor": "horizontal"}, 2.6
    ),
    "jpeg": MuralFormat("tiffsave", {"compression": "jpeg", "Q": 92}, 0.9, False),
}
_TIFF = {"tile": True, "tile_width": TIFF_TILE, "tile_height": TIFF_TILE, "resunit": "inch"}


def mural_format(path: Path, size: MuralSize, compression: Compression) -> MuralFormat:
    """Return how a file of a size is written.

    Raises
    ------
    InputError
        If its extension names no format for large pictures, or the format cannot hold the size.
    """
    name = output_format(path, (size.height, size.width)).name
    if name == "AVIF":
        known = ", ".join(ending[1:] for ending in OUTPUT_FORMATS if ending != ".avif")
        raise InputError(
            f"{printable(path)}: large pictures cannot be written as .avif; known are {known}"
        )
    chosen = _FORMATS[compression if name == "TIFF" else name]
    if name != "TIFF":
        return chosen
    big = size.pixels * 3 > BIGTIFF_BYTES
    return replace(chosen, settings={**chosen.settings, **_TIFF, "bigtiff": big})


def write_mural(image: pyvips.Image, path: Path, how: MuralFormat, dpi: float, work: Work) -> None:
    """Write an image whole or not at all, with its pixels per inch and the profile of sRGB.

    Raises
    ------
    OutputError
        If it cannot be written; what lay there before still does.
    """
    per_mm = dpi / CM_PER_INCH / 10
    marked = tagged(image).copy(xres=per_mm, yres=per_mm)
    how = replace(how, settings={"profile": "srgb", **how.settings})
    with replacing_by_name(path) as temporary:
        save(marked, how, temporary, work, "writing")


def save(image: pyvips.Image, how: MuralFormat, path: Path, work: Work, what: str) -> None:
    """Run one of libvips' savers in a thread of its own, so that Ctrl-C stops it at once.

    `what` is the label of the progress.

    Raises
    ------
    OSError
        If it fails.
    """
    import pyvips

    # Its cache would hold pieces that are not used again.
    pyvips.cache_set_max(0)
    percents: queue.SimpleQueue[float] = queue.SimpleQueue()
    image = image.copy()
    image.set_progress(True)
    image.signal_connect("eval", lambda _, state: percents.put(state.percent))
    with ThreadPoolExecutor(1) as pool:
        try:
            saving = pool.submit(getattr(image, how.saver), os.fsencode(path), **how.settings)
            saving.add_done_callback(lambda _: percents.put(math.inf))
            for _ in work.progress(_steps(percents.get), total=100, what=what, unit="%"):
                pass
            saving.result()
        except pyvips.Error as error:
            lines = [line.strip() for line in error.detail.splitlines() if line.strip()]
            raise OSError(lines[-1] if lines else str(error)) from error
        finally:
            image.set_kill(True)


def _steps(percent: Callable[[], float]) -> Iterator[int]:
    """Yield once for each percent that is done, until infinity."""
    shown = 0
    while math.isfinite(done := percent()):
        while shown < min(100, done):
            shown += 1
            yield shown


def tagged(image: pyvips.Image) -> pyvips.Image:
    """Return an image that carries this toolkit's name."""
    import pyvips

    marked = image.copy()
    name = f"{SOFTWARE} {__version__}"
    # The second is what becomes of the first in a TIFF.
    for field in ("exif-ifd0-Software", "image-description"):
        marked.set_type(pyvips.GValue.gstr_type, field, name)
    return marked
