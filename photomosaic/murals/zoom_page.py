"""A page to zoom into a mosaic: a folder that a browser opens from disk or from a server."""

from __future__ import annotations

import base64
import html
import json
from dataclasses import dataclass
from importlib.metadata import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.arrays import BgrImage, Integers
from photomosaic.errors import InputError
from photomosaic.files.regular import read_file
from photomosaic.files.writing import explained
from photomosaic.images.encode import encode_copy
from photomosaic.matching.grid import Grid
from photomosaic.matching.layout import Layout
from photomosaic.murals.materials import Materials
from photomosaic.murals.size import MuralSize
from photomosaic.murals.write import MuralFormat, save, tagged
from photomosaic.progress import Work

if TYPE_CHECKING:
    import pyvips

SOURCES = Path(__file__).with_name("page")
# Smaller ones are many more files, larger ones take more memory to make.
PYRAMID_TILE = 256
PYRAMID = MuralFormat(
    "dzsave",
    {"suffix": ".jpg[Q=82]", "tile_size": PYRAMID_TILE, "overlap": 0, "keep": "none"},
    bytes_per_pixel=0.45,
)
TRANSPARENT_PYRAMID = MuralFormat(
    "dzsave",
    {"suffix": ".webp[Q=82]", "tile_size": PYRAMID_TILE, "overlap": 0, "keep": "exif"},
    bytes_per_pixel=0.45,
)
TARGET_LONGEST = 2048
PHOTOS = "photos"
LEAFLET_WHEEL = "django-js-lib-leaflet"
LEAFLET_PACKAGE = "js_lib_leaflet"


def leaflet_files() -> dict[str, Path]:
    """Return the files of the viewer library, found without importing the package around them.

    Raises
    ------
    InputError
        If it is not installed.
    """
    spec = find_spec(LEAFLET_PACKAGE)
    places = (spec and spec.submodule_search_locations) or []
    static = [Path(place, "static", LEAFLET_PACKAGE) for place in places]
    found = {name: place / name for place in static for name in ("leaflet.js", "leaflet.css")}
    for file in (files(LEAFLET_WHEEL) if static else None) or []:
        if file.name == "LICENSE":
            found["LICENSE"] = Path(str(file.locate()))
    if len(found) < 3 or not all(path.is_file() for path in found.values()):
        raise InputError(f"the viewer library is not installed: pip install {LEAFLET_WHEEL}")
    return found


@dataclass(frozen=True)
class PageContent:
    """What a page shows.

    Attributes
    ----------
    title : str
    size : MuralSize
        Of the mosaic.
    materials : Materials
        The photos and their places.
    target : ndarray of shape (H, W, 3), uint8, BGR
        The part of the target that the mosaic shows.
    layout : Layout
        The cells, on a grid of any tile size.
    """

    title: str
    size: MuralSize
    materials: Materials
    target: BgrImage
    layout: Layout


def write_page(folder: Path, image: pyvips.Image, content: PageContent, work: Work) -> None:
    """Write all of a page but the copies of the photos.

    Parameters
    ----------
    folder : Path
        Empty, or with the subfolder of the copies.
    image : pyvips.Image
        The mosaic.
    content : PageContent
    work : Work

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with explained(folder / "index.html"):
        save(_tagged(image), _pyramid(image), folder / "mosaic", work, "writing the page")
    # Of no use to a page, and with the date in it.
    (folder / "mosaic_files" / "vips-properties.xml").unlink(missing_ok=True)
    (folder / "target.jpg").write_bytes(encode_copy(content.target, TARGET_LONGEST))
    data = _page_data(content, transparent=image.hasalpha(), copies=(folder / PHOTOS).exists())
    text = json.dumps(data, separators=(",", ":"))
    (folder / "data.js").write_text(f"const MOSAIC = {text};\n", "ascii")
    for name in ("page.css", "page.js"):
        (folder / name).write_bytes(read_file(SOURCES / name))
    page = read_file(SOURCES / "index.html").decode()
    page = page.replace("{{title}}", html.escape(content.title))
    (folder / "index.html").write_text(page, "utf-8")
    (folder / "leaflet").mkdir()
    for name, path in leaflet_files().items():
        (folder / "leaflet" / name).write_bytes(read_file(path))


def _page_data(content: PageContent, *, transparent: bool, copies: bool) -> dict[str, object]:
    size, materials, grid = content.size, content.materials, content.layout.grid
    layout = content.layout.on(Grid(grid.rows, grid.cols, size.tile, 0, 0))
    cells = {} if layout.is_grid else _cells(layout)
    return {
        "title": content.title,
        "width": size.width,
        "height": size.height,
        "rows": grid.rows,
        "cols": grid.cols,
        "tile": [size.tile.height, size.tile.width],
        "cut": [size.top, size.left],
        "pyramidEnding": "webp" if transparent else "jpg",
        "pyramidTile": PYRAMID_TILE,
        "copies": copies,
        "names": [photo.name for photo in materials.photos],
        "dates": [photo.date for photo in materials.photos],
        # Little-endian numbers of 32 bits, row by row; a third as long as in digits.
        "places": _encoded(materials.photo_places),
        **cells,
    }


def _cells(layout: Layout) -> dict[str, object]:
    """Return where the cells of a layout lie that is no grid, and what they are called."""
    return {
        "hexagons": layout.shape == "hexagon",
        "boxes": _encoded(layout.pixel_boxes),
        "addresses": _encoded(layout.addresses),
    }


def _encoded(numbers: Integers) -> str:
    return base64.b64encode(numbers.astype("<i4").tobytes()).decode("ascii")


def _pyramid(image: pyvips.Image) -> MuralFormat:
    return TRANSPARENT_PYRAMID if image.hasalpha() else PYRAMID


def _tagged(image: pyvips.Image) -> pyvips.Image:
    """Return an image that is known as ours; JPEG files get that mark later."""
    return tagged(image) if image.hasalpha() else image
