"""How tiles are chosen and painted."""

from __future__ import annotations

from dataclasses import dataclass

from photomosaic.errors import InputError
from photomosaic.matching.limits import Limits
from photomosaic.ranges import BEST_K, RANDOMNESS, SEED, SHARE


@dataclass(frozen=True)
class RenderOptions:
    """How tiles are chosen and painted; each number in the range of its option.

    Attributes
    ----------
    best_k : int
        One of the `best_k` closest tiles is drawn, with weight 1 / distance.
    randomness : float
        Probability of a cell to take any tile at all.
    tint, opacity : float
        Shares of the target's mean colour and of the target itself.
    cover : bool
        Cover the frame with cut edge tiles instead of trimming it to whole tiles.
    seed : int
        Start of all random draws.
    max_uses : int or None
        How often a photo may be used at most.
    min_spacing : int
        Least distance of two places of a photo, in cells; 1 is no limit.
    use_all : bool
        Whether each photo is used at least once.
    dedupe : bool
        Whether near-duplicates count as one photo in the limits.
    dither : float
        Share of a cell's colour error that is carried to its neighbours; goes with no limit.
    """

    best_k: int = 1
    randomness: float = 0.0
    tint: float = 0.0
    opacity: float = 0.0
    cover: bool = False
    seed: int = 0
    max_uses: int | None = None
    min_spacing: int = 1
    use_all: bool = False
    dedupe: bool = False
    dither: float = 0.0

    def __post_init__(self) -> None:
        BEST_K.check("best-k", self.best_k)
        RANDOMNESS.check("randomness", self.randomness)
        SHARE.check("tint", self.tint)
        SHARE.check("opacity", self.opacity)
        SEED.check("seed", self.seed)
        SHARE.check("dither", self.dither)
        if self.dither and self.limits:
            raise InputError(
                "--dither: goes from cell to cell, while --max-uses, --min-spacing and --use-all"
                " look at all cells at once; take either"
            )

    @property
    def limits(self) -> Limits:
        """Limits on the repeats of photos; raises `InputError` if a number is out of range."""
        return Limits(self.max_uses, self.min_spacing, self.use_all)
