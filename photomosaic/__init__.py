"""Photomosaics of pictures out of a folder of photos.

The public names, with which a mosaic takes five lines::

    from photomosaic import Mosaicker, RenderOptions, read_codebook, read_target, write_picture

    codebook = read_codebook("photos", scale=10)
    mosaic = Mosaicker(codebook, RenderOptions(best_k=3, tint=0.5)).render(read_target("a.jpg"))
    write_picture(mosaic, "mosaic.jpg")

Pictures are arrays of shape (height, width, 3), uint8, in the colour order blue, green, red.

=================  ================================================================
`read_codebook`    A folder of photos as tiles of one size.
`read_target`      A picture as an array.
`RenderOptions`    How tiles are chosen and painted.
`TileOptions`      How photos become tiles.
`Mosaicker`        Chooses tiles for a picture, and paints them.
`write_picture`    Saves an array in the format of its name.
`make_mosaic`      All that mosaic.py does, from `MosaicOptions`.
`InputError`       What is raised for a file or value that cannot be used.
=================  ================================================================
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photomosaic.errors import InputError
    from photomosaic.images.decode import read_target
    from photomosaic.images.encode import write_picture
    from photomosaic.jobs.mosaic import make_mosaic
    from photomosaic.jobs.photos import read_codebook
    from photomosaic.mosaic import Mosaicker
    from photomosaic.options.look import RenderOptions
    from photomosaic.options.mosaic import MosaicOptions
    from photomosaic.options.photos import TileOptions

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "MosaicOptions",
    "Mosaicker",
    "RenderOptions",
    "TileOptions",
    "make_mosaic",
    "read_codebook",
    "read_target",
    "write_picture",
]

# Where each name is defined. Loaded when it is asked for, so that importing the package is quick
# and does nothing else.
_PLACES = {
    "InputError": "errors",
    "MosaicOptions": "options.mosaic",
    "Mosaicker": "mosaic",
    "RenderOptions": "options.look",
    "TileOptions": "options.photos",
    "make_mosaic": "jobs.mosaic",
    "read_codebook": "jobs.photos",
    "read_target": "images.decode",
    "write_picture": "images.encode",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
