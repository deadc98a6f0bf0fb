"""What a tile costs in a cell by itself, whatever is around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.canvas import Places
from photomosaic.assignment.colour_metric import lab
from photomosaic.matching.features import far, mean_directions
from photomosaic.matching.search import Matches, exact_distances, search

# Weight of a cell's own squared distance: keeps tiles that only fit from a distance out.
OWN = 0.002
# CIELAB units by which a cell's mean colour may differ more than that of the closest tile, and the
# cost of each unit beyond.
CAP, CAP_COST = 13.5, 1000.0
# The same of the chroma of a cell that its target has not.
STRAY_CAP, STRAY_COST = 8.0, 20.0
# Above all of these: the cost of tiles that features mark as far away from a cell.
FAR_COST = 1e5


@dataclass(frozen=True)
class CellCosts:
    """Costs of tiles in cells: of the distance, and of a mean colour beyond the cap.

    Attributes
    ----------
    patches, tiles : ndarray of shape (cells, D), (N, D), float32
        Features.
    means : tuple of ndarrays of shape (cells, 3), (N, 3), float32
        Mean colours of patches and tiles in CIELAB.
    closest, least_stray : ndarray of shape (cells, 1), float32
        Distance of each patch's mean colour to the closest of the tiles', and that tile's stray
        chroma.
    far : float
        Distance of tiles that are no choice in a cell; infinite if all are.
    areas : ndarray of shape (cells,), float32, or None
        How much each cell counts; None if all count 1.
    """

    patches: Floats
    tiles: Floats
    means: tuple[Floats, Floats]
    closest: Floats
    least_stray: Floats
    far: float = np.inf
    areas: Floats | None = None

    @classmethod
    def of(cls, matches: Matches, setup: Setup, start: Ids | None) -> CellCosts:
        """Prepare the costs, with what tint will change left out.

        Parameters
        ----------
        matches : Matches
        setup : Setup
        start : ndarray of shape (cells,), int64, or None
            Tiles that limits on repeats allow, whose mean colours need not be improved on.
        """
        tint = setup.options.tint
        directions = mean_directions(setup.spec)
        patches, tiles = (
            _untinted(features, directions, tint) for features in (matches.patches, setup.tiles)
        )
        if matches.samples is None or setup.samples is None:
            raise ValueError("the joint choice needs samples")
        patch_means, tile_means = (
            np.float32(1 - tint) * lab(samples.mean(axis=(1, 2)))
            for samples in (matches.samples, setup.samples)
        )
        # Beyond the features are marks of tiles that are no choice in a cell.
        marks = setup.spec.dimension
        found = search(
            np.concatenate([patch_means, patches[:, marks:]], axis=1),
            np.concatenate([tile_means, tiles[:, marks:]], axis=1),
            1,
        )
        closest = found.distances
        stray = stray_chroma(patch_means, tile_means[found.ids])
        if start is not None:
            means = tile_means[start[:, None]]
            closest = np.maximum(closest, exact_distances(patch_means, tile_means, start[:, None]))
            stray = np.maximum(stray, stray_chroma(patch_means, means))
        furthest = far(setup.spec) if patches.shape[1] > marks else np.inf
        return cls(patches, tiles, (patch_means, tile_means), closest, stray, far=furthest)

    def of_tiles(self, places: Places, chosen: Ids, distances: Floats | None = None) -> Floats:
        """Return the costs of tiles `chosen` (n, k) in cells `places` (n,).

        Their `distances`, (n, k), are computed where they are not known.
        """
        if distances is None:
            distances = exact_distances(self.patches[places], self.tiles, chosen)
        patches, chosen_means = self.means[0], self.means[1][chosen]
        difference = chosen_means - patches[places, None]
        apart = np.sqrt(np.einsum("nkc,nkc->nk", difference, difference))
        beyond = np.maximum(0, apart - self.closest[places] - CAP)
        stray = stray_chroma(patches[places], chosen_means)
        straying = np.maximum(0, stray - self.least_stray[places] - STRAY_CAP)
        costs = OWN * distances**2 + CAP_COST * beyond + STRAY_COST * straying
        if self.far < np.inf:
            costs = costs + FAR_COST * (distances // self.far)
        if self.areas is not None:
            costs = costs * self.areas[places, None]
        return np.asarray(costs, np.float32)


def stray_chroma(wanted: Floats, shown: Floats) -> Floats:
    """Return how much chroma colours have that others have not, in CIELAB units.

    That is the distance of (a, b) from the line between grey and the wanted colour: a paler colour
    of the same hue is in place anywhere, another hue stands out.

    Parameters
    ----------
    wanted : ndarray of shape (n, 3), CIELAB
    shown : ndarray of shape (n, k, 3), CIELAB

    Returns
    -------
    ndarray of shape (n, k), float32
    """
    goal, chroma = wanted[:, None, 1:], shown[..., 1:]
    length = np.maximum((goal**2).sum(axis=2), np.float32(1e-6))
    share = np.clip((chroma * goal).sum(axis=2) / length, 0, 1)
    off = chroma - share[..., None] * goal
    return np.asarray(np.sqrt(np.einsum("nkc,nkc->nk", off, off)), np.float32)


def _untinted(features: Floats, directions: Floats, tint: float) -> Floats:
    """Return features whose mean colour counts 1 - tint only."""
    if not tint:
        return features
    plain = features[:, : directions.shape[1]]
    untinted = features.copy()
    untinted[:, : directions.shape[1]] -= np.float32(tint) * (plain @ directions.T @ directions)
    return np.asarray(untinted, np.float32)
