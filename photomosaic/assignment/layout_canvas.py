"""The samples of any layout's cells in one picture: missing, shifted, of any shape and size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.canvas import Flags, Kind, Places
from photomosaic.matching.cell_shapes import FULL, coverage_of
from photomosaic.matching.grid import TileSize
from photomosaic.matching.layout import Layout, apart

# Of two distances that differ by rounding alone.
ROUNDING = 1e-9


@dataclass(frozen=True)
class LayoutCanvas:
    """The samples of a layout's cells.

    Attributes
    ----------
    layout : Layout
    size : (int, int)
        Height and width of the picture.
    cell : (int, int)
        Samples of a tile, which are those of a cell of mean size.
    kinds : tuple of Kind
    kind_numbers, ranks : ndarrays of shape (cells,)
        Kind of each cell, and its number among those of this kind.
    samples : tuple of ndarrays of shape (n, samples)
        For each kind, where in the picture the samples of its cells lie, row by row; beyond the
        picture's last for those outside of it.
    areas : ndarray of shape (cells,), float32, or None
    """

    layout: Layout
    size: tuple[int, int]
    cell: tuple[int, int]
    kinds: tuple[Kind, ...]
    kind_numbers: Ids
    ranks: Ids
    samples: tuple[Places, ...]
    areas: Floats | None
    _pairs: dict[int, tuple[Ids, Floats]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, layout: Layout, tile: tuple[int, int]) -> LayoutCanvas:
        """Lay out cells whose tiles have `tile` samples down and across."""
        sides = layout.boxes[:, 2:]
        # A cell between the smallest and the largest has as many samples as its tile.
        mean = np.sqrt(sides.min(axis=0) * sides.max(axis=0))
        unit = [max(1, round(tile[side] / mean[side])) for side in range(2)]
        whole = TileSize(*(unit[side] * layout.parts[side] for side in range(2)))
        fine = layout.on(layout.grid.at_corner(whole))
        size = fine.grid.height, fine.grid.width
        numbers, ranks = np.zeros(len(layout), np.int64), np.zeros(len(layout), np.int64)
        kinds, samples = [], []
        for number, (box, cells) in enumerate(fine.sizes.items()):
            kinds.append(_kind(fine, int(cells[0]), tile))
            numbers[cells], ranks[cells] = number, np.arange(len(cells))
            samples.append(_places(fine.pixel_boxes[cells, :2], (box.height, box.width), size))
        areas = sides.prod(axis=1) / mean.prod()
        return cls(
            fine,
            size,
            tile,
            tuple(kinds),
            kind_numbers=numbers,
            ranks=ranks,
            samples=tuple(samples),
            areas=None if np.allclose(areas, 1) else areas.astype(np.float32),
        )

    def kind_of(self, place: int) -> int:
        """Return the number of a cell's kind."""
        return int(self.kind_numbers[place])

    def joined(self, cells: Floats) -> Floats:
        """Turn the channels of all cells' tiles into one picture, as `Canvas`."""
        count = self.size[0] * self.size[1] + 1
        picture = np.zeros((3, count))
        for number, (kind, samples) in enumerate(zip(self.kinds, self.samples, strict=True)):
            channels = cells[self.kind_numbers == number]
            if kind.spread is not None:
                channels = channels @ kind.spread.T
            for channel in range(3):
                values = channels[:, channel].ravel()
                picture[channel] += np.bincount(samples.ravel(), values, count)
        return np.ascontiguousarray(picture[:, :-1].T, np.float32).reshape(*self.size, 3)

    def filled(self) -> Flags | None:
        """Tell where in the picture cells are, as `Canvas`."""
        filled = np.zeros(self.size[0] * self.size[1] + 1, np.bool_)
        for samples in self.samples:
            filled[samples] = True
        return None if filled[:-1].all() else filled[:-1].reshape(*self.size, 1)

    def of_cells(self, picture: Floats, places: Places) -> Floats:
        """Return the part of a picture in some cells of one kind, 0 outside; as `Canvas`."""
        flat = picture.reshape(self.size[0] * self.size[1], -1)
        padded = np.concatenate([flat, np.zeros((1, flat.shape[1]), flat.dtype)])
        return np.asarray(padded[self.samples[self.kind_of(places[0])][self.ranks[places]]])

    def phases(self, open_cells: Flags, stride: int) -> Iterator[Places]:
        """Yield the open cells in sets, as `Canvas`."""
        for number in range(len(self.kinds)):
            cells = np.flatnonzero(self.kind_numbers == number)
            sets = _far_apart(self.layout.boxes[cells], stride)
            for each in np.unique(sets):
                places = cells[(sets == each) & open_cells[cells]]
                if len(places):
                    yield places

    def nearby(self, values: Ids, places: Places, reach: int) -> tuple[Ids, Floats]:
        """Return the values of the cells around some, as `Canvas`.

        Where cells are of several sizes, the weight of a pair is that of their mean area.
        """
        if reach not in self._pairs:
            self._pairs[reach] = _neighbours(self.layout, reach, self.areas)
        near, weights = self._pairs[reach]
        return np.append(values, -1)[near[places]], weights[places]


