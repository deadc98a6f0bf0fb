"""Limits on how often, and how close to one another, photos may repeat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Ids
from photomosaic.assignment.places import Places
from photomosaic.options.look import RenderOptions
from photomosaic.ranges import MAX_USES, MIN_SPACING

Flags = npt.NDArray[np.bool_]


class Uses(NamedTuple):
    """Limits on the uses of each group of photos, of shape (G,).

    Attributes
    ----------
    capacity : ndarray of int64
        How often a group may be used.
    required : ndarray of bool
        Groups that must be used at least once.
    """

    capacity: Ids
    required: Flags


@dataclass(frozen=True)
class Limits:
    """Limits on the repeats of a photo.

    Attributes
    ----------
    max_uses : int or None
        How often a photo may be used at most.
    min_spacing : int
        Two places of a photo are at least that many cells apart, counting the larger of row and
        column difference; 1 is no limit.
    use_all : bool
        Whether each photo is used at least once.
    """

    max_uses: int | None = None
    min_spacing: int = 1
    use_all: bool = False

    @classmethod
    def of(cls, options: RenderOptions) -> Limits:
        """Return the limits that the options ask for."""
        return cls(options.max_uses, options.min_spacing, options.use_all)

    def __post_init__(self) -> None:
        if self.max_uses is not None:
            MAX_USES.check("max_uses", self.max_uses)
        MIN_SPACING.check("min_spacing", self.min_spacing)

    def __bool__(self) -> bool:
        """Tell whether there is any limit."""
        return self.max_uses is not None or self.min_spacing > 1 or self.use_all


@dataclass(frozen=True)
class Relaxation:
    """A limit that cannot be kept, and the one used instead.

    Attributes
    ----------
    limit : {"max_uses", "min_spacing", "use_all"}
    asked, used : int
    cells, photos : int
        Cells of the grid, and photos with near-duplicates counted once.
    excess : int
        Cells without a photo, or for "use_all" photos without a cell; for "min_spacing" the number
        of photos that it needs at least.
    """

    limit: str
    asked: int
    used: int
    cells: int
    photos: int
    excess: int


def feasible(
    limits: Limits, places: Places | tuple[int, int], photos: int
) -> tuple[Limits, list[Relaxation]]:
    """Return the closest limits that can be kept, and what was relaxed.

    Parameters
    ----------
    limits : Limits
    places : Places or (int, int)
        Of the cells; or the rows and columns of a grid.
    photos : int
        Number of photos, near-duplicates counted once.
    """
    places = places if isinstance(places, Places) else Places(places)
    cells, relaxed = places.cells, []
    uses = limits.max_uses
    if uses is not None and photos * uses < cells:
        over, uses = cells - photos * uses, -(-cells // photos)
        asked = limits.max_uses or 0
        relaxed.append(Relaxation("max_uses", asked, uses, cells=cells, photos=photos, excess=over))
    spacing = limits.min_spacing
    while spacing > 1 and places.most_within(spacing) > photos:
        spacing -= 1
    if spacing < limits.min_spacing:
        needed = places.most_within(limits.min_spacing)
        asked = limits.min_spacing
        relaxed.append(
            Relaxation("min_spacing", asked, spacing, cells=cells, photos=photos, excess=needed)
        )
    use_all = limits.use_all
    if use_all and photos > cells:
        use_all, uses = False, 1
        relaxed.append(
            Relaxation("use_all", 1, 0, cells=cells, photos=photos, excess=photos - cells)
        )
    return replace(limits, max_uses=uses, min_spacing=spacing, use_all=use_all), relaxed
