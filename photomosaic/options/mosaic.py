"""The options of mosaic.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from photomosaic import ranges
from photomosaic.options.fields import Options, option
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import CacheOptions, MessageOptions, PhotoOptions, TileOptions
from photomosaic.options.shape import ShapeOptions
from photomosaic.options.texts import SAVEPATH_HELP, SCALE_HELP
from photomosaic.options.values import Cell, DefaultTemplate, FilmSize, Pin, PrintSize

Compression = Literal["deflate", "jpeg"]
Paper = Literal["A4", "A3", "Letter"]


@dataclass(frozen=True, kw_only=True)
class MosaicTargetOptions(Options):
    """The picture that mosaic.py imitates, and where the mosaic goes."""

    heading: ClassVar[str] = "target and mosaic"

    target: Path = option(help="picture to make a mosaic of", metavar="FILE", from_project=True)
    savepath: str = option(
        DefaultTemplate("media/output/%s-mosaic-scale-%d.jpg"),
        SAVEPATH_HELP.format("mosaic", "the scale") + "; format by extension",
        writes="%s-mosaic-scale-%d.jpg",
    )
    scale: int | None = option(
        None,
        SCALE_HELP + "; without it, scale and width are chosen from the target and the number of"
        " photos",
        ranges.SCALE,
        in_project=True,
        changeable=True,
        from_project=True,
    )
    advise: bool = option(
        False,
        "make no mosaic, but tell how it would look, which tones the photos lack, and which of them"
        " are better left out",
    )
    cells: int | None = option(
        None,
        "choose a scale that makes about N cells; with --detail also the number of cells at the"
        " scale that is given",
        ranges.CELLS,
        in_project=True,
    )
    target_width: int | None = option(
        None,
        "resize the target to PX pixels wide before the grid is laid",
        ranges.PIXELS,
        metavar="PX",
        in_project=True,
    )


@dataclass(frozen=True, kw_only=True)
class ProjectOptions(Options):
    """The mosaic as a file that can be edited."""

    heading: ClassVar[str] = "project"

    save_project: Path | None = option(
        None,
        "save the mosaic as a project, to edit and render it again",
        metavar="FILE.json",
        writes="project.json",
    )
    project: Path | None = option(
        None, "render a saved project; it brings the other options", metavar="FILE.json"
    )
    list: Path | None = option(
        None,
        "write a table of the photos, how often each is used, and in which cells",
        metavar="FILE.csv",
        writes="photos.csv",
    )
    report: Path | None = option(
        None,
        "write figures, settings, versions and times",
        metavar="FILE.json",
        writes="report.json",
    )
    photos_root: Path | None = option(
        None, "where the project's photos are now, if their folder was moved", metavar="DIR"
    )
    ban: tuple[str, ...] = option((), "never use that photo; repeatable", metavar="PHOTO")
    must_use: tuple[str, ...] = option(
        (), "use that photo at least once, where it fits best; repeatable", metavar="PHOTO"
    )
    pin: tuple[Pin, ...] = option(
        (),
        "put that photo into that cell; rows and columns count from 0; repeatable",
        metavar="ROW,COL=PHOTO",
        parse=Pin.parse,
    )
    replace: tuple[Cell, ...] = option(
        (),
        "put another photo into that cell of the project, and never the old one; repeatable",
        metavar="ROW,COL",
        parse=Cell.parse,
    )

    @property
    def edited(self) -> bool:
        """Whether single photos or cells are edited."""
        return bool(self.ban or self.must_use or self.pin or self.replace)

    @property
    def written(self) -> tuple[str, Path] | None:
        """Where the project is saved, after the option that names the place; None for nowhere.

        An edited project is saved where it was read, unless another place is named.
        """
        if self.save_project is not None:
            return "--save-project", self.save_project
        if self.project is not None and self.edited:
            return "--project", self.project
        return None


@dataclass(frozen=True, kw_only=True)
class MuralOptions(Options):
    """Prints, sheets and the page to zoom into."""

    heading: ClassVar[str] = "print and zoom"

    enlarge: float | None = option(
        None,
        "save the mosaic K times as large, with tiles from the original photos",
        ranges.ENLARGE,
        metavar="K",
        exclusive="size",
    )
    output_width: int | None = option(
        None,
        "save the mosaic at most PX pixels wide, in whole tiles from the original photos",
        ranges.PRINT_PIXELS,
        metavar="PX",
        exclusive="size",
    )
    print_size: PrintSize | None = option(
        None,
        "save the mosaic to fill a print of that size, with tiles from the original photos:"
        " 60x90cm, 24x36in",
        flag="print",
        metavar="SIZE",
        parse=PrintSize.parse,
        exclusive="size",
    )
    dpi: float | None = option(None, "pixels per inch of the print (default: 150)", ranges.DPI)
    compression: Compression | None = option(
        None, "compression of a large TIFF: lossless (default), or JPEG, about a third the size"
    )
    sheets: Paper | None = option(
        None, "also cut the print into sheets of that paper, as a PDF with a plan"
    )
    zoom_page: Path | None = option(
        None,
        "also make a page to zoom into, which a browser opens from disk",
        metavar="FOLDER",
        writes="page",
    )
    share: bool = option(
        False, "also write that page as one HTML file of at most 20 MB, to send by mail"
    )
    photo_size: int | None = option(
        None,
        "longer side of the photos in that page, in pixels (default: 1024)",
        ranges.PHOTO_PIXELS,
    )
    originals: bool | None = option(None, "include copies of the photos in that page (default: on)")

    @property
    def enlarged(self) -> bool:
        """Whether a size of a print is given."""
        return any((self.enlarge, self.output_width, self.print_size))

    @property
    def copy_size(self) -> int:
        """Longer side of the photos that the page holds, in pixels; 0 if it holds none."""
        return 0 if self.originals is False else self.photo_size or 1024


@dataclass(frozen=True, kw_only=True)
class FilmOptions(Options):
    """Films of the mosaic: one that zooms into it, and one in which its tiles move."""

    heading: ClassVar[str] = "film"

    zoom_film: Path | None = option(
        None,
        "also make a film that zooms into one photo, which turns into its own mosaic, and so on,"
        " until it is back at the target",
        metavar="FILE.mp4",
        writes="zoom.mp4",
    )
    levels: int | None = option(
        None, "how many pictures it zooms through (default: 6)", ranges.LEVELS
    )
    moving: Path | None = option(
        None,
        "also make a film of the target in which each cell plays a clip of the codebook folder",
        metavar="FILE.mp4",
        writes="moving.mp4",
    )
    seconds: float | None = option(
        None, "length of the film (default: 10, for zooms 10 a level)", ranges.FILM_SECONDS
    )
    film_size: FilmSize | None = option(
        None,
        "size of the film: 1080p, 4k, square, 9:16, or pixels (default: 1080p, square or 9:16, by"
        " the shape of the target)",
        metavar="WxH",
        parse=FilmSize.parse,
    )


@dataclass(frozen=True, kw_only=True)
class MosaicOptions:
    """The options of mosaic.py."""

    what: MosaicTargetOptions
    photos: PhotoOptions
    tiles: TileOptions
    look: RenderOptions
    shape: ShapeOptions
    project: ProjectOptions
    mural: MuralOptions
    film: FilmOptions
    cache: CacheOptions
    messages: MessageOptions