def _kind(fine: Layout, cell: int, tile: tuple[int, int]) -> Kind:
    """Return the kind of a cell, in a layout whose pixels are samples."""
    box = fine.cell_sizes[cell].height, fine.cell_sizes[cell].width
    coverage, is_turned = coverage_of(fine, cell), fine.turned is not None and fine.turned[cell]
    if box == tile and coverage is None and not is_turned:
        return Kind(tile, box)
    smaller = box[0] * box[1] < tile[0] * tile[1]
    way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    # All samples of a tile, one at a time.
    impulses = np.eye(tile[0] * tile[1], dtype=np.float32).reshape(-1, *tile)
    if is_turned:
        impulses = np.ascontiguousarray(impulses.swapaxes(1, 2))
    columns = [cv2.resize(each, box[::-1], interpolation=way).ravel() for each in impulses]
    spread = np.stack(columns, axis=1)
    if coverage is not None:
        spread = spread * (coverage.reshape(-1, 1) / FULL)
    return Kind(tile, box, np.asarray(spread, np.float32))


def _places(corners: Ids, box: tuple[int, int], size: tuple[int, int]) -> Places:
    """Return the places (n, H * W) of boxes with their corners at (n, 2) in a picture of a size."""
    down = corners[:, 0, None] + np.arange(box[0])
    right = corners[:, 1, None] + np.arange(box[1])
    places = down[:, :, None] * size[1] + right[:, None]
    outside = ((down < 0) | (down >= size[0]))[:, :, None]
    outside = outside | ((right < 0) | (right >= size[1]))[:, None]
    return np.where(outside, size[0] * size[1], places).reshape(len(corners), -1)


def _far_apart(boxes: Ids, stride: int) -> Ids:
    """Return a number for each box (n, 4) of one size, different for those closer than a stride.

    Rows begin at multiples of a pitch, and a row's boxes do not overlap.
    """
    height, width = boxes[0, 2:].tolist()
    tops, lefts = boxes[:, 0] - boxes[:, 0].min(), boxes[:, 1] - boxes[:, 1].min()
    pitch = int(np.gcd.reduce(tops)) or height
    down = -(-stride * height // pitch)
    starts = np.unique(np.stack([tops, lefts % width], axis=1), axis=0)
    # Where boxes of a row are not whole widths apart, one more is needed.
    across = stride if len(starts) == len(np.unique(tops)) else stride + 1
    return np.asarray(tops // pitch % down * across + lefts // width % across)


def _neighbours(layout: Layout, reach: int, areas: Floats | None) -> tuple[Ids, Floats]:
    """Return each cell's neighbours (cells, m), -1 for none, and their weights (cells, m)."""
    # Loaded here, since a grid does without.
    from scipy.spatial import cKDTree  # type: ignore[import-untyped]

    positions = layout.positions
    largest = positions[:, 2:].max(axis=0)
    tree = cKDTree(positions[:, :2] / largest)
    pairs = tree.query_pairs(reach + 1, p=np.inf, output_type="ndarray")
    pairs = pairs[apart(positions, pairs[:, 0], pairs[:, 1]) < reach + 1 - ROUNDING]
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    one, other = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].T
    steps = positions[one] - positions[other]
    sides = (positions[one, 2:] + positions[other, 2:]) / 2
    weights = 1 / ((steps[:, :2] / sides) ** 2).sum(axis=1)
    if areas is not None:
        weights *= (areas[one] + areas[other]) / 2
    counts = np.bincount(one, minlength=len(layout))
    column = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
    near = np.full((len(layout), max(1, int(counts.max()))), -1)
    padded = np.zeros(near.shape, np.float32)
    near[one, column], padded[one, column] = other, weights
    return near, padded
