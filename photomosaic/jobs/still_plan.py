"""One picture's mosaic, planned: target read, photos listed, outputs checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.images.encode import output_format
from photomosaic.images.listing import Listing
from photomosaic.images.overwriting import check_output
from photomosaic.jobs.grid_choice import GridChoice, choose_options, finer_grid
from photomosaic.jobs.photos import list_folder
from photomosaic.jobs.shape import Cells, plan_cells, without_outside
from photomosaic.jobs.targets import (
    check_savepath,
    fitted_grid,
    naming_photos,
    of_width,
    read_mosaic_target,
    resized_target,
    savepath_of,
    scale_of,
    smallest_tile,
    tile_of,
)
from photomosaic.matching.detail import SIZES
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.values import DefaultTemplate
from photomosaic.progress import Work
from photomosaic.project.project import Project


@dataclass(frozen=True)
class StillPlan:
    """What a mosaic is made of, checked before any long work.

    Attributes
    ----------
    options : MosaicOptions
        With a scale, which was chosen if none was given.
    project : Project or None
        The saved mosaic that is rendered again.
    target : ndarray of shape (H, W, 3), uint8, BGR
    listing : Listing
    savepath : Path
    matched_target, matched_tile : ndarray, TileSize
        What photos are compared with; of another size if a project is rendered at another size.
    cells : Cells
        Of the target.
    chosen : GridChoice or None
        The scale and width, if they were chosen.
    """

    options: MosaicOptions
    project: Project | None
    target: BgrImage
    listing: Listing
    savepath: Path
    matched_target: BgrImage
    matched_tile: TileSize
    cells: Cells
    chosen: GridChoice | None

    @cached_property
    def tile(self) -> TileSize:
        """Size of the cells in the mosaic."""
        return tile_of(self.options)

    @cached_property
    def grid(self) -> Grid:
        """The grid of the target."""
        return Grid.fit(self.target.shape[:2], self.tile, cover=self.options.look.cover)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the target."""
        return self.target.shape[0], self.target.shape[1]

    @property
    def sizes(self) -> list[TileSize]:
        """Sizes of the tiles, those that are matched first."""
        if self.options.look.layout == "mixed":
            return list(
                dict.fromkeys(
                    size for tile in (self.matched_tile, self.tile) for size in (tile, tile.turned)
                )
            )
        sides = SIZES if self.options.look.detail else (1,)
        painted = [TileSize(side * self.tile.height, side * self.tile.width) for side in sides]
        return list(dict.fromkeys((self.matched_tile, *painted)))

    @property
    def viewed_tile(self) -> TileSize:
        """Size of the tiles of the scale, by which the view from a distance is scored."""
        return TileSize.of(self.options.tiles, scale_of(self.options))

    @property
    def finer(self) -> GridChoice | None:
        """What to choose instead of a scale that is too coarse for a face; None if none is."""
        if self.chosen or self.project or self.options.look.detail:
            return None
        return finer_grid(self.grid, self.size, self.options, len(self.listing))


def plan_still(options: MosaicOptions, project: Project | None, work: Work) -> StillPlan:
    """Read the target, list the photos, and check that the mosaic can be made and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the target, the folder or an output.
    """
    read, chosen = read_mosaic_target(options, project, work), None
    with work.clock.stage("list"), naming_photos(options, project):
        listing = list_folder(
            options.photos.codebook_dir, options.photos, work, videos=options.photos.clips
        )
    if options.what.scale is None:
        options, chosen = choose_options(options, read.shape[:2], len(listing))
        if chosen.target_width is not None:
            read = of_width(read, chosen.target_width)
    what, cover, tile = options.what, options.look.cover, tile_of(options)
    if project is None and chosen is None and what.cells is not None and not options.look.detail:
        raise InputError("--cells: --scale says how many cells there are; leave either out")
    resized, matched_tile = read, tile
    if project is not None:
        matched_tile = smallest_tile(options, project.settings["scale"])
        resized = resized_target(read, options, project, matched_tile, work)
    grid = fitted_grid(resized.shape[:2], tile, options.tiles, cover=cover, option="--scale")
    cells = plan_cells(options, grid, resized, project)
    savepath = _savepath(options, masked=cells.finish.mask is not None)
    size = resized.shape[:2] if cover else (grid.height, grid.width)
    with naming("--savepath"):
        output_format(savepath, size)
    check_savepath(what.savepath, savepath, what.target, listing)
    _check_others(options, savepath, listing)
    return StillPlan(
        options,
        project,
        without_outside(resized, tile),
        listing,
        savepath,
        matched_target=without_outside(read, matched_tile),
        matched_tile=matched_tile,
        cells=cells,
        chosen=chosen,
    )


def _savepath(options: MosaicOptions, *, masked: bool) -> Path:
    """Return where the mosaic goes; by default into a format that can hold what is left out."""
    template = options.what.savepath
    path = savepath_of(template, options.what.target, [scale_of(options)])
    if masked and isinstance(template, DefaultTemplate) and options.shape.background is None:
        return path.with_suffix(".png")
    return path


def _check_others(options: MosaicOptions, savepath: Path, listing: Listing) -> None:
    """Check that the files beside the mosaic can be written, each in a place of its own."""
    taken = {savepath.resolve(): "the mosaic's"}
    for option, path, advice in other_outputs(options):
        with naming(option, advice):
            check_output(path, options.what.target, listing)
        if path.resolve() in taken:
            raise InputError(f"{option} {printable(path)}: is {taken[path.resolve()]} own place")
        taken[path.resolve()] = f"{option}'s"


def other_outputs(options: MosaicOptions) -> Iterator[tuple[str, Path, str]]:
    """Yield the options that name files beside the mosaic, these, and advice."""
    if options.project.written is not None:
        option, path = options.project.written
        yield option, path, "save the edits with --save-project" if option == "--project" else ""
    for option, other in (
        ("--report", options.project.report),
        ("--list", options.project.list),
        ("--zoom-film", options.film.zoom_film),
        ("--moving", options.film.moving),
    ):
        if other is not None:
            yield option, other, ""
