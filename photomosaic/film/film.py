"""The frames of a film that zooms from a picture into a photo of its mosaic, and so on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.film.level import Level, MosaicLayers, Step
from photomosaic.film.path import PathFinder
from photomosaic.film.shown_photo import WHOLE, ShownPhoto
from photomosaic.film.tile_source import TileSource
from photomosaic.film.view import Rect, Zoom, eased
from photomosaic.matching.grid import Grid
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions

# Parts of a level's time within which its mosaic appears in its photo.
APPEARS = 0.04, 0.28
# Widths of the next photo, in frames, within which it is laid over its tile and its neighbours'.
OVER_TILE = 0.06, 0.15
OVER_NEIGHBOURS = 0.15, 0.85


@dataclass(frozen=True)
class FilmPlan:
    """What a film is like.

    Attributes
    ----------
    size : (int, int)
        Height and width of its frames.
    levels : int
    frames : int
        At least two; the last is the first once more.
    """

    size: tuple[int, int]
    levels: int
    frames: int


@dataclass(frozen=True)
class Film:
    """A film.

    Attributes
    ----------
    plan : FilmPlan
    look : RenderOptions
    source : TileSource
    finder : PathFinder
    mosaicker : Mosaicker
        Of all levels but the first; its tiles are the codebook's.
    """

    plan: FilmPlan
    look: RenderOptions
    source: TileSource
    finder: PathFinder
    mosaicker: Mosaicker

    def frames(self, first: Level, seen: set[bytes]) -> Iterator[BgrImage]:
        """Yield all frames (H, W, 3), uint8, BGR.

        Parameters
        ----------
        first : Level
            The target and its mosaic; the last level leads into it again.
        seen : set of bytes
            SHA-256 of photos that are entered only if there is no other.

        Raises
        ------
        InputError
            If the mosaic has too few cells to zoom into.
        """
        plan, level, opening = self.plan, first, None
        for number in range(plan.levels):
            last = number == plan.levels - 1
            step = self._into(level, first.photo) if last else self._step(level, seen)
            for frame in self._of_level(level, step, self._times(number)):
                opening = frame if opening is None else opening
                yield frame
            if not last:
                level = self._level(step.photo, first)
        assert opening is not None  # noqa: S101 (there are two frames or more)
        yield opening

    def _of_level(self, level: Level, step: Step, times: Iterable[float]) -> Iterator[BgrImage]:
        # A function of its own, so that its layers are gone before those of the next level come.
        layers = MosaicLayers(level, step, self.look, self.source, self.plan.size)
        for time in times:
            yield self._frame(level, step, layers, time)

    def _times(self, number: int) -> Iterator[float]:
        """Yield when the frames of a level come, as shares of its time."""
        levels, gaps = self.plan.levels, self.plan.frames - 1
        start, stop = -(-number * gaps // levels), -(-(number + 1) * gaps // levels)
        for frame in range(start, stop):
            yield frame * levels / gaps - number

    def _step(self, level: Level, seen: set[bytes]) -> Step:
        chosen, codebook = self.finder.next_photo(level, seen), self.source.codebook
        seen.add(codebook.hashes[chosen.tile])
        pixels, is_tile = self.source.photo(chosen.tile, self.plan.size)
        crop, cut = self.source.crop, codebook.cut(chosen.tile)
        if is_tile:
            crop, cut = "stretch", None
        photo = ShownPhoto.of(pixels, codebook.tile, crop, cut, self.plan.size)
        if not photo.framing.of_cell(chosen.row, chosen.col).within(level.shown):
            photo = photo.around_middle(codebook.tile, self.plan.size)
        return self._to(level, (chosen.row, chosen.col), photo)

    def _into(self, level: Level, photo: ShownPhoto) -> Step:
        return self._to(level, self.finder.place_for(level, photo), photo)

    def _to(self, level: Level, cell: tuple[int, int], photo: ShownPhoto) -> Step:
        zoom = Zoom(level.shown, photo.framing.of_cell(*cell))
        return Step(*cell, photo=photo, zoom=zoom)

    def _level(self, photo: ShownPhoto, first: Level) -> Level:
        """Return the level of a photo, with about as many cells as the first."""
        tile, shown = self.mosaicker.tile, first.shown
        width = max(tile.width, round(shown.width * tile.width))
        height = max(tile.height, round(width * self.plan.size[0] / self.plan.size[1]))
        frame = photo.frame_picture(height, width)
        grid, ids = self.mosaicker.grid(frame), self.mosaicker.assign(frame).ids
        return Level(photo, frame, grid, ids, shown_cells(grid, WHOLE, (height, width)))

    def _frame(self, level: Level, step: Step, layers: MosaicLayers, time: float) -> BgrImage:
        share, opacity = eased(time), 1 - eased(time, *APPEARS)
        view, hidden = step.zoom.at(share), np.zeros((*self.plan.size, 3), np.uint8)
        frame = self._mosaic(step, layers, share) if opacity < 1 else hidden
        if not opacity:
            return frame
        place = WHOLE.seen_from(level.photo.framing.frame, level.shown)
        return level.photo.over(frame, view, place, WHOLE, opacity)

    def _mosaic(self, step: Step, layers: MosaicLayers, share: float) -> BgrImage:
        """Return the mosaic after a share of the way, with the next photo where it is large."""
        frame, view = layers.seen(share), step.zoom.at(share)
        width = step.zoom.end.width / view.width
        nearness = eased(width, *OVER_TILE)
        if not nearness:
            return frame
        framing = step.photo.framing
        place = WHOLE.seen_from(framing.frame, step.zoom.end)
        part = inner(framing.tile).towards(framing.frame, eased(width, *OVER_NEIGHBOURS))
        return step.photo.over(frame, view, place, part, nearness)


def inner(part: Rect) -> Rect:
    """Return what of a part of a photo lies on the photo."""
    top, left = max(0.0, part.top), max(0.0, part.left)
    return Rect(top, left, min(1.0, part.bottom) - top, min(1.0, part.right) - left)


def shown_cells(grid: Grid, frame: Rect, size: tuple[int, int]) -> Rect:
    """Return which cells lie on a part of a frame.

    Parameters
    ----------
    grid : Grid
    frame : Rect
        In fractions of what the mosaic shows.
    size : (int, int)
        Height and width of what the mosaic shows, in pixels.
    """
    tile = grid.tile
    whole = Rect(
        -min(0, grid.top) / tile.height,
        -min(0, grid.left) / tile.width,
        size[0] / tile.height,
        size[1] / tile.width,
    )
    return frame.seen_from(WHOLE, whole)
