"""What a finished run suggests to do next: at most one thing, only where it helps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photomosaic.files.names import printable
from photomosaic.jobs.grid_choice import GridChoice
from photomosaic.jobs.still import Still
from photomosaic.jobs.still_plan import StillPlan
from photomosaic.library.usage import Usage
from photomosaic.ranges import CONFIDENCE
from photomosaic.rendering.tones import Lack, lacking_tones

if TYPE_CHECKING:
    from photomosaic.faces.search import Found
    from photomosaic.options.montage import FaceMontageOptions

MOST_SHARE = 0.1
LACKING_SHARE = 0.1
# A limit on uses leaves photos to choose from: so many times what all would be used evenly.
LEEWAY = 4


@dataclass(frozen=True)
class Coarse:
    """The grid is too coarse for a face; `finer` is not."""

    finer: GridChoice


@dataclass(frozen=True)
class Repeated:
    """One photo fills that share of the cells; `max_uses` would spread it."""

    photo: str
    share: float
    max_uses: int


@dataclass(frozen=True)
class Lacking:
    """The photos lack tones of the target."""

    tones: tuple[Lack, ...]


@dataclass(frozen=True)
class NearMisses:
    """So many faces were almost accepted; that confidence would accept some of them."""

    count: int
    confidence: float | None


Hint = Coarse | Repeated | Lacking | NearMisses


def mosaic_hint(plan: StillPlan, still: Still) -> Hint | None:
    """Return what would make a mosaic better most, if anything much would.

    Parameters
    ----------
    plan : StillPlan
    still : Still
        Of the plan, at the size of its target.
    """
    look = plan.options.look
    if still.finer is not None:
        return Coarse(still.finer)
    usage, cells = Usage.of(still.assignment, still.codebook), still.assignment.ids.size
    share = usage.most_used_count / cells
    if share > MOST_SHARE and not (still.limited or look.dither):
        evenly = math.ceil(cells / still.codebook.photo_count)
        limit = LEEWAY * evenly
        if limit < usage.most_used_count:
            return Repeated(printable(usage.most_used), share, limit)
    if look.tint or look.opacity:
        return None
    target = plan.target if look.cover else plan.grid.crop(plan.target)
    tones = lacking_tones(target, still.mosaic, (plan.grid.rows, plan.grid.cols))
    most = tuple(lack for lack in tones if lack.share > LACKING_SHARE)
    return Lacking(most) if most else None


def montage_hint(found: Found, options: FaceMontageOptions) -> NearMisses | None:
    """Return the hint on near misses, if there are any that a decision would accept."""
    misses, least = found.near_misses, options.faces.min_confidence
    if not misses:
        return None
    likely = [miss.probability for miss in misses if miss.probability is not None]
    below = [probability for probability in likely if probability < least]
    allowed = [probability for probability in below if probability >= CONFIDENCE.low]
    lowest = math.floor(20 * min(allowed)) / 20 if allowed else None
    return NearMisses(len(misses), lowest)
